//! The same drill where tenants' business is in PostgreSQL: from it and to it, in the same form and with the same keys.

use super::*;
use crate::kept;
use toolcrib_store::Postgres;

#[expect(dead_code, reason = "of the servers that tests start, these need the starting alone")]
#[path = "../../../../../tests/cluster.rs"]
mod cluster;

/// A data directory, and where its tenants' business is.
struct Host {
    root: PathBuf,
    options: TenantOptions,
    /// It runs as long as this is held.
    _server: Option<cluster::Cluster>,
}

impl Host {
    fn home(&self, id: RawId) -> Home {
        kept::home(&DataDir::beside(&self.root), &self.options, id)
    }

    fn archive(&self, id: RawId) -> String {
        let mut text = String::new();
        let mut take = |line: &str| {
            text.push_str(line);
            Ok::<_, StoreError>(())
        };
        self.home(id).archive().unwrap().write(&|_, _, _| None, &mut take).unwrap();
        text
    }

    /// Two tenants at work, one of them with machines.
    fn filled(self) -> Self {
        drop(DataDir::lock(&self.root).unwrap());
        for (id, times) in [(A, 3), (B, 1)] {
            work(&mut self.home(id).writer(&self.options).unwrap(), times);
        }
        tell(&mut self.home(A).readings(&self.options).unwrap());
        self
    }
}

fn tell(readings: &mut Readings) {
    for day in [0, 40] {
        let (at, value) = (at().plus_us(-day * DAY_US), Sample::Count { value: day });
        let reading = NewReading { signal: "press.count", at, value: &value, quality: Quality::Good };
        readings.append("gateway", &[reading], self::at()).unwrap();
    }
}

/// What a drill needs: folders, a clock, servers of its own.
struct Drill {
    root: TempDir,
    clock: Arc<Still>,
    world: World,
}

impl Drill {
    fn new() -> Self {
        let clock = Arc::new(Still::new(NOW_S));
        let world = World { clock: clock.clone(), chance: Arc::new(Seeded::new(7)) };
        Self { root: tempfile::tempdir().unwrap(), clock, world }
    }

    fn files(&self, name: &str) -> Host {
        Host { root: self.root.path().join(name), options: TenantOptions::default(), _server: None }
    }

    /// On a server that is nobody else's; none when PostgreSQL is not installed.
    fn postgres(&self, name: &str) -> Option<Host> {
        let server = cluster::Cluster::start()?;
        let database = Some(Postgres::connect(&server.url("postgres"), 4).unwrap());
        let options = TenantOptions { database, ..TenantOptions::default() };
        Some(Host { options, _server: Some(server), ..self.files(name) })
    }

    fn key(&self) -> PathBuf {
        self.root.path().join("operator.key")
    }

    fn back_up(&self, host: &Host, depot: &str) -> anyhow::Result<()> {
        let (depot, key) = (Folder(self.root.path().join(depot)), self.key());
        let (data, options) = (&host.root, &host.options);
        back_up(&Asked { data, options, depot: &depot, key: &key, tenants: &[], keep_days: 30 }, &self.world)
    }

    fn restore(&self, depot: &str, host: &Host, tenant: Option<RawId>, until: Option<&str>) -> anyhow::Result<()> {
        let (depot, key) = (Folder(self.root.path().join(depot)), self.key());
        let tenant = tenant.map(|id| id.to_string());
        let (data, options) = (&host.root, &host.options);
        restore(
            &restore::Asked { depot: &depot, key: &key, data, options, tenant: tenant.as_deref(), until },
            &self.world,
        )
    }
}

#[test]
fn everything_comes_back_from_a_database_into_files_and_from_files_into_a_database() {
    let drill = Drill::new();
    let (Some(database), Some(other)) = (drill.postgres("data"), drill.postgres("again")) else { return };
    let host = database.filled();
    // In the middle of a turn.
    let mut writer = host.home(A).writer(&host.options).unwrap();
    writer.begin().unwrap();
    writer.meta_put("half", b"").unwrap();
    drill.back_up(&host, "depot").unwrap();
    writer.rollback().unwrap();
    assert!(!host.home(B).dir().exists(), "of the copies nothing stays");
    let depot = Folder(drill.root.path().join("depot"));
    verify(&depot, None, &drill.world).unwrap();
    verify(&depot, Some(&drill.key()), &drill.world).unwrap();
    let files = drill.files("files");
    drill.restore("depot", &files, None, None).unwrap();
    drill.restore("depot", &other, None, None).unwrap();
    for id in [A, B] {
        assert_eq!(files.archive(id), host.archive(id));
        assert_eq!(other.archive(id), host.archive(id));
    }
    let found = other.home(A).check().unwrap();
    assert_eq!((found.events, found.audit_lines, found.readings, found.months), (3, 3, 2, 2));
    assert_eq!(files.home(A).check().unwrap(), found);
    // And what files gave goes into a database: with the same keys, so that one place of backups goes on.
    drill.clock.advance_s(60);
    drill.back_up(&files, "depot").unwrap();
    assert_eq!(stamps(&depot, &DataDir::unit(A)).unwrap().len(), 2);
    let Some(third) = drill.postgres("third") else { return };
    drill.restore("depot", &third, None, None).unwrap();
    assert_eq!(third.archive(A), host.archive(A));
    drop(DataDir::lock(&third.root).unwrap());
}

#[test]
fn one_tenant_comes_back_into_a_database_as_of_a_moment_and_never_over_data() {
    let drill = Drill::new();
    let Some(host) = drill.postgres("data") else { return };
    let host = host.filled();
    drill.back_up(&host, "depot").unwrap();
    let first = host.archive(A);
    drill.clock.advance_s(3_600);
    work(&mut host.home(A).writer(&host.options).unwrap(), 1);
    drill.back_up(&host, "depot").unwrap();
    let until = stamp(at().plus_us(60_000_000));
    assert!(text(&drill.restore("depot", &host, Some(A), None).unwrap_err()).contains("1 signals"));
    assert!(text(&drill.restore("depot", &host, Some(B), None).unwrap_err()).contains("data already"));
    // Lost by an accident, not erased by its owner: the keys are there.
    host.home(A).erase().unwrap();
    drill.restore("depot", &host, Some(A), Some(&until)).unwrap();
    assert_eq!(host.archive(A), first);
    drill.clock.advance_s(60);
    drill.back_up(&host, "depot").unwrap();
    assert_eq!(
        stamps(&Folder(drill.root.path().join("depot")), &DataDir::unit(A)).unwrap().len(),
        3,
        "its backups stay"
    );
    // What is not whole leaves nothing in the database either.
    let of_b = drill.root.path().join("depot").join(DataDir::unit(B));
    for file in walk(&of_b).iter().filter(|file| file.extension().is_some_and(|ending| ending == "sealed")) {
        let mut bytes = std::fs::read(file).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        std::fs::write(file, bytes).unwrap();
    }
    host.home(B).erase().unwrap();
    assert!(text(&drill.restore("depot", &host, Some(B), None).unwrap_err()).contains("main.db"));
    assert!(!host.home(B).exists().unwrap() && !host.home(B).aside().exists());
}

#[test]
fn a_restore_into_a_database_that_broke_off_is_begun_anew_and_nobody_elses_is_touched() {
    let drill = Drill::new();
    let (Some(database), Some(other)) = (drill.postgres("data"), drill.postgres("again")) else { return };
    let host = database.filled();
    drill.back_up(&host, "depot").unwrap();
    // Killed after the first tenant.
    let data = DataDir::to_restore(&other.root).unwrap();
    data.note_restored(A).unwrap();
    work(&mut other.home(A).writer(&other.options).unwrap(), 2);
    drop(data);
    drill.restore("depot", &other, None, None).unwrap();
    assert_eq!(other.archive(A), host.archive(A));
    // A database with tenants is none that everything is restored into.
    let again = Host { root: drill.root.path().join("once more"), options: other.options.clone(), _server: None };
    let error = text(&drill.restore("depot", &again, None, None).unwrap_err());
    assert!(error.contains("holds 2 tenants"), "{error}");
    assert_eq!(other.archive(A), host.archive(A));
}

#[test]
fn keys_of_tenants_that_another_host_erased_are_destroyed_with_their_backups() {
    let drill = Drill::new();
    let Some(host) = drill.postgres("data") else { return };
    let host = host.filled();
    drill.back_up(&host, "depot").unwrap();
    let key = DataDir::beside(&host.root).backup_key(B);
    assert!(key.exists());
    // Another host of the same database, whose files are elsewhere.
    let other = Host { root: drill.root.path().join("other"), options: host.options.clone(), _server: None };
    other.home(B).erase().unwrap();
    drill.clock.advance_s(60);
    drill.back_up(&host, "depot").unwrap();
    assert!(!key.exists() && !drill.root.path().join("depot").join(DataDir::unit(B)).exists());
    // The workspace begins anew, with a key of its own that stays.
    work(&mut host.home(B).writer(&host.options).unwrap(), 1);
    for _ in 0..2 {
        drill.clock.advance_s(60);
        drill.back_up(&host, "depot").unwrap();
    }
    let depot = Folder(drill.root.path().join("depot"));
    assert_eq!(stamps(&depot, &DataDir::unit(B)).unwrap().len(), 2);
    verify(&depot, Some(&drill.key()), &drill.world).unwrap();
}

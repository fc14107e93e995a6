//! The restore drill: what was backed up beside a working tenant comes back whole, and nothing else comes back at all.

use super::depot::Folder;
use super::manifest::MANIFEST;
use super::restore::{self, restore};
use super::verify::verify;
use super::*;
use crate::fixture::{Seeded, Still};
use std::path::PathBuf;
use std::sync::Arc;
use tempfile::TempDir;
use toolcrib_contract::signal::{Quality, Sample};
use toolcrib_contract::types::RawId;
use toolcrib_store::{
    Archive, AuditLine, Directory, Home, NewEvent, NewReading, Readings, StoreError, TenantOptions, Writer, check,
    shred,
};

mod engines;

const NOW_S: i64 = 1_790_000_000;
const A: RawId = RawId([1, 143, 14, 110, 123, 28, 124, 195, 161, 178, 1, 2, 3, 4, 5, 1]);
const B: RawId = RawId([1, 143, 14, 110, 123, 28, 124, 195, 161, 178, 1, 2, 3, 4, 5, 2]);

/// A host's data directory with two tenants, a place for backups, and the operator's key.
struct Plant {
    root: TempDir,
    clock: Arc<Still>,
    world: World,
    writer: Writer,
}

fn at() -> Instant {
    Instant(NOW_S * 1_000_000)
}

impl Plant {
    async fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let data = DataDir::lock(&root.path().join("data")).unwrap();
        Directory::open(&data.directory_db()).await.unwrap().close().await;
        std::fs::create_dir(data.artifacts().join("ab")).unwrap();
        std::fs::write(data.artifacts().join("ab/component.wasm"), "component").unwrap();
        std::fs::write(data.root().join("jwks.json"), "{}").unwrap();
        std::fs::write(data.root().join("native.key"), "of this machine").unwrap();
        let clock = Arc::new(Still::new(NOW_S));
        let world = World { clock: clock.clone(), chance: Arc::new(Seeded::new(7)) };
        let mut writer = Writer::open(&data.tenant(A), &TenantOptions::default()).unwrap();
        work(&mut writer, 3);
        let mut readings = Readings::open(&data.tenant(A), &TenantOptions::default()).unwrap();
        for day in [0, 40] {
            let (at, value) = (at().plus_us(-day * DAY_US), Sample::Count { value: day });
            let reading = NewReading { signal: "press.count", at, value: &value, quality: Quality::Good };
            readings.append("gateway", &[reading], self::at()).unwrap();
        }
        let mut other = Writer::open(&data.tenant(B), &TenantOptions::default()).unwrap();
        work(&mut other, 1);
        Self { root, clock, world, writer }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    fn home(&self, id: RawId) -> Home {
        Home::new(DataDir::beside(&self.path("data")).tenant(id), id, &TenantOptions::default())
    }

    fn depot(&self) -> Folder {
        Folder(self.path("depot"))
    }

    fn back_up(&self, tenants: &[String]) -> anyhow::Result<()> {
        let (data, key, depot) = (self.path("data"), self.path("operator.key"), self.depot());
        let options = TenantOptions::default();
        back_up(
            &Asked { data: &data, options: &options, depot: &depot, key: &key, tenants, keep_days: 30 },
            &self.world,
        )
    }

    fn restore(&self, data: &str, tenant: Option<RawId>, until: Option<&str>) -> anyhow::Result<()> {
        let (depot, key, data) = (self.depot(), self.path("operator.key"), self.path(data));
        let tenant = tenant.map(|id| id.to_string());
        let options = &TenantOptions::default();
        let asked = restore::Asked { depot: &depot, key: &key, data: &data, options, tenant: tenant.as_deref(), until };
        restore(&asked, &self.world)
    }

    fn verify(&self, with_key: bool) -> anyhow::Result<()> {
        let key = self.path("operator.key");
        verify(&self.depot(), with_key.then_some(key.as_path()), &self.world)
    }

    /// A tenant's files as one text.
    fn archive(&self, data: &str, id: RawId) -> String {
        let mut text = String::new();
        let mut take = |line: &str| {
            text.push_str(line);
            Ok::<_, StoreError>(())
        };
        let dir = DataDir::beside(&self.path(data)).tenant(id);
        Archive::open(&dir).unwrap().write(&|_, _, _| None, &mut take).unwrap();
        text
    }

    /// The only backup of a tenant.
    fn backup_of(&self, id: RawId) -> PathBuf {
        let unit = self.path("depot").join(DataDir::unit(id));
        let stamps: Vec<_> = std::fs::read_dir(&unit).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert_eq!(stamps.len(), 1);
        stamps[0].clone()
    }
}

fn work(writer: &mut Writer, times: u64) {
    writer.begin().unwrap();
    for _ in 0..times {
        let body_json = "{\"why\":\"press 1 缺料\"}";
        writer.append(&NewEvent { module: "demo", name: "made", body_json, cause: None, at: at() }).unwrap();
        let line = AuditLine { at: at(), actor: "user:1", action: "make", module: "demo", detail_json: "{}" };
        writer.audit(&line).unwrap();
    }
    writer.commit().unwrap();
}

fn text(error: &anyhow::Error) -> String {
    format!("{error:#}")
}

#[tokio::test]
async fn everything_comes_back_from_a_backup_that_was_made_beside_a_working_host() {
    let mut plant = Plant::new().await;
    // In the middle of a turn; the host holds its directory.
    let _host = DataDir::lock(&plant.path("data")).unwrap();
    plant.writer.begin().unwrap();
    plant.back_up(&[]).unwrap();
    plant.writer.rollback().unwrap();
    plant.verify(false).unwrap();
    plant.verify(true).unwrap();
    plant.restore("again", None, None).unwrap();
    for id in [A, B] {
        assert_eq!(plant.archive("again", id), plant.archive("data", id));
    }
    let found = check(&DataDir::beside(&plant.path("again")).tenant(A)).unwrap();
    assert_eq!((found.events, found.audit_lines, found.readings, found.months), (3, 3, 2, 2));
    let read = |name: &str| std::fs::read_to_string(plant.path("again").join(name)).ok();
    assert_eq!(read("artifacts/ab/component.wasm").as_deref(), Some("component"));
    assert_eq!((read("jwks.json").as_deref(), read("native.key"), read("lock")), (Some("{}"), None, None));
    // A server takes it, and its next backup goes on where the first one was.
    drop(DataDir::lock(&plant.path("again")).unwrap());
    let (depot, key, data) = (plant.depot(), plant.path("operator.key"), plant.path("again"));
    let options = &TenantOptions::default();
    let asked = Asked { data: &data, options, depot: &depot, key: &key, tenants: &[], keep_days: 30 };
    plant.clock.advance_s(60);
    back_up(&asked, &plant.world).unwrap();
    assert_eq!(stamps(&depot, "host").unwrap().len(), 2);
    // No word of the tenants is readable beside the key that is not there.
    for file in walk(&plant.path("depot")) {
        let bytes = std::fs::read(&file).unwrap();
        let is_told = |word: &str| bytes.windows(word.len()).any(|window| window == word.as_bytes());
        assert!(!is_told("press") && !is_told("缺料"), "{}", file.display());
    }
    let error = plant.restore("again", None, None).unwrap_err();
    assert!(text(&error).contains("data already"), "{error:#}");
}

#[tokio::test]
async fn a_marketplace_comes_back_with_its_papers_and_knows_that_it_did() {
    let plant = Plant::new().await;
    let folder = plant.path("data/registry");
    toolcrib_catalog::Catalog::open(&folder).await.unwrap().close().await;
    std::fs::create_dir_all(folder.join("papers/ab")).unwrap();
    std::fs::write(folder.join("papers/ab/evidence"), "an invoice").unwrap();
    plant.back_up(&[]).unwrap();
    plant.restore("again", None, None).unwrap();
    let again = plant.path("again/registry");
    assert_eq!(std::fs::read_to_string(again.join("papers/ab/evidence")).unwrap(), "an invoice");
    let mark = again.join(crate::marketplace::CAME_BACK);
    assert!(mark.exists() && !folder.join(crate::marketplace::CAME_BACK).exists());
    // Its next start takes note of that, once.
    let data = DataDir::lock(&plant.path("again")).unwrap();
    let config = crate::config::Marketplace::default();
    for _ in 0..2 {
        drop(crate::marketplace::Marketplace::start(&data, &plant.world, &config, &Default::default()).await.unwrap());
        let catalog = toolcrib_catalog::Catalog::open(&again).await.unwrap();
        assert_eq!((*catalog.newest().borrow(), mark.exists()), (NOW_S as u64 * 1_000 + 1, false));
        catalog.close().await;
    }
}

fn walk(dir: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}

#[tokio::test]
async fn one_tenant_comes_back_as_of_a_moment_and_never_over_data() {
    let mut plant = Plant::new().await;
    let id = [A.to_string()];
    plant.back_up(&id).unwrap();
    let first = plant.archive("data", A);
    plant.clock.advance_s(3_600);
    work(&mut plant.writer, 1);
    plant.back_up(&id).unwrap();
    assert!(!plant.path("depot/host").exists(), "only what was asked for");
    let until = stamp(at().plus_us(60_000_000));
    assert!(text(&plant.restore("data", Some(A), None).unwrap_err()).contains("1 signals"), "it has data");
    plant.home(A).erase().unwrap();
    plant.restore("data", Some(A), Some(&until)).unwrap();
    assert_eq!(plant.archive("data", A), first);
    let error = plant.restore("data", Some(B), None).unwrap_err();
    assert!(text(&error).contains("data already"), "{error:#}");
    let error = plant.restore("other", Some(A), Some("2020")).unwrap_err();
    assert!(text(&error).contains("no backup until 2020"), "{error:#}");
    let _host = DataDir::lock(&plant.path("data")).unwrap();
    assert!(text(&plant.restore("data", Some(B), None).unwrap_err()).contains("in use"));
}

#[tokio::test]
async fn what_is_half_copied_changed_newer_or_leads_astray_is_refused_and_leaves_nothing() {
    let plant = Plant::new().await;
    plant.back_up(&[A.to_string()]).unwrap();
    let folder = plant.backup_of(A);
    let manifest = std::fs::read_to_string(folder.join(MANIFEST)).unwrap();
    let refused = |word: &str| {
        let error = text(&plant.restore("other", Some(A), None).unwrap_err());
        assert!(error.contains(word), "{word}: {error}");
        let data = DataDir::beside(&plant.path("other"));
        assert!(!data.tenant(A).exists(), "{word}");
        assert!(plant.verify(true).is_err(), "{word}");
    };
    for (from, to, word) in [
        (FORM, "toolcrib-backup-2", "a newer one"),
        ("\"last_seq\": 3", "\"last_seq\": 2", "was changed"),
        ("tel/", "tel/../../../", "is no file of"),
        ("\"main.db\"", "\"/etc/cron.d/x\"", "is no file of"),
        ("\"main.db\"", "\"readings.db\"", "twice"),
        ("\"form\"", "\"from\"", "has the form ``"),
    ] {
        std::fs::write(folder.join(MANIFEST), manifest.replacen(from, to, 1)).unwrap();
        refused(word);
    }
    std::fs::remove_file(folder.join(MANIFEST)).unwrap();
    refused("no whole backup");
    std::fs::write(folder.join(MANIFEST), &manifest).unwrap();
    let object = folder.join("000000.sealed");
    let sealed = std::fs::read(&object).unwrap();
    for at in [3, 40, sealed.len() / 2, sealed.len() - 1] {
        let mut flipped = sealed.clone();
        flipped[at] ^= 1;
        std::fs::write(&object, &flipped).unwrap();
        refused("main.db");
    }
    std::fs::write(&object, &sealed[..sealed.len() / 2]).unwrap();
    refused("main.db");
    std::fs::copy(folder.join("000001.sealed"), &object).unwrap();
    refused("main.db");
    std::fs::remove_file(&object).unwrap();
    refused("half copied");
    std::fs::write(&object, &sealed).unwrap();
    plant.restore("other", Some(A), None).unwrap();
    // Another operator's key, or none.
    std::fs::write(plant.path("operator.key"), "00".repeat(32)).unwrap();
    assert!(text(&plant.restore("third", Some(A), None).unwrap_err()).contains("operator's key"));
    std::fs::remove_file(plant.path("operator.key")).unwrap();
    assert!(text(&plant.restore("third", Some(A), None).unwrap_err()).contains("is not there"));
    assert!(!plant.path("operator.key").exists(), "no other key is made in its place");
}

#[tokio::test]
async fn tables_of_a_newer_version_are_not_taken() {
    let plant = Plant::new().await;
    let main = DataDir::beside(&plant.path("data")).tenant(B).join("main.db");
    // What a later version would leave.
    set_version(&main, 99);
    plant.back_up(&[B.to_string()]).unwrap();
    let error = text(&plant.restore("other", Some(B), None).unwrap_err());
    assert!(error.contains("newer version"), "{error}");
}

/// Sets the version of a database's tables.
fn set_version(file: &Path, version: u32) {
    let mut bytes = std::fs::read(file).unwrap();
    // SQLite's header has it in bytes 60 to 63; the log is empty.
    let wal = file.with_extension("db-wal");
    assert!(!wal.exists() || std::fs::metadata(&wal).unwrap().len() == 0);
    bytes[60..64].copy_from_slice(&version.to_be_bytes());
    std::fs::write(file, bytes).unwrap();
}

#[tokio::test]
async fn who_was_erased_is_in_no_backup_any_more_and_old_ones_age_out() {
    let mut plant = Plant::new().await;
    plant.back_up(&[]).unwrap();
    let kept_elsewhere = plant.path("tape");
    copy_all(&plant.path("depot"), &kept_elsewhere);
    let data = DataDir::beside(&plant.path("data"));
    // As the runtime erases: data, key, receipt.
    plant.home(B).erase().unwrap();
    let shredded = shred(&data.backup_key(B)).unwrap().expect("it had a key");
    std::fs::create_dir_all(data.receipts().join(B.to_string())).unwrap();
    plant.clock.advance_s(60);
    plant.back_up(&[]).unwrap();
    assert!(!plant.path("depot").join(DataDir::unit(B)).exists());
    assert!(!walk(&plant.path("depot")).iter().any(|file| file.to_string_lossy().contains(&shredded)));
    // A copy of all sealed files, without the key, is noise.
    copy_all(&kept_elsewhere.join(DataDir::unit(B)), &plant.path("depot").join(DataDir::unit(B)));
    let error = text(&plant.restore("other", Some(B), None).unwrap_err());
    assert!(error.contains("was destroyed"), "{error}");
    // The workspace begins anew, with a key of its own.
    let mut again = Writer::open(&data.tenant(B), &TenantOptions::default()).unwrap();
    work(&mut again, 1);
    plant.clock.advance_s(60);
    plant.back_up(&[]).unwrap();
    plant.restore("other", Some(B), None).unwrap();
    // A month later only the newest of each is left, and of A two: today's too.
    plant.clock.advance_s(31 * 86_400);
    work(&mut plant.writer, 1);
    plant.back_up(&[A.to_string()]).unwrap();
    let left = |unit: &str| stamps(&plant.depot(), unit).unwrap().len();
    assert_eq!((left("host"), left(&DataDir::unit(A)), left(&DataDir::unit(B))), (1, 1, 1));
}

fn copy_all(from: &Path, to: &Path) {
    for file in walk(from) {
        let to = to.join(file.strip_prefix(from).unwrap());
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::copy(&file, to).unwrap();
    }
}

#[tokio::test]
async fn what_did_not_change_is_kept_once_and_stays_as_long_as_something_needs_it() {
    let mut plant = Plant::new().await;
    // Files have the machine's clock: long after it, what lies there is settled.
    plant.clock.advance_s(3_000_000_000 - NOW_S as u64);
    let one = [A.to_string()];
    let objects = |plant: &Plant| walk(&plant.path("depot").join(DataDir::unit(A))).len();
    plant.back_up(&one).unwrap();
    assert_eq!(objects(&plant), 5, "main, two months, names, manifest");
    plant.clock.advance_s(86_400);
    work(&mut plant.writer, 1);
    plant.back_up(&one).unwrap();
    assert_eq!(objects(&plant), 5 + 3, "the months are there already");
    // The first one ages out; what the others need of it stays.
    plant.clock.advance_s(30 * 86_400 - 1);
    plant.back_up(&one).unwrap();
    assert_eq!(stamps(&plant.depot(), &DataDir::unit(A)).unwrap().len(), 2);
    assert_eq!(objects(&plant), 2 + 3 + 3, "of the first one the months alone are left");
    plant.verify(true).unwrap();
    plant.restore("other", Some(A), None).unwrap();
    assert_eq!(plant.archive("other", A), plant.archive("data", A));
    // A late reading changes its month, which is copied again.
    let dir = DataDir::beside(&plant.path("data")).tenant(A);
    let mut readings = Readings::open(&dir, &TenantOptions::default()).unwrap();
    let (value, when) = (Sample::Count { value: 9 }, at().plus_us(-40 * DAY_US + 1));
    let late = NewReading { signal: "press.count", at: when, value: &value, quality: Quality::Good };
    readings.append("gateway", &[late], at()).unwrap();
    drop(readings);
    plant.clock.advance_s(3_600);
    plant.back_up(&one).unwrap();
    plant.restore("third", Some(A), None).unwrap();
    assert_eq!(plant.archive("third", A), plant.archive("data", A));
}

#[tokio::test]
async fn what_an_interrupted_run_left_is_swept_and_two_runs_do_not_meet() {
    let plant = Plant::new().await;
    plant.back_up(&[A.to_string()]).unwrap();
    // Killed before its manifest, and while it copied.
    let half = plant.path("depot").join(DataDir::unit(A)).join("2026-01-01T00-00-00Z");
    std::fs::create_dir_all(&half).unwrap();
    std::fs::write(half.join("000000.sealed"), "half").unwrap();
    std::fs::write(half.join("000001.new"), "half").unwrap();
    let data = DataDir::beside(&plant.path("data"));
    std::fs::create_dir_all(data.tenant(A).join("copy")).unwrap();
    std::fs::write(data.tenant(A).join("copy/main.db"), "half").unwrap();
    assert!(text(&plant.verify(true).unwrap_err()).contains("1 of 2"));
    let running = alone(&plant.path("data")).unwrap();
    assert!(text(&plant.back_up(&[]).unwrap_err()).contains("another backup"));
    drop(running);
    plant.clock.advance_s(1);
    plant.back_up(&[A.to_string()]).unwrap();
    assert!(!half.exists() && !data.tenant(A).join("copy").exists());
    plant.verify(true).unwrap();
    // A place of somebody else's is left alone.
    std::fs::create_dir(plant.path("photos")).unwrap();
    std::fs::write(plant.path("photos/1.jpg"), "").unwrap();
    let (key, root, photos) = (plant.path("operator.key"), plant.path("data"), Folder(plant.path("photos")));
    let options = &TenantOptions::default();
    let asked = Asked { data: &root, options, depot: &photos, key: &key, tenants: &[], keep_days: 30 };
    let error = back_up(&asked, &plant.world);
    assert!(text(&error.unwrap_err()).contains("something else"));
}

/// A directory on a disk that has room for so many more bytes.
#[derive(Debug)]
struct Small {
    folder: Folder,
    room: std::sync::atomic::AtomicI64,
}

impl std::fmt::Display for Small {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.folder.fmt(f)
    }
}

/// Writes as long as there is room.
struct Room<'a>(&'a mut dyn std::io::Write, &'a std::sync::atomic::AtomicI64);

impl std::io::Write for Room<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.1.fetch_sub(bytes.len() as i64, std::sync::atomic::Ordering::Relaxed) < bytes.len() as i64 {
            return Err(std::io::ErrorKind::StorageFull.into());
        }
        self.0.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.flush()
    }
}

impl Depot for Small {
    fn put(&self, name: &str, content: depot::Content<'_>) -> anyhow::Result<()> {
        self.folder.put(name, &mut |to| content(&mut Room(to, &self.room)))
    }
    fn get(&self, name: &str) -> anyhow::Result<Option<Box<dyn std::io::Read>>> {
        self.folder.get(name)
    }
    fn names(&self, below: &str) -> anyhow::Result<Vec<String>> {
        self.folder.names(below)
    }
    fn remove_all(&self, name: &str) -> anyhow::Result<()> {
        self.folder.remove_all(name)
    }
}

#[tokio::test]
async fn a_disk_that_fills_up_anywhere_leaves_whole_backups_alone_and_no_half_ones() {
    let plant = Plant::new().await;
    plant.back_up(&[]).unwrap();
    let (key, root) = (plant.path("operator.key"), plant.path("data"));
    for room in (0..).map(|nth| nth * 700) {
        plant.clock.advance_s(60);
        let depot = Small { folder: plant.depot(), room: std::sync::atomic::AtomicI64::new(room) };
        let options = &TenantOptions::default();
        let asked = Asked { data: &root, options, depot: &depot, key: &key, tenants: &[], keep_days: 30 };
        let made = back_up(&asked, &plant.world);
        // What says that it is whole, is, and nothing else is left.
        plant.verify(true).unwrap();
        match made {
            Ok(()) => {
                assert!(room > 700, "it did fill up");
                break;
            }
            Err(error) => assert!(text(&error).contains("were not backed up"), "{error:#}"),
        }
    }
    plant.restore("other", None, None).unwrap();
}

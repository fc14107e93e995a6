//! Several hosts on one database, side by side in this process.

use super::{beside, beside_on};
use crate::fixture::*;
use crate::{NewEvent, NewReading, Postgres, StoreError, Writer};
use sqlx::Executor;
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::Barrier;
use toolcrib_contract::signal::{Quality, Sample};

/// Longest wait for something that must happen.
const SOON: std::time::Duration = std::time::Duration::from_secs(20);

fn event(name: &str) -> NewEvent<'_> {
    NewEvent { module: "demo", name, body_json: "{}", cause: None, at: NOW }
}

#[test]
fn two_hosts_number_one_tenants_events_without_gap_and_without_repetition() {
    let Some(url) = url() else { return };
    let (rounds, hosts) = (25, 3);
    let tenant = new_id();
    let start = Barrier::new(hosts);
    std::thread::scope(|threads| {
        for host in 0..hosts {
            let (start, url) = (&start, &url);
            threads.spawn(move || {
                let mut writer = writer_of(&Postgres::connect(url, 4).unwrap(), tenant);
                start.wait();
                for round in 0..rounds {
                    writer.begin().unwrap();
                    let seq = writer.append(&event("a")).unwrap();
                    assert_eq!(writer.append(&event("b")).unwrap(), seq + 1, "nobody comes between");
                    let key = format!("{host}/{round}");
                    writer.remember("user:1", &key, [host as u8; 16], 200, b"", NOW).unwrap();
                    // Now and then one breaks off.
                    if round % 5 == 4 { writer.rollback().unwrap() } else { writer.commit().unwrap() }
                }
            });
        }
    });
    let mut writer = writer_of(&Postgres::connect(&url, 4).unwrap(), tenant);
    let log = writer.events_after(0, 500).unwrap();
    let kept = hosts as u64 * rounds as u64 * 4 / 5 * 2;
    assert_eq!(log.iter().map(|event| event.seq).collect::<Vec<_>>(), (1..=kept).collect::<Vec<_>>());
    for host in 0..hosts {
        assert!(writer.idempotent("user:1", &format!("{host}/0")).unwrap().is_some(), "an answer is every host's");
        assert!(writer.idempotent("user:1", &format!("{host}/4")).unwrap().is_none());
    }
}

#[test]
fn the_first_turns_of_a_tenant_wait_for_one_another() {
    let Some(url) = url() else { return };
    let hosts = [0; 3].map(|_| Postgres::connect(&url, 4).unwrap());
    for tenant in (0..100).map(|_| new_id()) {
        let start = Barrier::new(hosts.len());
        std::thread::scope(|threads| {
            for host in &hosts {
                threads.spawn(|| {
                    let mut writer = writer_of(host, tenant);
                    start.wait();
                    writer.begin().unwrap();
                    writer.append(&event("a")).unwrap();
                    writer.commit().unwrap();
                });
            }
        });
        assert_eq!(writer_of(&hosts[0], tenant).last_seq().unwrap(), hosts.len() as u64);
    }
}

#[test]
fn a_host_hears_that_another_one_changed_its_tenant_and_forgets_what_it_knew() {
    let Some(url) = url() else { return };
    let tenant = new_id();
    let [mut one, mut two] = [0; 2].map(|_| writer_of(&Postgres::connect(&url, 4).unwrap(), tenant));
    let turn = |writer: &mut Writer, name: Option<&str>| {
        writer.begin().unwrap();
        let behind = writer.take_behind().is_some();
        if let Some(name) = name {
            writer.set_timer("demo", "t", name, NOW, b"").unwrap();
        }
        let due = writer.due_timers(NOW, 9).unwrap().len();
        assert_eq!(writer.next_due().unwrap().is_some(), due > 0, "memory says what is there");
        writer.commit().unwrap();
        (behind, due)
    };
    assert_eq!(turn(&mut one, None), (false, 0));
    assert_eq!(turn(&mut two, Some("a")), (false, 1));
    assert_eq!(turn(&mut one, None), (true, 1));
    assert_eq!(turn(&mut one, None), (false, 1), "its own turns are no news");
    assert_eq!(turn(&mut one, Some("b")), (false, 2));
    assert_eq!(turn(&mut two, None), (true, 2));
}

#[test]
fn one_question_tells_how_often_several_tenants_and_their_readings_were_changed() {
    let Some(server) = postgres() else { return };
    let engine = Engine(Some(server.clone()));
    let (mut quiet, mut told, nobody) = (engine.tenant(), engine.tenant(), new_id());
    let asked = [quiet.id, told.id, nobody];
    assert_eq!(server.turns(&asked).unwrap(), []);
    quiet.group(|writer| writer.append(&event("a")).unwrap());
    told.group(|writer| writer.append(&event("a")).unwrap());
    fill_readings(&told.home, &told.options, "m");
    let turns = |of| server.turns(&asked).unwrap().into_iter().find(|turns| turns.tenant == of);
    let [of_quiet, of_told] = [quiet.id, told.id].map(|id| turns(id).unwrap());
    assert!(of_quiet.business.is_some() && of_told.business.is_some());
    assert_eq!((of_quiet.readings, turns(nobody)), (None, None));
    told.group(|writer| writer.append(&event("b")).unwrap());
    let business = of_told.business.map(|turn| turn + 1);
    assert_eq!(turns(told.id), Some(crate::Turns { business, ..of_told }));
    let value = Sample::Flag { value: true };
    let new = NewReading { signal: "n.x", at: NOW, value: &value, quality: Quality::Good };
    told.home.readings(&told.options).unwrap().append("n", &[new], NOW).unwrap();
    assert!(turns(told.id).unwrap().readings > of_told.readings && of_told.readings.is_some());
    assert_eq!(turns(quiet.id), Some(of_quiet));
}

#[test]
fn two_hosts_that_start_at_once_make_one_schema_and_one_table_of_each_record() {
    let Some(_) = url() else { return };
    beside(async |db| db.execute("CREATE DATABASE two_hosts").await.map(drop)).unwrap();
    let url = url_of("two_hosts").unwrap();
    let def = every_type();
    std::thread::scope(|threads| {
        for _ in 0..3 {
            threads.spawn(|| {
                let server = Postgres::connect(&url, 4).unwrap();
                server.prepare(&[Engine(None).table(&def)]).unwrap();
            });
        }
    });
}

#[test]
fn hosts_of_several_databases_that_start_at_once_on_a_new_server_share_its_roles() {
    let Some(_) = url() else { return };
    let cluster = cluster::Cluster::start().unwrap();
    let names = ["one", "two", "three", "four"];
    let sql = ["CREATE DATABASE one", "CREATE DATABASE two", "CREATE DATABASE three", "CREATE DATABASE four"];
    beside_on(&cluster.url("postgres"), async |db| {
        for sql in sql {
            db.execute(sql).await?;
        }
        Ok(())
    });
    let start = Barrier::new(names.len());
    std::thread::scope(|threads| {
        for name in names {
            let (start, cluster) = (&start, &cluster);
            threads.spawn(move || {
                start.wait();
                Postgres::connect(&cluster.url(name), 4).unwrap();
            });
        }
    });
}

#[test]
fn a_host_that_vanishes_in_its_turn_leaves_nothing_and_holds_nobody_up() {
    let Some(_) = url() else { return };
    // A database of its own: its connections are no other test's.
    beside(async |db| db.execute("CREATE DATABASE vanishing").await.map(drop)).unwrap();
    let (url, tenant) = (url_of("vanishing").unwrap(), new_id());
    let mut other = writer_of(&Postgres::connect(&url, 4).unwrap(), tenant);
    let mut gone = writer_of(&Postgres::connect(&url, 4).unwrap(), tenant);
    gone.begin().unwrap();
    gone.append(&event("lost")).unwrap();
    // Its process ends: the server sees the connection close.
    let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'vanishing' \
        AND state = 'idle in transaction'";
    assert!(beside(async |db| db.execute(sql).await.map(|done| done.rows_affected())).unwrap() >= 1);
    other.begin().unwrap();
    assert_eq!(other.append(&event("kept")).unwrap(), 1);
    other.commit().unwrap();
    // The one that was cut off hears it, and goes on with its next turn.
    let error = gone.append(&event("lost")).and_then(|_| gone.commit()).unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(_)), "{error}");
    gone.rollback().unwrap();
    gone.begin().unwrap();
    assert_eq!(gone.last_seq().unwrap(), 1);
    assert_eq!(gone.append(&event("kept")).unwrap(), 2);
    gone.commit().unwrap();
}

#[test]
fn what_a_killed_server_acknowledged_is_there_and_hosts_go_on_by_themselves() {
    let Some(_) = url() else { return };
    let cluster = cluster::Cluster::start().unwrap();
    let server = Postgres::connect(&cluster.url("postgres"), 6).unwrap();
    let (mut writer, mut acknowledged) = (writer_of(&server, new_id()), 0);
    for _ in 0..3 {
        for _ in 0..10 {
            writer.begin().unwrap();
            let seq = writer.append(&event("a")).unwrap();
            writer.commit().unwrap();
            assert_eq!(seq, acknowledged + 1);
            acknowledged = seq;
        }
        // One is under way.
        writer.begin().unwrap();
        writer.append(&event("lost")).unwrap();
        cluster.kill_and_start();
        assert!(matches!(writer.commit(), Err(StoreError::Unavailable(_))));
        writer.rollback().unwrap();
        let log = writer.events_after(0, 500).unwrap();
        assert_eq!(log.iter().map(|event| event.seq).collect::<Vec<_>>(), (1..=acknowledged).collect::<Vec<_>>());
    }
}

#[test]
fn a_host_that_is_older_than_the_schema_does_not_start_on_it_and_disturbs_nobody() {
    let Some(_) = url() else { return };
    beside(async |db| db.execute("CREATE DATABASE of_a_newer").await.map(drop)).unwrap();
    let url = url_of("of_a_newer").unwrap();
    let mut running = writer_of(&Postgres::connect(&url, 4).unwrap(), new_id());
    let turn = |writer: &mut Writer| {
        writer.begin().unwrap();
        writer.append(&event("a")).unwrap();
        writer.commit().unwrap();
    };
    turn(&mut running);
    // A host of the next version took its step, which only adds something.
    let step = "ALTER TABLE tc.tenant_head ADD COLUMN of_the_next bigint NOT NULL DEFAULT 0; \
        INSERT INTO tc._sqlx_migrations(version, description, success, checksum, execution_time) \
        VALUES(9999, 'of the next version', true, '', 0)";
    beside_on(&url, async |db| db.execute(step).await);
    let refused = Postgres::connect(&url, 4).unwrap_err();
    let StoreError::Unavailable(why) = &refused else { panic!("{refused:?}") };
    assert!(why.contains("9999") && why.contains("upgrade this host"), "{why}");
    turn(&mut running);
    beside_on(&url, async |db| db.execute("DELETE FROM tc._sqlx_migrations WHERE version = 9999").await);
    Postgres::connect(&url, 4).unwrap();
}

#[test]
fn a_newer_host_brings_the_schema_of_an_older_one_further_while_that_one_works() {
    let Some(_) = url() else { return };
    beside(async |db| db.execute("CREATE DATABASE of_an_older").await.map(drop)).unwrap();
    let url = url_of("of_an_older").unwrap();
    drop(Postgres::connect(&url, 4).unwrap());
    // As a host of the version before left it, with a turn of that host under way.
    let before = "ALTER TABLE tc.tenant_head DROP COLUMN entitled; DELETE FROM tc._sqlx_migrations WHERE version = 50; \
        INSERT INTO tc.tenant_head(tenant_id) VALUES('018f0e6e-7b1c-7cc3-a1b2-00000000beef')";
    let connecting = beside_on(&url, async |db| {
        db.execute(before).await?;
        db.execute("BEGIN; SELECT 1 FROM tc.tenant_head FOR UPDATE").await?;
        let connecting = std::thread::spawn({
            let url = url.clone();
            move || Postgres::connect(&url, 4).unwrap()
        });
        let waits = "SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'tc.tenant_head'::regclass";
        let started = std::time::Instant::now();
        while db.fetch_optional(waits).await?.is_none() {
            assert!(started.elapsed() < SOON, "the step waits for the turn");
        }
        db.execute("UPDATE tc.tenant_head SET turn = turn + 1; COMMIT").await?;
        Ok(connecting)
    });
    let mut writer = writer_of(&connecting.join().unwrap(), "018f0e6e-7b1c-7cc3-a1b2-00000000beef".parse().unwrap());
    let mut entitled = |newer: Option<u64>| {
        writer.begin().unwrap();
        let entitled = writer.entitled();
        if let Some(newer) = newer {
            writer.entitle(newer).unwrap();
        }
        writer.commit().unwrap();
        entitled
    };
    assert_eq!([Some(7), Some(5), None].map(&mut entitled), [0, 7, 7].map(Some), "older ones change nothing");
}

#[test]
fn a_turn_waits_for_a_server_that_hangs_up_or_is_nowhere_to_be_found() {
    let Some(url) = url() else { return };
    let (address, folder) = url.split_once("?host=").unwrap();
    let there = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let socket = there.into_iter().find(|path| path.extension().is_none_or(|kind| kind != "lock")).unwrap();
    let other = tempfile::tempdir().unwrap();
    let door = other.path().join(socket.file_name().unwrap());
    std::os::unix::fs::symlink(&socket, &door).unwrap();
    let server = Postgres::connect(&format!("{address}?host={}", other.path().display()), 4).unwrap();
    // More often than a broken connection alone would be tried again.
    std::fs::remove_file(&door).unwrap();
    let closed = UnixListener::bind(&door).unwrap();
    std::thread::scope(|threads| {
        let turn = threads.spawn(|| {
            let mut writer = writer_of(&server, new_id());
            let done = writer.begin().and_then(|()| writer.append(&event("a"))).and_then(|_| writer.commit());
            // Whoever gave up calls once more for each caller that is still waited for.
            (0..5).for_each(|_| drop(done.is_err().then(|| UnixStream::connect(&door))));
            done
        });
        for _ in 0..5 {
            drop(closed.accept().unwrap());
        }
        std::fs::remove_file(&door).unwrap();
        std::os::unix::fs::symlink(&socket, &door).unwrap();
        turn.join().unwrap().unwrap();
    });
}

//! Several hosts with one PostgreSQL: what one keeps, the other one tells.

use super::*;
use crate::fixture::{postgres, url, url_of};
use crate::{Postgres, schema};
use rusqlite::Connection;
use sqlx::Executor;

/// Two hosts' ways to one tenant.
fn hosts() -> Option<(Shelf, Readings, Readings)> {
    let shelf = Shelf::new(&Engine(Some(postgres()?)));
    let other = TenantOptions { database: Some(Postgres::connect(&url()?, 4).unwrap()), ..TenantOptions::default() };
    let there =
        Home::new(std::path::PathBuf::new(), shelf.home.session(crate::engine::Purpose::Queries)?.tenant(), &other);
    let (here, there) = (shelf.open(), there.readings(&other).unwrap());
    Some((shelf, here, there))
}

#[test]
fn what_one_host_keeps_the_other_one_knows_and_numbers_go_on_without_a_gap() {
    let Some((_shelf, mut here, mut there)) = hosts() else { return };
    let mut place = Feed::default();
    let mut told = Vec::new();
    for n in 0..20 {
        let (one, other) = if n % 2 == 0 { (&mut here, &mut there) } else { (&mut there, &mut here) };
        let batch = [("a.x", n, count(n)), ("b.x", 100 - n, count(n))];
        assert_eq!(append(one, &batch).unwrap().accepted, 2);
        // The other one remembers an older turn, and forgets it.
        let again = append(other, &[("a.x", n, count(n)), ("b.x", 100 - n, count(7_777))]).unwrap();
        assert_eq!((again.duplicates, again.conflicts), (1, 1));
        let late = append(other, &[("a.x", n - 1_000, count(0))]).unwrap();
        assert_eq!((late.accepted, late.late), (1, 1));
        told.extend(other.feed(&mut place, 100).unwrap());
    }
    assert_eq!(told.len(), 60, "each once, whoever asks");
    assert_eq!(here.end().unwrap(), place);
    assert_eq!(place.to_string().rsplit(':').next(), Some("60"));
    assert_eq!(here.latest("a.x").unwrap().unwrap().at, at(19));
}

#[test]
fn hosts_that_keep_readings_at_once_wait_for_one_another_and_lose_nothing() {
    let Some((shelf, ..)) = hosts() else { return };
    std::thread::scope(|threads| {
        for host in 0..4 {
            let shelf = &shelf;
            threads.spawn(move || {
                let mut readings = shelf.open();
                for n in 0..25 {
                    let signal = format!("m{}.x", (host + n) % 7);
                    let (common, own) = (count(n), count(host));
                    // Months that nobody has a partition of yet, too.
                    let month = NOW.plus_us(-(n % 2) * 31 * DAY_US);
                    let batch = [new("all.x", month.plus_us(n), &common), new(&signal, at(host * 1_000 + n), &own)];
                    readings.append("plc", &batch, NOW).unwrap();
                }
            });
        }
    });
    let mut readings = shelf.open();
    assert_eq!(readings.stored("all.x", Instant::MIN, Instant::MAX, 1_000).unwrap().len(), 25);
    let kept: u64 = readings.signals("", 100).unwrap().iter().map(|info| info.count).sum();
    assert_eq!(kept, 125);
    assert_eq!(readings.feed(&mut Feed::default(), 1_000).unwrap().len(), 125);
    assert_eq!(shelf.home.check().unwrap().readings, 125);
}

#[test]
fn keeping_readings_waits_for_nobodys_turn() {
    let Some((shelf, mut here, _)) = hosts() else { return };
    append(&mut here, &[("a.x", 0, count(1))]).unwrap();
    let mut writer = shelf.home.writer(&shelf.options).unwrap();
    writer.begin().unwrap();
    writer.meta_put("x", b"y").unwrap();
    // The head of the tenant is held, and machines go on.
    assert_eq!(append(&mut here, &[("a.x", 1, count(2)), ("new.x", 1, count(2))]).unwrap().accepted, 2);
    assert_eq!(here.latest("new.x").unwrap().unwrap().at, at(1));
    writer.commit().unwrap();
}

#[test]
fn a_group_that_fails_leaves_nothing_and_the_next_one_knows_so() {
    let Some((_shelf, mut here, mut there)) = hosts() else { return };
    let value = count(1);
    here.append_in("plc", &[new("a.x", at(0), &value)], NOW).unwrap();
    here.rollback().unwrap();
    assert_eq!(append(&mut there, &[("b.x", 0, count(2))]).unwrap().accepted, 1);
    assert_eq!(append(&mut here, &[("a.x", 0, count(1)), ("b.x", 0, count(2))]).unwrap().accepted, 1);
    assert_eq!(there.signals("", 9).unwrap().len(), 2);
    assert_eq!(here.end().unwrap().to_string().rsplit(':').next(), Some("2"));
}

#[test]
fn an_old_month_leaves_in_steps_and_its_neighbours_stays() {
    let Some(server) = postgres() else { return };
    let engine = Engine(Some(server));
    let (one, other) = (Shelf::new(&engine), Shelf::new(&engine));
    let old = NOW.plus_us(-20 * DAY_US);
    for shelf in [&one, &other] {
        let mut readings = shelf.open();
        for batch in 0..3i64 {
            let values: Vec<_> = (0..5_000).map(count).collect();
            let at = |n: usize| old.plus_us((batch * 5_000 + n as i64) * 100_000);
            let batch: Vec<_> = values.iter().enumerate().map(|(n, value)| new("a.x", at(n), value)).collect();
            readings.append("plc", &batch, NOW).unwrap();
        }
    }
    let before = one.home.bytes().unwrap();
    let (keep, later) = (Keep { raw_days: 63, sum_months: 3 }, NOW.plus_us(100 * DAY_US));
    let mut readings = one.open();
    assert_eq!(readings.retain(keep, later).unwrap().folded, 1);
    assert!(one.home.bytes().unwrap() < before / 100, "{before} {}", one.home.bytes().unwrap());
    assert_eq!(one.home.check().unwrap().months, 1, "sums stay");
    assert_eq!(other.home.check().unwrap().readings, 15_000, "the neighbour's stay");
    assert_eq!(other.open().retain(keep, later).unwrap().folded, 1);
    // All of it leaves in the end.
    let later = NOW.plus_us(200 * DAY_US);
    assert_eq!(readings.retain(keep, later).unwrap(), Retained { removed: 1, forgotten: 1, folded: 0 });
    assert_eq!(readings.reach().unwrap(), Reach::default());
    assert_eq!(readings.signals("", 9).unwrap(), []);
    // And comes anew.
    let value = count(1);
    readings.append("plc", &[new("a.x", old, &value)], old).unwrap();
    assert_eq!(readings.latest("a.x").unwrap().unwrap().at, old);
}

/// Files as a host of the version before kept them beside the database.
fn before(shelf: &Shelf, batches: &[(&str, i64, Sample)], days: i64) {
    let mut readings = Readings::open(shelf.home.dir(), &TenantOptions::default()).unwrap();
    for (signal, second, value) in batches {
        let when = at(*second).plus_us(days * DAY_US);
        readings.append("plc", &[new(signal, when, value)], when).unwrap();
    }
    // One that is put aside.
    let value = count(1);
    readings.append("plc", &[new("a.x", at(0).plus_us(900 * DAY_US), &value)], NOW).unwrap();
}

#[test]
fn files_of_a_host_come_into_the_database_once_and_the_feed_goes_on_where_it_was() {
    let Some(server) = postgres() else { return };
    let shelf = Shelf::new(&Engine(Some(server)));
    before(&shelf, &[("a.x", 1, count(1)), ("a.x", 200, count(2)), ("b.x", 3, count(3))], 0);
    before(&shelf, &[("a.x", 5, count(5))], -90);
    let mut files = Readings::open(shelf.home.dir(), &TenantOptions::default()).unwrap();
    files.retain(Keep { raw_days: 70, sum_months: 36 }, NOW.plus_us(10 * DAY_US)).unwrap();
    let mut place = Feed::default();
    assert_eq!(files.feed(&mut place, 2).unwrap().len(), 2);
    drop(files);
    let folder = Home::new(shelf.home.dir().to_owned(), new_id(), &TenantOptions::default());
    crate::Writer::open(folder.dir(), &TenantOptions::default()).unwrap();
    let lines = |home: &Home| {
        let mut lines = Vec::new();
        home.archive()
            .unwrap()
            .write(&|_, _, _| None, &mut |line| {
                lines.push(line.to_owned());
                Ok(())
            })
            .unwrap();
        lines
    };
    let told = lines(&folder);
    assert!(
        told.iter().any(|line| line.contains("readings_sum")) && told.iter().any(|line| line.contains("quarantined"))
    );
    // Until then, nothing is told that would not be all.
    assert!(matches!(shelf.home.archive().map(drop), Err(StoreError::NotBrought)));
    assert!(matches!(shelf.home.check(), Err(StoreError::NotBrought)));
    let kept = std::fs::read(shelf.home.dir().join("readings.db")).unwrap();
    assert!(shelf.home.bring_in().unwrap());
    assert_eq!(lines(&shelf.home), told);
    assert!(!Readings::exist(shelf.home.dir()) && !shelf.home.dir().join("tel").exists());
    assert!(!shelf.home.bring_in().unwrap(), "once");
    let mut readings = shelf.open();
    let rest = readings.feed(&mut place, 9).unwrap();
    assert_eq!(rest.iter().map(|fed| fed.signal.as_str()).collect::<Vec<_>>(), ["b.x"]);
    assert_eq!(shelf.home.check().unwrap().readings, 3);
    // A power failure while the files were removed.
    std::fs::create_dir_all(shelf.home.dir().join("tel.brought")).unwrap();
    std::fs::write(shelf.home.dir().join("readings.db"), kept).unwrap();
    assert!(shelf.home.bring_in().unwrap() && !Readings::exist(shelf.home.dir()));
    assert_eq!(lines(&shelf.home), told);
}

#[test]
fn files_of_two_hosts_are_put_together_and_what_came_since_stands() {
    let Some(server) = postgres() else { return };
    let shelf = Shelf::new(&Engine(Some(server)));
    append(&mut shelf.open(), &[("a.x", 1, count(1)), ("a.x", 90, count(9))]).unwrap();
    before(&shelf, &[("a.x", 1, count(7_777)), ("a.x", 200, count(2)), ("b.x", 3, count(3))], 0);
    let copy = tempfile::tempdir().unwrap();
    copied(shelf.home.dir(), copy.path());
    assert!(shelf.home.bring_in().unwrap());
    let mut readings = shelf.open();
    assert_eq!(readings.samples("a.x", Instant::MIN, Instant::MAX, 9).unwrap().values, [count(1), count(9), count(2)]);
    assert_eq!(readings.feed(&mut Feed::default(), 9).unwrap().len(), 4);
    assert_eq!(shelf.home.check().unwrap().readings, 4);
    // Committed, and interrupted before a file was removed.
    copied(copy.path(), shelf.home.dir());
    let days = |readings: &mut Readings| {
        readings.days(toolcrib_contract::types::Date(0), toolcrib_contract::types::Date(99_999)).unwrap()
    };
    let (counted, signals) = (days(&mut readings), readings.signals("", 9).unwrap());
    assert!(shelf.home.bring_in().unwrap());
    assert_eq!((days(&mut readings), readings.signals("", 9).unwrap()), (counted, signals));
}

/// The month of [`OLD_DAYS`] before is past its time by these settings, and within it by the other ones.
const OLD_DAYS: i64 = -90;
const SHORT: Keep = Keep { raw_days: 70, sum_months: 36 };

/// Around that time: how many readings, and what they come to, one by one or in sums.
fn told(readings: &mut Readings) -> Vec<(i64, f64)> {
    let (from, until) = (at(0).plus_us((OLD_DAYS - 40) * DAY_US), at(0).plus_us((OLD_DAYS + 40) * DAY_US));
    match readings.chart("a.x", from, until, 80).unwrap() {
        Chart::Sums { points, .. } => points.into_iter().map(|point| (point.sum.readings, point.sum.sum)).collect(),
        Chart::Readings(all) => {
            let value = |sample| if let Sample::Count { value } = sample { value as f64 } else { f64::NAN };
            all.into_iter().map(|one| (1, value(one.value))).collect()
        }
    }
}

#[test]
fn a_month_that_hosts_keep_in_two_ways_is_not_brought_until_it_is_in_line() {
    let Some(server) = postgres() else { return };
    for is_whole_here in [true, false] {
        let shelf = Shelf::new(&Engine(Some(server.clone())));
        let (old, seven) = (at(7).plus_us(OLD_DAYS * DAY_US), count(7));
        let mut there = shelf.open();
        there.append("plc", &[new("a.x", old, &seven)], old).unwrap();
        before(&shelf, &[("a.x", 5, count(5))], OLD_DAYS);
        let fold = |readings: &mut Readings| assert_eq!(readings.retain(SHORT, NOW).unwrap().folded, 1);
        let mut here = Readings::open(shelf.home.dir(), &TenantOptions::default()).unwrap();
        if is_whole_here {
            fold(&mut there)
        } else {
            fold(&mut here)
        };
        drop(here);
        let files = || month::months(shelf.home.dir()).unwrap();
        let (known, lying) = (told(&mut there), files());
        // As often as it is tried: nothing comes, and nothing goes.
        for _ in 0..2 {
            let refused = shelf.home.bring_in().unwrap_err();
            let is_named = matches!(&refused, StoreError::Apart { month } if old.to_string().starts_with(month));
            assert!(is_named && refused.to_string().contains("host.readings_days"), "{refused}");
            assert_eq!((told(&mut there), files()), (known.clone(), lying.clone()));
            assert!(matches!(shelf.home.check(), Err(StoreError::NotBrought)));
        }
        // Whoever still has every reading lets them go, as the settings of both say.
        if is_whole_here {
            fold(&mut Readings::open(shelf.home.dir(), &TenantOptions::default()).unwrap());
        } else {
            fold(&mut there);
        }
        assert!(shelf.home.bring_in().unwrap() && !Readings::exist(shelf.home.dir()));
        assert_eq!(told(&mut shelf.open()), [(2, 12.0)], "both hosts' readings are in the sums of that day");
    }
}

#[test]
fn of_two_settings_the_shorter_one_counts_and_a_reading_of_late_is_put_aside_at_both() {
    let Some((_shelf, mut here, mut there)) = hosts() else { return };
    let (old, five) = (at(5).plus_us(OLD_DAYS * DAY_US), count(5));
    here.append("plc", &[new("a.x", old, &five)], old).unwrap();
    let long = Keep { raw_days: 200, sum_months: 36 };
    assert_eq!(here.retain(long, NOW).unwrap(), Retained::default());
    assert_eq!(there.retain(SHORT, NOW).unwrap().folded, 1);
    assert_eq!(here.retain(long, NOW).unwrap(), Retained::default(), "what is gone does not come back");
    for readings in [&mut here, &mut there] {
        assert_eq!(told(readings), [(1, 5.0)]);
        assert_eq!(readings.stored("a.x", Instant::MIN, Instant::MAX, 9).unwrap().len(), 0);
        let late = readings.append("plc", &[new("a.x", old.plus_us(1), &five)], old).unwrap();
        assert_eq!((late.accepted, late.quarantined), (0, 1));
    }
}

fn copied(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let there = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copied(&path, &there)
        } else {
            std::fs::copy(&path, there).unwrap();
        }
    }
}

#[test]
fn both_engines_have_the_same_tables_of_readings() {
    let Some(url) = url() else { return };
    drop(Postgres::connect(&url, 2).unwrap());
    let files = |steps: &[schema::Step], table: &str| {
        let dir = tempfile::tempdir().unwrap();
        let mut db = Connection::open(dir.path().join("x.db")).unwrap();
        connection::migrate(&mut db, &dir.path().join("x.db"), steps).unwrap();
        let mut select = db.prepare("SELECT name FROM pragma_table_info(?1)").unwrap();
        select
            .query_map([table], |row| row.get::<_, String>(0))
            .unwrap()
            .map(|name| name.unwrap())
            .collect::<BTreeSet<String>>()
    };
    for table in ["reading", "rollup", "stat", "tally", "signal", "quarantine"] {
        let steps = if ["signal", "quarantine"].contains(&table) { schema::READINGS } else { schema::MONTH };
        let here = crate::engine::tests::beside_on(&url, async |db| {
            let sql =
                "SELECT column_name::text FROM information_schema.columns WHERE table_schema='tc' AND table_name=$1";
            sqlx::query(sql).bind(table).fetch_all(db).await
        });
        let here: BTreeSet<String> = here.iter().map(|row| sqlx::Row::get(row, 0)).collect();
        let more: BTreeSet<_> = here.difference(&files(steps, table)).cloned().collect();
        let ours = ["tenant_id", "month", "number", "word", "last_number", "last_word"].map(str::to_owned);
        assert!(files(steps, table).is_subset(&here), "{table}: {here:?}");
        assert!(more.is_subset(&BTreeSet::from(ours)), "{table}: {more:?}");
    }
}

#[test]
fn a_partition_of_long_ago_goes_when_nobody_has_anything_in_it_and_comes_back_when_somebody_does() {
    let Some(url) = url() else { return };
    crate::engine::tests::beside_on(&url, async |db| db.execute("CREATE DATABASE months_go").await.map(drop));
    let url = url_of("months_go").unwrap();
    let partitions = || {
        let sql = "SELECT CAST(inhrelid::regclass AS text) FROM pg_inherits
            WHERE inhparent = 'tc.reading'::regclass ORDER BY 1";
        let names = crate::engine::tests::beside_on(&url, async |db| sqlx::query(sql).fetch_all(db).await);
        let month = |name: String| name.rsplit_once("reading_").unwrap().1.to_owned();
        names.iter().map(|row| month(sqlx::Row::get(row, 0))).collect::<Vec<_>>()
    };
    let server = Postgres::connect(&url, 4).unwrap();
    let shelf = Shelf::new(&Engine(Some(server.clone())));
    let (mut readings, value) = (shelf.open(), count(1));
    let old = NOW.plus_us(-200 * DAY_US);
    for at in [old, NOW] {
        readings.append("plc", &[new("a.x", at, &value)], at).unwrap();
    }
    assert_eq!(partitions(), ["2026_03", "2026_04", "2026_09", "2026_10"]);
    // The one with a row stays, which not even its owner sees; and so do those of these months.
    let day = |n: i64| NOW.plus_us(n * DAY_US);
    assert_eq!(server.drop_empty_months(day(0)).unwrap(), 1);
    assert_eq!(partitions(), ["2026_03", "2026_09", "2026_10"]);
    assert_eq!(readings.retain(Keep { raw_days: 63, sum_months: 3 }, NOW).unwrap().removed, 1);
    crate::engine::tests::beside_on(&url, async |db| db.execute("VACUUM tc.reading_2026_03").await.map(drop));
    assert_eq!(server.drop_empty_months(day(0)).unwrap(), 0, "once a day");
    // Somebody is reading, and waits for nobody.
    let reader = shelf.home.session(crate::engine::Purpose::Queries).unwrap();
    reader.begin().unwrap();
    let all = || reader.row("SELECT count(*) FROM reading/*W*/", values![], |row| row.count(0)).unwrap();
    assert_eq!(all(), Some(1));
    assert_eq!(server.drop_empty_months(day(1)).unwrap(), 0);
    assert_eq!(all(), Some(1));
    drop(reader);
    assert_eq!(server.drop_empty_months(day(2)).unwrap(), 1);
    assert_eq!(partitions(), ["2026_09", "2026_10"]);
    assert_eq!(append(&mut readings, &[("a.x", 1, count(2))]).unwrap().accepted, 1);
    // This process has seen the partition, and another one dropped it: who brings readings of then finds it all the same.
    before(&shelf, &[("a.x", 5, count(5))], -200);
    assert!(shelf.home.bring_in().unwrap());
    assert_eq!(partitions(), ["2026_03", "2026_04", "2026_09", "2026_10"]);
    assert_eq!(readings.stored("a.x", Instant::MIN, Instant::MAX, 9).unwrap().len(), 3);
}

//! One file for each month: from one file of all, in the feed, and out again.

use super::*;
use crate::{Checkpointer, schema};
use rusqlite::Connection;

on_each_engine!(
    the_feed_passes_from_month_to_month_and_forgets_none,
    old_months_leave_with_their_readings_and_stay_as_hours_and_days,
    what_is_kept_longer_from_now_on_stays_and_says_how_far_it_reaches,
);

/// 2026-11-30T23:59:58Z.
const TURN: Instant = Instant(1_796_083_198_000_000);

fn files(dir: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(dir.join(month::FOLDER)).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.filter(|name| name.ends_with(".db")).collect();
    names.sort();
    names
}

/// A file as the version before wrote it: `press.good` counts on from a month to the next, `press.state` has one reading.
fn before(dir: &Path) {
    let mut db = Connection::open(dir.join(names::FILE)).unwrap();
    connection::migrate(&mut db, &dir.join(names::FILE), &schema::READINGS[..1]).unwrap();
    db.execute_batch(
        "INSERT INTO signal VALUES(1,'press.good','plc',4,0),(2,'press.state','gateway',1,0);
         INSERT INTO quarantine VALUES(1,'plc','press.good',5,1,7,9);",
    )
    .unwrap();
    for nth in 0..4 {
        let at = TURN.plus_us(nth * 1_000_000).0;
        db.execute("INSERT INTO reading VALUES(1,?1,?2,1,?3)", rusqlite::params![at, nth + 1, nth * 10]).unwrap();
    }
    db.execute("INSERT INTO reading VALUES(2,?1,5,3,'run')", [TURN.0]).unwrap();
}

fn is_whole(readings: &mut Readings) {
    let counted = readings.samples("press.good", Instant::MIN, Instant::MAX, 9).unwrap();
    assert_eq!(counted.values, [count(0), count(10), count(20), count(30)]);
    let signals = readings.signals("", 9).unwrap();
    let known: Vec<_> = signals.iter().map(|info| (info.name.as_str(), info.device.as_str(), info.count)).collect();
    assert_eq!(known, [("press.good", "plc", 4), ("press.state", "gateway", 1)]);
    assert_eq!(signals[1].last_value, Sample::Word { value: "run".into() });
    let Chart::Sums { points, .. } = readings.chart("press.good", TURN, TURN.plus_us(9_000_000), 2).unwrap() else {
        panic!("two days have a sum each")
    };
    let sums: Vec<_> = points.iter().map(|point| (point.sum.readings, point.sum.most)).collect();
    assert_eq!(sums, [(2, Some(10.0)), (2, Some(30.0))]);
    assert_eq!(readings.window("press.good", TURN.plus_us(2_000_000), Instant::MAX).unwrap().before, Some(10));
    let kept: i64 = readings.beside().unwrap().number("SELECT count(*) FROM quarantine/*W*/", &[]).unwrap();
    assert_eq!(kept, 1);
}

#[test]
fn one_file_of_all_readings_becomes_months_and_nothing_is_lost_or_told_twice() {
    let dir = tempfile::tempdir().unwrap();
    before(dir.path());
    let mut readings = open(dir.path());
    is_whole(&mut readings);
    assert_eq!(files(dir.path()), ["2026-11.db", "2026-12.db"]);
    // Whoever had heard of three readings hears of the two others, and of what comes now, also in another month.
    let mut place: Feed = "3".parse().unwrap();
    readings.settle(&mut place).unwrap();
    let (new_value, january) = (count(40), TURN.plus_us(40 * DAY_US));
    readings.append("plc", &[new("press.good", january, &new_value)], january).unwrap();
    let fed = readings.feed(&mut place, 9).unwrap();
    let told: Vec<_> = fed.iter().map(|fed| (fed.signal.as_str(), fed.value.clone())).collect();
    let run = Sample::Word { value: "run".into() };
    assert_eq!(told, [("press.state", run), ("press.good", count(30)), ("press.good", count(40))]);
    assert_eq!(readings.feed(&mut place, 9).unwrap(), []);
}

#[test]
fn a_power_failure_on_the_way_to_months_means_once_more_and_nothing_twice() {
    let dir = tempfile::tempdir().unwrap();
    before(dir.path());
    let old = std::fs::read(dir.path().join(names::FILE)).unwrap();
    drop(open(dir.path()));
    // The months are there, the one file knows nothing of them.
    std::fs::write(dir.path().join(names::FILE), old).unwrap();
    is_whole(&mut open(dir.path()));
}

fn the_feed_passes_from_month_to_month_and_forgets_none(engine: &Engine) {
    let shelf = Shelf::new(engine);
    let mut readings = shelf.open();
    let values: Vec<_> = (0..6).map(count).collect();
    // Newer before older, and back.
    let seconds = [10, -10, 11, -11, 12, -12];
    let mut place = Feed::default();
    let mut told = Vec::new();
    for (nth, second) in seconds.iter().enumerate() {
        let reading = new("a.x", TURN.plus_us(second * 1_000_000), &values[nth]);
        readings.append("plc", &[reading], TURN).unwrap();
        if nth % 2 == 1 {
            let mut other = shelf.open();
            told.extend(other.feed(&mut place, 9).unwrap().into_iter().map(|fed| fed.value));
        }
    }
    told.sort_by_key(|value| if let Sample::Count { value } = value { *value } else { 0 });
    assert_eq!(told, values);
}

fn old_months_leave_with_their_readings_and_stay_as_hours_and_days(engine: &Engine) {
    let shelf = Shelf::new(engine);
    let keep = Keep { raw_days: 70, sum_months: 3 };
    let mut readings = shelf.open();
    let values = [count(1), count(7), count(3)];
    let batch: Vec<_> = (0i64..3).zip(&values).map(|(s, v)| new("a.x", TURN.plus_us((s - 2) * 1_000_000), v)).collect();
    readings.append("plc", &batch, TURN).unwrap();
    let later = |days: i64| TURN.plus_us(days * DAY_US);
    assert_eq!(readings.retain(keep, later(69)).unwrap(), Retained::default());
    let whole = readings.chart("a.x", TURN.plus_us(-DAY_US), TURN.plus_us(DAY_US), 1).unwrap();
    assert_eq!(readings.retain(keep, later(71)).unwrap(), Retained { folded: 1, ..Retained::default() });
    if engine.0.is_none() {
        assert_eq!(files(shelf.home.dir()), ["2026-11.sum.db"]);
    }
    assert_eq!(readings.retain(keep, later(71)).unwrap(), Retained::default(), "once");
    assert_eq!(readings.samples("a.x", Instant::MIN, Instant::MAX, 9).unwrap(), Samples::default());
    // Hours at the finest, with what the readings said.
    let Chart::Sums { step_us, points } = readings.chart("a.x", TURN.plus_us(-DAY_US), Instant::MAX, 500).unwrap()
    else {
        panic!("sums")
    };
    assert_eq!((step_us, points.len()), (3_600_000_000, 1));
    assert_eq!((points[0].sum.most, points[0].sum.sum, points[0].sum.readings), (Some(7.0), 11.0, 3));
    assert_eq!(readings.chart("a.x", TURN.plus_us(-DAY_US), TURN.plus_us(DAY_US), 1).unwrap(), whole);
    let info = &readings.signals("", 9).unwrap()[0];
    assert_eq!((info.count, &info.last_value), (3, &count(3)));
    // What comes next is kept beside it; years later it goes, and its signal's name with it.
    let new_value = count(9);
    readings.append("plc", &[new("b.x", later(80), &new_value)], later(80)).unwrap();
    assert_eq!(readings.retain(keep, later(80)).unwrap(), Retained::default());
    let gone = readings.retain(keep, later(100)).unwrap();
    assert_eq!(gone, Retained { removed: 1, forgotten: 1, folded: 0 });
    assert_eq!(readings.signals("", 9).unwrap().len(), 1);
    readings.append("plc", &[new("a.x", later(100), &new_value)], later(100)).unwrap();
    assert_eq!(readings.signals("", 9).unwrap()[0].count, 1);
}

fn what_is_kept_longer_from_now_on_stays_and_says_how_far_it_reaches(engine: &Engine) {
    let shelf = Shelf::new(engine);
    let mut readings = shelf.open();
    let (short, long) = (Keep { raw_days: 70, sum_months: 3 }, Keep { raw_days: 6 * 31, sum_months: 18 });
    let value = count(1);
    // The month turns two seconds after it.
    let turned = TURN.plus_us(2_000_000);
    readings.append("plc", &[new("a.x", TURN, &value), new("a.x", turned, &value)], TURN).unwrap();
    let later = |days: i64| TURN.plus_us(days * DAY_US);
    let (november, december) = (Some("2026-11-01T00:00:00Z".parse().unwrap()), Some(turned));
    assert_eq!(readings.reach().unwrap(), Reach { from: november, whole_from: november });
    // Under the longer one both stay, readings and all; under the shorter one the older month goes, and no other.
    assert_eq!(readings.retain(long, later(71)).unwrap(), Retained::default());
    assert_eq!(readings.retain(short, later(71)).unwrap(), Retained { folded: 1, ..Retained::default() });
    assert_eq!(readings.reach().unwrap(), Reach { from: november, whole_from: december });
    // Sums of the month that went stay as long as the longer one says.
    assert_eq!(readings.retain(long, later(300)).unwrap(), Retained { folded: 1, ..Retained::default() });
    assert_eq!(readings.reach().unwrap(), Reach { from: november, whole_from: None });
    let Chart::Sums { points, .. } = readings.chart("a.x", TURN.plus_us(-DAY_US), later(1), 500).unwrap() else {
        panic!("sums")
    };
    assert_eq!(points.iter().map(|point| point.sum.readings).sum::<i64>(), 2);
}

#[test]
fn a_power_failure_while_a_month_leaves_loses_nothing_of_it() {
    let dir = tempfile::tempdir().unwrap();
    let keep = Keep { raw_days: 70, sum_months: 3 };
    let mut readings = open(dir.path());
    let value = count(1);
    readings.append("plc", &[new("a.x", TURN, &value)], TURN).unwrap();
    drop(readings);
    let whole = std::fs::read(dir.path().join("tel/2026-11.db")).unwrap();
    let later = TURN.plus_us(80 * DAY_US);
    open(dir.path()).retain(keep, later).unwrap();
    // Between the two steps: the sums are there, and the readings still.
    std::fs::write(dir.path().join("tel/2026-11.db"), whole).unwrap();
    let mut readings = open(dir.path());
    assert_eq!(readings.samples("a.x", Instant::MIN, Instant::MAX, 9).unwrap().values, [count(1)]);
    assert_eq!(readings.signals("", 9).unwrap()[0].count, 1);
    assert_eq!(readings.retain(keep, later).unwrap().folded, 1);
    assert_eq!(files(dir.path()), ["2026-11.sum.db"]);
}

#[test]
fn the_quota_is_that_of_all_months_together() {
    let dir = tempfile::tempdir().unwrap();
    let options = TenantOptions { quota_bytes: 2 << 20, ..TenantOptions::default() };
    let mut readings = Readings::open(dir.path(), &options).unwrap();
    let word = Sample::Word { value: "x".repeat(200) };
    let mut fill = |from: Instant| {
        for nth in 0.. {
            let batch: Vec<_> = (0..100).map(|n| new("a.x", from.plus_us(nth * 100 + n), &word)).collect();
            if let Err(error) = readings.append("plc", &batch, from) {
                assert!(matches!(error, StoreError::Full), "{error}");
                readings.checkpoint().unwrap();
                return nth;
            }
        }
        0
    };
    let (november, december) = (fill(TURN.plus_us(-DAY_US)), fill(TURN.plus_us(DAY_US)));
    assert!(november > 4 * (december + 1), "{november} batches fill it, and {december} more find a place");
    let sizes =
        files(dir.path()).into_iter().map(|name| dir.path().join(month::FOLDER).join(name).metadata().unwrap().len());
    let bytes: u64 = sizes.sum();
    assert!(bytes < (2 << 20) + (1 << 18), "{bytes} bytes");
}

#[test]
fn every_log_can_be_moved_from_outside() {
    let dir = tempfile::tempdir().unwrap();
    let mut readings = open(dir.path());
    let value = count(1);
    readings.append("plc", &[new("a.x", TURN, &value), new("a.x", TURN.plus_us(DAY_US), &value)], TURN).unwrap();
    let logs = Readings::logs(dir.path());
    assert_eq!(logs.len(), 3);
    for (file, _) in logs {
        let done = Checkpointer::open(file).unwrap().run().unwrap();
        assert!(done.log_pages > 0 && done.log_pages == done.moved_pages);
    }
}

/// Files below a folder that this process has open.
fn open_files(folder: &Path) -> usize {
    let folder = folder.canonicalize().unwrap();
    let open = std::fs::read_dir("/proc/self/fd").unwrap();
    let files = open.filter_map(|link| std::fs::read_link(link.ok()?.path()).ok());
    files.filter(|file| file.starts_with(&folder)).count()
}

#[test]
fn a_question_about_years_has_few_months_open_at_once_and_each_takes_four_files_at_most() {
    let dir = tempfile::tempdir().unwrap();
    let mut readings = open(dir.path());
    let months = 3 * OPEN_MONTHS as i64;
    for nth in 0..months {
        let at = TURN.plus_us(nth * 31 * DAY_US);
        readings.append("plc", &[new("a.x", at, &count(nth))], at).unwrap();
        let others = [dir.path().join(names::FILE), Month::of(at).unwrap().file(dir.path(), Kept::Whole)];
        // Whoever moves logs, and whoever asks, has the same files open for a moment.
        for file in others {
            Checkpointer::open(file).unwrap().run().unwrap();
        }
        open(dir.path()).latest("a.x").unwrap();
        assert!(readings.databases() <= 1 + OPEN_MONTHS, "{nth}: {} databases", readings.databases());
        assert!(open_files(dir.path()) <= 4 * readings.databases(), "{nth}: {} files", open_files(dir.path()));
    }
    drop(readings);
    assert_eq!(open_files(dir.path()), 0);
    let mut asked = open(dir.path());
    let values = asked.samples("a.x", Instant::MIN, Instant::MAX, 99).unwrap().values;
    assert_eq!(values, (0..months).map(count).collect::<Vec<_>>());
    assert_eq!(asked.databases(), 1 + OPEN_MONTHS);
    asked.chart("a.x", Instant::MIN, Instant::MAX, 5).unwrap();
    assert_eq!(asked.databases(), 1 + OPEN_MONTHS);
    assert!(open_files(dir.path()) <= 3 * (1 + OPEN_MONTHS), "nobody else has them open: {}", open_files(dir.path()));
}

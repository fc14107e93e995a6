//! Readings: once each, in order of arrival, the first value stands.

use super::*;
use toolcrib_contract::signal::Samples;

const NOW: Instant = Instant(1_790_000_000_000_000);

fn open(dir: &Path) -> Readings {
    Readings::open(dir, &TenantOptions::default()).unwrap()
}

fn count(value: i64) -> Sample {
    Sample::Count { value }
}

fn at(s: i64) -> Instant {
    NOW.plus_us(s * 1_000_000)
}

fn append(readings: &mut Readings, batch: &[(&str, i64, Sample)]) -> Result<Appended> {
    let batch: Vec<_> = batch.iter().map(|(signal, s, value)| NewReading { signal, at: at(*s), value }).collect();
    readings.append("plc-1", &batch, NOW)
}

#[test]
fn a_repeated_batch_changes_nothing_and_the_first_value_stands() {
    let dir = tempfile::tempdir().unwrap();
    let mut readings = open(dir.path());
    let batch =
        [("m1.good", 0, count(1)), ("m1.good", 1, count(2)), ("m1.state", 0, Sample::Word { value: "run".into() })];
    assert_eq!(append(&mut readings, &batch).unwrap(), Appended { accepted: 3, ..Appended::default() });
    assert_eq!(append(&mut readings, &batch).unwrap(), Appended { duplicates: 3, ..Appended::default() });
    let mixed =
        [("m1.good", 1, count(9)), ("m1.good", -5, count(0)), ("m1.good", 2, count(3)), ("m1.good", 2, count(3))];
    let appended = append(&mut readings, &mixed).unwrap();
    assert_eq!(appended, Appended { accepted: 2, duplicates: 1, conflicts: 1, late: 1, quarantined: 0 });

    let mut readings = open(dir.path());
    let samples = readings.samples("m1.good", at(-5), at(2), 10).unwrap();
    let times = [-5, 0, 1].map(|s| at(s).0).to_vec();
    assert_eq!(samples, Samples { times, values: vec![count(0), count(1), count(2)] });
    assert_eq!(readings.samples("m1.good", at(-5), at(9), 1).unwrap().times, [at(-5).0]);
    assert_eq!(readings.latest("m1.good").unwrap(), Some((at(2), count(3))));
    assert_eq!(readings.latest("m2.good").unwrap(), None);
    let info =
        SignalInfo { name: "m1.good".into(), device: "plc-1".into(), last_at: at(2), last_value: count(3), count: 4 };
    assert_eq!(readings.signals("", 1).unwrap(), [info]);
    assert_eq!(readings.signals("m1.good", 9).unwrap()[0].name, "m1.state");
}

#[test]
fn the_feed_tells_every_reading_once_in_the_order_of_arrival() {
    let dir = tempfile::tempdir().unwrap();
    let mut readings = open(dir.path());
    append(&mut readings, &[("b.x", 5, count(1)), ("a.x", 3, Sample::Flag { value: true })]).unwrap();
    readings.begin().unwrap();
    let lost = count(7);
    readings.append_in("plc-1", &[NewReading { signal: "c.x", at: at(0), value: &lost }], NOW).unwrap();
    readings.rollback().unwrap();
    append(&mut readings, &[("b.x", 4, Sample::Number { value: 2.0 })]).unwrap();
    let fed = readings.feed_after(0, 10).unwrap();
    let told: Vec<_> = fed.iter().map(|fed| (fed.position, fed.signal.as_str(), fed.at, fed.value.clone())).collect();
    let flag = Sample::Flag { value: true };
    let number = Sample::Number { value: 2.0 };
    assert_eq!(told, [(1, "b.x", at(5), count(1)), (2, "a.x", at(3), flag), (3, "b.x", at(4), number)]);
    assert_eq!(readings.feed_after(1, 1).unwrap(), fed[1..2]);
    assert_eq!(readings.last_position().unwrap(), 3);
    assert!(readings.samples("c.x", at(-9), at(9), 9).unwrap().times.is_empty());
}

#[test]
fn batches_of_a_group_stand_or_fall_alone_until_the_commit() {
    let dir = tempfile::tempdir().unwrap();
    let mut readings = open(dir.path());
    let (good, bad) = (count(1), Sample::Number { value: f64::NAN });
    readings.begin().unwrap();
    readings.append_in("d", &[NewReading { signal: "a.x", at: at(0), value: &good }], NOW).unwrap();
    let batch =
        [NewReading { signal: "new.x", at: at(0), value: &good }, NewReading { signal: "a.x", at: at(1), value: &bad }];
    assert!(matches!(readings.append_in("d", &batch, NOW), Err(StoreError::Malformed(_))));
    readings.append_in("d", &[NewReading { signal: "b.x", at: at(0), value: &good }], NOW).unwrap();
    assert_eq!(open(dir.path()).last_position().unwrap(), 0, "nothing is visible before the commit");
    readings.commit().unwrap();
    let fed = open(dir.path()).feed_after(0, 10).unwrap();
    assert_eq!(fed.iter().map(|fed| fed.signal.as_str()).collect::<Vec<_>>(), ["a.x", "b.x"]);
}

#[test]
fn a_clock_far_off_is_put_aside_and_told() {
    let dir = tempfile::tempdir().unwrap();
    let mut readings = open(dir.path());
    let week = limits::READING_SKEW_DAYS * 86_400;
    let batch = [("a.x", week, count(1)), ("a.x", week + 1, count(2)), ("a.x", -week - 1, count(3))];
    assert_eq!(append(&mut readings, &batch).unwrap(), Appended { accepted: 1, quarantined: 2, ..Appended::default() });
    assert_eq!(readings.latest("a.x").unwrap(), Some((at(week), count(1))));
    let kept: i64 = readings.db.query_row("SELECT count(*) FROM quarantine", [], |row| row.get(0)).unwrap();
    assert_eq!(kept, 2);
}

#[test]
fn a_signal_too_many_is_refused_and_the_known_ones_go_on() {
    let dir = tempfile::tempdir().unwrap();
    let mut readings = open(dir.path());
    let names: Vec<_> = (0..limits::SIGNALS).map(|n| format!("m{n}.x")).collect();
    let value = count(1);
    let batch: Vec<_> = names.iter().map(|signal| NewReading { signal, at: at(0), value: &value }).collect();
    readings.append("d", &batch, NOW).unwrap();
    let more = [("m0.x", 1, count(2)), ("one-more.x", 1, count(2))];
    assert!(matches!(append(&mut readings, &more), Err(StoreError::TooManySignals)));
    assert_eq!(readings.latest("m0.x").unwrap(), Some((at(0), count(1))), "nothing of the batch is kept");
    assert_eq!(append(&mut readings, &more[..1]).unwrap().accepted, 1);
}

#[test]
fn a_batch_over_its_limit_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let mut readings = open(dir.path());
    let value = count(1);
    let batch = vec![NewReading { signal: "a.x", at: at(0), value: &value }; limits::READINGS + 1];
    assert!(matches!(readings.append("d", &batch, NOW), Err(StoreError::Malformed(_))));
    let long = "x".repeat(NAME_BYTES + 1);
    assert!(matches!(append(&mut readings, &[(&long, 0, count(1))]), Err(StoreError::Malformed(_))));
    let word = Sample::Word { value: "x".repeat(WORD_BYTES + 1) };
    assert!(matches!(append(&mut readings, &[("a.x", 0, word)]), Err(StoreError::Malformed(_))));
}

#[test]
fn a_window_has_its_counters_and_the_one_before() {
    let dir = tempfile::tempdir().unwrap();
    let mut readings = open(dir.path());
    let flag = Sample::Flag { value: true };
    let batch =
        [("a.x", 61, count(5)), ("a.x", -1, flag), ("a.x", -2, count(1)), ("a.x", 0, count(2)), ("a.x", 59, count(4))];
    append(&mut readings, &batch).unwrap();
    let counts = readings.window("a.x", at(0), at(60)).unwrap();
    assert_eq!(counts, Counts { before: Some(1), inside: vec![2, 4] });
    assert_eq!(readings.window("a.x", at(-9), at(-8)).unwrap(), Counts::default());
    assert_eq!(readings.next_after("a.x", at(1)).unwrap(), Some(at(59)));
    assert_eq!(readings.next_after("a.x", at(62)).unwrap(), None);
}

#[test]
fn a_full_file_refuses_readings_and_keeps_the_earlier_ones() {
    let dir = tempfile::tempdir().unwrap();
    let mut readings =
        Readings::open(dir.path(), &TenantOptions { quota_bytes: 1 << 18, ..TenantOptions::default() }).unwrap();
    let mut stored = 0;
    let error = loop {
        let batch: Vec<_> = (stored..stored + 100).map(|n| ("a.x", n, count(n))).collect();
        match append(&mut readings, &batch) {
            Ok(_) => stored += 100,
            Err(error) => break error,
        }
    };
    assert!(matches!(error, StoreError::Full), "{error}");
    assert!(stored > 0);
    assert_eq!(readings.last_position().unwrap(), stored as u64);
    assert_eq!(readings.latest("a.x").unwrap(), Some((at(stored - 1), count(stored - 1))));
    readings.integrity().unwrap();
}

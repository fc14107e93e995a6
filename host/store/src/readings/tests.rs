//! Readings: once each, in order of arrival, the first value stands.

use super::*;
use crate::Home;
use crate::fixture::{Engine, new_id, on_each_engine};
use toolcrib_contract::signal::Samples;

mod hosts;
mod model;
mod months;
mod sums;

on_each_engine!(
    a_repeated_batch_changes_nothing_and_the_first_value_stands,
    the_feed_tells_every_reading_once_in_the_order_of_arrival,
    batches_of_a_group_stand_or_fall_alone_until_the_commit,
    a_clock_far_off_is_put_aside_and_told,
    a_signal_too_many_is_refused_and_the_known_ones_go_on,
    a_batch_over_its_limit_is_refused,
    a_window_has_its_counters_and_the_one_before,
    a_full_tenant_refuses_readings_and_keeps_the_earlier_ones,
);

const NOW: Instant = Instant(1_790_000_000_000_000);

/// A tenant's place for readings on some engine.
struct Shelf {
    home: Home,
    options: TenantOptions,
    _dir: tempfile::TempDir,
}

impl Shelf {
    fn new(engine: &Engine) -> Self {
        let options = TenantOptions { database: engine.0.clone(), ..TenantOptions::default() };
        let dir = tempfile::tempdir().unwrap();
        let home = Home::new(dir.path().join("tenant"), new_id(), &options);
        Self { home, options, _dir: dir }
    }

    fn open(&self) -> Readings {
        self.open_with(&self.options)
    }

    fn open_with(&self, options: &TenantOptions) -> Readings {
        self.home.readings(options).unwrap()
    }
}

fn files_of(readings: &Readings) -> &Files {
    let Place::Files(files) = &readings.0 else { panic!("they are rows") };
    files
}

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
    let batch: Vec<_> = batch.iter().map(|(signal, s, value)| new(signal, at(*s), value)).collect();
    readings.append("plc-1", &batch, NOW)
}

fn new<'a>(signal: &'a str, at: Instant, value: &'a Sample) -> NewReading<'a> {
    NewReading { signal, at, value, quality: Quality::Good }
}

/// All that arrived so far.
fn fed(readings: &mut Readings) -> Vec<FedReading> {
    readings.feed(&mut Feed::default(), u32::MAX).unwrap()
}

fn a_repeated_batch_changes_nothing_and_the_first_value_stands(engine: &Engine) {
    let shelf = Shelf::new(engine);
    let mut readings = shelf.open();
    let batch =
        [("m1.good", 0, count(1)), ("m1.good", 1, count(2)), ("m1.state", 0, Sample::Word { value: "run".into() })];
    assert_eq!(append(&mut readings, &batch).unwrap(), Appended { accepted: 3, ..Appended::default() });
    assert_eq!(append(&mut readings, &batch).unwrap(), Appended { duplicates: 3, ..Appended::default() });
    let mixed =
        [("m1.good", 1, count(9)), ("m1.good", -5, count(0)), ("m1.good", 2, count(3)), ("m1.good", 2, count(3))];
    let appended = append(&mut readings, &mixed).unwrap();
    assert_eq!(appended, Appended { accepted: 2, duplicates: 1, conflicts: 1, late: 1, quarantined: 0 });

    let mut readings = shelf.open();
    let samples = readings.samples("m1.good", at(-5), at(2), 10).unwrap();
    let times = [-5, 0, 1].map(|s| at(s).0).to_vec();
    assert_eq!(samples, Samples { times, values: vec![count(0), count(1), count(2)] });
    assert_eq!(readings.samples("m1.good", at(-5), at(9), 1).unwrap().times, [at(-5).0]);
    let latest = Stored { at: at(2), value: count(3), quality: Quality::Good };
    assert_eq!(readings.latest("m1.good").unwrap(), Some(latest));
    assert_eq!(readings.latest("m2.good").unwrap(), None);
    let info =
        SignalInfo { name: "m1.good".into(), device: "plc-1".into(), last_at: at(2), last_value: count(3), count: 4 };
    assert_eq!(readings.signals("", 1).unwrap(), [info]);
    assert_eq!(readings.signals("m1.good", 9).unwrap()[0].name, "m1.state");
}

fn the_feed_tells_every_reading_once_in_the_order_of_arrival(engine: &Engine) {
    let shelf = Shelf::new(engine);
    let mut readings = shelf.open();
    append(&mut readings, &[("b.x", 5, count(1)), ("a.x", 3, Sample::Flag { value: true })]).unwrap();
    let lost = count(7);
    readings.append_in("plc-1", &[new("c.x", at(0), &lost)], NOW).unwrap();
    readings.rollback().unwrap();
    append(&mut readings, &[("b.x", 4, Sample::Number { value: 2.0 })]).unwrap();
    let mut place = Feed::default();
    let fed = readings.feed(&mut place, 10).unwrap();
    let told: Vec<_> = fed.iter().map(|fed| (fed.signal.as_str(), fed.at, fed.value.clone())).collect();
    let flag = Sample::Flag { value: true };
    let number = Sample::Number { value: 2.0 };
    assert_eq!(told, [("b.x", at(5), count(1)), ("a.x", at(3), flag), ("b.x", at(4), number)]);
    assert_eq!(place, readings.end().unwrap());
    let mut again = Feed::default();
    for one in &fed {
        assert_eq!(readings.feed(&mut again, 1).unwrap(), std::slice::from_ref(one));
        assert_eq!(again.to_string().parse(), Ok(again.clone()), "a place survives being written");
    }
    assert_eq!(readings.feed(&mut again, 1).unwrap(), []);
    assert!(readings.samples("c.x", at(-9), at(9), 9).unwrap().times.is_empty());
}

fn batches_of_a_group_stand_or_fall_alone_until_the_commit(engine: &Engine) {
    let shelf = Shelf::new(engine);
    let mut readings = shelf.open();
    let (good, bad) = (count(1), Sample::Number { value: f64::NAN });
    readings.append_in("d", &[new("a.x", at(0), &good)], NOW).unwrap();
    let batch = [new("new.x", at(0), &good), new("a.x", at(1), &bad)];
    assert!(matches!(readings.append_in("d", &batch, NOW), Err(StoreError::Malformed(_))));
    readings.append_in("d", &[new("b.x", at(0), &good)], NOW).unwrap();
    assert_eq!(fed(&mut shelf.open()), [], "nothing is visible before the commit");
    readings.commit().unwrap();
    let fed = fed(&mut shelf.open());
    assert_eq!(fed.iter().map(|fed| fed.signal.as_str()).collect::<Vec<_>>(), ["a.x", "b.x"]);
}

fn a_clock_far_off_is_put_aside_and_told(engine: &Engine) {
    let shelf = Shelf::new(engine);
    let mut readings = shelf.open();
    let (week, months) = (limits::READING_SKEW_DAYS * 86_400, limits::READING_HISTORY_DAYS * 86_400);
    let batch = [-months, week, week + 1, -months - 1].map(|second| ("a.x", second, count(1)));
    assert_eq!(append(&mut readings, &batch).unwrap(), Appended { accepted: 2, quarantined: 2, ..Appended::default() });
    assert_eq!(readings.latest("a.x").unwrap().map(|latest| (latest.at, latest.value)), Some((at(week), count(1))));
    let kept: i64 = readings.beside().unwrap().number("SELECT count(*) FROM quarantine/*W*/", &[]).unwrap();
    assert_eq!(kept, 2);
}

fn a_signal_too_many_is_refused_and_the_known_ones_go_on(engine: &Engine) {
    let shelf = Shelf::new(engine);
    let mut readings = shelf.open();
    let names: Vec<_> = (0..limits::SIGNALS).map(|n| format!("m{n}.x")).collect();
    let value = count(1);
    let batch: Vec<_> = names.iter().map(|signal| new(signal, at(0), &value)).collect();
    readings.append("d", &batch, NOW).unwrap();
    let more = [("m0.x", 1, count(2)), ("one-more.x", 1, count(2))];
    assert!(matches!(append(&mut readings, &more), Err(StoreError::TooManySignals)));
    assert_eq!(readings.latest("m0.x").unwrap().unwrap().at, at(0), "nothing of the batch is kept");
    assert_eq!(append(&mut readings, &more[..1]).unwrap().accepted, 1);
    // A million names: each refused reading is counted, and the file does not grow by them.
    let value = count(1);
    for thousand in 0..10 {
        let names: Vec<_> = (0..limits::READINGS).map(|n| format!("flood{thousand}-{n}.x")).collect();
        let batch: Vec<_> = names.iter().map(|signal| new(signal, at(2), &value)).collect();
        assert!(matches!(readings.append_in("d", &batch, NOW), Err(StoreError::TooManySignals)));
    }
    readings.commit().unwrap();
    let day = toolcrib_contract::types::Date(NOW.0.div_euclid(DAY_US));
    let (accepted, refused) = (limits::SIGNALS as u64 + 1, 10 * limits::READINGS as u64);
    // The batch that was refused above was rolled back with its group, so nobody counts it twice.
    let tally = Tally { accepted, refused, ..Tally::default() };
    let days = readings.days(day, toolcrib_contract::types::Date(day.0 + 1)).unwrap();
    assert_eq!(days, [(day, tally)]);
    assert_eq!(readings.signals("", u32::MAX).unwrap().len(), limits::SIGNALS);
}

#[test]
fn the_names_are_closed_while_nobody_needs_them_and_opened_for_a_new_signal() {
    let dir = tempfile::tempdir().unwrap();
    let mut readings = open(dir.path());
    for s in 0..=i64::from(names::QUIET_COMMITS) {
        assert!(files_of(&readings).names.is_open());
        assert_eq!(append(&mut readings, &[("m1.good", s, count(s))]).unwrap().accepted, 1);
    }
    assert!(!files_of(&readings).names.is_open());
    readings.checkpoint().unwrap();
    append(&mut readings, &[("m1.good", 50, count(1))]).unwrap();
    assert!(!files_of(&readings).names.is_open(), "a signal that is known needs no name");
    append(&mut readings, &[("m1.good", 51, count(1)), ("m2.good", 51, count(2))]).unwrap();
    assert!(files_of(&readings).names.is_open());
    readings.integrity().unwrap();
    let signals = readings.signals("", u32::MAX).unwrap();
    assert_eq!(signals.iter().map(|signal| &*signal.name).collect::<Vec<_>>(), ["m1.good", "m2.good"]);
    readings.rollback().unwrap();
}

fn a_batch_over_its_limit_is_refused(engine: &Engine) {
    let shelf = Shelf::new(engine);
    let mut readings = shelf.open();
    let value = count(1);
    let batch = vec![new("a.x", at(0), &value); limits::READINGS + 1];
    assert!(matches!(readings.append("d", &batch, NOW), Err(StoreError::Malformed(_))));
    let long = "x".repeat(NAME_BYTES + 1);
    assert!(matches!(append(&mut readings, &[(&long, 0, count(1))]), Err(StoreError::Malformed(_))));
    let word = Sample::Word { value: "x".repeat(WORD_BYTES + 1) };
    assert!(matches!(append(&mut readings, &[("a.x", 0, word)]), Err(StoreError::Malformed(_))));
}

fn a_window_has_its_counters_and_the_one_before(engine: &Engine) {
    let shelf = Shelf::new(engine);
    let mut readings = shelf.open();
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

fn a_full_tenant_refuses_readings_and_keeps_the_earlier_ones(engine: &Engine) {
    let shelf = Shelf::new(engine);
    let mut readings = shelf.open_with(&TenantOptions { quota_bytes: 1 << 18, ..TenantOptions::default() });
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
    readings.rollback().unwrap();
    assert_eq!(fed(&mut readings).len(), stored as usize);
    assert_eq!(readings.latest("a.x").unwrap().map(|latest| latest.value), Some(count(stored - 1)));
    readings.integrity().unwrap();
}

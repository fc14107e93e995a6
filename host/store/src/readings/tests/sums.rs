//! Sums of minutes, hours and days, against the same made from the readings themselves.

use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

on_each_engine!(a_bad_reading_is_kept_and_nothing_follows_from_it, a_chart_has_few_points_and_shows_every_peak);

/// What one signal's sums have to be.
fn made_anew(kept: &[Stored], level: Level) -> BTreeMap<Instant, Sum> {
    let mut sums = BTreeMap::<Instant, Sum>::new();
    for stored in kept {
        let step_us = level.seconds() * 1_000_000;
        let begins = Instant(stored.at.0.div_euclid(step_us) * step_us);
        sums.entry(begins).or_default().add(stored.at, &stored.value, stored.quality);
    }
    sums
}

fn kept_sums(readings: &mut Readings, signal: &str, level: Level) -> BTreeMap<Instant, Sum> {
    let series = readings.find(signal).unwrap().unwrap();
    let mut sums = BTreeMap::new();
    for (month, kept) in readings.present().unwrap() {
        let part = readings.month(month, kept).unwrap().unwrap();
        let found = query::whole_sums(&part, level, series, i64::MIN, i64::MAX).unwrap();
        sums.extend(found.into_iter().map(|(minute, sum)| (Instant(minute * rollup::MINUTE_US), sum)));
    }
    sums
}

pub(super) fn value() -> impl Strategy<Value = Sample> {
    prop_oneof![
        // Eighths: sums of them are exact in every order.
        (-80_000i32..80_000).prop_map(|eighths| Sample::Number { value: f64::from(eighths) / 8.0 }),
        (-1_000_000i64..1_000_000).prop_map(|value| Sample::Count { value }),
        any::<bool>().prop_map(|value| Sample::Flag { value }),
        "[a-z]{0,3}".prop_map(|value| Sample::Word { value }),
    ]
}

pub(super) fn quality() -> impl Strategy<Value = Quality> {
    prop_oneof![4 => Just(Quality::Good), 1 => Just(Quality::Uncertain), 1 => Just(Quality::Bad)]
}

/// Seconds around the end of a month: two files, and all three levels at once.
fn second() -> impl Strategy<Value = i64> {
    prop_oneof![-200i64..200, -90_000i64..90_000, -500_000i64..500_000]
}

/// Batches as a gateway may send them: every one twice, in any order.
fn twice_in_any_order() -> impl Strategy<Value = (Vec<Vec<i64>>, Vec<usize>)> {
    prop::collection::vec(prop::collection::vec(second(), 1..20), 1..8).prop_flat_map(|batches| {
        let order: Vec<_> = (0..batches.len()).chain(0..batches.len()).collect();
        (Just(batches), Just(order).prop_shuffle())
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn batches_that_come_twice_and_in_any_order_leave_the_same_readings((batches, order) in twice_in_any_order()) {
        let turn = Instant(1_796_083_190_000_000);
        let options = TenantOptions { synchronous_full: false, ..TenantOptions::default() };
        let kept = |order: &[usize]| {
            let dir = tempfile::tempdir().unwrap();
            let mut readings = Readings::open(dir.path(), &options).unwrap();
            let mut accepted = 0;
            for nth in order {
                let values: Vec<_> = batches[*nth].iter().map(|second| count(second * 3)).collect();
                let at = batches[*nth].iter().map(|second| turn.plus_us(second * 1_000_000));
                let batch: Vec<_> = at.zip(&values).map(|(at, value)| new("a.x", at, value)).collect();
                let appended = readings.append("plc", &batch, turn).unwrap();
                accepted += appended.accepted;
                assert_eq!(appended.accepted + appended.duplicates, batch.len() as u64, "nothing else becomes of them");
            }
            let sums = [Level::Minute, Level::Hour, Level::Day].map(|level| kept_sums(&mut readings, "a.x", level));
            (accepted, readings.stored("a.x", Instant::MIN, Instant::MAX, u32::MAX).unwrap(), sums)
        };
        let once: Vec<_> = (0..batches.len()).collect();
        prop_assert_eq!(kept(&order), kept(&once));
    }

    #[test]
    fn sums_are_those_of_the_readings_in_whatever_order_they_come(
        batches in prop::collection::vec(
            prop::collection::vec((second(), value(), quality(), any::<bool>()), 1..20), 1..12),
        reopened in any::<prop::sample::Index>(),
    ) {
        // 2026-11-30T23:59:50Z.
        let turn = Instant(1_796_083_190_000_000);
        let dir = tempfile::tempdir().unwrap();
        let options = TenantOptions { synchronous_full: false, ..TenantOptions::default() };
        let mut readings = Readings::open(dir.path(), &options).unwrap();
        let reopened = reopened.index(batches.len());
        for (nth, batch) in batches.iter().enumerate() {
            if nth == reopened {
                readings = Readings::open(dir.path(), &options).unwrap();
            }
            let batch: Vec<_> = batch
                .iter()
                .map(|(second, value, quality, first)| NewReading {
                    signal: if *first { "a.x" } else { "b.x" },
                    at: turn.plus_us(second * 1_000_000),
                    value,
                    quality: *quality,
                })
                .collect();
            readings.append("plc", &batch, turn).unwrap();
        }
        for signal in ["a.x", "b.x"] {
            let kept = readings.stored(signal, Instant::MIN, Instant::MAX, u32::MAX).unwrap();
            if kept.is_empty() {
                continue;
            }
            for level in [Level::Minute, Level::Hour, Level::Day] {
                prop_assert_eq!(kept_sums(&mut readings, signal, level), made_anew(&kept, level));
            }
        }
    }
}

fn a_bad_reading_is_kept_and_nothing_follows_from_it(engine: &Engine) {
    let shelf = Shelf::new(engine);
    let mut readings = shelf.open();
    let (fine, mad) = (count(5), count(9_000_000));
    let bad = NewReading { quality: Quality::Bad, ..new("a.x", at(1), &mad) };
    let doubtful = NewReading { quality: Quality::Uncertain, ..new("a.x", at(2), &fine) };
    readings.append("plc", &[new("a.x", at(0), &fine), bad, doubtful], NOW).unwrap();
    let qualities = |kept: &[Stored]| kept.iter().map(|stored| stored.quality).collect::<Vec<_>>();
    let kept = readings.stored("a.x", at(0), at(9), 9).unwrap();
    assert_eq!(qualities(&kept), [Quality::Good, Quality::Bad, Quality::Uncertain]);
    assert_eq!(readings.samples("a.x", at(0), at(9), 9).unwrap().values, [count(5), count(5)]);
    assert_eq!(readings.window("a.x", at(0), at(9)).unwrap().inside, [5, 5]);
    assert_eq!(readings.next_after("a.x", at(1)).unwrap(), Some(at(2)));
    let sums = kept_sums(&mut readings, "a.x", Level::Day);
    let day = sums.values().next().unwrap();
    assert_eq!((day.readings, day.bad, day.most), (2, 1, Some(5.0)));
    // The same value with another quality contradicts what stands.
    let again = readings.append("plc", &[NewReading { quality: Quality::Good, ..bad }, bad], NOW).unwrap();
    assert_eq!((again.conflicts, again.duplicates), (1, 1));
}

fn a_chart_has_few_points_and_shows_every_peak(engine: &Engine) {
    let shelf = Shelf::new(engine);
    let mut readings = shelf.open();
    // Every second of two days; one peak.
    let seconds = 2 * 86_400;
    for first in (0..seconds).step_by(limits::READINGS) {
        let values: Vec<_> = (first..(first + limits::READINGS as i64).min(seconds))
            .map(|s| (s, count(i64::from(s == 77_777) * 99)))
            .collect();
        let batch: Vec<_> = values.iter().map(|(s, value)| new("a.x", at(*s), value)).collect();
        readings.append("plc", &batch, NOW.plus_us(first * 1_000_000)).unwrap();
    }
    let mut check = |until: i64, asked: u32, step_s: i64, is_peak: bool| {
        let Chart::Sums { step_us, points } = readings.chart("a.x", at(0), at(until), asked).unwrap() else {
            panic!("{until} s in {asked} points: sums")
        };
        assert_eq!(step_us, step_s * 1_000_000, "{until} s");
        assert!(points.len() <= 2 * asked as usize + 2, "{until} s in {asked} points: {}", points.len());
        let most = points.iter().filter_map(|point| point.sum.most).fold(0.0, f64::max);
        assert_eq!(most > 0.0, is_peak, "{until} s");
        assert!(points.windows(2).all(|two| two[0].at < two[1].at), "oldest first");
    };
    check(seconds, 2, 86_400, true);
    check(seconds, 40, 3_600, true);
    check(seconds, 2_000, 60, true);
    // 2,881 minutes are more than twice as many.
    check(seconds, 1_000, 120, true);
    check(seconds, 200, 840, true);
    check(70_000, 1_000, 60, false);
    // Minutes would be too few, and all readings too many.
    check(80_000, 4_000, 20, true);
    // Centuries without a reading take no points away.
    let Chart::Sums { step_us, points } = readings.chart("a.x", Instant::MIN, Instant::MAX, 1_000).unwrap() else {
        panic!("sums")
    };
    assert_eq!((step_us, points.len()), (120_000_000, 1_441));
    let Chart::Readings(few) = readings.chart("a.x", at(77_770), at(77_790), 500).unwrap() else { panic!("readings") };
    assert_eq!((few.len(), &few[7].value), (20, &count(99)));
    assert_eq!(readings.chart("b.x", at(0), at(9), 5).unwrap(), Chart::default());
}

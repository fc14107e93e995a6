//! The same batches and questions on both engines: the same answers, and the same archive in the end.

use super::sums::{quality, value};
use super::*;
use crate::fixture::{bare, engines};
use proptest::prelude::*;
use toolcrib_contract::types::Date;

/// 2026-11-30T23:59:50Z.
const TURN: Instant = Instant(1_796_083_190_000_000);

/// Small numbers, so that operations meet one another.
#[derive(Clone, Debug)]
enum Op {
    /// In the group: device, and signal, second, value, quality of each.
    Batch(u8, Vec<(u8, i64, Sample, Quality)>),
    Commit,
    Rollback,
    /// Another host, or the same one anew.
    Reopen,
    /// So many days pass.
    Retain(i64),
    Ask(u8, i64, i64, u32),
    Feed(u32),
}

fn second() -> impl Strategy<Value = i64> {
    prop_oneof![5 => -200i64..200, 3 => -90_000i64..90_000, 1 => -5_000_000i64..5_000_000, 1 => Just(99_999_999)]
}

fn op() -> impl Strategy<Value = Op> {
    let reading = (0u8..4, second(), value(), quality());
    prop_oneof![
        8 => (0u8..2, prop::collection::vec(reading, 1..12)).prop_map(|(device, batch)| Op::Batch(device, batch)),
        4 => Just(Op::Commit),
        1 => Just(Op::Rollback),
        1 => Just(Op::Reopen),
        1 => (0i64..90).prop_map(Op::Retain),
        4 => (0u8..5, second(), 1i64..200_000, 1u32..40).prop_map(|(signal, from, s, n)| Op::Ask(signal, from, s, n)),
        3 => (1u32..20).prop_map(Op::Feed),
    ]
}

fn told<T: std::fmt::Debug>(answer: Result<T>) -> String {
    answer.map_or_else(|error| error.to_string(), |answer| format!("{answer:?}"))
}

fn signal(n: u8) -> String {
    format!("m{}.{}", n % 2, ["good", "state"][usize::from(n / 2 % 2)])
}

fn ask(readings: &mut Readings, name: &str, from: Instant, until: Instant, n: u32) -> Vec<String> {
    vec![
        told(readings.samples(name, from, until, n)),
        told(readings.stored(name, from, until, n)),
        told(readings.latest(name)),
        told(readings.next_after(name, from)),
        told(readings.window(name, from, until)),
        told(readings.chart(name, from, until, n)),
        told(readings.came(from, until, |at| Date(at.0.div_euclid(DAY_US)))),
        told(readings.signals(if n.is_multiple_of(2) { "" } else { "m0.good" }, n)),
        told(readings.reach()),
        told(readings.end()),
        told(readings.days(Date(0), Date(99_999))),
    ]
}

/// Everything that was answered, and all lines of what is kept in the end.
fn run(engine: &Engine, ops: &[Op]) -> Vec<String> {
    let shelf = Shelf::new(engine);
    let (mut readings, mut place, mut all, mut open) = (shelf.open(), Feed::default(), Vec::new(), false);
    // A new month that is rolled back leaves an empty file, and no row: only of those that are there, nothing is kept.
    let (mut there, mut touched, mut now) = (BTreeSet::new(), BTreeSet::new(), TURN);
    for op in ops {
        if open && !matches!(op, Op::Batch(..) | Op::Commit | Op::Rollback) {
            readings.commit().unwrap();
            there.append(&mut touched);
            open = false;
        }
        match op {
            Op::Batch(device, batch) => {
                let names: Vec<_> = batch.iter().map(|(n, ..)| signal(*n)).collect();
                let batch: Vec<_> = batch
                    .iter()
                    .zip(&names)
                    .map(|((_, second, value, quality), signal)| NewReading {
                        quality: *quality,
                        ..new(signal, now.plus_us(second * 1_000_000), value)
                    })
                    .collect();
                all.push(told(readings.append_in(&format!("plc-{device}"), &batch, now)));
                touched.extend(batch.iter().filter(|one| !is_far(one, now)).map(|one| Month::of(one.at).unwrap()));
                open = true;
            }
            Op::Commit | Op::Rollback => {
                if matches!(op, Op::Commit) || !touched.is_subset(&there) {
                    readings.commit().unwrap();
                    there.append(&mut touched);
                } else {
                    readings.rollback().unwrap();
                    touched.clear();
                }
                open = false;
            }
            Op::Reopen => readings = shelf.open(),
            Op::Retain(days) => {
                let keep = Keep { raw_days: 70, sum_months: 5 };
                now = now.plus_us(days * DAY_US);
                all.push(told(readings.retain(keep, now)));
                there.clear();
            }
            Op::Ask(n, from, seconds, points) => {
                let from = now.plus_us(from * 1_000_000);
                all.extend(ask(&mut readings, &signal(*n), from, from.plus_us(seconds * 1_000_000), *points));
            }
            Op::Feed(limit) => {
                all.push(told(readings.feed(&mut place, *limit)));
                all.push(place.to_string());
            }
        }
    }
    readings.commit().unwrap();
    all.extend(ask(&mut readings, "m0.good", Instant::MIN, Instant::MAX, 500));
    drop(readings);
    drop(shelf.home.writer(&shelf.options).unwrap());
    let checked = shelf.home.check().unwrap();
    all.push(format!("{} readings in {} months", checked.readings, checked.months));
    let archive = shelf.home.archive().unwrap();
    let mut lines = Vec::new();
    archive
        .write(&|_, _, _| None, &mut |line| {
            lines.push(line.to_owned());
            Ok(())
        })
        .unwrap();
    assert_eq!(archive.lines().unwrap(), lines.len() as u64);
    all.extend(lines);
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn the_same_batches_give_the_same_answers_on_both_engines(ops in prop::collection::vec(op(), 1..30)) {
        let Some(bare) = bare() else { return Ok(()) };
        // And where the host names no tenant.
        let engines = [engines(), vec![Engine(Some(bare))]].concat();
        let runs: Vec<_> = engines.iter().map(|engine| run(engine, &ops)).collect();
        prop_assert_eq!(&runs[0], &runs[1]);
        prop_assert_eq!(&runs[1], &runs[2], "row-level security alone");
    }
}

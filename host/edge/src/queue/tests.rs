//! The queue's promises, on real files.

use super::*;
use crate::exact::Exact;
use crate::reading::{Quality, Value};
use proptest::prelude::*;
use std::collections::VecDeque;
use toolcrib_contract::types::Instant;

const ROOMY: Limits = Limits { rows: 1_000_000, bytes: 1 << 30 };

fn reading(nth: i64) -> Reading {
    Reading::good(&"press-1.good".into(), Instant(1_795_420_800_000_000 + nth), Value::Count(nth))
}

fn readings(range: std::ops::Range<i64>) -> Vec<Reading> {
    range.map(reading).collect()
}

fn counts_of(batch: &Batch) -> Vec<i64> {
    let count = |reading: &Reading| if let Value::Count(nth) = reading.value { nth } else { unreachable!() };
    batch.readings.iter().map(count).collect()
}

fn open(folder: &Path, limits: Limits) -> Queue {
    Queue::open(&folder.join("queue.db"), limits).unwrap()
}

#[test]
fn every_kind_of_value_comes_back_as_it_went_in() {
    let folder = tempfile::tempdir().unwrap();
    let values = [
        Value::Flag(true),
        Value::Count(i64::MIN),
        Value::Exact(Exact::new(-1_250, 2).unwrap()),
        Value::Number(12.0),
        Value::Number(f64::MIN_POSITIVE),
        Value::Word("运行".to_owned()),
    ];
    let mut sent: Vec<_> = values.into_iter().map(|value| Reading { value, ..reading(0) }).collect();
    sent[1].quality = Quality::Uncertain;
    sent[2].signal = "oven-2/zone-3.temperature".into();
    let mut queue = open(folder.path(), ROOMY);
    queue.append(&sent).unwrap();
    assert_eq!(queue.lend(100).unwrap().unwrap().readings, sent);
    drop(queue);
    assert_eq!(open(folder.path(), ROOMY).lend(100).unwrap().unwrap().readings, sent, "after a restart");
}

#[test]
fn what_is_not_settled_is_lent_again_after_a_crash() {
    let folder = tempfile::tempdir().unwrap();
    let mut queue = open(folder.path(), ROOMY);
    queue.append(&readings(0..30)).unwrap();
    let first = queue.lend(10).unwrap().unwrap();
    let second = queue.lend(10).unwrap().unwrap();
    assert_eq!((counts_of(&first), counts_of(&second)), ((0..10).collect(), (10..20).collect()));
    queue.settle(&[(first.span, Outcome::Acknowledged)]).unwrap();
    // Nothing is closed in order: the file is as the last commit left it.
    drop(queue);
    let mut queue = open(folder.path(), ROOMY);
    assert_eq!(counts_of(&queue.lend(100).unwrap().unwrap()), (10..30).collect::<Vec<_>>());
    assert_eq!(queue.lend(100).unwrap(), None);
    queue.recall();
    assert_eq!(counts_of(&queue.lend(5).unwrap().unwrap()), (10..15).collect::<Vec<_>>());
}

#[test]
fn a_full_queue_drops_the_oldest_and_says_how_many() {
    let folder = tempfile::tempdir().unwrap();
    let limits = Limits { rows: 100, ..ROOMY };
    let mut queue = open(folder.path(), limits);
    for from in (0..250).step_by(10) {
        queue.append(&readings(from..from + 10)).unwrap();
    }
    assert_eq!(queue.counts(), Counts { queued: 100, dropped: 150, refused: 0 });
    drop(queue);
    let mut queue = open(folder.path(), limits);
    assert_eq!(queue.counts().dropped, 150, "the counter survives a restart");
    assert_eq!(counts_of(&queue.lend(1_000).unwrap().unwrap()), (150..250).collect::<Vec<_>>());
}

#[test]
fn what_is_on_its_way_is_not_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let mut queue = open(folder.path(), Limits { rows: 100, ..ROOMY });
    queue.append(&readings(0..100)).unwrap();
    let lent = queue.lend(20).unwrap().unwrap();
    queue.append(&readings(100..130)).unwrap();
    assert_eq!(queue.counts().dropped, 30);
    queue.settle(&[(lent.span, Outcome::Acknowledged)]).unwrap();
    assert_eq!(counts_of(&queue.lend(1_000).unwrap().unwrap()), (50..130).collect::<Vec<_>>());
    assert_eq!(queue.counts().queued, 80);
}

#[test]
fn the_file_stays_within_its_bytes_however_much_comes() {
    let folder = tempfile::tempdir().unwrap();
    let limits = Limits { rows: 10_000_000, bytes: 2 << 20 };
    let mut queue = open(folder.path(), limits);
    let long = |nth| Reading { value: Value::Word(format!("{nth:0128}")), ..reading(nth) };
    let some: Vec<_> = (0..1_000).map(long).collect();
    for _ in 0..60 {
        queue.append(&some).unwrap();
    }
    let taken: u64 =
        std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().metadata().unwrap().len()).sum();
    assert!(taken <= limits.bytes + (1 << 20) + (8 << 20), "{taken} bytes on disk");
    let counts = queue.counts();
    assert_eq!(counts.queued + counts.dropped, 60_000);
    assert!(counts.queued >= 8_000, "two mebibytes hold {} of them", counts.queued);
    let rows: i64 = queue.db.query_row("SELECT count(*) FROM reading", [], |row| row.get(0)).unwrap();
    assert_eq!(rows as u64, counts.queued, "the counter is right");
}

#[test]
fn a_batch_of_long_texts_stays_small() {
    let folder = tempfile::tempdir().unwrap();
    let mut queue = open(folder.path(), ROOMY);
    let long = |nth| Reading { value: Value::Word("\u{1}".repeat(128)), ..reading(nth) };
    queue.append(&(0..1_000).map(long).collect::<Vec<_>>()).unwrap();
    let mut seen = 0;
    while let Some(batch) = queue.lend(1_000).unwrap() {
        let mut lines = String::new();
        batch.readings.iter().for_each(|reading| reading.write_line(Instant::MAX, &mut lines));
        assert!(lines.len() <= BATCH_BYTES, "{} bytes", lines.len());
        seen += batch.readings.len();
    }
    assert_eq!(seen, 1_000);
}

#[test]
fn a_place_in_the_queue_is_never_given_twice() {
    let folder = tempfile::tempdir().unwrap();
    let mut queue = open(folder.path(), ROOMY);
    queue.append(&readings(0..5)).unwrap();
    let lent = queue.lend(5).unwrap().unwrap();
    queue.settle(&[(lent.span, Outcome::Refused)]).unwrap();
    assert_eq!(queue.counts(), Counts { queued: 0, dropped: 0, refused: 5 });
    // Empty now; what comes next is behind what was lent, and is found.
    queue.append(&readings(5..6)).unwrap();
    assert_eq!(counts_of(&queue.lend(5).unwrap().unwrap()), [5]);
}

#[test]
fn a_damaged_file_is_set_aside_and_a_second_agent_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("queue.db"), "not a database at all".repeat(100)).unwrap();
    let mut queue = open(folder.path(), ROOMY);
    queue.append(&readings(0..1)).unwrap();
    assert!(folder.path().join("queue.db.damaged").exists());
    let second = Queue::open(&folder.path().join("queue.db"), ROOMY);
    assert!(matches!(second, Err(QueueError::InUse(_))), "{second:?}");
}

/// What can happen to a queue.
#[derive(Clone, Debug)]
enum Event {
    Append(usize),
    Lend(usize),
    SettleOldest,
    Disconnect,
    Crash,
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => (1usize..40).prop_map(Event::Append),
        4 => (1usize..20).prop_map(Event::Lend),
        4 => Just(Event::SettleOldest),
        1 => Just(Event::Disconnect),
        1 => Just(Event::Crash),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever happens in whatever order, each reading is settled in its place, is still queued, or was counted.
    #[test]
    fn nothing_is_lost_and_the_order_is_kept(events in proptest::collection::vec(event(), 1..60)) {
        let folder = tempfile::tempdir().unwrap();
        let limits = Limits { rows: 120, ..ROOMY };
        let mut queue = open(folder.path(), limits);
        let (mut next, mut settled, mut way) = (0, Vec::new(), VecDeque::new());
        for event in events {
            match event {
                Event::Append(count) => {
                    queue.append(&readings(next..next + count as i64)).unwrap();
                    next += count as i64;
                }
                Event::Lend(rows) if way.len() < 4 => way.extend(queue.lend(rows).unwrap()),
                Event::Lend(_) => {}
                Event::SettleOldest => {
                    if let Some(batch) = way.pop_front() {
                        queue.settle(&[(batch.span, Outcome::Acknowledged)]).unwrap();
                        settled.extend(counts_of(&batch));
                    }
                }
                Event::Disconnect => {
                    queue.recall();
                    way.clear();
                }
                Event::Crash => {
                    way.clear();
                    drop(queue);
                    queue = open(folder.path(), limits);
                }
            }
            prop_assert!(queue.counts().queued <= limits.rows + 80);
        }
        queue.recall();
        while let Some(batch) = queue.lend(50).unwrap() {
            settled.extend(counts_of(&batch));
        }
        prop_assert!(settled.windows(2).all(|pair| pair[0] < pair[1]), "in order, nothing twice: {settled:?}");
        prop_assert_eq!(settled.len() as u64 + queue.counts().dropped, next as u64);
    }
}

//! What holds in the end is what readings in their order would have told, however they came.

use super::*;
use proptest::prelude::*;
use toolcrib_contract::signal::Quality;
use toolcrib_store::{NewReading, Readings, TenantOptions, Writer};

const START: i64 = 1_795_507_200_000_000;
const SIGNAL: &str = "oven.temperature";

fn level(above: bool, for_s: u32) -> Level {
    let (limit, back) = if above { ("80", "75") } else { ("75", "80") };
    Level { above, limit: limit.into(), back: back.into(), for_s }
}

/// What readings in the order of their times tell.
fn in_order(level: &Level, readings: &BTreeMap<i64, f64>) -> BTreeSet<(i64, bool)> {
    let (band, mut standing, mut turns) = (level.band().unwrap(), Standing::default(), Vec::new());
    for (at, value) in readings {
        band.step(&mut standing, *at, *value, &mut turns);
    }
    turns.iter().map(|turn| (turn.at, turn.beyond)).collect()
}

/// Crossings by time and side: how often each was told, and whether it holds.
fn told(events: &[crate::tenant::LiveEvent]) -> BTreeMap<(i64, bool), (i64, bool)> {
    let mut crossings = BTreeMap::new();
    for event in events {
        let body: serde_json::Value = serde_json::from_str(&event.body).unwrap();
        let at: Instant = body["at"].as_str().unwrap().parse().unwrap();
        let (revision, known) = (
            body["revision"].as_i64().unwrap(),
            crossings.entry((at.0, body["beyond"].as_bool().unwrap())).or_insert((0, false)),
        );
        assert_eq!(revision, known.0 + 1, "revisions follow one another");
        *known = (revision, body["holds"].as_bool().unwrap());
    }
    crossings
}

/// One signal whose limit is followed, on files of its own.
struct Oven {
    _dir: tempfile::TempDir,
    writer: Writer,
    kept: Readings,
    levels: Levels,
    live: Vec<crate::tenant::LiveEvent>,
}

impl Oven {
    fn new(level: &Level) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let options = TenantOptions { synchronous_full: false, ..TenantOptions::default() };
        let mut writer = Writer::open(dir.path(), &options).unwrap();
        let kept = Readings::open(dir.path(), &options).unwrap();
        let mut levels = Levels::default();
        levels.follow("temperature", level);
        writer.begin().unwrap();
        Self { _dir: dir, writer, kept, levels, live: Vec::new() }
    }

    /// Readings arrive together, microseconds after the start.
    fn read(&mut self, batch: &[(i64, f64)]) {
        let samples: Vec<_> =
            batch.iter().map(|(us, value)| (Instant(START + us), Sample::Number { value: *value })).collect();
        for samples in samples.chunks(limits::READINGS) {
            let new = samples.iter();
            let new = new.map(|(at, value)| NewReading { signal: SIGNAL, at: *at, value, quality: Quality::Good });
            self.kept.append("plc", &new.collect::<Vec<_>>(), Instant(START)).unwrap();
        }
        let now = Instant(START);
        let mut tell = Tell { now, writer: &mut self.writer, readings: &mut self.kept, live: &mut self.live };
        for (at, value) in samples {
            let reading = FedReading { signal: SIGNAL.into(), at, value, quality: Quality::Good };
            self.levels.measure(&mut tell, "oven", "temperature", &reading).unwrap();
        }
        self.levels.correct(&mut tell).unwrap();
        self.levels.keep(tell.writer).unwrap();
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn late_readings_end_where_readings_in_order_would_have_led(
        readings in prop::collection::btree_map(1i64..200, prop_oneof![Just(70.0), Just(78.0), Just(82.0)], 1..40),
        shuffle in any::<u64>(),
        together in 1usize..8,
        above in any::<bool>(),
        for_s in prop_oneof![Just(0u32), Just(1), Just(10), Just(40)],
    ) {
        let level = level(above, for_s);
        let mut oven = Oven::new(&level);
        // The first one says from when on anybody looks.
        let first = (0, 78.0);
        oven.read(&[first]);
        let readings: Vec<_> = readings.iter().map(|(second, value)| (second * 1_000_000, *value)).collect();
        let mut shuffled = readings.clone();
        shuffled.sort_by_key(|(us, _)| (*us as u64 ^ shuffle).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        shuffled.chunks(together).for_each(|batch| oven.read(batch));
        let all = readings.into_iter().chain([first]).map(|(us, value)| (START + us, value)).collect();
        let told = told(&oven.live).into_iter();
        let holding: BTreeSet<_> = told.filter(|(_, (_, holds))| *holds).map(|(key, _)| key).collect();
        prop_assert_eq!(holding, in_order(&level, &all));
    }
}

#[test]
fn only_the_last_crossings_can_be_corrected() {
    let mut oven = Oven::new(&level(true, 0));
    let trembling: Vec<_> = (0..=TOLD_KEPT as i64).map(|n| (n * 10, if n % 2 == 0 { 70.0 } else { 82.0 })).collect();
    oven.read(&trembling);
    let told = oven.live.len();
    assert_eq!(told, TOLD_KEPT);
    // The oldest one that is remembered is the first of all; with one more it is forgotten.
    oven.read(&[(5, 82.0)]);
    assert_eq!(oven.live.len(), told + 2, "it crossed at 5, not at 10");
    oven.read(&[((TOLD_KEPT as i64 + 1) * 10, 82.0)]);
    let told = oven.live.len();
    oven.read(&[(3, 82.0)]);
    assert_eq!(oven.live.len(), told, "before what is remembered nothing is corrected");
}

#[test]
fn a_correction_that_would_look_at_too_much_is_left_and_what_was_told_stands() {
    let mut oven = Oven::new(&level(true, 0));
    let hot: Vec<_> = (0..LATE_READINGS as i64 + 10).map(|n| (n * 10, 82.0)).collect();
    oven.read(&hot);
    assert_eq!(oven.live.len(), 1);
    oven.read(&[(LATE_READINGS as i64 * 10 + 45, 70.0)]);
    assert_eq!(oven.live.len(), 1);
    let mut fewer = Oven::new(&level(true, 0));
    fewer.read(&hot[..LATE_READINGS - 10]);
    fewer.read(&[(LATE_READINGS as i64 * 10 - 145, 70.0)]);
    assert_eq!(fewer.live.len(), 3, "it was back for a moment");
}

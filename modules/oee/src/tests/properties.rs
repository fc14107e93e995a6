//! Random histories of one machine, against a model that looks at every minute.

use super::*;
use crate::figures::{Oee, day_oee, week_oee};
use crate::losses::timeline;
use crate::plant::{PlannedBreak, SiteCalendar};
use crate::spans::{set_state, state_changed};
use crate::state::{Element, State};
use crate::stops::{give_reason, split_stop, stops};
use proptest::prelude::*;
use serde_json::json;
use std::collections::BTreeMap;
use std::time::Duration;

const WORDS: [&str; 12] =
    ["running", "停机", "idle", "setup", "planned", "off", "gibberish", "fault", "down", "保养", "offline", "running"];
/// A week before a change of the clock, and how it begins there: Monday at six.
const WEEKS: [(&str, &str); 3] = [
    ("Europe/Berlin", "2026-10-19T06:00:00+02:00"),
    ("Europe/Berlin", "2026-03-23T06:00:00+01:00"),
    ("Asia/Shanghai", "2026-11-23T06:00:00+08:00"),
];
/// Minutes below which a stop is a micro-stop, as set by default.
const MICRO: i64 = 2;

/// What happens next, so many minutes later.
#[derive(Clone, Debug)]
enum Act {
    Signal(usize),
    /// So many minutes ago, told only now.
    Late(usize, i64),
    Tap(usize, i64),
    Count(i64),
    Report(i64),
    Explain,
    /// So many minutes after the newest stop began.
    Split(i64),
}

fn act() -> impl Strategy<Value = (i64, Act)> {
    let word = 0..WORDS.len();
    let act = prop_oneof![
        6 => word.clone().prop_map(Act::Signal),
        1 => (word.clone(), 1..600i64).prop_map(|(word, ago)| Act::Late(word, ago)),
        2 => (word, 0..600i64).prop_map(|(word, ago)| Act::Tap(word, ago)),
        1 => (0..50i64).prop_map(Act::Count),
        1 => (-5..50i64).prop_map(Act::Report),
        1 => Just(Act::Explain),
        1 => (0..30i64).prop_map(Act::Split),
    ];
    (prop_oneof![3 => 0..4i64, 2 => 0..120i64], act)
}

/// Shifts as begin and length in minutes from the week's beginning, with a break after so many minutes.
fn shifts() -> impl Strategy<Value = Vec<(i64, i64, i64)>> {
    prop_oneof![Just(Vec::new()), proptest::collection::vec((0..9_000i64, 60..720i64, 10..300i64), 1..8)]
}

struct World {
    module: testing::Module,
    start: Instant,
    marks: BTreeMap<i64, State>,
    shifts: Vec<(i64, i64, i64)>,
}

impl World {
    fn new(week: usize, mut shifts: Vec<(i64, i64, i64)>) -> Self {
        let mut module = module();
        let (zone, start) = WEEKS[week];
        module.share(&SiteCalendar { code: text("site"), zone: text(zone), day_starts_at_minute: 360 });
        let equipment = module.share(&Equipment { code: text(PRESS), name: text("x"), retired_at: None });
        module.at(start);
        let start = module.now();
        let minute = |minute: i64| start.plus_us(minute * MINUTE_US);
        shifts.sort_unstable();
        // As a plant plans them: one after the other.
        shifts.dedup_by(|next, last| next.0 < last.0 + last.1);
        // A break lies inside its shift.
        shifts.iter_mut().for_each(|shift| shift.2 %= shift.1 - 20);
        for (begin, length, pause) in &shifts {
            let (starts_at, ends_at) = (minute(*begin), minute(begin + length));
            module.share(&PlannedShift { equipment, starts_at, ends_at, break_minutes: 20 });
            let (starts_at, ends_at) = (minute(begin + pause), minute(begin + pause + 20));
            module.share(&PlannedBreak { equipment, starts_at, ends_at });
        }
        Self { module, start, marks: BTreeMap::new(), shifts }
    }

    fn minute(&self) -> i64 {
        self.module.now().since_us(self.start) / MINUTE_US
    }

    fn state(&self, minute: i64) -> Option<State> {
        self.marks.range(..=minute).next_back().map(|(_, state)| *state)
    }

    /// What a change means: the state from then on until the next known change.
    fn mark(&mut self, minute: i64, state: State) {
        if self.state(minute) != Some(state) {
            self.marks.insert(minute, state);
        }
    }

    fn act(&mut self, act: &Act) {
        let now = self.minute();
        let at = |ago: &i64| self.start.plus_us((now - ago) * MINUTE_US);
        match act {
            Act::Signal(word) => {
                self.module.signal("press-1.state", WORDS[*word]).unwrap();
                self.mark(now, State::of(WORDS[*word]));
            }
            Act::Late(word, ago) => {
                let value = text(WORDS[*word]);
                let change = StateChange { equipment: text(PRESS), at: at(ago), value, previous: None };
                self.module.run(state_changed { change }).unwrap();
                self.mark(now - ago, State::of(WORDS[*word]));
            }
            Act::Tap(word, ago) => {
                let state = State::of(WORDS[*word]);
                if state != State::Unknown {
                    self.module.run(set_state { equipment: text(PRESS), state, at: Some(at(ago)) }).unwrap();
                    self.mark(now - ago, state);
                }
            }
            Act::Count(count) => self.module.minute("press-1.good", at(&1), *count).unwrap(),
            Act::Report(count) => {
                let body = json!({
                    "report": format!("r{now}-{count}-{}", self.module.used().host_calls), "corrects": null, "equipment": PRESS,
                    "good": count.to_string(), "scrap": "0", "rework": "0", "ended_at": at(&0).to_string(),
                });
                self.module.event("job-reporting", "output_reported", &body).unwrap();
            }
            Act::Explain => {
                if let Some(stop) = self.newest_stop() {
                    self.module.run(give_reason { stop: stop.id, reason: text("卡料") }).unwrap();
                }
            }
            Act::Split(after) => {
                if let Some(stop) = self.newest_stop() {
                    let at = stop.started_at.plus_us(after * MINUTE_US);
                    let inside = at > stop.started_at && at < stop.ended_at.unwrap_or(self.module.now());
                    let split = self.module.run(split_stop { stop: stop.id, at, reason: text("换刀") });
                    assert_eq!(split.is_ok(), inside);
                    if inside {
                        // Whoever splits says that the stop still lasted then.
                        self.marks.insert(at.since_us(self.start) / MINUTE_US, stop.state);
                    }
                }
            }
        }
    }

    fn newest_stop(&mut self) -> Option<Row<crate::spans::Span>> {
        self.module
            .run(stops { equipment: text(PRESS), after: None })
            .unwrap()
            .rows
            .into_iter()
            .next()
            .map(|row| row.stop)
    }

    /// Minutes of each element from the week's beginning until now, minute by minute.
    fn expected(&self) -> BTreeMap<u8, i64> {
        // A stop may have begun before the week: a margin shows whether it is short.
        let states: Vec<_> = (-MICRO..self.minute()).map(|minute| self.state(minute)).collect();
        let (mut expected, mut at) = (BTreeMap::new(), -MICRO);
        for run in states.chunk_by(|one, next| interrupted(one) && interrupted(next)) {
            let micro = interrupted(&run[0]) && (run.len() as i64) < MICRO;
            for state in run {
                if at >= 0 {
                    *expected.entry(self.element(at, *state, micro) as u8).or_insert(0) += 1;
                }
                at += 1;
            }
        }
        expected
    }

    fn element(&self, at: i64, state: Option<State>, micro: bool) -> Element {
        let shift = self.shifts.iter().find(|(begin, length, _)| (*begin..begin + length).contains(&at));
        let pause = self.shifts.iter().any(|(begin, _, pause)| (begin + pause..begin + pause + 20).contains(&at));
        match (shift, state) {
            (None, state) if !self.shifts.is_empty() => {
                if state == Some(State::Running) {
                    Element::Extra
                } else {
                    Element::NotPlanned
                }
            }
            (Some(_), Some(State::Running)) if pause => Element::Extra,
            (Some(_), _) if pause => Element::Break,
            (None, None) => Element::NotPlanned,
            (_, None) => Element::NoData,
            (None, Some(State::Planned)) => Element::Break,
            _ if micro => Element::MicroStop,
            (_, Some(state)) => state.element(),
        }
    }
}

/// Whether a state may be a micro-stop.
fn interrupted(state: &Option<State>) -> bool {
    state.is_some_and(State::is_interruption)
}

fn minutes(figures: &[Oee]) -> BTreeMap<u8, i64> {
    let mut minutes = BTreeMap::new();
    for time in figures.iter().flat_map(|figures| &figures.times) {
        *minutes.entry(time.element as u8).or_insert(0) += time.seconds.0 / MINUTE_US;
    }
    minutes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Some 30 000 operations in all. Elements tile day and week without gap or overlap, agree with a look at every minute,
    /// and a week is the sum of its days, whatever its clocks do.
    #[test]
    fn elements_tile_the_calendar(
        week in 0..WEEKS.len(), shifts in shifts(), acts in proptest::collection::vec(act(), 90..150),
    ) {
        let mut world = World::new(week, shifts);
        for (later, act) in &acts {
            world.module.advance(Duration::from_secs(60 * *later as u64));
            world.act(act);
        }
        let first: Date = WEEKS[week].1[..10].parse().unwrap();
        let whole = world.module.run(week_oee { equipment: text(PRESS), day: Some(first) }).unwrap();
        prop_assert_eq!(minutes(std::slice::from_ref(&whole)), world.expected());
        let length: i64 = whole.times.iter().map(|time| time.seconds.0).sum();
        prop_assert_eq!(length, whole.until.since_us(whole.from));
        let day = |day| day_oee { equipment: text(PRESS), day: Some(first.plus_days(day)) };
        let days: Vec<_> = (0..7).map(|nth| world.module.run(day(nth)).unwrap()).collect();
        prop_assert_eq!(minutes(&days), minutes(std::slice::from_ref(&whole)));
        prop_assert!(days.windows(2).all(|pair| pair[0].until == pair[1].from || pair[0].until == world.module.now()
            || pair[1].from > world.module.now()));
        let ask = timeline { equipment: text(PRESS), from: Some(whole.from), until: Some(whole.until) };
        if whole.from < whole.until {
            let tiles = world.module.run(ask).unwrap();
            prop_assert_eq!((tiles[0].from, tiles[tiles.len() - 1].until), (whole.from, whole.until));
            prop_assert!(tiles.windows(2).all(|pair| pair[0].until == pair[1].from && pair[0].from < pair[0].until));
            for tile in &tiles {
                prop_assert_eq!(tile.state, world.state(tile.from.since_us(world.start) / MINUTE_US));
            }
        }
    }
}

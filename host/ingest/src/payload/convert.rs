//! From a value and a rule to readings: scale and offset, dead bands, counters, flags, words of states.

use super::counter::{Counter, NotCounted, holds};
use super::exact::Exact;
use super::found::Found;
use super::rules::{Counting, DeadBand, Kind, Rule};
use crate::ndjson::{NAME_CHARS, is_signal};
use std::collections::{BTreeMap, HashMap};
use toolcrib_contract::limits;
use toolcrib_contract::signal::{Quality, Sample};
use toolcrib_contract::types::Instant;
use toolcrib_runtime::Reading;

/// A value inside the dead band is kept all the same when the last one is so old: silence would look like a fault.
pub const DEAD_BAND_US: i64 = 600_000_000;
/// What the signal beside a counter's total is called: the total less the machine's own number.
pub const BASE: &str = "-base";

/// Why a value became no reading: a stable code, and a sentence.
pub type NotTaken = (&'static str, String);

/// A rule with its numbers read.
pub struct Compiled {
    pub rule: Rule,
    scale: Exact,
    offset: Exact,
    band: Option<(Exact, bool)>,
}

impl Compiled {
    /// The rules were checked: what is no number is left out.
    pub fn new(rule: Rule) -> Self {
        let decimal = |text: &Option<String>| text.as_deref().and_then(Exact::parse);
        let (scale, offset) =
            (decimal(&rule.scale).unwrap_or(Exact::ONE), decimal(&rule.offset).unwrap_or(Exact::whole(0)));
        let band = rule.dead_band.as_ref().and_then(|band| match band {
            DeadBand::Absolute(width) => Some((Exact::parse(width)?, false)),
            DeadBand::Percent(width) => Some((Exact::parse(width)?, true)),
        });
        Self { rule, scale, offset, band }
    }

    fn is_scaled(&self) -> bool {
        self.rule.scale.is_some() || self.rule.offset.is_some()
    }
}

/// A value that a rule fits.
pub struct Fitting<'a> {
    pub signal: String,
    pub found: &'a Found,
    pub at: Instant,
    /// It is no present value: it moves no dead band.
    pub is_historical: bool,
    /// A bad one is kept as what was said: it moves no counter, no dead band and no state.
    pub quality: Quality,
    /// A birth told it, at this moment: a state that was offline is back since then.
    pub born: Option<Instant>,
}

/// What is remembered of signals.
#[derive(Default)]
pub struct Signals {
    /// The last value kept of signals with a dead band.
    kept: HashMap<String, (Instant, Exact)>,
    counters: HashMap<String, Counter>,
    /// Counters as they are stored, until they are first heard of.
    stored: BTreeMap<String, (Instant, i64)>,
    /// States that are offline, and since when.
    offline: HashMap<String, Instant>,
}

impl Signals {
    /// Takes in what is stored of a signal: a counter goes on from there.
    pub fn recall(&mut self, signal: String, at: Instant, value: &Sample) {
        if let Sample::Count { value } = value
            && self.stored.len() < limits::SIGNALS
        {
            self.stored.insert(signal, (at, *value));
        }
    }

    /// A reading was not stored after all: when it is sent again, no dead band swallows it.
    pub fn not_kept(&mut self, signal: &str) {
        self.kept.remove(signal);
    }

    /// A state went offline; false when it is already.
    pub fn went_offline(&mut self, signal: &str, at: Instant) -> bool {
        if self.offline.len() >= limits::SIGNALS || self.offline.contains_key(signal) {
            return false;
        }
        self.offline.insert(signal.to_owned(), at);
        true
    }

    /// Makes readings of a value; none inside the dead band.
    ///
    /// # Errors
    /// Why it becomes no reading.
    pub fn convert(&mut self, compiled: &Compiled, fitting: Fitting<'_>) -> Result<Vec<Reading>, NotTaken> {
        if !is_signal(&fitting.signal) {
            return Err(("bad-name", format!("`{}` is no name of a signal", fitting.signal)));
        }
        let (found, rule) = (fitting.found, &compiled.rule);
        if fitting.quality == Quality::Bad {
            return untrusted(compiled, fitting);
        }
        let value = match rule.kind {
            Kind::Number => return self.number(compiled, fitting),
            Kind::Counter => {
                return self.counter(rule.counter.unwrap_or(Counting { bits: None, restarts: true }), fitting);
            }
            Kind::Count => {
                let exact = scaled(compiled, found)?;
                let whole = exact.and_then(Exact::to_whole);
                Sample::Count { value: whole.ok_or_else(|| not_whole(found))? }
            }
            Kind::Flag => Sample::Flag { value: flag(found)? },
            Kind::Word => Sample::Word { value: word(found.text())? },
            Kind::State => return self.state(rule, fitting),
        };
        Ok(vec![Reading { quality: fitting.quality, ..Reading::new(fitting.signal, fitting.at, value) }])
    }

    fn number(&mut self, compiled: &Compiled, fitting: Fitting<'_>) -> Result<Vec<Reading>, NotTaken> {
        let Fitting { signal, found, at, is_historical, quality, .. } = fitting;
        let exact = scaled(compiled, found)?;
        let value = match (exact, found) {
            (Some(exact), _) => exact.to_float(),
            (None, Found::Number(_, value)) => *value,
            (None, _) => return Err(not_a_number(found)),
        };
        if let (Some((width, is_percent)), Some(exact), false) = (compiled.band, exact, is_historical) {
            if let Some((since, last)) = self.kept.get(&signal)
                && at.0 > since.0
                && at.since_us(*since) < DEAD_BAND_US
                && is_inside(exact, *last, width, is_percent)
            {
                return Ok(Vec::new());
            }
            if self.kept.len() >= limits::SIGNALS && !self.kept.contains_key(&signal) {
                return Err(too_many());
            }
            let newest = self.kept.entry(signal.clone()).or_insert((at, exact));
            if at >= newest.0 {
                *newest = (at, exact);
            }
        }
        Ok(vec![Reading { quality, ..Reading::new(signal, at, Sample::Number { value }) }])
    }

    fn counter(&mut self, counting: Counting, fitting: Fitting<'_>) -> Result<Vec<Reading>, NotTaken> {
        let Fitting { signal, found, at, quality, .. } = fitting;
        let raw = exact_of(found).and_then(Exact::to_whole);
        let raw = raw.ok_or_else(|| not_whole(found))?;
        let beside = format!("{signal}{BASE}");
        let is_first = !self.counters.contains_key(&signal);
        if is_first && let Some(total) = self.stored.remove(&signal) {
            self.counters.insert(signal.clone(), Counter::recall(total, self.stored.remove(&beside)));
        } else if is_first {
            if self.counters.len() >= limits::SIGNALS {
                return Err(too_many());
            }
            if !holds(raw, counting) {
                return Err(not_counted(NotCounted::OutOfRange, raw));
            }
            self.counters.insert(signal.clone(), Counter::new(raw, at));
        }
        let counter = self.counters.get_mut(&signal).ok_or_else(too_many)?;
        let counted = counter.count(raw, at, counting).map_err(|why| not_counted(why, raw))?;
        let reading = |signal, value| Reading { quality, ..Reading::new(signal, at, Sample::Count { value }) };
        let mut readings = vec![reading(signal, counted.total)];
        readings.extend(counted.base.map(|base| reading(beside, base)));
        Ok(readings)
    }

    fn state(&mut self, rule: &Rule, fitting: Fitting<'_>) -> Result<Vec<Reading>, NotTaken> {
        let sent = fitting.found.text();
        let meant = rule.states.get(&sent).or_else(|| rule.states.get("*"));
        let value = meant
            .cloned()
            .ok_or_else(|| ("unknown-state", format!("`{}` stands for no state of the rule", short(&sent))))?;
        let back = if fitting.is_historical { None } else { self.offline.remove(&fitting.signal) };
        // What it says now it may have said before: it counts since it is back, by whichever clock is ahead.
        let at =
            back.map_or(fitting.at, |gone| fitting.at.max(fitting.born.unwrap_or(fitting.at)).max(gone.plus_us(1)));
        Ok(vec![Reading { quality: fitting.quality, ..Reading::new(fitting.signal, at, Sample::Word { value }) }])
    }
}

/// A value that its source does not trust, as it said it: shown, and nothing follows from it. A counter's total is not
/// known without trust in its number, so the number itself is kept.
fn untrusted(compiled: &Compiled, fitting: Fitting<'_>) -> Result<Vec<Reading>, NotTaken> {
    let (found, kind) = (fitting.found, compiled.rule.kind);
    let exact = match kind {
        Kind::Number | Kind::Count => scaled(compiled, found)?,
        _ => exact_of(found),
    };
    let value = match (kind, exact) {
        (Kind::Flag, _) => Sample::Flag { value: flag(found)? },
        (Kind::Word | Kind::State, _) => Sample::Word { value: word(found.text())? },
        (Kind::Count | Kind::Counter, exact) => {
            let whole = exact.and_then(Exact::to_whole);
            Sample::Count { value: whole.ok_or_else(|| not_whole(found))? }
        }
        (Kind::Number, Some(exact)) => Sample::Number { value: exact.to_float() },
        (Kind::Number, None) => match found {
            Found::Number(_, value) => Sample::Number { value: *value },
            _ => return Err(not_a_number(found)),
        },
    };
    Ok(vec![Reading { quality: Quality::Bad, ..Reading::new(fitting.signal, fitting.at, value) }])
}

fn too_many() -> NotTaken {
    ("too-many-signals", format!("a tenant has at most {} signals", limits::SIGNALS))
}

fn not_whole(found: &Found) -> NotTaken {
    ("not-whole", format!("`{}` is no whole number of 64 bits", short(&found.text())))
}

fn not_a_number(found: &Found) -> NotTaken {
    ("not-a-number", format!("`{}` is no number", short(&found.text())))
}

fn not_counted(why: NotCounted, raw: i64) -> NotTaken {
    match why {
        NotCounted::Late => {
            ("counter-late", format!("`{raw}` came late and does not fit between what was counted before and after"))
        }
        NotCounted::OutOfRange => ("out-of-range", format!("`{raw}` is negative, or does not fit the counter's bits")),
    }
}

fn short(text: &str) -> String {
    text.chars().take(40).collect()
}

fn exact_of(found: &Found) -> Option<Exact> {
    match found {
        Found::Number(exact, _) => *exact,
        Found::Text(text) => Exact::parse(text.trim()),
        Found::Flag(_) => None,
    }
}

/// Times the scale, plus the offset; none when the number is too large to be exact and the rule leaves it as it is.
fn scaled(compiled: &Compiled, found: &Found) -> Result<Option<Exact>, NotTaken> {
    let exact = exact_of(found);
    if !compiled.is_scaled() {
        return match (exact, found) {
            (None, Found::Number(..)) | (Some(_), _) => Ok(exact),
            _ => Err(not_a_number(found)),
        };
    }
    let exact = exact.ok_or_else(|| match found {
        Found::Number(..) => ("out-of-range", format!("`{}` is too large to be scaled exactly", found.text())),
        _ => not_a_number(found),
    })?;
    let result = exact.times(compiled.scale).and_then(|value| value.plus(compiled.offset));
    result.map(Some).ok_or_else(|| ("out-of-range", format!("`{}` is too large to be scaled exactly", found.text())))
}

/// Whether a change is too small. What cannot be compared exactly is not.
fn is_inside(value: Exact, last: Exact, width: Exact, is_percent: bool) -> bool {
    let compare = || {
        let change = value.minus(last)?.abs();
        let (change, width) = match is_percent {
            true => (change.times(Exact::whole(100))?, width.times(last.abs())?),
            false => (change, width),
        };
        change.compare(width)
    };
    compare().is_some_and(std::cmp::Ordering::is_lt)
}

fn flag(found: &Found) -> Result<bool, NotTaken> {
    let text = found.text();
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" | "on" | "yes" => Ok(true),
        "false" | "0" | "off" | "no" => Ok(false),
        _ => Err(("not-a-flag", format!("`{}` is neither true nor false, 1 nor 0, on nor off", short(&text)))),
    }
}

fn word(text: String) -> Result<String, NotTaken> {
    if text.chars().count() > NAME_CHARS || text.contains('\0') {
        return Err(("too-long", format!("a text has at most {NAME_CHARS} characters and no U+0000")));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const T0: i64 = 1_795_420_800_000_000;

    fn rule(json: &str) -> Compiled {
        let from = r#""from":{"topic":"t"},"equipment":"p","signal":"s""#;
        let rules = super::super::rules::Rules::parse(format!("{{\"rules\":[{{{from}{json}}}]}}").as_bytes()).unwrap();
        Compiled::new(rules.rules[0].clone())
    }

    fn run(
        signals: &mut Signals,
        compiled: &Compiled,
        text: &str,
        at: i64,
    ) -> Result<Vec<(String, Sample)>, &'static str> {
        let found = Found::of_text(text).map_err(|no| no.code())?;
        let fitting = Fitting {
            signal: "p.s".into(),
            found: &found,
            at: Instant(T0 + at),
            is_historical: false,
            quality: Quality::Good,
            born: None,
        };
        let made = signals.convert(compiled, fitting).map_err(|(code, _)| code)?;
        Ok(made.into_iter().map(|reading| (reading.signal, reading.value)).collect())
    }

    fn check(json: &str, sent: &str, expected: Result<Sample, &'static str>) {
        let made = run(&mut Signals::default(), &rule(json), sent, 0);
        assert_eq!(made.map(|mut made| made.remove(0).1), expected, "{json} {sent}");
    }

    #[test]
    fn what_was_not_stored_is_not_swallowed_when_it_comes_again() {
        let (mut signals, rule) = (Signals::default(), rule(r#","dead_band":{"absolute":"1"}"#));
        assert_eq!(run(&mut signals, &rule, "20", 0).unwrap().len(), 1);
        assert_eq!(run(&mut signals, &rule, "20.5", 1).unwrap(), [], "inside the dead band");
        signals.not_kept("p.s");
        assert_eq!(run(&mut signals, &rule, "20", 2).unwrap().len(), 1);
    }

    #[test]
    fn a_value_that_nobody_trusts_is_kept_as_it_was_said_and_moves_nothing() {
        let mut signals = Signals::default();
        let counter = rule(r#","kind":"counter""#);
        let say = |signals: &mut Signals, compiled: &Compiled, text: &str, at, quality| {
            let found = Found::of_text(text).unwrap();
            let (signal, at) = ("p.s".to_owned(), Instant(T0 + at));
            let fitting = Fitting { signal, found: &found, at, is_historical: false, quality, born: None };
            let made = signals.convert(compiled, fitting).map_err(|(code, _)| code)?;
            Ok(made.into_iter().map(|reading| (reading.value, reading.quality)).collect::<Vec<_>>())
        };
        let count = |value| Sample::Count { value };
        assert_eq!(say(&mut signals, &counter, "100", 0, Quality::Good), Ok(vec![(count(100), Quality::Good)]));
        assert_eq!(say(&mut signals, &counter, "3", 1, Quality::Bad), Ok(vec![(count(3), Quality::Bad)]));
        assert_eq!(say(&mut signals, &counter, "101", 2, Quality::Good), Ok(vec![(count(101), Quality::Good)]));
        let band = rule(r#","scale":"0.1","dead_band":{"absolute":"1"}"#);
        let number = |value| Sample::Number { value };
        let mut signals = Signals::default();
        assert_eq!(
            say(&mut signals, &band, "200", 0, Quality::Uncertain),
            Ok(vec![(number(20.0), Quality::Uncertain)])
        );
        assert_eq!(say(&mut signals, &band, "0", 1, Quality::Bad), Ok(vec![(number(0.0), Quality::Bad)]));
        assert_eq!(say(&mut signals, &band, "203", 2, Quality::Good), Ok(vec![]), "still inside the dead band of 20");
        let state = rule(r#","kind":"state","states":{"1":"running"}"#);
        let word = Sample::Word { value: "77".to_owned() };
        assert_eq!(say(&mut signals, &state, "77", 0, Quality::Bad), Ok(vec![(word, Quality::Bad)]));
        assert_eq!(say(&mut signals, &rule(""), "broken", 0, Quality::Bad), Err("not-a-number"));
    }

    #[test]
    fn numbers_are_scaled_exactly() {
        check(r#","scale":"0.1""#, "3", Ok(Sample::Number { value: 0.3 }));
        check(r#","scale":"0.1","offset":"-40""#, "653", Ok(Sample::Number { value: 25.3 }));
        check("", "1e300", Err("not-a-number"));
        check(r#","kind":"count","scale":"100""#, "655.35", Ok(Sample::Count { value: 65_535 }));
        check(r#","kind":"count""#, "2.5", Err("not-whole"));
        check("", "running", Err("not-a-number"));
        check("", "true", Err("not-a-number"));
        check("", "NaN", Err("not-a-number"));
    }

    #[test]
    fn a_float_too_large_to_be_exact_stays_as_it_is_or_is_refused() {
        let found = Found::of_json(&serde_json::json!(1e300)).unwrap();
        let fitting = || Fitting {
            signal: "p.s".into(),
            found: &found,
            at: Instant(T0),
            is_historical: false,
            quality: Quality::Good,
            born: None,
        };
        let made = Signals::default().convert(&rule(""), fitting()).unwrap();
        assert_eq!(made[0].value, Sample::Number { value: 1e300 });
        assert_eq!(Signals::default().convert(&rule(r#","scale":"2""#), fitting()).unwrap_err().0, "out-of-range");
    }

    #[test]
    fn flags_words_and_states_are_what_they_say() {
        check(r#","kind":"flag""#, "1", Ok(Sample::Flag { value: true }));
        check(r#","kind":"flag""#, "OFF", Ok(Sample::Flag { value: false }));
        check(r#","kind":"flag""#, "2", Err("not-a-flag"));
        check(r#","kind":"word""#, "7", Ok(Sample::Word { value: "7".into() }));
        check(r#","kind":"word""#, &"x".repeat(NAME_CHARS + 1), Err("too-long"));
        let states = r#","kind":"state","states":{"0":"NotExecuting/None","true":"Executing/Processing"}"#;
        check(states, "0", Ok(Sample::Word { value: "NotExecuting/None".into() }));
        check(states, "true", Ok(Sample::Word { value: "Executing/Processing".into() }));
        check(states, "9", Err("unknown-state"));
        check(
            r#","kind":"state","states":{"*":"Executing/None"}"#,
            "9",
            Ok(Sample::Word { value: "Executing/None".into() }),
        );
    }

    #[test]
    fn small_changes_are_left_out_until_they_add_up_or_are_old() {
        let (mut signals, band) = (Signals::default(), rule(r#","dead_band":{"absolute":"0.5"}"#));
        let mut kept = |text: &str, at: i64| run(&mut signals, &band, text, at).unwrap().len();
        assert_eq!(
            [kept("20", 0), kept("20.4", 1), kept("20.5", 2), kept("20.1", 3), kept("20.0", 4)],
            [1, 0, 1, 0, 1]
        );
        assert_eq!([kept("20.0", 4 + DEAD_BAND_US - 1), kept("20.0", 4 + DEAD_BAND_US)], [0, 1]);
        let (mut signals, band) = (Signals::default(), rule(r#","dead_band":{"percent":"10"}"#));
        let mut kept = |text: &str, at: i64| run(&mut signals, &band, text, at).unwrap().len();
        assert_eq!([kept("-100", 0), kept("-109.9", 1), kept("-110", 2), kept("0", 3), kept("0", 4)], [1, 0, 1, 1, 1]);
    }

    #[test]
    fn a_counter_tells_its_base_when_it_changes_and_goes_on_after_a_restart_of_ours() {
        let counter = rule(r#","kind":"counter","counter":{"bits":16}"#);
        let mut signals = Signals::default();
        let count = |value| Sample::Count { value };
        assert_eq!(run(&mut signals, &counter, "65530", 0), Ok(vec![("p.s".into(), count(65_530))]));
        let wrapped = vec![("p.s".to_owned(), count(65_540)), ("p.s-base".to_owned(), count(65_536))];
        assert_eq!(run(&mut signals, &counter, "4", 1), Ok(wrapped));
        assert_eq!(run(&mut signals, &counter, "65536", 2), Err("out-of-range"));
        let mut again = Signals::default();
        again.recall("p.s".into(), Instant(T0 + 1), &count(65_540));
        again.recall("p.s-base".into(), Instant(T0 + 1), &count(65_536));
        assert_eq!(run(&mut again, &counter, "14", 3), Ok(vec![("p.s".into(), count(65_550))]));
        assert_eq!(run(&mut Signals::default(), &counter, "-1", 0), Err("out-of-range"));
        assert_eq!(run(&mut Signals::default(), &counter, "65536", 0), Err("out-of-range"));
    }

    #[test]
    fn a_state_that_was_offline_counts_since_it_is_back() {
        let state = rule(r#","kind":"state","states":{"1":"Executing/Processing"}"#);
        let mut signals = Signals::default();
        assert!(signals.went_offline("p.s", Instant(T0 + 3)) && !signals.went_offline("p.s", Instant(T0 + 4)));
        let found = Found::of_text("1").unwrap();
        let mut at = |born| {
            let fitting = Fitting {
                signal: "p.s".into(),
                found: &found,
                at: Instant(T0),
                is_historical: false,
                quality: Quality::Good,
                born,
            };
            signals.convert(&state, fitting).unwrap()[0].at
        };
        assert_eq!(at(Some(Instant(T0 + 9))), Instant(T0 + 9));
        assert_eq!(at(Some(Instant(T0 + 9))), Instant(T0), "only once");
        assert!(signals.went_offline("p.s", Instant(T0 + 30)));
        let fitting = Fitting {
            signal: "p.s".into(),
            found: &found,
            at: Instant(T0),
            is_historical: false,
            quality: Quality::Good,
            born: None,
        };
        assert_eq!(signals.convert(&state, fitting).unwrap()[0].at, Instant(T0 + 31), "though its clock is behind");
    }
}

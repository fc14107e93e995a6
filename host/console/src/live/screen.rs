//! What one open page shows: its parts, and which of them the browser does not show yet.

use super::book::{AGE, Ask, Pace, Told};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use toolcrib_contract::types;
use toolcrib_ui::live;

/// A page whose parts can be drawn on their own.
pub trait Screen: Send + Sync + 'static {
    /// The parts, always the same ones in the same order; their questions may contain the time.
    fn parts(&self, now: types::Instant) -> Vec<Part>;

    /// The HTML of a part: one element with the part's id.
    fn draw(&self, id: &str, answers: &BTreeMap<Ask, Told>, now: types::Instant) -> String;

    /// A part's HTML without what differs with every drawing.
    fn plain(&self, html: &str) -> String;

    /// What pages are drawn by at this moment; an open page of another build asks for itself again.
    fn build(&self) -> String;
}

/// How often a part may be shown anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gap {
    /// Once a second.
    Usual,
    /// Twice a second: people run when a tile turns red.
    Andon,
    /// Once in so many seconds, neither more often nor less.
    Every(u32),
}

impl Gap {
    pub fn time(self) -> Duration {
        match self {
            Self::Usual => Duration::from_secs(1),
            Self::Andon => Duration::from_millis(500),
            Self::Every(seconds) => Duration::from_secs(seconds.into()),
        }
    }

    fn pace(self) -> Pace {
        let gap = self.time();
        Pace { gap, age: if matches!(self, Self::Every(_)) { gap } else { AGE } }
    }
}

/// A piece of a page with what it is made from.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    pub id: String,
    pub asks: Vec<Ask>,
    pub gap: Gap,
}

/// The parts of an open page, and how the browser shows them.
pub struct Shown(Vec<State>);

struct State {
    part: Part,
    answers: BTreeMap<Ask, Told>,
    /// Some answer is another one than when the part was drawn last.
    is_old: bool,
    /// Of the HTML that the browser shows.
    digest: Option<u32>,
    not_before: Option<Instant>,
}

impl Shown {
    /// `seen`: what the browser shows already.
    pub fn new(parts: Vec<Part>, seen: &str) -> Self {
        let digests = live::digests(seen, parts.len()).unwrap_or_default();
        let state = |(at, part): (usize, Part)| State {
            part,
            answers: BTreeMap::new(),
            is_old: false,
            digest: digests.get(at).copied(),
            not_before: None,
        };
        Self(parts.into_iter().enumerate().map(state).collect())
    }

    /// The questions, each with how fresh its answer is wanted.
    pub fn asks(&self) -> Vec<(Ask, Pace)> {
        let mut asks = BTreeMap::new();
        for State { part, .. } in &self.0 {
            for ask in &part.asks {
                let pace = asks.entry(ask).or_insert(part.gap.pace());
                *pace = pace.with(part.gap.pace());
            }
        }
        asks.into_iter().map(|(ask, pace)| (ask.clone(), pace)).collect()
    }

    /// The same parts with their questions of this minute; all are drawn anew, and sent where that shows.
    pub fn asks_anew(&mut self, parts: Vec<Part>) {
        for (state, part) in self.0.iter_mut().zip(parts) {
            state.answers.retain(|ask, _| part.asks.contains(ask));
            (state.part, state.is_old) = (part, true);
        }
    }

    /// Takes the answers that have come.
    pub fn look(&mut self, answer: impl Fn(&Ask) -> Option<Told>) {
        for state in &mut self.0 {
            for ask in &state.part.asks {
                let Some(told) = answer(ask) else { continue };
                let is_same = state.answers.get(ask).is_some_and(|known| Arc::ptr_eq(known, &told));
                if !is_same {
                    state.answers.insert(ask.clone(), told);
                    state.is_old = true;
                }
            }
        }
    }

    /// The next part to draw.
    ///
    /// # Errors
    /// None yet: when one may be, if any waits for its time.
    pub fn next(&self, now: Instant) -> Result<usize, Option<Instant>> {
        let complete = |state: &State| state.part.asks.iter().all(|ask| state.answers.contains_key(ask));
        let old = || self.0.iter().enumerate().filter(|(_, state)| state.is_old && complete(state));
        let ready = old().find(|(_, state)| state.not_before.is_none_or(|time| time <= now));
        ready.map(|(at, _)| at).ok_or_else(|| old().filter_map(|(_, state)| state.not_before).min())
    }

    pub fn part(&self, at: usize) -> (&Part, &BTreeMap<Ask, Told>) {
        (&self.0[at].part, &self.0[at].answers)
    }

    /// A part was drawn like this: what the page shows once it is sent, or nothing where the browser shows it already.
    pub fn showed(&mut self, at: usize, html: &str, now: Instant) -> Option<String> {
        let (state, digest) = (&mut self.0[at], live::digest(html));
        state.is_old = false;
        if matches!(state.part.gap, Gap::Every(_)) {
            // Its pace counts from when it was looked at, not from when that showed anything new.
            state.not_before = Some(now + state.part.gap.time());
        }
        if state.digest == Some(digest) {
            return None;
        }
        state.digest = Some(digest);
        state.not_before = Some(now + state.part.gap.time());
        Some(self.0.iter().map(|state| live::digits(state.digest.unwrap_or_default())).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use toolcrib_ui::live::seen;

    fn part(id: &str, gap: Gap) -> Part {
        let ask = Ask {
            module: "m".into(),
            query: id.into(),
            input: "{}".into(),
            actor: "user:1".into(),
            role: "owner".into(),
        };
        Part { id: id.into(), asks: vec![ask], gap }
    }

    fn told(number: i64) -> Told {
        Arc::new(Ok(json!(number)))
    }

    #[test]
    fn a_page_that_comes_back_is_sent_only_what_it_lacks() {
        let parts = || vec![part("a", Gap::Usual), part("b", Gap::Usual)];
        let mut shown = Shown::new(parts(), &seen(["<p>1</p>", "<p>old</p>"].into_iter()));
        let now = Instant::now();
        shown.look(|_| Some(told(1)));
        assert_eq!(shown.next(now), Ok(0));
        assert_eq!(shown.showed(0, "<p>1</p>", now), None);
        assert_eq!(shown.next(now), Ok(1));
        let after = shown.showed(1, "<p>1</p>", now).unwrap();
        assert_eq!(after, seen(["<p>1</p>", "<p>1</p>"].into_iter()));
        let mut again = Shown::new(parts(), &after);
        again.look(|_| Some(told(1)));
        assert!((0..2).all(|at| again.showed(at, "<p>1</p>", now).is_none()));
        let mut foreign = Shown::new(parts(), "0123");
        foreign.look(|_| Some(told(1)));
        assert!(foreign.showed(0, "<p>1</p>", now).is_some(), "what fits no page is nothing seen");
    }

    #[test]
    fn a_part_is_shown_anew_once_a_second_and_an_andon_twice_always_with_the_latest() {
        for (gap, least) in [(Gap::Usual, 1_000), (Gap::Andon, 500), (Gap::Every(30), 30_000)] {
            let mut shown = Shown::new(vec![part("a", gap)], "");
            let start = Instant::now();
            let after = |ms: u64| start + Duration::from_millis(ms);
            shown.look(|_| Some(told(1)));
            assert_eq!(shown.next(start), Ok(0));
            shown.showed(0, "1", start);
            for number in 2..5 {
                shown.look(|_| Some(told(number)));
            }
            assert_eq!(shown.next(after(least - 1)), Err(Some(after(least))));
            assert_eq!(shown.next(after(least)), Ok(0));
            assert_eq!(shown.part(0).1.values().next().unwrap().as_ref().as_ref().unwrap(), &json!(4));
        }
    }

    #[test]
    fn a_part_with_a_pace_keeps_it_though_nothing_new_showed_and_others_are_quicker() {
        let mut shown = Shown::new(vec![part("a", Gap::Every(5))], &seen(["1"].into_iter()));
        let start = Instant::now();
        shown.look(|_| Some(told(1)));
        assert_eq!(shown.next(start), Ok(0));
        assert_eq!(shown.showed(0, "1", start), None);
        // Another page had the question asked again at once.
        shown.look(|_| Some(told(2)));
        assert_eq!(shown.next(start), Err(Some(start + Duration::from_secs(5))));
        assert_eq!(shown.next(start + Duration::from_secs(5)), Ok(0));
    }

    #[test]
    fn a_question_of_two_parts_is_asked_at_the_pace_of_the_quicker() {
        let quick = part("a", Gap::Every(5));
        let shown = Shown::new(vec![part("a", Gap::Every(300)), quick.clone(), part("b", Gap::Usual)], "");
        let seconds = |gap, age| Pace { gap: Duration::from_secs(gap), age: Duration::from_secs(age) };
        let paces: Vec<_> = shown.asks().into_iter().map(|(ask, pace)| (ask.query, pace)).collect();
        assert_eq!(paces, [("a".to_owned(), seconds(5, 5)), ("b".to_owned(), seconds(1, 60))]);
    }

    #[test]
    fn a_part_waits_until_all_its_questions_are_answered() {
        let mut both = part("a", Gap::Usual);
        both.asks.extend(part("b", Gap::Usual).asks);
        let mut shown = Shown::new(vec![both.clone()], "");
        shown.look(|ask| (ask.query == "a").then(|| told(1)));
        assert_eq!(shown.next(Instant::now()), Err(None));
        shown.look(|_| Some(told(2)));
        assert_eq!(shown.next(Instant::now()), Ok(0));
        shown.showed(0, "x", Instant::now() - Duration::from_secs(5));
        shown.asks_anew(vec![both]);
        assert_eq!(shown.next(Instant::now()), Ok(0), "the time that passed may show");
    }
}

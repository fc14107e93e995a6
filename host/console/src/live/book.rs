//! The questions that the open pages of one tenant ask, each kept once: when it is asked again, and whom the answer is for.
//!
//! Pure bookkeeping: it is told the time and what happened, and asks nothing itself.

use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;
use toolcrib_contract::problem::{BUSY, INTERNAL, Problem};
use toolcrib_runtime::{Actor, Answered, Changes, Reads};

/// Changes within this time are one change.
pub const COALESCE: Duration = Duration::from_millis(250);
/// An answer that nothing touched is asked for again after so long: it may speak of the time that passed.
pub const AGE: Duration = Duration::from_secs(60);
/// Live pages of one tenant.
pub const PAGES: usize = 1_000;
/// Questions of one page; what is beyond them is not kept fresh.
pub const QUESTIONS_OF_PAGE: usize = 120;

/// How a page wants an answer kept fresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// It shows an answer at least so long.
    pub gap: Duration,
    /// It asks again after so long, whatever happened.
    pub age: Duration,
}

impl Pace {
    /// What suits both.
    pub fn with(self, other: Self) -> Self {
        Self { gap: self.gap.min(other.gap), age: self.age.min(other.age) }
    }
}

/// A query, its input, and who asks it: equal ones are asked once for all pages.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ask {
    pub module: String,
    pub query: String,
    /// JSON text, the same for the same input.
    pub input: String,
    /// What an answer may depend on beyond the data.
    pub actor: String,
    pub role: String,
}

impl Ask {
    pub fn actor(&self) -> Actor {
        Actor::new(self.actor.clone(), self.role.clone())
    }
}

/// An answer, shared by all pages.
pub type Told = Arc<Result<serde_json::Value, Problem>>;

/// An open page in the book.
pub type PageId = u64;

/// When a question is asked again.
#[derive(Clone, Copy, PartialEq)]
enum State {
    /// `touched`: something was committed that its answer was made from.
    Due {
        at: Instant,
        touched: bool,
    },
    Asking,
}

struct Entry {
    state: State,
    /// The answer, with what it is told apart by.
    told: Option<(u64, Told)>,
    reads: Reads,
    /// The run that was begun last, and the one whose answer this is; 0 for none.
    run: u64,
    answered: u64,
    asked_at: Instant,
    /// What was committed while it was being asked.
    meanwhile: Changes,
    readers: BTreeMap<PageId, Reader>,
}

/// A page that shows an answer.
struct Reader {
    pace: Pace,
    /// The first run whose answer it may show: never one from before the page was made.
    from: u64,
}

impl Entry {
    fn new(now: Instant) -> Self {
        Self {
            state: State::Due { at: now, touched: true },
            told: None,
            reads: Reads::default(),
            run: 0,
            answered: 0,
            asked_at: now,
            meanwhile: Changes::default(),
            readers: BTreeMap::new(),
        }
    }

    fn read_by(&mut self, id: PageId, pace: Pace) {
        let is_fresh = matches!(self.state, State::Due { touched: false, .. });
        let from = if is_fresh { self.run } else { self.run + 1 };
        self.readers.entry(id).or_insert(Reader { pace, from }).pace = pace;
        if let State::Due { at, touched: false } = self.state {
            self.state = State::Due { at: at.min(self.asked_at + pace.age), touched: false };
        }
    }

    /// The pace of its most impatient pages.
    fn pace(&self) -> Pace {
        self.readers.values().map(|reader| reader.pace).reduce(Pace::with).unwrap_or(Pace { gap: AGE, age: AGE })
    }

    /// Whether a page waits for more than the run that was begun last.
    fn is_awaited(&self) -> bool {
        self.readers.values().any(|reader| reader.from > self.run)
    }

    /// Asks for it again soon, but not more often than the fastest page may show it.
    fn touch(&mut self, now: Instant) {
        if let State::Due { at, touched: false } = self.state {
            let gap = self.pace().gap;
            self.state = State::Due { at: at.min((now + COALESCE).max(self.asked_at + gap)), touched: true };
        }
    }
}

struct Page {
    told: Arc<Notify>,
    asks: Vec<Ask>,
}

/// All questions of a tenant's open pages.
#[derive(Default)]
pub struct Book {
    entries: HashMap<Ask, Entry>,
    pages: HashMap<PageId, Page>,
    opened: PageId,
    runs: u64,
}

impl Book {
    /// A page comes; `told` is notified when one of its answers has changed.
    ///
    /// # Errors
    /// `busy` when [`PAGES`] are open.
    pub fn open(&mut self, told: Arc<Notify>) -> Result<PageId, Problem> {
        if self.pages.len() >= PAGES {
            return Err(BUSY.because(format!("{PAGES} live pages of this tenant are open")));
        }
        self.opened += 1;
        self.pages.insert(self.opened, Page { told, asks: Vec::new() });
        Ok(self.opened)
    }

    /// What a page asks from now on, each with how fresh it wants it.
    pub fn wants(&mut self, id: PageId, mut asks: Vec<(Ask, Pace)>, now: Instant) {
        let Some(page) = self.pages.get_mut(&id) else { return };
        asks.truncate(QUESTIONS_OF_PAGE);
        let before = std::mem::replace(&mut page.asks, asks.iter().map(|(ask, _)| ask.clone()).collect());
        let given_up: Vec<_> = before.into_iter().filter(|ask| !page.asks.contains(ask)).collect();
        for (ask, pace) in asks {
            self.entries.entry(ask).or_insert_with(|| Entry::new(now)).read_by(id, pace);
        }
        self.forget(id, &given_up);
    }

    /// A page goes.
    pub fn leave(&mut self, id: PageId) {
        if let Some(page) = self.pages.remove(&id) {
            self.forget(id, &page.asks);
        }
    }

    fn forget(&mut self, id: PageId, asks: &[Ask]) {
        for ask in asks {
            let Some(entry) = self.entries.get_mut(ask) else { continue };
            entry.readers.remove(&id);
            if entry.readers.is_empty() {
                self.entries.remove(ask);
            }
        }
    }

    pub fn is_empty(&self) -> bool {
        self.pages.is_empty()
    }

    /// Something was committed.
    pub fn changed(&mut self, changes: &Changes, now: Instant) {
        for entry in self.entries.values_mut() {
            match entry.state {
                // Whether it is in the answer depends on what that is made from.
                State::Asking => entry.meanwhile.add(changes),
                State::Due { .. } if changes.touch(&entry.reads) => entry.touch(now),
                State::Due { .. } => {}
            }
        }
    }

    /// When the next question is due.
    pub fn next_due(&self) -> Option<Instant> {
        let due = self.entries.values().filter_map(|entry| match entry.state {
            State::Due { at, .. } => Some(at),
            State::Asking => None,
        });
        due.min()
    }

    /// The questions to ask now, each with the number of its run; [`Book::answered`] must follow for each.
    pub fn due(&mut self, now: Instant) -> Vec<(Ask, u64)> {
        let mut due = Vec::new();
        for (ask, entry) in &mut self.entries {
            if matches!(entry.state, State::Due { at, .. } if at <= now) {
                self.runs += 1;
                (entry.state, entry.asked_at, entry.run) = (State::Asking, now, self.runs);
                due.push((ask.clone(), self.runs));
            }
        }
        due
    }

    /// Takes an answer, and wakes the pages that show another one. Nobody may want it any more.
    pub fn answered(&mut self, (ask, run): (&Ask, u64), answered: Answered, now: Instant) {
        let Some(entry) = self.entries.get_mut(ask).filter(|entry| entry.run == run) else { return };
        let before = std::mem::replace(&mut entry.answered, run);
        entry.reads = answered.reads;
        entry.state = State::Due { at: entry.asked_at + entry.pace().age, touched: false };
        if std::mem::take(&mut entry.meanwhile).touch(&entry.reads) || entry.is_awaited() {
            entry.touch(now);
        }
        let hash = hash(&answered.answer);
        let is_new = entry.told.as_ref().is_none_or(|(before, _)| *before != hash);
        if is_new {
            let parse = |text: String| serde_json::from_str(&text).map_err(|error| INTERNAL.because(error.to_string()));
            entry.told = Some((hash, Arc::new(answered.answer.and_then(parse))));
        }
        // One that came since the answer before waits for this one, new or not.
        let woken = entry.readers.iter().filter(|(_, reader)| is_new || (before < reader.from && reader.from <= run));
        for page in woken.filter_map(|(id, _)| self.pages.get(id)) {
            page.told.notify_one();
        }
    }

    /// The answer that a page may show; none while it waits for one.
    pub fn told(&self, id: PageId, ask: &Ask) -> Option<Told> {
        let entry = self.entries.get(ask)?;
        let (_, told) = entry.told.as_ref()?;
        entry.readers.get(&id).filter(|reader| reader.from <= entry.answered).map(|_| told.clone())
    }
}

fn hash(answer: &Result<String, Problem>) -> u64 {
    let mut hasher = DefaultHasher::new();
    match answer {
        Ok(text) => text.hash(&mut hasher),
        Err(problem) => serde_json::to_string(problem).unwrap_or_default().hash(&mut hasher),
    }
    hasher.finish()
}

#[cfg(test)]
mod tests;

//! What queries read and turns write: so an open page is asked again only when its answer may have changed.
//!
//! Tables and signals are told apart by a hash of their names: two that collide cost one needless question, nothing more.
//! A command pays for it with a look at a flag while nobody watches its tenant.

use crate::tenant::lock;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, Weak};
use tokio::sync::Notify;
use toolcrib_contract::problem::{BUSY, Problem};

/// Watches of one tenant at once. One is enough for any number of pages that share their questions.
const WATCHES: usize = 16;
/// Names kept for a watch that does not look; with more, it hears that anything may have changed.
const MARKS: usize = 4_096;

/// A table or a signal of a tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Mark(u64);

impl Mark {
    /// FNV-1a; no name of a table begins as that of a signal does.
    fn of(kind: u8, name: &str) -> Self {
        let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        Self(name.bytes().fold(step(0xcbf2_9ce4_8422_2325, kind), step))
    }

    fn table(physical: &str) -> Self {
        Self::of(b't', physical)
    }

    fn signal(name: &str) -> Self {
        Self::of(b's', name)
    }
}

/// What an answer was made from: tables and signals of its tenant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reads(BTreeSet<Mark>);

/// What was committed since somebody last looked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    marks: BTreeSet<Mark>,
    /// Other modules or grants are in force, or nobody kept count: any answer may be another one.
    everything: bool,
}

impl Changes {
    /// Whether an answer made from these may have become another one.
    pub fn touch(&self, reads: &Reads) -> bool {
        let (few, many) =
            if reads.0.len() < self.marks.len() { (&reads.0, &self.marks) } else { (&self.marks, &reads.0) };
        self.everything || few.iter().any(|mark| many.contains(mark))
    }

    pub fn is_empty(&self) -> bool {
        !self.everything && self.marks.is_empty()
    }

    /// Adds what was committed later.
    pub fn add(&mut self, later: &Self) {
        self.everything |= later.everything;
        self.marks.extend(&later.marks);
        if self.everything || self.marks.len() > MARKS {
            *self = Self::all();
        }
    }

    /// Anything may have changed.
    pub fn all() -> Self {
        Self { marks: BTreeSet::new(), everything: true }
    }
}

/// What a frame tells while it works.
#[derive(Clone, Debug, Default)]
pub(crate) enum Track {
    /// Nobody wants to know.
    #[default]
    Off,
    /// A turn: what it writes is told after its commit.
    Writes(Arc<Tracks>),
    /// A query whose answer is watched.
    Reads(Arc<Mutex<Reads>>),
}

impl Track {
    pub fn wrote(&self, physical: &str) {
        if let Self::Writes(tracks) = self {
            lock(&tracks.written).marks.insert(Mark::table(physical));
        }
    }

    pub fn read(&self, physical: &str) {
        if let Self::Reads(reads) = self {
            lock(reads).0.insert(Mark::table(physical));
        }
    }

    pub fn sampled(&self, signal: &str) {
        if let Self::Reads(reads) = self {
            lock(reads).0.insert(Mark::signal(signal));
        }
    }
}

/// Who watches a tenant, and what the turn that runs has written.
#[derive(Debug, Default)]
pub(crate) struct Tracks {
    watchers: AtomicUsize,
    /// The turn that runs began while somebody watched.
    counted: AtomicBool,
    written: Mutex<Changes>,
    watches: Mutex<Vec<Weak<Told>>>,
}

#[derive(Debug, Default)]
struct Told {
    changes: Mutex<Changes>,
    waits: Notify,
}

/// Hears what is committed from now on.
#[derive(Debug)]
pub struct Watch {
    tracks: Arc<Tracks>,
    told: Arc<Told>,
}

impl Watch {
    /// Everything that was committed since the last time; waits while that is nothing.
    pub async fn changes(&mut self) -> Changes {
        loop {
            let changes = std::mem::take(&mut *lock(&self.told.changes));
            if !changes.is_empty() {
                return changes;
            }
            self.told.waits.notified().await;
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        lock(&self.tracks.watches).retain(|told| !std::ptr::eq(told.as_ptr(), Arc::as_ptr(&self.told)));
        self.tracks.watchers.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Tracks {
    /// # Errors
    /// `busy` when [`WATCHES`] watch already.
    pub fn watch(self: &Arc<Self>) -> Result<Watch, Problem> {
        let mut watches = lock(&self.watches);
        if watches.len() >= WATCHES {
            return Err(BUSY.because(format!("{WATCHES} watch this tenant already")));
        }
        let told = Arc::new(Told::default());
        watches.push(Arc::downgrade(&told));
        // Before the first question: a turn that ends after it then says what it wrote, or that nobody kept count.
        self.watchers.fetch_add(1, Ordering::SeqCst);
        Ok(Watch { tracks: self.clone(), told })
    }

    pub fn is_watched(&self) -> bool {
        self.watchers.load(Ordering::SeqCst) > 0
    }

    /// A turn begins.
    pub fn begin(&self) {
        self.counted.store(self.is_watched(), Ordering::Relaxed);
    }

    /// For the frames of the turn that runs.
    pub fn of_turn(self: &Arc<Self>) -> Track {
        if self.counted.load(Ordering::Relaxed) { Track::Writes(self.clone()) } else { Track::Off }
    }

    /// The turn is on disk.
    pub fn committed(&self) {
        let counted = self.counted.swap(false, Ordering::Relaxed);
        let watched = self.is_watched();
        if !counted && !watched {
            return;
        }
        let mut written = std::mem::take(&mut *lock(&self.written));
        // Somebody came to watch in the middle of it.
        written.everything |= !counted;
        self.tell(&written);
    }

    /// The turn is lost: nobody will see what it wrote.
    pub fn lost(&self) {
        self.counted.store(false, Ordering::Relaxed);
        lock(&self.written).marks.clear();
    }

    /// Other modules or grants came into force, and their tables come with the commit.
    pub fn scope_changed(&self) {
        if self.is_watched() {
            lock(&self.written).everything = true;
            self.tell(&Changes::all());
        }
    }

    /// Readings are about to be stored: their signals, while somebody watches.
    pub fn arriving<'s>(&self, signals: impl Iterator<Item = &'s str>) -> Option<Changes> {
        let marks = || signals.map(Mark::signal).collect();
        self.is_watched().then(|| Changes { marks: marks(), everything: false })
    }

    /// They are on disk.
    pub fn arrived(&self, signals: Option<Changes>) {
        if self.is_watched() {
            self.tell(&signals.unwrap_or_else(Changes::all));
        }
    }

    fn tell(&self, changes: &Changes) {
        if changes.is_empty() {
            return;
        }
        for told in lock(&self.watches).iter().filter_map(Weak::upgrade) {
            lock(&told.changes).add(changes);
            told.waits.notify_one();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reads(tables: &[&str]) -> Reads {
        Reads(tables.iter().map(|name| Mark::table(name)).collect())
    }

    fn turn(tracks: &Arc<Tracks>, tables: &[&str]) {
        tracks.begin();
        let track = tracks.of_turn();
        tables.iter().for_each(|table| track.wrote(table));
        tracks.committed();
    }

    #[tokio::test]
    async fn what_a_turn_wrote_is_told_after_its_commit_and_touches_only_its_readers() {
        let tracks = Arc::new(Tracks::default());
        let mut watch = tracks.watch().unwrap();
        turn(&tracks, &["a", "b"]);
        turn(&tracks, &["c"]);
        let changes = watch.changes().await;
        assert!(changes.touch(&reads(&["b", "x"])) && changes.touch(&reads(&["c"])));
        assert!(!changes.touch(&reads(&["x", "y"])) && !changes.touch(&reads(&[])));
    }

    #[tokio::test]
    async fn a_lost_turn_is_told_to_nobody() {
        let tracks = Arc::new(Tracks::default());
        let mut watch = tracks.watch().unwrap();
        tracks.begin();
        tracks.of_turn().wrote("a");
        tracks.lost();
        turn(&tracks, &["b"]);
        let changes = watch.changes().await;
        assert!(changes.touch(&reads(&["b"])) && !changes.touch(&reads(&["a"])));
    }

    #[tokio::test]
    async fn who_comes_in_the_middle_of_a_turn_hears_that_anything_may_have_changed() {
        let tracks = Arc::new(Tracks::default());
        tracks.begin();
        tracks.of_turn().wrote("a");
        let mut watch = tracks.watch().unwrap();
        tracks.committed();
        assert!(watch.changes().await.touch(&reads(&["x"])));
        let mut later = tracks.watch().unwrap();
        turn(&tracks, &["b"]);
        assert!(!later.changes().await.touch(&reads(&["x"])));
    }

    #[tokio::test]
    async fn other_modules_in_force_touch_every_answer_at_once_and_with_the_commit() {
        let tracks = Arc::new(Tracks::default());
        let mut watch = tracks.watch().unwrap();
        tracks.begin();
        tracks.scope_changed();
        assert!(watch.changes().await.touch(&reads(&[])));
        tracks.committed();
        assert!(watch.changes().await.touch(&reads(&[])));
    }

    #[tokio::test]
    async fn readings_touch_what_sampled_their_signal() {
        let tracks = Arc::new(Tracks::default());
        assert!(tracks.arriving(["press-1.state"].into_iter()).is_none(), "nobody watches");
        let mut watch = tracks.watch().unwrap();
        tracks.arrived(tracks.arriving(["press-1.state"].into_iter()));
        let seen = Arc::new(Mutex::default());
        Track::Reads(seen.clone()).sampled("press-1.state");
        let changes = watch.changes().await;
        assert!(changes.touch(&lock(&seen)) && !changes.touch(&reads(&["press-1.state"])), "a table is no signal");
    }

    #[test]
    fn without_a_watch_nothing_is_kept() {
        let tracks = Arc::new(Tracks::default());
        drop(tracks.watch().unwrap());
        turn(&tracks, &["a"]);
        assert_eq!(*lock(&tracks.written), Changes::default());
        assert!(lock(&tracks.watches).is_empty());
    }

    #[test]
    fn so_many_watch_a_tenant_and_no_more() {
        let tracks = Arc::new(Tracks::default());
        let mut watches: Vec<_> = (0..WATCHES).map(|_| tracks.watch().unwrap()).collect();
        assert!(tracks.watch().is_err());
        watches.pop();
        assert!(tracks.watch().is_ok());
    }

    #[tokio::test]
    async fn a_watch_that_does_not_look_keeps_so_many_names_and_then_takes_everything_for_changed() {
        let tracks = Arc::new(Tracks::default());
        let mut watch = tracks.watch().unwrap();
        let names: Vec<_> = (0..=MARKS).map(|at| format!("t{at}")).collect();
        turn(&tracks, &names.iter().map(String::as_str).collect::<Vec<_>>());
        let changes = watch.changes().await;
        assert_eq!(changes, Changes::all());
    }
}

//! Long imports and exports of this process, so that people can follow them: a bounded table in memory. A restart forgets
//! the list, never a row: an import is written whole or not at all.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use toolcrib_contract::problem::{BUSY, Problem};
use toolcrib_contract::report::Report;
use toolcrib_contract::types::{Instant, RawId};

/// Works kept; one more pushes out the oldest that has ended.
pub const WORKS: usize = 100;
/// Works kept of one person, in the same way.
pub const WORKS_OF_PERSON: usize = 10;
/// Problems of rows that a finished import keeps; the counts are always whole.
pub const PROBLEMS: usize = 500;
/// Rows from which on an import is followed on a page of its own instead of waited for.
pub const FOLLOWED_ROWS: usize = 1_000;

/// What a work is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    pub tenant: RawId,
    /// The actor it works for; nobody else sees it.
    pub actor: String,
    pub module: String,
    pub operation: String,
    pub kind: Kind,
    pub began: Instant,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Of so many rows.
    Import {
        rows: u64,
    },
    Export,
}

/// How a work ended.
#[derive(Clone, Debug)]
pub enum Outcome {
    Imported(Box<Result<Report, Problem>>),
    /// The whole file was sent.
    Exported,
    /// The file ended early: why, or none when nobody read on.
    Stopped(Option<Box<Problem>>),
}

/// One import or export.
#[derive(Debug)]
pub struct Work {
    /// Random: part of its page's address.
    pub id: String,
    pub about: About,
    done: Arc<AtomicU64>,
    outcome: OnceLock<Outcome>,
}

impl Work {
    /// Rows so far.
    pub fn done(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }

    /// None while it runs.
    pub fn outcome(&self) -> Option<&Outcome> {
        self.outcome.get()
    }

    /// The first end counts.
    pub fn end(&self, mut outcome: Outcome) {
        if let Outcome::Imported(result) = &mut outcome {
            match &mut **result {
                Ok(report) => report.problems.truncate(PROBLEMS),
                Err(problem) => {
                    if let Some(report) = &mut problem.report {
                        report.problems.truncate(PROBLEMS);
                    }
                }
            }
        }
        let _ = self.outcome.set(outcome);
    }
}

/// Ends a work as stopped when nobody has ended it otherwise: a task or a download that is dropped.
pub struct Guard(pub Arc<Work>);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.end(Outcome::Stopped(None));
    }
}

/// All of them, the oldest first.
#[derive(Default)]
pub struct Works(Mutex<VecDeque<Arc<Work>>>);

impl Works {
    fn list(&self) -> MutexGuard<'_, VecDeque<Arc<Work>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds one that begins now; `done` counts its rows.
    ///
    /// # Errors
    /// `busy`: as many are running as are kept.
    pub fn begin(&self, id: String, about: About, done: Arc<AtomicU64>) -> Result<Arc<Work>, Problem> {
        let mut list = self.list();
        let of_person = |work: &Arc<Work>| work.about.actor == about.actor && work.about.tenant == about.tenant;
        if list.iter().filter(|work| of_person(work)).count() >= WORKS_OF_PERSON {
            push_out(&mut list, of_person, WORKS_OF_PERSON)?;
        }
        if list.len() >= WORKS {
            push_out(&mut list, |_| true, WORKS)?;
        }
        let work = Arc::new(Work { id, about, done, outcome: OnceLock::new() });
        list.push_back(work.clone());
        Ok(work)
    }

    /// Somebody's own work of this id.
    pub fn find(&self, tenant: RawId, actor: &str, id: &str) -> Option<Arc<Work>> {
        self.of(tenant, actor).into_iter().find(|work| work.id == id)
    }

    /// Somebody's own works, the latest first.
    pub fn of(&self, tenant: RawId, actor: &str) -> Vec<Arc<Work>> {
        let list = self.list();
        let own = list.iter().rev().filter(|work| work.about.tenant == tenant && work.about.actor == actor);
        own.cloned().collect()
    }
}

/// Forgets the oldest of some that has ended.
fn push_out(list: &mut VecDeque<Arc<Work>>, of: impl Fn(&Arc<Work>) -> bool, most: usize) -> Result<(), Problem> {
    let full = || BUSY.because(format!("{most} imports and exports are running; wait until one of them has ended"));
    let oldest = list.iter().position(|work| of(work) && work.outcome().is_some()).ok_or_else(full)?;
    list.remove(oldest);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use toolcrib_contract::report::{Keep, RowProblem};

    fn about(actor: &str) -> About {
        let (tenant, kind) = (RawId([1; 16]), Kind::Import { rows: 10_000 });
        let (module, operation) = ("plant".to_owned(), "import_people".to_owned());
        About { tenant, actor: actor.to_owned(), module, operation, kind, began: Instant(0) }
    }

    fn begin(works: &Works, id: usize, actor: &str) -> Result<Arc<Work>, Problem> {
        works.begin(id.to_string(), about(actor), Arc::default())
    }

    #[test]
    fn the_oldest_that_has_ended_makes_room_and_a_running_one_never() {
        let works = Works::default();
        let mine: Vec<_> = (0..WORKS_OF_PERSON).map(|id| begin(&works, id, "user:a").unwrap()).collect();
        assert_eq!(begin(&works, 90, "user:a").unwrap_err().code, "busy");
        mine[3].end(Outcome::Exported);
        begin(&works, 91, "user:a").unwrap();
        let ids: Vec<_> = works.of(RawId([1; 16]), "user:a").iter().map(|work| work.id.clone()).collect();
        assert_eq!((ids.len(), ids[0].as_str(), ids.contains(&"3".to_owned())), (WORKS_OF_PERSON, "91", false));
        let others = (0..WORKS).map(|id| begin(&works, 100 + id, &format!("user:{id}")));
        let answers: Vec<_> = others.collect();
        let room = WORKS - WORKS_OF_PERSON;
        assert!(answers[..room].iter().all(Result::is_ok) && answers[room..].iter().all(Result::is_err));
        assert_eq!(answers[room].as_ref().unwrap_err().code, "busy");
    }

    #[test]
    fn nobody_sees_the_work_of_another() {
        let works = Works::default();
        begin(&works, 7, "user:a").unwrap();
        assert!(works.find(RawId([1; 16]), "user:a", "7").is_some());
        assert!(works.find(RawId([1; 16]), "user:b", "7").is_none());
        assert!(works.find(RawId([2; 16]), "user:a", "7").is_none());
    }

    #[test]
    fn a_report_keeps_so_many_problems_and_all_counts_and_the_first_end_stays() {
        let problem = RowProblem { line: 2, column: None, heading: None, code: "bad-cell".into(), message: "x".into() };
        let problems = vec![problem; PROBLEMS + 1];
        let report = Report { mode: Keep::Good, rows: 10_000, kept: 9_499, refused: 501, problems };
        let work = begin(&Works::default(), 1, "user:a").unwrap();
        work.end(Outcome::Imported(Box::new(Ok(report))));
        drop(Guard(work.clone()));
        let Some(Outcome::Imported(result)) = work.outcome() else { panic!("{work:?}") };
        let report = (**result).as_ref().unwrap();
        assert_eq!((report.problems.len(), report.refused), (PROBLEMS, 501));
        let dropped = begin(&Works::default(), 2, "user:a").unwrap();
        drop(Guard(dropped.clone()));
        assert!(matches!(dropped.outcome(), Some(Outcome::Stopped(None))));
    }
}

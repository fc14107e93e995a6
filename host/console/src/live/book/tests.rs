//! When questions are asked again, and whom their answers reach.

use super::*;

const GAP: Duration = Duration::from_secs(1);
const USUAL: Pace = Pace { gap: GAP, age: AGE };

/// A book on a clock that is moved by hand, with answers made from one table each.
struct Desk {
    book: Book,
    now: Instant,
}

impl Desk {
    fn new() -> Self {
        Self { book: Book::default(), now: Instant::now() }
    }

    fn page(&mut self, queries: &[&str]) -> (PageId, Arc<Notify>) {
        let told = Arc::new(Notify::new());
        let id = self.book.open(told.clone()).unwrap();
        self.book.wants(id, queries.iter().map(|query| (ask(query), USUAL)).collect(), self.now);
        (id, told)
    }

    fn after(&mut self, time: Duration) -> &mut Self {
        self.now += time;
        self
    }

    fn due(&mut self) -> Vec<String> {
        let mut due: Vec<_> = self.begin().into_iter().map(|(ask, _)| ask.query).collect();
        due.sort();
        due
    }

    fn begin(&mut self) -> Vec<(Ask, u64)> {
        self.book.due(self.now)
    }

    /// Asks what is due, and takes these answers.
    fn answer(&mut self, answer: &str) -> usize {
        let due = self.begin();
        due.iter().for_each(|(ask, run)| self.book.answered((ask, *run), answered(answer), self.now));
        due.len()
    }

    fn touch_all(&mut self) {
        self.book.changed(&Changes::all(), self.now);
    }

    fn shown(&self, page: PageId, query: &str) -> Option<String> {
        self.book.told(page, &ask(query)).map(|told| told.as_ref().as_ref().unwrap().to_string())
    }
}

fn ask(query: &str) -> Ask {
    Ask {
        module: "ledger".into(),
        query: query.into(),
        input: "{}".into(),
        actor: "user:1".into(),
        role: "owner".into(),
    }
}

fn answered(text: &str) -> Answered {
    Answered { answer: Ok(text.to_owned()), reads: Reads::default() }
}

fn rings(told: &Notify) -> bool {
    use std::future::Future;
    let mut waits = std::pin::pin!(told.notified());
    waits.as_mut().poll(&mut std::task::Context::from_waker(std::task::Waker::noop())).is_ready()
}

#[test]
fn a_question_of_many_pages_is_asked_once_and_told_to_all() {
    let mut desk = Desk::new();
    let pages: Vec<_> = (0..50).map(|_| desk.page(&["sum", "list"])).collect();
    assert_eq!(desk.answer("1"), 2);
    for (page, told) in &pages {
        assert!(rings(told) && desk.shown(*page, "sum").as_deref() == Some("1"));
    }
    desk.touch_all();
    assert_eq!(desk.due(), [""; 0], "changes within a quarter of a second are one change");
    assert_eq!(desk.after(GAP).answer("2"), 2);
    assert!(pages.iter().all(|(page, told)| rings(told) && desk.shown(*page, "list").as_deref() == Some("2")));
}

#[test]
fn the_same_answer_wakes_nobody() {
    let mut desk = Desk::new();
    let (_, told) = desk.page(&["sum"]);
    desk.answer("1");
    assert!(rings(&told));
    desk.touch_all();
    assert_eq!(desk.after(GAP).answer("1"), 1);
    assert!(!rings(&told));
}

#[test]
fn however_much_changes_a_question_is_asked_once_a_gap() {
    let mut desk = Desk::new();
    desk.page(&["sum"]);
    desk.answer("0");
    let mut asked = 0;
    for _ in 0..100 {
        desk.touch_all();
        asked += desk.after(Duration::from_millis(100)).answer("0");
    }
    assert_eq!(asked, 10, "ten seconds");
}

#[test]
fn what_is_committed_during_a_run_is_asked_again_after_it() {
    let mut desk = Desk::new();
    let (page, _) = desk.page(&["sum"]);
    let due = desk.begin();
    desk.touch_all();
    desk.book.answered((&due[0].0, due[0].1), answered("1"), desk.now);
    assert_eq!(desk.shown(page, "sum").as_deref(), Some("1"));
    assert_eq!(desk.after(GAP).answer("2"), 1);
    assert_eq!(desk.shown(page, "sum").as_deref(), Some("2"));
}

#[test]
fn a_page_is_never_shown_an_answer_from_before_the_page_was_made() {
    let mut desk = Desk::new();
    desk.page(&["sum"]);
    desk.answer("10");
    desk.touch_all();
    let (touched, _) = desk.page(&["sum"]);
    assert_eq!(desk.shown(touched, "sum"), None, "something was committed since");
    desk.after(GAP);
    let due = desk.begin();
    let (during, told) = desk.page(&["sum"]);
    desk.book.answered((&due[0].0, due[0].1), answered("20"), desk.now);
    assert_eq!(desk.shown(touched, "sum").as_deref(), Some("20"));
    assert_eq!(desk.shown(during, "sum"), None, "its snapshot may be older than the page");
    assert_eq!(desk.after(GAP).answer("20"), 1);
    assert!(rings(&told) && desk.shown(during, "sum").as_deref() == Some("20"));
    let (fresh, _) = desk.page(&["sum"]);
    assert_eq!(desk.shown(fresh, "sum").as_deref(), Some("20"), "nothing was committed since: no run is needed");
    assert_eq!(desk.due(), [""; 0]);
}

#[test]
fn an_answer_grows_old_without_any_change() {
    let mut desk = Desk::new();
    desk.page(&["sum"]);
    desk.answer("1");
    assert_eq!(desk.after(AGE - GAP).due(), [""; 0]);
    assert_eq!(desk.after(GAP).due(), ["sum"]);
}

#[test]
fn a_page_with_a_pace_of_its_own_is_asked_for_at_that_pace_whatever_is_committed() {
    let mut desk = Desk::new();
    let told = Arc::new(Notify::new());
    let slow = desk.book.open(told.clone()).unwrap();
    let pace = Duration::from_secs(300);
    desk.book.wants(slow, vec![(ask("sum"), Pace { gap: pace, age: pace })], desk.now);
    desk.answer("0");
    let mut asked = 0;
    for _ in 0..299 {
        desk.touch_all();
        asked += desk.after(GAP).answer("1");
    }
    assert_eq!(asked, 0);
    assert_eq!(desk.after(GAP).answer("1"), 1);
    // Whoever is quicker has it asked again, for both; once that page is gone the pace is the slow one's again.
    let (quick, _) = desk.page(&["sum"]);
    desk.touch_all();
    assert_eq!(desk.after(GAP).answer("2"), 1);
    desk.book.leave(quick);
    desk.after(AGE).answer("3");
    assert_eq!(desk.after(AGE).due(), [""; 0]);
}

#[test]
fn what_no_page_shows_any_more_is_not_asked() {
    let mut desk = Desk::new();
    let (first, _) = desk.page(&["sum", "list"]);
    let (second, _) = desk.page(&["sum"]);
    desk.answer("1");
    desk.book.leave(first);
    desk.touch_all();
    assert_eq!(desk.after(GAP).due(), ["sum"]);
    desk.book.wants(second, vec![(ask("list"), USUAL)], desk.now);
    assert_eq!(desk.due(), ["list"]);
    desk.book.leave(second);
    assert!(desk.book.is_empty() && desk.book.entries.is_empty() && desk.book.next_due().is_none());
}

#[test]
fn an_answer_that_was_given_up_and_asked_anew_is_not_taken_for_the_new_one() {
    let mut desk = Desk::new();
    let (first, _) = desk.page(&["sum"]);
    let old = desk.begin();
    desk.book.leave(first);
    let (second, _) = desk.page(&["sum"]);
    let new = desk.begin();
    desk.book.answered((&old[0].0, old[0].1), answered("10"), desk.now);
    assert_eq!(desk.shown(second, "sum"), None);
    desk.book.answered((&new[0].0, new[0].1), answered("30"), desk.now);
    assert_eq!(desk.shown(second, "sum").as_deref(), Some("30"));
}

#[test]
fn so_many_pages_are_live_in_a_tenant_and_so_many_questions_on_a_page() {
    let mut desk = Desk::new();
    let pages: Vec<_> = (0..PAGES).map(|_| desk.page(&[]).0).collect();
    assert!(desk.book.open(Arc::default()).is_err());
    let many = (0..=QUESTIONS_OF_PAGE).map(|at| (ask(&format!("q{at}")), USUAL)).collect();
    desk.book.wants(pages[0], many, desk.now);
    assert_eq!(desk.due().len(), QUESTIONS_OF_PAGE);
}

#[test]
fn people_of_another_role_are_answered_apart() {
    let mut desk = Desk::new();
    let (first, _) = desk.page(&["sum"]);
    let other = Ask { role: "operator".into(), ..ask("sum") };
    desk.book.wants(first, vec![(ask("sum"), USUAL), (other.clone(), USUAL)], desk.now);
    assert_eq!(desk.begin().len(), 2);
}

//! Random histories: whatever happens, every step adds up, and the totals are what adding up all reports anew gives.

use super::*;
use crate::divide::{merge_orders, split_order};
use crate::jobs::{Job, finish_job, pause_job, start_job};
use crate::orders::{OrderState, change_order};
use crate::stages::{cancel_order, close_order, hold_order, reopen_order, resume_order};
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// With as many histories: 60,000 operations.
const OPERATIONS: usize = 400;
const HISTORIES: u32 = 150;
const STEPS: usize = 3;

/// Numbers choose among what is there, modulo how much that is. Quantities are hundredths.
#[derive(Clone, Debug)]
enum Act {
    Create { quantity: i64 },
    Release(usize),
    Output { order: usize, step: usize, good: i64, scrap: i64, rework: i64 },
    Correct { report: usize, good: i64, scrap: i64, rework: i64 },
    Split { order: usize, quantity: i64 },
    Merge { from: usize, into: usize },
    Change { order: usize, quantity: i64 },
    Hold(usize),
    Resume(usize),
    Close(usize),
    Reopen(usize),
    Cancel(usize),
    Start { order: usize, step: usize, running: bool, minute: i64 },
    Finish { order: usize, step: usize, finished: bool },
}

fn act() -> impl Strategy<Value = Act> {
    let (order, step) = (0..1_000usize, 0..STEPS);
    prop_oneof![
        1 => (1..20_000i64).prop_map(|quantity| Act::Create { quantity }),
        5 => order.clone().prop_map(Act::Release),
        20 => (order.clone(), step.clone(), 0..3_000i64, 0..500i64, 0..300i64)
            .prop_map(|(order, step, good, scrap, rework)| Act::Output { order, step, good, scrap, rework }),
        6 => (0..1_000usize, -900..500i64, -90..60i64, -40..30i64)
            .prop_map(|(report, good, scrap, rework)| Act::Correct { report, good, scrap, rework }),
        3 => (order.clone(), 1..3_000i64).prop_map(|(order, quantity)| Act::Split { order, quantity }),
        3 => (order.clone(), order.clone()).prop_map(|(from, into)| Act::Merge { from, into }),
        2 => (order.clone(), 1..20_000i64).prop_map(|(order, quantity)| Act::Change { order, quantity }),
        1 => order.clone().prop_map(Act::Hold),
        2 => order.clone().prop_map(Act::Resume),
        1 => order.clone().prop_map(Act::Close),
        2 => order.clone().prop_map(Act::Reopen),
        1 => order.clone().prop_map(Act::Cancel),
        3 => (order.clone(), step.clone(), any::<bool>(), 0..5i64)
            .prop_map(|(order, step, running, minute)| Act::Start { order, step, running, minute }),
        1 => (order, step, any::<bool>()).prop_map(|(order, step, finished)| Act::Finish { order, step, finished }),
    ]
}

/// One report as it was taken: the number on its card, the step, what it told.
type Told = (String, usize, [i64; 3]);

/// What should be, kept apart from the module: orders and every report ever taken.
#[derive(Default)]
struct Book {
    /// By number: quantity, state, and whose it became.
    orders: BTreeMap<String, (i64, OrderState, Option<String>)>,
    reports: Vec<Told>,
    numbers: Vec<String>,
}

impl Book {
    fn chosen(&self, at: usize) -> Option<String> {
        (!self.numbers.is_empty()).then(|| self.numbers[at % self.numbers.len()].clone())
    }

    /// An order on the floor, as a card that somebody has in hand mostly is; now and then any.
    fn in_hand(&self, at: usize) -> Option<String> {
        let released = |number: &&String| self.state(&self.whose(number)) == OrderState::Released;
        let released: Vec<_> = self.numbers.iter().filter(released).collect();
        if at.is_multiple_of(16) || released.is_empty() {
            self.chosen(at)
        } else {
            Some(released[at % released.len()].clone())
        }
    }

    fn whose(&self, number: &str) -> String {
        let (_, _, into) = &self.orders[number];
        into.as_ref().map_or_else(|| number.to_owned(), |into| self.whose(into))
    }

    fn state(&self, number: &str) -> OrderState {
        self.orders[number].1
    }

    /// Totals of a step of an order: all reports added up anew.
    fn totals(&self, number: &str, step: usize) -> [i64; 3] {
        let mine = self.reports.iter().filter(|(of, at, _)| *at == step && self.whose(of) == number);
        mine.fold([0; 3], |sum, (_, _, more)| [sum[0] + more[0], sum[1] + more[1], sum[2] + more[2]])
    }
}

fn hundredths(value: i64) -> Decimal<6> {
    Decimal(value * 10_000)
}

fn card_of(number: &str, step: usize) -> Text<64> {
    text(&format!("{number}/{}", 10 * (step + 1)))
}

struct History {
    module: testing::Module,
    book: Book,
}

impl History {
    fn new() -> Self {
        let mut module = module();
        let steps = (0..STEPS).map(|at| step(10 * (at as i64 + 1), "做")).collect();
        module.run(set_routing { material: text("P-1"), steps }).unwrap();
        Self { module, book: Book::default() }
    }

    fn planned(&mut self, number: &str, quantity: i64, state: OrderState) {
        self.book.orders.insert(number.to_owned(), (quantity, state, None));
        self.book.numbers.push(number.to_owned());
    }

    /// Does it in both; says which order to look at.
    fn take(&mut self, act: Act) -> Option<String> {
        let now = self.module.now();
        match act {
            Act::Create { quantity } => {
                let number = format!("WO-{}", self.book.numbers.len() + 1);
                self.module.run(order(&number, "P-1", &hundredths(quantity).to_string())).unwrap();
                self.planned(&number, quantity, OrderState::Draft);
                Some(number)
            }
            Act::Output { order, step, good, scrap, rework } => {
                let number = self.book.in_hand(order)?;
                self.tell(&number, step, [good, scrap, rework])
            }
            Act::Correct { report, good, scrap, rework } => {
                let of = self.book.reports.len();
                let (number, step, _) = self.book.reports.get(report.checked_rem(of)?)?.clone();
                self.tell(&number, step, [good, scrap, rework])
            }
            Act::Split { order, quantity } => self.split(order, quantity),
            Act::Merge { from, into } => self.merge(from, into),
            Act::Change { order, quantity } => {
                let number = self.book.chosen(order)?;
                let (new, of) = (Some(hundredths(quantity)), text(&number));
                let changed = self.module.run(change_order { number: of, quantity: new, due: None, priority: None });
                let handled: i64 = self.book.totals(&number, 0)[..2].iter().sum();
                let may = !matches!(self.book.state(&number), OrderState::Closed | OrderState::Cancelled);
                assert_eq!(changed.is_ok(), may && quantity >= handled, "{changed:?}");
                if changed.is_ok() {
                    self.book.orders.get_mut(&number)?.0 = quantity;
                }
                Some(number)
            }
            Act::Start { order, step, running, minute } => {
                let number = self.book.chosen(order)?;
                let (card, at) = (card_of(&number, step), now.plus_us(-minute * 60_000_000));
                let _ = if running {
                    self.module.run(start_job { card, at })
                } else {
                    self.module.run(pause_job { card, at })
                };
                Some(number)
            }
            Act::Finish { order, step, finished } => {
                let number = self.book.chosen(order)?;
                let _ = self.module.run(finish_job { card: card_of(&number, step), finished });
                Some(number)
            }
            stage => self.stage(stage),
        }
    }

    fn stage(&mut self, act: Act) -> Option<String> {
        use OrderState::{Cancelled, Closed, Draft, Held, Released};
        let (Act::Release(at) | Act::Hold(at) | Act::Resume(at) | Act::Close(at) | Act::Reopen(at) | Act::Cancel(at)) =
            act
        else {
            unreachable!("everything else is taken before")
        };
        let name = self.book.chosen(at)?;
        let (number, because) = (text(&name), text("试"));
        let made = (0..STEPS).any(|step| self.book.totals(&name, step) != [0; 3]);
        let from = self.book.state(&name);
        let (to, done, may) = match act {
            Act::Release(_) => (Released, self.module.run(release_order { number }), from == Draft),
            Act::Hold(_) => (Held, self.module.run(hold_order { number, because }), from == Released),
            Act::Resume(_) => (Released, self.module.run(resume_order { number }), from == Held),
            Act::Close(_) => (Closed, self.module.run(close_order { number }), matches!(from, Released | Held)),
            Act::Reopen(_) => (Released, self.module.run(reopen_order { number }), from == Closed),
            _ => {
                let may = matches!(from, Draft | Released | Held) && !made;
                (Cancelled, self.module.run(cancel_order { number, because }), may)
            }
        };
        assert_eq!(done.is_ok(), may, "{name} {from:?} to {to:?}: {done:?}");
        if may {
            self.book.orders.get_mut(&name)?.1 = to;
        }
        Some(name)
    }

    /// Tells output, which is taken whenever the order is on the floor and no total becomes negative.
    fn tell(&mut self, number: &str, step: usize, amounts: [i64; 3]) -> Option<String> {
        // The next minute, so that what is held was held before.
        self.module.advance(std::time::Duration::from_secs(60));
        let at = self.module.now();
        let [good, scrap, rework] = amounts.map(hundredths);
        let taken = self.module.run(take_output { card: card_of(number, step), good, scrap, rework, at });
        let owner = self.book.whose(number);
        let totals = self.book.totals(&owner, step);
        let negative = totals.iter().zip(amounts).any(|(total, more)| total + more < 0);
        let may = self.book.state(&owner) == OrderState::Released && !negative;
        assert_eq!(taken.is_ok(), may, "{taken:?}");
        if may {
            self.book.reports.push((number.to_owned(), step, amounts));
        }
        Some(owner)
    }

    fn split(&mut self, order: usize, quantity: i64) -> Option<String> {
        let number = self.book.chosen(order)?;
        let new = format!("WO-{}", self.book.numbers.len() + 1);
        let (whole, state, _) = self.book.orders[&number].clone();
        let handled: i64 = self.book.totals(&number, 0)[..2].iter().sum();
        let free = if state == OrderState::Draft { whole } else { (whole - handled).max(0) };
        let may = !matches!(state, OrderState::Closed | OrderState::Cancelled) && quantity <= free && quantity < whole;
        let (number_of, new_number) = (text(&number), Some(text(&new)));
        let split = self.module.run(split_order { number: number_of, quantity: hundredths(quantity), new_number });
        assert_eq!(split.is_ok(), may, "{split:?}");
        if may {
            self.book.orders.get_mut(&number)?.0 -= quantity;
            self.planned(&new, quantity, state);
        }
        Some(number)
    }

    fn merge(&mut self, from: usize, into: usize) -> Option<String> {
        let (from, into) = (self.book.chosen(from)?, self.book.chosen(into)?);
        let (quantity, state, _) = self.book.orders[&from].clone();
        let open = !matches!(state, OrderState::Closed | OrderState::Cancelled);
        let may = from != into && open && state == self.book.state(&into);
        let merged = self.module.run(merge_orders { from: text(&from), into: text(&into) });
        assert_eq!(merged.is_ok(), may, "{merged:?}");
        if may {
            let gone = self.book.orders.get_mut(&from)?;
            (gone.1, gone.2) = (OrderState::Cancelled, Some(into.clone()));
            self.book.orders.get_mut(&into)?.0 += quantity;
        }
        Some(into)
    }

    /// An order adds up, and its totals are those of the book.
    fn check(&mut self, number: &str) {
        let now = how_far(&mut self.module, number);
        let (quantity, state, _) = &self.book.orders[number];
        assert_eq!((now.order.order.quantity, now.order.order.state), (hundredths(*quantity), *state));
        let mut came_in = *quantity;
        let (mut scrapped, mut in_progress, mut extra) = (0, 0, 0);
        for (at, step) in now.steps.iter().enumerate() {
            let [good, scrap, rework] = self.book.totals(number, at);
            assert_eq!(
                (step.job.good, step.job.scrap, step.job.rework),
                (hundredths(good), hundredths(scrap), hundredths(rework))
            );
            assert_eq!(step.job.good.0 + step.job.scrap.0 + step.wip.0, step.issued.0, "{step:?}");
            assert_eq!(step.issued, hundredths(came_in.max(good + scrap)));
            assert!(step.wip.0 >= 0 && step.extra.0 >= 0 && step.open.0 >= 0, "{step:?}");
            scrapped += step.job.scrap.0;
            in_progress += step.wip.0;
            extra += step.extra.0;
            came_in = good;
        }
        if let Some(last) = now.steps.last() {
            assert_eq!((now.good, now.scrap.0, now.wip.0), (last.job.good, scrapped, in_progress));
            assert_eq!(now.good.0 + now.scrap.0 + now.wip.0, now.issued.0);
            assert_eq!(now.issued.0, now.order.order.quantity.0 + extra);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: HISTORIES, ..ProptestConfig::default() })]

    #[test]
    fn every_step_adds_up_after_every_operation(acts in vec(act(), OPERATIONS)) {
        let mut history = History::new();
        for act in acts {
            if let Some(number) = history.take(act) {
                history.check(&number);
            }
        }
        for number in history.book.numbers.clone() {
            history.check(&number);
        }
    }
}

/// What a terminal tells of one job.
#[derive(Clone, Debug)]
enum Tale {
    Output(usize, [i64; 3]),
    Started(usize, bool, i64),
}

fn tale() -> impl Strategy<Value = Tale> {
    prop_oneof![
        (0..STEPS, 0..60i64, 0..9i64, 0..9i64)
            .prop_map(|(step, good, scrap, rework)| Tale::Output(step, [good, scrap, rework])),
        (0..STEPS, any::<bool>(), 0..6i64).prop_map(|(step, running, at)| Tale::Started(step, running, at)),
    ]
}

fn told(tales: &[Tale]) -> Vec<Job> {
    let mut shop = shop("WO-1", "100", &["一", "二", "三"]);
    let at = shop.now();
    for tale in tales {
        match tale {
            Tale::Output(step, amounts) => {
                let [good, scrap, rework] = amounts.map(|amount| Decimal(amount * 1_000_000));
                shop.run(take_output { card: card_of("WO-1", *step), good, scrap, rework, at }).unwrap();
            }
            Tale::Started(step, true, minute) => {
                shop.run(start_job { card: card_of("WO-1", *step), at: at.plus_us(*minute) }).unwrap();
            }
            Tale::Started(step, false, minute) => {
                shop.run(pause_job { card: card_of("WO-1", *step), at: at.plus_us(*minute) }).unwrap();
            }
        }
    }
    how_far(&mut shop, "WO-1").steps.into_iter().map(|step| step.job.value).collect()
}

proptest! {
    #[test]
    fn what_is_told_in_another_order_leads_to_the_same_jobs(
        (tales, shuffled) in vec(tale(), 1..30).prop_flat_map(|tales| (Just(tales.clone()), Just(tales).prop_shuffle()))
    ) {
        prop_assert_eq!(told(&tales), told(&shuffled));
    }
}

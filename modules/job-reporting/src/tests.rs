//! Reports as people, crews and terminals tell them, with the real work orders beside.

/// The same with other fields, its own or those of its output.
macro_rules! with {
    ($base:expr; $($field:ident: $value:expr),* $(,)?) => {{
        let mut changed = $base;
        $(changed.$field = $value;)*
        changed
    }};
}

mod alone;
mod offline;
mod people;
mod told;

use crate::entry::{Entry, EntryKind, Output, Told};
use crate::module;
use crate::others::{JobFacts, Quantity, pause_job, start_job, take_output};
use crate::reports::{OutputReported, Report, report, reports};
use std::cell::RefCell;
use toolcrib_module_work_orders as orders;
use toolcrib_module_work_orders::orders::NewOrder;
use toolcrib_sdk::contract::{Decode, Encode};
use toolcrib_sdk::prelude::*;
use toolcrib_sdk::testing;

/// `report.card` for `report.output.card`.
macro_rules! reaches_output {
    ($($of:ty),*) => {$(
        impl std::ops::Deref for $of {
            type Target = Output;
            fn deref(&self) -> &Output {
                &self.output
            }
        }
        impl std::ops::DerefMut for $of {
            fn deref_mut(&mut self) -> &mut Output {
                &mut self.output
            }
        }
    )*};
}
reaches_output!(report, Entry);

fn text<const N: u32>(text: &str) -> Text<N> {
    text.parse().unwrap()
}

fn quantity(value: &str) -> Quantity {
    value.parse().unwrap()
}

thread_local! {
    /// The work orders that the reporting module under test calls.
    static ORDERS: RefCell<testing::Module> = RefCell::new(orders::module());
}

/// What work orders answer, as the host would carry it: the same bytes under the other module's declaration.
fn carried<A: Encode, B: Decode>(value: &A) -> B {
    B::from_bytes(&value.to_bytes()).expect("both modules declare the same shape")
}

/// A reporting module beside work orders with one released order of three steps, 10, 20 and 30; no traceability.
fn shop(number: &str, amount: &str) -> testing::Module {
    let mut work = orders::module();
    let step = |step, operation: &str| orders::routing::NewStep {
        step,
        operation: text(operation),
        equipment: Some(text("press-1")),
        skill: None,
        note: None,
        after: None,
    };
    let steps = vec![step(10, "冲压"), step(20, "焊接"), step(30, "喷涂")];
    work.run(orders::routing::set_routing { material: text("P-1"), steps }).unwrap();
    ORDERS.set(work);
    release(number, amount);
    let mut module = module();
    module.without("traceability");
    module.answer(|call: start_job| ask(&carried::<_, orders::jobs::start_job>(&call)));
    module.answer(|call: pause_job| ask(&carried::<_, orders::jobs::pause_job>(&call)));
    module.answer(|call: take_output| ask(&carried::<_, orders::jobs::take_output>(&call)));
    module.act_as("wang", "operator");
    module
}

fn ask<H>(call: &H) -> Outcome<JobFacts>
where
    H: toolcrib_sdk::handler::Handler<Output = orders::jobs::JobFacts>,
{
    let facts = ORDERS.with_borrow_mut(|work| work.run(carried::<_, H>(call)))?;
    Ok(carried(&facts))
}

fn release(number: &str, amount: &str) {
    ORDERS.with_borrow_mut(|work| {
        let (material, quantity) = (text("P-1"), quantity(amount));
        let new = NewOrder { number: Some(text(number)), material, quantity, ..NewOrder::blank() };
        work.run(orders::orders::create_order { new }).unwrap();
        work.run(orders::stages::release_order { number: text(number) }).unwrap();
    });
}

/// Good, scrap, rework and work in progress of each step of an order.
fn totals(number: &str) -> Vec<[Quantity; 4]> {
    let asked = orders::progress::progress { number: text(number) };
    let now = ORDERS.with_borrow_mut(|work| work.run(asked).unwrap());
    now.steps.iter().map(|step| [step.job.good, step.job.scrap, step.job.rework, step.wip]).collect()
}

/// Both clocks go on.
fn advance(module: &mut testing::Module, minutes: u64) {
    let by = std::time::Duration::from_secs(60 * minutes);
    module.advance(by);
    ORDERS.with_borrow_mut(|work| {
        work.advance(by);
    });
}

/// A report of good and scrap at a card, now, by whoever acts.
fn plain(card: &str, good: &str, scrap: &str) -> report {
    let output =
        Output { card: Some(text(card)), good: Some(quantity(good)), scrap: Some(quantity(scrap)), ..Output::blank() };
    report { output, ..report::blank() }
}

/// An entry of a terminal that tells nothing yet.
fn entry(id: &str, kind: EntryKind, at: Instant) -> Entry {
    let output = Output { person: Some(text("0017")), ..Output::blank() };
    Entry { entry: text(id), kind, at, output, ..Entry::blank() }
}

fn told_of(card: &str, good: i64, scrap: i64) -> Entry {
    let made = |whole: i64| Some(Decimal(whole * 1_000_000));
    with!(entry("", EntryKind::Report, Instant(0)); card: Some(text(card)), good: made(good), scrap: made(scrap))
}

/// Code and field of a refusal.
#[track_caller]
fn assert_refused<T: std::fmt::Debug>(outcome: Outcome<T>, code: &str, field: &str) {
    let stopped = outcome.expect_err("it is refused");
    let rejection = stopped.rejection().expect("it is refused");
    assert_eq!((rejection.code.as_str(), rejection.field.as_deref()), (code, Some(field)));
}

fn all_reports(module: &mut testing::Module) -> Vec<Report> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let page = module.run(reports { person: None, card: None, equipment: None, after }).unwrap();
        all.extend(page.rows.into_iter().map(|row| row.told.value));
        after = page.next;
        if after.is_none() {
            return all;
        }
    }
}

#[test]
fn golden_scenarios_hold() {
    testing::scenarios(&module(), "scenarios");
}

/// An answer of one report.
#[track_caller]
fn tell(module: &mut testing::Module, report: report) -> Told {
    module.run(report).unwrap()
}

fn last_event(module: &testing::Module) -> OutputReported {
    module.emitted::<OutputReported>().pop().unwrap()
}

/// The other modules read these by name; a field that is gone or of another type would stop them.
#[test]
fn the_event_has_every_field_that_others_agreed_on() {
    let module = module();
    let event = module.manifest().events.iter().find(|event| event.name == "output_reported").unwrap();
    let names: Vec<_> = event.body.fields().iter().map(|field| field.name.as_str()).collect();
    let agreed = [
        ["report", "corrects", "card", "order", "material", "unit"].as_slice(),
        &["operation", "step", "last", "equipment", "good", "scrap", "rework"],
        &["reason", "crew", "lot", "started_at", "ended_at"],
    ];
    assert_eq!(names, agreed.concat());
}

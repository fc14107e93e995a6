//! Late and absurd input: what is refused, under which code, and that nothing of it is kept.

use super::*;
use crate::cards::scan;
use crate::jobs::{SKEW_US, start_job};
use crate::orders::change_order;
use crate::progress::on_time;
use crate::routing::{STEPS_MAX, routing};
use crate::settings::{set_tolerance, settings};
use crate::stages::{OrderClosed, OrderHeld, close_order, hold_order, reopen_order, resume_order};

/// Code and field of a refusal.
#[track_caller]
fn refused<T: std::fmt::Debug>(outcome: Outcome<T>) -> (String, Option<String>) {
    let stopped = outcome.expect_err("it is refused");
    let rejection = stopped.rejection().expect("it is refused");
    (rejection.code.clone(), rejection.field.clone())
}

#[track_caller]
fn assert_refused<T: std::fmt::Debug>(outcome: Outcome<T>, code: &str, field: &str) {
    assert_eq!(refused(outcome), (code.to_owned(), Some(field.to_owned())));
}

#[test]
fn an_order_that_cannot_be_is_refused() {
    let mut module = module();
    module.run(order("WO-1", "P-1", "5")).unwrap();
    assert_refused(module.run(order("WO-1", "P-1", "5")), "number-taken", "number");
    assert_refused(module.run(order("WO 2", "P-1", "5")), "bad-number", "number");
    assert_refused(module.run(order(&"9".repeat(57), "P-1", "5")), "number-too-long", "number");
    module.run(order(&"9".repeat(56), "P-1", "5")).unwrap();
    assert_refused(module.run(order("WO-2", " ", "5")), "material-needed", "material");
    for absurd in ["0", "-3"] {
        assert_refused(module.run(order("WO-2", "P-1", absurd)), "quantity-not-positive", "quantity");
    }
    assert_refused(module.run(order("WO-2", "P-1", "1000000000.000001")), "quantity-too-large", "quantity");
    module.run(order("WO-2", "P-1", "1000000000")).unwrap();
    let change = change_order { number: text("WO-9"), quantity: None, due: None, priority: None };
    assert_refused(module.run(change), "unknown-order", "number");
    assert_refused(module.run(set_tolerance { over_percent: "-1".parse().unwrap() }), "bad-tolerance", "over_percent");
    assert_eq!(module.run(settings {}), Ok(Decimal(0)));
    let period = on_time { from: "2026-01-01".parse().unwrap(), until: "2027-01-02".parse().unwrap() };
    assert_refused(module.run(period), "bad-period", "until");
}

#[test]
fn a_routing_that_does_not_run_from_start_to_end_is_refused() {
    let mut module = module();
    let after = |number, after| NewStep { after: Some(after), ..step(number, "做") };
    let mut set = |steps: Vec<NewStep>| module.run(set_routing { material: text("P-1"), steps });
    assert_refused(set(vec![step(10, "车"), step(10, "铣")]), "duplicate-step", "steps/1/step");
    assert_refused(set(vec![step(0, "车")]), "bad-step", "steps/0/step");
    assert_refused(set(vec![step(10, "")]), "operation-needed", "steps/0/operation");
    assert_refused(set(vec![step(10, "车"), after(20, 30)]), "unknown-step", "steps/1/after");
    assert_refused(set(vec![after(10, 20), after(20, 10)]), "cyclic-routing", "steps/0/after");
    assert_refused(set(vec![after(10, 10)]), "cyclic-routing", "steps/0/after");
    assert_refused(set(vec![after(10, 20), after(20, 30), after(30, 20)]), "cyclic-routing", "steps/0/after");
    assert_refused(set(vec![after(10, 20), step(20, "铣")]), "steps-out-of-order", "steps/0/after");
    assert_refused(set(vec![step(10, "车"), step(20, "铣"), after(30, 10)]), "branching-routing", "steps/2/after");
    let many = |count| (1..=count as i64).map(|at| step(at, "做")).collect::<Vec<_>>();
    assert_refused(set(many(STEPS_MAX + 1)), "too-many-steps", "steps");
    set(many(STEPS_MAX)).unwrap();
    set(vec![after(20, 10), step(10, "车")]).unwrap();
    let kept = module.run(routing { material: text("P-1") }).unwrap();
    assert_eq!(kept.iter().map(|step| step.step).collect::<Vec<_>>(), [10, 20]);
    assert_refused(module.run(set_routing { material: text(""), steps: vec![] }), "material-needed", "material");
}

#[test]
fn a_later_routing_does_not_touch_a_released_order() {
    let mut shop = shop("WO-1", "10", &["车削", "磨削"]);
    shop.run(set_routing { material: text("P-1"), steps: vec![step(5, "铸造")] }).unwrap();
    assert_eq!(how_far(&mut shop, "WO-1").steps.len(), 2);
}

#[test]
fn reports_on_orders_that_are_not_on_the_floor_say_what_to_do() {
    let mut shop = shop("WO-1", "10", &["车削"]);
    shop.run(order("WO-2", "P-1", "5")).unwrap();
    assert_refused(made(&mut shop, "WO-2/10", "1", "0", "0"), "order-not-released", "card");
    assert_refused(made(&mut shop, "WO-1/20", "1", "0", "0"), "unknown-card", "card");
    assert_refused(made(&mut shop, "WO-1", "1", "0", "0"), "unknown-card", "card");
    assert_refused(shop.run(scan { code: text("?") }), "unknown-card", "code");
    let number = || text("WO-1");
    shop.run(hold_order { number: number(), because: text("缺料") }).unwrap();
    assert_eq!(shop.emitted::<OrderHeld>()[0].because, text::<200>("缺料"));
    let (before, held) = (shop.now(), shop.now().plus_us(1));
    shop.advance(std::time::Duration::from_secs(60));
    assert_refused(made(&mut shop, "WO-1/10", "1", "0", "0"), "order-held", "card");
    let told = |at| take_output { card: text("WO-1/10"), good: Decimal(1), scrap: Decimal(0), rework: Decimal(0), at };
    assert_refused(shop.run(told(held)), "order-held", "card");
    // Made before the order was held, told after.
    shop.run(told(before)).unwrap();
    assert_refused(shop.run(hold_order { number: number(), because: text("缺料") }), "not-released", "number");
    shop.run(resume_order { number: number() }).unwrap();
    made(&mut shop, "WO-1/10", "4", "0", "0").unwrap();
    shop.run(close_order { number: number() }).unwrap();
    assert_refused(made(&mut shop, "WO-1/10", "1", "0", "0"), "order-closed", "card");
    assert_refused(shop.run(close_order { number: number() }), "order-closed", "number");
    shop.run(reopen_order { number: number() }).unwrap();
    made(&mut shop, "WO-1/10", "1", "0", "0").unwrap();
    assert_eq!(how_far(&mut shop, "WO-1").steps[0].job.state, JobState::Running);
    shop.run(close_order { number: number() }).unwrap();
    let told: Vec<_> = shop.emitted::<OrderClosed>().iter().map(|closed| closed.good).collect();
    assert_eq!(told, [quantity("4.000001"), quantity("5.000001")]);
}

#[test]
fn clocks_may_be_a_little_off_and_no_more() {
    let mut shop = module();
    shop.at("2026-01-05T08:00:00+08:00");
    shop.run(order("WO-1", "P-1", "5")).unwrap();
    shop.run(release_order { number: text("WO-1") }).unwrap();
    let released = shop.now();
    let mut start = |at| shop.run(start_job { card: text("WO-1/10"), at });
    start(released.plus_us(-SKEW_US)).unwrap();
    start(released.plus_us(SKEW_US)).unwrap();
    assert_refused(start(released.plus_us(-SKEW_US - 1)), "before-release", "at");
    assert_refused(start(released.plus_us(SKEW_US + 1)), "in-the-future", "at");
}

#[test]
fn nothing_is_taken_back_that_was_not_reported_and_no_total_grows_without_end() {
    let mut shop = shop("WO-1", "10", &["车削"]);
    made(&mut shop, "WO-1/10", "5", "2", "1").unwrap();
    for (good, scrap, rework, field) in
        [("-6", "0", "0", "good"), ("0", "-3", "0", "scrap"), ("0", "0", "-2", "rework")]
    {
        assert_refused(made(&mut shop, "WO-1/10", good, scrap, rework), "negative-total", field);
    }
    assert_refused(made(&mut shop, "WO-1/10", "5000000000", "0", "0"), "quantity-too-large", "good");
    assert_refused(made(&mut shop, "WO-1/10", "999999999999", "0", "0"), "quantity-too-large", "good");
    assert_eq!(at_step(&how_far(&mut shop, "WO-1"), 0).0, ["10", "5", "2", "3", "0", "3"]);
    let less = change_order { number: text("WO-1"), quantity: Some(quantity("6.9")), due: None, priority: None };
    assert_refused(shop.run(less), "below-made", "quantity");
    made(&mut shop, "WO-1/10", "-5", "-2", "-1").unwrap();
    assert_eq!(at_step(&how_far(&mut shop, "WO-1"), 0).1, JobState::Ready);
}

#[test]
fn people_who_only_look_change_nothing() {
    let mut shop = shop("WO-1", "10", &["车削"]);
    shop.act_as("guest", "viewer");
    assert_eq!(made(&mut shop, "WO-1/10", "1", "0", "0").unwrap_err().code(), "not-allowed");
    assert_eq!(shop.run(order("WO-2", "P-1", "1")).unwrap_err().code(), "not-allowed");
    shop.act_as("wang", "operator");
    made(&mut shop, "WO-1/10", "1", "0", "0").unwrap();
    assert_eq!(shop.run(close_order { number: text("WO-1") }).unwrap_err().code(), "not-allowed");
}

#[test]
fn a_code_that_is_no_card_is_named() {
    let mut module = module();
    assert_refused(module.run(crate::cards::card { code: text("WO-9/10") }), "unknown-card", "code");
    assert_refused(module.run(scan { code: text("WO-9/10") }), "unknown-card", "code");
    module.run(order("WO-1", "P-1", "5")).unwrap();
    assert_refused(module.run(crate::cards::card { code: text("WO-1/10") }), "order-not-released", "code");
    assert_refused(module.run(scan { code: text("WO-1/10") }), "order-not-released", "code");
}

//! Planning: imports, lists, splits and merges, cards and scans, readiness, the on-time rate, other modules' data.

use super::*;
use crate::cards::{card, scan};
use crate::divide::{merge_orders, split_order};
use crate::import::{ROWS_MAX, import_orders};
use crate::jobs::{Job, finish_job};
use crate::orders::{NewOrder, Order, OrderState, change_order, orders};
use crate::others::{Calendar, Conversion, Equipment, Lot, LotStatus, Material, Person, Skill};
use crate::progress::{Closed, OnTime, board, closed_orders, on_time};
use crate::readiness::{Advice, readiness};
use crate::stages::{OrderReleased, cancel_order, close_order};
use toolcrib_sdk::contract::limits::HOST_CALLS;

fn row(number: Option<&str>, due: Option<&str>) -> NewOrder {
    let (number, due) = (number.map(text), due.map(|due| due.parse().unwrap()));
    NewOrder { number, material: text("P-1"), quantity: quantity("10"), unit: None, due, priority: None }
}

#[test]
fn the_first_order_needs_no_configuration() {
    let mut module = module();
    module.without("plant");
    module.without("traceability");
    let new = NewOrder { number: None, ..order("x", "P-1", "5").new };
    let number = module.run(create_order { new }).unwrap();
    assert_eq!(number, "WO-1001");
    module.run(release_order { number: number.clone() }).unwrap();
    let shown = module.run(scan { code: text(" WO-1001 ") }).unwrap();
    assert_eq!((&shown.step.job.card, &shown.step.job.operation), (&text("WO-1001/10"), &text("生产")));
    assert_eq!((shown.material_name, shown.position, shown.positions), (text("P-1"), 1, 1));
    let advice = module.run(readiness { card: text("WO-1001/10"), person: None, lots: vec![text("L-1")] }).unwrap();
    let met: Vec<_> = advice.iter().map(|advice| (advice.point.as_str(), advice.met)).collect();
    assert_eq!(met, [("order", Some(true)), ("material", None), ("lot", None)]);
    let event = &module.emitted::<OrderReleased>()[0];
    assert_eq!((event.number.clone(), event.unit.clone()), (number, text("pcs")));
}

#[test]
fn a_thousand_rows_are_imported_inside_the_limits_of_one_call() {
    let mut module = module();
    let rows: Vec<_> = (0..ROWS_MAX).map(|at| row(Some(&format!("WO-{at}")), Some("2026-02-01"))).collect();
    let imported = module.run(import_orders { rows: rows.clone() }).unwrap();
    assert_eq!((imported.added, imported.changed), (1_000, 0));
    assert!(module.used().host_calls < HOST_CALLS / 2, "{:?}", module.used());
    let later: Vec<_> =
        rows.into_iter().map(|row| NewOrder { due: Some("2026-02-02".parse().unwrap()), ..row }).collect();
    for expected in [(0, 1_000, 0), (0, 0, 1_000)] {
        let imported = module.run(import_orders { rows: later.clone() }).unwrap();
        assert_eq!((imported.added, imported.changed, imported.unchanged), expected);
    }
    let unnumbered = vec![row(None, None); ROWS_MAX];
    assert_eq!(module.run(import_orders { rows: unnumbered }).unwrap().added, 1_000);
    assert!(module.used().host_calls < HOST_CALLS, "{:?}", module.used());
}

#[test]
fn a_refused_row_is_named_and_nothing_is_kept() {
    let mut module = module();
    let mut rows = vec![row(Some("A"), None), row(Some("B"), None)];
    rows[1].quantity = quantity("-1");
    let stopped = module.run(import_orders { rows }).unwrap_err();
    let stopped = stopped.rejection().expect("it is refused");
    assert_eq!((stopped.code.as_str(), stopped.field.as_deref()), ("quantity-not-positive", Some("rows/1/quantity")));
    let listed = module.run(orders { state: None, due_from: None, due_until: None, after: None }).unwrap();
    assert_eq!(listed.rows.len(), 0);
}

#[test]
fn orders_are_listed_by_state_and_due_day() {
    let mut module = module();
    let rows = vec![
        row(Some("late"), Some("2026-03-01")),
        row(Some("soon"), Some("2026-01-10")),
        row(Some("whenever"), None),
        row(Some("next"), Some("2026-01-20")),
    ];
    module.run(import_orders { rows }).unwrap();
    module.run(release_order { number: text("next") }).unwrap();
    let mut list = |state, from: Option<&str>, until: Option<&str>| {
        let day = |day: Option<&str>| day.map(|day| day.parse().unwrap());
        let page = module.run(orders { state, due_from: day(from), due_until: day(until), after: None }).unwrap();
        page.rows.iter().map(|listed| listed.order.number.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(list(None, None, None), ["whenever", "soon", "next", "late"]);
    assert_eq!(list(None, Some("2026-01-10"), Some("2026-01-20")), ["soon", "next"]);
    assert_eq!(list(Some(OrderState::Draft), None, None), ["whenever", "soon", "late"]);
    assert_eq!(list(Some(OrderState::Draft), Some("2026-02-01"), None), ["late"]);
    assert_eq!(list(Some(OrderState::Released), None, Some("2026-01-20")), ["next"]);
}

#[test]
fn a_split_moves_what_nobody_began_and_a_merge_brings_it_back() {
    let mut shop = shop("WO-1", "100", &["车削", "磨削"]);
    made(&mut shop, "WO-1/10", "30", "2", "0").unwrap();
    let split = |amount: &str| split_order { number: text("WO-1"), quantity: quantity(amount), new_number: None };
    assert_eq!(shop.run(split("68.000001")).unwrap_err().code(), "split-too-large");
    assert_eq!(shop.run(split("40")).unwrap(), "WO-1-2");
    let (old, new) = (how_far(&mut shop, "WO-1"), how_far(&mut shop, "WO-1-2"));
    assert_eq!(at_step(&old, 0).0, ["60", "30", "2", "28", "0", "28"]);
    assert_eq!(at_step(&new, 0), (["40", "0", "0", "40", "0", "40"].map(str::to_owned), JobState::Ready));
    made(&mut shop, "WO-1-2/10", "40", "0", "0").unwrap();
    shop.run(merge_orders { from: text("WO-1-2"), into: text("WO-1") }).unwrap();
    // The paper card of the order that is gone is still good, also for taking back.
    let facts = made(&mut shop, "WO-1-2/10", "-1", "1", "0").unwrap();
    assert_eq!((facts.card, facts.order), (text("WO-1/10"), text("WO-1")));
    assert_eq!(at_step(&how_far(&mut shop, "WO-1"), 0).0, ["100", "69", "3", "28", "0", "28"]);
    assert_eq!(shop.run(scan { code: text("WO-1-2") }).unwrap().order.number, text("WO-1"));
    assert_eq!(shop.run(card { code: text("WO-1-2/20") }).unwrap().step.job.card, text("WO-1/20"));
}

#[test]
fn only_what_is_alike_is_merged() {
    let mut shop = shop("WO-1", "10", &["车削"]);
    for (number, material) in [("WO-2", "P-1"), ("WO-3", "P-2"), ("WO-4", "P-1")] {
        shop.run(order(number, material, "5")).unwrap();
    }
    shop.run(set_routing { material: text("P-1"), steps: vec![step(10, "铣削")] }).unwrap();
    shop.run(release_order { number: text("WO-4") }).unwrap();
    let mut code = |from, into| {
        let merged = shop.run(merge_orders { from: text(from), into: text(into) });
        merged.unwrap_err().code().to_owned()
    };
    assert_eq!(code("WO-1", "WO-1"), "same-order");
    assert_eq!(code("WO-2", "WO-1"), "other-stage");
    assert_eq!(code("WO-2", "WO-3"), "other-material");
    assert_eq!(code("WO-4", "WO-1"), "other-routing");
    assert_eq!(code("WO-9", "WO-1"), "unknown-order");
}

#[test]
fn with_the_other_modules_a_card_has_names_and_readiness_has_answers() {
    let mut module = module();
    let material = |code, unit| Material { code: text(code), name: text("支架"), unit: text(unit), retired_at: None };
    module.share(&material("P-1", "kg"));
    module.share(&Conversion { material: text("P-1"), unit: text("箱") });
    module.share(&Calendar { code: text("site"), zone: text("Asia/Shanghai") });
    let retired_at = Some(module.now());
    module.share(&Equipment { code: text("press-1"), name: text("一号冲床"), retired_at });
    let wang = module.share(&Person { code: text("0017") });
    // The last valid day is the plant's today, which began eight hours before UTC's.
    module.share(&Skill { person: wang, skill: text("冲压"), valid_until: Some("2026-01-05".parse().unwrap()) });
    let lot = |code, left, day: &str, status| {
        let expires_on = Some(day.parse().unwrap());
        Lot { code: text(code), material: text("M-1"), left: quantity(left), status, expires_on }
    };
    module.share(&lot("good", "5", "2026-01-05", LotStatus::Available));
    module.share(&lot("used", "0", "2026-01-05", LotStatus::Available));
    module.share(&lot("old", "5", "2026-01-04", LotStatus::Available));
    module.share(&lot("bad", "5", "2026-01-05", LotStatus::Blocked));
    let first = NewStep { equipment: Some(text("press-1")), skill: Some(text("冲压")), ..step(10, "冲压") };
    module.run(set_routing { material: text("P-1"), steps: vec![first, step(20, "清洗")] }).unwrap();
    let unit = |unit: &str| {
        let new = NewOrder { unit: Some(text(unit)), number: None, ..order("x", "P-1", "5").new };
        create_order { new }
    };
    assert_eq!(module.run(unit("m")).unwrap_err().code(), "unit-does-not-convert");
    for fits in ["g", "箱", "kg"] {
        module.run(unit(fits)).unwrap();
    }
    // A millilitre is a thousandth of a litre, and of that the plant says what it is.
    assert_eq!(module.run(unit("mL")).unwrap_err().code(), "unit-does-not-convert");
    module.share(&Conversion { material: text("P-1"), unit: text("L") });
    module.run(unit("mL")).unwrap();
    module.run(order("WO-1", "P-1", "5")).unwrap();
    module.run(release_order { number: text("WO-1") }).unwrap();
    let shown = module.run(card { code: text("WO-1/10") }).unwrap();
    assert_eq!((shown.material_name, shown.equipment_name), (text("支架"), Some(text("一号冲床"))));
    assert_eq!((&shown.order.unit, shown.next, shown.before), (&text("kg"), Some(text("清洗")), None));
    let lots: Vec<Text<64>> = ["good", "used", "old", "bad", "none"].into_iter().map(text).collect();
    let mut ask = |card, person: Option<&str>, lots| {
        let advice = module.run(readiness { card: text(card), person: person.map(text), lots }).unwrap();
        advice.into_iter().map(|Advice { point, met, .. }| (point.to_string(), met)).collect::<Vec<_>>()
    };
    let told = |points: &[(&str, bool)]| {
        points.iter().map(|(point, met)| ((*point).to_owned(), Some(*met))).collect::<Vec<_>>()
    };
    assert_eq!(
        ask("WO-1/10", Some("0017"), lots),
        told(&[
            ("order", true),
            ("material", true),
            ("equipment", false),
            ("skill", true),
            ("lot", true),
            ("lot", false),
            ("lot", false),
            ("lot", false),
            ("lot", false),
        ])
    );
    assert_eq!(ask("WO-1/20", None, vec![]), told(&[("order", true), ("material", true), ("before", false)]));
    module.advance(std::time::Duration::from_secs(16 * 3_600));
    let mut ask = |person: Option<&str>| {
        let asked = readiness { card: text("WO-1/10"), person: person.map(text), lots: vec![] };
        module.run(asked).unwrap().into_iter().find(|advice| advice.point == "skill").unwrap().met
    };
    assert_eq!((ask(Some("0017")), ask(Some("0018")), ask(None)), (Some(false), Some(false), Some(false)));
}

#[test]
fn on_time_counts_what_is_due_and_decided() {
    let mut module = module();
    let rate = |module: &mut testing::Module, from: &str, until: &str| {
        module.run(on_time { from: from.parse().unwrap(), until: until.parse().unwrap() }).unwrap()
    };
    let nothing = OnTime { counted: 0, on_time: 0, rate: None, still_open: 0 };
    assert_eq!(rate(&mut module, "2026-01-01", "2026-12-31"), nothing);
    let rows =
        [("A", "2026-01-05"), ("B", "2026-01-05"), ("C", "2026-01-06"), ("D", "2026-01-09"), ("E", "2026-01-05")];
    let rows: Vec<_> = rows.iter().map(|(number, due)| row(Some(number), Some(due))).collect();
    module.run(import_orders { rows }).unwrap();
    for number in ["A", "B", "C", "D"] {
        module.run(release_order { number: text(number) }).unwrap();
    }
    module.run(cancel_order { number: text("E"), because: text("客户取消") }).unwrap();
    // 23:59:59 in the plant: the last second of the due day.
    module.at("2026-01-05T23:59:59+08:00");
    module.run(close_order { number: text("A") }).unwrap();
    module.at("2026-01-06T00:00:00+08:00");
    module.run(close_order { number: text("B") }).unwrap();
    let expected = OnTime { counted: 2, on_time: 1, rate: Some("0.5".parse().unwrap()), still_open: 2 };
    assert_eq!(rate(&mut module, "2026-01-01", "2026-12-31"), expected);
    // C is overdue from the next day on.
    module.at("2026-01-07T00:00:00+08:00");
    let expected = OnTime { counted: 3, on_time: 1, rate: Some("0.333333".parse().unwrap()), still_open: 1 };
    assert_eq!(rate(&mut module, "2026-01-01", "2026-12-31"), expected);
    assert_eq!(rate(&mut module, "2026-01-09", "2026-01-09"), OnTime { still_open: 1, ..nothing });
    let mut closed = |from: &str, until: &str| {
        module.run(closed_orders { from: from.parse().unwrap(), until: until.parse().unwrap() }).unwrap()
    };
    assert_eq!(closed("2026-01-01", "2026-12-31"), Closed { closed: 2, in_time: 1 });
    assert_eq!(closed("2026-01-06", "2026-01-06"), Closed { closed: 1, in_time: 0 }, "by the plant's day");
    assert_eq!(closed("2026-01-07", "2026-01-07"), Closed { closed: 0, in_time: 0 });
}

#[test]
fn the_board_shows_jobs_that_are_not_done_order_by_order() {
    let mut shop = shop("WO-1", "10", &["车削", "磨削"]);
    let rows = (0..25).map(|at| row(Some(&format!("X-{at:02}")), Some("2026-02-01"))).collect();
    shop.run(import_orders { rows }).unwrap();
    for at in 0..25 {
        shop.run(release_order { number: text(&format!("X-{at:02}")) }).unwrap();
    }
    made(&mut shop, "WO-1/10", "10", "0", "0").unwrap();
    let first = shop.run(board { after: None }).unwrap();
    assert!(shop.used().host_calls < 50, "{:?}", shop.used());
    // The order without a due day stands first; its first job is done.
    assert_eq!((&first.lines[0].step.job.order, first.lines[0].step.job.step), (&text("WO-1"), 20));
    assert_eq!(
        first.lines[0].material_name.as_str(),
        first.lines[0].material.as_str(),
        "alone, the code is all there is"
    );
    let rest = shop.run(board { after: first.next }).unwrap();
    assert_eq!((first.lines.len(), rest.lines.len(), rest.next), (1 + 2 * 19, 2 * 6, None));
}

#[test]
fn a_job_that_ends_short_ends_the_next_one_with_what_it_gave() {
    let mut shop = shop("WO-1", "100", &["车削", "磨削"]);
    made(&mut shop, "WO-1/10", "90", "0", "0").unwrap();
    made(&mut shop, "WO-1/20", "90", "0", "0").unwrap();
    assert_eq!(how_far(&mut shop, "WO-1").steps[1].open, quantity("10"));
    shop.run(finish_job { card: text("WO-1/10"), finished: true }).unwrap();
    let now = how_far(&mut shop, "WO-1");
    assert!(now.steps.iter().all(|step| step.job.state == JobState::Done), "{now:?}");
    assert_eq!((now.wip, now.done), (quantity("10"), Some("0.9".parse().unwrap())));
    assert_eq!(now.steps[0].open, quantity("0"));
    let more = Some(quantity("120"));
    shop.run(change_order { number: text("WO-1"), quantity: more, due: None, priority: Some(5) }).unwrap();
    assert_eq!(how_far(&mut shop, "WO-1").steps[0].wip, quantity("30"));
}

#[test]
fn a_host_call_that_fails_leaves_orders_as_they_were() {
    let mut shop = shop("WO-1", "100", &["车削", "磨削"]);
    made(&mut shop, "WO-1/10", "30", "2", "0").unwrap();
    let counted = |shop: &testing::Module| (shop.rows::<Order>(), shop.rows::<Job>(), shop.event_names().len());
    let split = split_order { number: text("WO-1"), quantity: quantity("40"), new_number: Some(text("WO-2")) };
    shop.fail_each_host_call(&split, |shop, outcome| {
        assert_eq!(counted(shop), if outcome.is_ok() { (2, 4, 2) } else { (1, 2, 1) });
        assert_eq!(how_far(shop, "WO-1").issued, if outcome.is_ok() { quantity("60") } else { quantity("100") });
    })
    .unwrap();
    let merge = merge_orders { from: text("WO-2"), into: text("WO-1") };
    shop.fail_each_host_call(&merge, |shop, outcome| {
        assert_eq!(counted(shop), if outcome.is_ok() { (2, 2, 2) } else { (2, 4, 2) });
    })
    .unwrap();
    assert_eq!(at_step(&how_far(&mut shop, "WO-1"), 0).0, ["100", "30", "2", "68", "0", "68"]);
}

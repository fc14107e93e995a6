//! Without work orders, with and without traceability: what is typed is taken, and lots are kept or booked.

use super::*;
use crate::corrections::{correct, undo};
use crate::crew::CrewPart;
use crate::lots::{CONSUMED_MAX, Consumed, Consumption};
use crate::others::book;
use std::sync::{Arc, Mutex};

fn alone() -> testing::Module {
    let mut module = module();
    for other in ["work-orders", "traceability", "plant"] {
        module.without(other);
    }
    module.act_as("wang", "operator");
    module
}

fn consumed(lots: &[(&str, &str)]) -> Vec<Consumed> {
    lots.iter().map(|(lot, amount)| Consumed { lot: text(lot), quantity: quantity(amount) }).collect()
}

#[test]
fn without_work_orders_the_reporter_says_what_was_made() {
    let mut module = alone();
    assert_refused(module.run(with!(plain("", "5", "0"); card: None)), "material-needed", "material");
    let typed = with!(plain("", "5", "1"); card: None, material: Some(text("P-1")), unit: Some(text("kg")));
    let told = tell(&mut module, typed);
    assert_eq!((told.job, told.over), (None, quantity("0")));
    let event = last_event(&module);
    assert_eq!((event.material, event.unit, event.order, event.last), (text("P-1"), text("kg"), text(""), true));
    tell(&mut module, with!(plain("WO-7/20", "5", "0"); material: Some(text("P-1"))));
    let event = last_event(&module);
    assert_eq!((event.card, event.order, event.step, event.unit), (text("WO-7/20"), text("WO-7"), 20, text("pcs")));
    module.run(undo { corrects: event.report, entry: None }).unwrap();
    assert_eq!(last_event(&module).good, quantity("-5"));
}

#[test]
fn what_no_job_counted_is_taken_back_from_no_job() {
    let mut module = alone();
    let id = tell(&mut module, with!(plain(" WO-7/20 ", "5", "0"); material: Some(text("P-1")))).entry;
    assert_eq!(all_reports(&mut module)[0].card, text("WO-7/20"));
    // Work orders are subscribed meanwhile, and have such a card.
    module.answer(|_: take_output| Err(reject("negative-total", "This takes back more than was reported")));
    module.run(undo { corrects: id, entry: None }).unwrap();
    assert_eq!(last_event(&module).good, quantity("-5"));
}

#[test]
fn without_traceability_lots_are_kept_here() {
    let mut module = alone();
    let made = with!(plain("WO-7/20", "5", "0");
        lot: Some(text("L-1")), consumed: consumed(&[("M-1", "2.5"), ("M-2", "1")]), material: Some(text("P-1"))
    );
    let id = tell(&mut module, made).entry;
    let kept = &all_reports(&mut module)[0];
    assert_eq!((kept.lot.clone(), kept.booked, module.rows::<Consumption>()), (Some(text("L-1")), false, 2));
    // What was kept here only is corrected here only, though traceability is subscribed by now.
    module.answer(|_: book| Err(reject("unknown-lot", "There is no such lot")));
    module.run(undo { corrects: id, entry: None }).unwrap();
    assert_eq!(module.rows::<Consumption>(), 4);
}

#[test]
fn lists_of_lots_are_checked() {
    let mut module = alone();
    let goes_in = |lots| with!(plain("WO-7/20", "5", "0"); consumed: lots, material: Some(text("P-1")));
    assert_refused(module.run(goes_in(consumed(&[("M-1", "-1")]))), "bad-quantity", "consumed/0/quantity");
    assert_refused(module.run(goes_in(consumed(&[("M-1", "1"), ("M-1", "1")]))), "duplicate-lot", "consumed/1/lot");
    assert_refused(module.run(goes_in(consumed(&[("", "1")]))), "lot-needed", "consumed/0/lot");
    let many = |count| (0..count).map(|at| Consumed { lot: text(&at.to_string()), quantity: quantity("1") }).collect();
    assert_refused(module.run(goes_in(many(CONSUMED_MAX + 1))), "too-many-lots", "consumed");
    tell(&mut module, goes_in(many(CONSUMED_MAX)));
    let homeless = with!(goes_in(consumed(&[("M-1", "1")])); card: None);
    assert_refused(module.run(homeless), "lot-needed", "lot");
}

/// A shop whose traceability writes down what it is told.
fn traced() -> (testing::Module, Arc<Mutex<Vec<book>>>) {
    let mut shop = shop("WO-1", "100");
    let books = Arc::new(Mutex::new(Vec::new()));
    let kept = books.clone();
    // The last mention of a module counts: it is there again.
    let mut traced = module();
    traced.answer(|call: take_output| ask(&carried::<_, orders::jobs::take_output>(&call)));
    traced.answer(move |call: book| {
        if call.lot == "full" {
            return Err(reject("lot-blocked", "This lot is blocked"));
        }
        kept.lock().unwrap().push(call);
        Ok(())
    });
    traced.act_as("wang", "operator");
    std::mem::swap(&mut shop, &mut traced);
    (shop, books)
}

#[test]
fn lots_are_booked_with_the_report_and_taken_back_with_its_correction() {
    let (mut shop, books) = traced();
    let goes_in = consumed(&[("M-1", "2.5"), ("M-2", "1")]);
    tell(&mut shop, with!(plain("WO-1/10", "5", "0"); consumed: goes_in.clone()));
    let id = tell(&mut shop, with!(plain("WO-1/30", "5", "1"); lot: Some(text("L-1")), consumed: goes_in)).entry;
    let changed = correct {
        corrects: id.clone(),
        good: Some(quantity("4")),
        scrap: None,
        rework: None,
        reason: None,
        crew: vec![],
        consumed: consumed(&[("M-1", "2"), ("M-3", "1")]),
        entry: None,
    };
    shop.run(changed).unwrap();
    shop.run(undo { corrects: id, entry: None }).unwrap();
    let books = books.lock().unwrap();
    let told: Vec<_> = books.iter().map(|book| (book.lot.as_str(), book.quantity, book.consumed.clone())).collect();
    // At the first operation the order's own lot takes what went in; nothing of a lot is made there.
    assert_eq!(told[0], ("WO-1", quantity("0"), consumed(&[("M-1", "2.5"), ("M-2", "1")])));
    assert_eq!(told[1], ("L-1", quantity("5"), consumed(&[("M-1", "2.5"), ("M-2", "1")])));
    assert_eq!(told[2], ("L-1", quantity("-1"), consumed(&[("M-1", "-0.5"), ("M-3", "1"), ("M-2", "-1")])));
    assert_eq!(told[3], ("L-1", quantity("-4"), consumed(&[("M-1", "-2"), ("M-3", "-1")])));
    assert!(all_reports(&mut shop).iter().all(|report| report.booked));
}

#[test]
fn an_entry_whose_lot_is_refused_leaves_its_job_as_it_was() {
    let (mut shop, books) = traced();
    let at = shop.now();
    let refused = with!(told_of("WO-1/30", 5, 0); entry: text("e-1"), at: at, lot: Some(text("full")));
    let fine = with!(told_of("WO-1/30", 3, 0); entry: text("e-2"), at: at);
    let fates = shop.run(crate::sync::sync { entries: vec![refused, fine] }).unwrap();
    let codes: Vec<_> = fates.iter().map(|synced| synced.code.as_ref().map(ToString::to_string)).collect();
    assert_eq!(codes, [Some("lot-blocked".to_owned()), None]);
    assert_eq!((totals("WO-1")[2][0], shop.rows::<Report>()), (quantity("3"), 1));
    assert!(books.lock().unwrap().is_empty());
}

#[test]
fn a_host_call_that_fails_leaves_nothing_of_a_report() {
    let mut module = alone();
    let consumed = consumed(&[("M-1", "2.5")]);
    let typed = with!(plain("WO-7/20", "5", "1");
        material: Some(text("P-1")), consumed: consumed, entry: Some(text("r"))
    );
    let whole = |module: &testing::Module| {
        (module.rows::<Report>(), module.rows::<CrewPart>(), module.rows::<Consumption>(), module.event_names().len())
    };
    let check = |module: &mut testing::Module, outcome: &Outcome<Told>| {
        let expected = if outcome.is_ok() { (1, 1, 1, 1) } else { (0, 0, 0, 0) };
        assert_eq!(whole(module), expected, "{outcome:?}");
    };
    module.fail_each_host_call(&typed, check).unwrap();
    assert_eq!(whole(&module), (1, 1, 1, 1));
    let back = undo { corrects: text("r"), entry: Some(text("u")) };
    let check = |module: &mut testing::Module, outcome: &Outcome<Told>| {
        assert_eq!(whole(module).0, if outcome.is_ok() { 2 } else { 1 }, "{outcome:?}");
    };
    module.fail_each_host_call(&back, check).unwrap();
    assert_eq!(whole(&module), (2, 2, 2, 2));
}

/// Each call of the host is a statement in the tenant's turn: what others add in theirs is one call each here.
#[test]
fn a_report_and_its_correction_ask_the_host_no_more_often_than_they_must() {
    let (mut shop, _) = traced();
    let told = with!(
        plain("WO-1/30", "5", "1"); lot: Some(text("L-1")), consumed: consumed(&[("M-1", "2.5")]), entry: Some(text("e-1"))
    );
    tell(&mut shop, told);
    // Who it is, since when they work, whether it is known; the job and the lots; three records and the event; what waits
    // for it.
    assert_eq!(shop.used().host_calls, 10);
    shop.run(undo { corrects: text("e-1"), entry: Some(text("e-2")) }).unwrap();
    assert_eq!(shop.used().host_calls, 12);
}

#[test]
fn a_lot_that_is_gone_is_told_at_the_quantity_that_was_reported() {
    let (mut shop, _) = traced();
    shop.answer(|_: book| Err(reject("lot-too-small", "Lot L-1 has 1 left, not 4").field("quantity")));
    let told = with!(plain("WO-1/30", "5", "0"); lot: Some(text("L-1")));
    assert_refused(shop.run(told), "lot-too-small", "good");
}

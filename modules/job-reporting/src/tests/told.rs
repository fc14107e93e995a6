//! One report at a time: quantities, counters, times, corrections.

use super::*;
use crate::activities::{pause, start};
use crate::corrections::{correct, undo};
use crate::counter::Readings;
use crate::entry::SKEW_US;
use crate::mine::my_jobs;

fn right(corrects: &Text<64>, good: Option<&str>, scrap: Option<&str>) -> correct {
    correct {
        corrects: corrects.clone(),
        good: good.map(quantity),
        scrap: scrap.map(quantity),
        rework: None,
        reason: None,
        crew: vec![],
        consumed: vec![],
        entry: None,
    }
}

#[test]
fn good_scrap_and_reason_are_one_act_that_moves_the_job() {
    let mut shop = shop("WO-1", "100");
    let (reason, rework) = (Some(text("毛刺")), Some(quantity("3")));
    let told = tell(&mut shop, with!(plain("WO-1/10", "40", "2"); reason: reason, rework: rework));
    assert!(!told.known && told.overlaps.is_empty());
    let job = told.job.unwrap();
    assert_eq!((job.good, job.scrap, job.planned, job.first), (quantity("40"), quantity("2"), quantity("100"), true));
    assert_eq!(totals("WO-1")[0], ["40", "2", "3", "58"].map(quantity));
    let event = last_event(&shop);
    assert_eq!((event.order, event.material, event.step), (text("WO-1"), text("P-1"), 10));
    assert_eq!((event.good, event.scrap, event.rework), (quantity("40"), quantity("2"), quantity("3")));
    assert_eq!((event.last, event.equipment, event.reason), (false, Some(text("press-1")), Some(text("毛刺"))));
    let over = tell(&mut shop, plain("WO-1/10", "70", "0"));
    assert_eq!(over.over, quantity("12"), "taken, and pointed out");
}

#[test]
fn the_same_id_counts_once() {
    let mut shop = shop("WO-1", "100");
    let once = || with!(plain("WO-1/10", "40", "0"); entry: Some(text("t1-7")));
    assert!(!tell(&mut shop, once()).known);
    assert!(tell(&mut shop, once()).known);
    assert!(tell(&mut shop, with!(once(); card: Some(text(" WO-1/10\n")))).known);
    assert_eq!((totals("WO-1")[0][0], shop.rows::<Report>()), (quantity("40"), 1));
}

#[test]
fn a_counter_says_what_was_made() {
    let counted = |start, end, modulus| Readings { start, end, modulus }.counted();
    assert_eq!(counted(120, 165, None), Ok(45));
    assert_eq!(counted(9_990, 15, Some(10_000)), Ok(25));
    assert_eq!(counted(5, 5, Some(10_000)), Ok(0));
    assert_eq!(counted(0, 9_999, Some(10_000)), Ok(9_999));
    assert_refused(counted(165, 120, None), "counter-went-back", "counter_end");
    assert_refused(counted(10_000, 1, Some(10_000)), "bad-reading", "counter_start");
    assert_refused(counted(1, -1, None), "bad-reading", "counter_end");
    assert_refused(counted(0, 1, Some(1)), "bad-modulus", "counter_modulus");
    let mut shop = shop("WO-1", "100");
    let read = |scrap: &str, good: Option<&str>| {
        with!(plain("WO-1/10", "0", scrap);
            good: good.map(quantity), counter_start: Some(9_990), counter_end: Some(15), counter_modulus: Some(10_000)
        )
    };
    assert_eq!(tell(&mut shop, read("3", None)).good, quantity("22"));
    assert_eq!(tell(&mut shop, read("3", Some("22"))).good, quantity("22"));
    assert_refused(shop.run(read("3", Some("23"))), "counter-disagrees", "good");
    assert_refused(shop.run(read("26", None)), "scrap-exceeds-made", "scrap");
    assert_refused(shop.run(with!(read("0", None); counter_end: None)), "reading-missing", "counter_end");
    let absurd = with!(read("0", None); counter_start: Some(0), counter_end: Some(i64::MAX), counter_modulus: None);
    assert_refused(shop.run(absurd), "quantity-too-large", "counter_end");
    assert_eq!(totals("WO-1")[0][0], quantity("44"));
}

#[test]
fn absurd_reports_are_refused_and_nothing_of_them_is_kept() {
    let mut shop = shop("WO-1", "100");
    assert_refused(shop.run(plain("WO-1/10", "-1", "0")), "negative-quantity", "good");
    assert_refused(shop.run(plain("WO-1/10", "1", "-1")), "negative-quantity", "scrap");
    assert_refused(shop.run(plain("WO-1/10", "1000000001", "0")), "quantity-too-large", "good");
    assert_refused(shop.run(plain("WO-1/10", "0", "0")), "nothing-reported", "good");
    assert_refused(shop.run(plain("WO-9/10", "1", "0")), "unknown-card", "card");
    let now = shop.now();
    let ends = |ended_at| with!(plain("WO-1/10", "1", "0"); ended_at: Some(ended_at));
    assert_refused(shop.run(ends(now.plus_us(SKEW_US + 1))), "in-the-future", "ended_at");
    assert_refused(shop.run(ends(now.plus_us(-SKEW_US - 1))), "before-release", "ended_at");
    let backwards = with!(plain("WO-1/10", "1", "0"); started_at: Some(now.plus_us(2)), ended_at: Some(now.plus_us(1)));
    assert_refused(shop.run(backwards), "ends-before-start", "ended_at");
    ORDERS.with_borrow_mut(|work| {
        work.run(orders::stages::close_order { number: text("WO-1") }).unwrap();
    });
    assert_refused(shop.run(plain("WO-1/10", "1", "0")), "order-closed", "card");
    assert_eq!((shop.rows::<Report>(), shop.event_names().len()), (0, 0));
    shop.act_as("guest", "viewer");
    assert_eq!(shop.run(plain("WO-1/10", "1", "0")).unwrap_err().code(), "not-allowed");
}

#[test]
fn a_late_report_carries_its_true_time() {
    let mut shop = shop("WO-1", "100");
    let made = shop.now();
    advance(&mut shop, 600);
    tell(&mut shop, with!(plain("WO-1/10", "5", "0"); ended_at: Some(made)));
    assert_eq!((last_event(&shop).ended_at, all_reports(&mut shop)[0].told_at), (made, shop.now()));
}

#[test]
fn the_time_since_the_start_is_that_of_the_report() {
    let mut shop = shop("WO-1", "100");
    let begin = |card: &str| start { card: text(card), person: None, equipment: None, at: None, entry: None };
    let stop =
        |reason: &str| pause { card: text("WO-1/10"), reason: text(reason), person: None, at: None, entry: None };
    let began = shop.now();
    shop.run(begin("WO-1/10")).unwrap();
    advance(&mut shop, 30);
    tell(&mut shop, plain("WO-1/10", "5", "0"));
    let event = last_event(&shop);
    assert_eq!((event.started_at, event.crew[0].seconds), (Some(began), 1_800));
    assert_refused(shop.run(stop(" ")), "reason-needed", "reason");
    shop.run(stop("缺料")).unwrap();
    tell(&mut shop, plain("WO-1/10", "5", "0"));
    assert_eq!(last_event(&shop).started_at, None);
    let mine = shop.run(my_jobs { person: None, equipment: None }).unwrap();
    assert_eq!((mine[0].running, mine[0].reason.clone()), (false, Some(text("缺料"))));
}

#[test]
fn a_correction_points_at_its_report_and_tells_the_difference() {
    let mut shop = shop("WO-1", "100");
    let id = tell(&mut shop, plain("WO-1/10", "40", "2")).entry;
    let first = all_reports(&mut shop)[0].clone();
    advance(&mut shop, 60);
    let told = shop.run(right(&id, Some("37"), Some("4"))).unwrap();
    assert_eq!((told.good, told.scrap), (quantity("-3"), quantity("2")));
    let event = last_event(&shop);
    assert_eq!((event.corrects, event.good, event.scrap), (Some(id.clone()), quantity("-3"), quantity("2")));
    assert_eq!((event.ended_at, event.crew[0].good), (first.ended_at, quantity("-3")));
    assert_eq!(totals("WO-1")[0], ["37", "4", "0", "59"].map(quantity));
    // What is not given is as first reported.
    shop.run(right(&id, None, Some("3"))).unwrap();
    assert_eq!(totals("WO-1")[0], ["40", "3", "0", "57"].map(quantity));
    shop.run(undo { corrects: id.clone(), entry: None }).unwrap();
    assert_eq!(totals("WO-1")[0], ["0", "0", "0", "100"].map(quantity));
    let all = all_reports(&mut shop);
    assert_eq!((all.len(), &all[3]), (4, &first), "the report itself is as it was");
    assert_eq!(all.iter().map(|report| report.good.0).sum::<i64>(), 0);
}

#[test]
fn who_corrects_here_has_the_last_word_over_a_terminal_whose_clock_is_fast() {
    let mut shop = shop("WO-1", "100");
    let id = tell(&mut shop, plain("WO-1/10", "40", "0")).entry;
    let at = shop.now().plus_us(SKEW_US - 1);
    let (corrects, good) = (Some(id.clone()), Some(quantity("38")));
    let early = with!(entry("t", EntryKind::Correct, at); corrects: corrects, good: good);
    shop.run(crate::sync::sync { entries: vec![early] }).unwrap();
    shop.run(right(&id, Some("39"), None)).unwrap();
    assert_eq!(totals("WO-1")[0][0], quantity("39"));
}

#[test]
fn a_correction_that_cannot_be_says_what_to_do() {
    let mut shop = shop("WO-1", "100");
    let id = tell(&mut shop, plain("WO-1/10", "40", "2")).entry;
    let fixed = shop.run(right(&id, Some("41"), None)).unwrap().entry;
    let stopped = shop.run(right(&fixed, Some("42"), None)).unwrap_err();
    assert_eq!(stopped.code(), "corrects-a-correction");
    assert!(stopped.message().contains(id.as_str()), "{}", stopped.message());
    assert_refused(shop.run(right(&text("nobody"), Some("1"), None)), "unknown-report", "corrects");
    assert_refused(shop.run(right(&id, Some("-1"), None)), "negative-quantity", "good");
    assert_eq!((totals("WO-1")[0][0], shop.rows::<Report>()), (quantity("41"), 2));
}

#[test]
fn a_correction_of_an_order_that_is_closed_points_at_what_it_corrects() {
    let mut shop = shop("WO-1", "100");
    let id = tell(&mut shop, plain("WO-1/10", "40", "2")).entry;
    ORDERS.with_borrow_mut(|work| work.run(orders::stages::close_order { number: text("WO-1") }).unwrap());
    assert_refused(shop.run(right(&id, Some("41"), None)), "order-closed", "corrects");
    assert_refused(shop.run(undo { corrects: id, entry: None }), "order-closed", "corrects");
}

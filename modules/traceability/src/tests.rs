//! What people may rely on when they follow a lot.

use super::module;
use crate::book::{Consumed, LotMade, book, make_lot, use_lot};
use crate::graph::{Direction, Edge, WALK_EDGES};
use crate::lots::{Code, Lot, Movement, lots, movements};
use crate::part::{Part, merge_lots, serialise_lot, split_lot};
use crate::plant::{Conversion, Material, SiteCalendar};
use crate::policy::{Expired, set_policy};
use crate::recall::{PAGE_LINES, genealogy, links, recall};
use crate::receive::{LotReceived, NewLot, import_lots, receive_lot};
use crate::scan::{May, PICK_LOTS, Why, pick, scan};
use crate::status::{LotBlocked, LotHeld, LotReleased, adjust_lot, block_lot, hold_lot, move_lot, release_lot};
use toolcrib_sdk::prelude::*;
use toolcrib_sdk::testing;

pub fn text<const N: u32>(text: &str) -> Text<N> {
    text.parse().unwrap()
}

pub fn quantity(text: &str) -> Decimal<6> {
    text.parse().unwrap()
}

pub fn received(lot: &str, material: &str, amount: &str, unit: &str) -> receive_lot {
    let (lot, material, quantity, unit) = (text(lot), text(material), quantity(amount), text(unit));
    receive_lot { new: NewLot { lot, material, quantity, unit, ..NewLot::blank() } }
}

fn expiring(lot: &str, amount: &str, day: &str) -> receive_lot {
    let mut new = received(lot, "glue", amount, "kg").new;
    new.expires_on = Some(day.parse().unwrap());
    receive_lot { new }
}

pub fn booked(source: &str, lot: &str, amount: &str, consumed: &[(&str, &str)]) -> book {
    book {
        source: text(source),
        lot: text(lot),
        material: text("chair"),
        unit: text("pcs"),
        quantity: quantity(amount),
        order: Some(text("WO-1")),
        equipment: Some(text("press-1")),
        consumed: consumed
            .iter()
            .map(|(lot, amount)| Consumed { lot: text(lot), quantity: quantity(amount) })
            .collect(),
        at: "2026-01-05T00:00:00Z".parse().unwrap(),
    }
}

pub fn lot(module: &mut testing::Module, code: &str) -> Lot {
    module.run(scan { code: text(code) }).unwrap().lot.unwrap().lot.value
}

/// Left, made, consumed, split off, scrapped.
fn balance(module: &mut testing::Module, code: &str) -> [String; 5] {
    let lot = lot(module, code);
    [lot.left, lot.made, lot.consumed, lot.split_off, lot.scrapped].map(|quantity| {
        let text = quantity.to_string();
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    })
}

fn found(module: &mut testing::Module, code: &str, direction: Direction) -> Vec<(i64, String, String, String)> {
    let ask = genealogy { lot: text(code), direction, generations: None, after: None };
    let links = module.run(ask).unwrap().links;
    let line = |link: crate::recall::Link| {
        (link.generation, link.lot.to_string(), link.of.to_string(), link.quantity.to_string())
    };
    links.into_iter().map(line).collect()
}

/// Ten kilograms of glue and a hundred legs.
fn shop() -> testing::Module {
    let mut shop = module();
    shop.without("plant");
    shop.run(received("glue-1", "glue", "10", "kg")).unwrap();
    shop.run(received("legs-1", "leg", "100", "pcs")).unwrap();
    shop
}

#[test]
fn golden_scenarios_hold() {
    testing::scenarios(&module(), "scenarios");
}

#[test]
fn a_booking_takes_its_lots_and_says_so() {
    let mut shop = shop();
    shop.run(booked("r-1", "chair-1", "20", &[("glue-1", "1.5"), ("legs-1", "80")])).unwrap();
    assert_eq!(balance(&mut shop, "chair-1"), ["20", "20", "0", "0", "0"]);
    assert_eq!(balance(&mut shop, "glue-1"), ["8.5", "10", "1.5", "0", "0"]);
    assert_eq!(balance(&mut shop, "legs-1"), ["20", "100", "80", "0", "0"]);
    let made = &shop.emitted::<LotMade>()[0];
    assert_eq!((made.lot.as_str(), made.quantity, made.order.clone()), ("chair-1", quantity("20"), Some(text("WO-1"))));
    assert_eq!(shop.emitted::<LotReceived>().len(), 2);
    // Every consumed lot is shown, not one of several.
    let links = found(&mut shop, "chair-1", Direction::Backward);
    let expected = [(1, "glue-1", "1.500000"), (1, "legs-1", "80.000000")];
    assert_eq!(links, expected.map(|(at, lot, amount)| (at, lot.into(), "chair-1".into(), amount.into())));
}

#[test]
fn the_same_source_twice_changes_nothing() {
    let mut shop = shop();
    for _ in 0..3 {
        shop.run(booked("r-1", "chair-1", "20", &[("legs-1", "80")])).unwrap();
    }
    assert_eq!(balance(&mut shop, "legs-1"), ["20", "100", "80", "0", "0"]);
    assert_eq!((shop.emitted::<LotMade>().len(), shop.rows::<Edge>()), (1, 1));
}

#[test]
fn a_correction_takes_back_what_it_corrects_and_no_more() {
    let mut shop = shop();
    shop.run(booked("r-1", "chair-1", "20", &[("legs-1", "80")])).unwrap();
    shop.run(booked("r-2", "chair-1", "-5", &[("legs-1", "-20")])).unwrap();
    assert_eq!(balance(&mut shop, "chair-1"), ["15", "15", "0", "0", "0"]);
    assert_eq!(balance(&mut shop, "legs-1"), ["40", "100", "60", "0", "0"]);
    let stopped = shop.run(booked("r-3", "chair-1", "0", &[("legs-1", "-61")])).unwrap_err();
    assert_eq!(stopped.code(), "not-consumed");
    assert_eq!(shop.run(booked("r-4", "chair-1", "-16", &[])).unwrap_err().code(), "lot-too-small");
    shop.run(booked("r-5", "chair-1", "-15", &[("legs-1", "-60")])).unwrap();
    assert_eq!((balance(&mut shop, "legs-1")[0].as_str(), shop.rows::<Edge>()), ("100", 0));
    assert_eq!(shop.run(booked("r-6", "never-made", "-1", &[])).unwrap_err().code(), "unknown-lot");
}

#[test]
fn a_refused_booking_leaves_nothing_and_names_the_line() {
    let mut shop = shop();
    for (line, code) in [(("gone", "1"), "unknown-lot"), (("legs-1", "100.000001"), "lot-too-small")] {
        let stopped = shop.run(booked("r-1", "chair-1", "20", &[("glue-1", "1"), line])).unwrap_err();
        let rejection = stopped.rejection().expect("rejected");
        assert_eq!(rejection.code, code);
        assert!(rejection.field.as_deref().unwrap().starts_with("consumed/1/"));
    }
    assert_eq!(balance(&mut shop, "glue-1"), ["10", "10", "0", "0", "0"]);
    assert_eq!((shop.rows::<Lot>(), shop.rows::<Movement>()), (2, 2));
    let other = book { material: text("table"), ..booked("r-2", "legs-1", "1", &[]) };
    assert_eq!(shop.run(other).unwrap_err().code(), "other-material");
    assert_eq!(shop.run(booked(" ", "chair-1", "1", &[])).unwrap_err().code(), "source-empty");
}

#[test]
fn a_booking_that_breaks_off_anywhere_leaves_nothing() {
    let mut shop = shop();
    let booking = booked("r-1", "chair-1", "20", &[("glue-1", "1.5"), ("legs-1", "80")]);
    let whole = shop.fail_each_host_call(&booking, |shop, outcome| {
        let kept = if outcome.is_ok() { (3, 5, 2, 1) } else { (2, 2, 0, 0) };
        let made = shop.emitted::<LotMade>().len();
        assert_eq!((shop.rows::<Lot>(), shop.rows::<Movement>(), shop.rows::<Edge>(), made), kept);
    });
    assert_eq!(whole, Ok(()));
}

#[test]
fn no_lot_is_ever_made_of_itself() {
    let mut shop = shop();
    shop.run(booked("r-1", "a", "10", &[("legs-1", "1")])).unwrap();
    shop.run(booked("r-2", "b", "10", &[("a", "1")])).unwrap();
    shop.run(booked("r-3", "c", "10", &[("b", "1")])).unwrap();
    for (output, input) in [("a", "a"), ("a", "c"), ("legs-1", "c"), ("b", "c")] {
        let material = lot(&mut shop, output).material;
        let circle = book { material, ..booked("r-4", output, "0", &[(input, "1")]) };
        assert_eq!(shop.run(circle).unwrap_err().code(), "would-contain-itself", "{input} into {output}");
    }
    let poured = merge_lots { lots: vec![text("c")], into: text("a") };
    assert_eq!(shop.run(poured).unwrap_err().code(), "would-contain-itself");
    shop.run(use_lot { lot: text("a"), into: text("c"), quantity: None, unit: None }).unwrap();
    assert_eq!(balance(&mut shop, "a"), ["0", "10", "10", "0", "0"]);
    assert_eq!(found(&mut shop, "legs-1", Direction::Forward).len(), 4);
}

#[test]
fn what_is_held_or_blocked_cannot_be_used() {
    let mut shop = shop();
    let because = || text("尺寸可疑");
    shop.run(hold_lot { lot: text("legs-1"), because: because() }).unwrap();
    let stopped = shop.run(booked("r-1", "chair-1", "1", &[("legs-1", "1")])).unwrap_err();
    assert_eq!(stopped.code(), "lot-held");
    assert!(stopped.message().contains("尺寸可疑"));
    shop.run(block_lot { lot: text("legs-1"), because: because() }).unwrap();
    shop.run(hold_lot { lot: text("legs-1"), because: because() }).unwrap();
    assert_eq!(shop.run(booked("r-1", "chair-1", "1", &[("legs-1", "1")])).unwrap_err().code(), "lot-blocked");
    let release = || release_lot { lot: text("legs-1"), because: because() };
    assert_eq!(shop.act_as("wang", "operator").run(release()).unwrap_err().code(), "release-needs-supervisor");
    shop.act_as("chen", "supervisor").run(release()).unwrap();
    shop.run(booked("r-1", "chair-1", "1", &[("legs-1", "1")])).unwrap();
    let told =
        (shop.emitted::<LotHeld>().len(), shop.emitted::<LotBlocked>().len(), shop.emitted::<LotReleased>().len());
    assert_eq!(told, (1, 1, 1));
    let silent = block_lot { lot: text("legs-1"), because: text("  ") };
    assert_eq!(shop.run(silent).unwrap_err().code(), "because-empty");
}

#[test]
fn an_expired_lot_warns_or_is_refused_as_the_plant_decided() {
    let mut shop = shop();
    shop.run(expiring("old", "5", "2026-01-04")).unwrap();
    shop.run(expiring("today", "5", "2026-01-05")).unwrap();
    let scanned = shop.run(scan { code: text(" old ") }).unwrap();
    assert!(scanned.heed.unwrap().as_str().contains("2026-01-04") && scanned.may.contains(&May::Use));
    shop.run(booked("r-1", "chair-1", "1", &[("old", "1")])).unwrap();
    shop.run(set_policy { expired: Expired::Refuse }).unwrap();
    assert_eq!(shop.run(booked("r-2", "chair-1", "1", &[("old", "1")])).unwrap_err().code(), "lot-expired");
    assert!(!shop.run(scan { code: text("old") }).unwrap().may.contains(&May::Use));
    shop.run(booked("r-2", "chair-1", "1", &[("today", "1")])).unwrap();
    // What it was when it was used counts, not when it is booked; a correction is always possible.
    shop.at("2026-02-01T00:00:00Z");
    shop.run(booked("r-3", "chair-1", "1", &[("today", "1")])).unwrap();
    shop.run(booked("r-4", "chair-1", "0", &[("old", "-1")])).unwrap();
}

#[test]
fn the_first_to_expire_is_proposed_first_and_what_is_skipped_is_said() {
    let mut shop = shop();
    for (code, amount, day) in [
        ("late", "5", "2026-09-01"),
        ("bad", "7", "2026-02-01"),
        ("soon", "3", "2026-03-01"),
        ("old", "2", "2026-01-01"),
    ] {
        shop.run(expiring(code, amount, day)).unwrap();
    }
    shop.run(block_lot { lot: text("bad"), because: text("受潮") }).unwrap();
    shop.run(move_lot { lot: text("soon"), place: text("R2-03") }).unwrap();
    let ask = |amount: &str, unit: Option<&str>| pick {
        material: text("glue"),
        quantity: quantity(amount),
        unit: unit.map(text),
    };
    let picked = shop.run(ask("9.5", None)).unwrap();
    let taken: Vec<_> = picked.take.iter().map(|line| (line.lot.as_str(), line.take.to_string())).collect();
    let expected = [("soon", "3.000000"), ("late", "5.000000"), ("glue-1", "1.500000")];
    assert_eq!(taken, expected.map(|(lot, amount)| (lot, amount.to_owned())));
    let skipped: Vec<_> = picked.skipped.iter().map(|line| (line.lot.as_str(), line.why)).collect();
    assert_eq!(skipped, [("old", Why::Expired), ("bad", Why::Blocked)]);
    assert_eq!((picked.short, picked.take[0].place.clone()), (Decimal::ZERO, Some(text("R2-03"))));
    let grams = shop.run(ask("20000", Some("g"))).unwrap();
    assert_eq!((grams.short, grams.take.len()), (quantity("2000"), 3));
    assert_eq!(shop.run(ask("0", None)).unwrap_err().code(), "quantity-not-positive");
}

#[test]
fn a_proposal_looks_at_so_many_lots_and_no_further() {
    let mut shop = shop();
    let row = |at: usize| NewLot {
        lot: text(&format!("g{at}")),
        material: text("oil"),
        quantity: quantity("1"),
        unit: text("L"),
        place: None,
        expires_on: None,
        supplier: None,
    };
    shop.run(import_lots { rows: (0..=PICK_LOTS).map(row).collect() }).unwrap();
    let picked = shop.run(pick { material: text("oil"), quantity: quantity("501"), unit: None }).unwrap();
    assert_eq!((picked.take.len(), picked.short), (PICK_LOTS, quantity("1")));
    assert_eq!(shop.emitted::<LotReceived>().len(), 2);
    let rows = vec![row(1_000), NewLot { quantity: quantity("-1"), ..row(1_001) }];
    let stopped = shop.run(import_lots { rows }).unwrap_err();
    let rejection = stopped.rejection().expect("rejected");
    assert_eq!(rejection.field.as_deref(), Some("rows/1/quantity"));
    assert_eq!(shop.run(lots { material: Some(text("oil")), after: None }).unwrap().rows.len(), 100);
    assert_eq!(shop.run(import_lots { rows: (2_000..3_000).map(row).collect() }).unwrap().added, 1_000);
}

#[test]
fn parts_carry_the_state_of_the_whole_and_pour_back_together() {
    let mut shop = shop();
    shop.run(hold_lot { lot: text("legs-1"), because: text("待检") }).unwrap();
    let parts = |amounts: &[(&str, &str)]| split_lot {
        lot: text("legs-1"),
        into: amounts.iter().map(|(lot, amount)| Part { lot: text(lot), quantity: quantity(amount) }).collect(),
    };
    shop.run(parts(&[("legs-1a", "30"), ("legs-1b", "20")])).unwrap();
    assert_eq!(balance(&mut shop, "legs-1"), ["50", "100", "0", "50", "0"]);
    assert_eq!(shop.run(scan { code: text("legs-1a") }).unwrap().heed, Some(text("待检")));
    for (bad, code) in [
        ([("x", "30"), ("x", "1")], "code-taken"),
        ([("x", "30"), ("y", "21")], "lot-too-small"),
        ([("x", "30"), ("y", "0")], "quantity-not-positive"),
        ([("x", "30"), (" y", "1")], "bad-code"),
    ] {
        assert_eq!(shop.run(parts(&bad)).unwrap_err().code(), code);
    }
    let pour = || merge_lots { lots: vec![text("legs-1a"), text("legs-1b")], into: text("legs-2") };
    assert_eq!(shop.run(pour()).unwrap_err().code(), "lot-held");
    for code in ["legs-1a", "legs-1b"] {
        shop.run(release_lot { lot: text(code), because: text("合格") }).unwrap();
    }
    shop.run(pour()).unwrap();
    assert_eq!(balance(&mut shop, "legs-2"), ["50", "50", "0", "0", "0"]);
    assert_eq!(balance(&mut shop, "legs-1b"), ["0", "20", "0", "20", "0"]);
    assert_eq!(shop.run(pour()).unwrap_err().code(), "lot-empty");
    assert_eq!(found(&mut shop, "legs-2", Direction::Backward).len(), 4);
    let mixed = merge_lots { lots: vec![text("glue-1")], into: text("legs-2") };
    assert_eq!(shop.run(mixed).unwrap_err().code(), "other-material");
}

#[test]
fn a_serial_number_is_one_piece_with_a_history_of_its_own() {
    let mut shop = shop();
    shop.run(booked("r-1", "chair-1", "2", &[("legs-1", "8")])).unwrap();
    shop.run(serialise_lot { lot: text("chair-1"), serials: vec![text("SN-1"), text("SN-2")] }).unwrap();
    assert_eq!(balance(&mut shop, "chair-1"), ["0", "2", "0", "2", "0"]);
    let third = serialise_lot { lot: text("chair-1"), serials: vec![text("SN-3")] };
    assert_eq!(shop.run(third).unwrap_err().code(), "lot-too-small");
    assert_eq!(shop.run(booked("r-2", "SN-1", "1", &[])).unwrap_err().code(), "serial-is-one");
    let ancestors = found(&mut shop, "SN-2", Direction::Backward);
    assert_eq!(
        ancestors.iter().map(|link| (link.0, link.1.as_str())).collect::<Vec<_>>(),
        [(1, "chair-1"), (2, "legs-1")]
    );
    let recalled = shop.run(recall { lot: text("legs-1"), after: None }).unwrap();
    let lots: Vec<_> = recalled.lots.iter().map(|lot| (lot.generation, lot.lot.as_str(), lot.left)).collect();
    let (one, none) = (quantity("1"), Decimal::ZERO);
    assert_eq!(lots, [(0, "legs-1", quantity("92")), (1, "chair-1", none), (2, "SN-1", one), (2, "SN-2", one)]);
}

#[test]
fn adjustments_say_why_and_stay_in_balance() {
    let mut shop = shop();
    let adjust = |change: &str, because: &str| adjust_lot {
        lot: text("legs-1"),
        change: quantity(change),
        because: text(because),
    };
    shop.run(adjust("-4", "断裂报废")).unwrap();
    shop.run(adjust("1", "盘点多出")).unwrap();
    assert_eq!(balance(&mut shop, "legs-1"), ["97", "101", "0", "0", "4"]);
    assert_eq!(shop.run(adjust("0", "x")).unwrap_err().code(), "nothing-changes");
    assert_eq!(shop.run(adjust("-98", "x")).unwrap_err().code(), "lot-too-small");
    assert_eq!(shop.run(adjust("1", "")).unwrap_err().code(), "because-empty");
    assert_eq!(shop.act_as("li", "operator").run(adjust("1", "x")).unwrap_err().code(), "not-allowed");
    let history = shop.run(movements { lot: text("legs-1"), after: None }).unwrap().rows;
    assert_eq!(history.iter().map(|line| line.quantity.0).sum::<i64>(), 97_000_000);
    assert_eq!(history[1].because, Some(text("断裂报废")));
}

#[test]
fn the_plant_gives_units_shelf_life_and_its_own_day() {
    let mut shop = module();
    shop.share(&Material { code: text("bolt"), name: text("螺栓"), unit: text("pcs"), shelf_life_days: Some(30) });
    let (numerator, denominator) = (500, 3);
    shop.share(&Conversion { material: text("bolt"), unit: text("kg"), numerator, denominator });
    shop.share(&SiteCalendar { code: text("site"), zone: text("Asia/Tokyo") });
    shop.at("2026-01-05T15:00:00Z");
    shop.run(received("b-1", "bolt", "600", "g")).unwrap();
    let kept = lot(&mut shop, "b-1");
    assert_eq!((kept.left, kept.unit.as_str()), (quantity("100"), "pcs"));
    assert_eq!(kept.expires_on.unwrap().to_string(), "2026-02-05");
    let stopped = shop.run(received("b-2", "bolt", "1", "m")).unwrap_err();
    assert_eq!(stopped.code(), "units-do-not-convert");
    shop.run(received("nut-1", "nut", "2", "kg")).unwrap();
    let part =
        use_lot { lot: text("b-1"), into: text("nut-1"), quantity: Some(quantity("0.3")), unit: Some(text("kg")) };
    shop.run(part).unwrap();
    assert_eq!(balance(&mut shop, "b-1"), ["50", "100", "50", "0", "0"]);
}

#[test]
fn a_lot_in_the_making_can_be_fed_before_anything_is_made() {
    let mut shop = shop();
    let open = make_lot {
        lot: text("chair-9"),
        material: text("chair"),
        quantity: Decimal::ZERO,
        unit: text("pcs"),
        order: None,
        consumed: Vec::new(),
    };
    shop.run(open).unwrap();
    let feed = use_lot { lot: text("legs-1"), into: text("chair-9"), quantity: Some(quantity("40")), unit: None };
    shop.run(feed).unwrap();
    shop.run(booked("r-1", "chair-9", "10", &[])).unwrap();
    assert_eq!(balance(&mut shop, "chair-9")[0], "10");
    assert_eq!(found(&mut shop, "chair-9", Direction::Backward).len(), 1);
    let nothing = use_lot { lot: text("legs-1"), into: text("chair-9"), quantity: Some(Decimal::ZERO), unit: None };
    assert_eq!(shop.run(nothing).unwrap_err().code(), "quantity-not-positive");
}

#[test]
fn an_unknown_code_may_become_a_lot_and_a_bad_one_never() {
    let mut shop = shop();
    let scanned = shop.run(scan { code: text("new-1") }).unwrap();
    assert_eq!((scanned.lot, scanned.may), (None, vec![May::Receive, May::Make]));
    assert!(shop.run(scan { code: text(&"x".repeat(200)) }).unwrap().lot.is_none());
    for (bad, code) in [("", "bad-code"), (" x", "bad-code"), ("a\nb", "bad-code"), ("legs-1", "code-taken")] {
        assert_eq!(shop.run(received(bad, "leg", "1", "pcs")).unwrap_err().code(), code, "{bad:?}");
    }
    assert_eq!(shop.run(received("x", "leg", "0", "pcs")).unwrap_err().code(), "quantity-not-positive");
    assert_eq!(shop.run(received("x", " ", "1", "pcs")).unwrap_err().code(), "field-empty");
    let huge = received("x", "leg", "999999999999", "pcs");
    shop.run(huge).unwrap();
    let more = adjust_lot { lot: text("x"), change: quantity("1"), because: text("多") };
    assert_eq!(shop.run(more).unwrap_err().code(), "quantity-too-large");
}

#[test]
fn a_genealogy_larger_than_a_page_goes_on_where_it_ended() {
    let mut shop = shop();
    let serials = |from: usize, count: usize| (from..from + count).map(|at| text::<64>(&format!("S{at:05}"))).collect();
    shop.run(received("sheet", "sheet", "2500", "pcs")).unwrap();
    for batch in 0..3 {
        shop.run(serialise_lot { lot: text("sheet"), serials: serials(batch * 700, 700) }).unwrap();
    }
    let mut codes: Vec<Code> = Vec::new();
    let mut after = None;
    loop {
        let part = shop.run(recall { lot: text("sheet"), after }).unwrap();
        assert!(part.lots.len() <= PAGE_LINES);
        codes.extend(part.lots.into_iter().map(|lot| lot.lot));
        // The walk ends at its limit and says where.
        assert_eq!(part.beyond[0], text("sheet"));
        after = part.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(codes.len(), WALK_EDGES + 1);
    codes.dedup();
    assert_eq!(codes.len(), WALK_EDGES + 1);
    // One generation has no limit.
    let (mut all, mut after) = (0, None);
    loop {
        let page = shop.run(links { lot: text("sheet"), direction: Direction::Forward, after }).unwrap();
        all += page.rows.len();
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(all, 2_100);
    // Into what so much was made of, nothing may go unseen.
    let more = book { material: text("sheet"), ..booked("r-9", "sheet", "0", &[("legs-1", "1")]) };
    assert_eq!(shop.run(more).unwrap_err().code(), "genealogy-too-large");
}

/// Each call of the host is a statement in the tenant's turn. A lot that nothing is made of has no descendants to look for.
#[test]
fn a_booking_asks_the_host_no_more_often_than_it_must() {
    let mut module = module();
    module.without("plant");
    module.run(received("C-1", "coil", "1000", "kg")).unwrap();
    module.run(booked("R-1", "L-1", "5", &[("C-1", "2")])).unwrap();
    // Known, the lot, the plant's unit; line and lot; the coil, its edge twice, line and coil; the event.
    assert_eq!(module.used().host_calls, 11);
    module.run(booked("R-2", "L-1", "5", &[("C-1", "2")])).unwrap();
    assert_eq!(module.used().host_calls, 10);
    module.run(booked("R-3", "P-1", "1", &[("L-1", "1")])).unwrap();
    module.run(booked("R-4", "L-1", "5", &[("C-1", "2")])).unwrap();
    assert_eq!(
        module.used().host_calls,
        10 + 2,
        "something is made of it now: it is looked for, with what is made of that"
    );
}

#[test]
fn a_lot_of_which_nothing_is_left_in_its_own_unit_is_not_received() {
    let mut shop = module();
    shop.share(&Material { code: text("ink"), name: text("墨"), unit: text("kg"), shelf_life_days: None });
    let stopped = shop.run(received("i-1", "ink", "0.4", "mg")).unwrap_err();
    assert_eq!((stopped.code(), shop.rows::<Lot>()), ("quantity-not-positive", 0));
    shop.run(received("i-1", "ink", "1", "mg")).unwrap();
    assert_eq!(lot(&mut shop, "i-1").left, quantity("0.000001"));
}

#[test]
fn a_serial_number_is_not_poured_together_and_says_so() {
    let mut shop = shop();
    shop.run(serialise_lot { lot: text("legs-1"), serials: vec![text("SN-1")] }).unwrap();
    for (from, into) in [("SN-1", "new"), ("legs-1", "SN-1")] {
        let stopped = shop.run(merge_lots { lots: vec![text(from)], into: text(into) }).unwrap_err();
        assert_eq!((stopped.code(), stopped.message().contains("SN-1")), ("serial-is-one", true), "{from}");
    }
}

#[test]
fn what_was_booked_in_another_unit_is_taken_back_whole_however_it_was_rounded() {
    let mut shop = module();
    shop.share(&Material { code: text("chair"), name: text("椅"), unit: text("pcs"), shelf_life_days: None });
    shop.share(&Conversion { material: text("chair"), unit: text("kg"), numerator: 1, denominator: 3 });
    let told = |source: &str, amount: &str| book { unit: text("kg"), ..booked(source, "chair-1", amount, &[]) };
    // Ten thirds are 3.333333, but five thirds 1.666667 each: corrected to the half and then undone.
    for (source, amount) in [("r", "10"), ("c", "-5"), ("u", "-5"), ("u", "-5")] {
        shop.run(told(source, amount)).unwrap();
    }
    assert_eq!(balance(&mut shop, "chair-1"), ["0"; 5]);
    // What is more than rounding is still refused.
    shop.run(told("r-2", "10")).unwrap();
    assert_eq!(shop.run(told("c-2", "-10.0001")).unwrap_err().code(), "lot-too-small");
    assert_eq!(shop.run(booked("c-3", "chair-1", "-3.333334", &[])).unwrap_err().code(), "lot-too-small");
}

#[test]
fn a_refusal_names_the_field_that_was_filled_in() {
    let mut shop = shop();
    let field = |stopped: Stopped| stopped.rejection().unwrap().field.clone().unwrap();
    let take = |amount: &str| use_lot {
        lot: text("legs-1"),
        into: text("glue-1"),
        quantity: Some(quantity(amount)),
        unit: None,
    };
    assert_eq!(field(shop.run(take("101")).unwrap_err()), "quantity");
    let serials = serialise_lot { lot: text("legs-1"), serials: vec![text("SN-1"), text("SN-1")] };
    assert_eq!(field(shop.run(serials).unwrap_err()), "serials/1");
    shop.run(hold_lot { lot: text("legs-1"), because: text("查") }).unwrap();
    let stopped = shop.run(take("1")).unwrap_err();
    assert_eq!((stopped.code(), field(stopped.clone())), ("lot-held", "lot".to_owned()));
}

//! From opening an inspection to what becomes of a lot, as inspectors and other modules do it.

use super::module;
use crate::aql::{Aql, Level, Severity};
use crate::characteristics::{Nature, NewCharacteristic, import_characteristics};
use crate::decide::{InspectionDecided, decide_inspection};
use crate::inspections::{Inspection, Requirement, State, cancel_inspection, inspections, open_inspection};
use crate::neighbours::{Material, block_lot, hold_lot, release_lot};
use crate::nonconformances::{Disposition, Nonconformance, Progress, dispose, nonconformances, report_nonconformance};
use crate::plans::{Class, Counts, resume_plan, retire_plan, schemes, set_plan, set_plan_line, set_switching};
use crate::readings::{Defect, Measured, Reading, readings, record_defects, record_readings};
use crate::switching::Rules;
use serde_json::json;
use std::sync::{Arc, Mutex};
use toolcrib_sdk::prelude::*;
use toolcrib_sdk::testing;

pub fn text<const N: u32>(text: &str) -> Text<N> {
    text.parse().unwrap()
}

fn aql(text: &str) -> Option<Aql> {
    Some(text.parse().unwrap())
}

pub fn opened(material: &str, quantity: &str, lot: Option<&str>) -> open_inspection {
    open_inspection {
        material: text(material),
        quantity: quantity.parse().unwrap(),
        unit: None,
        lot: lot.map(text),
        plan: None,
        operation: None,
        equipment: Some(text("press-1")),
        order: None,
        resubmitted: None,
    }
}

pub fn plan(code: &str, major: &str) -> set_plan {
    set_plan {
        code: text(code),
        material: text("shaft"),
        operation: None,
        receipt: false,
        level: Level::Ii,
        major_aql: aql(major),
        minor_aql: None,
        counts: Counts::Units,
    }
}

pub fn defective(inspection: &Text<64>, count: i64) -> record_defects {
    let (inspection, defect) = (inspection.clone(), text("划伤"));
    record_defects { inspection, defect, count, class: None, characteristic: None }
}

pub fn decided(inspection: &Text<64>, inspected: i64) -> decide_inspection {
    decide_inspection { inspection: inspection.clone(), inspected: Some(inspected), note: None }
}

fn measured(code: &str, lower: &str, upper: &str) -> NewCharacteristic {
    NewCharacteristic {
        code: text(code),
        name: text(code),
        nature: Nature::Measured,
        unit: Some(text("mm")),
        lower: lower.parse().ok(),
        target: None,
        upper: upper.parse().ok(),
        defects: None,
    }
}

fn attribute(code: &str, defects: Option<&str>) -> NewCharacteristic {
    let nature = Nature::Attribute;
    NewCharacteristic { nature, unit: None, defects: defects.map(text), ..measured(code, "", "") }
}

/// A shop that follows no lots.
pub fn alone() -> testing::Module {
    let mut shop = module();
    for other in ["traceability", "plant"] {
        shop.without(other);
    }
    shop
}

/// What traceability was told, oldest first.
type Told = Arc<Mutex<Vec<String>>>;

/// A shop that follows its lots, all but one called `gone`.
fn following() -> (testing::Module, Told) {
    let mut shop = module();
    shop.without("plant");
    let told = Told::default();
    let hear = |told: &Told, what: &'static str| {
        let told = told.clone();
        move |lot: Text<64>| {
            if lot == *"gone" {
                return Err(reject("unknown-lot", "There is no lot gone").field("lot"));
            }
            told.lock().unwrap().push([what, " ", lot.as_str()].concat());
            Ok(())
        }
    };
    let (hold, block, release) = (hear(&told, "hold"), hear(&told, "block"), hear(&told, "release"));
    shop.answer(move |asked: hold_lot| hold(asked.lot));
    shop.answer(move |asked: block_lot| block(asked.lot));
    shop.answer(move |asked: release_lot| release(asked.lot));
    (shop, told)
}

fn said(told: &Told) -> Vec<String> {
    std::mem::take(&mut *told.lock().unwrap())
}

fn newest(shop: &mut testing::Module) -> Inspection {
    shop.run(inspections { state: None, after: None }).unwrap().rows[0].inspection.value.clone()
}

#[test]
fn golden_scenarios_hold() {
    testing::scenarios(&module(), "scenarios");
}

#[test]
fn a_material_without_a_plan_is_inspected_at_once() {
    let mut shop = alone();
    let code = shop.run(opened("bracket", "1000", None)).unwrap();
    let row = newest(&mut shop);
    assert_eq!(
        (row.code.as_str(), row.plan.as_str(), row.sample, row.unit.as_str()),
        ("QI-000001", "default", 80, "pcs")
    );
    assert_eq!(shop.rows::<Requirement>(), 3);
    shop.run(defective(&code, 2)).unwrap();
    shop.run(record_defects { class: Some(Class::Minor), ..defective(&code, 5) }).unwrap();
    assert_eq!(shop.run(decided(&code, 80)), Ok(true));
    let told = &shop.emitted::<InspectionDecided>()[0];
    assert_eq!((told.accepted, told.sample, told.defects, told.lot.clone()), (true, 80, 7, None));
    // One major defect more is one too many; so is any critical one.
    for (class, count) in [(Class::Major, 3), (Class::Minor, 6), (Class::Critical, 1)] {
        let code = shop.run(opened("bracket", "1000", None)).unwrap();
        shop.run(record_defects { class: Some(class), ..defective(&code, count) }).unwrap();
        assert_eq!(shop.run(decided(&code, 80)), Ok(false), "{class:?}");
    }
    assert_eq!(shop.rows::<Nonconformance>(), 3);
}

#[test]
fn nothing_unseen_is_accepted() {
    let mut shop = alone();
    let code = shop.run(opened("bracket", "1000", None)).unwrap();
    let silent = decide_inspection { inspected: None, ..decided(&code, 0) };
    assert_eq!(shop.run(silent).unwrap_err().code(), "inspected-missing");
    assert_eq!(shop.run(decided(&code, 79)).unwrap_err().code(), "sample-too-small");
    // What is bad enough is rejected before all was seen.
    shop.run(defective(&code, 3)).unwrap();
    assert_eq!(shop.run(decided(&code, 20)), Ok(false));
    for again in [shop.run(decided(&code, 80)).unwrap_err(), shop.run(defective(&code, 1)).unwrap_err()] {
        assert_eq!(again.code(), "inspection-over");
    }
    assert_eq!(shop.run(decided(&text("QI-9"), 1)).unwrap_err().code(), "unknown-inspection");
}

#[test]
fn readings_are_numbers_or_yes_and_no_and_never_empty() {
    let mut shop = alone();
    let rows = vec![measured("length", "9.9", "10.1"), attribute("surface", Some("划伤，毛刺"))];
    shop.run(import_characteristics { rows }).unwrap();
    shop.run(plan("P1", "6.5")).unwrap();
    for characteristic in ["length", "surface"] {
        let (plan, class) = (text("P1"), Class::Major);
        shop.run(set_plan_line { plan, characteristic: text(characteristic), class }).unwrap();
    }
    let code = shop.run(opened("shaft", "20", None)).unwrap();
    let enter = |characteristic: &str, readings: &[&str]| record_readings {
        inspection: code.clone(),
        characteristic: text(characteristic),
        readings: readings.iter().map(|reading| text(reading)).collect(),
    };
    for (characteristic, readings, wrong) in [
        ("length", &["10", ""][..], "reading-empty"),
        ("length", &["10", "ten"], "reading-not-a-number"),
        ("surface", &["OK", "maybe"], "reading-unclear"),
        ("surface", &["OK", "  "], "reading-empty"),
        ("length", &[], "readings-empty"),
        ("weight", &["1"], "unknown-characteristic"),
        ("length", &["10"; 9], "sample-full"),
    ] {
        assert_eq!(shop.run(enter(characteristic, readings)).unwrap_err().code(), wrong);
    }
    let stopped = shop.run(enter("length", &["10", ""])).unwrap_err();
    let rejection = stopped.rejection().expect("rejected");
    assert_eq!(rejection.field.as_deref(), Some("readings/1"));
    assert_eq!(shop.rows::<Reading>(), 0);
    // On a limit is good. Twenty pieces are C; AQL 6.5 leads down to D: 8 pieces, Ac 1.
    assert_eq!(newest(&mut shop).sample, 8);
    shop.run(enter("length", &["9.9", "10.1", "10.100001", "10", "10"])).unwrap();
    shop.run(enter("surface", &["Yes", "OK", "不合格", "ok", "YES", "y", "合格", "Pass"])).unwrap();
    assert_eq!(shop.run(decided(&code, 8)).unwrap_err().code(), "readings-missing");
    shop.run(enter("length", &[" 10 ", "9.95", "10.05"])).unwrap();
    let told = shop.emitted::<Measured>();
    assert_eq!((told.len(), told[0].values.len(), told[1].values[0]), (2, 5, "10".parse().unwrap()));
    assert_eq!((told[0].unit.as_str(), told[0].equipment.clone()), ("mm", Some(text("press-1"))));
    // The third unit is bad twice and counts once.
    let (inspected, note) = (None, None);
    assert_eq!(shop.run(decide_inspection { inspection: code.clone(), inspected, note }), Ok(true));
    assert_eq!(shop.emitted::<InspectionDecided>()[0].defects, 1);
    assert_eq!(shop.run(readings { inspection: code, after: None }).unwrap().rows.len(), 16);
}

#[test]
fn defects_have_the_names_of_their_characteristic() {
    let mut shop = alone();
    let rows = vec![attribute("surface", Some("划伤，Burr"))];
    shop.run(import_characteristics { rows }).unwrap();
    let code = shop.run(opened("bracket", "50", None)).unwrap();
    let named = |defect: &str| record_defects {
        defect: text(defect),
        characteristic: Some(text("surface")),
        ..defective(&code, 1)
    };
    shop.run(named("burr ")).unwrap();
    assert_eq!(shop.run(named("裂纹")).unwrap_err().code(), "unknown-defect");
    assert_eq!(shop.run(named(" ")).unwrap_err().code(), "field-empty");
    assert_eq!(shop.run(defective(&code, 0)).unwrap_err().code(), "count-not-positive");
    assert_eq!(shop.run(defective(&code, 51)).unwrap_err().code(), "more-than-sample");
    assert_eq!(shop.run(defective(&code, i64::MAX)).unwrap_err().code(), "more-than-sample");
    assert_eq!(shop.rows::<Defect>(), 1);
}

#[test]
fn defects_per_hundred_units_count_every_defect() {
    let mut shop = alone();
    assert_eq!(shop.run(plan("P1", "40")).unwrap_err().code(), "aql-over-percent");
    shop.run(set_plan { counts: Counts::Defects, ..plan("P1", "40") }).unwrap();
    // Lot 100: F, n 20, AQL 40: Ac 14.
    for (count, accepted) in [(14, true), (15, false), (200, false)] {
        let code = shop.run(opened("shaft", "100", None)).unwrap();
        shop.run(defective(&code, count)).unwrap();
        assert_eq!(shop.run(decided(&code, 20)), Ok(accepted));
    }
    let code = shop.run(opened("shaft", "100", None)).unwrap();
    let minor = record_defects { class: Some(Class::Minor), ..defective(&code, 1) };
    assert_eq!(shop.run(minor).unwrap_err().code(), "class-not-sampled");
}

/// A slip of the finger in two classes must not leave an inspection that nobody can decide.
#[test]
fn more_defects_than_can_be_added_still_reject() {
    let mut shop = alone();
    shop.run(set_plan { counts: Counts::Defects, minor_aql: aql("2.5"), ..plan("P1", "1.0") }).unwrap();
    let code = shop.run(opened("shaft", "100", None)).unwrap();
    for class in [Class::Major, Class::Minor] {
        shop.run(record_defects { class: Some(class), ..defective(&code, i64::MAX) }).unwrap();
    }
    assert_eq!(shop.run(decided(&code, 20)), Ok(false));
    assert_eq!(shop.emitted::<InspectionDecided>()[0].defects, i64::MAX);
}

#[test]
fn a_lot_is_held_then_blocked_or_released() {
    let (mut shop, told) = following();
    let good = shop.run(opened("bracket", "10", Some("L1"))).unwrap();
    let second = shop.run(opened("bracket", "10", Some("L1"))).unwrap();
    assert_eq!(said(&told), ["hold L1", "hold L1"]);
    // Several inspections of one lot: it is released with the last.
    shop.run(decided(&good, 10)).unwrap();
    assert_eq!(said(&told), [""; 0]);
    shop.run(decided(&second, 10)).unwrap();
    assert_eq!(said(&told), ["release L1"]);
    let bad = shop.run(opened("bracket", "10", Some("L2"))).unwrap();
    shop.run(record_defects { class: Some(Class::Critical), ..defective(&bad, 1) }).unwrap();
    shop.run(decided(&bad, 10)).unwrap();
    assert_eq!(said(&told), ["hold L2", "block L2"]);
    // Reworked and inspected again: while the nonconformance waits, it stays blocked.
    let again = open_inspection { resubmitted: Some(true), ..opened("bracket", "10", Some("L2")) };
    let again = shop.run(again).unwrap();
    shop.run(decided(&again, 10)).unwrap();
    assert_eq!(said(&told), ["hold L2"]);
    let asked = |disposition, approved_by: Option<&str>| dispose {
        nonconformance: 1,
        disposition,
        approved_by: approved_by.map(text),
        note: None,
    };
    assert_eq!(shop.run(asked(Disposition::UseAsIs, Some(" "))).unwrap_err().code(), "approval-missing");
    assert_eq!(shop.act_as("li", "operator").run(asked(Disposition::Scrap, None)).unwrap_err().code(), "not-allowed");
    shop.act_as("chen", "supervisor").run(asked(Disposition::UseAsIs, Some("王工"))).unwrap();
    assert_eq!(said(&told), ["release L2"]);
    assert_eq!(shop.run(asked(Disposition::Scrap, None)).unwrap_err().code(), "already-disposed");
    assert_eq!(shop.run(opened("bracket", "10", Some("gone"))).unwrap_err().code(), "unknown-lot");
    let cancelled = shop.run(opened("bracket", "10", Some("L3"))).unwrap();
    shop.run(cancel_inspection { inspection: cancelled, because: text("扫错批次") }).unwrap();
    assert_eq!(said(&told), ["hold L3", "release L3"]);
}

#[test]
fn a_report_of_the_last_operation_asks_for_a_verdict_where_a_plan_wants_one() {
    let (mut shop, told) = following();
    let report = |good: &str, last: bool, lot: Option<&str>| {
        json!({"report": "r", "order": "WO-1", "material": "shaft", "unit": "pcs", "operation": "turn", "last": last,
            "equipment": null, "good": good, "lot": lot})
    };
    let tell = |shop: &mut testing::Module, report| shop.event("job-reporting", "output_reported", &report).unwrap();
    tell(&mut shop, report("100", true, Some("L1")));
    assert_eq!(shop.rows::<Inspection>(), 0);
    shop.run(plan("P1", "1.0")).unwrap();
    shop.run(set_plan { operation: Some(text("mill")), ..plan("P2", "1.0") }).unwrap();
    tell(&mut shop, report("100", false, Some("L1")));
    tell(&mut shop, report("100", true, None));
    tell(&mut shop, report("-5", true, Some("L1")));
    assert_eq!(shop.rows::<Inspection>(), 0);
    tell(&mut shop, report("100", true, Some("L1")));
    let row = newest(&mut shop);
    assert_eq!((row.plan.as_str(), row.sample, row.order.clone()), ("P1", 13, Some(text("WO-1"))));
    // More of the same lot, then a correction: the open inspection grows and shrinks.
    tell(&mut shop, report("300", true, Some("L1")));
    assert_eq!((newest(&mut shop).sample, shop.rows::<Inspection>(), shop.rows::<Requirement>()), (50, 1, 2));
    tell(&mut shop, report("-400", true, Some("L1")));
    assert_eq!(newest(&mut shop).state, State::Cancelled);
    assert_eq!(said(&told), ["hold L1", "release L1"]);
    tell(&mut shop, report("8", true, Some("gone")));
    assert_eq!((shop.rows::<Inspection>(), newest(&mut shop).state), (2, State::Open));
    shop.run(retire_plan { code: text("P1") }).unwrap();
    tell(&mut shop, report("8", true, Some("L9")));
    assert_eq!(shop.rows::<Inspection>(), 2);
}

#[test]
fn a_lot_that_comes_in_is_inspected_where_a_plan_wants_it() {
    let (mut shop, told) = following();
    shop.run(plan("made", "1.0")).unwrap();
    let lot = |lot: &str| json!({"lot": lot, "material": "shaft", "unit": "pcs", "quantity": "500"});
    shop.event("traceability", "lot_received", &lot("L1")).unwrap();
    assert_eq!(shop.rows::<Inspection>(), 0);
    shop.run(set_plan { receipt: true, ..plan("bought", "4.0") }).unwrap();
    shop.event("traceability", "lot_received", &lot("L2")).unwrap();
    let row = newest(&mut shop);
    assert_eq!((row.plan.as_str(), row.lot.clone(), row.sample), ("bought", Some(text("L2")), 50));
    assert_eq!(said(&told), ["hold L2"]);
}

#[test]
fn the_unit_is_the_one_of_the_plant() {
    let mut shop = module();
    shop.without("traceability");
    shop.share(&Material { code: text("cable"), name: text("电缆"), unit: text("m") });
    shop.run(opened("cable", "0.5", None)).unwrap();
    let row = newest(&mut shop);
    assert_eq!((row.unit.as_str(), row.sample), ("m", 1));
    assert_eq!(shop.run(opened("cable", "0", None)).unwrap_err().code(), "quantity-not-positive");
}

#[test]
fn inspection_is_tightened_stopped_and_resumed_by_what_is_found() {
    let mut shop = alone();
    shop.run(plan("P1", "1.0")).unwrap();
    let severity = |shop: &mut testing::Module| {
        let scheme = shop.run(schemes { plan: text("P1") }).unwrap().rows.remove(0).value;
        (scheme.severity, scheme.stopped)
    };
    // Lot 500: H 50, Ac 1; tightened H goes down to J 80, Ac 1.
    let lot = |shop: &mut testing::Module, count: i64, resubmitted: bool| {
        let open = open_inspection { resubmitted: Some(resubmitted), ..opened("shaft", "500", None) };
        let code = shop.run(open).unwrap();
        if count > 0 {
            shop.run(defective(&code, count)).unwrap();
        }
        let seen = newest(shop).sample;
        shop.run(decided(&code, seen))
    };
    for (count, accepted) in [(2, false), (0, true), (1, true), (0, true), (0, true), (2, false)] {
        assert_eq!(lot(&mut shop, count, false), Ok(accepted));
        assert_eq!(severity(&mut shop), (Severity::Normal, false));
    }
    // A resubmitted lot does not count; the next original one does.
    lot(&mut shop, 5, true).unwrap();
    assert_eq!(severity(&mut shop).0, Severity::Normal);
    lot(&mut shop, 2, false).unwrap();
    assert_eq!(severity(&mut shop).0, Severity::Tightened);
    for rejected in 1..=5 {
        lot(&mut shop, 0, false).unwrap();
        assert_eq!(severity(&mut shop), (Severity::Tightened, false));
        lot(&mut shop, 2, false).unwrap();
        assert_eq!(severity(&mut shop).1, rejected == 5);
    }
    assert_eq!(lot(&mut shop, 0, false).unwrap_err().code(), "inspection-discontinued");
    let resume = |action: &str| resume_plan { plan: text("P1"), class: Class::Major, action: text(action) };
    assert_eq!(shop.run(resume("")).unwrap_err().code(), "field-empty");
    shop.run(resume("更换刀具")).unwrap();
    assert_eq!(shop.run(resume("x")).unwrap_err().code(), "not-stopped");
    for _ in 0..5 {
        assert_eq!(severity(&mut shop), (Severity::Tightened, false));
        lot(&mut shop, 0, false).unwrap();
    }
    assert_eq!(severity(&mut shop).0, Severity::Normal);
    // Ten good lots of 50: 500 units at AQL 1.0 may show two defects.
    let (steady, reduced) = (true, true);
    shop.run(set_switching { plan: text("P1"), rules: Rules::MilStd105e, steady, reduced }).unwrap();
    for count in [1, 1, 0, 0, 0, 0, 0, 0, 0, 0] {
        assert_eq!(severity(&mut shop).0, Severity::Normal);
        lot(&mut shop, count, false).unwrap();
    }
    assert_eq!(severity(&mut shop).0, Severity::Reduced);
    // Reduced H: n 20, Ac 0, Re 2: one defect is accepted and ends it.
    assert_eq!((lot(&mut shop, 1, false), newest(&mut shop).sample), (Ok(true), 20));
    assert_eq!(severity(&mut shop).0, Severity::Normal);
}

#[test]
fn production_that_is_not_steady_ends_reduced_inspection_at_once() {
    let mut shop = alone();
    shop.run(plan("P1", "1.0")).unwrap();
    let set = |rules, steady, reduced| set_switching { plan: text("P1"), rules, steady, reduced };
    shop.run(set(Rules::Iso2859Score, true, true)).unwrap();
    for _ in 0..15 {
        let code = shop.run(opened("shaft", "500", None)).unwrap();
        shop.run(decided(&code, 50)).unwrap();
    }
    let severity = |shop: &mut testing::Module| shop.run(schemes { plan: text("P1") }).unwrap().rows[0].severity;
    assert_eq!(severity(&mut shop), Severity::Reduced);
    shop.run(set(Rules::Iso2859Score, false, true)).unwrap();
    assert_eq!(severity(&mut shop), Severity::Normal);
    // Another AQL begins again.
    shop.run(plan("P1", "1.5")).unwrap();
    let scheme = shop.run(schemes { plan: text("P1") }).unwrap().rows.remove(0).value;
    assert_eq!((scheme.aql, scheme.score, scheme.since), ("1.5".parse().unwrap(), 0, 16));
}

#[test]
fn plans_and_characteristics_that_cannot_work_are_refused() {
    let mut shop = alone();
    for (row, wrong) in [
        (measured("a", "2", "1"), "limits-crossed"),
        (measured("a", "", ""), "limits-missing"),
        (NewCharacteristic { unit: None, ..measured("a", "1", "2") }, "field-empty"),
        (NewCharacteristic { lower: "1".parse().ok(), ..attribute("a", None) }, "limits-of-attribute"),
        (measured(" ", "1", "2"), "field-empty"),
    ] {
        let rows = vec![measured("ok", "1", "2"), row];
        let stopped = shop.run(import_characteristics { rows }).unwrap_err();
        let rejection = stopped.rejection().expect("rejected");
        assert_eq!(rejection.code, wrong);
        assert!(rejection.field.as_deref().unwrap().starts_with("rows/1/"));
    }
    let none = set_plan { major_aql: None, ..plan("P1", "1.0") };
    assert_eq!(shop.run(none).unwrap_err().code(), "aql-missing");
    assert_eq!(shop.run(plan("P1", "1.1")).unwrap_err().code(), "unknown-aql");
    assert_eq!(shop.run(plan("default", "1.0")).unwrap_err().code(), "code-reserved");
    shop.run(plan("P1", "1.0")).unwrap();
    let other = open_inspection { plan: Some(text("P1")), ..opened("bracket", "1", None) };
    assert_eq!(shop.run(other).unwrap_err().code(), "other-material");
    assert_eq!(shop.act_as("li", "operator").run(plan("P1", "1.0")).unwrap_err().code(), "not-allowed");
}

#[test]
fn a_verdict_that_breaks_off_anywhere_leaves_nothing() {
    let (mut shop, _) = following();
    shop.run(plan("P1", "1.0")).unwrap();
    let code = shop.run(opened("shaft", "500", Some("L1"))).unwrap();
    shop.run(defective(&code, 2)).unwrap();
    let verdict = decided(&code, 50);
    let whole = shop.fail_each_host_call(&verdict, |shop, outcome| {
        let kept = usize::from(outcome.is_ok());
        assert_eq!((shop.rows::<Nonconformance>(), shop.emitted::<InspectionDecided>().len()), (kept, kept));
        assert_eq!(newest(shop).state == State::Rejected, outcome.is_ok());
    });
    assert_eq!(whole, Ok(false));
}

#[test]
fn what_is_found_outside_an_inspection_is_held_too() {
    let (mut shop, told) = following();
    let report = |description: &str, lot: Option<&str>| report_nonconformance {
        material: text("bracket"),
        quantity: "3".parse().unwrap(),
        description: text(description),
        unit: None,
        lot: lot.map(text),
        order: None,
        photo: None,
    };
    assert_eq!(shop.run(report("", None)).unwrap_err().code(), "field-empty");
    assert_eq!(shop.run(report("开裂", Some("L1"))), Ok(1));
    assert_eq!(said(&told), ["hold L1"]);
    assert_eq!(shop.run(report("开裂", Some("gone"))).unwrap_err().code(), "unknown-lot");
    let waiting = |shop: &mut testing::Module, progress| {
        shop.run(nonconformances { progress: Some(progress), after: None }).unwrap().rows.len()
    };
    assert_eq!(waiting(&mut shop, Progress::Open), 1);
    let (disposition, approved_by, note) = (Disposition::Scrap, None, None);
    shop.run(dispose { nonconformance: 1, disposition, approved_by, note }).unwrap();
    assert_eq!((waiting(&mut shop, Progress::Open), waiting(&mut shop, Progress::Disposed)), (0, 1));
    assert_eq!(said(&told), [""; 0]);
}

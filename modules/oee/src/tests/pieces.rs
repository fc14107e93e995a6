//! Pieces: counters, reports, and what holds where a machine has both.

use super::*;
use crate::counts::Count;
use crate::figures::{DataError, Oee, shift_oee};
use crate::rates::set_cycle;
use serde_json::json;

/// Somebody reports output of the press, ended at a minute of the shift.
fn report(module: &mut testing::Module, report: &str, corrects: Option<&str>, output: [&str; 3], minute: i64) {
    let ended_at = at(START).plus_us(minute * MINUTE_US).to_string();
    let body = json!({
        "report": report, "corrects": corrects, "card": "WO-1/10", "order": "WO-1", "equipment": PRESS,
        "good": output[0], "scrap": output[1], "rework": output[2], "ended_at": ended_at,
    });
    module.event("job-reporting", "output_reported", &body).unwrap();
}

fn three(figures: &Oee) -> [String; 3] {
    [figures.good, figures.scrap, figures.rework].map(|pieces| pieces.to_string())
}

#[test]
fn a_window_told_again_replaces_what_it_said() {
    let (mut module, shift) = press(at(START), 0);
    module.at(START);
    drive(&mut module, &[("running", 120)], |_| (5, 0));
    let from = at(START).plus_us(7 * MINUTE_US);
    let until = from.plus_us(MINUTE_US);
    for (revision, increase) in [(2, 9), (2, 9), (3, 0), (4, 6)] {
        let window = Window { equipment: text(PRESS), from, until, increase, samples: 3, revision };
        module.window("press-1.good", &window).unwrap();
        assert_eq!(module.run(shift_oee { shift }).unwrap().good, pieces(595 + increase));
    }
    assert_eq!(module.rows::<Count>(), 120 + 2, "by minute and by hour");
}

#[test]
fn a_machine_without_counters_made_what_people_report_and_corrections_go_where_the_report_went() {
    let (mut module, shift) = press(at(START), 0);
    module.at("2026-11-23T16:00:00+08:00");
    report(&mut module, "r1", None, ["100.5", "3", "2"], 480);
    let figures = module.run(shift_oee { shift }).unwrap();
    assert_eq!(three(&figures), ["100.500000", "3.000000", "2.000000"]);
    report(&mut module, "r1", None, ["100.5", "3", "2"], 480);
    assert_eq!(module.run(shift_oee { shift }).unwrap(), figures, "the same report twice changes nothing");
    // 100.5 of 105.5.
    assert_eq!(figures.quality, ratio("0.952607"));
    // A correction of the next day changes this shift; one of a report that nobody knows is booked when it ended.
    module.at("2026-11-24T09:00:00+08:00");
    report(&mut module, "r2", Some("r1"), ["-10", "10", "0"], 25 * 60);
    report(&mut module, "r3", Some("r2"), ["1", "0", "0"], 25 * 60);
    report(&mut module, "r4", Some("lost"), ["7", "0", "0"], 25 * 60);
    assert_eq!(three(&module.run(shift_oee { shift }).unwrap()), ["91.500000", "13.000000", "2.000000"]);
}

#[test]
fn where_a_machine_counts_its_counter_says_what_was_made_and_reports_what_of_it_is_bad() {
    let (mut module, shift) = press(at(START), 0);
    module.at(START);
    module.signal("press-1.state", "running").unwrap();
    module.minute("press-1.good", at(START), 100).unwrap();
    module.at("2026-11-23T16:00:00+08:00");
    report(&mut module, "r1", None, ["80", "5", "1"], 300);
    assert_eq!(three(&module.run(shift_oee { shift }).unwrap()), ["94.000000", "5.000000", "1.000000"]);
    // With a counter of scrap, too, that one counts; rework is always what people say.
    module.minute("press-1.scrap", at(START), 8).unwrap();
    let figures = module.run(shift_oee { shift }).unwrap();
    assert_eq!(
        (three(&figures), figures.quality),
        (["99", "8", "1"].map(|n| format!("{n}.000000")), ratio("0.916667"))
    );
}

#[test]
fn more_scrap_than_made_is_a_data_error() {
    let (mut module, shift) = press(at(START), 0);
    module.at(START);
    module.minute("press-1.good", at(START), 3).unwrap();
    module.at("2026-11-23T16:00:00+08:00");
    report(&mut module, "r1", None, ["0", "5", "0"], 300);
    let figures = module.run(shift_oee { shift }).unwrap();
    assert_eq!(
        (figures.quality, figures.good, figures.data_errors),
        (None, pieces(-2), vec![DataError::ScrapOverProduced])
    );
}

#[test]
fn a_report_without_a_machine_is_not_for_this_module() {
    let (mut module, _) = press(at(START), 0);
    let body = json!({
        "report": "r", "corrects": null, "equipment": null, "good": "1", "scrap": "0", "rework": "0", "ended_at": START,
    });
    module.event("job-reporting", "output_reported", &body).unwrap();
    assert_eq!(module.rows::<Count>(), 0);
}

#[test]
fn an_ideal_speed_is_more_than_zero() {
    let (mut module, _) = press(at(START), 0);
    for wrong in ["0", "-1"] {
        let (equipment, speed) = (text(PRESS), wrong.parse().unwrap());
        let rate = set_rate { equipment, pieces_per_minute: speed, valid_from: None };
        assert_eq!(module.run(rate).unwrap_err().code(), "rate-not-positive");
        let cycle = set_cycle { equipment: text(PRESS), seconds_per_piece: speed, valid_from: None };
        assert_eq!(module.run(cycle).unwrap_err().code(), "rate-not-positive");
    }
}

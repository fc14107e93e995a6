//! Published and hand-made figures, from the operations.

use super::*;
use crate::figures::{DataError, Oee, day_oee, oee, shift_oee, week_oee};
use crate::plant::{PlannedBreak, SiteCalendar};
use crate::rates::set_cycle;
use crate::state::Element;

/// The worked example of the field: 480 minutes, 60 of breaks, 47 of stops, 60 a minute, 19 271 made, 423 rejected.
fn reference() -> (testing::Module, Ref<PlannedShift>) {
    let (mut module, shift) = press(at(START), 60);
    module.at(START);
    rate(&mut module, "60", at(START));
    let states = [
        ("running", 120),
        ("planned", 15),
        ("running", 70),
        ("stopped", 30),
        ("running", 60),
        ("planned", 45),
        ("running", 63),
        ("setup", 17),
        ("running", 60),
    ];
    drive(&mut module, &states, |minute| (spread(18_848, 373, minute), spread(423, 373, minute)));
    (module, shift)
}

fn four(figures: &Oee) -> [String; 4] {
    [figures.availability, figures.effectiveness, figures.quality, figures.oee]
        .map(|ratio| ratio.map_or_else(|| "-".to_owned(), |ratio| ratio.to_string()))
}

/// Seconds of an element.
fn seconds(figures: &Oee, element: Element) -> i64 {
    figures.times.iter().filter(|time| time.element == element).map(|time| time.seconds.0 / 1_000_000).sum()
}

#[test]
fn the_reference_shift_has_the_published_figures() {
    let (mut module, shift) = reference();
    let figures = module.run(shift_oee { shift }).unwrap();
    assert_eq!(four(&figures), ["0.888095", "0.861081", "0.978050", "0.747937"]);
    let minutes = [figures.planned_busy_minutes, figures.production_minutes].map(|minutes| minutes.to_string());
    assert_eq!(minutes, ["420.000", "373.000"]);
    assert_eq!((figures.good, figures.scrap, figures.data_errors.len()), (pieces(18_848), pieces(423), 0));
    let elements = [Element::Production, Element::Down, Element::Setup, Element::Break];
    assert_eq!(elements.map(|element| seconds(&figures, element) / 60), [373, 30, 17, 60]);
    let (equipment, from, until) = (text(PRESS), at(START), at("2026-11-23T16:00:00+08:00"));
    assert_eq!(module.run(oee { equipment, from, until, break_minutes: Some(60) }), Ok(figures.clone()));
    // Later changes of state and speed do not touch a shift that is over.
    module.at("2026-11-23T20:00:00+08:00");
    module.signal("press-1.state", "off").unwrap();
    let now = module.now();
    rate(&mut module, "90", now);
    assert_eq!(module.run(shift_oee { shift }), Ok(figures));
}

/// What `running` minutes, `stopped` minutes, one piece in so many seconds, and pieces give.
fn published(running: i64, stopped: i64, seconds_per_piece: &str, good: i64, scrap: i64) -> Oee {
    let mut module = module();
    module.without("plant");
    let seconds_per_piece = seconds_per_piece.parse().unwrap();
    module.run(set_cycle { equipment: text(PRESS), seconds_per_piece, valid_from: None }).unwrap();
    let from = module.now();
    drive(&mut module, &[("running", running), ("stopped", stopped)], |minute| {
        (spread(good, running, minute), spread(scrap, running, minute))
    });
    let until = module.now();
    module.run(oee { equipment: text(PRESS), from, until, break_minutes: None }).unwrap()
}

/// P. Willmott, D. McCarthy, *TPM: A Route to World-Class Performance*, 2001, pp. 127–128: 910 minutes available, 127 of
/// them lost, 203 cycles of three minutes, 152 right first time. Printed: 86.0 %, 77.7 % (203/261 cut off), 74.9 %, 50 %.
#[test]
fn the_example_of_willmott_and_mccarthy_has_its_printed_figures() {
    let figures = published(783, 127, "180", 152, 51);
    assert_eq!(four(&figures), ["0.860440", "0.777778", "0.748768", "0.501099"]);
}

/// The same book, p. 82, welding cell: 1 980 minutes, 50 of them lost, 2 498 pieces of half a minute, none bad. Printed:
/// 97.5 %, 64.7 %, 100 %, 63.1 %.
#[test]
fn the_welding_cell_of_willmott_and_mccarthy_has_its_printed_figures() {
    let figures = published(1_930, 50, "30", 2_498, 0);
    assert_eq!(four(&figures), ["0.974747", "0.647150", "1.000000", "0.630808"]);
}

#[test]
fn a_night_shift_with_a_new_speed_equals_the_hand_computation() {
    // 22:00 to 06:00; PBT 480-30 = 450, APT 405. Until 02:00 ideal 30 a minute: 5 400 good, 300 scrap; then 20: 3 000.
    let start = at("2026-11-23T22:00:00+08:00");
    let (mut module, shift) = press(start, 30);
    module.at("2026-11-23T22:00:00+08:00");
    rate(&mut module, "30", start);
    rate(&mut module, "20", start.plus_us(240 * MINUTE_US));
    let states = [("running", 225), ("planned", 15), ("running", 180), ("stopped", 45), ("planned", 15)];
    drive(&mut module, &states, |minute| match minute {
        0..225 => (spread(5_400, 225, minute), spread(300, 225, minute)),
        _ => (spread(3_000, 180, minute - 225), 0),
    });
    let figures = module.run(shift_oee { shift }).unwrap();
    // A = 405/450; E = (5 700/30 + 3 000/20)/405 = 340/405; Q = 8 400/8 700; OEE = A·E·Q = 2 856/3 915.
    assert_eq!(four(&figures), ["0.900000", "0.839506", "0.965517", "0.729502"]);
}

#[test]
fn without_a_speed_effectiveness_and_oee_have_no_value() {
    let (mut module, shift) = press(at(START), 0);
    module.at(START);
    drive(&mut module, &[("running", 480)], |_| (1, 1));
    let figures = module.run(shift_oee { shift }).unwrap();
    assert_eq!(four(&figures), ["1.000000", "-", "0.500000", "-"]);
}

/// Two failures of 10 and 20 minutes in 600 minutes of operating: plain MTBF 600/2, MTTR 30/2; with FE + 1: 600/3, 30/3.
/// A micro-stop in between is no failure.
#[test]
fn failures_are_counted_plain_and_with_one_more() {
    let mut module = module();
    module.without("plant");
    let from = module.now();
    let states = [("running", 100), ("fault", 10), ("running", 250), ("alarm", 1), ("running", 50), ("故障", 15)];
    drive(&mut module, &states, |_| (0, 0));
    // The same failure goes on under another name.
    drive(&mut module, &[("OutOfService/None", 5), ("running", 199)], |_| (0, 0));
    let until = module.now();
    let ask = |from, until| oee { equipment: text(PRESS), from, until, break_minutes: None };
    let figures = module.run(ask(from, until)).unwrap();
    let mean = |mean: &crate::figures::Mean| {
        [mean.plain_minutes, mean.iso_minutes].map(|minutes| minutes.map(|minutes| minutes.0))
    };
    assert_eq!(figures.failures, 2);
    assert_eq!(mean(&figures.mtbf), [Some(300_000), Some(200_000)]);
    assert_eq!(mean(&figures.mttf), [Some(300_000), Some(200_000)]);
    assert_eq!(mean(&figures.mttr), [Some(15_000), Some(10_000)]);
    let quiet = module.run(ask(from, from.plus_us(60 * MINUTE_US))).unwrap();
    assert_eq!((mean(&quiet.mtbf), mean(&quiet.mttr)), ([None, Some(60_000)], [None, Some(0)]));
}

#[test]
fn a_micro_stop_lowers_effectiveness_and_a_stop_lowers_availability() {
    let (mut module, shift) = press(at(START), 0);
    module.at(START);
    rate(&mut module, "10", at(START));
    // Thirty stops of one minute, one of thirty.
    let mut states = [("running", 9), ("stopped", 1)].repeat(30);
    states.extend([("running", 150), ("stopped", 30)]);
    drive(&mut module, &states, |_| (10, 0));
    let figures = module.run(shift_oee { shift }).unwrap();
    assert_eq!(four(&figures), ["0.937500", "0.933333", "1.000000", "0.875000"]);
    assert_eq!([Element::MicroStop, Element::Down].map(|element| seconds(&figures, element) / 60), [30, 30]);
    // OEE does not depend on where the line is drawn.
    let name = crate::settings::SettingName::MicroStopSeconds;
    module.run(crate::settings::change_setting { name, value: 0 }).unwrap();
    let figures = module.run(shift_oee { shift }).unwrap();
    assert_eq!(four(&figures), ["0.875000", "1.000000", "1.000000", "0.875000"]);
}

#[test]
fn breaks_have_their_place_where_the_plan_has_one() {
    let mut module = module();
    let equipment = module.share(&Equipment { code: text(PRESS), name: text("x"), retired_at: None });
    let ends_at = at(START).plus_us(480 * MINUTE_US);
    let shift = module.share(&PlannedShift { equipment, starts_at: at(START), ends_at, break_minutes: 45 });
    let starts_at = at(START).plus_us(120 * MINUTE_US);
    module.share(&PlannedBreak { equipment, starts_at, ends_at: starts_at.plus_us(30 * MINUTE_US) });
    module.at(START);
    // Works into the break for ten minutes, stands for 40; fifteen minutes of break have no place.
    drive(&mut module, &[("running", 130), ("stopped", 40), ("running", 310)], |_| (0, 0));
    let figures = module.run(shift_oee { shift }).unwrap();
    let elements = [Element::Production, Element::Extra, Element::Break, Element::Down];
    assert_eq!(elements.map(|element| seconds(&figures, element) / 60), [430, 10, 35, 5]);
    // Ten minutes were worked in a break: more production than was planned.
    assert_eq!((figures.availability, figures.data_errors), (ratio("1.011494"), vec![DataError::AvailabilityOverOne]));
}

#[test]
fn during_a_shift_only_the_breaks_taken_so_far_count() {
    let (mut module, shift) = press(at(START), 60);
    module.at(START);
    rate(&mut module, "10", at(START));
    drive(&mut module, &[("running", 60), ("planned", 15), ("running", 15)], |_| (8, 0));
    let figures = module.run(shift_oee { shift }).unwrap();
    assert_eq!((figures.planned_busy_minutes.to_string(), figures.oee), ("75.000".into(), ratio("0.800000")));
}

#[test]
fn days_and_weeks_follow_the_plants_calendar_over_a_change_of_the_clock() {
    let mut module = module();
    module.share(&SiteCalendar { code: text("site"), zone: text("Europe/Berlin"), day_starts_at_minute: 360 });
    module.at("2026-10-24T06:00:00+02:00");
    module.signal("press-1.state", "running").unwrap();
    // Clocks go back on Sunday, 25 October at three: the production day of the 24th has 25 hours.
    module.at("2026-10-26T06:00:00+01:00");
    let day = |day: &str| day_oee { equipment: text(PRESS), day: Some(day.parse().unwrap()) };
    let figures = module.run(day("2026-10-24")).unwrap();
    assert_eq!((figures.from, figures.until), (at("2026-10-24T06:00:00+02:00"), at("2026-10-25T06:00:00+01:00")));
    assert_eq!((seconds(&figures, Element::Production), figures.availability), (25 * 3_600, ratio("1")));
    let week = module.run(week_oee { equipment: text(PRESS), day: Some("2026-10-25".parse().unwrap()) }).unwrap();
    assert_eq!(week.until.since_us(week.from), 169 * 60 * MINUTE_US);
    assert_eq!(seconds(&week, Element::NotPlanned), 5 * 24 * 3_600);
    // Today has only begun, and nothing of it is over.
    let today = module.run(day_oee { equipment: text(PRESS), day: None }).unwrap();
    assert_eq!((today.from, today.until, today.availability), (module.now(), module.now(), None));
}

#[test]
fn a_bad_question_is_told_so() {
    let (mut module, _) = press(at(START), 0);
    module.at("2026-12-01T08:00:00+08:00");
    let (from, now) = (at(START), module.now());
    let ask = |from, until, minutes| oee { equipment: text(PRESS), from, until, break_minutes: Some(minutes) };
    for (asked, code) in [
        (ask(now, from, 0), "bad-period"),
        (ask(from.plus_us(-1), now, 0), "bad-period"),
        (ask(from, now.plus_us(1), 0), "bad-period"),
        (ask(now.plus_us(-1), now.plus_us(1), 0), "period-not-over"),
        (ask(from, now, -1), "bad-breaks"),
        (ask(from, now, 8 * 24 * 60 + 1), "bad-breaks"),
    ] {
        assert_eq!(module.run(asked).unwrap_err().code(), code);
    }
    // All of it a break: PBT is zero and nothing has a value.
    let empty = module.run(ask(from, now, 8 * 24 * 60)).unwrap();
    assert_eq!(four(&empty), ["-"; 4]);
}

#[test]
fn a_micro_stop_in_a_break_is_no_failure() {
    // A shift with an hour of breaks without a place, in which the machine only ever failed for a minute: these minutes
    // are the first to become breaks.
    let (mut module, shift) = press(at(START), 60);
    module.at(START);
    drive(&mut module, &[("running", 47), ("fault", 1)].repeat(10), |_| (1, 0));
    let figures = module.run(shift_oee { shift }).unwrap();
    assert_eq!((figures.failures, figures.mttr.plain_minutes, figures.mtbf.plain_minutes), (0, None, None));
}

#[test]
fn a_failure_counts_once_however_breaks_cut_it() {
    let mut module = module();
    let equipment = module.share(&Equipment { code: text(PRESS), name: text("x"), retired_at: None });
    let minute = |minute: i64| at(START).plus_us(minute * MINUTE_US);
    let shift = PlannedShift { equipment, starts_at: minute(0), ends_at: minute(480), break_minutes: 60 };
    let shift = module.share(&shift);
    for begin in [100, 300] {
        module.share(&PlannedBreak { equipment, starts_at: minute(begin), ends_at: minute(begin + 30) });
    }
    module.at(START);
    // A minute's fault as the first break begins and one within it; one of an hour over the whole second break.
    let states = [
        ("running", 99),
        ("fault", 1),
        ("running", 10),
        ("fault", 1),
        ("running", 179),
        ("fault", 60),
        ("running", 130),
    ];
    drive(&mut module, &states, |_| (0, 0));
    let figures = module.run(shift_oee { shift }).unwrap();
    assert_eq!((figures.failures, figures.mttr.plain_minutes), (1, Some("30".parse().unwrap())));
}

#[test]
fn a_failure_that_is_split_where_shifts_change_began_in_the_first() {
    let (mut module, shift) = press(at(START), 0);
    module.at(START);
    drive(&mut module, &[("running", 420), ("down", 120), ("running", 10)], |_| (0, 0));
    let stops = crate::stops::stops { equipment: text(PRESS), after: None };
    let stop = module.run(stops).unwrap().rows[0].stop.id;
    let (change, until) = (at(START).plus_us(480 * MINUTE_US), module.now());
    module.run(crate::stops::split_stop { stop, at: change, reason: text("轴承") }).unwrap();
    let ask = |from| oee { equipment: text(PRESS), from, until, break_minutes: None };
    assert_eq!(module.run(shift_oee { shift }).unwrap().failures, 1);
    assert_eq!(module.run(oee { break_minutes: Some(0), ..ask(change) }).unwrap().failures, 0);
    assert_eq!(
        module.run(oee { break_minutes: Some(0), ..ask(at(START).plus_us(419 * MINUTE_US)) }).unwrap().failures,
        1
    );
}

//! The published figures, driven as machines would: state changes, closed windows, a planned shift.

use super::module;
use crate::counts::{Count, HourCount};
use crate::figures::{Oee, oee, shift_oee};
use crate::overview::{Machine, overview};
use crate::plant::{Equipment, PlannedShift};
use crate::rates::set_rate;
use crate::spans::{Span, State};
use crate::stops::{MachineStarted, MachineStopped, Stop, give_reason, stops};
use toolcrib_sdk::contract::limits::ROWS_READ;
use toolcrib_sdk::contract::schema::Field;
use toolcrib_sdk::prelude::*;
use toolcrib_sdk::testing;

const MINUTE_US: i64 = 60_000_000;
const START: &str = "2026-11-23T08:00:00+08:00";

fn at(time: &str) -> Instant {
    time.parse().unwrap()
}

fn text<const N: u32>(text: &str) -> Text<N> {
    text.parse().unwrap()
}

fn ratio(text: &str) -> Option<Decimal<6>> {
    Some(text.parse().unwrap())
}

/// A press with a shift of 480 minutes from `start`, of which `break_minutes` are breaks.
fn press(start: Instant, break_minutes: i64) -> (testing::Module, Ref<PlannedShift>) {
    let mut module = module();
    let equipment = module.share(&Equipment { code: text("press-1"), name: text("一号冲床") });
    let ends_at = start.plus_us(480 * MINUTE_US);
    let shift = module.share(&PlannedShift { equipment, starts_at: start, ends_at, break_minutes });
    (module, shift)
}

/// Sets the ideal speed of the press.
fn rate(module: &mut testing::Module, pieces_per_minute: &str, valid_from: Instant) {
    let (equipment, pieces_per_minute) = (text("press-1"), pieces_per_minute.parse().unwrap());
    module.run(set_rate { equipment, pieces_per_minute, valid_from: Some(valid_from) }).unwrap();
}

/// Lets the press run through states of so many minutes each; while it runs, every minute brings `good` and `scrap`.
fn drive(module: &mut testing::Module, states: &[(&str, i64)], mut pieces: impl FnMut(i64) -> (i64, i64)) {
    let mut running = 0;
    for (state, minutes) in states {
        module.signal("press-1.state", state).unwrap();
        for _ in 0..*minutes {
            let from = module.now();
            module.advance(std::time::Duration::from_secs(60));
            if *state == "running" {
                let (good, scrap) = pieces(running);
                module.minute("press-1.good", from, good).unwrap();
                module.minute("press-1.scrap", from, scrap).unwrap();
                running += 1;
            }
        }
    }
}

/// Spreads a total over minutes as evenly as whole pieces allow.
fn spread(total: i64, minutes: i64, minute: i64) -> i64 {
    total * (minute + 1) / minutes - total * minute / minutes
}

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

#[test]
fn golden_scenarios_hold() {
    testing::scenarios(&module(), "scenarios");
}

#[test]
fn what_is_read_of_the_plant_is_what_the_plant_shares() {
    let (reader, owner) = (module(), toolcrib_module_plant::module());
    assert_eq!(owner.manifest().module, "plant");
    for read in &reader.manifest().reads {
        let record = owner.manifest().record(&read.record).filter(|record| record.shared).unwrap();
        let names =
            |fields: &[u32], of: &[Field]| fields.iter().map(|at| of[*at as usize].name.clone()).collect::<Vec<_>>();
        for field in &read.fields {
            assert!(record.fields.iter().any(|owned| owned.name == field.name), "{}", field.name);
        }
        for index in &read.indexes {
            let walked = names(&index.fields, &read.fields);
            assert!(
                record.indexes.iter().any(|owned| names(&owned.fields, &record.fields).starts_with(&walked)),
                "{walked:?}"
            );
        }
    }
}

#[test]
fn the_reference_shift_has_the_published_figures() {
    let (mut module, shift) = reference();
    let figures = Oee {
        availability: ratio("0.888095"),
        effectiveness: ratio("0.861081"),
        quality: ratio("0.978050"),
        oee: ratio("0.747937"),
        planned_busy_minutes: "420".parse().unwrap(),
        production_minutes: "373".parse().unwrap(),
        good: 18_848,
        scrap: 423,
    };
    assert_eq!(module.run(shift_oee { shift }), Ok(figures.clone()));
    let (equipment, from, until) = (text("press-1"), at(START), at("2026-11-23T16:00:00+08:00"));
    assert_eq!(module.run(oee { equipment, from, until, break_minutes: 60 }), Ok(figures.clone()));
    // Later changes of state and speed do not touch a shift that is over.
    module.at("2026-11-23T20:00:00+08:00");
    module.signal("press-1.state", "off").unwrap();
    let now = module.now();
    rate(&mut module, "90", now);
    assert_eq!(module.run(shift_oee { shift }), Ok(figures));
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
    assert_eq!(figures.availability, ratio("0.900000"));
    assert_eq!(figures.effectiveness, ratio("0.839506"));
    assert_eq!(figures.quality, ratio("0.965517"));
    assert_eq!(figures.oee, ratio("0.729502"));
}

#[test]
fn during_a_shift_only_the_breaks_taken_so_far_count() {
    let (mut module, shift) = press(at(START), 60);
    module.at(START);
    rate(&mut module, "10", at(START));
    drive(&mut module, &[("running", 60), ("planned", 15), ("running", 15)], |_| (8, 0));
    let figures = module.run(shift_oee { shift }).unwrap();
    assert_eq!((figures.planned_busy_minutes.to_string(), figures.oee), ("75.000".into(), ratio("0.800000")));
    let board = module.run(overview { after: None }).unwrap();
    let expected = Machine {
        equipment: text("press-1"),
        name: text("一号冲床"),
        state: State::Running,
        since: Some(module.now().plus_us(-15 * MINUTE_US)),
        availability: ratio("1"),
        effectiveness: ratio("0.8"),
        quality: ratio("1"),
        oee: ratio("0.8"),
        good: 600,
        scrap: 0,
    };
    assert_eq!((board.machines, board.next), (vec![expected], None));
}

#[test]
fn without_a_shift_the_board_shows_the_time_since_the_first_state() {
    let mut module = module();
    module.share(&Equipment { code: text("press-1"), name: text("Press") });
    module.share(&Equipment { code: text("silent"), name: text("Never heard of") });
    let now = module.now();
    rate(&mut module, "10", now);
    drive(&mut module, &[("running", 30), ("fault", 10)], |_| (10, 0));
    let board = module.run(overview { after: None }).unwrap().machines;
    assert_eq!((board.len(), board[0].state, board[0].oee), (1, State::Stopped, ratio("0.75")));
}

#[test]
fn without_a_speed_effectiveness_and_oee_have_no_value() {
    let (mut module, shift) = press(at(START), 0);
    module.at(START);
    drive(&mut module, &[("running", 480)], |_| (1, 1));
    let figures = module.run(shift_oee { shift }).unwrap();
    assert_eq!((figures.availability, figures.quality), (ratio("1"), ratio("0.5")));
    assert_eq!((figures.effectiveness, figures.oee), (None, None));
}

#[test]
fn a_window_told_again_replaces_what_it_said() {
    let (mut module, shift) = press(at(START), 0);
    module.at(START);
    rate(&mut module, "10", at(START));
    drive(&mut module, &[("running", 120)], |_| (5, 0));
    let from = at(START).plus_us(7 * MINUTE_US);
    let until = from.plus_us(MINUTE_US);
    for (revision, increase) in [(2, 9), (2, 9), (3, 0), (4, 6)] {
        let window = Window { equipment: text("press-1"), from, until, increase, samples: 3, revision };
        module.window("press-1.good", &window).unwrap();
        assert_eq!(module.run(shift_oee { shift }).unwrap().good, 595 + increase);
    }
    assert_eq!((module.rows::<Count>(), module.rows::<HourCount>()), (120, 2));
}

#[test]
fn spans_tile_the_time_and_an_echo_changes_nothing() {
    let (mut module, _) = press(at(START), 0);
    module.at(START);
    drive(&mut module, &[("running", 3), ("运行", 2), ("停机", 4), ("mystery", 1), ("running", 2)], |_| (0, 0));
    assert_eq!(module.rows::<Span>(), 4);
    let names = module.event_names();
    assert_eq!(names, ["machine_stopped", "machine_started", "machine_stopped", "machine_started"]);
    assert_eq!(module.emitted::<MachineStopped>()[1].state, State::Unknown);
    let over = &module.emitted::<MachineStarted>()[0];
    assert_eq!(over.at.since_us(over.stopped_at), 4 * MINUTE_US);
}

#[test]
fn people_explain_stops_and_say_so_again_when_they_know_better() {
    let (mut module, _) = press(at(START), 0);
    module.at(START);
    drive(&mut module, &[("running", 3), ("stopped", 4), ("running", 1)], |_| (0, 0));
    let list =
        |module: &mut testing::Module| module.run(stops { equipment: text("press-1"), after: None }).unwrap().rows;
    let stop: Id<Stop> = list(&mut module)[0].id;
    module.act_as("wang", "operator");
    assert_eq!(module.run(give_reason { stop, reason: text("  ") }).unwrap_err().code(), "reason-empty");
    module.run(give_reason { stop, reason: text("卡料") }).unwrap();
    module.act_as("li", "operator").run(give_reason { stop, reason: text("换模") }).unwrap();
    let row = &list(&mut module)[0];
    assert_eq!((row.reason.clone(), row.explained_by.clone()), (Some(text("换模")), Some(text("user:li"))));
    assert_eq!(
        module.act_as("guest", "viewer").run(give_reason { stop, reason: text("?") }).unwrap_err().code(),
        "not-allowed"
    );
}

#[test]
fn a_bad_question_is_told_so() {
    let (mut module, _) = press(at(START), 0);
    module.at("2026-11-30T08:00:00+08:00");
    let (from, now) = (at(START), module.now());
    let ask = |from, until, break_minutes| oee { equipment: text("press-1"), from, until, break_minutes };
    for (asked, code) in [
        (ask(now, from, 0), "bad-period"),
        (ask(from.plus_us(-1), now, 0), "bad-period"),
        (ask(from, now.plus_us(1), 0), "bad-period"),
        (ask(now.plus_us(-1), now.plus_us(1), 0), "period-not-over"),
        (ask(from, now, -1), "bad-breaks"),
        (ask(from, now, 7 * 24 * 60 + 1), "bad-breaks"),
    ] {
        assert_eq!(module.run(asked).unwrap_err().code(), code);
    }
    // All of it a break: PBT is zero and nothing has a value.
    let empty = module.run(ask(from, now, 7 * 24 * 60)).unwrap();
    assert_eq!((empty.availability, empty.effectiveness, empty.quality, empty.oee), (None, None, None, None));
}

#[test]
fn a_machine_of_a_board_reads_its_hundredth_of_the_rows_a_call_may_read() {
    let (mut module, _) = press(at(START), 60);
    module.at(START);
    rate(&mut module, "10", at(START));
    let mut states = [("running", 1), ("idle", 1)].repeat(150);
    states.push(("running", 179));
    drive(&mut module, &states, |_| (8, 1));
    assert_eq!(module.run(overview { after: None }).unwrap().machines[0].state, State::Running);
    let read = module.used().rows_read;
    assert!((400..=ROWS_READ / 100).contains(&read), "{read}");
}

#[test]
fn a_board_of_a_hundred_busy_machines_fits_one_call() {
    let mut module = module();
    for machine in 0..101 {
        module.share(&Equipment { code: text(&format!("m{machine:03}")), name: text("x") });
    }
    for minute in 0..3 {
        for machine in 0..101 {
            module.signal(&format!("m{machine:03}.state"), if minute % 2 == 0 { "running" } else { "idle" }).unwrap();
            module.minute(&format!("m{machine:03}.good"), module.now(), 5).unwrap();
        }
        module.advance(std::time::Duration::from_secs(60));
    }
    let first = module.run(overview { after: None }).unwrap();
    assert!(module.used().host_calls < 2_000, "{:?}", module.used());
    let rest = module.run(overview { after: first.next }).unwrap();
    assert_eq!((first.machines.len(), rest.machines.len(), rest.next), (100, 1, None));
}

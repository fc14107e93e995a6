//! Stops: from signals and taps, explained, split, late; where the time went.

use super::*;
use crate::losses::{Cause, pareto, timeline};
use crate::plant::Reason;
use crate::spans::{Span, set_state, spans, state_changed};
use crate::state::{Element, State};
use crate::stops::{MachineStarted, MachineStopped, give_reason, split_stop, stops};

fn list(module: &mut testing::Module) -> Vec<Row<Span>> {
    let listed = module.run(stops { equipment: text(PRESS), after: None }).unwrap().rows;
    listed.into_iter().map(|listed| listed.stop).collect()
}

fn tap(state: State, at: Option<Instant>) -> set_state {
    set_state { equipment: text(PRESS), state, at }
}

#[test]
fn spans_tile_the_time_and_an_echo_changes_nothing() {
    let (mut module, _) = press(at(START), 0);
    module.at(START);
    drive(&mut module, &[("running", 3), ("运行", 2), ("停机", 4), ("mystery", 1), ("running", 2)], |_| (0, 0));
    assert_eq!(module.rows::<Span>(), 4);
    assert_eq!(module.event_names(), ["machine_stopped", "machine_stopped", "machine_started"]);
    assert_eq!(module.emitted::<MachineStopped>()[1].state, State::Unknown);
    let over = &module.emitted::<MachineStarted>()[0];
    assert_eq!(over.at.since_us(over.stopped_at), 5 * MINUTE_US);
    let rows = module.run(spans { equipment: text(PRESS), after: None }).unwrap().rows;
    assert_eq!((rows[1].word.clone(), rows[1].stop), (Some(text("mystery")), true), "the unknown word is kept");
}

#[test]
fn people_tap_what_a_machine_without_signals_does() {
    let mut module = module();
    module.without("plant");
    module.act_as("wang", "operator");
    let start = module.now();
    let minute = |minute: i64| start.plus_us(minute * MINUTE_US);
    module.run(tap(State::Running, None)).unwrap();
    module.advance(std::time::Duration::from_secs(3_600));
    module.run(tap(State::Stopped, Some(minute(40)))).unwrap();
    // Late: it had been set up from minute 10 to 20, and the stop began as a fault.
    module.run(tap(State::Setup, Some(minute(10)))).unwrap();
    module.run(tap(State::Running, Some(minute(20)))).unwrap();
    module.run(tap(State::Fault, Some(minute(40)))).unwrap();
    module.run(tap(State::Off, Some(minute(-30)))).unwrap();
    let tiles =
        module.run(timeline { equipment: text(PRESS), from: Some(minute(-60)), until: Some(minute(60)) }).unwrap();
    let told: Vec<_> = tiles.iter().map(|tile| (tile.state, tile.from.since_us(start) / MINUTE_US)).collect();
    let expected = [
        (None, -60),
        (Some(State::Off), -30),
        (Some(State::Running), 0),
        (Some(State::Setup), 10),
        (Some(State::Running), 20),
        (Some(State::Fault), 40),
    ];
    assert_eq!(told, expected);
    for (at, code) in [(minute(62), "in-the-future"), (minute(-60 * 24 * 31), "too-long-ago")] {
        assert_eq!(module.run(tap(State::Running, Some(at))).unwrap_err().code(), code);
    }
    let nameless = set_state { equipment: text(" "), state: State::Running, at: None };
    assert_eq!(module.run(nameless).unwrap_err().code(), "unknown-equipment");
}

#[test]
fn a_code_that_the_plant_does_not_know_is_refused() {
    let (mut module, _) = press(at(START), 0);
    let wrong = set_state { equipment: text("press-11"), state: State::Running, at: None };
    assert_eq!(module.run(wrong).unwrap_err().code(), "unknown-equipment");
    module.run(tap(State::Running, None)).unwrap();
}

#[test]
fn a_late_signal_corrects_the_past_and_tells_nobody() {
    let (mut module, _) = press(at(START), 0);
    module.at(START);
    drive(&mut module, &[("running", 60), ("off", 1)], |_| (0, 0));
    let change = |minute: i64, word: &str| state_changed {
        change: StateChange {
            equipment: text(PRESS),
            at: at(START).plus_us(minute * MINUTE_US),
            value: text(word),
            previous: None,
        },
    };
    module.run(change(20, "stopped")).unwrap();
    module.run(change(30, "running")).unwrap();
    let ends = list(&mut module)[0].ended_at.unwrap();
    assert_eq!((ends.since_us(at(START)) / MINUTE_US, module.event_names().len()), (30, 0));
}

#[test]
fn people_explain_stops_and_say_so_again_when_they_know_better() {
    let (mut module, _) = press(at(START), 0);
    module.at(START);
    drive(&mut module, &[("running", 3), ("stopped", 4), ("running", 1)], |_| (0, 0));
    let stop: Id<Span> = list(&mut module)[0].id;
    module.act_as("wang", "operator");
    assert_eq!(module.run(give_reason { stop, reason: text("  ") }).unwrap_err().code(), "reason-empty");
    module.run(give_reason { stop, reason: text("卡料") }).unwrap();
    module.act_as("li", "operator").run(give_reason { stop, reason: text("换模") }).unwrap();
    let row = &list(&mut module)[0];
    assert_eq!((row.reason.clone(), row.explained_by.clone()), (Some(text("换模")), Some(text("user:li"))));
    let guest = module.act_as("guest", "viewer").run(give_reason { stop, reason: text("?") });
    assert_eq!(guest.unwrap_err().code(), "not-allowed");
    module.act_as("li", "operator");
    let running = module.run(spans { equipment: text(PRESS), after: None }).unwrap().rows[0].id;
    assert_eq!(module.run(give_reason { stop: running, reason: text("?") }).unwrap_err().code(), "not-a-stop");
}

#[test]
fn where_the_plant_lists_reasons_one_of_them_is_chosen() {
    let (mut module, _) = press(at(START), 0);
    for (code, retired_at) in [("jam", None), ("old", Some(at(START)))] {
        let (zh, en) = (text("卡料"), text("Jam"));
        module.share(&Reason { kind: text("stop"), code: text(code), zh, en, retired_at });
    }
    module.at(START);
    drive(&mut module, &[("running", 3), ("stopped", 4), ("running", 1)], |_| (0, 0));
    let stop = list(&mut module)[0].id;
    for reason in ["old", "卡料"] {
        assert_eq!(module.run(give_reason { stop, reason: text(reason) }).unwrap_err().code(), "unknown-reason");
    }
    module.run(give_reason { stop, reason: text("jam") }).unwrap();
    let now = module.now();
    let causes = module.run(pareto { equipment: None, from: Some(at(START)), until: Some(now) }).unwrap();
    let jam = Said::new(("卡料", "Jam")).unwrap();
    assert_eq!(causes[0].cause, jam);
    let listed = module.run(stops { equipment: text(PRESS), after: None }).unwrap().rows;
    assert_eq!(listed[0].reason_name, Some(jam), "people see the words, not the code");
}

#[test]
fn a_stop_is_split_where_its_cause_changed_and_time_is_neither_lost_nor_gained() {
    let mut module = module();
    module.without("plant");
    let from = module.now();
    drive(&mut module, &[("running", 10), ("stopped", 3), ("running", 7)], |_| (0, 0));
    let until = module.now();
    let stop = list(&mut module)[0].clone();
    module.run(give_reason { stop: stop.id, reason: text("material") }).unwrap();
    let at = |minute: i64| from.plus_us(minute * MINUTE_US);
    for outside in [at(10), at(13), at(20)] {
        let split = split_stop { stop: stop.id, at: outside, reason: text("tool") };
        assert_eq!(module.run(split).unwrap_err().code(), "outside-the-stop");
    }
    let second = module.run(split_stop { stop: stop.id, at: at(12), reason: text("tool") }).unwrap();
    let rows = list(&mut module);
    let told: Vec<_> = rows.iter().map(|row| (row.reason.clone().unwrap(), row.started_at, row.ended_at)).collect();
    assert_eq!(told, [(text("tool"), at(12), Some(at(13))), (text("material"), at(10), Some(at(12)))]);
    assert_eq!(rows[0].id, second);
    // Its parts are shorter than a micro-stop; it is not.
    let causes = module.run(pareto { equipment: Some(text(PRESS)), from: Some(from), until: Some(until) }).unwrap();
    let told: Vec<_> =
        causes.iter().map(|cause| (cause.reason.clone().unwrap(), cause.lost_s.0 / 60_000_000)).collect();
    assert_eq!(told, [(text("material"), 2), (text("tool"), 1)]);
    assert!(causes.iter().all(|cause| !cause.micro && cause.count == 1));
}

#[test]
fn reasons_are_ranked_by_the_time_they_cost() {
    let (mut module, _) = press(at(START), 60);
    module.at(START);
    let states = [
        ("running", 60),
        ("stopped", 20),
        ("running", 60),
        ("fault", 10),
        ("running", 10),
        ("fault", 15),
        ("planned", 60),
        ("running", 1),
        ("idle", 1),
        ("running", 243),
    ];
    drive(&mut module, &states, |_| (0, 0));
    let rows = list(&mut module);
    for (position, reason) in [(1, "bearing"), (2, "bearing")] {
        module.run(give_reason { stop: rows[position].id, reason: text(reason) }).unwrap();
    }
    let until = module.now();
    let causes =
        module.run(pareto { equipment: Some(text(PRESS)), from: Some(at(START)), until: Some(until) }).unwrap();
    let told = |cause: &Cause| {
        let Said { zh, en } = &cause.cause;
        (format!("{zh}|{en}"), cause.micro, cause.count, cause.lost_s.0 / 60_000_000, cause.cumulative)
    };
    let expected = [
        ("bearing|bearing".to_owned(), false, 2, 25, ratio("0.543478")),
        ("停机|Stopped".to_owned(), false, 1, 20, ratio("0.978261")),
        ("短停 待机|Micro-stop: Waiting".to_owned(), true, 1, 1, ratio("1")),
    ];
    assert_eq!(causes.iter().map(told).collect::<Vec<_>>(), expected);
    let long = pareto { equipment: None, from: Some(until.plus_us(-27 * 60 * MINUTE_US)), until: None };
    assert_eq!(module.run(long).unwrap_err().code(), "bad-period");
}

#[test]
fn a_machine_that_changes_too_often_is_asked_about_a_shorter_period() {
    let mut module = module();
    let from = module.now();
    for change in 0..1_001 {
        let word = if change % 2 == 0 { "running" } else { "setup" };
        module.signal("press-1.state", word).unwrap();
        module.advance(std::time::Duration::from_secs(1));
    }
    let until = module.now();
    let ask = |until| timeline { equipment: text(PRESS), from: Some(from), until: Some(until) };
    assert_eq!(module.run(ask(until)).unwrap_err().code(), "too-many-changes");
    let tiles = module.run(ask(until.plus_us(-1_000_000))).unwrap();
    assert_eq!((tiles.len(), tiles[1].element), (1_000, Element::Setup));
}

//! Andon.

use super::*;
use crate::calls::{
    Call, CallAcknowledged, CallClosed, CallEscalated, CallRaised, acknowledge_call, calls, close_call, open_calls,
    raise_call,
};
use crate::settings::{SettingName, change_setting, settings};
use std::time::Duration;

fn raise(source: &str, kind: &str) -> raise_call {
    raise_call { equipment: Some(text(PRESS)), kind: text(kind), note: text("缺料"), source: text(source) }
}

fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(60 * minutes)
}

fn open(module: &mut testing::Module) -> Vec<Row<Call>> {
    module.run(open_calls { after: None }).unwrap().rows
}

#[test]
fn a_call_is_raised_once_taken_and_closed() {
    let mut module = module();
    module.act_as("wang", "operator");
    module.run(raise("", "material")).unwrap();
    module.run(raise("", "material")).unwrap();
    module.run(raise("", "quality")).unwrap();
    module.run(raise("chart-7", "quality")).unwrap();
    let rows = open(&mut module);
    assert_eq!(rows.iter().map(|row| row.source.to_string()).collect::<Vec<_>>(), [PRESS, PRESS, "chart-7"]);
    let call = rows[0].id;
    module.act_as("li", "supervisor");
    module.run(acknowledge_call { call }).unwrap();
    module.run(acknowledge_call { call }).unwrap();
    module.advance(minutes(10));
    module.run(close_call { call }).unwrap();
    assert_eq!(module.run(close_call { call }).unwrap_err().code(), "call-closed");
    assert_eq!(open(&mut module).len(), 2);
    // It is over, so the same source may call again.
    module.run(raise("", "material")).unwrap();
    let all = module.run(calls { after: None }).unwrap().rows;
    let over = all.iter().find(|row| row.id == call).unwrap();
    assert_eq!((over.level, over.raised_by.as_str(), over.closed_by.clone()), (1, "user:wang", Some(text("user:li"))));
    let counts = [
        module.emitted::<CallRaised>().len(),
        module.emitted::<CallAcknowledged>().len(),
        module.emitted::<CallClosed>().len(),
    ];
    assert_eq!(counts, [4, 1, 1]);
    assert_eq!(module.emitted::<CallClosed>()[0].call.to_string(), call.to_string());
}

#[test]
fn a_call_nobody_takes_rises_to_the_last_level_and_one_that_is_taken_does_not() {
    let mut module = module();
    module.run(raise("a", "material")).unwrap();
    module.advance(minutes(4));
    assert_eq!(open(&mut module)[0].level, 1);
    for (after, level) in [(1, 2), (14, 2), (1, 3), (29, 3), (1, 4), (10_000, 4)] {
        module.advance(minutes(after));
        assert_eq!(open(&mut module)[0].level, level);
    }
    assert_eq!((module.emitted::<CallEscalated>().len(), module.timers().len()), (3, 0));
    module.run(raise("b", "material")).unwrap();
    let taken = open(&mut module)[1].id;
    module.run(acknowledge_call { call: taken }).unwrap();
    module.advance(minutes(1_000));
    assert_eq!(open(&mut module)[1].level, 1);
}

#[test]
fn minutes_can_be_set_and_switched_off() {
    let mut module = module();
    module.run(change_setting { name: SettingName::Escalate1Minutes, value: 90 }).unwrap();
    module.run(change_setting { name: SettingName::Escalate2Minutes, value: 0 }).unwrap();
    for value in [-1, 1_441] {
        let stopped = module.run(change_setting { name: SettingName::Escalate1Minutes, value }).unwrap_err();
        assert_eq!(stopped.code(), "out-of-range");
    }
    assert_eq!(module.run(settings {}).unwrap()[1].value, 90);
    module.run(raise("a", "material")).unwrap();
    module.advance(minutes(89));
    assert_eq!(open(&mut module)[0].level, 1);
    module.advance(minutes(10_000));
    assert_eq!(open(&mut module)[0].level, 2);
}

#[test]
fn other_modules_may_call_and_only_people_may_take() {
    let mut module = module();
    module.act_as("spc", "module");
    module.run(raise("chart-1", "quality")).unwrap();
    let call = open(&mut module)[0].id;
    assert_eq!(module.run(acknowledge_call { call }).unwrap_err().code(), "not-allowed");
    assert_eq!(module.run(raise("chart-1", " ")).unwrap_err().code(), "kind-empty");
}

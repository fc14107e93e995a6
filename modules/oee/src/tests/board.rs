//! The board: all machines, quickly.

use super::*;
use crate::overview::{Machine, overview};
use crate::state::State;
use toolcrib_sdk::contract::limits::ROWS_READ;

#[test]
fn the_board_shows_the_present_shift() {
    let (mut module, _) = press(at(START), 60);
    module.at(START);
    rate(&mut module, "10", at(START));
    drive(&mut module, &[("running", 60), ("planned", 15), ("running", 15)], |_| (8, 0));
    let board = module.run(overview { after: None }).unwrap();
    let expected = Machine {
        equipment: text(PRESS),
        name: text("一号冲床"),
        state: State::Running,
        word: None,
        since: Some(module.now().plus_us(-15 * MINUTE_US)),
        reason: None,
        reason_name: None,
        availability: ratio("1"),
        effectiveness: ratio("0.8"),
        quality: ratio("1"),
        oee: ratio("0.8"),
        good: pieces(600),
        scrap: pieces(0),
    };
    assert_eq!((board.machines, board.next), (vec![expected], None));
}

#[test]
fn without_a_plant_the_board_shows_codes_and_the_time_since_the_first_state() {
    for alone in [true, false] {
        let mut module = module();
        if alone {
            module.without("plant");
        }
        let now = module.now();
        rate(&mut module, "10", now);
        drive(&mut module, &[("running", 30), ("fault", 10)], |_| (10, 0));
        let board = module.run(overview { after: None }).unwrap().machines;
        assert_eq!((board.len(), board[0].state, board[0].oee), (1, State::Fault, ratio("0.75")));
        assert_eq!(board[0].name, text(PRESS));
        // After a day only the last eight hours count.
        module.advance(std::time::Duration::from_secs(86_400));
        assert_eq!(module.run(overview { after: None }).unwrap().machines[0].availability, ratio("0"));
    }
}

#[test]
fn a_machine_that_the_plant_retired_leaves_the_board() {
    let mut module = module();
    let retired_at = Some(module.now());
    module.share(&Equipment { code: text(PRESS), name: text("x"), retired_at });
    module.signal("press-1.state", "off").unwrap();
    module.signal("press-2.state", "off").unwrap();
    let machines = module.run(overview { after: None }).unwrap().machines;
    assert_eq!(machines.iter().map(|machine| machine.equipment.as_str()).collect::<Vec<_>>(), ["press-2"]);
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
        module.share(&Equipment { code: text(&format!("m{machine:03}")), name: text("x"), retired_at: None });
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

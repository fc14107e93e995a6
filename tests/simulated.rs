//! What the simulator itself promises: that it can be played again, that it loses nothing, and that it tells of the measured
//! machine roughly what was measured there.

use crate::capacity::figures::{Asks, FACTORY, GROUPED_COMMAND_US, SHIFT_CHANGE, SMALL_COMMAND_US, machine, small};
use crate::capacity::host::{Load, play};
use crate::capacity::told::nth_ms;

#[test]
fn a_seed_plays_the_same_city_again() {
    let city = |seed| play(seed, machine(8), FACTORY, 200, Load::City(SHIFT_CHANGE), 20);
    assert_eq!(city(1), city(1));
    assert_ne!(city(1), city(2));
}

#[test]
fn a_city_at_ease_does_all_of_its_work_and_keeps_nobody_waiting() {
    let (factories, seconds) = (400, 60);
    let told = play(3, machine(8), FACTORY, factories, Load::City(SHIFT_CHANGE), seconds);
    let asked = |each: f64| each * factories as f64 * seconds as f64;
    let near = |found: f64, wanted: f64| assert!((found / wanted - 1.0).abs() < 0.05, "{found} of {wanted}");
    near(told.commands_us.len() as f64, asked(SHIFT_CHANGE.commands));
    near(told.readings_us.len() as f64, asked(1.0));
    let each = SHIFT_CHANGE.commands * (FACTORY.command_us + FACTORY.follows_us)
        + SHIFT_CHANGE.questions * FACTORY.question_us
        + f64::from(SHIFT_CHANGE.readings) * FACTORY.reading_us;
    near(told.cores_us as f64, asked(each));
    assert_eq!(told.refused, 0);
    assert!(told.behind <= 5 && told.followed + told.behind >= told.commands_us.len() as u64, "what follows is done");
    // Work and commit, when nothing is in the way, 1.44 ms in the mean.
    assert!((0.8..2.0).contains(&nth_ms(&told.commands_us, 50)), "{}", nth_ms(&told.commands_us, 50));
}

#[test]
fn beyond_its_cores_a_host_answers_late_and_refuses_in_the_end() {
    // One core, and each second one and a half of work: of few factories, whose queues fill.
    let asks = Asks { commands: 700.0, readings: 0, questions: 0.0 };
    let told = play(5, machine(1), FACTORY, 2, Load::City(asks), 30);
    assert!(told.refused > 0 && nth_ms(&told.commands_us, 50) > 500.0, "{} refused", told.refused);
    let most = told.commands_us.len() as f64 * FACTORY.command_us;
    assert!(told.cores_us as f64 >= most * 0.95 && told.cores_us <= told.us, "the core is never idle");
    assert!(told.followed > 0, "what follows comes between");
}

#[test]
fn the_measured_machine_does_in_simulation_roughly_what_it_did() {
    // 64 callers, in the run that the times of `figures` are from: 7,414 commands a second over 200 tenants, 18,303 on one.
    // Callers cost nothing here.
    for (command_us, tenants, measured) in [(SMALL_COMMAND_US, 200, 7_414.0), (GROUPED_COMMAND_US, 1, 18_303.0)] {
        let told = play(7, machine(2), small(command_us), tenants, Load::Callers(64), 20);
        let found = told.per_second(told.commands_us.len() as u64);
        assert!((0.7..1.4).contains(&(found / measured)), "{tenants} tenants: {found} simulated, {measured} measured");
    }
}

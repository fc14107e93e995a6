//! What the simulator itself promises: that it can be played again, that it loses nothing, that it is full where arithmetic
//! says so, and that it tells of the measured machine roughly what was measured there.

use crate::capacity::cell::{Part, is_well, most, shares};
use crate::capacity::figures::*;
use crate::capacity::hosts::{Load, Site, play};
use crate::capacity::told::{Told, nth_ms};

/// Whether a figure is another one, but for so much of it.
fn near(found: f64, wanted: f64, within: f64) {
    assert!((found / wanted - 1.0).abs() < within, "{found} of {wanted}");
}

fn rate(told: &Told) -> f64 {
    told.per_second(told.commands_us.len() as u64)
}

#[test]
fn a_seed_plays_the_same_city_again() {
    let database = Database { has_standby: true, ..primary(4) };
    let mixed = Site { is_mixed: true, ..Site::on(3, beside_a_database(4), database) };
    for site in [Site::of_files(machine(8)), mixed] {
        let city = |seed| play(seed, site, FACTORY, 200, Load::City(SHIFT_CHANGE), 20);
        assert_eq!(city(1), city(1));
        assert_ne!(city(1), city(2));
    }
}

#[test]
fn a_city_at_ease_does_all_of_its_work_and_keeps_nobody_waiting() {
    let (factories, seconds) = (400, 60);
    let told = play(3, Site::of_files(machine(8)), FACTORY, factories, Load::City(SHIFT_CHANGE), seconds);
    let asked = |each: f64| each * factories as f64 * seconds as f64;
    near(told.commands_us.len() as f64, asked(SHIFT_CHANGE.commands), 0.05);
    near(told.readings_us.len() as f64, asked(1.0), 0.05);
    let each = SHIFT_CHANGE.commands * (FACTORY.command_us + FACTORY.follows_us)
        + SHIFT_CHANGE.questions * FACTORY.question_us
        + f64::from(SHIFT_CHANGE.readings) * FACTORY.reading_us;
    near(told.cores_us as f64, asked(each), 0.05);
    assert_eq!(told.refused, 0);
    assert!(told.behind <= 5 && told.followed + told.behind >= told.commands_us.len() as u64, "what follows is done");
    // Work and commit, when nothing is in the way, 1.44 ms in the mean.
    assert!((0.8..2.0).contains(&nth_ms(&told.commands_us, 50)), "{}", nth_ms(&told.commands_us, 50));
}

#[test]
fn the_same_city_on_a_database_asks_it_for_all_of_that_and_for_nothing_else() {
    let (factories, seconds, database) = (300, 40, primary(16));
    let site = Site::on(2, beside_a_database(8), database);
    let told = play(4, site, FACTORY, factories, Load::City(SHIFT_CHANGE), seconds);
    let asked = |each: f64| each * factories as f64 * seconds as f64;
    near(told.commands_us.len() as f64, asked(SHIFT_CHANGE.commands), 0.05);
    near(told.readings_us.len() as f64, asked(1.0), 0.05);
    let Asked { begin, end, command, follows, readings, question, exchange_us, exchange_host_us } = database.asked;
    let exchanges = SHIFT_CHANGE.commands * f64::from(begin + end + command + follows)
        + f64::from(readings)
        + SHIFT_CHANGE.questions * f64::from(question);
    near(told.database.exchanges as f64, asked(exchanges), 0.05);
    near(told.database.cores_us as f64, asked(exchanges * exchange_us), 0.05);
    assert!(is_well(&told) && told.behind <= 5, "{} behind", told.behind);
    // A command, when nothing is in the way, is its exchanges one after the other, and what follows in the same turn.
    let alone = f64::from(begin + end + command + follows)
        * (database.round_trip_us as f64 + exchange_us + exchange_host_us)
        + FACTORY.command_us
        + FACTORY.follows_us;
    near(nth_ms(&told.commands_us, 50), alone / 1_000.0, 0.15);
}

#[test]
fn beyond_its_cores_a_host_answers_late_and_refuses_in_the_end() {
    // One core, and each second one and a half of work: of few factories, whose queues fill.
    let asks = Asks { commands: 700.0, readings: 0, questions: 0.0 };
    let told = play(5, Site::of_files(machine(1)), FACTORY, 2, Load::City(asks), 30);
    assert!(told.refused > 0 && nth_ms(&told.commands_us, 50) > 500.0, "{} refused", told.refused);
    let most = told.commands_us.len() as f64 * FACTORY.command_us;
    assert!(told.cores_us as f64 >= most * 0.95 && told.cores_us <= told.us, "the core is never idle");
    assert!(told.followed > 0, "what follows comes between");
}

/// A database that costs nothing but what a test names.
const FREE: Database = Database {
    cores: Some(1),
    sync_us: 0.0,
    ..measured_database(Asked { exchange_us: 0.0, exchange_host_us: 0.0, ..ASKED_BY_SMALL })
};

#[test]
fn a_database_is_full_where_arithmetic_says() {
    let exchanges = f64::from(ASKED_BY_SMALL.begin + ASKED_BY_SMALL.command + ASKED_BY_SMALL.end);
    let on = |hosts, database| {
        let site = Site::on(hosts, beside_a_database(64), database);
        play(6, site, small(1.0), 20_000, Load::Callers(500), 10)
    };
    // Its one core, whatever the hosts have.
    let costly = Database { asked: Asked { exchange_us: 100.0, ..FREE.asked }, ..FREE };
    for hosts in [1, 3] {
        near(rate(&on(hosts, costly)), 1e6 / (exchanges * 100.0), 0.05);
    }
    near(rate(&on(3, Database { cores: Some(2), ..costly })), 2e6 / (exchanges * 100.0), 0.05);
    // Connections: each host has 24 for commands, each busy for the way there and back and nothing else.
    let far = Database { round_trip_us: 5_000, ..FREE };
    for hosts in [1, 2] {
        near(rate(&on(hosts, far)), hosts as f64 * 24.0 / (exchanges * 0.005), 0.05);
    }
    // A standby is one more way, and its flush.
    let standby = Database { has_standby: true, ..far };
    near(rate(&on(1, standby)), 24.0 / ((exchanges + 1.0) * 0.005), 0.05);
}

#[test]
fn commits_share_a_flush_of_the_log() {
    let slow = Database { sync_us: 5_000.0, ..FREE };
    let told = play(8, Site::on(2, beside_a_database(64), slow), small(1.0), 20_000, Load::Callers(500), 20);
    near(told.share(told.database.log_us, 1), 100.0, 0.05);
    near(told.per_second(told.database.flushes), 200.0, 0.05);
    let each = told.commits as f64 / told.database.flushes as f64;
    // Of 48 connections those that come first flush alone, and all others wait for the next one.
    assert!((12.0..48.0).contains(&each), "{each} commits a flush");
}

#[test]
fn a_factory_has_one_turn_at_a_time_whichever_host_it_goes_to() {
    let far = Database { round_trip_us: 10_000, ..FREE };
    let on = |factories, callers| {
        let site = Site { is_mixed: true, ..Site::on(2, beside_a_database(8), far) };
        play(9, site, small(1.0), factories, Load::Callers(callers), 20)
    };
    // A turn holds the row for one command's exchanges, and for those of its end, however many come; more commands of a
    // turn hold it longer.
    let (one, two) = (on(1, 64), on(2, 64));
    let under_lock = f64::from(ASKED_BY_SMALL.command + ASKED_BY_SMALL.end) * 0.01;
    assert!(one.per_second(one.commits) <= 1.05 / under_lock, "{} turns a second", one.per_second(one.commits));
    assert!(one.database.waited > 0 && two.commits > one.commits * 17 / 10, "{} and {}", one.commits, two.commits);
}

#[test]
fn more_of_what_gives_first_makes_room_and_more_of_anything_else_does_not() {
    let cell =
        |hosts: usize, cores: usize| most(10, Site::on(hosts, beside_a_database(2), primary(cores)), FACTORY, 20, 10);
    let (few, part) = cell(2, 1);
    assert!(part == Part::DatabaseCores, "first give {}", part.name());
    let (more_hosts, _) = cell(4, 1);
    let (more_cores, _) = cell(4, 2);
    assert!(more_hosts.abs_diff(few) <= few / 8, "{few} and {more_hosts} factories");
    assert!(more_cores * 10 >= more_hosts * 17, "{more_hosts} and {more_cores} factories");
    // So many that one of the parts is at work all the time.
    let site = Site::on(2, beside_a_database(2), primary(1));
    let told = play(11, site, FACTORY, few * 2, Load::City(SHIFT_CHANGE), 10);
    assert!(!is_well(&told));
    near(shares(&told, &site).into_iter().map(|(_, share)| share).fold(0.0, f64::max), 100.0, 0.02);
}

#[test]
fn the_measured_machine_does_in_simulation_roughly_what_it_did() {
    // 64 callers, in the runs that the times of `figures` are from: 7,414 commands a second over 200 tenants, 18,303 on one;
    // and 2,030 over 200 tenants on PostgreSQL, 29.8 ms each in the middle. Callers cost nothing here.
    let files = Site::of_files(machine(2));
    let database = Site::on(1, beside_a_database(2), measured_database(ASKED_BY_SMALL));
    for (site, command_us, tenants, measured) in [
        (files, SMALL_COMMAND_US, 200, 7_414.0),
        (files, GROUPED_COMMAND_US, 1, 18_303.0),
        (database, SMALL_BESIDE_US, 200, 2_030.0),
    ] {
        let told = play(7, site, small(command_us), tenants, Load::Callers(64), 20);
        let found = rate(&told);
        assert!((0.7..1.4).contains(&(found / measured)), "{tenants} tenants: {found} simulated, {measured} measured");
        assert!(site.database.is_none() || (22.0..38.0).contains(&nth_ms(&told.commands_us, 50)));
    }
}

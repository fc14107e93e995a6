//! The plan of a working day: what happens when.

use super::layout::PACKING;
use toolcrib_contract::calendar::{Weekday, Zone};
use toolcrib_contract::types::{Date, Instant};

/// Hours of which each is reported five minutes before its end.
const HOURS: [i64; 8] = [8, 9, 10, 11, 13, 14, 15, 16];

/// Something that happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// A coil comes in.
    Receive,
    /// An order for each line is made and released.
    Release,
    /// All machines say this state.
    State(&'static str),
    /// A machine stops.
    Stop { line: usize, operation: usize },
    /// It runs again, and its operator says why it stood.
    Restart { line: usize, operation: usize, began: Instant },
    /// Everybody reports what they made in this hour; a terminal without network keeps it.
    Report { hour: i64, offline: bool },
    /// The terminal has its network again.
    Send,
    /// Each press: five pieces are measured.
    Measure { hour: i64 },
    /// Finished lots are inspected.
    Inspect,
    /// Orders are closed, calls answered.
    Close,
}

/// Parts with their times, in order.
pub type Plan = Vec<(Instant, Part)>;

/// What happens on a day in a factory of so many lines; nothing at weekends.
pub fn plan(day: Date, lines: usize) -> Plan {
    if matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) {
        return Vec::new();
    }
    let at = |hour: i64, minute: i64| Zone::CHINA.instant(day, hour * 3_600 + minute * 60);
    let mut plan = vec![
        (at(7, 30), Part::Receive),
        (at(7, 40), Part::Release),
        (at(8, 0), Part::State("running")),
        (at(11, 30), Part::Send),
        (at(12, 0), Part::State("planned")),
        (at(13, 0), Part::State("running")),
        (at(17, 0), Part::State("off")),
        (at(17, 2), Part::Inspect),
        (at(17, 10), Part::Close),
    ];
    for hour in HOURS {
        plan.push((at(hour, 45), Part::Measure { hour }));
        plan.push((at(hour, 55), Part::Report { hour, offline: hour == 10 }));
    }
    // One stop of every machine, at a time and of a length that depend on the day.
    for line in 0..lines {
        for operation in 0..PACKING {
            let turn = day.0 + (line * PACKING + operation) as i64 * 3;
            let hour = HOURS[turn.rem_euclid(HOURS.len() as i64) as usize];
            let began = at(hour, 5 + turn.rem_euclid(20));
            plan.push((began, Part::Stop { line, operation }));
            plan.push((began.plus_us((4 + turn.rem_euclid(9)) * 60_000_000), Part::Restart { line, operation, began }));
        }
    }
    plan.sort_by_key(|(at, _)| *at);
    plan
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_in_order_and_a_sunday_is_free() {
        let monday = Date::new(2026, 11, 23).unwrap();
        let plan_of_day = plan(monday, 3);
        assert!(plan_of_day.windows(2).all(|pair| pair[0].0 <= pair[1].0));
        assert_eq!(plan_of_day.iter().filter(|(_, part)| matches!(part, Part::Stop { .. })).count(), 9);
        assert!(plan(monday.plus_days(-1), 3).is_empty());
    }
}

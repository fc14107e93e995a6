//! The demo's plants: machines that run, stop, get stuck and make parts, the same way at every start.
//!
//! What a machine says at a moment depends only on when its history began, so a demo that goes on in its directory
//! sends the same readings again, and they change nothing.

use std::fmt::Write;
use toolcrib_contract::types::Instant;

/// A machine of the demo.
pub struct Machine {
    /// Code of the equipment.
    pub code: &'static str,
    pub name: &'static str,
    /// Ideal pieces a minute.
    pub rate: i64,
    good: i64,
    scrap: i64,
    /// Work done towards the next piece, in thousandths.
    partial: i64,
    state: &'static str,
    /// Somebody pressed stop.
    is_held: bool,
}

/// Seconds of one simulated step.
pub const STEP_S: i64 = 5;
pub const SECOND_US: i64 = 1_000_000;
/// Two shifts a day, at 8 and at 20 o'clock in China (midnight and noon UTC).
pub const SHIFT_S: i64 = 12 * 3_600;
pub const SHIFT_STARTS_S: i64 = 0;
/// Everybody eats in the middle of it.
pub const BREAK_STARTS_S: i64 = 5 * 3_600;
pub const BREAK_S: i64 = 30 * 60;
/// A pattern repeats in its kind, not in its figures, so often.
const BLOCK_S: i64 = 600;
/// The word of a machine that somebody stopped.
const HELD: &str = "stopped";

fn machine(code: &'static str, name: &'static str, rate: i64) -> Machine {
    Machine { code, name, rate, good: 0, scrap: 0, partial: 0, state: "", is_held: false }
}

/// A stamping shop.
pub fn stamping() -> Vec<Machine> {
    vec![machine("press-1", "一号冲床", 30), machine("press-2", "二号冲床", 24), machine("lathe-1", "数控车床", 6)]
}

/// A shop for precision parts.
pub fn precision() -> Vec<Machine> {
    vec![
        machine("mill-1", "一号加工中心", 4),
        machine("mill-2", "二号加工中心", 4),
        machine("grinder-1", "外圆磨床", 9),
    ]
}

/// The last step that is not after this moment.
pub fn step_before(at: Instant) -> Instant {
    Instant(at.0.div_euclid(STEP_S * SECOND_US) * STEP_S * SECOND_US)
}

impl Machine {
    /// Moves one step on and writes its readings as lines of JSON.
    pub fn step(&mut self, at: Instant, out: &mut String) {
        let before = self.state;
        self.advance(at);
        if self.state != before {
            self.tell_state(at, out);
        }
        self.line("good", at, &self.good.to_string(), out);
        self.line("scrap", at, &self.scrap.to_string(), out);
    }

    /// Moves one step on in silence.
    pub fn advance(&mut self, at: Instant) {
        let seconds = at.0 / SECOND_US;
        self.state = if self.is_held { HELD } else { self.plan(seconds) };
        if self.state == "running" {
            // Between 85 and 98 percent of the ideal speed, by the minute.
            let speed = 850 + (self.chance(seconds / 60, 1) % 130) as i64;
            self.partial += self.rate * speed * STEP_S / 60;
            while self.partial >= 1_000 {
                self.partial -= 1_000;
                let scrapped = self.chance(seconds, (self.good + self.scrap) as u64 + 2) % 100 < 3;
                *(if scrapped { &mut self.scrap } else { &mut self.good }) += 1;
            }
        }
    }

    /// Somebody presses stop, or lets it go on: it does so at once.
    pub fn hold(&mut self, is_held: bool, at: Instant) {
        self.is_held = is_held;
        self.state = if is_held { HELD } else { self.plan(at.0 / SECOND_US) };
    }

    /// What it says now, by the names of its signals: how it stands, and what it made and spoiled in all.
    pub fn said(&self) -> (&'static str, i64, i64) {
        (self.state, self.good, self.scrap)
    }

    /// Writes the present state, for a listener who was away.
    pub fn tell_state(&self, at: Instant, out: &mut String) {
        if !self.state.is_empty() {
            self.line("state", at, &format!("\"{}\"", self.state), out);
        }
    }

    /// What the machine does at this second: some blocks hold a stop, a few a change of tools.
    fn plan(&self, seconds: i64) -> &'static str {
        let of_shift = (seconds - SHIFT_STARTS_S).rem_euclid(SHIFT_S);
        if (BREAK_STARTS_S..BREAK_STARTS_S + BREAK_S).contains(&of_shift) {
            return "planned";
        }
        let (block, within) = (seconds.div_euclid(BLOCK_S), seconds.rem_euclid(BLOCK_S));
        let dice = self.chance(block, 0);
        let start = 30 + (dice >> 8) as i64 % 400;
        let length = 40 + (dice >> 24) as i64 % 120;
        if !(start..start + length).contains(&within) {
            return "running";
        }
        match dice % 10 {
            0..=3 => "stopped",
            4 => "setup",
            5 => "idle",
            _ => "running",
        }
    }

    fn chance(&self, of: i64, salt: u64) -> u64 {
        let mut word = self.code.bytes().fold(salt, |word, byte| word.wrapping_mul(31).wrapping_add(u64::from(byte)));
        word = word.wrapping_add(of as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word ^ (word >> 27)
    }

    fn line(&self, kind: &str, at: Instant, value: &str, out: &mut String) {
        let _ = writeln!(out, "{{\"signal\":\"{}.{kind}\",\"at\":\"{at}\",\"value\":{value}}}", self.code);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAWN: i64 = 1_795_420_800 * SECOND_US;

    fn at(step: i64) -> Instant {
        Instant(DAWN + step * STEP_S * SECOND_US)
    }

    #[test]
    fn a_day_of_the_plant_has_stops_and_parts_and_is_the_same_every_time() {
        let day = || {
            let (mut out, mut plant) = (String::new(), stamping());
            for step in 0..86_400 / STEP_S {
                plant.iter_mut().for_each(|machine| machine.step(at(step), &mut out));
            }
            (out, plant[0].good, plant[0].scrap)
        };
        let (out, good, scrap) = day();
        assert_eq!(day().0, out);
        for word in ["running", "stopped", "setup", "idle", "planned"] {
            assert!(out.contains(word), "{word}");
        }
        let ideal = 30 * 60 * 24;
        assert!((ideal * 7 / 10..ideal).contains(&good), "{good} of {ideal}");
        assert!((good / 100..good / 20).contains(&scrap), "{scrap}");
    }

    #[test]
    fn a_plant_that_was_silent_goes_on_where_it_would_be() {
        let (mut told, mut silent) = (precision(), precision());
        let (mut all, mut later) = (String::new(), String::new());
        for step in 0..1_000 {
            let out = if step < 700 { &mut String::new() } else { &mut all };
            told.iter_mut().for_each(|machine| machine.step(at(step), out));
            for machine in &mut silent {
                if step < 700 { machine.advance(at(step)) } else { machine.step(at(step), &mut later) }
            }
        }
        assert_eq!(all, later);
    }

    #[test]
    fn a_machine_that_is_held_makes_nothing_until_it_is_let_go() {
        let mut machine = stamping().swap_remove(0);
        let made = |machine: &Machine| machine.good + machine.scrap;
        (0..24).for_each(|step| machine.advance(at(step)));
        let before = made(&machine);
        machine.hold(true, at(24));
        assert_eq!(machine.said().0, "stopped");
        (24..600).for_each(|step| machine.advance(at(step)));
        assert_eq!((machine.said().0, made(&machine)), ("stopped", before));
        machine.hold(false, at(600));
        assert_eq!(machine.said().0, machine.plan(at(600).0 / SECOND_US));
        (600..1_200).for_each(|step| machine.advance(at(step)));
        assert!(made(&machine) > before);
    }

    #[test]
    fn steps_lie_on_a_grid() {
        assert_eq!(step_before(Instant(DAWN + STEP_S * SECOND_US - 1)), at(0));
        assert_eq!(step_before(at(3)), at(3));
    }
}

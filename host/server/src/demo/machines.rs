//! The demo's small plant: three machines that run, stop, get stuck and make parts, the same way at every start.

use std::fmt::Write;
use toolcrib_contract::types::Instant;

/// A machine of the demo.
pub struct Machine {
    /// Code of the equipment.
    pub code: &'static str,
    pub zh: &'static str,
    /// Ideal pieces a minute.
    pub rate: i64,
    good: i64,
    scrap: i64,
    /// Work done towards the next piece, in thousandths.
    partial: i64,
    state: &'static str,
}

/// Seconds of one simulated step.
pub const STEP_S: i64 = 5;
const SECOND_US: i64 = 1_000_000;
/// A pattern repeats in its kind, not in its figures, so often.
const BLOCK_S: i64 = 600;

/// The machines of one plant.
pub fn machines() -> Vec<Machine> {
    let machine = |code, zh, rate| Machine { code, zh, rate, good: 0, scrap: 0, partial: 0, state: "" };
    vec![machine("press-1", "一号冲床", 30), machine("press-2", "二号冲床", 24), machine("lathe-1", "数控车床", 6)]
}

impl Machine {
    /// Moves one step on and writes its readings as lines of JSON.
    pub fn step(&mut self, at: Instant, out: &mut String) {
        let seconds = at.0 / SECOND_US;
        let state = self.plan(seconds);
        if state != self.state {
            self.state = state;
            self.line("state", at, &format!("\"{state}\""), out);
        }
        if state == "running" {
            // Between 85 and 98 percent of the ideal speed, by the minute.
            let speed = 850 + (self.chance(seconds / 60, 1) % 130) as i64;
            self.partial += self.rate * speed * STEP_S / 60;
            while self.partial >= 1_000 {
                self.partial -= 1_000;
                let scrapped = self.chance(seconds, self.good as u64 + 2) % 100 < 3;
                *(if scrapped { &mut self.scrap } else { &mut self.good }) += 1;
            }
        }
        self.line("good", at, &self.good.to_string(), out);
        self.line("scrap", at, &self.scrap.to_string(), out);
    }

    /// What the machine does at this second: some blocks hold a stop, a few a change of tools.
    fn plan(&self, seconds: i64) -> &'static str {
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

    #[test]
    fn a_day_of_the_plant_has_stops_and_parts_and_is_the_same_every_time() {
        let day = || {
            let (mut out, mut plant) = (String::new(), machines());
            for step in 0..86_400 / STEP_S {
                for machine in &mut plant {
                    machine.step(Instant(1_795_420_800_000_000 + step * STEP_S * SECOND_US), &mut out);
                }
            }
            (out, plant[0].good, plant[0].scrap)
        };
        let (out, good, scrap) = day();
        assert_eq!(day().0, out);
        for word in ["running", "stopped", "setup", "idle"] {
            assert!(out.contains(word), "{word}");
        }
        let ideal = 30 * 60 * 24;
        assert!((ideal * 7 / 10..ideal).contains(&good), "{good} of {ideal}");
        assert!((good / 100..good / 20).contains(&scrap), "{scrap}");
    }
}

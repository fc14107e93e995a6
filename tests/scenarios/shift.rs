//! Shifts with figures computed by hand, and the readings that their machines would send.

use std::fmt::Write;
use std::time::{SystemTime, UNIX_EPOCH};
use toolcrib_contract::types::Instant;

const MINUTE_US: i64 = 60_000_000;
const DAY_US: i64 = 24 * 60 * MINUTE_US;
/// Readings of one batch.
const BATCH: usize = 400;

/// A shift of one machine: what it did minute by minute, and what that means.
pub struct Shift {
    pub equipment: &'static str,
    pub pieces_per_minute: &'static str,
    /// Minutes after midnight UTC of the day before yesterday.
    starts_at: i64,
    /// Word and minutes, one after the other.
    states: &'static [(&'static str, i64)],
    pub break_minutes: i64,
    pub good: i64,
    pub scrap: i64,
    /// Availability, effectiveness, quality, OEE to six digits.
    expected: [&'static str; 4],
}

/// The worked example of ISO 22400-2 figures: 480 minutes, 60 of breaks, 47 of stops, 60 pieces a minute ideal,
/// 19 271 made, 423 of them rejected. A = 373/420, E = 19271/(60·373), Q = 18848/19271.
pub fn reference_shift() -> Shift {
    Shift {
        equipment: "story-1",
        pieces_per_minute: "60",
        starts_at: 8 * 60,
        states: &[
            ("running", 120),
            ("planned", 30),
            ("running", 100),
            ("stopped", 47),
            ("planned", 30),
            ("running", 153),
        ],
        break_minutes: 60,
        good: 18_848,
        scrap: 423,
        expected: ["0.888095", "0.861081", "0.978050", "0.747937"],
    }
}

/// Over midnight, with set-up and waiting: PBT = 240 − 15 = 225, APT = 60 + 75 + 47 = 182, 7.5 pieces a minute ideal.
/// A = 182/225 = .808889, E = 1 213/(7.5·182) = .888645, Q = 1 190/1 213 = .981039, OEE = 1 190/(7.5·225) = .705185.
pub fn short_night_shift() -> Shift {
    Shift {
        equipment: "story-2",
        pieces_per_minute: "7.5",
        starts_at: 22 * 60 + 30,
        states: &[("running", 60), ("setup", 28), ("running", 75), ("planned", 15), ("idle", 15), ("running", 47)],
        break_minutes: 15,
        good: 1_190,
        scrap: 23,
        expected: ["0.808889", "0.888645", "0.981039", "0.705185"],
    }
}

impl Shift {
    #[expect(
        clippy::disallowed_methods,
        reason = "readings must lie near the host's clock, which is the real one here"
    )]
    fn start_us(&self) -> i64 {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros() as i64;
        (now / DAY_US - 2) * DAY_US + self.starts_at * MINUTE_US
    }

    pub fn from(&self) -> String {
        Instant(self.start_us()).to_string()
    }

    pub fn until(&self) -> String {
        let minutes: i64 = self.states.iter().map(|(_, minutes)| minutes).sum();
        Instant(self.start_us() + minutes * MINUTE_US).to_string()
    }

    pub fn expected(&self) -> [&'static str; 4] {
        self.expected
    }

    /// The readings as lines of JSON, in the order of their time, in batches. Both counters rise evenly over the
    /// minutes in which the machine runs; a last state after the shift ends the last span.
    pub fn batches(&self) -> Vec<String> {
        let running: i64 = self.states.iter().filter(|(word, _)| *word == "running").map(|(_, minutes)| minutes).sum();
        let (mut minute, mut produced, mut lines) = (0, 0, Vec::new());
        let line = |kind: &str, at_us: i64, value: &str| {
            let mut text = String::new();
            writeln!(
                text,
                "{{\"signal\":\"{}.{kind}\",\"at\":\"{}\",\"value\":{value}}}",
                self.equipment,
                Instant(at_us)
            )
            .unwrap();
            text
        };
        let start = self.start_us();
        for (kind, _) in [("good", 0), ("scrap", 0)] {
            lines.push(line(kind, start, "0"));
        }
        for (word, minutes) in self.states {
            lines.push(line("state", start + minute * MINUTE_US, &format!("\"{word}\"")));
            for _ in 0..*minutes {
                if *word == "running" {
                    produced += 1;
                    let at = start + minute * MINUTE_US + MINUTE_US / 2;
                    lines.push(line("good", at, &(self.good * produced / running).to_string()));
                    lines.push(line("scrap", at, &(self.scrap * produced / running).to_string()));
                }
                minute += 1;
            }
        }
        lines.push(line("state", start + minute * MINUTE_US, "\"off\""));
        lines.chunks(BATCH).map(<[String]>::concat).collect()
    }
}

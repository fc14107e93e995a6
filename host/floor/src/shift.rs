//! Who works at which terminal now: one person a terminal, until they leave it alone. In memory: after a restart people
//! hold their badge there once more.

use crate::{IDLE_MINUTES, TERMINALS};
use std::collections::HashMap;
use toolcrib_contract::types::{Instant, RawId};

/// People at terminals of a host.
#[derive(Default)]
pub(crate) struct Shifts(HashMap<RawId, Shift>);

struct Shift {
    operator: String,
    /// Which of the terminal's places they chose.
    place: usize,
    seen: Instant,
}

/// Tenants whose terminals are full of people, at once; beyond it those who idle longest are signed out.
const MOST: usize = 50 * TERMINALS;
const IDLE_US: i64 = IDLE_MINUTES * 60_000_000;

impl Shifts {
    /// Somebody begins; whoever was there is out.
    pub fn begin(&mut self, terminal: RawId, operator: &str, now: Instant) {
        if self.0.len() >= MOST && !self.0.contains_key(&terminal) {
            self.0.retain(|_, shift| now.since_us(shift.seen) < IDLE_US);
        }
        if self.0.len() >= MOST {
            let idle = self.0.iter().min_by_key(|(_, shift)| shift.seen).map(|(id, _)| *id);
            idle.map(|id| self.0.remove(&id));
        }
        self.0.insert(terminal, Shift { operator: operator.to_owned(), place: 0, seen: now });
    }

    pub fn end(&mut self, terminal: RawId) {
        self.0.remove(&terminal);
    }

    /// Who is there and at which place; `used`: it counts as use.
    pub fn at(&mut self, terminal: RawId, now: Instant, used: bool) -> Option<(String, usize)> {
        let shift = self.0.get_mut(&terminal)?;
        if now.since_us(shift.seen) >= IDLE_US {
            self.0.remove(&terminal);
            return None;
        }
        if used {
            shift.seen = now;
        }
        Some((shift.operator.clone(), shift.place))
    }

    /// Whoever is there works at this of the terminal's places from now on.
    pub fn choose_place(&mut self, terminal: RawId, place: usize) {
        if let Some(shift) = self.0.get_mut(&terminal) {
            shift.place = place;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: RawId = RawId([1; 16]);

    #[test]
    fn somebody_who_leaves_the_terminal_alone_is_signed_out() {
        let mut shifts = Shifts::default();
        shifts.begin(ONE, "W1", Instant(0));
        assert_eq!(shifts.at(ONE, Instant(IDLE_US - 1), false), Some(("W1".to_owned(), 0)));
        assert_eq!(shifts.at(ONE, Instant(IDLE_US), false), None, "looking is no use");
        shifts.begin(ONE, "W1", Instant(0));
        shifts.at(ONE, Instant(IDLE_US - 1), true);
        assert!(shifts.at(ONE, Instant(2 * IDLE_US - 2), true).is_some(), "its use renews it");
    }

    #[test]
    fn a_terminal_has_one_person_and_their_place() {
        let mut shifts = Shifts::default();
        shifts.begin(ONE, "W1", Instant(0));
        shifts.choose_place(ONE, 2);
        assert_eq!(shifts.at(ONE, Instant(1), true), Some(("W1".to_owned(), 2)));
        shifts.begin(ONE, "W2", Instant(2));
        assert_eq!(shifts.at(ONE, Instant(3), true), Some(("W2".to_owned(), 0)));
        shifts.end(ONE);
        assert_eq!(shifts.at(ONE, Instant(4), true), None);
    }

    #[test]
    fn people_at_terminals_are_bounded_and_the_idlest_goes() {
        let mut shifts = Shifts::default();
        let id = |at: usize| {
            let mut id = [0; 16];
            id[..8].copy_from_slice(&at.to_be_bytes());
            RawId(id)
        };
        (0..=MOST).for_each(|at| shifts.begin(id(at), "W1", Instant(at as i64)));
        assert_eq!(shifts.0.len(), MOST);
        assert_eq!(shifts.at(id(0), Instant(9), false), None);
        assert!(shifts.at(id(1), Instant(9), false).is_some());
    }
}

//! Codes that make a device a terminal: short, good for some minutes, once. In memory: after a restart one makes another.

use crate::{PAIRING_CODES, PAIRING_MINUTES, PAIRING_TRIES};
use std::collections::HashMap;
use toolcrib_contract::types::{Instant, RawId};
use toolcrib_contract::world::Chance;

/// Without those that look alike.
const LETTERS: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
/// 40 bits.
const CHARS: usize = 8;
const MINUTE_US: i64 = 60_000_000;

/// A code for a terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    /// Eight letters and digits.
    pub text: String,
    pub until: Instant,
}

/// Codes that wait.
#[derive(Default)]
pub(crate) struct Pairing {
    codes: HashMap<String, Waiting>,
    /// Wrong codes in the minute that began then.
    wrong: u32,
    minute: i64,
}

struct Waiting {
    tenant: RawId,
    terminal: RawId,
    until: Instant,
}

/// Why a code makes no terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    Unknown,
    TooOften,
}

impl Pairing {
    /// A new code for a terminal; an older one of it is void.
    pub fn offer(&mut self, tenant: RawId, terminal: RawId, now: Instant, chance: &dyn Chance) -> Code {
        self.codes.retain(|_, waiting| waiting.until > now && waiting.terminal != terminal);
        while self.codes.len() >= PAIRING_CODES {
            let oldest = self.codes.iter().min_by_key(|(_, waiting)| waiting.until).map(|(text, _)| text.clone());
            oldest.map(|text| self.codes.remove(&text));
        }
        let mut bytes = [0; CHARS];
        chance.fill(&mut bytes);
        let text: String = bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect();
        let until = now.plus_us(PAIRING_MINUTES * MINUTE_US);
        self.codes.insert(text.clone(), Waiting { tenant, terminal, until });
        Code { text, until }
    }

    /// The terminal of a code, which is used up by that. Case and spaces do not matter.
    ///
    /// # Errors
    /// No such code, or too many wrong ones in this minute.
    pub fn take(&mut self, typed: &str, now: Instant) -> Result<(RawId, RawId), Refusal> {
        let minute = now.0.div_euclid(MINUTE_US);
        if minute != self.minute {
            (self.minute, self.wrong) = (minute, 0);
        }
        if self.wrong >= PAIRING_TRIES {
            return Err(Refusal::TooOften);
        }
        let text: String =
            typed.chars().filter(|char| char.is_ascii_alphanumeric()).map(|char| char.to_ascii_uppercase()).collect();
        match self.codes.remove(&text).filter(|waiting| waiting.until > now) {
            Some(waiting) => Ok((waiting.tenant, waiting.terminal)),
            None => {
                self.wrong += 1;
                Err(Refusal::Unknown)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Counting;

    const TENANT: RawId = RawId([1; 16]);

    fn terminal(at: usize) -> RawId {
        let mut id = [0; 16];
        id[..8].copy_from_slice(&at.to_be_bytes());
        RawId(id)
    }

    #[test]
    fn a_code_is_good_once_and_for_ten_minutes() {
        let (mut pairing, chance) = (Pairing::default(), Counting::default());
        let code = pairing.offer(TENANT, terminal(1), Instant(0), &chance);
        assert_eq!((code.text.len(), code.until), (8, Instant(10 * MINUTE_US)));
        let typed = format!(" {}-{}", &code.text[..4].to_lowercase(), &code.text[4..]);
        assert_eq!(pairing.take(&typed, Instant(code.until.0 - 1)), Ok((TENANT, terminal(1))));
        assert_eq!(pairing.take(&code.text, Instant(1)), Err(Refusal::Unknown), "once");
        let late = pairing.offer(TENANT, terminal(1), Instant(0), &chance);
        assert_eq!(pairing.take(&late.text, late.until), Err(Refusal::Unknown));
    }

    #[test]
    fn a_new_code_makes_the_older_one_of_its_terminal_void() {
        let (mut pairing, chance) = (Pairing::default(), Counting::default());
        let old = pairing.offer(TENANT, terminal(1), Instant(0), &chance);
        let new = pairing.offer(TENANT, terminal(1), Instant(0), &chance);
        assert_eq!(pairing.take(&old.text, Instant(1)), Err(Refusal::Unknown));
        assert!(pairing.take(&new.text, Instant(1)).is_ok());
    }

    #[test]
    fn guessing_ends_for_the_rest_of_the_minute() {
        let (mut pairing, chance) = (Pairing::default(), Counting::default());
        let code = pairing.offer(TENANT, terminal(1), Instant(0), &chance);
        for _ in 0..PAIRING_TRIES {
            assert_eq!(pairing.take("ZZZZZZZZ", Instant(5)), Err(Refusal::Unknown));
        }
        assert_eq!(pairing.take(&code.text, Instant(6)), Err(Refusal::TooOften));
        assert!(pairing.take(&code.text, Instant(MINUTE_US)).is_ok(), "it is still there");
    }

    #[test]
    fn codes_that_wait_are_bounded_and_the_oldest_goes() {
        let (mut pairing, chance) = (Pairing::default(), Counting::default());
        let codes: Vec<_> =
            (0..=PAIRING_CODES).map(|at| pairing.offer(TENANT, terminal(at), Instant(at as i64), &chance)).collect();
        assert_eq!(pairing.codes.len(), PAIRING_CODES);
        assert_eq!(pairing.take(&codes[0].text, Instant(9)), Err(Refusal::Unknown));
        assert!(pairing.take(&codes[1].text, Instant(9)).is_ok());
    }
}

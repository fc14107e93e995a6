//! Codes that make a device a terminal: short, good for some minutes, once. Here those of a host alone, in memory: after a
//! restart one makes another.

use crate::{PAIRING_CODES, PAIRING_MINUTES, PAIRING_TRIES, SCREEN_CODES, secret};
use std::collections::HashMap;
use toolcrib_contract::types::{Instant, RawId};
use toolcrib_contract::world::Chance;
use toolcrib_store::Tried;

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

/// Codes that wait: those that an administrator made for a terminal, and those that a device shows.
#[derive(Default)]
pub(crate) struct Pairing {
    codes: HashMap<String, Offered>,
    shown: HashMap<String, Shown>,
    /// Wrong codes in the minute that began then.
    wrong: u32,
    minute: i64,
}

struct Offered {
    tenant: RawId,
    terminal: RawId,
    until: Instant,
}

/// A device that shows its code until an administrator says which terminal it is.
struct Shown {
    /// What the device proves by that it is the one which shows the code.
    claim: String,
    until: Instant,
    /// The tenant and the terminal that it is, once somebody has said so.
    terminal: Option<(RawId, RawId)>,
}

/// How it stands with a device that shows a code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Showing {
    /// It goes on showing the code, and comes again with the claim.
    Waits { code: Code, claim: String },
    /// It is a terminal: this is what it keeps.
    Paired { kept: String },
}

/// A device that waits to be told which terminal it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Waiting {
    /// As it shows it now.
    pub code: String,
    /// The hash of the secret that it will have as a terminal, which is its claim.
    pub secret: [u8; 32],
}

impl Pairing {
    /// A new code for a terminal; an older one of it is void.
    pub fn offer(&mut self, tenant: RawId, terminal: RawId, now: Instant, chance: &dyn Chance) -> Code {
        self.codes.retain(|_, waiting| waiting.until > now && waiting.terminal != terminal);
        while self.codes.len() >= PAIRING_CODES {
            let oldest = self.codes.iter().min_by_key(|(_, waiting)| waiting.until).map(|(text, _)| text.clone());
            oldest.map(|text| self.codes.remove(&text));
        }
        let code = code(now, chance);
        self.codes.insert(code.text.clone(), Offered { tenant, terminal, until: code.until });
        code
    }

    /// The terminal of a code, which is used up by that. Case and spaces do not matter.
    pub fn take(&mut self, typed: &str, now: Instant) -> Tried<(RawId, RawId)> {
        if !self.may_try(now) {
            return Tried::TooOften;
        }
        let found = self.codes.remove(&tidied(typed)).filter(|waiting| waiting.until > now);
        self.judged(found.map(|waiting| (waiting.tenant, waiting.terminal)))
    }

    /// The code of a device that brings this claim, or none yet; what it keeps, once and no more, when it was confirmed.
    pub fn show(&mut self, claim: Option<&str>, now: Instant, chance: &dyn Chance) -> Showing {
        self.shown.retain(|_, shown| shown.until > now);
        let known = self.shown.iter().find(|(_, shown)| Some(shown.claim.as_str()) == claim);
        if let Some((text, shown)) = known.map(|(text, shown)| (text.clone(), shown)) {
            return match shown.terminal {
                Some((tenant, terminal)) => {
                    let kept = kept(tenant, terminal, &shown.claim);
                    self.shown.remove(&text);
                    Showing::Paired { kept }
                }
                None => Showing::Waits { code: Code { text, until: shown.until }, claim: shown.claim.clone() },
            };
        }
        while self.shown.len() >= SCREEN_CODES {
            let oldest = self.shown.iter().min_by_key(|(_, shown)| shown.until).map(|(text, _)| text.clone());
            oldest.map(|text| self.shown.remove(&text));
        }
        let (code, claim) = (code(now, chance), secret::random(chance));
        self.shown.insert(code.text.clone(), Shown { claim: claim.clone(), until: code.until, terminal: None });
        Showing::Waits { code, claim }
    }

    /// The device that shows a code, for whoever typed it; it waits on.
    pub fn seen(&mut self, typed: &str, now: Instant) -> Tried<Waiting> {
        if !self.may_try(now) {
            return Tried::TooOften;
        }
        let code = tidied(typed);
        let waits = self.shown.get(&code).filter(|shown| shown.until > now && shown.terminal.is_none());
        let secret = waits.map(|shown| secret::hash(&shown.claim));
        self.judged(secret.map(|secret| Waiting { code, secret }))
    }

    /// Says which terminal the device with this code is. One that gave up meanwhile never asks for it.
    pub fn confirm(&mut self, code: &str, tenant: RawId, terminal: RawId) {
        if let Some(shown) = self.shown.get_mut(code) {
            shown.terminal = Some((tenant, terminal));
        }
    }

    fn may_try(&mut self, now: Instant) -> bool {
        let minute = now.0.div_euclid(MINUTE_US);
        if minute != self.minute {
            (self.minute, self.wrong) = (minute, 0);
        }
        self.wrong < PAIRING_TRIES
    }

    fn judged<T>(&mut self, found: Option<T>) -> Tried<T> {
        self.wrong += u32::from(found.is_none());
        found.map_or(Tried::Unknown, Tried::Found)
    }
}

/// A code that nobody has yet.
pub(crate) fn code(now: Instant, chance: &dyn Chance) -> Code {
    let mut bytes = [0; CHARS];
    chance.fill(&mut bytes);
    let text = bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect();
    Code { text, until: now.plus_us(PAIRING_MINUTES * MINUTE_US) }
}

/// What a device keeps that is a terminal.
pub(crate) fn kept(tenant: RawId, terminal: RawId, secret: &str) -> String {
    format!("{tenant}.{terminal}.{secret}")
}

/// Case and spaces do not matter.
pub(crate) fn tidied(typed: &str) -> String {
    typed.chars().filter(char::is_ascii_alphanumeric).map(|char| char.to_ascii_uppercase()).collect()
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
        assert_eq!(pairing.take(&typed, Instant(code.until.0 - 1)), Tried::Found((TENANT, terminal(1))));
        assert_eq!(pairing.take(&code.text, Instant(1)), Tried::Unknown, "once");
        let late = pairing.offer(TENANT, terminal(1), Instant(0), &chance);
        assert_eq!(pairing.take(&late.text, late.until), Tried::Unknown);
    }

    #[test]
    fn a_new_code_makes_the_older_one_of_its_terminal_void() {
        let (mut pairing, chance) = (Pairing::default(), Counting::default());
        let old = pairing.offer(TENANT, terminal(1), Instant(0), &chance);
        let new = pairing.offer(TENANT, terminal(1), Instant(0), &chance);
        assert_eq!(pairing.take(&old.text, Instant(1)), Tried::Unknown);
        assert!(matches!(pairing.take(&new.text, Instant(1)), Tried::Found(_)));
    }

    #[test]
    fn guessing_ends_for_the_rest_of_the_minute() {
        let (mut pairing, chance) = (Pairing::default(), Counting::default());
        let code = pairing.offer(TENANT, terminal(1), Instant(0), &chance);
        for _ in 0..PAIRING_TRIES {
            assert_eq!(pairing.take("ZZZZZZZZ", Instant(5)), Tried::Unknown);
        }
        assert_eq!(pairing.take(&code.text, Instant(6)), Tried::TooOften);
        assert!(matches!(pairing.take(&code.text, Instant(MINUTE_US)), Tried::Found(_)), "it is still there");
    }

    #[test]
    fn codes_that_wait_are_bounded_and_the_oldest_goes() {
        let (mut pairing, chance) = (Pairing::default(), Counting::default());
        let codes: Vec<_> =
            (0..=PAIRING_CODES).map(|at| pairing.offer(TENANT, terminal(at), Instant(at as i64), &chance)).collect();
        assert_eq!(pairing.codes.len(), PAIRING_CODES);
        assert_eq!(pairing.take(&codes[0].text, Instant(9)), Tried::Unknown);
        assert!(matches!(pairing.take(&codes[1].text, Instant(9)), Tried::Found(_)));
    }

    #[test]
    fn a_device_shows_one_code_until_it_is_confirmed_and_hears_what_it_keeps_once() {
        let (mut pairing, chance) = (Pairing::default(), Counting::default());
        let Showing::Waits { code, claim } = pairing.show(None, Instant(0), &chance) else { panic!("it waits") };
        let again = pairing.show(Some(&claim), Instant(5), &chance);
        assert_eq!(again, Showing::Waits { code: code.clone(), claim: claim.clone() });
        assert_eq!(pairing.seen("ZZZZZZZZ", Instant(5)), Tried::Unknown);
        assert_eq!(pairing.take(&code.text, Instant(5)), Tried::Unknown, "it is no code for a tablet");
        let seen = pairing.seen(&code.text.to_lowercase(), Instant(5));
        assert_eq!(seen, Tried::Found(Waiting { code: code.text.clone(), secret: secret::hash(&claim) }));
        pairing.confirm(&code.text, TENANT, terminal(1));
        assert_eq!(pairing.seen(&code.text, Instant(6)), Tried::Unknown, "it waits no longer");
        let other = pairing.show(Some("another claim"), Instant(6), &chance);
        assert!(matches!(other, Showing::Waits { .. }), "only the device that shows it hears of it");
        assert_eq!(
            pairing.show(Some(&claim), Instant(7), &chance),
            Showing::Paired { kept: kept(TENANT, terminal(1), &claim) }
        );
        assert!(matches!(pairing.show(Some(&claim), Instant(8), &chance), Showing::Waits { .. }), "once");
    }

    #[test]
    fn devices_that_show_a_code_are_bounded_and_their_codes_end() {
        let (mut pairing, chance) = (Pairing::default(), Counting::default());
        let mut show = |at: i64| match pairing.show(None, Instant(at), &chance) {
            Showing::Waits { code, .. } => code,
            Showing::Paired { .. } => panic!("nobody confirmed it"),
        };
        let codes: Vec<_> = (0..=SCREEN_CODES as i64).map(&mut show).collect();
        assert_eq!(pairing.shown.len(), SCREEN_CODES);
        assert_eq!(pairing.seen(&codes[0].text, Instant(9)), Tried::Unknown);
        assert!(matches!(pairing.seen(&codes[1].text, Instant(9)), Tried::Found(_)));
        assert_eq!(pairing.seen(&codes[2].text, codes[2].until), Tried::Unknown);
        for _ in 0..PAIRING_TRIES {
            let _ = pairing.seen("ZZZZZZZZ", Instant(MINUTE_US));
        }
        assert_eq!(pairing.seen(&codes[1].text, Instant(MINUTE_US)), Tried::TooOften, "guesses count together");
    }
}

//! The unified social credit code 统一社会信用代码 of a firm, by its check character (GB 32100-2015).

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Letters and digits of a code; I, O, S, V and Z are not among them, because they look like others.
const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
const LENGTH: usize = 18;

/// A code whose check character holds, in its one spelling: capitals, without spaces.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, sqlx::Type)]
#[serde(try_from = "String", into = "String")]
#[sqlx(transparent)]
pub struct Uscc(String);

/// Why a text is no code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UsccFault {
    #[error("a unified social credit code has 18 digits and capital letters, none of I, O, S, V, Z")]
    Form,
    #[error("the check character of the unified social credit code does not fit; compare it with the business licence")]
    Check,
}

impl Uscc {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Uscc {
    type Err = UsccFault;

    /// Reads a code as people write it: spaces and hyphens between its parts, small letters and full-width forms of
    /// letters and digits are read as what they mean, so that one firm has one spelling.
    fn from_str(text: &str) -> Result<Self, UsccFault> {
        let plain: String = plain(text).collect();
        let mut sum = 0;
        let mut weight = 1;
        if plain.len() != LENGTH {
            return Err(UsccFault::Form);
        }
        let place = |letter: u8| ALPHABET.iter().position(|known| *known == letter).ok_or(UsccFault::Form);
        for letter in &plain.as_bytes()[..LENGTH - 1] {
            sum += place(*letter)? * weight;
            weight = weight * 3 % ALPHABET.len();
        }
        let expected = (ALPHABET.len() - sum % ALPHABET.len()) % ALPHABET.len();
        if place(plain.as_bytes()[LENGTH - 1])? == expected { Ok(Self(plain)) } else { Err(UsccFault::Check) }
    }
}

/// Capitals without what people put between them; full-width forms (U+FF01 to U+FF5E) as the ASCII that they stand for.
pub(crate) fn plain(text: &str) -> impl Iterator<Item = char> {
    let narrow = |letter: char| match letter {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(letter as u32 - 0xfee0).unwrap_or(letter),
        other => other,
    };
    let between = |letter: &char| {
        letter.is_whitespace() || matches!(letter, '-' | '_' | '‐' | '‑' | '–' | '—' | '－' | '\u{200b}' | '\u{feff}')
    };
    text.chars().map(narrow).filter(move |letter| !between(letter)).map(|letter| letter.to_ascii_uppercase())
}

impl TryFrom<String> for Uscc {
    type Error = UsccFault;

    fn try_from(text: String) -> Result<Self, UsccFault> {
        text.parse()
    }
}

impl From<Uscc> for String {
    fn from(uscc: Uscc) -> Self {
        uscc.0
    }
}

impl fmt::Display for Uscc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Published codes of three large companies.
    const KNOWN: [&str; 3] = ["91330100799655058B", "914403001922038216", "91110000802100433B"];

    #[test]
    fn known_codes_pass_their_check_character() {
        for code in KNOWN {
            assert_eq!(code.parse::<Uscc>().map(|uscc| uscc.to_string()), Ok(code.to_owned()));
        }
    }

    #[test]
    fn any_single_wrong_character_is_found() {
        for code in KNOWN {
            for at in 0..LENGTH {
                for letter in ALPHABET.iter().map(|letter| char::from(*letter)) {
                    let mut wrong: Vec<char> = code.chars().collect();
                    if std::mem::replace(&mut wrong[at], letter) != letter {
                        let wrong: String = wrong.into_iter().collect();
                        assert_eq!(wrong.parse::<Uscc>(), Err(UsccFault::Check), "{wrong}");
                    }
                }
            }
        }
    }

    #[test]
    fn one_firm_has_one_spelling() {
        let code: Uscc = KNOWN[0].parse().unwrap();
        for spelling in [
            "91330100799655058b",
            " 9133 0100 7996 55058B",
            "913301-007996550-58B",
            "９１３３０１００７９９６５５０５８Ｂ",
        ] {
            assert_eq!(spelling.parse::<Uscc>().as_ref(), Ok(&code), "{spelling}");
        }
        for none in ["", "9133010079965505", "91330100799655058BB", "9133010079965505OB", "中国", "\u{0}"] {
            assert_eq!(none.parse::<Uscc>(), Err(UsccFault::Form), "{none}");
        }
    }
}

//! Numbers as people and spreadsheets write them: full-width digits, separators of thousands, decimal commas, powers of
//! ten, brackets for negative ones. Digits are moved, never rounded; what may be two numbers is refused.

use crate::wrong::Wrong;

/// Which mark stands before the decimals in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marks {
    Point,
    Comma,
    /// The file does not show it.
    Either,
}

/// Zeros that a power of ten may add.
const ZEROS: i64 = 400;

/// Full-width forms, as input methods write them, to ASCII; spaces around are dropped.
pub fn half_width(text: &str) -> String {
    let narrow = |char: char| match char {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(char as u32 - 0xfee0).unwrap_or(char),
        '\u{2212}' => '-',
        '\u{3000}' => ' ',
        other => other,
    };
    text.chars().map(narrow).collect::<String>().trim().to_owned()
}

/// The marks of a file: those that some number can only be read with. Files with commas between the cells come from
/// places with decimal points.
pub fn marks<'a>(separator: u8, numbers: impl Iterator<Item = &'a str>) -> Marks {
    let (mut point, mut comma) = (false, false);
    for text in numbers {
        point |= is_only(text, '.', ',');
        comma |= is_only(text, ',', '.');
    }
    match (point, comma) {
        (false, true) => Marks::Comma,
        (true, false) => Marks::Point,
        (false, false) if separator == b',' => Marks::Point,
        _ => Marks::Either,
    }
}

/// Whether a number makes sense only with `decimal` before its decimals.
fn is_only(text: &str, decimal: char, group: char) -> bool {
    let text = half_width(text);
    let Some(unsigned) = unsigned(&text) else { return false };
    split(unsigned.1, Some(decimal), group).is_some() && split(unsigned.1, Some(group), decimal).is_none()
}

/// Plain notation: `-1234.5`, without leading zeros beyond one.
///
/// # Errors
/// [`Wrong::NoNumber`], [`Wrong::TwoNumbers`].
pub fn plain(typed: &str, marks: Marks) -> Result<String, Wrong> {
    let text = half_width(typed);
    let (negative, rest) = unsigned(&text).ok_or(Wrong::NoNumber)?;
    let (mantissa, power) = match rest.split_once(['e', 'E']) {
        Some((mantissa, power)) => (mantissa, power.parse::<i64>().map_err(|_| Wrong::NoNumber)?),
        None => (rest, 0),
    };
    let read = |decimal, group| split(mantissa, Some(decimal), group);
    let (whole, part) = match marks {
        Marks::Point => read('.', ','),
        Marks::Comma => read(',', '.'),
        Marks::Either => match (read('.', ','), read(',', '.')) {
            (Some(point), Some(comma)) if point != comma => return Err(Wrong::TwoNumbers),
            (point, comma) => point.or(comma),
        },
    }
    .ok_or(Wrong::NoNumber)?;
    let (whole, part) = shifted(&whole, &part, power).ok_or(Wrong::NoNumber)?;
    let sign = if negative { "-" } else { "" };
    Ok(if part.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{part}") })
}

/// The sign, and what it belongs to.
fn unsigned(text: &str) -> Option<(bool, &str)> {
    let (negative, rest) = if let Some(rest) = text.strip_prefix('-') {
        (true, rest)
    } else if let Some(rest) = text.strip_prefix('(') {
        (true, rest.strip_suffix(')')?)
    } else {
        (false, text.strip_prefix('+').unwrap_or(text))
    };
    rest.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '.' | ',')).then_some((negative, rest))
}

/// Digits before and after the decimal mark, when the text is a number with these marks. Spaces and apostrophes may
/// group as well.
fn split(text: &str, decimal: Option<char>, group: char) -> Option<(String, String)> {
    let (whole, part) = match decimal.and_then(|mark| text.split_once(mark)) {
        Some((whole, part)) if !part.is_empty() => (whole, part),
        Some(_) => return None,
        None => (text, ""),
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let is_group = |char: char| char == group || matches!(char, ' ' | '\u{a0}' | '\u{202f}' | '\'' | '\u{2019}');
    let mut marks = whole.chars().filter(|char| !char.is_ascii_digit());
    let mark = marks.next();
    if !digits(part) || mark.is_some_and(|mark| !is_group(mark) || marks.any(|other| other != mark)) {
        return None;
    }
    if let Some(mark) = mark {
        let mut groups = whole.split(mark);
        let first = groups.next()?;
        let fits = (1..=3).contains(&first.len()) && !first.starts_with('0') && groups.all(|group| group.len() == 3);
        if !fits {
            return None;
        }
    }
    let whole: String = whole.chars().filter(char::is_ascii_digit).collect();
    if whole.is_empty() && part.is_empty() { None } else { Some((whole, part.to_owned())) }
}

/// Moves the point by a power of ten; drops leading zeros.
fn shifted(whole: &str, part: &str, power: i64) -> Option<(String, String)> {
    if power.abs() > ZEROS {
        return None;
    }
    let zeros = "0".repeat(power.unsigned_abs() as usize);
    let (digits, point) = if power >= 0 {
        (format!("{whole}{part}{zeros}"), whole.len() + power as usize)
    } else {
        (format!("{zeros}{whole}{part}"), whole.len())
    };
    let (whole, part) = digits.split_at(point);
    // Zeros that moving the point has put there are no digits of the number.
    let part = if power == 0 { part } else { part.trim_end_matches('0') };
    let whole = whole.trim_start_matches('0');
    Some((if whole.is_empty() { "0" } else { whole }.to_owned(), part.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_one_number_is_read_and_what_may_be_two_is_refused() {
        use Marks::{Comma, Either, Point};
        for (text, marks, expected) in [
            ("12.50", Point, Ok("12.50")),
            (" －１２．５ ", Point, Ok("-12.5")),
            ("1,234", Point, Ok("1234")),
            ("1,234,567.8", Point, Ok("1234567.8")),
            ("1 234.5", Point, Ok("1234.5")),
            ("1'234", Point, Ok("1234")),
            ("(12.50)", Point, Ok("-12.50")),
            ("+7", Point, Ok("7")),
            (".5", Point, Ok("0.5")),
            ("0012", Point, Ok("12")),
            ("-0", Point, Ok("-0")),
            ("1.5E+03", Point, Ok("1500")),
            ("1.25e-3", Point, Ok("0.00125")),
            ("120e-1", Point, Ok("12")),
            ("1,5", Point, Err(Wrong::NoNumber)),
            ("12,34,567", Point, Err(Wrong::NoNumber)),
            ("0,123", Point, Err(Wrong::NoNumber)),
            ("1,5", Comma, Ok("1.5")),
            ("1.234", Comma, Ok("1234")),
            ("1.234,56", Comma, Ok("1234.56")),
            ("1.234", Either, Err(Wrong::TwoNumbers)),
            ("1,234", Either, Err(Wrong::TwoNumbers)),
            ("1,5", Either, Ok("1.5")),
            ("1.5", Either, Ok("1.5")),
            ("1234.567", Either, Ok("1234.567")),
            ("0.123", Either, Ok("0.123")),
            ("1.234,5", Either, Ok("1234.5")),
            ("1,234,567", Either, Ok("1234567")),
            ("42", Either, Ok("42")),
            ("", Point, Err(Wrong::NoNumber)),
            ("-", Point, Err(Wrong::NoNumber)),
            ("1.", Point, Err(Wrong::NoNumber)),
            ("1.2.3", Point, Err(Wrong::NoNumber)),
            ("12.5%", Point, Err(Wrong::NoNumber)),
            ("NaN", Point, Err(Wrong::NoNumber)),
            ("1e999", Point, Err(Wrong::NoNumber)),
            ("--1", Point, Err(Wrong::NoNumber)),
            ("½", Point, Err(Wrong::NoNumber)),
        ] {
            assert_eq!(plain(text, marks).as_deref(), expected.as_ref().copied(), "{text:?} with {marks:?}");
        }
    }

    #[test]
    fn a_file_shows_its_marks() {
        let of = |separator, numbers: &[&str]| marks(separator, numbers.iter().copied());
        assert_eq!(of(b',', &["1,234"]), Marks::Point);
        assert_eq!(of(b',', &["1,5", "2"]), Marks::Comma);
        assert_eq!(of(b';', &["1.234"]), Marks::Either);
        assert_eq!(of(b';', &["1.234", "12,5"]), Marks::Comma);
        assert_eq!(of(b'\t', &["1.234", "12.5"]), Marks::Point);
        assert_eq!(of(b'\t', &["1,5", "1.5"]), Marks::Either);
    }

    proptest! {
        #[test]
        fn plain_numbers_are_left_as_they_are(whole in "0|[1-9][0-9]{0,12}", part in "|\\.[0-9]{1,6}", sign in "-?") {
            let text = format!("{sign}{whole}{part}");
            prop_assert_eq!(plain(&text, Marks::Point), Ok(text));
        }
    }
}

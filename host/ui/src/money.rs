//! Money as people read and type it: yuan with separators; inside, always whole fen.

/// `¥1,234.50` of 123,450 fen; a minus before what is below nought.
pub fn yuan(fen: i64) -> String {
    let (whole, rest) = (fen.unsigned_abs() / 100, fen.unsigned_abs() % 100);
    let sign = if fen < 0 { "−" } else { "" };
    format!("{sign}¥{}.{rest:02}", thousands(whole))
}

/// Figures in groups of three.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Yuan for a form: `1234.50`.
pub fn typed(fen: i64) -> String {
    let sign = if fen < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", fen.unsigned_abs() / 100, fen.unsigned_abs() % 100)
}

/// Fen of what somebody typed: yuan with at most two decimals, with or without separators and sign of currency. None of
/// anything else: nothing is rounded.
pub fn read(text: &str) -> Option<i64> {
    let plain: String = text.chars().map(narrow).filter(|letter| !letter.is_whitespace() && *letter != ',').collect();
    let plain = plain.strip_prefix(['¥', '￥']).unwrap_or(&plain);
    let plain = plain.strip_suffix('元').unwrap_or(plain);
    let (whole, rest) = plain.split_once('.').unwrap_or((plain, ""));
    let digits = |text: &str| text.bytes().all(|digit| digit.is_ascii_digit());
    if whole.is_empty() || whole.len() > 13 || rest.len() > 2 || !digits(whole) || !digits(rest) {
        return None;
    }
    let rest = format!("{rest:0<2}");
    Some(whole.parse::<i64>().ok()? * 100 + rest.parse::<i64>().ok()?)
}

/// Full-width figures and signs as their plain forms.
fn narrow(letter: char) -> char {
    match letter {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(letter as u32 - 0xfee0).unwrap_or(letter),
        other => other,
    }
}

/// Per cent of basis points, without trailing noughts: `40 %`, `12.5 %`.
pub fn percent(basis_points: i64) -> String {
    let (whole, rest) = (basis_points / 100, (basis_points % 100).unsigned_abs());
    match rest {
        0 => format!("{whole} %"),
        tens if tens % 10 == 0 => format!("{whole}.{} %", tens / 10),
        rest => format!("{whole}.{rest:02} %"),
    }
}

/// Basis points of what somebody typed as per cent, with at most two decimals.
pub fn read_percent(text: &str) -> Option<u32> {
    let plain = text.trim().trim_end_matches(['%', '％']);
    read(plain).and_then(|hundredths| u32::try_from(hundredths).ok())
}

/// Which part of the whole, in basis points, rounded down; none of nothing.
pub fn share(part: i64, whole: i64) -> Option<i64> {
    (whole > 0).then(|| i64::try_from(i128::from(part) * 10_000 / i128::from(whole)).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_read_yuan() {
        let texts = [0, 5, 100, 123_450, 100_000_000_000, -7].map(yuan);
        assert_eq!(texts, ["¥0.00", "¥0.05", "¥1.00", "¥1,234.50", "¥1,000,000,000.00", "−¥0.07"]);
        assert_eq!([percent(4_000), percent(1_250), percent(1_205)], ["40 %", "12.5 %", "12.05 %"]);
    }

    #[test]
    fn what_is_typed_is_read_to_the_fen_or_not_at_all() {
        for (text, fen) in
            [("1234.5", 123_450), ("¥ 1,234.50", 123_450), ("１２３４元", 123_400), ("0", 0), ("0.01", 1), (" 7 ", 700)]
        {
            assert_eq!(read(text), Some(fen), "{text}");
        }
        for text in ["", "-1", "1.234", "1e3", "一百", "1.2.3", ".", "99999999999999", "0x1"] {
            assert_eq!(read(text), None, "{text}");
        }
        assert_eq!(read(&typed(123_456)), Some(123_456));
        assert_eq!((read_percent("40 %"), read_percent("12.5"), read_percent("x")), (Some(4_000), Some(1_250), None));
    }

    #[test]
    fn a_share_is_never_flattered() {
        assert_eq!((share(7_999, 10_000), share(1, 3), share(1, 0)), (Some(7_999), Some(3_333), None));
        assert_eq!(share(i64::MAX / 2, i64::MAX), Some(4_999));
    }
}

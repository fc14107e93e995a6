//! Numbers of invoices in the one form in which they are compared.
//!
//! Paper and early electronic invoices have a number of 8 digits, beside a code of 10 or 12; digital ones (数电票, since
//! 2021) one number of 20 digits that begins with the year.

use crate::uscc::plain;

/// What people write before a number.
const PREFIXES: [&str; 6] = ["发票号码", "号码", "NO.", "NO", "№", "#"];

/// The number as it is compared: 8 or 20 digits. Spaces, hyphens, full-width digits, `No.` and the code before the number
/// make no difference, and noughts that a spreadsheet lost are put back. None for what is no number.
pub fn normal(text: &str) -> Option<String> {
    let plain: String = plain(text).collect();
    let mut rest = plain.as_str();
    while let Some(after) = PREFIXES.iter().find_map(|prefix| rest.strip_prefix(prefix)) {
        rest = after.trim_start_matches([':', '.']);
    }
    if rest.is_empty() || !rest.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number = match rest.len() {
        1..=8 => format!("{rest:0>8}"),
        // A code of 10 digits before it.
        18 => rest[10..].to_owned(),
        // Codes of 12 digits begin with a nought; years never did.
        20 if rest.starts_with('0') => rest[12..].to_owned(),
        20 => rest.to_owned(),
        _ => return None,
    };
    number.bytes().any(|digit| digit != b'0').then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_invoice_has_one_number_however_it_is_written() {
        for text in [
            "02345678",
            "2345678",
            "No.02345678",
            "no: 02345678",
            "№ 02345678",
            "０２３４５６７８",
            "0234-5678",
            " 02345678 ",
            "发票号码：02345678",
            "044001900111 02345678",
            "044001900111-02345678",
            "4400190011\u{3000}02345678",
            "#02345678",
        ] {
            assert_eq!(normal(text).as_deref(), Some("02345678"), "{text}");
        }
        let digital = "26332000000123456789";
        for text in
            [digital, "2633 2000 0001 2345 6789", "No.26332000000123456789", "２６３３２００００００１２３４５６７８９"]
        {
            assert_eq!(normal(text).as_deref(), Some(digital), "{text}");
        }
    }

    #[test]
    fn what_is_no_number_is_none() {
        for text in [
            "",
            "No.",
            "0",
            "00000000",
            "123456789",
            "1.2345678E7",
            "12345678.0",
            "-",
            "12345678a",
            "发票",
            "263320000001234567890",
        ] {
            assert_eq!(normal(text), None, "{text}");
        }
    }
}

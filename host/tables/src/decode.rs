//! Bytes of a file to text: UTF-8 with and without a mark, UTF-16 with one, GB18030 (and with it GBK and GB 2312).
//!
//! A file that mixes encodings is refused with its first odd line: decoded as one of them it would be half gibberish.

use crate::wrong::Unreadable;
use encoding_rs::{Encoding, GB18030, UTF_16BE, UTF_16LE};
use std::borrow::Cow;

/// What begins the files that people send by mistake: ZIP (also `.xlsx`), the older `.xls`, PDF.
const NOT_TEXT: [&[u8]; 3] = [b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF"];

/// Decodes a whole file.
///
/// # Errors
/// [`Unreadable::NotText`], [`Unreadable::Encoding`], [`Unreadable::Mixed`].
pub fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, Unreadable> {
    if NOT_TEXT.iter().any(|start| bytes.starts_with(start)) {
        return Err(Unreadable::NotText);
    }
    let text = match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => Cow::Borrowed(marked_utf8(rest)?),
        [0xff, 0xfe, rest @ ..] => utf16(UTF_16LE, rest)?,
        [0xfe, 0xff, rest @ ..] => utf16(UTF_16BE, rest)?,
        bytes => match std::str::from_utf8(bytes) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => Cow::Owned(gb18030(bytes)?),
        },
    };
    if text.contains('\0') { Err(Unreadable::NotText) } else { Ok(text) }
}

fn marked_utf8(bytes: &[u8]) -> Result<&str, Unreadable> {
    std::str::from_utf8(bytes).map_err(|error| {
        let line = breaks(&bytes[..error.valid_up_to()]) + 1;
        // The mark says what the first line is.
        if GB18030.decode_without_bom_handling_and_without_replacement(line_of(bytes, line)).is_some() {
            Unreadable::Mixed { line, unlike: 1 }
        } else {
            Unreadable::Encoding { line }
        }
    })
}

fn utf16(encoding: &'static Encoding, bytes: &[u8]) -> Result<Cow<'static, str>, Unreadable> {
    let (text, broken) = encoding.decode_without_bom_handling(bytes);
    if broken {
        let at = text.find('\u{fffd}').unwrap_or(0);
        return Err(Unreadable::Encoding { line: breaks(&text.as_bytes()[..at]) + 1 });
    }
    Ok(Cow::Owned(text.into_owned()))
}

/// Line by line, since neither encoding has a byte of a character that looks like a line break.
fn gb18030(bytes: &[u8]) -> Result<String, Unreadable> {
    let (mut text, mut first) = (String::with_capacity(bytes.len() * 3 / 2), None);
    for (line, bytes) in (1..).zip(bytes.split_inclusive(|byte| *byte == b'\n')) {
        if !bytes.is_ascii() {
            let utf8 = is_utf8(bytes);
            let (unlike, like) = *first.get_or_insert((line, utf8));
            if like != utf8 {
                return Err(Unreadable::Mixed { line, unlike });
            }
        }
        let decoded = GB18030.decode_without_bom_handling_and_without_replacement(bytes);
        match (decoded, first) {
            (Some(decoded), _) => text.push_str(&decoded),
            // A line of UTF-8; that the file is not all UTF-8 shows further down.
            (None, Some((_, true))) => {}
            (None, _) => return Err(Unreadable::Encoding { line }),
        }
    }
    Ok(text)
}

/// Whether a line with other characters than ASCII is UTF-8. Few short lines are both; then it is what people write:
/// characters of GB 2312, which UTF-8 read as GBK practically never gives.
fn is_utf8(line: &[u8]) -> bool {
    std::str::from_utf8(line).is_ok() && !is_gb2312(line)
}

fn is_gb2312(line: &[u8]) -> bool {
    let mut bytes = line.iter();
    while let Some(first) = bytes.next() {
        let pair = match first {
            0x00..=0x7f => continue,
            0xa1..=0xa9 | 0xb0..=0xf7 => bytes.next(),
            _ => None,
        };
        if !matches!(pair, Some(0xa1..=0xfe)) {
            return false;
        }
    }
    true
}

fn breaks(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|byte| **byte == b'\n').count() as u64
}

fn line_of(bytes: &[u8], line: u64) -> &[u8] {
    bytes.split(|byte| *byte == b'\n').nth(line as usize - 1).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "编码,名称\r\nM-1,冲床（一号）\r\nM-2,𠮷野家 €\r\n";

    fn gbk(text: &str) -> Vec<u8> {
        let (bytes, _, lossy) = GB18030.encode(text);
        assert!(!lossy);
        bytes.into_owned()
    }

    fn utf16(text: &str, order: impl Fn(u16) -> [u8; 2]) -> Vec<u8> {
        std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(order).collect()
    }

    #[test]
    fn the_same_text_comes_out_of_every_encoding() {
        let with_mark = [&b"\xef\xbb\xbf"[..], TEXT.as_bytes()].concat();
        for bytes in [
            TEXT.as_bytes().to_vec(),
            with_mark,
            utf16(TEXT, u16::to_le_bytes),
            utf16(TEXT, u16::to_be_bytes),
            gbk(TEXT),
        ] {
            assert_eq!(decode(&bytes).unwrap(), TEXT);
        }
    }

    #[test]
    fn a_file_of_two_encodings_is_refused_at_its_first_odd_line() {
        let (head, utf8, gb) = (b"code,name\n".to_vec(), "1,冲压车间\n".as_bytes().to_vec(), gbk("2,装配车间\n"));
        let of = |parts: &[&[u8]]| decode(&parts.concat()).map(Cow::into_owned);
        assert_eq!(of(&[&head, &utf8, &gb]), Err(Unreadable::Mixed { line: 3, unlike: 2 }));
        assert_eq!(of(&[&head, &gb, &head, &utf8]), Err(Unreadable::Mixed { line: 4, unlike: 2 }));
        assert_eq!(of(&[b"\xef\xbb\xbf", &head, &utf8, &gb]), Err(Unreadable::Mixed { line: 3, unlike: 1 }));
        assert_eq!(of(&[&head, &gb, &gb]), Ok("code,name\n2,装配车间\n2,装配车间\n".to_owned()));
    }

    #[test]
    fn a_short_name_that_is_also_utf8_does_not_spoil_a_file() {
        // C4 A8 and CD A8 (as in 联通) are characters of both encodings; the second line can only be GBK.
        let file = [gbk("name\n通\n"), gbk("联通\n")].concat();
        assert!(std::str::from_utf8(&gbk("通")).is_ok());
        assert_eq!(decode(&file).unwrap(), "name\n通\n联通\n");
    }

    #[test]
    fn what_is_no_text_is_told_apart_from_bad_text() {
        assert_eq!(decode(b"PK\x03\x04\x14"), Err(Unreadable::NotText));
        assert_eq!(decode(b"a,b\n\0\0"), Err(Unreadable::NotText));
        assert_eq!(decode(b"a,b\nx\n\xff\xff\n"), Err(Unreadable::Encoding { line: 3 }));
        assert_eq!(decode(b"\xff\xfea\x00\n\x00\x00\xd8"), Err(Unreadable::Encoding { line: 2 }));
        assert_eq!(decode(b"").unwrap(), "");
    }
}

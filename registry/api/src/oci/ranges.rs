//! `Range` of what is pulled, and the specification's `Content-Range` of what is pushed.

use axum::http::{HeaderMap, header};

/// Which bytes of content are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    All,
    /// From the first to the last, both included.
    Part(u64, u64),
    /// None that exist, or no range at all.
    Impossible,
}

/// Reads `Range` for content of this length. One range of bytes is served; several at once, and other units, are
/// ignored, as RFC 9110 allows.
pub fn wanted(headers: &HeaderMap, bytes: u64) -> Wanted {
    let Some(value) = headers.get(header::RANGE) else { return Wanted::All };
    let Some(range) = value.to_str().ok().and_then(|value| value.trim().strip_prefix("bytes=")) else {
        return Wanted::All;
    };
    if range.contains(',') {
        return Wanted::All;
    }
    let Some((first, last)) = range.trim().split_once('-') else { return Wanted::Impossible };
    let part = match (number(first), number(last)) {
        (Some(first), None) if last.is_empty() => Some((first, u64::MAX)),
        (Some(first), Some(last)) => Some((first, last)),
        // The last so many.
        (None, Some(count)) if first.is_empty() && count > 0 => Some((bytes.saturating_sub(count), u64::MAX)),
        _ => None,
    };
    match part {
        Some((first, last)) if first <= last && first < bytes => Wanted::Part(first, last.min(bytes - 1)),
        _ => Wanted::Impossible,
    }
}

/// Where a pushed chunk lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chunk {
    /// It says nothing: it follows.
    Next,
    /// From the first to the last byte, both included.
    At(u64, u64),
    /// Not readable.
    Invalid,
}

/// Reads `Content-Range: <first>-<last>`.
pub fn chunk(headers: &HeaderMap) -> Chunk {
    let Some(value) = headers.get(header::CONTENT_RANGE) else { return Chunk::Next };
    let range = value.to_str().ok().and_then(|value| value.split_once('-'));
    match range.and_then(|(first, last)| Some((number(first)?, number(last)?))) {
        Some((first, last)) if first <= last => Chunk::At(first, last),
        _ => Chunk::Invalid,
    }
}

/// Digits only: a sign or a space is no number here.
fn number(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: header::HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, value.parse().unwrap())])
    }

    #[test]
    fn one_range_of_bytes_is_served_and_nonsense_is_told() {
        let check = |value: &str, expected| assert_eq!(wanted(&headers(header::RANGE, value), 10), expected, "{value}");
        assert_eq!(wanted(&HeaderMap::new(), 10), Wanted::All);
        check("bytes=0-0", Wanted::Part(0, 0));
        check("bytes=2-5", Wanted::Part(2, 5));
        check("bytes=2-", Wanted::Part(2, 9));
        check("bytes=-3", Wanted::Part(7, 9));
        check("bytes=-30", Wanted::Part(0, 9));
        check("bytes=2-99999999", Wanted::Part(2, 9));
        for ignored in ["bytes=0-1,3-4", "lines=1-2", "0-1", "bytes 0-1"] {
            check(ignored, Wanted::All);
        }
        for bad in [
            "bytes=",
            "bytes=-",
            "bytes=5-2",
            "bytes=10-",
            "bytes=10-12",
            "bytes=a-b",
            "bytes=-0",
            "bytes=+1-2",
            "bytes=1",
            "bytes=0x1-2",
            "bytes=99999999999999999999-",
        ] {
            check(bad, Wanted::Impossible);
        }
        assert_eq!(wanted(&headers(header::RANGE, "bytes=0-"), 0), Wanted::Impossible, "nothing has no first byte");
    }

    #[test]
    fn a_chunk_says_where_it_lies_or_follows() {
        let check =
            |value: &str, expected| assert_eq!(chunk(&headers(header::CONTENT_RANGE, value)), expected, "{value}");
        assert_eq!(chunk(&HeaderMap::new()), Chunk::Next);
        check("0-0", Chunk::At(0, 0));
        check("10-19", Chunk::At(10, 19));
        for bad in ["", "5-4", "-5", "5-", "a-b", "bytes 0-4/5", "0-4/5", "0 - 4", "-1-4"] {
            check(bad, Chunk::Invalid);
        }
    }
}

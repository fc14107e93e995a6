//! Lines of an archive as JSON, to the last bit of every number.

use serde_json::{Number, Value as Json};

/// The JSON of a line that is written as an archive writes it: names in alphabetical order, nothing between, every number
/// in its shortest form.
///
/// The library reads numbers with a fraction to within the last bit, and no better without a setting that would change it
/// for everybody. So a line whose JSON is written otherwise has its numbers read once more, one by one.
pub(super) fn read(line: &str) -> Result<Json, String> {
    let mut json: Json = serde_json::from_str(line).map_err(|error| format!("it is no JSON: {error}"))?;
    if written(&json) != line {
        let mut fractions = fractions(line).into_iter();
        correct(&mut json, &mut fractions);
        if written(&json) != line {
            return Err("it is JSON, but not written as an archive writes it".to_owned());
        }
    }
    Ok(json)
}

/// As an archive writes it.
pub(super) fn written(json: &Json) -> String {
    json.to_string()
}

/// The numbers with a fraction or an exponent, as they stand in the text.
fn fractions(line: &str) -> Vec<&str> {
    let (mut found, mut at, bytes) = (Vec::new(), 0, line.as_bytes());
    while let Some(byte) = bytes.get(at) {
        let from = at;
        at += 1;
        if *byte == b'"' {
            while bytes.get(at).is_some_and(|byte| *byte != b'"') {
                at += if bytes[at] == b'\\' { 2 } else { 1 };
            }
            at += 1;
        } else if byte.is_ascii_digit() || *byte == b'-' {
            let is_part = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'+' | b'-');
            while bytes.get(at).is_some_and(is_part) {
                at += 1;
            }
            found.extend(line.get(from..at).filter(|number| number.contains(['.', 'e', 'E'])));
        }
    }
    found
}

/// Puts them in the places of what was read, which stand in the same order.
fn correct<'a>(json: &mut Json, fractions: &mut impl Iterator<Item = &'a str>) {
    match json {
        Json::Number(number) if number.is_f64() => {
            let exact = fractions.next().and_then(|text| text.parse().ok()).and_then(Number::from_f64);
            if let Some(exact) = exact {
                *number = exact;
            }
        }
        Json::Array(items) => items.iter_mut().for_each(|item| correct(item, fractions)),
        Json::Object(fields) => fields.values_mut().for_each(|field| correct(field, fractions)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    proptest! {
        #[test]
        fn every_number_comes_back_to_the_bit(bits in proptest::collection::vec(any::<u64>(), 1..20)) {
            let numbers: Vec<f64> = bits.into_iter().map(f64::from_bits).filter(|number| number.is_finite()).collect();
            let line = json!({"a": numbers, "text": "\"1.5e3\\", "z": {"inner": numbers}}).to_string();
            let read = read(&line).unwrap();
            for name in ["/a", "/z/inner"] {
                let read: Vec<u64> =
                    read.pointer(name).unwrap().as_array().unwrap().iter().map(|n| n.as_f64().unwrap().to_bits()).collect();
                prop_assert_eq!(&read, &numbers.iter().map(|number| number.to_bits()).collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn what_is_written_otherwise_is_refused() {
        for line in [
            "{\"b\":1,\"a\":2}",
            "{\"a\": 1}",
            "{\"a\":1.50}",
            "{\"a\":1,\"a\":1}",
            "{",
            "{\"a\":1e400}",
            "{\"a\":\"\\u0041\"}",
        ] {
            assert!(read(line).is_err(), "{line}");
        }
        assert_eq!(read("{\"a\":1,\"b\":[0.1,-0.0]}").unwrap()["b"][0], json!(0.1));
    }
}

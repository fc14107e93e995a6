//! Registers as values.

use crate::config::{ModbusSignal, Number, WordOrder};
use crate::reading::{Unreadable, Value};

/// The value of a signal whose registers are `words`, exactly as many as its type takes.
///
/// # Errors
/// NaN, an infinity, or more digits than a value has.
pub fn value(signal: &ModbusSignal, words: &[u16]) -> Result<Value, Unreadable> {
    let raw = match signal.word_order {
        WordOrder::HighFirst => words.iter().fold(0, join),
        WordOrder::LowFirst => words.iter().rev().fold(0, join),
    };
    // Each type takes its own low bits; the rest of `raw` is zero.
    let whole = match signal.number {
        Number::U16 | Number::U32 | Number::U64 => i128::from(raw),
        Number::I16 => i128::from(raw as u16 as i16),
        Number::I32 => i128::from(raw as u32 as i32),
        Number::F32 => {
            let number = f32::from_bits(raw as u32);
            return Value::float(f64::from(number), &number.to_string(), signal.scale);
        }
    };
    Value::scaled(whole, signal.scale)
}

fn join(high: u64, word: &u16) -> u64 {
    high << 16 | u64::from(*word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(number: &str, order: &str, scale: &str, words: &[u16], expected: &str) {
        let toml =
            format!("name = \"a.b\"\naddress = 0\ntype = \"{number}\"\nword_order = \"{order}\"\nscale = \"{scale}\"");
        let signal: ModbusSignal = toml::from_str(&toml).unwrap();
        let got = value(&signal, words).map_or_else(|error| error.to_string(), |value| format!("{value:?}"));
        assert!(got.contains(expected), "{number} {order} {scale} {words:x?}: {got}");
    }

    #[test]
    fn every_type_is_read_in_both_orders() {
        check("u16", "high-first", "1", &[0xffff], "Count(65535)");
        check("i16", "high-first", "1", &[0xffff], "Count(-1)");
        check("u32", "high-first", "1", &[0x0001, 0x0002], "Count(65538)");
        check("u32", "low-first", "1", &[0x0002, 0x0001], "Count(65538)");
        check("i32", "low-first", "1", &[0xfffe, 0xffff], "Count(-2)");
        check("f32", "high-first", "1", &[0x41c8, 0x0000], "Number(25.0)");
        check("f32", "low-first", "1", &[0xcccd, 0x3dcc], "Number(0.1)");
        check("u64", "high-first", "1", &[0, 0, 1, 0], "Count(65536)");
        check("u64", "low-first", "1", &[0, 1, 0, 0], "Count(65536)");
    }

    #[test]
    fn scales_are_exact_and_nonsense_is_no_value() {
        check("i16", "high-first", "0.1", &[0xfffb], "Exact(Exact { coef: -5, scale: 1 })");
        check("f32", "high-first", "0.1", &[0x3dcc, 0xcccd], "Exact(Exact { coef: 1, scale: 2 })");
        check("f32", "high-first", "1", &[0x7fc0, 0], "NaN or infinite");
        check("u64", "high-first", "1", &[0xffff; 4], "more digits");
    }
}

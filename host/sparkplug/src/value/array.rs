//! Arrays: numbers packed little endian, bits from the highest behind their count, texts that end with a zero byte.

use super::{Value, ValueError};
use crate::datatype::DataType;

/// Bits of an element that is a number.
fn bits(element: DataType) -> Option<u32> {
    Some(match element {
        DataType::Int8 | DataType::UInt8 => 8,
        DataType::Int16 | DataType::UInt16 => 16,
        DataType::Int32 | DataType::UInt32 | DataType::Float => 32,
        DataType::Int64 | DataType::UInt64 | DataType::Double | DataType::DateTime => 64,
        _ => return None,
    })
}

/// Elements of a packed array.
///
/// # Errors
/// The bytes do not come out even, or a text is not UTF-8.
pub(super) fn unpack(element: DataType, bytes: &[u8]) -> Result<Vec<Value>, ValueError> {
    match (element, bits(element)) {
        (DataType::Boolean, _) => booleans(bytes),
        (DataType::String, _) => texts(bytes),
        (_, Some(bits)) => {
            let chunks = bytes.chunks_exact(bits as usize / 8);
            if !chunks.remainder().is_empty() {
                return Err(ValueError::BadArray);
            }
            Ok(chunks.map(|chunk| number(element, bits, chunk)).collect())
        }
        _ => Err(ValueError::WrongType),
    }
}

fn number(element: DataType, bits: u32, chunk: &[u8]) -> Value {
    let raw = chunk.iter().rev().fold(0u64, |raw, byte| raw << 8 | u64::from(*byte));
    match element {
        DataType::Float => Value::Float(f32::from_bits(raw as u32)),
        DataType::Double => Value::Double(f64::from_bits(raw)),
        DataType::DateTime => Value::DateTime(raw),
        DataType::UInt8 | DataType::UInt16 | DataType::UInt32 | DataType::UInt64 => Value::Unsigned(raw),
        _ => Value::Signed((raw << (64 - bits)) as i64 >> (64 - bits)),
    }
}

fn booleans(bytes: &[u8]) -> Result<Vec<Value>, ValueError> {
    let (count, bits) = bytes.split_first_chunk::<4>().ok_or(ValueError::BadArray)?;
    let count = u32::from_le_bytes(*count) as usize;
    if count.div_ceil(8) != bits.len() {
        return Err(ValueError::BadArray);
    }
    Ok((0..count).map(|at| Value::Boolean(bits[at / 8] & (0x80 >> (at % 8)) != 0)).collect())
}

fn texts(bytes: &[u8]) -> Result<Vec<Value>, ValueError> {
    let Some((0, texts)) = bytes.split_last() else {
        return if bytes.is_empty() { Ok(Vec::new()) } else { Err(ValueError::BadArray) };
    };
    let text = |bytes: &[u8]| std::str::from_utf8(bytes).map(|text| Value::Text(text.to_owned()));
    texts.split(|byte| *byte == 0).map(text).collect::<Result<_, _>>().map_err(|_| ValueError::BadArray)
}

/// Packs elements.
///
/// # Errors
/// One of another type, one out of its range, or a text with a zero byte.
pub(super) fn pack(element: DataType, values: &[Value]) -> Result<Vec<u8>, ValueError> {
    let mut bytes = Vec::new();
    match element {
        DataType::Boolean => {
            bytes.extend_from_slice(&(values.len() as u32).to_le_bytes());
            bytes.resize(4 + values.len().div_ceil(8), 0);
            for (at, value) in values.iter().enumerate() {
                let Value::Boolean(value) = value else { return Err(ValueError::WrongType) };
                bytes[4 + at / 8] |= if *value { 0x80 >> (at % 8) } else { 0 };
            }
        }
        DataType::String => {
            for value in values {
                let Value::Text(text) = value else { return Err(ValueError::WrongType) };
                if text.contains('\0') {
                    return Err(ValueError::BadArray);
                }
                bytes.extend_from_slice(text.as_bytes());
                bytes.push(0);
            }
        }
        _ => {
            let bits = bits(element).ok_or(ValueError::WrongType)?;
            for value in values {
                let raw = match super::carry(element, value)? {
                    super::Carried::Int(raw) => u64::from(raw),
                    super::Carried::Long(raw) => raw,
                    super::Carried::Float(value) => u64::from(value.to_bits()),
                    super::Carried::Double(value) => value.to_bits(),
                    _ => return Err(ValueError::WrongType),
                };
                bytes.extend_from_slice(&raw.to_le_bytes()[..bits as usize / 8]);
            }
        }
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn booleans_stand_from_the_highest_bit_behind_their_count() {
        let bits = [false, false, true, true, false, true, false, false, true, true, false, true];
        let values = bits.map(Value::Boolean).to_vec();
        let bytes = [12, 0, 0, 0, 0x34, 0xd0];
        assert_eq!(pack(DataType::Boolean, &values).unwrap(), bytes);
        assert_eq!(unpack(DataType::Boolean, &bytes), Ok(values));
        assert_eq!(unpack(DataType::Boolean, &[13, 0, 0]), Err(ValueError::BadArray));
        assert_eq!(
            unpack(DataType::Boolean, &[255, 255, 255, 255, 0]),
            Err(ValueError::BadArray),
            "a count is no promise"
        );
    }

    #[test]
    fn numbers_are_little_endian_and_keep_their_sign() {
        let values = vec![Value::Signed(-30_000), Value::Signed(30_000)];
        assert_eq!(pack(DataType::Int16, &values).unwrap(), [0xd0, 0x8a, 0x30, 0x75]);
        assert_eq!(unpack(DataType::Int16, &[0xd0, 0x8a, 0x30, 0x75]), Ok(values));
        assert_eq!(unpack(DataType::Int8, &[0xef, 0x7b]), Ok(vec![Value::Signed(-17), Value::Signed(123)]));
        assert_eq!(unpack(DataType::Int16, &[1]), Err(ValueError::BadArray));
        assert_eq!(pack(DataType::UInt8, &[Value::Unsigned(256)]), Err(ValueError::OutOfRange));
    }

    #[test]
    fn texts_end_with_a_zero_byte() {
        let values = vec![Value::Text("ABC".into()), Value::Text(String::new()), Value::Text("冲床".into())];
        let bytes = pack(DataType::String, &values).unwrap();
        assert!(bytes.starts_with(b"ABC\0\0"));
        assert_eq!(unpack(DataType::String, &bytes), Ok(values));
        assert_eq!(unpack(DataType::String, b""), Ok(Vec::new()));
        assert_eq!(unpack(DataType::String, b"ABC"), Err(ValueError::BadArray));
        assert_eq!(unpack(DataType::String, b"\xff\0"), Err(ValueError::BadArray));
        assert_eq!(pack(DataType::String, &[Value::Text("a\0b".into())]), Err(ValueError::BadArray));
    }
}

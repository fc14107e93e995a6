//! Values with their types: numbers as two's complement, arrays packed little endian, and what does not fit its type.

use crate::datatype::DataType;
use crate::structure::{DataSet, Template};
use crate::wire::{Cell, MetricValue, ParameterContent, PropertyContent};

mod array;

/// A value of a known [`DataType`].
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `Int8` to `Int64`.
    Signed(i64),
    /// `UInt8` to `UInt64`.
    Unsigned(u64),
    Float(f32),
    Double(f64),
    Boolean(bool),
    /// `String`, `Text` and `Uuid`.
    Text(String),
    /// Milliseconds since 1970.
    DateTime(u64),
    /// `Bytes` and `File`.
    Bytes(Vec<u8>),
    DataSet(DataSet),
    Template(Template),
    /// Elements of one type.
    Array(Vec<Value>),
}

/// Why a value is none of its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ValueError {
    #[error("the value does not travel in the field of its type")]
    WrongType,
    #[error("the value is out of the range of its type")]
    OutOfRange,
    #[error("the packed array does not have the form of its type")]
    BadArray,
    #[error("the data set's columns, types and rows do not agree")]
    BadDataSet,
    #[error("the template is neither a definition nor an instance of one")]
    BadTemplate,
    #[error("the text is no UUID")]
    BadUuid,
    #[error("a value of this type cannot stand here")]
    Misplaced,
}

/// A value as it travels, without its type.
#[derive(Clone, Copy)]
pub(crate) enum Carried<'a> {
    Int(u32),
    Long(u64),
    Float(f32),
    Double(f64),
    Boolean(bool),
    Text(&'a str),
    Bytes(&'a [u8]),
}

macro_rules! carried {
    ($($oneof:ident: $($also:ident)?;)*) => {$(
        impl $oneof {
            pub(crate) fn carried(&self) -> Option<Carried<'_>> {
                Some(match self {
                    Self::Int(value) => Carried::Int(*value),
                    Self::Long(value) => Carried::Long(*value),
                    Self::Float(value) => Carried::Float(*value),
                    Self::Double(value) => Carried::Double(*value),
                    Self::Boolean(value) => Carried::Boolean(*value),
                    Self::Text(value) => Carried::Text(value),
                    $(Self::$also(value) => Carried::$also(value),)?
                    #[allow(unreachable_patterns, reason = "some of them hold messages, too")]
                    _ => return None,
                })
            }

            pub(crate) fn carry(value: Carried<'_>) -> Option<Self> {
                Some(match value {
                    Carried::Int(value) => Self::Int(value),
                    Carried::Long(value) => Self::Long(value),
                    Carried::Float(value) => Self::Float(value),
                    Carried::Double(value) => Self::Double(value),
                    Carried::Boolean(value) => Self::Boolean(value),
                    Carried::Text(value) => Self::Text(value.to_owned()),
                    $(Carried::$also(value) => Self::$also(value.to_owned()),)?
                    #[allow(unreachable_patterns, reason = "some of them hold bytes, too")]
                    _ => return None,
                })
            }
        }
    )*};
}
carried! { MetricValue: Bytes; PropertyContent: ; Cell: ; ParameterContent: ; }

/// Reads the value of a metric.
///
/// # Errors
/// It is none of this type.
pub fn read(datatype: DataType, value: &MetricValue) -> Result<Value, ValueError> {
    match (datatype, value) {
        (DataType::DataSet, MetricValue::DataSet(set)) => DataSet::read(set).map(Value::DataSet),
        (DataType::Template, MetricValue::Template(template)) => Template::read(template).map(Value::Template),
        (DataType::PropertySet | DataType::PropertySetList, _) => Err(ValueError::Misplaced),
        _ => scalar(datatype, value.carried().ok_or(ValueError::WrongType)?),
    }
}

/// Writes the value of a metric.
///
/// # Errors
/// It is none of this type.
pub fn write(datatype: DataType, value: &Value) -> Result<MetricValue, ValueError> {
    match (datatype, value) {
        (DataType::DataSet, Value::DataSet(set)) => Ok(MetricValue::DataSet(set.write()?)),
        (DataType::Template, Value::Template(template)) => Ok(MetricValue::Template(template.write()?)),
        (_, Value::Array(elements)) => {
            let element = datatype.element().ok_or(ValueError::WrongType)?;
            array::pack(element, elements).map(MetricValue::Bytes)
        }
        _ => MetricValue::carry(carry(datatype, value)?).ok_or(ValueError::WrongType),
    }
}

/// Reads anything but data sets and templates.
pub(crate) fn scalar(datatype: DataType, value: Carried<'_>) -> Result<Value, ValueError> {
    if let Some(element) = datatype.element() {
        let Carried::Bytes(bytes) = value else { return Err(ValueError::WrongType) };
        return array::unpack(element, bytes).map(Value::Array);
    }
    match (datatype, value) {
        (DataType::Int8, value) => signed(value, 8),
        (DataType::Int16, value) => signed(value, 16),
        (DataType::Int32, value) => signed(value, 32),
        // As it stands: a negative number is a large one here.
        (DataType::Int64, value) => Ok(Value::Signed(whole(value)? as i64)),
        (DataType::UInt8, value) => unsigned(value, 8),
        (DataType::UInt16, value) => unsigned(value, 16),
        (DataType::UInt32, value) => unsigned(value, 32),
        (DataType::UInt64, value) => Ok(Value::Unsigned(whole(value)?)),
        (DataType::DateTime, value) => Ok(Value::DateTime(whole(value)?)),
        (DataType::Float, Carried::Float(value)) => Ok(Value::Float(value)),
        (DataType::Double, Carried::Double(value)) => Ok(Value::Double(value)),
        // Nothing is lost on the way up.
        (DataType::Double, Carried::Float(value)) => Ok(Value::Double(f64::from(value))),
        (DataType::Boolean, Carried::Boolean(value)) => Ok(Value::Boolean(value)),
        (DataType::String | DataType::Text, Carried::Text(value)) => Ok(Value::Text(value.to_owned())),
        (DataType::Uuid, Carried::Text(value)) => uuid(value).map(|()| Value::Text(value.to_owned())),
        (DataType::Bytes | DataType::File, Carried::Bytes(value)) => Ok(Value::Bytes(value.to_owned())),
        _ => Err(ValueError::WrongType),
    }
}

/// Writes anything but data sets, templates and arrays.
pub(crate) fn carry(datatype: DataType, value: &Value) -> Result<Carried<'_>, ValueError> {
    let signed = |value: i64, bits: u32| {
        let half = 1i64 << (bits - 1);
        // The width of the type, not of the field: -1 of eight bits is 255.
        let low = (value as u64 & ((1u64 << bits) - 1)) as u32;
        if (-half..half).contains(&value) { Ok(Carried::Int(low)) } else { Err(ValueError::OutOfRange) }
    };
    let unsigned = |value: u64, bits: u32| {
        if value >> bits == 0 { Ok(Carried::Int(value as u32)) } else { Err(ValueError::OutOfRange) }
    };
    match (datatype, value) {
        (DataType::Int8, Value::Signed(value)) => signed(*value, 8),
        (DataType::Int16, Value::Signed(value)) => signed(*value, 16),
        (DataType::Int32, Value::Signed(value)) => signed(*value, 32),
        (DataType::Int64, Value::Signed(value)) => Ok(Carried::Long(*value as u64)),
        (DataType::UInt8, Value::Unsigned(value)) => unsigned(*value, 8),
        (DataType::UInt16, Value::Unsigned(value)) => unsigned(*value, 16),
        (DataType::UInt32, Value::Unsigned(value)) => unsigned(*value, 32),
        (DataType::UInt64, Value::Unsigned(value)) => Ok(Carried::Long(*value)),
        (DataType::DateTime, Value::DateTime(value)) => Ok(Carried::Long(*value)),
        (DataType::Float, Value::Float(value)) => Ok(Carried::Float(*value)),
        (DataType::Double, Value::Double(value)) => Ok(Carried::Double(*value)),
        (DataType::Boolean, Value::Boolean(value)) => Ok(Carried::Boolean(*value)),
        (DataType::String | DataType::Text, Value::Text(value)) => Ok(Carried::Text(value)),
        (DataType::Uuid, Value::Text(value)) => uuid(value).map(|()| Carried::Text(value)),
        (DataType::Bytes | DataType::File, Value::Bytes(value)) => Ok(Carried::Bytes(value)),
        _ => Err(ValueError::WrongType),
    }
}

/// A whole number of either field: some libraries send 32 bits in the long one.
fn whole(value: Carried<'_>) -> Result<u64, ValueError> {
    match value {
        Carried::Int(value) => Ok(u64::from(value)),
        Carried::Long(value) => Ok(value),
        _ => Err(ValueError::WrongType),
    }
}

fn unsigned(value: Carried<'_>, bits: u32) -> Result<Value, ValueError> {
    let value = whole(value)?;
    if value >> bits == 0 { Ok(Value::Unsigned(value)) } else { Err(ValueError::OutOfRange) }
}

/// Two's complement of the type's width, or the same number extended to the width of the field: both are sent.
fn signed(value: Carried<'_>, bits: u32) -> Result<Value, ValueError> {
    let extended = match value {
        Carried::Int(value) => i64::from(value as i32),
        _ => whole(value)? as i64,
    };
    let half = 1i64 << (bits - 1);
    if (-half..half).contains(&extended) {
        return Ok(Value::Signed(extended));
    }
    let narrow = whole(value)?;
    if narrow >> bits == 0 { Ok(Value::Signed(narrow as i64 - 2 * half)) } else { Err(ValueError::OutOfRange) }
}

fn uuid(text: &str) -> Result<(), ValueError> {
    let hyphens = |at: usize| matches!(at, 8 | 13 | 18 | 23);
    let form = |(at, byte): (usize, u8)| if hyphens(at) { byte == b'-' } else { byte.is_ascii_hexdigit() };
    if text.len() == 36 && text.bytes().enumerate().all(form) { Ok(()) } else { Err(ValueError::BadUuid) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(datatype: DataType, wire: MetricValue, expected: Result<Value, ValueError>) {
        assert_eq!(read(datatype, &wire), expected, "{datatype:?} {wire:?}");
    }

    #[test]
    fn negative_numbers_are_twos_complement_of_their_type_or_of_the_field() {
        for (datatype, narrow) in [(DataType::Int8, 0xff), (DataType::Int16, 0xffff), (DataType::Int32, 0xffff_ffff)] {
            check(datatype, MetricValue::Int(narrow), Ok(Value::Signed(-1)));
            check(datatype, MetricValue::Int(0xffff_ffff), Ok(Value::Signed(-1)));
            assert_eq!(write(datatype, &Value::Signed(-1)), Ok(MetricValue::Int(narrow)));
        }
        check(DataType::Int8, MetricValue::Int(0x80), Ok(Value::Signed(-128)));
        check(DataType::Int8, MetricValue::Int(0x7f), Ok(Value::Signed(127)));
        check(DataType::Int64, MetricValue::Long(u64::MAX), Ok(Value::Signed(-1)));
        check(DataType::Int32, MetricValue::Long(u64::MAX), Ok(Value::Signed(-1)));
        check(DataType::Int32, MetricValue::Long(0xffff_ffff), Ok(Value::Signed(-1)));
    }

    #[test]
    fn what_is_out_of_the_range_of_its_type_is_refused_both_ways() {
        check(DataType::Int8, MetricValue::Int(0x100), Err(ValueError::OutOfRange));
        check(DataType::Int32, MetricValue::Long(1 << 32), Err(ValueError::OutOfRange));
        check(DataType::UInt8, MetricValue::Int(256), Err(ValueError::OutOfRange));
        check(DataType::UInt32, MetricValue::Long(1 << 32), Err(ValueError::OutOfRange));
        check(DataType::UInt32, MetricValue::Long(u64::from(u32::MAX)), Ok(Value::Unsigned(u64::from(u32::MAX))));
        assert_eq!(write(DataType::Int8, &Value::Signed(128)), Err(ValueError::OutOfRange));
        assert_eq!(write(DataType::UInt16, &Value::Unsigned(65_536)), Err(ValueError::OutOfRange));
    }

    #[test]
    fn a_value_in_the_field_of_another_type_is_refused() {
        check(DataType::Boolean, MetricValue::Int(1), Err(ValueError::WrongType));
        check(DataType::Int32, MetricValue::Double(1.0), Err(ValueError::WrongType));
        check(DataType::Float, MetricValue::Double(1.0), Err(ValueError::WrongType));
        check(DataType::Double, MetricValue::Float(1.5), Ok(Value::Double(1.5)));
        check(DataType::Int8Array, MetricValue::Text("x".into()), Err(ValueError::WrongType));
        check(DataType::Bytes, MetricValue::Bytes(vec![1]), Ok(Value::Bytes(vec![1])));
        check(DataType::PropertySet, MetricValue::Int(1), Err(ValueError::Misplaced));
        assert_eq!(write(DataType::Int32, &Value::Text("1".into())), Err(ValueError::WrongType));
    }

    #[test]
    fn a_uuid_looks_like_one() {
        let good = "018f0e6e-7b1c-7cc3-a1b2-0123456789AB";
        check(DataType::Uuid, MetricValue::Text(good.into()), Ok(Value::Text(good.into())));
        check(DataType::Uuid, MetricValue::Text("018f0e6e7b1c".into()), Err(ValueError::BadUuid));
    }
}

//! Values seen dynamically: what a host knows only through a [`Type`].

use crate::codec::{CodecError, Decode, Encode, Reader, put_signed, put_text, put_unsigned};
use crate::file;
use crate::limits;
use crate::schema::{Field, Type};
use crate::types::{DECIMAL_COEF_MAX, Date, Instant, RawId, check_text};

/// A value of some [`Type`]. Scalars order as the database orders them.
#[derive(Clone, Debug, PartialEq, PartialOrd)]
pub enum Value {
    Unit,
    /// An absent option.
    None,
    Bool(bool),
    Int(i64),
    Float(f64),
    /// The coefficient; the type holds the scale.
    Decimal(i64),
    Text(String),
    Instant(Instant),
    Date(Date),
    Id(RawId),
    /// The position of the case.
    Enum(u32),
    List(Vec<Value>),
    Struct(Vec<Value>),
}

/// Reads one value of a type off a reader.
///
/// # Errors
/// The bytes are not such a value, or it exceeds a limit of its type.
pub fn read(ty: &Type, reader: &mut Reader<'_>) -> Result<Value, CodecError> {
    Ok(match ty {
        Type::Unit => Value::Unit,
        Type::Bool => Value::Bool(reader.flag()?),
        Type::Int => Value::Int(reader.signed()?),
        Type::Float => Value::Float(f64::decode(reader)?),
        Type::Decimal { .. } => {
            let coef = reader.signed()?;
            if !(-DECIMAL_COEF_MAX..=DECIMAL_COEF_MAX).contains(&coef) {
                return Err(CodecError::Invalid("a decimal has more than eighteen digits"));
            }
            Value::Decimal(coef)
        }
        Type::Text { max } => {
            let text = reader.text()?;
            check_text(text, *max)?;
            Value::Text(text.to_owned())
        }
        Type::File { accept, .. } => {
            let name = reader.text()?;
            file::check(name, accept)?;
            Value::Text(name.to_owned())
        }
        Type::Instant => Value::Instant(Instant::decode(reader)?),
        Type::Date => Value::Date(Date::decode(reader)?),
        Type::Id { .. } | Type::Ref { .. } => Value::Id(RawId::decode(reader)?),
        Type::Enum { cases, .. } => match reader.unsigned()? {
            case if case < cases.len() as u64 => Value::Enum(case as u32),
            _ => return Err(CodecError::Invalid("an enum has no such case")),
        },
        Type::Option { of } => {
            if reader.flag()? {
                read(of, reader)?
            } else {
                Value::None
            }
        }
        Type::List { of } => {
            let len = reader.unsigned()?;
            if len > u64::from(limits::LIST_ITEMS) {
                return Err(CodecError::Invalid("a list has more items than allowed"));
            }
            let item = |_| {
                let before = reader.rest().len();
                let item = read(of, reader)?;
                // Lists in lists of nothing would let a few bytes stand for any amount of memory.
                if reader.rest().len() == before {
                    Err(CodecError::Invalid("items of a list take bytes"))
                } else {
                    Ok(item)
                }
            };
            Value::List((0..len).map(item).collect::<Result<_, _>>()?)
        }
        Type::Struct { fields, .. } => Value::Struct(read_fields(fields, reader)?),
    })
}

/// Reads the fields of a structure or record in order.
pub fn read_fields(fields: &[Field], reader: &mut Reader<'_>) -> Result<Vec<Value>, CodecError> {
    fields.iter().map(|field| read(&field.of, reader)).collect()
}

/// The value that is all of `bytes`.
pub fn from_bytes(ty: &Type, bytes: &[u8]) -> Result<Value, CodecError> {
    let mut reader = Reader::new(bytes);
    let value = read(ty, &mut reader)?;
    if reader.rest().is_empty() { Ok(value) } else { Err(CodecError::Trailing) }
}

/// Writes a value that was made for this type. A value of another shape is the caller's bug.
pub fn write(ty: &Type, value: &Value, out: &mut Vec<u8>) {
    match (ty, value) {
        (Type::Option { .. }, Value::None) => out.push(0),
        (Type::Option { of }, value) => {
            out.push(1);
            write(of, value, out);
        }
        (Type::List { of }, Value::List(items)) => {
            put_unsigned(items.len() as u64, out);
            items.iter().for_each(|item| write(of, item, out));
        }
        (Type::Struct { fields, .. }, Value::Struct(values)) => write_fields(fields, values, out),
        (_, Value::Unit) => {}
        (_, Value::Bool(flag)) => flag.encode(out),
        (_, Value::Int(value) | Value::Decimal(value)) => put_signed(*value, out),
        (_, Value::Float(value)) => value.encode(out),
        (_, Value::Text(text)) => put_text(text, out),
        (_, Value::Instant(instant)) => instant.encode(out),
        (_, Value::Date(date)) => date.encode(out),
        (_, Value::Id(id)) => id.encode(out),
        (_, Value::Enum(case)) => put_unsigned(u64::from(*case), out),
        (ty, value) => unreachable!("{value:?} is no value of {ty:?}"),
    }
}

pub fn write_fields(fields: &[Field], values: &[Value], out: &mut Vec<u8>) {
    assert_eq!(fields.len(), values.len(), "one value a field");
    for (field, value) in fields.iter().zip(values) {
        write(&field.of, value, out);
    }
}

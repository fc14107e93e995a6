//! One field of a record as a column: its SQL type, and the way between codec bytes and values.

use crate::engine::Value;
use crate::error::{Result, StoreError};
use toolcrib_contract::codec::{CodecError, Decode, Reader, put_signed, put_text, put_unsigned};
use toolcrib_contract::file::NAME_CHARS;
use toolcrib_contract::schema::{Field, Type};
use toolcrib_contract::types::{DECIMAL_COEF_MAX, Date, Instant, check_text};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Bool,
    Int,
    Float,
    Decimal {
        scale: u8,
    },
    /// At most this many characters.
    Text {
        max: u32,
    },
    Instant,
    Date,
    Id,
    /// This many cases.
    Enum {
        cases: u64,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Column {
    pub field: String,
    pub kind: Kind,
    pub optional: bool,
}

impl Column {
    /// # Errors
    /// The type is no scalar and no option of a scalar.
    pub fn of(field: &Field) -> std::result::Result<Self, String> {
        let (of, optional) = match &field.of {
            Type::Option { of } => (&**of, true),
            of => (of, false),
        };
        let kind = match of {
            Type::Bool => Kind::Bool,
            Type::Int => Kind::Int,
            Type::Float => Kind::Float,
            Type::Decimal { scale } => Kind::Decimal { scale: *scale },
            Type::Text { max } => Kind::Text { max: *max },
            Type::File { .. } => Kind::Text { max: NAME_CHARS },
            Type::Instant => Kind::Instant,
            Type::Date => Kind::Date,
            Type::Id { .. } | Type::Ref { .. } => Kind::Id,
            Type::Enum { cases, .. } => Kind::Enum { cases: cases.len() as u64 },
            Type::Unit | Type::Option { .. } | Type::List { .. } | Type::Struct { .. } => {
                return Err(format!("field `{}` is neither a scalar nor an option of one", field.name));
            }
        };
        if !toolcrib_contract::names::is_identifier(&field.name) {
            return Err("a field's name is not an identifier".to_owned());
        }
        Ok(Self { field: field.name.clone(), kind, optional })
    }

    pub fn ddl(&self) -> String {
        let name = format!("c_{}", self.field);
        let body = match self.kind {
            Kind::Bool => format!("INTEGER CHECK({name} IN (0,1))"),
            Kind::Int | Kind::Decimal { .. } | Kind::Instant | Kind::Date => "INTEGER".to_owned(),
            Kind::Float => "REAL".to_owned(),
            Kind::Text { max } => format!("TEXT CHECK(length({name})<={max})"),
            Kind::Id => format!("BLOB CHECK(length({name})=16)"),
            Kind::Enum { cases } => format!("INTEGER CHECK({name} BETWEEN 0 AND {})", cases.saturating_sub(1)),
        };
        format!("{name} {body}{}", if self.optional { "" } else { " NOT NULL" })
    }

    /// Its type in a table that versions and tenants share: what is required and how long it may be is not the table's.
    pub fn postgres(&self) -> &'static str {
        match self.kind {
            Kind::Bool | Kind::Int | Kind::Decimal { .. } | Kind::Instant | Kind::Date | Kind::Enum { .. } => "bigint",
            Kind::Float => "double precision",
            Kind::Text { .. } => "text COLLATE \"C\"",
            Kind::Id => "uuid",
        }
    }

    /// The same as a cast names it.
    pub fn cast(&self) -> &'static str {
        if let Kind::Text { .. } = self.kind { "text" } else { self.postgres() }
    }

    /// Reads one value, options included, and checks the rules of its type.
    pub fn decode<'a>(&self, reader: &mut Reader<'a>) -> std::result::Result<Value<'a>, CodecError> {
        if self.optional && !reader.flag()? {
            return Ok(Value::Null);
        }
        Ok(match self.kind {
            Kind::Bool => Value::Integer(i64::from(reader.flag()?)),
            Kind::Int => Value::Integer(reader.signed()?),
            Kind::Float => Value::Real(f64::decode(reader)?),
            Kind::Decimal { .. } => match reader.signed()? {
                coef if (-DECIMAL_COEF_MAX..=DECIMAL_COEF_MAX).contains(&coef) => Value::Integer(coef),
                _ => return Err(CodecError::Invalid("a decimal has more than eighteen digits")),
            },
            Kind::Text { max } => {
                let text = reader.text()?;
                check_text(text, max)?;
                Value::Text(text.as_bytes())
            }
            Kind::Instant => Value::Integer(Instant::decode(reader)?.0),
            Kind::Date => Value::Integer(Date::decode(reader)?.0),
            Kind::Id => match reader.take(16)?.try_into() {
                Ok(id) => Value::Id(id),
                Err(_) => return Err(CodecError::Invalid("an id has sixteen bytes")),
            },
            Kind::Enum { cases } => match reader.unsigned()? {
                case if case < cases => Value::Integer(case as i64),
                _ => return Err(CodecError::Invalid("an enum has no such case")),
            },
        })
    }

    /// The value that is all of `bytes`.
    pub fn decode_all<'a>(&self, bytes: &'a [u8]) -> std::result::Result<Value<'a>, CodecError> {
        let mut reader = Reader::new(bytes);
        let value = self.decode(&mut reader)?;
        if reader.rest().is_empty() { Ok(value) } else { Err(CodecError::Trailing) }
    }

    /// Writes a stored value.
    ///
    /// # Errors
    /// [`StoreError::Incompatible`] when a required field is empty: the row was written by another version.
    pub fn encode(&self, value: Value<'_>, out: &mut Vec<u8>) -> Result<()> {
        if let Value::Null = value {
            if self.optional {
                out.push(0);
                return Ok(());
            }
            return Err(StoreError::Incompatible(format!("a stored row has no `{}`", self.field)));
        }
        if self.optional {
            out.push(1);
        }
        match (self.kind, value) {
            (Kind::Bool, Value::Integer(value)) => out.push(u8::from(value != 0)),
            (Kind::Int | Kind::Decimal { .. } | Kind::Instant | Kind::Date, Value::Integer(value)) => {
                put_signed(value, out);
            }
            (Kind::Enum { .. }, Value::Integer(value)) => put_unsigned(value as u64, out),
            (Kind::Float, Value::Real(value)) => out.extend_from_slice(&value.to_le_bytes()),
            (Kind::Text { .. }, Value::Text(text)) => {
                let text = std::str::from_utf8(text).map_err(|_| damaged(&self.field))?;
                put_text(text, out);
            }
            (Kind::Id, Value::Blob(id)) if id.len() == 16 => out.extend_from_slice(id),
            (Kind::Id, Value::Id(id)) => out.extend_from_slice(id),
            _ => return Err(damaged(&self.field)),
        }
        Ok(())
    }
}

fn damaged(field: &str) -> StoreError {
    StoreError::Io(format!("a stored `{field}` is not of its column's type"))
}

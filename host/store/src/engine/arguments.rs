//! Values as PostgreSQL's protocol carries them.

use crate::engine::Value;
use crate::error::{Result, StoreError};
use sqlx::Postgres;
use sqlx::encode::{Encode, IsNull};
use sqlx::error::BoxDynError;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgArgumentBuffer, PgArguments, PgHasArrayType, PgRow, PgTypeInfo};
use sqlx::{Arguments, Row, Type, TypeInfo, ValueRef};

const INT8: Oid = Oid(20);
const FLOAT8: Oid = Oid(701);
const TEXT: Oid = Oid(25);
const BYTEA: Oid = Oid(17);
const UUID: Oid = Oid(2950);
const UUIDS: Oid = Oid(2951);
/// The server finds out by itself.
const UNSPECIFIED: Oid = Oid(0);

impl Type<Postgres> for Value<'_> {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(UNSPECIFIED)
    }

    fn compatible(_: &PgTypeInfo) -> bool {
        true
    }
}

impl<'q> Encode<'q, Postgres> for Value<'q> {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> std::result::Result<IsNull, BoxDynError> {
        match self {
            Self::Null => return Ok(IsNull::Yes),
            Self::Integer(value) => buffer.extend_from_slice(&value.to_be_bytes()),
            Self::Real(value) => buffer.extend_from_slice(&value.to_be_bytes()),
            // The one character that PostgreSQL keeps in no text. Records have none; what says why something failed may.
            Self::Text(bytes) if bytes.contains(&0) => {
                let text = String::from_utf8_lossy(bytes).replace('\0', "\u{fffd}");
                buffer.extend_from_slice(text.as_bytes());
            }
            Self::Text(bytes) | Self::Blob(bytes) => buffer.extend_from_slice(bytes),
            Self::Id(id) => buffer.extend_from_slice(&id[..]),
        }
        Ok(IsNull::No)
    }

    fn produces(&self) -> Option<PgTypeInfo> {
        Some(PgTypeInfo::with_oid(match self {
            Self::Null => UNSPECIFIED,
            Self::Integer(_) => INT8,
            Self::Real(_) => FLOAT8,
            Self::Text(_) => TEXT,
            Self::Blob(_) => BYTEA,
            Self::Id(_) => UUID,
        }))
    }
}

/// An id in a list of ids.
pub(crate) struct Uuid(pub [u8; 16]);

impl Type<Postgres> for Uuid {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(UUID)
    }
}

impl PgHasArrayType for Uuid {
    fn array_type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(UUIDS)
    }
}

impl Encode<'_, Postgres> for Uuid {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> std::result::Result<IsNull, BoxDynError> {
        buffer.extend_from_slice(&self.0);
        Ok(IsNull::No)
    }
}

/// The tenant, then the statement's own values.
pub(crate) fn arguments(tenant: &[u8; 16], values: &[Value<'_>]) -> Result<PgArguments> {
    let mut arguments = PgArguments::default();
    for value in std::iter::once(&Value::Id(tenant)).chain(values) {
        arguments.add(*value).map_err(|error| StoreError::Internal(error.to_string()))?;
    }
    Ok(arguments)
}

/// The value at a place of a row, as it lies there.
pub(crate) fn read<'a>(row: &'a PgRow, at: usize) -> Result<Value<'a>> {
    let failed = |error: BoxDynError| StoreError::Internal(error.to_string());
    let value = row.try_get_raw(at).map_err(|error| failed(error.into()))?;
    if value.is_null() {
        return Ok(Value::Null);
    }
    let (of, bytes) = (value.type_info().oid(), value.as_bytes().map_err(failed)?);
    let whole = || StoreError::Internal(format!("a value of the type {of:?} has {} bytes", bytes.len()));
    Ok(match of.map(|of| of.0) {
        Some(20) => Value::Integer(i64::from_be_bytes(bytes.try_into().map_err(|_| whole())?)),
        Some(23) => Value::Integer(i32::from_be_bytes(bytes.try_into().map_err(|_| whole())?).into()),
        Some(16) => Value::Integer(bytes.first().copied().unwrap_or(0).into()),
        Some(701) => Value::Real(f64::from_be_bytes(bytes.try_into().map_err(|_| whole())?)),
        Some(19 | 25 | 1043) => Value::Text(bytes),
        Some(17) => Value::Blob(bytes),
        Some(2950) => Value::Id(bytes.try_into().map_err(|_| whole())?),
        _ => {
            return Err(StoreError::Internal(format!(
                "nobody expected a value of the type {}",
                value.type_info().name()
            )));
        }
    })
}

//! Records, their rows, and which Rust types may stand where.

use crate::outcome::{Outcome, malformed, reject};
use std::ops::{Deref, DerefMut};
use toolcrib_contract::row::RowHead;
use toolcrib_contract::schema::{Field, RecordName, Schema};
use toolcrib_contract::signal::{StateChange, Window};
use toolcrib_contract::{CodecError, Date, Decimal, Decode, Encode, Id, Instant, RawId, Reader, Ref, Text, Type};

/// A type that may be a parameter, an output, or a field of an event or value.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot cross the boundary of a module",
    label = "not a type of the contract",
    note = "use bool, i64, f64, Decimal<S>, Text<N>, Instant, Date, Id<R>, Ref<R>, Option, Vec, or a struct or enum marked #[value]"
)]
pub trait Crosses: Schema + Encode + Decode {}

/// A type that may be a field of a record.
#[diagnostic::on_unimplemented(
    message = "a field of a record cannot be `{Self}`",
    label = "a record holds columns: scalars and options of scalars",
    note = "use bool, i64, f64, Decimal<S>, Text<N>, Instant, Date, Id<R>, Ref<R>, an enum marked #[value], or an Option of one",
    note = "for a list, make another record that refers to this one with Ref<…>"
)]
pub trait Column: Crosses {}

/// A column that is never absent.
pub trait Scalar: Column {}

macro_rules! scalars {
    ($([$($generics:tt)*] $ty:ty),* $(,)?) => {$(
        impl<$($generics)*> Crosses for $ty {}
        impl<$($generics)*> Column for $ty {}
        impl<$($generics)*> Scalar for $ty {}
    )*};
}
scalars!(
    [] bool, [] i64, [] f64, [] Instant, [] Date,
    [const SCALE: u8] Decimal<SCALE>, [const MAX: u32] Text<MAX>, [R: RecordName] Id<R>, [R: RecordName] Ref<R>,
);
impl<T: Scalar> Column for Option<T> {}
impl Crosses for () {}
impl<T: Crosses> Crosses for Option<T> {}
impl<T: Crosses> Crosses for Vec<T> {}
impl Crosses for StateChange {}
impl Crosses for Window {}

/// A struct marked `#[record]`: the module may insert, change and delete it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a record of this module",
    label = "only records marked #[record] can be written",
    note = "what another module shares (#[shared_record]) can only be read; ask its owner by calling an operation"
)]
pub trait Record: Stored {}

/// A struct marked `#[record]` or `#[shared_record]`: the module may read it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a record",
    label = "mark this struct with #[record], or #[shared_record(module = \"…\")] when another module owns it"
)]
pub trait Stored: RecordName + Encode + Decode {
    /// Where its rows live.
    type Place: crate::link::Place;
    #[doc(hidden)]
    const FIELDS: &'static [crate::declare::FieldDecl];
}

/// An id or a reference: what names one row.
#[diagnostic::on_unimplemented(message = "`{Self}` names no row", label = "pass an Id<…> or a Ref<…>")]
pub trait Key {
    type Record: Stored;
    fn raw(&self) -> RawId;
}
impl<R: Stored> Key for Id<R> {
    type Record = R;
    fn raw(&self) -> RawId {
        self.raw
    }
}
impl<R: Stored> Key for Ref<R> {
    type Record = R;
    fn raw(&self) -> RawId {
        self.raw
    }
}

/// A stored row. Its fields are reached as if it were the record: `stop.reason`.
#[derive(Clone, Debug, PartialEq)]
pub struct Row<T> {
    pub id: Id<T>,
    /// Starts at 1, one more with every update.
    pub rev: u64,
    pub created: Instant,
    pub updated: Instant,
    pub value: T,
}

impl<T> Row<T> {
    /// Stops with `conflict` when the row is not as the caller saw it.
    ///
    /// # Errors
    /// Another `rev` than expected.
    pub fn expect_rev(&self, rev: i64) -> Outcome<()> {
        if u64::try_from(rev) == Ok(self.rev) {
            return Ok(());
        }
        Err(reject("conflict", "Somebody changed this meanwhile; load it again").field("rev"))
    }
}

impl<T> Deref for Row<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.value
    }
}
impl<T> DerefMut for Row<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.value
    }
}
/// As an output: the head's `rev` is a whole number there, an unsigned count in a stored row.
impl<T: Stored> Encode for Row<T> {
    fn encode(&self, out: &mut Vec<u8>) {
        self.id.encode(out);
        (self.rev as i64).encode(out);
        self.created.encode(out);
        self.updated.encode(out);
        self.value.encode(out);
    }
}
impl<T: Stored> Decode for Row<T> {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        let (id, rev) = (Id::decode(reader)?, i64::decode(reader)?);
        let rev = u64::try_from(rev).map_err(|_| CodecError::Invalid("a rev is not negative"))?;
        let (created, updated) = (Instant::decode(reader)?, Instant::decode(reader)?);
        Ok(Self { id, rev, created, updated, value: T::decode(reader)? })
    }
}
impl<T: Stored> Schema for Row<T> {
    fn schema() -> Type {
        let id = if T::MODULE.is_empty() { Id::<T>::schema() } else { Ref::<T>::schema() };
        schema_of(T::RECORD, id, T::FIELDS)
    }
}

/// A module holds this once, whatever its records.
#[inline(never)]
fn schema_of(record: &str, id: Type, fields: &[crate::declare::FieldDecl]) -> Type {
    let head = [("id", id), ("rev", Type::Int), ("created", Type::Instant), ("updated", Type::Instant)];
    let head = head.map(|(name, of)| Field { name: name.to_owned(), of, doc: String::new() });
    let fields = head.into_iter().chain(crate::declare::fields(fields)).collect();
    Type::Struct { name: record.to_owned(), fields }
}
impl<T: Stored> Crosses for Row<T> {}

/// Reads a row as the host stores it.
pub(crate) fn read_row<T: Stored>(reader: &mut Reader<'_>) -> Outcome<Row<T>> {
    let head = RowHead::read(reader).map_err(|_| malformed("a row's head"))?;
    let value = T::decode(reader).map_err(|_| malformed("a row's fields"))?;
    Ok(Row { id: Id::new(head.id), rev: head.rev, created: head.created, updated: head.updated, value })
}

#[doc(hidden)]
pub use crate::link::{Own, Shared};

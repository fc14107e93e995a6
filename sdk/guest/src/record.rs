//! Records, their rows, and which Rust types may stand where.

use crate::declare::{FieldDecl, structure};
use crate::index::Index;
use crate::outcome::{Outcome, malformed, reject};
use std::ops::{Deref, DerefMut};
use toolcrib_contract::file::{Paper, Photo};
use toolcrib_contract::row::RowHead;
use toolcrib_contract::schema::{RecordName, Schema};
use toolcrib_contract::signal::{Crossing, Silence, StateChange, Window};
use toolcrib_contract::{CodecError, Date, Decimal, Decode, Encode, Fill, Id, Instant, RawId, Reader, Ref, Text, Type};

/// A type that may be a parameter, an output, or a field of an event or value.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot cross the boundary of a module",
    label = "not a type of the contract",
    note = "use bool, i64, f64, Decimal<S>, Text<N>, Instant, Date, Id<R>, Ref<R>, Option, Vec, or a struct or enum marked #[value]"
)]
pub trait Crosses: Schema + Encode + Decode + Fill {}

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

/// A struct marked `#[value]` or `#[record]`, or a [`Row`]: its fields may stand in place of an `#[embed]` field or
/// parameter.
#[diagnostic::on_unimplemented(
    message = "the fields of `{Self}` cannot stand here",
    label = "#[embed] takes a struct marked #[value]"
)]
pub trait Embed: Crosses {
    #[doc(hidden)]
    const FIELDS: &'static [FieldDecl];
}

/// A struct marked `#[value(columns)]`: its fields may also be columns of a record.
#[diagnostic::on_unimplemented(
    message = "the fields of `{Self}` cannot be columns of a record",
    label = "a record embeds structs marked #[value(columns)]",
    note = "a record holds columns: scalars and options of scalars; `columns` holds the struct to that"
)]
pub trait Columns: Embed {}

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
    [const MAX_BYTES: u32] Photo<MAX_BYTES>, [const MAX_BYTES: u32] Paper<MAX_BYTES>,
);
impl<T: Scalar> Column for Option<T> {}
impl Crosses for () {}
impl<T: Crosses> Crosses for Option<T> {}
impl<T: Crosses> Crosses for Vec<T> {}
impl Crosses for StateChange {}
impl Crosses for Window {}
impl Crosses for Crossing {}
impl Crosses for Silence {}

/// A struct marked `#[record]`: the module may insert, change and delete it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a record of this module",
    label = "only records marked #[record] can be written",
    note = "what another module shares (#[shared_record]) can only be read; ask its owner by calling an operation"
)]
pub trait Record: Stored {}

/// A record with a unique index. The fields of the first one are its key, by which [`Command::put`] knows the row.
///
/// [`Command::put`]: crate::context::Command::put
#[diagnostic::on_unimplemented(
    message = "rows of `{Self}` have no key",
    label = "this record has no unique index by which a row would be known",
    note = "say which fields tell its rows apart, for example #[record(unique(code))]; or find the row and give it to ctx.store"
)]
pub trait Keyed: Record + Sized {
    /// The walk to the row that has this key, if there is one.
    fn same(&self) -> Index<Self, ()>;
}

/// A struct marked `#[record]` or `#[shared_record]`: the module may read it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a record",
    label = "mark this struct with #[record], or #[shared_record(module = \"…\")] when another module owns it"
)]
pub trait Stored: RecordName + Encode + Decode + Fill {
    /// Where its rows live.
    type Place: crate::link::Place;
    #[doc(hidden)]
    const FIELDS: &'static [FieldDecl];
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
        reader.value()
    }
}
impl<T: Stored> Fill for Row<T> {
    #[inline]
    fn blank() -> Self {
        let (id, created, updated) = (Id::blank(), Instant::blank(), Instant::blank());
        Self { id, rev: 0, created, updated, value: T::blank() }
    }
    fn fill(&mut self, reader: &mut Reader<'_>) {
        self.id.fill(reader);
        fill_rev(&mut self.rev, reader);
        self.created.fill(reader);
        self.updated.fill(reader);
        self.value.fill(reader);
    }
}

fn fill_rev(place: &mut u64, reader: &mut Reader<'_>) {
    let mut rev = 0i64;
    rev.fill(reader);
    match u64::try_from(rev) {
        Ok(rev) => *place = rev,
        Err(_) => reader.fail(CodecError::Invalid("a rev is not negative")),
    }
}
impl<T: Stored> Schema for Row<T> {
    fn schema() -> Type {
        structure(T::RECORD, Self::FIELDS)
    }
}
#[diagnostic::do_not_recommend]
impl<T: Stored> Embed for Row<T> {
    const FIELDS: &'static [FieldDecl] = &[
        FieldDecl::One { name: "id", of: id_of::<T>, doc: "" },
        FieldDecl::One { name: "rev", of: i64::schema, doc: "" },
        FieldDecl::One { name: "created", of: Instant::schema, doc: "" },
        FieldDecl::One { name: "updated", of: Instant::schema, doc: "" },
        FieldDecl::All(T::FIELDS),
    ];
}

fn id_of<T: Stored>() -> Type {
    if T::MODULE.is_empty() { Id::<T>::schema() } else { Ref::<T>::schema() }
}
impl<T: Stored> Crosses for Row<T> {}

/// Reads a row as the host stores it; [`sound`] says afterwards whether it was one.
#[inline(never)]
pub(crate) fn read_row<T: Stored>(reader: &mut Reader<'_>) -> Row<T> {
    let head = read_head(reader);
    let mut value = T::blank();
    value.fill(reader);
    Row { id: Id::new(head.id), rev: head.rev, created: head.created, updated: head.updated, value }
}

#[inline(never)]
fn read_head(reader: &mut Reader<'_>) -> RowHead {
    RowHead::read(reader).unwrap_or_else(|error| {
        reader.fail(error);
        RowHead { id: RawId::blank(), rev: 0, created: Instant::blank(), updated: Instant::blank() }
    })
}

/// Whether all that was read are rows.
///
/// # Errors
/// The host sent something else: a fault.
pub(crate) fn sound(reader: &Reader<'_>) -> Outcome<()> {
    match reader.failure() {
        None => Ok(()),
        Some(_) => Err(malformed("a row")),
    }
}

#[doc(hidden)]
pub use crate::link::{Own, Shared};

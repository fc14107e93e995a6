//! Walks along the declared indexes of a record, typed by the index's fields.
//!
//! `#[record(index(equipment, started_at))] struct Stop` gives `Stop::by_equipment_started_at()`:
//! `.eq(equipment).between(from, until).descending().limit(50)`. Every record also has `by_id()`, the order of creation.

use crate::page::Cursor;
use std::marker::PhantomData;
use toolcrib_contract::codec::Bytes;
use toolcrib_contract::limits::PAGE_ROWS;
use toolcrib_contract::select::Select;
use toolcrib_contract::{Encode, Id, Ref};

/// A walk along an index of `R` whose next fields are `K`. `ctx.page`, `ctx.all` and `ctx.first` go it.
#[must_use = "give it to ctx.page, ctx.all or ctx.first"]
pub struct Index<R, K> {
    pub(crate) select: Box<Select>,
    walk: PhantomData<fn() -> (R, K)>,
}

/// In place of an index's fields: the next one, `T`, has bounds, so no further field can be fixed.
pub struct Bounded<T>(PhantomData<T>);

/// In place of the next field when there is none: all are fixed, or the last one has bounds. Nothing compares with it.
pub struct NoFurtherField;

/// The fields of an index that are not fixed yet.
pub trait Keys {
    type Head;
    type Tail;
}
macro_rules! keys {
    ($head:ident $($tail:ident)*) => {
        impl<$head, $($tail),*> Keys for ($head, $($tail,)*) {
            type Head = $head;
            type Tail = ($($tail,)*);
        }
        keys!($($tail)*);
    };
    () => {};
}
keys!(A B C D E F G H);
impl Keys for () {
    type Head = NoFurtherField;
    type Tail = ();
}
impl<T> Keys for Bounded<T> {
    type Head = NoFurtherField;
    type Tail = ();
}

/// The field that may have bounds now.
pub trait Bounds {
    type Head;
}
impl<T> Bounds for Bounded<T> {
    type Head = T;
}
macro_rules! bounds {
    ($head:ident $($tail:ident)*) => {
        impl<$head, $($tail),*> Bounds for ($head, $($tail,)*) {
            type Head = $head;
        }
        bounds!($($tail)*);
    };
    () => {};
}
bounds!(A B C D E F G H);
impl Bounds for () {
    type Head = NoFurtherField;
}

/// A value that can be compared with an index field of type `T`.
#[diagnostic::on_unimplemented(
    message = "this walk goes on with a field of type `{T}`, not `{Self}`",
    label = "the next field of the index is `{T}`"
)]
pub trait CompareWith<T> {
    fn put(&self, key: &mut Vec<u8>);
}

/// The one value to compare with.
#[inline(never)]
fn key<T>(value: &impl CompareWith<T>) -> Bytes {
    let mut key = Vec::new();
    value.put(&mut key);
    Bytes(key)
}

#[inline(never)]
fn from_start(index: u32) -> Box<Select> {
    Box::new(Select { index, limit: PAGE_ROWS, ..Select::default() })
}
#[diagnostic::do_not_recommend]
impl<T: Encode> CompareWith<T> for T {
    fn put(&self, key: &mut Vec<u8>) {
        self.encode(key);
    }
}
#[diagnostic::do_not_recommend]
impl<T: Encode> CompareWith<T> for &T {
    fn put(&self, key: &mut Vec<u8>) {
        self.encode(key);
    }
}
/// A present value fits an optional field.
#[diagnostic::do_not_recommend]
impl<T: Encode> CompareWith<Option<T>> for T {
    fn put(&self, key: &mut Vec<u8>) {
        key.push(1);
        self.encode(key);
    }
}
#[diagnostic::do_not_recommend]
impl<R> CompareWith<Ref<R>> for Id<R> {
    fn put(&self, key: &mut Vec<u8>) {
        self.encode(key);
    }
}
#[diagnostic::do_not_recommend]
impl<R> CompareWith<Option<Ref<R>>> for Id<R> {
    fn put(&self, key: &mut Vec<u8>) {
        Some(Ref::from(*self)).encode(key);
    }
}

#[inline(never)]
fn fix(select: &mut Select, key: Bytes) {
    select.equals.push(key);
}

impl<R, K> Index<R, K> {
    /// The index at a position among the record's declared ones; made by the record's `by_…` functions.
    #[doc(hidden)]
    pub fn at(index: u32) -> Self {
        Self { select: from_start(index), walk: PhantomData }
    }

    fn next<N>(self) -> Index<R, N> {
        Index { select: self.select, walk: PhantomData }
    }

    /// Only rows whose next index field has this value.
    pub fn eq(mut self, value: impl CompareWith<K::Head>) -> Index<R, K::Tail>
    where
        K: Keys,
    {
        fix(&mut self.select, key(&value));
        self.next()
    }

    /// Only rows whose next index field is not below this value.
    pub fn from(mut self, value: impl CompareWith<K::Head>) -> Index<R, Bounded<K::Head>>
    where
        K: Bounds,
    {
        self.select.from = Some(key(&value));
        self.next()
    }

    /// Only rows whose next index field is below this value.
    pub fn until(mut self, value: impl CompareWith<K::Head>) -> Index<R, Bounded<K::Head>>
    where
        K: Bounds,
    {
        self.select.until = Some(key(&value));
        self.next()
    }

    /// Only rows whose next index field is in this range: `from` included, `until` not.
    pub fn between(
        self,
        from: impl CompareWith<K::Head>,
        until: impl CompareWith<K::Head>,
    ) -> Index<R, Bounded<K::Head>>
    where
        K: Bounds,
    {
        self.from(from).until(until)
    }

    /// The largest first.
    pub fn descending(mut self) -> Self {
        self.select.descending = true;
        self
    }

    /// Rows of one page, 1 to 500 (the default).
    pub fn limit(mut self, rows: u32) -> Self {
        self.select.limit = rows.clamp(1, PAGE_ROWS);
        self
    }

    /// Goes on where a page before ended; `None` starts at the beginning.
    pub fn after(mut self, cursor: impl Into<Option<Cursor>>) -> Self {
        self.select.after = cursor.into().map(|cursor| Bytes(cursor.0));
        self
    }
}

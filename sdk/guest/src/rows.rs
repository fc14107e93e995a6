//! How rows cross the boundary. What does not depend on the record stands here, so that a module holds it once; what does
//! is one short function a record.

use crate::link::{Link, Place};
use crate::outcome::{Outcome, malformed, reject};
use crate::record::{Row, Stored, read_row, sound};
use std::marker::PhantomData;
use toolcrib_contract::codec::Bytes;
use toolcrib_contract::select::{Page, Select};
use toolcrib_contract::{Decode, Encode, RawId, Reader};

/// The most rows that [`Query::all`](crate::context::Query::all) gathers.
pub const ALL_ROWS: usize = 10_000;

/// Where rows go that are read. No `dyn FnMut`: each of those brings a function with it that nobody calls.
trait Takes {
    /// Takes the row that comes next off the reader.
    fn take(&mut self, reader: &mut Reader<'_>) -> Outcome<()>;
}

/// Behind those before.
impl<T: Stored> Takes for Vec<Row<T>> {
    fn take(&mut self, reader: &mut Reader<'_>) -> Outcome<()> {
        self.push(read_row(reader));
        Ok(())
    }
}

/// The first one stays.
impl<T: Stored> Takes for Option<Row<T>> {
    fn take(&mut self, reader: &mut Reader<'_>) -> Outcome<()> {
        if self.is_none() {
            *self = Some(read_row(reader));
        }
        Ok(())
    }
}

/// Each to a function.
struct Each<T, F>(F, PhantomData<T>);

impl<T: Stored, F: FnMut(Row<T>) -> Outcome<()>> Takes for Each<T, F> {
    fn take(&mut self, reader: &mut Reader<'_>) -> Outcome<()> {
        let row = read_row(reader);
        sound(reader)?;
        (self.0)(row)
    }
}

/// A record by its module (empty: this one) and its name.
type Name = (&'static str, &'static str);

fn name_of<T: Stored>() -> &'static Name {
    const { &(T::MODULE, T::RECORD) }
}

/// One page of rows, and where it goes on.
#[inline(never)]
pub fn page<T: Stored>(link: &Link, select: &Select) -> Outcome<(Vec<Row<T>>, Option<Bytes>)> {
    let mut rows = Vec::<Row<T>>::new();
    let page = read::<T::Place>(link, name_of::<T>(), select, &mut rows)?;
    Ok((rows, page.next))
}

/// One page, each row given to a function; where it goes on.
#[inline]
pub fn each<T: Stored>(
    link: &Link,
    select: &Select,
    take: impl FnMut(Row<T>) -> Outcome<()>,
) -> Outcome<Option<Bytes>> {
    Ok(read::<T::Place>(link, name_of::<T>(), select, &mut Each(take, PhantomData))?.next)
}

/// The first row of a walk.
#[inline(never)]
pub fn first<T: Stored>(link: &Link, select: &mut Select) -> Outcome<Option<Row<T>>> {
    let mut row = None::<Row<T>>;
    select.limit = 1;
    read::<T::Place>(link, name_of::<T>(), select, &mut row)?;
    Ok(row)
}

/// All rows of a walk.
#[inline(never)]
pub fn all<T: Stored>(link: &Link, select: &mut Select) -> Outcome<Vec<Row<T>>> {
    let mut rows = Vec::<Row<T>>::new();
    read_all::<T::Place>(link, name_of::<T>(), select, &mut rows)?;
    Ok(rows)
}

/// The row of an id.
#[inline(never)]
pub fn find<T: Stored>(link: &Link, id: RawId) -> Outcome<Option<Row<T>>> {
    let mut row = None::<Row<T>>;
    read_one::<T::Place>(link, name_of::<T>(), id, &mut row)?;
    Ok(row)
}

#[inline(never)]
fn read<P: Place>(link: &Link, (module, record): &Name, select: &Select, rows: &mut dyn Takes) -> Outcome<Page> {
    let bytes = P::select(link, module, record, &select.to_bytes())?;
    let page = Page::from_bytes(&bytes).map_err(|_| malformed("a page"))?;
    let mut reader = Reader::new(&page.rows.0);
    for _ in 0..page.count {
        rows.take(&mut reader)?;
    }
    sound(&reader)?;
    Ok(page)
}

#[inline(never)]
fn read_all<P: Place>(link: &Link, name: &Name, select: &mut Select, rows: &mut dyn Takes) -> Outcome<()> {
    let mut count = 0;
    loop {
        let page = read::<P>(link, name, select, rows)?;
        count += page.count as usize;
        if count > ALL_ROWS {
            return Err(reject("too-many-rows", "This covers too many rows at once; ask for a shorter range"));
        }
        if page.next.is_none() {
            return Ok(());
        }
        select.after = page.next;
    }
}

#[inline(never)]
fn read_one<P: Place>(link: &Link, (module, record): &Name, id: RawId, rows: &mut dyn Takes) -> Outcome<()> {
    let Some(bytes) = P::get(link, module, record, id)? else { return Ok(()) };
    let mut reader = Reader::new(&bytes);
    rows.take(&mut reader)?;
    sound(&reader)
}

/// Adds one row.
#[inline(never)]
pub fn insert(link: &Link, record: &str, row: &dyn Encode) -> Outcome<RawId> {
    let ids = link.insert(record, &row.to_bytes(), 1)?;
    ids.first().copied().ok_or_else(|| malformed("an id a row"))
}

/// Adds rows that are encoded; none in no call.
#[inline(never)]
pub fn insert_all(link: &Link, record: &str, rows: &[u8], count: usize) -> Outcome<Vec<RawId>> {
    if count == 0 { Ok(Vec::new()) } else { link.insert(record, rows, count as u32) }
}

/// Stores a row again; its `rev` from now on.
#[inline(never)]
pub fn update(link: &Link, record: &str, id: RawId, rev: u64, row: &dyn Encode) -> Outcome<u64> {
    link.update(record, id, rev, &row.to_bytes())
}

/// Stores what a row shall say, unless it says so already. Whether it said something else.
#[inline(never)]
pub fn change(link: &Link, record: &str, id: RawId, rev: u64, row: &dyn Encode, new: &dyn Encode) -> Outcome<bool> {
    let new = new.to_bytes();
    if row.to_bytes() == new {
        return Ok(false);
    }
    link.update(record, id, rev, &new).map(|_| true)
}

//! Lists of master data: flat rows that people keep in spreadsheets, shown a page at a time, brought in many at once.
//!
//! What one tenant exports another imports: rows name others by their codes, not by ids. An import takes all rows or none,
//! and a refusal names the row.
//!
//! ```
//! # mod example {
//! use toolcrib_sdk::prelude::*;
//!
//! #[record(unique(code))]
//! struct Place { code: Text<20>, name: Text<80> }
//!
//! /// The fields of a place are the parameters. It is known by its code, which is unique.
//! #[command(roles("admin"))]
//! fn set_place(ctx: &mut Command, #[embed] place: Place) -> Outcome<()> {
//!     ctx.put(place).map(drop)
//! }
//!
//! #[command(roles("admin"))]
//! fn import_places(ctx: &mut Command, rows: Vec<Place>) -> Outcome<Imported> {
//!     ctx.import(rows, Command::put)
//! }
//!
//! #[query]
//! fn places(ctx: &Query, after: Option<Cursor>) -> Outcome<List<Place>> {
//!     ctx.list(Place::by_code(), after, |row| Ok(row.value))
//! }
//! # module! {
//! #     name: "places", title: { zh: "地点", en: "Places" }, summary: { zh: "地点", en: "Places" },
//! #     records: [Place], handlers: [set_place, import_places, places],
//! # }
//! # pub fn a_list_goes_out_as_it_came_in() {
//! let mut places = module();
//! let hall = || Place { code: "h".parse().unwrap(), name: "Hall".parse().unwrap() };
//! assert_eq!(places.run(import_places { rows: vec![hall()] }).unwrap(), Imported { added: 1, changed: 0, unchanged: 0 });
//! places.run(set_place { place: hall() }).unwrap();
//! assert_eq!(places.run(self::places { after: None }).unwrap().rows, [hall()]);
//! # }
//! # }
//! # example::a_list_goes_out_as_it_came_in();
//! ```

use crate::context::{Command, Query};
use crate::index::Index;
use crate::outcome::{OrWithout, Outcome};
use crate::page::Cursor;
use crate::record::{Crosses, Keyed, Record, Row, Stored};
use crate::rows;
use toolcrib_contract::limits::PAGE_ROWS;
use toolcrib_contract::schema::{Field, Schema, Type};
use toolcrib_contract::select::BY_ID;
use toolcrib_contract::{CodecError, Decode, Encode, Fill, Reader};
use toolcrib_macros::value;

/// Rows of one page of a [`List`].
pub const LIST_ROWS: u32 = 100;

/// One page of flat rows.
#[derive(Clone, Debug, PartialEq)]
pub struct List<T> {
    pub rows: Vec<T>,
    /// Give it as `after` for the next page; none on the last.
    pub next: Option<Cursor>,
}

/// What an import did.
#[value]
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Imported {
    pub added: i64,
    /// Rows that were there and said something else.
    pub changed: i64,
    /// Rows that were there as they are.
    pub unchanged: i64,
}

/// What became of one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    Added,
    Changed,
    Unchanged,
}

impl Imported {
    /// Counts what became of the row at a position of the list.
    ///
    /// # Errors
    /// Its refusal, within `rows/<at>`.
    #[inline(never)]
    pub fn count(&mut self, at: usize, done: Outcome<Put>) -> Outcome<()> {
        match done.map_err(|stopped| stopped.nth("rows", at))? {
            Put::Added => self.added += 1,
            Put::Changed => self.changed += 1,
            Put::Unchanged => self.unchanged += 1,
        }
        Ok(())
    }
}

impl Query {
    /// A page of a walk, [`LIST_ROWS`] long, each row made flat: `ctx.list(Place::by_code(), after, |row| Ok(row.value))`.
    ///
    /// # Errors
    /// Whatever stopped `row`.
    pub fn list<T: Stored, K, R>(
        &self,
        walk: Index<T, K>,
        after: Option<Cursor>,
        mut row: impl FnMut(Row<T>) -> Outcome<R>,
    ) -> Outcome<List<R>> {
        let mut rows = Vec::new();
        let next = rows::each(&self.link, &walk.limit(LIST_ROWS).after(after).select, |found| {
            rows.push(row(found)?);
            Ok(())
        })?;
        Ok(List { rows, next: next.map(|bytes| Cursor(bytes.0)) })
    }

    /// What the first [`PAGE_ROWS`] rows of a walk through another module's records are called, for lists to choose from
    /// and for columns of codes: `ctx.names(Machine::by_code())`. Nothing where the tenant has no such module or did not
    /// agree to it.
    ///
    /// # Errors
    /// Whatever else stopped it.
    pub fn names<T: Stored, K, N: From<T>>(&self, walk: Index<T, K>) -> Outcome<Vec<N>> {
        let known = self.page(walk.limit(PAGE_ROWS)).or_without()?;
        Ok(known.into_iter().flat_map(|page| page.rows).map(|row| row.value.into()).collect())
    }

    /// The one row of a record that holds what can be set; its default before anything was set.
    ///
    /// ```
    /// # use toolcrib_sdk::prelude::*;
    /// #[record]
    /// #[derive(Default)]
    /// struct Settings { tolerance_percent: i64 }
    ///
    /// #[command(roles("admin"))]
    /// fn set_tolerance(ctx: &mut Command, percent: i64) -> Outcome<()> {
    ///     ctx.set(|settings: &mut Settings| settings.tolerance_percent = percent)
    /// }
    ///
    /// #[query]
    /// fn tolerance(ctx: &Query) -> Outcome<i64> {
    ///     Ok(ctx.settings::<Settings>()?.tolerance_percent)
    /// }
    /// ```
    ///
    /// # Errors
    /// Those of reading.
    pub fn settings<T: Record + Default>(&self) -> Outcome<T> {
        Ok(self.first(Index::<T, ()>::at(BY_ID))?.map(|row| row.value).unwrap_or_default())
    }
}

impl Command {
    /// Changes the row that [`Query::settings`] reads.
    ///
    /// # Errors
    /// Those of inserting and updating.
    pub fn set<T: Record + Default + Clone>(&mut self, change: impl FnOnce(&mut T)) -> Outcome<()> {
        let known = self.first(Index::<T, ()>::at(BY_ID))?;
        let mut settings = known.as_ref().map(|row| row.value.clone()).unwrap_or_default();
        change(&mut settings);
        self.store(known, settings).map(drop)
    }

    /// Adds a row, or makes the one that has its key say the same. Its key are the fields of the record's first
    /// `unique(…)`.
    ///
    /// # Errors
    /// Those of inserting and updating.
    pub fn put<T: Keyed>(&mut self, new: T) -> Outcome<Put> {
        let known = self.first(new.same())?;
        self.store(known, new)
    }

    /// Changes the row that has the key of `new`, or `new` itself where there is none, and keeps it when the change says
    /// so: else there is none afterwards. For sums and settings that begin with the first change and end when nothing is
    /// left of them.
    ///
    /// ```
    /// # use toolcrib_sdk::prelude::*;
    /// # #[record(unique(day))]
    /// # struct Sum { day: Date, pieces: i64 }
    /// # fn add(ctx: &mut Command, day: Date, more: i64) -> Outcome<()> {
    /// ctx.change(Sum { day, pieces: 0 }, |sum| {
    ///     sum.pieces += more;
    ///     Ok(sum.pieces != 0)
    /// })
    /// # }
    /// ```
    ///
    /// # Errors
    /// Whatever stopped the change, and those of inserting, updating and deleting.
    pub fn change<T: Keyed>(&mut self, new: T, change: impl FnOnce(&mut T) -> Outcome<bool>) -> Outcome<()> {
        let (known, mut new) = (self.first(new.same())?, new);
        match known {
            Some(mut row) => match change(&mut row.value)? {
                true => self.update(&mut row),
                false => self.delete(row.id),
            },
            None => match change(&mut new)? {
                true => self.insert(new).map(drop),
                false => Ok(()),
            },
        }
    }

    /// Adds a row, or makes the known one say the same.
    ///
    /// # Errors
    /// Those of inserting and updating.
    pub fn store<T: Record>(&mut self, known: Option<Row<T>>, new: T) -> Outcome<Put> {
        let Some(row) = known else { return self.insert(new).map(|_| Put::Added) };
        let changed = rows::change(&self.link, T::RECORD, row.id.raw, row.rev, &row.value, &new)?;
        Ok(if changed { Put::Changed } else { Put::Unchanged })
    }

    /// Puts row after row.
    ///
    /// # Errors
    /// The first refusal, which names the row; nothing is kept then, as a command that stops leaves nothing.
    pub fn import<N>(&mut self, rows: Vec<N>, mut put: impl FnMut(&mut Self, N) -> Outcome<Put>) -> Outcome<Imported> {
        let mut imported = Imported::default();
        for (at, row) in rows.into_iter().enumerate() {
            let done = put(self, row);
            imported.count(at, done)?;
        }
        Ok(imported)
    }
}

impl<T: Crosses> Encode for List<T> {
    fn encode(&self, out: &mut Vec<u8>) {
        self.rows.encode(out);
        self.next.encode(out);
    }
}
impl<T: Crosses> Decode for List<T> {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        reader.value()
    }
}
impl<T: Crosses> Fill for List<T> {
    fn blank() -> Self {
        Self { rows: Vec::new(), next: None }
    }
    fn fill(&mut self, reader: &mut Reader<'_>) {
        self.rows.fill(reader);
        self.next.fill(reader);
    }
}
impl<T: Crosses> Schema for List<T> {
    fn schema() -> Type {
        schema_of(T::schema())
    }
}
impl<T: Crosses> Crosses for List<T> {}

/// `person_row` → `person_page`.
fn schema_of(row: Type) -> Type {
    let name = match &row {
        Type::Struct { name, .. } | Type::Enum { name, .. } => name.strip_suffix("_row").unwrap_or(name),
        _ => "list",
    };
    let name = [name, "_page"].concat();
    let field = |name: &str, of: Type, doc: &str| Field { name: name.to_owned(), of, doc: doc.to_owned() };
    let next = "Give it as `after` for the next page; none on the last.";
    let fields =
        vec![field("rows", Type::List { of: Box::new(row) }, ""), field("next", Option::<Cursor>::schema(), next)];
    Type::Struct { name, fields }
}

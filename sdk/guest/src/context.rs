//! What a handler may do. The type of its context decides: a [`Query`] reads, a [`Command`] also writes; what neither
//! does is in [`crate::connector`].

use crate::connector::absent;
use crate::handler::{Event, Handler, Operation, Timer};
use crate::index::Index;
use crate::link::Link;
use crate::outcome::{OrWithout, Outcome, Stopped, malformed, reject};
use crate::page::{Cursor, Page};
use crate::record::{Key, Record, Row, Stored};
use crate::rows;
use std::ops::Deref;
use toolcrib_contract::fill::filled;
use toolcrib_contract::schema::RecordName;
use toolcrib_contract::signal::Samples;
use toolcrib_contract::{CodecError, Decode, Encode, Id, Instant, Invocation, RawId, Reader};

pub use crate::rows::ALL_ROWS;

/// A read-only snapshot. A [`Command`] is one as well: functions that only look take `ctx: &Query`, and both may call them.
pub struct Query {
    pub(crate) link: Link,
    invocation: Invocation,
}

/// One transaction: everything it writes is kept together, or nothing of it. It reads as a [`Query`] does.
pub struct Command {
    reads: Query,
    random: u64,
}

impl Deref for Command {
    type Target = Query;
    fn deref(&self) -> &Query {
        &self.reads
    }
}

/// What a handler is given; made for one invocation.
#[doc(hidden)]
pub trait Made {
    fn made(link: Link, invocation: Invocation) -> Self;
    fn into_link(self) -> Link;
}
impl Made for Query {
    fn made(link: Link, invocation: Invocation) -> Self {
        Self { link, invocation }
    }

    fn into_link(self) -> Link {
        self.link
    }
}
impl Made for Command {
    fn made(link: Link, invocation: Invocation) -> Self {
        Self { random: invocation.seed, reads: Query::made(link, invocation) }
    }

    fn into_link(self) -> Link {
        self.reads.link
    }
}

/// What nothing is: it stands where a query's limits are, so that the compiler can explain them.
#[diagnostic::on_unimplemented(
    message = "a query only reads: it cannot insert, change, delete, emit, send, call or set timers",
    label = "this needs a command",
    note = "mark the handler #[command] and let it take `ctx: &mut Command`"
)]
pub trait MayWrite {}

#[allow(non_camel_case_types, reason = "names of type parameters that nobody sees")]
impl Query {
    absent! { MayWrite:
        insert(); insert_all(); update(); delete(); delete_all(); emit(); set_timer(a, b); send(a, b); call();
        put(); change(a); store(a); set(); import(a);
    }
}

impl Query {
    /// The time of this invocation; it stands still while the handler runs.
    pub fn now(&self) -> Instant {
        self.invocation.now
    }

    /// Who asked: `user:<id>`, `device:<id>`, `module:<name>`, `timer` or `event`.
    pub fn actor(&self) -> &str {
        &self.invocation.actor
    }

    /// The person's role in the tenant; empty for machines.
    pub fn role(&self) -> &str {
        &self.invocation.role
    }

    /// The row, if there is one.
    pub fn find<K: Key>(&self, key: K) -> Outcome<Option<Row<K::Record>>> {
        rows::find(&self.link, key.raw())
    }

    /// The row.
    ///
    /// # Errors
    /// `not-found` when there is none.
    pub fn get<K: Key>(&self, key: K) -> Outcome<Row<K::Record>> {
        rows::find(&self.link, key.raw())?.ok_or_else(no_row)
    }

    /// One page of a walk.
    pub fn page<T: Stored, K>(&self, walk: Index<T, K>) -> Outcome<Page<T>> {
        let (rows, next) = rows::page(&self.link, &walk.select)?;
        Ok(Page { rows, next: next.map(|bytes| Cursor(bytes.0)) })
    }

    /// The first row of a walk.
    pub fn first<T: Stored, K>(&self, mut walk: Index<T, K>) -> Outcome<Option<Row<T>>> {
        rows::first(&self.link, &mut walk.select)
    }

    /// The first row of a walk through another module's records; none as well where the tenant has no such module or did
    /// not agree to it: `ctx.first_or_without(Material::by_code().eq(code))?`.
    ///
    /// # Errors
    /// Whatever else stopped it.
    pub fn first_or_without<T: Stored, K>(&self, walk: Index<T, K>) -> Outcome<Option<Row<T>>> {
        Ok(self.first(walk).or_without()?.flatten())
    }

    /// All rows of a walk, page by page.
    ///
    /// # Errors
    /// `too-many-rows` beyond [`ALL_ROWS`]: narrow the walk or show pages.
    pub fn all<T: Stored, K>(&self, mut walk: Index<T, K>) -> Outcome<Vec<Row<T>>> {
        rows::all(&self.link, &mut walk.select)
    }

    /// Samples of one signal (`<equipment>.<signal>`), `from` included, `until` not, oldest first.
    pub fn samples(&self, signal: &str, from: Instant, until: Instant, limit: u32) -> Outcome<Samples> {
        let bytes = self.link.samples(signal, from, until, limit)?;
        Samples::from_bytes(&bytes).map_err(|_| malformed("samples"))
    }

    /// A line for the module's developer; users never see it.
    pub fn log(&self, message: &str) {
        self.link.log(3, message);
    }
}

impl Command {
    /// Adds a row; returns its new id.
    ///
    /// # Errors
    /// `not-unique` when a unique index already holds its values.
    pub fn insert<T: Record>(&mut self, value: T) -> Outcome<Id<T>> {
        rows::insert(&self.link, T::RECORD, &value).map(Id::new)
    }

    /// Adds many rows in one call to the host, none in no call; returns their ids in order.
    pub fn insert_all<T: Record>(&mut self, values: &[T]) -> Outcome<Vec<Id<T>>> {
        let mut rows = Vec::new();
        values.iter().for_each(|value| value.encode(&mut rows));
        let ids = rows::insert_all(&self.link, T::RECORD, &rows, values.len())?;
        Ok(ids.into_iter().map(Id::new).collect())
    }

    /// Stores a changed row and raises its `rev`.
    ///
    /// # Errors
    /// `conflict` when it was changed since it was read, `not-found`, `not-unique`.
    pub fn update<T: Record>(&mut self, row: &mut Row<T>) -> Outcome<()> {
        row.rev = rows::update(&self.link, T::RECORD, row.id.raw, row.rev, &row.value)?;
        row.updated = self.invocation.now;
        Ok(())
    }

    /// Deletes a row.
    ///
    /// # Errors
    /// `not-found`.
    pub fn delete<K: Key>(&mut self, key: K) -> Outcome<()>
    where
        K::Record: Record,
    {
        self.link.delete(<K::Record as RecordName>::RECORD, key.raw(), 0)
    }

    /// Deletes all rows of a walk; returns what they said.
    ///
    /// # Errors
    /// `too-many-rows` beyond [`ALL_ROWS`].
    pub fn delete_all<T: Record, K>(&mut self, walk: Index<T, K>) -> Outcome<Vec<Row<T>>> {
        let rows = self.all(walk)?;
        for row in &rows {
            self.link.delete(T::RECORD, row.id.raw, 0)?;
        }
        Ok(rows)
    }

    /// Tells other modules a fact. It becomes visible with the commit.
    pub fn emit<E: Event>(&mut self, event: E) -> Outcome<()> {
        self.link.emit(E::NAME, &event.to_bytes())
    }

    /// Runs a timer handler at `due`: `ctx.set_timer(remind { stop }, "key", due)`. Replaces a pending timer of the
    /// same handler and key.
    pub fn set_timer<H: Timer>(&mut self, timer: H, key: &str, due: Instant) -> Outcome<()> {
        self.link.set_timer(H::DECLARATION.name, key, due, &timer.to_bytes())
    }

    /// Whether one was pending: `ctx.cancel_timer::<remind>("key")`.
    pub fn cancel_timer<H: Timer>(&mut self, key: &str) -> Outcome<bool> {
        self.link.cancel_timer(H::DECLARATION.name, key)
    }

    /// Sends something outside, after the commit and at least once. Needs a request `outbound` in `module!`.
    /// Returns the id that the receiver sees as its idempotency key.
    pub fn send(&mut self, kind: &str, target: &str, body: &[u8]) -> Outcome<RawId> {
        self.link.send_effect(kind, target, body)
    }

    /// Runs another module's operation in the same transaction: `ctx.call(reserve { lot, quantity })?`.
    ///
    /// # Errors
    /// Whatever stopped that operation.
    pub fn call<O: Operation>(&mut self, operation: O) -> Outcome<O::Output> {
        let bytes = self.link.call(O::DECLARATION.module, O::DECLARATION.operation, &operation.to_bytes())?;
        filled(&bytes).map_err(|_| malformed("the output of another module"))
    }

    /// A random number, the same again when the invocation is replayed. Not for secrets.
    pub fn random(&mut self) -> u64 {
        // SplitMix64: one addition and three mixes; every seed gives a full period.
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.random ^ self.random >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }
}

#[cold]
fn no_row() -> Stopped {
    reject("not-found", "There is no such row")
}

/// A handler as what it does with bytes: reads its parameters, runs, writes its answer.
pub(crate) type Run<C> = fn(&mut C, &mut Reader<'_>, &mut Vec<u8>) -> Outcome<()>;

/// Decodes, runs and encodes one handler. The host has checked the input against the manifest; a type may be stricter
/// than its schema can say (a cursor is a text), and then the caller is told.
pub(crate) fn run<H: Handler>(ctx: &mut H::Context, input: &mut Reader<'_>, output: &mut Vec<u8>) -> Outcome<()> {
    let mut handler = H::blank();
    handler.fill(input);
    all_read(input)?;
    handler.run(ctx)?.encode(output);
    Ok(())
}

/// Runs a handler on its input; what it answers.
pub(crate) fn answer<C>(run: Run<C>, ctx: &mut C, input: &[u8]) -> Outcome<Vec<u8>> {
    let mut output = Vec::new();
    run(ctx, &mut Reader::new(input), &mut output)?;
    Ok(output)
}

#[inline(never)]
fn all_read(reader: &Reader<'_>) -> Outcome<()> {
    match reader.failure() {
        Some(error) => Err(error.into()),
        None if reader.rest().is_empty() => Ok(()),
        None => Err(CodecError::Trailing.into()),
    }
}

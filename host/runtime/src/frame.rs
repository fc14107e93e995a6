//! What a module's imports act on: one tenant's transaction (or snapshot), seen by one module, within its limits.

use crate::command::Guard;
use crate::ids::Ids;
use crate::modules::Installed;
use crate::nested::Nested;
use crate::outside::Outside;
use crate::scope::Scope;
use crate::tenant::LiveEvent;
use crate::track::Track;
use std::sync::Arc;
use std::time::Instant as Monotonic;
use toolcrib_contract::codec::{Decode, Encode, Reader as Bytes};
use toolcrib_contract::fetch::host_of;
use toolcrib_contract::host::{Failure, Host, HostError, Invocation, fault, refusal};
use toolcrib_contract::select::{Page, Select};
use toolcrib_contract::types::{Instant, RawId};
use toolcrib_contract::{Capability, json, limits};
use toolcrib_store::{Home, NewEffect, NewEvent, Reader, Readings, RecordTable, StoreError, TenantOptions, Writer};

/// The database side of a call.
pub(crate) enum Db {
    /// A command's, inside the turn's transaction and this invocation's savepoint.
    Write(Box<Writer>),
    /// A query's, inside a snapshot.
    Read(Box<Reader>),
    /// None: `describe` runs outside any tenant.
    Outside,
}

/// What the invocation used so far, nested calls included. Bounded by [`limits`].
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    pub host_calls: u32,
    pub rows_written: u32,
    pub rows_read: u32,
    pub bytes_written: usize,
    pub events: u32,
    pub timers: u32,
    pub effects: u32,
    pub log_lines: u32,
}

/// One module's view of one invocation.
pub(crate) struct Frame {
    pub db: Db,
    pub place: Option<Place>,
    pub invocation: Invocation,
    pub ids: Ids,
    pub tally: Tally,
    /// 0 for the call from outside.
    pub depth: u32,
    /// How the invocation, and every call inside it, is protected from its own failure.
    pub guard: Guard,
    pub deadline: Monotonic,
    /// A query, also one that a command calls inside its transaction.
    pub read_only: bool,
    /// Seq of the event that caused this invocation.
    pub cause: Option<u64>,
    /// How many events led to this invocation, once it has been counted.
    pub causes: Option<u32>,
    /// A timer, an event or a connector started this, no person and no machine.
    pub woken: bool,
    /// A connector's: then there is no transaction.
    pub outside: Option<Box<Outside>>,
    /// What was emitted; published after the commit.
    pub emitted: Vec<LiveEvent>,
    /// The machines' readings, opened when they are first asked for.
    pub readings: Option<Box<Readings>>,
}

/// Where a frame stands: a tenant, and the module as the tenant installed it.
#[derive(Clone)]
pub(crate) struct Place {
    pub scope: Arc<Scope>,
    pub installed: Arc<Installed>,
    pub nested: Nested,
    pub home: Home,
    pub options: TenantOptions,
    /// The thread has room for one module only: a call to another one ends in a timeout, and is made again elsewhere.
    pub small_stack: bool,
    pub track: Track,
}

impl Frame {
    /// A frame outside any tenant: every import is a fault.
    pub fn outside() -> Self {
        let now = Instant::MIN;
        Self {
            db: Db::Outside,
            place: None,
            invocation: Invocation { now, seed: 0, actor: String::new(), role: String::new() },
            ids: Ids::new(now, 0),
            tally: Tally::default(),
            depth: 0,
            guard: Guard::Savepoint,
            deadline: Monotonic::now(),
            read_only: true,
            cause: None,
            causes: None,
            woken: false,
            outside: None,
            emitted: Vec::new(),
            readings: None,
        }
    }

    pub fn place(&self) -> Result<&Place, HostError> {
        self.place
            .as_ref()
            .ok_or_else(|| HostError::fault(fault::MALFORMED, "the host was asked for data outside a call"))
    }

    fn writer(&mut self) -> Result<&mut Writer, HostError> {
        match &mut self.db {
            // Where a full disk ended the transaction, every statement would be a commit of its own.
            Db::Write(writer) if !self.read_only && !writer.in_transaction() => {
                Err(HostError::fault(fault::HOST, "the database gave the transaction up"))
            }
            Db::Write(writer) if !self.read_only => Ok(writer),
            _ => Err(HostError::fault(fault::READ_ONLY, "a query does not write; make it a #[command]")),
        }
    }

    fn host_call(&mut self) -> Result<(), HostError> {
        count(&mut self.tally.host_calls, 1, limits::HOST_CALLS, "host calls of one invocation")?;
        if self.outside.is_some() {
            let detail = "a connector has no transaction: put this into a command and run it";
            return Err(HostError::fault(fault::OUTSIDE, detail));
        }
        Ok(())
    }

    /// The same for what only connectors may ask.
    fn connection(&mut self) -> Result<&mut Outside, HostError> {
        count(&mut self.tally.host_calls, 1, limits::HOST_CALLS, "host calls of one invocation")?;
        let outside = self.outside.as_deref_mut();
        outside.ok_or_else(|| HostError::fault(fault::OUTSIDE, "only a connector makes requests and runs operations"))
    }

    /// A chain of events that led to one another has an end.
    fn count_causes(&mut self) -> Result<(), HostError> {
        let Some(cause) = self.cause else { return Ok(()) };
        let causes = match self.causes {
            Some(causes) => causes,
            None => self.writer()?.causes(cause, limits::CAUSE_DEPTH).map_err(store_error)?,
        };
        self.causes = Some(causes);
        if causes >= limits::CAUSE_DEPTH {
            let detail = format!("more than {} events that led to one another", limits::CAUSE_DEPTH);
            return Err(HostError::fault(fault::CAUSE_DEPTH, detail));
        }
        Ok(())
    }

    fn table(&self, record: &str) -> Result<RecordTable, HostError> {
        let module = &self.place()?.installed.module;
        module
            .table(record)
            .cloned()
            .ok_or_else(|| HostError::fault(fault::MALFORMED, format!("record `{record}` is not declared")))
    }

    /// The other module's table, if it is installed here, shares the record, and the tenant agreed.
    fn shared_table(&self, module: &str, record: &str) -> Result<RecordTable, HostError> {
        let place = self.place()?;
        let reader = &place.installed.module;
        let declared = reader.manifest.read(module, record);
        let read = declared.ok_or_else(|| {
            HostError::fault(fault::MALFORMED, format!("reading `{module}/{record}` is not declared"))
        })?;
        let fields = read.fields.iter().map(|field| field.name.clone()).collect();
        let capability = Capability::Read { module: module.to_owned(), record: record.to_owned(), fields };
        if !place.installed.may(&capability) {
            return Err(HostError::refused(
                refusal::NOT_CONSENTED,
                format!("the tenant did not agree to `{capability}`"),
            ));
        }
        let Some(owner) = place.scope.owner(module) else {
            return Err(HostError::refused(refusal::NOT_CONSENTED, format!("module `{module}` is not installed here")));
        };
        match &*place.nested.modules.view(reader, &owner.module, record) {
            Ok(table) => Ok(table.clone()),
            Err(reason) => Err(HostError::refused(refusal::NOT_CONSENTED, reason.clone())),
        }
    }

    fn read_row(&mut self, table: &RecordTable, id: RawId) -> Result<Option<Vec<u8>>, HostError> {
        count(&mut self.tally.rows_read, 1, limits::ROWS_READ, "rows read by one invocation")?;
        self.place()?.track.read(table.physical());
        match &mut self.db {
            Db::Write(writer) => writer.get(table, id),
            Db::Read(reader) => reader.get(table, id),
            Db::Outside => return Err(HostError::fault(fault::MALFORMED, "no tenant")),
        }
        .map_err(store_error)
    }

    fn read_page(&mut self, table: &RecordTable, select: &[u8]) -> Result<Vec<u8>, HostError> {
        let select = Select::from_bytes(select)
            .map_err(|error| HostError::fault(fault::MALFORMED, format!("select: {error}")))?;
        self.place()?.track.read(table.physical());
        let page: Page = match &mut self.db {
            Db::Write(writer) => writer.select(table, &select),
            Db::Read(reader) => reader.select(table, &select),
            Db::Outside => return Err(HostError::fault(fault::MALFORMED, "no tenant")),
        }
        .map_err(store_error)?;
        count(&mut self.tally.rows_read, page.count, limits::ROWS_READ, "rows read by one invocation")?;
        Ok(page.to_bytes())
    }

    fn count_written(&mut self, rows: u32, bytes: usize) -> Result<(), HostError> {
        count(&mut self.tally.rows_written, rows, limits::ROWS_WRITTEN, "rows written by one invocation")?;
        self.tally.bytes_written += bytes;
        if self.tally.bytes_written > limits::WRITTEN_BYTES {
            return Err(over("bytes written by one invocation", limits::WRITTEN_BYTES));
        }
        Ok(())
    }
}

pub(crate) fn over(what: &str, max: impl std::fmt::Display) -> HostError {
    HostError::fault(fault::LIMIT, format!("more than {max} {what}"))
}

pub(crate) fn count(counter: &mut u32, add: u32, max: u32, what: &str) -> Result<(), HostError> {
    *counter = counter.saturating_add(add);
    if *counter > max { Err(over(what, max)) } else { Ok(()) }
}

/// What a failing store means for the module that asked.
pub(crate) fn store_error(error: StoreError) -> HostError {
    let message = error.to_string();
    match error {
        StoreError::NotUnique { .. } => HostError::refused(refusal::NOT_UNIQUE, message),
        StoreError::Conflict => HostError::refused(refusal::CONFLICT, message),
        StoreError::NotFound => HostError::refused(refusal::NOT_FOUND, message),
        StoreError::BadSelect(_) => HostError::refused(refusal::BAD_SELECT, message),
        StoreError::Full => HostError::refused(refusal::STORAGE_FULL, message),
        StoreError::Malformed(_) => HostError::fault(fault::MALFORMED, message),
        _ => HostError::fault(fault::HOST, message),
    }
}

impl Host for Frame {
    fn insert(&mut self, record: &str, rows: &[u8], rows_count: u32) -> Result<Vec<RawId>, HostError> {
        self.host_call()?;
        self.count_written(rows_count, rows.len())?;
        let (table, now) = (self.table(record)?, self.invocation.now);
        self.writer()?;
        let mut reader = Bytes::new(rows);
        let mut made = Vec::with_capacity(rows_count as usize);
        for _ in 0..rows_count {
            let id = self.ids.next();
            self.writer()?.insert(&table, id, now, &mut reader).map_err(store_error)?;
            made.push(id);
        }
        self.place()?.track.wrote(table.physical());
        if reader.rest().is_empty() {
            Ok(made)
        } else {
            Err(HostError::fault(fault::MALFORMED, "bytes left after the rows"))
        }
    }

    fn get(&mut self, record: &str, id: RawId) -> Result<Option<Vec<u8>>, HostError> {
        self.host_call()?;
        let table = self.table(record)?;
        self.read_row(&table, id)
    }

    fn update(&mut self, record: &str, id: RawId, rev: u64, row: &[u8]) -> Result<u64, HostError> {
        self.host_call()?;
        self.count_written(1, row.len())?;
        let (table, now) = (self.table(record)?, self.invocation.now);
        let mut reader = Bytes::new(row);
        let rev = self.writer()?.update(&table, id, rev, now, &mut reader).map_err(store_error)?;
        self.place()?.track.wrote(table.physical());
        if reader.rest().is_empty() {
            Ok(rev)
        } else {
            Err(HostError::fault(fault::MALFORMED, "bytes left after the row"))
        }
    }

    fn delete(&mut self, record: &str, id: RawId, rev: u64) -> Result<(), HostError> {
        self.host_call()?;
        self.count_written(1, 0)?;
        let table = self.table(record)?;
        self.writer()?.delete(&table, id, rev).map_err(store_error)?;
        self.place()?.track.wrote(table.physical());
        Ok(())
    }

    fn select(&mut self, record: &str, select: &[u8]) -> Result<Vec<u8>, HostError> {
        self.host_call()?;
        let table = self.table(record)?;
        self.read_page(&table, select)
    }

    fn shared_get(&mut self, module: &str, record: &str, id: RawId) -> Result<Option<Vec<u8>>, HostError> {
        self.host_call()?;
        let table = self.shared_table(module, record)?;
        self.read_row(&table, id)
    }

    fn shared_select(&mut self, module: &str, record: &str, select: &[u8]) -> Result<Vec<u8>, HostError> {
        self.host_call()?;
        let table = self.shared_table(module, record)?;
        self.read_page(&table, select)
    }

    fn emit(&mut self, event: &str, body: &[u8]) -> Result<(), HostError> {
        self.host_call()?;
        self.writer()?;
        count(&mut self.tally.events, 1, limits::EVENTS, "events of one invocation")?;
        self.count_causes()?;
        if body.len() > limits::EVENT_BYTES {
            return Err(over("bytes of one event", limits::EVENT_BYTES));
        }
        let module = self.place()?.installed.module.clone();
        let declared = module.manifest.event(event);
        let def =
            declared.ok_or_else(|| HostError::fault(fault::MALFORMED, format!("event `{event}` is not declared")))?;
        let body = json::write(&def.body, body)
            .map_err(|error| HostError::fault(fault::MALFORMED, format!("event `{event}`: {error}")))?;
        let (at, cause) = (self.invocation.now, self.cause);
        let new = NewEvent { module: &module.manifest.module, name: event, body_json: &body, cause, at };
        let seq = self.writer()?.append(&new).map_err(store_error)?;
        self.emitted.push(LiveEvent { seq, module: module.manifest.module.clone(), name: event.to_owned(), body, at });
        Ok(())
    }

    fn set_timer(&mut self, timer: &str, key: &str, due: Instant, payload: &[u8]) -> Result<(), HostError> {
        self.host_call()?;
        count(&mut self.tally.timers, 1, limits::TIMERS, "timers of one invocation")?;
        let module = self.place()?.installed.module.clone();
        let handler = module.manifest.handler(timer).filter(|(_, handler)| handler.is_timer());
        if handler.is_none() || key.len() > limits::IDEMPOTENCY_KEY_BYTES || payload.len() > limits::EVENT_BYTES {
            return Err(HostError::fault(
                fault::MALFORMED,
                format!("timer `{timer}` is not declared, or its key or payload is too long"),
            ));
        }
        let least = self.invocation.now.plus_us(limits::TIMER_MIN_MS as i64 * 1_000);
        let due = if self.woken { due.max(least) } else { due };
        self.writer()?.set_timer(&module.manifest.module, timer, key, due, payload).map_err(store_error)
    }

    fn cancel_timer(&mut self, timer: &str, key: &str) -> Result<bool, HostError> {
        self.host_call()?;
        let module = self.place()?.installed.module.clone();
        self.writer()?.cancel_timer(&module.manifest.module, timer, key).map_err(store_error)
    }

    fn send_effect(&mut self, kind: &str, target: &str, body: &[u8]) -> Result<RawId, HostError> {
        self.host_call()?;
        count(&mut self.tally.effects, 1, limits::EFFECTS, "effects of one invocation")?;
        if body.len() > limits::EVENT_BYTES || target.len() > 2_000 || kind != "webhook" {
            return Err(HostError::fault(fault::MALFORMED, "an effect is a `webhook` with a body of at most 64 KiB"));
        }
        let installed = self.place()?.installed.clone();
        let capability = Capability::Outbound { host: host_of(target).unwrap_or_default().to_owned() };
        if !installed.may(&capability) {
            return Err(HostError::refused(
                refusal::NOT_CONSENTED,
                format!("the tenant did not agree to `{capability}`"),
            ));
        }
        let id = self.ids.next();
        let (module, now) = (&installed.module.manifest.module, self.invocation.now);
        let effect = NewEffect { id, module, kind, target, body, at: now };
        self.writer()?.add_effect(&effect).map_err(store_error)?;
        Ok(id)
    }

    fn call(&mut self, module: &str, operation: &str, input: &[u8]) -> Result<Result<Vec<u8>, Failure>, HostError> {
        self.host_call()?;
        crate::nested::call(self, module, operation, input)
    }

    fn fetch(&mut self, request: &[u8]) -> Result<Result<Vec<u8>, Failure>, HostError> {
        self.connection()?.fetch(request)
    }

    fn run(&mut self, operation: &str, input: &[u8]) -> Result<Result<Vec<u8>, Failure>, HostError> {
        self.connection()?.run(operation, input)
    }

    fn samples(&mut self, signal: &str, from: Instant, until: Instant, limit: u32) -> Result<Vec<u8>, HostError> {
        self.host_call()?;
        let place = self.place()?;
        let (equipment, kind) = signal.rsplit_once('.').unwrap_or(("", signal));
        if !place.installed.may_follow(kind, equipment) {
            return Err(HostError::refused(
                refusal::NOT_CONSENTED,
                format!("the tenant did not agree to `readings:{kind}` of `{equipment}`"),
            ));
        }
        place.track.sampled(signal);
        let (home, options) = (place.home.clone(), place.options.clone());
        let readings = match &mut self.readings {
            Some(readings) => readings,
            None => self.readings.insert(Box::new(home.readings(&options).map_err(store_error)?)),
        };
        let samples = readings.samples(signal, from, until, limit.clamp(1, limits::PAGE_ROWS)).map_err(store_error)?;
        Ok(samples.to_bytes())
    }

    fn log(&mut self, level: u8, message: &str) {
        self.tally.log_lines += 1;
        if self.tally.log_lines > limits::LOG_LINES {
            return;
        }
        let Some(place) = &self.place else { return };
        let mut end = message.len().min(limits::LOG_LINE_BYTES);
        while !message.is_char_boundary(end) {
            end -= 1;
        }
        let (tenant, module, message) = (&place.scope.slug, &place.installed.module.manifest.module, &message[..end]);
        match level {
            1 => tracing::warn!(target: "module", tenant, module, level, message = ?message),
            _ => tracing::debug!(target: "module", tenant, module, level, message = ?message),
        }
    }
}

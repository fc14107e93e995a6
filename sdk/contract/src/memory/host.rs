//! The imports of the world, in memory.

use super::table::{Stored, Table, put_row};
use super::{Effect, Emitted, Kind, Memory, Timer, Turn, new_id};
use crate::host::{Host, HostError, fault, refusal};
use crate::manifest::RecordDef;
use crate::row::RowHead;
use crate::schema::{Field, Type};
use crate::value::{Value, from_bytes, read_fields};
use crate::{Encode, Failure, Instant, RawId, Reader, Rejection, limits};

use std::sync::Arc;

type Done<T> = Result<T, HostError>;

fn malformed<T>(detail: impl Into<String>) -> Done<T> {
    Err(HostError::fault(fault::MALFORMED, detail))
}

fn over<T>(what: &str, limit: impl std::fmt::Display) -> Done<T> {
    Err(HostError::fault(fault::LIMIT, format!("more than {limit} {what} in one invocation")))
}

/// Adds to a counter, unless that exceeds its limit.
fn charge(counter: &mut u32, more: u32, limit: u32, what: &str) -> Done<()> {
    match counter.checked_add(more).filter(|sum| *sum <= limit) {
        Some(sum) => {
            *counter = sum;
            Ok(())
        }
        None => over(what, limit),
    }
}

impl Memory {
    /// Counts one host call and runs it; remembers a fault, so that a module cannot ignore it.
    fn host_call<T>(&mut self, write: bool, call: impl FnOnce(&mut Self) -> Done<T>) -> Done<T> {
        let allowed = match self.turn.as_ref().map(|turn| turn.kind) {
            Some(Kind::Connects) => {
                let detail = "a connector has no transaction: put this into a command and run it";
                Err(HostError::fault(fault::OUTSIDE, detail))
            }
            Some(Kind::Reads) if write => {
                Err(HostError::fault(fault::READ_ONLY, "a query only reads; make it a command"))
            }
            _ => Ok(()),
        };
        self.counted(allowed, call)
    }

    /// The same for what only connectors may ask.
    fn connect<T>(&mut self, call: impl FnOnce(&mut Self) -> Done<T>) -> Done<T> {
        let allowed = match self.turn.as_ref().map(|turn| turn.kind) {
            Some(Kind::Connects) => Ok(()),
            _ => Err(HostError::fault(fault::OUTSIDE, "only a connector makes requests and runs operations")),
        };
        self.counted(allowed, call)
    }

    fn counted<T>(&mut self, allowed: Done<()>, call: impl FnOnce(&mut Self) -> Done<T>) -> Done<T> {
        let Some(turn) = &mut self.turn else { return malformed("no invocation is open") };
        if let Some(fault) = &turn.fault {
            return Err(HostError::Fault(fault.clone()));
        }
        let number = turn.used.host_calls;
        let counted = charge(&mut turn.used.host_calls, 1, limits::HOST_CALLS, "host calls");
        let failing = match &self.failing {
            Some((at, how)) if *at == number => Err(how.clone()),
            _ => Ok(()),
        };
        let outcome = allowed.and(counted).and(failing).and_then(|()| call(self));
        if let (Err(HostError::Fault(fault)), Some(turn)) = (&outcome, &mut self.turn) {
            turn.fault = Some(fault.clone());
        }
        outcome
    }

    fn turn(&mut self) -> Done<&mut Turn> {
        self.turn.as_mut().map_or_else(|| malformed("no invocation is open"), Ok)
    }

    fn now(&self) -> Instant {
        self.turn.as_ref().map_or(Instant::MIN, |turn| turn.invocation.now)
    }

    fn next_id(&mut self) -> Done<RawId> {
        self.state.ids += 1;
        let sequence = self.state.ids;
        let invocation = &self.turn()?.invocation;
        Ok(new_id(invocation.now, invocation.seed, sequence))
    }

    fn own(&self, record: &str) -> Done<RecordDef> {
        self.manifest.record(record).cloned().map_or_else(|| malformed(format!("there is no record `{record}`")), Ok)
    }

    fn charge_write(&mut self, rows: u32, bytes: usize) -> Done<()> {
        let used = &mut self.turn()?.used;
        charge(&mut used.rows_written, rows, limits::ROWS_WRITTEN, "rows written")?;
        used.bytes_written = used.bytes_written.saturating_add(bytes);
        if used.bytes_written > limits::WRITTEN_BYTES { over("bytes written", limits::WRITTEN_BYTES) } else { Ok(()) }
    }

    fn charge_read(&mut self, rows: u32) -> Done<()> {
        charge(&mut self.turn()?.used.rows_read, rows, limits::ROWS_READ, "rows read")
    }

    fn check_unique(&self, def: &RecordDef, id: RawId, values: &[Value]) -> Done<()> {
        let Some(table) = self.state.records.get(&def.name) else { return Ok(()) };
        match def.indexes.iter().find(|index| index.unique && table.is_taken(index, id, values)) {
            None => Ok(()),
            Some(index) => {
                let names: Vec<_> = index.fields.iter().map(|at| def.fields[*at as usize].name.as_str()).collect();
                let message = format!("another {} has the same {}", def.name, names.join(", "));
                Err(HostError::refused(refusal::NOT_UNIQUE, message))
            }
        }
    }

    /// The stored row, if it has the expected rev (0: any).
    fn expect(&self, record: &str, id: RawId, rev: u64) -> Done<Stored> {
        let row = self.state.records.get(record).and_then(|table| table.get(id));
        let row = row.ok_or_else(|| HostError::refused(refusal::NOT_FOUND, format!("there is no such {record}")))?;
        if rev != 0 && rev != row.head.rev {
            let message = format!("this {record} has rev {}, not {rev}", row.head.rev);
            return Err(HostError::refused(refusal::CONFLICT, message));
        }
        Ok(row.clone())
    }
}

fn row_values(fields: &[Field], reader: &mut Reader<'_>, record: &str) -> Done<Vec<Value>> {
    match read_fields(fields, reader) {
        Ok(values) => Ok(values),
        Err(error) => malformed(format!("a row of `{record}`: {error}")),
    }
}

fn check(ty: &Type, bytes: &[u8], what: &str) -> Done<()> {
    match from_bytes(ty, bytes) {
        Ok(_) => Ok(()),
        Err(error) => malformed(format!("{what}: {error}")),
    }
}

impl Host for Memory {
    fn insert(&mut self, record: &str, rows: &[u8], count: u32) -> Done<Vec<RawId>> {
        self.host_call(true, |memory| {
            let def = memory.own(record)?;
            memory.charge_write(count, rows.len())?;
            let mut reader = Reader::new(rows);
            let mut ids = Vec::new();
            let now = memory.now();
            for _ in 0..count {
                let values = row_values(&def.fields, &mut reader, record)?;
                let id = memory.next_id()?;
                memory.check_unique(&def, id, &values)?;
                let head = RowHead { id, rev: 1, created: now, updated: now };
                memory.state.table_mut(record).insert(head, values);
                ids.push(id);
            }
            if reader.rest().is_empty() { Ok(ids) } else { malformed("bytes are left over after the rows") }
        })
    }

    fn get(&mut self, record: &str, id: RawId) -> Done<Option<Vec<u8>>> {
        self.host_call(false, |memory| {
            let def = memory.own(record)?;
            memory.charge_read(1)?;
            Ok(memory.state.records.get(record).and_then(|table| table.get(id)).map(|row| laid(&def.fields, row)))
        })
    }

    fn update(&mut self, record: &str, id: RawId, rev: u64, row: &[u8]) -> Done<u64> {
        self.host_call(true, |memory| {
            let def = memory.own(record)?;
            memory.charge_write(1, row.len())?;
            let mut reader = Reader::new(row);
            let values = row_values(&def.fields, &mut reader, record)?;
            if !reader.rest().is_empty() {
                return malformed("bytes are left over after the row");
            }
            let Stored { head, .. } = memory.expect(record, id, rev)?;
            memory.check_unique(&def, id, &values)?;
            let head = RowHead { rev: head.rev + 1, updated: memory.now(), ..head };
            memory.state.table_mut(record).insert(head, values);
            Ok(head.rev)
        })
    }

    fn delete(&mut self, record: &str, id: RawId, rev: u64) -> Done<()> {
        self.host_call(true, |memory| {
            memory.own(record)?;
            memory.charge_write(1, 0)?;
            memory.expect(record, id, rev)?;
            memory.state.table_mut(record).remove(id);
            Ok(())
        })
    }

    fn select(&mut self, record: &str, select: &[u8]) -> Done<Vec<u8>> {
        self.host_call(false, |memory| {
            let def = memory.own(record)?;
            let nothing = Arc::<Table>::default();
            let table = memory.state.records.get(record).unwrap_or(&nothing);
            let (page, read) = table.select(&def.fields, &def.indexes, select)?;
            memory.charge_read(read)?;
            Ok(page.to_bytes())
        })
    }

    fn shared_get(&mut self, module: &str, record: &str, id: RawId) -> Done<Option<Vec<u8>>> {
        self.host_call(false, |memory| {
            memory.charge_read(1)?;
            let Some(read) = memory.manifest.read(module, record) else {
                return malformed(format!("the manifest reads no record `{record}` of `{module}`"));
            };
            memory.has(module)?;
            let table = memory.shared.get(&(module.to_owned(), record.to_owned()));
            Ok(table.and_then(|table| table.get(id)).map(|row| laid(&read.fields, row)))
        })
    }

    fn shared_select(&mut self, module: &str, record: &str, select: &[u8]) -> Done<Vec<u8>> {
        self.host_call(false, |memory| {
            let Some(read) = memory.manifest.read(module, record) else {
                return malformed(format!("the manifest reads no record `{record}` of `{module}`"));
            };
            memory.has(module)?;
            let nothing = Table::default();
            let table = memory.shared.get(&(module.to_owned(), record.to_owned())).unwrap_or(&nothing);
            let (page, rows) = table.select(&read.fields, &read.indexes, select)?;
            memory.charge_read(rows)?;
            Ok(page.to_bytes())
        })
    }

    fn emit(&mut self, event: &str, body: &[u8]) -> Done<()> {
        self.host_call(true, |memory| {
            let Some(def) = memory.manifest.event(event) else {
                return malformed(format!("the manifest declares no event `{event}`"));
            };
            check(&def.body, body, event)?;
            if body.len() > limits::EVENT_BYTES {
                return over("bytes of one event", limits::EVENT_BYTES);
            }
            let turn = memory.turn()?;
            charge(&mut turn.used.events, 1, limits::EVENTS, "events")?;
            let (at, depth) = (turn.invocation.now, turn.depth + 1);
            if depth > limits::CAUSE_DEPTH {
                let detail = format!("more than {} events that led to one another", limits::CAUSE_DEPTH);
                return Err(HostError::fault(fault::CAUSE_DEPTH, detail));
            }
            memory.state.events.push(Emitted { at, event: event.to_owned(), body: body.to_vec(), depth });
            Ok(())
        })
    }

    fn set_timer(&mut self, timer: &str, key: &str, due: Instant, payload: &[u8]) -> Done<()> {
        self.host_call(true, |memory| {
            match memory.manifest.handler(timer) {
                Some((_, handler)) if handler.is_timer() => check(&handler.input, payload, timer)?,
                _ => return malformed(format!("the manifest declares no timer `{timer}`")),
            }
            let turn = memory.turn()?;
            charge(&mut turn.used.timers, 1, limits::TIMERS, "timers")?;
            let least = turn.invocation.now.plus_us(limits::TIMER_MIN_MS as i64 * 1_000);
            let due = if turn.woken { due.max(least) } else { due };
            let set = Timer { timer: timer.to_owned(), key: key.to_owned(), due, payload: payload.to_vec() };
            memory.state.timers.insert((timer.to_owned(), key.to_owned()), set);
            Ok(())
        })
    }

    fn cancel_timer(&mut self, timer: &str, key: &str) -> Done<bool> {
        self.host_call(true, |memory| Ok(memory.state.timers.remove(&(timer.to_owned(), key.to_owned())).is_some()))
    }

    fn send_effect(&mut self, kind: &str, target: &str, body: &[u8]) -> Done<RawId> {
        self.host_call(true, |memory| {
            charge(&mut memory.turn()?.used.effects, 1, limits::EFFECTS, "effects")?;
            let id = memory.next_id()?;
            let (kind, target) = (kind.to_owned(), target.to_owned());
            memory.state.effects.push(Effect { id, kind, target, body: body.to_vec() });
            Ok(id)
        })
    }

    fn call(&mut self, module: &str, operation: &str, input: &[u8]) -> Done<Result<Vec<u8>, Failure>> {
        self.host_call(true, |memory| {
            let Some(def) = memory.manifest.call(module, operation) else {
                return malformed(format!("the manifest declares no call of `{module}/{operation}`"));
            };
            check(&def.input, input, operation)?;
            let output = def.output.clone();
            let there = memory.has(module);
            let Some(answer) =
                memory.answers.get_mut(&(module.to_owned(), operation.to_owned())).filter(|_| there.is_ok())
            else {
                let message = format!("module `{module}` is not installed here");
                return Ok(Err(Failure::Rejected(Rejection {
                    code: refusal::NOT_CONSENTED.into(),
                    message,
                    field: None,
                })));
            };
            let outcome = answer(input);
            if let Ok(bytes) = &outcome {
                check(&output, bytes, operation)?;
            }
            Ok(outcome)
        })
    }

    fn fetch(&mut self, request: &[u8]) -> Done<Result<Vec<u8>, Failure>> {
        self.connect(|memory| {
            charge(&mut memory.turn()?.used.fetches, 1, limits::FETCHES, "requests")?;
            memory.fetched(request)
        })
    }

    fn run(&mut self, operation: &str, input: &[u8]) -> Done<Result<Vec<u8>, Failure>> {
        self.connect(|memory| {
            charge(&mut memory.turn()?.used.runs, 1, limits::RUNS, "operations")?;
            memory.operated(operation, input)
        })
    }

    fn samples(&mut self, signal: &str, from: Instant, until: Instant, limit: u32) -> Done<Vec<u8>> {
        self.host_call(false, |memory| {
            let samples = memory.samples_between(signal, from, until, limit.min(limits::READINGS as u32) as usize);
            memory.charge_read(samples.times.len() as u32)?;
            Ok(samples.to_bytes())
        })
    }

    fn log(&mut self, level: u8, message: &str) {
        let Some(turn) = &mut self.turn else { return };
        turn.used.log_lines += 1;
        if turn.used.log_lines <= limits::LOG_LINES {
            let cut = message.floor_char_boundary(limits::LOG_LINE_BYTES);
            self.state.log.push((level, message[..cut].to_owned()));
        }
    }
}

fn laid(fields: &[Field], row: &Stored) -> Vec<u8> {
    let mut out = Vec::new();
    put_row(fields, row, &mut out);
    out
}

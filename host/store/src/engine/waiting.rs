//! Rows that a turn adds: they wait for its end, and go to the server in one exchange instead of one each.
//!
//! Events, audit lines, kept answers and usage follow every command, new records most of them, and nobody reads them before
//! the turn ends, unless he asks for them: a statement that names one of their tables sends them ahead of it. So does
//! whatever starts a part that can be undone alone; what is undone takes along what still waits, which came after that part
//! began.

use super::Value;
use super::added::{Added, NewRow};
use super::arguments::{self, Uuid};
use crate::audit::AuditLine;
use crate::error::{Result, StoreError};
use crate::events::{NewEvent, number};
use crate::idempotency::Remembered;
use crate::table::Plan;
use crate::usage::Pending;
use sqlx::Arguments;
use sqlx::postgres::PgArguments;
use std::collections::HashMap;
use std::sync::Arc;

/// So many rows wait at most.
pub(super) const WAITING: usize = 1_024;
/// Bytes of texts and records that wait at most.
pub(super) const WAITING_BYTES: usize = 1 << 20;
/// Tables of records that rows wait for at most: each set of them is a statement of its own for the server to plan.
pub(super) const WAITING_TABLES: usize = 4;

/// What the host's own rows are written to.
const TABLES: [&str; 4] = ["event", "audit", "answer", "usage"];

/// What a column holds.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Int,
    Real,
    Text,
    Bytes,
    Id,
}
use Kind::{Bytes, Id, Int, Real, Text};

/// A table that rows wait for.
pub(super) struct Part<'a> {
    pub table: &'a str,
    pub names: &'a str,
    pub kinds: &'a [Kind],
    /// What every row has behind these.
    pub rest: &'a str,
    /// What becomes of a row that is there.
    pub else_: &'a str,
}

const EVENT: Part<'_> = Part {
    table: "event",
    names: "seq,module,name,body,cause,at_us",
    kinds: &[Int, Text, Text, Text, Int, Int],
    rest: "",
    else_: "",
};
const AUDIT: Part<'_> = Part {
    table: "audit",
    names: "id,at_us,actor,action,module,detail,hash",
    kinds: &[Int, Int, Text, Text, Text, Text, Bytes],
    rest: "",
    else_: "",
};
const ANSWER: Part<'_> = Part {
    table: "answer",
    names: "key,fingerprint,status,body,expires_us",
    kinds: &[Bytes, Bytes, Int, Bytes, Int],
    rest: "",
    else_: " ON CONFLICT(/*c*/key) DO UPDATE SET fingerprint=excluded.fingerprint,status=excluded.status,
        body=excluded.body,expires_us=excluded.expires_us,id=NULL",
};
const USAGE: Part<'_> = Part {
    table: "usage",
    names: "hour,module,operation,calls,faults,rows_written,events,cpu_us",
    kinds: &[Int, Text, Text, Int, Int, Int, Int, Int],
    rest: "",
    else_: " ON CONFLICT(/*c*/hour,module,operation) DO UPDATE SET calls=usage.calls+excluded.calls,
        faults=usage.faults+excluded.faults,rows_written=usage.rows_written+excluded.rows_written,
        events=usage.events+excluded.events,cpu_us=usage.cpu_us+excluded.cpu_us",
};

struct Event {
    seq: i64,
    module: String,
    name: String,
    body: String,
    cause: Option<i64>,
    at: i64,
}

struct Line {
    id: i64,
    at: i64,
    actor: String,
    action: String,
    module: String,
    detail: String,
    hash: [u8; 32],
}

/// What waits, in one tenant's turn.
#[derive(Default)]
pub(super) struct Waiting {
    added: Vec<Added>,
    events: Vec<Event>,
    lines: Vec<Line>,
    answers: HashMap<[u8; 16], Remembered>,
    usage: Vec<Pending>,
    bytes: usize,
}

/// Where the tenant stands at the end of the turn: the next event's seq, and the bytes of its rows.
pub(super) type End = Option<(i64, i64)>;

impl Waiting {
    pub fn event(&mut self, seq: u64, event: &NewEvent<'_>) {
        self.bytes += event.body_json.len();
        self.events.push(Event {
            seq: number(seq),
            module: text(event.module),
            name: text(event.name),
            body: text(event.body_json),
            cause: event.cause.map(number),
            at: event.at.0,
        });
    }

    pub fn line(&mut self, id: i64, line: &AuditLine<'_>, hash: &[u8; 32]) {
        self.bytes += line.detail_json.len();
        self.lines.push(Line {
            id,
            at: line.at.0,
            actor: text(line.actor),
            action: text(line.action),
            module: text(line.module),
            detail: text(line.detail_json),
            hash: *hash,
        });
    }

    pub fn answer(&mut self, key: [u8; 16], answer: Remembered) {
        self.bytes += answer.body.len();
        self.answers.insert(key, answer);
    }

    pub fn answered(&self, key: &[u8; 16]) -> Option<&Remembered> {
        self.answers.get(key)
    }

    /// A row of a record, whose place there is.
    pub fn row(&mut self, plan: &Arc<Plan>, row: NewRow) {
        self.bytes += row.fields.len();
        match self.added.iter_mut().find(|added| Arc::ptr_eq(&added.plan, plan)) {
            Some(added) => added.rows.push(row),
            None => self.added.push(Added { plan: plan.clone(), rows: vec![row] }),
        }
    }

    /// Whether a row of this table can wait beside what waits already. Rows of another version of its module cannot: a
    /// statement names each table once.
    pub fn has_place(&self, plan: &Arc<Plan>) -> bool {
        match self.added.iter().find(|added| added.plan.physical == plan.physical) {
            Some(added) => Arc::ptr_eq(&added.plan, plan),
            None => self.added.len() < WAITING_TABLES,
        }
    }

    /// The lines of a group, each operation and hour once.
    pub fn usage(&mut self, lines: impl Iterator<Item = Pending>) {
        self.usage.extend(lines);
    }

    pub fn is_empty(&self) -> bool {
        self.rows() == 0
    }

    pub fn is_full(&self) -> bool {
        self.rows() >= WAITING || self.bytes >= WAITING_BYTES
    }

    /// Whether a statement reads or changes what may wait.
    pub fn concerns(&self, sql: &str) -> bool {
        let words = || sql.split(|of: char| !of.is_ascii_alphanumeric() && of != '_');
        (self.own_rows() > 0 && words().any(|word| TABLES.contains(&word)))
            || self.added.iter().any(|added| words().any(|word| word == added.plan.physical))
    }

    fn rows(&self) -> usize {
        self.own_rows() + self.added.iter().map(|added| added.rows.len()).sum::<usize>()
    }

    /// Those of the host.
    fn own_rows(&self) -> usize {
        self.events.len() + self.lines.len() + self.answers.len() + self.usage.len()
    }

    /// The statement that writes all of it, and notes where the tenant stands.
    pub fn write(self, tenant: &[u8; 16], end: End) -> Result<(String, PgArguments)> {
        let mut write = Write { sql: String::with_capacity(1_024), list: arguments::arguments(tenant, &[])? };
        let written = write.all(self).and_then(|()| write.end(end));
        written.map_err(|error| StoreError::Internal(error.to_string()))?;
        Ok((write.sql, write.list))
    }
}

pub(super) type Bound = std::result::Result<(), sqlx::error::BoxDynError>;

/// The values of one row of the host.
macro_rules! own {
    ($($value:expr),* $(,)?) => { vec![$(Value::from($value)),*] };
}

/// A statement, and its values in their order. In one statement no row may be changed twice: answers are those of the
/// newest under each key, usage is already summed.
pub(super) struct Write {
    sql: String,
    list: PgArguments,
}

impl Write {
    fn all(&mut self, waiting: Waiting) -> Bound {
        for added in &waiting.added {
            added.write(self)?;
        }
        let rows = waiting.events.iter();
        self.insert(&EVENT, rows.map(|row| own![row.seq, &row.module, &row.name, &row.body, row.cause, row.at]))?;
        let rows = waiting.lines.iter();
        self.insert(
            &AUDIT,
            rows.map(|row| own![row.id, row.at, &row.actor, &row.action, &row.module, &row.detail, &row.hash]),
        )?;
        // In the order of their keys: two hosts that change the same rows never wait for one another crosswise.
        let mut answers: Vec<_> = waiting.answers.iter().collect();
        answers.sort_unstable_by_key(|(key, _)| *key);
        let rows = answers.iter();
        self.insert(
            &ANSWER,
            rows.map(|(key, answer)| own![*key, &answer.fingerprint, answer.status, &*answer.body, answer.expires]),
        )?;
        let rows = waiting.usage.iter();
        self.insert(
            &USAGE,
            rows.map(|row| {
                let (used, cpu_us) = (&row.used, number(row.used.cpu_us));
                let [calls, faults, rows, events] = [used.calls, used.faults, used.rows_written, used.events];
                own![row.hour, &row.module, &row.operation, calls, faults, rows, events, cpu_us]
            }),
        )
    }

    /// One row as it is, which is what nearly every turn has; more as a list for each column, each of which costs the
    /// server a table of its own.
    pub fn insert<'a>(&mut self, part: &Part<'_>, rows: impl Iterator<Item = Vec<Value<'a>>>) -> Bound {
        let rows: Vec<_> = rows.collect();
        if rows.is_empty() {
            return Ok(());
        }
        let &Part { table, names, kinds, rest, else_ } = part;
        let with = if self.sql.is_empty() { "WITH " } else { "," };
        self.sql.extend([with, table, "_in AS (INSERT INTO ", table, "(/*c*/", names, ") "]);
        if let [row] = &rows[..] {
            self.sql.push_str("VALUES(/*v*/?");
            self.sql.extend(std::iter::repeat_n(",?", kinds.len() - 1));
            self.sql.extend([rest, ")"]);
            row.iter().try_for_each(|value| self.list.add(*value))?;
        } else {
            self.sql.extend(["SELECT /*v*/*", rest, " FROM unnest("]);
            for (at, kind) in kinds.iter().enumerate() {
                self.sql.extend([if at == 0 { "?::" } else { ",?::" }, kind.list()]);
                kind.add(&mut self.list, rows.iter().map(|row| row[at]))?;
            }
            self.sql.push(')');
        }
        self.sql.extend([else_, ")"]);
        Ok(())
    }

    fn end(&mut self, end: End) -> Bound {
        let Some((next_seq, bytes)) = end else {
            self.sql.push_str(" SELECT");
            return Ok(());
        };
        self.sql.push_str(" UPDATE tenant_head SET next_seq=?,bytes=?,turn=turn+1/*W*/");
        self.list.add(next_seq)?;
        self.list.add(bytes)
    }
}

impl Kind {
    fn list(self) -> &'static str {
        match self {
            Int => "bigint[]",
            Real => "double precision[]",
            Text => "text[]",
            Bytes => "bytea[]",
            Id => "uuid[]",
        }
    }

    fn add<'a>(self, list: &mut PgArguments, values: impl Iterator<Item = Value<'a>>) -> Bound {
        let bytes = |value: Value<'a>| match value {
            Value::Text(bytes) | Value::Blob(bytes) => Some(bytes),
            Value::Id(id) => Some(&id[..]),
            _ => None,
        };
        match self {
            Int => list.add(
                values
                    .map(|value| if let Value::Integer(value) = value { Some(value) } else { None })
                    .collect::<Vec<_>>(),
            ),
            Real => list.add(
                values.map(|value| if let Value::Real(value) = value { Some(value) } else { None }).collect::<Vec<_>>(),
            ),
            Text => list.add(
                values
                    .map(|value| bytes(value).map(std::str::from_utf8).transpose())
                    .collect::<std::result::Result<Vec<_>, _>>()?,
            ),
            Bytes => list.add(values.map(bytes).collect::<Vec<_>>()),
            Id => list.add(
                values.map(|value| if let Value::Id(id) = value { Some(Uuid(*id)) } else { None }).collect::<Vec<_>>(),
            ),
        }
    }
}

/// Without the one character that PostgreSQL keeps in no text.
fn text(text: &str) -> String {
    if text.contains('\0') { text.replace('\0', "\u{fffd}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use toolcrib_contract::types::Instant;

    #[test]
    fn a_statement_is_known_by_the_tables_it_names() {
        let mut waiting = Waiting::default();
        waiting.answer([0; 16], Remembered { fingerprint: [0; 16], status: 200, body: vec![], expires: Instant(0) });
        for sql in
            ["SELECT max(seq) FROM event/*W*/", "DELETE FROM answer WHERE /*w*/key=?1", "UPDATE usage SET calls=0"]
        {
            assert!(waiting.concerns(sql), "{sql}");
            assert!(!Waiting::default().concerns(sql), "nothing waits: {sql}");
        }
        for sql in ["SELECT c_event_at FROM m_x_event_log", "UPDATE tenant_head SET turn=turn+1/*W*/", "SAVEPOINT s0"] {
            assert!(!waiting.concerns(sql), "{sql}");
        }
    }

    #[test]
    fn rows_wait_in_a_bounded_number_and_size() {
        let answer =
            |body: usize| Remembered { fingerprint: [0; 16], status: 200, body: vec![0; body], expires: Instant(0) };
        let mut waiting = Waiting::default();
        for nth in 0..WAITING as u128 - 1 {
            waiting.answer(nth.to_be_bytes(), answer(1));
            assert!(!waiting.is_full());
        }
        waiting.answer([0; 16], answer(1));
        assert!(!waiting.is_full(), "the newest under a key stands for those before");
        waiting.answer([255; 16], answer(1));
        assert!(waiting.is_full());
        let mut waiting = Waiting::default();
        waiting.answer([0; 16], answer(WAITING_BYTES));
        assert!(waiting.is_full());
    }
}

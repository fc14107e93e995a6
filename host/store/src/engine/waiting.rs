//! The host's own rows of a turn: they wait for its end, and go to the server in one exchange instead of one each.
//!
//! Events, audit lines, kept answers and usage follow every command, and nobody reads them before the turn ends, unless he
//! asks for them: a statement that names one of their tables sends them ahead of it. So does whatever starts a part that
//! can be undone alone; what is undone takes along what still waits, which came after that part began.

use super::{Value, arguments, values};
use crate::audit::AuditLine;
use crate::error::{Result, StoreError};
use crate::events::{NewEvent, number};
use crate::idempotency::Remembered;
use crate::usage::Pending;
use sqlx::Arguments;
use sqlx::postgres::PgArguments;
use std::collections::HashMap;

/// So many rows wait at most.
pub(super) const WAITING: usize = 1_024;
/// Bytes of texts that wait at most.
pub(super) const WAITING_BYTES: usize = 1 << 20;

/// What the rows are written to.
const TABLES: [&str; 4] = ["event", "audit", "answer", "usage"];

/// What a column holds.
#[derive(Clone, Copy)]
enum Kind {
    Int,
    Text,
    Bytes,
}
use Kind::{Bytes, Int, Text};

/// A table that rows wait for.
struct Part<const COLUMNS: usize> {
    table: &'static str,
    names: &'static str,
    kinds: [Kind; COLUMNS],
    /// What becomes of a row that is there.
    else_: &'static str,
}

const EVENT: Part<6> = Part {
    table: "event",
    names: "seq,module,name,body,cause,at_us",
    kinds: [Int, Text, Text, Text, Int, Int],
    else_: "",
};
const AUDIT: Part<7> = Part {
    table: "audit",
    names: "id,at_us,actor,action,module,detail,hash",
    kinds: [Int, Int, Text, Text, Text, Text, Bytes],
    else_: "",
};
const ANSWER: Part<5> = Part {
    table: "answer",
    names: "key,fingerprint,status,body,expires_us",
    kinds: [Bytes, Bytes, Int, Bytes, Int],
    else_: " ON CONFLICT(/*c*/key) DO UPDATE SET fingerprint=excluded.fingerprint,status=excluded.status,
        body=excluded.body,expires_us=excluded.expires_us,id=NULL",
};
const USAGE: Part<8> = Part {
    table: "usage",
    names: "hour,module,operation,calls,faults,rows_written,events,cpu_us",
    kinds: [Int, Text, Text, Int, Int, Int, Int, Int],
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

    fn rows(&self) -> usize {
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

type Added = std::result::Result<(), sqlx::error::BoxDynError>;

/// A statement, and its values in their order. In one statement no row may be changed twice: answers are those of the
/// newest under each key, usage is already summed.
struct Write {
    sql: String,
    list: PgArguments,
}

impl Write {
    fn all(&mut self, Waiting { events, lines, answers, usage, .. }: Waiting) -> Added {
        self.insert(&EVENT, &events, |row| *values![row.seq, &row.module, &row.name, &row.body, row.cause, row.at])?;
        self.insert(&AUDIT, &lines, |row| {
            *values![row.id, row.at, &row.actor, &row.action, &row.module, &row.detail, &row.hash]
        })?;
        // In the order of their keys: two hosts that change the same rows never wait for one another crosswise.
        let mut answers: Vec<_> = answers.into_iter().collect();
        answers.sort_unstable_by_key(|(key, _)| *key);
        self.insert(&ANSWER, &answers, |(key, answer)| {
            *values![key, &answer.fingerprint, answer.status, &*answer.body, answer.expires]
        })?;
        self.insert(&USAGE, &usage, |row| {
            let (used, cpu_us) = (&row.used, number(row.used.cpu_us));
            let [calls, faults, rows, events] = [used.calls, used.faults, used.rows_written, used.events];
            *values![row.hour, &row.module, &row.operation, calls, faults, rows, events, cpu_us]
        })
    }

    /// One row as it is, which is what nearly every turn has; more as a list for each column, each of which costs the
    /// server a table of its own.
    fn insert<R, const COLUMNS: usize>(
        &mut self,
        part: &Part<COLUMNS>,
        rows: &[R],
        values: impl Fn(&R) -> [Value<'_>; COLUMNS],
    ) -> Added {
        if rows.is_empty() {
            return Ok(());
        }
        let &Part { table, names, kinds, else_ } = part;
        let with = if self.sql.is_empty() { "WITH " } else { "," };
        self.sql.extend([with, table, "_in AS (INSERT INTO ", table, "(/*c*/", names, ") "]);
        if let [row] = rows {
            self.sql.push_str("VALUES(/*v*/?");
            self.sql.extend(std::iter::repeat_n(",?", COLUMNS - 1));
            values(row).into_iter().try_for_each(|value| self.list.add(value))?;
        } else {
            self.sql.push_str("SELECT /*v*/* FROM unnest(");
            let rows: Vec<_> = rows.iter().map(values).collect();
            for (at, kind) in kinds.iter().enumerate() {
                self.sql.extend([if at == 0 { "?::" } else { ",?::" }, kind.list()]);
                kind.add(&mut self.list, rows.iter().map(|row| row[at]))?;
            }
        }
        self.sql.extend([")", else_, ")"]);
        Ok(())
    }

    fn end(&mut self, end: End) -> Added {
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
            Text => "text[]",
            Bytes => "bytea[]",
        }
    }

    fn add<'a>(self, list: &mut PgArguments, values: impl Iterator<Item = Value<'a>>) -> Added {
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
            Text => list.add(
                values
                    .map(|value| bytes(value).map(std::str::from_utf8).transpose())
                    .collect::<std::result::Result<Vec<_>, _>>()?,
            ),
            Bytes => list.add(values.map(bytes).collect::<Vec<_>>()),
        }
    }
}

/// Without the one character that PostgreSQL keeps in no text.
fn text(text: &str) -> String {
    if text.contains('\0') { text.replace('\0', "\u{fffd}") } else { text.to_owned() }
}

/// Whether a statement reads or changes what may wait.
pub(super) fn concerns(sql: &str) -> bool {
    sql.split(|of: char| !of.is_ascii_alphanumeric() && of != '_').any(|word| TABLES.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use toolcrib_contract::types::Instant;

    #[test]
    fn a_statement_is_known_by_the_tables_it_names() {
        for sql in
            ["SELECT max(seq) FROM event/*W*/", "DELETE FROM answer WHERE /*w*/key=?1", "UPDATE usage SET calls=0"]
        {
            assert!(concerns(sql), "{sql}");
        }
        for sql in ["SELECT c_event_at FROM m_x_event_log", "UPDATE tenant_head SET turn=turn+1/*W*/", "SAVEPOINT s0"] {
            assert!(!concerns(sql), "{sql}");
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

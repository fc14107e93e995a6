//! The host's own rows of a turn: they wait for its end, and go to the server in one exchange instead of one each.
//!
//! Events, audit lines, kept answers and usage follow every command, and nobody reads them before the turn ends, unless he
//! asks for them: a statement that names one of their tables sends them ahead of it. So does whatever starts a part that
//! can be undone alone; what is undone takes along what still waits, which came after that part began.

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

/// Each in its place of one statement, column by column. In one statement no row may be changed twice: answers are
/// those of the newest under each key, usage is already summed.
macro_rules! rows {
    ($last:literal) => {
        concat!(
            "WITH event_in AS (INSERT INTO event(/*c*/seq,module,name,body,cause,at_us)
                SELECT /*v*/* FROM unnest(?1::bigint[],?2::text[],?3::text[],?4::text[],?5::bigint[],?6::bigint[])),
            audit_in AS (INSERT INTO audit(/*c*/id,at_us,actor,action,module,detail,hash)
                SELECT /*v*/* FROM unnest(?7::bigint[],?8::bigint[],?9::text[],?10::text[],?11::text[],?12::text[],
                    ?13::bytea[])),
            answer_in AS (INSERT INTO answer(/*c*/key,fingerprint,status,body,expires_us)
                SELECT /*v*/* FROM unnest(?14::bytea[],?15::bytea[],?16::bigint[],?17::bytea[],?18::bigint[])
                ON CONFLICT(/*c*/key) DO UPDATE SET fingerprint=excluded.fingerprint,status=excluded.status,
                    body=excluded.body,expires_us=excluded.expires_us,id=NULL),
            usage_in AS (INSERT INTO usage(/*c*/hour,module,operation,calls,faults,rows_written,events,cpu_us)
                SELECT /*v*/* FROM unnest(?19::bigint[],?20::text[],?21::text[],?22::bigint[],?23::bigint[],
                    ?24::bigint[],?25::bigint[],?26::bigint[])
                ON CONFLICT(/*c*/hour,module,operation) DO UPDATE SET calls=usage.calls+excluded.calls,
                    faults=usage.faults+excluded.faults,rows_written=usage.rows_written+excluded.rows_written,
                    events=usage.events+excluded.events,cpu_us=usage.cpu_us+excluded.cpu_us) ",
            $last
        )
    };
}
const WRITE: &str = rows!("SELECT");
const WRITE_AND_END: &str = rows!("UPDATE tenant_head SET next_seq=?27,bytes=?28,turn=turn+1/*W*/");

#[derive(Default)]
struct Events {
    seq: Vec<i64>,
    module: Vec<String>,
    name: Vec<String>,
    body: Vec<String>,
    cause: Vec<Option<i64>>,
    at: Vec<i64>,
}

#[derive(Default)]
struct Lines {
    id: Vec<i64>,
    at: Vec<i64>,
    actor: Vec<String>,
    action: Vec<String>,
    module: Vec<String>,
    detail: Vec<String>,
    hash: Vec<Vec<u8>>,
}

/// What waits, in one tenant's turn.
#[derive(Default)]
pub(super) struct Waiting {
    events: Events,
    lines: Lines,
    answers: HashMap<[u8; 16], Remembered>,
    usage: Vec<Pending>,
    bytes: usize,
}

/// Where the tenant stands at the end of the turn: the next event's seq, and the bytes of its rows.
pub(super) type End = Option<(i64, i64)>;

impl Waiting {
    pub fn event(&mut self, seq: u64, event: &NewEvent<'_>) {
        let rows = &mut self.events;
        rows.seq.push(number(seq));
        rows.module.push(text(event.module));
        rows.name.push(text(event.name));
        rows.body.push(text(event.body_json));
        rows.cause.push(event.cause.map(number));
        rows.at.push(event.at.0);
        self.bytes += event.body_json.len();
    }

    pub fn line(&mut self, id: i64, line: &AuditLine<'_>, hash: &[u8; 32]) {
        let rows = &mut self.lines;
        rows.id.push(id);
        rows.at.push(line.at.0);
        rows.actor.push(text(line.actor));
        rows.action.push(text(line.action));
        rows.module.push(text(line.module));
        rows.detail.push(text(line.detail_json));
        rows.hash.push(hash.to_vec());
        self.bytes += line.detail_json.len();
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
        self.events.seq.len() + self.lines.id.len() + self.answers.len() + self.usage.len()
    }

    /// The statement that writes all of it, and notes where the tenant stands.
    pub fn write(self, tenant: &[u8; 16], end: End) -> Result<(&'static str, PgArguments)> {
        let Self { events, lines, answers, usage, .. } = self;
        let mut list = super::arguments::arguments(tenant, &[])?;
        let all = || {
            list.add(events.seq)?;
            list.add(events.module)?;
            list.add(events.name)?;
            list.add(events.body)?;
            list.add(events.cause)?;
            list.add(events.at)?;
            list.add(lines.id)?;
            list.add(lines.at)?;
            list.add(lines.actor)?;
            list.add(lines.action)?;
            list.add(lines.module)?;
            list.add(lines.detail)?;
            list.add(lines.hash)?;
            add_answers(&mut list, answers)?;
            add_usage(&mut list, usage)?;
            let Some((next_seq, bytes)) = end else { return Ok(()) };
            list.add(next_seq)?;
            list.add(bytes)
        };
        all().map_err(|error: sqlx::error::BoxDynError| StoreError::Internal(error.to_string()))?;
        Ok((if end.is_some() { WRITE_AND_END } else { WRITE }, list))
    }
}

type Added = std::result::Result<(), sqlx::error::BoxDynError>;

fn add_answers(list: &mut PgArguments, answers: HashMap<[u8; 16], Remembered>) -> Added {
    // In the order of their keys: two hosts that change the same rows never wait for one another crosswise.
    let mut answers: Vec<_> = answers.into_iter().collect();
    answers.sort_unstable_by_key(|(key, _)| *key);
    list.add(answers.iter().map(|(key, _)| key.to_vec()).collect::<Vec<_>>())?;
    list.add(answers.iter().map(|(_, answer)| answer.fingerprint.to_vec()).collect::<Vec<_>>())?;
    list.add(answers.iter().map(|(_, answer)| i64::from(answer.status)).collect::<Vec<_>>())?;
    let expires: Vec<i64> = answers.iter().map(|(_, answer)| answer.expires.0).collect();
    list.add(answers.into_iter().map(|(_, answer)| answer.body).collect::<Vec<_>>())?;
    list.add(expires)
}

fn add_usage(list: &mut PgArguments, lines: Vec<Pending>) -> Added {
    let column = |of: fn(&Pending) -> i64| lines.iter().map(of).collect::<Vec<i64>>();
    list.add(column(|line| line.hour))?;
    list.add(lines.iter().map(|line| line.module.clone()).collect::<Vec<_>>())?;
    list.add(lines.iter().map(|line| line.operation.clone()).collect::<Vec<_>>())?;
    list.add(column(|line| line.used.calls.into()))?;
    list.add(column(|line| line.used.faults.into()))?;
    list.add(column(|line| line.used.rows_written.into()))?;
    list.add(column(|line| line.used.events.into()))?;
    list.add(column(|line| number(line.used.cpu_us)))
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

//! Readings on disk until the server has acknowledged them: oldest first, bounded in rows and bytes.
//!
//! What is on its way is *lent*: it stays in the file until it is settled. After a broken connection or a crash it is
//! lent again, so the server may see it twice (and keeps the first) but never not at all. When the queue is full, the
//! oldest readings that are not on their way make room, and a counter that survives restarts says how many.

mod file;
mod row;
#[cfg(test)]
mod tests;

pub use file::QueueError;

use crate::reading::Reading;
use rusqlite::{Connection, Transaction, params};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Readings of one append.
pub const APPEND_ROWS: usize = 1_000;
/// Bytes of a message, about; the server takes at least so many.
pub const BATCH_BYTES: usize = 64 << 10;
/// Readings dropped at once when the file is full, so that not every append deletes.
const DROP_ROWS: i64 = 1_000;
/// The least that a queue's file may take, in bytes.
pub const BYTES_MIN: u64 = 1 << 20;

/// How much a queue may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    pub rows: u64,
    /// Of the database file. Its write-ahead log takes up to 8 MiB beside it.
    pub bytes: u64,
}

/// What is in the queue and what befell it since its file was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Readings that wait or are on their way.
    pub queued: u64,
    /// Readings that made room for newer ones and will never be sent.
    pub dropped: u64,
    /// Readings that the server said it will never take.
    pub refused: u64,
}

/// Consecutive readings, oldest first, to send as one message.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    pub span: Span,
    pub readings: Vec<Reading>,
}

/// The place of a batch in the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    first: i64,
    last: i64,
}

/// What became of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Acknowledged,
    /// The server will never take it: counted, and out of the way of what follows.
    Refused,
}

/// The queue of one gateway. One per file; the file is held by one process.
#[derive(Debug)]
pub struct Queue {
    db: Connection,
    file: PathBuf,
    limits: Limits,
    counts: Counts,
    /// The last reading that is on its way; 0: none is.
    lent_to: i64,
    /// Names of signals by their number in the file, and back.
    numbers: HashMap<Arc<str>, i64>,
    names: HashMap<i64, Arc<str>>,
}

impl Queue {
    /// Opens the file, or makes it. A file that is damaged is set aside as `….damaged`, and a new one begins.
    ///
    /// # Errors
    /// The disk, a file of a later version, or one that another process holds.
    pub fn open(file: &Path, limits: Limits) -> Result<Self, QueueError> {
        let (db, counts, numbers) = file::open(file, limits)?;
        let names = numbers.iter().map(|(name, number)| (*number, Arc::clone(name))).collect();
        Ok(Self { db, file: file.to_owned(), limits, counts, lent_to: 0, numbers, names })
    }

    pub fn counts(&self) -> Counts {
        self.counts
    }

    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Appends readings in their order; they are on the disk when this returns. Makes room first where it must.
    ///
    /// # Errors
    /// The disk. Nothing of it is queued then.
    pub fn append(&mut self, readings: &[Reading]) -> Result<(), QueueError> {
        for some in readings.chunks(APPEND_ROWS) {
            let mut counts = self.counts;
            let mut fresh = Vec::new();
            let transaction = self.db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
            make_room(&transaction, self.limits, self.lent_to, some.len() as u64, &mut counts)?;
            for reading in some {
                let known = self.numbers.get(&reading.signal).copied();
                let known = known.or_else(|| fresh.iter().find(|(name, _)| *name == reading.signal).map(|(_, n)| *n));
                let signal = match known {
                    Some(number) => number,
                    None => {
                        transaction.execute("INSERT INTO signal (name) VALUES (?)", [&*reading.signal])?;
                        fresh.push((Arc::clone(&reading.signal), transaction.last_insert_rowid()));
                        transaction.last_insert_rowid()
                    }
                };
                row::insert(&transaction, signal, reading)?;
            }
            counts.queued += some.len() as u64;
            file::keep_counts(&transaction, counts)?;
            transaction.commit()?;
            self.counts = counts;
            for (name, number) in fresh {
                self.names.insert(number, Arc::clone(&name));
                self.numbers.insert(name, number);
            }
        }
        Ok(())
    }

    /// The next readings that are not on their way, at most `rows` of them and about [`BATCH_BYTES`]; from now on they
    /// are.
    ///
    /// # Errors
    /// The disk.
    pub fn lend(&mut self, rows: usize) -> Result<Option<Batch>, QueueError> {
        let mut statement = self.db.prepare_cached(row::NEXT)?;
        let mut found = statement.query(params![self.lent_to, rows as i64])?;
        let (mut readings, mut first, mut last, mut bytes) = (Vec::<Reading>::new(), 0, 0, 0);
        while let Some(row) = found.next()? {
            let reading = row::read(row, &self.names)?;
            bytes += reading.line_bytes();
            if bytes > BATCH_BYTES && !readings.is_empty() {
                break;
            }
            last = row.get(0)?;
            first = if readings.is_empty() { last } else { first };
            readings.push(reading);
        }
        if readings.is_empty() {
            return Ok(None);
        }
        self.lent_to = last;
        Ok(Some(Batch { span: Span { first, last }, readings }))
    }

    /// Batches have arrived or are refused: they leave the queue.
    ///
    /// # Errors
    /// The disk. They are still in the queue then, and will be sent again.
    pub fn settle(&mut self, spans: &[(Span, Outcome)]) -> Result<(), QueueError> {
        let mut counts = self.counts;
        let transaction = self.db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        for (span, outcome) in spans {
            let gone = transaction
                .prepare_cached("DELETE FROM reading WHERE seq BETWEEN ? AND ?")?
                .execute(params![span.first, span.last])? as u64;
            counts.queued -= gone;
            counts.refused += if *outcome == Outcome::Refused { gone } else { 0 };
        }
        file::keep_counts(&transaction, counts)?;
        transaction.commit()?;
        self.counts = counts;
        Ok(())
    }

    /// Whatever was on its way may be lost: it is lent again, from the oldest on.
    pub fn recall(&mut self) {
        self.lent_to = 0;
    }
}

/// Deletes the oldest readings that are not on their way until `wanted` more fit.
fn make_room(
    transaction: &Transaction<'_>,
    limits: Limits,
    lent_to: i64,
    wanted: u64,
    counts: &mut Counts,
) -> Result<(), QueueError> {
    let mut too_many = (counts.queued + wanted).saturating_sub(limits.rows) as i64;
    loop {
        if too_many == 0 && file::used_bytes(transaction)? >= limits.bytes {
            too_many = DROP_ROWS;
        }
        if too_many == 0 {
            return Ok(());
        }
        let gone = transaction
            .prepare_cached(
                "DELETE FROM reading WHERE seq > ?1 AND seq <=
                 (SELECT max(seq) FROM (SELECT seq FROM reading WHERE seq > ?1 ORDER BY seq LIMIT ?2))",
            )?
            .execute(params![lent_to, too_many])? as u64;
        counts.queued -= gone;
        counts.dropped += gone;
        if gone == 0 {
            // Everything is on its way. The window is small and bounded, so the excess is, too.
            return Ok(());
        }
        too_many = 0;
    }
}

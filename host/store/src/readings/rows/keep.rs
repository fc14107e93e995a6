//! How long readings are kept in PostgreSQL: as in files, by months; their rows leave in steps, so that machines wait for
//! none of it.

use super::head::{self, FOLDING, LEAVING, SUMS, WHOLE};
use super::put::{self, Key, ROW_BYTES};
use super::{Month, Rows};
use crate::engine::values;
use crate::error::Result;
use crate::readings::keep::{Keep, Retained, whole_from};
use crate::readings::part::placed;
use crate::readings::rollup::{COLUMNS, Level, Sum};
use std::collections::BTreeMap;
use toolcrib_contract::types::Instant;

/// Rows that leave in one transaction.
const STEP: u64 = 10_000;

/// What of a month leaves with its readings, and besides when all of it leaves: a table, and the condition.
const READINGS: [(&str, &str); 2] = [("reading", "/*r*/"), ("rollup", "/*n*/level=0 AND ")];
const ALL: [(&str, &str); 4] = [("reading", "/*r*/"), ("rollup", "/*n*/"), ("stat", "/*m*/"), ("tally", "/*m*/")];

impl Rows {
    pub(crate) fn retain(&mut self, keep: Keep, now: Instant) -> Result<Retained> {
        let mut retained = Retained::default();
        let (whole_from, this_month) = (whole_from(keep, now), Month::of(now)?.index());
        for (month, state) in head::months(&self.read)? {
            let is_old = month.until <= whole_from;
            if state.kept != LEAVING && is_old && this_month - month.index() > i64::from(keep.sum_months) {
                retained.removed += u32::from(self.mark(month, &[WHOLE, SUMS, FOLDING], LEAVING)?);
            } else if state.kept == WHOLE && is_old {
                retained.folded += u32::from(self.fold(month)?);
            }
        }
        let mut is_changed = false;
        for (month, state) in head::months(&self.read)? {
            match state.kept {
                FOLDING => {
                    self.leave(month, &READINGS)?;
                    self.mark(month, &[FOLDING], SUMS)?;
                    is_changed = true;
                }
                LEAVING => {
                    self.leave(month, &ALL)?;
                    self.changed(|rows| {
                        let sql = placed("DELETE FROM reading_month WHERE /*m*/kept=?1", month);
                        rows.write.execute(&sql, values![LEAVING]).map(|gone| (gone, 0))
                    })?;
                    is_changed = true;
                }
                _ => {}
            }
        }
        if is_changed {
            retained.forgotten = self.forget_unused()? as u32;
        }
        Ok(retained)
    }

    /// One transaction under the lock, which says how many rows it changed and how many bytes went.
    fn changed(&mut self, work: impl FnOnce(&Self) -> Result<(u64, i64)>) -> Result<u64> {
        self.forget();
        let mut head = head::lock(&self.write)?;
        let done = work(self).and_then(|(changed, bytes)| {
            head.bytes -= bytes;
            head::put(&self.write, &head)?;
            self.write.commit()?;
            Ok(changed)
        });
        if done.is_err() {
            self.write.rollback();
        }
        done
    }

    /// Whether the month stood like this and stands like that now: another host may have been here before.
    fn mark(&mut self, month: Month, from: &[i64], to: i64) -> Result<bool> {
        let changed = self.changed(|rows| {
            let sql = placed("UPDATE reading_month SET kept=?1 WHERE /*m*/kept=?2", month);
            let mut changed = 0;
            for from in from {
                changed += rows.write.execute(&sql, values![to, *from])?;
            }
            Ok((changed, 0))
        })?;
        Ok(changed > 0)
    }

    /// From here on the month has hours and days alone.
    fn fold(&mut self, month: Month) -> Result<bool> {
        let changed = self.changed(|rows| {
            let sql = placed("UPDATE reading_month SET kept=?1 WHERE /*m*/kept=?2", month);
            if rows.write.execute(&sql, values![FOLDING, WHOLE])? == 0 {
                return Ok((0, 0));
            }
            // Each signal's newest minute, of which its hour and its day know nothing yet.
            let sql = format!(
                "SELECT DISTINCT ON (series) series,minute,{COLUMNS} FROM rollup WHERE /*n*/level=0
                    ORDER BY series,minute DESC"
            );
            let mut added: BTreeMap<Key, Sum> = BTreeMap::new();
            rows.write.each(&placed(&sql, month), &[], |row| {
                let (series, minute, sum) = (row.int(0)?, row.int(1)?, Sum::read(row, 2)?);
                for level in [Level::Hour, Level::Day] {
                    added.insert((level as i64, series, level.start(minute)), sum.clone());
                }
                Ok(true)
            })?;
            Ok((1, -put::add_sums(&rows.write, added)?))
        })?;
        Ok(changed > 0)
    }

    /// Deletes rows of a month, some at a time.
    fn leave(&mut self, month: Month, what: &[(&str, &str)]) -> Result<()> {
        for (table, condition) in what {
            let words = match *table {
                "reading" => "CAST(coalesce(sum(octet_length(word)),0) AS bigint)",
                _ => "0::bigint",
            };
            // Only these are counted.
            let each = if matches!(*table, "reading" | "rollup") { ROW_BYTES } else { 0 };
            // By their places, which no estimate of the planner's can lead astray; of readings, those of one partition.
            let sql = format!(
                "WITH gone AS (DELETE FROM {table} o WHERE /*o*/{bounds}
                    o.ctid=ANY(ARRAY(SELECT ctid FROM {table} WHERE {condition}true LIMIT {STEP})) RETURNING {returned})
                SELECT count(*),{words} FROM gone",
                bounds = if *table == "reading" { "/*or*/" } else { "" },
                returned = if *table == "reading" { "word" } else { "1" },
            );
            let sql = placed(&sql, month);
            while self.changed(|rows| {
                let gone = rows.write.row(&sql, &[], |row| Ok((row.count(0)?, row.int(1)?)))?.unwrap_or_default();
                Ok((gone.0, (gone.0 * each) as i64 + gone.1))
            })? >= STEP
            {}
        }
        Ok(())
    }

    /// Forgets the names of signals that no month knows.
    fn forget_unused(&mut self) -> Result<u64> {
        self.changed(|rows| {
            let sql = "DELETE FROM signal WHERE /*w*/NOT EXISTS
                (SELECT 1 FROM stat o WHERE /*o*/o.series=signal.id)";
            let gone = rows.write.execute(sql, &[])?;
            Ok((gone, (gone * ROW_BYTES) as i64))
        })
    }
}

//! What each operation of each module used, hour by hour.

use crate::error::Result;
use crate::events::number;
use crate::writer::Writer;
use rusqlite::params;
use toolcrib_contract::types::Instant;

const HOUR_US: i64 = 3_600_000_000;
/// Rows of one report.
const ROWS_MAX: u32 = 10_000;

/// One operation of one module in one hour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageRow {
    /// The hour's start, UTC.
    pub hour: Instant,
    pub module: String,
    pub operation: String,
    pub calls: u64,
    pub faults: u64,
    pub rows_written: u64,
    pub events: u64,
    pub cpu_us: u64,
}

impl Writer {
    /// Adds to the line of this operation and the hour of `now`.
    #[expect(clippy::too_many_arguments, reason = "the figures of one line; called in one place")]
    pub fn usage(
        &mut self,
        module: &str,
        operation: &str,
        now: Instant,
        calls: u32,
        faults: u32,
        rows_written: u32,
        events: u32,
        cpu_us: u64,
    ) -> Result<()> {
        let sql = "INSERT INTO usage VALUES(?1,?2,?3,?4,?5,?6,?7,?8) ON CONFLICT DO UPDATE SET
            calls=calls+?4, faults=faults+?5, rows_written=rows_written+?6, events=events+?7, cpu_us=cpu_us+?8";
        let hour = now.0.div_euclid(HOUR_US);
        let mut upsert = self.db.prepare_cached(sql)?;
        upsert.execute(params![hour, module, operation, calls, faults, rows_written, events, number(cpu_us)])?;
        Ok(())
    }

    /// Lines of the hours that start in `from..until`, in order; at most 10 000.
    pub fn usage_between(&mut self, from: Instant, until: Instant) -> Result<Vec<UsageRow>> {
        let sql = "SELECT hour,module,operation,calls,faults,rows_written,events,cpu_us FROM usage
            WHERE hour>=?1 AND hour<?2 ORDER BY hour,module,operation LIMIT ?3";
        let mut select = self.db.prepare_cached(sql)?;
        let hour = |at: Instant| (at.0 + HOUR_US - 1).div_euclid(HOUR_US);
        let rows = select.query_map(params![hour(from), hour(until), ROWS_MAX], |row| {
            let count = |at: usize| row.get::<_, i64>(at).map(|count| count as u64);
            Ok(UsageRow {
                hour: Instant(row.get::<_, i64>(0)? * HOUR_US),
                module: row.get(1)?,
                operation: row.get(2)?,
                calls: count(3)?,
                faults: count(4)?,
                rows_written: count(5)?,
                events: count(6)?,
                cpu_us: count(7)?,
            })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }
}

//! What each operation of each module used, hour by hour.

use crate::engine::{Db, values};
use crate::error::Result;
use crate::events::number;
use crate::writer::Writer;
use toolcrib_contract::types::Instant;

pub(crate) const HOUR_US: i64 = 3_600_000_000;
/// Rows of one report.
pub(crate) const ROWS_MAX: u32 = 10_000;

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

/// What one invocation adds to the line of its operation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Used {
    pub calls: u32,
    pub faults: u32,
    pub rows_written: u32,
    pub events: u32,
    pub cpu_us: u64,
}

/// A line of the group, which its commit adds to the file.
pub(crate) struct Pending {
    pub hour: i64,
    pub module: String,
    pub operation: String,
    pub used: Used,
}

impl Writer {
    /// Adds to the line of this operation and the hour of `now`. Kept in memory until the group commits: its
    /// invocations share the few lines of their operations. A rolled-back group leaves nothing; savepoints do not count,
    /// a fault is used time too.
    pub fn usage(&mut self, module: &str, operation: &str, now: Instant, used: Used) {
        let hour = now.0.div_euclid(HOUR_US);
        let mine = |line: &&mut Pending| line.hour == hour && line.operation == operation && line.module == module;
        let Some(line) = self.used.iter_mut().find(mine) else {
            let (module, operation) = (module.to_owned(), operation.to_owned());
            return self.used.push(Pending { hour, module, operation, used });
        };
        line.used.calls += used.calls;
        line.used.faults += used.faults;
        line.used.rows_written = line.used.rows_written.saturating_add(used.rows_written);
        line.used.events = line.used.events.saturating_add(used.events);
        line.used.cpu_us += used.cpu_us;
    }

    /// Writes the group's lines; part of its commit.
    pub(crate) fn write_usage(&mut self) -> Result<()> {
        if let Db::Postgres(session) = &self.db {
            return session.write_usage(self.used.drain(..));
        }
        let sql = "INSERT INTO usage(/*c*/hour,module,operation,calls,faults,rows_written,events,cpu_us)
            VALUES(/*v*/?1,?2,?3,?4,?5,?6,?7,?8) ON CONFLICT(/*c*/hour,module,operation) DO UPDATE SET
            calls=usage.calls+?4, faults=usage.faults+?5, rows_written=usage.rows_written+?6,
            events=usage.events+?7, cpu_us=usage.cpu_us+?8";
        for Pending { hour, module, operation, used } in self.used.drain(..) {
            let Used { calls, faults, rows_written, events, cpu_us } = used;
            let line = values![hour, &module, &operation, calls, faults, rows_written, events, number(cpu_us)];
            self.db.execute(sql, line)?;
        }
        Ok(())
    }

    /// Lines of the hours that start in `from..until`, in order; at most 10 000.
    pub fn usage_between(&mut self, from: Instant, until: Instant) -> Result<Vec<UsageRow>> {
        let sql = "SELECT hour,module,operation,calls,faults,rows_written,events,cpu_us FROM usage
            WHERE /*w*/hour>=?1 AND hour<?2 ORDER BY hour,module,operation LIMIT ?3";
        self.db.rows(sql, values![first_hour(from), first_hour(until), ROWS_MAX], |row| {
            Ok(UsageRow {
                hour: Instant(row.int(0)? * HOUR_US),
                module: row.text(1)?,
                operation: row.text(2)?,
                calls: row.count(3)?,
                faults: row.count(4)?,
                rows_written: row.count(5)?,
                events: row.count(6)?,
                cpu_us: row.count(7)?,
            })
        })
    }
}

/// The number of the first hour that begins at this moment or after it.
pub(crate) fn first_hour(at: Instant) -> i64 {
    at.0.div_euclid(HOUR_US) + i64::from(at.0.rem_euclid(HOUR_US) > 0)
}

//! How every module was used in a period, by days and people, and where the audit stands: for whoever has to show it.

use crate::engine::values;
use crate::error::Result;
use crate::reader::Reader;
use crate::usage::{HOUR_US, first_hour};
use std::collections::{BTreeMap, BTreeSet};
use toolcrib_contract::types::{Date, Instant};

/// How one module was used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModuleUsed {
    /// Calls that wrote; queries are not counted.
    pub calls: u64,
    pub faults: u64,
    /// Days with at least one of them.
    pub days: BTreeSet<Date>,
    /// Different people who called it.
    pub people: u64,
}

impl Reader {
    /// How modules were used in the hours that begin in `from..until`, by name. `day` says on which day a moment lies; it is
    /// asked for the begin of every hour.
    pub fn used_in(
        &mut self,
        from: Instant,
        until: Instant,
        day: impl Fn(Instant) -> Date,
    ) -> Result<BTreeMap<String, ModuleUsed>> {
        let mut used = BTreeMap::<String, ModuleUsed>::new();
        let sql = "SELECT module,hour,CAST(sum(calls) AS BIGINT),CAST(sum(faults) AS BIGINT) FROM usage
            WHERE /*w*/hour>=?1 AND hour<?2 GROUP BY 1,2";
        let db = self.db()?;
        db.each(sql, values![first_hour(from), first_hour(until)], |row| {
            let one = used.entry(row.text(0)?).or_default();
            one.calls += row.count(2)?;
            one.faults += row.count(3)?;
            one.days.insert(day(Instant(row.int(1)? * HOUR_US)));
            Ok(true)
        })?;
        // People stand in the audit, modules and devices do not call themselves so. `;` follows `:`.
        let sql = "SELECT module,count(DISTINCT actor) FROM audit WHERE /*w*/at_us>=?1 AND at_us<?2 AND module<>''
            AND ((actor>='user:' AND actor<'user;') OR (actor>='operator:' AND actor<'operator;')) GROUP BY 1";
        db.each(sql, values![from, until], |row| {
            used.entry(row.text(0)?).or_default().people = row.count(1)?;
            Ok(true)
        })?;
        Ok(used)
    }

    /// The newest line of the audit: its number and hash; none before the first one.
    pub fn audit_head(&mut self) -> Result<Option<(u64, [u8; 32])>> {
        let sql = "SELECT id,hash FROM audit/*W*/ ORDER BY id DESC LIMIT 1";
        self.db()?.row(sql, &[], |row| Ok((row.count(0)?, row.bytes(1)?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Engine, NOW, on_each_engine};
    use crate::{AuditLine, Used};

    on_each_engine![days_and_people_are_counted_once_and_whatever_is_nobody_is_not];

    fn days_and_people_are_counted_once_and_whatever_is_nobody_is_not(engine: &Engine) {
        let mut tenant = engine.tenant();
        let writer = &mut tenant.writer;
        writer.begin().unwrap();
        for hours in [0, 1, 24, 48] {
            let used = Used { calls: 2, faults: 1, ..Used::default() };
            writer.usage("ledger", "note", NOW.plus_us(hours * HOUR_US), used);
        }
        let actors = ["user:a", "user:b", "user:a", "operator:c", "event", "timer", "module:x"];
        for (at, actor) in actors.into_iter().enumerate() {
            let at = NOW.plus_us(at as i64);
            writer.audit(&AuditLine { at, actor, action: "note", module: "ledger", detail_json: "{}" }).unwrap();
        }
        let late = AuditLine {
            at: NOW.plus_us(40 * HOUR_US),
            actor: "user:late",
            action: "note",
            module: "ledger",
            detail_json: "{}",
        };
        writer.audit(&late).unwrap();
        writer.commit().unwrap();
        let mut reader = tenant.home.reader().unwrap();
        let from = Instant(first_hour(NOW) * HOUR_US).min(NOW);
        let day = |at: Instant| Date(at.0.div_euclid(24 * HOUR_US));
        let used = reader.used_in(from.plus_us(-HOUR_US), from.plus_us(30 * HOUR_US), day).unwrap();
        let ledger = &used["ledger"];
        assert_eq!((ledger.calls, ledger.faults, ledger.days.len(), ledger.people), (6, 3, 2, 3));
        assert_eq!(reader.audit_head().unwrap().unwrap().0, 8);
    }
}

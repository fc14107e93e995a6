//! What people look at beside the work: the audit, what was used, and how a module stands.

use crate::audit::AuditRow;
use crate::cursors::Dead;
use crate::engine::values;
use crate::error::Result;
use crate::events::{self, number};
use crate::reader::Reader;
use crate::timers::Timer;
use crate::usage::{HOUR_US, ROWS_MAX, first_hour};
use toolcrib_contract::limits;
use toolcrib_contract::types::Instant;

/// Lines of the audit that one page looks through; a filter that finds little goes on from there.
pub const AUDIT_SCAN: u64 = 20_000;
/// Timers and dead letters of one module that are shown.
const SHOWN: u32 = 50;

/// Which lines of the audit. An empty text is any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditFilter {
    pub actor: String,
    pub module: String,
    pub action: String,
    pub from: Instant,
    pub until: Instant,
    /// Only calls that the host or the module answered with a failure of its own, 500 and above.
    pub failed: bool,
}

impl Default for AuditFilter {
    fn default() -> Self {
        let (actor, module, action) = Default::default();
        Self { actor, module, action, from: Instant::MIN, until: Instant::MAX, failed: false }
    }
}

/// A page of the audit, the newest line first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditPage {
    pub rows: Vec<AuditRow>,
    /// Where to go on: lines before this id. None at the first line.
    pub next: Option<u64>,
}

/// What the calls of one operation, or of one hour, used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageSum {
    /// The hour's start, UTC; [`Instant::MIN`] in sums by operation.
    pub hour: Instant,
    /// Empty in sums by hour.
    pub operation: String,
    pub calls: u64,
    pub faults: u64,
    pub rows_written: u64,
    pub events: u64,
    pub cpu_us: u64,
}

/// How a module stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// For each handler of events: its name, events it has not seen yet, failed attempts at the next one.
    pub behind: Vec<(String, u64, u32)>,
    /// The soonest of its timers, at most 50, and how many there are.
    pub timers: Vec<Timer>,
    pub timers_waiting: u64,
    /// Requests to the outside that are not sent yet.
    pub effects_waiting: u64,
    /// The newest of its dead letters, at most 50, and how many there are.
    pub dead: Vec<Dead>,
    pub dead_letters: u64,
}

impl Reader {
    /// Lines before the id `before` that fit, the newest first, at most `limit` and at most [`limits::PAGE_ROWS`]; looks
    /// through at most [`AUDIT_SCAN`] lines.
    pub fn audit_before(&mut self, filter: &AuditFilter, before: u64, limit: u32) -> Result<AuditPage> {
        let db = self.db()?;
        let last = db.one("SELECT max(id) FROM audit/*W*/", &[], |row| row.maybe_int(0))?;
        let before = before.min(last.unwrap_or(0) as u64 + 1);
        let floor = before.saturating_sub(AUDIT_SCAN).max(1);
        let sql = db.either(
            "SELECT id,at_us,actor,action,module,detail,hash FROM audit
            WHERE id<?1 AND id>=?2 AND (?3='' OR actor=?3) AND (?4='' OR module=?4) AND (?5='' OR action=?5)
            AND at_us>=?6 AND at_us<?7 AND (?8=0 OR coalesce(json_extract(detail,'$.status'),0)>=500)
            ORDER BY id DESC LIMIT ?9",
            "SELECT id,at_us,actor,action,module,detail,hash FROM audit
            WHERE /*w*/id<?1 AND id>=?2 AND (?3='' OR actor=?3) AND (?4='' OR module=?4) AND (?5='' OR action=?5)
            AND at_us>=?6 AND at_us<?7 AND (?8=0 OR coalesce(CAST(CAST(detail AS json)->>'status' AS bigint),0)>=500)
            ORDER BY id DESC LIMIT ?9",
        );
        let limit = limit.min(limits::PAGE_ROWS);
        let AuditFilter { actor, module, action, from, until, failed } = filter;
        let wanted = values![number(before), number(floor), actor, module, action, *from, *until, *failed, limit];
        let rows = db.rows(sql, wanted, AuditRow::read)?;
        let full = rows.len() == limit as usize;
        let next = if full { rows.last().map_or(floor, |row| row.id) } else { floor };
        Ok(AuditPage { rows, next: (next > 1).then_some(next) })
    }

    /// What a module's calls used in `from..until`, hour by hour. Queries are not counted: they write nothing, and
    /// counting them would.
    pub fn usage_by_hour(&mut self, module: &str, from: Instant, until: Instant) -> Result<Vec<UsageSum>> {
        self.usage_sums(module, from, until, "hour", "''")
    }

    /// The same by operation, the most called first.
    pub fn usage_by_operation(&mut self, module: &str, from: Instant, until: Instant) -> Result<Vec<UsageSum>> {
        let mut sums = self.usage_sums(module, from, until, "operation", "operation")?;
        sums.sort_by(|a, b| b.calls.cmp(&a.calls).then_with(|| a.operation.cmp(&b.operation)));
        sums.iter_mut().for_each(|sum| sum.hour = Instant::MIN);
        Ok(sums)
    }

    fn usage_sums(
        &mut self,
        module: &str,
        from: Instant,
        until: Instant,
        by: &str,
        name: &str,
    ) -> Result<Vec<UsageSum>> {
        // Both texts are ours.
        let sql = format!(
            "SELECT min(hour),{name},CAST(sum(calls) AS BIGINT),CAST(sum(faults) AS BIGINT),
            CAST(sum(rows_written) AS BIGINT),CAST(sum(events) AS BIGINT),CAST(sum(cpu_us) AS BIGINT) FROM usage
            WHERE /*w*/hour>=?1 AND hour<?2 AND module=?3 GROUP BY {by} ORDER BY {by} LIMIT ?4"
        );
        self.db()?.rows(&sql, values![first_hour(from), first_hour(until), module, ROWS_MAX], |row| {
            Ok(UsageSum {
                hour: Instant(row.int(0)? * HOUR_US),
                operation: row.text(1)?,
                calls: row.count(2)?,
                faults: row.count(3)?,
                rows_written: row.count(4)?,
                events: row.count(5)?,
                cpu_us: row.count(6)?,
            })
        })
    }

    /// What waits for a module, and what it could not digest.
    pub fn standing(&mut self, module: &str) -> Result<Standing> {
        let db = self.db()?;
        let last = events::last_seq(db)?;
        let count = |sql: &str| db.one(sql, values![module], |row| row.count(0));
        // `0` follows `/`: every key that starts with `module/`.
        let sql =
            "SELECT consumer,seq,attempts FROM cursor WHERE /*w*/consumer>=?1||'/' AND consumer<?1||'0' ORDER BY 1";
        let behind = db.rows(sql, values![module], |row| {
            let (consumer, seq) = (row.text(0)?, row.count(1)?);
            let handler = consumer.split_once('/').map_or("", |(_, handler)| handler).to_owned();
            Ok((handler, last.saturating_sub(seq), row.small(2)?))
        })?;
        let sql = "SELECT module,timer,key,due_us,attempts,payload FROM timer WHERE /*w*/module=?1
            ORDER BY due_us LIMIT ?2";
        let timers = db.rows(sql, values![module, SHOWN], Timer::read)?;
        let sql = "SELECT id,consumer,seq,why,body,at_us FROM dead WHERE /*w*/consumer>=?1||'/' AND consumer<?1||'0'
            ORDER BY id DESC LIMIT ?2";
        let dead = db.rows(sql, values![module, SHOWN], Dead::read)?;
        Ok(Standing {
            behind,
            timers,
            timers_waiting: count("SELECT count(*) FROM timer WHERE /*w*/module=?1")?,
            effects_waiting: count("SELECT count(*) FROM effect WHERE /*w*/module=?1")?,
            dead,
            dead_letters: count("SELECT count(*) FROM dead WHERE /*w*/consumer>=?1||'/' AND consumer<?1||'0'")?,
        })
    }

    /// Dead letters of each module that has some, by name.
    pub fn dead_letters(&mut self) -> Result<Vec<(String, u64)>> {
        let db = self.db()?;
        let sql = db.either(
            "SELECT substr(consumer,1,instr(consumer,'/')-1),count(*) FROM dead GROUP BY 1 ORDER BY 1",
            "SELECT split_part(consumer,'/',1),count(*) FROM dead/*W*/ GROUP BY 1 ORDER BY 1",
        );
        db.rows(sql, &[], |row| Ok((row.text(0)?, row.count(1)?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Engine, NOW, on_each_engine};
    use crate::{AuditLine, NewDead, NewEvent, Used};

    on_each_engine![
        the_audit_is_paged_from_the_newest_line_and_a_filter_goes_on_where_it_stopped,
        usage_is_summed_by_hour_and_by_operation,
        a_modules_standing_counts_what_waits_and_what_died_and_nothing_of_others,
    ];

    fn the_audit_is_paged_from_the_newest_line_and_a_filter_goes_on_where_it_stopped(engine: &Engine) {
        let mut tenant = engine.tenant();
        tenant.writer.begin().unwrap();
        let lines = AUDIT_SCAN + 10;
        for at in 1..=lines {
            let detail = if at == 3 { "{\"status\":502}" } else { "{\"status\":200}" };
            let actor = if at % 2 == 0 { "user:a" } else { "user:b" };
            let line =
                AuditLine { at: NOW.plus_us(at as i64), actor, action: "note", module: "ledger", detail_json: detail };
            tenant.writer.audit(&line).unwrap();
        }
        tenant.writer.commit().unwrap();
        let mut reader = tenant.home.reader().unwrap();
        let any = AuditFilter::default();
        let first = reader.audit_before(&any, u64::MAX, 2).unwrap();
        let ids = |page: &AuditPage| page.rows.iter().map(|row| row.id).collect::<Vec<_>>();
        assert_eq!((ids(&first), first.next), (vec![lines, lines - 1], Some(lines - 1)));
        let last = reader.audit_before(&any, 3, 5).unwrap();
        assert_eq!((ids(&last), last.next), (vec![2, 1], None));
        let mine = AuditFilter { actor: "user:a".into(), ..any.clone() };
        assert_eq!(ids(&reader.audit_before(&mine, 6, 5).unwrap()), [4, 2]);
        let failed = AuditFilter { failed: true, ..any.clone() };
        let empty = reader.audit_before(&failed, u64::MAX, 5).unwrap();
        assert_eq!((empty.rows.len(), empty.next), (0, Some(11)), "so far it looked");
        let found = reader.audit_before(&failed, 11, 5).unwrap();
        assert_eq!((ids(&found), found.next), (vec![3], None));
        let other = AuditFilter { from: NOW.plus_us(2), until: NOW.plus_us(4), module: "ledger".into(), ..any };
        assert_eq!(ids(&reader.audit_before(&other, 9, 5).unwrap()), [3, 2]);
    }

    fn usage_is_summed_by_hour_and_by_operation(engine: &Engine) {
        let mut tenant = engine.tenant();
        tenant.writer.begin().unwrap();
        for (hours, operation) in [(0, "note"), (0, "close"), (1, "note")] {
            let used = Used { calls: 2, faults: 1, rows_written: 3, events: 4, cpu_us: 5 };
            tenant.writer.usage("ledger", operation, NOW.plus_us(hours * HOUR_US), used);
        }
        tenant.writer.usage("other", "note", NOW, Used { calls: 9, ..Used::default() });
        tenant.writer.commit().unwrap();
        let mut reader = tenant.home.reader().unwrap();
        let (from, until) = (NOW.plus_us(-HOUR_US), NOW.plus_us(2 * HOUR_US));
        let hours = reader.usage_by_hour("ledger", from, until).unwrap();
        assert_eq!(hours.iter().map(|sum| sum.calls).collect::<Vec<_>>(), [4, 2]);
        let operations = reader.usage_by_operation("ledger", from, until).unwrap();
        let named: Vec<_> = operations.iter().map(|sum| (sum.operation.as_str(), sum.calls, sum.cpu_us)).collect();
        assert_eq!(named, [("note", 4, 10), ("close", 2, 5)]);
    }

    fn a_modules_standing_counts_what_waits_and_what_died_and_nothing_of_others(engine: &Engine) {
        let mut tenant = engine.tenant();
        let writer = &mut tenant.writer;
        writer.begin().unwrap();
        for _ in 0..3 {
            writer.append(&NewEvent { module: "a", name: "e", body_json: "{}", cause: None, at: NOW }).unwrap();
        }
        writer.advance("ledger/on_e", 1).unwrap();
        writer.advance("ledger2/on_e", 0).unwrap();
        writer.set_timer("ledger", "tick", "k", NOW, b"p").unwrap();
        for consumer in ["ledger/on_e", "ledger2/on_e", "ledger/tick"] {
            writer.bury(&NewDead { consumer, seq: 1, why: "no", body: b"{}", at: NOW }).unwrap();
        }
        writer.commit().unwrap();
        let mut reader = tenant.home.reader().unwrap();
        let standing = reader.standing("ledger").unwrap();
        assert_eq!(standing.behind, [("on_e".to_owned(), 2, 0)]);
        assert_eq!((standing.timers_waiting, standing.timers.len(), standing.effects_waiting), (1, 1, 0));
        assert_eq!((standing.dead_letters, standing.dead[0].consumer.as_str()), (2, "ledger/tick"));
        assert_eq!(reader.dead_letters().unwrap(), [("ledger".to_owned(), 2), ("ledger2".to_owned(), 1)]);
    }
}

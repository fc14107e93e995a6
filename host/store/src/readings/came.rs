//! What came of every signal in a period, by days: how much machines sent, for whoever has to show it.

use super::Readings;
use super::month::Kept;
use super::part::Part;
use super::query::stats;
use super::rollup::{Level, MINUTE_US};
use crate::engine::values;
use crate::error::Result;
use std::collections::{BTreeMap, BTreeSet};
use toolcrib_contract::limits;
use toolcrib_contract::types::{Date, Instant};

/// What came of one signal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Came {
    pub signal: String,
    /// The device that reported it last in the period's newest month.
    pub device: String,
    /// Good and uncertain readings.
    pub readings: u64,
    pub bad: u64,
    /// Days on which at least one came that was not bad.
    pub days: BTreeSet<Date>,
}

/// By series: what is counted so far.
type Counted = BTreeMap<i64, Came>;

impl Readings {
    /// Signals of which something came in `from..until`, by name, as far back as sums are kept. `day` says on which day a
    /// moment lies; it is asked for the begin of every hour, so days must begin with one.
    pub fn came(&mut self, from: Instant, until: Instant, day: impl Fn(Instant) -> Date) -> Result<Vec<Came>> {
        self.asked(|all| {
            let names: BTreeMap<i64, String> = all.names_after("", limits::SIGNALS as u32)?.into_iter().collect();
            let mut counted = Counted::new();
            for (month, kept) in all.present()? {
                if !month.overlaps(from, until) {
                    continue;
                }
                let Some(part) = all.month(month, kept)? else { continue };
                hours(&part, (from, until), &day, &mut counted)?;
                newest_minutes(&part, (from, until), &day, &mut counted)?;
                for (series, stat) in stats(&part)? {
                    if let Some(came) = counted.get_mut(&series) {
                        came.device = stat.device;
                    }
                }
            }
            let named = |(series, came): (i64, Came)| Some(Came { signal: names.get(&series)?.clone(), ..came });
            let mut came: Vec<_> = counted.into_iter().filter_map(named).collect();
            came.sort_by(|a, b| a.signal.cmp(&b.signal));
            Ok(came)
        })
    }
}

/// Adds what the hours of one month know.
fn hours(
    part: &Part<'_>,
    (from, until): (Instant, Instant),
    day: &impl Fn(Instant) -> Date,
    counted: &mut Counted,
) -> Result<()> {
    let sql = "SELECT series,minute,readings,bad FROM rollup WHERE /*n*/level=?1 AND minute>=?2 AND minute<?3";
    let minute = |at: Instant| at.0.div_euclid(MINUTE_US);
    part.each(sql, values![Level::Hour as i64, minute(from), minute(until)], |row| {
        let at = Instant(row.int(1)? * MINUTE_US);
        add(counted, row.int(0)?, day(at), row.int(2)?, row.int(3)?);
        Ok(true)
    })
}

/// Adds each signal's newest minute, of which its hour knows nothing yet.
fn newest_minutes(
    part: &Part<'_>,
    (from, until): (Instant, Instant),
    day: &impl Fn(Instant) -> Date,
    counted: &mut Counted,
) -> Result<()> {
    if part.kept == Kept::Sums {
        return Ok(());
    }
    let sql = "SELECT o.series,o.minute,o.readings,o.bad FROM
        (SELECT series,max(minute) AS minute FROM rollup WHERE /*n*/level=0 GROUP BY series) n
        CROSS JOIN rollup o WHERE /*o*/o.level=0 AND o.series=n.series AND o.minute=n.minute";
    part.each(sql, &[], |row| {
        let newest = row.int(1)?;
        if (from..until).contains(&Instant(newest * MINUTE_US)) {
            let hour = Instant(Level::Hour.start(newest) * MINUTE_US);
            add(counted, row.int(0)?, day(hour), row.int(2)?, row.int(3)?);
        }
        Ok(true)
    })
}

fn add(counted: &mut Counted, series: i64, day: Date, readings: i64, bad: i64) {
    let came = counted.entry(series).or_default();
    came.readings += readings.unsigned_abs();
    came.bad += bad.unsigned_abs();
    if readings > 0 {
        came.days.insert(day);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{NewReading, TenantOptions};
    use toolcrib_contract::signal::{Quality, Sample};

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }

    /// Eight hours before UTC.
    fn day(at: Instant) -> Date {
        Date((at.0 + 8 * 3_600_000_000).div_euclid(86_400_000_000))
    }

    #[test]
    fn days_are_counted_where_the_plant_is_and_over_months() {
        let dir = tempfile::tempdir().unwrap();
        let mut readings = Readings::open(dir.path(), &TenantOptions::default()).unwrap();
        let mut send = |device: &str, signal: &str, when: &str, quality: Quality| {
            let (value, when) = (Sample::Count { value: 1 }, at(when));
            let reading = NewReading { signal, at: when, value: &value, quality };
            readings.append(device, &[reading], when).unwrap();
        };
        // 23:30 and 00:30 of the plant: two days, one of UTC.
        send("one", "press.good", "2026-10-31T15:30:00Z", Quality::Good);
        send("one", "press.good", "2026-10-31T16:30:00Z", Quality::Good);
        send("two", "press.good", "2026-11-01T02:00:00Z", Quality::Uncertain);
        send("two", "press.good", "2026-11-01T02:00:30Z", Quality::Good);
        send("two", "mill.state", "2026-11-02T02:00:00Z", Quality::Bad);
        // Before and after the period.
        send("one", "old.good", "2026-10-30T15:59:00Z", Quality::Good);
        send("one", "press.good", "2026-11-09T16:00:00Z", Quality::Good);
        let came = readings.came(at("2026-10-30T16:00:00Z"), at("2026-11-09T16:00:00Z"), day).unwrap();
        let told: Vec<_> =
            came.iter().map(|one| (one.signal.as_str(), one.readings, one.bad, one.days.len())).collect();
        assert_eq!(told, [("mill.state", 0, 1, 0), ("press.good", 4, 0, 2)]);
        assert_eq!(came[1].days.iter().map(ToString::to_string).collect::<Vec<_>>(), ["2026-10-31", "2026-11-01"]);
    }
}

//! Calendar months, UTC: readings lie in one file for each, so that old ones leave by removing files.

use crate::connection;
use crate::error::{Result, StoreError};
use std::path::{Path, PathBuf};
use toolcrib_contract::types::{Date, Instant};

/// The folder of a tenant's month files.
pub(crate) const FOLDER: &str = "tel";
const DAY_US: i64 = 86_400_000_000;
/// Page cache of a connection that asks one question.
const CACHE_KIB: u32 = 64;

/// A calendar month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Month {
    /// Its first moment.
    pub from: Instant,
    /// The first moment of the next one.
    pub until: Instant,
}

/// What is kept of a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Kept {
    /// Every reading, and the sums.
    Whole,
    /// Hours and days alone.
    Sums,
}

impl Month {
    /// The month of a moment from 1970 to 2199.
    pub fn of(at: Instant) -> Result<Self> {
        let outside = |_| StoreError::Malformed("a reading's time lies outside 1970 to 2199".to_owned());
        let first = |text: &str| text.parse::<Date>().map(|date| Instant(date.0 * DAY_US));
        let day = Date(at.0.div_euclid(DAY_US)).to_string();
        let part = |from: usize, to: usize| day.get(from..to).and_then(|digits| digits.parse::<i64>().ok());
        let (year, month) = (part(0, 4).unwrap_or(0), part(5, 7).unwrap_or(0));
        let from = first(&format!("{year:04}-{month:02}-01")).map_err(outside)?;
        let (year, month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
        // The month after the last one is no date any more.
        let until = first(&format!("{year:04}-{month:02}-01")).unwrap_or(Instant(Instant::MAX.0 + 1));
        Ok(Self { from, until })
    }

    pub fn holds(&self, at: Instant) -> bool {
        (self.from..self.until).contains(&at)
    }

    pub fn overlaps(&self, from: Instant, until: Instant) -> bool {
        self.from < until && from < self.until
    }

    /// `2026-11`.
    pub fn name(&self) -> String {
        Date(self.from.0.div_euclid(DAY_US)).to_string().chars().take(7).collect()
    }

    /// Counts on from month to month.
    pub fn index(&self) -> i64 {
        let name = self.name();
        let part = |from: usize, to: usize| name.get(from..to).and_then(|digits| digits.parse().ok()).unwrap_or(0);
        part(0, 4) * 12 + part(5, 7)
    }

    pub fn file(&self, tenant: &Path, kept: Kept) -> PathBuf {
        let ending = match kept {
            Kept::Whole => "db",
            Kept::Sums => "sum.db",
        };
        tenant.join(FOLDER).join(format!("{}.{ending}", self.name()))
    }

    /// The month whose name this is.
    pub fn named(name: &str) -> Option<Self> {
        let day: Date = format!("{name}-01").parse().ok()?;
        Self::of(Instant(day.0 * DAY_US)).ok()
    }
}

/// The months that a tenant has files of, the oldest first. Of a month that is there twice, because a power failure came
/// between two steps of [`super::keep`], the whole one counts.
pub(crate) fn months(tenant: &Path) -> Result<Vec<(Month, Kept)>> {
    let entries = match std::fs::read_dir(tenant.join(FOLDER)) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(StoreError::Io(error.to_string())),
    };
    let mut found = Vec::new();
    for entry in entries {
        let name = entry.map_err(|error| StoreError::Io(error.to_string()))?.file_name();
        let Some(name) = name.to_str().and_then(|name| name.strip_suffix(".db")) else { continue };
        let (name, kept) = name.strip_suffix(".sum").map_or((name, Kept::Whole), |name| (name, Kept::Sums));
        found.extend(Month::named(name).map(|month| (month, kept)));
    }
    found.sort_unstable();
    found.dedup_by_key(|(month, _)| *month);
    Ok(found)
}

/// When the newest reading was taken that a tenant has, in microseconds since 1970.
pub(crate) fn newest(tenant: &Path) -> Result<Option<i64>> {
    let mut newest = None;
    for (month, kept) in months(tenant)? {
        let db = connection::open_read_only(&month.file(tenant, kept), CACHE_KIB)?;
        newest = newest.max(db.query_row("SELECT max(last_us) FROM stat", [], |row| row.get(0))?);
    }
    Ok(newest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_begins_at_its_first_moment_and_ends_before_the_next() {
        let at = |text: &str| text.parse::<Instant>().unwrap();
        let december = Month::of(at("2026-12-31T23:59:59.999999Z")).unwrap();
        assert_eq!((december.name().as_str(), december.from), ("2026-12", at("2026-12-01T00:00:00Z")));
        assert_eq!(Month::of(december.until).unwrap().name(), "2027-01");
        assert!(december.holds(december.from) && !december.holds(december.until));
        assert_eq!(Month::of(at("2028-02-29T12:00:00Z")).unwrap().until, at("2028-03-01T00:00:00Z"));
        assert!(Month::of(Instant::MAX).unwrap().holds(Instant::MAX));
        assert_eq!(Month::named("2026-12"), Some(december));
        for bad in ["2026-13", "lock", "2026-1", "2026-12.x"] {
            assert_eq!(Month::named(bad), None, "{bad}");
        }
    }
}

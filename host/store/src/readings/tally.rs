//! How many readings came each day, and what became of them: what a tenant used, and what was refused it.

use super::Appended;
use super::month::Kept;
use super::part::Part;
use crate::engine::values;
use crate::error::Result;
use rusqlite::{Connection, params};
use toolcrib_contract::types::Date;

/// Readings of one day, UTC, by the host's clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub accepted: u64,
    pub duplicates: u64,
    pub conflicts: u64,
    /// Of the accepted.
    pub late: u64,
    pub quarantined: u64,
    /// In batches with signals for which the tenant had no room.
    pub refused: u64,
}

impl Tally {
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    pub(super) fn add(&mut self, appended: &Appended) {
        self.accepted += appended.accepted;
        self.duplicates += appended.duplicates;
        self.conflicts += appended.conflicts;
        self.late += appended.late;
        self.quarantined += appended.quarantined;
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        let Self { accepted, duplicates, conflicts, late, quarantined, refused } = other;
        self.accepted += accepted;
        self.duplicates += duplicates;
        self.conflicts += conflicts;
        self.late += late;
        self.quarantined += quarantined;
        self.refused += refused;
    }

    /// Adds to the day's line.
    pub(crate) fn write(&self, db: &Connection, day: i64) -> Result<()> {
        let sql = "INSERT INTO tally VALUES(?1,?2,?3,?4,?5,?6,?7) ON CONFLICT DO UPDATE SET accepted=accepted+?2,
            duplicates=duplicates+?3, conflicts=conflicts+?4, late=late+?5, quarantined=quarantined+?6, refused=refused+?7";
        let counts = [self.accepted, self.duplicates, self.conflicts, self.late, self.quarantined, self.refused];
        let [accepted, duplicates, conflicts, late, quarantined, refused] = counts.map(|count| count as i64);
        let mut upsert = db.prepare_cached(sql)?;
        upsert.execute(params![day, accepted, duplicates, conflicts, late, quarantined, refused])?;
        Ok(())
    }

    /// Lines of days in `from..until`, in order.
    pub(crate) fn read(part: &Part<'_>, from: i64, until: i64) -> Result<Vec<(Date, Self)>> {
        let sql = "SELECT day,accepted,duplicates,conflicts,late,quarantined,refused FROM tally
            WHERE /*m*/day>=?1 AND day<?2 ORDER BY day";
        part.rows(sql, values![from, until], |row| {
            let tally = Self {
                accepted: row.count(1)?,
                duplicates: row.count(2)?,
                conflicts: row.count(3)?,
                late: row.count(4)?,
                quarantined: row.count(5)?,
                refused: row.count(6)?,
            };
            Ok((Date(row.int(0)?), tally))
        })
    }

    /// All lines of a file into another one.
    pub(super) fn copy(from: &Connection, to: &Connection) -> Result<()> {
        Self::read(&Part::file(from, Kept::Whole), i64::MIN, i64::MAX)?
            .into_iter()
            .try_for_each(|(day, tally)| tally.write(to, day.0))
    }
}

impl super::Readings {
    /// Days in `from..until` on which readings came, in order, as far back as sums are kept.
    pub fn days(&mut self, from: Date, until: Date) -> Result<Vec<(Date, Tally)>> {
        self.asked(|all| {
            let mut days = std::collections::BTreeMap::<Date, Tally>::new();
            let mut add = |lines: Vec<(Date, Tally)>| {
                lines.iter().for_each(|(day, tally)| days.entry(*day).or_default().merge(tally));
            };
            add(Tally::read(&all.beside()?, from.0, until.0)?);
            for (month, kept) in all.present()? {
                if let Some(part) = all.month(month, kept)? {
                    add(Tally::read(&part, from.0, until.0)?);
                }
            }
            Ok(days.into_iter().collect())
        })
    }
}

//! Files of readings that come into the database: those of an archive, and those that a host kept before it knew this way.
//!
//! A month that nobody brought yet comes as it is, numbers of arrival included: so whoever keeps a place in the feed goes on
//! there. To a month that another host brought, only what it does not have is added, behind what it has.

use super::head::{self, Head, MonthState, SUMS, WHOLE};
use super::put::{self, Key, NewRow, TOGETHER};
use super::there;
use crate::archive::{Held, Machines};
use crate::engine::{Row, Session};
use crate::error::{Result, StoreError};
use crate::readings::Tally;
use crate::readings::file::Added;
use crate::readings::month::{Kept, Month};
use crate::readings::query::{quality, sample, stats};
use crate::readings::rollup::{COLUMNS, Sum};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

/// The numbers that the signals of the files have in the database.
type Names = HashMap<i64, i64>;

/// Adds the readings of a directory to what is kept of the tenant, in the transaction that is open; how many bytes the
/// tenant's readings take then.
///
/// # Errors
/// [`StoreError::Apart`]: a month is kept in another way here than there; the disk; [`StoreError::Unavailable`].
pub(crate) fn bring(session: &Session, dir: &Path) -> Result<i64> {
    let Some(files) = Machines::hold(dir)? else { return Ok(0) };
    let (held, mut head) = (files.held(), head::lock_in(session)?);
    let names = names(session, &mut head, &held)?;
    let there = head::months(session)?;
    for (month, part) in &held.months {
        let bring = Bring { session, month: *month, held: part, names: &names };
        match there.get(month) {
            None => bring.as_it_is(&mut head)?,
            Some(state) if state.kept == WHOLE && part.kept == Kept::Whole => bring.merge(&mut head, *state)?,
            Some(state) if state.kept == SUMS && part.kept == Kept::Sums => bring.sums(&mut head)?,
            Some(_) => {
                return Err(StoreError::Apart { month: month.name() });
            }
        }
        for (day, tally) in Tally::read(part, i64::MIN, i64::MAX)? {
            put::tally(session, &month.name(), day.0, &tally)?;
        }
    }
    for (day, tally) in Tally::read(&held.beside, i64::MIN, i64::MAX)? {
        put::tally(session, "", day.0, &tally)?;
    }
    let sql = "SELECT device,signal,at_us,received_us,kind,value FROM quarantine ORDER BY id";
    let aside = held.beside.rows(sql, &[], |row| {
        Ok((row.text(0)?, row.text(1)?, row.time(2)?, sample(row, 4)?, quality(row, 4)?, row.time(3)?))
    })?;
    put::aside(session, &mut head, aside)?;
    head::put(session, &head)?;
    Ok(head.bytes)
}

/// Looks up the signals of the files, and gives new ones a number.
fn names(session: &Session, head: &mut Head, held: &Held<'_>) -> Result<Names> {
    let named = |row: &Row<'_>| Ok((row.text(1)?, row.int(0)?));
    let all = held.beside.rows("SELECT id,name FROM signal ORDER BY id", &[], named)?;
    let mut known = HashMap::new();
    session.each("SELECT id,name FROM signal/*W*/", &[], |row| {
        known.extend([named(row)?]);
        Ok(true)
    })?;
    let new: Vec<String> =
        all.iter().map(|(name, _)| name).filter(|name| !known.contains_key(*name)).cloned().collect();
    let series = put::signals(session, head, &new)?;
    known.extend(new.into_iter().zip(series));
    all.into_iter().map(|(name, id)| Ok((id, *known.get(&name).ok_or(StoreError::NotFound)?))).collect()
}

/// A month of files on its way.
struct Bring<'a> {
    session: &'a Session,
    month: Month,
    held: &'a crate::readings::part::Part<'a>,
    names: &'a Names,
}

impl Bring<'_> {
    fn series(&self, of_file: i64) -> Result<i64> {
        let unknown =
            || StoreError::Io(format!("the month {} has readings of a signal that nobody knows", self.month.name()));
        self.names.get(&of_file).copied().ok_or_else(unknown)
    }

    /// Sees to it that the month has a partition until the transaction ends, however long ago it was.
    fn partition(&self) -> Result<()> {
        self.session.simple("LOCK TABLE ONLY reading IN ACCESS SHARE MODE")?;
        self.session.server().see_to_old_month(self.month)
    }

    /// Gives the readings of the file in the order of their arrival, some at a time.
    fn readings(&self, mut give: impl FnMut(Vec<NewRow>) -> Result<()>) -> Result<()> {
        if self.held.kept == Kept::Sums {
            return Ok(());
        }
        let mut rows = Vec::new();
        let sql = "SELECT series,at_us,arrival,kind,value FROM reading ORDER BY arrival";
        self.held.each(sql, &[], |row| {
            let (series, value, quality) = (self.series(row.int(0)?)?, sample(row, 3)?, quality(row, 3)?);
            rows.push(NewRow { series, at: row.time(1)?, arrival: row.int(2)?, value, quality });
            if rows.len() >= TOGETHER { give(std::mem::take(&mut rows)).map(|()| true) } else { Ok(true) }
        })?;
        give(rows)
    }

    /// Gives the sums of the file, some at a time.
    fn each_sum(&self, mut give: impl FnMut(Vec<(Key, Sum)>) -> Result<()>) -> Result<()> {
        let mut sums = Vec::new();
        let sql =
            format!("SELECT level,series,minute,{COLUMNS} FROM rollup WHERE level>=?1 ORDER BY level,series,minute");
        let from = i64::from(self.held.kept == Kept::Sums);
        self.held.each(&sql, crate::engine::values![from], |row| {
            sums.push(((row.int(0)?, self.series(row.int(1)?)?, row.int(2)?), Sum::read(row, 3)?));
            if sums.len() >= TOGETHER { give(std::mem::take(&mut sums)).map(|()| true) } else { Ok(true) }
        })?;
        give(sums)
    }

    fn stats(&self) -> Result<()> {
        let mut added = BTreeMap::new();
        for (of_file, stat) in stats(self.held)? {
            let (device, readings, last_us) = (stat.device, stat.readings, stat.last_us);
            added.insert(self.series(of_file)?, Added { device, readings, last_us, minutes: BTreeMap::new() });
        }
        put::stats(self.session, &BTreeMap::from([(self.month, added)]))
    }

    /// A month that the database does not have.
    fn as_it_is(&self, head: &mut Head) -> Result<()> {
        let (mut arrival, mut bytes) = (0, 0);
        if self.held.kept == Kept::Whole {
            self.partition()?;
            let sql = "SELECT coalesce((SELECT max(arrival) FROM reading),(SELECT first-1 FROM beginning),0)";
            arrival = self.held.number(sql, &[])?;
        }
        self.readings(|rows| {
            bytes += rows.iter().map(|row| put::row_bytes(&row.value)).sum::<u64>();
            put::readings(self.session, rows)
        })?;
        self.each_sum(|sums| {
            bytes += sums.len() as u64 * put::ROW_BYTES;
            put::put_sums(self.session, sums)
        })?;
        self.stats()?;
        head.bytes += bytes as i64;
        let kept = if self.held.kept == Kept::Whole { WHOLE } else { SUMS };
        put::months(self.session, vec![(self.month, MonthState { kept, arrival })])
    }

    /// A month of which the database has every reading, too.
    fn merge(&self, head: &mut Head, mut state: MonthState) -> Result<()> {
        self.partition()?;
        let mut devices = HashMap::new();
        for (of_file, stat) in stats(self.held)? {
            devices.insert(self.series(of_file)?, stat.device);
        }
        let mut newest = HashMap::new();
        self.readings(|rows| {
            let keys = (rows.iter().map(|row| row.series).collect(), rows.iter().map(|row| row.at.0).collect());
            let known = there(self.session, keys.0, keys.1)?;
            let mut added: BTreeMap<i64, Added> = BTreeMap::new();
            let mut new = Vec::new();
            for row in rows.into_iter().filter(|row| !known.contains_key(&(row.series, row.at.0))) {
                state.arrival += 1;
                let device = devices.get(&row.series).map_or("", String::as_str);
                let of_signal = added.entry(row.series).or_insert_with(|| Added::new(row.at));
                of_signal.add(device, row.at, &row.value, row.quality);
                head.bytes += put::row_bytes(&row.value) as i64;
                new.push(NewRow { arrival: state.arrival, ..row });
            }
            put::readings(self.session, new)?;
            head.bytes += put::group(self.session, &BTreeMap::from([(self.month, added)]), &mut newest)?;
            Ok(())
        })?;
        put::months(self.session, vec![(self.month, state)])
    }

    /// A month of which the database has hours and days, too.
    fn sums(&self, head: &mut Head) -> Result<()> {
        self.each_sum(|sums| {
            head.bytes += put::add_sums(self.session, sums.into_iter().collect())?;
            Ok(())
        })?;
        self.stats()
    }
}

/// What two files of the same readings have in common, and no others.
pub(crate) fn mark(held: &Held<'_>) -> Result<[u8; 32]> {
    use sha2::{Digest, Sha256};
    let mut hash = Sha256::new();
    held.each_line(&mut |line| {
        hash.update(line);
        Ok(())
    })?;
    Ok(hash.finalize().into())
}

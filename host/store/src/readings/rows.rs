//! Readings in PostgreSQL: a group is one transaction, which holds the tenant's `reading_head`; the rows of all its batches
//! go to the server together, at its end.
//!
//! So nothing of a group is asked of the server reading by reading: one that is newer than all of its signal cannot be
//! there, and of the others a batch asks once.

use super::file::Added;
use super::month::{Kept, Month};
use super::query::{quality, sample};
use super::{Appended, DAY_US, Known, NewReading, Tally, is_far};
use crate::engine::lists::List;
use crate::engine::{Session, values};
use crate::error::{Result, StoreError};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use toolcrib_contract::limits;
use toolcrib_contract::signal::{Quality, Sample};
use toolcrib_contract::types::Instant;

pub(crate) mod bring;
pub(crate) mod head;
mod keep;
pub(crate) mod put;
pub(crate) mod take;

use head::{Head, MonthState};
use put::NewRow;

/// Readings that wait to be sent together.
const WAITING: usize = 20_000;

/// A tenant's readings in PostgreSQL.
pub(super) struct Rows {
    pub(super) write: Session,
    pub(super) read: Session,
    quota_bytes: u64,
    /// What is known of signals and months, as long as nobody else changes something: as of this turn.
    pub(super) turn: i64,
    known: HashMap<String, Known>,
    months: BTreeMap<Month, MonthState>,
    newest: HashMap<(Month, i64), i64>,
    group: Option<Group>,
}

/// What one transaction adds.
struct Group {
    head: Head,
    /// Not sent yet, and where among them each signal and moment is.
    waiting: Vec<NewRow>,
    places: HashMap<(i64, i64), usize>,
    /// What is added to signals, by month; a month is there, too, when it heard only what it knew.
    added: BTreeMap<Month, BTreeMap<i64, Added>>,
    aside: Vec<(String, String, Instant, Sample, Quality, Instant)>,
    tally: Tally,
    day: i64,
}

impl Rows {
    pub fn new(write: Session, read: Session, quota_bytes: u64) -> Self {
        let (known, months, newest) = Default::default();
        Self { write, read, quota_bytes, turn: 0, known, months, newest, group: None }
    }

    fn forget(&mut self) {
        self.known.clear();
        self.months.clear();
        self.newest.clear();
        self.turn = 0;
    }

    /// Begins a group, and forgets what was known if another host changed something.
    fn begin(&mut self) -> Result<()> {
        if self.group.is_some() {
            return Ok(());
        }
        let head = head::lock(&self.write)?;
        if head.turn != self.turn {
            self.forget();
            self.months = head::months(&self.write)?;
            self.turn = head.turn;
        }
        let (waiting, places, added, aside, tally) = Default::default();
        self.group = Some(Group { head, waiting, places, added, aside, tally, day: 0 });
        Ok(())
    }

    pub fn rollback(&mut self) {
        self.group = None;
        self.forget();
        self.write.rollback();
    }

    pub fn append_in(&mut self, device: &str, batch: &[NewReading<'_>], received: Instant) -> Result<Appended> {
        self.begin()?;
        let learned = self.learn(batch, received)?;
        let Some(group) = &mut self.group else { return Err(no_group()) };
        group.day = received.0.div_euclid(DAY_US);
        if !learned {
            group.tally.refused += batch.len() as u64;
            return Err(StoreError::TooManySignals);
        }
        let there = self.there(batch, received)?;
        let mut appended = Appended::default();
        for reading in batch {
            // A month whose readings are gone is another one that a clock is far off for.
            let is_gone = self.months.get(&Month::of(reading.at)?).is_some_and(|state| state.kept != head::WHOLE);
            if is_gone || is_far(reading, received) {
                let Some(group) = &mut self.group else { return Err(no_group()) };
                let NewReading { signal, at, value, quality } = *reading;
                group.aside.push((device.to_owned(), signal.to_owned(), at, value.clone(), quality, received));
                group.head.bytes += put::row_bytes(value) as i64;
                appended.quarantined += 1;
            } else {
                self.add(device, reading, &there, &mut appended)?;
            }
        }
        let Some(group) = &mut self.group else { return Err(no_group()) };
        group.tally.add(&appended);
        if u64::try_from(group.head.bytes).is_ok_and(|bytes| bytes > self.quota_bytes) {
            return Err(StoreError::Full);
        }
        if group.waiting.len() >= WAITING { self.send() } else { Ok(()) }?;
        Ok(appended)
    }

    fn add(
        &mut self,
        device: &str,
        reading: &NewReading<'_>,
        there: &HashMap<(i64, i64), (Sample, Quality)>,
        appended: &mut Appended,
    ) -> Result<()> {
        let NewReading { signal, at, value, quality } = *reading;
        let (Some(known), Some(group)) = (self.known.get_mut(signal), &mut self.group) else { return Err(no_group()) };
        let month = Month::of(at)?;
        let first = first_arrival(&self.months);
        let state = self.months.entry(month).or_insert(MonthState { kept: head::WHOLE, arrival: first - 1 });
        let added = group.added.entry(month).or_default();
        let key = (known.series, at.0);
        let waits = group.places.get(&key).and_then(|place| group.waiting.get(*place));
        let stands =
            waits.map(|row| (&row.value, row.quality)).or(there.get(&key).map(|(value, as_good)| (value, *as_good)));
        match stands {
            Some((stands, as_good)) if *stands == *value && as_good == quality => appended.duplicates += 1,
            Some(_) => appended.conflicts += 1,
            None => {
                state.arrival += 1;
                group.places.insert(key, group.waiting.len());
                let (series, arrival, value) = (known.series, state.arrival, value.clone());
                group.head.bytes += put::row_bytes(&value) as i64;
                added.entry(series).or_insert_with(|| Added::new(at)).add(device, at, &value, quality);
                group.waiting.push(NewRow { series, at, arrival, value, quality });
                appended.accepted += 1;
                appended.late += u64::from(at.0 < known.last_us);
                known.last_us = known.last_us.max(at.0);
            }
        }
        Ok(())
    }

    /// Looks up the signals of a batch, and gives new ones a number; false when these are too many.
    fn learn(&mut self, batch: &[NewReading<'_>], received: Instant) -> Result<bool> {
        let near = batch.iter().filter(|reading| !is_far(reading, received));
        let unknown: BTreeSet<&str> =
            near.map(|reading| reading.signal).filter(|signal| !self.known.contains_key(*signal)).collect();
        if unknown.is_empty() {
            return Ok(true);
        }
        let sql = "SELECT name,id,(SELECT max(o.last_us) FROM stat o WHERE /*o*/o.series=signal.id)
            FROM signal WHERE /*w*/name=ANY(?1)";
        let names = unknown.iter().map(|name| (*name).to_owned()).collect();
        let found = self.write.rows_of_lists(sql, vec![List::Texts(names)], |row| {
            Ok((row.text(0)?, Known { series: row.int(1)?, last_us: row.maybe_int(2)?.unwrap_or(i64::MIN) }))
        })?;
        self.known.extend(found);
        let new: Vec<String> =
            unknown.into_iter().filter(|name| !self.known.contains_key(*name)).map(str::to_owned).collect();
        if new.is_empty() {
            return Ok(true);
        }
        let sql = "SELECT count(*) FROM signal/*W*/";
        let count = self.write.row(sql, &[], |row| row.int(0))?.unwrap_or(0) as usize;
        if count + new.len() > limits::SIGNALS {
            return Ok(false);
        }
        let Some(group) = &mut self.group else { return Err(no_group()) };
        let series = put::signals(&self.write, &mut group.head, &new)?;
        let known = series.into_iter().map(|series| Known { series, last_us: i64::MIN });
        self.known.extend(new.into_iter().zip(known));
        Ok(true)
    }

    /// What is kept already under the signals and moments of a batch, as far as anything can be.
    fn there(&self, batch: &[NewReading<'_>], received: Instant) -> Result<HashMap<(i64, i64), (Sample, Quality)>> {
        let (mut series, mut moments) = (Vec::new(), Vec::new());
        for reading in batch.iter().filter(|reading| !is_far(reading, received)) {
            if let Some(known) = self.known.get(reading.signal).filter(|known| reading.at.0 <= known.last_us) {
                series.push(known.series);
                moments.push(reading.at.0);
            }
        }
        there(&self.write, series, moments)
    }

    /// Sends the readings that wait.
    fn send(&mut self) -> Result<()> {
        let Some(group) = &mut self.group else { return Ok(()) };
        for month in group.added.keys() {
            self.write.server().see_to_month(*month)?;
        }
        group.places.clear();
        put::readings(&self.write, std::mem::take(&mut group.waiting))
    }

    /// Ends the group; when this returns, it is on the server's disk. Nothing happens without one.
    pub fn commit(&mut self) -> Result<()> {
        let done = self.write_group();
        if done.is_err() {
            self.rollback();
        }
        done
    }

    fn write_group(&mut self) -> Result<()> {
        self.send()?;
        let Some(mut group) = self.group.take() else { return Ok(()) };
        let session = &self.write;
        group.head.bytes += put::group(session, &group.added, &mut self.newest)?;
        let touched = |month: &Month| self.months.get(month).map(|state| (*month, *state));
        put::months(session, group.added.keys().filter_map(touched).collect())?;
        if !group.tally.is_empty() {
            let month = group.added.keys().next_back().map(Month::name).unwrap_or_default();
            put::tally(session, &month, group.day, &group.tally)?;
        }
        put::aside(session, &mut group.head, std::mem::take(&mut group.aside))?;
        head::put(session, &group.head)?;
        session.commit()?;
        self.turn = group.head.turn + 1;
        Ok(())
    }
}

fn no_group() -> StoreError {
    StoreError::Internal("readings are added outside a group".to_owned())
}

/// The number of the first reading of a new month: higher than every one so far, as in files.
fn first_arrival(months: &BTreeMap<Month, MonthState>) -> i64 {
    let whole = months.values().filter(|state| state.kept == head::WHOLE);
    whole.map(|state| state.arrival).max().unwrap_or(0) + 1
}

/// What is kept under these signals and moments.
pub(super) fn there(
    session: &Session,
    series: Vec<i64>,
    moments: Vec<i64>,
) -> Result<HashMap<(i64, i64), (Sample, Quality)>> {
    if series.is_empty() {
        return Ok(HashMap::new());
    }
    let sql = "SELECT o.series,o.at_us,o.kind,o.value,o.number,o.word FROM unnest(?1,?2) k(series,at_us)
        JOIN reading o ON /*o*/o.series=k.series AND o.at_us=k.at_us
        WHERE o.at_us>=(?3::bigint[])[1] AND o.at_us<=(?3::bigint[])[2]";
    // So that only their months are looked into.
    let bounds = vec![moments.iter().copied().min().unwrap_or(0), moments.iter().copied().max().unwrap_or(0)];
    let lists = vec![List::Ints(series), List::Ints(moments), List::Ints(bounds)];
    let read = |row: &crate::engine::Row<'_>| Ok(((row.int(0)?, row.int(1)?), (sample(row, 2)?, quality(row, 2)?)));
    Ok(session.rows_of_lists(sql, lists, read)?.into_iter().collect())
}

/// The months that are there, the oldest first.
pub(crate) fn present(session: &Session) -> Result<Vec<(Month, Kept)>> {
    Ok(head::months(session)?.into_iter().filter_map(|(month, state)| Some((month, state.as_kept()?))).collect())
}

/// The signals of some series, as far as they are known.
pub(super) fn names_of(session: &Session, series: BTreeSet<i64>) -> Result<HashMap<i64, String>> {
    if series.is_empty() {
        return Ok(HashMap::new());
    }
    let sql = "SELECT id,name FROM signal WHERE /*w*/id=ANY(?1)";
    let lists = vec![List::Ints(series.into_iter().collect())];
    Ok(session.rows_of_lists(sql, lists, |row| Ok((row.int(0)?, row.text(1)?)))?.into_iter().collect())
}

/// Whether anything was ever kept.
pub(crate) fn signals(session: &Session) -> Result<u64> {
    Ok(session.row("SELECT count(*) FROM signal/*W*/", values![], |row| row.count(0))?.unwrap_or(0))
}

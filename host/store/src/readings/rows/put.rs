//! What a group adds, many rows in one statement. Sums are put together here and not by the server, so that they are the
//! same to the bit as those in files.

use super::head::{Head, MonthState};
use crate::engine::Session;
use crate::engine::lists::List;
use crate::error::{Result, StoreError};
use crate::readings::file::Added;
use crate::readings::month::Month;
use crate::readings::rollup::{COLUMNS, MINUTE_US, Sum, carried};
use crate::readings::{QUARANTINED, Tally};
use std::collections::{BTreeMap, HashMap};
use toolcrib_contract::signal::{Quality, Sample};
use toolcrib_contract::types::Instant;

/// Bytes that a row takes with its places in indexes, generously, what it says aside.
pub(crate) const ROW_BYTES: u64 = 160;
/// Rows of one statement.
pub(crate) const TOGETHER: usize = 20_000;

/// A reading that is new.
#[derive(Clone, Debug)]
pub(crate) struct NewRow {
    pub series: i64,
    pub at: Instant,
    pub arrival: i64,
    pub value: Sample,
    pub quality: Quality,
}

pub(crate) fn row_bytes(value: &Sample) -> u64 {
    let word = if let Sample::Word { value } = value { value.len() as u64 } else { 0 };
    ROW_BYTES + word
}

/// Values as columns: kind, and what they say in the column of their type.
#[derive(Default)]
struct Values {
    kind: Vec<i64>,
    value: Vec<Option<i64>>,
    number: Vec<Option<f64>>,
    word: Vec<Option<String>>,
}

impl Values {
    fn push(&mut self, value: Sample, quality: Quality) {
        let (kind, whole, number, word) = match value {
            Sample::Flag { value } => (0, Some(i64::from(value)), None, None),
            Sample::Count { value } => (1, Some(value), None, None),
            Sample::Number { value } => (2, None, Some(value), None),
            Sample::Word { value } => (3, None, None, Some(value)),
        };
        self.kind.push(kind + 4 * quality as i64);
        self.value.push(whole);
        self.number.push(number);
        self.word.push(word);
    }

    fn lists(self) -> [List; 4] {
        let Self { kind, value, number, word } = self;
        [List::Ints(kind), List::MaybeInts(value), List::MaybeReals(number), List::MaybeTexts(word)]
    }
}

/// Gives new signals their numbers.
pub(crate) fn signals(session: &Session, head: &mut Head, names: &[String]) -> Result<Vec<i64>> {
    let series: Vec<i64> = (head.next_series..).take(names.len()).collect();
    head.next_series += names.len() as i64;
    head.bytes += (names.len() as u64 * ROW_BYTES) as i64;
    let sql = "INSERT INTO signal(/*c*/id,name) SELECT /*v*/n.* FROM unnest(?1,?2) n";
    session.execute_lists(sql, vec![List::Ints(series.clone()), List::Texts(names.to_vec())])?;
    Ok(series)
}

/// Readings that nobody has yet: whoever calls this has looked.
pub(crate) fn readings(session: &Session, rows: Vec<NewRow>) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let (count, mut values) = (rows.len() as u64, Values::default());
    let (mut series, mut at, mut arrival) = (Vec::new(), Vec::new(), Vec::new());
    for row in rows {
        series.push(row.series);
        at.push(row.at.0);
        arrival.push(row.arrival);
        values.push(row.value, row.quality);
    }
    let sql = "INSERT INTO reading(/*c*/series,at_us,arrival,kind,value,number,word)
        SELECT /*v*/n.* FROM unnest(?1,?2,?3,?4,?5,?6,?7) n ON CONFLICT DO NOTHING";
    let mut lists = vec![List::Ints(series), List::Ints(at), List::Ints(arrival)];
    lists.extend(values.lists());
    match session.execute_lists(sql, lists)? {
        kept if kept == count => Ok(()),
        _ => Err(StoreError::Internal("a reading is there that nobody saw".to_owned())),
    }
}

/// What a group adds to the minutes of a signal in one month.
struct Minutes<'a> {
    series: i64,
    /// Its newest minute before and after.
    newest: Option<i64>,
    now_newest: Option<i64>,
    minutes: &'a BTreeMap<i64, Sum>,
}

/// The key of a sum: level, series, first minute.
pub(crate) type Key = (i64, i64, i64);

/// Adds to sums and to what is known of signals what a group brings to each month; how many bytes more there are.
pub(in crate::readings) fn group(
    session: &Session,
    all: &BTreeMap<Month, BTreeMap<i64, Added>>,
    known: &mut HashMap<(Month, i64), i64>,
) -> Result<i64> {
    let mut sums = Vec::new();
    for (month, added) in all {
        newest(session, *month, added.keys(), known)?;
        for (series, added) in added {
            let newest = known.get(&(*month, *series)).copied();
            let now_newest = newest.max(added.minutes.keys().next_back().copied());
            sums.push(Minutes { series: *series, newest, now_newest, minutes: &added.minutes });
            known.extend(now_newest.map(|newest| ((*month, *series), newest)));
        }
    }
    stats(session, all)?;
    minutes(session, &sums)
}

/// Finds out the newest minutes of series that are not known yet.
fn newest<'a>(
    session: &Session,
    month: Month,
    series: impl Iterator<Item = &'a i64>,
    known: &mut HashMap<(Month, i64), i64>,
) -> Result<()> {
    let unknown: Vec<i64> = series.copied().filter(|series| !known.contains_key(&(month, *series))).collect();
    if unknown.is_empty() {
        return Ok(());
    }
    let (from, until) = (month.from.0.div_euclid(MINUTE_US), month.until.0.div_euclid(MINUTE_US));
    let sql = "SELECT series,max(minute) FROM rollup WHERE /*w*/level=0 AND series=ANY(?1)
        AND minute>=(?2::bigint[])[1] AND minute<(?2::bigint[])[2] GROUP BY series";
    let lists = vec![List::Ints(unknown), List::Ints(vec![from, until])];
    let found = session.rows_of_lists(sql, lists, |row| Ok(((month, row.int(0)?), row.int(1)?)))?;
    known.extend(found);
    Ok(())
}

/// Adds minutes, and to hours and days what is not in the newest minute any more; how many bytes more there are.
fn minutes(session: &Session, all: &[Minutes<'_>]) -> Result<i64> {
    let before: Vec<Key> = all
        .iter()
        .filter(|one| one.newest < one.now_newest)
        .filter_map(|one| Some((0, one.series, one.newest?)))
        .collect();
    let before = sums(session, &before)?;
    let mut added: BTreeMap<Key, Sum> = BTreeMap::new();
    for one in all {
        let newest = one.newest.and_then(|minute| Some((minute, before.get(&(0, one.series, minute))?.clone())));
        for ((level, minute), sum) in carried(newest, one.now_newest, one.minutes) {
            added.insert((level as i64, one.series, minute), sum);
        }
        added.extend(one.minutes.iter().map(|(minute, sum)| ((0, one.series, *minute), sum.clone())));
    }
    add_sums(session, added)
}

/// Adds to sums, in the order of their keys; how many bytes more there are.
pub(crate) fn add_sums(session: &Session, added: BTreeMap<Key, Sum>) -> Result<i64> {
    let keys: Vec<Key> = added.keys().copied().collect();
    let mut bytes = 0;
    let mut there = sums(session, &keys)?;
    let mut put = Vec::with_capacity(added.len());
    for (key, sum) in added {
        match there.remove(&key) {
            Some(mut kept) => {
                kept.merge(&sum);
                put.push((key, kept));
            }
            None => {
                bytes += ROW_BYTES as i64;
                put.push((key, sum));
            }
        }
    }
    put_sums(session, put)?;
    Ok(bytes)
}

/// The sums under these keys, as far as there are any.
fn sums(session: &Session, keys: &[Key]) -> Result<HashMap<Key, Sum>> {
    let mut found = HashMap::new();
    for keys in keys.chunks(TOGETHER) {
        let columns: String =
            COLUMNS.replace("/*+l*/", ",last_number,last_word").split(',').map(|name| format!(",o.{name}")).collect();
        let sql = format!(
            "SELECT o.level,o.series,o.minute{columns} FROM unnest(?1,?2,?3) k(level,series,minute)
                JOIN rollup o ON /*o*/o.level=k.level AND o.series=k.series AND o.minute=k.minute"
        );
        let column = |of: fn(&Key) -> i64| List::Ints(keys.iter().map(of).collect());
        let lists = vec![column(|key| key.0), column(|key| key.1), column(|key| key.2)];
        let read = |row: &crate::engine::Row<'_>| Ok(((row.int(0)?, row.int(1)?, row.int(2)?), Sum::read(row, 3)?));
        found.extend(session.rows_of_lists(&sql, lists, read)?);
    }
    Ok(found)
}

/// Writes sums in place of those that are there.
pub(crate) fn put_sums(session: &Session, mut all: Vec<(Key, Sum)>) -> Result<()> {
    while !all.is_empty() {
        let some = all.split_off(all.len().saturating_sub(TOGETHER));
        let ints = |of: &dyn Fn(&(Key, Sum)) -> i64| List::Ints(some.iter().map(of).collect());
        let reals = |of: fn(&Sum) -> Option<f64>| List::MaybeReals(some.iter().map(|(_, sum)| of(sum)).collect());
        let mut lists = vec![
            ints(&|(key, _)| key.0),
            ints(&|(key, _)| key.1),
            ints(&|(key, _)| key.2),
            ints(&|(_, sum)| sum.readings),
            ints(&|(_, sum)| sum.numbers),
            ints(&|(_, sum)| sum.bad),
            reals(|sum| sum.least),
            reals(|sum| sum.most),
            reals(|sum| Some(sum.sum)),
            ints(&|(_, sum)| sum.last.as_ref().map_or(-1, |(at, _)| at.0)),
        ];
        let mut last = Values::default();
        for (_, sum) in &some {
            let value = sum.last.as_ref().map_or(Sample::Flag { value: false }, |(_, value)| value.clone());
            last.push(value, Quality::Good);
        }
        lists.extend(last.lists());
        let sql =
            "INSERT INTO rollup(/*c*/level,series,minute,readings,numbers,bad,least,most,sum,last_us,last_kind,last,
                last_number,last_word)
            SELECT /*v*/n.* FROM unnest(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14) n
            ON CONFLICT(/*c*/level,series,minute) DO UPDATE SET readings=excluded.readings,numbers=excluded.numbers,
                bad=excluded.bad,least=excluded.least,most=excluded.most,sum=excluded.sum,last_us=excluded.last_us,
                last_kind=excluded.last_kind,last=excluded.last,last_number=excluded.last_number,
                last_word=excluded.last_word";
        session.execute_lists(sql, lists)?;
    }
    Ok(())
}

/// Adds to what is known of signals, by month.
pub(in crate::readings) fn stats(session: &Session, all: &BTreeMap<Month, BTreeMap<i64, Added>>) -> Result<()> {
    let (mut months, mut series, mut devices) = (Vec::new(), Vec::new(), Vec::new());
    let (mut readings, mut lasts) = (Vec::new(), Vec::new());
    for (month, added) in all {
        for (one, added) in added {
            months.push(month.name());
            series.push(*one);
            devices.push(added.device.clone());
            readings.push(added.readings);
            lasts.push(added.last_us);
        }
    }
    if series.is_empty() {
        return Ok(());
    }
    let sql =
        "INSERT INTO stat(/*c*/month,series,device,readings,last_us) SELECT /*v*/n.* FROM unnest(?1,?2,?3,?4,?5) n
        ON CONFLICT(/*c*/month,series) DO UPDATE SET device=excluded.device,
            readings=stat.readings+excluded.readings,last_us=greatest(stat.last_us,excluded.last_us)";
    let lists =
        vec![List::Texts(months), List::Ints(series), List::Texts(devices), List::Ints(readings), List::Ints(lasts)];
    session.execute_lists(sql, lists).map(drop)
}

/// Notes where months stand.
pub(crate) fn months(session: &Session, all: Vec<(Month, MonthState)>) -> Result<()> {
    if all.is_empty() {
        return Ok(());
    }
    let sql = "INSERT INTO reading_month(/*c*/month,kept,arrival) SELECT /*v*/n.* FROM unnest(?1,?2,?3) n
        ON CONFLICT(/*c*/month) DO UPDATE SET kept=excluded.kept,arrival=excluded.arrival";
    let names = all.iter().map(|(month, _)| month.name()).collect();
    let ints = |of: fn(&MonthState) -> i64| List::Ints(all.iter().map(|(_, state)| of(state)).collect());
    let lists = vec![List::Texts(names), ints(|state| state.kept), ints(|state| state.arrival)];
    session.execute_lists(sql, lists).map(drop)
}

/// Adds to the line of a day.
pub(crate) fn tally(session: &Session, month: &str, day: i64, tally: &Tally) -> Result<()> {
    let sql = "INSERT INTO tally(/*c*/month,day,accepted,duplicates,conflicts,late,quarantined,refused)
            VALUES(/*v*/?1,?2,?3,?4,?5,?6,?7,?8)
        ON CONFLICT(/*c*/month,day) DO UPDATE SET accepted=tally.accepted+?3,duplicates=tally.duplicates+?4,
            conflicts=tally.conflicts+?5,late=tally.late+?6,quarantined=tally.quarantined+?7,refused=tally.refused+?8";
    let Tally { accepted, duplicates, conflicts, late, quarantined, refused } = *tally;
    let [accepted, duplicates, conflicts, late, quarantined, refused] =
        [accepted, duplicates, conflicts, late, quarantined, refused].map(|count| count as i64);
    let values = crate::engine::values![month, day, accepted, duplicates, conflicts, late, quarantined, refused];
    session.execute(sql, values).map(drop)
}

/// Puts readings aside; of too many, the oldest go.
pub(crate) fn aside(
    session: &Session,
    head: &mut Head,
    rows: Vec<(String, String, Instant, Sample, Quality, Instant)>,
) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let ids: Vec<i64> = (head.next_aside..).take(rows.len()).collect();
    head.next_aside += rows.len() as i64;
    let (mut devices, mut signals, mut at, mut values) = (Vec::new(), Vec::new(), Vec::new(), Values::default());
    let mut received = Vec::new();
    for (device, signal, when, value, quality, came) in rows {
        devices.push(device);
        signals.push(signal);
        at.push(when.0);
        values.push(value, quality);
        received.push(came.0);
    }
    let sql = "INSERT INTO quarantine(/*c*/id,device,signal,at_us,received_us,kind,value,number,word)
        SELECT /*v*/n.* FROM unnest(?1,?2,?3,?4,?5,?6,?7,?8,?9) n";
    let mut lists =
        vec![List::Ints(ids), List::Texts(devices), List::Texts(signals), List::Ints(at), List::Ints(received)];
    lists.extend(values.lists());
    session.execute_lists(sql, lists)?;
    let oldest = head.next_aside - 1 - i64::from(QUARANTINED);
    let gone = session.execute("DELETE FROM quarantine WHERE /*w*/id<=?1", crate::engine::values![oldest])?;
    head.bytes -= (gone * ROW_BYTES) as i64;
    Ok(())
}

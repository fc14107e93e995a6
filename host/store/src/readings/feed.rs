//! Readings in the order of their arrival, each exactly once for whoever keeps his place.

use super::Readings;
use super::month::{Kept, Month};
use super::query::{quality, sample};
use crate::engine::values;
use crate::error::Result;
use std::collections::BTreeMap;
use toolcrib_contract::limits;
use toolcrib_contract::signal::{Quality, Sample};
use toolcrib_contract::types::Instant;

/// A place in the feed: everything before it was told. Every month counts its own readings, without a gap and in the order
/// of commits, so none can appear behind a place that was passed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Feed {
    /// What was told of each month whose readings are kept.
    months: BTreeMap<Month, i64>,
    /// Of months that are not named.
    others: i64,
}

impl Feed {
    /// Whether it is from when all readings were numbered together: then [`Readings::settle`] comes first.
    pub fn is_unsettled(&self) -> bool {
        self.others > 0
    }
}

/// `0 2026-10:17 2026-11:4711`; a single number is a place from when all readings were numbered together.
impl std::fmt::Display for Feed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let months = self.months.iter().map(|(month, told)| format!("{}:{told}", month.name()));
        f.write_str(&std::iter::once(self.others.to_string()).chain(months).collect::<Vec<_>>().join(" "))
    }
}

impl std::str::FromStr for Feed {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> std::result::Result<Self, Self::Err> {
        let mut feed = Self::default();
        for part in text.split_whitespace() {
            match part.split_once(':').map(|(name, told)| (Month::named(name), told)) {
                Some((Some(month), told)) => drop(feed.months.insert(month, told.parse()?)),
                Some((None, _)) => {}
                None => feed.others = part.parse()?,
            }
        }
        Ok(feed)
    }
}

/// A reading in the order of arrival.
#[derive(Clone, Debug, PartialEq)]
pub struct FedReading {
    pub signal: String,
    pub at: Instant,
    pub value: Sample,
    pub quality: Quality,
}

impl Readings {
    /// Readings that arrived after a place, month by month in the order of arrival, at most `limit` and at most
    /// [`limits::READINGS`]. The place moves behind them.
    pub fn feed(&mut self, place: &mut Feed, limit: u32) -> Result<Vec<FedReading>> {
        let mut moved = place.clone();
        let fed = self.asked(|all| all.feed_on(&mut moved, limit.min(limits::READINGS as u32) as usize))?;
        *place = moved;
        Ok(fed)
    }

    fn feed_on(&mut self, place: &mut Feed, limit: usize) -> Result<Vec<FedReading>> {
        let (mut fed, present) = (Vec::new(), self.present()?);
        place.months.retain(|month, _| present.contains(&(*month, Kept::Whole)));
        for (month, kept) in present.into_iter().filter(|(_, kept)| *kept == Kept::Whole) {
            let told = *place.months.get(&month).unwrap_or(&place.others);
            let left = limit - fed.len();
            if left == 0 {
                break;
            }
            let Some(part) = self.month(month, kept)? else { continue };
            let sql = "SELECT arrival,series,at_us,kind,value/*+v*/ FROM reading WHERE /*r*/arrival>?1
                ORDER BY arrival LIMIT ?2";
            let arrived = part.rows(sql, values![told, left as i64], |row| {
                Ok((row.int(0)?, row.int(1)?, row.time(2)?, sample(row, 3)?, quality(row, 3)?))
            })?;
            let names = self.names_of(arrived.iter().map(|(_, series, ..)| *series).collect())?;
            for (arrival, series, at, value, quality) in arrived {
                place.months.insert(month, arrival);
                // A month speaks of no signal that was not on the disk before it.
                let Some(signal) = names.get(&series).cloned() else { continue };
                fed.push(FedReading { signal, at, value, quality });
            }
        }
        Ok(fed)
    }

    /// The place behind everything that is there.
    pub fn end(&mut self) -> Result<Feed> {
        self.asked(|all| {
            let mut place = Feed::default();
            for (month, kept) in all.present()? {
                if kept == Kept::Whole
                    && let Some(last) = all.last_arrival(month)?
                {
                    place.months.insert(month, last);
                }
            }
            Ok(place)
        })
    }

    /// A place from when all readings were numbered together counts for the months of that time, and for no later one.
    pub fn settle(&mut self, place: &mut Feed) -> Result<()> {
        let others = std::mem::take(&mut place.others);
        if others > 0 {
            for (month, kept) in self.asked(Self::present)? {
                if kept == Kept::Whole {
                    place.months.entry(month).or_insert(others);
                }
            }
        }
        Ok(())
    }
}

//! Few points for a long time: what a chart draws, with extremes, so that a peak of a second stays visible in a year.

use super::Readings;
use super::month::Kept;
use super::query::{Stored, whole_sums};
use super::rollup::{Level, MINUTE_US, Sum, minute};
use crate::error::Result;
use toolcrib_contract::limits;
use toolcrib_contract::types::Instant;

/// Readings that are summed up for one chart; of more, minutes are drawn.
const SCANNED: i64 = 1_000_000;

/// What came in a part of the time.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// Its beginning.
    pub at: Instant,
    pub sum: Sum,
}

/// A signal's time as a chart draws it, oldest first; parts without any reading are left out.
#[derive(Clone, Debug, PartialEq)]
pub enum Chart {
    /// Every reading, since there are few.
    Readings(Vec<Stored>),
    /// Sums of parts that are so long.
    Sums { step_us: i64, points: Vec<Point> },
}

impl Default for Chart {
    fn default() -> Self {
        Self::Readings(Vec::new())
    }
}

impl Readings {
    /// A signal in `from..until` in so many points, when it has as many, and at most about twice as many: made of the
    /// coarsest sums that come to so many, or its readings when none do. Where months are without readings, of hours,
    /// whatever was asked for. The first sum may begin before `from`. At most [`limits::CHART_POINTS`] are asked for.
    pub fn chart(&mut self, signal: &str, from: Instant, until: Instant, points: u32) -> Result<Chart> {
        let points = points.clamp(1, limits::CHART_POINTS) as usize;
        self.asked(|all| all.draw(signal, from, until, points))
    }

    fn draw(&mut self, signal: &str, from: Instant, until: Instant, points: usize) -> Result<Chart> {
        let Some(series) = self.find(signal)? else { return Ok(Chart::default()) };
        let months = self.present()?.into_iter().filter(|(month, _)| month.overlaps(from, until));
        let finest = if months.into_iter().all(|(_, kept)| kept == Kept::Whole) { Level::Minute } else { Level::Hour };
        let mut drawn = Vec::new();
        for level in [Level::Day, Level::Hour, Level::Minute].into_iter().filter(|level| *level >= finest) {
            drawn = self.sums(series, level, from, until)?;
            if drawn.len() >= points || (level == finest && finest > Level::Minute) {
                return Ok(fewer(drawn, level, points));
            }
        }
        let count: i64 = drawn.iter().map(|point| point.sum.readings + point.sum.bad).sum();
        if count <= limits::READINGS as i64 / 2 {
            return Ok(Chart::Readings(self.stored(signal, from, until, limits::READINGS as u32)?));
        }
        if count > SCANNED {
            return Ok(fewer(drawn, Level::Minute, points));
        }
        // Only where there are any: most of the time asked for may be empty.
        let (first, last) =
            (drawn.first().map_or(from, |point| point.at), drawn.last().map_or(until, |point| point.at));
        self.summed(signal, from.max(first), until.min(last.plus_us(MINUTE_US)), points)
    }

    /// Sums of a series that begin before `until` and reach into the time from `from` on, in order.
    fn sums(&mut self, series: i64, level: Level, from: Instant, until: Instant) -> Result<Vec<Point>> {
        let end = until.0.saturating_add(MINUTE_US - 1).div_euclid(MINUTE_US);
        let mut points = Vec::new();
        for (month, kept) in self.present()?.into_iter().filter(|(month, _)| month.overlaps(from, until)) {
            let Some(part) = self.month(month, kept)? else { continue };
            let sums = whole_sums(&part, level, series, level.start(minute(from)), end)?;
            points.extend(sums.into_iter().map(|(minute, sum)| Point { at: Instant(minute * MINUTE_US), sum }));
        }
        Ok(points)
    }

    /// Readings summed up in so many parts of equal length.
    fn summed(&mut self, signal: &str, from: Instant, until: Instant, points: usize) -> Result<Chart> {
        let step_us = (until.since_us(from) / points as i64).max(1);
        let mut drawn: Vec<Point> = Vec::new();
        self.each(signal, from, until, SCANNED as u32, |at, value, quality| {
            let begins = from.plus_us(at.since_us(from) / step_us * step_us);
            if drawn.last().is_none_or(|last| last.at != begins) {
                drawn.push(Point { at: begins, sum: Sum::default() });
            }
            if let Some(last) = drawn.last_mut() {
                last.sum.add(at, &value, quality);
            }
            true
        })?;
        Ok(Chart::Sums { step_us, points: drawn })
    }
}

/// Neighbours put together when there are more than twice as many as asked for.
fn fewer(drawn: Vec<Point>, level: Level, points: usize) -> Chart {
    let one_us = level.seconds() * 1_000_000;
    let spanned = drawn.first().zip(drawn.last()).map_or(0, |(first, last)| last.at.since_us(first.at) + one_us);
    let together = (spanned / points as i64 / one_us).max(1);
    if drawn.len() <= 2 * points || together == 1 {
        return Chart::Sums { step_us: one_us, points: drawn };
    }
    let step_us = together * one_us;
    let mut fewer: Vec<Point> = Vec::new();
    for point in drawn {
        let begins = Instant(point.at.0.div_euclid(step_us) * step_us);
        match fewer.last_mut().filter(|last| last.at == begins) {
            Some(last) => last.sum.merge(&point.sum),
            None => fewer.push(Point { at: begins, sum: point.sum }),
        }
    }
    Chart::Sums { step_us, points: fewer }
}

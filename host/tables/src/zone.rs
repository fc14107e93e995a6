//! Local times of a plant in files: exact both ways.

use crate::wrong::Wrong;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};
use toolcrib_contract::types::Instant;

/// The clock of a place.
#[derive(Clone, Debug)]
pub struct Zone(TimeZone);

impl Zone {
    /// The zone of an IANA name; UTC when this build knows no such name.
    pub fn named(name: &str) -> Self {
        Self(TimeZone::get(name).unwrap_or(TimeZone::UTC))
    }

    /// `2026-11-23 16:00:05`; digits below the second only where there are any, an offset only where the time comes
    /// twice.
    pub fn text(&self, instant: Instant) -> String {
        let Ok(timestamp) = Timestamp::from_microsecond(instant.0) else { return instant.to_string() };
        let zoned = timestamp.to_zoned(self.0.clone());
        let local = zoned.datetime();
        let text = local.to_string().replacen('T', " ", 1);
        if matches!(self.0.to_ambiguous_timestamp(local).offset(), AmbiguousOffset::Fold { .. }) {
            let minutes = zoned.offset().seconds() / 60;
            let sign = if minutes < 0 { '-' } else { '+' };
            return format!("{text}{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60);
        }
        text
    }

    /// The moment of a local time.
    ///
    /// # Errors
    /// The clock skipped it, showed it twice, or it lies outside 1970 to 2199.
    pub fn instant(&self, local: DateTime) -> Result<Instant, Wrong> {
        let ambiguous = self.0.to_ambiguous_timestamp(local);
        match ambiguous.offset() {
            AmbiguousOffset::Unambiguous { .. } => {}
            AmbiguousOffset::Gap { .. } => return Err(Wrong::NoSuchTime),
            AmbiguousOffset::Fold { .. } => return Err(Wrong::TwoTimes),
        }
        let instant = ambiguous.unambiguous().map_err(|_| Wrong::NoInstant)?;
        let instant = Instant(instant.as_microsecond());
        if (Instant::MIN..=Instant::MAX).contains(&instant) { Ok(instant) } else { Err(Wrong::NoInstant) }
    }
}

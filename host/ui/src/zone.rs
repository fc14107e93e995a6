//! Times as the plant's clock shows them, and back.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use maud::{Markup, html};
use toolcrib_contract::types::{Date, Instant};

/// Where the marketplace is at home: the clock of pages that belong to no plant.
const MARKETPLACE: &str = "Asia/Shanghai";

/// The clock of a place.
#[derive(Clone, Debug)]
pub struct Zone(TimeZone);

impl Zone {
    /// The zone of an IANA name; UTC when this build knows no such name.
    pub fn named(name: &str) -> Self {
        Self(TimeZone::get(name).unwrap_or(TimeZone::UTC))
    }

    pub fn marketplace() -> Self {
        Self::named(MARKETPLACE)
    }

    fn local(&self, instant: Instant) -> Option<DateTime> {
        let timestamp = Timestamp::from_microsecond(instant.0).ok()?;
        Some(timestamp.to_zoned(self.0.clone()).datetime())
    }

    /// `2026-11-23 16:00:05`: nobody reads digits below the second.
    pub fn text(&self, instant: Instant) -> String {
        self.exact(Instant(instant.0 - instant.0.rem_euclid(1_000_000)))
    }

    /// The same with digits below the second where there are any: for samples of a machine.
    pub fn exact(&self, instant: Instant) -> String {
        self.local(instant).map_or_else(|| instant.to_string(), |local| local.to_string().replacen('T', " ", 1))
    }

    /// The value of an `<input type=datetime-local>`. None when it would lose digits: those inputs end at milliseconds.
    pub fn field(&self, instant: Instant) -> Option<String> {
        if instant.0 % 1_000 != 0 {
            return None;
        }
        self.local(instant).map(|local| local.to_string())
    }

    /// The calendar day of a moment.
    pub fn day(&self, instant: Instant) -> Date {
        let day = self.local(instant).map(|local| local.date());
        let date = day.and_then(|day| Date::new(i64::from(day.year()), i64::from(day.month()), i64::from(day.day())));
        date.unwrap_or_default()
    }

    /// The first moment of a day: midnight, or when the clock first shows that day.
    pub fn first_moment(&self, day: Date) -> Instant {
        let midnight = format!("{day}T00:00").parse::<DateTime>().ok();
        let moment = midnight.and_then(|midnight| midnight.to_zoned(self.0.clone()).ok());
        moment.map_or(Instant::MIN, |moment| Instant(moment.timestamp().as_microsecond()).max(Instant::MIN))
    }

    /// Reads a local date and time, or RFC 3339 with an offset.
    pub fn parse(&self, text: &str) -> Option<Instant> {
        if let Ok(instant) = text.parse() {
            return Some(instant);
        }
        // The parser of civil times would drop an offset silently; a text with one has been tried above.
        if text.len() > 26
            || text.ends_with(['Z', 'z'])
            || text.get(16..).is_some_and(|rest| rest.contains(['+', '-', '[']))
        {
            return None;
        }
        let local: DateTime = text.parse().ok()?;
        let instant = Instant(local.to_zoned(self.0.clone()).ok()?.timestamp().as_microsecond());
        (Instant::MIN..=Instant::MAX).contains(&instant).then_some(instant)
    }

    /// A moment for people, to the second, with the exact one for machines.
    pub fn show(&self, instant: Instant) -> Markup {
        html! { time datetime=(instant) { (self.text(instant)) } }
    }

    /// An RFC 3339 text for people; as it is when it is none.
    pub fn show_text(&self, text: &str) -> Markup {
        match text.parse() {
            Ok(instant) => self.show(instant),
            Err(_) => html! { (text) },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_the_plant() {
        let zone = Zone::named("Asia/Shanghai");
        let instant: Instant = "2026-11-23T08:00:05Z".parse().unwrap();
        assert_eq!(zone.text(instant), "2026-11-23 16:00:05");
        let (later, before) = (Instant(instant.0 + 250_000), Instant(-1));
        assert_eq!([zone.text(later), zone.exact(later)], ["2026-11-23 16:00:05", "2026-11-23 16:00:05.25"]);
        assert_eq!(zone.text(before), "1970-01-01 07:59:59");
        assert_eq!(zone.field(instant).as_deref(), Some("2026-11-23T16:00:05"));
        for text in ["2026-11-23T16:00:05", "2026-11-23T08:00:05Z", "2026-11-23T16:00:05+08:00", "2026-11-23 16:00:05"]
        {
            assert_eq!(zone.parse(text), Some(instant), "{text}");
        }
        assert_eq!(zone.parse("2026-11-23T16:00"), Some("2026-11-23T08:00:00Z".parse().unwrap()));
    }

    #[test]
    fn a_day_begins_when_the_plants_clock_says_so() {
        let zone = Zone::named("Asia/Shanghai");
        let at = |text: &str| text.parse::<Instant>().unwrap();
        assert_eq!(zone.day(at("2026-11-23T15:59:59Z")).to_string(), "2026-11-23");
        assert_eq!(zone.day(at("2026-11-23T16:00:00Z")).to_string(), "2026-11-24");
        assert_eq!(zone.first_moment(zone.day(at("2026-11-23T16:00:00Z"))), at("2026-11-23T16:00:00Z"));
    }

    #[test]
    fn what_is_no_time_is_not_taken_for_one() {
        let zone = Zone::named("Asia/Shanghai");
        for text in [
            "",
            "16:00",
            "2026-13-01T00:00",
            "2026-11-23T16:00+25:00",
            "2026-11-23T16:00+08:00[Asia/Tokyo]",
            "1066-01-01T00:00",
            "2026-11-23T16:00Z",
        ] {
            assert_eq!(zone.parse(text), None, "{text}");
        }
    }

    #[test]
    fn no_digit_of_a_moment_is_lost_in_a_form() {
        let zone = Zone::named("Europe/Berlin");
        assert_eq!(zone.field(Instant(1_234_567)), None);
        let exact = Instant(1_234_000);
        assert_eq!(zone.parse(&zone.field(exact).unwrap()), Some(exact));
    }

    #[test]
    fn an_unknown_zone_is_utc() {
        let instant: Instant = "2026-11-23T08:00:05Z".parse().unwrap();
        assert_eq!(Zone::named("Mars/Olympus").text(instant), "2026-11-23 08:00:05");
    }
}

//! Dates and times as people and spreadsheets write them; what may be two days is refused.

use crate::number::half_width;
use crate::wrong::Wrong;
use crate::zone::Zone;
use jiff::civil::DateTime;
use toolcrib_contract::types::{Date, Instant};

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// A day: `2026-11-23`, `2026/1/5`, `2026年11月23日`, `20261123`, `23.11.2026`, `23/11/2026`, `23-Nov-26`; with midnight
/// behind it, as spreadsheets add it, too.
///
/// # Errors
/// [`Wrong::NoDate`], [`Wrong::TwoDates`].
pub fn date(typed: &str) -> Result<Date, Wrong> {
    let text = half_width(typed);
    let (day, time) = apart(&text);
    if !time.is_empty() && clock(time) != Some((0, 0, 0, 0)) {
        return Err(Wrong::NoDate);
    }
    let (year, month, day) = civil_date(day)?;
    format!("{year:04}-{month:02}-{day:02}").parse().map_err(|_| Wrong::NoDate)
}

/// A moment: a day as above, a time of day `8:05`, `08:05:30.5`, `8:05 PM`, and an offset or else the place's clock.
/// Without a time of day it is midnight, which spreadsheets leave out.
///
/// # Errors
/// [`Wrong::NoInstant`], [`Wrong::TwoDates`], [`Wrong::NoSuchTime`], [`Wrong::TwoTimes`].
pub fn instant(typed: &str, zone: &Zone) -> Result<Instant, Wrong> {
    let text = half_width(typed);
    if let Ok(instant) = text.parse() {
        return Ok(instant);
    }
    let (day, time) = apart(&text);
    let (time, offset) = offset(time);
    let no_instant = |wrong| if wrong == Wrong::NoDate { Wrong::NoInstant } else { wrong };
    let (year, month, day) = civil_date(day).map_err(no_instant)?;
    let (hour, minute, second, us) =
        if time.is_empty() { (0, 0, 0, 0) } else { clock(time).ok_or(Wrong::NoInstant)? };
    let local = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{us:06}");
    match offset {
        Some(offset) => format!("{local}{offset}").parse().map_err(|_| Wrong::NoInstant),
        None => zone.instant(local.parse::<DateTime>().map_err(|_| Wrong::NoInstant)?),
    }
}

/// The day and the time of day, without what stands between them.
fn apart(text: &str) -> (&str, &str) {
    let ends = |(at, char): &(usize, char)| {
        matches!(char, ' ' | 'T' | 't') && text[..*at].ends_with(|last: char| last.is_ascii_digit() || last == '日')
    };
    let at = text.char_indices().find(ends).map(|(at, _)| at);
    at.map_or((text, ""), |at| (&text[..at], text[at + 1..].trim_start()))
}

/// The time of day and its offset, if it has one.
fn offset(time: &str) -> (&str, Option<&str>) {
    if let Some(at) = time.find(['Z', 'z', '+', '-']) {
        return (time[..at].trim_end(), Some(&time[at..]));
    }
    (time, None)
}

/// `8:05`, `8:05:30.25`, `8:05 PM`: hour, minute, second, microsecond.
fn clock(time: &str) -> Option<(u32, u32, u32, u32)> {
    let lower = time.to_ascii_lowercase();
    let (time, half) = match (lower.strip_suffix("am"), lower.strip_suffix("pm")) {
        (Some(time), _) => (time.trim_end(), Some(0)),
        (_, Some(time)) => (time.trim_end(), Some(12)),
        _ => (lower.as_str(), None),
    };
    let mut parts = time.split(':');
    let (hour, minute, second) = (parts.next()?, parts.next()?, parts.next().unwrap_or("0"));
    let (second, part) = second.split_once('.').unwrap_or((second, "0"));
    let mut hour = digits(hour, 2)?;
    if let Some(half) = half {
        hour = (1..=12).contains(&hour).then_some(hour % 12 + half)?;
    }
    let (minute, second) = (digits(minute, 2)?, digits(second, 2)?);
    let us = digits(part, 6)? * 10u32.pow(6 - part.len() as u32);
    (parts.next().is_none() && hour < 24 && minute < 60 && second < 60).then_some((hour, minute, second, us))
}

fn digits(text: &str, most: usize) -> Option<u32> {
    let fits = (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    fits.then(|| text.parse().ok()).flatten()
}

/// Year, month and day; whether there is such a day is not looked at.
fn civil_date(text: &str) -> Result<(u32, u32, u32), Wrong> {
    let marked = text.replace(['年', '月'], "-");
    let text = marked.trim_end_matches(['日', '号']);
    if let Some(whole) = digits(text, 8).filter(|_| text.len() == 8) {
        return Ok((whole / 10_000, whole / 100 % 100, whole % 100));
    }
    let mark = text.chars().find(|char| matches!(char, '-' | '/' | '.')).ok_or(Wrong::NoDate)?;
    let mut parts = text.split(mark);
    let (Some(first), Some(second), Some(third), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(Wrong::NoDate);
    };
    if let Some(month) = MONTHS.iter().position(|month| second.eq_ignore_ascii_case(month)) {
        let (day, year) = (digits(first, 2).ok_or(Wrong::NoDate)?, digits(third, 4).ok_or(Wrong::NoDate)?);
        let year = match (third.len(), year) {
            (4, year) => year,
            // As spreadsheets complete it.
            (2, year) => year + if year < 30 { 2_000 } else { 1_900 },
            _ => return Err(Wrong::NoDate),
        };
        return Ok((year, month as u32 + 1, day));
    }
    let number = |text| digits(text, 4).ok_or(Wrong::NoDate);
    let (a, b, c) = (number(first)?, number(second)?, number(third)?);
    match (first.len(), second.len(), third.len()) {
        (4, 1 | 2, 1 | 2) => Ok((a, b, c)),
        // With points the day always comes first.
        (1 | 2, 1 | 2, 4) if mark == '.' || a > 12 || a == b => Ok((c, b, a)),
        (1 | 2, 1 | 2, 4) if b > 12 => Ok((c, a, b)),
        (1 | 2, 1 | 2, 2 | 4) => Err(Wrong::TwoDates),
        _ => Err(Wrong::NoDate),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_day_is_read_in_every_form_that_means_one_day_only() {
        for text in [
            "2026-11-23",
            "2026/11/23",
            "２０２６／１１／２３",
            "2026.11.23",
            "2026年11月23日",
            "20261123",
            "23/11/2026",
            "11/23/2026",
            "23.11.2026",
            "23-Nov-26",
            "23-nov-2026",
            "2026/11/23 0:00",
            "2026-11-23 00:00:00",
        ] {
            assert_eq!(date(text).unwrap().to_string(), "2026-11-23", "{text}");
        }
        assert_eq!(date("2026/1/5").unwrap().to_string(), "2026-01-05");
        assert_eq!(date("5.6.2026").unwrap().to_string(), "2026-06-05");
        assert_eq!(date("6/6/2026").unwrap().to_string(), "2026-06-06");
        for text in ["5/6/2026", "5-6-2026", "26/11/23"] {
            assert_eq!(date(text), Err(Wrong::TwoDates), "{text}");
        }
        for text in
            ["", "46349", "2026-02-30", "2026-13-01", "tomorrow", "2026-11-23 08:00", "23-Nov-026", "1969-12-31"]
        {
            assert_eq!(date(text), Err(Wrong::NoDate), "{text}");
        }
    }

    #[test]
    fn a_moment_is_that_of_the_plants_clock_unless_it_names_an_offset() {
        let zone = Zone::named("Asia/Shanghai");
        for text in [
            "2026-11-23 16:05",
            "2026/11/23 16:05:00",
            "2026-11-23T16:05",
            "2026/11/23 4:05 PM",
            "2026年11月23日 16:05",
            "2026-11-23T08:05:00Z",
            "2026-11-23 17:05+09:00",
        ] {
            assert_eq!(instant(text, &zone).unwrap().to_string(), "2026-11-23T08:05:00Z", "{text}");
        }
        assert_eq!(instant("2026/11/23", &zone).unwrap().to_string(), "2026-11-22T16:00:00Z");
        assert_eq!(instant("2026-11-23 00:00:00.000001", &zone).unwrap().to_string(), "2026-11-22T16:00:00.000001Z");
        for text in ["", "16:05", "2026-11-23 25:00", "2026-11-23 8", "2026-11-23 16:05+25:00", "2026-11-23 13:00 PM"] {
            assert_eq!(instant(text, &zone), Err(Wrong::NoInstant), "{text}");
        }
        assert_eq!(instant("5/6/2026 8:00", &zone), Err(Wrong::TwoDates));
    }

    #[test]
    fn the_hours_when_clocks_change_are_never_guessed() {
        let zone = Zone::named("Europe/Berlin");
        assert_eq!(instant("2026-03-29 02:30", &zone), Err(Wrong::NoSuchTime));
        assert_eq!(instant("2026-10-25 02:30", &zone), Err(Wrong::TwoTimes));
        let (first, second) = ("2026-10-25T00:30:00Z".parse().unwrap(), "2026-10-25T01:30:00Z".parse().unwrap());
        assert_eq!(zone.text(first), "2026-10-25 02:30:00+02:00");
        assert_eq!(zone.text(second), "2026-10-25 02:30:00+01:00");
        assert_eq!((instant(&zone.text(first), &zone), instant(&zone.text(second), &zone)), (Ok(first), Ok(second)));
    }

    proptest! {
        #[test]
        fn every_moment_comes_back_from_every_clock(us in 0..=Instant::MAX.0, at in 0..4usize) {
            let zone = Zone::named(["Asia/Shanghai", "Europe/Berlin", "America/St_Johns", "UTC"][at]);
            prop_assert_eq!(instant(&zone.text(Instant(us)), &zone), Ok(Instant(us)));
        }
    }
}

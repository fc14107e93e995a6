//! Readings as lines of JSON: `{"signal":"press-1.state","at":"2026-11-23T08:00:00Z","value":"running"}`; one that is not good
//! says so: `"quality":"uncertain"` or `"bad"`.

use serde::Deserialize;
use toolcrib_contract::json::InputError;
use toolcrib_contract::limits;
use toolcrib_contract::problem::{BAD_INPUT, Problem, TOO_LARGE};
use toolcrib_contract::signal::{Quality, Sample};
use toolcrib_contract::types::Instant;
use toolcrib_runtime::Reading;

pub(crate) const DAY_US: i64 = 86_400_000_000;
/// Characters of a signal's name, and of a text value.
pub(crate) const NAME_CHARS: usize = 128;

/// Readings whose time is too far from the host's clock: not stored, and told to the device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quarantined(pub u64);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    /// Kept by the gateway while there was no network: it may be older than others.
    #[serde(default)]
    historical: bool,
    signal: String,
    at: String,
    value: serde_json::Value,
    #[serde(default)]
    quality: Quality,
}

/// Parses a batch. All of it is good, or none is taken and every bad line is named.
///
/// # Errors
/// Bad lines by number, too many readings, or none at all.
pub fn parse(bytes: &[u8], now: Instant) -> Result<(Vec<Reading>, Quarantined), Problem> {
    let text = std::str::from_utf8(bytes).map_err(|_| BAD_INPUT.because("the body is not UTF-8"))?;
    let (mut readings, mut errors, mut quarantined) = (Vec::new(), Vec::new(), 0);
    for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        if readings.len() >= limits::READINGS {
            return Err(TOO_LARGE.because(format!("a batch has at most {} readings", limits::READINGS)));
        }
        let line = serde_json::from_str::<Line>(line).map_err(|error| error.to_string());
        let is_historical = line.as_ref().is_ok_and(|line| line.historical);
        match line.and_then(reading) {
            Ok(reading) if is_off(reading.at, now, is_historical) => quarantined += 1,
            Ok(reading) => readings.push(reading),
            Err(message) if errors.len() < toolcrib_contract::json::ERRORS_MAX => {
                errors.push(InputError { pointer: format!("/{}", at + 1), message });
            }
            Err(_) => {}
        }
    }
    if !errors.is_empty() {
        return Err(Problem::input(errors));
    }
    if readings.is_empty() && quarantined == 0 {
        return Err(BAD_INPUT.because("the batch holds no reading; send one JSON object a line"));
    }
    Ok((readings, Quarantined(quarantined)))
}

/// Whether a time is too far from the host's.
fn is_off(at: Instant, now: Instant, is_historical: bool) -> bool {
    let past_days = if is_historical { limits::READING_HISTORY_DAYS } else { limits::READING_SKEW_DAYS };
    at.0 > now.0 + limits::READING_SKEW_DAYS * DAY_US || at.0 < now.0 - past_days * DAY_US
}

fn reading(line: Line) -> Result<Reading, String> {
    if !is_signal(&line.signal) {
        return Err(format!(
            "signal: `<equipment>.<signal>` of letters, digits, - _ /, at most {NAME_CHARS} characters"
        ));
    }
    let at = line.at.parse().map_err(|error| format!("at: {error}"))?;
    Ok(Reading { signal: line.signal, at, value: sample(line.value)?, quality: line.quality })
}

/// A character of an equipment's code, and of a signal's name.
pub(crate) fn is_named(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '-' | '_' | '/')
}

/// `<equipment>.<signal>`.
pub(crate) fn is_signal(signal: &str) -> bool {
    let named = |part: &str| !part.is_empty() && part.chars().all(is_named);
    let good = signal.rsplit_once('.').is_some_and(|(equipment, kind)| named(equipment) && named(kind));
    good && signal.chars().count() <= NAME_CHARS
}

fn sample(value: serde_json::Value) -> Result<Sample, String> {
    Ok(match value {
        serde_json::Value::Bool(value) => Sample::Flag { value },
        serde_json::Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(value), _) => Sample::Count { value },
            (None, Some(value)) if value.is_finite() => Sample::Number { value },
            _ => return Err("value: the number is out of range".to_owned()),
        },
        serde_json::Value::String(value) if value.chars().count() <= NAME_CHARS && !value.contains('\0') => {
            Sample::Word { value }
        }
        serde_json::Value::String(_) => {
            return Err(format!("value: a text has at most {NAME_CHARS} characters and no U+0000"));
        }
        _ => return Err("value: true or false, a number or a text is needed".to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Instant = Instant(1_795_420_800_000_000);

    #[test]
    fn a_batch_is_taken_whole_or_told_line_by_line() {
        let at = NOW.to_string();
        let good = format!(
            "{{\"signal\":\"press-1.good\",\"at\":\"{at}\",\"value\":7}}\n\n{{\"signal\":\"冲床1.state\",\"at\":\"{at}\",\"value\":\"running\"}}\n"
        );
        let (readings, quarantined) = parse(good.as_bytes(), NOW).unwrap();
        assert_eq!((readings.len(), quarantined), (2, Quarantined(0)));
        assert_eq!((&readings[0].value, readings[0].quality), (&Sample::Count { value: 7 }, Quality::Good));
        let bad = format!("{{\"signal\":\"a.b\",\"at\":\"{at}\",\"value\":7,\"quality\":\"bad\"}}");
        assert_eq!(parse(bad.as_bytes(), NOW).unwrap().0[0].quality, Quality::Bad);
        for bad in [
            format!("{{\"signal\":\"good\",\"at\":\"{at}\",\"value\":7}}"),
            format!("{{\"signal\":\"a.b\",\"at\":\"{at}\",\"value\":NaN}}"),
            format!("{{\"signal\":\"a.b\",\"at\":\"{at}\",\"value\":1e999}}"),
            format!("{{\"signal\":\"a.b\",\"at\":\"{at}\",\"value\":null}}"),
            format!("{{\"signal\":\"a.b\",\"at\":\"{at}\",\"value\":1,\"quality\":\"fine\"}}"),
            format!("{{\"signal\":\"a.b\",\"at\":\"{at}\",\"value\":1,\"tenant\":\"x\"}}"),
            "{\"signal\":\"a.b\",\"at\":\"yesterday\",\"value\":1}".to_owned(),
        ] {
            let problem = parse(format!("{good}{bad}").as_bytes(), NOW).unwrap_err();
            assert_eq!(problem.errors[0].pointer, "/4", "{bad}");
        }
        assert!(parse(b"", NOW).is_err());
        assert!(parse(b"\xff", NOW).is_err());
    }

    #[test]
    fn a_reading_a_week_off_the_clock_is_quarantined() {
        let line = |at: Instant| format!("{{\"signal\":\"a.b\",\"at\":\"{at}\",\"value\":1}}");
        let week = limits::READING_SKEW_DAYS * DAY_US;
        assert_eq!(parse(line(NOW.plus_us(week)).as_bytes(), NOW).unwrap().1, Quarantined(0));
        assert_eq!(parse(line(NOW.plus_us(week + 1_000)).as_bytes(), NOW).unwrap().1, Quarantined(1));
        assert_eq!(parse(line(NOW.plus_us(-week - 1_000)).as_bytes(), NOW).unwrap().1, Quarantined(1));
    }

    #[test]
    fn what_a_gateway_kept_may_be_two_months_old() {
        let line = |at: Instant| format!("{{\"signal\":\"a.b\",\"at\":\"{at}\",\"value\":1,\"historical\":true}}");
        let quarantined = |us: i64| parse(line(NOW.plus_us(us)).as_bytes(), NOW).unwrap().1.0;
        let most = limits::READING_HISTORY_DAYS * DAY_US;
        assert_eq!((quarantined(-most), quarantined(-most - 1_000)), (0, 1));
        assert_eq!(quarantined(limits::READING_SKEW_DAYS * DAY_US + 1_000), 1, "nothing was kept from the future");
    }

    #[test]
    fn a_batch_of_more_readings_than_the_limit_is_refused() {
        let line = format!("{{\"signal\":\"a.b\",\"at\":\"{NOW}\",\"value\":1}}\n");
        assert!(parse(line.repeat(limits::READINGS).as_bytes(), NOW).is_ok());
        assert_eq!(parse(line.repeat(limits::READINGS + 1).as_bytes(), NOW).unwrap_err().code, "too-large");
    }
}

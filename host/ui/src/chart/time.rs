//! The axis along the bottom: times, days or numbers.

use super::SIDE;
use crate::language::Tr;
use crate::view::number;
use crate::zone::Zone;
use serde_json::Value as Json;
use toolcrib_contract::Type;
use toolcrib_contract::types::{Date, Instant};
use toolcrib_contract::view::{plain, scalar};

const DAY_US: f64 = 86_400_000_000.0;
/// Labels along the bottom.
const LABELS: usize = 5;

/// From the first to the last of some values.
#[derive(Clone, Debug)]
pub struct Along<'a> {
    zone: &'a Zone,
    of: &'a Type,
    pub from: f64,
    pub to: f64,
}

impl<'a> Along<'a> {
    pub fn new(zone: &'a Zone, of: &'a Type, values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let ends = values.into_iter().fold(None, |ends: Option<(f64, f64)>, value| {
            Some(ends.map_or((value, value), |(from, to)| (from.min(value), to.max(value))))
        });
        let (from, to) = ends?;
        Some(Self { zone, of: scalar(of), from, to })
    }

    pub fn place(&self, value: f64) -> f64 {
        if self.to > self.from { (value - self.from) / (self.to - self.from) * SIDE } else { SIDE / 2.0 }
    }

    /// Texts at even distances, from the first to the last.
    pub fn labels(&self, tr: Tr) -> Vec<String> {
        if self.to <= self.from {
            return vec![self.text(tr, self.from)];
        }
        let step = (self.to - self.from) / (LABELS - 1) as f64;
        (0..LABELS).map(|at| self.text(tr, self.from + step * at as f64)).collect()
    }

    fn text(&self, tr: Tr, value: f64) -> String {
        match self.of {
            Type::Instant => {
                let text = self.zone.exact(Instant(value as i64));
                let part = if self.to - self.from < 2.0 * DAY_US { 11..16 } else { 5..10 };
                text.get(part).unwrap_or(&text).to_owned()
            }
            Type::Date => Date(value.round() as i64).to_string().get(5..).unwrap_or_default().to_owned(),
            _ => number::bare(tr, &plain().digits(0), &Json::from(value)).unwrap_or_default(),
        }
    }
}

/// Where a value stands on an axis: instants in microseconds, dates in days, numbers as they are.
pub fn along(json: &Json) -> Option<f64> {
    let text = match json {
        Json::Number(number) => return number.as_f64(),
        Json::String(text) => text,
        _ => return None,
    };
    if let Ok(instant) = text.parse::<Instant>() {
        return Some(instant.0 as f64);
    }
    if let Ok(date) = text.parse::<Date>() {
        return Some(date.0 as f64);
    }
    text.parse().ok()
}

/// A moment, day or number for people.
pub fn text(tr: Tr, zone: &Zone, json: &Json) -> String {
    match json.as_str().map(|text| (text, text.parse::<Instant>())) {
        Some((_, Ok(instant))) => zone.exact(instant),
        Some((text, Err(_))) if number::Exact::parse(text).is_none() => text.to_owned(),
        _ => number::text(tr, &plain(), json, &Json::Null),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Lang;
    use serde_json::json;

    #[test]
    fn labels_are_clock_times_in_a_day_and_days_beyond() {
        let (tr, zone) = (Tr::new(Lang::En), Zone::named("Asia/Shanghai"));
        let at = |text: &str| along(&json!(text)).unwrap();
        let day = Along::new(&zone, &Type::Instant, [at("2026-11-23T00:00:00Z"), at("2026-11-23T08:00:00Z")]).unwrap();
        assert_eq!(day.labels(tr), ["08:00", "10:00", "12:00", "14:00", "16:00"]);
        assert_eq!((day.place(at("2026-11-23T00:00:00Z")), day.place(at("2026-11-23T04:00:00Z"))), (0.0, 500.0));
        let week = Along::new(&zone, &Type::Date, [at("2026-11-20"), at("2026-11-24")]).unwrap();
        assert_eq!(week.labels(tr), ["11-20", "11-21", "11-22", "11-23", "11-24"]);
        let one = Along::new(&zone, &Type::Int, [3.0]).unwrap();
        assert_eq!((one.labels(tr), one.place(3.0)), (vec!["3".to_owned()], 500.0));
        assert!(Along::new(&zone, &Type::Int, []).is_none());
    }
}

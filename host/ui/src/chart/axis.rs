//! A scale with round numbers at even steps.

use super::SIDE;
use crate::language::Tr;
use crate::view::number;
use serde_json::Value as Json;
use toolcrib_contract::view::{Format, NumberStyle, TimeUnit};

/// Steps that are aimed at.
const STEPS: f64 = 4.0;

/// From the lowest to the highest round number around some values.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    pub low: f64,
    pub high: f64,
    step: f64,
}

impl Axis {
    /// Around all values; with zero on it where `zero` says so.
    pub fn around(values: impl IntoIterator<Item = f64>, zero: bool) -> Self {
        Self::of(values, zero, round_step)
    }

    /// Around all values of a format: a scale of times goes up by whole minutes, quarters and hours, not by thousands of
    /// seconds.
    pub fn measured(values: impl IntoIterator<Item = f64>, zero: bool, format: &Format) -> Self {
        match format.style {
            NumberStyle::Duration { unit: TimeUnit::Second } => Self::of(values, zero, |least| round_time(least, 1.0)),
            NumberStyle::Duration { unit: TimeUnit::Minute } => Self::of(values, zero, |least| round_time(least, 60.0)),
            NumberStyle::Duration { unit: TimeUnit::Hour } => {
                Self::of(values, zero, |least| round_time(least, 3_600.0))
            }
            _ => Self::around(values, zero),
        }
    }

    fn of(values: impl IntoIterator<Item = f64>, zero: bool, round: impl Fn(f64) -> f64) -> Self {
        let start = if zero { (0.0, 0.0) } else { (f64::MAX, f64::MIN) };
        let finite = values.into_iter().filter(|value| value.is_finite() && value.abs() < 1e15);
        let (low, high) = finite.fold(start, |(low, high), value| (low.min(value), high.max(value)));
        let (low, high) = if low > high { (0.0, 1.0) } else { (low, high) };
        let (low, high) = match high - low {
            width if width > 0.0 => (low, high),
            _ if high == 0.0 => (0.0, 1.0),
            _ => (low - low.abs() * 0.1, high + high.abs() * 0.1),
        };
        let step = round((high - low) / STEPS);
        Self { low: (low / step + 1e-9).floor() * step, high: (high / step - 1e-9).ceil() * step, step }
    }

    /// Round numbers from high to low, as they stand from top to bottom.
    fn ticks(&self) -> Vec<f64> {
        let count = ((self.high - self.low) / self.step).round().clamp(1.0, 20.0) as usize;
        (0..=count).rev().map(|at| self.low + self.step * at as f64).collect()
    }

    /// Their texts.
    pub fn labels(&self, tr: Tr, format: &Format) -> Vec<String> {
        let digits = (-self.step.log10().floor()).clamp(0.0, 12.0) as usize + 1;
        let plain = Format { digits: None, ..format.clone() };
        let text = |tick: f64| {
            let json = Json::String(format!("{tick:.digits$}"));
            number::bare(tr, &plain, &json).unwrap_or_default()
        };
        self.ticks().into_iter().map(text).collect()
    }

    /// Places of the lines across, from top to bottom.
    pub fn lines(&self) -> Vec<f64> {
        self.ticks().into_iter().map(|tick| self.place(tick)).collect()
    }

    /// How far down a value stands.
    pub fn place(&self, value: f64) -> f64 {
        (SIDE - (value - self.low) / (self.high - self.low) * SIDE).clamp(-SIDE, 2.0 * SIDE)
    }
}

/// The next of 1, 2, 2.5 and 5 times a power of ten.
fn round_step(least: f64) -> f64 {
    let power = 10f64.powf(least.log10().floor());
    let of = [1.0, 2.0, 2.5, 5.0, 10.0].into_iter().find(|of| of * power >= least * 0.999_999);
    of.unwrap_or(10.0) * power
}

/// The next step of a clock, in a unit of so many seconds; beyond a day, whole days.
fn round_time(least: f64, unit: f64) -> f64 {
    const CLOCK: [f64; 17] = [
        1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1_800.0, 3_600.0, 7_200.0, 14_400.0,
        28_800.0, 86_400.0,
    ];
    let seconds = least * unit;
    let of = CLOCK.into_iter().find(|step| *step >= seconds * 0.999_999);
    match of {
        // Shorter than a second.
        Some(step) if step > 1.0 || seconds > 0.5 => step / unit,
        Some(_) => round_step(least),
        None => round_step(seconds / 86_400.0) * 86_400.0 / unit,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Lang;
    use toolcrib_contract::view::{minutes, percent, plain, seconds};

    fn labels(values: &[f64], zero: bool) -> Vec<String> {
        Axis::around(values.iter().copied(), zero).labels(Tr::new(Lang::En), &plain())
    }

    #[test]
    fn ticks_are_round_numbers_around_the_values() {
        assert_eq!(labels(&[120.0, 150.0], true), ["150", "100", "50", "0"]);
        assert_eq!(labels(&[9.8, 11.4], false), ["11.5", "11", "10.5", "10", "9.5"]);
        assert_eq!(labels(&[], true), ["1", "0.75", "0.5", "0.25", "0"]);
        assert_eq!(labels(&[5.0, 5.0], false), ["5.5", "5.25", "5", "4.75", "4.5"]);
        assert_eq!(labels(&[0.0], false), ["1", "0.75", "0.5", "0.25", "0"]);
        assert_eq!(labels(&[-3.0, 4.0], true), ["4", "2", "0", "-2", "-4"]);
        let ratio = Axis::around([0.1, 0.9], true).labels(Tr::new(Lang::En), &percent(1));
        assert_eq!(ratio, ["100 %", "75 %", "50 %", "25 %", "0 %"]);
    }

    #[test]
    fn times_go_up_by_the_steps_of_a_clock() {
        let labels =
            |most: f64, format: Format| Axis::measured([0.0, most], true, &format).labels(Tr::new(Lang::En), &format);
        assert_eq!(labels(1_100.0, seconds()), ["20 min", "15 min", "10 min", "5 min", "0 s"]);
        assert_eq!(labels(28_000.0, seconds()), ["8 h", "6 h", "4 h", "2 h", "0 s"]);
        assert_eq!(labels(35.0, minutes()), ["40 min", "30 min", "20 min", "10 min", "0 s"]);
        assert_eq!(labels(3.0, seconds()).first().map(String::as_str), Some("3 s"));
        assert_eq!(labels(400_000.0, seconds()), ["144 h", "96 h", "48 h", "0 s"]);
        assert_eq!(Axis::measured([0.0, 3.0], true, &plain()), Axis::around([0.0, 3.0], true));
    }

    #[test]
    fn values_stand_where_their_tick_is() {
        let axis = Axis::around([0.0, 100.0], true);
        assert_eq!((axis.place(0.0), axis.place(50.0), axis.place(100.0)), (1000.0, 500.0, 0.0));
        assert_eq!(axis.lines(), [0.0, 250.0, 500.0, 750.0, 1000.0]);
    }
}

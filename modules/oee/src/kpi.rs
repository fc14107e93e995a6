//! ISO 22400-2:2014 key figures of one period, as exact fractions rounded once.
//!
//! Source of names and formulas: ISO 22400-2:2014, clauses on availability (APT/PBT), effectiveness (PRI·PQ/APT),
//! quality ratio (GQ/PQ) and the overall equipment effectiveness index (their product).

use toolcrib_sdk::prelude::*;

/// Six digits, as a ratio: `0.747937`.
pub type Ratio = Decimal<6>;

/// What happened in a period, before any division.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Elements {
    /// Planned busy time PBT, microseconds.
    pub planned_busy_us: i128,
    /// Actual production time APT, microseconds.
    pub production_us: i128,
    /// Good pieces GQ by the ideal rate in force, thousandths of a piece per minute; none: no rate is known.
    pub good: Vec<(Option<i64>, i64)>,
    /// Scrapped pieces in the same form. Produced pieces PQ are good and scrap together.
    pub scrap: Vec<(Option<i64>, i64)>,
}

/// The figures. None means "no value": a time or count that divides is zero, or no ideal rate is known.
/// Never capped: more than 1 is a data error (usually a wrong rate) and is shown as one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    pub availability: Option<Ratio>,
    pub effectiveness: Option<Ratio>,
    pub quality: Option<Ratio>,
    pub oee: Option<Ratio>,
}

impl Elements {
    pub fn good_pieces(&self) -> i64 {
        self.good.iter().map(|(_, pieces)| pieces).sum()
    }

    pub fn scrap_pieces(&self) -> i64 {
        self.scrap.iter().map(|(_, pieces)| pieces).sum()
    }

    pub fn figures(&self) -> Figures {
        let (good, produced) = (i128::from(self.good_pieces()), i128::from(self.good_pieces() + self.scrap_pieces()));
        let all: Vec<_> = self.good.iter().chain(&self.scrap).copied().collect();
        // PRI·PQ and PRI·GQ in microseconds, each as a fraction.
        let (ideal, ideal_good) = (ideal_us(&all), ideal_us(&self.good));
        let over = |ideal: Option<(i128, i128)>, time: i128| {
            let (numerator, denominator) = ideal.filter(|_| time > 0)?;
            Ratio::ratio(numerator, denominator.checked_mul(time)?)
        };
        Figures {
            availability: Ratio::ratio(self.production_us, self.planned_busy_us).filter(|_| self.planned_busy_us > 0),
            effectiveness: over(ideal, self.production_us),
            quality: Ratio::ratio(good, produced).filter(|_| produced > 0),
            // A·E·Q with everything that cancels cancelled: PRI·GQ/PBT. So a period without any piece has the value 0.
            oee: over(ideal_good, self.planned_busy_us),
        }
    }
}

/// Σ pieces / rate, in microseconds, as a reduced fraction. None without a rate for some pieces, or when too large.
fn ideal_us(pieces: &[(Option<i64>, i64)]) -> Option<(i128, i128)> {
    let mut by_rate: Vec<(i64, i128)> = Vec::new();
    for (rate, count) in pieces.iter().filter(|(_, count)| *count != 0) {
        let rate = rate.filter(|rate| *rate > 0)?;
        match by_rate.iter_mut().find(|(known, _)| *known == rate) {
            Some((_, sum)) => *sum += i128::from(*count),
            None => by_rate.push((rate, i128::from(*count))),
        }
    }
    by_rate.into_iter().try_fold((0, 1), |(numerator, denominator): (i128, i128), (rate, count)| {
        let rate = i128::from(rate);
        // A minute is 6·10⁷ µs, a rate is in thousandths: count · 6·10¹⁰ / rate.
        let ideal = count.checked_mul(60_000_000_000)?.checked_mul(denominator)?;
        let numerator = numerator.checked_mul(rate)?.checked_add(ideal)?;
        let denominator = denominator.checked_mul(rate)?;
        let divisor = gcd(numerator, denominator);
        Some((numerator / divisor, denominator / divisor))
    })
}

fn gcd(a: i128, b: i128) -> i128 {
    if b == 0 { a.max(1) } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i128 = 60_000_000;

    fn text(ratio: Option<Ratio>) -> String {
        ratio.map_or_else(|| "-".to_owned(), |ratio| ratio.to_string())
    }

    /// The worked example of the field: a shift of 480 min, 60 of breaks, 47 of stops, 60 pieces a minute ideal,
    /// 19 271 made of which 423 rejected.
    #[test]
    fn the_reference_shift_has_the_published_figures() {
        let shift = Elements { planned_busy_us: 420 * MINUTE, production_us: 373 * MINUTE, good: vec![(Some(60_000), 18_848)], scrap: vec![(Some(60_000), 423)] };
        let figures = shift.figures();
        assert_eq!(text(figures.availability), "0.888095");
        assert_eq!(text(figures.effectiveness), "0.861081");
        assert_eq!(text(figures.quality), "0.978050");
        assert_eq!(text(figures.oee), "0.747937");
    }

    #[test]
    fn nothing_planned_has_no_value_and_a_stopped_shift_has_zero() {
        assert_eq!(Elements::default().figures(), Figures::default());
        let stopped = Elements { planned_busy_us: 420 * MINUTE, ..Elements::default() }.figures();
        assert_eq!([text(stopped.availability), text(stopped.effectiveness), text(stopped.quality), text(stopped.oee)], ["0.000000", "-", "-", "0.000000"]);
    }

    #[test]
    fn a_period_with_two_rates_adds_their_ideal_times() {
        let mixed = Elements { planned_busy_us: 100 * MINUTE, production_us: 100 * MINUTE, good: vec![(Some(30_000), 900), (Some(7_000), 70)], scrap: vec![] };
        // 900/30 + 70/7 = 40 minutes of 100.
        assert_eq!(text(mixed.figures().effectiveness), "0.400000");
        let unknown = Elements { good: vec![(Some(30_000), 900), (None, 1)], ..mixed };
        assert_eq!(text(unknown.figures().oee), "-");
    }

    #[test]
    fn a_wrong_rate_shows_as_more_than_one() {
        let fast = Elements { planned_busy_us: 10 * MINUTE, production_us: 10 * MINUTE, good: vec![(Some(1_000), 20)], scrap: vec![] };
        assert_eq!(text(fast.figures().effectiveness), "2.000000");
    }
}

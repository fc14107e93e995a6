//! ISO 22400-2:2014 key figures of one period, as exact fractions rounded once.
//!
//! Source of names and formulas: ISO 22400-2:2014, clauses on availability (APT/PBT), effectiveness (PRI·PQ/APT),
//! quality ratio (GQ/PQ) and the overall equipment effectiveness index (their product).

use ethnum::I256;
use std::cmp::Ordering;
use toolcrib_sdk::prelude::*;

/// Six digits, as a ratio: `0.747937`.
pub type Ratio = Decimal<6>;
/// Eighteen digits, as every decimal of the contract.
const COEF_MAX: i64 = 999_999_999_999_999_999;

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
        // PRI·PQ in microseconds, as a fraction.
        let ideal = ideal_us(&all);
        let over = |time: i128, (part, whole): (i128, i128)| {
            let (numerator, denominator) = ideal.filter(|_| time > 0)?;
            let divisor = denominator.checked_mul(time.into())?.checked_mul(whole.into())?;
            rounded(numerator.checked_mul(part.into())?, divisor)
        };
        Figures {
            availability: Ratio::ratio(self.production_us, self.planned_busy_us).filter(|_| self.planned_busy_us > 0),
            effectiveness: over(self.production_us, (1, 1)),
            quality: Ratio::ratio(good, produced).filter(|_| produced > 0),
            // A·E·Q with APT cancelled: PRI·PQ/PBT · GQ/PQ, which with one rate is PRI·GQ/PBT. So a planned period
            // without production time or without any piece has the value 0, though E or Q has none.
            oee: over(self.planned_busy_us, if produced > 0 { (good, produced) } else { (0, 1) }),
        }
    }
}

/// Σ pieces / rate, in microseconds, as a reduced fraction. None without a rate for some pieces, or when 256 bits do not
/// hold it: with rates of six digits that takes about eight of them without a common factor.
fn ideal_us(pieces: &[(Option<i64>, i64)]) -> Option<(I256, I256)> {
    let mut by_rate: Vec<(i64, i128)> = Vec::new();
    for (rate, count) in pieces.iter().filter(|(_, count)| *count != 0) {
        let rate = rate.filter(|rate| *rate > 0)?;
        match by_rate.iter_mut().find(|(known, _)| *known == rate) {
            Some((_, sum)) => *sum += i128::from(*count),
            None => by_rate.push((rate, i128::from(*count))),
        }
    }
    by_rate.into_iter().try_fold((I256::ZERO, I256::ONE), |(numerator, denominator), (rate, count)| {
        let rate = I256::from(rate);
        // A minute is 6·10⁷ µs, a rate is in thousandths: count · 6·10¹⁰ / rate.
        let ideal = I256::from(count.checked_mul(60_000_000_000)?).checked_mul(denominator)?;
        let numerator = numerator.checked_mul(rate)?.checked_add(ideal)?;
        let denominator = denominator.checked_mul(rate)?;
        let divisor = gcd(numerator, denominator);
        Some((numerator / divisor, denominator / divisor))
    })
}

/// A fraction of whole numbers that are not negative, rounded once: half to even, as the contract rounds. None when it is
/// larger than a ratio may be.
fn rounded(numerator: I256, denominator: I256) -> Option<Ratio> {
    let divisor = gcd(numerator, denominator);
    let (numerator, denominator) = (numerator / divisor, denominator / divisor);
    let scaled = numerator.checked_mul(I256::new(1_000_000))?;
    let (floor, rest) = (scaled / denominator, scaled % denominator);
    let up = match rest.checked_mul(I256::new(2))?.cmp(&denominator) {
        Ordering::Less => I256::ZERO,
        Ordering::Greater => I256::ONE,
        Ordering::Equal => floor & I256::ONE,
    };
    i64::try_from(floor + up).ok().filter(|coef| *coef <= COEF_MAX).map(Decimal)
}

fn gcd(a: I256, b: I256) -> I256 {
    if b == I256::ZERO { a.max(I256::ONE) } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MINUTE: i128 = 60_000_000;

    fn text(ratio: Option<Ratio>) -> String {
        ratio.map_or_else(|| "-".to_owned(), |ratio| ratio.to_string())
    }

    /// The worked example of the field: a shift of 480 min, 60 of breaks, 47 of stops, 60 pieces a minute ideal,
    /// 19 271 made of which 423 rejected.
    #[test]
    fn the_reference_shift_has_the_published_figures() {
        let shift = Elements {
            planned_busy_us: 420 * MINUTE,
            production_us: 373 * MINUTE,
            good: vec![(Some(60_000), 18_848)],
            scrap: vec![(Some(60_000), 423)],
        };
        let figures = shift.figures();
        assert_eq!(text(figures.availability), "0.888095");
        assert_eq!(text(figures.effectiveness), "0.861081");
        assert_eq!(text(figures.quality), "0.978050");
        assert_eq!(text(figures.oee), "0.747937");
    }

    fn value(ratio: Option<Ratio>) -> f64 {
        ratio.unwrap().0 as f64 / 1e6
    }

    /// Found by the property below: a hundred and twenty-eight bits do not hold this fraction.
    #[test]
    fn many_ideal_rates_without_a_common_factor_still_have_an_oee() {
        let pieces = [(60_977, 1_868), (99_991, 1_999), (99_989, 1_997), (99_971, 1_993), (99_961, 1_987)];
        let good: Vec<_> = pieces.iter().map(|(rate, good)| (Some(*rate), *good)).collect();
        let scrap = vec![(Some(60_977), 25)];
        let shift = Elements { planned_busy_us: 480 * MINUTE, production_us: 400 * MINUTE, good, scrap };
        let figures = shift.figures();
        // The same sum in floating point: fifteen digits are more than enough for six.
        let ideal: f64 =
            pieces.iter().map(|(rate, good)| *good as f64 * 1e3 / *rate as f64).sum::<f64>() + 25e3 / 60_977.0;
        let oee = ideal / 480.0 * 9_844.0 / 9_869.0;
        assert_eq!(text(figures.oee), format!("{oee:.6}"));
        assert_eq!(text(figures.effectiveness), format!("{:.6}", ideal / 400.0));
    }

    #[test]
    fn rounding_in_256_bits_is_the_contracts_rounding() {
        for (n, d) in [(1, 3), (2, 3), (1, 2_000_000), (3, 2_000_000), (5, 2_000_000), (0, 7), (7, 7)] {
            assert_eq!(rounded(I256::new(n), I256::new(d)), Ratio::ratio(n, d), "{n}/{d}");
        }
        assert_eq!(rounded(I256::from(i128::MAX), I256::ONE), None, "larger than a ratio may be");
    }

    proptest! {
        /// With one ideal rate OEE is PRI·GQ/PBT, to the last digit.
        #[test]
        fn oee_is_ideal_time_of_good_pieces_over_planned_busy_time(
            planned in 1..50_000_000_000i128, part in 1..=1_000i128, good in 0..1_000_000i64, scrap in 0..10_000i64, rate in 1..1_000_000i64,
        ) {
            let production_us = (planned * part / 1_000).max(1);
            let figures = Elements { planned_busy_us: planned, production_us, good: vec![(Some(rate), good)], scrap: vec![(Some(rate), scrap)] }.figures();
            let expected = Ratio::ratio(i128::from(good) * 60_000_000_000, i128::from(rate) * planned);
            prop_assert_eq!(figures.oee, expected);
        }

        /// Whatever the rates, OEE is the product of the three shown beside it, up to their rounding.
        #[test]
        fn oee_is_the_product_of_its_three_factors(
            running in 400..=480i128, pieces in proptest::collection::vec((1_000..100_000i64, 1..2_000i64, 0..100i64), 1..5),
        ) {
            let good = pieces.iter().map(|(rate, good, _)| (Some(*rate), *good)).collect();
            let scrap = pieces.iter().map(|(rate, _, scrap)| (Some(*rate), *scrap)).collect();
            let figures = Elements { planned_busy_us: 480 * MINUTE, production_us: running * MINUTE, good, scrap }.figures();
            let product = value(figures.availability) * value(figures.effectiveness) * value(figures.quality);
            prop_assert!((product - value(figures.oee)).abs() < 1e-6 * (2.0 + 2.0 * value(figures.effectiveness)));
        }
    }

    #[test]
    fn nothing_planned_has_no_value_and_a_stopped_shift_has_zero() {
        assert_eq!(Elements::default().figures(), Figures::default());
        let stopped = Elements { planned_busy_us: 420 * MINUTE, ..Elements::default() }.figures();
        assert_eq!(
            [text(stopped.availability), text(stopped.effectiveness), text(stopped.quality), text(stopped.oee)],
            ["0.000000", "-", "-", "0.000000"]
        );
    }

    #[test]
    fn a_period_with_two_rates_adds_their_ideal_times() {
        let mixed = Elements {
            planned_busy_us: 100 * MINUTE,
            production_us: 100 * MINUTE,
            good: vec![(Some(30_000), 900), (Some(7_000), 70)],
            scrap: vec![],
        };
        // 900/30 + 70/7 = 40 minutes of 100.
        assert_eq!(text(mixed.figures().effectiveness), "0.400000");
        let unknown = Elements { good: vec![(Some(30_000), 900), (None, 1)], ..mixed };
        assert_eq!(text(unknown.figures().oee), "-");
    }

    #[test]
    fn a_wrong_rate_shows_as_more_than_one() {
        let fast = Elements {
            planned_busy_us: 10 * MINUTE,
            production_us: 10 * MINUTE,
            good: vec![(Some(1_000), 20)],
            scrap: vec![],
        };
        assert_eq!(text(fast.figures().effectiveness), "2.000000");
    }
}

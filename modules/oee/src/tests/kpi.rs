//! The formulas alone, on published and on random input.

use crate::counts::Pieces;
use crate::kpi::{Figures, Ratio, Sums};
use crate::rates::Speed;
use proptest::prelude::*;

const MINUTE: i128 = 60_000_000;
/// Millionths of a piece.
const PIECE: i128 = 1_000_000;

/// So many thousandths of a piece a minute.
fn speed(thousandths: i64) -> Option<Speed> {
    Some(Speed { pieces: thousandths, seconds: 60_000 })
}

fn sums(planned: i128, production: i128, produced: &[(Option<Speed>, i128)], scrap: i128) -> Sums {
    let produced = produced.iter().map(|(speed, pieces)| (*speed, pieces * PIECE)).collect();
    Sums {
        planned_busy_us: planned,
        production_us: production,
        setup_us: 0,
        pieces: Pieces { scrap: scrap * PIECE, rework: 0, produced },
    }
}

fn text(ratio: Option<Ratio>) -> String {
    ratio.map_or_else(|| "-".to_owned(), |ratio| ratio.to_string())
}

fn value(ratio: Option<Ratio>) -> f64 {
    ratio.unwrap().0 as f64 / 1e6
}

/// Found by the property below: a hundred and twenty-eight bits do not hold this fraction.
#[test]
fn many_ideal_speeds_without_a_common_factor_still_have_an_oee() {
    let pieces = [(60_977, 1_893), (99_991, 1_999), (99_989, 1_997), (99_971, 1_993), (99_961, 1_987)];
    let produced: Vec<_> = pieces.iter().map(|(rate, count)| (speed(*rate), *count)).collect();
    let figures = sums(480 * MINUTE, 400 * MINUTE, &produced, 25).figures();
    // The same sum in floating point: fifteen digits are more than enough for six.
    let ideal: f64 = pieces.iter().map(|(rate, count)| *count as f64 * 1e3 / *rate as f64).sum();
    let oee = ideal / 480.0 * 9_844.0 / 9_869.0;
    assert_eq!(text(figures.oee), format!("{oee:.6}"));
    assert_eq!(text(figures.effectiveness), format!("{:.6}", ideal / 400.0));
}

/// However many speeds a week had: no number of them is too many for an exact sum.
#[test]
fn fifty_speeds_without_a_common_factor_still_have_an_effectiveness() {
    let produced: Vec<_> = (0..50i64).map(|nth| (speed(99_991 - 2 * nth), 1_000 + i128::from(nth))).collect();
    let ideal: f64 = produced.iter().map(|(speed, count)| *count as f64 * 1e3 / speed.unwrap().pieces as f64).sum();
    let figures = sums(1_000 * MINUTE, 600 * MINUTE, &produced, 0).figures();
    assert_eq!(text(figures.effectiveness), format!("{:.6}", ideal / 600.0));
    // Larger than any ratio of the contract.
    let absurd = sums(1, 1, &[(speed(1), 1_000_000_000_000)], 0).figures();
    assert_eq!(text(absurd.effectiveness), "-");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    /// ISO 22400-2: with one ideal speed OEE is PRI·GQ/PBT, to the last digit, as the contract rounds.
    #[test]
    fn oee_is_ideal_time_of_good_pieces_over_planned_busy_time(
        planned in 1..50_000_000_000i128, part in 1..=1_000i128, good in 0..1_000_000i128, scrap in 0..10_000i128,
        rate in 1..1_000_000i64,
    ) {
        let production = (planned * part / 1_000).max(1);
        let figures = sums(planned, production, &[(speed(rate), good + scrap)], scrap).figures();
        prop_assert_eq!(figures.oee, Ratio::ratio(good * 60_000_000_000, i128::from(rate) * planned));
        // The same speed in numbers that need more than 128 bits.
        let factor = 999_999_999_989;
        let large = Some(Speed { pieces: rate * factor, seconds: 60_000 * factor });
        prop_assert_eq!(sums(planned, production, &[(large, good + scrap)], scrap).figures(), figures);
    }

    /// Whatever the speeds, OEE is the product of the three shown beside it, up to their rounding.
    #[test]
    fn oee_is_the_product_of_its_three_factors(
        running in 400..=480i128,
        pieces in proptest::collection::vec((1_000..100_000i64, 1..2_000i128, 0..100i128), 1..5),
    ) {
        let produced: Vec<_> = pieces.iter().map(|(rate, good, scrap)| (speed(*rate), good + scrap)).collect();
        let scrap = pieces.iter().map(|(_, _, scrap)| scrap).sum();
        let figures = sums(480 * MINUTE, running * MINUTE, &produced, scrap).figures();
        let product = value(figures.availability) * value(figures.effectiveness) * value(figures.quality);
        prop_assert!((product - value(figures.oee)).abs() < 1e-6 * (2.0 + 2.0 * value(figures.effectiveness)));
    }
}

#[test]
fn nothing_planned_has_no_value_and_a_stopped_shift_has_zero() {
    assert_eq!(Sums::default().figures(), Figures::default());
    let stopped = sums(420 * MINUTE, 0, &[], 0).figures();
    let all = [stopped.availability, stopped.effectiveness, stopped.quality, stopped.oee].map(text);
    assert_eq!(all, ["0.000000", "-", "-", "0.000000"]);
}

#[test]
fn a_period_with_two_speeds_adds_their_ideal_times() {
    let produced = [(speed(30_000), 900), (speed(7_000), 70)];
    // 900/30 + 70/7 = 40 minutes of 100.
    assert_eq!(text(sums(100 * MINUTE, 100 * MINUTE, &produced, 0).figures().effectiveness), "0.400000");
    let unknown = [(speed(30_000), 900), (None, 1)];
    assert_eq!(text(sums(100 * MINUTE, 100 * MINUTE, &unknown, 0).figures().oee), "-");
}

/// NEE = (AUPT/PBT)·E·Q: setting up counts for it as production does.
#[test]
fn net_equipment_effectiveness_counts_setting_up() {
    let shift = Sums { setup_us: 30 * MINUTE, ..sums(100 * MINUTE, 50 * MINUTE, &[(speed(10_000), 400)], 40) };
    let figures = shift.figures();
    // A .5, E 40/50, Q .9; NEE = 80/100 · .8 · .9.
    assert_eq!([figures.oee, figures.nee].map(text), ["0.360000", "0.576000"]);
}

#[test]
fn a_wrong_speed_shows_as_more_than_one_and_too_much_scrap_as_no_quality() {
    assert_eq!(text(sums(10 * MINUTE, 10 * MINUTE, &[(speed(1_000), 20)], 0).figures().effectiveness), "2.000000");
    let figures = sums(10 * MINUTE, 10 * MINUTE, &[(speed(1_000), 5)], 6).figures();
    assert_eq!([figures.quality, figures.oee].map(text), ["-", "-"]);
}

//! What a project is awarded: the least of what the rate gives, what the level allows and what is left. Rounded once.

use crate::contract_line::Category;
use crate::money::{BasisPoints, Fen};
use crate::rules::{LEVELS, RuleSet, Track};
use serde::{Deserialize, Serialize};

/// A line of a filed contract as it stands at acceptance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spent {
    pub category: Category,
    /// What the contract says it costs.
    pub net: Fen,
    /// What was paid for it, company to company.
    pub paid: Fen,
    /// The experts accepted it.
    pub accepted: bool,
    /// The provider paid it back: nothing is paid for it.
    pub refunded: bool,
}

/// How an award came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// Accepted, eligible and paid.
    pub base: Fen,
    pub rate: BasisPoints,
    pub by_rate: Fen,
    /// By the level after.
    pub cap: Fen,
    /// Left of budget, batch and the provider's cap.
    pub remaining: Fen,
    pub amount: Fen,
}

/// What the rules pay for of these lines: accepted, eligible, not paid back; what was paid, at most what it costs.
pub fn base(rules: &RuleSet, lines: &[Spent]) -> Option<Fen> {
    let counts = |line: &&Spent| line.accepted && !line.refunded && rules.pays_for(line.category);
    Fen::sum(lines.iter().filter(counts).map(|line| line.paid.min(line.net)))
}

/// The award. `batch` is from 1, `level` 0 to 4 and measured on site.
pub fn award(rules: &RuleSet, track: &Track, batch: u32, level: u8, base: Fen, remaining: Fen) -> Outcome {
    let rate = rules.rate(track, batch);
    let (by_rate, cap) = (rate.of(base), track.cap(level));
    Outcome { base, rate, by_rate, cap, remaining, amount: by_rate.min(cap).min(remaining) }
}

/// The most that a filing can come to: everything accepted and paid, the highest level reached.
pub fn estimate(rules: &RuleSet, track: &Track, batch: u32, lines: &[Spent]) -> Option<Fen> {
    let whole: Vec<Spent> =
        lines.iter().map(|line| Spent { paid: line.net, accepted: true, refunded: false, ..*line }).collect();
    Some(award(rules, track, batch, LEVELS, base(rules, &whole)?, Fen::MAX).amount)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::tests::usual;

    fn spent(category: Category, net: u32, paid: u32) -> Spent {
        Spent { category, net: Fen::yuan(net), paid: Fen::yuan(paid), accepted: true, refunded: false }
    }

    #[test]
    fn only_what_was_accepted_is_eligible_and_was_paid_counts() {
        let rules = usual();
        let lines = [
            spent(Category::Software, 1_000, 1_000),
            spent(Category::Cloud, 1_000, 400),
            // More paid than it costs counts as what it costs.
            spent(Category::Consulting, 1_000, 1_500),
            spent(Category::Sensor, 1_000, 1_000),
            Spent { accepted: false, ..spent(Category::Software, 1_000, 1_000) },
            Spent { refunded: true, ..spent(Category::Software, 1_000, 1_000) },
        ];
        // 1,000 + 400 + 1,000; the sensor is not among the categories.
        assert_eq!(base(&rules, &lines), Some(Fen::yuan(2_400)));
        // All seven lines' eligible net: 1,000 × 5 × 40 %.
        assert_eq!(estimate(&rules, &rules.tracks[0], 1, &lines), Some(Fen::yuan(2_000)));
    }

    #[test]
    fn the_least_of_three_decides() {
        let rules = usual();
        let amount =
            |level, base, left| award(&rules, &rules.tracks[0], 1, level, Fen::yuan(base), Fen::yuan(left)).amount;
        assert_eq!(amount(2, 100_000, 1_000_000), Fen::yuan(40_000));
        assert_eq!(amount(2, 1_000_000, 1_000_000), Fen::yuan(300_000));
        assert_eq!(amount(3, 1_000_000, 1_000_000), Fen::yuan(400_000));
        assert_eq!(amount(3, 1_000_000, 123_456), Fen::yuan(123_456));
        assert_eq!(amount(1, 1_000_000, 1_000_000), Fen::ZERO);
    }
}

//! Who pays what of a contract: the firm, the provider by its discounts, the programme by the award that is to be expected.
//! Everything adds up to the fen.

use crate::contract_line::{Category, ContractLine};
use crate::money::{BasisPoints, Fen};
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::BTreeSet;

/// What a programme's rule says of a contract, as far as its split depends on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The part of what counts that the programme pays.
    pub rate: BasisPoints,
    /// The most it pays a firm; none without a cap.
    pub cap: Option<Fen>,
    /// Categories that count.
    pub eligible: BTreeSet<Category>,
}

/// A line with its part of the award.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SplitLine {
    pub line: ContractLine,
    /// Code of the plan that its price comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    pub eligible: bool,
    /// What the programme is expected to pay of `net`.
    pub programme: Fen,
    /// What remains of `net` for the firm.
    pub firm: Fen,
}

/// The sums. `firm + provider + programme = list`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Split {
    pub list: Fen,
    /// What the firm owes the provider: list less discounts.
    pub net: Fen,
    /// Of `net`, what the rule counts.
    pub eligible: Fen,
    pub firm: Fen,
    pub provider: Fen,
    pub programme: Fen,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<BasisPoints>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cap: Option<Fen>,
    /// The cap decides, not the rate.
    pub capped: bool,
}

/// Splits an amount in proportion to weights. Shares add up exactly: what rounding down leaves goes fen by fen to the
/// largest remainders, the first of equals first. A share is at most its weight when the amount is at most their sum.
/// None when every weight is nought and the amount is not.
pub fn largest_remainder(amount: Fen, weights: &[Fen]) -> Option<Vec<Fen>> {
    let total: i128 = weights.iter().map(|weight| i128::from(weight.get())).sum();
    if total == 0 {
        return (amount == Fen::ZERO).then(|| vec![Fen::ZERO; weights.len()]);
    }
    let parts = weights.iter().map(|weight| i128::from(weight.get()) * i128::from(amount.get()));
    let (mut shares, rests): (Vec<i128>, Vec<i128>) = parts.map(|part| (part / total, part % total)).unzip();
    let left = i128::from(amount.get()) - shares.iter().sum::<i128>();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by_key(|at| Reverse(rests[*at]));
    for at in order.into_iter().take(usize::try_from(left).expect("fewer fen are left than there are weights")) {
        shares[at] += 1;
    }
    shares.into_iter().map(|share| Fen::new(i64::try_from(share).ok()?)).collect()
}

/// Splits a contract under these terms; without any, the firm pays all that the provider does not take off. `plans` are
/// the codes of the plans that lines come from, in their order.
///
/// The lines have passed [`ContractLine::check`].
pub fn split(
    lines: Vec<ContractLine>,
    plans: Vec<Option<String>>,
    terms: Option<&Terms>,
) -> Option<(Vec<SplitLine>, Split)> {
    let counts = |line: &ContractLine| terms.is_some_and(|terms| terms.eligible.contains(&line.category));
    let weights: Vec<Fen> = lines.iter().map(|line| if counts(line) { line.net } else { Fen::ZERO }).collect();
    let eligible = Fen::sum(weights.iter().copied())?;
    let by_rate = terms.map_or(Fen::ZERO, |terms| terms.rate.of(eligible));
    let cap = terms.and_then(|terms| terms.cap);
    let programme = cap.map_or(by_rate, |cap| cap.min(by_rate));
    let shares = largest_remainder(programme, &weights)?;
    let list = Fen::sum(lines.iter().map(|line| line.list))?;
    let net = Fen::sum(lines.iter().map(|line| line.net))?;
    let sums = Split {
        list,
        net,
        eligible,
        firm: net.checked_sub(programme)?,
        provider: list.checked_sub(net)?,
        programme,
        rate: terms.map(|terms| terms.rate),
        cap,
        capped: programme < by_rate,
    };
    let lines = lines.into_iter().zip(plans).zip(shares).map(|((line, plan), programme)| {
        let firm = line.net.checked_sub(programme)?;
        Some(SplitLine { eligible: counts(&line), line, plan, programme, firm })
    });
    Some((lines.collect::<Option<_>>()?, sums))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fen(fen: i64) -> Fen {
        Fen::new(fen).unwrap()
    }

    fn line(number: usize, category: Category, list: i64, discount: i64) -> ContractLine {
        ContractLine {
            line: u32::try_from(number).unwrap() + 1,
            category,
            description: "网关".to_owned(),
            quantity: 1,
            list: fen(list),
            discount: fen(discount),
            net: fen(list - discount),
            module: None,
        }
    }

    #[test]
    fn thirds_of_a_yuan_add_up() {
        let third = [fen(1), fen(1), fen(1)];
        assert_eq!(largest_remainder(fen(100), &third), Some(vec![fen(34), fen(33), fen(33)]));
        assert_eq!(largest_remainder(fen(101), &third), Some(vec![fen(34), fen(34), fen(33)]));
        assert_eq!(largest_remainder(fen(0), &[fen(0)]), Some(vec![fen(0)]));
        assert_eq!(largest_remainder(fen(1), &[fen(0), fen(0)]), None);
    }

    /// ¥120,000 of software less ¥20,000, ¥50,000 of gateways, ¥10,000 of furniture; 40 % of what counts, at most ¥300,000:
    /// 0.4 × (100,000 + 50,000) = ¥60,000, split 2 : 1; the firm bears 160,000 − 60,000 = ¥100,000.
    #[test]
    fn a_contract_by_hand() {
        let lines = vec![
            line(0, Category::Software, 12_000_000, 2_000_000),
            line(1, Category::Collection, 5_000_000, 0),
            line(2, Category::Other, 1_000_000, 0),
        ];
        let eligible = BTreeSet::from([Category::Software, Category::Collection]);
        let rate = BasisPoints::percent(40).unwrap();
        let mut terms = Terms { rate, cap: Some(fen(30_000_000)), eligible };
        let (split_lines, sums) = split(lines.clone(), vec![None; 3], Some(&terms)).unwrap();
        assert_eq!((sums.list, sums.net, sums.eligible), (fen(18_000_000), fen(16_000_000), fen(15_000_000)));
        assert_eq!((sums.firm, sums.provider, sums.programme), (fen(10_000_000), fen(2_000_000), fen(6_000_000)));
        let programme: Vec<_> = split_lines.iter().map(|line| line.programme.get()).collect();
        assert_eq!(programme, [4_000_000, 2_000_000, 0]);
        assert!(!sums.capped);
        terms.cap = Some(fen(1));
        let (_, sums) = split(lines.clone(), vec![None; 3], Some(&terms)).unwrap();
        assert_eq!((sums.programme, sums.capped), (fen(1), true));
        let (_, sums) = split(lines, vec![None; 3], None).unwrap();
        assert_eq!((sums.firm, sums.programme, sums.rate), (fen(16_000_000), Fen::ZERO, None));
    }

    fn contracts() -> impl Strategy<Value = Vec<ContractLine>> {
        let one = (0usize..7, 0i64..=1_000_000_000, 0u32..=100);
        proptest::collection::vec(one, 1..40).prop_map(|rows| {
            let row = |(number, (category, list, percent)): (usize, (usize, i64, u32))| {
                line(number, Category::ALL[category], list, list * i64::from(percent) / 100)
            };
            rows.into_iter().enumerate().map(row).collect()
        })
    }

    fn all_terms() -> impl Strategy<Value = Terms> {
        (0u32..=10_000, proptest::option::of(0i64..=3_000_000_000), 0u8..128).prop_map(|(rate, cap, set)| Terms {
            rate: BasisPoints::new(rate).unwrap(),
            cap: cap.map(fen),
            eligible: (0..7).filter(|at| set >> at & 1 == 1).map(|at| Category::ALL[at]).collect(),
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn shares_add_up_and_stay_within_their_weights(
            amount in 0i64..=100_000_000_000_000,
            weights in proptest::collection::vec(0i64..=2_500_000_000_000, 1..40),
        ) {
            let weights: Vec<_> = weights.into_iter().map(fen).collect();
            let total = Fen::sum(weights.iter().copied()).unwrap();
            prop_assume!(total > Fen::ZERO);
            let shares = largest_remainder(fen(amount), &weights).unwrap();
            prop_assert_eq!(Fen::sum(shares.iter().copied()), Some(fen(amount)));
            for (share, weight) in shares.iter().zip(&weights) {
                let exact = i128::from(amount) * i128::from(weight.get());
                let off = (i128::from(share.get()) * i128::from(total.get()) - exact).abs();
                prop_assert!(off < i128::from(total.get()), "never a whole fen off");
                prop_assert!(fen(amount) > total || share <= weight);
            }
        }

        #[test]
        fn the_three_parts_are_the_list_price_and_none_is_below_nought(lines in contracts(), terms in all_terms()) {
            let plans = vec![None; lines.len()];
            let (lines, sums) = split(lines, plans, Some(&terms)).unwrap();
            prop_assert_eq!(Fen::sum([sums.firm, sums.provider, sums.programme]), Some(sums.list));
            prop_assert_eq!(Fen::sum(lines.iter().map(|line| line.programme)), Some(sums.programme));
            prop_assert_eq!(Fen::sum(lines.iter().map(|line| line.firm)), Some(sums.firm));
            prop_assert!(sums.programme <= terms.rate.of(sums.eligible));
            prop_assert!(terms.cap.is_none_or(|cap| sums.programme <= cap));
            for line in &lines {
                prop_assert_eq!(line.firm.checked_add(line.programme), Some(line.line.net));
                prop_assert!(line.eligible || line.programme == Fen::ZERO);
            }
        }

        #[test]
        fn more_rate_or_cap_never_costs_the_firm_more(lines in contracts(), terms in all_terms(), more in 0u32..=10_000) {
            let plans = vec![None; lines.len()];
            let (_, before) = split(lines.clone(), plans.clone(), Some(&terms)).unwrap();
            let rate = BasisPoints::new((terms.rate.get() + more).min(10_000)).unwrap();
            let cap = terms.cap.and_then(|cap| cap.checked_add(fen(i64::from(more))));
            let (_, after) = split(lines, plans, Some(&Terms { rate, cap, ..terms })).unwrap();
            prop_assert!(after.firm <= before.firm && after.programme >= before.programme);
        }
    }
}

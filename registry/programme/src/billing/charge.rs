//! What a month of a module costs: pure. A day belongs to one plan, the last that was in force on it, so nobody pays twice
//! for a day on which they changed plans. Each plan is rounded once, half to even, to whole fen.

use crate::calendar::{Month, bounds};
use crate::money::Fen;
use std::collections::BTreeMap;
use toolcrib_catalog::PlanKind;
use toolcrib_contract::types::{Date, Instant, divide_half_even};

/// A plan that a tenant chose for a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Its number; later choices have higher ones.
    pub number: i64,
    pub module: String,
    /// Id of the plan.
    pub plan: String,
    pub kind: PlanKind,
    /// Ten-thousandths of a yuan.
    pub price_e4: i64,
    /// The most that a month may cost.
    pub cap: Fen,
    pub since: Instant,
    pub ended: Option<Instant>,
}

impl Choice {
    fn is_in_force_on(&self, day: Date) -> bool {
        let (start, end) = bounds(day);
        self.since < end && self.ended.is_none_or(|ended| ended > start)
    }
}

/// What a choice costs in a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owed {
    /// Days of a monthly plan, invocations of a plan per use.
    pub quantity: i64,
    pub amount: Fen,
}

/// What each choice of one module costs in a month, by its number. `calls` are invocations by day.
pub fn owed(choices: &[Choice], calls: &BTreeMap<Date, i64>, month: Month) -> BTreeMap<i64, Owed> {
    let mut of_days: BTreeMap<i64, Vec<Date>> = BTreeMap::new();
    for day in month.days() {
        let choice = choices.iter().filter(|choice| choice.is_in_force_on(day)).max_by_key(|choice| choice.number);
        if let Some(choice) = choice {
            of_days.entry(choice.number).or_default().push(day);
        }
    }
    let all = i128::try_from(month.days().count()).expect("a month is short");
    let cost = |choice: &Choice, days: &[Date]| {
        let price = i128::from(choice.price_e4);
        let (quantity, exact) = match choice.kind {
            PlanKind::Free | PlanKind::Trial => return None,
            PlanKind::Monthly => {
                let days = i64::try_from(days.len()).expect("a month is short");
                (days, divide_half_even(price * i128::from(days), 100 * all))
            }
            PlanKind::PerUse => {
                let used =
                    days.iter().filter_map(|day| calls.get(day)).fold(0i64, |sum, calls| sum.saturating_add(*calls));
                (used, divide_half_even(price * i128::from(used), 100))
            }
        };
        let amount = exact.and_then(|fen| i64::try_from(fen).ok()).and_then(Fen::new).unwrap_or(Fen::MAX);
        // Nobody pays more than they approved.
        Some(Owed { quantity, amount: amount.min(choice.cap) })
    };
    let of = |choice: &Choice| Some((choice.number, cost(choice, of_days.get(&choice.number)?)?));
    choices.iter().filter_map(of).filter(|(_, owed)| owed.amount > Fen::ZERO).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }

    fn month(text: &str) -> Month {
        Month::parse(text).unwrap()
    }

    fn choice(number: i64, kind: PlanKind, price_e4: i64, since: &str, ended: Option<&str>) -> Choice {
        Choice {
            number,
            module: "oee".to_owned(),
            plan: number.to_string(),
            kind,
            price_e4,
            cap: Fen::new(1_000_000_000).unwrap(),
            since: at(since),
            ended: ended.map(at),
        }
    }

    fn amounts(choices: &[Choice], calls: &[(&str, i64)], month_text: &str) -> Vec<(i64, i64, i64)> {
        let calls = calls.iter().map(|(day, calls)| (day.parse().unwrap(), *calls)).collect();
        let owed = owed(choices, &calls, month(month_text));
        owed.into_iter().map(|(number, owed)| (number, owed.quantity, owed.amount.get())).collect()
    }

    #[test]
    fn a_month_is_a_month_and_a_part_of_it_its_days() {
        // ¥99 a month.
        let whole = choice(1, PlanKind::Monthly, 990_000, "2026-01-05T08:00:00Z", None);
        assert_eq!(amounts(&[whole.clone()], &[], "2026-11"), [(1, 30, 9_900)]);
        // 27 of 31 days: 9,900 × 27 ÷ 31 = 8,622.58.
        assert_eq!(amounts(&[whole.clone()], &[], "2026-01"), [(1, 27, 8_623)]);
        assert_eq!(amounts(&[whole.clone()], &[], "2025-12"), []);
        // The leap month has 29 days: one of them costs 9,900 ÷ 29 = 341.38.
        let leap = choice(1, PlanKind::Monthly, 990_000, "2028-02-29T23:59:59Z", None);
        assert_eq!(amounts(&[leap], &[], "2028-02"), [(1, 1, 341)]);
        assert_eq!(amounts(&[whole], &[], "2028-02"), [(1, 29, 9_900)]);
    }

    #[test]
    fn a_day_on_which_plans_changed_is_paid_once_and_trials_cost_nothing() {
        let trial = choice(1, PlanKind::Trial, 0, "2026-11-01T00:00:00Z", Some("2026-11-11T12:00:00Z"));
        let first = choice(2, PlanKind::Monthly, 300_000, "2026-11-11T12:00:00Z", Some("2026-11-21T12:00:00Z"));
        let second = choice(3, PlanKind::Monthly, 600_000, "2026-11-21T12:00:00Z", None);
        // 11 to 20 November of ¥30, 21 to 30 of ¥60: a third of each.
        assert_eq!(amounts(&[trial, first, second], &[], "2026-11"), [(2, 10, 1_000), (3, 10, 2_000)]);
    }

    #[test]
    fn uses_cost_what_they_are_and_never_more_than_was_approved() {
        // ¥0.0125 per use.
        let mut plan = choice(1, PlanKind::PerUse, 125, "2026-11-02T10:00:00Z", None);
        let calls = [("2026-11-01", 1_000), ("2026-11-02", 10), ("2026-11-30", 30), ("2026-12-01", 9)];
        // 40 uses: 50 fen; the first day was before the plan.
        assert_eq!(amounts(&[plan.clone()], &calls, "2026-11"), [(1, 40, 50)]);
        plan.cap = Fen::new(49).unwrap();
        assert_eq!(amounts(&[plan.clone()], &calls, "2026-11"), [(1, 40, 49)]);
        plan.price_e4 = i64::MAX;
        assert_eq!(amounts(&[plan], &[("2026-11-03", i64::MAX)], "2026-11"), [(1, i64::MAX, 49)]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(500))]

        #[test]
        fn more_use_never_costs_less_and_days_never_overlap(
            changes in proptest::collection::vec((0i64..45, 0u8..4, 0i64..2_000_000), 1..6),
            calls in proptest::collection::vec(0i64..10_000, 30),
            more in proptest::collection::vec(0i64..10_000, 30),
        ) {
            let first = Month::parse("2026-11").unwrap().bounds().0;
            let mut days: Vec<i64> = changes.iter().map(|change| change.0).collect();
            days.sort_unstable();
            let start = |at: usize| Instant(first.0 + days[at] * 86_400_000_000 + 43_200_000_000);
            let choices: Vec<Choice> = changes.iter().enumerate().map(|(at, (_, kind, price))| {
                let kind = [PlanKind::Free, PlanKind::Trial, PlanKind::Monthly, PlanKind::PerUse][usize::from(*kind)];
                let ended = (at + 1 < days.len()).then(|| start(at + 1));
                Choice { since: start(at), ended, ..choice(at as i64 + 1, kind, *price, "2026-11-01T00:00:00Z", None) }
            }).collect();
            let month = Month::parse("2026-11").unwrap();
            let by_day = |calls: &[i64]| month.days().zip(calls.iter().copied()).collect::<BTreeMap<_, _>>();
            let before = owed(&choices, &by_day(&calls), month);
            let sum: Vec<i64> = calls.iter().zip(&more).map(|(calls, more)| calls + more).collect();
            let after = owed(&choices, &by_day(&sum), month);
            for (number, owed) in &before {
                prop_assert!(after[number].amount >= owed.amount, "late usage only adds");
            }
            let monthly = choices.iter().filter(|choice| choice.kind == PlanKind::Monthly);
            let days: i64 = monthly.filter_map(|choice| before.get(&choice.number)).map(|owed| owed.quantity).sum();
            prop_assert!(days <= 30);
        }
    }
}

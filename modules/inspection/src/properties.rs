//! Random series of lots: verdicts and switches as another reading of MIL-STD-105E 4.7 and 4.8 gives them.

use crate::aql::{self, Level, Limit, Severity, draw, limit_number};
use crate::plans::{Class, resume_plan, schemes, set_plan, set_switching};
use crate::switching::Rules;
use crate::tests::{alone, decided, defective, opened, plan, text};
use proptest::collection::vec;
use proptest::prelude::*;
use toolcrib_sdk::prelude::*;

/// One lot: its size, how bad its sample turns out (in eighths of the rejection number), whether it was there before.
#[derive(Clone, Debug)]
struct Series {
    lot_size: i64,
    bad: i64,
    resubmitted: bool,
}

fn lot() -> impl Strategy<Value = Series> {
    let bad = prop_oneof![12 => Just(0i64), 4 => 1..8i64, 3 => 8..12i64];
    (2..4_000i64, bad, prop::bool::weighted(0.06)).prop_map(|(lot_size, bad, resubmitted)| Series {
        lot_size,
        bad,
        resubmitted,
    })
}

/// A lot as it went by: what it was inspected with, what was seen, and the severity it was inspected at.
#[derive(Clone, Copy, Debug)]
struct Seen {
    sample: i64,
    defects: i64,
    accept: i64,
    reject: i64,
}

/// The severity after all lots at one severity, the latest last; none when acceptance stops.
fn told(severity: Severity, lots: &[Seen], column: usize) -> Option<Severity> {
    let rejected = |lots: &[Seen]| lots.iter().filter(|lot| lot.defects >= lot.reject).count();
    let last = |count: usize| &lots[lots.len().saturating_sub(count)..];
    match severity {
        Severity::Normal => {
            if (2..=5).any(|of| lots.len() >= of && rejected(last(of)) == 2) {
                return Some(Severity::Tightened);
            }
            let enough = (10..=lots.len()).find(|count| {
                let units = last(*count).iter().map(|lot| lot.sample).sum();
                limit_number(units, column) != Limit::MoreLots
            });
            let earned = enough.is_some_and(|count| {
                let (units, defects) =
                    last(count).iter().fold((0, 0), |sum, lot| (sum.0 + lot.sample, sum.1 + lot.defects));
                rejected(last(count)) == 0
                    && matches!(limit_number(units, column), Limit::AtMost(most) if defects <= most)
            });
            Some(if earned { Severity::Reduced } else { Severity::Normal })
        }
        Severity::Tightened if rejected(lots) == 5 => None,
        Severity::Tightened if lots.len() >= 5 && rejected(last(5)) == 0 => Some(Severity::Normal),
        Severity::Tightened => Some(Severity::Tightened),
        Severity::Reduced if lots.last().is_some_and(|lot| lot.defects > lot.accept) => Some(Severity::Normal),
        Severity::Reduced => Some(Severity::Reduced),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// 64 series of at least 60 lots, each opened, recorded and decided.
    #[test]
    fn verdicts_and_switches_follow_the_standard(
        column in 9..15usize,
        lots in vec(lot(), 60..90),
    ) {
        let mut shop = alone();
        let major_aql = Some(Decimal(aql::AQLS[column]));
        shop.run(set_plan { major_aql, ..plan("P1", "1.0") }).unwrap();
        let (steady, reduced) = (true, true);
        shop.run(set_switching { plan: text("P1"), rules: Rules::MilStd105e, steady, reduced }).unwrap();
        let (mut severity, mut seen) = (Severity::Normal, Vec::new());
        for Series { lot_size, bad, resubmitted } in lots {
            let drawn = draw(lot_size, Level::Ii, column, severity).unwrap();
            let defects = (drawn.reject * bad / 8).min(drawn.sample);
            let open = opened("shaft", &lot_size.to_string(), None);
            let code = shop.run(crate::inspections::open_inspection { resubmitted: Some(resubmitted), ..open }).unwrap();
            if defects > 0 {
                shop.run(defective(&code, defects)).unwrap();
            }
            prop_assert_eq!(shop.run(decided(&code, drawn.sample)), Ok(defects < drawn.reject));
            let scheme = shop.run(schemes { plan: text("P1") }).unwrap().rows.remove(0).value;
            if resubmitted {
                prop_assert_eq!(scheme.severity, severity);
                continue;
            }
            seen.push(Seen { sample: drawn.sample, defects, accept: drawn.accept, reject: drawn.reject });
            match told(severity, &seen, column) {
                None => {
                    prop_assert!(scheme.stopped);
                    shop.run(resume_plan { plan: text("P1"), class: Class::Major, action: text("改善") }).unwrap();
                    (severity, seen) = (Severity::Tightened, Vec::new());
                }
                Some(next) => {
                    prop_assert_eq!((scheme.severity, scheme.stopped), (next, false));
                    if next != severity {
                        (severity, seen) = (next, Vec::new());
                    }
                }
            }
        }
    }
}

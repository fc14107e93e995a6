//! Random histories: the order and repetition of reports change nothing, and freezing loses nothing.

use super::{date, module, rate, sheet, tell, text};
use crate::ledger::LineKind;
use crate::months::freeze_month;
use crate::rates::{RateRow, import_rates};
use crate::settings::{SettingRow, import_settings};
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use toolcrib_sdk::testing::Module;

const PEOPLE: [&str; 3] = ["W1", "W2", "W3"];

/// A report: day of January or February, operation, good and scrap and minutes of each; and which earlier one it
/// corrects, if any.
#[derive(Clone, Debug)]
struct Told {
    day: i64,
    hour: i64,
    operation: usize,
    crew: Vec<(i64, i64, i64)>,
    corrects: Option<prop::sample::Index>,
}

fn told() -> impl Strategy<Value = Told> {
    let crew = prop::collection::vec((-20i64..400, 0i64..5, 0i64..400), 1..=3);
    let corrects = prop::option::weighted(0.4, any::<prop::sample::Index>());
    (1i64..56, 8i64..20, 0usize..3, crew, corrects).prop_map(|(day, hour, operation, crew, corrects)| Told {
        day,
        hour,
        operation,
        crew,
        corrects,
    })
}

/// The events that a history makes, in order.
fn events(history: &[Told]) -> Vec<Json> {
    let event = |(at, told): (usize, &Told)| {
        let corrects = told.corrects.filter(|_| at > 0).map(|index| format!("R{}", index.index(at)));
        let operation = ["press", "weld", "paint"][told.operation];
        let (month, day) = if told.day > 31 { (2, told.day - 31) } else { (1, told.day) };
        // A correction takes back as often as it adds.
        let sign = if corrects.is_some() && at % 2 == 0 { -1 } else { 1 };
        let share = |(person, (good, scrap, minutes)): (usize, &(i64, i64, i64))| json!({"person": PEOPLE[person], "good": (sign * good).to_string(), "scrap": (sign * scrap).to_string(), "seconds": sign * minutes * 60});
        json!({
            "report": format!("R{at}"), "corrects": corrects, "card": "WO-1/10", "material": "P-1", "unit": "pcs",
            "operation": operation,
            "crew": told.crew.iter().enumerate().map(share).collect::<Vec<_>>(),
            "ended_at": format!("2026-{month:02}-{day:02}T{:02}:00:00+08:00", told.hour),
        })
    };
    history.iter().enumerate().map(event).collect()
}

/// Wages with rates that do not come out even, a quota of pieces, pay for scrap, and a minimum.
fn wages() -> Module {
    let mut wages = module();
    wages.without("plant");
    let rows = vec![
        rate("press", "0.3333"),
        RateRow { per: Some(7), ..rate("weld", "1.01") },
        RateRow { quota: Some("130".parse().unwrap()), ..rate("paint", "0.0777") },
    ];
    wages.run(import_rates { rows }).unwrap();
    let row = SettingRow {
        valid_from: date("2026-01-01"),
        scrap_percent: Some(33),
        quota_minutes: None,
        workday_percent: None,
        rest_percent: None,
        holiday_percent: None,
        minimum: Some("90".parse().unwrap()),
    };
    wages.run(import_settings { rows: vec![row] }).unwrap();
    wages
}

/// All months of everybody, as they go out.
fn sheets(wages: &mut Module) -> Vec<String> {
    let months = ["2026-01", "2026-02", "2026-03", "2026-04"];
    months.iter().flat_map(|month| sheet(wages, month)).map(|row| format!("{row:?}")).collect()
}

/// What each person got in all months together, by kind of line, in fen.
fn totals(wages: &mut Module) -> BTreeMap<(String, String), i64> {
    let mut totals = BTreeMap::new();
    for row in ["2026-01", "2026-02", "2026-03", "2026-04"].iter().flat_map(|month| sheet(wages, month)) {
        for (kind, amount) in [
            (LineKind::Piece, row.sums.piece),
            (LineKind::Overtime, row.sums.overtime),
            (LineKind::TopUp, row.sums.top_up),
        ] {
            *totals.entry((row.person.to_string(), format!("{kind:?}"))).or_default() += amount.0;
        }
        *totals.entry((row.person.to_string(), "all".to_owned())).or_default() += row.total.0;
    }
    // Who has nothing may have no month at all.
    totals.retain(|_, amount| *amount != 0);
    totals
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_order_and_repetition_of_reports_gives_the_same_sheet(
        history in prop::collection::vec(told(), 1..25),
        order in prop::collection::vec(any::<prop::sample::Index>(), 0..60),
    ) {
        let events = events(&history);
        let (mut straight, mut shuffled) = (wages(), wages());
        events.iter().for_each(|event| tell(&mut straight, event));
        // Some in any order, some of them twice, then all of them backwards.
        order.iter().for_each(|at| tell(&mut shuffled, &events[at.index(events.len())]));
        events.iter().rev().for_each(|event| tell(&mut shuffled, event));

        prop_assert_eq!(sheets(&mut straight), sheets(&mut shuffled));
    }

    #[test]
    fn frozen_months_and_late_corrections_sum_to_what_a_fresh_count_gives(
        history in prop::collection::vec(told(), 2..25),
        first in any::<prop::sample::Index>(),
        second in any::<prop::sample::Index>(),
    ) {
        let events = events(&history);
        let (mut frozen, mut fresh) = (wages(), wages());
        let mut cuts = [first.index(events.len()), second.index(events.len())];
        cuts.sort_unstable();
        let freeze = |wages: &mut Module, month: &str| {
            wages.run(freeze_month { month: text(month), leave_unpriced: None }).unwrap();
        };
        for (at, event) in events.iter().enumerate() {
            if at == cuts[0] {
                frozen.at("2026-02-02T08:00:00+08:00");
                freeze(&mut frozen, "2026-01");
            }
            if at == cuts[1] {
                frozen.at("2026-03-02T08:00:00+08:00");
                freeze(&mut frozen, "2026-02");
            }
            let before = (at > cuts[0]).then(|| sheet(&mut frozen, "2026-01"));
            tell(&mut frozen, event);
            tell(&mut fresh, event);
            if let Some(before) = before {
                prop_assert_eq!(sheet(&mut frozen, "2026-01"), before, "a frozen month never changes");
            }
        }
        prop_assert_eq!(totals(&mut frozen), totals(&mut fresh));
    }
}

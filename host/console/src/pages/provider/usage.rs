//! `GET /provider/usage?module=&days=`: how a provider's modules are used, by day and version. Who uses them is not told.

use super::home::own;
use crate::failure::Failure;
use crate::routes::App;
use crate::visitor::Visitor;
use axum::extract::{Query, State};
use maud::{Markup, html};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use toolcrib_contract::types::Instant;
use toolcrib_registry_client::wire::{ModulePage, UsageRow};
use toolcrib_ui::part::desk;
use toolcrib_ui::part::{self, Press};
use toolcrib_ui::shell::Shell;

const DAY_US: i64 = 86_400_000_000;
/// Periods to choose from, in days.
const PERIODS: [u16; 3] = [7, 30, 90];

/// What was counted over some days.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    pub calls: u64,
    pub faults: u64,
    pub rows_written: u64,
    pub cpu_us: u64,
    /// Of the last day, roughly.
    pub tenants: String,
}

impl Sums {
    /// Of rows in the order of their days.
    pub fn of(rows: &[UsageRow]) -> Self {
        let tenants = rows.iter().max_by(|a, b| a.day.cmp(&b.day)).map(|row| row.tenants.clone());
        let sum = |of: fn(&UsageRow) -> u64| rows.iter().map(of).fold(0, u64::saturating_add);
        Self {
            calls: sum(|row| row.calls),
            faults: sum(|row| row.faults),
            rows_written: sum(|row| row.rows_written),
            cpu_us: sum(|row| row.cpu_us),
            tenants: tenants.unwrap_or_else(|| "0".to_owned()),
        }
    }

    /// Both together; of how many tenants is not known then.
    pub fn and(self, other: &Self) -> Self {
        Self {
            calls: self.calls.saturating_add(other.calls),
            faults: self.faults.saturating_add(other.faults),
            rows_written: self.rows_written.saturating_add(other.rows_written),
            cpu_us: self.cpu_us.saturating_add(other.cpu_us),
            tenants: String::new(),
        }
    }

    /// Calls that failed, in percent with two digits, rounded to the nearest.
    pub fn rate(&self) -> String {
        if self.calls == 0 {
            return "–".to_owned();
        }
        let basis_points = (u128::from(self.faults) * 20_000 + u128::from(self.calls)) / (2 * u128::from(self.calls));
        format!("{}.{:02} %", basis_points / 100, basis_points % 100)
    }
}

/// The last 30 days, today included.
pub fn month(now: Instant) -> (String, String) {
    days(now, 30)
}

fn days(now: Instant, count: u16) -> (String, String) {
    let day = |instant: Instant| instant.to_string().chars().take(10).collect::<String>();
    (day(now.plus_us(-DAY_US * (i64::from(count) - 1))), day(now))
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    module: String,
    days: u16,
}

pub async fn show(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Markup, Failure> {
    let (modules, _) = own(&visitor).await?;
    let chosen = modules.iter().find(|module| module.name == asked.module).or(modules.first());
    let count = if PERIODS.contains(&asked.days) { asked.days } else { PERIODS[1] };
    let rows = match chosen {
        Some(module) => {
            let (from, until) = days(app.console.clock.now(), count);
            visitor.registry.module_usage(&module.name, &from, &until).await?
        }
        None => Vec::new(),
    };
    Ok(page(&visitor.shell, &modules, chosen.map_or("", |module| &module.name), count, &rows))
}

pub fn page(shell: &Shell, modules: &[ModulePage], chosen: &str, count: u16, rows: &[UsageRow]) -> Markup {
    let tr = shell.tr;
    let named = |module: &ModulePage| (module.name.clone(), format!("{} ({})", tr.words(&module.title), module.name));
    let periods = PERIODS.map(|days| (days.to_string(), tr.with("vendor-days", &[("count", &days.to_string())])));
    let (module, days, count) = (tr.t("module"), tr.t("vendor-period"), count.to_string());
    let fields = html! {
        (part::Field { name: "module", label: &module, ..part::Field::default() }.select(&modules.iter().map(named).collect::<Vec<_>>(), chosen))
        (part::Field { name: "days", label: &days, ..part::Field::default() }.select(&periods, &count))
        (part::button(&tr.t("ask"), Press::Plain))
    };
    let body = html! {
        @if modules.is_empty() { (part::empty(&tr.t("provider-no-modules"))) }
        @else { (desk::ask("/provider/usage", fields)) (self::rows(shell, rows)) }
    };
    shell.page(&tr.t("vendor-usage"), body)
}

fn rows(shell: &Shell, rows: &[UsageRow]) -> Markup {
    let tr = shell.tr;
    let sums = Sums::of(rows);
    let figure = |label: &str, figure: String| (tr.t(label), figure, String::new(), String::new());
    let heads =
        ["vendor-day", "version", "vendor-tenants", "vendor-calls", "vendor-failed", "vendor-rows", "vendor-cpu"];
    let heads = heads.map(|key| tr.t(key));
    let mut by_version = BTreeMap::<&str, Vec<UsageRow>>::new();
    for row in rows {
        by_version.entry(&row.version).or_default().push(row.clone());
    }
    let versions = by_version.iter().map(|(version, rows)| (version.to_string(), html! { (Sums::of(rows).rate()) }));
    let row = |row: &UsageRow| {
        vec![
            html! { (row.day) },
            html! { (row.version) },
            part::amount(&row.tenants),
            part::amount(row.calls),
            part::amount(row.faults),
            part::amount(row.rows_written),
            part::amount(format!("{} ms", row.cpu_us / 1_000)),
        ]
    };
    html! {
        @if rows.is_empty() { (part::empty(&tr.t("vendor-usage-none"))) } @else {
            (desk::figures(&[
                figure("vendor-calls", sums.calls.to_string()),
                figure("vendor-faults", sums.rate()),
                figure("vendor-tenants", sums.tenants.clone()),
                figure("vendor-rows", sums.rows_written.to_string()),
            ]))
            @if by_version.len() > 1 { (desk::block(&tr.t("vendor-faults-by-version"), part::facts(&versions.collect::<Vec<_>>()))) }
            (part::table(&tr.t("vendor-usage-days"), &heads, &rows.iter().rev().map(row).collect::<Vec<_>>()))
        }
        (part::dim(&tr.t("vendor-usage-help")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failed_calls_are_told_in_percent_and_nothing_is_divided_by_nothing() {
        let sums = |calls, faults| Sums { calls, faults, ..Sums::default() };
        assert_eq!(sums(0, 0).rate(), "–");
        assert_eq!(sums(3, 1).rate(), "33.33 %");
        assert_eq!(sums(20_000, 1).rate(), "0.01 %");
        assert_eq!(sums(u64::MAX, u64::MAX).rate(), "100.00 %");
    }

    #[test]
    fn a_month_ends_today_and_both_days_count() {
        let now: Instant = "2026-03-02T00:30:00Z".parse().unwrap();
        assert_eq!(month(now), ("2026-02-01".to_owned(), "2026-03-02".to_owned()));
    }
}

//! `GET /t/{tenant}/modules/{module}/usage?days=…`: what its calls used, by day and by operation.

use super::base;
use super::module::{Module, frame, load};
use crate::failure::Failure;
use crate::routes::App;
use crate::visitor::Member;
use axum::extract::{Path, Query, State};
use maud::{Markup, html};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use toolcrib_contract::types::{Date, Instant};
use toolcrib_runtime::UsageSum;
use toolcrib_ui::part;
use toolcrib_ui::shell::Shell;
use toolcrib_ui::zone::Zone;

const DAY_US: i64 = 86_400_000_000;
/// What can be asked for.
const DAYS: [i64; 3] = [7, 30, 90];

#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    days: i64,
}

/// What was used.
pub struct Used {
    pub days: i64,
    /// The newest day first.
    pub by_day: Vec<(Date, UsageSum)>,
    pub by_operation: Vec<UsageSum>,
    /// Bytes of all the tenant's files, and readings of all its machines.
    pub bytes: u64,
    pub readings: u64,
}

pub async fn show(
    State(app): State<Arc<App>>,
    member: Member,
    Path((_, module)): Path<(String, String)>,
    Query(Asked { days }): Query<Asked>,
) -> Result<Markup, Failure> {
    let module = load(&member, &module).await?;
    let days = if DAYS.contains(&days) { days } else { DAYS[0] };
    let (runtime, zone, name) = (&app.console.runtime, &member.shell().zone, module.name.clone());
    let until = app.console.clock.now();
    // Whole days of the plant's clock.
    let from = zone.first_moment(Date(zone.day(until).0 - days + 1));
    let until = until.plus_us(DAY_US);
    let sums = runtime.look(member.id, move |reader| {
        Ok((reader.usage_by_hour(&name, from, until)?, reader.usage_by_operation(&name, from, until)?))
    });
    let (hours, by_operation) = sums.await?;
    let readings =
        super::sources::all_signals(&app.console.runtime, member.id).await?.iter().map(|signal| signal.count).sum();
    let used =
        Used { days, by_day: by_day(zone, hours), by_operation, bytes: runtime.bytes_of(member.id).await?, readings };
    Ok(page(member.shell(), &module, &used))
}

/// Hours as days of the plant's clock, the newest first.
fn by_day(zone: &Zone, hours: Vec<UsageSum>) -> Vec<(Date, UsageSum)> {
    let mut days: BTreeMap<i64, UsageSum> = BTreeMap::new();
    for hour in hours {
        let none = UsageSum {
            hour: Instant::MIN,
            operation: String::new(),
            calls: 0,
            faults: 0,
            rows_written: 0,
            events: 0,
            cpu_us: 0,
        };
        let day = days.entry(zone.day(hour.hour).0).or_insert(none);
        day.calls += hour.calls;
        day.faults += hour.faults;
        day.rows_written += hour.rows_written;
        day.events += hour.events;
        day.cpu_us += hour.cpu_us;
    }
    days.into_iter().rev().map(|(day, sum)| (Date(day), sum)).collect()
}

pub fn page(shell: &Shell, module: &Module, used: &Used) -> Markup {
    let (tr, names) = (shell.tr, shell.names(&module.name));
    let at = format!("{}/modules/{}/usage", base(shell), module.name);
    let numbers = |first: Markup, sum: &UsageSum| {
        let figures = [sum.calls, sum.faults, sum.rows_written, sum.events, sum.cpu_us / 1_000];
        std::iter::once(first).chain(figures.map(part::amount)).collect::<Vec<_>>()
    };
    let heads = |first: &str| {
        let keys = [first, "admin-calls", "admin-faults", "admin-rows", "admin-events", "admin-cpu-ms"];
        keys.map(|key| tr.t(key))
    };
    let days =
        DAYS.map(|days| (format!("{at}?days={days}"), tr.with("admin-last-days", &[("count", &days.to_string())])));
    let daily: Vec<_> = used.by_day.iter().map(|(day, sum)| numbers(html! { (day) }, sum)).collect();
    let operations: Vec<_> =
        used.by_operation.iter().map(|sum| numbers(html! { (names.operation(&sum.operation)) }, sum)).collect();
    let body = html! {
        (part::tabs(&tr.t("admin-period"), &super::tabs(&days, &format!("{at}?days={}", used.days))))
        @if daily.is_empty() { (part::empty(&tr.t("admin-usage-none"))) }
        @else {
            (part::table(&tr.t("admin-by-day"), &heads("admin-day"), &daily))
            (part::table(&tr.t("admin-by-operation"), &heads("admin-operation"), &operations))
        }
        (part::dim(&tr.t("admin-usage-help")))
        (part::facts(&[
            (tr.t("admin-bytes"), html! { (part::size(used.bytes)) }),
            (tr.t("admin-readings"), html! { (used.readings) }),
        ]))
    };
    frame(shell, module, "usage", None, body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_belong_to_the_days_of_the_plants_clock() {
        let zone = Zone::named("Asia/Shanghai");
        let hour = |text: &str| UsageSum {
            hour: text.parse().unwrap(),
            operation: String::new(),
            calls: 1,
            faults: 0,
            rows_written: 2,
            events: 0,
            cpu_us: 3,
        };
        let days = by_day(
            &zone,
            vec![hour("2026-11-23T15:00:00Z"), hour("2026-11-23T16:00:00Z"), hour("2026-11-23T17:00:00Z")],
        );
        let told: Vec<_> = days.iter().map(|(day, sum)| (day.to_string(), sum.calls, sum.rows_written)).collect();
        assert_eq!(told, [("2026-11-24".to_owned(), 2, 4), ("2026-11-23".to_owned(), 1, 2)]);
    }
}

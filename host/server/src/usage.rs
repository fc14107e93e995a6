//! Tells the registry how much each module was used: totals of today and yesterday, again and again, so that nothing is
//! lost when the registry or this host was away for a while, and nothing is counted twice.

use std::collections::BTreeMap;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use toolcrib_contract::types::{Date, Instant, RawId};
use toolcrib_registry_client::Client;
use toolcrib_registry_client::wire::{UsageLine, UsageReport};
use toolcrib_runtime::Runtime;
use toolcrib_store::UsageRow;

/// The first report comes soon after the start, each later one after twice the time.
const FIRST: Duration = Duration::from_secs(10);
/// The longest time between two reports.
const EVERY: Duration = Duration::from_secs(900);
const DAY_US: i64 = 86_400_000_000;

/// Reports until `stopping`. `client` has the host's token.
pub async fn report(runtime: Runtime, client: Client, stopping: CancellationToken) {
    let work = async {
        let mut pause = FIRST;
        loop {
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(EVERY);
            let lines = lines(&runtime).await;
            for lines in lines.chunks(UsageReport::LINES) {
                match client.report_usage(&UsageReport { lines: lines.to_vec() }).await {
                    Ok(taken) if taken.refused.is_empty() => {}
                    Ok(taken) => {
                        let why = taken.refused[0].why.as_str();
                        tracing::debug!(
                            refused = taken.refused.len(),
                            why,
                            "The registry did not take all usage lines"
                        );
                    }
                    // Said again next time.
                    Err(error) => tracing::debug!(%error, "Usage could not be reported"),
                }
            }
        }
    };
    tokio::select! {
        () = work => {}
        () = stopping.cancelled() => {}
    }
}

/// Lines of all tenants that can have any.
async fn lines(runtime: &Runtime) -> Vec<UsageLine> {
    let now = runtime.now();
    let from = Instant((now.0.div_euclid(DAY_US) - 1) * DAY_US);
    let mut lines = Vec::new();
    for tenant in runtime.tenant_ids() {
        let runs = runtime.tenant(&tenant.to_string()).is_ok_and(|view| view.active && !view.modules.is_empty());
        if !runs {
            continue;
        }
        match runtime.with_writer(tenant, move |writer| writer.usage_between(from, now)).await {
            Ok(rows) => lines.extend(by_day(tenant, &rows)),
            Err(problem) => tracing::debug!(tenant = %tenant, %problem, "A tenant's usage cannot be read now"),
        }
    }
    lines
}

/// Hours and operations summed up to days and modules.
fn by_day(tenant: RawId, rows: &[UsageRow]) -> Vec<UsageLine> {
    let mut days: BTreeMap<(i64, &str), UsageLine> = BTreeMap::new();
    for row in rows {
        let day = row.hour.0.div_euclid(DAY_US);
        let line = days.entry((day, &row.module)).or_insert_with(|| UsageLine {
            tenant: tenant.to_string(),
            module: row.module.clone(),
            day: Date(day).to_string(),
            calls: 0,
            faults: 0,
            rows_written: 0,
            cpu_us: 0,
        });
        line.calls += row.calls;
        line.faults += row.faults;
        line.rows_written += row.rows_written;
        line.cpu_us += row.cpu_us;
    }
    days.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_and_operations_are_summed_up_to_days_and_modules() {
        let row = |hour: i64, module: &str, operation: &str, calls| UsageRow {
            hour: Instant(1_795_478_400_000_000 + hour * 3_600_000_000),
            module: module.into(),
            operation: operation.into(),
            calls,
            faults: 1,
            rows_written: 2,
            events: 0,
            cpu_us: 10,
        };
        let rows = [row(23, "oee", "a", 5), row(23, "oee", "b", 6), row(23, "plant", "a", 7), row(24, "oee", "a", 8)];
        let lines = by_day(RawId([7; 16]), &rows);
        let figures: Vec<_> = lines
            .iter()
            .map(|line| (line.day.as_str(), line.module.as_str(), line.calls, line.faults, line.cpu_us))
            .collect();
        assert_eq!(
            figures,
            [("2026-11-24", "oee", 11, 2, 20), ("2026-11-24", "plant", 7, 1, 10), ("2026-11-25", "oee", 8, 1, 10)]
        );
    }
}

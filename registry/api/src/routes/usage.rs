//! How modules are used: what hosts report, and what of it a provider sees.

use super::publish::may_publish;
use crate::body::JsonBody;
use crate::caller::{Acting, Host, Reading};
use crate::failed::Failed;
use crate::params::{At, Params};
use crate::registry::Registry;
use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use toolcrib_registry_client::wire::{UsageRefused, UsageReport, UsageRow, UsageTaken};
use utoipa::IntoParams;

const _: () = assert!(UsageReport::LINES == toolcrib_catalog::USAGE_LINES, "what hosts send is what is taken");

/// Takes a host's totals of whole days. The same host, tenant, module and day is the same line: figures only rise, and
/// nothing is counted twice.
#[utoipa::path(post, path = "/v1/hosts/usage", tag = "hosts", request_body = UsageReport,
    responses((status = 200, body = UsageTaken)), security(("host" = [])))]
pub async fn report_usage(
    State(registry): State<Registry>,
    Host(host): Host,
    JsonBody(report): JsonBody<UsageReport>,
) -> Result<Json<UsageTaken>, Failed> {
    let line = |line: toolcrib_registry_client::wire::UsageLine| toolcrib_catalog::UsageLine {
        tenant: line.tenant,
        module: line.module,
        day: line.day,
        calls: line.calls,
        faults: line.faults,
        rows_written: line.rows_written,
        cpu_us: line.cpu_us,
    };
    let lines: Vec<_> = report.lines.into_iter().map(line).collect();
    let refused = registry.catalog().report_usage(&host, &lines, registry.now()).await?;
    let taken = (lines.len() - refused.len()) as u64;
    let refused = refused.into_iter().map(|(line, why)| UsageRefused { line: line as u64, why });
    Ok(Json(UsageTaken { taken, refused: refused.collect() }))
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Period {
    /// The first day, `YYYY-MM-DD` (UTC).
    from: String,
    /// The last day; at most 366 days.
    until: String,
}

/// How a module was used, by day and version, over all tenants: for the people of its provider. Who uses it is not told,
/// how many only roughly.
#[utoipa::path(get, path = "/v1/modules/{module}/usage", tag = "shelf",
    params(("module" = String, Path, description = "Name"), Period),
    responses((status = 200, body = Vec<UsageRow>)), security(("person" = []), ("token" = ["read"])))]
pub async fn module_usage(
    State(registry): State<Registry>,
    asker: Acting<Reading>,
    At(module): At<String>,
    Params(period): Params<Period>,
) -> Result<Json<Vec<UsageRow>>, Failed> {
    may_publish(&registry, &asker, &module).await?;
    let rows = registry.catalog().module_usage(&module, &period.from, &period.until).await?;
    let row = |row: toolcrib_catalog::ModuleUsage| UsageRow {
        day: row.day,
        version: row.version,
        calls: row.calls.cast_unsigned(),
        faults: row.faults.cast_unsigned(),
        rows_written: row.rows_written.cast_unsigned(),
        cpu_us: row.cpu_us.cast_unsigned(),
        tenants: roughly(row.tenants).to_owned(),
    };
    Ok(Json(rows.into_iter().map(row).collect()))
}

fn roughly(tenants: i64) -> &'static str {
    match tenants {
        ..5 => "1-4",
        5..20 => "5-19",
        20..100 => "20-99",
        _ => "100+",
    }
}

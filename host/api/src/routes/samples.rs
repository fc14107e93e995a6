//! `GET /v1/t/{tenant}/readings?signal=&from=&to=`: readings of one signal, oldest first, at most 10,000. With `points=` what a
//! chart of about so many points draws: sums with extremes, or the readings themselves when they are few. With
//! `format=parquet` up to a million of them as a file, where the host was built with that feature.
//! `GET /v1/t/{tenant}/readings/days?from=&to=`: how many came each day, and what became of them.

use crate::answer::{Failed, json};
use crate::caller::Member;
use crate::routes::Host;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;
use toolcrib_contract::limits::CHART_POINTS;
use toolcrib_contract::problem::BAD_REQUEST;
use toolcrib_contract::signal::Quality;
use toolcrib_contract::types::{Date, Instant, RawId};
use toolcrib_runtime::{Chart, Point, Stored};

/// Samples of one answer.
const SAMPLES: u32 = 10_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    signal: String,
    from: String,
    to: String,
    points: Option<u32>,
    format: Option<String>,
}

pub async fn samples(
    State(host): State<Host>,
    member: Member,
    query: Result<Query<Wanted>, axum::extract::rejection::QueryRejection>,
) -> Result<Response, Failed> {
    let Query(wanted) = query.map_err(|error| BAD_REQUEST.because(error.body_text()))?;
    let time = |name: &str, text: &str| {
        text.parse::<Instant>().map_err(|error| BAD_REQUEST.because(format!("{name}: {error}")))
    };
    let (from, to) = (time("from", &wanted.from)?, time("to", &wanted.to)?);
    let (tenant, signal) = (member.tenant.id, wanted.signal.clone());
    match wanted.format.as_deref() {
        None | Some("json") => {}
        Some("parquet") => return file(&host, tenant, &signal, from, to).await,
        Some(_) => return Err(BAD_REQUEST.because("format: json or parquet").into()),
    }
    let chart = match wanted.points {
        None => Chart::Readings(host.runtime.stored(tenant, signal, from, to, SAMPLES).await?),
        Some(points) if (1..=CHART_POINTS).contains(&points) => {
            host.runtime.chart(tenant, signal, from, to, points).await?
        }
        Some(_) => return Err(BAD_REQUEST.because(format!("points: 1 to {CHART_POINTS}")).into()),
    };
    Ok(json(told(&wanted.signal, &chart).to_string()))
}

#[cfg(feature = "parquet")]
async fn file(host: &Host, tenant: RawId, signal: &str, from: Instant, to: Instant) -> Result<Response, Failed> {
    use axum::http::header;
    use axum::response::IntoResponse;
    use toolcrib_tables::parquet;
    let bytes = parquet::signal(&host.runtime, tenant, signal, from, to).await?;
    let named = "attachment; filename=\"readings.parquet\"";
    Ok(([(header::CONTENT_TYPE, parquet::KIND), (header::CONTENT_DISPOSITION, named)], bytes).into_response())
}

#[cfg(not(feature = "parquet"))]
async fn file(_: &Host, _: RawId, _: &str, _: Instant, _: Instant) -> Result<Response, Failed> {
    Err(BAD_REQUEST.because("format: this host was built without the feature `parquet`").into())
}

fn told(signal: &str, chart: &Chart) -> serde_json::Value {
    match chart {
        Chart::Readings(readings) => {
            let rows: Vec<_> = readings.iter().map(reading).collect();
            serde_json::json!({"signal": signal, "samples": rows})
        }
        Chart::Sums { step_us, points } => {
            let rows: Vec<_> = points.iter().map(point).collect();
            serde_json::json!({"signal": signal, "step_s": *step_us as f64 / 1e6, "points": rows})
        }
    }
}

fn reading(stored: &Stored) -> serde_json::Value {
    let mut row = serde_json::json!({"at": stored.at.to_string(), "value": plain(&stored.value)});
    if stored.quality != Quality::Good {
        row["quality"] = serde_json::json!(stored.quality);
    }
    row
}

fn point(point: &Point) -> serde_json::Value {
    let sum = &point.sum;
    let (last_at, last) = sum.last.as_ref().map(|(at, value)| (at.to_string(), plain(value))).unzip();
    serde_json::json!({
        "at": point.at.to_string(), "readings": sum.readings, "bad": sum.bad, "least": sum.least, "most": sum.most,
        "mean": sum.mean(), "last_at": last_at, "last": last,
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Days {
    from: String,
    to: String,
}

pub async fn days(
    State(host): State<Host>,
    member: Member,
    query: Result<Query<Days>, axum::extract::rejection::QueryRejection>,
) -> Result<Response, Failed> {
    let Query(Days { from, to }) = query.map_err(|error| BAD_REQUEST.because(error.body_text()))?;
    let date =
        |name: &str, text: &str| text.parse::<Date>().map_err(|error| BAD_REQUEST.because(format!("{name}: {error}")));
    let (from, to) = (date("from", &from)?, date("to", &to)?);
    let days = host.runtime.readings_by_day(member.tenant.id, from, to).await?;
    let rows: Vec<_> = days
        .iter()
        .map(|(day, tally)| {
            serde_json::json!({
                "day": day.to_string(), "accepted": tally.accepted, "duplicates": tally.duplicates,
                "conflicts": tally.conflicts, "late": tally.late, "quarantined": tally.quarantined,
                "refused": tally.refused,
            })
        })
        .collect();
    Ok(json(serde_json::json!({"days": rows}).to_string()))
}

fn plain(value: &toolcrib_contract::signal::Sample) -> serde_json::Value {
    use toolcrib_contract::signal::Sample;
    match value {
        Sample::Flag { value } => (*value).into(),
        Sample::Count { value } => (*value).into(),
        Sample::Number { value } => (*value).into(),
        Sample::Word { value } => value.as_str().into(),
    }
}

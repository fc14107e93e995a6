//! `GET /v1/t/{tenant}/readings/kept`: how long readings are kept and by whose word, and how far back there are any.

use crate::answer::{Failed, json};
use crate::caller::Member;
use crate::routes::Host;
use axum::extract::State;
use axum::response::Response;
use serde_json::{Value, json};
use toolcrib_runtime::{Keep, ReadingsKept, Retention};

pub async fn kept(State(host): State<Host>, member: Member) -> Result<Response, Failed> {
    Ok(json(told(&host.runtime.retention(member.tenant.id).await?).to_string()))
}

fn told(retention: &Retention) -> Value {
    let Retention { keep, by, then, reach } = retention;
    let mut told = long(keep, by.as_ref());
    told["plan"] = by.as_ref().map_or(Value::Null, |by| {
        let until = by.until.map(|until| until.to_string());
        json!({"module": by.module, "since": by.since.to_string(), "until": until})
    });
    told["then"] = then.as_ref().map_or(Value::Null, |then| long(&then.keep, then.by.as_ref()));
    told["oldest"] = reach.whole_from.map(|from| from.to_string()).into();
    told["oldest_sum"] = reach.from.map(|from| from.to_string()).into();
    told
}

/// A plan promises months, a host keeps days: each is told in the unit in which it was said.
fn long(keep: &Keep, by: Option<&ReadingsKept>) -> Value {
    let (days, months) = match by {
        Some(by) => (None, Some(by.months)),
        None => (Some(keep.raw_days), None),
    };
    json!({"days": days, "months": months, "sum_months": keep.sum_months})
}

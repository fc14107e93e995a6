//! How much is done, of how much, and whether that is enough by now.

use super::{Slot, title};
use crate::view::{number, value};
use maud::{Markup, html};
use toolcrib_contract::view::{Format, Progress, percent};

pub fn draw(slot: &Slot<'_, '_>, it: &Progress, answer: value::Answer<'_>) -> Markup {
    let (tr, part) = (slot.scene.tr(), answer.part(&it.source).value);
    if part.is_null() {
        return slot.empty("nothing");
    }
    let (done, total) = (value::at(part, &it.done), value::amount(&it.total, part));
    let pace = it.pace.as_ref().map(|pace| value::amount(pace, part));
    let share = share(value::number(done), value::number(&total));
    let late = match (value::number(done), pace.as_ref().and_then(value::number)) {
        (Some(done), Some(pace)) => done < pace,
        _ => false,
    };
    let written = |json| number::text(tr, &it.format, json, part);
    let whole = tr.with(
        "view-of",
        &[
            ("done", &number::bare(tr, &bare(&it.format), done).unwrap_or_else(|| "–".into())),
            ("total", &written(&total)),
        ],
    );
    html! {
        p.figure { (percent_text(slot, share)) }
        (bar(share, late, &format!("{}: {whole}", title(slot))))
        p.dim { (whole) }
        @if let Some(pace) = &pace { p {
            span class={ "tag " (if late { "warn" } else { "ok" }) } {
                @let key = if late { "view-behind" } else { "view-on-pace" };
                (tr.with(key, &[("value", &written(pace))]))
            }
        } }
    }
}

fn bare(format: &Format) -> Format {
    Format { unit: Default::default(), ..format.clone() }
}

/// The part of the whole, from 0 on; None when there is no whole.
fn share(done: Option<f64>, total: Option<f64>) -> Option<f64> {
    let (done, total) = (done?, total.filter(|total| *total > 0.0)?);
    Some((done / total).max(0.0))
}

fn percent_text(slot: &Slot<'_, '_>, share: Option<f64>) -> String {
    let json = share.map_or(serde_json::Value::Null, serde_json::Value::from);
    number::text(slot.scene.tr(), &percent(0), &json, &json)
}

/// A bar of a ratio; more than the whole fills it.
pub fn bar(share: Option<f64>, late: bool, label: &str) -> Markup {
    let width = format!("{:.1}", share.unwrap_or(0.0).clamp(0.0, 1.0) * 100.0);
    html! {
        svg.progress.late[late] viewBox="0 0 100 8" preserveAspectRatio="none" role="img" aria-label=(label) {
            rect.track x="0" y="0" width="100" height="8" {}
            rect.value x="0" y="0" width=(width) height="8" {}
        }
    }
}

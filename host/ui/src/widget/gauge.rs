//! A number on a scale: bands, the value as a bar, the target as a mark.

use super::{Slot, title};
use crate::view::{number, tone, value};
use maud::{Markup, html};
use toolcrib_contract::view::{Gauge, Tone};

pub fn draw(slot: &Slot<'_, '_>, it: &Gauge, answer: value::Answer<'_>) -> Markup {
    let (tr, part) = (slot.scene.tr(), answer.part(&it.source).value);
    if part.is_null() {
        return slot.empty("nothing");
    }
    let of = |amount| value::amount(amount, part);
    let (least, most) = (of(&it.min), of(&it.max));
    let (Some(low), Some(high)) = (value::number(&least), value::number(&most)) else { return slot.empty("nothing") };
    let place = |number: f64| if high > low { ((number - low) / (high - low)).clamp(0.0, 1.0) * 100.0 } else { 0.0 };
    let json = value::at(part, &it.value);
    let (shown, at) = (number::text(tr, &it.format, json, part), value::number(json));
    let mut from = 0.0;
    let mut judged = Tone::Neutral;
    let mut bands = Vec::new();
    for band in &it.bands {
        let Some(limit) = value::number(&of(&band.to)) else { continue };
        let to = place(limit).max(from);
        bands.push((from, to - from, tone::class(band.tone)));
        if judged == Tone::Neutral && at.is_some_and(|at| at <= limit) {
            judged = band.tone;
        }
        from = to;
    }
    let target = it.target.as_ref().map(of);
    let end = |json| number::bare(tr, &it.format, json).unwrap_or_default();
    html! {
        p class={ "figure t-" (tone::class(judged)) } { (shown) }
        svg.gauge viewBox="0 0 100 20" preserveAspectRatio="none" role="img" aria-label={ (title(slot)) ": " (shown) } {
            rect.track x="0" y="4" width="100" height="12" {}
            @for (x, width, class) in &bands { rect class={ "f-" (class) "-soft" } x=(trim(*x)) y="4" width=(trim(*width)) height="12" {} }
            @if let Some(at) = at { rect.value x="0" y="7.5" width=(trim(place(at))) height="5" {} }
            @if let Some(target) = target.as_ref().and_then(value::number) { rect.target x=(trim(place(target) - 0.3)) y="1" width="0.6" height="18" {} }
        }
        p.ends aria-hidden="true" { span { (end(&least)) } span { (end(&most)) } }
        @if let Some(target) = &target { p.dim { (tr.with("view-target", &[("value", &number::text(tr, &it.format, target, part))])) } }
    }
}

fn trim(number: f64) -> String {
    format!("{:.2}", number.max(0.0))
}

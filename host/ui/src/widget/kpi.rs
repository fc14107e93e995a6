//! One number that matters: value, target, difference to before, a small line.

use super::Slot;
use crate::view::number::{self, Exact};
use crate::view::{tone, value};
use maud::{Markup, html};
use serde_json::Value as Json;
use std::cmp::Ordering;
use toolcrib_contract::view::{Better, Kpi, Tone};

pub fn draw(slot: &Slot<'_, '_>, it: &Kpi, answer: value::Answer<'_>) -> Markup {
    let (tr, part) = (slot.scene.tr(), answer.part(&it.source).value);
    if part.is_null() {
        return slot.empty("nothing");
    }
    let judged = tone::of(&it.tones, part);
    let shown = number::text(tr, &it.format, value::at(part, &it.value), part);
    html! {
        p class={ "figure t-" (tone::class(judged)) } {
            @if judged != Tone::Neutral { span.mark role="img" aria-label=(tr.t(&format!("tone-{}", tone::class(judged)))) { (tone::mark(judged)) } " " }
            (shown)
        }
        @if let Some(target) = &it.target {
            p.dim { (tr.with("view-target", &[("value", &number::text(tr, &it.format, &value::amount(target, part), part))])) }
        }
        @if let Some(path) = &it.before { (difference(slot, it, value::at(part, &it.value), value::at(part, path))) }
        @if let Some(path) = &it.spark { (spark(value::at(part, path))) }
    }
}

fn difference(slot: &Slot<'_, '_>, it: &Kpi, now: &Json, before: &Json) -> Markup {
    let tr = slot.scene.tr();
    let (Some(now), Some(before)) = (Exact::of(now), Exact::of(before)) else { return html! {} };
    let Some(by) = now.minus(before) else { return html! {} };
    let (arrow, good) = match by.sign() {
        Ordering::Equal => ("→", None),
        Ordering::Greater => ("↑", Some(it.better == Better::Up)),
        Ordering::Less => ("↓", Some(it.better == Better::Down)),
    };
    let class = match good {
        Some(true) => "ok",
        Some(false) if it.better != Better::Neither => "bad",
        _ => "idle",
    };
    let text = by.show(tr, &it.format).unwrap_or_default();
    html! { p { span class={ "tag " (class) } { (arrow) " " (tr.with("view-before", &[("value", &text)])) } } }
}

/// A line without axes; its numbers are in words elsewhere.
fn spark(list: &Json) -> Markup {
    let numbers: Vec<f64> = list.as_array().into_iter().flatten().filter_map(value::number).collect();
    if numbers.len() < 2 {
        return html! {};
    }
    let (low, high) = numbers.iter().fold((f64::MAX, f64::MIN), |(low, high), at| (low.min(*at), high.max(*at)));
    let width = if high > low { high - low } else { 1.0 };
    let step = 100.0 / (numbers.len() - 1) as f64;
    let points = numbers.iter().enumerate();
    let points =
        points.map(|(at, value)| format!("{:.1},{:.1}", at as f64 * step, 28.0 - (value - low) / width * 26.0));
    let points = points.collect::<Vec<_>>().join(" ");
    html! {
        svg.spark viewBox="0 0 100 30" preserveAspectRatio="none" aria-hidden="true" focusable="false" {
            polyline.s0 points=(points) vector-effect="non-scaling-stroke" {}
        }
    }
}

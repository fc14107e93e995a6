//! Numbers by category, side by side or stacked; a Pareto chart sorts them and adds the share of all so far.

use super::{Slot, as_table, title};
use crate::chart::axis::Axis;
use crate::chart::frame::{Along, Frame};
use crate::chart::{SIDE, at as place, dots, path, time, walked};
use crate::view::value::{Answer, at, number, said};
use crate::view::{number as numbers, type_of};
use maud::{Markup, html};
use serde_json::Value as Json;
use toolcrib_contract::view::{Bar, percent, scalar};
use toolcrib_contract::{Type, view::Format};

/// Bars that stand side by side; the rest is in the table.
const BARS: usize = 40;
/// The part of its column that a group of bars takes.
const FULL: f64 = 0.72;

/// One category with the numbers of each series.
struct Group<'a> {
    name: String,
    values: Vec<f64>,
    row: &'a Json,
}

pub fn draw(slot: &Slot<'_, '_>, it: &Bar, answer: Answer<'_>) -> Markup {
    let (tr, rows) = (slot.scene.tr(), answer.rows(&it.source));
    if rows.rows.is_empty() || it.series.is_empty() {
        return slot.empty("no-rows");
    }
    let mut groups: Vec<_> = rows.rows.iter().map(|row| group(slot, it, type_of(rows.of, &it.category), row)).collect();
    if it.pareto {
        groups.sort_by(|a, b| b.values[0].total_cmp(&a.values[0]));
    }
    let shares = if it.pareto { shares(&groups) } else { Vec::new() };
    let shown = &groups[..groups.len().min(BARS)];
    let tops = shown.iter().map(|group| {
        if it.stacked {
            group.values.iter().filter(|value| **value > 0.0).sum()
        } else {
            group.values.iter().copied().fold(0.0, f64::max)
        }
    });
    let lows = shown.iter().flat_map(|group| &group.values).copied().filter(|value| *value < 0.0);
    let y = Axis::measured(tops.chain(lows), true, &it.format);
    let names: Vec<_> = it.series.iter().map(|series| tr.words(&series.label).to_owned()).collect();
    let picture = html! { (bars(it, shown, &y)) @if it.pareto { (line(&shares[..shown.len()])) } };
    let many = names.len() > 1;
    let legend =
        names.iter().enumerate().filter(|_| many || it.pareto).map(|(at, name)| (format!("k{at}"), name.clone()));
    let frame = Frame {
        summary: summary(slot, it, &groups, &shares),
        left: y.labels(tr, &it.format),
        right: if it.pareto { Axis::around([0.0, 1.0], true).labels(tr, &percent(0)) } else { Vec::new() },
        bottom: shown.iter().map(|group| group.name.clone()).collect(),
        along: Along::Columns,
        lines: y.lines(),
        picture,
        legend: legend.chain(it.pareto.then(|| ("k-share".to_owned(), tr.t("view-share")))).collect(),
    };
    let shared = it.pareto.then(|| tr.t("view-share"));
    let heads: Vec<_> = std::iter::once(slot.scene.field(&it.category)).chain(names).chain(shared).collect();
    // Each row stands in the middle of its column; those that have none are only in the table.
    let column = SIDE / shown.len() as f64;
    let places = (0..groups.len()).map(|at| (at < shown.len()).then_some(column * (at as f64 + 0.5)));
    walked(places, frame.draw(), as_table(slot, &heads, &table(slot, it, &groups, &shares, answer)))
}

fn group<'a>(slot: &Slot<'_, '_>, it: &Bar, of: &Type, row: &'a Json) -> Group<'a> {
    let (tr, category) = (slot.scene.tr(), at(row, &it.category));
    let name = match (scalar(of), category.as_str()) {
        (_, None) if category.is_null() => "–".to_owned(),
        (Type::Enum { .. }, Some(case)) => slot.scene.state_label(&[], Some(of), case),
        (Type::Instant, Some(_)) => {
            let text = time::text(tr, slot.scene.zone(), category);
            text.get(11..16).map(str::to_owned).unwrap_or(text)
        }
        _ => said(tr, category).unwrap_or_else(|| time::text(tr, slot.scene.zone(), category)),
    };
    let values = it.series.iter().map(|series| number(at(row, &series.field)).unwrap_or(0.0)).collect();
    Group { name, values, row }
}

/// What the bars up to each one have of all, from 0 to 1.
fn shares(groups: &[Group<'_>]) -> Vec<f64> {
    let all: f64 = groups.iter().map(|group| group.values[0].max(0.0)).sum();
    let mut sum = 0.0;
    groups
        .iter()
        .map(|group| {
            sum += group.values[0].max(0.0);
            if all > 0.0 { sum / all } else { 0.0 }
        })
        .collect()
}

fn bars(it: &Bar, groups: &[Group<'_>], y: &Axis) -> Markup {
    let column = SIDE / groups.len() as f64;
    let width = if it.stacked { column * FULL } else { column * FULL / it.series.len() as f64 };
    let mut boxes = Vec::new();
    for (at, group) in groups.iter().enumerate() {
        let left = column * (at as f64 + (1.0 - FULL) / 2.0);
        let mut below = 0.0;
        for (series, value) in group.values.iter().enumerate() {
            let (from, x) = if it.stacked { (below, left) } else { (0.0, left + width * series as f64) };
            let (a, b) = (y.place(from), y.place(from + value));
            boxes.push((series, x, a.min(b), (a - b).abs()));
            below += value.max(0.0);
        }
    }
    html! { @for (series, x, top, height) in boxes {
        rect class={ "b" (series) } x=(place(x)) y=(place(top)) width=(place(width)) height=(place(height)) {}
    } }
}

fn line(shares: &[f64]) -> Markup {
    let column = SIDE / shares.len() as f64;
    let points: Vec<_> =
        shares.iter().enumerate().map(|(at, share)| (column * (at as f64 + 0.5), SIDE * (1.0 - share))).collect();
    html! {
        path.stroke.share d=(path(points.iter().copied().map(Some))) vector-effect="non-scaling-stroke" {}
        path.dot.share d=(dots(points)) vector-effect="non-scaling-stroke" {}
    }
}

fn share_text(slot: &Slot<'_, '_>, share: f64) -> String {
    numbers::text(slot.scene.tr(), &percent(1), &Json::from(share), &Json::Null)
}

/// The three largest, in words.
fn summary(slot: &Slot<'_, '_>, it: &Bar, groups: &[Group<'_>], shares: &[f64]) -> String {
    let tr = slot.scene.tr();
    let show = |value: f64, format: &Format| numbers::bare(tr, format, &Json::from(value)).unwrap_or_default();
    let mut order: Vec<usize> = (0..groups.len()).collect();
    order.sort_by(|a, b| groups[*b].values[0].total_cmp(&groups[*a].values[0]));
    let one = |at: &usize| {
        let value = show(groups[*at].values[0], &it.format);
        let share = shares.get(*at).map(|share| format!(" ({})", share_text(slot, *share))).unwrap_or_default();
        format!("{} {value}{share}", groups[*at].name)
    };
    let largest: Vec<_> = order.iter().take(3).map(one).collect();
    format!("{}: {}", title(slot), largest.join(&tr.t("list-separator")))
}

fn table(slot: &Slot<'_, '_>, it: &Bar, groups: &[Group<'_>], shares: &[f64], answer: Answer<'_>) -> Vec<Vec<String>> {
    let tr = slot.scene.tr();
    let row = |(place, group): (usize, &Group<'_>)| {
        let values =
            it.series.iter().map(|series| numbers::text(tr, &it.format, at(group.row, &series.field), answer.whole));
        let share = shares.get(place).map(|share| share_text(slot, *share));
        std::iter::once(group.name.clone()).chain(values).chain(share).collect()
    };
    groups.iter().enumerate().map(row).collect()
}

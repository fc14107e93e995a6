//! Points of a process with centre line, control limits and what is wrong with them, all as the module computed it.

use super::{Slot, as_table, timeseries, title};
use crate::chart::axis::Axis;
use crate::chart::frame::{Along, Frame};
use crate::chart::{SIDE, dots, path, thin, time, walked};
use crate::view::value::{Answer, Rows, at, line, number};
use crate::view::{number as numbers, type_of};
use maud::{Markup, html};
use serde_json::Value as Json;
use toolcrib_contract::view::ControlChart;

/// Parts of the bottom that labels stand between, at most.
const LABELS: usize = 6;

pub fn draw(slot: &Slot<'_, '_>, it: &ControlChart, answer: Answer<'_>) -> Markup {
    let (tr, rows) = (slot.scene.tr(), answer.rows(&it.source));
    if rows.rows.is_empty() {
        return slot.empty("no-rows");
    }
    let column = |path: &String| rows.rows.iter().map(|row| number(at(row, path))).collect::<Vec<_>>();
    let (values, center) = (column(&it.value), column(&it.center));
    let edges: Vec<Vec<_>> = it.lower.iter().chain(&it.upper).map(column).collect();
    let limits = timeseries::limits(slot, &it.limits, answer);
    let all = values.iter().chain(&center).chain(edges.iter().flatten()).flatten().copied();
    let y = Axis::around(all.chain(limits.iter().map(|limit| limit.value)), false);
    let last = rows.rows.len().saturating_sub(1) as f64;
    let x = |place: usize| if last > 0.0 { SIDE * place as f64 / last } else { SIDE / 2.0 };
    let kept = thin::kept(&values);
    let points = |column: &[Option<f64>]| -> Vec<Option<(f64, f64)>> {
        kept.iter().map(|place| Some((x(*place), y.place(column[*place]?)))).collect()
    };
    let wrong: Vec<usize> = (0..rows.rows.len()).filter(|place| signal(slot, it, rows, *place).is_some()).collect();
    // Every point that is wrong is drawn, however many there are.
    let bad = wrong.iter().filter_map(|place| Some((x(*place), y.place(values[*place]?))));
    let picture = html! {
        (timeseries::across(&limits, &y))
        path.stroke.center d=(path(points(&center))) vector-effect="non-scaling-stroke" {}
        @for edge in &edges { path.stroke.edge d=(path(points(edge))) vector-effect="non-scaling-stroke" {} }
        path.stroke.s0 d=(path(points(&values))) vector-effect="non-scaling-stroke" {}
        path.dot.s0 d=(dots(points(&values).into_iter().flatten())) vector-effect="non-scaling-stroke" {}
        path.wrong d=(dots(bad)) vector-effect="non-scaling-stroke" {}
    };
    let mut legend = vec![("k0".to_owned(), tr.t("view-value")), ("k-center".to_owned(), tr.t("view-center"))];
    legend.extend((!edges.is_empty()).then(|| ("k-edge".to_owned(), tr.t("view-control-limits"))));
    legend.extend(it.signal.as_ref().map(|_| ("k-wrong".to_owned(), tr.t("view-signal"))));
    legend.extend(limits.iter().map(timeseries::Limit::key));
    let frame = Frame {
        summary: summary(slot, it, rows, &wrong),
        left: y.labels(tr, &it.format),
        right: Vec::new(),
        bottom: bottom(slot, it, rows),
        along: Along::Spread,
        lines: y.lines(),
        picture,
        legend,
    };
    let places = (0..rows.rows.len()).map(|place| Some(x(place)));
    let picture = html! { (frame.draw()) (signals(slot, it, rows, &wrong)) };
    walked(places, picture, table(slot, it, rows, answer))
}

/// What is wrong with a point.
fn signal(slot: &Slot<'_, '_>, it: &ControlChart, rows: Rows<'_>, place: usize) -> Option<String> {
    let path = it.signal.as_ref()?;
    match at(&rows.rows[place], path) {
        Json::Bool(false) => None,
        Json::Bool(true) => Some(String::new()),
        // A rule that is a case of an enumeration has a name.
        value => {
            let text = line(value).filter(|text| !text.is_empty())?;
            Some(slot.scene.state_label(&[], Some(type_of(rows.of, path)), &text))
        }
    }
}

/// Names of points at even distances, so that each stands below its own.
fn bottom(slot: &Slot<'_, '_>, it: &ControlChart, rows: Rows<'_>) -> Vec<String> {
    let last = rows.rows.len() - 1;
    let step = (1..=LABELS).rev().find(|parts| last.is_multiple_of(*parts)).map_or(1, |parts| (last / parts).max(1));
    (0..=last).step_by(step).map(|place| name(slot, it, &rows.rows[place])).collect()
}

fn name(slot: &Slot<'_, '_>, it: &ControlChart, row: &Json) -> String {
    let text = time::text(slot.scene.tr(), slot.scene.zone(), at(row, &it.x));
    // Of a moment, day and minute are enough along an axis.
    if text.len() >= 19 && text.is_char_boundary(16) { text[5..16].to_owned() } else { text }
}

fn summary(slot: &Slot<'_, '_>, it: &ControlChart, rows: Rows<'_>, wrong: &[usize]) -> String {
    let tr = slot.scene.tr();
    let names: Vec<_> = wrong.iter().take(5).map(|place| name(slot, it, &rows.rows[*place])).collect();
    let (points, count) = (rows.rows.len().to_string(), wrong.len().to_string());
    let told = tr.with("view-points", &[("points", &points), ("wrong", &count)]);
    let which = if names.is_empty() { String::new() } else { format!(" ({})", names.join(&tr.t("list-separator"))) };
    format!("{}: {told}{which}", title(slot))
}

/// The newest points that are wrong, with why: a red point alone says little.
fn signals(slot: &Slot<'_, '_>, it: &ControlChart, rows: Rows<'_>, wrong: &[usize]) -> Markup {
    let tr = slot.scene.tr();
    html! { @if !wrong.is_empty() { ul.signals { @for place in wrong.iter().rev().take(5) {
        @let row = &rows.rows[*place];
        li { span.tag.bad { span aria-hidden="true" { "■ " } (name(slot, it, row)) } " "
            (numbers::text(tr, &it.format, at(row, &it.value), row)) " " (signal(slot, it, rows, *place).unwrap_or_default()) }
    } } } }
}

fn table(slot: &Slot<'_, '_>, it: &ControlChart, rows: Rows<'_>, answer: Answer<'_>) -> Markup {
    let tr = slot.scene.tr();
    let numbers = [Some(&it.value), Some(&it.center), it.lower.as_ref(), it.upper.as_ref()];
    let numbers: Vec<_> = numbers.into_iter().flatten().collect();
    let paths = std::iter::once(&it.x).chain(numbers.iter().copied()).chain(it.signal.as_ref());
    let heads: Vec<_> = paths.map(|path| slot.scene.field(path)).collect();
    let row = |place: usize| {
        let row = &rows.rows[place];
        let shown = numbers.iter().map(|path| numbers::text(tr, &it.format, at(row, path), answer.whole));
        let wrong = it.signal.as_ref().map(|_| signal(slot, it, rows, place).unwrap_or_default());
        std::iter::once(time::text(tr, slot.scene.zone(), at(row, &it.x))).chain(shown).chain(wrong).collect()
    };
    as_table(slot, &heads, &(0..rows.rows.len()).map(row).collect::<Vec<_>>())
}

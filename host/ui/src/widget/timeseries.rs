//! Numbers over time: lines, areas, steps and points, with limits across.

use super::{Slot, as_table, title};
use crate::chart::axis::Axis;
use crate::chart::frame::{Along as Bottom, Frame};
use crate::chart::time::{Along, along, text};
use crate::chart::{SIDE, at as place, dots, path, thin, walked};
use crate::view::value::{Answer, Rows, amount, at, number};
use crate::view::{number as numbers, tone, type_of};
use maud::{Markup, html};
use serde_json::Value as Json;
use toolcrib_contract::view::{LimitLine, Series, SeriesKind, Timeseries};

pub fn draw(slot: &Slot<'_, '_>, it: &Timeseries, answer: Answer<'_>) -> Markup {
    let (tr, zone, rows) = (slot.scene.tr(), slot.scene.zone(), answer.rows(&it.source));
    let xs: Vec<_> = rows.rows.iter().map(|row| along(at(row, &it.x))).collect();
    let Some(x) = Along::new(zone, type_of(rows.of, &it.x), xs.iter().flatten().copied()) else {
        return slot.empty("no-rows");
    };
    let limits = limits(slot, &it.limits, answer);
    let columns: Vec<Vec<_>> = it.series.iter().map(|series| column(rows, series)).collect();
    let zero = it.series.iter().any(|series| series.kind == SeriesKind::Area);
    let all = columns.iter().flatten().flatten().copied();
    let y = Axis::measured(all.chain(limits.iter().map(|limit| limit.value)), zero, &it.format);
    let points = |column: &[Option<f64>]| -> Vec<Option<(f64, f64)>> {
        let point = |place: usize| Some((x.place(xs[place]?), y.place(column[place]?)));
        thin::kept(column).into_iter().map(point).collect()
    };
    let picture = html! {
        @for (number, (series, column)) in it.series.iter().zip(&columns).enumerate() { (line(series.kind, number, &points(column), &y)) }
        (across(&limits, &y))
    };
    let names: Vec<_> = it.series.iter().map(|series| tr.words(&series.label).to_owned()).collect();
    let legend = names.iter().enumerate().map(|(at, name)| (format!("k{at}"), name.clone()));
    let frame = Frame {
        summary: summary(slot, it, &names, &columns),
        left: y.labels(tr, &it.format),
        right: Vec::new(),
        bottom: x.labels(tr),
        along: Bottom::Spread,
        lines: y.lines(),
        picture,
        legend: legend.chain(limits.iter().map(Limit::key)).collect(),
    };
    let heads: Vec<_> = std::iter::once(slot.scene.field(&it.x)).chain(names).collect();
    let digits = |row: &Json, series: &Series| numbers::text(tr, &it.format, at(row, &series.field), answer.whole);
    let table = rows.rows.iter().map(|row| {
        std::iter::once(text(tr, zone, at(row, &it.x)))
            .chain(it.series.iter().map(|series| digits(row, series)))
            .collect()
    });
    let places = xs.iter().map(|value| value.map(|value| x.place(value)));
    walked(places, frame.draw(), as_table(slot, &heads, &table.collect::<Vec<_>>()))
}

fn column(rows: Rows<'_>, series: &Series) -> Vec<Option<f64>> {
    rows.rows.iter().map(|row| number(at(row, &series.field))).collect()
}

/// Least, most and last of each series, in words.
fn summary(slot: &Slot<'_, '_>, it: &Timeseries, names: &[String], columns: &[Vec<Option<f64>>]) -> String {
    let tr = slot.scene.tr();
    let show = |value: f64| numbers::bare(tr, &it.format, &Json::from(value)).unwrap_or_default();
    let one = |(name, column): (&String, &Vec<Option<f64>>)| {
        let known = || column.iter().flatten().copied();
        let (least, most, last) = (known().reduce(f64::min)?, known().reduce(f64::max)?, known().last()?);
        let values = [("series", name.clone()), ("least", show(least)), ("most", show(most)), ("last", show(last))];
        Some(tr.with("view-series", &values.each_ref().map(|(key, text)| (*key, text.as_str()))))
    };
    let parts: Vec<_> = names.iter().zip(columns).filter_map(one).collect();
    format!("{}: {}", title(slot), parts.join("; "))
}

fn line(kind: SeriesKind, number: usize, points: &[Option<(f64, f64)>], y: &Axis) -> Markup {
    let class = format!("s{number}");
    let floor = y.place(0.0_f64.clamp(y.low, y.high));
    html! {
        @match kind {
            SeriesKind::Point => path class={ "dot " (class) } d=(dots(points.iter().flatten().copied())) vector-effect="non-scaling-stroke" {},
            SeriesKind::Line => path class={ "stroke " (class) } d=(path(points.iter().copied())) vector-effect="non-scaling-stroke" {},
            SeriesKind::Step => path class={ "stroke " (class) } d=(path(steps(points))) vector-effect="non-scaling-stroke" {},
            SeriesKind::Area => {
                @for part in points.split(Option::is_none).filter(|part| part.len() > 1) { path class={ "area " (class) } d=(area(part, floor)) {} }
                path class={ "stroke " (class) } d=(path(points.iter().copied())) vector-effect="non-scaling-stroke" {}
            },
        }
    }
}

/// Each value holds until the next point.
fn steps(points: &[Option<(f64, f64)>]) -> Vec<Option<(f64, f64)>> {
    let mut out: Vec<Option<(f64, f64)>> = Vec::with_capacity(points.len() * 2);
    for point in points {
        if let (Some(Some((_, before))), Some((x, _))) = (out.last().copied(), point) {
            out.push(Some((*x, before)));
        }
        out.push(*point);
    }
    out
}

fn area(part: &[Option<(f64, f64)>], floor: f64) -> String {
    let known: Vec<_> = part.iter().flatten().copied().collect();
    let (first, last) = (known.first().map_or(0.0, |point| point.0), known.last().map_or(SIDE, |point| point.0));
    format!("{}L{} {}L{} {}Z", path(known.into_iter().map(Some)), place(last), place(floor), place(first), place(floor))
}

/// A line across, ready to be drawn.
pub struct Limit {
    pub value: f64,
    class: &'static str,
    text: String,
}

impl Limit {
    pub fn key(&self) -> (String, String) {
        (format!("limit t-{}", self.class), self.text.clone())
    }
}

pub fn limits(slot: &Slot<'_, '_>, limits: &[LimitLine], answer: Answer<'_>) -> Vec<Limit> {
    let tr = slot.scene.tr();
    let limit = |limit: &LimitLine| {
        let value = amount(&limit.value, answer.whole);
        let text =
            format!("{} {}", tr.words(&limit.label), numbers::text(tr, &Default::default(), &value, answer.whole));
        Some(Limit { value: number(&value)?, class: tone::class(limit.tone), text })
    };
    limits.iter().filter_map(limit).collect()
}

pub fn across(limits: &[Limit], y: &Axis) -> Markup {
    html! { @for limit in limits {
        path class={ "limit t-" (limit.class) } d={ "M0 " (place(y.place(limit.value))) "H1000" } vector-effect="non-scaling-stroke" {}
    } }
}

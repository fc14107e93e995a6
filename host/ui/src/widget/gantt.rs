//! What is planned on what, and when: bars in lanes with a line at now, and the same as a table with its buttons.

use super::{Slot, column, title};
use crate::chart::time::{Along, along, text};
use crate::chart::{SIDE, at as place};
use crate::view::act::{Stand, row_id};
use crate::view::value::{Answer, at, line, number};
use crate::view::{number as numbers, tone, type_of};
use maud::{Markup, html};
use serde_json::Value as Json;
use toolcrib_contract::Type;
use toolcrib_contract::view::{Gantt, Tone, percent};

/// Lanes that are drawn; the rest is in the table.
const LANES: usize = 40;
/// Bars that are drawn.
const BARS: usize = 400;
/// Bars of a lane that stand above one another where they overlap; further ones are drawn over the last.
const TRACKS: usize = 4;
/// Height of one bar with the gap below it, in pixels.
const TRACK_PX: usize = 30;

/// One bar.
struct Planned<'a> {
    from: f64,
    to: f64,
    label: String,
    tone: Tone,
    done: Option<f64>,
    row: &'a Json,
}

/// A lane with its bars, each on its track.
struct Lane<'a> {
    code: String,
    name: String,
    bars: Vec<(usize, Planned<'a>)>,
    /// Where each track is free again.
    ends: Vec<f64>,
}

impl<'a> Lane<'a> {
    fn take(&mut self, bar: Planned<'a>) {
        let free = self.ends.iter().position(|end| *end <= bar.from);
        let track = free.unwrap_or_else(|| self.ends.len().min(TRACKS - 1));
        match self.ends.get_mut(track) {
            Some(end) => *end = end.max(bar.to),
            None => self.ends.push(bar.to),
        }
        self.bars.push((track, bar));
    }
}

pub fn draw<'a>(slot: &Slot<'a, '_>, it: &'a Gantt, answer: Answer<'a>) -> Markup {
    let (tr, rows, now) = (slot.scene.tr(), answer.rows(&it.source), slot.scene.now.0 as f64);
    if rows.rows.is_empty() {
        return slot.empty("no-rows");
    }
    let mut bars: Vec<_> = rows.rows.iter().filter_map(|row| planned(slot, it, rows.of, row, now)).collect();
    bars.sort_by(|a, b| a.1.from.total_cmp(&b.1.from));
    let more = bars.len().saturating_sub(BARS);
    let mut lanes: Vec<Lane<'_>> = Vec::new();
    for ((code, name), bar) in bars.into_iter().take(BARS) {
        let at = lanes.iter().position(|lane| lane.code == code).unwrap_or_else(|| {
            lanes.push(Lane { code, name, bars: Vec::new(), ends: Vec::new() });
            lanes.len() - 1
        });
        lanes[at].take(bar);
    }
    lanes.sort_by(|a, b| a.name.cmp(&b.name));
    let ends = lanes.iter().flat_map(|lane| &lane.bars).flat_map(|(_, bar)| [bar.from, bar.to]);
    let x = Along::new(slot.scene.zone(), &Type::Instant, ends);
    let more = more + lanes.iter().skip(LANES).map(|lane| lane.bars.len()).sum::<usize>();
    html! {
        @if let Some(x) = &x { figure.chart.strips.gantt {
            div.lines {
                @for lane in lanes.iter().take(LANES) {
                    span.name title=[(lane.name != lane.code).then_some(&lane.code)] { (lane.name) }
                    (strip(slot, lane, x, now))
                }
                span {}
                div.bottom aria-hidden="true" { @for text in x.labels(tr) { span { (text) } } }
            }
            @if (x.from..=x.to).contains(&now) {
                figcaption { ul.legend { li { span.key.k-now {} (tr.t("boards-gantt-now")) } } }
            }
        } }
        @if more > 0 { p.dim { (tr.with("view-more", &[("count", &more.to_string())])) } }
        details.numbers open[x.is_none() || !it.actions.is_empty()] { summary { (tr.t("view-as-table")) } (table(slot, it, answer)) }
    }
}

/// A bar with the code and the name of its lane.
type Placed<'a> = ((String, String), Planned<'a>);

fn planned<'a>(slot: &Slot<'a, '_>, it: &Gantt, of: &Type, row: &'a Json, now: f64) -> Option<Placed<'a>> {
    let from = along(at(row, &it.from))?;
    let to = along(at(row, &it.to)).unwrap_or_else(|| now.max(from)).max(from);
    let lane = slot.scene.lane(slot.answers, &it.lane, of, row);
    let label = word(slot, of, row, &it.label);
    let done = it.done.as_ref().and_then(|path| number(at(row, path))).map(|ratio| ratio.clamp(0.0, 1.0));
    Some((lane, Planned { from, to, label, tone: tone::of(&it.tones, row), done, row }))
}

/// A value as one line, a case by its word.
fn word(slot: &Slot<'_, '_>, of: &Type, row: &Json, path: &str) -> String {
    let value = line(at(row, path)).unwrap_or_else(|| "–".to_owned());
    slot.scene.state_label(&[], Some(type_of(of, path)), &value)
}

/// Percent of the picture's width.
fn across(share: f64) -> String {
    format!("{}%", place(share / SIDE * 100.0))
}

fn strip(slot: &Slot<'_, '_>, lane: &Lane<'_>, x: &Along<'_>, now: f64) -> Markup {
    let height = lane.ends.len().max(1) * TRACK_PX;
    let told: Vec<_> = lane.bars.iter().map(|(_, bar)| said(slot, bar)).collect();
    let label = format!("{}, {}: {}", title(slot), lane.name, told.join("; "));
    html! {
        svg.gantt-lane height=(height) width="100%" role="img" aria-label=(label) {
            @for ((track, bar), said) in lane.bars.iter().zip(&told) { (box_of(*track, bar, x, said)) }
            @if (x.from..=x.to).contains(&now) {
                line.now x1=(across(x.place(now))) x2=(across(x.place(now))) y1="0" y2=(height) {}
            }
        }
    }
}

/// One bar: a picture of its own, so that its label ends where it does.
fn box_of(track: usize, bar: &Planned<'_>, x: &Along<'_>, said: &str) -> Markup {
    let (from, to) = (x.place(bar.from), x.place(bar.to));
    // A bar of no length is still there.
    let (from, width) = (from.min(SIDE - 3.0), (to - from).max(3.0));
    html! {
        svg x=(across(from)) y=(track * TRACK_PX + 1) width=(across(width)) height=(TRACK_PX - 4) {
            title { (said) }
            rect class={ "bar f-" (tone::class(bar.tone)) "-soft" } width="100%" height="100%" rx="4" {}
            @if let Some(done) = bar.done { rect class={ "done f-" (tone::class(bar.tone)) } width=(across(done * SIDE)) y="85%" height="15%" {} }
            rect class={ "edge e-" (tone::class(bar.tone)) } width="100%" height="100%" rx="4" {}
            text x="8" y="18" { @if bar.tone != Tone::Neutral { (tone::mark(bar.tone)) " " } (bar.label) }
        }
    }
}

/// A bar in words.
fn said(slot: &Slot<'_, '_>, bar: &Planned<'_>) -> String {
    let (tr, zone) = (slot.scene.tr(), slot.scene.zone());
    let clock = |us: f64| zone.text(toolcrib_contract::types::Instant(us as i64));
    let done = bar.done.map(|ratio| format!(", {}", numbers::text(tr, &percent(0), &Json::from(ratio), bar.row)));
    format!("{} {} – {}{}", bar.label, clock(bar.from), clock(bar.to), done.unwrap_or_default())
}

fn table<'a>(slot: &Slot<'a, '_>, it: &'a Gantt, answer: Answer<'a>) -> Markup {
    let (tr, zone, scene) = (slot.scene.tr(), slot.scene.zone(), slot.scene);
    let rows = answer.rows(&it.source);
    let own: Vec<_> = [&it.lane, &it.label, &it.from, &it.to].into_iter().chain(&it.done).collect();
    let heads: Vec<_> = own.iter().map(|path| scene.field(path)).collect();
    let value = |row: &Json, path: &str| {
        let json = at(row, path);
        if path == it.from || path == it.to {
            return if json.is_null() { "–".to_owned() } else { text(tr, zone, json) };
        }
        match &it.done {
            Some(done) if done == path => numbers::text(tr, &percent(0), json, row),
            _ if path == it.lane => scene.lane(slot.answers, path, rows.of, row).1,
            _ => word(slot, rows.of, row, path),
        }
    };
    html! {
        div.scroll tabindex="0" role="region" aria-label=(title(slot)) { table {
            caption { (title(slot)) }
            thead { tr {
                @for head in &heads { th scope="col" { (head) } }
                @for column in &it.columns { th scope="col" { (scene.heading(column)) } }
                @if !it.actions.is_empty() { th scope="col" { (tr.t("row-actions")) } }
            } }
            tbody { @for (place, row) in rows.rows.iter().enumerate() {
                @let id = row_id(slot.id, place, rows.of, row);
                tr id=(id) {
                    @for (path, head) in own.iter().zip(&heads) { td data-label=(head) { (value(row, path)) } }
                    @for it in &it.columns { td data-label=(scene.heading(it)) { (column::value(slot, it, rows.of, row, answer)) } }
                    @if !it.actions.is_empty() { td.acts data-label=(tr.t("row-actions")) {
                        (scene.buttons(&it.actions, &Stand { id, row, source: None }))
                    } }
                }
            } }
        } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_that_overlap_stand_above_one_another_up_to_a_limit() {
        let row = Json::Null;
        let mut lane = Lane { code: "M1".into(), name: "M1".into(), bars: Vec::new(), ends: Vec::new() };
        let bar =
            |from: f64, to: f64| Planned { from, to, label: String::new(), tone: Tone::Ok, done: None, row: &row };
        for (from, to) in [(0.0, 10.0), (5.0, 8.0), (8.0, 12.0), (10.0, 11.0)] {
            lane.take(bar(from, to));
        }
        assert_eq!(lane.bars.iter().map(|(track, _)| *track).collect::<Vec<_>>(), [0, 1, 1, 0]);
        for _ in 0..TRACKS * 2 {
            lane.take(bar(0.0, 99.0));
        }
        assert_eq!(lane.ends.len(), TRACKS);
        assert_eq!(across(500.0), "50%");
    }
}

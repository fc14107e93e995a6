//! What each of some things did when: a strip of states for each.

use super::{Slot, as_table, title};
use crate::chart::time::{Along, along, text};
use crate::chart::{SIDE, at as place};
use crate::view::number::seconds_text;
use crate::view::value::{Answer, at, line};
use crate::view::{tone, type_of};
use maud::{Markup, html};
use serde_json::Value as Json;
use toolcrib_contract::Type;
use toolcrib_contract::view::StateTimeline;

/// Strips that are drawn; the rest is in the table.
const LANES: usize = 60;

/// A lane: the code of what it is of, and what that is called.
struct Lane<'a> {
    code: String,
    name: String,
    spans: Vec<Span<'a>>,
}

/// One stretch of a lane.
struct Span<'a> {
    from: f64,
    to: f64,
    state: String,
    row: &'a Json,
}

pub fn draw<'a>(slot: &Slot<'a, '_>, it: &'a StateTimeline, answer: Answer<'a>) -> Markup {
    let (tr, zone, rows) = (slot.scene.tr(), slot.scene.zone(), answer.rows(&it.source));
    let now = slot.scene.now.0 as f64;
    let mut lanes: Vec<Lane<'_>> = Vec::new();
    for row in rows.rows {
        let Some(from) = along(at(row, &it.from)) else { continue };
        let to = along(at(row, &it.to)).unwrap_or_else(|| now.max(from)).max(from);
        let span = Span { from, to, state: line(at(row, &it.state)).unwrap_or_default(), row };
        let (code, name) = slot.scene.lane(slot.answers, &it.lane, rows.of, row);
        match lanes.iter_mut().find(|lane| lane.code == code) {
            Some(lane) => lane.spans.push(span),
            None => lanes.push(Lane { code, name, spans: vec![span] }),
        }
    }
    let ends = lanes.iter().flat_map(|lane| &lane.spans).flat_map(|span| [span.from, span.to]);
    let Some(x) = Along::new(zone, &Type::Instant, ends) else { return slot.empty("no-rows") };
    let of = type_of(rows.of, &it.state);
    let word = |state: &str| slot.scene.state_label(&it.states, Some(of), state);
    let heads = [&it.lane, &it.state, &it.from, &it.to].map(|path| slot.scene.field(path));
    let table: Vec<Vec<String>> = lanes
        .iter()
        .flat_map(|lane| lane.spans.iter().map(move |span| (lane, span)))
        .map(|(lane, span)| {
            let end = at(span.row, &it.to);
            let until = if end.is_null() { tr.t("view-until-now") } else { text(tr, zone, end) };
            vec![lane.told(), word(&span.state), text(tr, zone, at(span.row, &it.from)), until]
        })
        .collect();
    html! {
        figure.chart.strips {
            div.lines { @for lane in lanes.iter().take(LANES) {
                span.name title=[lane.is_named().then_some(&lane.code)] { (lane.name) }
                (strip(slot, it, lane, &x, &word))
                }
                span {}
                div.bottom aria-hidden="true" { @for text in x.labels(tr) { span { (text) } } }
            }
            figcaption { ul.legend { @for state in &it.states { li { span class={ "key f-" (tone::class(state.tone)) } {} (tr.words(&state.label)) } } } }
        }
        @if lanes.len() > LANES { p.dim { (tr.with("view-more", &[("count", &(lanes.len() - LANES).to_string())])) } }
        (as_table(slot, &heads, &table))
    }
}

impl Lane<'_> {
    fn is_named(&self) -> bool {
        self.name != self.code
    }

    /// Its name with the code that people look it up by.
    fn told(&self) -> String {
        if self.is_named() { format!("{} {}", self.name, self.code) } else { self.name.clone() }
    }
}

fn strip(
    slot: &Slot<'_, '_>,
    it: &StateTimeline,
    lane: &Lane<'_>,
    x: &Along<'_>,
    word: &dyn Fn(&str) -> String,
) -> Markup {
    let tr = slot.scene.tr();
    let time = |us: f64| seconds_text(tr, (us / 1e6) as i128);
    // How long in each state, the longest first: what the strip says, in words.
    let mut sums: Vec<(&str, f64)> = Vec::new();
    for span in &lane.spans {
        match sums.iter_mut().find(|(state, _)| *state == span.state) {
            Some((_, sum)) => *sum += span.to - span.from,
            None => sums.push((&span.state, span.to - span.from)),
        }
    }
    sums.sort_by(|a, b| b.1.total_cmp(&a.1));
    let told: Vec<_> = sums.iter().map(|(state, sum)| format!("{} {}", word(state), time(*sum))).collect();
    let label = format!("{}, {}: {}", title(slot), lane.name, told.join(&tr.t("list-separator")));
    html! {
        svg.strip viewBox={ "0 0 " (place(SIDE)) " 20" } preserveAspectRatio="none" role="img" aria-label=(label) {
            @for span in &lane.spans {
                rect class={ "f-" (tone::class(tone::of_state(&it.states, &span.state))) } x=(place(x.place(span.from))) y="0" height="20"
                    width=(place((x.place(span.to) - x.place(span.from)).max(0.0))) { title { (word(&span.state)) " " (time(span.to - span.from)) } }
            }
        }
    }
}

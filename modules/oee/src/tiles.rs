//! A window of one machine cut into tiles: every moment counts as exactly one time element. All figures add these up.

use crate::plan::{Plan, Planned};
use crate::spans::Span;
use crate::state::{Element, State};
use toolcrib_sdk::prelude::*;

/// A part of a window in which nothing changes.
#[value]
pub struct Tile {
    pub equipment: Text<64>,
    pub from: Instant,
    pub until: Instant,
    pub element: Element,
    /// None before anything was heard of the machine.
    pub state: Option<State>,
    /// What the machine said, where its word is not known.
    pub word: Option<Text<64>>,
    pub reason: Option<Text<40>>,
    /// When the state began, perhaps before the window.
    pub since: Option<Instant>,
}

impl Tile {
    pub fn us(&self) -> i128 {
        i128::from(self.until.since_us(self.from))
    }
}

/// A window and its failures.
pub struct Tiled {
    /// In order.
    pub tiles: Vec<Tile>,
    /// When each span of a failure began that is part of a micro-stop, in order.
    pub micro: Vec<Instant>,
    /// A failure from before lasts until the window begins, or longer.
    pub failing: bool,
}

/// The tiles of a window that is not in the future. `micro_us`: stops shorter than this are micro-stops.
pub fn tiles(
    ctx: &Query,
    equipment: &Text<64>,
    (from, until): (Instant, Instant),
    plan: &Plan,
    micro_us: i64,
) -> Outcome<Tiled> {
    // A margin on both sides: whether a stop at an edge is short shows there.
    let (first, last) = (from.plus_us(-micro_us), until.plus_us(micro_us));
    let walk = || Span::by_equipment_started_at().eq(equipment);
    let mut spans = ctx.page(walk().until(first).descending().limit(1))?.rows;
    spans.extend(ctx.all(walk().between(first, last))?);
    let now = ctx.now();
    let ends = |span: &Row<Span>| span.ended_at.unwrap_or(now).max(span.started_at);
    let is_micro = short_interruptions(&spans, micro_us, ends);
    let mut tiles = Vec::new();
    let mut at = from;
    let mut next = 0;
    while at < until {
        while next < spans.len() && ends(&spans[next]) <= at {
            next += 1;
        }
        let span = spans.get(next).filter(|span| span.started_at <= at);
        let known = match span {
            Some(span) => ends(span),
            None => spans.get(next).map_or(until, |span| span.started_at),
        };
        let (planned, changes) = plan.at(at, known.min(until));
        tiles.push(Tile {
            equipment: equipment.clone(),
            from: at,
            until: changes,
            element: element(planned, span.map(|span| span.state), span.is_some() && is_micro[next], plan.assumed),
            state: span.map(|span| span.state),
            word: span.and_then(|span| span.word.clone()),
            reason: span.and_then(|span| span.reason.clone()),
            since: span.map(|span| span.started_at),
        });
        at = changes;
    }
    for stretch in &plan.stretches {
        take_breaks(&mut tiles, (stretch.from, stretch.until), stretch.breaks_us, stretch.lasts);
    }
    let mut tiled = Tiled { tiles, micro: Vec::new(), failing: false };
    for (span, micro) in spans.iter().zip(is_micro).filter(|(span, _)| span.state.is_failure()) {
        if micro {
            tiled.micro.push(span.started_at);
        } else {
            tiled.failing |= span.started_at < from && ends(span) >= from;
        }
    }
    Ok(tiled)
}

/// Which spans belong to an interruption that is shorter than `micro_us` from its first span to its last.
fn short_interruptions(spans: &[Row<Span>], micro_us: i64, ends: impl Fn(&Row<Span>) -> Instant) -> Vec<bool> {
    let mut is_micro = vec![false; spans.len()];
    let mut start = 0;
    while start < spans.len() {
        let length = spans[start..].iter().take_while(|span| span.state.is_interruption()).count();
        if length > 0 {
            let us = ends(&spans[start + length - 1]).since_us(spans[start].started_at);
            is_micro[start..start + length].fill(us < micro_us);
        }
        start += length + 1;
    }
    is_micro
}

fn element(planned: Planned, state: Option<State>, micro: bool, assumed: bool) -> Element {
    match (planned, state) {
        (Planned::Break | Planned::Off, Some(State::Running)) => Element::Extra,
        (Planned::Break, _) => Element::Break,
        (Planned::Off, _) => Element::NotPlanned,
        (Planned::Busy, None) if assumed => Element::NotPlanned,
        (Planned::Busy, None) => Element::NoData,
        (Planned::Busy, Some(State::Planned)) if assumed => Element::Break,
        (Planned::Busy, Some(_)) if micro => Element::MicroStop,
        (Planned::Busy, Some(state)) => state.element(),
    }
}

/// The order in which time becomes a break of which only the length is planned: what the machine calls a break, then
/// other time without production, and production at last, since somebody then worked through.
fn rank(tile: &Tile) -> Option<usize> {
    match tile.element {
        Element::Down if tile.state == Some(State::Planned) => Some(0),
        Element::Maintenance => Some(1),
        Element::NoData => Some(2),
        Element::Down => Some(3),
        Element::Delay => Some(4),
        Element::Setup => Some(5),
        Element::MicroStop => Some(6),
        Element::Production => Some(7),
        Element::Break | Element::NotPlanned | Element::Extra => None,
    }
}

/// Gives breaks without a place theirs, the earliest time of the lowest rank first.
fn take_breaks(tiles: &mut Vec<Tile>, (from, until): (Instant, Instant), mut left_us: i64, only_said: bool) {
    for wanted in 0..if only_said { 1 } else { 8 } {
        let mut at = 0;
        while at < tiles.len() && left_us > 0 {
            let tile = &mut tiles[at];
            if from <= tile.from && tile.until <= until && rank(tile) == Some(wanted) {
                let taken = tile.until.since_us(tile.from).min(left_us);
                let rest = Tile { from: tile.from.plus_us(taken), ..tile.clone() };
                left_us -= taken;
                tile.until = rest.from;
                tile.element = if wanted < 7 { Element::Break } else { Element::Extra };
                if rest.from < rest.until {
                    tiles.insert(at + 1, rest);
                }
            }
            at += 1;
        }
    }
}

//! Where the time went: the timeline of a machine, and the reasons of its stops by the time they cost.

use crate::figures::{check_length, id_of};
use crate::kpi::Ratio;
use crate::overview::machines;
use crate::plan::Plan;
use crate::plant;
use crate::settings;
use crate::state::{Element, State};
use crate::tiles::{Tile, tiles};
use toolcrib_sdk::prelude::*;

/// Tiles of one answer.
const TILES: usize = 1_000;
/// Causes of one answer.
const CAUSES: usize = 200;
const DAY_US: i64 = 24 * 3_600_000_000;
/// Longest period of all machines together: a day in which the clock changes, and an hour to spare.
const ALL_MACHINES_US: i64 = 26 * 3_600_000_000;
/// Tiles of all machines together: few enough for the rows that one call may read.
const ALL_TILES: usize = 30_000;

/// What a machine did in a period, and what each part of it counts as, in order and without a gap; without a period, in the
/// last day.
#[query]
pub fn timeline(ctx: &Query, equipment: Text<64>, from: Option<Instant>, until: Option<Instant>) -> Outcome<Vec<Tile>> {
    let (from, until) = period(ctx, from, until)?;
    let plan = Plan::of(ctx, id_of(ctx, &equipment)?, from, until)?;
    let tiles = tiles(ctx, &equipment, (from, until), &plan, settings::micro_us(ctx)?)?.tiles;
    if tiles.len() > TILES { Err(too_many()) } else { Ok(tiles) }
}

/// The part of a period that is over; the last day, where none is given.
fn period(ctx: &Query, from: Option<Instant>, until: Option<Instant>) -> Outcome<(Instant, Instant)> {
    let until = until.unwrap_or_else(|| ctx.now()).min(ctx.now());
    let from = from.unwrap_or_else(|| until.plus_us(-DAY_US));
    check_length(from, until)?;
    Ok((from, until))
}

fn too_many() -> Stopped {
    reject("too-many-changes", "The machines changed too often for one answer: ask for a shorter period").field("until")
}

/// One cause of lost time.
#[value]
#[derive(Default)]
pub struct Cause {
    /// What it is called: the reason in the plant's words, or people's own, or the state.
    pub cause: Said,
    /// What people say it was; none: nobody explained these stops.
    pub reason: Option<Text<40>>,
    /// The state of stops that nobody explained.
    pub state: Option<State>,
    /// Micro-stops: they lower effectiveness, the others availability.
    pub micro: bool,
    /// Stops; one that a break interrupts is one.
    pub count: i64,
    /// Planned busy time they cost.
    pub lost_s: Decimal<6>,
    /// Part of all lost time.
    pub share: Option<Ratio>,
    /// Part of all lost time that this cause and those before it make up.
    pub cumulative: Option<Ratio>,
}

/// Reasons of stops in a period, by lost time, the largest first; without a period, in the last day. Without a machine: of
/// the first hundred together, in at most a day.
#[query]
pub fn pareto(
    ctx: &Query,
    equipment: Option<Text<64>>,
    from: Option<Instant>,
    until: Option<Instant>,
) -> Outcome<Vec<Cause>> {
    let (from, until) = period(ctx, from, until)?;
    let mut codes = Vec::new();
    match equipment {
        Some(equipment) => codes.push(equipment),
        None if until.since_us(from) > ALL_MACHINES_US => {
            return Err(reject("bad-period", "All machines together are shown for a day at most").field("until"));
        }
        None => {
            for span in ctx.page(machines(None))?.rows {
                codes.push(span.value.equipment);
            }
        }
    }
    let (micro_us, mut causes, mut seen) = (settings::micro_us(ctx)?, Vec::new(), 0);
    for code in codes {
        let plan = Plan::of(ctx, id_of(ctx, &code)?, from, until)?;
        let tiles = tiles(ctx, &code, (from, until), &plan, micro_us)?.tiles;
        seen += tiles.len();
        if seen > ALL_TILES {
            return Err(too_many());
        }
        add(&mut causes, &tiles);
    }
    ranked(ctx, causes)
}

/// Adds what one machine lost to the causes, which are in no order.
fn add(causes: &mut Vec<Cause>, tiles: &[Tile]) {
    // The last stop that each cause counted.
    let mut counted = vec![None; causes.len()];
    for tile in tiles {
        let micro = tile.element == Element::MicroStop;
        if !micro && !matches!(tile.element, Element::Setup | Element::Delay | Element::Down) {
            continue;
        }
        let (reason, state) = (&tile.reason, tile.state.filter(|_| tile.reason.is_none()));
        let is = |cause: &Cause| cause.micro == micro && cause.reason == *reason && cause.state == state;
        let at = causes.iter().position(is).unwrap_or_else(|| {
            let none = Cause { reason: reason.clone(), state, micro, ..Cause::default() };
            causes.push(none);
            counted.push(None);
            causes.len() - 1
        });
        causes[at].lost_s.0 += tile.us() as i64;
        if counted[at] != tile.since {
            causes[at].count += 1;
            counted[at] = tile.since;
        }
    }
}

/// The causes by lost time, the largest first, with their shares.
fn ranked(ctx: &Query, causes: Vec<Cause>) -> Outcome<Vec<Cause>> {
    let all: i128 = causes.iter().map(|cause| i128::from(cause.lost_s.0)).sum();
    let mut ranked: Vec<Cause> = Vec::new();
    for cause in causes {
        let before = |other: &Cause| (other.lost_s, other.count) >= (cause.lost_s, cause.count);
        ranked.insert(ranked.partition_point(before), cause);
    }
    ranked.truncate(CAUSES);
    let mut so_far = 0;
    for cause in &mut ranked {
        so_far += i128::from(cause.lost_s.0);
        cause.share = Ratio::ratio(cause.lost_s.0.into(), all);
        cause.cumulative = Ratio::ratio(so_far, all);
        cause.cause = called(ctx, cause)?;
    }
    Ok(ranked)
}

fn called(ctx: &Query, cause: &Cause) -> Outcome<Said> {
    let micro = if cause.micro { ("短停 ", "Micro-stop: ") } else { ("", "") };
    let name = match (&cause.reason, cause.state) {
        (Some(code), _) => plant::called(ctx, code)?,
        (None, state) => Said::new(state.map_or(("", ""), State::label))?,
    };
    Said::new(([micro.0, name.zh.as_str()].concat(), [micro.1, name.en.as_str()].concat()))
}

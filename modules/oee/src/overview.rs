//! All machines, now: what a board on the wall shows.

use crate::figures::{elements, of_shift};
use crate::kpi::Ratio;
use crate::plant::{Equipment, PlannedShift};
use crate::spans::{Span, State};
use toolcrib_sdk::prelude::*;

/// Where no shift is planned, figures cover so much of the past.
const WITHOUT_SHIFT_US: i64 = 8 * 3_600_000_000;
/// Machines of one answer: with 300 state changes each in a shift they stay inside the rows one call may read.
const MACHINES: u32 = 100;

/// One machine now.
#[value]
#[derive(Clone, Debug, PartialEq)]
pub struct Machine {
    pub equipment: Text<64>,
    pub name: Text<80>,
    pub state: State,
    /// Since when it is in this state.
    pub since: Option<Instant>,
    pub availability: Option<Ratio>,
    pub effectiveness: Option<Ratio>,
    pub quality: Option<Ratio>,
    pub oee: Option<Ratio>,
    pub good: i64,
    pub scrap: i64,
}

/// Machines that ever sent a state, by code.
#[value]
#[derive(Clone, Debug, PartialEq)]
pub struct Overview {
    pub machines: Vec<Machine>,
    /// Where to go on when there are more than a hundred.
    pub next: Option<Cursor>,
}

/// State and figures of all machines in their present shift, or in the last eight hours where none is planned.
#[query]
pub fn overview(ctx: &Query, after: Option<Cursor>) -> Outcome<Overview> {
    let page = ctx.page(Equipment::by_code().limit(MACHINES).after(after))?;
    let mut machines = Vec::new();
    for equipment in &page.rows {
        let last = ctx.first(Span::by_equipment_started_at().eq(&equipment.code).descending())?;
        if let Some(last) = last {
            machines.push(machine(ctx, equipment, &last)?);
        }
    }
    Ok(Overview { machines, next: page.next })
}

fn machine(ctx: &Query, equipment: &Row<Equipment>, last: &Row<Span>) -> Outcome<Machine> {
    let (code, now) = (&equipment.code, ctx.now());
    let walk = PlannedShift::by_equipment_starts_at().eq(equipment.id).until(now.plus_us(1)).descending();
    let shift = ctx.first(walk)?.filter(|shift| shift.ends_at > now);
    let elements = match shift {
        Some(shift) => of_shift(ctx, code, &shift)?,
        None => {
            let earliest = ctx.first(Span::by_equipment_started_at().eq(code))?.map_or(now, |span| span.started_at);
            let from = earliest.max(now.plus_us(-WITHOUT_SHIFT_US));
            let elapsed = i128::from(now.since_us(from).max(0));
            elements(ctx, code, from, now, |times| elapsed - times.planned_us)?
        }
    };
    let figures = elements.figures();
    Ok(Machine {
        equipment: code.clone(),
        name: equipment.name.clone(),
        state: last.state,
        since: Some(last.started_at),
        availability: figures.availability,
        effectiveness: figures.effectiveness,
        quality: figures.quality,
        oee: figures.oee,
        good: elements.good_pieces(),
        scrap: elements.scrap_pieces(),
    })
}

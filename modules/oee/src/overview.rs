//! All machines, now: what a board on the wall shows.

use crate::figures::{Oee, figures};
use crate::kpi::Ratio;
use crate::plan::Plan;
use crate::plant::{self, Equipment, PlannedShift};
use crate::settings;
use crate::spans::Span;
use crate::state::State;
use toolcrib_sdk::prelude::*;

/// Where no shift is planned, figures cover so much of the past.
const WITHOUT_SHIFT_US: i64 = 8 * 3_600_000_000;
/// Machines of one answer: with 300 state changes each in a shift they stay inside the rows one call may read.
pub const MACHINES: u32 = 100;

/// One machine now.
#[value]
pub struct Machine {
    pub equipment: Text<64>,
    pub name: Text<80>,
    pub state: State,
    /// What the machine said, where its word is not known.
    pub word: Option<Text<64>>,
    /// Since when it is in this state.
    pub since: Option<Instant>,
    pub reason: Option<Text<40>>,
    /// The reason in the plant's words, in both languages; or as somebody wrote it.
    pub reason_name: Option<Said>,
    pub availability: Option<Ratio>,
    pub effectiveness: Option<Ratio>,
    pub quality: Option<Ratio>,
    pub oee: Option<Ratio>,
    pub good: Decimal<6>,
    pub scrap: Decimal<6>,
}

/// Machines of which a state was ever heard, by code; those that the plant retired are left out.
#[value]
pub struct Overview {
    pub machines: Vec<Machine>,
    /// Where to go on when there are more than a hundred.
    pub next: Option<Cursor>,
}

/// The spans that last, one for each machine that was ever heard of, by code.
pub fn machines(after: Option<Cursor>) -> Index<Span, impl Sized> {
    Span::by_ended_at_equipment().eq(None::<Instant>).limit(MACHINES).after(after)
}

/// State and figures of all machines in their present shift, or in the last eight hours where none is planned.
#[query]
pub fn overview(ctx: &Query, after: Option<Cursor>) -> Outcome<Overview> {
    let page = ctx.page(machines(after))?;
    let micro_us = settings::micro_us(ctx)?;
    let mut machines = Vec::new();
    for span in page.rows {
        let row = plant::equipment(ctx, &span.equipment)?;
        if row.as_ref().is_none_or(|row| row.retired_at.is_none()) {
            machines.push(machine(ctx, span.value, row, micro_us)?);
        }
    }
    Ok(Overview { machines, next: page.next })
}

fn machine(ctx: &Query, span: Span, row: Option<Row<Equipment>>, micro_us: i64) -> Outcome<Machine> {
    let now = ctx.now();
    let id = row.as_ref().map(|row| row.id);
    let shift = match id {
        Some(id) => present_shift(ctx, id)?,
        None => None,
    };
    let (from, plan) = if let Some(shift) = shift {
        (shift.starts_at, Plan::of(ctx, id, shift.starts_at, now)?)
    } else {
        let from = now.plus_us(-WITHOUT_SHIFT_US);
        (from, Plan::assumed(from, now))
    };
    let (figures, _) = figures(ctx, &span.equipment, (from, now), &plan, micro_us)?;
    let name = row.map_or_else(|| Text::new(span.equipment.as_str()), |row| Ok(row.value.name))?;
    let reason_name = span.reason.as_ref().map(|code| plant::called(ctx, code)).transpose()?;
    let Span { equipment, state, word, started_at, reason, .. } = span;
    let now =
        Machine { equipment, name, state, word, since: Some(started_at), reason, reason_name, ..Machine::blank() };
    let Oee { availability, effectiveness, quality, oee, good, scrap, .. } = figures;
    Ok(Machine { availability, effectiveness, quality, oee, good, scrap, ..now })
}

fn present_shift(ctx: &Query, machine: Id<Equipment>) -> Outcome<Option<Row<PlannedShift>>> {
    let walk = PlannedShift::by_equipment_starts_at().eq(machine).until(ctx.now().plus_us(1)).descending();
    Ok(ctx.first(walk)?.filter(|shift| shift.ends_at > ctx.now()))
}

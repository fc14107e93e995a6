//! When a machine is planned to work, from the plant's shifts and breaks.

use crate::plant::{Equipment, PlannedBreak, PlannedShift};
use toolcrib_sdk::prelude::*;

const MINUTE_US: i64 = 60_000_000;

/// What is planned for a part of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Planned {
    Busy,
    Break,
    /// No shift.
    Off,
}

/// A shift as far as it lies in the window.
#[derive(Clone, Debug)]
pub struct Stretch {
    pub from: Instant,
    pub until: Instant,
    /// Length of the breaks of which the plan does not say when they are.
    pub breaks_us: i64,
    /// Part of the shift is still to come: of those breaks only what the machine itself calls one counts.
    pub lasts: bool,
}

/// The plan of one machine in one window.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    pub stretches: Vec<Stretch>,
    pub breaks: Vec<(Instant, Instant)>,
    /// Nothing is planned by anyone: all time since the machine was first heard of is, less what it calls a break.
    pub assumed: bool,
}

impl Plan {
    /// All of the window is planned, apart from breaks of this length.
    pub fn whole(from: Instant, until: Instant, breaks_us: i64) -> Self {
        let stretch = Stretch { from, until, breaks_us, lasts: false };
        Self { stretches: vec![stretch], ..Self::default() }
    }

    /// Nobody plans: the machine is meant to work the whole window.
    pub fn assumed(from: Instant, until: Instant) -> Self {
        Self { assumed: true, ..Self::whole(from, until, 0) }
    }

    /// The plant's plan for a window that is not in the future. All of it is planned where no
    /// shift ever was on this machine.
    pub fn of(ctx: &Query, machine: Option<Id<Equipment>>, from: Instant, until: Instant) -> Outcome<Self> {
        let Some(machine) = machine else { return Ok(Self::assumed(from, until)) };
        let walk = || PlannedShift::by_equipment_starts_at().eq(machine);
        // The shift that had begun before, then those of the window.
        let mut shifts = ctx.page(walk().until(from).descending().limit(1))?.rows;
        shifts.extend(ctx.all(walk().between(from, until))?);
        shifts.retain(|shift| shift.ends_at > from);
        if shifts.is_empty() && ctx.first(walk())?.is_none() {
            return Ok(Self::assumed(from, until));
        }
        let mut plan = Self::default();
        let (Some(first), Some(last)) = (shifts.first(), shifts.last()) else { return Ok(plan) };
        let walk = PlannedBreak::by_equipment_starts_at().eq(machine).between(first.starts_at, last.ends_at);
        for placed in ctx.all(walk)? {
            plan.breaks.push((placed.starts_at, placed.ends_at));
        }
        for shift in shifts {
            // Shifts that overlap are planned once.
            let begins = plan.stretches.last().map_or(from, |last| last.until).max(shift.starts_at);
            let ends = shift.ends_at.min(until);
            if begins < ends {
                plan.stretches.push(plan.stretch(&shift, begins, ends, ctx.now()));
            }
        }
        Ok(plan)
    }

    /// The part of a shift between two moments, with its share of the breaks that have no place.
    fn stretch(&self, shift: &PlannedShift, from: Instant, until: Instant, now: Instant) -> Stretch {
        let placed: i64 = self.breaks.iter().map(|placed| overlap_us(*placed, (shift.starts_at, shift.ends_at))).sum();
        let breaks_us = (shift.break_minutes.saturating_mul(MINUTE_US) - placed).max(0);
        if shift.ends_at > now {
            return Stretch { from, until, breaks_us, lasts: true };
        }
        // Shares of the parts of one shift add up to the whole.
        let until_here = |at: Instant| {
            let (part, whole) = (at.since_us(shift.starts_at), shift.ends_at.since_us(shift.starts_at).max(1));
            (i128::from(breaks_us) * i128::from(part) / i128::from(whole)) as i64
        };
        Stretch { from, until, breaks_us: until_here(until) - until_here(from), lasts: false }
    }

    /// What is planned at a moment, and until when that stays so at most.
    pub fn at(&self, at: Instant, until: Instant) -> (Planned, Instant) {
        let holds = |(from, to): (Instant, Instant)| from <= at && at < to;
        let Some(stretch) = self.stretches.iter().find(|part| holds((part.from, part.until))) else {
            let next = self.stretches.iter().map(|part| part.from).filter(|from| *from > at);
            return (Planned::Off, next.fold(until, Instant::min));
        };
        let ends = stretch.until.min(until);
        if let Some((_, over)) = self.breaks.iter().copied().find(|placed| holds(*placed)) {
            return (Planned::Break, over.min(ends));
        }
        let next = self.breaks.iter().map(|(from, _)| *from).filter(|from| *from > at);
        (Planned::Busy, next.fold(ends, Instant::min))
    }
}

fn overlap_us(one: (Instant, Instant), other: (Instant, Instant)) -> i64 {
    one.1.min(other.1).since_us(one.0.max(other.0)).max(0)
}

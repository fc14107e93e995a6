//! Ideal speeds of machines, each valid from a moment on.

use toolcrib_sdk::context::Context;
use toolcrib_sdk::prelude::*;

/// The planned run rate of a machine: the inverse of PRI, the planned run time per item.
#[record(unique(equipment, valid_from))]
#[derive(Clone, Debug)]
pub struct Rate {
    pub equipment: Text<64>,
    pub valid_from: Instant,
    pub pieces_per_minute: Decimal<3>,
}

/// Sets the ideal speed of a machine, in pieces per minute, from now on or from a given moment.
#[command(roles("owner", "admin", "supervisor"))]
pub fn set_rate(
    ctx: &mut Command,
    equipment: Text<64>,
    pieces_per_minute: Decimal<3>,
    valid_from: Option<Instant>,
) -> Outcome<()> {
    if pieces_per_minute <= Decimal::ZERO {
        return Err(
            reject("rate-not-positive", "An ideal speed is more than zero pieces a minute").field("pieces_per_minute")
        );
    }
    let valid_from = valid_from.unwrap_or_else(|| ctx.now());
    match ctx.first(Rate::by_equipment_valid_from().eq(&equipment).eq(valid_from))? {
        Some(mut known) => {
            known.pieces_per_minute = pieces_per_minute;
            ctx.update(&mut known)
        }
        None => {
            ctx.insert(Rate { equipment, valid_from, pieces_per_minute })?;
            Ok(())
        }
    }
}

/// The ideal speeds of a machine, newest first.
#[query]
pub fn rates(ctx: &Query, equipment: Text<64>) -> Outcome<Page<Rate>> {
    ctx.page(Rate::by_equipment_valid_from().eq(&equipment).descending().limit(50))
}

/// A part of a period in which one rate holds.
pub struct Part {
    pub from: Instant,
    pub until: Instant,
    /// Thousandths of a piece per minute; none before the first rate.
    pub rate: Option<i64>,
}

/// Cuts a period where the rate of a machine changes.
pub fn parts<M>(ctx: &Context<M>, equipment: &Text<64>, from: Instant, until: Instant) -> Outcome<Vec<Part>> {
    let walk = || Rate::by_equipment_valid_from().eq(equipment);
    let before = ctx.first(walk().until(from.plus_us(1)).descending())?;
    let changes = ctx.all(walk().between(from.plus_us(1), until))?;
    let mut parts = vec![Part { from, until, rate: before.map(|rate| rate.pieces_per_minute.0) }];
    for change in changes {
        if let Some(last) = parts.last_mut() {
            last.until = change.valid_from;
        }
        parts.push(Part { from: change.valid_from, until, rate: Some(change.pieces_per_minute.0) });
    }
    Ok(parts)
}

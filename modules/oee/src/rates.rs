//! Ideal speeds of machines, each valid from a moment on.

use toolcrib_sdk::prelude::*;

/// The ideal speed of a machine, exact as people say it: so many pieces in so many seconds. The inverse is PRI, the
/// planned run time per item.
#[record(unique(equipment, valid_from))]
pub struct Rate {
    pub equipment: Text<64>,
    pub valid_from: Instant,
    pub pieces: Decimal<3>,
    pub seconds: Decimal<3>,
}

/// Sets the ideal speed of a machine, in pieces per minute, from now on or from a given moment.
#[command(roles("owner", "admin", "supervisor"))]
pub fn set_rate(
    ctx: &mut Command,
    equipment: Text<64>,
    pieces_per_minute: Decimal<3>,
    valid_from: Option<Instant>,
) -> Outcome<()> {
    let message = "An ideal speed is more than zero pieces a minute";
    reject_if(pieces_per_minute <= Decimal::ZERO, "rate-not-positive", message).field("pieces_per_minute")?;
    keep(ctx, equipment, pieces_per_minute, Decimal(60_000), valid_from)
}

/// Sets the ideal speed of a machine by its cycle, PRI: the seconds of one piece.
#[command(roles("owner", "admin", "supervisor"))]
pub fn set_cycle(
    ctx: &mut Command,
    equipment: Text<64>,
    seconds_per_piece: Decimal<3>,
    valid_from: Option<Instant>,
) -> Outcome<()> {
    let message = "A piece takes more than zero seconds";
    reject_if(seconds_per_piece <= Decimal::ZERO, "rate-not-positive", message).field("seconds_per_piece")?;
    keep(ctx, equipment, Decimal(1_000), seconds_per_piece, valid_from)
}

fn keep(
    ctx: &mut Command,
    equipment: Text<64>,
    pieces: Decimal<3>,
    seconds: Decimal<3>,
    valid_from: Option<Instant>,
) -> Outcome<()> {
    let valid_from = valid_from.unwrap_or_else(|| ctx.now());
    ctx.put(Rate { equipment, valid_from, pieces, seconds }).map(drop)
}

/// The ideal speeds of a machine, newest first.
#[query]
pub fn rates(ctx: &Query, equipment: Text<64>, after: Option<Cursor>) -> Outcome<Page<Rate>> {
    ctx.page(Rate::by_equipment_valid_from().eq(&equipment).descending().limit(50).after(after))
}

/// An ideal speed: thousandths of a piece in thousandths of a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Speed {
    pub pieces: i64,
    pub seconds: i64,
}

/// A part of a period in which one speed holds.
pub struct Part {
    pub from: Instant,
    pub until: Instant,
    /// None before the first speed.
    pub speed: Option<Speed>,
}

/// Cuts a period where the speed of a machine changes.
pub fn parts(ctx: &Query, equipment: &Text<64>, from: Instant, until: Instant) -> Outcome<Vec<Part>> {
    let walk = || Rate::by_equipment_valid_from().eq(equipment);
    let speed = |rate: &Row<Rate>| Speed { pieces: rate.pieces.0, seconds: rate.seconds.0 };
    let before = ctx.first(walk().until(from.plus_us(1)).descending())?;
    let mut parts = vec![Part { from, until, speed: before.as_ref().map(speed) }];
    for change in ctx.all(walk().between(from.plus_us(1), until))? {
        if let Some(last) = parts.last_mut() {
            last.until = change.valid_from;
        }
        parts.push(Part { from: change.valid_from, until, speed: Some(speed(&change)) });
    }
    Ok(parts)
}

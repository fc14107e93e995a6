//! Bookings: what was made, and which lots it was made of. Signed, so that a correction takes back what it corrects.

use crate::graph::{self, Edge, Way};
use crate::lots::{self, Code, Kind, Lot, Movement, Quantity, Status};
use crate::{plant, policy, receive};
use std::collections::BTreeSet;
use toolcrib_sdk::prelude::*;

/// What rounding adds up to, at most, over the corrections of a report in another unit: millionths.
const ROUNDED: i64 = 10;

/// So much of a lot went into what was made, in that lot's unit.
#[value]
pub struct Consumed {
    pub lot: Code,
    pub quantity: Quantity,
}

/// Something was made; a correction tells a negative quantity.
#[event]
pub struct LotMade {
    pub lot: Code,
    pub material: Code,
    pub unit: Text<16>,
    pub quantity: Quantity,
    pub order: Option<Code>,
}

/// Who booked, for what and where.
struct Booking {
    source: Option<Code>,
    order: Option<Code>,
    equipment: Option<Code>,
    at: Instant,
}

/// Books what was made and what went into it; quantities may be negative. The same source twice changes nothing.
#[command(roles("owner", "admin", "supervisor", "operator", "module"))]
pub fn book(
    ctx: &mut Command,
    source: Code,
    lot: Code,
    material: Code,
    unit: Text<16>,
    quantity: Quantity,
    order: Option<Code>,
    equipment: Option<Code>,
    consumed: Vec<Consumed>,
    at: Instant,
) -> Outcome<()> {
    reject_if(source.is_blank(), "source-empty", "Say what is booked, so that it is booked once").field("source")?;
    if ctx.first(Movement::by_source().eq(source.clone()))?.is_some() {
        return Ok(());
    }
    let booking = Booking { source: Some(source), order, equipment, at };
    made(ctx, lot, material, &unit, quantity, consumed, &booking)
}

/// Makes a lot by hand, or adds to it. With nothing made yet it is a lot that others can be used for.
#[command(roles("owner", "admin", "supervisor", "operator"))]
pub fn make_lot(
    ctx: &mut Command,
    lot: Code,
    material: Code,
    quantity: Quantity,
    unit: Text<16>,
    order: Option<Code>,
    consumed: Vec<Consumed>,
) -> Outcome<()> {
    let message = "What was made is not negative; adjust the lot";
    reject_if(quantity < Decimal::ZERO, "quantity-negative", message).field("quantity")?;
    let booking = Booking { source: None, order, equipment: None, at: ctx.now() };
    made(ctx, lot, material, &unit, quantity, consumed, &booking)
}

/// Uses a lot for another, both scanned. Without a quantity: all that is left.
#[command(roles("owner", "admin", "supervisor", "operator"))]
pub fn use_lot(
    ctx: &mut Command,
    lot: Code,
    into: Code,
    quantity: Option<Quantity>,
    unit: Option<Text<16>>,
) -> Outcome<()> {
    let (from, into) = (lots::known(ctx, &lot, "lot")?, lots::known(ctx, &into, "into")?);
    let quantity = match quantity {
        None => from.left,
        Some(quantity) => {
            plant::converted(ctx, &from.material, quantity, unit.as_ref().unwrap_or(&from.unit), &from.unit)?
        }
    };
    reject_if(quantity <= Decimal::ZERO, "quantity-not-positive", "There must be something to use")
        .field("quantity")?;
    let booking = Booking { source: None, order: into.order.clone(), equipment: None, at: ctx.now() };
    let descendants = graph::descendants(ctx, &into).field("into")?;
    take(ctx, &into.code, Consumed { lot, quantity }, &descendants, &booking)
}

fn made(
    ctx: &mut Command,
    code: Code,
    material: Code,
    unit: &Text<16>,
    quantity: Quantity,
    consumed: Vec<Consumed>,
    booking: &Booking,
) -> Outcome<()> {
    let source = booking.source.clone();
    let entry =
        Movement { source, place: booking.equipment.clone(), ..Movement::new(Kind::Made, quantity, booking.at) };
    let (lot, quantity) = match ctx.first(Lot::by_code().eq(&code))? {
        Some(mut lot) => {
            if lot.material != material {
                let message = ["Lot ", code.as_str(), " is of ", lot.material.as_str(), "; use another code"].concat();
                return Err(reject("other-material", &message).field("material"));
            }
            let mut quantity = plant::converted(ctx, &material, quantity, unit, &lot.unit)?;
            // The parts of what is taken back are rounded each: together they may be a little more than the whole was.
            if *unit != lot.unit && (-ROUNDED..0).contains(&(lot.left.0 + quantity.0)) {
                quantity = Decimal(-lot.left.0);
            }
            if quantity != Decimal::ZERO {
                lots::change(ctx, &mut lot, Movement { quantity, ..entry })?;
            }
            (lot.value, quantity)
        }
        None if quantity < Decimal::ZERO => return lots::known(ctx, &code, "lot").map(drop),
        None => {
            let order = booking.order.clone();
            let lot = Lot { order, ..receive::begin(ctx, code, material, unit.clone(), booking.at)? };
            let quantity = plant::converted(ctx, &lot.material, quantity, unit, &lot.unit)?;
            lots::create(ctx, lot.clone(), Movement { quantity, ..entry })?;
            (lot, quantity)
        }
    };
    consume(ctx, &lot, consumed, booking)?;
    if quantity == Decimal::ZERO {
        return Ok(());
    }
    let Lot { code: lot, material, unit, .. } = lot;
    ctx.emit(LotMade { lot, material, unit, quantity, order: booking.order.clone() })
}

/// Takes lots for another. A refusal names the line.
fn consume(ctx: &mut Command, output: &Lot, consumed: Vec<Consumed>, booking: &Booking) -> Outcome<()> {
    if consumed.is_empty() {
        return Ok(());
    }
    let descendants = graph::descendants(ctx, output)?;
    for (at, line) in consumed.into_iter().enumerate() {
        take(ctx, &output.code, line, &descendants, booking).nth("consumed", at)?;
    }
    Ok(())
}

fn take(
    ctx: &mut Command,
    output: &Code,
    line: Consumed,
    descendants: &BTreeSet<Code>,
    booking: &Booking,
) -> Outcome<()> {
    let Consumed { lot: input, quantity } = line;
    let mut lot = lots::known(ctx, &input, "lot")?;
    if quantity > Decimal::ZERO {
        usable(ctx, &lot, booking.at)?;
        refuse_cycle(output, &input, descendants)?;
    }
    let (unit, order, at) = (lot.unit.clone(), booking.order.clone(), booking.at);
    graph::join(ctx, Edge { output: output.clone(), input, way: Way::Used, quantity, unit, order, at })?;
    let (other, source, place) = (Some(output.clone()), booking.source.clone(), booking.equipment.clone());
    let entry = Movement { other, source, place, ..Movement::new(Kind::Used, Decimal(-quantity.0), at) };
    lots::change(ctx, &mut lot, entry)
}

/// Refuses what would make a lot a part of itself.
pub fn refuse_cycle(output: &Code, input: &Code, descendants: &BTreeSet<Code>) -> Outcome<()> {
    if !descendants.contains(input) {
        return Ok(());
    }
    let message = [input.as_str(), " is made of ", output.as_str(), ": it cannot go into it"].concat();
    Err(reject("would-contain-itself", &message).field("lot"))
}

/// Refuses a lot that is held, blocked or, when the plant says so, expired.
pub fn usable(ctx: &Command, lot: &Row<Lot>, at: Instant) -> Outcome<()> {
    let because = lot.because.as_ref().map_or("no reason given", |because| because.as_str());
    let refused = |code: &str, state: &str, then: &str| {
        let message = ["Lot ", lot.code.as_str(), " is ", state, ": ", because, "; ", then].concat();
        Err(reject(code, &message).field("lot"))
    };
    match lot.status {
        Status::Held => return refused("lot-held", "held", "take another, or have it released"),
        Status::Blocked => return refused("lot-blocked", "blocked", "take another, or have it released"),
        Status::Available => {}
    }
    match lot.expires_on {
        Some(last) if policy::refuses_expired(ctx)? && last < plant::day(ctx, at)? => {
            let message = ["Lot ", lot.code.as_str(), " expired after ", &last.to_string(), "; take another"].concat();
            Err(reject("lot-expired", &message).field("lot"))
        }
        _ => Ok(()),
    }
}

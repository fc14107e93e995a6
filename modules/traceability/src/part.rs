//! Lots in parts: sub-lots and serial numbers parted off, lots poured together.

use crate::book::{refuse_cycle, usable};
use crate::graph::{self, Edge, Way};
use crate::lots::{self, Code, Kind, Lot, Movement, Quantity};
use crate::plant;
use toolcrib_sdk::prelude::*;

/// A sub-lot to be parted off.
#[value]
pub struct Part {
    pub lot: Code,
    /// In the unit of the lot it is parted from.
    pub quantity: Quantity,
}

/// Parts sub-lots off a lot. Each is in the state of the whole: what is held stays held.
#[command(roles("owner", "admin", "supervisor", "operator"))]
pub fn split_lot(ctx: &mut Command, lot: Code, into: Vec<Part>) -> Outcome<()> {
    part_off(ctx, &lot, into, false, "into")
}

/// Gives pieces of a lot serial numbers: each becomes a sub-lot of one piece.
#[command(roles("owner", "admin", "supervisor", "operator"))]
pub fn serialise_lot(ctx: &mut Command, lot: Code, serials: Vec<Code>) -> Outcome<()> {
    let one = Decimal(1_000_000);
    let parts = serials.into_iter().map(|lot| Part { lot, quantity: one }).collect();
    part_off(ctx, &lot, parts, true, "serials")
}

fn part_off(ctx: &mut Command, code: &Code, parts: Vec<Part>, serial: bool, field: &str) -> Outcome<()> {
    let mut whole = lots::known(ctx, code, "lot")?;
    reject_if(parts.is_empty(), "nothing-to-part", "Say what is to be parted off").field(field)?;
    let at = ctx.now();
    for (number, part) in parts.into_iter().enumerate() {
        part_one(ctx, &mut whole, part, serial, at).map_err(|stopped| match serial {
            // A list of codes: its items have no fields.
            true => stopped.field(&[field, "/", &number.to_string()].concat()),
            false => stopped.nth(field, number),
        })?;
    }
    Ok(())
}

fn part_one(ctx: &mut Command, whole: &mut Row<Lot>, part: Part, serial: bool, at: Instant) -> Outcome<()> {
    let Part { lot: code, quantity } = part;
    reject_if(quantity <= Decimal::ZERO, "quantity-not-positive", "A part is more than nothing").field("quantity")?;
    lots::check_new(ctx, &code, "lot")?;
    let (parent, unit, order) = (whole.code.clone(), whole.unit.clone(), whole.order.clone());
    let away = Movement { other: Some(code.clone()), ..Movement::new(Kind::Split, Decimal(-quantity.0), at) };
    lots::change(ctx, whole, away)?;
    let Lot { material, status, because, place, expires_on, supplier, .. } = whole.value.clone();
    let labelled = Lot { code: code.clone(), material, unit: unit.clone(), serial, at, ..Lot::blank() };
    let sub = Lot { status, because, place, expires_on, supplier, order: order.clone(), ..labelled };
    let came = Movement { other: Some(parent.clone()), ..Movement::new(Kind::Split, quantity, at) };
    lots::create(ctx, sub, came)?;
    graph::join(ctx, Edge { output: code, input: parent, way: Way::Split, quantity, unit, order, at })
}

/// Pours lots of one material together, all that is left of each, into a new lot or one that is there. It expires with
/// the first of them.
#[command(roles("owner", "admin", "supervisor", "operator"))]
pub fn merge_lots(ctx: &mut Command, lots: Vec<Code>, into: Code) -> Outcome<()> {
    let Some(first) = lots.first() else {
        return Err(reject("nothing-to-merge", "Say which lots are poured together").field("lots"));
    };
    let (first, at) = (lots::known(ctx, first, "lots/0")?, ctx.now());
    if ctx.first(Lot::by_code().eq(&into))?.is_none() {
        lots::check_new(ctx, &into, "into")?;
        let Lot { material, unit, place, .. } = first.value;
        ctx.insert(Lot { code: into.clone(), material, unit, place, at, ..Lot::blank() })?;
    }
    let mut target = lots::known(ctx, &into, "into")?;
    usable(ctx, &target, at).field("into")?;
    let descendants = graph::descendants(ctx, &target).field("into")?;
    for (number, code) in lots.iter().enumerate() {
        let within = |stopped: Stopped| stopped.field(&["lots/", &number.to_string()].concat());
        refuse_cycle(&into, code, &descendants).map_err(within)?;
        pour(ctx, &mut target, code, at).map_err(within)?;
    }
    Ok(())
}

fn pour(ctx: &mut Command, target: &mut Row<Lot>, code: &Code, at: Instant) -> Outcome<()> {
    let mut from = lots::known(ctx, code, "lots")?;
    if let Some(serial) = [&from, &*target].into_iter().find(|lot| lot.serial) {
        let message = ["Serial number ", serial.code.as_str(), " stands for one piece; use it instead"].concat();
        return Err(reject("serial-is-one", &message));
    }
    if from.material != target.material {
        let message = ["Only lots of one material pour together: ", code.as_str(), " is another"].concat();
        return Err(reject("other-material", &message));
    }
    usable(ctx, &from, at)?;
    let quantity = from.left;
    if quantity == Decimal::ZERO {
        return Err(reject("lot-empty", &["Nothing is left of ", code.as_str()].concat()));
    }
    let into = target.code.clone();
    let away = Movement { other: Some(into.clone()), ..Movement::new(Kind::Merged, Decimal(-quantity.0), at) };
    lots::change(ctx, &mut from, away)?;
    let gained = plant::converted(ctx, &from.material, quantity, &from.unit, &target.unit)?;
    target.expires_on = [target.expires_on, from.expires_on].into_iter().flatten().min();
    let came = Movement { other: Some(code.clone()), ..Movement::new(Kind::Merged, gained, at) };
    lots::change(ctx, target, came)?;
    let (unit, order) = (from.unit.clone(), target.order.clone());
    graph::join(ctx, Edge { output: into, input: code.clone(), way: Way::Merged, quantity, unit, order, at })
}

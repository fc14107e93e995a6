//! Lots from outside: goods received one by one, and the stock that was there before.

use crate::lots::{self, Code, Kind, Lot, Movement, Quantity};
use crate::plant;
use toolcrib_sdk::prelude::*;

/// A lot was received.
#[event]
pub struct LotReceived {
    pub lot: Code,
    pub material: Code,
    pub unit: Text<16>,
    pub quantity: Quantity,
}

/// One lot, as it is received or counted.
#[value]
pub struct NewLot {
    pub lot: Code,
    pub material: Code,
    pub quantity: Quantity,
    pub unit: Text<16>,
    pub place: Option<Code>,
    pub expires_on: Option<Date>,
    pub supplier: Option<Text<80>>,
}

/// Receives a lot. Its quantity is kept in the material's unit; without a day it expires after its shelf life.
#[command(roles("owner", "admin", "supervisor", "operator", "module"))]
pub fn receive_lot(ctx: &mut Command, #[embed] new: NewLot) -> Outcome<()> {
    let lot = take_in(ctx, new)?;
    ctx.emit(LotReceived { lot: lot.code, material: lot.material, unit: lot.unit, quantity: lot.made })
}

/// Takes in the lots that were there before, in order; all or none. Nobody is asked to inspect them.
#[command(roles("owner", "admin", "supervisor"))]
pub fn import_lots(ctx: &mut Command, rows: Vec<NewLot>) -> Outcome<Imported> {
    ctx.import(rows, |ctx, row| take_in(ctx, row).map(|_| Put::Added))
}

fn take_in(ctx: &mut Command, new: NewLot) -> Outcome<Lot> {
    let NewLot { lot: code, material, quantity, unit, place, expires_on, supplier } = new;
    lots::check_new(ctx, &code, "lot")?;
    let at = ctx.now();
    let empty = begin(ctx, code, material, unit.clone(), at)?;
    let quantity = plant::converted(ctx, &empty.material, quantity, &unit, &empty.unit)?;
    // Nor has one of which nothing is left after rounding in its own unit.
    let message = "A lot that comes in has more than nothing";
    reject_if(quantity <= Decimal::ZERO, "quantity-not-positive", message).field("quantity")?;
    let lot = Lot { place, expires_on: expires_on.or(empty.expires_on), supplier, ..empty };
    lots::create(ctx, lot.clone(), Movement::new(Kind::Received, quantity, at))?;
    Ok(Lot { made: quantity, ..lot })
}

/// A lot that is not there yet, in the unit the plant counts its material in, with the end of its shelf life.
pub fn begin(ctx: &Command, code: Code, material: Code, unit: Text<16>, at: Instant) -> Outcome<Lot> {
    lots::check_code(&code, "lot")?;
    for (text, field) in [(material.as_str(), "material"), (unit.as_str(), "unit")] {
        let message = "Say which material it is, and in which unit it is counted";
        reject_if(text.trim().is_empty(), "field-empty", message).field(field)?;
    }
    let known = plant::material(ctx, &material)?;
    let shelf_life = known.as_ref().and_then(|known| known.shelf_life_days);
    let expires_on = match shelf_life {
        Some(days) => Some(Date(plant::day(ctx, at)?.0.saturating_add(days).clamp(Date::MIN.0, Date::MAX.0))),
        None => None,
    };
    let unit = known.map_or(unit, |known| known.unit.clone());
    Ok(Lot { code, material, unit, expires_on, at, ..Lot::blank() })
}

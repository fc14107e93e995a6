//! Lots: what a report made, and which lots went in. Kept here always, and booked where traceability is subscribed.

use crate::others::{Quantity, book};
use crate::reports::Report;
use toolcrib_sdk::prelude::*;

/// Lots that go into one report.
pub const CONSUMED_MAX: usize = 100;
/// The most of one lot: a thousand million.
const QUANTITY_MAX: i64 = 1_000_000_000_000_000;

/// So much of a lot went into what was made, in that lot's unit.
#[value(from(Consumption))]
pub struct Consumed {
    pub lot: Text<64>,
    pub quantity: Quantity,
}

/// A lot that went into a report; of a correction, what it adds or takes back.
#[record(shared, index(report), index(lot))]
pub struct Consumption {
    pub report: Text<64>,
    pub lot: Text<64>,
    pub quantity: Quantity,
    /// Traceability knows of it.
    pub booked: bool,
}

pub fn check(consumed: &[Consumed]) -> Outcome<()> {
    reject_if(consumed.len() > CONSUMED_MAX, "too-many-lots", "At most 100 lots go into one report")
        .field("consumed")?;
    let sound = |at: usize, Consumed { lot, quantity }: &Consumed| {
        let twice = consumed[..at].iter().any(|other| other.lot == *lot);
        reject_if(lot.is_blank(), "lot-needed", "Scan the lot that went in").field("lot")?;
        reject_if(twice, "duplicate-lot", "This lot is in the list twice").field("lot")?;
        let absurd = !(0..=QUANTITY_MAX).contains(&quantity.0);
        reject_if(absurd, "bad-quantity", "Give 0 to 1,000,000,000").field("quantity")
    };
    consumed.iter().enumerate().try_for_each(|(at, line)| sound(at, line).nth("consumed", at))
}

pub fn of(ctx: &Query, report: &Text<64>) -> Outcome<Vec<Consumed>> {
    Ok(ctx.all(Consumption::by_report().eq(report))?.into_iter().map(|row| row.value.into()).collect())
}

/// Adds to what went in, or takes it off, lot by lot.
pub fn add(all: &mut Vec<Consumed>, more: &[Consumed], sign: i64) {
    for Consumed { lot, quantity } in more {
        match all.iter_mut().find(|other| other.lot == *lot) {
            Some(other) => other.quantity.0 += sign * quantity.0,
            None => all.push(Consumed { lot: lot.clone(), quantity: Decimal(sign * quantity.0) }),
        }
    }
}

/// What leads from what went in to what shall have gone in.
pub fn differences(are: &[Consumed], mut shall: Vec<Consumed>) -> Vec<Consumed> {
    add(&mut shall, are, -1);
    shall.retain(|consumed| consumed.quantity.0 != 0);
    shall
}

/// Books what a report made and what went in. The last operation's good makes the lot; at earlier ones only what went
/// in counts. Lots that went in without one made go into the lot of the order's own number. Whether traceability took
/// it; of a correction, whether it has its report.
pub fn booked(ctx: &mut Command, report: &Report, consumed: &[Consumed]) -> Outcome<bool> {
    let nothing = match &report.corrects {
        None => report.lot.is_none() && consumed.is_empty(),
        Some(_) => !report.booked || (report.good == Decimal(0) && consumed.is_empty()),
    };
    if nothing {
        return Ok(report.booked);
    }
    let given = |text: &Text<64>| Some(text.clone()).filter(|text| !text.as_str().is_empty());
    let Some(lot) = report.lot.clone().or_else(|| given(&report.order)) else {
        return Err(reject("lot-needed", "Say which lot was made of these").field("lot"));
    };
    let booking = book {
        source: report.report.clone(),
        lot,
        material: report.material.clone(),
        unit: report.unit.clone(),
        quantity: if report.last { report.good } else { Decimal(0) },
        order: given(&report.order),
        equipment: report.equipment.clone(),
        consumed: consumed.to_vec(),
        at: report.ended_at,
    };
    // What is booked of the lot that was made is what was reported as good.
    let of_report = |stopped: Stopped| match stopped.rejection().and_then(|rejection| rejection.field.as_deref()) {
        Some("quantity") => stopped.field("good"),
        _ => stopped,
    };
    Ok(ctx.call(booking).or_without().map_err(of_report)?.is_some())
}

pub fn keep(ctx: &mut Command, report: &Report, consumed: Vec<Consumed>) -> Outcome<()> {
    let (of, booked) = (|| report.report.clone(), report.booked);
    let row = |Consumed { lot, quantity }| Consumption { report: of(), lot, quantity, booked };
    ctx.insert_all(&consumed.into_iter().map(row).collect::<Vec<_>>()).map(drop)
}

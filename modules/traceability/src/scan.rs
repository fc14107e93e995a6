//! What a scanned code is and what may be done with it; which lot to take first.

use crate::lots::{Because, Code, Lot, Quantity, Status, too_large};
use crate::views::told::{Listed, Names};
use crate::{plant, policy};
use toolcrib_sdk::prelude::*;

/// The most lots that one proposal looks at.
pub const PICK_LOTS: usize = 500;

/// What may be done with a scanned code.
#[value]
pub enum May {
    Receive,
    Make,
    Use,
    Split,
    Move,
    Adjust,
    Hold,
    Block,
    Release,
}

/// A scanned code.
#[value]
pub struct Scanned {
    /// None: no lot has this code.
    pub lot: Option<Listed>,
    pub may: Vec<May>,
    /// What to heed, for example why it is held.
    pub heed: Option<Because>,
}

/// What is this code, and what may be done with it?
#[query]
pub fn scan(ctx: &Query, code: Text<200>) -> Outcome<Scanned> {
    let code: Option<Code> = Text::new(code.as_str().trim()).ok();
    let found = match &code {
        Some(code) => ctx.first(Lot::by_code().eq(code))?,
        None => None,
    };
    let Some(lot) = found else {
        return Ok(Scanned { lot: None, may: vec![May::Receive, May::Make], heed: None });
    };
    let expired = lot.expires_on.filter(|last| plant::day(ctx, ctx.now()).is_ok_and(|today| *last < today));
    let mut may = Vec::new();
    let mut heed = lot.because.clone();
    if lot.open && lot.status == Status::Available && (expired.is_none() || !policy::refuses_expired(ctx)?) {
        may.push(May::Use);
    }
    if lot.open && !lot.serial {
        may.push(May::Split);
    }
    may.extend([May::Move, May::Adjust]);
    match lot.status {
        Status::Available => may.extend([May::Hold, May::Block]),
        Status::Held => may.extend([May::Block, May::Release]),
        Status::Blocked => may.push(May::Release),
    }
    if let (None, Some(last)) = (&heed, expired) {
        heed = Text::new(["已过期 expired after ", &last.to_string()].concat()).ok();
    }
    Ok(Scanned { lot: Some(Names::default().listed(ctx, lot)?), may, heed })
}

/// So much of this lot.
#[value]
pub struct Take {
    pub lot: Code,
    pub place: Option<Code>,
    pub expires_on: Option<Date>,
    /// In the lot's unit.
    pub take: Quantity,
    pub unit: Text<16>,
}

/// Why a lot is left standing.
#[value]
pub enum Why {
    Held,
    Blocked,
    Expired,
}

/// A lot that is left standing.
#[value]
pub struct Skipped {
    pub lot: Code,
    pub why: Why,
    pub left: Quantity,
    pub unit: Text<16>,
}

/// What to take from where.
#[value]
pub struct Pick {
    pub take: Vec<Take>,
    pub skipped: Vec<Skipped>,
    /// What is missing, in the unit asked for.
    pub short: Quantity,
    pub unit: Text<16>,
}

/// Proposes which lots to take for so much of a material: the first to expire first (FEFO), those without a day last,
/// the oldest first. At most five hundred lots are looked at.
#[query]
pub fn pick(ctx: &Query, material: Code, quantity: Quantity, unit: Option<Text<16>>) -> Outcome<Pick> {
    reject_if(quantity <= Decimal::ZERO, "quantity-not-positive", "Ask for more than nothing").field("quantity")?;
    let walk = || Lot::by_material_open_expires_on().eq(&material).eq(true);
    let mut lots = ctx.page(walk().from(Date::MIN).limit(PICK_LOTS as u32))?.rows;
    lots.extend(ctx.page(walk().eq(None::<Date>).limit(PICK_LOTS as u32))?.rows);
    lots.truncate(PICK_LOTS);
    let own = plant::material(ctx, &material)?.map(|known| known.unit.clone());
    let unit = unit.or(own).or_else(|| lots.first().map(|lot| lot.unit.clone())).unwrap_or_default();
    let today = plant::day(ctx, ctx.now())?;
    let mut pick = Pick { take: Vec::new(), skipped: Vec::new(), short: quantity, unit };
    for lot in lots.into_iter().map(|row| row.value) {
        if pick.short == Decimal::ZERO {
            break;
        }
        let why = match lot.status {
            Status::Held => Some(Why::Held),
            Status::Blocked => Some(Why::Blocked),
            Status::Available => lot.expires_on.filter(|last| *last < today).map(|_| Why::Expired),
        };
        match why {
            Some(why) => pick.skipped.push(Skipped { lot: lot.code, why, left: lot.left, unit: lot.unit }),
            None => take(ctx, &mut pick, lot)?,
        }
    }
    Ok(pick)
}

fn take(ctx: &Query, pick: &mut Pick, lot: Lot) -> Outcome<()> {
    let has = plant::converted(ctx, &lot.material, lot.left, &lot.unit, &pick.unit)?;
    let taken = has.min(pick.short);
    let take = match has <= pick.short {
        true => lot.left,
        false => plant::converted(ctx, &lot.material, taken, &pick.unit, &lot.unit)?,
    };
    pick.short = pick.short.checked_sub(taken).ok_or_else(too_large)?;
    pick.take.push(Take { lot: lot.code, place: lot.place, expires_on: lot.expires_on, take, unit: lot.unit });
    Ok(())
}

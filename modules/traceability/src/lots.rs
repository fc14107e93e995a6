//! Lots, sub-lots and serials: how much of each was made and what became of it.

use crate::views::told::{Listed, Names};
use toolcrib_sdk::prelude::*;

/// What is printed on a label: a lot, a sub-lot or a serial number.
pub type Code = Text<64>;
pub type Quantity = Decimal<6>;
pub type Because = Text<200>;

/// Whether a lot may be used.
#[value]
pub enum Status {
    Available,
    /// Until somebody has looked at it.
    Held,
    /// Found bad.
    Blocked,
}

/// A lot. At every moment `made = left + consumed + split_off + scrapped`.
#[record(shared, unique(code), index(material, expires_on), index(material, open, expires_on))]
pub struct Lot {
    pub code: Code,
    pub material: Code,
    pub unit: Text<16>,
    /// Made, received, merged into it or found.
    pub made: Quantity,
    pub left: Quantity,
    pub consumed: Quantity,
    /// Gone into sub-lots, serials and other lots.
    pub split_off: Quantity,
    /// Taken away by adjustments.
    pub scrapped: Quantity,
    /// Whether anything is left.
    pub open: bool,
    /// One single piece with a number of its own.
    pub serial: bool,
    pub status: Status,
    /// Why it is held or blocked.
    pub because: Option<Because>,
    /// Where it is.
    pub place: Option<Code>,
    /// The last day it may be used.
    pub expires_on: Option<Date>,
    pub order: Option<Code>,
    pub supplier: Option<Text<80>>,
    pub at: Instant,
}

/// What happened to a lot.
#[value]
pub enum Kind {
    Received,
    Made,
    Used,
    /// Parted from a lot, or off it.
    Split,
    Merged,
    Adjusted,
    Moved,
    Held,
    Blocked,
    Released,
}

/// One line of a lot's history. The sum of its quantities is what is left; no line is ever changed.
#[record(index(lot, at), index(source))]
pub struct Movement {
    pub lot: Code,
    pub kind: Kind,
    /// What it added to what is left; negative when it took away.
    pub quantity: Quantity,
    /// The lot at the other end.
    pub other: Option<Code>,
    /// The booking it belongs to.
    pub source: Option<Code>,
    pub because: Option<Because>,
    /// The machine, or the new place.
    pub place: Option<Code>,
    pub by: Option<Text<80>>,
    pub at: Instant,
}

impl Movement {
    /// What happened, to whichever lot.
    pub fn new(kind: Kind, quantity: Quantity, at: Instant) -> Self {
        Self { kind, quantity, at, ..Self::blank() }
    }
}

pub fn too_large() -> Stopped {
    reject("quantity-too-large", "A quantity has at most twelve digits before the point").field("quantity")
}

/// A sum of quantities.
pub fn sum(a: Quantity, b: Quantity) -> Outcome<Quantity> {
    a.checked_add(b).ok_or_else(too_large)
}

/// The lot of a code; `field` is where the caller wrote it.
pub fn known(ctx: &Query, code: &Code, field: &str) -> Outcome<Row<Lot>> {
    let message = || ["There is no lot ", code.as_str(), "; receive or make it first"].concat();
    ctx.first(Lot::by_code().eq(code))?.ok_or_else(|| reject("unknown-lot", &message()).field(field))
}

/// A code that a label can bear.
pub fn check_code(code: &Code, field: &str) -> Outcome<()> {
    let text = code.as_str();
    let wrong = text.trim().is_empty() || text.trim() != text || text.chars().any(char::is_control);
    reject_if(wrong, "bad-code", "A code is not empty and neither begins nor ends with a space").field(field)
}

/// A code for a lot that is not there yet.
pub fn check_new(ctx: &Query, code: &Code, field: &str) -> Outcome<()> {
    check_code(code, field)?;
    match ctx.first(Lot::by_code().eq(code))? {
        None => Ok(()),
        Some(_) => Err(reject("code-taken", &["There is a lot ", code.as_str(), " already"].concat()).field(field)),
    }
}

/// Keeps a new lot with its first line.
pub fn create(ctx: &mut Command, mut lot: Lot, entry: Movement) -> Outcome<()> {
    account(&mut lot, &entry)?;
    write(ctx, &lot.code, entry)?;
    ctx.insert(lot).map(drop)
}

/// Keeps a change of a lot and its line.
pub fn change(ctx: &mut Command, lot: &mut Row<Lot>, entry: Movement) -> Outcome<()> {
    account(&mut lot.value, &entry)?;
    write(ctx, &lot.code, entry)?;
    ctx.update(lot)
}

/// Puts a quantity into the column it belongs to, so that the columns always balance.
fn account(lot: &mut Lot, entry: &Movement) -> Outcome<()> {
    let quantity = entry.quantity;
    let left = sum(lot.left, quantity)?;
    if left < Decimal::ZERO {
        let (has, unit) = (lot.left.to_string(), [" ", lot.unit.as_str()].concat());
        let wanted = Decimal::<6>(-quantity.0).to_string();
        let message = ["Lot ", lot.code.as_str(), " has ", &has, &unit, " left, not ", &wanted].concat();
        return Err(reject("lot-too-small", &message).field("quantity"));
    }
    let taken = Decimal(-quantity.0);
    match entry.kind {
        Kind::Used => lot.consumed = sum(lot.consumed, taken)?,
        Kind::Split | Kind::Merged if quantity < Decimal::ZERO => lot.split_off = sum(lot.split_off, taken)?,
        Kind::Adjusted if quantity < Decimal::ZERO => lot.scrapped = sum(lot.scrapped, taken)?,
        _ => lot.made = sum(lot.made, quantity)?,
    }
    lot.left = left;
    lot.open = left > Decimal::ZERO;
    if lot.serial && lot.made > Decimal(1_000_000) {
        let message = ["Serial number ", lot.code.as_str(), " stands for one piece"].concat();
        return Err(reject("serial-is-one", &message).field("quantity"));
    }
    Ok(())
}

fn write(ctx: &mut Command, lot: &Code, entry: Movement) -> Outcome<()> {
    let by = Text::new(ctx.actor()).ok();
    ctx.insert(Movement { lot: lot.clone(), by, ..entry }).map(drop)
}

/// Lots by code, or those of one material, the first to expire first; a page at a time.
#[query]
pub fn lots(ctx: &Query, material: Option<Code>, after: Option<Cursor>) -> Outcome<List<Listed>> {
    let mut names = Names::default();
    let named = |lot| names.listed(ctx, lot);
    match material {
        None => ctx.list(Lot::by_code(), after, named),
        Some(material) => ctx.list(Lot::by_material_expires_on().eq(material), after, named),
    }
}

/// What happened to a lot, oldest first, a page at a time.
#[query]
pub fn movements(ctx: &Query, lot: Code, after: Option<Cursor>) -> Outcome<Page<Movement>> {
    ctx.page(Movement::by_lot_at().eq(&lot).limit(100).after(after))
}

//! Where a lot is, how much of it there really is, and whether it may be used.

use crate::lots::{self, Because, Code, Kind, Lot, Movement, Quantity, Status};
use toolcrib_sdk::prelude::*;

/// A lot must not be used for now.
#[event]
pub struct LotHeld {
    pub lot: Code,
    pub material: Code,
    pub because: Because,
}

/// A lot was found bad.
#[event]
pub struct LotBlocked {
    pub lot: Code,
    pub material: Code,
    pub because: Because,
}

/// A lot may be used again.
#[event]
pub struct LotReleased {
    pub lot: Code,
    pub material: Code,
    pub because: Because,
}

/// Holds a lot until somebody has looked at it. What is blocked stays blocked.
#[command(roles("owner", "admin", "supervisor", "operator", "module"))]
pub fn hold_lot(ctx: &mut Command, lot: Code, because: Because) -> Outcome<()> {
    let row = lots::known(ctx, &lot, "lot")?;
    match row.status {
        Status::Available => {
            let material = set(ctx, row, Kind::Held, Status::Held, &because)?;
            ctx.emit(LotHeld { lot, material, because })
        }
        Status::Held | Status::Blocked => Ok(()),
    }
}

/// Blocks a lot that was found bad.
#[command(roles("owner", "admin", "supervisor", "operator", "module"))]
pub fn block_lot(ctx: &mut Command, lot: Code, because: Because) -> Outcome<()> {
    let row = lots::known(ctx, &lot, "lot")?;
    if row.status == Status::Blocked {
        return Ok(());
    }
    let material = set(ctx, row, Kind::Blocked, Status::Blocked, &because)?;
    ctx.emit(LotBlocked { lot, material, because })
}

/// Releases a lot. What was blocked is released by a supervisor.
#[command(roles("owner", "admin", "supervisor", "operator", "module"))]
pub fn release_lot(ctx: &mut Command, lot: Code, because: Because) -> Outcome<()> {
    let row = lots::known(ctx, &lot, "lot")?;
    match row.status {
        Status::Available => return Ok(()),
        Status::Blocked if ctx.role() == "operator" => {
            let message = ["Lot ", lot.as_str(), " was found bad; ask a supervisor to release it"].concat();
            return Err(reject("release-needs-supervisor", &message).field("lot"));
        }
        Status::Held | Status::Blocked => {}
    }
    let material = set(ctx, row, Kind::Released, Status::Available, &because)?;
    ctx.emit(LotReleased { lot, material, because })
}

fn set(ctx: &mut Command, mut row: Row<Lot>, kind: Kind, status: Status, because: &Because) -> Outcome<Code> {
    say_why(because)?;
    row.status = status;
    row.because = (status != Status::Available).then(|| because.clone());
    let entry = Movement { because: Some(because.clone()), ..Movement::new(kind, Decimal::ZERO, ctx.now()) };
    lots::change(ctx, &mut row, entry)?;
    Ok(row.material.clone())
}

fn say_why(because: &Because) -> Outcome<()> {
    reject_if(because.is_blank(), "because-empty", "Say in a few words why").field("because")
}

/// Says where a lot is now.
#[command(roles("owner", "admin", "supervisor", "operator"))]
pub fn move_lot(ctx: &mut Command, lot: Code, place: Code) -> Outcome<()> {
    let mut row = lots::known(ctx, &lot, "lot")?;
    reject_if(place.is_blank(), "place-empty", "Say where it is now").field("place")?;
    row.place = Some(place.clone());
    let entry = Movement { place: Some(place), ..Movement::new(Kind::Moved, Decimal::ZERO, ctx.now()) };
    lots::change(ctx, &mut row, entry)
}

/// Adds what was found (a positive change) or takes away what is lost or scrapped (a negative one), with the reason.
#[command(roles("owner", "admin", "supervisor"))]
pub fn adjust_lot(ctx: &mut Command, lot: Code, change: Quantity, because: Because) -> Outcome<()> {
    say_why(&because)?;
    let message = "An adjustment adds something or takes it away";
    reject_if(change == Decimal::ZERO, "nothing-changes", message).field("change")?;
    let mut row = lots::known(ctx, &lot, "lot")?;
    let entry = Movement { because: Some(because), ..Movement::new(Kind::Adjusted, change, ctx.now()) };
    lots::change(ctx, &mut row, entry).field("change")
}

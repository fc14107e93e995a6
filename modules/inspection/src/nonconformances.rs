//! Nonconformances: what was found bad, and what becomes of it.

use crate::characteristics::{Code, Quantity, filled};
use crate::inspections::Inspection;
use crate::neighbours;
use crate::views::told::{Names, Reported};
use toolcrib_sdk::prelude::*;

#[value]
pub enum Progress {
    Open,
    Disposed,
}

/// What becomes of it.
#[value]
pub enum Disposition {
    /// Worked over, then inspected again.
    Rework,
    Scrap,
    /// Used as it is, because somebody approved it.
    UseAsIs,
    ReturnToSupplier,
}

/// Something that is not as it should be.
#[record(shared, unique(number), index(progress, number), index(lot, progress))]
pub struct Nonconformance {
    pub number: i64,
    pub inspection: Option<Code>,
    pub material: Code,
    pub lot: Option<Code>,
    pub order: Option<Code>,
    pub quantity: Quantity,
    pub unit: Text<16>,
    pub description: Text<200>,
    pub photo: Option<Photo>,
    pub progress: Progress,
    pub disposition: Option<Disposition>,
    pub approved_by: Option<Text<80>>,
    pub note: Option<Text<200>>,
    pub opened_at: Instant,
    pub disposed_at: Option<Instant>,
    pub disposed_by: Option<Text<80>>,
}

/// The nonconformance of an inspection that rejected.
pub fn of_inspection(ctx: &mut Command, row: &Inspection) -> Outcome<()> {
    let Inspection { code, material, lot, order, quantity, unit, note, .. } = row.clone();
    let description = note.unwrap_or(Text::new(["检验不合格 ", code.as_str()].concat())?);
    let about = Nonconformance { material, lot, order, quantity, unit, ..Nonconformance::blank() };
    add(ctx, Nonconformance { inspection: Some(code), description, ..about }).map(drop)
}

/// Reports something that is not as it should be, found outside an inspection. A lot is held.
#[command(roles("owner", "admin", "supervisor", "operator"))]
pub fn report_nonconformance(
    ctx: &mut Command,
    material: Code,
    quantity: Quantity,
    description: Text<200>,
    unit: Option<Text<16>>,
    lot: Option<Code>,
    order: Option<Code>,
    photo: Option<Photo>,
) -> Outcome<i64> {
    filled(material.as_str(), "material")?;
    filled(description.as_str(), "description")?;
    let message = "Say how much is not as it should be";
    reject_if(quantity <= Decimal::ZERO, "quantity-not-positive", message).field("quantity")?;
    let unit = neighbours::unit_of(ctx, &material, unit)?;
    let about = Nonconformance { material, lot: lot.clone(), order, quantity, unit, photo, ..Nonconformance::blank() };
    let number = add(ctx, Nonconformance { description, ..about })?;
    if let Some(lot) = lot {
        let name = Text::new(["NC-", &number.to_string()].concat())?;
        neighbours::hold(ctx, &lot, &name).field("lot")?;
    }
    Ok(number)
}

fn add(ctx: &mut Command, new: Nonconformance) -> Outcome<i64> {
    let number = ctx.first(Nonconformance::by_number().descending())?.map_or(0, |row| row.number) + 1;
    ctx.insert(Nonconformance { number, opened_at: ctx.now(), ..new }).map(|_| number)
}

/// Decides what becomes of it. What is used as it is names who approved that, and its lot is released; in all other cases
/// the lot stays as it is: reworked, it is inspected again.
#[command(roles("owner", "admin", "supervisor"))]
pub fn dispose(
    ctx: &mut Command,
    nonconformance: i64,
    disposition: Disposition,
    approved_by: Option<Text<80>>,
    note: Option<Text<200>>,
) -> Outcome<()> {
    let row = ctx.first(Nonconformance::by_number().eq(nonconformance))?;
    let mut row = row.or_reject("unknown-nonconformance", "There is no such nonconformance").field("nonconformance")?;
    let message = "This was decided already";
    reject_if(row.progress == Progress::Disposed, "already-disposed", message).field("nonconformance")?;
    let approved_by = approved_by.filter(|name| !name.is_blank());
    let wrong = disposition == Disposition::UseAsIs && approved_by.is_none();
    reject_if(wrong, "approval-missing", "Say who approved that it is used as it is").field("approved_by")?;
    (row.progress, row.disposition, row.approved_by, row.note) =
        (Progress::Disposed, Some(disposition), approved_by, note);
    (row.disposed_at, row.disposed_by) = (Some(ctx.now()), Text::new(ctx.actor()).ok());
    ctx.update(&mut row)?;
    match &row.lot {
        Some(lot) if disposition == Disposition::UseAsIs => {
            let name = Text::new(["NC-", &row.number.to_string()].concat())?;
            neighbours::release(ctx, lot, &name)
        }
        _ => Ok(()),
    }
}

/// Nonconformances, newest first, a page at a time: all, or those that wait or are decided.
#[query]
pub fn nonconformances(ctx: &Query, progress: Option<Progress>, after: Option<Cursor>) -> Outcome<List<Reported>> {
    let mut names = Names::default();
    let named = |row| names.reported(ctx, row);
    match progress {
        None => ctx.list(Nonconformance::by_number().descending(), after, named),
        Some(progress) => ctx.list(Nonconformance::by_progress_number().eq(progress).descending(), after, named),
    }
}

//! Materials: what is bought, made and sold, each with the unit it is counted in.

use crate::coded::{self, Code, coded};
use toolcrib_sdk::contract::unit::Unit;
use toolcrib_sdk::prelude::*;

/// What is told apart of a material.
#[value]
#[derive(Default)]
pub enum Tracking {
    /// Nothing: all of it is alike.
    #[default]
    None,
    Lot,
    Serial,
}

/// The definition of a material.
#[record(shared, unique(code))]
pub struct Material {
    pub code: Code,
    pub name: Text<120>,
    /// The unit its quantities are in: a UCUM code such as `kg` or `m`, or a word such as `pcs`.
    pub unit: Text<16>,
    pub tracking: Tracking,
    /// Days from making to expiry; none when it does not expire.
    pub shelf_life_days: Option<i64>,
    pub retired_at: Option<Instant>,
}
coded!(Material, "material");

/// One line of the list.
#[value(from(Material))]
pub struct MaterialRow {
    pub code: Code,
    pub name: Text<120>,
    pub unit: Text<16>,
    /// None: not tracked.
    pub tracking: Option<Tracking>,
    pub shelf_life_days: Option<i64>,
    pub retired_at: Option<Instant>,
}

/// The longest shelf life: a hundred years.
const SHELF_LIFE_DAYS: i64 = 36_500;

/// Adds a material under a code that is not given yet.
#[command(roles("owner", "admin"))]
pub fn add_material(
    ctx: &mut Command,
    code: Code,
    name: Text<120>,
    unit: Text<16>,
    tracking: Option<Tracking>,
    shelf_life_days: Option<i64>,
) -> Outcome<()> {
    let new = complete(ctx, MaterialRow { code, name, unit, tracking, shelf_life_days, retired_at: None })?;
    coded::add(ctx, new)
}

/// Changes a material; a retired one is in use again. Its unit stays: quantities are written in it.
#[command(roles("owner", "admin"))]
pub fn change_material(
    ctx: &mut Command,
    code: Code,
    name: Text<120>,
    tracking: Option<Tracking>,
    shelf_life_days: Option<i64>,
) -> Outcome<()> {
    let unit = coded::known::<Material>(ctx, &code, "code")?.unit.clone();
    let new = complete(ctx, MaterialRow { code, name, unit, tracking, shelf_life_days, retired_at: None })?;
    coded::put(ctx, new).map(drop)
}

/// Takes a material out of use.
#[command(roles("owner", "admin"))]
pub fn retire_material(ctx: &mut Command, code: Code) -> Outcome<()> {
    coded::retire::<Material>(ctx, &code)
}

/// Adds or changes many, in order; all or none.
#[command(roles("owner", "admin"))]
pub fn import_materials(ctx: &mut Command, rows: Vec<MaterialRow>) -> Outcome<Imported> {
    ctx.import(rows, |ctx, row| {
        let new = complete(ctx, row)?;
        coded::put(ctx, new)
    })
}

/// Materials by code, a page at a time.
#[query]
pub fn materials(ctx: &Query, after: Option<Cursor>) -> Outcome<List<MaterialRow>> {
    ctx.list(Material::by_code(), after, |row| Ok(row.value.into()))
}

/// A unit that is one.
pub fn check_unit(unit: &Text<16>, field: &str) -> Outcome<()> {
    Unit::parse(unit.as_str()).map(drop).map_err(|error| {
        let message = ["\"", unit.as_str(), "\" cannot be counted in: ", &error.to_string()].concat();
        reject("bad-unit", &message).field(field)
    })
}

fn complete(ctx: &Command, new: MaterialRow) -> Outcome<Material> {
    let MaterialRow { code, name, unit, tracking, shelf_life_days, retired_at } = new;
    check_unit(&unit, "unit")?;
    let wrong = shelf_life_days.is_some_and(|days| !(1..=SHELF_LIFE_DAYS).contains(&days));
    let message = "A shelf life is 1 to 36500 days, or empty";
    reject_if(wrong, "bad-shelf-life", message).field("shelf_life_days")?;
    let known = coded::find::<Material>(ctx, &code)?;
    let message = "The unit of a material does not change: quantities are written in it; use another code";
    reject_if(known.is_some_and(|known| known.unit != unit), "unit-fixed", message).field("unit")?;
    let tracking = tracking.unwrap_or_default();
    Ok(Material { code, name, unit, tracking, shelf_life_days, retired_at })
}

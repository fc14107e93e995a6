//! Materials: what is bought, made and sold, each with the unit it is counted in.

use crate::coded::{self, Code, Imported, coded};
use toolcrib_sdk::prelude::*;

/// The definition of a material.
#[record(shared, unique(code))]
pub struct Material {
    pub code: Code,
    pub name: Text<120>,
    /// The unit its quantities are in, for example `pcs`, `kg` or `m`.
    pub unit: Text<16>,
    pub retired_at: Option<Instant>,
}
coded!(Material, "material");

/// One line of an import.
#[value]
pub struct NewMaterial {
    pub code: Code,
    pub name: Text<120>,
    pub unit: Text<16>,
}

/// Adds a material under a code that is not given yet.
#[command(roles("owner", "admin"))]
pub fn add_material(ctx: &mut Command, code: Code, name: Text<120>, unit: Text<16>) -> Outcome<Id<Material>> {
    let new = complete(ctx, NewMaterial { code, name, unit })?;
    coded::add(ctx, new)
}

/// Changes the name of a material; a retired one is in use again. Its unit stays: quantities are written in it.
#[command(roles("owner", "admin"))]
pub fn change_material(ctx: &mut Command, code: Code, name: Text<120>) -> Outcome<()> {
    let unit = coded::known::<Material, _>(ctx, &code, "code")?.unit.clone();
    coded::put(ctx, Material { code, name, unit, retired_at: None }).map(drop)
}

/// Takes a material out of use.
#[command(roles("owner", "admin"))]
pub fn retire_material(ctx: &mut Command, code: Code) -> Outcome<()> {
    coded::retire::<Material>(ctx, &code)
}

/// Adds or changes many at once, in order; all or none.
#[command(roles("owner", "admin"))]
pub fn import_materials(ctx: &mut Command, rows: Vec<NewMaterial>) -> Outcome<Imported> {
    coded::import(ctx, rows, |ctx, row| {
        let new = complete(ctx, row)?;
        coded::put(ctx, new)
    })
}

/// Materials by code, a page at a time.
#[query]
pub fn materials(ctx: &Query, after: Option<Cursor>) -> Outcome<Page<Material>> {
    ctx.page(Material::by_code().limit(100).after(after))
}

fn complete(ctx: &Command, new: NewMaterial) -> Outcome<Material> {
    let NewMaterial { code, name, unit } = new;
    if unit.as_str().trim().is_empty() {
        return Err(reject("unit-empty", "Say what it is counted in, for example pcs or kg").field("unit"));
    }
    let known = coded::find::<Material, _>(ctx, &code)?;
    if known.is_some_and(|known| known.unit != unit) {
        let message = "The unit of a material does not change: quantities are written in it; use another code";
        return Err(reject("unit-fixed", message).field("unit"));
    }
    Ok(Material { code, name, unit, retired_at: None })
}

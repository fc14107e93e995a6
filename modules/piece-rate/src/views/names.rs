//! Names of materials: what codes in the list of rates are called, which names few of them.

use toolcrib_sdk::prelude::*;

/// Materials of one answer.
const MATERIALS: u32 = 500;

/// A material, by the code that reports and rates carry.
#[shared_record(module = "plant", index(code), reason(zh = "显示物料名称", en = "To show the names of materials"))]
pub struct Material {
    pub code: Text<64>,
    pub name: Text<120>,
}

/// What people call a material.
#[value]
pub struct Called {
    pub material: Text<64>,
    pub material_name: Text<120>,
}

/// What the plant calls its first 500 materials by code, also those it retired: old rates name them. Nothing without plant.
#[query]
pub fn material_names(ctx: &Query) -> Outcome<Vec<Called>> {
    let known = ctx.page(Material::by_code().limit(MATERIALS)).or_without()?;
    let called = |row: Row<Material>| Called { material: row.value.code, material_name: row.value.name };
    Ok(known.into_iter().flat_map(|page| page.rows).map(called).collect())
}

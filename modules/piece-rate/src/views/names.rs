//! Names of materials: what codes in the list of rates are called, which names few of them.

use toolcrib_sdk::prelude::*;

/// A material, by the code that reports and rates carry.
#[shared_record(module = "plant", index(code), reason(zh = "显示物料名称", en = "To show the names of materials"))]
pub struct Material {
    pub code: Text<64>,
    pub name: Text<120>,
}

/// What people call a material.
#[value(from(Material))]
pub struct Called {
    #[from(code)]
    pub material: Text<64>,
    #[from(name)]
    pub material_name: Text<120>,
}

/// What the plant calls its first 500 materials by code, also those it retired: old rates name them. Nothing without plant.
#[query]
pub fn material_names(ctx: &Query) -> Outcome<Vec<Called>> {
    ctx.names(Material::by_code())
}

//! Names of machines: what codes in tables are called.

use toolcrib_sdk::prelude::*;

/// A machine, by the code that charts and signals carry.
#[shared_record(module = "plant", index(code), reason(zh = "显示设备名称", en = "To show the names of machines"))]
pub struct Equipment {
    pub code: Text<64>,
    pub name: Text<80>,
}

/// What people call a machine.
#[value(from(Equipment))]
pub struct Called {
    #[from(code)]
    pub equipment: Text<64>,
    pub name: Text<80>,
}

/// What the plant calls its first 500 machines by code, also those it retired: old charts name them. Nothing without plant.
#[query]
pub fn machine_names(ctx: &Query) -> Outcome<Vec<Called>> {
    ctx.names(Equipment::by_code())
}

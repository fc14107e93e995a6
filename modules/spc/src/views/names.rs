//! Names of machines: what codes in tables are called.

use toolcrib_sdk::prelude::*;

/// Machines of one answer.
const MACHINES: u32 = 500;

/// A machine, by the code that charts and signals carry.
#[shared_record(module = "plant", index(code), reason(zh = "显示设备名称", en = "To show the names of machines"))]
pub struct Equipment {
    pub code: Text<64>,
    pub name: Text<80>,
}

/// What people call a machine.
#[value]
pub struct Called {
    pub equipment: Text<64>,
    pub name: Text<80>,
}

/// What the plant calls its first 500 machines by code, also those it retired: old charts name them. Nothing without plant.
#[query]
pub fn machine_names(ctx: &Query) -> Outcome<Vec<Called>> {
    let known = ctx.page(Equipment::by_code().limit(MACHINES)).or_without()?;
    let called = |row: Row<Equipment>| Called { equipment: row.value.code, name: row.value.name };
    Ok(known.into_iter().flat_map(|page| page.rows).map(called).collect())
}

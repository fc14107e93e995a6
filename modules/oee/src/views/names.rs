//! Names of machines: what codes in tables are called.

use crate::plant::Equipment;
use toolcrib_sdk::prelude::*;

/// What people call a machine.
#[value(from(Equipment))]
pub struct Called {
    #[from(code)]
    pub equipment: Text<64>,
    pub name: Text<80>,
}

/// What the plant calls its first 500 machines by code, also those it retired: old rows name them. Nothing without plant.
#[query]
pub fn machine_names(ctx: &Query) -> Outcome<Vec<Called>> {
    ctx.names(Equipment::by_code())
}

//! What this module reads of the plant's master data.

use toolcrib_sdk::prelude::*;

/// A machine, by the code its signals carry.
#[shared_record(module = "plant", index(code), reason(zh = "显示设备名称", en = "To show the names of machines"))]
pub struct Equipment {
    pub code: Text<64>,
    pub name: Text<80>,
}

/// A shift planned on a machine.
#[shared_record(
    module = "plant",
    index(equipment, starts_at),
    reason(zh = "按班次计算计划时间", en = "To know the planned busy time of each shift")
)]
pub struct PlannedShift {
    pub equipment: Ref<Equipment>,
    pub starts_at: Instant,
    pub ends_at: Instant,
    pub break_minutes: i64,
}

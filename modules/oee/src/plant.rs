//! What this module reads of the plant's master data. Without the plant codes are names, reasons are free words, days
//! are those of China, and all time is planned.

use toolcrib_sdk::contract::calendar::{Calendar, Zone};
use toolcrib_sdk::prelude::*;

/// The code of the plant's only calendar.
const SITE: &str = "site";
/// The kind of reasons that explain stops.
const STOP: &str = "stop";

/// A machine, by the code its signals carry.
#[shared_record(module = "plant", index(code), reason(zh = "显示设备名称", en = "To show the names of machines"))]
pub struct Equipment {
    pub code: Text<64>,
    pub name: Text<80>,
    pub retired_at: Option<Instant>,
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

/// A break of a planned shift, where the plan says when it is.
#[shared_record(
    module = "plant",
    index(equipment, starts_at),
    reason(zh = "休息时间不算停机", en = "So that breaks do not count as stops")
)]
pub struct PlannedBreak {
    pub equipment: Ref<Equipment>,
    pub starts_at: Instant,
    pub ends_at: Instant,
}

/// When a production day begins, and where.
#[shared_record(
    module = "plant",
    name = "calendar",
    index(code),
    reason(zh = "按生产日和周统计", en = "To show production days and weeks")
)]
pub struct SiteCalendar {
    pub code: Text<16>,
    pub zone: Text<64>,
    pub day_starts_at_minute: i64,
}

/// A reason that people choose.
#[shared_record(
    module = "plant",
    index(kind, code),
    reason(zh = "选择统一的停机原因", en = "To choose stops' reasons from one list")
)]
pub struct Reason {
    pub kind: Text<16>,
    pub code: Text<40>,
    pub zh: Text<80>,
    pub en: Text<80>,
    pub retired_at: Option<Instant>,
}

/// The machine of a code. None: there is no plant, or it does not know the code.
pub fn equipment(ctx: &Query, code: &Text<64>) -> Outcome<Option<Row<Equipment>>> {
    ctx.first_or_without(Equipment::by_code().eq(code))
}

/// Refuses a code that nobody can mean.
pub fn check_equipment(ctx: &Command, code: &Text<64>) -> Outcome<()> {
    let found = ctx.first(Equipment::by_code().eq(code)).or_without()?;
    let wrong = code.is_blank() || found.is_some_and(|found| found.is_none());
    reject_if(wrong, "unknown-equipment", "There is no machine with this code").field("equipment")
}

/// A reason of the plant's list.
pub fn stop_reason(ctx: &Query, code: &Text<40>) -> Outcome<Option<Row<Reason>>> {
    let kind: Text<16> = STOP.parse()?;
    ctx.first_or_without(Reason::by_kind_code().eq(kind).eq(code))
}

/// A reason in the plant's words, in both languages; or as somebody wrote it.
pub fn called(ctx: &Query, code: &Text<40>) -> Outcome<Said> {
    let listed = stop_reason(ctx, code)?;
    Said::new(listed.as_ref().map_or((code.as_str(), code.as_str()), |it| (it.zh.as_str(), it.en.as_str())))
}

/// Where the plant has a list of reasons for stops, one of it must be chosen.
pub fn check_reason(ctx: &Command, code: &Text<40>) -> Outcome<()> {
    let listed = |reason: &Row<Reason>| reason.retired_at.is_none();
    if stop_reason(ctx, code)?.as_ref().is_some_and(listed) {
        return Ok(());
    }
    let kind: Text<16> = STOP.parse()?;
    let all = ctx.page(Reason::by_kind_code().eq(kind)).or_without()?;
    let message = "Choose one of the plant's reasons for stops";
    reject_if(all.is_some_and(|page| page.rows.iter().any(listed)), "unknown-reason", message).field("reason")
}

/// The plant's calendar, or that of China from midnight on.
pub fn calendar(ctx: &Query) -> Outcome<Calendar> {
    let code: Text<16> = SITE.parse()?;
    let Some(site) = ctx.first_or_without(SiteCalendar::by_code().eq(code))? else {
        return Ok(Calendar::default());
    };
    Ok(Calendar { zone: Zone::parse(site.zone.as_str())?, day_starts_at_minute: site.day_starts_at_minute })
}

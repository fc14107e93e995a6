//! Equipment: what stands in the plant, from the site down to the machine.

use crate::coded::{self, Code, Imported, coded};
use toolcrib_sdk::prelude::*;

/// Levels of ISA-95, the highest first.
#[value]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Site,
    Area,
    /// A production line or another work centre.
    WorkCenter,
    /// A machine or work place. Signals carry its code.
    WorkUnit,
}

/// A piece of equipment.
#[record(shared, unique(code), index(parent, code))]
pub struct Equipment {
    pub code: Code,
    pub name: Text<80>,
    pub level: Level,
    /// What it stands in: equipment of a higher level.
    pub parent: Option<Ref<Equipment>>,
    pub retired_at: Option<Instant>,
}
coded!(Equipment, "equipment");

/// One line of an import.
#[value]
pub struct NewEquipment {
    pub code: Code,
    pub name: Text<80>,
    pub level: Level,
    /// Code of what it stands in; it may come earlier in the same list.
    pub parent: Option<Code>,
}

/// Adds equipment under a code that is not given yet.
#[command(roles("owner", "admin"))]
pub fn add_equipment(
    ctx: &mut Command,
    code: Code,
    name: Text<80>,
    level: Level,
    parent: Option<Code>,
) -> Outcome<Id<Equipment>> {
    let new = complete(ctx, NewEquipment { code, name, level, parent })?;
    coded::add(ctx, new)
}

/// Changes the name of equipment and what it stands in. Retired equipment is in use again. Its level stays.
#[command(roles("owner", "admin"))]
pub fn change_equipment(ctx: &mut Command, code: Code, name: Text<80>, parent: Option<Code>) -> Outcome<()> {
    let level = coded::known::<Equipment, _>(ctx, &code, "code")?.level;
    let new = complete(ctx, NewEquipment { code, name, level, parent })?;
    coded::put(ctx, new).map(drop)
}

/// Takes equipment out of use. What stands in it must be retired before.
#[command(roles("owner", "admin"))]
pub fn retire_equipment(ctx: &mut Command, code: Code) -> Outcome<()> {
    let row = coded::known::<Equipment, _>(ctx, &code, "code")?;
    let parts = ctx.all(Equipment::by_parent_code().eq(row.id))?;
    if let Some(part) = parts.iter().find(|part| part.retired_at.is_none()) {
        let message = ["Retire what stands in it first: ", part.code.as_str()].concat();
        return Err(reject("has-parts", &message).field("code"));
    }
    coded::retire::<Equipment>(ctx, &code)
}

/// Adds or changes many at once, in order; all or none.
#[command(roles("owner", "admin"))]
pub fn import_equipment(ctx: &mut Command, rows: Vec<NewEquipment>) -> Outcome<Imported> {
    coded::import(ctx, rows, |ctx, row| {
        let known = coded::find::<Equipment, _>(ctx, &row.code)?;
        if known.is_some_and(|known| known.level != row.level) {
            return Err(
                reject("level-fixed", "The level of equipment does not change; use another code").field("level")
            );
        }
        let new = complete(ctx, row)?;
        coded::put(ctx, new)
    })
}

/// Equipment by code, a page at a time: all of it, or what stands directly in one piece.
#[query]
pub fn equipment(ctx: &Query, parent: Option<Code>, after: Option<Cursor>) -> Outcome<Page<Equipment>> {
    match parent {
        None => ctx.page(Equipment::by_code().limit(100).after(after)),
        Some(parent) => {
            let parent = coded::known::<Equipment, _>(ctx, &parent, "parent")?;
            ctx.page(Equipment::by_parent_code().eq(parent.id).limit(100).after(after))
        }
    }
}

/// Looks up the parent. It is in use and of a higher level, so nothing ever stands in itself.
fn complete(ctx: &Command, new: NewEquipment) -> Outcome<Equipment> {
    let NewEquipment { code, name, level, parent } = new;
    let parent = match parent {
        None => None,
        Some(parent) => {
            let row = coded::in_use::<Equipment, _>(ctx, &parent, "parent")?;
            if row.level >= level {
                let message = "Equipment stands in equipment of a higher level: site, area, work_center, work_unit";
                return Err(reject("parent-not-above", message).field("parent"));
            }
            Some(row.id.into())
        }
    };
    Ok(Equipment { code, name, level, parent, retired_at: None })
}

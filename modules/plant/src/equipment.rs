//! Equipment: what stands in the plant, from the enterprise down to the machine, after ISA-95.

use crate::coded::{self, Code, Codes, coded};
use toolcrib_sdk::prelude::*;

/// Levels of ISA-95 (B2MML), the highest first.
#[value]
pub enum Level {
    Enterprise,
    Site,
    Area,
    /// A work centre of any kind; the four that follow say which.
    WorkCenter,
    ProcessCell,
    ProductionUnit,
    ProductionLine,
    StorageZone,
    /// A machine or work place of any kind; the three that follow say which. Signals carry its code.
    WorkUnit,
    Unit,
    WorkCell,
    StorageUnit,
}

/// Ranks of levels, from 0.
const RANKS: u8 = 5;

impl Level {
    /// 0 for the highest; kinds of one rank stand beside each other.
    fn rank(self) -> u8 {
        match self {
            Self::Enterprise => 0,
            Self::Site => 1,
            Self::Area => 2,
            Self::WorkCenter | Self::ProcessCell | Self::ProductionUnit | Self::ProductionLine | Self::StorageZone => 3,
            Self::WorkUnit | Self::Unit | Self::WorkCell | Self::StorageUnit => 4,
        }
    }
}

/// A piece of equipment.
#[record(shared, unique(code), index(parent, code), index(level, code))]
pub struct Equipment {
    pub code: Code,
    pub name: Text<80>,
    pub level: Level,
    /// What it stands in: equipment of a higher level.
    pub parent: Option<Ref<Equipment>>,
    pub retired_at: Option<Instant>,
}
coded!(Equipment, "equipment");

/// One line of the list.
#[value(from(Equipment))]
pub struct EquipmentRow {
    pub code: Code,
    pub name: Text<80>,
    pub level: Level,
    /// Code of what it stands in; it may stand anywhere in the same list.
    #[own]
    pub parent: Option<Code>,
    pub retired_at: Option<Instant>,
}

/// Adds equipment under a code that is not given yet.
#[command(roles("owner", "admin"))]
pub fn add_equipment(ctx: &mut Command, code: Code, name: Text<80>, level: Level, parent: Option<Code>) -> Outcome<()> {
    let new = complete(ctx, EquipmentRow { code, name, level, parent, retired_at: None })?;
    coded::add(ctx, new)
}

/// Changes the name of equipment and what it stands in. Retired equipment is in use again. Its level stays.
#[command(roles("owner", "admin"))]
pub fn change_equipment(ctx: &mut Command, code: Code, name: Text<80>, parent: Option<Code>) -> Outcome<()> {
    let level = coded::known::<Equipment>(ctx, &code, "code")?.level;
    let new = complete(ctx, EquipmentRow { code, name, level, parent, retired_at: None })?;
    coded::put(ctx, new).map(drop)
}

/// Takes equipment out of use. What stands in it must be retired before.
#[command(roles("owner", "admin"))]
pub fn retire_equipment(ctx: &mut Command, code: Code) -> Outcome<()> {
    let row = coded::known::<Equipment>(ctx, &code, "code")?;
    let parts = ctx.all(Equipment::by_parent_code().eq(row.id))?;
    if let Some(part) = parts.iter().find(|part| part.retired_at.is_none()) {
        let message = ["Retire what stands in it first: ", part.code.as_str()].concat();
        return Err(reject("has-parts", &message).field("code"));
    }
    coded::retire::<Equipment>(ctx, &code)
}

/// Adds or changes many, the higher levels first; all or none.
#[command(roles("owner", "admin"))]
pub fn import_equipment(ctx: &mut Command, rows: Vec<EquipmentRow>) -> Outcome<Imported> {
    let mut imported = Imported::default();
    for rank in 0..RANKS {
        for (at, row) in rows.iter().enumerate().filter(|(_, row)| row.level.rank() == rank) {
            let done = put(ctx, row.clone());
            imported.count(at, done)?;
        }
    }
    Ok(imported)
}

fn put(ctx: &mut Command, row: EquipmentRow) -> Outcome<Put> {
    let known = coded::find::<Equipment>(ctx, &row.code)?;
    let message = "The level of equipment does not change; use another code";
    reject_if(known.is_some_and(|known| known.level != row.level), "level-fixed", message).field("level")?;
    let new = complete(ctx, row)?;
    coded::put(ctx, new)
}

/// Equipment, a page at a time: all of it, the higher levels first, or what stands directly in one piece.
#[query]
pub fn equipment(ctx: &Query, parent: Option<Code>, after: Option<Cursor>) -> Outcome<List<EquipmentRow>> {
    let mut codes = Codes::new();
    let row = |row: Row<Equipment>| {
        let parent = row.parent.map(|parent| codes.of(ctx, parent)).transpose()?;
        Ok(EquipmentRow { parent, ..row.value.into() })
    };
    match parent {
        None => ctx.list(Equipment::by_level_code(), after, row),
        Some(parent) => {
            let parent = coded::known::<Equipment>(ctx, &parent, "parent")?;
            ctx.list(Equipment::by_parent_code().eq(parent.id), after, row)
        }
    }
}

/// Looks up the parent. It is of a higher level, so nothing ever stands in itself, and in use when the part is.
fn complete(ctx: &Command, new: EquipmentRow) -> Outcome<Equipment> {
    let EquipmentRow { code, name, level, parent, retired_at } = new;
    let parent = match parent {
        None => None,
        Some(parent) => {
            let row = match retired_at {
                None => coded::in_use::<Equipment>(ctx, &parent, "parent")?,
                Some(_) => coded::known::<Equipment>(ctx, &parent, "parent")?,
            };
            if row.level.rank() >= level.rank() {
                let message = "Equipment stands in equipment of a higher level: enterprise, site, area, then lines \
                    and other work centres, then machines and other work units";
                return Err(reject("parent-not-above", message).field("parent"));
            }
            Some(row.id.into())
        }
    };
    Ok(Equipment { code, name, level, parent, retired_at })
}

//! What a plant may set; every setting has a default that serves.

use toolcrib_sdk::prelude::*;

/// What can be set.
#[value]
pub enum SettingName {
    /// A stop shorter than so many seconds is a micro-stop; 0: there are none.
    MicroStopSeconds,
    /// Minutes until a call that nobody took rises to the second level; 0: it does not.
    Escalate1Minutes,
    /// From there to the third.
    Escalate2Minutes,
    /// From there to the fourth, the last.
    Escalate3Minutes,
}

/// All settings: with their defaults and the most they may be. Plants draw the line between stop and micro-stop at one to
/// ten minutes; at two it hides little.
const ALL: [(SettingName, i64, i64); 4] = [
    (SettingName::MicroStopSeconds, 120, 3_600),
    (SettingName::Escalate1Minutes, 5, 1_440),
    (SettingName::Escalate2Minutes, 15, 1_440),
    (SettingName::Escalate3Minutes, 30, 1_440),
];

/// A setting that somebody changed.
#[record(unique(name))]
pub struct Setting {
    pub name: SettingName,
    pub number: i64,
}

/// A setting in force.
#[value]
pub struct InForce {
    pub name: SettingName,
    pub value: i64,
    pub default: i64,
    pub max: i64,
}

/// The value in force.
pub fn value(ctx: &Query, name: SettingName) -> Outcome<i64> {
    let known = ctx.first(Setting::by_name().eq(name))?;
    Ok(known.map_or(ALL[name as usize].1, |known| known.number))
}

/// Microseconds below which a stop is a micro-stop.
pub fn micro_us(ctx: &Query) -> Outcome<i64> {
    Ok(value(ctx, SettingName::MicroStopSeconds)? * 1_000_000)
}

/// All settings.
#[query]
pub fn settings(ctx: &Query) -> Outcome<Vec<InForce>> {
    let mut all = Vec::new();
    for (name, default, max) in ALL {
        all.push(InForce { name, value: value(ctx, name)?, default, max });
    }
    Ok(all)
}

/// Changes a setting. Open calls rise by what is set when they rise.
#[command(roles("owner", "admin"))]
pub fn change_setting(ctx: &mut Command, name: SettingName, value: i64) -> Outcome<()> {
    let message = "0 switches it off; the most is an hour for a stop and a day for a call";
    reject_if(!(0..=ALL[name as usize].2).contains(&value), "out-of-range", message).field("value")?;
    ctx.put(Setting { name, number: value }).map(drop)
}

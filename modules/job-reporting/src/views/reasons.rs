//! Reasons to tap on a terminal: those of the plant, the ones that were given most often lately first.

use crate::activities::Activity;
use crate::reports::Report;
use crate::who;
use toolcrib_sdk::prelude::*;

/// Reports or pauses that are looked through for how often a reason was given.
const LATELY: u32 = 200;
/// Reasons of one answer.
const REASONS_MAX: u32 = 100;

/// A reason code.
#[shared_record(
    module = "plant",
    index(kind, code),
    reason(zh = "点选报废和暂停的原因", en = "To tap why pieces are lost or a job pauses")
)]
pub struct Reason {
    pub kind: Text<16>,
    pub code: Text<40>,
    pub zh: Text<80>,
    pub en: Text<80>,
    pub retired_at: Option<Instant>,
}

/// A reason to tap.
#[value]
pub struct Tapped {
    pub code: Text<40>,
    pub name: Said,
    /// How often it was given lately.
    pub given: i64,
}

/// Why pieces are lost: the reasons given most often in the latest 200 reports of a machine first, then the others by
/// their codes. Nothing without plant.
#[query]
pub fn scrap_reasons(ctx: &Query, equipment: Option<Text<64>>) -> Outcome<Vec<Tapped>> {
    let lately = match equipment {
        Some(machine) => ctx.page(Report::by_equipment_ended_at().eq(machine).descending().limit(LATELY))?,
        None => ctx.page(Report::by_id().descending().limit(LATELY))?,
    };
    tapped(ctx, "scrap", lately.rows.into_iter().filter_map(|row| row.value.reason).collect())
}

/// Why a job pauses: the reasons that a person gave most often in their latest 200 starts and pauses first.
#[query]
pub fn pause_reasons(ctx: &Query, person: Option<Text<64>>) -> Outcome<Vec<Tapped>> {
    let person = who::person(ctx, person)?;
    let lately = ctx.page(Activity::by_person_at().eq(person).descending().limit(LATELY))?;
    tapped(ctx, "stop", lately.rows.into_iter().filter_map(|row| row.value.reason).collect())
}

fn tapped(ctx: &Query, kind: &str, given: Vec<Text<40>>) -> Outcome<Vec<Tapped>> {
    let kind: Text<16> = Text::new(kind)?;
    let known = ctx.page(Reason::by_kind_code().eq(&kind).limit(REASONS_MAX)).or_without()?;
    let used = known.into_iter().flat_map(|page| page.rows).filter(|reason| reason.retired_at.is_none());
    let mut all: Vec<_> = used
        .map(|reason| {
            let Reason { code, zh, en, .. } = reason.value;
            let given = given.iter().filter(|one| **one == code).count() as i64;
            Ok(Tapped { code, name: Said::new((zh.as_str(), en.as_str()))?, given })
        })
        .collect::<Outcome<_>>()?;
    // Stable: what was given as often stands by its code.
    all.sort_by_key(|one| std::cmp::Reverse(one.given));
    Ok(all)
}

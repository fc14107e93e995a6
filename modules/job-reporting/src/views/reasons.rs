//! Reasons to tap on a terminal: those of the plant, the ones that were given most often lately first; and what was
//! told of the card at hand, with its reason in words.

use crate::activities::Activity;
use crate::others::Quantity;
use crate::reports::Report;
use crate::who;
use toolcrib_sdk::prelude::*;

/// Reports or pauses that are looked through for how often a reason was given.
const LATELY: u32 = 200;
/// Reasons of one answer.
const REASONS_MAX: u32 = 100;
/// Reports of a card on one page: a terminal shows three at a time.
const CARD_ROWS: u32 = 20;

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

/// A name in both languages.
#[value]
pub struct Named {
    pub zh: Text<80>,
    pub en: Text<80>,
}

/// A reason to tap.
#[value]
pub struct Tapped {
    pub code: Text<40>,
    pub name: Named,
    /// How often it was given lately.
    pub given: i64,
}

/// A report as it stands below the form that adds to it.
#[value]
pub struct OnCard {
    pub report: Text<64>,
    pub ended_at: Instant,
    pub person: Text<64>,
    pub good: Quantity,
    pub scrap: Quantity,
    /// As people call it; its code where plant does not know it.
    pub reason: Option<Named>,
    /// The report that this one corrects.
    pub corrects: Option<Text<64>>,
}

/// Reports of one card, newest first, a page at a time; without a card none.
#[query]
pub fn card_reports(ctx: &Query, card: Option<Text<64>>, after: Option<Cursor>) -> Outcome<List<OnCard>> {
    let Some(card) = card else { return Ok(List { rows: Vec::new(), next: None }) };
    let page = ctx.page(Report::by_card_ended_at().eq(&card).descending().limit(CARD_ROWS).after(after))?;
    let on_card = |row: Row<Report>| {
        let Report { report, ended_at, person, good, scrap, reason, corrects, .. } = row.value;
        let reason = reason.map(|code| called(ctx, &code)).transpose()?;
        Ok(OnCard { report, ended_at, person, good, scrap, reason, corrects })
    };
    Ok(List { rows: page.rows.into_iter().map(on_card).collect::<Outcome<_>>()?, next: page.next })
}

fn called(ctx: &Query, code: &Text<40>) -> Outcome<Named> {
    let kind: Text<16> = Text::new("scrap")?;
    if let Some(row) = ctx.first(Reason::by_kind_code().eq(kind).eq(code)).or_without()?.flatten() {
        return Ok(Named { zh: row.value.zh, en: row.value.en });
    }
    let code: Text<80> = Text::new(code.as_str())?;
    Ok(Named { zh: code.clone(), en: code })
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
            let count = given.iter().filter(|one| **one == code).count();
            Tapped { code, name: Named { zh, en }, given: count as i64 }
        })
        .collect();
    // Stable: what was given as often stands by its code.
    all.sort_by_key(|one| std::cmp::Reverse(one.given));
    Ok(all)
}

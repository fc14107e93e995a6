//! What was told, as people read it: with who made it and why by name, where plant knows them.

use super::reasons::Reason;
use crate::others::{Person, Quantity};
use crate::reports::Report;
use toolcrib_sdk::prelude::*;

/// Reports of a card on one page: a terminal shows three at a time.
const CARD_ROWS: u32 = 20;

/// A material, by the code that orders name it by.
#[shared_record(module = "plant", index(code), reason(zh = "显示物料名称", en = "To show the names of materials"))]
pub struct Material {
    pub code: Text<64>,
    pub name: Text<120>,
}

/// A report with names.
#[value]
pub struct Listed {
    #[embed]
    pub told: Row<Report>,
    /// None where plant does not know them.
    pub person_name: Option<Text<80>>,
    pub material_name: Option<Text<120>>,
    pub reason_name: Option<Said>,
}

/// A report as it stands below the form that adds to it.
#[value]
pub struct OnCard {
    pub report: Text<64>,
    pub ended_at: Instant,
    pub person: Text<64>,
    pub person_name: Option<Text<80>>,
    pub good: Quantity,
    pub scrap: Quantity,
    /// As people call it; its code where plant does not know it.
    pub reason: Option<Said>,
    /// The report that this one corrects.
    pub corrects: Option<Text<64>>,
}

/// Names that one list looks up once each.
#[derive(Default)]
pub struct Names {
    people: Known<Person>,
    materials: Known<Material>,
    reasons: Known<Reason>,
}

impl Names {
    pub fn listed(&mut self, ctx: &Query, told: Row<Report>) -> Outcome<Listed> {
        let (person_name, material_name) = (self.person(ctx, &told.person)?, self.material(ctx, &told.material)?);
        let reason_name = match &told.reason {
            Some(code) => self.reason(ctx, code)?,
            None => None,
        };
        Ok(Listed { told, person_name, material_name, reason_name })
    }

    fn person(&mut self, ctx: &Query, code: &Text<64>) -> Outcome<Option<Text<80>>> {
        Ok(self.people.first(ctx, Person::by_code().eq(code))?.map(|person| person.name.clone()))
    }

    fn material(&mut self, ctx: &Query, code: &Text<64>) -> Outcome<Option<Text<120>>> {
        Ok(self.materials.first(ctx, Material::by_code().eq(code))?.map(|material| material.name.clone()))
    }

    fn reason(&mut self, ctx: &Query, code: &Text<40>) -> Outcome<Option<Said>> {
        let listed = self.reasons.first(ctx, Reason::by_kind_code().eq(Text::new("scrap")?).eq(code))?;
        listed.map(|reason| Said::new((reason.zh.as_str(), reason.en.as_str()))).transpose()
    }
}

/// Reports of one card, newest first, a page at a time; without a card none.
#[query]
pub fn card_reports(ctx: &Query, card: Option<Text<64>>, after: Option<Cursor>) -> Outcome<List<OnCard>> {
    let Some(card) = card else { return Ok(List { rows: Vec::new(), next: None }) };
    let page = ctx.page(Report::by_card_ended_at().eq(&card).descending().limit(CARD_ROWS).after(after))?;
    let mut names = Names::default();
    let on_card = |row: Row<Report>| {
        let Listed { told, person_name, reason_name, .. } = names.listed(ctx, row)?;
        let Report { report, ended_at, person, good, scrap, reason, corrects, .. } = told.value;
        let own = |code: Text<40>| Said::new((code.as_str(), code.as_str()));
        let reason = reason_name.map_or_else(|| reason.map(own).transpose(), |name| Ok(Some(name)))?;
        Ok(OnCard { report, ended_at, person, person_name, good, scrap, reason, corrects })
    };
    Ok(List { rows: page.rows.into_iter().map(on_card).collect::<Outcome<_>>()?, next: page.next })
}

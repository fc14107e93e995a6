//! Inspection plans: for which material, after which operation or at receipt, how many, and what is looked at.

use crate::aql::{self, Aql, Level, Severity};
use crate::characteristics::{self, Code, filled};
use crate::sheets::PlanRow;
use crate::switching::{Rules, Wish};
use toolcrib_sdk::prelude::*;

/// The plan of a material that has none: level II, major AQL 1.0, minor AQL 2.5, always normal inspection.
pub const DEFAULT_PLAN: &str = "default";
pub const DEFAULT_AQLS: [(Class, Aql); 2] = [(Class::Major, Decimal(1_000)), (Class::Minor, Decimal(2_500))];

/// How much a defect matters. None may be critical.
#[value]
pub enum Class {
    Critical,
    Major,
    Minor,
}

/// What is compared with Ac and Re.
#[value]
pub enum Counts {
    /// Units with at least one defect: percent nonconforming.
    Units,
    /// Every defect: nonconformities per hundred units.
    Defects,
}

/// A plan of a material.
#[record(shared, unique(code), index(material, receipt), from(PlanRow))]
pub struct Plan {
    pub code: Code,
    pub material: Code,
    /// Only after this operation.
    pub operation: Option<Text<40>>,
    /// For lots that are received, not for those that are made.
    pub receipt: bool,
    pub level: Level,
    pub counts: Counts,
    pub rules: Rules,
    /// Production goes on at a steady rate.
    pub steady: bool,
    /// Reduced inspection is wanted when it is earned.
    pub reduced: bool,
    #[own]
    pub retired_at: Option<Instant>,
}

impl Plan {
    pub fn wish(&self) -> Wish {
        Wish { rules: self.rules, steady: self.steady, reduced: self.reduced }
    }
}

/// How strictly one class of defects of a plan is inspected now.
#[record(shared, unique(plan, class))]
pub struct Scheme {
    pub plan: Code,
    pub class: Class,
    pub aql: Aql,
    pub severity: Severity,
    /// Acceptance is discontinued until corrective action was taken.
    pub stopped: bool,
    /// Switching score of the 1999 edition.
    pub score: i64,
    /// Lots on original inspection so far.
    pub lots: i64,
    /// The first of them at this severity.
    pub since: i64,
    /// Rejected at this severity.
    pub rejected: i64,
}

impl Scheme {
    pub fn begin(&mut self, severity: Severity) {
        (self.severity, self.since, self.score, self.rejected) = (severity, self.lots + 1, 0, 0);
    }
}

/// A characteristic that a plan looks at.
#[record(shared, unique(plan, characteristic))]
pub struct PlanLine {
    pub plan: Code,
    pub characteristic: Code,
    pub class: Class,
}

/// Adds a plan, or changes the one of its code. A class without an AQL is not sampled; where the AQL of a class changes,
/// it begins again with normal inspection.
#[command(roles("owner", "admin", "supervisor"))]
pub fn set_plan(
    ctx: &mut Command,
    code: Code,
    material: Code,
    operation: Option<Text<40>>,
    receipt: bool,
    level: Level,
    major_aql: Option<Aql>,
    minor_aql: Option<Aql>,
    counts: Counts,
) -> Outcome<()> {
    let (rules, steady, reduced) = match ctx.first(Plan::by_code().eq(&code))? {
        Some(known) => (known.rules, known.steady, known.reduced),
        None => (Rules::MilStd105e, true, false),
    };
    let said = PlanRow { code, material, operation, receipt, level, counts, ..PlanRow::blank() };
    put(ctx, PlanRow { major_aql, minor_aql, rules, steady, reduced, ..said })
}

/// Adds a plan, or changes the one of its code. One that was out of use is in use again.
pub fn put(ctx: &mut Command, said: PlanRow) -> Outcome<()> {
    let PlanRow { code, material, major_aql, minor_aql, counts, .. } = &said;
    filled(code.as_str(), "code")?;
    filled(material.as_str(), "material")?;
    let message = "`default` is the plan of materials without one";
    reject_if(code.as_str() == DEFAULT_PLAN, "code-reserved", message).field("code")?;
    let message = "Give an AQL for major or minor defects, or both";
    reject_if(major_aql.is_none() && minor_aql.is_none(), "aql-missing", message).field("major_aql")?;
    for (class, aql, field) in [(Class::Major, major_aql, "major_aql"), (Class::Minor, minor_aql, "minor_aql")] {
        set_scheme(ctx, code, class, *aql, *counts, field)?;
    }
    ctx.put(Plan::from(said)).map(drop)
}

fn set_scheme(
    ctx: &mut Command,
    plan: &Code,
    class: Class,
    aql: Option<Aql>,
    counts: Counts,
    field: &str,
) -> Outcome<()> {
    let known = ctx.first(Scheme::by_plan_class().eq(plan).eq(class))?;
    let Some(aql) = aql else { return known.map_or(Ok(()), |known| ctx.delete(known.id)) };
    aql::column(aql, field)?;
    let message = "An AQL over 10 counts defects per hundred units: count defects, not units";
    reject_if(counts == Counts::Units && !aql::is_percent(aql), "aql-over-percent", message).field(field)?;
    let new = || Scheme { plan: plan.clone(), class, ..Scheme::blank() };
    let mut scheme = known.as_ref().map_or_else(new, |row| row.value.clone());
    if known.is_none() || scheme.aql != aql {
        (scheme.aql, scheme.stopped) = (aql, false);
        scheme.begin(Severity::Normal);
    }
    ctx.store(known, scheme).map(drop)
}

/// Says that a plan looks at a characteristic, and how much its defects matter.
#[command(roles("owner", "admin", "supervisor"))]
pub fn set_plan_line(ctx: &mut Command, plan: Code, characteristic: Code, class: Class) -> Outcome<()> {
    known(ctx, &plan, "plan")?;
    characteristics::known(ctx, &characteristic, "characteristic")?;
    ctx.put(PlanLine { plan, characteristic, class }).map(drop)
}

/// Says that a plan no longer looks at a characteristic.
#[command(roles("owner", "admin", "supervisor"))]
pub fn remove_plan_line(ctx: &mut Command, plan: Code, characteristic: Code) -> Outcome<()> {
    match ctx.first(PlanLine::by_plan_characteristic().eq(&plan).eq(&characteristic))? {
        Some(row) => ctx.delete(row.id),
        None => Err(reject("unknown-characteristic", "This plan does not look at it").field("characteristic")),
    }
}

/// Takes a plan out of use.
#[command(roles("owner", "admin", "supervisor"))]
pub fn retire_plan(ctx: &mut Command, code: Code) -> Outcome<()> {
    let mut row = known(ctx, &code, "code")?;
    row.retired_at = Some(ctx.now());
    ctx.update(&mut row)
}

/// Says what leads to reduced inspection, whether production is steady, and whether reduced inspection is wanted.
#[command(roles("owner", "admin", "supervisor"))]
pub fn set_switching(ctx: &mut Command, plan: Code, rules: Rules, steady: bool, reduced: bool) -> Outcome<()> {
    let mut row = known(ctx, &plan, "plan")?;
    (row.rules, row.steady, row.reduced) = (rules, steady, reduced);
    ctx.update(&mut row)?;
    for mut scheme in ctx.all(Scheme::by_plan_class().eq(&plan))? {
        if scheme.severity == Severity::Reduced && !(steady && reduced) {
            scheme.begin(Severity::Normal);
            ctx.update(&mut scheme)?;
        }
    }
    Ok(())
}

/// Goes on after corrective action, with tightened inspection (MIL-STD-105E 4.8).
#[command(roles("owner", "admin", "supervisor"))]
pub fn resume_plan(ctx: &mut Command, plan: Code, class: Class, action: Text<200>) -> Outcome<()> {
    filled(action.as_str(), "action")?;
    let row = ctx.first(Scheme::by_plan_class().eq(&plan).eq(class))?.filter(|row| row.stopped);
    let mut row = row.or_reject("not-stopped", "This inspection is not discontinued").field("class")?;
    row.stopped = false;
    row.begin(Severity::Tightened);
    ctx.update(&mut row)
}

/// Plans by code, a page at a time.
#[query]
pub fn plans(ctx: &Query, after: Option<Cursor>) -> Outcome<Page<Plan>> {
    ctx.page(Plan::by_code().limit(100).after(after))
}

/// How strictly each class of a plan is inspected now.
#[query]
pub fn schemes(ctx: &Query, plan: Code) -> Outcome<Page<Scheme>> {
    ctx.page(Scheme::by_plan_class().eq(&plan))
}

/// What a plan looks at, a page at a time.
#[query]
pub fn plan_lines(ctx: &Query, plan: Code, after: Option<Cursor>) -> Outcome<Page<PlanLine>> {
    ctx.page(PlanLine::by_plan_characteristic().eq(&plan).limit(100).after(after))
}

pub fn known(ctx: &Query, code: &Code, field: &str) -> Outcome<Row<Plan>> {
    let message = || ["There is no plan ", code.as_str()].concat();
    ctx.first(Plan::by_code().eq(code))?.ok_or_else(|| reject("unknown-plan", &message()).field(field))
}

/// The plan in use for a material: one for this operation before one for any.
pub fn of_material(
    ctx: &Query,
    material: &Code,
    operation: Option<&Text<40>>,
    receipt: bool,
) -> Outcome<Option<Row<Plan>>> {
    let mut found = ctx.all(Plan::by_material_receipt().eq(material).eq(receipt))?;
    found
        .retain(|plan| plan.retired_at.is_none() && (plan.operation.is_none() || plan.operation.as_ref() == operation));
    Ok(found.into_iter().max_by_key(|plan| plan.operation.is_some()))
}

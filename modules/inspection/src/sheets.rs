//! Plans as flat rows, with what they look at: what one firm gives another, and spreadsheets hold.

use crate::aql::{Aql, Level};
use crate::characteristics::{Characteristic, Code};
use crate::plans::{self, Class, Counts, Plan, PlanLine, Scheme};
use crate::switching::Rules;
use toolcrib_sdk::prelude::*;

/// A plan in one line.
#[value(from(Plan))]
pub struct PlanRow {
    pub code: Code,
    pub material: Code,
    /// Only after this operation.
    pub operation: Option<Text<40>>,
    /// For lots that are received.
    pub receipt: bool,
    pub level: Level,
    #[own]
    pub major_aql: Option<Aql>,
    #[own]
    pub minor_aql: Option<Aql>,
    pub counts: Counts,
    pub rules: Rules,
    /// Production goes on at a steady rate.
    pub steady: bool,
    /// Reduced inspection is wanted when it is earned.
    pub reduced: bool,
    pub retired_at: Option<Instant>,
}

/// A characteristic that a plan looks at.
#[value(from(PlanLine))]
pub struct LineRow {
    pub plan: Code,
    pub characteristic: Code,
    pub class: Class,
    /// When the plan or the characteristic went out of use.
    #[own]
    pub retired_at: Option<Instant>,
}

fn aql(ctx: &Query, plan: &Code, class: Class) -> Outcome<Option<Aql>> {
    Ok(ctx.first(Scheme::by_plan_class().eq(plan).eq(class))?.map(|scheme| scheme.aql))
}

/// Plans by code, each in one line.
#[query]
pub fn plan_sheet(ctx: &Query, after: Option<Cursor>) -> Outcome<List<PlanRow>> {
    ctx.list(Plan::by_code(), after, |row| {
        let (major_aql, minor_aql) = (aql(ctx, &row.code, Class::Major)?, aql(ctx, &row.code, Class::Minor)?);
        Ok(PlanRow { major_aql, minor_aql, ..row.value.into() })
    })
}

/// Adds or changes many plans at once, in order; all or none.
#[command(roles("owner", "admin", "supervisor"))]
pub fn import_plans(ctx: &mut Command, rows: Vec<PlanRow>) -> Outcome<i64> {
    let count = rows.len() as i64;
    for row in rows {
        let (code, rules, steady, reduced) = (row.code.clone(), row.rules, row.steady, row.reduced);
        plans::put(ctx, row)?;
        plans::set_switching(ctx, code, rules, steady, reduced)?;
    }
    Ok(count)
}

/// What plans look at, by plan.
#[query]
pub fn line_sheet(ctx: &Query, after: Option<Cursor>) -> Outcome<List<LineRow>> {
    ctx.list(PlanLine::by_plan_characteristic(), after, |row| {
        let of_plan = ctx.first(Plan::by_code().eq(&row.plan))?.and_then(|plan| plan.retired_at);
        let of_characteristic = ctx.first(Characteristic::by_code().eq(&row.characteristic))?;
        let retired_at = of_plan.or(of_characteristic.and_then(|row| row.retired_at));
        Ok(LineRow { retired_at, ..row.value.into() })
    })
}

/// Says of many characteristics at once which plan looks at them; all or none.
#[command(roles("owner", "admin", "supervisor"))]
pub fn import_plan_lines(ctx: &mut Command, rows: Vec<LineRow>) -> Outcome<i64> {
    let count = rows.len() as i64;
    for LineRow { plan, characteristic, class, .. } in rows {
        plans::set_plan_line(ctx, plan, characteristic, class)?;
    }
    Ok(count)
}

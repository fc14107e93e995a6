//! The charts that are kept: one for each characteristic, and for each machine where it matters.

use crate::capability::Specification;
use crate::subgroups::{Estimate, Kind, Rule, Setup};
use toolcrib_sdk::prelude::*;

/// The limits that an inspection holds a characteristic to.
#[shared_record(
    module = "inspection",
    index(code),
    reason(zh = "控制图自动带出规格限", en = "To take over the specification of a characteristic")
)]
pub struct Characteristic {
    pub code: Text<64>,
    pub lower: Option<Decimal<6>>,
    pub target: Option<Decimal<6>>,
    pub upper: Option<Decimal<6>>,
}

/// A chart. Points of stage 0 make the limits they are judged by; those of later stages have frozen ones.
#[record(unique(code), index(characteristic, equipment))]
pub struct Chart {
    pub code: Text<64>,
    pub characteristic: Text<64>,
    /// None: whichever machine.
    pub equipment: Option<Text<64>>,
    pub kind: Kind,
    /// One bit a rule.
    pub rules: Option<i64>,
    pub estimate: Option<Estimate>,
    pub width: Option<f64>,
    pub mean: Option<f64>,
    pub sigma: Option<f64>,
    pub lambda: Option<f64>,
    pub steady: Option<bool>,
    pub k: Option<f64>,
    pub h: Option<f64>,
    pub head_start: Option<f64>,
    pub lower: Option<Decimal<6>>,
    pub upper: Option<Decimal<6>>,
    pub target: Option<Decimal<6>>,
    pub stage: i64,
    /// Points so far.
    pub points: i64,
}

const RULES: [Rule; 12] = {
    use Rule::*;
    [We1, We2, We3, We4, Nelson1, Nelson2, Nelson3, Nelson4, Nelson5, Nelson6, Nelson7, Nelson8]
};

impl Chart {
    /// As it was set up.
    pub fn setup(&self) -> Setup {
        let set = |rules: i64| RULES.into_iter().filter(|rule| rules >> *rule as i64 & 1 == 1).collect();
        Setup { rules: self.rules.map(set), ..Setup::from(self.clone()) }
    }

    /// Keeps a new chart; without a specification it takes over that of the inspection.
    pub fn keep(mut self, ctx: &mut Command, specification: Option<Specification>) -> Outcome<Id<Self>> {
        if specification.is_none() {
            let known = ctx.first_or_without(Characteristic::by_code().eq(&self.characteristic))?;
            if let Some(Characteristic { lower, target, upper, .. }) = known.map(|row| row.value) {
                (self.lower, self.target, self.upper) = (lower, target, upper);
            }
        }
        ctx.insert(self)
    }

    fn set_up(&mut self, setup: Setup, of: &Specification) -> Outcome<()> {
        setup.check(self.kind)?;
        of.check()?;
        let Setup { rules, estimate, width, mean, sigma, lambda, steady, k, h, head_start, base } = setup;
        reject_if(base.is_some(), "base-in-chart", "A kept chart has stages: freeze its limits instead")
            .field("base")?;
        self.rules = rules.map(|rules| rules.iter().fold(0, |set, rule| set | 1 << *rule as i64));
        (self.estimate, self.width, self.mean, self.sigma) = (estimate, width, mean, sigma);
        (self.lambda, self.steady, self.k, self.h, self.head_start) = (lambda, steady, k, h, head_start);
        (self.lower, self.upper, self.target) = (of.lower, of.upper, of.target);
        Ok(())
    }

    /// Limits do not come from its own points.
    pub fn is_known(&self) -> bool {
        self.mean.is_some() && (self.sigma.is_some() || self.kind.is_of_counts())
    }
}

/// The chart of a code, if there is one.
pub fn find(ctx: &Query, code: &Text<64>) -> Outcome<Option<Row<Chart>>> {
    ctx.first(Chart::by_code().eq(code))
}

/// The chart of a code.
///
/// # Errors
/// `unknown-chart`.
pub fn known(ctx: &Query, code: &Text<64>) -> Outcome<Row<Chart>> {
    find(ctx, code)?.or_reject("unknown-chart", "There is no such chart; create it first").field("chart")
}

/// Creates a chart for a characteristic, of one machine or of whichever. Without a specification it takes over that of
/// the inspection, where there is one.
#[command(roles("owner", "admin", "supervisor"))]
pub fn create_chart(
    ctx: &mut Command,
    chart: Text<64>,
    characteristic: Text<64>,
    equipment: Option<Text<64>>,
    kind: Kind,
    setup: Option<Setup>,
    specification: Option<Specification>,
) -> Outcome<()> {
    let message = "Give the chart a code and name the characteristic";
    reject_if(chart.is_blank() || characteristic.is_blank(), "code-empty", message).field("chart")?;
    reject_if(find(ctx, &chart)?.is_some(), "code-taken", "There is a chart of this code already").field("chart")?;
    let mut new = Chart { code: chart, characteristic, equipment, kind, ..Chart::blank() };
    new.set_up(setup.unwrap_or_else(Setup::blank), specification.as_ref().unwrap_or(&Specification::blank()))?;
    new.keep(ctx, specification).map(drop)
}

/// Changes rules, parameters and specification of a chart. Frozen limits stay as they are.
#[command(roles("owner", "admin", "supervisor"))]
pub fn change_chart(
    ctx: &mut Command,
    chart: Text<64>,
    setup: Option<Setup>,
    specification: Option<Specification>,
) -> Outcome<()> {
    let mut row = known(ctx, &chart)?;
    row.set_up(setup.unwrap_or_else(Setup::blank), &specification.unwrap_or_else(Specification::blank))?;
    ctx.update(&mut row)
}

/// Charts by code, a page at a time.
#[query]
pub fn charts(ctx: &Query, after: Option<Cursor>) -> Outcome<Page<Chart>> {
    ctx.page(Chart::by_code().limit(100).after(after))
}

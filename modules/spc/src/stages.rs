//! Phases: limits from the points themselves, limits frozen by somebody, and points that do not count.

use crate::analysis::{Analysis, analyse};
use crate::capability::{Capability, Specification, capability as indices};
use crate::charts::{Chart, known};
use crate::intake::{ChartPoint, WINDOW, window};
use crate::limits::Basis;
use crate::subgroups::{Estimate, Subgroup, Taken};
use toolcrib_sdk::prelude::*;

/// Limits that were frozen; those of earlier stages are kept.
#[record(unique(chart, stage))]
pub struct FrozenLimits {
    pub chart: Ref<Chart>,
    /// The points of this stage are judged by them.
    pub stage: i64,
    pub centre: f64,
    pub spread: Option<f64>,
    pub estimate: Estimate,
    /// The stage whose points they come from.
    pub from_stage: i64,
    /// So many points counted.
    pub points: i64,
    pub because: Option<Text<200>>,
    pub by: Option<Text<80>>,
}

impl FrozenLimits {
    /// What points are judged by.
    pub fn basis(&self) -> Basis {
        Basis { centre: self.centre, spread: self.spread, estimate: self.estimate }
    }
}

/// The limits of a stage; none for stage 0.
pub fn frozen(ctx: &Query, chart: &Row<Chart>, stage: i64) -> Outcome<Option<Row<FrozenLimits>>> {
    ctx.first(FrozenLimits::by_chart_stage().eq(chart.id).eq(stage))
}

/// A chart with one of its stages.
#[value]
pub struct ChartView {
    pub chart: Row<Chart>,
    pub stage: i64,
    /// None: the limits come from the points shown.
    pub limits: Option<Row<FrozenLimits>>,
    pub analysis: Analysis,
}

/// The latest points of a chart, at most 1,000, with limits and signals: of its present stage or of an earlier one.
#[query]
pub fn control_chart(ctx: &Query, chart: Text<64>, stage: Option<i64>, last: Option<i64>) -> Outcome<ChartView> {
    let chart = known(ctx, &chart)?;
    let stage = stage.unwrap_or(chart.stage);
    let limits = frozen(ctx, &chart, stage)?;
    let rows = window(ctx, chart.id, stage, WINDOW)?;
    let mut analysis = analyse(chart.kind, &rows, &chart.setup(), limits.as_ref().map(|limits| limits.basis()))?;
    let hidden = last.and_then(|last| usize::try_from(last).ok()).map_or(0, |last| rows.len().saturating_sub(last));
    analysis.points.drain(..hidden);
    analysis.signals.retain(|signal| analysis.points.iter().any(|point| point.number == signal.point));
    Ok(ChartView { chart, stage, limits, analysis })
}

/// Freezes limits: from the points of the present stage or of a given one, or known ones. New points begin a new stage
/// and are judged by them until somebody freezes others.
#[command(roles("owner", "admin", "supervisor"))]
pub fn freeze_limits(
    ctx: &mut Command,
    chart: Text<64>,
    stage: Option<i64>,
    mean: Option<f64>,
    sigma: Option<f64>,
    because: Option<Text<200>>,
) -> Outcome<Row<FrozenLimits>> {
    let mut row = known(ctx, &chart)?;
    let from_stage = stage.unwrap_or(row.stage);
    let rows = window(ctx, row.id, from_stage, WINDOW)?;
    let taken = Taken::all(row.kind, rows.iter().map(|(_, row)| row))?;
    let mut setup = row.setup();
    (setup.mean, setup.sigma) = (mean.or(setup.mean), sigma.or(setup.sigma));
    setup.check(row.kind)?;
    let basis = Basis::of(row.kind, &taken, &setup);
    let Some(Basis { centre, spread, estimate }) =
        basis.filter(|basis| row.kind.is_of_counts() || basis.spread.is_some())
    else {
        let message = "These points do not tell limits: take more subgroups, or give mean and sigma";
        return Err(reject("too-few-points", message).field("stage"));
    };
    row.stage += 1;
    let (chart, stage, by) = (row.id.into(), row.stage, Text::new(ctx.actor()).ok());
    let points = taken.iter().filter(|one| !one.excluded).count() as i64;
    ctx.update(&mut row)?;
    let id = ctx.insert(FrozenLimits { chart, stage, centre, spread, estimate, from_stage, points, because, by })?;
    ctx.get(id)
}

/// All limits that were ever frozen for a chart, the newest first.
#[query]
pub fn limits(ctx: &Query, chart: Text<64>, after: Option<Cursor>) -> Outcome<Page<FrozenLimits>> {
    let chart = known(ctx, &chart)?;
    ctx.page(FrozenLimits::by_chart_stage().eq(chart.id).descending().limit(100).after(after))
}

/// Excludes a point, with the cause that was found. It stays on the chart; limits and rules pass it over.
#[command(roles("owner", "admin", "supervisor"))]
pub fn exclude_point(ctx: &mut Command, chart: Text<64>, point: i64, because: Text<200>) -> Outcome<()> {
    reject_if(because.is_blank(), "reason-empty", "Say which cause was found").field("because")?;
    mark(ctx, &chart, point, Some(because))
}

/// Lets an excluded point count again.
#[command(roles("owner", "admin", "supervisor"))]
pub fn include_point(ctx: &mut Command, chart: Text<64>, point: i64) -> Outcome<()> {
    mark(ctx, &chart, point, None)
}

fn mark(ctx: &mut Command, chart: &Text<64>, point: i64, excluded: Option<Text<200>>) -> Outcome<()> {
    let chart = known(ctx, chart)?;
    let found = ctx.first(ChartPoint::by_chart_number().eq(chart.id).eq(point))?;
    let mut row = found.or_reject("unknown-point", "The chart has no such point").field("point")?;
    row.excluded = excluded;
    ctx.update(&mut row)
}

/// Capability by the latest points of a chart, at most 1,000, and its specification.
#[query]
pub fn capability(
    ctx: &Query,
    chart: Text<64>,
    stage: Option<i64>,
    level: Option<f64>,
    degrees: Option<i64>,
) -> Outcome<Capability> {
    let chart = known(ctx, &chart)?;
    let message = "Capability is about readings; this chart counts";
    reject_if(chart.kind.is_of_counts(), "counts-have-none", message).field("chart")?;
    let rows = window(ctx, chart.id, stage.unwrap_or(chart.stage), WINDOW)?;
    let subgroups: Vec<Subgroup> = rows.into_iter().map(|(_, row)| row).collect();
    let taken = Taken::all(chart.kind, subgroups.iter())?;
    let of = Specification { lower: chart.lower, upper: chart.upper, target: chart.target, level, degrees };
    indices(chart.kind, &taken, chart.estimate, &of)
}

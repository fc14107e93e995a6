//! Subgroups on their way into a chart, and the signals that follow at once.

use crate::analysis::{Analysis, Point, Signal, analyse};
use crate::charts::{Chart, find, known};
use crate::rules::LOOKS_BACK;
use crate::stages::frozen;
use crate::subgroups::{Kind, READINGS, Rule, Subgroup, Taken};
use toolcrib_sdk::contract::limits::PAGE_ROWS;
use toolcrib_sdk::contract::schema::{Schema, Type};
use toolcrib_sdk::prelude::*;

/// The latest points of a stage that a chart shows and computes with.
pub const WINDOW: usize = 1_000;
/// Limits from fewer points raise no alarm (Montgomery, 7th ed., 6.2.1: at least 20 subgroups).
const ENOUGH: usize = 20;
/// Signals that one call raises, the latest; the chart shows all.
const SIGNALS: usize = 100;

/// One subgroup of a chart.
#[record(unique(chart, number), index(chart, stage, at, number), index(chart, source))]
pub struct ChartPoint {
    pub chart: Ref<Chart>,
    pub number: i64,
    pub stage: i64,
    pub at: Instant,
    /// In order, with spaces between; a missing one is a dash.
    pub readings: Option<Text<600>>,
    pub count: Option<i64>,
    pub size: Option<Decimal<6>>,
    pub source: Option<Text<64>>,
    pub excluded: Option<Text<200>>,
    pub by: Option<Text<80>>,
}

impl ChartPoint {
    /// As it was given.
    pub fn subgroup(&self) -> Subgroup {
        let list = |text: &Text<600>| text.as_str().split(' ').map(|reading| reading.parse().ok()).collect();
        Subgroup { readings: self.readings.as_ref().map(list), ..Subgroup::from(self.clone()) }
    }
}

/// A signal that was raised.
#[record(index(at), index(chart, at))]
pub struct RaisedSignal {
    pub chart: Text<64>,
    pub characteristic: Text<64>,
    pub equipment: Option<Text<64>>,
    pub rule: Rule,
    pub point: i64,
    pub at: Instant,
    pub value: f64,
}

/// A new point broke a rule.
#[event(from(RaisedSignal))]
pub struct OutOfControl {
    pub chart: Text<64>,
    pub characteristic: Text<64>,
    pub equipment: Option<Text<64>>,
    #[own]
    pub rule: Text<40>,
    pub point: i64,
    pub at: Instant,
    pub value: f64,
}

#[operation_of(
    module = "oee",
    reason(zh = "过程失控时自动呼叫（安灯）", en = "To raise an andon call when a process is out of control")
)]
pub fn raise_call(equipment: Option<Text<64>>, kind: Text<40>, note: Text<200>, source: Text<64>);

/// Readings of a characteristic, as the inspection tells them.
#[value]
pub struct Measured {
    pub characteristic: Text<64>,
    pub equipment: Option<Text<64>>,
    pub inspection: Text<64>,
    pub at: Instant,
    pub values: Vec<Decimal<6>>,
}

/// What became of new subgroups.
#[value]
pub struct Added {
    /// Numbers of the new points; those taken before have none.
    pub points: Vec<i64>,
    /// What they complete.
    pub signals: Vec<Signal>,
}

/// Adds one subgroup: readings, or a count with its size. A missing reading is left out.
#[command(roles("owner", "admin", "supervisor", "operator", "module"))]
pub fn add_subgroup(
    ctx: &mut Command,
    chart: Text<64>,
    readings: Option<Vec<Decimal<6>>>,
    count: Option<i64>,
    size: Option<Decimal<6>>,
    at: Option<Instant>,
    source: Option<Text<64>>,
) -> Outcome<Added> {
    let readings = readings.map(|readings| readings.into_iter().map(Some).collect());
    let mut row = known(ctx, &chart)?;
    let numbers = [add(ctx, &mut row, Subgroup { readings, count, size, at, source, excluded: None })?];
    raise(ctx, &mut row, numbers.into_iter().flatten().collect())
}

/// Adds many subgroups, in order; all or none. A refusal names the row.
#[command(roles("owner", "admin", "supervisor"))]
pub fn import_subgroups(ctx: &mut Command, chart: Text<64>, rows: Vec<Subgroup>) -> Outcome<Added> {
    let mut row = known(ctx, &chart)?;
    let mut numbers = Vec::new();
    for (at, subgroup) in rows.into_iter().enumerate() {
        numbers.extend(add(ctx, &mut row, subgroup).nth("rows", at)?);
    }
    raise(ctx, &mut row, numbers)
}

/// Takes the readings of an inspection into every chart of the characteristic; the first ones make a chart.
#[on(event = "inspection/measured")]
pub fn measured(ctx: &mut Command, event: Measured) -> Outcome<()> {
    let Measured { characteristic, equipment, inspection, at, values } = event;
    let mut charts = ctx.page(Chart::by_characteristic_equipment().eq(&characteristic).eq(None))?.rows;
    if equipment.is_some() {
        charts.extend(ctx.page(Chart::by_characteristic_equipment().eq(&characteristic).eq(&equipment))?.rows);
    }
    charts.retain(|chart| !chart.kind.is_of_counts());
    if charts.is_empty() && !values.is_empty() {
        let kind = match values.len() {
            1 => Kind::IMr,
            2..=9 => Kind::XbarR,
            _ => Kind::XbarS,
        };
        let code = free_code(ctx, &characteristic, equipment.as_ref())?;
        let id = Chart { code, characteristic, equipment, kind, ..Chart::blank() }.keep(ctx, None)?;
        charts.push(ctx.get(id)?);
    }
    for mut chart in charts {
        let size = if chart.kind == Kind::IMr { 1 } else { READINGS };
        let mut numbers = Vec::new();
        for (part, values) in values.chunks(size).enumerate() {
            let ending = if part == 0 { String::new() } else { ["#", &(part + 1).to_string()].concat() };
            let source = Some(with(inspection.as_str(), &ending)?);
            let readings = Some(values.iter().copied().map(Some).collect());
            let at = Some(at.min(ctx.now()));
            numbers.extend(add(ctx, &mut chart, Subgroup { readings, at, source, ..Subgroup::blank() })?);
        }
        raise(ctx, &mut chart, numbers)?;
    }
    Ok(())
}

/// A text and what is added to it, cut to 64 characters: in the text, not in what is added, which is short.
fn with(text: &str, added: &str) -> Outcome<Text<64>> {
    let mut cut = text.to_owned();
    while cut.chars().count() + added.len() > 64 {
        cut.pop();
    }
    cut.push_str(added);
    Ok(Text::new(cut)?)
}

/// The characteristic, with the machine where there is one, and with a number where that is taken.
fn free_code(ctx: &Command, characteristic: &Text<64>, equipment: Option<&Text<64>>) -> Outcome<Text<64>> {
    let machine = equipment.map(|equipment| ["@", equipment.as_str()].concat()).unwrap_or_default();
    let full = with(&[characteristic.as_str(), &machine].concat(), "")?;
    let mut code = full.clone();
    for at in 2..WINDOW {
        if find(ctx, &code)?.is_none() {
            return Ok(code);
        }
        code = with(full.as_str(), &["~", &at.to_string()].concat())?;
    }
    Err(reject("code-taken", "Too many charts have codes like this one; create one with a code of its own"))
}

/// Keeps one subgroup and returns its number; none when its source was taken before.
fn add(ctx: &mut Command, chart: &mut Row<Chart>, subgroup: Subgroup) -> Outcome<Option<i64>> {
    Taken::of(chart.kind, &subgroup)?;
    let Subgroup { readings, count, size, at, source, excluded } = subgroup;
    let at = at.unwrap_or_else(|| ctx.now());
    reject_if(at > ctx.now(), "in-the-future", "This is later than now; correct the time or the clock").field("at")?;
    if source.is_some() && ctx.first(ChartPoint::by_chart_source().eq(chart.id).eq(&source))?.is_some() {
        return Ok(None);
    }
    let join = |readings: Vec<Option<Decimal<6>>>| {
        let mut text = String::new();
        for reading in readings {
            text.push_str(if text.is_empty() { "" } else { " " });
            text.push_str(&reading.map_or_else(|| "-".to_owned(), |reading| reading.to_string()));
        }
        Text::new(text)
    };
    let (readings, by) = (readings.map(join).transpose()?, Text::new(ctx.actor()).ok());
    chart.points += 1;
    let (number, stage, chart) = (chart.points, chart.stage, chart.id.into());
    ctx.insert(ChartPoint { chart, number, stage, at, readings, count, size, source, excluded, by })?;
    Ok(Some(number))
}

/// The latest points of a stage, oldest first.
pub fn window(ctx: &Query, chart: Id<Chart>, stage: i64, most: usize) -> Outcome<Vec<(i64, Subgroup)>> {
    let (mut rows, mut after) = (Vec::new(), None);
    loop {
        let limit = (most - rows.len()).min(PAGE_ROWS as usize) as u32;
        let walk = ChartPoint::by_chart_stage_at_number().eq(chart).eq(stage).descending();
        let page = ctx.page(walk.limit(limit).after(after))?;
        rows.extend(page.rows.iter().map(|row| (row.number, row.subgroup())));
        after = page.next;
        if after.is_none() || rows.len() >= most {
            rows.reverse();
            return Ok(rows);
        }
    }
}

/// Judges new points; what they complete is told to everybody.
fn raise(ctx: &mut Command, chart: &mut Row<Chart>, points: Vec<i64>) -> Outcome<Added> {
    if points.is_empty() {
        return Ok(Added { points, signals: Vec::new() });
    }
    ctx.update(chart)?;
    let limits = frozen(ctx, chart, chart.stage)?;
    let is_short = limits.is_some() && !chart.kind.remembers();
    let rows =
        window(ctx, chart.id, chart.stage, if is_short { WINDOW.min(points.len() + LOOKS_BACK) } else { WINDOW })?;
    let analysis = analyse(chart.kind, &rows, &chart.setup(), limits.as_ref().map(|limits| limits.basis()))?;
    let enough = rows.iter().filter(|(_, row)| row.excluded.is_none()).count() >= ENOUGH;
    let Analysis { points: shown, mut signals, .. } = analysis;
    signals.retain(|signal| points.contains(&signal.point) && (enough || limits.is_some() || chart.is_known()));
    for signal in signals.iter().skip(signals.len().saturating_sub(SIGNALS)) {
        if let Some(point) = shown.iter().find(|point| point.number == signal.point) {
            tell(ctx, chart, signal, point)?;
        }
    }
    if let Some(signal) = signals.last() {
        let note = Text::new(
            ["失控 out of control: ", chart.characteristic.as_str(), " #", &signal.point.to_string()].concat(),
        )?;
        let (equipment, kind) = (chart.equipment.clone(), Text::new("quality")?);
        ctx.call(raise_call { equipment, kind, note, source: chart.code.clone() }).or_without()?;
    }
    Ok(Added { points, signals })
}

fn tell(ctx: &mut Command, chart: &Chart, signal: &Signal, shown: &Point) -> Outcome<()> {
    let Chart { code, characteristic, equipment, .. } = chart.clone();
    let (rule, point, at) = (signal.rule, signal.point, shown.at.unwrap_or_else(|| ctx.now()));
    let value = if signal.second { shown.second } else { shown.value }.unwrap_or_default();
    let raised = RaisedSignal { chart: code, characteristic, equipment, rule, point, at, value };
    ctx.insert(raised.clone())?;
    ctx.emit(OutOfControl { rule: Text::new(name(rule))?, ..raised.into() })
}

/// As the manifest writes it.
fn name(rule: Rule) -> String {
    let Type::Enum { mut cases, .. } = Rule::schema() else { return String::new() };
    cases.swap_remove(rule as usize)
}

/// Raised signals, the newest first: of one chart or of all.
#[query]
pub fn signals(ctx: &Query, chart: Option<Text<64>>, after: Option<Cursor>) -> Outcome<Page<RaisedSignal>> {
    match chart {
        Some(chart) => ctx.page(RaisedSignal::by_chart_at().eq(chart).descending().limit(100).after(after)),
        None => ctx.page(RaisedSignal::by_at().descending().limit(100).after(after)),
    }
}

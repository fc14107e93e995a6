//! What the tenant's own data says: machines, machines that are connected, pass rates, scenes that are really in use.
//!
//! Nothing here overwrites what a person said. Every figure, answer and level names where it comes from.

use crate::answers::{self, SceneLevel, Source, put_scene};
use crate::assessment::{self, Assessment};
use crate::edition::{Choice, Code, Question, Scene};
use crate::figures::{self, Amount, Figure};
use toolcrib_sdk::prelude::*;

/// Machines looked at for readings.
pub const MACHINES_MAX: usize = 1_000;
/// Reports of one period looked at.
pub const REPORTS_MAX: usize = 2_000;
const DAY_US: i64 = 86_400_000_000;
/// A machine is connected when it was heard of within so many days; a period of pass rates is as long.
const DAYS: i64 = 30;

/// Levels of ISA-95, as the plant names them.
#[value]
pub enum Level {
    Enterprise,
    Site,
    Area,
    WorkCenter,
    ProcessCell,
    ProductionUnit,
    ProductionLine,
    StorageZone,
    WorkUnit,
    Unit,
    WorkCell,
    StorageUnit,
}

#[shared_record(module = "plant", index(code), reason(zh = "统计设备数量", en = "To count machines"))]
pub struct Equipment {
    pub code: Text<64>,
    pub level: Level,
    pub retired_at: Option<Instant>,
}

#[shared_record(
    module = "job-reporting",
    reason(zh = "统计合格率，证明报工在用", en = "To know the pass rate, and that output is reported")
)]
pub struct Report {
    pub good: Amount,
    pub scrap: Amount,
    pub rework: Amount,
    pub ended_at: Instant,
}

#[shared_record(module = "work-orders", reason(zh = "证明工单在用", en = "To know that orders are kept"))]
pub struct Order {
    pub number: Text<64>,
}

#[shared_record(module = "inspection", reason(zh = "证明检验在用", en = "To know that inspections are made"))]
pub struct Inspection {
    pub code: Text<64>,
}

#[shared_record(module = "traceability", reason(zh = "证明批次追溯在用", en = "To know that lots are followed"))]
pub struct Edge {
    pub output: Text<64>,
    pub input: Text<64>,
}

/// What was filled in.
#[value]
#[derive(Copy, Default, Eq)]
pub struct Filled {
    pub figures: i64,
    pub answers: i64,
    pub scenes: i64,
}

/// Fills in what this tenant's own data says, and what follows from it.
#[command(roles("owner", "admin"))]
pub fn fill(ctx: &mut Command, assessment: Text<16>) -> Outcome<Filled> {
    let row = assessment::open(ctx, &assessment)?;
    let mut filled = Filled::default();
    let connected = machines(ctx, &row, &mut filled)?;
    pass_rates(ctx, &row, &mut filled)?;
    figures::derive(ctx, &row)?;
    let uses = Uses::look(ctx, connected)?;
    scenes(ctx, &row, &uses, &mut filled)?;
    collection(ctx, &row, &uses, &mut filled)?;
    Ok(filled)
}

fn figure(
    ctx: &mut Command,
    row: &Assessment,
    name: &str,
    amount: i64,
    proof: &str,
    filled: &mut Filled,
) -> Outcome<()> {
    let asked = ctx.all(Question::by_edition_number().eq(&row.edition))?;
    if !asked.iter().any(|question| figures::names(question).any(|known| known == name)) {
        return Ok(());
    }
    let figure = Figure {
        assessment: row.code.clone(),
        name: Text::new(name)?,
        amount: Decimal(amount),
        source: Source::Data,
        proof: Some(Text::new(proof)?),
    };
    filled.figures += i64::from(figures::put(ctx, figure)?);
    Ok(())
}

/// Machines, and those that said something within the last days. A connected machine is a digital one; others may be.
fn machines(ctx: &mut Command, row: &Assessment, filled: &mut Filled) -> Outcome<usize> {
    let Some(all) = ctx.all(Equipment::by_code()).or_without()? else { return Ok(0) };
    let is_machine = |level| matches!(level, Level::WorkUnit | Level::Unit | Level::WorkCell);
    let machines: Vec<_> = all.iter().filter(|one| one.retired_at.is_none() && is_machine(one.level)).collect();
    let (now, from) = (ctx.now(), ctx.now().plus_us(-DAYS * DAY_US));
    let mut connected = 0;
    for machine in machines.iter().take(MACHINES_MAX) {
        let mut is_heard = false;
        for kind in [".state", ".good"] {
            let signal = [machine.code.as_str(), kind].concat();
            let heard = ctx.samples(&signal, from, now, 1).or_without()?;
            is_heard = is_heard || heard.is_some_and(|samples| !samples.times.is_empty());
        }
        connected += usize::from(is_heard);
    }
    let said =
        ["设备台账 plant: ", &machines.len().to_string(), " 台，近30天有数据 ", &connected.to_string(), " 台"].concat();
    let millions = |count: usize| count as i64 * 1_000_000;
    figure(ctx, row, "machines", millions(machines.len()), &said, filled)?;
    figure(ctx, row, "networked_machines", millions(connected), &said, filled)?;
    figure(ctx, row, "digital_machines", millions(connected), &said, filled)?;
    Ok(connected)
}

/// Good, and all that was made, of the first days that were reported and of the last ones, unless they overlap.
fn pass_rates(ctx: &mut Command, row: &Assessment, filled: &mut Filled) -> Outcome<()> {
    let (first, last) = (reports(ctx, false)?, reports(ctx, true)?);
    let (Some(begun), Some(newest)) = (first.first(), last.first()) else { return Ok(()) };
    let (begun, newest) = (begun.ended_at, newest.ended_at);
    if newest.since_us(begun) < 2 * DAYS * DAY_US {
        return Ok(());
    }
    let before = first.iter().filter(|report| report.ended_at.since_us(begun) < DAYS * DAY_US);
    let after = last.iter().filter(|report| newest.since_us(report.ended_at) < DAYS * DAY_US);
    for (reports, suffix) in [(before.collect::<Vec<_>>(), "_before"), (after.collect::<Vec<_>>(), "_after")] {
        let good: i64 = reports.iter().map(|report| report.good.0).sum();
        let made: i64 = reports.iter().map(|report| report.good.0 + report.scrap.0 + report.rework.0).sum();
        if made <= 0 || good < 0 {
            return Ok(());
        }
        let said = ["报工 job-reporting: ", &reports.len().to_string(), " 条"].concat();
        figure(ctx, row, &["passed", suffix].concat(), good, &said, filled)?;
        figure(ctx, row, &["checked", suffix].concat(), made, &said, filled)?;
    }
    Ok(())
}

/// The oldest or newest reports, at most [`REPORTS_MAX`].
fn reports(ctx: &Query, is_newest: bool) -> Outcome<Vec<Row<Report>>> {
    let (mut found, mut after) = (Vec::new(), None);
    while found.len() < REPORTS_MAX {
        let walk = if is_newest { Report::by_id().descending() } else { Report::by_id() };
        let Some(page) = ctx.page(walk.limit(500).after(after)).or_without()? else { break };
        found.extend(page.rows);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    Ok(found)
}

/// What is really in use here.
struct Uses {
    machines: bool,
    orders: bool,
    reports: bool,
    inspections: bool,
    lots: bool,
}

impl Uses {
    fn look(ctx: &Command, connected: usize) -> Outcome<Self> {
        Ok(Self {
            machines: connected > 0,
            orders: ctx.first_or_without(Order::by_id())?.is_some(),
            reports: ctx.first_or_without(Report::by_id())?.is_some(),
            inspections: ctx.first_or_without(Inspection::by_id())?.is_some(),
            lots: ctx.first_or_without(Edge::by_id())?.is_some(),
        })
    }

    /// The level that what is in use amounts to, by scene, with its proof.
    fn levels(&self) -> [(&'static str, i64, &'static str); 2] {
        let production = if self.orders && self.reports { 2 } else { 0 };
        let quality = match (self.inspections, self.lots) {
            (true, true) => 3,
            (true, false) => 2,
            (false, _) => 0,
        };
        [
            ("production", production, "工单 work-orders 和报工 job-reporting 有数据"),
            ("quality", quality, "检验 inspection、批次追溯 traceability 有数据"),
        ]
    }
}

fn scenes(ctx: &mut Command, row: &Assessment, uses: &Uses, filled: &mut Filled) -> Outcome<()> {
    for (scene, level, proof) in uses.levels() {
        let scene = Code::new(scene)?;
        if level == 0 || ctx.first(Scene::by_edition_scene().eq(&row.edition).eq(&scene))?.is_none() {
            continue;
        }
        let (assessment, proof) = (row.code.clone(), Some(Text::new(proof)?));
        let new = SceneLevel { assessment, scene, level, source: Source::Data, proof };
        filled.scenes += i64::from(put_scene(ctx, new)?);
    }
    Ok(())
}

/// The scenes whose data comes by itself: a question of the edition with choices named like scenes.
fn collection(ctx: &mut Command, row: &Assessment, uses: &Uses, filled: &mut Filled) -> Outcome<()> {
    if !uses.machines {
        return Ok(());
    }
    let named = [("equipment", true), ("production", uses.reports)];
    for asked in ctx.all(Question::by_edition_number().eq(&row.edition))? {
        let choices = ctx.all(Choice::by_edition_question_option().eq(&row.edition).eq(asked.number))?;
        let mine = named
            .iter()
            .filter(|(name, is_used)| *is_used && choices.iter().any(|choice| choice.option.as_str() == *name));
        let mine: Vec<_> = mine.map(|(name, _)| Code::new(*name)).collect::<Result<_, _>>()?;
        if mine.is_empty() || answers::is_told(ctx, &row.code, asked.number)? {
            continue;
        }
        let proof = Some(Text::new("设备数据自动采集 readings")?);
        answers::put(ctx, row, &asked, &mine, (Source::Data, proof))?;
        filled.answers += 1;
    }
    Ok(())
}

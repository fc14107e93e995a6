//! What was found: readings of measured characteristics, good or bad, and defects.

use crate::characteristics::{self, Characteristic, Code, Nature, Quantity, filled};
use crate::inspections::{self, Inspection, Requirement};
use crate::plans::{Class, Counts, PlanLine};
use toolcrib_sdk::prelude::*;

/// One characteristic of one unit of the sample.
#[record(shared, unique(inspection, characteristic, unit_number), index(inspection, class, good))]
pub struct Reading {
    pub inspection: Code,
    pub characteristic: Code,
    /// The unit of the sample, from 1.
    pub unit_number: i64,
    pub class: Class,
    pub value: Option<Quantity>,
    pub good: bool,
    pub by: Option<Text<80>>,
    pub at: Instant,
}

/// Units with a defect, or defects, whichever the plan counts.
#[record(shared, index(inspection, class))]
pub struct Defect {
    pub inspection: Code,
    pub class: Class,
    pub characteristic: Option<Code>,
    pub defect: Text<80>,
    pub count: i64,
    pub by: Option<Text<80>>,
    pub at: Instant,
}

/// Units were measured: a subgroup for control charts.
#[event]
pub struct Measured {
    pub characteristic: Code,
    pub material: Code,
    pub equipment: Option<Code>,
    pub inspection: Code,
    pub at: Instant,
    pub unit: Text<16>,
    pub values: Vec<Quantity>,
}

/// Records one reading for each further unit of the sample, in order: a number, or good or bad in any usual word.
#[command(roles("owner", "admin", "supervisor", "operator"))]
pub fn record_readings(
    ctx: &mut Command,
    inspection: Code,
    characteristic: Code,
    readings: Vec<Text<40>>,
) -> Outcome<()> {
    let row = inspections::still_open(ctx, &inspection)?;
    let what = characteristics::known(ctx, &characteristic, "characteristic")?;
    let class = class_of(ctx, &row, &characteristic)?.unwrap_or(Class::Major);
    let sample = requirement(ctx, &inspection, class)?.sample;
    reject_if(readings.is_empty(), "readings-empty", "Enter a reading for at least one unit").field("readings")?;
    let before = taken(ctx, &inspection, &characteristic)?;
    if before + readings.len() as i64 > sample {
        let (sample, before) = (sample.to_string(), before.to_string());
        let message = ["The sample has ", &sample, " units, and ", &before, " have a reading already"].concat();
        return Err(reject("sample-full", &message).field("readings"));
    }
    let (by, at) = (Text::new(ctx.actor()).ok(), ctx.now());
    let mut rows = Vec::new();
    for (number, text) in readings.iter().enumerate() {
        let within = |stopped: Stopped| stopped.field(&["readings/", &number.to_string()].concat());
        let (value, good) = read(&what, text.as_str()).map_err(within)?;
        let (inspection, characteristic, by) = (inspection.clone(), characteristic.clone(), by.clone());
        let unit_number = before + number as i64 + 1;
        rows.push(Reading { inspection, characteristic, unit_number, class, value, good, by, at });
    }
    ctx.insert_all(&rows)?;
    let values: Vec<Quantity> = rows.iter().filter_map(|row| row.value).collect();
    let Some(unit) = what.unit.clone().filter(|_| !values.is_empty()) else { return Ok(()) };
    let Inspection { material, equipment, .. } = row.value;
    ctx.emit(Measured { characteristic, material, equipment, inspection, at, unit, values })
}

/// A reading as it was entered: its number if it is one, and whether it is good.
fn read(what: &Characteristic, text: &str) -> Outcome<(Option<Quantity>, bool)> {
    let text = text.trim();
    reject_if(text.is_empty(), "reading-empty", "A reading is missing: enter what was found")?;
    if what.nature == Nature::Measured {
        let value: Option<Quantity> = text.parse().ok();
        let message = "This is not a number with at most six digits after the point";
        let value = value.or_reject("reading-not-a-number", message)?;
        return Ok((Some(value), what.holds(value)));
    }
    let good = match text.to_ascii_lowercase().as_str() {
        "yes" | "y" | "ok" | "pass" | "good" | "true" | "1" | "合格" | "良" | "良品" | "是" | "√" => true,
        "no" | "n" | "ng" | "nok" | "fail" | "bad" | "false" | "0" | "不合格" | "不良" | "不良品" | "否" | "×"
        | "x" => false,
        _ => return Err(reject("reading-unclear", "Say yes or no: 合格 or 不合格, OK or NG")),
    };
    Ok((None, good))
}

/// Records so many units with a defect, or so many defects where the plan counts these. Of a characteristic in the plan
/// the class is the plan's; without one it is major.
#[command(roles("owner", "admin", "supervisor", "operator"))]
pub fn record_defects(
    ctx: &mut Command,
    inspection: Code,
    defect: Text<80>,
    count: i64,
    class: Option<Class>,
    characteristic: Option<Code>,
) -> Outcome<()> {
    let row = inspections::still_open(ctx, &inspection)?;
    filled(defect.as_str(), "defect")?;
    reject_if(count < 1, "count-not-positive", "Count at least one").field("count")?;
    let mut class = class;
    if let Some(code) = &characteristic {
        let what = characteristics::known(ctx, code, "characteristic")?;
        if !what.knows(defect.as_str()) {
            let names = what.defects.as_ref().map_or("", |names| names.as_str());
            return Err(reject("unknown-defect", &["Its defects are: ", names].concat()).field("defect"));
        }
        class = class_of(ctx, &row, code)?.or(class);
    }
    let class = class.unwrap_or(Class::Major);
    let found = found(ctx, &row, class)?;
    let sample = requirement(ctx, &inspection, class)?.sample;
    if row.counts == Counts::Units && found.saturating_add(count) > sample {
        let message = ["The sample has only ", &sample.to_string(), " units"].concat();
        return Err(reject("more-than-sample", &message).field("count"));
    }
    let (by, at) = (Text::new(ctx.actor()).ok(), ctx.now());
    ctx.insert(Defect { inspection, class, characteristic, defect, count, by, at }).map(drop)
}

/// Readings of an inspection, a page at a time.
#[query]
pub fn readings(ctx: &Query, inspection: Code, after: Option<Cursor>) -> Outcome<Page<Reading>> {
    ctx.page(Reading::by_inspection_characteristic_unit_number().eq(&inspection).limit(100).after(after))
}

/// Defects recorded in an inspection, a page at a time.
#[query]
pub fn defects(ctx: &Query, inspection: Code, after: Option<Cursor>) -> Outcome<Page<Defect>> {
    ctx.page(Defect::by_inspection_class().eq(&inspection).limit(100).after(after))
}

/// How many units have a reading of a characteristic.
pub fn taken(ctx: &Query, inspection: &Code, characteristic: &Code) -> Outcome<i64> {
    let walk = Reading::by_inspection_characteristic_unit_number().eq(inspection).eq(characteristic);
    Ok(ctx.first(walk.descending())?.map_or(0, |last| last.unit_number))
}

/// What is compared with Ac and Re: units with a defect of this class, or its defects.
pub fn found(ctx: &Query, row: &Inspection, class: Class) -> Outcome<i64> {
    let defects = ctx.all(Defect::by_inspection_class().eq(&row.code).eq(class))?;
    let counted = defects.iter().fold(0i64, |sum, defect| sum.saturating_add(defect.count));
    let bad = ctx.all(Reading::by_inspection_class_good().eq(&row.code).eq(class).eq(false))?;
    let read = match row.counts {
        Counts::Units => {
            let last = bad.iter().map(|reading| reading.unit_number).max().unwrap_or(0);
            let mut units = vec![false; usize::try_from(last).unwrap_or(0) + 1];
            for reading in &bad {
                units[usize::try_from(reading.unit_number).unwrap_or(0)] = true;
            }
            units.into_iter().filter(|is_bad| *is_bad).count()
        }
        Counts::Defects => bad.len(),
    };
    Ok(counted.saturating_add(read as i64))
}

fn class_of(ctx: &Query, row: &Inspection, characteristic: &Code) -> Outcome<Option<Class>> {
    let line = ctx.first(PlanLine::by_plan_characteristic().eq(&row.plan).eq(characteristic))?;
    Ok(line.map(|line| line.class))
}

fn requirement(ctx: &Query, inspection: &Code, class: Class) -> Outcome<Row<Requirement>> {
    let found = ctx.first(Requirement::by_inspection_class().eq(inspection).eq(class))?;
    found.or_reject("class-not-sampled", "This plan does not sample this class of defects").field("class")
}

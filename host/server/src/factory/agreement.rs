//! Whether every module says what the factory told.

use super::act::lot_of;
use super::layout::{BRACKET, COIL, PACKING};
use super::{Factory, Floor, Who};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use toolcrib_contract::types::parse_decimal;

/// A figure that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disagreement {
    /// Whose figure it is, and of what.
    pub what: String,
    pub told: String,
    pub found: String,
}

/// Compares figures and counts them.
#[derive(Default)]
struct Comparison {
    compared: usize,
    differ: Vec<Disagreement>,
}

impl Comparison {
    fn figure(&mut self, what: impl FnOnce() -> String, told: &str, found: &str) {
        self.compared += 1;
        if told != found {
            self.differ.push(Disagreement { what: what(), told: told.to_owned(), found: found.to_owned() });
        }
    }

    /// A decimal of six digits in an answer against a whole number of millionths.
    fn millionths(&mut self, what: impl FnOnce() -> String, told: i64, found: &Value) {
        let found = found.as_str().and_then(|text| parse_decimal(text, 6).ok());
        let found = found.map_or_else(|| "no figure".to_owned(), |found| found.to_string());
        self.figure(what, &told.to_string(), &found);
    }
}

const MILLION: i64 = 1_000_000;

impl Factory {
    /// Asks all modules, and compares. Returns how many figures were compared and which differ.
    ///
    /// # Errors
    /// A module refuses, or cannot be reached.
    pub async fn agreement(&self, floor: &impl Floor) -> anyhow::Result<(usize, Vec<Disagreement>)> {
        let mut all = Comparison::default();
        self.orders(floor, &mut all).await?;
        self.lots(floor, &mut all).await?;
        self.machine_days(floor, &mut all).await?;
        self.wages(floor, &mut all).await?;
        self.reports(floor, &mut all).await?;
        self.charts(floor, &mut all).await?;
        Ok((all.compared, all.differ))
    }

    async fn orders(&self, floor: &impl Floor, all: &mut Comparison) -> anyhow::Result<()> {
        for (number, order) in &self.books.orders {
            let found = floor.invoke(Who::Owner, "work-orders", "progress", &json!({"number": number})).await?;
            all.millionths(|| format!("work-orders: good of {number}"), order.good[PACKING] * MILLION, &found["good"]);
            let scrap: i64 = order.scrap.iter().sum();
            all.millionths(|| format!("work-orders: scrap of {number}"), scrap * MILLION, &found["scrap"]);
            let wip = (0..=PACKING).map(|operation| order.waiting(operation)).sum::<i64>();
            all.millionths(|| format!("work-orders: work in progress of {number}"), wip * MILLION, &found["wip"]);
        }
        Ok(())
    }

    async fn lots(&self, floor: &impl Floor, all: &mut Comparison) -> anyhow::Result<()> {
        let lots = pages(floor, "traceability", "lots", json!({"material": BRACKET})).await?;
        let lots: BTreeMap<_, _> = lots.iter().map(|lot| (lot["code"].as_str().unwrap_or_default(), lot)).collect();
        let nothing = Value::Null;
        let mut used: BTreeMap<&str, i64> = BTreeMap::new();
        for (number, order) in &self.books.orders {
            let lot = lots.get(lot_of(number).as_str()).copied().unwrap_or(&nothing);
            all.millionths(
                || format!("traceability: made of {}", lot_of(number)),
                order.good[PACKING] * MILLION,
                &lot["made"],
            );
            let status = match order.accepted {
                Some(true) => "available",
                Some(false) => "blocked",
                None => "held",
            };
            let found = lot["status"].as_str().unwrap_or("none");
            all.figure(|| format!("traceability: status of {}", lot_of(number)), status, found);
            *used.entry(&order.coil).or_default() += order.grams();
        }
        let coils = pages(floor, "traceability", "lots", json!({"material": COIL})).await?;
        for (coil, received) in &self.books.coils {
            let lot = coils.iter().find(|lot| lot["code"] == coil.as_str()).unwrap_or(&nothing);
            let left = received - used.get(coil.as_str()).copied().unwrap_or(0);
            // Grams are thousandths of the lot's kilograms.
            all.millionths(|| format!("traceability: left of {coil}"), left * 1_000, &lot["left"]);
        }
        Ok(())
    }

    async fn machine_days(&self, floor: &impl Floor, all: &mut Comparison) -> anyhow::Result<()> {
        for ((machine, day), (good, scrap)) in &self.books.machines {
            let input = json!({"equipment": machine, "day": day.to_string()});
            let found = floor.invoke(Who::Owner, "oee", "day_oee", &input).await?;
            all.millionths(|| format!("oee: good of {machine} on {day}"), good * MILLION, &found["good"]);
            all.millionths(|| format!("oee: scrap of {machine} on {day}"), scrap * MILLION, &found["scrap"]);
        }
        Ok(())
    }

    async fn wages(&self, floor: &impl Floor, all: &mut Comparison) -> anyhow::Result<()> {
        for (month, fen) in &self.books.wages {
            let sheet = pages(floor, "piece-rate", "month_sheet", json!({"month": month})).await?;
            let piece = sheet.iter().filter_map(|row| parse_decimal(row["piece"].as_str()?, 2).ok());
            let found = piece.sum::<i64>().to_string();
            all.figure(|| format!("piece-rate: fen earned in {month}"), &fen.to_string(), &found);
        }
        Ok(())
    }

    async fn reports(&self, floor: &impl Floor, all: &mut Comparison) -> anyhow::Result<()> {
        let (mut reports, mut good) = (0, 0);
        for machine in self.machines() {
            for row in pages(floor, "job-reporting", "reports", json!({"equipment": machine})).await? {
                reports += i64::from(row["corrects"].is_null());
                good += row["good"].as_str().and_then(|text| parse_decimal(text, 6).ok()).unwrap_or(0);
            }
        }
        all.figure(|| "job-reporting: reports".to_owned(), &self.books.reports.to_string(), &reports.to_string());
        let told: i64 = self.books.machines.values().map(|(good, _)| good * MILLION).sum();
        all.figure(|| "job-reporting: good of all reports".to_owned(), &told.to_string(), &good.to_string());
        Ok(())
    }

    async fn charts(&self, floor: &impl Floor, all: &mut Comparison) -> anyhow::Result<()> {
        let mut found = 0;
        for line in 0..self.lines {
            let input = json!({"chart": super::layout::chart(line)});
            let chart = floor.invoke(Who::Owner, "spc", "control_chart", &input).await?;
            found += chart["analysis"]["points"].as_array().map_or(0, Vec::len) as i64;
        }
        // What is measured at the final inspection goes to charts of its own.
        all.figure(|| "spc: points of the presses".to_owned(), &self.books.measured.to_string(), &found.to_string());
        Ok(())
    }
}

/// All rows of a query with pages.
async fn pages(floor: &impl Floor, module: &str, operation: &str, mut input: Value) -> anyhow::Result<Vec<Value>> {
    let mut rows = Vec::new();
    loop {
        let page = floor.invoke(Who::Owner, module, operation, &input).await?;
        rows.extend(page["rows"].as_array().cloned().unwrap_or_default());
        if page["next"].is_null() {
            return Ok(rows);
        }
        input["after"] = page["next"].clone();
    }
}

//! What each part of a day does.

use super::books::Order;
use super::day::Part;
use super::layout::{BRACKET, COIL, OPERATIONS, PACKERS, PACKING, chart, machine_code, machines, person_code};
use super::{Factory, Floor, Who};
use anyhow::Context;
use serde_json::{Value, json};
use toolcrib_contract::calendar::Zone;
use toolcrib_contract::types::{Date, Instant};

const MINUTE_US: i64 = 60_000_000;
/// Every so many days the tool of the second line is worn in the afternoon.
const WEAR_DAYS: i64 = 4;
/// Why machines stand, by the codes of the plant.
const REASONS: [&str; 5] = ["no-material", "tool", "adjustment", "no-operator", "cleaning"];
/// Kilograms of a coil for each line.
const COIL_KG: i64 = 400;

impl Factory {
    /// Does one part of the plan, at its time.
    ///
    /// # Errors
    /// A module refuses, or cannot be reached.
    pub async fn play(&mut self, floor: &impl Floor, at: Instant, part: Part) -> anyhow::Result<()> {
        floor.at(at).await?;
        let day = Zone::CHINA.local(at).0;
        let done = match part {
            Part::Receive => self.receive(floor, day).await,
            Part::Release => self.release(floor, day).await,
            Part::State(state) => {
                let codes = machines(self.lines).into_iter().map(|machine| machine.code);
                floor.readings(codes.map(|code| state_line(&code, at, state)).collect()).await
            }
            Part::Stop { line, operation } => {
                floor.readings(state_line(&machine_code(line, operation), at, "stopped")).await
            }
            Part::Restart { line, operation, began } => restart(floor, &machine_code(line, operation), began, at).await,
            Part::Report { hour, offline } => self.report(floor, at, hour, offline).await,
            Part::Send => self.send(floor).await,
            Part::Measure { hour } => self.measure(floor, day, hour).await,
            Part::Inspect => self.inspect(floor).await,
            Part::Close => self.close(floor, day).await,
        };
        done.with_context(|| format!("{part:?} at {at}"))
    }

    async fn receive(&mut self, floor: &impl Floor, day: Date) -> anyhow::Result<()> {
        let (lot, kg) = (coil_of(day), COIL_KG * self.lines as i64);
        let input =
            json!({"lot": lot, "material": COIL, "quantity": kg.to_string(), "unit": "kg", "supplier": "宝山钢材"});
        floor.invoke(Who::Operator, "traceability", "receive_lot", &input).await?;
        self.books.coils.insert(lot, kg * 1_000);
        Ok(())
    }

    async fn release(&mut self, floor: &impl Floor, day: Date) -> anyhow::Result<()> {
        for line in 0..self.lines {
            let number = format!("WO-{}-{}", &day.to_string().replace('-', "")[2..], line + 1);
            let quantity = 400 + self.dice.below(40) * 10;
            let input = json!({
                "number": number, "material": BRACKET, "quantity": quantity.to_string(), "unit": "pcs", "due": day.to_string(),
            });
            floor.invoke(Who::Owner, "work-orders", "create_order", &input).await?;
            floor.invoke(Who::Owner, "work-orders", "release_order", &json!({"number": number})).await?;
            self.books.orders.insert(number, Order { line, quantity, day, coil: coil_of(day), ..Order::default() });
        }
        Ok(())
    }

    async fn report(&mut self, floor: &impl Floor, at: Instant, hour: i64, offline: bool) -> anyhow::Result<()> {
        let day = Zone::CHINA.local(at).0;
        for number in self.books.of_day(day) {
            for operation in 0..OPERATIONS.len() {
                let order = &self.books.orders[&number];
                let (line, waiting) = (order.line, order.waiting(operation));
                // In the last hour everything is finished.
                let share = order.quantity / 8 + 1 + self.dice.below(10);
                let made = if hour == 16 { waiting } else { waiting.min(share) };
                if made == 0 {
                    continue;
                }
                let scrap = if self.dice.once_in(4) { (1 + self.dice.below(2)).min(made) } else { 0 };
                let entry = format!("{number}-{hour}-{operation}");
                let input = self.entry(&entry, &number, operation, made - scrap, scrap, at);
                // A line's terminal without network keeps what it is told; the first one of the day is told wrong.
                if offline && line == 0 {
                    let mut kept = input;
                    kept["kind"] = json!("report");
                    kept["at"] = json!(at.to_string());
                    self.books.kept.push(kept);
                } else if hour == 9 && operation == 0 {
                    let mut wrong = input;
                    wrong["good"] = json!((made - scrap + 30).to_string());
                    floor.invoke(Who::Operator, "job-reporting", "report", &wrong).await?;
                    let right =
                        json!({"corrects": entry, "good": (made - scrap).to_string(), "crew": [], "consumed": []});
                    floor.invoke(Who::Operator, "job-reporting", "correct", &right).await?;
                } else {
                    floor.invoke(Who::Operator, "job-reporting", "report", &input).await?;
                }
                self.books.reports += 1;
                self.books.made(&number, operation, &machine_code(line, operation), made - scrap, scrap);
            }
        }
        Ok(())
    }

    /// One report, made five minutes before it is told.
    fn entry(&self, entry: &str, number: &str, operation: usize, good: i64, scrap: i64, at: Instant) -> Value {
        let order = &self.books.orders[number];
        // Those who pack do so for each line in turn.
        let minutes = if operation == PACKING { 45 / self.lines as i64 } else { 45 };
        let mut input = json!({
            "entry": entry,
            "card": format!("{number}/{}", OPERATIONS[operation].step),
            "good": good.to_string(),
            "scrap": scrap.to_string(),
            "equipment": machine_code(order.line, operation),
            "person": person_code(order.line, operation),
            "crew": [],
            "consumed": [],
            "started_at": at.plus_us(-(5 + minutes) * MINUTE_US).to_string(),
            "ended_at": at.plus_us(-5 * MINUTE_US).to_string(),
        });
        if scrap > 0 {
            input["reason"] = json!("dimension");
        }
        if operation == PACKING {
            let grams = good * super::layout::GRAMS;
            input["crew"] = json!([{"person": PACKERS[0]}, {"person": PACKERS[1]}]);
            input["lot"] = json!(lot_of(number));
            input["consumed"] =
                json!([{"lot": order.coil, "quantity": format!("{}.{:03}", grams / 1_000, grams % 1_000)}]);
        }
        input
    }

    /// The terminal sends what it kept, last first, and, having heard no answer, once more.
    async fn send(&mut self, floor: &impl Floor) -> anyhow::Result<()> {
        let mut entries = std::mem::take(&mut self.books.kept);
        entries.reverse();
        for _ in 0..2 {
            let told = floor.invoke(Who::Operator, "job-reporting", "sync", &json!({"entries": entries})).await?;
            let refused = told.as_array().into_iter().flatten().find(|one| !one["refused"].is_null());
            anyhow::ensure!(refused.is_none(), "an entry was refused: {refused:?}");
        }
        Ok(())
    }

    /// Is the tool of this line worn at this hour?
    fn is_worn(line: usize, day: Date, hour: i64) -> bool {
        line == 1 && day.0 % WEAR_DAYS == 1 && hour >= 15
    }

    /// A bore, in thousandths of a millimetre.
    fn bore(&mut self, worn: bool) -> i64 {
        let around = if worn { 10_110 } else { 10_000 };
        around + self.dice.normal_thousandths() * 20 / 1_000
    }

    async fn measure(&mut self, floor: &impl Floor, day: Date, hour: i64) -> anyhow::Result<()> {
        for line in 0..self.lines {
            let readings: Vec<_> = (0..5).map(|_| millimetres(self.bore(Self::is_worn(line, day, hour)))).collect();
            let source = format!("{day}-{hour}");
            let input = json!({"chart": chart(line), "readings": readings, "source": source});
            floor.invoke(Who::Operator, "spc", "add_subgroup", &input).await?;
            self.books.measured += 1;
        }
        Ok(())
    }

    /// Every lot that waits for it is inspected: the pieces of the sample are measured, the plan decides.
    async fn inspect(&mut self, floor: &impl Floor) -> anyhow::Result<()> {
        let waiting: Vec<_> = self.books.orders.iter().filter(|(_, order)| order.accepted.is_none()).collect();
        let waiting: Vec<_> =
            waiting.into_iter().map(|(number, order)| (number.clone(), order.line, order.day)).collect();
        let open = self.opened(floor, waiting.len()).await?;
        for (number, line, day) in waiting {
            let row = open.iter().find(|row| row["lot"] == lot_of(&number));
            let row = row.with_context(|| format!("nobody asks for an inspection of {}", lot_of(&number)))?;
            let (code, sample) = (row["code"].clone(), row["sample"].as_i64().unwrap_or(0));
            let worn = Self::is_worn(line, day, 16);
            let readings: Vec<_> = (0..sample).map(|_| millimetres(self.bore(worn))).collect();
            let input = json!({"inspection": code, "characteristic": super::layout::BORE, "readings": readings});
            floor.invoke(Who::Operator, "inspection", "record_readings", &input).await?;
            let verdict =
                floor.invoke(Who::Operator, "inspection", "decide_inspection", &json!({"inspection": code})).await?;
            self.books.orders.get_mut(&number).expect("it was just read").accepted = verdict.as_bool();
        }
        Ok(())
    }

    /// Open inspections, once there are as many as expected: they are opened by what was reported before.
    async fn opened(&self, floor: &impl Floor, expected: usize) -> anyhow::Result<Vec<Value>> {
        for _ in 0..TRIES {
            let open = floor.invoke(Who::Operator, "inspection", "inspections", &json!({"state": "open"})).await?;
            let rows = open["rows"].as_array().cloned().unwrap_or_default();
            if rows.len() >= expected && self.lots_are_complete(&rows) {
                return Ok(rows);
            }
            tokio::time::sleep(TRY_AGAIN).await;
        }
        anyhow::bail!("the inspections of {expected} lots are not opened")
    }

    fn lots_are_complete(&self, rows: &[Value]) -> bool {
        self.books.orders.iter().filter(|(_, order)| order.accepted.is_none()).all(|(number, order)| {
            let row = rows.iter().find(|row| row["lot"] == lot_of(number));
            let quantity = row.and_then(|row| row["quantity"].as_str()?.split('.').next()?.parse::<i64>().ok());
            quantity == Some(order.good[PACKING])
        })
    }

    async fn close(&mut self, floor: &impl Floor, day: Date) -> anyhow::Result<()> {
        for number in self.books.of_day(day) {
            floor.invoke(Who::Owner, "work-orders", "close_order", &json!({"number": number})).await?;
        }
        let open = floor.invoke(Who::Owner, "oee", "open_calls", &json!({})).await?;
        for call in open["rows"].as_array().into_iter().flatten() {
            let call = json!({"call": call["id"]});
            floor.invoke(Who::Operator, "oee", "acknowledge_call", &call).await?;
            floor.invoke(Who::Owner, "oee", "close_call", &call).await?;
        }
        Ok(())
    }
}

/// How often and how long until what was reported is looked for again.
const TRIES: usize = 600;
const TRY_AGAIN: std::time::Duration = std::time::Duration::from_millis(50);

pub(super) fn lot_of(number: &str) -> String {
    format!("L-{number}")
}

fn coil_of(day: Date) -> String {
    format!("C-{}", day.to_string().replace('-', ""))
}

fn millimetres(thousandths: i64) -> String {
    format!("{}.{:03}", thousandths / 1_000, thousandths % 1_000)
}

fn state_line(code: &str, at: Instant, state: &str) -> String {
    format!("{{\"signal\":\"{code}.state\",\"at\":\"{at}\",\"value\":\"{state}\"}}\n")
}

/// The machine runs again, and its operator says why it stood.
async fn restart(floor: &impl Floor, machine: &str, began: Instant, at: Instant) -> anyhow::Result<()> {
    floor.readings(state_line(machine, at, "running")).await?;
    for _ in 0..TRIES {
        let stops = floor.invoke(Who::Operator, "oee", "stops", &json!({"equipment": machine})).await?;
        let stop =
            stops["rows"].as_array().and_then(|rows| rows.iter().find(|row| row["started_at"] == began.to_string()));
        if let Some(stop) = stop {
            let why = REASONS[(began.0 / MINUTE_US).rem_euclid(REASONS.len() as i64) as usize];
            let reason = json!({"stop": stop["id"], "reason": why});
            return floor.invoke(Who::Operator, "oee", "give_reason", &reason).await.map(drop);
        }
        tokio::time::sleep(TRY_AGAIN).await;
    }
    anyhow::bail!("the stop of {machine} at {began} is not known")
}

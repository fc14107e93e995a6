//! What stands where and who works there, entered as an owner would.

use super::{Factory, Floor, Who};
use serde_json::{Value, json};
use toolcrib_contract::types::Date;

/// An operation of the routing, and the machines that do it.
pub(super) struct Operation {
    pub step: i64,
    pub name: &'static str,
    pub machine: &'static str,
    pub machine_name: &'static str,
    /// Ideal pieces a minute.
    pub rate: i64,
    /// Paid for a good piece.
    pub fen: i64,
}

pub(super) const OPERATIONS: [Operation; 4] = [
    Operation { step: 10, name: "冲压", machine: "press", machine_name: "冲床", rate: 4, fen: 6 },
    Operation { step: 20, name: "折弯", machine: "bend", machine_name: "折弯机", rate: 3, fen: 9 },
    Operation { step: 30, name: "去毛刺", machine: "deburr", machine_name: "去毛刺机", rate: 4, fen: 5 },
    Operation { step: 40, name: "包装", machine: "pack", machine_name: "包装台", rate: 10, fen: 4 },
];
/// The last operation, which all lines share.
pub(super) const PACKING: usize = 3;
pub(super) const COIL: &str = "coil-15";
pub(super) const BRACKET: &str = "bracket-a";
pub(super) const BORE: &str = "bore";
/// Grams of coil in a bracket.
pub(super) const GRAMS: i64 = 350;
/// The two who pack together.
pub(super) const PACKERS: [&str; 2] = ["2901", "2902"];

pub(super) struct Machine {
    pub code: String,
    pub name: String,
    pub rate: i64,
    /// Code of who works at it.
    pub person: String,
}

pub(super) fn machine_code(line: usize, operation: usize) -> String {
    let line = if operation == PACKING { 0 } else { line };
    format!("{}-{}", OPERATIONS[operation].machine, line + 1)
}

pub(super) fn person_code(line: usize, operation: usize) -> String {
    match operation {
        PACKING => PACKERS[0].to_owned(),
        _ => format!("2{line}{operation:02}"),
    }
}

/// All machines, line by line, the one for packing last.
pub(super) fn machines(lines: usize) -> Vec<Machine> {
    let places = (0..lines).flat_map(|line| (0..PACKING).map(move |operation| (line, operation))).chain([(0, PACKING)]);
    let machine = |(line, operation): (usize, usize)| Machine {
        code: machine_code(line, operation),
        name: format!("{}{}", line + 1, OPERATIONS[operation].machine_name),
        rate: OPERATIONS[operation].rate,
        person: person_code(line, operation),
    };
    places.map(machine).collect()
}

/// The control chart of a press.
pub(super) fn chart(line: usize) -> String {
    format!("bore-{}", machine_code(line, 0))
}

impl Factory {
    /// Enters master data of all modules for the days from `from` on. Entering it again changes nothing.
    ///
    /// # Errors
    /// A module refuses, or cannot be reached.
    pub async fn equip(&self, floor: &impl Floor, from: Date, days: i64) -> anyhow::Result<()> {
        for (module, operation, input) in self.master_data(from, days) {
            floor.invoke(Who::Owner, module, operation, &input).await?;
        }
        Ok(())
    }

    fn master_data(&self, from: Date, days: i64) -> Vec<(&'static str, &'static str, Value)> {
        let machines = machines(self.lines);
        let mut all = plant(&machines, from, days);
        let step = |operation: &Operation| json!({"step": operation.step, "operation": operation.name});
        let steps: Vec<_> = OPERATIONS.iter().map(step).collect();
        all.push(("work-orders", "set_routing", json!({"material": BRACKET, "steps": steps})));
        for machine in &machines {
            let valid_from = from.plus_days(-1).to_string() + "T00:00:00Z";
            let input = json!({
                "equipment": machine.code, "pieces_per_minute": machine.rate.to_string(), "valid_from": valid_from,
            });
            all.push(("oee", "set_rate", input));
        }
        let rate = |operation: &Operation| {
            let yuan = format!("0.{:02}", operation.fen);
            json!({"material": BRACKET, "operation": operation.name, "valid_from": from.to_string(), "yuan": yuan, "unit": "pcs"})
        };
        let rates: Vec<_> = OPERATIONS.iter().map(rate).collect();
        all.push(("piece-rate", "import_rates", json!({"rows": rates})));
        all.extend(self.quality());
        all
    }

    fn quality(&self) -> Vec<(&'static str, &'static str, Value)> {
        let mut all = vec![
            (
                "inspection",
                "set_characteristic",
                json!({"code": BORE, "name": "孔径", "nature": "measured", "unit": "mm", "lower": "9.9", "target": "10", "upper": "10.1"}),
            ),
            (
                "inspection",
                "set_plan",
                json!({"code": "final", "material": BRACKET, "receipt": false, "level": "s2", "major_aql": "2.5", "counts": "units"}),
            ),
            ("inspection", "set_plan_line", json!({"plan": "final", "characteristic": BORE, "class": "major"})),
        ];
        for line in 0..self.lines {
            let input = json!({
                "chart": chart(line), "characteristic": BORE, "equipment": machine_code(line, 0), "kind": "xbar_r",
                "specification": {"lower": "9.9", "target": "10", "upper": "10.1"},
            });
            all.push(("spc", "create_chart", input));
            let because = "机床能力验收时的参数";
            let known = json!({"chart": chart(line), "mean": 10.0, "sigma": 0.02, "because": because});
            all.push(("spc", "freeze_limits", known));
        }
        all
    }
}

fn plant(machines: &[Machine], from: Date, days: i64) -> Vec<(&'static str, &'static str, Value)> {
    let mut equipment = vec![
        json!({"code": "site", "name": "厂区", "level": "site"}),
        json!({"code": "shop-1", "name": "一号车间", "level": "area", "parent": "site"}),
    ];
    let unit = |machine: &Machine| json!({"code": machine.code, "name": machine.name, "level": "work_unit", "parent": "shop-1"});
    equipment.extend(machines.iter().map(unit));
    let mut people: Vec<_> = machines
        .iter()
        .map(|machine| {
            json!({"code": machine.person, "name": format!("{}师傅", machine.name), "job": "operator",
                "badge": format!("B{}", machine.person), "grade": "A"})
        })
        .collect();
    people.push(json!({"code": PACKERS[1], "name": "包装工", "job": "operator", "badge": "B2902", "grade": "A"}));
    let materials = json!([
        {"code": COIL, "name": "冷轧卷 1.5mm", "unit": "kg", "tracking": "lot"},
        {"code": BRACKET, "name": "A 型支架", "unit": "pcs", "tracking": "lot"},
    ]);
    let pattern = json!([{"code": "day", "name": "白班", "starts": "08:00", "ends": "17:00", "breaks": "12:00-13:00"}]);
    let codes: Vec<_> = machines.iter().map(|machine| machine.code.as_str()).collect();
    let shifts = json!({
        "equipment": codes, "pattern": "day", "from": from.to_string(), "days": days, "weekdays": [], "only_workdays": true,
    });
    vec![
        ("plant", "set_calendar", json!({"zone": "Asia/Shanghai", "day_starts": "00:00"})),
        ("plant", "install_reasons", json!({})),
        ("plant", "import_equipment", json!({"rows": equipment})),
        ("plant", "import_people", json!({"rows": people})),
        ("plant", "import_materials", json!({"rows": materials})),
        ("plant", "import_patterns", json!({"rows": pattern})),
        ("plant", "plan_shifts", shifts),
    ]
}

//! Fields written once and embedded where they are needed: nothing outside shows that they were.

use serde_json::json;
use toolcrib_sdk::contract::schema::Field;
use toolcrib_sdk::prelude::*;

/// What was made.
#[value(columns)]
struct Made {
    /// Without flaw.
    good: i64,
    reason: Option<Text<20>>,
}

#[value]
struct Told {
    entry: Text<10>,
    #[embed]
    made: Made,
    crew: Vec<Text<10>>,
}

#[record(index(card))]
struct Report {
    entry: Text<10>,
    #[embed]
    made: Made,
    card: Text<10>,
}

/// Its parameter is called as it is.
#[command]
fn report(ctx: &mut Command, #[embed] made: Made, report: Text<10>, crew: Vec<Text<10>>) -> Outcome<Told> {
    ctx.insert(Report { entry: report.clone(), made: made.clone(), card: Text::new("c")? })?;
    Ok(Told { entry: report, made, crew })
}

/// Adds rows as they are.
#[command]
fn import_reports(ctx: &mut Command, rows: Vec<Report>) -> Outcome<Option<Report>> {
    ctx.insert_all(&rows)?;
    Ok(rows.into_iter().next())
}

#[query]
fn reports(ctx: &Query, card: Text<10>) -> Outcome<Vec<Row<Report>>> {
    ctx.all(Report::by_card().eq(card))
}

module! {
    name: "reports",
    title: { zh: "报告", en: "Reports" },
    summary: { zh: "报告", en: "Reports" },
    records: [Report],
    handlers: [report, import_reports, reports],
}

fn names(fields: &[Field]) -> Vec<&str> {
    fields.iter().map(|field| field.name.as_str()).collect()
}

#[test]
fn embedded_fields_stand_among_the_others() {
    let module = module();
    let manifest = module.manifest();
    let record = manifest.record("report").unwrap();
    assert_eq!(names(&record.fields), ["entry", "good", "reason", "card"]);
    assert_eq!(record.fields[1].doc, "Without flaw.");
    assert_eq!(record.indexes[0].fields, [3], "an index counts what stands before its field");
    let (_, def) = manifest.handler("report").unwrap();
    let toolcrib_sdk::contract::Type::Struct { fields, .. } = &def.input else { panic!("a structure") };
    assert_eq!(names(fields), ["good", "reason", "report", "crew"]);
}

#[test]
fn callers_and_rows_see_plain_fields() {
    let mut module = module();
    let told = module.json("report", &json!({"good": 5, "reason": "burr", "report": "r", "crew": ["li"]})).unwrap();
    assert_eq!(told, json!({"entry": "r", "good": 5, "reason": "burr", "crew": ["li"]}));
    let rows = module.json("reports", &json!({"card": "c"})).unwrap();
    assert_eq!((&rows[0]["good"], &rows[0]["reason"], &rows[0]["card"]), (&json!(5), &json!("burr"), &json!("c")));
    let made = Made { good: 1, reason: None };
    let told = module.run(report { made: made.clone(), report: "s".parse().unwrap(), crew: Vec::new() }).unwrap();
    assert_eq!(told.made, made);
}

#[test]
fn a_record_crosses_without_the_head_of_a_row() {
    let mut module = module();
    let row = json!({"entry": "r", "good": 5, "reason": null, "card": "c"});
    assert_eq!(module.json("import_reports", &json!({"rows": [row]})).unwrap(), row);
    assert_eq!(module.rows::<Report>(), 1);
}

#[test]
fn a_list_that_is_left_out_is_empty() {
    let mut module = module();
    let told = module.json("report", &json!({"good": 1, "report": "r"})).unwrap();
    assert_eq!(told["crew"], json!([]));
}

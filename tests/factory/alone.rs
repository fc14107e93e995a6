//! Each module subscribed alone does its own work.

use super::floor::{OnTheClock, Shop};
use serde_json::{Value, json};
use toolcrib_contract::calendar::Zone;
use toolcrib_contract::types::Date;
use toolcrib_server::factory::{Floor, Who};

/// Runs operations of a module that nothing stands beside; returns the last answer.
async fn alone(module: &str, steps: Vec<(&str, Value)>) -> Value {
    let now = Zone::CHINA.instant(Date::new(2026, 11, 24).unwrap(), 9 * 3_600);
    let (shop, shown) = Shop::open(&[module], now).await;
    let floor = OnTheClock(shop, shown);
    let mut last = Value::Null;
    for (operation, input) in steps {
        last = floor.invoke(Who::Owner, module, operation, &input).await.unwrap();
    }
    last
}

#[tokio::test(flavor = "multi_thread")]
async fn plant_alone_keeps_master_data() {
    let steps = vec![
        ("add_equipment", json!({"code": "press-1", "name": "一号冲床", "level": "work_unit"})),
        ("equipment", json!({})),
    ];
    assert_eq!(alone("plant", steps).await["rows"][0]["code"], "press-1");
}

#[tokio::test(flavor = "multi_thread")]
async fn work_orders_alone_balance_an_order() {
    let steps = vec![
        ("create_order", json!({"number": "WO-1", "material": "支架", "quantity": "10"})),
        ("release_order", json!({"number": "WO-1"})),
        (
            "take_output",
            json!({"card": "WO-1/10", "good": "7", "scrap": "1", "rework": "0", "at": "2026-11-24T01:00:00Z"}),
        ),
        ("progress", json!({"number": "WO-1"})),
    ];
    let progress = alone("work-orders", steps).await;
    assert_eq!(
        (&progress["good"], &progress["scrap"], &progress["wip"]),
        (&json!("7.000000"), &json!("1.000000"), &json!("2.000000"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn job_reporting_alone_takes_reports() {
    let report = json!({
        "entry": "r1", "person": "王芳", "material": "支架", "operation": "冲压", "good": "12", "scrap": "1", "reason": "划伤",
        "crew": [], "consumed": [],
    });
    let steps = vec![("report", report.clone()), ("report", report), ("reports", json!({}))];
    let reports = alone("job-reporting", steps).await;
    assert_eq!(reports["rows"].as_array().unwrap().len(), 1, "told twice, kept once");
    assert_eq!(reports["rows"][0]["good"], "12.000000");
}

#[tokio::test(flavor = "multi_thread")]
async fn oee_alone_has_figures_from_taps() {
    let steps = vec![
        ("set_state", json!({"equipment": "press-1", "state": "running", "at": "2026-11-24T00:00:00Z"})),
        ("raise_call", json!({"equipment": "press-1", "kind": "material", "note": "缺料", "source": "tap"})),
        ("open_calls", json!({})),
    ];
    assert_eq!(alone("oee", steps).await["rows"][0]["kind"], "material");
}

#[tokio::test(flavor = "multi_thread")]
async fn inspection_alone_decides_without_a_plan() {
    let steps = vec![
        ("open_inspection", json!({"material": "支架", "quantity": "800", "unit": "pcs"})),
        ("inspections", json!({"state": "open"})),
    ];
    // MIL-STD-105E: 800 pieces, level II: letter J, 80 pieces.
    assert_eq!(alone("inspection", steps).await["rows"][0]["sample"], 80);
}

#[tokio::test(flavor = "multi_thread")]
async fn spc_alone_makes_a_chart() {
    let steps = vec![
        ("create_chart", json!({"chart": "d", "characteristic": "直径", "kind": "xbar_r"})),
        ("add_subgroup", json!({"chart": "d", "readings": ["74.030", "74.002", "74.019", "73.992", "74.008"]})),
        ("control_chart", json!({"chart": "d"})),
    ];
    assert_eq!(alone("spc", steps).await["analysis"]["points"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn traceability_alone_follows_a_lot() {
    let steps = vec![
        ("receive_lot", json!({"lot": "C1", "material": "钢卷", "quantity": "100", "unit": "kg"})),
        (
            "make_lot",
            json!({"lot": "L1", "material": "支架", "quantity": "200", "unit": "pcs", "consumed": [{"lot": "C1", "quantity": "70"}]}),
        ),
        ("genealogy", json!({"lot": "L1", "direction": "backward"})),
    ];
    let genealogy = alone("traceability", steps).await.to_string();
    assert!(genealogy.contains("C1") && genealogy.contains("70.000000"), "{genealogy}");
}

#[tokio::test(flavor = "multi_thread")]
async fn piece_rate_alone_pays_by_the_hour() {
    let steps = vec![
        (
            "add_hours",
            json!({"person": "王芳", "day": "2026-11-23", "minutes": 90, "yuan_per_hour": "24", "because": "搬运"}),
        ),
        ("month_sheet", json!({"month": "2026-11"})),
    ];
    assert_eq!(alone("piece-rate", steps).await["rows"][0]["hourly"], "36.00");
}

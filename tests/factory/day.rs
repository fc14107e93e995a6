//! One day of a shop with ten machines and all eight modules.

use super::MODULES;
use super::floor::{OnTheClock, Shop};
use serde_json::json;
use toolcrib_contract::calendar::Zone;
use toolcrib_contract::types::Date;
use toolcrib_server::factory::{Factory, Floor, Who, plan};

/// What the factory's chance begins with.
const SEED: u64 = 7;

/// A Tuesday on which the tool of the second line wears out in the afternoon.
fn tuesday() -> Date {
    Date::new(2026, 11, 24).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_of_ten_machines_gives_the_same_numbers_in_all_eight_modules() {
    let (day, mut factory) = (tuesday(), Factory::new(3, SEED));
    assert_eq!(factory.machines().len(), 10);
    let (shop, shown) = Shop::open(&MODULES, Zone::CHINA.instant(day, 6 * 3_600)).await;
    let floor = OnTheClock(shop, shown);
    factory.equip(&floor, day, 1).await.unwrap();
    for (at, part) in plan(day, 3) {
        factory.play(&floor, at, part).await.unwrap();
    }
    let (compared, differ) = factory.agreement(&floor).await.unwrap();
    assert!(differ.is_empty(), "seed {SEED}: {differ:#?}");
    assert!(compared >= 40, "{compared} figures were compared");

    // The worn tool was seen by the chart, and the floor was called; its lot is blocked, and nothing can be made of it.
    let floor = &floor;
    let ask =
        async |module: &str, operation: &str, input| floor.invoke(Who::Owner, module, operation, &input).await.unwrap();
    let signals = ask("spc", "signals", json!({"chart": "bore-press-2"})).await;
    assert!(!signals["rows"].as_array().unwrap().is_empty());
    let calls = ask("oee", "calls", json!({})).await;
    let call = calls["rows"].as_array().unwrap().iter().find(|call| call["equipment"] == "press-2");
    assert_eq!(call.expect("a call from press-2")["kind"], "quality");
    let open = ask("inspection", "nonconformances", json!({})).await;
    assert_eq!(open["rows"].as_array().unwrap().len(), 1);
    let lot = open["rows"][0]["lot"].clone();
    let into = json!({"lot": lot, "into": "L-WO-261124-1", "quantity": "1"});
    let problem = floor.0.ask(Who::Operator, "traceability", "use_lot", &into).await.unwrap_err();
    assert_eq!(problem.code, "lot-blocked", "{problem:?}");
}

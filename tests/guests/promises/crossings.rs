//! Limits that numbers cross and signals that fall silent: told once each, and corrected, never rewritten.

use crate::guests::plant::{Plant, START};
use crate::guests::tenant::{Tenant, texts};
use serde_json::json;
use toolcrib_contract::signal::{Quality, Sample};
use toolcrib_runtime::Reading;

const SIGNAL: &str = "press.temperature";

async fn shop(plant: &Plant) -> Tenant<'_> {
    let tenant = plant.tenant("a", &["reader"]).await;
    tenant.turns().await;
    tenant
}

async fn heats(tenant: Tenant<'_>, values: &[(i64, f64)]) {
    let values: Vec<_> = values.iter().map(|(second, value)| (*second, Sample::Number { value: *value })).collect();
    tenant.post(SIGNAL, &values).await;
    tenant.turns().await;
    tenant.turns().await;
}

/// What was delivered: second, beyond, holds, revision.
async fn crossings(tenant: Tenant<'_>) -> Vec<(i64, bool, bool, i64)> {
    let rows = tenant.get("reader", "crossings", json!({})).await;
    let row = |row: &serde_json::Value| {
        let at: toolcrib_contract::Instant = row["happened_at"].as_str().unwrap().parse().unwrap();
        let flag = |field: &str| row[field].as_bool().unwrap();
        ((at.0 - START.0) / 1_000_000, flag("beyond"), flag("holds"), row["revision"].as_i64().unwrap())
    };
    rows.as_array().unwrap().iter().map(row).collect()
}

/// What was delivered: whether it is silent.
async fn silences(tenant: Tenant<'_>) -> Vec<bool> {
    let rows = tenant.get("reader", "silences", json!({})).await;
    assert_eq!(texts(&rows, "heard_at").len(), rows.as_array().unwrap().len());
    rows.as_array().unwrap().iter().map(|row| row["silent"].as_bool().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_limit_is_told_once_when_it_was_crossed_for_long_enough_and_once_when_it_is_back() {
    let mut plant = Plant::new();
    let tenant = shop(&plant).await;
    heats(tenant, &[(0, 79.0), (1, 81.0), (2, 80.0), (10, 81.0), (20, 82.0)]).await;
    assert_eq!(crossings(tenant).await, [], "not for thirty seconds yet");
    plant.power_failure().await;
    let tenant = plant.again("a");
    // From 10 to 40 it stayed above; 76 is not back yet.
    heats(tenant, &[(45, 83.0), (50, 76.0), (55, 81.0), (60, 75.0)]).await;
    let told = [(40, true, true, 1), (60, false, true, 1)];
    assert_eq!(crossings(tenant).await, told);
    heats(tenant, &[(45, 83.0), (50, 76.0)]).await;
    plant.power_failure().await;
    let tenant = plant.again("a");
    tenant.turns().await;
    assert_eq!(crossings(tenant).await, told, "once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_value_that_stands_beyond_its_limit_is_told_by_the_clock() {
    let plant = Plant::new();
    let tenant = shop(&plant).await;
    heats(tenant, &[(0, 81.0)]).await;
    tenant.after(39).await;
    assert_eq!(crossings(tenant).await, [], "a newer reading may be on its way");
    plant.later(std::time::Duration::from_secs(2));
    let told = [(30, true, true, 1)];
    tenant.until("the crossing", || async { (crossings(tenant).await == told).then_some(()) }).await;
    // A reading from before that shows otherwise.
    heats(tenant, &[(15, 70.0)]).await;
    assert_eq!(crossings(tenant).await, [(30, true, true, 1), (30, true, false, 2)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn late_readings_correct_what_was_told_and_nothing_is_rewritten() {
    let plant = Plant::new();
    let tenant = shop(&plant).await;
    heats(tenant, &[(0, 70.0), (10, 81.0), (60, 82.0), (100, 70.0)]).await;
    let mut told = vec![(40, true, true, 1), (100, false, true, 1)];
    assert_eq!(crossings(tenant).await, told);
    // It had been back at 20, so only from 60 on it was above: for thirty seconds at 90.
    heats(tenant, &[(20, 70.0)]).await;
    told.extend([(40, true, false, 2), (90, true, true, 1)]);
    assert_eq!(crossings(tenant).await, told);
    // And above again from 30 on: at 60 it was so for thirty seconds.
    heats(tenant, &[(30, 81.0)]).await;
    told.extend([(90, true, false, 2), (60, true, true, 1)]);
    assert_eq!(crossings(tenant).await, told);
    // What changes nothing says nothing, and before the first reading nobody looks.
    heats(tenant, &[(50, 81.5), (-5, 99.0), (20, 70.0)]).await;
    assert_eq!(crossings(tenant).await, told);
    let events = tenant.events_of("signal").await;
    assert_eq!(events.len(), told.len());
    assert!(events.iter().all(|name| name == "level.temperature.above-80-back-75-for-30"), "{events:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_reading_crosses_no_limit_and_breaks_a_silence() {
    let plant = Plant::new();
    let tenant = shop(&plant).await;
    let reading = |second: i64, value: f64, quality| {
        let at = START.plus_us(second * 1_000_000);
        Reading { quality, ..Reading::new(SIGNAL, at, Sample::Number { value }) }
    };
    let broken = vec![reading(0, 999.0, Quality::Bad), reading(50, 999.0, Quality::Bad)];
    assert_eq!(tenant.send_readings(broken).await.accepted, 2);
    tenant.turns().await;
    tenant.after(61).await;
    assert_eq!((crossings(tenant).await, silences(tenant).await), (vec![], vec![true]));
    tenant.send_readings(vec![reading(61, 999.0, Quality::Bad)]).await;
    tenant.turns().await;
    tenant.turns().await;
    assert_eq!((crossings(tenant).await, silences(tenant).await), (vec![], vec![true, false]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signal_that_falls_silent_is_told_once_and_once_when_it_speaks_again() {
    let mut plant = Plant::new();
    let tenant = shop(&plant).await;
    // Whatever its own clock says: this one is days behind.
    heats(tenant, &[(-200_000, 20.0)]).await;
    tenant.after(58).await;
    assert!(silences(tenant).await.is_empty());
    plant.later(std::time::Duration::from_secs(3));
    tenant.until("the silence", || async { (silences(tenant).await == [true]).then_some(()) }).await;
    tenant.after(600).await;
    plant.power_failure().await;
    let tenant = plant.again("a");
    tenant.after(600).await;
    assert_eq!(silences(tenant).await, [true], "once");
    heats(tenant, &[(-199_999, 20.0)]).await;
    assert_eq!(silences(tenant).await, [true, false]);
    // A host that was away did not listen: it waits from its own start on.
    plant.later(std::time::Duration::from_secs(3_600));
    plant.power_failure().await;
    let tenant = plant.again("a");
    tenant.turns().await;
    tenant.after(50).await;
    assert_eq!(silences(tenant).await, [true, false]);
    tenant.after(15).await;
    tenant.turns().await;
    assert_eq!(silences(tenant).await, [true, false, true]);
}

//! From readings to handlers: every reading counts once, whenever it comes.

use crate::guests::plant::{Plant, START};
use crate::guests::tenant::{Tenant, numbers, texts};
use serde_json::json;
use toolcrib_contract::signal::Sample;
use toolcrib_runtime::{Accepted, Chart};

fn word(value: &str) -> Sample {
    Sample::Word { value: value.to_owned() }
}

fn count(value: i64) -> Sample {
    Sample::Count { value }
}

async fn shop(plant: &Plant) -> Tenant<'_> {
    let tenant = plant.tenant("a", &["reader"]).await;
    // Opens the tenant: a handler hears from then on.
    tenant.turns().await;
    tenant
}

/// What was delivered: seconds, value, value before.
async fn changes(tenant: Tenant<'_>) -> Vec<(String, String, Option<String>)> {
    let rows = tenant.get("reader", "changes", json!({})).await;
    let previous = rows.as_array().unwrap().iter().map(|row| row["previous"].as_str().map(str::to_owned));
    let (at, values) = (texts(&rows, "happened_at"), texts(&rows, "value"));
    at.into_iter().zip(values).zip(previous).map(|((at, value), previous)| (at, value, previous)).collect()
}

/// What was delivered: minute, increase, samples, revision.
async fn windows(tenant: Tenant<'_>) -> Vec<(i64, i64, i64, i64)> {
    let rows = tenant.get("reader", "windows", json!({})).await;
    let starts = texts(&rows, "starts_at").into_iter().map(|at| {
        let at: toolcrib_contract::Instant = at.parse().unwrap();
        (at.0 - START.0) / 60_000_000
    });
    let (increase, samples, revision) =
        (numbers(&rows, "increase"), numbers(&rows, "samples"), numbers(&rows, "revision"));
    starts.zip(increase).zip(samples).zip(revision).map(|(((a, b), c), d)| (a, b, c, d)).collect()
}

fn change(second: i64, value: &str, previous: Option<&str>) -> (String, String, Option<String>) {
    (START.plus_us(second * 1_000_000).to_string(), value.to_owned(), previous.map(str::to_owned))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_change_of_state_is_delivered_once_in_order() {
    let plant = Plant::new();
    let tenant = shop(&plant).await;
    let posted =
        tenant.post("press.state", &[(1, word("run")), (2, word("run")), (3, word("stop")), (4, word("run"))]).await;
    assert_eq!(posted, Accepted { accepted: 4, duplicates: 0, conflicts: 0 });
    tenant.turns().await;
    tenant.turns().await;
    let told = [change(1, "run", None), change(3, "stop", Some("run")), change(4, "run", Some("stop"))];
    assert_eq!(changes(tenant).await, told);
    // The same batch again, one that contradicts it, and one from before: nothing is told twice, the past stays.
    let again = tenant.post("press.state", &[(3, word("stop")), (4, word("run"))]).await;
    assert_eq!(again, Accepted { accepted: 0, duplicates: 2, conflicts: 0 });
    let other = tenant.post("press.state", &[(4, word("fault"))]).await;
    assert_eq!(other, Accepted { accepted: 0, duplicates: 0, conflicts: 1 });
    tenant.post("press.state", &[(2, word("run")), (0, word("stop"))]).await;
    tenant.post("lathe.state", &[(2, word("run"))]).await;
    tenant.turns().await;
    tenant.turns().await;
    let mut told = told.to_vec();
    told.push(change(2, "run", None));
    assert_eq!(changes(tenant).await, told);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_of_state_survives_a_power_failure_and_is_delivered_once() {
    let mut plant = Plant::new();
    shop(&plant).await.post("press.state", &[(1, word("run"))]).await;
    plant.power_failure().await;
    plant.again("a").turns().await;
    plant.again("a").post("press.state", &[(1, word("run")), (2, word("stop"))]).await;
    plant.again("a").turns().await;
    plant.power_failure().await;
    let tenant = plant.again("a");
    tenant.turns().await;
    tenant.turns().await;
    assert_eq!(changes(tenant).await, [change(1, "run", None), change(2, "stop", Some("run"))]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_window_is_told_once_when_its_minute_is_over() {
    let plant = Plant::new();
    let tenant = shop(&plant).await;
    tenant.post("press.good", &[(5, count(100)), (30, count(104)), (59, count(107))]).await;
    tenant.turns().await;
    assert_eq!(windows(tenant).await, [], "the minute is not over");
    // The next minute's first reading ends it; the clock would too, ten seconds later.
    tenant.post("press.good", &[(61, count(110))]).await;
    tenant.turns().await;
    tenant.turns().await;
    assert_eq!(windows(tenant).await, [(0, 7, 3, 1)]);
    tenant.after(129).await;
    assert_eq!(windows(tenant).await.len(), 1);
    tenant.after(2).await;
    tenant.turns().await;
    assert_eq!(windows(tenant).await, [(0, 7, 3, 1), (1, 3, 1, 1)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_window_closes_by_the_clock_without_anybody_asking() {
    let plant = Plant::new();
    let tenant = shop(&plant).await;
    tenant.post("press.good", &[(5, count(100)), (30, count(104))]).await;
    tenant.turns().await;
    plant.later(std::time::Duration::from_secs(71));
    tenant.until("the window", || async { (windows(tenant).await == [(0, 4, 2, 1)]).then_some(()) }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_late_reading_tells_its_window_again_and_the_next_one_whose_base_it_moved() {
    let plant = Plant::new();
    let tenant = shop(&plant).await;
    tenant.post("press.good", &[(10, count(100)), (70, count(110)), (130, count(120)), (190, count(130))]).await;
    tenant.turns().await;
    tenant.turns().await;
    assert_eq!(windows(tenant).await, [(0, 0, 1, 1), (1, 10, 1, 1), (2, 10, 1, 1)]);
    tenant.post("press.good", &[(80, count(114))]).await;
    tenant.turns().await;
    tenant.turns().await;
    assert_eq!(windows(tenant).await[3..], [(1, 14, 2, 2), (2, 6, 1, 2)]);
    // The same late reading once more changes nothing.
    tenant.post("press.good", &[(80, count(114))]).await;
    tenant.turns().await;
    tenant.turns().await;
    assert_eq!(windows(tenant).await.len(), 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_counter_that_restarts_or_wraps_keeps_counting() {
    let plant = Plant::new();
    let tenant = shop(&plant).await;
    tenant
        .post("press.good", &[(1, count(65_530)), (10, count(4)), (20, count(0)), (30, count(3)), (61, count(3))])
        .await;
    tenant.turns().await;
    tenant.turns().await;
    assert_eq!(windows(tenant).await, [(0, 13, 4, 1)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readings_do_not_wait_for_a_slow_command() {
    let plant = Plant::new();
    let tenant = shop(&plant).await;
    let held = super::atomic::hold(tenant).await;
    let posted = tenant.post("press.state", &[(1, word("run"))]).await;
    assert_eq!(posted.accepted, 1, "stored while the tenant's turn is held");
    drop(held);
    tenant.turns().await;
    tenant.turns().await;
    assert_eq!(changes(tenant).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn old_months_leave_although_nothing_comes_any_more_and_their_sums_stay() {
    let plant = Plant::new();
    let tenant = shop(&plant).await;
    tenant.post("press.good", &[(5, count(100)), (30, count(104))]).await;
    tenant.turns().await;
    tenant.after(71).await;
    let month = |name: &str| plant.dir(tenant.id).join("tel").join(name);
    assert!(month("2026-11.db").exists());
    let day = std::time::Duration::from_secs(86_400);
    plant.later(day * 150);
    tenant.until("the month to leave", || async { month("2026-11.sum.db").exists().then_some(()) }).await;
    tenant.until("its readings to go", || async { (!month("2026-11.db").exists()).then_some(()) }).await;
    let (from, until) = (START.plus_us(-86_400_000_000), START.plus_us(86_400_000_000));
    let chart = plant.runtime().chart(tenant.id, "press.good".into(), from, until, 9).await.unwrap();
    let Chart::Sums { points, .. } = chart else { panic!("{chart:?}") };
    assert_eq!((points.len(), points[0].sum.readings, points[0].sum.most), (1, 2, Some(104.0)));
    // The window was told before, and is not told again.
    assert_eq!(windows(tenant).await, [(0, 4, 2, 1)]);
}

//! Somebody presses stop on a machine of the demo: its gateway says so over MQTT, and the page that people look at shows it.

use super::demo::{Demo, Person};
use super::tables::Pages;
use crate::wait::until_async;
use serde_json::{Value, json};
use std::cell::Cell;
use std::time::Duration;
use toolcrib_contract::types::Instant;

/// Two busy cores.
const SOON: Duration = Duration::from_secs(60);
/// A machine that is let go does what it does by itself, and that may be a stop of nearly three minutes.
const LET_GO: Duration = Duration::from_secs(240);
/// Hours of history, unoptimised and beside other tests.
pub const HISTORY: Duration = Duration::from_secs(600);
/// A minute is told so long after it began, at most, when nothing is behind.
const PRESENT_US: i64 = 180_000_000;

/// A new plant begins with hours of history, which is followed reading by reading; what a machine says now waits behind it.
/// The minutes that are told show how far that came.
async fn until_history_is_followed(owner: &Person, slug: &str) {
    let after = Cell::new(0);
    let time = |text: &Value| text.as_str().unwrap().parse::<Instant>().unwrap().0;
    let is_present = |event: &Value| time(&event["at"]) - time(&event["body"]["from"]) < PRESENT_US;
    let followed = || async {
        let page = owner.get(&format!("/v1/t/{slug}/events?after={}", after.get())).await;
        let page = (page.status == 200).then_some(page.body)?;
        after.set(page["next"].as_u64().unwrap());
        let mut events = page["events"].as_array().unwrap().iter();
        let last = events.rfind(|event| event["event"].as_str().unwrap().starts_with("window."));
        last.filter(|event| is_present(event)).map(drop)
    };
    until_async("the history to be followed", HISTORY, followed).await;
}

/// Presses a button of a machine, named as `tenant/machine`, once its gateway is online.
pub async fn press(demo: &Demo, machine: &str, button: &str) {
    let base = demo.facts()["panel_url"].as_str().unwrap().to_owned();
    let panel = Person { base, ..demo.stranger() };
    let pressed = until_async("the gateway's line", SOON, || async {
        let answer = panel.post(&format!("/machines/{machine}"), &json!({"press": button})).await;
        // Not yet online after the start, or the line broke.
        (answer.status != 503).then_some(answer)
    });
    assert_eq!(pressed.await.status, 204);
}

/// The states of a machine that the overview shows; none: it is not there.
async fn state(owner: &Person, slug: &str, machine: &str) -> Option<String> {
    let overview = owner.post(&format!("/v1/t/{slug}/m/oee/overview"), &json!({})).await;
    let machines = (overview.status == 200).then_some(overview.body)?["machines"].as_array()?.clone();
    machines.iter().find(|row| row["equipment"] == machine)?["state"].as_str().map(str::to_owned)
}

#[tokio::test]
async fn a_stop_pressed_at_a_machine_shows_on_the_page_until_it_is_let_go() {
    let demo = Demo::shared();
    let (owner, slug) = demo.owner(1).await;
    let panel = Person { base: demo.facts()["panel_url"].as_str().unwrap().to_owned(), ..demo.stranger() };
    let all = panel.get("/machines").await.ok();
    let of_plant: Vec<_> = all.as_array().unwrap().iter().filter(|listed| listed["tenant"] == slug).collect();
    let machine = of_plant.last().unwrap()["machine"].as_str().unwrap();
    assert_eq!(panel.post(&format!("/machines/{slug}/nothing"), &json!({"press": "stop"})).await.status, 404);
    let form = panel.request(reqwest::Method::POST, &format!("/machines/{slug}/{machine}")).body("press=stop");
    assert_eq!(panel.send(form).await.status, 415, "no page of another site presses it");

    until_history_is_followed(&owner, &slug).await;
    let place = format!("{slug}/{machine}");
    press(&demo, &place, "stop").await;
    let stopped = || async { (state(&owner, &slug, machine).await.as_deref() == Some("stopped")).then_some(()) };
    until_async("the overview", SOON, stopped).await;
    let pages = Pages::signed_in(&demo, &demo.facts()["tenants"][1]).await;
    let (status, page) = pages.get(&format!("/t/{slug}/m/oee/overview")).await;
    assert!(status == 200 && page.contains("停机"), "{page}");
    press(&demo, &place, "run").await;
    let lets_go = || async { (state(&owner, &slug, machine).await.as_deref() != Some("stopped")).then_some(()) };
    until_async("the overview", LET_GO, lets_go).await;
}

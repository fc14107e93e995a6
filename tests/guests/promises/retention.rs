//! Readings stay for as long as a plan promises, and for its grace after it was left.

use crate::guests::plant::Plant;
use crate::guests::served::Served;
use serde_json::{Value as Json, json};
use toolcrib_contract::signal::Sample;
use toolcrib_contract::types::{Instant, RawId};
use toolcrib_runtime::{Chart, DeviceGrant, Reading, ReadingsKept, TenantGrant};

const DAY_US: i64 = 86_400_000_000;
const SIGNAL: &str = "press.good";

/// Comes twice: the second is answered when what the first gave rise to is done, the look at old months among it.
async fn post(plant: &Plant, tenant: RawId, value: i64) {
    for nth in 0..2 {
        let at = plant.now().plus_us(nth);
        let reading = Reading::new(SIGNAL, at, Sample::Count { value: value + nth });
        plant.runtime().post_readings(tenant, "gateway", vec![reading]).await.unwrap();
    }
}

/// Single readings that are there from one moment on.
async fn stored(plant: &Plant, tenant: RawId, from: Instant) -> usize {
    plant.runtime().samples(tenant, SIGNAL.to_owned(), from, Instant::MAX, 100).await.unwrap().values.len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readings_stay_while_a_plan_promises_it_and_until_its_grace_is_over() {
    let plant = Plant::new();
    let since: Instant = "2026-11-20T08:00:00Z".parse().unwrap();
    plant.freeze(since);
    let id = plant.tenant("a", &[]).await.id;
    let device = DeviceGrant {
        id: "gateway".to_owned(),
        name: "gateway".to_owned(),
        token_sha256: [7; 32],
        certificate_sha256: None,
        active: true,
    };
    let apply = async |until: Option<Instant>| {
        let promise = ReadingsKept { module: "oee".to_owned(), months: 12, since, until };
        let devices = vec![device.clone()];
        plant.apply(TenantGrant { devices, readings: vec![promise], ..plant.grant(id) }).await;
    };
    apply(None).await;
    post(&plant, id, 1).await;
    // The host alone would have removed November by then.
    let left: Instant = "2027-08-16T00:00:00Z".parse().unwrap();
    plant.freeze(left);
    post(&plant, id, 3).await;
    assert_eq!(stored(&plant, id, since).await, 4);
    let told = plant.runtime().retention(id).await.unwrap();
    assert_eq!((told.by.map(|by| by.months), told.then), (Some(12), None));
    assert_eq!(told.reach.whole_from, Some("2026-11-01T00:00:00Z".parse().unwrap()));
    // The plan is left. What it promised holds until its grace is over, and people read until when.
    let until = left.plus_us(30 * DAY_US);
    apply(Some(until)).await;
    plant.freeze(until.plus_us(-DAY_US / 2));
    post(&plant, id, 5).await;
    assert_eq!(stored(&plant, id, since).await, 6, "nothing goes within the grace");
    let told = plant.runtime().retention(id).await.unwrap();
    assert_eq!((told.by.and_then(|by| by.until), told.then.map(|then| then.keep.raw_days)), (Some(until), Some(92)));
    plant.freeze(until.plus_us(DAY_US / 2));
    post(&plant, id, 7).await;
    assert_eq!(stored(&plant, id, since).await, 6, "those of November are gone, the newer ones are not");
    assert_eq!(stored(&plant, id, left).await, 6);
    // Their sums stay.
    let told = plant.runtime().retention(id).await.unwrap();
    assert_eq!((told.by, told.reach.from), (None, Some("2026-11-01T00:00:00Z".parse().unwrap())));
    let (from, to) = (since.plus_us(-DAY_US), since.plus_us(DAY_US));
    match plant.runtime().chart(id, SIGNAL.to_owned(), from, to, 500).await.unwrap() {
        Chart::Sums { points, .. } => assert_eq!(points.iter().map(|point| point.sum.readings).sum::<i64>(), 2),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_integrator_reads_how_long_a_plan_keeps_readings_and_sees_older_ones_leave_while_their_sums_stay() {
    let plant = Plant::new();
    let since: Instant = "2026-11-20T08:00:00Z".parse().unwrap();
    plant.freeze(since);
    let id = plant.tenant("a", &[]).await.id;
    let served = Served::of(&plant).await;
    let owner = served.owner("a");
    let kept = async || owner.get("/v1/t/a/readings/kept").await.ok();
    // Without a plan the host decides, in days; nothing is there yet.
    let host = json!({"days": 92, "months": null, "sum_months": 36});
    let with = |mut told: Json, more: Json| {
        told.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        told
    };
    let none = json!({"plan": null, "then": null, "oldest": null, "oldest_sum": null});
    assert_eq!(kept().await, with(host.clone(), none));

    let promise = ReadingsKept { module: "oee".to_owned(), months: 6, since, until: None };
    plant.apply(TenantGrant { readings: vec![promise.clone()], ..plant.grant(id) }).await;
    post(&plant, id, 1).await;
    let plan = json!({"module": "oee", "since": "2026-11-20T08:00:00Z", "until": null});
    let november = "2026-11-01T00:00:00Z";
    let told = json!({
        "days": null, "months": 6, "sum_months": 36, "plan": plan, "then": null, "oldest": november,
        "oldest_sum": november,
    });
    assert_eq!(kept().await, told);

    let asked = format!("/v1/t/a/readings?signal={SIGNAL}&from=2026-11-01T00:00:00Z&to=2026-12-01T00:00:00Z");
    let single = async || owner.get(&asked).await.ok()["samples"].as_array().map(Vec::len);
    // Half a year after the end of November, and a month of 31 days is the longest.
    plant.freeze("2027-06-01T00:00:00Z".parse().unwrap());
    post(&plant, id, 3).await;
    assert_eq!(single().await, Some(2), "promised months are over when the longest are");
    plant.freeze("2027-06-06T00:00:00Z".parse().unwrap());
    post(&plant, id, 5).await;
    assert_eq!(single().await, Some(0));
    let sums = owner.get(&format!("{asked}&points=500")).await.ok();
    assert_eq!(
        sums["points"].as_array().unwrap().iter().filter_map(|point| point["readings"].as_i64()).sum::<i64>(),
        2
    );
    let told = with(told, json!({"oldest": "2027-06-01T00:00:00Z"}));
    assert_eq!(kept().await, told, "and how far back there is what");

    // The plan is left: what holds afterwards is told in days again.
    let until = plant.now().plus_us(30 * DAY_US);
    let left = ReadingsKept { until: Some(until), ..promise };
    plant.apply(TenantGrant { readings: vec![left], ..plant.grant(id) }).await;
    let plan = with(plan, json!({"until": until.to_string()}));
    assert_eq!(kept().await, with(told, json!({"plan": plan, "then": host})));
    let document = owner.get("/v1/t/a/openapi.json").await.ok();
    let described = &document["paths"]["/v1/t/a/readings/kept"]["get"]["responses"]["200"]["content"];
    let described = described["application/json"]["schema"]["properties"].as_object().unwrap();
    assert!(kept().await.as_object().unwrap().keys().eq(described.keys()), "{described:?}");
}

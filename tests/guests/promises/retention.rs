//! Readings stay for as long as a plan promises, and for its grace after it was left.

use crate::guests::plant::Plant;
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
    assert_eq!((told.by.and_then(|by| by.until), told.then.map(|then| then.raw_days)), (Some(until), Some(92)));
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

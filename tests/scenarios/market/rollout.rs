//! A faulty version reaches one ring, halts by itself, and goes back in one call.

use super::counter::Build;
use super::world::{Market, SETTLED};
use crate::wait::until_async;
use toolcrib_catalog::{MILLION, ROLLOUT_SAMPLE, TenantId, place};
use toolcrib_registry_client::wire::{NewRollout, RolloutAction, SteerRollout};

const GOOD: Build = Build::plain("1.0.0", 20);
const FAULTY: Build = Build { faulty: true, ..Build::plain("1.0.1", 21) };

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_faulty_version_halts_in_its_first_ring_and_rolls_back() {
    let slugs: Vec<_> = (0..6).map(|nth| format!("plant-{nth}")).collect();
    let market = Market::open(&slugs).await;
    market.publish(&GOOD).await;
    let mut places = Vec::new();
    for slug in &slugs {
        market.subscribe(slug, &["readings:state"]).await;
        let id = TenantId::parse(&market.owner.tenant(slug).await.unwrap().id).unwrap();
        places.push((place(&id, "counter", FAULTY.version), slug.as_str()));
    }
    for slug in &slugs {
        market.runs(slug, &GOOD).await;
    }
    // The first ring ends where half of the tenants are inside.
    places.sort_unstable();
    let (inside, outside) = places.split_at(3);
    let submitted = market.submit(&FAULTY, false).await;
    market.checked(&submitted.submission).await;
    let rings = Some(vec![outside[0].0, MILLION]);
    let new = NewRollout { version: FAULTY.version.to_owned(), rings, step_s: None };
    assert_eq!(market.provider.new_rollout("counter", &new).await.unwrap().state, "planned");
    let foreign = market.owner.new_rollout("counter", &new).await.unwrap_err();
    assert_eq!(foreign.code(), Some("not-allowed"));
    market.approve(&submitted.submission).await;
    for (_, slug) in inside {
        assert_eq!(market.version(slug).await, FAULTY.version, "{slug}");
        until_async("the faulty version to run", SETTLED, || async {
            (market.call(slug, &FAULTY.input()).await.0 == 502).then_some(())
        })
        .await;
    }
    for (_, slug) in outside {
        assert_eq!(market.version(slug).await, GOOD.version, "{slug}");
        market.runs(slug, &GOOD).await;
    }
    // Its calls fail; hosts say so; nobody else takes it.
    for _ in 0..ROLLOUT_SAMPLE {
        assert_eq!(market.call(inside[0].1, &FAULTY.input()).await.0, 502);
    }
    let halted = until_async("the rollout to halt", SETTLED, || async {
        let rollout = market.provider.rollouts("counter").await.unwrap().remove(0);
        (rollout.state == "halted").then_some(rollout)
    });
    let halted = halted.await;
    assert!(halted.faults >= ROLLOUT_SAMPLE && halted.why.contains("invocations failed"), "{halted:?}");
    let early = SteerRollout { action: RolloutAction::Advance, why: String::new() };
    let refused = market.provider.steer_rollout("counter", FAULTY.version, &early).await.unwrap_err();
    assert_eq!(refused.code(), Some("wrong-state"));

    let back = SteerRollout { action: RolloutAction::RollBack, why: "it traps".to_owned() };
    let back = market.provider.steer_rollout("counter", FAULTY.version, &back).await.unwrap();
    assert_eq!((back.tenants, back.stayed.len(), back.in_force), (3, 0, true));
    for slug in &slugs {
        market.runs(slug, &GOOD).await;
    }
    // A plain patch goes to everybody again.
    let cure = Build::plain("1.0.2", 22);
    market.publish(&cure).await;
    for slug in &slugs {
        market.runs(slug, &cure).await;
    }
    let lines = market.admin.audit(0).await.unwrap();
    let of = |act: &str| lines.iter().find(|line| line.act == act).unwrap_or_else(|| panic!("no {act}"));
    assert_eq!(of("rollout.halt").actor, "health");
    assert_eq!(of("rollout.roll_back").detail["tenants"], 3);
}

//! For how long plans promise readings to be kept, and until when after they were left.

use super::world::World;
use crate::*;
use toolcrib_contract::manifest::Words;
use toolcrib_contract::types::Instant;

on_each_engine!(a_plan_that_was_left_still_counts_until_its_grace_is_over,);

const DAY_US: i64 = 86_400_000_000;

fn plan(code: &str, kind: PlanKind, readings_months: Option<u32>) -> Plan {
    let name = Words { zh: "套餐".into(), en: "Plan".into() };
    let price_e4 = if kind == PlanKind::Monthly { 990_000 } else { 0 };
    let trial_days = if kind == PlanKind::Trial { 14 } else { 0 };
    Plan { code: code.into(), kind, name, price_e4, trial_days, readings_months }
}

/// What hosts are told of the one tenant there is.
async fn told(world: &World) -> Vec<ReadingsKept> {
    world.catalog.entitlements(world.now).await.unwrap().tenants.remove(0).readings
}

async fn a_plan_that_was_left_still_counts_until_its_grace_is_over(engine: Engine) {
    let mut world = World::new(engine).await;
    let tenant = world.tenant("press-shop").await;
    world.module("stops", "停机", "Stops").await;
    let add = async |world: &World, plan: Plan| {
        world.catalog.add_plan("stops", &plan, &world.provider, world.now, &world.chance).await
    };
    for months in [0, READINGS_MONTHS + 1] {
        assert!(add(&world, plan("odd", PlanKind::Monthly, Some(months))).await.is_err(), "{months}");
    }
    for new in [
        plan("try", PlanKind::Trial, Some(READINGS_MONTHS)),
        plan("long", PlanKind::Monthly, Some(24)),
        plan("short", PlanKind::Monthly, Some(6)),
        plan("plain", PlanKind::Monthly, None),
    ] {
        add(&world, new).await.unwrap();
    }
    let kept: Vec<_> = world.catalog.plans("stops").await.unwrap().iter().map(|plan| plan.readings_months).collect();
    assert_eq!(kept, [Some(READINGS_MONTHS), Some(24), None, Some(6)]);
    let choose = async |world: &World, code: &str| {
        let cap_fen = if code == "try" { 0 } else { 9_900 };
        world.catalog.choose_plan(&tenant.id, "stops", code, cap_fen, &world.owner, world.now).await.unwrap()
    };
    let grace = |end: Instant| Some(end.plus_us(READINGS_GRACE_DAYS * DAY_US));
    let kept = |months: u32, since: Instant, until: Option<Instant>| ReadingsKept {
        module: "stops".into(),
        months,
        since,
        until,
    };
    // A trial ends by itself.
    let began = world.now;
    let ends = choose(&world, "try").await.until.unwrap();
    assert_eq!(told(&world).await, [kept(READINGS_MONTHS, began, grace(ends))]);
    // What was chosen instead counts beside it.
    let chosen = world.now;
    choose(&world, "long").await;
    let tried = kept(READINGS_MONTHS, began, grace(chosen));
    assert_eq!(told(&world).await, [tried, kept(24, chosen, None)]);
    world.pass_s(40 * 86_400);
    assert_eq!(told(&world).await, [kept(24, chosen, None)]);
    let left = world.now;
    choose(&world, "short").await;
    let both = [kept(24, chosen, grace(left)), kept(6, left, None)];
    assert_eq!(told(&world).await, both);
    world.pass_s(READINGS_GRACE_DAYS * 86_400 - 1);
    assert_eq!(told(&world).await, both, "nothing was taken away yet");
    world.pass_s(1);
    assert_eq!(told(&world).await, [kept(6, left, None)]);
    // A plan that says nothing, and no plan at all: as hosts do by themselves, after the grace.
    let left_again = world.now;
    choose(&world, "plain").await;
    assert_eq!(told(&world).await, [kept(6, left, grace(left_again))]);
    world.catalog.leave_plan(&tenant.id, "stops", &world.owner, world.now).await.unwrap();
    world.pass_s(READINGS_GRACE_DAYS * 86_400);
    assert_eq!(told(&world).await, []);
}

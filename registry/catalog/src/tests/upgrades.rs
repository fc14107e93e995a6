//! Three ways to a new version, the way back, and rings.

use super::world::{World, manifest};
use crate::*;
use toolcrib_contract::Capability;
use toolcrib_contract::consent::Scope;
use toolcrib_contract::manifest::RecordDef;
use toolcrib_contract::schema::{Field, Type};
use toolcrib_contract::types::Instant;

on_each_engine!(
    a_version_that_asks_nothing_new_is_taken_by_itself_and_every_other_waits,
    a_pinned_tenant_stays_and_letting_go_takes_what_may_be_taken,
    a_grant_is_taken_back_at_once_and_the_history_tells_everything,
    one_call_goes_back_and_stays_unless_the_data_forbids_it,
    a_rollout_comes_ring_by_ring_halts_by_itself_and_goes_back_in_one_call,
);

fn agreement(version: Option<&str>, grants: &[&str]) -> Agreement {
    let grants = grants.iter().map(|text| text.parse::<Capability>().unwrap()).collect();
    Agreement { module: "oee".into(), version: version.map(str::to_owned), grants, ..Agreement::default() }
}

impl World {
    async fn takes(&self, tenant: &Tenant, agreement: &Agreement) -> Subscription {
        self.catalog.subscribe(&tenant.id, agreement, &self.owner, self.now).await.unwrap()
    }

    async fn at(&self, tenant: &Tenant) -> Subscription {
        self.catalog.subscriptions(&tenant.id).await.unwrap().pop().unwrap()
    }

    async fn version_at(&self, tenant: &Tenant) -> String {
        self.at(tenant).await.version
    }

    async fn offered(&self, tenant: &Tenant) -> Option<Offer> {
        self.catalog.upgrade(&tenant.id, "oee", self.now).await.unwrap().offer
    }

    async fn settle(&self, tenant: &Tenant, policy: Policy, pinned: bool) {
        let uptake = Uptake { policy, pinned };
        self.catalog.set_uptake(&tenant.id, "oee", uptake, &self.owner, self.now).await.unwrap();
    }
}

async fn a_version_that_asks_nothing_new_is_taken_by_itself_and_every_other_waits(engine: Engine) {
    let mut world = World::new(engine).await;
    let (auto, asks) = (world.tenant("auto").await, world.tenant("asks").await);
    world.publish(&manifest("oee", "1.0.0", &["state"], &["count"])).await;
    for tenant in [&auto, &asks] {
        world.takes(tenant, &agreement(None, &["readings:state"])).await;
    }
    world.settle(&asks, Policy::Ask, false).await;
    world.pass_s(60);
    let before = *world.catalog.newest().borrow();
    // A clean patch, with one more wish that it can do without.
    world.publish(&manifest("oee", "1.0.1", &["state"], &["count", "noise"])).await;
    assert!(*world.catalog.newest().borrow() > before, "hosts hear of it");
    let taken = world.at(&auto).await;
    assert_eq!((taken.version.as_str(), taken.kind), ("1.0.1", Kind::Auto));
    assert_eq!(taken.grants, ["readings:state".parse().unwrap()], "new code, old grants");
    assert_eq!((taken.agreed_by.as_str(), taken.agreed_at), ("owner@red-star.cn's name", world.now));
    assert_eq!(world.version_at(&asks).await, "1.0.0");
    let offer = world.offered(&asks).await.unwrap();
    assert_eq!((offer.page.version.as_str(), offer.waits.as_slice()), ("1.0.1", &[Waits::Policy][..]));
    let new: Vec<_> = offer.page.asks.iter().map(|ask| ask.capability.to_string()).collect();
    assert_eq!(new, ["readings:noise"], "only the difference; what was declined before is not asked again");
    // One that asks for more.
    world.publish(&manifest("oee", "1.1.0", &["state", "speed"], &[])).await;
    assert_eq!(world.version_at(&auto).await, "1.0.1", "the old version goes on running");
    let offer = world.offered(&auto).await.unwrap();
    assert_eq!((offer.page.from.as_deref(), offer.waits.as_slice()), (Some("1.0.1"), &[Waits::AsksMore][..]));
    let agreed = world.catalog.agree_to_upgrade(&auto.id, &agreement(None, &[]), &world.owner, world.now).await;
    assert!(matches!(agreed, Err(CatalogError::NotConsented { missing }) if missing.len() == 1));
    let stale = Agreement { shown: Some("0".repeat(64)), ..agreement(None, &["readings:speed"]) };
    let stale = world.catalog.agree_to_upgrade(&auto.id, &stale, &world.owner, world.now).await;
    assert!(matches!(stale, Err(CatalogError::Changed(_))));
    let shown = Agreement { shown: Some(offer.sha256.clone()), ..agreement(Some("1.1.0"), &["readings:speed"]) };
    let agreed = world.catalog.agree_to_upgrade(&auto.id, &shown, &world.owner, world.now).await.unwrap();
    assert_eq!((agreed.version.as_str(), agreed.kind, agreed.grants.len()), ("1.1.0", Kind::Upgrade, 2));
    assert_eq!((agreed.shown, agreed.shown_sha256), (offer.page.canonical(), offer.sha256));
    // Another major version always waits.
    world.publish(&manifest("oee", "2.0.0", &["state"], &[])).await;
    assert_eq!(world.version_at(&auto).await, "1.1.0");
    let offer = world.offered(&auto).await.unwrap();
    assert_eq!((offer.waits.as_slice(), offer.page.asks.len(), offer.dropped.len()), (&[Waits::Major][..], 0, 1));
    world.catalog.verify_audit().await.unwrap();
}

async fn a_pinned_tenant_stays_and_letting_go_takes_what_may_be_taken(engine: Engine) {
    let world = World::new(engine).await;
    let tenant = world.tenant("press-shop").await;
    world.publish(&manifest("oee", "1.0.0", &["state"], &[])).await;
    world.takes(&tenant, &agreement(None, &["readings:state"])).await;
    world.settle(&tenant, Policy::Auto, true).await;
    world.publish(&manifest("oee", "1.0.1", &["state"], &[])).await;
    // One in between asks for more; the one after it does not.
    world.publish(&manifest("oee", "1.0.2", &["state", "speed"], &[])).await;
    world.publish(&manifest("oee", "1.0.3-beta.1", &["state"], &[])).await;
    assert_eq!(world.version_at(&tenant).await, "1.0.0");
    assert!(world.offered(&tenant).await.unwrap().waits.contains(&Waits::Pinned));
    world.settle(&tenant, Policy::Auto, false).await;
    assert_eq!(world.version_at(&tenant).await, "1.0.1", "the highest that asks nothing new, and no preview");
}

async fn a_grant_is_taken_back_at_once_and_the_history_tells_everything(engine: Engine) {
    let mut world = World::new(engine).await;
    let tenant = world.tenant("press-shop").await;
    world.publish(&manifest("oee", "1.0.0", &["state"], &["count"])).await;
    let (page, sha256) = world.catalog.consent_page("oee", None).await.unwrap();
    assert_eq!(page.asks.len(), 2);
    let both = Agreement { shown: Some(sha256.clone()), ..agreement(None, &["readings:state", "readings:count"]) };
    let narrowed = Scope { capability: "readings:count".parse().unwrap(), equipment: ["press-1".to_owned()].into() };
    let both = Agreement { scopes: vec![narrowed.clone()], ..both };
    let made = world.takes(&tenant, &both).await;
    assert_eq!((made.shown_sha256.as_str(), made.scopes.as_slice()), (sha256.as_str(), &[narrowed][..]));
    let snapshot = world.catalog.entitlements(world.now).await.unwrap();
    assert_eq!(snapshot.tenants[0].modules[0].scopes, made.scopes);
    world.pass_s(60);
    let revoke = async |grant: &str| {
        world.catalog.revoke_grant(&tenant.id, "oee", &grant.parse().unwrap(), &world.owner, world.now).await
    };
    assert!(matches!(revoke("readings:state").await, Err(CatalogError::WrongState(_))), "it is required");
    assert!(matches!(revoke("readings:noise").await, Err(CatalogError::NotFound(_))));
    let rest = revoke("readings:count").await.unwrap();
    assert!(rest.seq > made.seq && rest.scopes.is_empty());
    assert_eq!((rest.grants.len(), rest.version.as_str(), rest.since), (1, "1.0.0", made.since));
    let kinds: Vec<_> = world.catalog.consents(&tenant.id, "oee").await.unwrap().iter().map(|one| one.kind).collect();
    assert_eq!(kinds, [Kind::Agree, Kind::Revoke]);
    for sql in ["UPDATE subscription SET shown = ''", "UPDATE subscription SET scopes = '[]'"] {
        assert!(sqlx::query(sql).execute(&world.catalog.writer).await.is_err(), "{sql}");
    }
}

async fn one_call_goes_back_and_stays_unless_the_data_forbids_it(engine: Engine) {
    let world = World::new(engine).await;
    let tenant = world.tenant("press-shop").await;
    world.publish(&manifest("oee", "1.0.0", &["state"], &["count"])).await;
    world.takes(&tenant, &agreement(None, &["readings:state", "readings:count"])).await;
    let back = async || world.catalog.roll_back(&tenant.id, "oee", &world.owner, world.now).await;
    assert!(matches!(back().await, Err(CatalogError::WrongState(_))), "there is nothing before");
    world.publish(&manifest("oee", "1.0.1", &["state"], &["count"])).await;
    let count = "readings:count".parse().unwrap();
    world.catalog.revoke_grant(&tenant.id, "oee", &count, &world.owner, world.now).await.unwrap();
    let returned = back().await.unwrap();
    assert_eq!((returned.version.as_str(), returned.kind), ("1.0.0", Kind::Rollback));
    assert_eq!(returned.grants.len(), 1, "what was taken back stays taken back");
    world.publish(&manifest("oee", "1.0.2", &["state"], &[])).await;
    assert_eq!(world.version_at(&tenant).await, "1.0.0", "pinned");
    assert!(matches!(back().await, Err(CatalogError::WrongState(_))), "never forward");
    // A version whose rows the old one cannot read.
    let mut with_records = manifest("oee", "1.1.0", &["state"], &[]);
    let field = |max| Field { name: "text".into(), of: Type::Text { max }, doc: String::new() };
    let record = |max| RecordDef {
        name: "note".into(),
        doc: String::new(),
        shared: false,
        fields: vec![field(max)],
        indexes: vec![],
    };
    with_records.records = vec![record(10)];
    world.publish(&with_records).await;
    world.settle(&tenant, Policy::Auto, false).await;
    assert_eq!(world.version_at(&tenant).await, "1.1.0");
    let mut longer = with_records.clone();
    (longer.version, longer.records) = ("1.2.0".into(), vec![record(20)]);
    world.publish(&longer).await;
    let Err(CatalogError::WrongState(why)) = back().await else { panic!("it went back") };
    assert!(why.contains("`text` of `note` may hold longer texts"), "{why}");
    assert_eq!(world.version_at(&tenant).await, "1.2.0");
}

async fn a_rollout_comes_ring_by_ring_halts_by_itself_and_goes_back_in_one_call(engine: Engine) {
    let mut world = World::new(engine).await;
    world.publish(&manifest("oee", "1.0.0", &["state"], &[])).await;
    let mut tenants = Vec::new();
    for nth in 0..12 {
        let tenant = world.tenant(&format!("plant-{nth}")).await;
        world.takes(&tenant, &agreement(None, &["readings:state"])).await;
        tenants.push(tenant);
    }
    world.catalog.ensure_host("host", &toolcrib_trust::secret::hash("tch_1"), world.now).await.unwrap();
    let next = manifest("oee", "1.0.1", &["state"], &[]);
    let id = world.submit(&next, b"next").await.unwrap();
    world.check(&id, &next, b"next", 0).await;
    let (catalog, provider) = (world.catalog.clone(), world.provider.clone());
    let start = async |rings: &[u32], step_s: i64, now: Instant| {
        catalog.start_rollout("oee", "1.0.1", (rings, step_s), &provider, now).await
    };
    assert!(matches!(start(&[5, MILLION], 0, world.now).await, Err(CatalogError::Input(_))));
    assert!(matches!(start(&[MILLION, 5], 60, world.now).await, Err(CatalogError::Input(_))));
    start(&[400_000, MILLION], 60, world.now).await.unwrap();
    assert!(matches!(start(&[MILLION], 60, world.now).await, Err(CatalogError::NotUnique { .. })));
    world.decide(&id, super::world::approve()).await.unwrap();
    let moved = async |world: &World| {
        let mut moved = 0;
        for tenant in &tenants {
            moved += usize::from(world.version_at(tenant).await == "1.0.1");
        }
        moved
    };
    let inside =
        |parts: u32| tenants.iter().filter(|tenant| crate::rings::place(&tenant.id, "oee", "1.0.1") < parts).count();
    let first = inside(400_000);
    assert!(first > 0 && first < 12, "the seed gives a ring that is neither empty nor whole");
    assert_eq!(moved(&world).await, first);
    let everybody = Viewer::default();
    assert_eq!(
        catalog.module(&everybody, "oee").await.unwrap().latest.as_deref(),
        Some("1.0.0"),
        "not everybody's yet"
    );
    let newcomer = world.tenant("newcomer").await;
    assert_eq!(world.takes(&newcomer, &agreement(None, &["readings:state"])).await.version, "1.0.0");
    catalog.unsubscribe(&newcomer.id, "oee", &world.owner, world.now).await.unwrap();
    // Below the sample nothing is concluded; then it halts by itself.
    let report = async |invocations: u64, faults: u64| {
        let count = Health { module: "oee".into(), version: "1.0.1".into(), invocations, faults };
        catalog.record_health("host", &[count], START_OF_REPORTS).await.unwrap();
    };
    report(ROLLOUT_SAMPLE as u64 - 1, 5).await;
    let state = async || catalog.rollouts("oee").await.unwrap()[0].clone();
    assert_eq!(state().await.state, RolloutState::Running);
    report(1, 1).await;
    let halted = state().await;
    assert_eq!((halted.state, halted.why.as_str()), (RolloutState::Halted, "6 of 20 invocations failed"));
    world.pass_s(3_600);
    assert_eq!(catalog.advance_rollouts(world.now).await.unwrap(), 0, "halted");
    let back = catalog.roll_back_rollout("oee", "1.0.1", "faulty", &provider, world.now).await.unwrap();
    assert_eq!((back.tenants as usize, back.stayed.len(), moved(&world).await), (first, 0, 0));
    // Forgiven, it goes on where it was, then by time to everybody.
    catalog.resume_rollout("oee", "1.0.1", &provider, world.now).await.unwrap();
    assert_eq!((moved(&world).await, state().await.invocations), (first, 0));
    report(1_000, 50).await;
    assert_eq!(state().await.state, RolloutState::Running, "at the threshold, not above it");
    assert_eq!(catalog.advance_rollouts(world.now).await.unwrap(), 0, "too early");
    world.pass_s(60);
    assert_eq!(catalog.advance_rollouts(world.now).await.unwrap(), 1);
    assert_eq!(moved(&world).await, 12);
    world.pass_s(60);
    catalog.advance_rollouts(world.now).await.unwrap();
    assert_eq!(state().await.state, RolloutState::Done);
    assert_eq!(catalog.module(&everybody, "oee").await.unwrap().latest.as_deref(), Some("1.0.1"));
    let acts: Vec<_> = catalog.audit(0, Some("oee")).await.unwrap().into_iter().map(|line| line.act).collect();
    for act in ["rollout.start", "rollout.halt", "rollout.roll_back", "rollout.resume", "rollout.advance"] {
        assert!(acts.iter().any(|known| known == act), "{act}");
    }
    let many = vec![Health { module: "x".into(), version: "1".into(), invocations: 0, faults: 0 }; HEALTH_LINES + 1];
    assert!(matches!(catalog.record_health("host", &many, world.now).await, Err(CatalogError::Input(_))));
    let odd = Health { module: "oee".into(), version: "1.0.1".into(), invocations: 1, faults: 2 };
    assert!(matches!(catalog.record_health("host", &[odd], world.now).await, Err(CatalogError::Input(_))));
}

/// Reports need no order.
const START_OF_REPORTS: Instant = super::world::START;

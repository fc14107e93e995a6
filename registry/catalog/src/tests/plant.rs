//! Tenants, subscriptions, devices, and what hosts hear of them.

use super::world::{START, World, manifest};
use crate::*;
use std::task::Poll;
use toolcrib_contract::Capability;
use toolcrib_trust::secret;

on_each_engine!(
    a_subscription_needs_an_approved_version_and_full_consent,
    consents_are_kept_and_only_end,
    the_snapshot_has_everything_and_its_number_rises_with_what_concerns_hosts,
    a_device_is_switched_off_and_on_again_with_what_it_had,
    one_tenants_device_is_not_there_for_another,
    a_tenant_has_a_bounded_number_of_devices,
    tenants_belong_to_an_sme_and_know_their_time_zone,
    a_number_is_in_force_when_every_connected_host_has_confirmed_it,
    a_caller_who_goes_away_while_committing_leaves_no_host_untold,
    a_tenant_and_an_organisation_have_a_bounded_number_of_people,
);

fn agreement(version: Option<&str>, grants: &[&str]) -> Agreement {
    let grants = grants.iter().map(|text| text.parse::<Capability>().unwrap()).collect();
    Agreement { module: "oee".into(), version: version.map(str::to_owned), grants, ..Agreement::default() }
}

impl World {
    async fn subscribe(&self, tenant: &Tenant, agreement: &Agreement) -> Result<Subscription, CatalogError> {
        self.catalog.subscribe(&tenant.id, agreement, &self.owner, self.now).await
    }
}

async fn a_subscription_needs_an_approved_version_and_full_consent(engine: Engine) {
    let world = World::new(engine).await;
    let tenant = world.tenant("press-shop").await;
    let needed = ["readings:state", "readings:count"];
    let one = manifest("oee", "1.0.0", &["state", "count"], &["temperature"]);
    world.submit(&one, b"x").await.unwrap();
    assert!(matches!(world.subscribe(&tenant, &agreement(None, &needed)).await, Err(CatalogError::NotFound(_))));
    let by_name = world.subscribe(&tenant, &agreement(Some("1.0.0"), &needed)).await;
    assert!(matches!(by_name, Err(CatalogError::NotFound(_))));
    world.publish(&manifest("oee", "1.1.0", &["state", "count"], &["temperature"])).await;
    let less = world.subscribe(&tenant, &agreement(None, &needed[..1])).await;
    assert!(matches!(less, Err(CatalogError::NotConsented { missing }) if missing.len() == 1));
    let more = world.subscribe(&tenant, &agreement(None, &[needed[0], needed[1], "outbound:x.cn:443"])).await;
    assert!(matches!(more, Err(CatalogError::Input(errors)) if errors[0].pointer == "/grants/2"));
    assert!(world.catalog.subscriptions(&tenant.id).await.unwrap().is_empty(), "nothing is half-written");
    let made = world.subscribe(&tenant, &agreement(None, &needed)).await.unwrap();
    assert_eq!((made.version.as_str(), made.grants.len(), made.wanted.len()), ("1.1.0", 2, 3));
}

async fn consents_are_kept_and_only_end(engine: Engine) {
    let mut world = World::new(engine).await;
    let tenant = world.tenant("press-shop").await;
    world.publish(&manifest("oee", "1.0.0", &["state"], &["count"])).await;
    let first = world.subscribe(&tenant, &agreement(None, &["readings:state"])).await.unwrap();
    world.pass_s(60);
    let again = world.subscribe(&tenant, &agreement(Some("1.0.0"), &["readings:state"])).await.unwrap();
    assert_eq!(again, first, "the same again is no change");
    let second = world.subscribe(&tenant, &agreement(None, &["readings:state", "readings:count"])).await.unwrap();
    assert!(second.seq > first.seq);
    assert_eq!((second.since, second.agreed_at), (START, world.now));
    world.pass_s(60);
    let ended = world.catalog.unsubscribe(&tenant.id, "oee", &world.owner, world.now).await.unwrap();
    assert!(ended > second.seq);
    assert!(world.catalog.subscriptions(&tenant.id).await.unwrap().is_empty());
    let twice = world.catalog.unsubscribe(&tenant.id, "oee", &world.owner, world.now).await;
    assert!(matches!(twice, Err(CatalogError::NotFound(_))));
    let kept = world.catalog.consents(&tenant.id, "oee").await.unwrap();
    assert_eq!(kept.len(), 2);
    assert!(kept.iter().all(|consent| consent.ended_at.is_some()));
    assert_eq!(kept[0].grants, first.grants);
    for sql in
        ["UPDATE subscription SET grants = '[]'", "UPDATE subscription SET ended_us = 1", "DELETE FROM subscription"]
    {
        assert!(sqlx::query(sql).execute(&world.catalog.writer).await.is_err(), "{sql}");
    }
}

async fn the_snapshot_has_everything_and_its_number_rises_with_what_concerns_hosts(engine: Engine) {
    let world = World::new(engine).await;
    let newest = || *world.catalog.newest().borrow();
    let before = newest();
    world.publish(&manifest("oee", "1.0.0", &["state"], &[])).await;
    assert_eq!(newest(), before, "no host needs to know yet");
    let tenant = world.tenant("press-shop").await;
    world.subscribe(&tenant, &agreement(None, &["readings:state"])).await.unwrap();
    let added = world.catalog.add_device(&tenant.id, "press 1", &world.owner, world.now, &world.chance).await;
    let (device, token, seq) = added.unwrap();
    assert_eq!((seq, newest()), (before + 3, before + 3));
    let snapshot = world.catalog.entitlements(world.now).await.unwrap();
    assert_eq!((snapshot.seq, snapshot.tenants.len()), (seq, 1));
    let found = &snapshot.tenants[0];
    let module = &found.modules[0];
    assert_eq!(module.version, "1.0.0");
    assert_eq!(module.digest, toolcrib_trust::digest::of(b"component of oee 1.0.0"));
    let kept = SnapshotDevice {
        id: device.id.clone(),
        name: "press 1".into(),
        token_sha256: secret::hash(&token),
        active: true,
        certificate_sha256: None,
    };
    assert_eq!(found.devices, [kept]);
    let rotated = world.catalog.rotate_device(&tenant.id, &device.id, &world.owner, world.now, &world.chance).await;
    let (same, other, later) = rotated.unwrap();
    assert_eq!((same, later), (device.clone(), seq + 1));
    let found = world.catalog.entitlements(world.now).await.unwrap().tenants[0].devices.clone();
    assert_eq!(found[0].token_sha256, secret::hash(&other), "the token before is void");
    assert_ne!(other, token);
    world.catalog.remove_device(&tenant.id, &device.id, &world.owner, world.now).await.unwrap();
    let gone = world.catalog.rotate_device(&tenant.id, &device.id, &world.owner, world.now, &world.chance).await;
    assert!(matches!(gone, Err(CatalogError::NotFound(_))));
    assert!(world.catalog.entitlements(world.now).await.unwrap().tenants[0].devices.is_empty());
    let lower = sqlx::query("UPDATE head SET seq = 1").execute(&world.catalog.writer).await;
    assert!(lower.is_err(), "the number only rises");
}

async fn a_device_is_switched_off_and_on_again_with_what_it_had(engine: Engine) {
    let world = World::new(engine).await;
    let tenant = world.tenant("press-shop").await;
    let added = world.catalog.add_device(&tenant.id, "press", &world.owner, START, &world.chance).await;
    let (device, token, before) = added.unwrap();
    let print = secret::hash("a certificate");
    let certified = world.catalog.certify_device(&tenant.id, &device.id, Some(&print), &world.owner, START).await;
    let (certified, seq) = certified.unwrap();
    assert_eq!((certified.certificate_sha256.as_deref(), seq), (Some(print.as_str()), before + 1));
    for (on, seq) in [(false, before + 2), (true, before + 3)] {
        let switched = world.catalog.switch_device(&tenant.id, &device.id, on, &world.owner, START).await;
        assert_eq!(switched.unwrap(), (Device { active: on, ..certified.clone() }, seq));
        let found = world.catalog.entitlements(START).await.unwrap().tenants[0].devices[0].clone();
        let kept = (found.active, found.token_sha256, found.certificate_sha256);
        assert_eq!(kept, (on, secret::hash(&token), Some(print.clone())));
    }
    let taken = world.catalog.certify_device(&tenant.id, &device.id, None, &world.owner, START).await;
    assert_eq!(taken.unwrap().0, device);
    let other = world.tenant("other").await;
    let foreign = world.catalog.switch_device(&other.id, &device.id, false, &world.owner, START).await;
    assert!(matches!(foreign, Err(CatalogError::NotFound(_))));
    let foreign = world.catalog.certify_device(&other.id, &device.id, None, &world.owner, START).await;
    assert!(matches!(foreign, Err(CatalogError::NotFound(_))));
}

async fn one_tenants_device_is_not_there_for_another(engine: Engine) {
    let world = World::new(engine).await;
    let (one, two) = (world.tenant("one").await, world.tenant("two").await);
    let added = world.catalog.add_device(&one.id, "press", &world.owner, START, &world.chance).await;
    let (device, ..) = added.unwrap();
    let removed = world.catalog.remove_device(&two.id, &device.id, &world.owner, START).await;
    assert!(matches!(removed, Err(CatalogError::NotFound(_))));
    assert_eq!(world.catalog.devices(&one.id).await.unwrap().len(), 1);
    assert!(world.catalog.devices(&two.id).await.unwrap().is_empty());
}

async fn a_tenant_has_a_bounded_number_of_devices(engine: Engine) {
    let world = World::new(engine).await;
    let tenant = world.tenant("press-shop").await;
    let fill = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $2)
        INSERT INTO device (id, tenant, name, token_sha256, added_us)
            SELECT CAST(i AS TEXT), $1, CAST(i AS TEXT), CAST(i AS TEXT), 0 FROM n";
    sqlx::query(fill).bind(&tenant.id).bind(DEVICES).execute(&world.catalog.writer).await.unwrap();
    let more = world.catalog.add_device(&tenant.id, "one more", &world.owner, START, &world.chance).await;
    assert!(matches!(more, Err(CatalogError::Limit(_))));
}

async fn tenants_belong_to_an_sme_and_know_their_time_zone(engine: Engine) {
    let world = World::new(engine).await;
    let add = async |org: &str, slug: &str, zone: &str| {
        let new = NewTenant { org: org.into(), slug: slug.into(), name: "N".into(), time_zone: zone.into() };
        world.catalog.add_tenant(&new, &world.owner, START, &world.chance).await
    };
    let pointer = |result: Result<_, CatalogError>| match result {
        Err(CatalogError::Input(errors)) => errors[0].pointer.clone(),
        Err(CatalogError::NotUnique { pointer, .. }) => pointer.to_owned(),
        other => panic!("{:?}", other.map(|(tenant, _): (Tenant, u64)| tenant)),
    };
    add("red-star", "one", "Asia/Shanghai").await.unwrap();
    assert_eq!(pointer(add("red-star", "one", "UTC").await), "/slug");
    assert_eq!(pointer(add("acme", "two", "UTC").await), "/org");
    for zone in ["Asia/Shanghaii", "CST", "", "../etc/passwd", "+08:00"] {
        assert_eq!(pointer(add("red-star", "two", zone).await), "/time_zone", "{zone}");
    }
}

async fn a_number_is_in_force_when_every_connected_host_has_confirmed_it(engine: Engine) {
    let mut world = World::new(engine).await;
    assert!(world.catalog.behind(9, world.now).await.unwrap().in_force(), "there is no host");
    let (one, two) = (secret::hash("tch_1"), secret::hash("tch_2"));
    world.catalog.ensure_host("one", &one, world.now).await.unwrap();
    world.catalog.ensure_host("one", &one, world.now).await.unwrap();
    assert!(world.catalog.ensure_host("two", &one, world.now).await.is_err());
    world.catalog.ensure_host("two", &two, world.now).await.unwrap();
    assert_eq!(world.catalog.host(&two, world.now).await.unwrap().as_deref(), Some("two"));
    assert_eq!(world.catalog.host("0", world.now).await.unwrap(), None);
    world.tenant("press-shop").await;
    let seq = *world.catalog.newest().borrow();
    assert!(!world.catalog.behind(seq, world.now).await.unwrap().in_force(), "no host is connected");

    world.catalog.polled("one", seq - 1, world.now).await.unwrap();
    assert_eq!(world.catalog.behind(seq, world.now).await.unwrap(), Behind { known: 2, connected: 1, behind: 1 });
    world.catalog.polled("one", seq, world.now).await.unwrap();
    assert!(world.catalog.behind(seq, world.now).await.unwrap().in_force());
    world.catalog.polled("two", 0, world.now).await.unwrap();
    assert!(!world.catalog.behind(seq, world.now).await.unwrap().in_force());
    // A host that falls silent is waited for no longer.
    world.pass_s(CONNECTED_S);
    world.catalog.polled("one", 0, world.now).await.unwrap();
    assert!(world.catalog.behind(seq, world.now).await.unwrap().in_force(), "what was confirmed stays confirmed");
    assert!(matches!(world.catalog.polled("one", seq + 1, world.now).await, Err(CatalogError::WrongState(_))));
}

/// Goes on until it was woken so many times, and then goes away. Whether it was done by then.
async fn impatient<T>(work: impl Future<Output = T>, wakes: usize) -> bool {
    let (mut work, mut count) = (std::pin::pin!(work), 0);
    std::future::poll_fn(|context| {
        count += 1;
        if count > wakes { Poll::Ready(false) } else { work.as_mut().poll(context).map(|_| true) }
    })
    .await
}

async fn a_caller_who_goes_away_while_committing_leaves_no_host_untold(engine: Engine) {
    let world = World::new(engine).await;
    let tenant = world.tenant("press-shop").await;
    let mut newest = world.catalog.newest();
    let (mut wakes, mut done) = (0, false);
    while !done {
        let adding = world.catalog.add_device(&tenant.id, "press", &world.owner, START, &world.chance);
        done = impatient(adding, wakes).await;
        wakes += 1;
        // The writer is free again once everything that was begun has come to its end.
        let (seq,): (i64,) = sqlx::query_as("SELECT seq FROM head").fetch_one(&world.catalog.writer).await.unwrap();
        let told = newest.wait_for(|newest| *newest >= seq.cast_unsigned());
        tokio::time::timeout(std::time::Duration::from_secs(10), told).await.expect("no host was told").unwrap();
        let devices = world.catalog.devices(&tenant.id).await.unwrap().len() as i64;
        assert_eq!(devices, seq - 2, "each device raised the number once");
    }
    // How many points there are depends on how quickly the database thread answers.
    assert!(wakes > 1, "it was left at least once");
}

async fn a_tenant_and_an_organisation_have_a_bounded_number_of_people(engine: Engine) {
    let world = World::new(engine).await;
    let tenant = world.tenant("press-shop").await;
    for fill in [
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
         INSERT INTO person (id, email, name, password, created_us)
             SELECT CAST(i AS TEXT), CAST(i AS TEXT), CAST(i AS TEXT), '', 0 FROM n",
        "INSERT INTO tenant_member (tenant, person, role, since_us) SELECT t.id, p.id, 'viewer', 0 FROM tenant t, person p WHERE p.password = ''",
        "INSERT INTO org_member (org, person, role, since_us) SELECT o.id, p.id, 'member', 0 FROM org o, person p WHERE p.password = '' AND o.slug = 'acme'",
    ] {
        sqlx::query(fill).execute(&world.catalog.writer).await.unwrap();
    }
    let (one, by, chance) = (super::world::person("one@more.cn"), &world.owner, &world.chance);
    let more = world.catalog.set_tenant_member(&tenant.id, &one, "viewer", by, START, chance).await;
    assert!(matches!(more, Err(CatalogError::Limit(_))));
    let more = world.catalog.set_org_member("acme", &one, "member", by, START, chance).await;
    assert!(matches!(more, Err(CatalogError::Limit(_))));
    assert!(world.catalog.credentials("one@more.cn").await.unwrap().is_none(), "nothing is half-written");
}

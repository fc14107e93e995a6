//! Signing in, staying signed in, belonging somewhere.

use super::world::{START, World, person};
use crate::*;
use toolcrib_contract::types::Instant;
use toolcrib_trust::Signer;

on_each_engine!(
    the_marketplace_is_made_once,
    everything_is_there_after_a_restart,
    a_refresh_token_works_once,
    refresh_tokens_end_by_signing_out_by_idling_and_by_age,
    one_session_too_many_ends_the_oldest,
    attempts_are_counted_by_address_until_somebody_signs_in,
    a_changed_role_voids_tokens_and_a_new_one_does_not,
    owners_of_the_organisation_own_its_tenants,
    an_organisation_keeps_an_owner,
    names_are_taken_once_and_everything_wrong_is_told,
    keys_belong_to_one_provider_and_can_be_revoked,
);

async fn the_marketplace_is_made_once(engine: Engine) {
    let world = World::new(engine).await;
    let other = person("other@market.cn");
    let made = world.catalog.ensure_marketplace("Another", &other, START, &world.chance).await.unwrap();
    assert!(!made);
    assert!(world.catalog.credentials("other@market.cn").await.unwrap().is_none());
    let admin = world.catalog.person(&world.admin).await.unwrap().unwrap();
    assert_eq!((admin.marketplace_role(), admin.orgs[0].slug.as_str()), (Some("admin"), "marketplace"));
    let second =
        NewOrg { slug: "shop".into(), name: "Shop".into(), kind: OrgKind::Marketplace, city: None, owner: other };
    let refused = world.catalog.add_org(&second, &world.admin, START, &world.chance).await;
    assert!(matches!(refused, Err(CatalogError::Input(errors)) if errors[0].pointer == "/kind"));
}

async fn everything_is_there_after_a_restart(engine: Engine) {
    let world = World::new(engine).await;
    let tenant = world.tenant("press-shop").await;
    let seq = *world.catalog.newest().borrow();
    world.catalog.close().await;
    let again = world.again().await;
    assert_eq!(again.tenant("press-shop").await.unwrap(), tenant);
    assert_eq!(*again.newest().borrow(), seq);
    assert!(again.verify_audit().await.unwrap().0 >= 6);
}

async fn a_refresh_token_works_once(engine: Engine) {
    let mut world = World::new(engine).await;
    let first = world.catalog.open_session(&world.owner, world.now, &world.chance).await.unwrap();
    world.pass_s(60);
    let second = world.catalog.rotate(&first.refresh_token, world.now, &world.chance).await.unwrap();
    assert_eq!(second.person, world.owner);
    let third = world.catalog.rotate(&second.refresh_token, world.now, &world.chance).await.unwrap();
    assert_ne!(second.refresh_token, third.refresh_token);
    let before = *world.catalog.newest().borrow();
    assert_eq!(world.catalog.person(&world.owner).await.unwrap().unwrap().void_before_s, 0);

    // Somebody uses the second one again: the family ends, and the access tokens with it.
    let reused = world.catalog.rotate(&second.refresh_token, world.now, &world.chance).await;
    assert!(matches!(reused, Err(CatalogError::SignedOut)));
    let rightful = world.catalog.rotate(&third.refresh_token, world.now, &world.chance).await;
    assert!(matches!(rightful, Err(CatalogError::SignedOut)));
    let cutoff = world.catalog.person(&world.owner).await.unwrap().unwrap().void_before_s;
    assert_eq!(cutoff, world.now.0.cast_unsigned() / 1_000_000 + 1);
    let snapshot = world.catalog.entitlements(world.now).await.unwrap();
    assert_eq!(snapshot.cutoffs, [Cutoff { person: world.owner.clone(), issued_before_s: cutoff }]);
    assert_eq!(snapshot.seq, before + 1);
    // Hosts need not hear of it any more when every token of before has expired.
    world.pass_s(1_000);
    assert!(world.catalog.entitlements(world.now).await.unwrap().cutoffs.is_empty());
}

async fn refresh_tokens_end_by_signing_out_by_idling_and_by_age(engine: Engine) {
    let mut world = World::new(engine).await;
    let day = 86_400;
    let opened = world.catalog.open_session(&world.owner, world.now, &world.chance).await.unwrap();
    assert!(world.catalog.sign_out(&opened.refresh_token, world.now).await.unwrap().is_some());
    assert!(world.catalog.sign_out(&opened.refresh_token, world.now).await.unwrap().is_none());
    assert!(world.catalog.sign_out("tcr_unknown", world.now).await.unwrap().is_none());
    assert!(world.catalog.rotate(&opened.refresh_token, world.now, &world.chance).await.is_err());
    assert!(world.catalog.rotate("tcr_unknown", world.now, &world.chance).await.is_err());

    let idle = world.catalog.open_session(&world.owner, world.now, &world.chance).await.unwrap();
    let mut used = world.catalog.open_session(&world.owner, world.now, &world.chance).await.unwrap();
    for _ in 0..4 {
        world.pass_s(20 * day);
        used = world.catalog.rotate(&used.refresh_token, world.now, &world.chance).await.unwrap();
    }
    assert!(world.catalog.rotate(&idle.refresh_token, world.now, &world.chance).await.is_err());
    world.pass_s(10 * day);
    assert!(
        world.catalog.rotate(&used.refresh_token, world.now, &world.chance).await.is_err(),
        "after {SESSION_DAYS} days"
    );
}

async fn one_session_too_many_ends_the_oldest(engine: Engine) {
    let mut world = World::new(engine).await;
    let first = world.catalog.open_session(&world.owner, world.now, &world.chance).await.unwrap();
    let mut last = None;
    for _ in 0..SESSIONS {
        world.pass_s(1);
        last = Some(world.catalog.open_session(&world.owner, world.now, &world.chance).await.unwrap());
    }
    assert!(world.catalog.rotate(&first.refresh_token, world.now, &world.chance).await.is_err());
    assert!(world.catalog.rotate(&last.unwrap().refresh_token, world.now, &world.chance).await.is_ok());
}

async fn attempts_are_counted_by_address_until_somebody_signs_in(engine: Engine) {
    let mut world = World::new(engine).await;
    for _ in 0..ATTEMPTS {
        world.catalog.attempt("Owner@Red-Star.cn ", world.now).await.unwrap();
        world.catalog.attempt("nobody@nowhere.cn", world.now).await.unwrap();
    }
    for email in ["owner@red-star.cn", "nobody@nowhere.cn"] {
        assert!(matches!(world.catalog.attempt(email, world.now).await, Err(CatalogError::TooMany(_))), "{email}");
    }
    assert!(world.catalog.attempt("owner@acme.cn", world.now).await.is_ok());
    // Refused attempts do not prolong the wait.
    world.pass_s(ATTEMPTS_WINDOW_MINUTES * 60 + 1);
    world.catalog.attempt("owner@red-star.cn", world.now).await.unwrap();
    world.catalog.open_session(&world.owner, world.now, &world.chance).await.unwrap();
    for _ in 0..ATTEMPTS {
        world.catalog.attempt("owner@red-star.cn", world.now).await.unwrap();
    }
}

async fn a_changed_role_voids_tokens_and_a_new_one_does_not(engine: Engine) {
    let mut world = World::new(engine).await;
    let tenant = world.tenant("press-shop").await;
    let li = person("li@red-star.cn");
    let set = async |world: &World, role: &str| {
        world.catalog.set_tenant_member(&tenant.id, &li, role, &world.owner, world.now, &world.chance).await
    };
    set(&world, "operator").await.unwrap();
    let (id, _) = world.catalog.credentials("li@red-star.cn").await.unwrap().unwrap();
    let read = async |world: &World| world.catalog.person(&id).await.unwrap().unwrap();
    assert_eq!((read(&world).await.tenant_role("press-shop"), read(&world).await.void_before_s), (Some("operator"), 0));
    world.pass_s(5);
    set(&world, "operator").await.unwrap();
    assert_eq!(read(&world).await.void_before_s, 0, "nothing changed");
    set(&world, "viewer").await.unwrap();
    assert_eq!(read(&world).await.tenant_role(tenant.id.as_str()), Some("viewer"));
    assert!(read(&world).await.void_before_s > 0);
    assert!(matches!(set(&world, "god").await, Err(CatalogError::Input(_))));
    world.catalog.remove_tenant_member(&tenant.id, &id, &world.owner, world.now).await.unwrap();
    assert!(read(&world).await.tenants.is_empty());
}

async fn owners_of_the_organisation_own_its_tenants(engine: Engine) {
    let world = World::new(engine).await;
    let tenant = world.tenant("press-shop").await;
    let owner = world.catalog.person(&world.owner).await.unwrap().unwrap();
    assert_eq!(owner.tenant_role("press-shop"), Some("owner"));
    let provider = world.catalog.person(&world.provider).await.unwrap().unwrap();
    assert_eq!(provider.tenant_role("press-shop"), None);
    let lowered = person("owner@red-star.cn");
    let set = world.catalog.set_tenant_member(&tenant.id, &lowered, "viewer", &world.owner, START, &world.chance).await;
    assert!(matches!(set, Err(CatalogError::WrongState(_))));
    let members = world.catalog.tenant_members(&tenant.id).await.unwrap();
    assert_eq!((members.len(), members[0].role.as_str()), (1, "owner"));
}

async fn an_organisation_keeps_an_owner(engine: Engine) {
    let world = World::new(engine).await;
    let set = async |email: &str, role: &str| {
        world.catalog.set_org_member("acme", &person(email), role, &world.provider, START, &world.chance).await
    };
    assert!(matches!(set("owner@acme.cn", "member").await, Err(CatalogError::WrongState(_))));
    assert!(matches!(set("wang@acme.cn", "reviewer").await, Err(CatalogError::Input(_))));
    set("wang@acme.cn", "owner").await.unwrap();
    set("owner@acme.cn", "member").await.unwrap();
    let org = world.catalog.org("acme").await.unwrap();
    let roles: Vec<_> = org.members.iter().map(|member| (member.email.as_str(), member.role.as_str())).collect();
    assert_eq!(roles, [("owner@acme.cn", "member"), ("wang@acme.cn", "owner")]);
}

async fn names_are_taken_once_and_everything_wrong_is_told(engine: Engine) {
    let world = World::new(engine).await;
    let add = async |slug: &str, email: &str| {
        let org = NewOrg { slug: slug.into(), name: "N".into(), kind: OrgKind::Sme, city: None, owner: person(email) };
        world.catalog.add_org(&org, &world.admin, START, &world.chance).await
    };
    assert!(matches!(add("acme", "x@x.cn").await, Err(CatalogError::NotUnique { pointer: "/slug", .. })));
    assert!(matches!(add("Ac me", "x@x.cn").await, Err(CatalogError::Input(_))));
    assert!(matches!(add("fine", "no address").await, Err(CatalogError::Input(e)) if e[0].pointer == "/owner/email"));
    assert!(world.catalog.org("fine").await.is_err(), "nothing is half-written");
}

async fn keys_belong_to_one_provider_and_can_be_revoked(engine: Engine) {
    let world = World::new(engine).await;
    let org = NewOrg {
        slug: "bolt".into(),
        name: "Bolt".into(),
        kind: OrgKind::Provider,
        city: None,
        owner: person("b@bolt.cn"),
    };
    world.catalog.add_org(&org, &world.admin, START, &world.chance).await.unwrap();
    let add = async |org: &str, key: &Signer, by: &PersonId, at: Instant| {
        world.catalog.add_key(org, &NewKey::plain(key.public_key()), by, at, &world.notary).await
    };
    let again = add("acme", &world.key, &world.provider, Instant(START.0 + 1)).await.unwrap();
    assert_eq!(again.since, START);
    let stolen = add("bolt", &world.key, &world.admin, START).await;
    assert!(matches!(stolen, Err(CatalogError::NotUnique { pointer: "/public_key", .. })));
    assert!(add("red-star", &world.key, &world.owner, START).await.is_err());
    let revoke =
        async || world.catalog.revoke_key("acme", &world.key.key_id(), &world.provider, START, &world.notary).await;
    revoke().await.unwrap();
    assert!(world.catalog.keys("acme").await.unwrap().is_empty());
    assert!(revoke().await.is_err());
    let back = add("acme", &world.key, &world.provider, START).await;
    assert!(matches!(back, Err(CatalogError::NotUnique { .. })), "revoked for ever");
    for _ in 0..KEYS {
        add("acme", &Signer::generate(&world.chance), &world.provider, START).await.unwrap();
    }
    let more = add("acme", &Signer::generate(&world.chance), &world.provider, START).await;
    assert!(matches!(more, Err(CatalogError::Limit(_))));
}

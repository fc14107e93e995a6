//! Cities, the people who act for them, and what their auditors may see.

use super::world::{START, World, person};
use crate::*;

on_each_engine!(
    one_authority_acts_for_a_city_and_nothing_else_has_one,
    who_belongs_to_a_party_is_too_close_to_judge_it,
    an_auditor_sees_a_factory_while_it_agrees_and_every_look_is_kept,
);

fn city(slug: &str, code: Option<&str>, kind: OrgKind) -> NewOrg {
    let owner = person(&format!("official@{slug}.gov.cn"));
    NewOrg { slug: slug.into(), name: slug.to_uppercase(), kind, city: code.map(str::to_owned), owner }
}

async fn hangzhou(world: &World) -> PersonId {
    let org = city("hangzhou", Some("330100"), OrgKind::Authority);
    world.catalog.add_org(&org, &world.admin, START, &world.chance).await.unwrap();
    member(world, "hangzhou", "auditor@hangzhou.gov.cn", "auditor").await
}

async fn member(world: &World, org: &str, email: &str, role: &str) -> PersonId {
    world.catalog.set_org_member(org, &person(email), role, &world.admin, START, &world.chance).await.unwrap();
    world.catalog.credentials(email).await.unwrap().unwrap().0
}

async fn one_authority_acts_for_a_city_and_nothing_else_has_one(engine: Engine) {
    let world = World::new(engine).await;
    let auditor = hangzhou(&world).await;
    let refused = async |org: NewOrg| match world.catalog.add_org(&org, &world.admin, START, &world.chance).await {
        Err(CatalogError::Input(errors)) => errors[0].pointer.clone(),
        Err(CatalogError::NotUnique { pointer, .. }) => pointer.to_owned(),
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(city("another", Some("330100"), OrgKind::Authority)).await, "/city");
    assert_eq!(refused(city("hangzhou", Some("330200"), OrgKind::Authority)).await, "/slug");
    assert_eq!(refused(city("nowhere", None, OrgKind::Authority)).await, "/city");
    assert_eq!(refused(city("nowhere", Some("33010"), OrgKind::Authority)).await, "/city");
    assert_eq!(refused(city("shop", Some("330200"), OrgKind::Sme)).await, "/city");
    assert_eq!(world.catalog.authorities().await.unwrap().len(), 1);
    assert_eq!(world.catalog.authority("330100").await.unwrap(), world.catalog.authority("hangzhou").await.unwrap());

    let (official, _) = world.catalog.credentials("official@hangzhou.gov.cn").await.unwrap().unwrap();
    let official = world.catalog.person(&official).await.unwrap().unwrap();
    assert!(official.is_official("330100") && official.is_official("hangzhou"));
    assert!(!official.is_official("330200") && !official.is_assessor("330100") && !official.is_auditor("330100"));
    assert!(world.catalog.person(&auditor).await.unwrap().unwrap().is_auditor("330100"));
    let somebody = person("x@x.cn");
    let bad = world.catalog.set_org_member("hangzhou", &somebody, "owner", &world.admin, START, &world.chance).await;
    assert!(matches!(bad, Err(CatalogError::Input(_))), "an authority has no owners");
}

async fn who_belongs_to_a_party_is_too_close_to_judge_it(engine: Engine) {
    let world = World::new(engine).await;
    hangzhou(&world).await;
    let tenant = world.tenant("press-shop").await;
    let assessor = member(&world, "hangzhou", "assessor@expert.cn", "assessor").await;
    let read = async || world.catalog.person(&assessor).await.unwrap().unwrap();
    assert_eq!(read().await.too_close_to(&["acme", "red-star"]), None);
    // Somebody of the firm's shop floor.
    let helper = person("assessor@expert.cn");
    let (owner, now) = (&world.owner, world.now);
    world.catalog.set_tenant_member(&tenant.id, &helper, "viewer", owner, now, &world.chance).await.unwrap();
    assert_eq!(read().await.too_close_to(&["acme", "red-star"]), Some("red-star"));
    // Somebody of the provider.
    member(&world, "acme", "assessor@expert.cn", "member").await;
    assert_eq!(read().await.too_close_to(&["acme", "red-star"]), Some("acme"));
    assert_eq!(read().await.too_close_to(&["bolt"]), None);
}

async fn an_auditor_sees_a_factory_while_it_agrees_and_every_look_is_kept(engine: Engine) {
    let mut world = World::new(engine).await;
    let auditor = hangzhou(&world).await;
    let tenant = world.tenant("press-shop").await;
    let look = async |world: &World| {
        world.catalog.look(&auditor, "hangzhou", "/v1/tenants/x/consents", Some(&tenant.id), world.now).await
    };
    assert!(matches!(look(&world).await, Err(CatalogError::NoAuditConsent)));
    assert!(world.catalog.looks(&auditor, None).await.unwrap().is_empty(), "what was refused was no look");

    for days in [0, -1, AUDIT_CONSENT_DAYS + 1] {
        let consent = world.catalog.consent_to_audit(&tenant.id, "hangzhou", days, &world.owner, world.now).await;
        assert!(matches!(consent, Err(CatalogError::Input(_))), "{days}");
    }
    let unknown = world.catalog.consent_to_audit(&tenant.id, "acme", 5, &world.owner, world.now).await;
    assert!(matches!(unknown, Err(CatalogError::NotFound(_))), "a provider audits nobody");
    world.catalog.consent_to_audit(&tenant.id, "hangzhou", 1, &world.owner, world.now).await.unwrap();
    look(&world).await.unwrap();
    assert_eq!(world.catalog.audited_by("hangzhou", world.now).await.unwrap().len(), 1);
    world.pass_s(86_400);
    assert!(matches!(look(&world).await, Err(CatalogError::NoAuditConsent)), "its days are over");
    assert!(world.catalog.audited_by("hangzhou", world.now).await.unwrap().is_empty());

    world.catalog.consent_to_audit(&tenant.id, "hangzhou", AUDIT_CONSENT_DAYS, &world.owner, world.now).await.unwrap();
    look(&world).await.unwrap();
    world.catalog.end_audit_consent(&tenant.id, "hangzhou", &world.owner, world.now).await.unwrap();
    assert!(matches!(look(&world).await, Err(CatalogError::NoAuditConsent)), "taken back");
    let again = world.catalog.end_audit_consent(&tenant.id, "hangzhou", &world.owner, world.now).await;
    assert!(matches!(again, Err(CatalogError::NotFound(_))));

    // What belongs to the programme takes no factory's consent, and leaves a line all the same.
    world.catalog.look(&auditor, "hangzhou", "/v1/programmes/x", None, world.now).await.unwrap();
    let mine = world.catalog.looks(&auditor, None).await.unwrap();
    assert_eq!(mine.len(), 3);
    assert_eq!(mine[0].subject, "hangzhou");
    assert_eq!(world.catalog.looks(&auditor, Some(mine[1].number)).await.unwrap(), mine[2..]);
    assert_eq!(world.catalog.looked_at(tenant.id.as_str(), None).await.unwrap(), mine[1..]);
    let consents = world.catalog.audit_consents(&tenant.id).await.unwrap();
    assert_eq!(consents.len(), 2);
    assert!(consents.iter().all(|consent| consent.ended_us.is_some()));
    world.catalog.verify_audit().await.unwrap();
}

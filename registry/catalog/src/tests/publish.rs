//! From a submission to an approved version, and who sees what meanwhile.

use super::world::{World, approve, manifest, person, report};
use crate::*;

on_each_engine!(
    what_is_not_approved_exists_for_its_provider_and_the_marketplace_only,
    a_version_takes_another_build_only_while_it_failed_or_must_change,
    versions_rise,
    a_module_belongs_to_the_provider_that_took_its_name,
    what_was_being_checked_at_a_crash_is_checked_again,
    a_report_about_something_else_passes_nothing,
    nobody_decides_for_their_own_organisation_twice_or_without_a_reason,
    the_queue_of_checks_is_bounded,
    modules_are_found_by_words_and_segments,
    what_was_approved_or_written_down_never_changes,
    lists_are_bounded,
);

fn everybody() -> Viewer {
    Viewer::default()
}

fn provider() -> Viewer {
    Viewer { orgs: vec!["acme".into()], marketplace: false }
}

fn marketplace() -> Viewer {
    Viewer { orgs: vec!["marketplace".into()], marketplace: true }
}

async fn what_is_not_approved_exists_for_its_provider_and_the_marketplace_only(engine: Engine) {
    let world = World::new(engine).await;
    let one = manifest("oee", "1.0.0", &["state"], &[]);
    let id = world.submit(&one, b"bytes").await.unwrap();
    let stranger = Viewer { orgs: vec!["red-star".into()], marketplace: false };
    for viewer in [everybody(), stranger.clone()] {
        assert!(world.catalog.modules(&viewer, "", "").await.unwrap().is_empty());
        assert!(matches!(world.catalog.module(&viewer, "oee").await, Err(CatalogError::NotFound(_))));
        assert!(matches!(world.catalog.version(&viewer, "oee", "1.0.0").await, Err(CatalogError::NotFound(_))));
        let digest = toolcrib_trust::digest::of(b"bytes");
        assert!(matches!(world.catalog.version_of_digest(&viewer, &digest).await, Err(CatalogError::NotFound(_))));
        assert!(matches!(world.catalog.submission(&viewer, &id).await, Err(CatalogError::NotFound(_))));
        assert!(world.catalog.submissions(&viewer, None).await.unwrap().is_empty());
    }
    for viewer in [provider(), marketplace()] {
        assert_eq!(world.catalog.module(&viewer, "oee").await.unwrap().latest, None);
        assert_eq!(world.catalog.submissions(&viewer, Some(State::Submitted)).await.unwrap().len(), 1);
        assert!(world.catalog.submissions(&viewer, Some(State::Review)).await.unwrap().is_empty());
    }
    world.check(&id, &one, b"bytes", 0).await;
    world.decide(&id, approve()).await.unwrap();
    let module = world.catalog.module(&everybody(), "oee").await.unwrap();
    assert_eq!((module.latest.as_deref(), module.title.en.as_str()), (Some("1.0.0"), "Title of oee 1.0.0"));
    let version = world.catalog.version(&everybody(), "oee", "1.0.0").await.unwrap();
    assert_eq!((version.state, version.withdrawn), (State::Approved, None));
    assert!(matches!(world.catalog.submission(&stranger, &id).await, Err(CatalogError::NotFound(_))));

    // A second version on its way changes nothing for the others.
    world.submit(&manifest("oee", "1.1.0", &["state"], &[]), b"next").await.unwrap();
    let module = world.catalog.module(&everybody(), "oee").await.unwrap();
    assert_eq!((module.versions.len(), module.title.en.as_str()), (1, "Title of oee 1.0.0"));
    let module = world.catalog.module(&provider(), "oee").await.unwrap();
    assert_eq!((module.versions[0].0.as_str(), module.latest.as_deref()), ("1.1.0", Some("1.0.0")));
}

async fn a_version_takes_another_build_only_while_it_failed_or_must_change(engine: Engine) {
    let world = World::new(engine).await;
    let one = manifest("oee", "1.0.0", &[], &[]);
    let first = world.submit(&one, b"one").await.unwrap();
    assert_eq!(world.submit(&one, b"one").await.unwrap(), first, "the same build is the same submission");
    assert!(matches!(world.submit(&one, b"two").await, Err(CatalogError::WrongState(_))));
    assert_eq!(world.check(&first, &one, b"one", 1).await, State::Failed);
    let second = world.submit(&one, b"two").await.unwrap();
    assert_ne!(second, first);
    assert!(world.catalog.submission(&provider(), &first).await.unwrap().superseded);
    world.check(&second, &one, b"two", 0).await;
    assert!(matches!(world.submit(&one, b"three").await, Err(CatalogError::WrongState(_))));
    world.decide(&second, Verdict::RequestChanges).await.unwrap();
    let third = world.submit(&one, b"three").await.unwrap();
    world.check(&third, &one, b"three", 0).await;
    world.decide(&third, approve()).await.unwrap();
    assert!(matches!(world.submit(&one, b"three").await, Err(CatalogError::VersionExists(_))));
    assert!(matches!(world.submit(&one, b"four").await, Err(CatalogError::VersionExists(_))));
    assert!(world.catalog.component(&toolcrib_trust::digest::of(b"four")).await.unwrap().is_none(), "nothing is kept");
    // Every decision on the version is told, with the earlier builds'.
    let submission = world.catalog.submission(&provider(), &third).await.unwrap();
    let states: Vec<_> = submission.decisions.iter().map(|decision| decision.state).collect();
    assert_eq!(
        states,
        [State::ChangesRequested, State::Review, State::Approved],
        "the first of two leaves it in review"
    );

    let two = manifest("oee", "2.0.0", &[], &[]);
    let rejected = world.submit(&two, b"bad").await.unwrap();
    world.check(&rejected, &two, b"bad", 0).await;
    world.decide(&rejected, Verdict::Reject).await.unwrap();
    assert!(matches!(world.submit(&two, b"better").await, Err(CatalogError::VersionExists(_))));
}

async fn versions_rise(engine: Engine) {
    let world = World::new(engine).await;
    world.publish(&manifest("oee", "1.10.0", &[], &[])).await;
    for lower in ["1.9.0", "1.10.0-rc.1", "0.1.0"] {
        let refused = world.submit(&manifest("oee", lower, &[], &[]), lower.as_bytes()).await;
        assert!(matches!(refused, Err(CatalogError::VersionExists(_))), "{lower}");
    }
    for none in ["1.11", "v2.0.0", "2.0.0+build", ""] {
        let refused = world.submit(&manifest("oee", none, &[], &[]), none.as_bytes()).await;
        assert!(matches!(refused, Err(CatalogError::Input(_))), "{none}");
    }
    // Two on their way; the higher one is approved first.
    let (low, high) = (manifest("oee", "1.11.0", &[], &[]), manifest("oee", "1.12.0", &[], &[]));
    let (low_id, high_id) = (world.submit(&low, b"l").await.unwrap(), world.submit(&high, b"h").await.unwrap());
    world.check(&low_id, &low, b"l", 0).await;
    world.check(&high_id, &high, b"h", 0).await;
    world.decide(&high_id, approve()).await.unwrap();
    assert!(matches!(world.decide(&low_id, approve()).await, Err(CatalogError::WrongState(_))));
    assert_eq!(world.catalog.module(&everybody(), "oee").await.unwrap().latest.as_deref(), Some("1.12.0"));
    // A preview is offered by name only.
    world.publish(&manifest("oee", "2.0.0-beta.1", &[], &[])).await;
    assert_eq!(world.catalog.module(&everybody(), "oee").await.unwrap().latest.as_deref(), Some("1.12.0"));
}

async fn a_module_belongs_to_the_provider_that_took_its_name(engine: Engine) {
    let world = World::new(engine).await;
    let org = NewOrg {
        slug: "bolt".into(),
        name: "Bolt".into(),
        kind: OrgKind::Provider,
        city: None,
        owner: person("b@bolt.cn"),
    };
    world.catalog.add_org(&org, &world.admin, world.now, &world.chance).await.unwrap();
    let take = async |name: &str, org: &str| world.catalog.take_module(name, org, &world.admin, world.now).await;
    take("oee", "acme").await.unwrap();
    assert!(matches!(take("oee", "bolt").await, Err(CatalogError::NotUnique { pointer: "/name", .. })));
    assert!(matches!(take("Oee", "bolt").await, Err(CatalogError::Input(_))));
    assert!(matches!(take("spc", "red-star").await, Err(CatalogError::Input(_))));
    take("spc", "bolt").await.unwrap();
    // With acme's key nobody publishes bolt's module.
    assert!(matches!(world.submit(&manifest("spc", "1.0.0", &[], &[]), b"x").await, Err(CatalogError::NotFound(_))));
    world.catalog.revoke_key("acme", &world.key.key_id(), &world.provider, world.now, &world.notary).await.unwrap();
    assert!(matches!(world.submit(&manifest("oee", "1.0.0", &[], &[]), b"x").await, Err(CatalogError::NotFound(_))));
}

async fn what_was_being_checked_at_a_crash_is_checked_again(engine: Engine) {
    let world = World::new(engine).await;
    let plant = manifest("plant", "1.0.0", &[], &[]);
    world.catalog.take_module("plant", "acme", &world.provider, world.now).await.unwrap();
    world.publish(&plant).await;
    world.publish(&manifest("oee", "1.0.0", &[], &[])).await;
    let next = manifest("oee", "1.1.0", &[], &[]);
    let id = world.submit(&next, b"next").await.unwrap();
    assert_eq!(world.catalog.next_to_check(world.now).await.unwrap().unwrap().id, id);
    world.catalog.close().await;
    let again = world.again().await;
    let checking = again.next_to_check(world.now).await.unwrap().unwrap();
    assert_eq!((checking.id, checking.version.as_str()), (id.clone(), "1.1.0"));
    assert_eq!(checking.previous.unwrap().version, "1.0.0");
    assert_eq!(checking.others, [plant]);
    assert_eq!(again.component(&checking.digest).await.unwrap(), Some(b"next".to_vec()));
    let report = report(&next, &checking.digest, 0);
    again.record_report(&id, &report, world.now).await.unwrap();
    assert!(again.next_to_check(world.now).await.unwrap().is_none());
    assert!(matches!(again.record_report(&id, &report, world.now).await, Err(CatalogError::WrongState(_))));
}

async fn a_report_about_something_else_passes_nothing(engine: Engine) {
    let world = World::new(engine).await;
    let one = manifest("oee", "1.0.0", &[], &[]);
    for (about, digest_of) in
        [(manifest("spc", "1.0.0", &[], &[]), "x"), (manifest("oee", "9.0.0", &[], &[]), "x"), (one.clone(), "y")]
    {
        let id = world.submit(&one, b"x").await.unwrap();
        assert_eq!(world.check(&id, &about, digest_of.as_bytes(), 0).await, State::Failed);
    }
}

async fn nobody_decides_for_their_own_organisation_twice_or_without_a_reason(engine: Engine) {
    let world = World::new(engine).await;
    let one = manifest("oee", "1.0.0", &[], &[]);
    let id = world.submit(&one, b"x").await.unwrap();
    assert!(matches!(world.decide(&id, approve()).await, Err(CatalogError::WrongState(_))), "not checked yet");
    world.check(&id, &one, b"x", 0).await;
    let decide = async |verdict: Verdict, reason: &str, by: &PersonId| {
        world.catalog.decide(&id, &verdict, reason, by, world.now, &world.notary).await
    };
    assert!(matches!(decide(approve(), "", &world.provider).await, Err(CatalogError::OwnOrganisation)));
    let mine = person("admin@market.cn");
    world.catalog.set_org_member("acme", &mine, "member", &world.provider, world.now, &world.chance).await.unwrap();
    assert!(matches!(decide(approve(), "", &world.admin).await, Err(CatalogError::OwnOrganisation)));
    let third = person("r@market.cn");
    let (admin, chance) = (&world.admin, &world.chance);
    world.catalog.set_org_member("marketplace", &third, "reviewer", admin, world.now, chance).await.unwrap();
    let (third, _) = world.catalog.credentials("r@market.cn").await.unwrap().unwrap();
    let reviewer = world.reviewer.clone();
    assert!(matches!(decide(Verdict::Reject, " ", &reviewer).await, Err(CatalogError::Input(_))));
    assert!(matches!(decide(Verdict::Reject, &"x".repeat(4_001), &reviewer).await, Err(CatalogError::Input(_))));
    let stale = Verdict::Approve { rules: "rules-0".into() };
    assert!(matches!(decide(stale, "", &reviewer).await, Err(CatalogError::WrongState(_))));
    assert_eq!(decide(approve(), "", &reviewer).await.unwrap(), State::Review, "a first publication needs two");
    assert!(matches!(decide(approve(), "", &reviewer).await, Err(CatalogError::WrongState(_))), "the same person");
    assert_eq!(decide(approve(), "", &third).await.unwrap(), State::Approved);
    assert!(matches!(decide(Verdict::Reject, "late", &reviewer).await, Err(CatalogError::WrongState(_))));
}

async fn the_queue_of_checks_is_bounded(engine: Engine) {
    let world = World::new(engine).await;
    for patch in 0..CHECKING {
        world.submit(&manifest("oee", &format!("1.0.{patch}"), &[], &[]), patch.to_string().as_bytes()).await.unwrap();
    }
    let more = world.submit(&manifest("oee", "2.0.0", &[], &[]), b"more").await;
    assert!(matches!(more, Err(CatalogError::TooMany(_))));
}

async fn modules_are_found_by_words_and_segments(engine: Engine) {
    let world = World::new(engine).await;
    world.publish(&manifest("oee", "1.0.0", &[], &[])).await;
    let find =
        async |query: &str, segment: &str| world.catalog.modules(&everybody(), query, segment).await.unwrap().len();
    assert_eq!((find("", "").await, find("效率", "").await, find("TITLE of", "").await), (1, 1, 1));
    assert_eq!((find("acme", "").await, find("weighbridge", "").await), (1, 0));
    assert_eq!(find("", "36").await, 1, "a module without segments is for all");
    assert_eq!(find("%", "").await, 0, "a search is no pattern");
}

async fn what_was_approved_or_written_down_never_changes(engine: Engine) {
    let world = World::new(engine).await;
    let id = world.publish(&manifest("oee", "1.0.0", &[], &[])).await;
    let run = async |sql: &'static str| sqlx::query(sql).bind(id.as_str()).execute(&world.catalog.writer).await;
    assert!(run("UPDATE submission SET digest = 'sha256:0' WHERE id = $1").await.is_err());
    assert!(run("UPDATE submission SET state = 'rejected' WHERE id = $1").await.is_err());
    assert!(run("UPDATE transition SET reason = 'other' WHERE submission = $1").await.is_err());
    assert!(run("DELETE FROM transition WHERE submission = $1").await.is_err());
    assert!(run("UPDATE audit SET actor = $1").await.is_err());
    assert!(run("DELETE FROM audit WHERE actor <> $1").await.is_err());
    let (lines, head) = world.catalog.verify_audit().await.unwrap();
    assert!(lines > 5 && head.len() == 64);
    // Somebody with the database in hand.
    world.drop_trigger("audit_kept_1", "audit").await;
    run("UPDATE audit SET detail = '{}' WHERE number = 3 AND act <> $1").await.unwrap();
    assert!(matches!(world.catalog.verify_audit().await, Err(CatalogError::Damaged(what)) if what.contains("line 3")));
}

async fn lists_are_bounded(engine: Engine) {
    let world = World::new(engine).await;
    for fill in [
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)
         INSERT INTO module (name, org, taken_by, taken_us) SELECT 'm' || i, m.org, m.taken_by, 0 FROM n, module m WHERE m.name = 'oee'",
        "INSERT INTO submission (id, module, version, digest, size_bytes, state, key_id, signature, submitted_by, submitted_us,
             manifest, listing) SELECT m.name, m.name, '1.0.0', 'sha256:0', 1, 'review', k.key_id, '', m.taken_by, 0,
             '{}', '{\"description\":{\"zh\":\"\",\"en\":\"\"},\"licence\":\"MIT\"}' FROM module m, publishing_key k",
    ] {
        sqlx::query(fill).execute(&world.catalog.writer).await.unwrap();
    }
    let viewer = marketplace();
    assert_eq!(world.catalog.modules(&viewer, "", "").await.unwrap().len(), MODULES_LISTED);
    assert_eq!(world.catalog.submissions(&viewer, None).await.unwrap().len() as i64, SUBMISSIONS_LISTED);
}

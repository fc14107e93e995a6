//! Drafts, the queue, two reviewers, comments, and providers that leave.

use super::world::{World, approve, manifest, person};
use crate::*;
use toolcrib_contract::second::FIRST_PUBLICATION;
use toolcrib_trust::publication::Publication;
use toolcrib_trust::{Signer, digest};

on_each_engine!(
    a_draft_is_its_providers_alone_until_it_is_submitted,
    a_draft_is_replaced_discarded_and_forgotten_with_its_bytes,
    a_provider_has_a_bounded_number_of_drafts,
    one_reviewer_is_enough_for_a_plain_patch_and_two_differ_where_it_counts,
    nobody_decides_on_what_they_submitted_whatever_they_became_since,
    the_queue_shows_the_longest_waiting_first_with_who_works_on_it,
    provider_and_reviewer_talk_and_nothing_said_is_lost,
    a_version_outlives_its_provider_and_its_name_gets_a_successor,
);

impl World {
    pub(super) async fn draft(
        &self,
        manifest: &toolcrib_contract::Manifest,
        bytes: &[u8],
    ) -> Result<SubmissionId, CatalogError> {
        let new = NewSubmission {
            manifest: manifest.clone(),
            component: bytes.to_vec(),
            key_id: self.key.key_id(),
            statement: Publication::of(bytes, manifest, "test").seal(&self.key),
            by: self.provider.clone(),
        };
        self.catalog.keep_draft(new, self.now, &self.chance).await
    }

    fn provider_viewer(&self) -> Viewer {
        Viewer { orgs: vec!["acme".into()], marketplace: false }
    }

    fn marketplace_viewer(&self) -> Viewer {
        Viewer { orgs: vec!["marketplace".into()], marketplace: true }
    }

    async fn state(&self, id: &SubmissionId) -> State {
        self.catalog.submission(&self.provider_viewer(), id).await.unwrap().state
    }

    async fn in_review(&self, version: &str) -> SubmissionId {
        let manifest = manifest("oee", version, &[], &[]);
        let id = self.submit(&manifest, version.as_bytes()).await.unwrap();
        assert_eq!(self.check(&id, &manifest, version.as_bytes(), 0).await, State::Review);
        id
    }
}

async fn a_draft_is_its_providers_alone_until_it_is_submitted(engine: Engine) {
    let world = World::new(engine).await;
    let one = manifest("oee", "1.0.0", &[], &[]);
    let id = world.draft(&one, b"one").await.unwrap();
    assert_eq!(world.draft(&one, b"one").await.unwrap(), id, "the same build is the same draft");
    assert_eq!(world.state(&id).await, State::Draft);
    let market = world.marketplace_viewer();
    assert!(matches!(world.catalog.submission(&market, &id).await, Err(CatalogError::NotFound(_))));
    assert!(world.catalog.submissions(&market, None).await.unwrap().is_empty());
    assert!(matches!(world.catalog.version(&market, "oee", "1.0.0").await, Err(CatalogError::NotFound(_))));
    assert!(world.catalog.module(&market, "oee").await.unwrap().versions.is_empty());
    let digest = digest::of(b"one");
    assert!(matches!(world.catalog.version_of_digest(&market, &digest).await, Err(CatalogError::NotFound(_))));
    assert_eq!(world.catalog.module(&world.provider_viewer(), "oee").await.unwrap().versions.len(), 1);
    assert!(world.catalog.next_to_check(world.now).await.unwrap().is_none(), "nothing is checked");
    assert!(matches!(world.decide(&id, approve()).await, Err(CatalogError::WrongState(_))));

    world.catalog.submit_draft(&id, &world.provider, world.now).await.unwrap();
    assert_eq!(world.state(&id).await, State::Submitted);
    assert_eq!(world.catalog.next_to_check(world.now).await.unwrap().unwrap().id, id);
    assert_eq!(world.state(&id).await, State::Checking);
    assert_eq!(world.check(&id, &one, b"one", 0).await, State::Review);
    world.decide(&id, approve()).await.unwrap();
    let history = world.catalog.submission(&market, &id).await.unwrap().history;
    let acts: Vec<_> = history.iter().map(|step| step.act.as_str()).collect();
    assert_eq!(acts, ["keep", "submit", "take", "pass", "endorse", "approve"]);
    let by: Vec<_> = history.iter().map(|step| step.by.as_str()).collect();
    assert_eq!(by[2..4], ["vetting"; 2]);
    assert!(by[4] != by[5], "two people");
}

async fn a_draft_is_replaced_discarded_and_forgotten_with_its_bytes(engine: Engine) {
    let mut world = World::new(engine).await;
    let one = manifest("oee", "1.0.0", &[], &[]);
    let first = world.draft(&one, b"first").await.unwrap();
    let second = world.draft(&one, b"second").await.unwrap();
    assert_eq!((world.state(&first).await, world.state(&second).await), (State::Discarded, State::Draft));
    world.catalog.discard_draft(&second, &world.provider, world.now).await.unwrap();
    let twice = world.catalog.discard_draft(&second, &world.provider, world.now).await;
    assert!(matches!(twice, Err(CatalogError::WrongState(_))));
    let gone = world.catalog.submit_draft(&second, &world.provider, world.now).await;
    assert!(matches!(gone, Err(CatalogError::WrongState(_))));
    let third = world.draft(&one, b"third").await.unwrap();
    let kept = world.submit(&manifest("oee", "1.1.0", &[], &[]), b"second").await.unwrap();
    world.pass_s(DRAFT_DAYS * 86_400 - 1);
    assert_eq!(world.catalog.sweep_drafts(world.now).await.unwrap(), 0);
    assert!(world.catalog.component(&digest::of(b"first")).await.unwrap().is_none(), "nothing needs it");
    assert!(world.catalog.component(&digest::of(b"second")).await.unwrap().is_some(), "a submission needs it");
    world.pass_s(1);
    assert_eq!(world.catalog.sweep_drafts(world.now).await.unwrap(), 1);
    assert_eq!(world.state(&third).await, State::Discarded);
    assert!(world.catalog.component(&digest::of(b"third")).await.unwrap().is_none());
    assert_eq!(world.state(&kept).await, State::Submitted);
    let history = world.catalog.submission(&world.provider_viewer(), &third).await.unwrap().history;
    assert_eq!((history[1].act, history[1].by.as_str()), (Act::Expire, "clock"));
}

async fn a_provider_has_a_bounded_number_of_drafts(engine: Engine) {
    let world = World::new(engine).await;
    for patch in 0..DRAFTS {
        world.draft(&manifest("oee", &format!("1.0.{patch}"), &[], &[]), patch.to_string().as_bytes()).await.unwrap();
    }
    let more = manifest("oee", "2.0.0", &[], &[]);
    assert!(matches!(world.draft(&more, b"more").await, Err(CatalogError::Limit(_))));
    world.submit(&more, b"more").await.unwrap();
}

async fn one_reviewer_is_enough_for_a_plain_patch_and_two_differ_where_it_counts(engine: Engine) {
    let world = World::new(engine).await;
    let first = world.in_review("1.0.0").await;
    let because = world.catalog.submission(&world.marketplace_viewer(), &first).await.unwrap().second_because;
    assert_eq!(because, [FIRST_PUBLICATION]);
    let decide = async |id: &SubmissionId, verdict: Verdict, by: &PersonId| {
        world.catalog.decide(id, &verdict, "because", by, world.now, &world.notary).await
    };
    assert_eq!(decide(&first, approve(), &world.admin).await.unwrap(), State::Review);
    assert!(matches!(decide(&first, approve(), &world.admin).await, Err(CatalogError::WrongState(_))));
    let viewer = Viewer::default();
    assert!(world.catalog.version(&viewer, "oee", "1.0.0").await.is_err(), "one approval is none");
    assert_eq!(decide(&first, approve(), &world.reviewer).await.unwrap(), State::Approved);
    let patch = world.in_review("1.0.1").await;
    assert_eq!(decide(&patch, approve(), &world.admin).await.unwrap(), State::Approved);
    // The second of two may still say no.
    let mut shared = manifest("oee", "1.1.0", &[], &[]);
    shared.requests.push(toolcrib_contract::manifest::Request {
        kind: toolcrib_contract::manifest::RequestKind::Outbound { host: "erp.example.com".into() },
        reason: Default::default(),
        optional: true,
    });
    let id = world.submit(&shared, b"out").await.unwrap();
    world.check(&id, &shared, b"out", 0).await;
    assert_eq!(decide(&id, approve(), &world.admin).await.unwrap(), State::Review);
    assert_eq!(decide(&id, Verdict::Reject, &world.reviewer).await.unwrap(), State::Rejected);
}

async fn nobody_decides_on_what_they_submitted_whatever_they_became_since(engine: Engine) {
    let world = World::new(engine).await;
    let id = world.in_review("1.0.0").await;
    // The provider's owner leaves the provider for the marketplace.
    let (catalog, chance) = (&world.catalog, &world.chance);
    let owner = person("owner@acme.cn");
    catalog.set_org_member("acme", &person("new@acme.cn"), "owner", &world.provider, world.now, chance).await.unwrap();
    catalog.set_org_member("marketplace", &owner, "reviewer", &world.admin, world.now, chance).await.unwrap();
    let own = catalog.claim(&id, &world.provider, &world.provider, world.now).await;
    assert!(matches!(own, Err(CatalogError::OwnOrganisation)));
    sqlx::query("DELETE FROM org_member WHERE person = $1 AND org = (SELECT id FROM org WHERE slug = 'acme')")
        .bind(&world.provider)
        .execute(&catalog.writer)
        .await
        .unwrap();
    for verdict in [approve(), Verdict::Reject, Verdict::RequestChanges] {
        let decided = catalog.decide(&id, &verdict, "mine", &world.provider, world.now, &world.notary).await;
        assert!(matches!(decided, Err(CatalogError::OwnSubmission)));
    }
}

async fn the_queue_shows_the_longest_waiting_first_with_who_works_on_it(engine: Engine) {
    let mut world = World::new(engine).await;
    let mut ids = Vec::new();
    for version in ["1.0.0", "1.1.0", "1.2.0"] {
        ids.push(world.in_review(version).await);
        world.pass_s(3_600);
    }
    let page = async |world: &World, filter: QueueFilter| world.catalog.queue(&filter, world.now).await.unwrap();
    let (entries, next) = page(&world, QueueFilter { limit: Some(2), ..QueueFilter::default() }).await;
    assert_eq!(entries.iter().map(|entry| entry.version.as_str()).collect::<Vec<_>>(), ["1.0.0", "1.1.0"]);
    assert_eq!(entries[0].due_at.0 - entries[0].submitted_at.0, REVIEW_HOURS * 3_600_000_000);
    let (rest, end) = page(&world, QueueFilter { after: next, limit: Some(2), ..QueueFilter::default() }).await;
    assert_eq!((rest.len(), rest[0].version.as_str(), end), (1, "1.2.0", None));

    let catalog = world.catalog.clone();
    catalog.claim(&ids[0], &world.reviewer, &world.admin, world.now).await.unwrap();
    let other = catalog.claim(&ids[0], &world.admin, &world.admin, world.now).await;
    assert!(matches!(other, Err(CatalogError::WrongState(_))));
    let early = catalog.decide(&ids[0], &approve(), "", &world.admin, world.now, &world.notary).await;
    assert!(matches!(early, Err(CatalogError::WrongState(_))), "somebody else works on it");
    let not_a_reviewer = catalog.claim(&ids[1], &world.owner, &world.admin, world.now).await;
    assert!(matches!(not_a_reviewer, Err(CatalogError::Input(_))));
    let mine = QueueFilter { claimed: Some(Claimed::By(world.reviewer.clone())), ..QueueFilter::default() };
    assert_eq!(page(&world, mine.clone()).await.0.len(), 1);
    let counts = catalog.queue_counts(&world.reviewer, world.now).await.unwrap();
    assert_eq!(counts, QueueCounts { all: 3, free: 2, mine: 1, overdue: 0 });
    let free = QueueFilter { claimed: Some(Claimed::Nobody), ..QueueFilter::default() };
    assert_eq!(page(&world, free.clone()).await.0.len(), 2);
    assert!(matches!(catalog.release(&ids[0], false, &world.admin, world.now).await, Err(CatalogError::WrongState(_))));
    catalog.release(&ids[0], false, &world.reviewer, world.now).await.unwrap();
    assert_eq!(page(&world, free.clone()).await.0.len(), 3);
    // A claim lapses, and an answer becomes late.
    catalog.claim(&ids[0], &world.reviewer, &world.reviewer, world.now).await.unwrap();
    world.pass_s(CLAIM_HOURS * 3_600);
    assert_eq!(page(&world, free).await.0.len(), 3);
    assert_eq!(page(&world, mine).await.0.len(), 0);
    catalog.claim(&ids[0], &world.admin, &world.admin, world.now).await.unwrap();
    let late = QueueFilter { overdue: true, ..QueueFilter::default() };
    assert!(page(&world, late.clone()).await.0.is_empty());
    world.pass_s((REVIEW_HOURS - CLAIM_HOURS) * 3_600 - 2 * 3_600);
    assert_eq!(page(&world, late).await.0.len(), 2);
    assert_eq!(catalog.queue_counts(&world.reviewer, world.now).await.unwrap().overdue, 2);
    let none = QueueFilter { module: Some("spc".into()), ..QueueFilter::default() };
    assert!(page(&world, none).await.0.is_empty());
    // Deciding gives it back.
    catalog.decide(&ids[0], &approve(), "", &world.admin, world.now, &world.notary).await.unwrap();
    let (entries, _) = page(&world, QueueFilter::default()).await;
    assert_eq!((entries[0].endorsed, entries[0].claimed.is_none()), (1, true));
}

async fn provider_and_reviewer_talk_and_nothing_said_is_lost(engine: Engine) {
    let world = World::new(engine).await;
    let id = world.in_review("1.0.0").await;
    let say = async |text: &str, by: &PersonId| world.catalog.comment(&id, text, by, world.now).await;
    say("Why this signal?", &world.reviewer).await.unwrap();
    say("For the speed.", &world.provider).await.unwrap();
    assert!(matches!(say(" ", &world.provider).await, Err(CatalogError::Input(_))));
    assert!(matches!(say(&"x".repeat(COMMENT_CHARS + 1), &world.provider).await, Err(CatalogError::Input(_))));
    say(&"字".repeat(COMMENT_CHARS), &world.provider).await.unwrap();
    let comments = world.catalog.comments(&id).await.unwrap();
    let sides: Vec<_> = comments.iter().map(|comment| comment.side.as_str()).collect();
    assert_eq!(sides, ["marketplace", "provider", "provider"]);
    let fill = "WITH RECURSIVE n(i) AS (SELECT 4 UNION ALL SELECT i + 1 FROM n WHERE i < $2)
        INSERT INTO comment (submission, person, side, at_us, text) SELECT $1, $3, 'provider', 0, 'x' FROM n";
    let run = sqlx::query(fill).bind(&id).bind(COMMENTS).bind(&world.provider);
    run.execute(&world.catalog.writer).await.unwrap();
    assert!(matches!(say("one more", &world.provider).await, Err(CatalogError::Limit(_))));
    for sql in ["DELETE FROM comment", "UPDATE comment SET text = ''", "DELETE FROM transition"] {
        assert!(sqlx::query(sql).execute(&world.catalog.writer).await.is_err(), "{sql}");
    }
}

async fn a_version_outlives_its_provider_and_its_name_gets_a_successor(engine: Engine) {
    let world = World::new(engine).await;
    world.publish(&manifest("oee", "1.0.0", &[], &[])).await;
    let (catalog, admin, now) = (&world.catalog, &world.admin, world.now);
    let org = NewOrg {
        slug: "bolt".into(),
        name: "Bolt".into(),
        kind: OrgKind::Provider,
        city: None,
        owner: person("b@bolt.cn"),
    };
    catalog.add_org(&org, admin, now, &world.chance).await.unwrap();
    let early = catalog.succeed("oee", "bolt", "we want it", admin, now).await;
    assert!(matches!(early, Err(CatalogError::WrongState(_))), "its provider is there");
    assert!(matches!(catalog.close_org("red-star", "r", admin, now).await, Err(CatalogError::WrongState(_))));
    assert!(matches!(catalog.close_org("acme", " ", admin, now).await, Err(CatalogError::Input(_))));
    let workflow = TrustedPublisher {
        id: String::new(),
        issuer: "https://ci.example".into(),
        owner_id: "1".into(),
        repository: "acme/oee".into(),
        workflow: "release.yml".into(),
        environment: None,
    };
    catalog.add_trusted_publisher("oee", &workflow, &world.provider, now, &world.chance).await.unwrap();
    catalog.set_trusted_only("oee", true, &world.provider, now).await.unwrap();
    catalog.close_org("acme", "insolvent", admin, now).await.unwrap();
    assert!(matches!(catalog.close_org("acme", "again", admin, now).await, Err(CatalogError::WrongState(_))));
    // Nothing new, but what was approved is there and can be checked out.
    let next = manifest("oee", "1.1.0", &[], &[]);
    assert!(matches!(world.submit(&next, b"x").await, Err(CatalogError::WrongState(_))));
    assert!(matches!(world.draft(&next, b"x").await, Err(CatalogError::WrongState(_))));
    assert!(matches!(catalog.take_module("spc", "acme", &world.provider, now).await, Err(CatalogError::WrongState(_))));
    let key = Signer::generate(&world.chance);
    let add = async |org: &str, by: &PersonId| {
        catalog.add_key(org, &NewKey::plain(key.public_key()), by, now, &world.notary).await
    };
    assert!(matches!(add("acme", &world.provider).await, Err(CatalogError::WrongState(_))));
    let tenant = world.tenant("press-shop").await;
    let agreement = Agreement { module: "oee".into(), ..Agreement::default() };
    catalog.subscribe(&tenant.id, &agreement, &world.owner, now).await.unwrap();

    assert!(matches!(catalog.succeed("oee", "acme", "r", admin, now).await, Err(CatalogError::WrongState(_))));
    assert!(matches!(catalog.succeed("oee", "red-star", "r", admin, now).await, Err(CatalogError::Input(_))));
    catalog.succeed("oee", "bolt", "agreed with the receiver", admin, now).await.unwrap();
    assert_eq!(catalog.provider("oee").await.unwrap(), "bolt");
    // Nor do the workflows that the first one trusted publish for the second.
    assert!(catalog.trusted_publishers("oee").await.unwrap().is_empty());
    assert!(!catalog.is_trusted_only("oee").await.unwrap());
    // The old key vouches for the old version and for nothing new; the successor's key does.
    let old = catalog.version(&Viewer::default(), "oee", "1.0.0").await.unwrap();
    assert_eq!((old.state, old.org.as_str()), (State::Approved, "bolt"));
    assert!(matches!(world.submit(&next, b"x").await, Err(CatalogError::NotFound(_))));
    let (bolt, _) = catalog.credentials("b@bolt.cn").await.unwrap().unwrap();
    add("bolt", &bolt).await.unwrap();
    let new = NewSubmission {
        statement: Publication::of(b"x", &next, "test").seal(&key),
        manifest: next,
        component: b"x".to_vec(),
        key_id: key.key_id(),
        by: bolt,
    };
    catalog.submit(new, now, &world.chance).await.unwrap();
    let lines = catalog.audit(0, Some("oee")).await.unwrap();
    let given = lines.iter().find(|line| line.act == "module.succeed").unwrap();
    assert_eq!(given.about.as_ref().unwrap().zh, "设备效率", "the title of the module");
    assert_eq!((given.actor.as_str(), &given.detail["after"]), (admin.as_str(), &serde_json::json!("bolt")));
    catalog.verify_audit().await.unwrap();
}

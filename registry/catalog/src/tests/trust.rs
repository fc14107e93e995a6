//! What the registry signs and logs, and what becomes of it when something is withdrawn.

use super::world::{START, World, approve, manifest};
use crate::*;
use toolcrib_contract::types::Instant;
use toolcrib_trust::log::merkle::{self, Hash};
use toolcrib_trust::log::tile::{self, Tile};
use toolcrib_trust::publication::Publication;
use toolcrib_trust::revocations::Revocations;
use toolcrib_trust::{Notary, Proven, Signer, Standing};

on_each_engine!(
    an_approved_version_is_proven_by_what_the_registry_gives_and_the_log_holds_it,
    a_full_tile_is_served_with_the_one_above,
    nothing_is_signed_on_top_of_a_log_that_was_altered_or_is_anothers,
    a_withdrawn_version_keeps_what_runs_or_stops_it_as_it_stands,
    keys_follow_one_another_and_end,
    a_revoked_key_counts_for_what_was_logged_before_and_for_nothing_after,
);

impl World {
    async fn proven(&self, version: &str) -> Proven {
        let page = self.catalog.version(&Viewer::default(), "oee", version).await.unwrap();
        let component = self.catalog.component(&page.digest).await.unwrap().unwrap();
        let evidence = self.catalog.evidence(&page).await.unwrap();
        evidence.verify(&component, &self.notary.pins()).unwrap()
    }

    async fn stand(&self, version: &str, standing: Standing, reason: &str) -> Result<u64, CatalogError> {
        let new = NewStanding { module: "oee", version, standing, reason };
        self.catalog.set_standing(new, &self.admin, self.now, &self.notary).await
    }

    async fn list(&self) -> Revocations {
        self.catalog.revocations(self.now, 60).await.unwrap()
    }

    /// Submits `oee` signed with this key, and passes its checks.
    async fn checked(&self, version: &str, key: &Signer) -> Result<SubmissionId, CatalogError> {
        let (manifest, component) = (manifest("oee", version, &[], &[]), version.as_bytes());
        let new = NewSubmission {
            manifest: manifest.clone(),
            component: component.to_vec(),
            key_id: key.key_id(),
            statement: Publication::of(component, &manifest, "test").seal(key),
            by: self.provider.clone(),
        };
        let id = self.catalog.submit(new, self.now, &self.chance).await?;
        self.check(&id, &manifest, component, 0).await;
        Ok(id)
    }

    async fn follow(&self, old: &Signer, new: &Signer, retires: bool) -> Result<PublishingKey, CatalogError> {
        let introduced_by = Some(old.key_id());
        let key = NewKey { introduced_by, retires, ..NewKey::plain(new.public_key()) };
        self.catalog.add_key("acme", &key, &self.provider, self.now, &self.notary).await
    }
}

async fn an_approved_version_is_proven_by_what_the_registry_gives_and_the_log_holds_it(engine: Engine) {
    let world = World::new(engine).await;
    for minor in 0..9 {
        world.publish(&manifest("oee", &format!("1.{minor}.0"), &["state"], &[])).await;
    }
    let proven = world.proven("1.0.0").await;
    assert_eq!((proven.org.as_str(), proven.key_index, proven.index), ("acme", 0, 1));
    assert_eq!(proven.approval.facts.reviewers, [world.admin.to_string(), world.reviewer.to_string()]);
    assert_eq!(world.proven("1.8.0").await.approval.facts.reviewers, [world.admin.to_string()]);
    assert_eq!(world.proven("1.8.0").await.index, 9);
    // The head follows from the served tiles alone, and the first head leads to it.
    let head = world.notary.own(&world.catalog.checkpoint().await.unwrap().unwrap()).unwrap();
    assert_eq!((head.size, world.catalog.verify_log().await.unwrap()), (10, 10));
    let read = async |path: &str| world.catalog.tile(&Tile::parse(path).unwrap()).await.unwrap();
    let bundle = read("entries/000.p/10").await.unwrap();
    let leaves: Vec<_> = tile::entries(&bundle).unwrap().into_iter().map(merkle::leaf).collect();
    assert_eq!(read("0/000.p/10").await.unwrap(), leaves.concat());
    assert_eq!(read("0/000.p/3").await.unwrap(), leaves[..3].concat(), "also what was partial before");
    let hash = |range: &std::ops::Range<u64>| root(&leaves[range.start as usize..range.end as usize]);
    assert_eq!(hash(&(0..10)), head.root);
    let path: Vec<_> = merkle::consistency(7, 10).iter().map(hash).collect();
    assert!(merkle::is_consistent(7, &hash(&(0..7)), 10, &head.root, &path));
    for beyond in ["0/000.p/11", "0/000", "0/001.p/1", "1/000.p/1", "entries/000", "entries/x999/999.p/1", "9/000.p/1"]
    {
        assert_eq!(read(beyond).await, None, "{beyond}");
    }
}

fn root(leaves: &[Hash]) -> Hash {
    match leaves {
        [one] => *one,
        more => {
            let middle = more.len().next_power_of_two() / 2;
            merkle::join(&root(&more[..middle]), &root(&more[middle..]))
        }
    }
}

async fn a_full_tile_is_served_with_the_one_above(engine: Engine) {
    let world = World::new(engine).await;
    let mut change = world.catalog.change(world.now).await.unwrap();
    for nth in 1..257 {
        let record = toolcrib_trust::record::Record::key_added("acme", &nth.to_string(), "");
        assert_eq!(change.notarize(&world.notary, &record).await.unwrap().index, nth);
    }
    change.commit_quietly().await.unwrap();
    let read = async |path: &str| world.catalog.tile(&Tile::parse(path).unwrap()).await.unwrap();
    let full = read("0/000").await.unwrap();
    assert_eq!(full.len(), 8_192);
    let leaves: Vec<Hash> = full.chunks(32).map(|hash| hash.try_into().unwrap()).collect();
    assert_eq!(read("1/000.p/1").await.unwrap(), root(&leaves));
    assert_eq!(read("0/001.p/1").await.unwrap().len(), 32);
    assert_eq!(world.catalog.verify_log().await.unwrap(), 257);
}

async fn nothing_is_signed_on_top_of_a_log_that_was_altered_or_is_anothers(engine: Engine) {
    let world = World::new(engine).await;
    let id = world.checked("1.0.0", &world.key).await.unwrap();
    let other = Notary::new(Signer::generate(&world.chance), Signer::generate(&world.chance));
    let first = world.catalog.decide(&id, &approve(), "", &world.reviewer, world.now, &world.notary).await;
    assert_eq!(first.unwrap(), State::Review, "the first of two approvals signs nothing");
    let decide =
        async |notary: &Notary| world.catalog.decide(&id, &approve(), "", &world.admin, world.now, notary).await;
    assert!(matches!(decide(&other).await, Err(CatalogError::Damaged(_))));
    world.drop_trigger("log_node_kept_1", "log_node").await;
    let alter = sqlx::query("UPDATE log_node SET hash = $1 WHERE level = 0 AND idx = 0").bind(&[0; 32][..]);
    alter.execute(&world.catalog.writer).await.unwrap();
    assert!(matches!(decide(&world.notary).await, Err(CatalogError::Damaged(_))));
    assert!(matches!(world.catalog.verify_log().await, Err(CatalogError::Damaged(_))));
    let viewer = Viewer { orgs: vec![], marketplace: true };
    assert_eq!(world.catalog.submission(&viewer, &id).await.unwrap().state, State::Review, "nothing is half-done");
}

async fn a_withdrawn_version_keeps_what_runs_or_stops_it_as_it_stands(engine: Engine) {
    let mut world = World::new(engine).await;
    world.publish(&manifest("oee", "1.0.0", &["state"], &["count"])).await;
    world.publish(&manifest("oee", "1.1.0", &["state"], &["count"])).await;
    let (mine, other) = (world.tenant("press-shop").await, world.tenant("mill-shop").await);
    let subscribe = async |world: &World, tenant: &Tenant, version: Option<&str>, grants: &[&str]| {
        let grants = grants.iter().map(|grant| grant.parse().unwrap()).collect();
        let agreement =
            Agreement { module: "oee".into(), version: version.map(str::to_owned), grants, ..Agreement::default() };
        world.catalog.subscribe(&tenant.id, &agreement, &world.owner, world.now).await
    };
    subscribe(&world, &mine, None, &["readings:state"]).await.unwrap();
    let listed = async |world: &World| {
        let module = world.catalog.module(&Viewer::default(), "oee").await.unwrap();
        (module.latest.unwrap(), module.versions[0].1)
    };
    let (before, seq) = (world.list().await.seq, *world.catalog.newest().borrow());

    world.pass_s(1);
    assert!(world.stand("1.1.0", Standing::Deprecated, "1.2 is better").await.unwrap() > seq);
    assert_eq!(listed(&world).await, ("1.1.0".into(), State::Deprecated));
    subscribe(&world, &other, None, &["readings:state"]).await.unwrap();
    world.catalog.unsubscribe(&other.id, "oee", &world.owner, world.now).await.unwrap();

    world.stand("1.1.0", Standing::Yanked, "wrong figures").await.unwrap();
    assert_eq!(listed(&world).await, ("1.0.0".into(), State::Yanked));
    let refused = subscribe(&world, &other, Some("1.1.0"), &["readings:state"]).await;
    assert!(matches!(refused, Err(CatalogError::WrongState(why)) if why.contains("yanked")));
    assert_eq!(subscribe(&world, &other, None, &["readings:state"]).await.unwrap().version, "1.0.0");
    let wider = subscribe(&world, &mine, Some("1.1.0"), &["readings:state", "readings:count"]).await.unwrap();
    assert_eq!(wider.version, "1.1.0", "who has it goes on, with other grants too");
    let page = world.catalog.version(&Viewer::default(), "oee", "1.1.0").await.unwrap();
    assert_eq!((page.state, page.withdrawn.as_deref()), (State::Yanked, Some("wrong figures")));
    world.stand("1.1.0", Standing::Approved, "they were right").await.unwrap();
    assert!(world.list().await.versions.is_empty());

    let proven = world.proven("1.1.0").await;
    world.stand("1.1.0", Standing::Revoked, "it leaks").await.unwrap();
    let list = world.list().await;
    assert_eq!(list.seq, before + 4);
    assert_eq!(list.judge(&proven).unwrap_err().code(), "version-revoked");
    assert!(list.judge(&world.proven("1.0.0").await).is_ok());
    let again = subscribe(&world, &mine, Some("1.1.0"), &["readings:state"]).await;
    assert!(matches!(again, Err(CatalogError::WrongState(_))), "not even where it ran");
    assert_eq!(world.catalog.subscriptions(&mine.id).await.unwrap().len(), 1, "the consent stays");
    assert!(matches!(world.stand("1.1.0", Standing::Approved, "sorry").await, Err(CatalogError::WrongState(_))));
    let undo = sqlx::query("UPDATE submission SET standing = NULL").execute(&world.catalog.writer).await;
    assert!(undo.is_err(), "for ever");

    assert!(matches!(world.stand("1.0.0", Standing::Yanked, " ").await, Err(CatalogError::Input(_))));
    assert!(matches!(world.stand("1.0.0", Standing::Yanked, &"x".repeat(4_001)).await, Err(CatalogError::Input(_))));
    assert!(matches!(world.stand("9.0.0", Standing::Yanked, "x").await, Err(CatalogError::NotFound(_))));
    // Who, when and why is told, and in the log.
    let viewer = Viewer { orgs: vec![], marketplace: true };
    let all = world.catalog.submissions(&viewer, Some(State::Revoked)).await.unwrap();
    let told: Vec<_> = all[0].decisions.iter().map(|decision| (decision.state, decision.reason.as_str())).collect();
    assert_eq!(told[0].0, State::Approved);
    assert_eq!(told[4], (State::Revoked, "it leaks"));
    world.catalog.verify_audit().await.unwrap();
    assert_eq!(world.catalog.verify_log().await.unwrap(), 3 + 4);
}

async fn keys_follow_one_another_and_end(engine: Engine) {
    let mut world = World::new(engine).await;
    let (first, second, third) = (world.key.clone(), Signer::generate(&world.chance), Signer::generate(&world.chance));
    world.checked("1.0.0", &first).await.unwrap();
    let followed = world.follow(&first, &second, true).await.unwrap();
    assert_eq!((followed.introduced_by, followed.not_before), (Some(first.key_id()), START));
    let retired = world.checked("1.1.0", &first).await;
    assert!(matches!(retired, Err(CatalogError::NotFound(_))), "nothing more is published with the older key");
    let id = world.checked("1.1.0", &second).await.unwrap();
    world.decide(&id, approve()).await.unwrap();
    assert_eq!(world.proven("1.1.0").await.key_id, second.key_id());
    // The retired key introduces nobody, neither does a stranger's.
    for nobody in [&first, &third] {
        assert!(matches!(world.follow(nobody, &third, false).await, Err(CatalogError::Input(_))));
    }
    let hour = Instant(world.now.0 + 3_600_000_000);
    let bounded = |not_before, not_after| NewKey { not_before, not_after, ..NewKey::plain(third.public_key()) };
    let add = async |world: &World, key: NewKey| {
        world.catalog.add_key("acme", &key, &world.provider, world.now, &world.notary).await
    };
    assert!(matches!(add(&world, bounded(Some(hour), Some(hour))).await, Err(CatalogError::Input(_))));
    assert!(matches!(add(&world, bounded(None, Some(world.now))).await, Err(CatalogError::Input(_))));
    add(&world, bounded(Some(hour), Some(Instant(hour.0 + 1_000_000)))).await.unwrap();
    assert!(world.checked("1.2.0", &third).await.is_err(), "not yet");
    world.pass_s(3_600);
    let id = world.checked("1.2.0", &third).await.unwrap();
    world.pass_s(1);
    assert!(world.checked("1.3.0", &third).await.is_err(), "not any more");
    // What came in while the key was valid may be approved later.
    world.decide(&id, approve()).await.unwrap();
    world.proven("1.2.0").await;
}

async fn a_revoked_key_counts_for_what_was_logged_before_and_for_nothing_after(engine: Engine) {
    let world = World::new(engine).await;
    let id = world.checked("1.0.0", &world.key).await.unwrap();
    world.decide(&id, approve()).await.unwrap();
    let waiting = world.checked("1.1.0", &world.key).await.unwrap();
    let key_id = world.key.key_id();
    world.catalog.revoke_key("acme", &key_id, &world.provider, world.now, &world.notary).await.unwrap();
    let refused = world.decide(&waiting, approve()).await;
    assert!(matches!(refused, Err(CatalogError::WrongState(why)) if why.contains("submit it again")));
    let (list, proven) = (world.list().await, world.proven("1.0.0").await);
    assert_eq!((list.keys[0].key_id.as_str(), list.keys[0].index), (key_id.as_str(), 2));
    assert_eq!(list.judge(&proven), Ok(()));
}

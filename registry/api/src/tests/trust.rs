//! What proves a version, how versions are withdrawn, and the log, over the API.

use super::world::{HOST, World};
use axum::http::Method;
use serde_json::{Value, json};
use toolcrib_registry_client::wire;
use toolcrib_trust::log::checkpoint::Checkpoint;
use toolcrib_trust::log::{merkle, tile};
use toolcrib_trust::record::Record;
use toolcrib_trust::revocations::Revocations;
use toolcrib_trust::{Doubt, Evidence, Proven, Signer, Standing, statement};

const VERSION: &str = "/v1/modules/counter/versions/1.0.0";

impl World {
    /// What the registry hands out about this digest, verified with its pins.
    pub async fn proven(&self, digest: &str) -> Result<Proven, Doubt> {
        let component = self.get(&format!("/v1/artifacts/{digest}"), "").await.is(200).body;
        let answer = self.get(&format!("/v1/artifacts/{digest}/evidence"), "").await.json();
        let wire::Evidence { manifest, publisher, approval, key, key_proof, proof } =
            serde_json::from_value(answer).unwrap();
        let evidence = Evidence { manifest, publisher, approval, key, key_proof, proof };
        evidence.verify(&component, &self.notary.pins())
    }

    async fn list(&self) -> Revocations {
        let text = String::from_utf8(self.get("/v1/revocations", "").await.is(200).body).unwrap();
        Revocations::open(&text, &self.notary.pins().registry).unwrap()
    }

    async fn stand(&self, who: &str, standing: &str, reason: &str) -> super::world::Answer {
        let body = json!({"standing": standing, "reason": reason});
        self.post(&format!("{VERSION}/standing"), &self.login(who).await, body).await
    }

    async fn digest(&self) -> String {
        self.get(VERSION, "").await.json()["digest"].as_str().unwrap().to_owned()
    }

    async fn checkpoint(&self) -> Checkpoint {
        let note = String::from_utf8(self.get("/checkpoint", "").await.is(200).body).unwrap();
        self.notary.own(&note).unwrap()
    }
}

#[tokio::test]
async fn providers_advise_against_and_yank_and_only_the_marketplace_revokes_and_restores() {
    let world = World::new().await;
    assert_eq!(world.stand("admin@market.cn", "yanked", "x").await.is(404).code(), "not-found");
    world.approved("1.0.0", &[], &[]).await;
    let digest = world.digest().await;
    for who in ["owner@bolt.cn", "owner@red-star.cn"] {
        assert_eq!(world.stand(who, "yanked", "x").await.is(403).code(), "not-allowed", "{who}");
    }
    for too_much in ["revoked", "approved"] {
        assert_eq!(world.stand("owner@acme.cn", too_much, "x").await.is(403).code(), "not-allowed", "{too_much}");
    }
    assert_eq!(world.stand("owner@acme.cn", "gone", "x").await.is(422).problem.unwrap().errors[0].pointer, "/standing");
    assert_eq!(world.stand("owner@acme.cn", "yanked", "").await.is(422).problem.unwrap().errors[0].pointer, "/reason");
    let before = world.list().await;
    assert!(before.versions.is_empty());
    let page = world.stand("owner@acme.cn", "deprecated", "1.1 is better").await.json();
    assert_eq!((&page["state"], &page["withdrawn"]), (&json!("deprecated"), &json!("1.1 is better")));
    assert_eq!(world.stand("owner@acme.cn", "yanked", "wrong").await.json()["state"], "yanked");
    let back = world.stand("owner@acme.cn", "deprecated", "not so wrong").await;
    assert_eq!(back.is(403).code(), "not-allowed", "only the marketplace lifts a yank");
    let subscribe = json!({"module": "counter", "version": "1.0.0", "grants": []});
    let owner = world.login("owner@red-star.cn").await;
    let refused = world.post("/v1/tenants/red-star-shop/subscriptions", &owner, subscribe).await;
    assert_eq!(refused.is(409).code(), "wrong-state");
    world.get(&format!("/v1/artifacts/{digest}"), "").await.is(200);
    assert_eq!(world.stand("admin@market.cn", "approved", "all is well").await.json()["state"], "approved");

    assert_eq!(world.stand("admin@market.cn", "revoked", "it leaks").await.json()["state"], "revoked");
    let list = world.list().await;
    assert_eq!((list.seq, list.versions.len()), (before.seq + 4, 1));
    assert_eq!((list.versions[0].standing, list.versions[0].reason.as_str()), (Standing::Revoked, "it leaks"));
    for (who, status) in [("", 404), ("owner@red-star.cn", 404), ("owner@acme.cn", 200), ("admin@market.cn", 200)] {
        let token = if who.is_empty() { String::new() } else { world.login(who).await };
        world.get(&format!("/v1/artifacts/{digest}"), &token).await.is(status);
        world.get(&format!("/v1/artifacts/{digest}/evidence"), &token).await.is(status);
    }
    assert_eq!(world.stand("admin@market.cn", "approved", "sorry").await.is(409).code(), "wrong-state");
    // The queue shows it as it stands, with everybody who had a say.
    let admin = world.login("admin@market.cn").await;
    let listed = world.get("/v1/submissions?state=revoked", &admin).await.json();
    // Two people approved it, for it was the first.
    assert_eq!(listed[0]["decisions"].as_array().unwrap().len(), 6);
    assert_eq!(listed[0]["decisions"][5]["reason"], "it leaks");
}

#[tokio::test]
async fn a_revocation_is_answered_when_every_connected_host_has_confirmed_it() {
    let world = World::new().await;
    world.approved("1.0.0", &[], &[]).await;
    let seq = world.host().await;
    let revoking = world.stand("admin@market.cn", "revoked", "it leaks");
    let confirming = async {
        let path = format!("/v1/hosts/snapshot?after={seq}&wait_s=20");
        let signed = world.get(&path, HOST).await.json();
        let snapshot: Value = serde_json::from_str(signed["payload"].as_str().unwrap()).unwrap();
        // Before it confirms, the host fetches the list.
        assert_eq!(world.list().await.versions[0].standing, Standing::Revoked);
        world.get(&format!("/v1/hosts/snapshot?after={}", snapshot["seq"]), HOST).await.is(204);
    };
    let (revoked, ()) = tokio::join!(revoking, confirming);
    revoked.is(200);
}

#[tokio::test]
async fn a_list_is_renewed_though_nothing_changed() {
    let world = World::new().await;
    let first = world.list().await;
    assert_eq!(world.list().await, first);
    world.pass_s(60);
    let second = world.list().await;
    assert_eq!((second.seq, second.issued_at.since_us(first.issued_at)), (first.seq, 60_000_000));
    assert!(second.may_follow(&first).is_ok() && first.may_follow(&second).is_err());
}

#[tokio::test]
async fn the_log_is_served_as_tiles_and_everything_in_it_is_found_there() {
    let world = World::new().await;
    world.approved("1.0.0", &[], &[]).await;
    world.stand("owner@acme.cn", "deprecated", "old").await.is(200);
    let head = world.checkpoint().await;
    assert_eq!(head.size, 3, "a key, an approval, a standing");
    let bundle = world.get("/tile/entries/000.p/3", "").await.is(200);
    assert_eq!(bundle.headers["content-type"], "application/octet-stream");
    let entries = tile::entries(&bundle.body).unwrap();
    let records: Vec<Record> = entries.iter().map(|entry| serde_json::from_slice(entry).unwrap()).collect();
    assert!(matches!(&records[0], Record::KeyAdded { org, .. } if org == "acme"));
    assert!(matches!(&records[1], Record::Approved { version, .. } if version == "1.0.0"));
    assert!(matches!(&records[2], Record::Standing { standing: Standing::Deprecated, .. }));
    let hashes = world.get("/tile/0/000.p/3", "").await.is(200).body;
    let leaves: Vec<_> = entries.iter().map(|entry| merkle::leaf(entry)).collect();
    assert_eq!(hashes, leaves.concat());
    assert_eq!(head.root, merkle::join(&merkle::join(&leaves[0], &leaves[1]), &leaves[2]));
    for absent in ["/tile/0/000", "/tile/0/000.p/4", "/tile/1/000.p/1", "/tile/data/000", "/tile/0/00"] {
        assert_eq!(world.request(Method::GET, absent, "", None).await.status.as_u16(), 404, "{absent}");
    }
}

#[tokio::test]
async fn an_older_key_signs_for_the_next_one_and_retires() {
    let world = World::new().await;
    let next = Signer::generate(&*world.chance);
    world.join("/v1/orgs/acme/members", "wang@acme.cn", "member", "owner@acme.cn").await.is(204);
    let token = world.login("wang@acme.cn").await;
    let (context, message) = statement::key("acme");
    let proof = next.sign(context, &message);
    let add = async |introduced_by: Value| {
        let key = json!({"public_key": next.public_key().to_base64(), "proof": proof, "introduced_by": introduced_by});
        world.post("/v1/orgs/acme/keys", &token, key).await
    };
    assert_eq!(add(Value::Null).await.is(403).code(), "not-allowed", "a member alone may not");
    let (context, message) = statement::successor("acme", &next.public_key());
    let word = |signer: &Signer, retires: bool| json!({"key_id": world.key.key_id(), "signature": signer.sign(context, &message), "retires": retires});
    let forged = add(word(&next, true)).await.is(422).problem.unwrap();
    assert_eq!(forged.errors[0].pointer, "/introduced_by/signature");
    let added = add(word(&world.key, true)).await.is(201).json();
    assert_eq!(added["introduced_by"], world.key.key_id());
    let bytes = super::component::component(&super::component::manifest("counter", "1.0.0", &[], &[]), 7);
    assert_eq!(world.publish("1.0.0", &bytes).await.is(403).code(), "not-allowed", "the older key retired");
    world.publish_with(&next, "counter", "1.0.0", &bytes).await.is(202);
    let bad = json!({"public_key": next.public_key().to_base64(), "proof": proof, "not_after": "tomorrow"});
    let owner = world.login("owner@acme.cn").await;
    let bad = world.post("/v1/orgs/acme/keys", &owner, bad).await.is(422).problem.unwrap();
    assert_eq!(bad.errors[0].pointer, "/not_after");
}

//! The main job, end to end: a provider's module is published, vetted, subscribed, and tells a plant's OEE.

use super::demo::{Demo, Person};
use super::shift::{Shift, reference_shift, short_night_shift};
use crate::wait::until_async;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::Duration;
use toolcrib_trust::publication::Publication;
use toolcrib_trust::{Signer, statement};

/// Vetting compiles and replays; two busy cores need a while.
const VETTING: Duration = Duration::from_secs(120);
const SETTLED: Duration = Duration::from_secs(60);

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The texts of a folder and those inside, of the module under another name.
fn renamed(from: &Path, to: &Path, name: &str) {
    std::fs::create_dir(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let to = to.join(path.file_name().unwrap());
        if path.is_dir() {
            // Tests are no part of what is published.
            if !path.ends_with("tests") {
                renamed(&path, &to, name);
            }
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap().replace("name: \"oee\"", &format!("name: \"{name}\""));
        std::fs::write(to, text).unwrap();
    }
}

/// A provider's own folder with our `oee` under another name: what `cargo toolcrib` sees outside this repository.
fn module_folder(name: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let from = repository().join("modules/oee");
    for part in ["src", "scenarios"] {
        renamed(&from.join(part), &folder.path().join(part), name);
    }
    std::fs::copy(from.join("toolcrib.toml"), folder.path().join("toolcrib.toml")).unwrap();
    let sdk = repository().join("sdk/guest");
    let cargo = format!(
        "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[lib]\ncrate-type = [\"cdylib\", \"rlib\"]\n\n\
         [dependencies]\ntoolcrib-sdk = {{ path = {sdk:?} }}\n\n\
         [workspace]\n"
    );
    std::fs::write(folder.path().join("Cargo.toml"), cargo).unwrap();
    folder
}

/// Everything about a module that must not exist for this person.
async fn sees_nothing_of(person: &Person, module: &str, digest: &str) {
    person.get(&format!("/v1/modules/{module}")).await.problem(404, "not-found");
    person.get(&format!("/v1/modules/{module}/versions/0.1.0")).await.problem(404, "not-found");
    person.get(&format!("/v1/artifacts/{digest}")).await.problem(404, "not-found");
    let listed = person.get("/v1/modules").await.ok().to_string();
    assert!(!listed.contains(module) && !listed.contains(digest), "{listed}");
}

#[tokio::test]
async fn a_module_is_published_vetted_subscribed_and_tells_the_oee_of_two_shifts_to_six_digits() {
    let demo = Demo::shared();
    let name = "oee-story";
    let folder = module_folder(name);
    let tools = cargo_toolcrib::Tools::of(env!("CARGO_BIN_EXE_toolcrib-under-test"));
    let built =
        cargo_toolcrib::build::component(folder.path(), &tools).expect("the module builds outside the repository");

    // Publish, signed with a key that the organisation proved to hold.
    let (provider, stranger, reviewer) = (demo.provider(1).await, demo.stranger(), demo.reviewer().await);
    let (owner, tenant) = demo.owner(0).await;
    let org = demo.facts()["providers"][1]["slug"].as_str().unwrap().to_owned();
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).unwrap();
    let signer = Signer::from_bytes(&secret);
    let (context, proof) = statement::key(&org);
    let key = json!({"public_key": signer.public_key().to_base64(), "proof": signer.sign(context, &proof)});
    provider.post(&format!("/v1/orgs/{org}/keys"), &key).await.ok();
    provider.post("/v1/modules", &json!({"name": name, "org": org})).await.ok();
    let said = Publication::of(&built.bytes, &built.manifest, "test");
    let publish = |statement: String| {
        let request = provider.request(reqwest::Method::POST, &format!("/v1/modules/{name}/versions"));
        let request = request.header("content-type", "application/wasm").body(built.bytes.clone());
        provider.send(request.header("toolcrib-statement", statement))
    };
    let other = Publication { component: toolcrib_trust::digest::of(b"other bytes"), ..said.clone() };
    publish(other.seal(&signer)).await.problem(403, "not-allowed");
    let submitted = publish(said.seal(&signer)).await;
    assert_eq!(submitted.status, 202, "{}", submitted.text);
    let submission = format!("/v1/submissions/{}", submitted.ok()["submission"].as_str().unwrap());

    // Nobody else sees it while it is not approved.
    let checked = until_async("the checks", VETTING, || async {
        let now = provider.get(&submission).await.ok();
        (now["state"] != "submitted" && now["state"] != "checking").then_some(now)
    })
    .await;
    assert_eq!(checked["state"], "review", "{checked:#}");
    let grants = checked["report"]["wanted"].as_array().unwrap().iter().map(|wanted| wanted["capability"].clone());
    let grants: Vec<Value> = grants.collect();
    assert!(grants.iter().any(|grant| grant == "readings:state"), "{grants:?}");
    for other in [&stranger, &owner, &demo.provider(0).await] {
        sees_nothing_of(other, name, &built.digest).await;
    }
    owner.get(&submission).await.problem(404, "not-found");
    let subscriptions = format!("/v1/tenants/{tenant}/subscriptions");
    let agreement = json!({"module": name, "grants": grants});
    owner.post(&subscriptions, &agreement).await.problem(404, "not-found");

    // Only the marketplace decides.
    let decision = format!("{submission}/decision");
    let approve = json!({"decision": "approve", "reason": "The checks are green"});
    assert!(matches!(provider.post(&decision, &approve).await.status, 403 | 404));
    owner.post(&decision, &approve).await.problem(404, "not-found");
    assert_eq!(reviewer.post(&decision, &approve).await.ok()["state"], "review", "a first publication needs two");
    reviewer.post(&decision, &approve).await.problem(409, "wrong-state");
    sees_nothing_of(&owner, name, &built.digest).await;
    let second = demo.second_reviewer().await;
    assert_eq!(second.post(&decision, &approve).await.ok()["state"], "approved");
    second.post(&decision, &approve).await.problem(409, "wrong-state");
    assert_eq!(owner.get(&format!("/v1/modules/{name}")).await.ok()["latest"], "0.1.0");

    // Subscribe with consent: all that is required, nothing that is not asked for.
    let operation = format!("/v1/t/{tenant}/m/{name}/oee");
    owner.post(&operation, &json!({})).await.problem(403, "not-subscribed");
    let less = owner.post(&subscriptions, &json!({"module": name, "grants": grants[1..]})).await;
    assert!((400..500).contains(&less.status) && less.text.contains("not-consented"), "{}", less.text);
    let mut more = grants.clone();
    more.push(json!("outbound:evil.example"));
    assert!((400..500).contains(&owner.post(&subscriptions, &json!({"module": name, "grants": more})).await.status));
    let subscribed = owner.post(&subscriptions, &agreement).await.ok();
    assert_eq!(subscribed["in_force"], true, "{subscribed}");

    // Readings in, OEE out.
    for shift in [reference_shift(), short_night_shift()] {
        follow(&demo, &owner, &tenant, name, &shift).await;
    }

    // Cancelled: the next call is refused.
    let cancelled = owner.delete(&format!("{subscriptions}/{name}")).await;
    assert!(cancelled.status < 300, "{}", cancelled.text);
    owner.post(&operation, &json!({})).await.problem(403, "not-subscribed");
}

/// Sends the readings of a shift as its machine would, and compares what the module says with the shift's own figures.
async fn follow(demo: &Demo, owner: &Person, tenant: &str, module: &str, shift: &Shift) {
    let rate =
        json!({"equipment": shift.equipment, "pieces_per_minute": shift.pieces_per_minute, "valid_from": shift.from()});
    owner.post(&format!("/v1/t/{tenant}/m/{module}/set_rate"), &rate).await.ok();
    let (device, path) = (demo.device(0), format!("/v1/t/{tenant}/readings"));
    for batch in shift.batches() {
        let first = device.post_bytes(&path, "application/x-ndjson", batch.clone().into_bytes()).await.ok();
        assert!(first["accepted"].as_u64().unwrap() > 0, "{first}");
        let again = device.post_bytes(&path, "application/x-ndjson", batch.into_bytes()).await.ok();
        assert_eq!(
            (&again["accepted"], &again["duplicates"]),
            (&json!(0), &first["accepted"]),
            "a repetition changes nothing"
        );
    }
    let period = json!({"equipment": shift.equipment, "from": shift.from(), "until": shift.until(), "break_minutes": shift.break_minutes});
    let figures = until_async("every window to be counted", SETTLED, || async {
        let figures = owner.post(&format!("/v1/t/{tenant}/m/{module}/oee"), &period).await.ok();
        let is = |name: &str, pieces: i64| figures[name] == format!("{pieces}.000000");
        (is("good", shift.good) && is("scrap", shift.scrap)).then_some(figures)
    })
    .await;
    let expected = shift.expected();
    for (name, value) in
        [("availability", 0), ("effectiveness", 1), ("quality", 2), ("oee", 3)].map(|(n, at)| (n, &expected[at]))
    {
        assert_eq!(figures[name], **value, "{name} of {}: {figures}", shift.equipment);
    }
}

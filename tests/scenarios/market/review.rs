//! A reviewer's day, through the API alone, and what the OpenAPI document says of it.

use super::counter::Build;
use super::world::Market;
use crate::chaos::servers::{PASSWORD, organisation, sign_in};
use serde_json::Value;
use toolcrib_registry_client::wire::{
    Claim, CloseOrg, Decide, NewMember, OrgKind, Submission, SubmissionState, Succeed,
};
use toolcrib_registry_client::{Client, ClientError};

const FIRST: Build = Build::plain("1.0.0", 30);
const NEXT: Build = Build { required: &["state", "speed"], ..Build::plain("1.1.0", 31) };

/// Every address of the day.
const DAY: &[(&str, &str)] = &[
    ("get", "/v1/review/queue"),
    ("post", "/v1/submissions/{submission}/claim"),
    ("delete", "/v1/submissions/{submission}/claim"),
    ("get", "/v1/submissions/{submission}"),
    ("get", "/v1/submissions/{submission}/diff"),
    ("get", "/v1/submissions/{submission}/comments"),
    ("post", "/v1/submissions/{submission}/comments"),
    ("post", "/v1/submissions/{submission}/decision"),
    ("get", "/v1/audit"),
    ("get", "/v1/audit/verify"),
];

async fn decide(client: &Client, id: &str, decision: &str) -> Result<Submission, ClientError> {
    let decide = Decide { decision: decision.to_owned(), reason: "Read and understood".to_owned() };
    client.decide(id, &decide).await
}

fn refused<T>(result: Result<T, ClientError>) -> String {
    result.err().and_then(|error| error.code().map(str::to_owned)).unwrap_or_else(|| "not refused".to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reviewers_whole_day_works_through_the_api_alone() {
    let market = Market::open(&[]).await;
    let Market { admin, second, provider, .. } = &market;
    let address = format!("{}/v1/registry/openapi.json", market.servers.registry.url);
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let document: Value = http.get(address).send().await.unwrap().json().await.unwrap();
    for (method, path) in DAY {
        let operation = &document["paths"][path][method];
        assert!(operation["summary"].is_string() && operation["security"].is_array(), "{method} {path}");
    }

    // A draft is nobody's business; what is submitted lies in the queue.
    let draft = market.submit(&FIRST, true).await;
    let id = draft.submission.as_str();
    assert_eq!(refused(admin.submission(id).await), "not-found");
    assert!(admin.queue("").await.unwrap().entries.is_empty());
    provider.submit_draft(id).await.unwrap();
    market.checked(id).await;
    let queue = second.queue("state=review&claimed=nobody&limit=10").await.unwrap();
    let entry = &queue.entries[0];
    assert_eq!((entry.id.as_str(), entry.approvals, entry.approvals_needed), (id, 0, 2));
    assert_eq!((entry.second_because.as_slice(), entry.overdue), (&["first-publication".to_owned()][..], false));
    assert_eq!(refused(provider.queue("").await), "not-allowed");

    // Claimed: nobody else meddles. Asked and answered. Compared: everything is new.
    second.claim(id, &Claim::default()).await.unwrap();
    assert_eq!(second.queue("claimed=me").await.unwrap().entries.len(), 1);
    assert_eq!(refused(admin.claim(id, &Claim::default()).await), "wrong-state");
    assert_eq!(refused(decide(admin, id, "approve").await), "wrong-state");
    second.comment(id, "Which machines does it count?").await.unwrap();
    let said = provider.comment(id, "Presses.").await.unwrap();
    assert_eq!(said.iter().map(|one| one.side.as_str()).collect::<Vec<_>>(), ["marketplace", "provider"]);
    let diff = second.diff(id).await.unwrap();
    assert_eq!((diff.before, diff.capabilities.added.len()), (None, 2));
    let report = second.submission(id).await.unwrap().report.expect("the checks have run");
    assert!(report.passed());

    // Two people, and neither of them the same nor of the provider.
    assert_eq!(decide(second, id, "approve").await.unwrap().state, SubmissionState::Review);
    assert_eq!(refused(decide(second, id, "approve").await), "wrong-state");
    let member = |email: &str, role: &str| NewMember {
        email: email.to_owned(),
        name: email.to_owned(),
        password: PASSWORD.to_owned(),
        role: role.to_owned(),
    };
    let me = admin.me().await.unwrap();
    provider.new_org_member("house", &member(&me.email, "member")).await.unwrap();
    // A changed role voids older tokens only when there was a role before.
    assert_eq!(refused(decide(admin, id, "approve").await), "not-allowed", "a member of the provider decides");
    assert_eq!(refused(admin.claim(id, &Claim::default()).await), "not-allowed");
    let third = member("third@market.example", "reviewer");
    admin.new_org_member("marketplace", &third).await.unwrap();
    let third = sign_in(&market.servers.client(), &third.email, PASSWORD).await;
    let assigned = Claim { person: Some(third.me().await.unwrap().id) };
    assert_eq!(refused(second.claim(id, &assigned).await), "not-allowed", "only administrators assign");
    admin.claim(id, &assigned).await.unwrap();
    third.release(id).await.unwrap();
    assert_eq!(decide(&third, id, "approve").await.unwrap().state, SubmissionState::Approved);

    // The next version asks for more: only that is shown. One reviewer is enough.
    let next = market.submit(&NEXT, false).await.submission;
    market.checked(&next).await;
    let diff = third.diff(&next).await.unwrap();
    let added: Vec<_> = diff.capabilities.added.iter().map(|one| one.capability.to_string()).collect();
    assert_eq!((diff.before.as_deref(), added), (Some("1.0.0"), vec!["readings:speed".to_owned()]));
    assert!(diff.schemas.is_empty() && diff.imports.added.is_empty());
    assert_eq!(decide(&third, &next, "request_changes").await.unwrap().state, SubmissionState::ChangesRequested);
    let told = provider.submission(&next).await.unwrap();
    let acts: Vec<_> = told.history.iter().map(|step| step.act.as_str()).collect();
    assert_eq!(acts, ["submit", "take", "pass", "request_changes"]);
    assert_eq!(told.history[3].reason, "Read and understood");

    // The provider leaves; its version stays, and its name finds somebody else.
    let close = CloseOrg { reason: "It gives up".to_owned() };
    admin.close_org("house", &close).await.unwrap();
    assert_eq!(market.servers.client().module("counter").await.unwrap().latest.as_deref(), Some("1.0.0"));
    admin.new_org(&organisation("heirs", OrgKind::Provider, "owner@heirs.example")).await.unwrap();
    let succeed = Succeed { org: "heirs".to_owned(), reason: "They took over the team".to_owned() };
    assert_eq!(admin.succeed("counter", &succeed).await.unwrap().org, "heirs");

    // Everything is written down, and the chain holds.
    let lines = admin.audit(0).await.unwrap();
    for act in ["version.draft", "version.submit", "version.take", "version.claim", "version.comment", "version.decide"]
    {
        assert!(lines.iter().any(|line| line.act == act), "{act}");
    }
    let proof = admin.verify_audit().await.unwrap();
    assert!(proof.lines as usize >= lines.len() && proof.hash.len() == 64);
    assert_eq!(refused(second.verify_audit().await), "not-allowed");
    assert_eq!(refused(provider.audit(0).await), "not-allowed");
}

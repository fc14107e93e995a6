//! Two reviewers, a provider that publishes `counter`, and tenants of one firm.

use super::counter::Build;
use crate::chaos::servers::{PASSWORD, Process, Servers, SystemChance, VETTING, organisation, sign_in};
use crate::wait::until_async;
use serde_json::{Value, json};
use std::time::Duration;
use toolcrib_contract::Capability;
use toolcrib_registry_client::Client;
use toolcrib_registry_client::wire::{
    Decide, NewKey, NewMember, NewModule, NewTenant, OrgKind, Submission, SubmissionState, Submitted, Subscribe,
};
use toolcrib_trust::publication::Publication;
use toolcrib_trust::{Signer, statement};

/// For a host to follow, and for health to be told: both every five seconds.
pub const SETTLED: Duration = Duration::from_secs(60);

pub struct Market {
    pub servers: Servers,
    pub host: Process,
    pub admin: Client,
    /// Reviews beside the administrator.
    pub second: Client,
    pub provider: Client,
    signer: Signer,
    /// Owns all tenants.
    pub owner: Client,
    owner_token: String,
    http: reqwest::Client,
}

impl Market {
    /// With these tenants of one owner, by their slugs.
    pub async fn open(tenants: &[String]) -> Self {
        let (servers, host, admin) = Servers::bare("", "").await;
        let registry = servers.client();
        let member = |email: &str, role: &str| NewMember {
            email: email.to_owned(),
            name: email.to_owned(),
            password: PASSWORD.to_owned(),
            role: role.to_owned(),
        };
        admin.new_org_member("marketplace", &member("second@market.example", "reviewer")).await.unwrap();
        let second = sign_in(&registry, "second@market.example", PASSWORD).await;
        admin.new_org(&organisation("house", OrgKind::Provider, "owner@house.example")).await.unwrap();
        admin.new_org(&organisation("plant", OrgKind::Sme, "owner@plant.example")).await.unwrap();
        let provider = sign_in(&registry, "owner@house.example", PASSWORD).await;
        let signer = Signer::generate(&SystemChance);
        let (context, message) = statement::key("house");
        let key = NewKey::plain(signer.public_key().to_base64(), signer.sign(context, &message));
        provider.new_key("house", &key).await.unwrap();
        provider.new_module(&NewModule { name: "counter".to_owned(), org: "house".to_owned() }).await.unwrap();
        let owner = sign_in(&registry, "owner@plant.example", PASSWORD).await;
        for slug in tenants {
            let (org, time_zone) = ("plant".to_owned(), "Asia/Shanghai".to_owned());
            let new = NewTenant { org, slug: slug.clone(), name: slug.clone(), time_zone };
            owner.new_tenant(&new).await.unwrap();
        }
        // A token tells the tenants that its person had when it was made.
        let owner_token = registry.login("owner@plant.example", PASSWORD).await.unwrap().access_token;
        let owner = registry.with_token(&owner_token);
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { servers, host, admin, second, provider, signer, owner, owner_token, http }
    }

    /// The same with its host stopped and started again on its data.
    pub fn with_new_host(self) -> Self {
        self.host.stop();
        Self { host: self.servers.serve(), ..self }
    }

    /// Hands a build in, or keeps it as a draft.
    pub async fn submit(&self, build: &Build, draft: bool) -> Submitted {
        let component = build.component();
        let said = Publication::of(&component, &build.manifest(), "test").seal(&self.signer);
        let submitted = match draft {
            true => self.provider.publish_draft("counter", component, &said).await,
            false => self.provider.publish("counter", component, &said).await,
        };
        submitted.unwrap()
    }

    /// The submission after its checks, which found nothing.
    pub async fn checked(&self, id: &str) -> Submission {
        let checked = until_async("the checks", VETTING, || async {
            let submission = self.provider.submission(id).await.unwrap();
            (!submission.state.is_unchecked()).then_some(submission)
        });
        let checked = checked.await;
        let found = checked.report.as_ref().map(|report| report.findings.clone()).unwrap_or_default();
        assert_eq!(checked.state, SubmissionState::Review, "{found:#?}");
        checked
    }

    /// Approved by as many people as it needs.
    pub async fn approve(&self, id: &str) {
        let approve = Decide { decision: "approve".to_owned(), reason: String::new() };
        let first = self.admin.decide(id, &approve).await.unwrap();
        if first.state == SubmissionState::Review {
            self.second.decide(id, &approve).await.unwrap();
        }
    }

    pub async fn publish(&self, build: &Build) {
        let submitted = self.submit(build, false).await;
        self.checked(&submitted.submission).await;
        self.approve(&submitted.submission).await;
    }

    /// Agrees to the newest version with these grants.
    pub async fn subscribe(&self, tenant: &str, grants: &[&str]) {
        let grants = capabilities(grants);
        let subscribe = Subscribe { module: "counter".to_owned(), grants, ..Subscribe::default() };
        self.owner.subscribe(tenant, &subscribe).await.unwrap();
    }

    /// Status and body of a call of `count` at the host.
    pub async fn call(&self, tenant: &str, input: &Value) -> (u16, Value) {
        let path = format!("{}/v1/t/{tenant}/m/counter/count", self.host.url);
        let answer = self.http.post(path).bearer_auth(&self.owner_token).json(input).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap_or(Value::Null))
    }

    /// Waits until the host runs the build for this tenant.
    pub async fn runs(&self, tenant: &str, build: &Build) {
        let expected = (200, json!(build.answer));
        until_async(&format!("{tenant} to run {}", build.version), SETTLED, || async {
            (self.call(tenant, &build.input()).await == expected).then_some(())
        })
        .await;
    }

    /// The version of a tenant's subscription.
    pub async fn version(&self, tenant: &str) -> String {
        self.owner.subscriptions(tenant).await.unwrap().pop().unwrap().version
    }
}

pub fn capabilities(texts: &[&str]) -> Vec<Capability> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

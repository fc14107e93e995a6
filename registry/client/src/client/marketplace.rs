//! Endpoints of the reviewers' day, of upgrades, of rollouts and of hosts' health.

use super::{Client, part};
use crate::error::ClientError;
use crate::wire::{
    AgreeToUpgrade, AuditLine, AuditProof, Claim, CloseOrg, Comment, Complaint, Consent, ConsentPage, Diff,
    HealthReport, KnownHost, Mark, ModulePage, NewComment, NewRollout, OrgRow, Policy, Queue, Revoke, Rollout,
    SetPolicy, SettleMark, SteerRollout, Steered, Submission, Submitted, Subscription, Succeed, Upgrade,
};
use reqwest::Method;
use toolcrib_contract::Capability;

impl Client {
    /// Keeps a component as a draft; otherwise as [`Client::publish`].
    pub async fn publish_draft(
        &self,
        module: &str,
        component: Vec<u8>,
        statement: &str,
    ) -> Result<Submitted, ClientError> {
        let request = self.request(Method::POST, &format!("/v1/modules/{}/versions?draft=true", part(module)));
        let request = request.header("content-type", "application/wasm").body(component);
        self.answer(request.header(Submitted::STATEMENT, statement)).await
    }

    /// Hands a draft in.
    pub async fn submit_draft(&self, id: &str) -> Result<Submission, ClientError> {
        self.answer(self.request(Method::PUT, &format!("/v1/submissions/{}/submit", part(id)))).await
    }

    /// Gives a draft up.
    pub async fn discard_draft(&self, id: &str) -> Result<(), ClientError> {
        self.delete(&format!("/v1/submissions/{}", part(id))).await
    }

    /// A page of the queue. `query` is what stands behind `?`, or empty.
    pub async fn queue(&self, query: &str) -> Result<Queue, ClientError> {
        self.get(&format!("/v1/review/queue?{query}")).await
    }

    pub async fn claim(&self, id: &str, claim: &Claim) -> Result<Submission, ClientError> {
        self.post(&format!("/v1/submissions/{}/claim", part(id)), claim).await
    }

    pub async fn release(&self, id: &str) -> Result<(), ClientError> {
        self.delete(&format!("/v1/submissions/{}/claim", part(id))).await
    }

    pub async fn diff(&self, id: &str) -> Result<Diff, ClientError> {
        self.get(&format!("/v1/submissions/{}/diff", part(id))).await
    }

    pub async fn comments(&self, id: &str) -> Result<Vec<Comment>, ClientError> {
        self.get(&format!("/v1/submissions/{}/comments", part(id))).await
    }

    pub async fn comment(&self, id: &str, text: &str) -> Result<Vec<Comment>, ClientError> {
        self.post(&format!("/v1/submissions/{}/comments", part(id)), &NewComment { text: text.to_owned() }).await
    }

    /// Lines of the audit after a number, oldest first.
    pub async fn audit(&self, after: u64) -> Result<Vec<AuditLine>, ClientError> {
        self.get(&format!("/v1/audit?after={after}")).await
    }

    /// The same about one module, organisation, tenant or host.
    pub async fn audit_about(&self, subject: &str, after: u64) -> Result<Vec<AuditLine>, ClientError> {
        self.get(&format!("/v1/audit?after={after}&subject={}", part(subject))).await
    }

    /// Open marks of later checks, newest first.
    pub async fn marks(&self) -> Result<Vec<Mark>, ClientError> {
        self.get("/v1/marks").await
    }

    /// Somebody looked at a mark.
    pub async fn settle_mark(&self, number: i64, reason: &str) -> Result<(), ClientError> {
        self.post(&format!("/v1/marks/{number}/settle"), &SettleMark { reason: reason.to_owned() }).await
    }

    /// What factories say is wrong and nobody has looked at yet, oldest first.
    pub async fn complaints(&self) -> Result<Vec<Complaint>, ClientError> {
        self.get("/v1/complaints").await
    }

    /// Somebody looked at a complaint.
    pub async fn settle_complaint(&self, number: i64, reason: &str) -> Result<(), ClientError> {
        self.post(&format!("/v1/complaints/{number}/settle"), &SettleMark { reason: reason.to_owned() }).await
    }

    /// Hosts and what they have in force. For administrators.
    pub async fn hosts(&self) -> Result<Vec<KnownHost>, ClientError> {
        self.get("/v1/hosts").await
    }

    /// Providers of the marketplace. For its people.
    pub async fn providers(&self) -> Result<Vec<OrgRow>, ClientError> {
        self.get("/v1/orgs?kind=provider").await
    }

    /// Has the whole chain read and checked.
    pub async fn verify_audit(&self) -> Result<AuditProof, ClientError> {
        self.get("/v1/audit/verify").await
    }

    pub async fn consent_page(&self, tenant: &str, module: &str) -> Result<ConsentPage, ClientError> {
        self.get(&format!("/v1/tenants/{}/consent/{}", part(tenant), part(module))).await
    }

    /// The page of one version; the newest on offer when it is empty.
    pub async fn consent_page_of(&self, tenant: &str, module: &str, version: &str) -> Result<ConsentPage, ClientError> {
        let query = if version.is_empty() { String::new() } else { format!("?version={}", part(version)) };
        self.get(&format!("/v1/tenants/{}/consent/{}{query}", part(tenant), part(module))).await
    }

    /// The newest consents of a tenant to any module, newest first.
    pub async fn consents_of(&self, tenant: &str) -> Result<Vec<Consent>, ClientError> {
        self.get(&format!("/v1/tenants/{}/consents", part(tenant))).await
    }

    pub async fn upgrade(&self, tenant: &str, module: &str) -> Result<Upgrade, ClientError> {
        self.get(&subscription(tenant, module, "upgrade")).await
    }

    pub async fn agree_to_upgrade(
        &self,
        tenant: &str,
        module: &str,
        agree: &AgreeToUpgrade,
    ) -> Result<Subscription, ClientError> {
        self.post(&subscription(tenant, module, "upgrade"), agree).await
    }

    pub async fn set_policy(
        &self,
        tenant: &str,
        module: &str,
        policy: Policy,
        pinned: bool,
    ) -> Result<(), ClientError> {
        let request = self.request(Method::PUT, &subscription(tenant, module, "policy"));
        self.answer(request.json(&SetPolicy { policy, pinned })).await
    }

    /// Takes one optional grant back.
    pub async fn revoke(&self, tenant: &str, module: &str, grant: Capability) -> Result<Subscription, ClientError> {
        self.post(&subscription(tenant, module, "revoke"), &Revoke { grant }).await
    }

    /// Back to the version before, and stay there.
    pub async fn roll_back(&self, tenant: &str, module: &str) -> Result<Subscription, ClientError> {
        self.answer(self.request(Method::PUT, &subscription(tenant, module, "rollback"))).await
    }

    pub async fn consents(&self, tenant: &str, module: &str) -> Result<Vec<Consent>, ClientError> {
        self.get(&subscription(tenant, module, "history")).await
    }

    pub async fn new_rollout(&self, module: &str, rollout: &NewRollout) -> Result<Rollout, ClientError> {
        self.post(&format!("/v1/modules/{}/rollouts", part(module)), rollout).await
    }

    pub async fn rollouts(&self, module: &str) -> Result<Vec<Rollout>, ClientError> {
        self.get(&format!("/v1/modules/{}/rollouts", part(module))).await
    }

    pub async fn steer_rollout(
        &self,
        module: &str,
        version: &str,
        steer: &SteerRollout,
    ) -> Result<Steered, ClientError> {
        self.post(&format!("/v1/modules/{}/rollouts/{}/steer", part(module), part(version)), steer).await
    }

    /// A provider leaves the marketplace.
    pub async fn close_org(&self, org: &str, close: &CloseOrg) -> Result<(), ClientError> {
        self.post(&format!("/v1/orgs/{}/close", part(org)), close).await
    }

    /// Another provider goes on with a module whose provider has left.
    pub async fn succeed(&self, module: &str, succeed: &Succeed) -> Result<ModulePage, ClientError> {
        self.post(&format!("/v1/modules/{}/successor", part(module)), succeed).await
    }

    /// For hosts: what was counted since the last report.
    pub async fn report_health(&self, report: &HealthReport) -> Result<(), ClientError> {
        self.post("/v1/hosts/health", report).await
    }
}

fn subscription(tenant: &str, module: &str, what: &str) -> String {
    format!("/v1/tenants/{}/subscriptions/{}/{what}", part(tenant), part(module))
}

//! Endpoints about authorities and their auditors.

use super::{Client, part};
use crate::error::ClientError;
use crate::wire::{AgreeToAudit, AuditConsent, Authority, KitRow, Look};
use reqwest::Method;

impl Client {
    /// Who runs a programme, by city.
    pub async fn authorities(&self) -> Result<Vec<Authority>, ClientError> {
        self.get("/v1/authorities").await
    }

    /// Factories that let one's authority look now.
    pub async fn audited(&self, authority: &str) -> Result<Vec<AuditConsent>, ClientError> {
        self.get(&format!("/v1/authorities/{}/audited", part(authority))).await
    }

    /// What auditors of one's authority looked at in its programme, newest first, before a number of the audit.
    pub async fn authority_looks(&self, authority: &str, before: Option<u64>) -> Result<Vec<Look>, ClientError> {
        self.get(&format!("/v1/authorities/{}/looks{}", part(authority), from(before))).await
    }

    /// What one looked at oneself.
    pub async fn my_looks(&self, before: Option<u64>) -> Result<Vec<Look>, ClientError> {
        self.get(&format!("/v1/me/looks{}", from(before))).await
    }

    /// Kits of a programme's beacon firms, newest first.
    pub async fn cases(&self, programme: &str) -> Result<Vec<KitRow>, ClientError> {
        self.get(&format!("/v1/programmes/{}/cases", part(programme))).await
    }

    /// Whom a factory lets look, with what has ended.
    pub async fn audits(&self, tenant: &str) -> Result<Vec<AuditConsent>, ClientError> {
        self.get(&format!("/v1/tenants/{}/audits", part(tenant))).await
    }

    pub async fn agree_to_audit(&self, tenant: &str, authority: &str, days: u32) -> Result<(), ClientError> {
        let path = format!("/v1/tenants/{}/audits/{}", part(tenant), part(authority));
        self.answer(self.request(Method::PUT, &path).json(&AgreeToAudit { days })).await
    }

    pub async fn end_audit(&self, tenant: &str, authority: &str) -> Result<(), ClientError> {
        self.delete(&format!("/v1/tenants/{}/audits/{}", part(tenant), part(authority))).await
    }

    /// Who looked at a factory's own data.
    pub async fn tenant_looks(&self, tenant: &str, before: Option<u64>) -> Result<Vec<Look>, ClientError> {
        self.get(&format!("/v1/tenants/{}/looks{}", part(tenant), from(before))).await
    }
}

fn from(before: Option<u64>) -> String {
    before.map(|number| format!("?before={number}")).unwrap_or_default()
}

//! Endpoints of what a firm shows others: statements as evidence of a project, kits of its set-up, keys of hosts.

use super::{Client, part};
use crate::error::ClientError;
use crate::wire::{
    Adoption, EvidenceItem, EvidencePage, HostKey, KitPage, KitRow, Kits, NewAdoption, NewHostKey, NewKit,
    SendStatement,
};
use reqwest::Method;

impl Client {
    /// For hosts: the key that this host signs with.
    pub async fn put_host_key(&self, key: &NewHostKey) -> Result<HostKey, ClientError> {
        self.put("/v1/hosts/key", key).await
    }

    /// A key that a host signs with, and the registry's word for it.
    pub async fn host_key(&self, key_id: &str) -> Result<HostKey, ClientError> {
        self.get(&format!("/v1/host-keys/{}", part(key_id))).await
    }

    pub async fn project_evidence(&self, project: &str) -> Result<EvidencePage, ClientError> {
        self.get(&of_project(project, "")).await
    }

    /// Files a host's statement with a project.
    pub async fn send_statement(&self, project: &str, statement: &SendStatement) -> Result<EvidenceItem, ClientError> {
        self.post(&of_project(project, "/statements"), statement).await
    }

    /// Hands a file in.
    pub async fn send_file(
        &self,
        project: &str,
        key: &str,
        name: &str,
        bytes: Vec<u8>,
    ) -> Result<EvidenceItem, ClientError> {
        let path = format!("{}?key={}&name={}", of_project(project, "/files"), part(key), part(name));
        self.answer(self.request(Method::POST, &path).body(bytes)).await
    }

    /// The item does not count any more.
    pub async fn withdraw_evidence(&self, project: &str, item: &str) -> Result<(), ClientError> {
        self.delete(&of_project(project, &format!("/{}", part(item)))).await
    }

    /// All evidence of a project as a tar. The caller verifies it.
    pub async fn evidence_archive(&self, project: &str) -> Result<Vec<u8>, ClientError> {
        /// The files of a project, and what tar puts around them.
        const BYTES: usize = 96 << 20;
        self.bytes(self.request(Method::GET, &of_project(project, "/archive")), BYTES).await
    }

    /// Kits that a factory published, and those that it may take over.
    pub async fn kits(&self, tenant: &str) -> Result<Kits, ClientError> {
        self.get(&of_tenant(tenant, "")).await
    }

    pub async fn new_kit(&self, tenant: &str, kit: &NewKit) -> Result<KitRow, ClientError> {
        self.post(&of_tenant(tenant, ""), kit).await
    }

    /// A kit with what proves it.
    pub async fn kit(&self, tenant: &str, kit: &str) -> Result<KitPage, ClientError> {
        self.get(&of_tenant(tenant, &format!("/{}", part(kit)))).await
    }

    /// Nobody takes the kit over any more.
    pub async fn withdraw_kit(&self, tenant: &str, kit: &str) -> Result<(), ClientError> {
        self.delete(&of_tenant(tenant, &format!("/{}", part(kit)))).await
    }

    /// Who took a kit over.
    pub async fn adoptions(&self, tenant: &str, kit: &str) -> Result<Vec<Adoption>, ClientError> {
        self.get(&of_tenant(tenant, &format!("/{}/adoptions", part(kit)))).await
    }

    /// Says that a factory took a kit over.
    pub async fn note_adoption(&self, tenant: &str, kit: &str, adoption: &NewAdoption) -> Result<(), ClientError> {
        self.post(&of_tenant(tenant, &format!("/{}/adoptions", part(kit))), adoption).await
    }
}

fn of_project(project: &str, what: &str) -> String {
    format!("/v1/projects/{}/evidence{what}", part(project))
}

fn of_tenant(tenant: &str, what: &str) -> String {
    format!("/v1/tenants/{}/kits{what}", part(tenant))
}

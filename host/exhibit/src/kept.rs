//! Statements that were made, kept with the tenant's data, and whom they were given to.

use crate::Exhibit;
use serde::{Deserialize, Serialize};
use serde_json::json;
use toolcrib_contract::attestation::Attestation;
use toolcrib_contract::problem::{NOT_FOUND, Problem};
use toolcrib_contract::types::RawId;
use toolcrib_runtime::{AuditEntry, Keeping};

/// Statements that are kept; the oldest go first.
pub const KEPT: usize = 50;
const INDEX: &str = "exhibit/statements";

/// A statement that is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptStatement {
    /// Hex, of its canonical form.
    pub sha256: String,
    pub from: String,
    pub until: String,
    pub made_at: String,
    /// `user:<id>`
    pub by: String,
    /// The host's key that signed it.
    pub key_id: String,
    /// Whom it was given to, the first one first.
    #[serde(default)]
    pub sent: Vec<Sent>,
}

/// It left the tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// Id of the project.
    pub project: String,
    /// As what it was filed there.
    pub key: String,
    pub at: String,
    pub by: String,
}

/// What lies under the hash of a statement.
#[derive(Serialize, Deserialize)]
struct Kept {
    envelope: String,
    said: Attestation,
}

fn absent() -> Problem {
    NOT_FOUND.because("there is no such statement; make one first")
}

impl Exhibit {
    pub(crate) async fn keep(
        &self,
        tenant: RawId,
        statement: KeptStatement,
        envelope: String,
        said: Attestation,
    ) -> Result<(), Problem> {
        let detail = json!({"sha256": statement.sha256, "from": statement.from, "until": statement.until});
        let line = AuditEntry { actor: statement.by.clone(), action: "attested", detail: detail.to_string() };
        let place = place(&statement.sha256);
        let change = move |keeping: &mut Keeping<'_>| {
            let mut all: Vec<KeptStatement> = keeping.read(INDEX)?.unwrap_or_default();
            all.retain(|known| known.sha256 != statement.sha256);
            all.insert(0, statement);
            for old in all.drain(KEPT.min(all.len())..) {
                keeping.forget(&self::place(&old.sha256))?;
            }
            keeping.write(&place, &Kept { envelope, said })?;
            keeping.write(INDEX, &all)
        };
        self.runtime.keep(tenant, Some(line), change).await
    }

    /// What is kept, the newest first.
    ///
    /// # Errors
    /// Unknown tenant or the disk.
    pub async fn statements(&self, tenant: RawId) -> Result<Vec<KeptStatement>, Problem> {
        let all = self.runtime.keep(tenant, None, |keeping| keeping.read::<Vec<KeptStatement>>(INDEX)).await?;
        Ok(all.unwrap_or_default())
    }

    /// A kept statement's signed envelope.
    ///
    /// # Errors
    /// `not-found`; unknown tenant or the disk.
    pub async fn envelope(&self, tenant: RawId, sha256: &str) -> Result<String, Problem> {
        Ok(self.kept(tenant, sha256).await?.envelope)
    }

    /// A kept statement: when it was made and whom it was given to, and what it says.
    ///
    /// # Errors
    /// `not-found`; unknown tenant or the disk.
    pub async fn statement(&self, tenant: RawId, sha256: &str) -> Result<(KeptStatement, Attestation), Problem> {
        let said = self.kept(tenant, sha256).await?.said;
        let known = self.statements(tenant).await?.into_iter().find(|known| known.sha256 == sha256);
        known.map(|known| (known, said)).ok_or_else(absent)
    }

    async fn kept(&self, tenant: RawId, sha256: &str) -> Result<Kept, Problem> {
        let place = place(sha256);
        let kept = self.runtime.keep(tenant, None, move |keeping| keeping.read::<Kept>(&place)).await?;
        kept.ok_or_else(absent)
    }

    /// Notes that a statement leaves the tenant for a project: the consent, before it goes. Its envelope.
    ///
    /// # Errors
    /// `not-found`; unknown tenant or the disk.
    pub async fn release(
        &self,
        tenant: RawId,
        sha256: &str,
        project: &str,
        key: &str,
        by: &str,
    ) -> Result<String, Problem> {
        let envelope = self.envelope(tenant, sha256).await?;
        let sent = Sent {
            project: project.to_owned(),
            key: key.to_owned(),
            at: self.runtime.now().to_string(),
            by: by.to_owned(),
        };
        let detail = json!({"sha256": sha256, "project": project, "key": key});
        let line = AuditEntry { actor: by.to_owned(), action: "attestation-released", detail: detail.to_string() };
        let sha256 = sha256.to_owned();
        let change = move |keeping: &mut Keeping<'_>| {
            let mut all: Vec<KeptStatement> = keeping.read(INDEX)?.unwrap_or_default();
            if let Some(known) = all.iter_mut().find(|known| known.sha256 == sha256) {
                known.sent.push(sent);
            }
            keeping.write(INDEX, &all)
        };
        self.runtime.keep(tenant, Some(line), change).await?;
        Ok(envelope)
    }
}

fn place(sha256: &str) -> String {
    format!("exhibit/statement/{sha256}")
}

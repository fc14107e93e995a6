//! Approving: the registry's statement, its entry in the log and the new state, in one transaction.

use crate::change::Change;
use crate::error::CatalogError;
use crate::ids::{PersonId, SubmissionId};
use toolcrib_contract::Manifest;
use toolcrib_contract::types::Instant;
use toolcrib_trust::approval::{Approval, Facts, capabilities_digest};
use toolcrib_trust::publication::Publication;
use toolcrib_trust::{Notary, PublicKey, digest, evidence};

#[derive(sqlx::FromRow)]
struct Row {
    module: String,
    version: String,
    digest: String,
    manifest: String,
    signature: String,
    submitted_us: i64,
    rules: Option<String>,
    org: String,
    public_key: String,
    #[sqlx(try_from = "crate::Flag")]
    revoked: bool,
    #[sqlx(try_from = "crate::Flag")]
    logged: bool,
}

impl Change {
    /// Makes a submission an approved version, signed and logged.
    ///
    /// # Errors
    /// [`CatalogError::WrongState`]: what the provider signed cannot be proven to hosts any more.
    pub async fn approve(
        &mut self,
        id: &SubmissionId,
        reviewers: &[&PersonId],
        notary: &Notary,
    ) -> Result<(), CatalogError> {
        let row: Row = sqlx::query_as(
            "SELECT s.module, s.version, s.digest, s.manifest, s.signature, s.submitted_us, s.rules, o.slug AS org,
                 k.public_key, k.revoked_us IS NOT NULL AS revoked, k.proof IS NOT NULL AS logged
             FROM submission s JOIN publishing_key k ON k.key_id = s.key_id JOIN org o ON o.id = k.org WHERE s.id = $1",
        )
        .bind(id)
        .fetch_one(self.connection())
        .await?;
        let again = |why: String| CatalogError::WrongState(format!("{why}; the provider must submit it again"));
        if row.revoked || !row.logged {
            return Err(again("its publishing key does not count any more".to_owned()));
        }
        let key = PublicKey::parse(&row.public_key).map_err(|error| CatalogError::Damaged(error.to_string()))?;
        let said = Publication::open(&row.signature, &key).map_err(|doubt| again(doubt.to_string()))?;
        if (&said.component, &said.manifest) != (&row.digest, &digest::of(row.manifest.as_bytes())) {
            return Err(again("its publisher signed another component or manifest".to_owned()));
        }
        let manifest: Manifest =
            serde_json::from_str(&row.manifest).map_err(|error| CatalogError::damaged("a manifest", &error))?;
        let facts = Facts {
            module: row.module,
            version: row.version,
            org: row.org,
            key_id: key.key_id(),
            capabilities: capabilities_digest(&manifest),
            rules: row.rules.unwrap_or_default(),
            reviewers: reviewers.iter().map(ToString::to_string).collect(),
            submitted_at: Instant(row.submitted_us),
            approved_at: self.now,
            expires_at: None,
        };
        let approval = Approval { component: said.component, manifest: said.manifest, facts };
        let text = approval.seal(notary.signer());
        let logged = self.notarize(notary, &evidence::approved(&approval, &row.signature, &text)).await?;
        sqlx::query(
            "UPDATE submission SET state = 'approved', approval = $1, approval_key_id = $2, log_index = $3,
                 proof = $4 WHERE id = $5",
        )
        .bind(text)
        .bind(notary.signer().key_id())
        .bind(logged.index.cast_signed())
        .bind(logged.proof)
        .bind(id)
        .execute(self.connection())
        .await?;
        Ok(())
    }
}

//! What other hosts on the same database heard of the registry: for a host with an empty disk, and while the registry is
//! away. Signed things are verified as if they came from a file; token keys are believed as those on the disk are.

use super::withdrawals::Withdrawals;
use crate::folder::Version;
use crate::gate::Keyring;
use toolcrib_contract::limits::COMPONENT_BYTES;
use toolcrib_store::{Component, Heard, Shared, StoreError};
use toolcrib_trust::Evidence;
use toolcrib_trust::evidence::{FILE_BYTES, FILES};

/// Names of what is kept besides entitlements and components.
const WITHDRAWN: &str = "revocations";
const TOKEN_KEYS: &str = "token-keys";
/// The most bytes of what proves a component.
const EVIDENCE_BYTES: usize = FILES.len() * FILE_BYTES as usize;

/// The other hosts, where there can be some.
#[derive(Clone)]
pub struct Neighbours(Option<Shared>);

impl Neighbours {
    pub fn new(shared: Option<Shared>) -> Self {
        Self(shared)
    }

    /// Whether there can be some.
    pub fn exist(&self) -> bool {
        self.0.is_some()
    }

    /// Takes the list of what was withdrawn into force, when another host has a newer one.
    pub async fn hear_list(&self, withdrawals: &Withdrawals) {
        let Some(heard) = self.heard(WITHDRAWN).await else { return };
        let known = withdrawals.list();
        if known.is_some_and(|known| (known.seq, known.issued_at.0) >= (heard.number, heard.at_us)) {
            return;
        }
        let text = String::from_utf8(heard.body).map_err(anyhow::Error::from);
        if let Err(error) = text.and_then(|text| withdrawals.take(&text)) {
            let error = format!("{error:#}");
            tracing::error!(error, "The revocation list in the database is not believed; the known one stays");
        }
    }

    /// Tells the others of the list that is in force here. One that no pinned key signed gives way, whatever number it claims.
    pub async fn tell_list(&self, text: &str, withdrawals: &Withdrawals) {
        let (Some(shared), Some(list)) = (&self.0, withdrawals.list()) else { return };
        let heard = Heard { number: list.seq, at_us: list.issued_at.0, body: text.as_bytes().to_vec() };
        let kept = self.heard(WITHDRAWN).await.filter(|kept| kept.body != heard.body);
        let doubted = kept.filter(|kept| !withdrawals.believes(&kept.body)).map(|kept| kept.body);
        said(shared.hear(WITHDRAWN, &heard, doubted.as_deref()).await);
    }

    /// Takes the keys of access tokens into use that another host heard last.
    pub async fn hear_keys(&self, keyring: &Keyring) {
        let Some(heard) = self.heard(TOKEN_KEYS).await else { return };
        let text = String::from_utf8(heard.body).map_err(anyhow::Error::from);
        if let Err(error) = text.and_then(|text| keyring.renew(&text)) {
            tracing::error!(error = %error, "The token keys in the database are none; the known ones stay");
        }
    }

    /// Tells the others of keys that the registry has just handed out: they take the place of those before.
    pub async fn tell_keys(&self, json: &str) {
        let Some(shared) = &self.0 else { return };
        let before = self.heard(TOKEN_KEYS).await.map(|heard| heard.body);
        if before.as_deref() == Some(json.as_bytes()) {
            return;
        }
        let heard = Heard { number: 0, at_us: 0, body: json.as_bytes().to_vec() };
        said(shared.hear(TOKEN_KEYS, &heard, before.as_deref()).await);
    }

    /// The component under this digest, not yet believed.
    pub async fn component(&self, digest: &str) -> Option<anyhow::Result<Version>> {
        let shared = self.0.as_ref()?;
        match shared.component(digest, COMPONENT_BYTES, EVIDENCE_BYTES).await {
            Ok(found) => found.map(version),
            Err(error) => {
                said(Err(error));
                None
            }
        }
    }

    /// Gives the others a component that was proven here. `instead`: of one under its digest that was not.
    pub async fn give(&self, digest: &str, version: &Version, instead: bool) {
        let Some(shared) = &self.0 else { return };
        let done = async {
            if !instead && shared.has_component(digest).await? {
                return Ok(());
            }
            let evidence = serde_json::to_vec(&version.evidence.texts()).unwrap_or_default();
            shared.put_component(digest, &Component { bytes: version.component.clone(), evidence }, instead).await
        };
        said(done.await);
    }

    async fn heard(&self, what: &'static str) -> Option<Heard> {
        match self.0.as_ref()?.heard(what).await {
            Ok(heard) => heard,
            Err(error) => {
                said(Err(error));
                None
            }
        }
    }
}

fn version(found: Component) -> anyhow::Result<Version> {
    let texts = serde_json::from_slice(&found.evidence)?;
    Ok(Version { component: found.bytes, evidence: Evidence::from_texts(texts) })
}

/// A host works without the others.
fn said(done: Result<(), StoreError>) {
    if let Err(error) = done {
        tracing::warn!(error = %error, "What hosts share in the database cannot be read or written at present");
    }
}

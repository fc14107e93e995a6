//! What the registry says of a version once people approved it.

use crate::digest;
use crate::doubt::{Doubt, Part};
use crate::intoto;
use crate::moment;
use crate::publication::SUBJECTS;
use crate::signer::{PublicKey, Signer};
use serde::{Deserialize, Serialize};
use toolcrib_contract::Manifest;
use toolcrib_contract::capability::wanted;
use toolcrib_contract::types::Instant;

const PREDICATE: &str = "urn:toolcrib:approval:v1";

/// The registry's approval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    /// `sha256:<hex>` of the component and of the manifest's text.
    pub component: String,
    pub manifest: String,
    pub facts: Facts,
}

/// What is said about the two files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Facts {
    pub module: String,
    pub version: String,
    /// Slug of the provider, and the key with which it published.
    pub org: String,
    pub key_id: String,
    /// [`capabilities_digest`] of what tenants are asked to agree to.
    pub capabilities: String,
    /// The rules under which it was checked.
    pub rules: String,
    /// Ids of the people who approved.
    pub reviewers: Vec<String>,
    #[serde(with = "moment")]
    pub submitted_at: Instant,
    #[serde(with = "moment")]
    pub approved_at: Instant,
    /// Not installed anywhere from then on.
    #[serde(with = "moment::option")]
    pub expires_at: Option<Instant>,
}

/// `sha256:<hex>` of everything that the manifest asks for: one line each, sorted as consent shows them.
pub fn capabilities_digest(manifest: &Manifest) -> String {
    let line = |wanted: &toolcrib_contract::capability::Wanted| {
        format!("{}{}\n", wanted.capability, if wanted.optional { " optional" } else { "" })
    };
    digest::of(wanted(manifest).iter().map(line).collect::<String>().as_bytes())
}

impl Approval {
    /// The signed statement, as JSON text.
    pub fn seal(&self, signer: &Signer) -> String {
        let [component, manifest] = SUBJECTS;
        intoto::seal(PREDICATE, &[(component, &self.component), (manifest, &self.manifest)], &self.facts, signer)
    }

    /// Reads a statement that one of the registry's keys signed.
    ///
    /// # Errors
    /// [`Doubt`] about [`Part::Approval`].
    pub fn open(envelope: &str, keys: &[PublicKey]) -> Result<Self, Doubt> {
        let ([component, manifest], facts) = intoto::open(Part::Approval, envelope, PREDICATE, SUBJECTS, keys)?;
        Ok(Self { component, manifest, facts })
    }
}

//! Evidence of a project: statements that a host made and signed, files that somebody uploaded, and what is odd about them.
//!
//! Keys say what an item is evidence of: `B0` level before, `C1` statements, `C5` contract, `C6` invoice and payment, `C7`
//! list of what was spent, `E5` filing and acceptance form, `E6` statement, `H1` and `H2` reports before and after, `H3` award
//! form. Hashes are 64 hex digits of SHA-256.

use serde::{Deserialize, Serialize};

/// `PUT /v1/hosts/key`: a host names the key that it signs with.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewHostKey {
    /// Base64.
    pub public_key: String,
    /// That the host holds it: its signature over the hash of its token.
    pub proof: String,
}

/// `GET /v1/host-keys/{key}`: a key that a host signs with, with the registry's word for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HostKey {
    pub key_id: String,
    pub host: String,
    pub public_key: String,
    pub added_at: String,
    /// Signed envelope; verifies with the registry's key.
    pub record: String,
}

/// `POST /v1/projects/{project}/evidence/statements`: a host's signed statement about the firm's use.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SendStatement {
    /// What it is evidence of, for example `H2`.
    pub key: String,
    /// Signed envelope, JSON text.
    pub envelope: String,
}

/// Where an item comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum EvidenceSource {
    /// A host counted and signed it.
    Generated,
    /// Somebody uploaded a file.
    Uploaded,
}

/// One item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EvidenceItem {
    pub id: String,
    pub key: String,
    pub source: EvidenceSource,
    /// Name of the file, or the period of the statement.
    pub name: String,
    /// By its content: `application/pdf`, `image/jpeg`, `image/png`, `application/ofd`, `application/xml`, …
    pub media: String,
    pub bytes: i64,
    pub sha256: String,
    /// Id of the host's key; none of uploaded files.
    pub signer: Option<String>,
    pub host: Option<String>,
    /// What a statement says, in short.
    pub told: Option<StatementTold>,
    /// Name of the person, and of the organisation.
    pub added_by: String,
    pub added_at: String,
    /// It does not count any more, but stays.
    pub withdrawn_at: Option<String>,
    /// Other projects that have the same file. Their ids are told to the authority only.
    pub also_in: i64,
    #[serde(default)]
    pub also_in_projects: Vec<String>,
}

/// What a host's statement says, in short.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StatementTold {
    /// First and last day.
    pub from: String,
    pub until: String,
    pub made_at: String,
    /// Slug of the tenant.
    pub tenant: String,
    pub machines: i64,
    /// The most days on which one machine sent.
    pub machine_days: i64,
    pub modules: Vec<ModuleTold>,
}

/// How one module was used, by a statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ModuleTold {
    pub module: String,
    pub version: String,
    pub calls: i64,
    pub days: i64,
    pub people: i64,
}

/// `GET /v1/projects/{project}/evidence`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EvidencePage {
    /// The first one first.
    pub items: Vec<EvidenceItem>,
    /// What is odd or missing.
    pub doubts: Vec<EvidenceDoubt>,
}

/// Something odd about a project's evidence. It decides nothing by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EvidenceDoubt {
    /// `file-used-elsewhere`, `invoice-file-missing`, `bank-slip-missing`, `contract-missing`, `statement-missing`,
    /// `not-this-firm`.
    pub code: String,
    /// What it is about: an id, a hash or a number.
    pub about: String,
    /// A sentence.
    pub what: String,
}

//! The reviewers' day: queue, claims, comparison, comments, audit.

use super::SubmissionState;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use toolcrib_contract::Capability;
use toolcrib_contract::capability::Wanted;
use toolcrib_contract::evidence::ConsentClass;
use toolcrib_contract::manifest::Words;

/// One step of a submission: who, when, why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Transition {
    pub at: String,
    /// Name of the person, or of the part of the server.
    pub by: String,
    pub act: String,
    pub before: Option<SubmissionState>,
    pub after: SubmissionState,
    pub reason: String,
}

/// `GET /v1/review/queue`: a page, the longest waiting first.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Queue {
    pub entries: Vec<QueueEntry>,
    /// For `after` of the next page; none at the end.
    pub next: Option<String>,
    /// Of everything in review, whatever the filter.
    #[serde(default)]
    pub counts: QueueCounts,
}

/// How many submissions are in review.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QueueCounts {
    pub all: u64,
    /// Nobody works on them.
    pub free: u64,
    /// The one who asks works on them.
    pub mine: u64,
    pub overdue: u64,
}

/// One submission in the queue.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QueueEntry {
    /// Of the submission.
    pub id: String,
    pub module: String,
    pub version: String,
    pub org: String,
    pub org_name: String,
    pub state: SubmissionState,
    pub submitted_by: String,
    pub submitted_at: String,
    /// How long it has waited, in seconds.
    pub age_s: i64,
    pub due_at: String,
    pub overdue: bool,
    /// Name of the reviewer who works on it, and since when.
    pub claimed_by: Option<String>,
    pub claimed_at: Option<String>,
    /// What the checks found that a reviewer should look at.
    #[serde(default)]
    pub warnings: u32,
    /// What tenants of the last approved version have to do: `none`, `optional` or `required`.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub consent: ConsentClass,
    /// What it asks for and the last approved version did not, and the other way round.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<String>))]
    pub added: Vec<Capability>,
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<String>))]
    pub removed: Vec<Capability>,
    /// What the report asks a person to look at: `egress`, `first-publication`, a check's id.
    #[serde(default)]
    pub topics: Vec<String>,
    /// Approvals so far, and how many it needs.
    pub approvals: u32,
    pub approvals_needed: u32,
    /// Why it needs two.
    pub second_because: Vec<String>,
}

/// `POST /v1/submissions/{id}/claim`
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// Id of the reviewer; oneself when absent. Only administrators assign others.
    #[serde(default)]
    pub person: Option<String>,
}

/// `POST /v1/submissions/{id}/comments`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewComment {
    /// 1 to 4,000 characters.
    pub text: String,
}

/// Something said about a version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Comment {
    pub by: String,
    /// `provider` or `marketplace`.
    pub side: String,
    pub at: String,
    pub text: String,
}

/// `GET /v1/submissions/{id}/diff`: against the last approved version below it; everything is new without one.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Diff {
    pub module: String,
    pub before: Option<String>,
    pub after: String,
    pub capabilities: CapabilityDiff,
    /// Functions of the host, `interface.function`.
    pub imports: NameDiff,
    /// Records, operations, events, reads and calls of other modules.
    pub schemas: Vec<Difference>,
    /// Title, summary, reasons, description, licence, segments.
    pub texts: Vec<Difference>,
    /// Pages that the module describes.
    #[serde(default)]
    pub views: Vec<Difference>,
    /// Everything else of the manifest.
    pub manifest: Vec<Difference>,
}

/// What is asked for.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CapabilityDiff {
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<Object>))]
    pub added: Vec<Wanted>,
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<Object>))]
    pub removed: Vec<Wanted>,
    /// Optional before, required now.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<Object>))]
    pub now_required: Vec<Wanted>,
}

/// Names that came and went.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NameDiff {
    pub added: Vec<String>,
    pub removed: Vec<String>,
}

/// One place that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Difference {
    /// For example `handlers/oee/output`: members of lists go by their names.
    pub place: String,
    /// Absent: it is new.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub before: Option<Json>,
    /// Absent: it is gone.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub after: Option<Json>,
}

/// `GET /v1/audit`: one line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditLine {
    pub number: u64,
    pub at: String,
    /// A person's id, or the name of a part of the server.
    pub actor: String,
    /// The person's name as it is now; none for a part of the server.
    pub name: Option<String>,
    pub act: String,
    pub subject: String,
    /// What people call the subject, as it is now; none where it is a word by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub about: Option<Words>,
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub detail: Json,
    /// SHA-256 over the hash of the line before and this line.
    pub hash: String,
}

/// `GET /v1/audit/verify`: the whole chain was read and fits together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditProof {
    pub lines: u64,
    /// Of the last line: keep it elsewhere, and compare.
    pub hash: String,
}

//! A version on its way, and the people who decide on it.

use serde::{Deserialize, Serialize};
use toolcrib_contract::evidence::Stage;
use toolcrib_contract::finding::Report;

/// Where a submission stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SubmissionState {
    /// Only its provider sees it; it is submitted, discarded, or forgotten after a while.
    Draft,
    /// A draft that was given up, replaced or forgotten.
    Discarded,
    /// Waits for its checks.
    Submitted,
    /// The checks are running.
    Checking,
    /// The checks found errors; the provider submits a new build of the same version.
    Failed,
    /// A reviewer decides.
    Review,
    Approved,
    ChangesRequested,
    Rejected,
    /// Approved, and its provider advises against it.
    Deprecated,
    /// Approved, and nobody subscribes to it any more; whoever has it goes on.
    Yanked,
    /// Approved once; for ever not called by any host any more.
    Revoked,
}

impl SubmissionState {
    pub const ALL: [Self; 12] = [
        Self::Draft,
        Self::Discarded,
        Self::Submitted,
        Self::Checking,
        Self::Failed,
        Self::Review,
        Self::Approved,
        Self::ChangesRequested,
        Self::Rejected,
        Self::Deprecated,
        Self::Yanked,
        Self::Revoked,
    ];

    /// Whether the checks have yet to say something.
    pub fn is_unchecked(self) -> bool {
        matches!(self, Self::Submitted | Self::Checking)
    }

    /// The text on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Discarded => "discarded",
            Self::Submitted => "submitted",
            Self::Checking => "checking",
            Self::Failed => "failed",
            Self::Review => "review",
            Self::Approved => "approved",
            Self::ChangesRequested => "changes_requested",
            Self::Rejected => "rejected",
            Self::Deprecated => "deprecated",
            Self::Yanked => "yanked",
            Self::Revoked => "revoked",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

/// Answer of `POST /v1/modules/{module}/versions` (202). The request's body is the component; its header is
/// [`Submitted::STATEMENT`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Submitted {
    /// Id of the submission.
    pub submission: String,
    pub version: String,
    pub digest: String,
}

impl Submitted {
    /// Header: the publisher's signed statement (crate `toolcrib-trust`, `publication`), as JSON text of one line.
    pub const STATEMENT: &'static str = "toolcrib-statement";
}

/// `GET /v1/submissions/{id}`; lists hold them without reports.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Submission {
    pub id: String,
    pub module: String,
    pub version: String,
    pub org: String,
    pub org_name: String,
    pub digest: String,
    pub size_bytes: u64,
    pub state: SubmissionState,
    pub submitted_by: String,
    pub submitted_at: String,
    /// When the marketplace should have answered.
    #[serde(default)]
    pub due_at: String,
    /// Until when a draft is kept.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub expires_at: Option<String>,
    /// Why two people must approve it: `first-publication`, `egress`, `shared-data`; empty when one is enough.
    #[serde(default)]
    pub second_because: Vec<String>,
    /// The reviewer who works on it.
    #[serde(default)]
    pub claimed_by: Option<String>,
    /// The last approved version before this one.
    pub previous: Option<String>,
    /// Newest last.
    pub decisions: Vec<Decision>,
    /// Every step, oldest first; empty in lists.
    #[serde(default)]
    pub history: Vec<super::Transition>,
    /// How far the checks are, while they run.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub progress: Option<Progress>,
    /// What the checks found; none while they run.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub report: Option<Box<Report>>,
}

/// How far the checks of a submission are. They begin again when the registry was stopped in between.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Progress {
    /// The step that goes on: `component`, `world`, `description`, `scenarios` or `checks`.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub stage: Stage,
    /// When it began.
    pub since: String,
}

/// Who decided what, when and why.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Decision {
    pub by: String,
    pub at: String,
    /// `endorse` (the first of two approvals), `approve`, `request_changes` or `reject`.
    #[serde(default)]
    pub act: String,
    /// Where it led.
    pub state: SubmissionState,
    pub reason: String,
}

/// `POST /v1/submissions/{id}/decision`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Decide {
    /// `approve`, `request_changes` or `reject`.
    pub decision: String,
    /// Required unless approving; at most 4,000 characters.
    #[serde(default)]
    pub reason: String,
}

//! What crosses the wire, as JSON. Unknown fields in requests are refused; clients ignore unknown fields in answers.
//!
//! Instants are RFC 3339 texts in UTC; ids are UUID texts; digests are `sha256:<hex>`; keys and signatures are base64
//! (standard alphabet, padded).

mod auth;
mod catalog;
mod consent;
mod mark;
mod org;
mod review;
mod rollout;
mod snapshot;
mod submission;
mod subscription;
mod trust;

pub use auth::{Login, Me, MyOrg, MyTenant, Refresh, Tokens};
pub use catalog::{Listed, ModulePage, NewModule, VersionPage, VersionRow};
pub use consent::{AgreeToUpgrade, Consent, ConsentPage, Policy, Revoke, SetPolicy, Upgrade, UpgradeOffer};
pub use mark::{Mark, SettleMark};
pub use org::{Device, Key, Member, NewDevice, NewKey, NewMember, NewOrg, NewTenant, Org, OrgKind, Tenant};
pub use review::{
    AuditLine, AuditProof, CapabilityDiff, Claim, Comment, Diff, Difference, NameDiff, NewComment, Queue, QueueEntry,
    Transition,
};
pub use rollout::{
    CloseOrg, HealthReport, NewRollout, Rollout, RolloutAction, Stayed, SteerRollout, Steered, Succeed, VersionHealth,
};
pub use snapshot::{Cutoff, Entitlement, SignedSnapshot, Snapshot, SnapshotDevice, SnapshotTenant};
pub use submission::{Decide, Decision, Submission, SubmissionState, Submitted};
pub use subscription::{Subscribe, Subscription};
pub use trust::{Evidence, Introduced, SetStanding};

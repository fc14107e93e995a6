//! What crosses the wire, as JSON. Unknown fields in requests are refused; clients ignore unknown fields in answers.
//!
//! Instants are RFC 3339 texts in UTC; ids are UUID texts; digests are `sha256:<hex>`; keys and signatures are base64
//! (standard alphabet, padded).

mod auth;
mod catalog;
mod host;
mod identity;
mod org;
mod plan;
mod shelf;
mod snapshot;
mod submission;
mod subscription;
mod trusted;

pub use auth::{Login, Me, MyOrg, MyTenant, Refresh, Tokens};
pub use catalog::{Artifact, Listed, ModulePage, NewModule, VersionPage, VersionRow};
pub use host::{HostToken, KnownHost, NewHostToken, Rotate, Rotated};
pub use identity::{
    ApiToken, ChangePassword, Code, EndSessions, FactorBegun, FactorStatus, NewApiToken, Password, Policy,
    RecoveryCodes, SessionRow, SetRate,
};
pub use org::{Device, Key, Member, NewDevice, NewKey, NewMember, NewOrg, NewTenant, Org, OrgKind, Tenant};
pub use plan::{ChoosePlan, ChosenPlan, Plan, PlanKind, UsageLine, UsageRefused, UsageReport, UsageRow, UsageTaken};
pub use shelf::{
    About, AnswerRating, Card, Deprecation, Facet, ModuleTags, NewQualification, ProviderPage, PutSegment, PutTag,
    Qualification, Rate, Rating, Segment, ShelfPage, Tag,
};
pub use snapshot::{Cutoff, Entitlement, SignedSnapshot, Snapshot, SnapshotDevice, SnapshotTenant};
pub use submission::{Decide, Decision, Submission, SubmissionState, Submitted};
pub use subscription::{Subscribe, Subscription};
pub use trusted::{Exchange, Exchanged, NewTrustedPublisher, TrustedOnly, TrustedPublisher, TrustedPublishers};

//! What crosses the wire, as JSON. Unknown fields in requests are refused; clients ignore unknown fields in answers.
//!
//! Instants are RFC 3339 texts in UTC; ids are UUID texts; digests are `sha256:<hex>`; keys and signatures are base64
//! (standard alphabet, padded).

mod auth;
mod catalog;
mod complaint;
mod consent;
mod host;
mod identity;
mod mark;
mod org;
mod plan;
mod review;
mod rollout;
mod shelf;
mod snapshot;
mod submission;
mod subscription;
mod trust;
mod trusted;

pub use auth::{Login, Me, MyOrg, MyTenant, Refresh, Tokens};
pub use catalog::{Approval, Listed, ModulePage, NewModule, VersionPage, VersionRow, VettingPage};
pub use complaint::{Complain, Complaint};
pub use consent::{AgreeToUpgrade, Consent, ConsentPage, Policy, Revoke, SetPolicy, Upgrade, UpgradeOffer};
pub use host::{HostToken, KnownHost, NewHostToken, Rotate, Rotated};
pub use identity::{
    ApiToken, ChangePassword, Code, EndSessions, FactorBegun, FactorStatus, MarketplacePolicy, NewApiToken, Password,
    RecoveryCodes, SessionRow, SetRate,
};
pub use mark::{Mark, SettleMark};
pub use org::{
    Device, Key, Member, NewCertificate, NewDevice, NewKey, NewMember, NewOrg, NewTenant, Org, OrgKind, OrgRow, Tenant,
};
pub use plan::{ChoosePlan, ChosenPlan, Plan, PlanKind, UsageLine, UsageRefused, UsageReport, UsageRow, UsageTaken};
pub use review::{
    AuditLine, AuditProof, CapabilityDiff, Claim, Comment, Diff, Difference, NameDiff, NewComment, Queue, QueueCounts,
    QueueEntry, Transition,
};
pub use rollout::{
    CloseOrg, HealthReport, NewRollout, Rollout, RolloutAction, Stayed, SteerRollout, Steered, Succeed, VersionHealth,
};
pub use shelf::{
    About, AnswerRating, Card, Deprecation, Facet, ModuleTags, NewQualification, ProviderPage, PutSegment, PutTag,
    Qualification, Rate, Rating, Segment, ShelfPage, Tag,
};
pub use snapshot::{Cutoff, Entitlement, SignedSnapshot, Snapshot, SnapshotDevice, SnapshotTenant};
pub use submission::{Decide, Decision, Progress, Submission, SubmissionState, Submitted};
pub use subscription::{Subscribe, Subscription};
pub use trust::{Evidence, Introduced, SetStanding};
pub use trusted::{Exchange, Exchanged, NewTrustedPublisher, TrustedOnly, TrustedPublisher, TrustedPublishers};

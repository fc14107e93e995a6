//! The registry's records: people, organisations, modules, submissions, tenants, subscriptions, hosts, the shelves and
//! what is on them. SQLite or PostgreSQL, and files.
//!
//! [`Catalog`] has one method per thing that can be asked or done, in one file per subject. Time and chance are
//! parameters. A change, its audit line and, when it concerns hosts, the raised snapshot number commit together
//! (`change`). Who may do what is decided by the caller (`registry/api`); what may exist at all is decided here.
//!
//! What must be signed together with a change (approvals, keys, the log's head) is signed inside it, by the notary that
//! the caller passes.
//!
//! Deliberately absent: HTTP, the wire's types, keys of its own, password hashing on the async threads.

#![forbid(unsafe_code)]

mod approve;
mod attempts;
mod audit;
mod authorities;
mod back;
mod beside;
mod blobs;
mod buckets;
mod catalog;
mod change;
mod comments;
mod complaints;
mod consent;
mod devices;
mod drafts;
mod engine;
mod error;
mod evidence;
mod exit;
mod factors;

mod host_keys;
mod host_tokens;
mod hosts;
mod ids;
mod input;
mod keys;
mod listing;
mod log;
mod marketplace;
mod members;
mod modules;
mod oci;
mod orgs;
mod papers;
mod people;
mod plans;
mod providers;
mod queue;
mod ratings;
mod recheck;
mod retention;
mod review;
mod rings;
mod rollouts;
mod segments;
mod sessions;
mod shelf;
mod snapshot;
mod standing;
mod state;
mod submissions;
mod submit;
mod subscriptions;
mod tenants;
mod tokens;
mod transition;
mod trusted;
mod upgrades;
mod usage;
mod values;
mod versions;
mod vetted;
mod words;
mod writing;

pub use attempts::{ATTEMPTS, ATTEMPTS_FROM, ATTEMPTS_WINDOW_MINUTES};
pub use audit::{AUDIT_PAGE, AuditLine};
pub use authorities::{
    ASSESSOR, AUDIT_CONSENT_DAYS, AUDIT_CONSENTS_LISTED, AUDITOR, AUTHORITIES_LISTED, AuditConsent, Authority,
    LOOK_CHARS, LOOKS_PAGE, OFFICIAL,
};
pub use buckets::{Action, BURST_MAX, EVERY_MAX_S, Rate};
pub use catalog::Catalog;
pub use change::Line;
pub use comments::{COMMENT_CHARS, COMMENTS, Comment};
pub use complaints::{COMPLAINT_CHARS, COMPLAINTS_LISTED, COMPLAINTS_OPEN, Complaint};
pub use consent::agreed;
pub use devices::{DEVICES, Device};
pub use drafts::{DRAFT_DAYS, DRAFTS};
pub use engine::Engine;
pub use error::CatalogError;
pub use factors::Factor;

pub use host_keys::{HOST_KEYS, HostKey};
pub use host_tokens::{HOST_TOKEN_DAYS, HOST_TOKEN_OVERLAP_S, HOST_TOKENS, HOSTS, HostToken, KnownHost};
pub use hosts::{Behind, CONNECTED_S};
pub use ids::{DeviceId, PersonId, SubmissionId, TenantId, generate as new_id};
pub use input::{Check, NAME_CHARS};
pub use keys::{KEYS, NewKey, PublishingKey};
pub use listing::{MODULES_LISTED, Module, Version, Viewer};
pub use members::{Member, NewPerson};
pub use oci::{
    Blob, Descriptor, Draft, Made, NewManifest, OciError, Reference, Referrer, Repository, StoredManifest, Swept,
    Unrecorded, Upload, UploadId, Writer,
};
pub use orgs::{NewOrg, ORGS_LISTED, Org, OrgRow};
pub use people::{OrgRole, Person, TenantRole};
pub use plans::{
    CAP_FEN_MAX, CAP_GRACE_HOURS, ChosenPlan, PLANS, PRICE_E4_MAX, Plan, PlanKind, ReadOnly, ReadOnlyBecause,
    TRIAL_DAYS, TRIAL_GRACE_DAYS,
};
pub use providers::{ABOUT_CHARS, Provider, QUALIFICATIONS, Qualification};
pub use queue::{CLAIM_HOURS, Claimed, QUEUE_PAGE, QueueCounts, QueueEntry, QueueFilter, REVIEW_HOURS};
pub use ratings::{Deprecation, Opinion, RATING_CALLS, RATING_CHARS, RATING_DAYS, RATINGS_LISTED, Rating};
pub use recheck::{MARKS_LISTED, Mark};
pub use retention::{READINGS_GRACE_DAYS, READINGS_MONTHS, ReadingsKept};
pub use review::{REASON_CHARS, Verdict};
pub use rings::{MILLION, RINGS, RINGS_USUAL, RolloutState, place};
pub use rollouts::{
    HEALTH_LINES, Health, ROLLOUT_FAULTS_PPM, ROLLOUT_SAMPLE, ROLLOUT_STEP_MAX_S, ROLLOUT_STEP_S, RolledBack, Rollout,
};
pub use segments::{MODULE_TAGS, ModuleTags, SEGMENT_DEPTH, SEGMENTS, Segment, TAGS, Tag, TagKind};
pub use sessions::{DEVICE_CHARS, Opened, REFRESH_DAYS, SESSION_DAYS, SESSIONS, Session};
pub use shelf::{Card, EVERY_SEGMENT, Facet, Found, Nature, Order, SHELF_ROWS, Search};
pub use snapshot::{Cutoff, Entitlement, Entitlements, SnapshotDevice, SnapshotTenant};
pub use standing::NewStanding;
pub use state::{OrgKind, State};
pub use submissions::{Checking, Compared, Decision, SUBMISSIONS_LISTED, Side, Submission};
pub use submit::{CHECKING, NewSubmission};
pub use subscriptions::{Agreement, CONSENTS_LISTED, Kind, Subscription};
pub use tenants::{NewTenant, Tenant};
pub use tokens::{ApiToken, NewToken, Presented, Scope, TOKEN_DAYS, TOKEN_PATTERNS, TOKENS, TRUSTED_TOKEN_S};
pub use transition::{Act, TABLE, Transition, Whose};
pub use trusted::{TRUSTED_PUBLISHERS, TrustedPublisher};
pub use upgrades::{Offer, Policy, Upgrade, Uptake, Waits};
pub use usage::{ModuleUsage, USAGE_DAYS, USAGE_LINES, USAGE_MAX, USAGE_PERIOD_DAYS, UsageLine};
pub use values::{Flag, Whole};
pub use vetted::Vetted;
pub use words::SEARCH_CHARS;
pub use writing::Writing;

#[cfg(test)]
mod tests;

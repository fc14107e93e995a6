//! The registry's records: people, organisations, modules, submissions, tenants, subscriptions, hosts, the shelves and
//! what is on them. SQLite and files.
//!
//! [`Catalog`] has one method per thing that can be asked or done, in one file per subject. Time and chance are
//! parameters. A change, its audit line and, when it concerns hosts, the raised snapshot number commit together
//! (`change`). Who may do what is decided by the caller (`registry/api`); what may exist at all is decided here.
//!
//! Deliberately absent: HTTP, the wire's types, signing, password hashing on the async threads.

#![forbid(unsafe_code)]

mod attempts;
mod audit;
mod blobs;
mod buckets;
mod catalog;
mod change;
mod consent;
mod devices;
mod error;
mod factors;
mod host_tokens;
mod hosts;
mod ids;
mod input;
mod keys;
mod listing;
mod marketplace;
mod members;
mod modules;
mod orgs;
mod people;
mod plans;
mod providers;
mod ratings;
mod review;
mod segments;
mod sessions;
mod shelf;
mod snapshot;
mod state;
mod submissions;
mod submit;
mod subscriptions;
mod tenants;
mod tokens;
mod trusted;
mod usage;
mod words;

pub use attempts::{ATTEMPTS, ATTEMPTS_FROM, ATTEMPTS_WINDOW_MINUTES};
pub use buckets::{Action, BURST_MAX, EVERY_MAX_S, Rate};
pub use catalog::Catalog;
pub use consent::agreed;
pub use devices::{DEVICES, Device};
pub use error::CatalogError;
pub use factors::Factor;
pub use host_tokens::{HOST_TOKEN_DAYS, HOST_TOKEN_OVERLAP_S, HOST_TOKENS, HOSTS, HostToken, KnownHost};
pub use hosts::{Behind, CONNECTED_S};
pub use ids::{DeviceId, PersonId, SubmissionId, TenantId};
pub use keys::{KEYS, PublishingKey};
pub use listing::{MODULES_LISTED, Module, Version, Viewer};
pub use members::{Member, NewPerson};
pub use orgs::{NewOrg, Org};
pub use people::{OrgRole, Person, TenantRole};
pub use plans::{CAP_FEN_MAX, ChosenPlan, PLANS, PRICE_E4_MAX, Plan, PlanKind, TRIAL_DAYS};
pub use providers::{ABOUT_CHARS, Provider, QUALIFICATIONS, Qualification};
pub use ratings::{Deprecation, Opinion, RATING_CALLS, RATING_CHARS, RATING_DAYS, RATINGS_LISTED, Rating};
pub use review::{Approval, Verdict};
pub use segments::{MODULE_TAGS, ModuleTags, SEGMENT_DEPTH, SEGMENTS, Segment, TAGS, Tag, TagKind};
pub use sessions::{DEVICE_CHARS, Opened, REFRESH_DAYS, SESSION_DAYS, SESSIONS, Session};
pub use shelf::{Card, Facet, Found, SHELF_ROWS, Search};
pub use snapshot::{Cutoff, Entitlement, Entitlements, SnapshotDevice, SnapshotTenant};
pub use state::{OrgKind, State};
pub use submissions::{Checking, Decision, SUBMISSIONS_LISTED, Submission};
pub use submit::{CHECKING, NewSubmission};
pub use subscriptions::{Agreement, Subscription};
pub use tenants::{NewTenant, Tenant};
pub use tokens::{ApiToken, NewToken, Presented, Scope, TOKEN_DAYS, TOKEN_PATTERNS, TOKENS, TRUSTED_TOKEN_S};
pub use trusted::{TRUSTED_PUBLISHERS, TrustedPublisher};
pub use usage::{ModuleUsage, USAGE_DAYS, USAGE_LINES, USAGE_MAX, USAGE_PERIOD_DAYS, UsageLine};
pub use words::SEARCH_CHARS;

#[cfg(test)]
mod tests;

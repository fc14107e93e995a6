//! What crosses the wire, as JSON. Unknown fields in requests are refused; clients ignore unknown fields in answers.
//!
//! Instants are RFC 3339 texts in UTC; ids are UUID texts; digests are `sha256:<hex>`; keys and signatures are base64
//! (standard alphabet, padded).

mod auth;
mod authority;
mod catalog;
mod complaint;
mod consent;
mod evidence;
mod forecast;
mod host;
mod identification;
mod identity;
mod kit;
mod ledger;
mod mark;
mod offer;
mod org;
mod payout;
mod plan;
mod platform_invoice;
mod programme;
mod project;
mod review;
mod rollout;
mod said;
mod shelf;
mod snapshot;
mod submission;
mod subscription;
mod trust;
mod trusted;

pub use auth::{Login, Me, MyOrg, MyTenant, Refresh, Tokens};
pub use authority::{AgreeToAudit, AuditConsent, Authority, Look};
pub use catalog::{Approval, Listed, ModulePage, NewModule, VersionPage, VersionRow, VettingPage};
pub use complaint::{Complain, Complaint};
pub use consent::{AgreeToUpgrade, Consent, ConsentPage, Policy, Revoke, SetPolicy, Upgrade, UpgradeOffer};
pub use evidence::{
    EvidenceDoubt, EvidenceItem, EvidencePage, EvidenceSource, HostKey, ModuleTold, NewHostKey, SendStatement,
    StatementTold,
};
pub use forecast::{AskForecast, Forecast, ForecastLine, IntendedLine};
pub use host::{HostToken, KnownHost, NewHostToken, Rotate, Rotated};
pub use identification::{
    Appeal, DecideDispute, Dispute, ExpertScore, GiveScore, Identification, IdentificationCount, IdentificationKind,
    IdentificationRow, IdentificationState, IdentificationStep, Identifications, NewIdentification, Objection,
    QualificationPaper, Scores, TakeIdentificationStep,
};
pub use identity::{
    ApiToken, ChangePassword, Code, EndSessions, FactorBegun, FactorStatus, MarketplacePolicy, NewApiToken, Password,
    RecoveryCodes, SessionRow, SetRate,
};
pub use kit::{Adoption, KitPage, KitRow, Kits, NewAdoption, NewKit};
pub use ledger::{Account, ClosePeriod, LedgerEntry, LedgerPage, LedgerProof, Period, Posting};
pub use mark::{Mark, SettleMark};
pub use offer::{
    Contract, ContractRow, Contracts, EndOffer, NewOffer, NewOfferLine, NewOfferVersion, Offer, OfferLine, OfferRow,
    OfferSignature, OfferSplit, OfferState, OfferStep, OfferVersion, Offers, ProviderNote, SignOffer,
};
pub use org::{
    Device, Key, Member, NewCertificate, NewDevice, NewKey, NewMember, NewOrg, NewTenant, Org, OrgKind, OrgRow, Tenant,
};
pub use payout::{
    EarnedLine, EarnedMonth, EarnedOf, Earnings, InvoicePaid, MakePayouts, NewPlatformFee, NotePaid, NotePaidOut,
    Payout, Payouts, PayoutsMade, PlatformFee,
};
pub use plan::{ChoosePlan, ChosenPlan, Plan, PlanKind, UsageLine, UsageRefused, UsageReport, UsageRow, UsageTaken};
pub use platform_invoice::{
    BillFailed, BillMonth, Billed, CreditLine, NewCredit, Payers, PlatformInvoice, PlatformInvoices, PlatformLine,
    Statement, UsageEvent, UsageEventData,
};
pub use programme::{
    Batch, Category, CityKind, Coverage, Enrol, Funds, NewProgramme, NewRules, NewService, Programme, ProgrammeRow,
    ProjectPage, ProjectRow, Rules, Service, StateCount, Track,
};
pub use project::{
    Accept, Acceptance, AnswerObjection, Assessment, AssessmentKind, AssessmentMade, AssessmentsMade, Award,
    AwardObjection, ClawBack, ContractLine, FileProject, FileSigned, Filed, FiledContract, Firm, FirmClass, Invoice,
    NewAssessment, NewClawBack, NewInvoice, NewPayment, NewRefund, Object, OnLine, PayTranche, Payment, Project,
    ProjectState, PublicAward, Publicity, Recover, Refund, SimpleAct, Step, TakeStep, Tranche,
};
pub use review::{
    AuditLine, AuditProof, CapabilityDiff, Claim, Comment, Diff, Difference, NameDiff, NewComment, Queue, QueueCounts,
    QueueEntry, Transition,
};
pub use rollout::{
    CloseOrg, HealthReport, NewRollout, Rollout, RolloutAction, Stayed, SteerRollout, Steered, Succeed, VersionHealth,
};
pub use said::{Said, said};
pub use shelf::{
    About, AnswerRating, Card, Deprecation, Facet, ModuleTags, NewQualification, ProviderPage, PutSegment, PutTag,
    Qualification, Rate, Rating, Segment, ShelfPage, Tag,
};
pub use snapshot::{
    Cutoff, Entitlement, ReadOnly, ReadOnlyBecause, ReadingsKept, SignedSnapshot, Snapshot, SnapshotDevice,
    SnapshotTenant,
};
pub use submission::{Decide, Decision, Progress, Submission, SubmissionState, Submitted};
pub use subscription::{Subscribe, Subscription};
pub use trust::{Evidence, Introduced, SetStanding};
pub use trusted::{Exchange, Exchanged, NewTrustedPublisher, TrustedOnly, TrustedPublisher, TrustedPublishers};

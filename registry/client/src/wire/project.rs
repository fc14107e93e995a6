//! A firm's project in a programme: its file, from enrolment to review.
//!
//! Amounts are whole fen, days `YYYY-MM-DD` in the city's time (UTC+8), hashes 64 hex digits of SHA-256.

use super::programme::Category;
use serde::{Deserialize, Serialize};

/// Where a project stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ProjectState {
    Enrolled,
    Diagnosed,
    Filed,
    Delivering,
    Delivered,
    Accepted,
    Rejected,
    Publicity,
    Awarded,
    Paid,
    Reviewed,
    Withdrawn,
    ClawedBack,
}

/// What a firm is recognised as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum FirmClass {
    None,
    /// 创新型
    Innovative,
    /// 专精特新
    Specialised,
    /// 小巨人
    LittleGiant,
}

/// A firm as it enrols.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Firm {
    /// Unified social credit code.
    pub uscc: String,
    pub name: String,
    pub district: String,
    /// Code of the programme's segment.
    pub segment: String,
    /// Above the statistical scale (规上).
    pub above_scale: bool,
    pub class: FirmClass,
    /// On the list of serious dishonesty.
    #[serde(default)]
    pub dishonest: bool,
    /// Programmes that funded it before.
    #[serde(default)]
    pub funded_by: Vec<String>,
    /// Slug of its organisation here; whoever belongs to it acts for the firm.
    #[serde(default)]
    pub org: Option<String>,
}

/// `GET /v1/projects/{project}`: the whole file.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Project {
    pub id: String,
    pub programme: String,
    pub programme_name: String,
    /// Slug.
    pub authority: String,
    pub firm: Firm,
    pub state: ProjectState,
    pub due: Option<String>,
    pub filing: Option<Filed>,
    pub assessments: Vec<Assessment>,
    pub invoices: Vec<Invoice>,
    pub payments: Vec<Payment>,
    pub refunds: Vec<Refund>,
    pub acceptance: Option<Acceptance>,
    pub publicity: Option<Publicity>,
    pub award: Option<Award>,
    pub claw_backs: Vec<ClawBack>,
    /// Every step, the first one first.
    pub steps: Vec<Step>,
}

/// A step that was taken. It never changes.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Step {
    pub number: i64,
    pub act: String,
    pub before: Option<ProjectState>,
    pub after: ProjectState,
    pub at: String,
    /// Name of the person, and of the organisation.
    pub by: String,
    pub why: String,
}

/// `POST /v1/projects/{project}/steps`: an act that needs nothing but its reason.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct TakeStep {
    pub act: SimpleAct,
    /// 1 to 500 characters.
    pub why: String,
}

/// Acts that need nothing but their reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SimpleAct {
    /// By the provider or the firm: the diagnosis is done, what it found.
    Diagnose,
    /// By the provider or the firm: delivery begins.
    Start,
    /// By the provider or the firm: everything is delivered.
    Deliver,
    /// By the firm or an official, until the award is paid.
    Withdraw,
    /// By an official: the award is shown in public for the days that the rules say.
    Publish,
    /// By an official, once publicity is over: the award is granted.
    Award,
    /// By an official, once everything is paid: what came of it.
    Review,
    /// By an official: the firm is on the list of serious dishonesty, or not any more.
    MarkDishonest,
    ClearDishonest,
}

/// One line of a contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ContractLine {
    /// From 1.
    pub line: u32,
    pub category: Category,
    pub description: String,
    pub quantity: u32,
    pub list_fen: i64,
    pub discount_fen: i64,
    /// List less discount.
    pub net_fen: i64,
    /// Name and version of a module of the marketplace.
    #[serde(default)]
    pub module: Option<(String, String)>,
}

/// A contract as it is filed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct FiledContract {
    /// Its number, unique in the project.
    pub number: String,
    /// Slug of the provider's organisation, and its credit code.
    pub provider: String,
    /// In answers: the provider's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider_name: Option<String>,
    pub seller_uscc: String,
    pub signed_on: String,
    pub lines: Vec<ContractLine>,
    /// In answers: id and hash of the contract that was signed in the marketplace; none for one on paper.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed: Option<(String, String)>,
}

impl FiledContract {
    /// What people call the provider.
    pub fn provider_named(&self) -> &str {
        self.provider_name.as_deref().unwrap_or(&self.provider)
    }
}

/// A contract that was signed in the marketplace, as it is presented at filing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct FileSigned {
    /// Its id.
    pub contract: String,
    /// Its hash, as it was read.
    pub hash: String,
    /// Credit code of the provider.
    pub seller_uscc: String,
}

/// `POST /v1/projects/{project}/filing`: pins contracts and rules.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct FileProject {
    pub track: String,
    /// The version that was read; refused when another one is in force.
    pub rules_version: u32,
    /// On paper; with those signed in the marketplace 1 to 10.
    #[serde(default)]
    pub contracts: Vec<FiledContract>,
    /// Signed in the marketplace, under this programme.
    #[serde(default)]
    pub signed: Vec<FileSigned>,
    /// What will be done, 1 to 2,000 characters.
    pub plan: String,
    /// The firm states that the filing is true.
    pub pledge: bool,
}

/// What was filed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Filed {
    pub track: String,
    pub rules_version: u32,
    pub batch: u32,
    pub on: String,
    pub contracts: Vec<FiledContract>,
    pub plan: String,
    /// Hash of the contracts as they were filed: what is presented later must have the same.
    pub sha256: String,
    /// What the rules would pay at most for it.
    pub committed_fen: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum AssessmentKind {
    SelfBefore,
    OnsiteBefore,
    SelfAfter,
    OnsiteAfter,
}

/// `POST /v1/projects/{project}/assessments`. The level follows from the figures by the edition's rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewAssessment {
    pub kind: AssessmentKind,
    /// `2022` or `2024`.
    pub edition: String,
    /// Hundredths of a point: at most 5,000, 3,000 and 2,000.
    pub base: u32,
    pub management: u32,
    pub results: u32,
    /// How many of the 16 scenes, and of them how many starred ones, are at level 1, 2, 3, 4 or above.
    pub scenes: [u32; 4],
    pub starred: [u32; 4],
    /// Of the snapshot that the figures come from.
    pub snapshot_sha256: String,
}

/// An assessment. It never changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Assessment {
    pub number: i64,
    #[serde(flatten)]
    pub assessment: NewAssessment,
    /// 0 to 4.
    pub level: u8,
    pub at: String,
    /// Name of the person, and of the organisation.
    pub by: String,
}

/// An assessment in the list of whoever made it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AssessmentMade {
    /// Id and name of the firm's project.
    pub project: String,
    pub name: String,
    pub district: String,
    pub programme_name: String,
    pub kind: AssessmentKind,
    /// 0 to 4.
    pub level: u8,
    pub at: String,
}

/// `GET /v1/assessments?after=`: what the caller measured on site, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AssessmentsMade {
    pub rows: Vec<AssessmentMade>,
    /// For `after`.
    pub next: Option<String>,
}

/// An amount on a line of a filed contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct OnLine {
    /// Number of the contract.
    pub contract: String,
    pub line: u32,
    pub amount_fen: i64,
}

/// `POST /v1/projects/{project}/invoices`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewInvoice {
    /// 8 or 20 digits; a code before it, spaces and full-width digits are read as what they mean.
    pub number: String,
    pub seller_uscc: String,
    pub buyer_uscc: String,
    pub issued_on: String,
    /// What it is about; all of it with tax.
    pub lines: Vec<OnLine>,
    pub file_sha256: String,
}

/// An invoice. The number is in the one form that is compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Invoice {
    pub id: String,
    #[serde(flatten)]
    pub invoice: NewInvoice,
    pub amount_fen: i64,
    pub at: String,
}

/// `POST /v1/projects/{project}/payments`: company to company.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewPayment {
    /// Id of the invoice that it pays.
    pub invoice: String,
    pub payer_uscc: String,
    pub payee_uscc: String,
    pub paid_on: String,
    pub lines: Vec<OnLine>,
    pub bank_slip_sha256: String,
}

/// A payment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Payment {
    pub id: String,
    #[serde(flatten)]
    pub payment: NewPayment,
    pub amount_fen: i64,
    pub at: String,
}

/// `POST /v1/projects/{project}/refunds`: the provider paid a line back; nothing is paid for it any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewRefund {
    pub contract: String,
    pub line: u32,
    pub why: String,
}

/// A line that was paid back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Refund {
    #[serde(flatten)]
    pub refund: NewRefund,
    pub at: String,
    pub by: String,
}

/// `POST /v1/projects/{project}/acceptance`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Accept {
    pub accepted: bool,
    /// 1 to 9 names.
    pub experts: Vec<String>,
    /// The experts saw it used.
    pub in_real_use: bool,
    /// 0 to 100.
    pub satisfaction: u8,
    /// Lines that are not accepted: number of the contract and line.
    #[serde(default)]
    pub lines_refused: Vec<(String, u32)>,
    /// The contracts as they were presented; refused when they are not those that were filed.
    pub contracts_sha256: String,
    pub why: String,
}

/// An acceptance and what follows from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Acceptance {
    #[serde(flatten)]
    pub acceptance: Accept,
    pub level_before: u8,
    pub level_after: u8,
    pub at: String,
    /// Name of the person, and of the organisation.
    pub by: String,
}

/// How an award came about: the least of the three.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Award {
    /// Accepted, eligible, paid.
    pub base_fen: i64,
    pub rate_bp: u32,
    pub by_rate_fen: i64,
    pub cap_fen: i64,
    pub remaining_fen: i64,
    pub amount_fen: i64,
    pub tranches: Vec<Tranche>,
}

/// A part of an award.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Tranche {
    /// From 1.
    pub tranche: u32,
    pub amount_fen: i64,
    pub paid_on: Option<String>,
}

/// `POST /v1/projects/{project}/tranches`: the next part is paid.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PayTranche {
    pub tranche: u32,
    /// Not in a closed period, not in the future.
    pub paid_on: String,
    pub bank_slip_sha256: String,
}

/// An award shown in public.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Publicity {
    pub from: String,
    /// Last day for objections.
    pub until: String,
    pub objections: Vec<AwardObjection>,
}

/// Of `GET /v1/programmes/{programme}/publicity`: what everybody may object to.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PublicAward {
    pub project: String,
    pub uscc: String,
    pub name: String,
    pub district: String,
    pub segment: String,
    pub level_after: u8,
    pub award_fen: i64,
    pub from: String,
    pub until: String,
}

/// `POST /v1/projects/{project}/objections`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Object {
    /// 1 to 2,000 characters.
    pub text: String,
}

/// `POST /v1/projects/{project}/objections/{number}`: an official's answer.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AnswerObjection {
    /// The award falls, and the project is rejected.
    pub upheld: bool,
    pub why: String,
}

/// An objection. Who objected is told to the authority only.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AwardObjection {
    pub number: i64,
    pub text: String,
    pub at: String,
    pub by: Option<String>,
    pub upheld: Option<bool>,
    pub answer: Option<String>,
}

/// `POST /v1/projects/{project}/claw-backs`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewClawBack {
    /// At most what was paid and not demanded back yet.
    pub amount_fen: i64,
    pub document: String,
    pub why: String,
}

/// `POST /v1/projects/{project}/claw-backs/{number}`: the money is back.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Recover {
    pub paid_on: String,
    pub bank_slip_sha256: String,
}

/// Money that is demanded back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ClawBack {
    pub number: i64,
    #[serde(flatten)]
    pub claw_back: NewClawBack,
    pub at: String,
    pub by: String,
    /// The day the money was back.
    pub recovered_on: Option<String>,
}

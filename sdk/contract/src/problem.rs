//! Problems (RFC 9457): what happened, what to do, a stable code.

use crate::json::InputError;
use crate::language::Lang;
use crate::report::Report;
use serde::{Deserialize, Serialize};

/// The body of every error over HTTP, sent as `application/problem+json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// `/problems/<code>`: a page with the remedy, served by the host.
    #[serde(rename = "type")]
    pub kind: String,
    /// Stable, kebab case.
    pub code: String,
    /// HTTP status.
    pub status: u16,
    pub title: String,
    /// What happened here.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub detail: Option<String>,
    /// What to do.
    pub remedy: String,
    /// Everything wrong with the input.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub errors: Vec<InputError>,
    /// What came of the rows of a file, of [`ROWS_REFUSED`].
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub report: Option<Box<Report>>,
    /// The same id stands in the log.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub request_id: Option<String>,
}

/// A kind of problem: its code, HTTP status, title and remedy, in English; the title in Chinese, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProblemKind {
    pub code: &'static str,
    pub status: u16,
    pub title: &'static str,
    pub title_zh: &'static str,
    pub remedy: &'static str,
}

macro_rules! problems {
    ($($name:ident = $code:literal $status:literal $title:literal / $zh:literal, $remedy:literal;)*) => {
        $(pub const $name: ProblemKind = ProblemKind {
            code: $code, status: $status, title: $title, title_zh: $zh, remedy: $remedy,
        };)*
        /// Every kind, for the remedy pages.
        pub const ALL: &[ProblemKind] = &[$($name),*];
    };
}
problems! {
    BAD_JSON = "bad-json" 400 "The body is not JSON" / "内容不是 JSON", "Send UTF-8 JSON, at most 32 levels deep, without duplicate or NaN values.";
    BAD_INPUT = "bad-input" 422 "The input does not fit the operation" / "输入不符合要求", "Correct the fields listed under `errors`; the OpenAPI document has the types.";
    BAD_REQUEST = "bad-request" 400 "The request is malformed" / "请求格式不对", "Compare it with the OpenAPI document.";
    NOT_SIGNED_IN = "not-signed-in" 401 "Nobody is signed in" / "尚未登录", "Send a valid access token as `Authorization: Bearer …`; refresh it when it has expired.";
    BAD_CREDENTIALS = "bad-credentials" 401 "The e-mail or password is wrong" / "邮箱或密码不正确", "Try again, or ask your administrator to set a new password.";
    SECOND_FACTOR_NEEDED = "second-factor-needed" 401 "A code of the second factor is needed" / "还需要一个动态验证码", "Send the code that your authenticator app shows now, or a recovery code, as `code`.";
    SECOND_FACTOR_MISSING = "second-factor-missing" 403 "Your role needs a second factor" / "您的角色需要启用动态验证码", "Set one up under `/v1/me/second-factor`, then sign in again.";
    TOKEN_SCOPE = "token-scope" 403 "The token may not do this" / "这个令牌无权这样做", "Make a token with the scope and module that the detail names, or sign in: some things take a person.";
    TOO_OFTEN = "too-often" 429 "This was done too often" / "操作过于频繁", "Wait as `Retry-After` says, then send the same request again.";
    NOT_ALLOWED = "not-allowed" 403 "Your role does not allow this" / "您的角色不允许这样做", "Ask an administrator of your organisation.";
    AUDIT_NOT_AGREED = "audit-not-agreed" 403 "The factory has not agreed to this audit" / "工厂没有同意审计人员查看", "An owner of the factory can agree to it for some days.";
    NOT_FOUND = "not-found" 404 "There is no such thing here" / "这里没有您要找的内容", "Check the address. What you may not see is shown as absent.";
    METHOD = "method-not-allowed" 405 "This address does not take that method" / "此地址不支持这种方式", "See the OpenAPI document.";
    CONFLICT = "conflict" 409 "Somebody changed this meanwhile" / "其他人刚刚做了修改", "Load it again and repeat the change.";
    NOT_UNIQUE = "not-unique" 409 "This already exists" / "已经存在", "Choose another value.";
    TOO_LARGE = "too-large" 413 "The body exceeds the published limit" / "内容超过了规定的大小", "Send less at once; the README lists the limits.";
    MEDIA_TYPE = "media-type" 415 "This media type is not understood" / "不支持这种内容类型", "See the OpenAPI document for the one to send.";
    KEY_REUSED = "idempotency-key-reused" 422 "This idempotency key was used for another request" / "这个表单已经用于另一次提交", "Use a new key for a new request, the same key only for a repetition.";
    REJECTED = "rejected" 422 "The module refused the request" / "模块拒绝了这次操作", "Read the detail; nothing was written.";
    ROWS_REFUSED = "rows-refused" 422 "Rows of the file were refused" / "文件中有错的行", "Correct the rows that `report` lists and send the file again; nothing was written.";
    BAD_FILE = "bad-file" 422 "The file cannot be read as a table" / "文件无法作为表格读取", "Save it once more as a CSV file, in UTF-8 or GB18030, with one line of column names above the rows.";
    BAD_UPLOAD = "bad-upload" 422 "The file is not one that is taken here" / "这个文件用不了", "Choose another one, of the kind and size that is asked for; nothing was written.";
    BUSY = "busy" 429 "Too much is waiting" / "排队的请求太多", "Wait as `Retry-After` says, then send the same request again.";
    NOT_SUBSCRIBED = "not-subscribed" 403 "This tenant has no subscription to the module" / "这个工厂没有开通该模块", "An administrator of the tenant can subscribe on the module's page.";
    NOT_CONSENTED = "not-consented" 403 "The tenant did not agree to what the module asks for" / "工厂没有同意模块所请求的内容", "An administrator of the tenant can grant it on the module's page.";
    PLAN_NEEDED = "plan-needed" 409 "The module has a price" / "该模块需要付费", "Choose one of its plans and approve a cap first.";
    OVER_CAP = "over-cap" 403 "The approved cap is reached" / "已达到批准的费用上限", "An owner of the tenant can approve a higher cap or choose another plan.";
    ALREADY_IDENTIFIED = "already-identified" 409 "The provider has applied or is on the list already" / "该服务商已申请或已在名单内", "One identification holds for a city, a segment and a kind; follow the one that there is, or renew it.";
    RENEWAL_CLOSED = "renewal-closed" 409 "This cannot be renewed now" / "当前不能申请续期", "The detail says from when until when renewals are taken, and what must be settled first.";
    SCORES_MISSING = "scores-missing" 409 "Experts have not scored yet" / "还有专家没有评分", "Wait for them, or name others in their place.";
    NOT_APPEALABLE = "not-appealable" 409 "There is no appeal against this" / "不能对此申诉", "Appeal once, in time, against the newest refusal, warning, demand, suspension or delisting.";
    OFFER_OVER = "offer-over" 409 "This offer cannot be signed any more" / "该报价已不能签署", "Ask the provider for a new version, or for another offer.";
    MONTH_OPEN = "month-open" 409 "The month is not over" / "该月份尚未结束", "Bill a month after its last day.";
    CREDIT_TOO_LARGE = "credit-too-large" 409 "More would be credited than was invoiced" / "贷记金额超过了账单余额", "At most what earlier credit notes left of each line.";
    TRIAL_ENDED = "trial-ended" 403 "The trial is over: only reading is left" / "试用已结束，目前只能查看", "An owner of the tenant can choose a plan; everything that was entered is kept.";
    PAYMENT_DIFFERS = "payment-differs" 409 "This is not what is owed of the invoice" / "金额与应付余额不一致", "Note the whole of what is owed once it has come; for less, issue a credit note first.";
    MODULE_REVOKED = "module-revoked" 403 "The marketplace withdrew this version of the module" / "市场撤回了该模块的这个版本", "Nothing of it runs any more; its data is kept. An administrator of the tenant can subscribe to another version.";
    MODULE_PAUSED = "module-paused" 409 "The module is paused here" / "模块已在本厂暂停", "An administrator of the tenant can let it go on, on the module's page; its data is kept.";
    LIMIT_REACHED = "limit-reached" 409 "There is no room for another" / "数量已经到上限", "The detail names the limit; remove what is not needed any more.";
    NOT_PAIRED = "not-paired" 401 "This device is no terminal" / "这台设备还没有配对", "Pair it with a code that an administrator makes on the terminals page.";
    PAIRING_CODE = "pairing-code" 422 "This pairing code is not valid" / "配对码不对或已过期", "Codes are good for ten minutes, once; an administrator makes a new one on the terminals page.";
    BADGE_UNKNOWN = "badge-unknown" 422 "Nobody here has this badge" / "没有人用这张工牌", "Try again, sign in with code and PIN, or ask an administrator to enter the badge.";
    PIN_WRONG = "pin-wrong" 422 "The code or the PIN is wrong" / "工号或 PIN 不对", "Try again; after five wrong PINs none is taken for five minutes.";
    PIN_LOCKED = "pin-locked" 429 "The PIN is locked for a while" / "PIN 输错次数太多，已暂时锁定", "Wait, use the badge, or ask an administrator for a new PIN.";
    TOO_LATE = "too-late" 422 "This waited on the terminal for too long" / "这条记录在终端上放得太久", "Enter it by hand with its true time; it was not done.";
    NOT_READY = "not-ready" 503 "The module is not loaded yet" / "模块尚未准备好", "Try again in a moment.";
    RETRY = "retry" 503 "The module asks to be called again later" / "模块请求稍后再试", "Send the same request again in a moment.";
    MODULE_FAULT = "module-fault" 502 "The module failed" / "模块出错", "Nothing was written. Tell the module's provider; the host is well.";
    TIMEOUT = "module-timeout" 504 "The module took too long" / "模块超时", "Nothing was written. Ask for less at once, or tell the module's provider.";
    LIMIT = "module-limit" 502 "The module exceeded a limit" / "模块超出了限制", "Nothing was written. The detail names the limit; tell the module's provider.";
    STORAGE_FULL = "storage-full" 507 "There is no space left" / "空间已满", "Free space or ask for a larger quota; nothing was written.";
    BAD_COMPONENT = "bad-component" 422 "This is not a component that can run here" / "这不是可以在此运行的组件", "Build it with `cargo toolcrib build` and read the findings.";
    VERSION_EXISTS = "version-exists" 409 "This version exists already" / "这个版本已经存在", "Raise the version in Cargo.toml; a published version never changes.";
    NOT_PROVEN = "not-proven" 422 "This does not prove what it says" / "无法证实其内容", "Get it again from where it was made, unchanged; the detail says which check failed. Nothing was taken.";
    KIT_REFUSED = "kit-refused" 422 "This set-up cannot be taken over as it is" / "这套配置目前不能照搬", "The detail says what stands against it; nothing was taken over.";
    WRONG_STATE = "wrong-state" 409 "This is not possible in the present state" / "当前状态下不能这样做", "Load it again to see its state.";
    RULE_WINDOW = "rule-01-window" 409 "The programme takes no filings today" / "当前不在项目申报期内", "See the programme's window and its batches; file in the next one.";
    RULE_ONE_PROGRAMME = "rule-02-one-programme" 409 "The firm takes part in a programme already" / "该企业已参加过试点项目", "One firm takes part in one programme; go on with the project that it has.";
    RULE_EXCLUDED = "rule-03-excluded-firm" 409 "The programme's rules exclude this firm" / "该企业不符合申报条件", "The detail names the rule; an official can correct what is wrong in the firm's file.";
    RULE_SEGMENT = "rule-04-segment" 409 "The programme has no such segment" / "该行业不在本项目支持范围内", "Choose one of the programme's segments.";
    RULE_PROVIDER = "rule-05-provider" 409 "The provider may not act in this programme now" / "服务商当前不在有效名单内", "Ask the city how the provider stands; nothing was booked.";
    RULE_CONTRACT = "rule-06-contract" 409 "The contracts are not those that were filed" / "合同内容与备案时不一致", "Present the contracts as they were filed; changes need a filing of their own.";
    RULE_INVOICE_USED = "rule-07-invoice-used" 409 "The invoice or bank slip was used before" / "发票或银行回单已被使用", "Each counts once, in whatever form its number is written; present another one.";
    RULE_INVOICE = "rule-08-invoice" 409 "The invoice does not fit the filing" / "发票与备案合同不符", "Seller, buyer, dates and amounts must be those of the filed contracts.";
    RULE_PAYMENT = "rule-09-payment" 409 "The payment does not count" / "付款凭证不符合要求", "Only transfers from the firm's account to the seller's count, up to what was invoiced, for lines that the rules pay for.";
    RULE_ASSESSOR = "rule-10-assessor" 403 "Whoever is close to a party does not judge it" / "评定人员须回避", "Somebody from the authority who belongs neither to the firm nor to a provider assesses.";
    RULE_LEVEL = "rule-11-level" 409 "The digital level does not suffice" / "数字化水平评测未达到要求", "The rules ask for an assessment, after delivery one on site, of at least the level that the detail names.";
    RULE_GAIN = "rule-12-gain" 409 "The digital level did not rise enough" / "数字化水平提升不足", "The rules ask for more levels gained since the assessment before.";
    RULE_TIME = "rule-13-time-limit" 409 "The time for delivery is over" / "已超过项目实施期限", "The firm can withdraw; what was reserved for it returns to the budget.";
    RULE_BUDGET = "rule-14-budget" 409 "There is no budget left" / "资金额度不足", "The detail says which cap is used up: programme, batch or provider.";
    RULE_SHARE = "rule-15-sme-share" 409 "Too little would go to the firms themselves" / "中小企业改造资金占比不足", "Services are paid once enough was paid to firms; the programme names the share.";
    RULE_PUBLICITY = "rule-16-publicity" 409 "Publicity is not over" / "公示尚未结束或有异议未处理", "Wait for its last day, and answer every objection.";
    RULE_PERIOD = "rule-17-closed-period" 409 "The books of this day are closed" / "该会计期间已结账", "Book it on a later day; a closed month does not change.";
    RULE_CHANGED = "rule-18-rules-changed" 409 "The rules changed meanwhile" / "实施细则已更新", "Read the version that is in force and file under it.";
    RULE_WITHDRAWN = "rule-19-withdrawn" 409 "The firm has withdrawn" / "该企业已退出项目", "Nothing more happens in this project; the firm can enrol again.";
    RULE_STEP = "rule-20-step" 409 "This step is not possible now" / "当前环节不能这样做", "Load the project again: somebody may have taken the step already.";
    RULE_TRANCHE = "rule-21-tranche" 409 "This is not the next part to be paid" / "不是下一笔应拨付的资金", "Parts of an award are paid once, in their order.";
    RULE_CLAW_BACK = "rule-22-claw-back" 409 "More is demanded back than was paid" / "追回金额超过已拨付金额", "At most what was paid and not demanded back yet.";
    INTERNAL = "internal" 500 "The host failed" / "主机出错", "Try again; if it persists, give the request id to the operator.";
    UNAVAILABLE = "unavailable" 503 "The service is stopping or not ready" / "服务正在停止或尚未就绪", "Try again in a moment.";
}

impl ProblemKind {
    pub fn title_in(&self, lang: Lang) -> &'static str {
        match lang {
            Lang::ZhCn => self.title_zh,
            Lang::En => self.title,
        }
    }

    pub fn problem(self) -> Problem {
        Problem {
            kind: format!("/problems/{}", self.code),
            code: self.code.to_owned(),
            status: self.status,
            title: self.title.to_owned(),
            detail: None,
            remedy: self.remedy.to_owned(),
            errors: Vec::new(),
            report: None,
            request_id: None,
        }
    }

    pub fn because(self, detail: impl Into<String>) -> Problem {
        Problem { detail: Some(detail.into()), ..self.problem() }
    }
}

impl Problem {
    /// A bad input with all its errors.
    pub fn input(errors: Vec<InputError>) -> Self {
        Self { errors, ..BAD_INPUT.problem() }
    }

    /// Its kind: by its code, or by its title where a module gave a code of its own.
    pub fn known(&self) -> Option<&'static ProblemKind> {
        let by_code = ALL.iter().find(|kind| kind.code == self.code);
        by_code.or_else(|| ALL.iter().find(|kind| kind.title == self.title))
    }

    /// With the title in this language: `word`, the module's own for its code, before the kind's.
    #[must_use]
    pub fn titled(mut self, lang: Lang, word: Option<&str>) -> Self {
        if let Some(title) = word.or_else(|| self.known().map(|kind| kind.title_in(lang))) {
            self.title = title.to_owned();
        }
        self
    }

    /// Whether it is of this kind.
    pub fn is(&self, kind: ProblemKind) -> bool {
        self.code == kind.code
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.title)?;
        if let Some(detail) = &self.detail {
            write!(f, ": {detail}")?;
        }
        for error in &self.errors {
            write!(f, "\n  {} {}", error.pointer, error.message)?;
        }
        write!(f, " ({})", self.code)
    }
}
impl std::error::Error for Problem {}

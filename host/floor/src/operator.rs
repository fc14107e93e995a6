//! Operators: people of the shop floor who have no account, known by the code that modules know them by.

use crate::board::{Floor, audit, unique};
use crate::{OPERATORS, PIN_DIGITS, secret};
use serde_json::json;
use toolcrib_contract::json::InputError;
use toolcrib_contract::language::Lang;
use toolcrib_contract::problem::{LIMIT_REACHED, Problem};
use toolcrib_contract::types::{Instant, RawId};
use toolcrib_store::{OperatorRow, StoreError, Writer};

/// What operators may be to modules.
pub const ROLES: [&str; 2] = ["operator", "supervisor"];
/// Characters of a code, a name and a badge's text.
const CODE_CHARS: usize = 64;
const NAME_CHARS: usize = 60;
const BADGE_CHARS: usize = 200;

/// An operator as administrators see them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operator {
    pub code: String,
    pub name: String,
    /// One of [`ROLES`].
    pub role: String,
    pub language: Lang,
    pub has_badge: bool,
    pub has_pin: bool,
    /// False for somebody who left.
    pub active: bool,
    pub locked_until: Option<Instant>,
}

/// What an administrator says of an operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperatorDraft {
    pub code: String,
    pub name: String,
    pub role: String,
    pub language: Lang,
    /// What their badge says; absent: as before.
    pub badge: Option<String>,
    /// A new PIN, which also ends a lock; absent: as before.
    pub pin: Option<String>,
    pub active: bool,
}

impl Default for OperatorDraft {
    fn default() -> Self {
        let empty = String::new;
        let role = ROLES[0].to_owned();
        Self { code: empty(), name: empty(), role, language: Lang::ZhCn, badge: None, pin: None, active: true }
    }
}

impl Operator {
    pub(crate) fn of(row: &OperatorRow) -> Self {
        Self {
            code: row.code.clone(),
            name: row.name.clone(),
            role: row.role.clone(),
            language: Lang::parse(&row.language).unwrap_or(Lang::ZhCn),
            has_badge: row.badge.is_some(),
            has_pin: row.pin.is_some(),
            active: row.active,
            locked_until: row.locked_until,
        }
    }
}

impl OperatorDraft {
    /// Tidied up, with everything that is wrong below `at`.
    pub(crate) fn checked(mut self, at: &str, errors: &mut Vec<InputError>) -> Self {
        let tidy = |text: &mut String| *text = text.trim().to_owned();
        [&mut self.code, &mut self.name].into_iter().for_each(tidy);
        for secret in [&mut self.badge, &mut self.pin] {
            *secret = secret.take().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        }
        let mut wrong = |field: &str, message: String| {
            errors.push(InputError { pointer: format!("{at}/{field}"), message });
        };
        let fits =
            |text: &str, most: usize| (1..=most).contains(&text.chars().count()) && !text.chars().any(char::is_control);
        if !fits(&self.code, CODE_CHARS) || self.code.contains(char::is_whitespace) {
            wrong("code", format!("1 to {CODE_CHARS} characters without spaces / 1 到 {CODE_CHARS} 个字，不带空格"));
        }
        if !fits(&self.name, NAME_CHARS) {
            wrong("name", format!("1 to {NAME_CHARS} characters / 1 到 {NAME_CHARS} 个字"));
        }
        if !ROLES.contains(&self.role.as_str()) {
            wrong("role", format!("one of: {} / 角色只能是这些", ROLES.join(", ")));
        }
        if self.badge.as_ref().is_some_and(|badge| !fits(badge, BADGE_CHARS)) {
            wrong("badge", format!("at most {BADGE_CHARS} characters / 最多 {BADGE_CHARS} 个字"));
        }
        if self.pin.as_ref().is_some_and(|pin| !secret::is_pin(pin)) {
            let (least, most) = (PIN_DIGITS.start(), PIN_DIGITS.end());
            wrong("pin", format!("{least} to {most} digits / {least} 到 {most} 位数字"));
        }
        self
    }
}

/// A draft whose secrets are hashed.
pub(crate) struct Hashed {
    draft: OperatorDraft,
    badge: Option<[u8; 32]>,
    pin: Option<String>,
}

impl Hashed {
    /// Writes it down; the badge of somebody else is refused.
    pub fn put(self, writer: &mut Writer) -> Result<Result<(), Problem>, StoreError> {
        let known = writer.operator(&self.draft.code)?;
        if known.is_none() && writer.operators()?.len() >= OPERATORS {
            return Ok(Err(LIMIT_REACHED.because(format!("a factory has at most {OPERATORS} operators"))));
        }
        let before = known.map(|row| (row.badge, row.pin, row.wrong, row.locked_until)).unwrap_or_default();
        let (wrong, locked_until) = if self.pin.is_some() { (0, None) } else { (before.2, before.3) };
        let code = self.draft.code.clone();
        let row = OperatorRow {
            code: self.draft.code,
            name: self.draft.name,
            role: self.draft.role,
            language: self.draft.language.code().to_owned(),
            badge: self.badge.or(before.0),
            pin: self.pin.or(before.1),
            active: self.draft.active,
            wrong,
            locked_until,
        };
        unique(writer.put_operator(&row), &format!("somebody else has the badge of {code}"))
    }
}

impl Floor {
    /// Adds an operator, or changes the one with this code. `actor` is who does it.
    ///
    /// # Errors
    /// `bad-input`, `not-unique` for a badge that is taken, `limit-reached` for more than [`OPERATORS`].
    pub async fn save_operator(&self, tenant: RawId, draft: OperatorDraft, actor: String) -> Result<(), Problem> {
        let mut errors = Vec::new();
        let draft = draft.checked("", &mut errors);
        if !errors.is_empty() {
            return Err(Problem::input(errors));
        }
        self.save_operators(tenant, vec![draft], actor).await
    }

    /// All of them, or none.
    pub(crate) async fn save_operators(
        &self,
        tenant: RawId,
        drafts: Vec<OperatorDraft>,
        actor: String,
    ) -> Result<(), Problem> {
        let (board, chance, now) = (self.board(tenant).await?, self.chance.clone(), self.clock.now());
        let hashed = move |draft: OperatorDraft| Hashed {
            badge: draft.badge.as_ref().map(|badge| secret::badge_hash(badge, &board.key)),
            pin: draft.pin.as_ref().map(|pin| secret::pin_hash(pin, &*chance)),
            draft,
        };
        let all = tokio::task::spawn_blocking(move || drafts.into_iter().map(hashed).collect::<Vec<_>>()).await;
        let all = all.map_err(|error| toolcrib_contract::problem::INTERNAL.because(error.to_string()))?;
        let work = move |writer: &mut Writer| {
            for one in all {
                let detail = json!({"operator": one.draft.code, "name": one.draft.name, "role": one.draft.role,
                    "active": one.draft.active, "new_badge": one.badge.is_some(), "new_pin": one.pin.is_some()});
                if let Err(problem) = one.put(writer)? {
                    return Ok(Err(problem));
                }
                audit(writer, now, &actor, "operator-saved", &detail)?;
            }
            Ok(Ok(()))
        };
        self.change(tenant, work).await
    }
}

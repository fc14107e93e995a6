//! Providers that a city identified, by segment and kind: who may offer what under its programmes.
//!
//! - `table`: the states, and which act leads where. [`apply`] begins one; [`take`] takes the steps of city and provider.
//! - `review`: experts and their scores; `disputes`: objections and appeals; `clock`: what time itself does.
//! - `standing`: what contracts ask; `list` and `detail`: who sees what.

mod apply;
mod clock;
mod detail;
mod disputes;
mod list;
mod review;
mod standing;
mod steps;
mod table;
#[cfg(test)]
mod tests;

use crate::refusal::{ProgrammeError, Result};
use crate::unique::is_taken;
use serde::{Deserialize, Serialize};
use sqlx::AnyConnection;
use toolcrib_catalog::{CatalogError, Check, Person, Writing};
use toolcrib_contract::problem::{ALREADY_IDENTIFIED, NOT_ALLOWED, RULE_ASSESSOR};

pub use apply::apply;
pub use clock::tend;
pub use detail::{Detail, Dispute, Expert, StepTaken, detail};
pub use disputes::{appeal, decide_appeal, decide_objection, object};
pub use list::{Filter, Listed, Row, View, list};
pub use review::{Scores, score};
pub use standing::{Note, notes_since};
pub(crate) use standing::{contracting, delivering};
pub use steps::{Step, take};
pub use table::{Act, State, TABLE, Whose, next};

/// Characters of statements, reasons, objections, appeals.
pub const TEXT_CHARS: usize = 2_000;
/// Papers of one application; the largest file that one stands for.
pub const PAPERS: usize = 30;
pub const PAPER_BYTES: u64 = 1 << 30;
/// Experts of one review.
pub const EXPERTS_MIN: usize = 3;
pub const EXPERTS: usize = 9;
/// The experts' mean that is enough, of 100.
pub const PASS_MARK: u32 = 60;
/// Days of a publicity.
pub const PUBLICITY_DAYS: std::ops::RangeInclusive<u32> = 5..=60;
/// Months for which an identification holds.
pub const VALID_MONTHS: std::ops::RangeInclusive<u32> = 1..=36;
/// The longest time for putting something right.
pub const RECTIFY_DAYS: i64 = 180;
/// A renewal may be applied for so long before the last day, and so long after it.
pub const RENEW_BEFORE_DAYS: i64 = 90;
pub const RENEW_AFTER_DAYS: i64 = 180;
/// A step can be appealed against for so long.
pub const APPEAL_DAYS: i64 = 15;
/// Who was delisted in a city does not apply there again for so long.
pub const DELISTED_DAYS: i64 = 365;
/// Objections of one publicity, and of one person in it.
pub const OBJECTIONS: i64 = 100;
pub const OBJECTIONS_EACH: i64 = 3;
/// Rows of one list.
pub const IDENTIFICATIONS_LISTED: i64 = 100;

/// What a provider is identified as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    Integrator,
    /// Small, fast, light, accurate products (小快轻准).
    Product,
    ChainLeader,
}

toolcrib_catalog::texts!(Kind {
    Integrator = "integrator",
    Product = "product",
    ChainLeader = "chain_leader",
});

impl Kind {
    /// The text on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Integrator => "integrator",
            Self::Product => "product",
            Self::ChainLeader => "chain_leader",
        }
    }
}

/// A paper that shows what a provider is qualified for: the file's hash, and what it is. The file itself is not kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paper {
    pub title: String,
    pub issuer: String,
    pub number: String,
    /// The last day, `YYYY-MM-DD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<String>,
    /// `sha256:…`
    pub digest: String,
    pub bytes: u64,
    pub media_type: String,
}

/// What a provider applies for.
#[derive(Clone, Debug)]
pub struct Application {
    /// Slug of the provider.
    pub org: String,
    /// Six digits.
    pub city: String,
    /// Code of a segment.
    pub segment: String,
    pub kind: Kind,
    pub statement: String,
    pub papers: Vec<Paper>,
    /// Id of the identification that this one renews.
    pub renews: Option<String>,
}

/// The row behind an identification.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct Stored {
    id: String,
    org: String,
    city: String,
    segment: String,
    kind: Kind,
    state: State,
    renews: Option<String>,
    stars: Option<i64>,
    publicity_from: Option<String>,
    publicity_until: Option<String>,
    valid_until: Option<String>,
}

impl Stored {
    async fn load(db: &mut AnyConnection, id: &str) -> Result<Self> {
        let query = sqlx::query_as(
            "SELECT id, org, city, segment, kind, state, renews, stars, publicity_from, publicity_until, valid_until
             FROM identification WHERE id = $1",
        );
        let row = query.bind(id).fetch_optional(db).await?;
        row.ok_or(CatalogError::NotFound("identification").into())
    }

    /// Whether they belong to the provider or to the city's authority.
    fn has_party(&self, person: &Person) -> bool {
        person.org_role(&self.org).is_some() || person.authority(&self.city).is_some()
    }

    /// Whether they see that it exists.
    fn is_visible(&self, person: Option<&Person>) -> bool {
        self.state.is_public()
            || person.is_some_and(|person| self.has_party(person) || person.marketplace_role().is_some())
    }

    /// Whether this person may act for that side.
    fn authorise(&self, person: &Person, whose: Whose) -> Result<()> {
        match whose {
            // Who has nothing to do with it learns nothing of it.
            _ if !self.has_party(person) => Err(CatalogError::NotFound("identification").into()),
            Whose::Provider if person.org_role(&self.org) == Some("owner") => Ok(()),
            Whose::Provider => Err(ProgrammeError::refused(NOT_ALLOWED, "owners of the provider do this")),
            Whose::City if !person.is_official(&self.city) => {
                Err(ProgrammeError::refused(NOT_ALLOWED, "officials of the city do this"))
            }
            Whose::City | Whose::Expert => self.impartial(person),
            Whose::Clock => Err(ProgrammeError::refused(NOT_ALLOWED, "time does this")),
        }
    }

    /// Nobody decides on an organisation that they belong to.
    fn impartial(&self, person: &Person) -> Result<()> {
        match person.too_close_to(&[&self.org]) {
            None => Ok(()),
            Some(org) => Err(ProgrammeError::refused(
                RULE_ASSESSOR,
                format!("you belong to `{org}`, which this is about; somebody else decides"),
            )),
        }
    }

    /// Takes a step: writes it down and moves the state. What else the step sets is the caller's.
    ///
    /// # Errors
    /// The table does not have it.
    async fn step(&mut self, writing: &mut Writing, act: Act, actor: &str, reason: &str) -> Result<()> {
        let (after, _) = next(Some(self.state), act).ok_or_else(|| wrong_state(self.state, act))?;
        let now = writing.now().0;
        append(writing, &self.id, (actor, act), Some(self.state), after, reason).await?;
        let moves = sqlx::query("UPDATE identification SET state = $1, changed_us = $2 WHERE id = $3");
        moves
            .bind(after)
            .bind(now)
            .bind(&self.id)
            .execute(writing.connection())
            .await
            .map_err(|error| if is_taken(&error) { also_listed(&self.org) } else { error.into() })?;
        self.state = after;
        Ok(())
    }
}

async fn append(
    writing: &mut Writing,
    id: &str,
    (actor, act): (&str, Act),
    before: Option<State>,
    after: State,
    reason: &str,
) -> Result<()> {
    let now = writing.now().0;
    sqlx::query(
        "INSERT INTO identification_step (identification, at_us, actor, act, before, after, reason)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(id)
    .bind(now)
    .bind(actor)
    .bind(act)
    .bind(before)
    .bind(after)
    .bind(reason)
    .execute(writing.connection())
    .await?;
    Ok(())
}

fn wrong_state(state: State, act: Act) -> ProgrammeError {
    let (state, act) = (state.as_str(), act.as_str());
    CatalogError::WrongState(format!("an identification in `{state}` does not take `{act}`")).into()
}

fn also_listed(org: &str) -> ProgrammeError {
    let why = format!("`{org}` is on the city's list for this segment and kind already; renew that identification");
    ProgrammeError::refused(ALREADY_IDENTIFIED, why)
}

/// Plain text of 1 to [`TEXT_CHARS`] characters.
pub(crate) fn check_text(check: &mut Check, pointer: &str, text: &str) {
    let fits = (1..=TEXT_CHARS).contains(&text.chars().count()) && !text.trim().is_empty();
    let plain = !text.chars().any(|c| c.is_control() && c != '\n');
    check.expect(fits && plain, pointer, format!("1 to {TEXT_CHARS} characters of plain text"));
}

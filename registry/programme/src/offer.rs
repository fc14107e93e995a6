//! Offers of providers to firms: one quote of modules, equipment, consulting, with the split between firm, provider and
//! programme beside every line, in versions that both sides sign.
//!
//! - `price`: lines from what a provider asks and what the catalogue says; `prepare`: a version, ready to be signed.
//! - `make`: offers and their versions; `sign`: signatures, and the contract that the second one makes; `list`, `detail`.

mod detail;
mod list;
mod make;
mod prepare;
mod price;
mod sign;
#[cfg(test)]
mod tests;

use crate::refusal::{ProgrammeError, Result};
use crate::split::{Split, SplitLine};
use serde::{Deserialize, Serialize};
use sqlx::AnyConnection;
use toolcrib_catalog::{CatalogError, Person, Writing};
use toolcrib_trust::digest;

pub(crate) use detail::signatures;
pub use detail::{Detail, Signature, StepTaken, Version, detail};
pub use list::{OfferFilter, Row, list};
pub use make::{make, preview, revise};
pub use sign::{end, sign};

/// Open offers of one provider to one firm, versions of one offer.
pub const OFFERS_OPEN: i64 = 20;
pub const VERSIONS: u32 = 50;
/// How far ahead the last day of an offer may lie.
pub const OFFER_DAYS: i64 = 180;
/// Characters of a note.
pub const NOTE_CHARS: usize = 2_000;
/// Rows of one list.
pub const OFFERS_LISTED: i64 = 100;

/// Where an offer stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OfferState {
    Open,
    /// Never stored: open, and its last day is over.
    Lapsed,
    Signed,
    Declined,
    Withdrawn,
}

toolcrib_catalog::texts!(OfferState {
    Open = "open",
    Lapsed = "lapsed",
    Signed = "signed",
    Declined = "declined",
    Withdrawn = "withdrawn",
});

/// An offer to make.
#[derive(Clone, Debug)]
pub struct NewOffer {
    /// Slugs of provider and firm.
    pub provider: String,
    pub firm: String,
    pub title: String,
    /// Id of a programme, and the segment in which the provider is identified: both or neither.
    pub programme: Option<String>,
    pub segment: Option<String>,
    /// Kind of project, of the programme's rules; the first one when absent.
    pub track: Option<String>,
    /// Id of the contract that this one takes the place of.
    pub replaces: Option<String>,
    pub version: NewVersion,
}

/// What changes from version to version.
#[derive(Clone, Debug)]
pub struct NewVersion {
    pub lines: Vec<NewLine>,
    /// `YYYY-MM-DD`
    pub valid_until: String,
    /// 1 to 4, with a programme.
    pub target_level: Option<u8>,
    pub note: String,
}

/// A line to offer.
#[derive(Clone, Debug, Default)]
pub struct NewLine {
    pub category: String,
    pub description: String,
    pub quantity: u32,
    /// List price of one; none for a module, whose plan has it.
    pub unit_fen: Option<i64>,
    /// Off the whole line.
    pub discount_fen: i64,
    pub module: Option<String>,
    /// Code of one of the module's plans.
    pub plan: Option<String>,
}

/// Everything that is signed. Its text in JSON is kept as it is, and the digest is of that text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    pub offer: String,
    pub version: u32,
    pub provider: String,
    pub firm: String,
    pub title: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub under: Option<Under>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<String>,
    pub valid_until: String,
    pub note: String,
    pub lines: Vec<SplitLine>,
    pub split: Split,
}

/// The programme that a version counts with, and the rules as they were then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Under {
    pub programme: String,
    pub city: String,
    pub segment: String,
    /// Version of the rules.
    pub rule: u32,
    pub track: String,
    pub batch: u32,
    pub target_level: u8,
}

impl Content {
    /// The text that is kept, and its digest.
    pub(crate) fn seal(&self) -> (String, String) {
        let text = serde_json::to_string(self).expect("an offer is plain data");
        let digest = digest::of(text.as_bytes());
        (text, digest)
    }

    pub(crate) fn read(text: &str) -> Result<Self> {
        serde_json::from_str(text).map_err(|error| ProgrammeError::damaged("an offer", &error))
    }
}

/// The row behind an offer.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct Stored {
    id: String,
    provider: String,
    firm: String,
    title: String,
    programme: Option<String>,
    segment: Option<String>,
    track: Option<String>,
    replaces: Option<String>,
    state: OfferState,
    #[sqlx(try_from = "i64")]
    version: u32,
    valid_until: String,
}

/// Who somebody signs for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Provider,
    Firm,
}

impl Side {
    fn as_str(self) -> &'static str {
        match self {
            Self::Provider => "provider",
            Self::Firm => "firm",
        }
    }
}

impl Stored {
    async fn load(db: &mut AnyConnection, id: &str) -> Result<Self> {
        let query = sqlx::query_as(
            "SELECT id, provider, firm, title, programme, segment, track, replaces, state, version, valid_until
             FROM offer WHERE id = $1",
        );
        query.bind(id).fetch_optional(db).await?.ok_or_else(|| ProgrammeError::not_found("offer"))
    }

    /// The side of a person: an offer is between two, and absent for everybody else.
    fn side(&self, person: &Person) -> Result<Side> {
        match (person.org_role(&self.provider), person.org_role(&self.firm)) {
            (Some(_), _) => Ok(Side::Provider),
            (None, Some(_)) => Ok(Side::Firm),
            (None, None) => Err(CatalogError::NotFound("offer").into()),
        }
    }
}

async fn step(
    writing: &mut Writing,
    offer: &str,
    (actor, act): (&str, &str),
    version: u32,
    reason: &str,
) -> Result<()> {
    let now = writing.now().0;
    sqlx::query("INSERT INTO offer_step (offer, at_us, actor, act, version, reason) VALUES ($1, $2, $3, $4, $5, $6)")
        .bind(offer)
        .bind(now)
        .bind(actor)
        .bind(act)
        .bind(i64::from(version))
        .bind(reason)
        .execute(writing.connection())
        .await?;
    Ok(())
}

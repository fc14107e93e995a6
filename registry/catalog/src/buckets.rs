//! How often one person may do something: a bucket of so many at once that fills up at a steady rate.
//!
//! Kept as one instant per person and action, the moment at which the bucket would be full again, so that there is
//! nothing to refill and nothing to sweep.

use crate::catalog::Catalog;
use crate::change::Line;
use crate::error::CatalogError;
use crate::ids::PersonId;
use crate::input::Check;
use crate::values::Whole;
use serde_json::json;
use toolcrib_contract::types::Instant;

/// The largest burst and the longest pause that can be set for one person.
pub const BURST_MAX: u32 = 10_000;
pub const EVERY_MAX_S: u32 = 86_400;

/// What is limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// A name for a module.
    PublishNew,
    /// A version of a module.
    PublishUpdate,
    Yank,
    /// An API token, a second factor, a changed password.
    Credential,
    /// A rating or its answer.
    Rating,
    /// A report of what is wrong with a module.
    Complaint,
}

/// One more every so many seconds, and so many at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    pub every_s: u32,
    pub burst: u32,
}

impl Action {
    pub const ALL: [Self; 6] =
        [Self::PublishNew, Self::PublishUpdate, Self::Yank, Self::Credential, Self::Rating, Self::Complaint];

    /// The text on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PublishNew => "publish-new",
            Self::PublishUpdate => "publish-update",
            Self::Yank => "yank",
            Self::Credential => "credential",
            Self::Rating => "rating",
            Self::Complaint => "complaint",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.as_str() == text)
    }

    /// For everybody without a rate of their own.
    pub fn rate(self) -> Rate {
        let (every_s, burst) = match self {
            Self::PublishNew => (600, 5),
            Self::PublishUpdate => (60, 30),
            Self::Yank => (60, 100),
            Self::Credential => (60, 20),
            Self::Rating => (60, 20),
            Self::Complaint => (3_600, 5),
        };
        Rate { every_s, burst }
    }
}

impl Catalog {
    /// Takes one from the person's bucket.
    ///
    /// # Errors
    /// [`CatalogError::TooOften`] with the seconds until the next one; nothing was taken then.
    pub async fn take(&self, person: &PersonId, action: Action, now: Instant) -> Result<(), CatalogError> {
        let mut change = self.change(now).await?;
        let own = sqlx::query_as("SELECT every_s, burst FROM bucket_override WHERE person = $1 AND action = $2");
        let own: Option<(Whole, Whole)> =
            own.bind(person).bind(action.as_str()).fetch_optional(change.connection()).await?;
        let rate = own.map_or(action.rate(), |(Whole(every_s), Whole(burst))| Rate { every_s, burst });
        let full = sqlx::query_as("SELECT full_us FROM bucket WHERE person = $1 AND action = $2");
        let full: Option<(i64,)> = full.bind(person).bind(action.as_str()).fetch_optional(change.connection()).await?;
        let every_us = i64::from(rate.every_s) * 1_000_000;
        let full_us = full.map_or(now.0, |(full_us,)| full_us.max(now.0)) + every_us;
        let wait_us = full_us - now.0 - every_us * i64::from(rate.burst);
        if wait_us > 0 {
            let wait_s = u64::try_from((wait_us + 999_999) / 1_000_000).unwrap_or(1);
            let Rate { every_s, burst } = rate;
            let what = format!("`{}`: {burst} at once and one more every {every_s} seconds", action.as_str());
            return Err(CatalogError::TooOften { what, wait_s });
        }
        sqlx::query(
            "INSERT INTO bucket (person, action, full_us) VALUES ($1, $2, $3)
             ON CONFLICT (person, action) DO UPDATE SET full_us = excluded.full_us",
        )
        .bind(person)
        .bind(action.as_str())
        .bind(full_us)
        .execute(change.connection())
        .await?;
        change.commit_quietly().await
    }

    /// Gives a person a rate of their own, or takes it away.
    ///
    /// # Errors
    /// A rate beyond [`BURST_MAX`] or [`EVERY_MAX_S`]; [`CatalogError::NotFound`].
    pub async fn set_rate(
        &self,
        person: &PersonId,
        action: Action,
        rate: Option<Rate>,
        by: &PersonId,
        now: Instant,
    ) -> Result<(), CatalogError> {
        let mut change = self.change(now).await?;
        // Another rate begins with a full bucket.
        let fill =
            sqlx::query("DELETE FROM bucket WHERE person = $1 AND action = $2").bind(person).bind(action.as_str());
        fill.execute(change.connection()).await?;
        let known = sqlx::query_as("SELECT 1 FROM person WHERE id = $1").bind(person);
        let known: Option<(i64,)> = known.fetch_optional(change.connection()).await?;
        known.ok_or(CatalogError::NotFound("person"))?;
        if let Some(Rate { every_s, burst }) = rate {
            let mut check = Check::default();
            check.expect((1..=EVERY_MAX_S).contains(&every_s), "/every_s", format!("1 to {EVERY_MAX_S}"));
            check.expect((1..=BURST_MAX).contains(&burst), "/burst", format!("1 to {BURST_MAX}"));
            check.done()?;
            sqlx::query(
                "INSERT INTO bucket_override (person, action, every_s, burst) VALUES ($1, $2, $3, $4)
                 ON CONFLICT (person, action) DO UPDATE SET every_s = excluded.every_s, burst = excluded.burst",
            )
            .bind(person)
            .bind(action.as_str())
            .bind(Whole(every_s))
            .bind(Whole(burst))
            .execute(change.connection())
            .await?;
        } else {
            let delete = sqlx::query("DELETE FROM bucket_override WHERE person = $1 AND action = $2");
            delete.bind(person).bind(action.as_str()).execute(change.connection()).await?;
        }
        let rate = rate.map(|rate| json!({"every_s": rate.every_s, "burst": rate.burst}));
        let detail = json!({"action": action.as_str(), "rate": rate});
        change.commit(Line { actor: by.as_str(), act: "person.rate", subject: person.as_str(), detail }).await.map(drop)
    }
}

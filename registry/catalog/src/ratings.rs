//! What tenants think of modules that they really use, what providers answer, and when a module should be left.

use crate::catalog::Catalog;
use crate::change::{Change, Line};
use crate::error::CatalogError;
use crate::ids::{self, PersonId, TenantId};
use crate::input::Check;
use crate::values::Flag;
use serde_json::json;
use toolcrib_contract::manifest::Words;
use toolcrib_contract::types::Instant;
use toolcrib_contract::world::Chance;

/// Invocations, and days with one, from which on a tenant may rate.
pub const RATING_CALLS: u64 = 20;
pub const RATING_DAYS: u64 = 3;
/// The most characters of a rating, an answer or a notice.
pub const RATING_CHARS: usize = 2_000;
/// Ratings of one page.
pub const RATINGS_LISTED: i64 = 100;

/// A tenant's opinion. Who it was is not told.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Rating {
    pub id: String,
    #[sqlx(try_from = "i64")]
    pub stars: u8,
    pub text: String,
    pub rated_us: i64,
    pub answer: Option<String>,
    pub answered_us: Option<i64>,
}

/// A rating to make.
#[derive(Clone, Debug)]
pub struct Opinion {
    /// 1 to 5.
    pub stars: u8,
    /// At most [`RATING_CHARS`].
    pub text: String,
}

/// Why a module should be left, and for what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deprecation {
    pub text: Words,
    pub successor: Option<String>,
    pub said: Instant,
}

fn check_text(check: &mut Check, pointer: &str, text: &str, least: usize) {
    let fits = (least..=RATING_CHARS).contains(&text.chars().count());
    let plain = !text.chars().any(|c| c.is_control() && c != '\n') && text.trim() == text;
    check.expect(fits && plain, pointer, format!("{least} to {RATING_CHARS} characters, no space at either end"));
}

impl Catalog {
    /// Rates a module for a tenant. Another rating takes the place of the first, until the provider has answered.
    ///
    /// # Errors
    /// Too little use: [`RATING_CALLS`], [`RATING_DAYS`]; somebody of the provider; an answered rating.
    pub async fn rate(
        &self,
        tenant: &TenantId,
        module: &str,
        opinion: &Opinion,
        by: &PersonId,
        now: Instant,
        chance: &dyn Chance,
    ) -> Result<(), CatalogError> {
        let Opinion { stars, text } = opinion;
        let mut check = Check::default();
        check.expect((1..=5).contains(stars), "/stars", "1 to 5");
        check_text(&mut check, "/text", text, 0);
        check.done()?;
        let (calls, days) = self.real_use(tenant, module).await?;
        if calls < RATING_CALLS || days < RATING_DAYS {
            return Err(CatalogError::WrongState(format!(
                "rating takes {RATING_CALLS} uses on {RATING_DAYS} days; hosts have reported {calls} on {days}"
            )));
        }
        let mut change = self.change(now).await?;
        let own = sqlx::query_as(
            "SELECT EXISTS (SELECT 1 FROM module m JOIN org_member x ON x.org = m.org
                 WHERE m.name = $1 AND x.person = $2)",
        );
        let (Flag(own),): (Flag,) = own.bind(module).bind(by).fetch_one(change.connection()).await?;
        if own {
            return Err(CatalogError::OwnOrganisation);
        }
        let rated = sqlx::query(
            "INSERT INTO rating (tenant, module, id, stars, text, rated_by, rated_us)
             VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT (tenant, module) DO UPDATE SET stars = excluded.stars, text = excluded.text,
                 rated_by = excluded.rated_by, rated_us = excluded.rated_us WHERE rating.answer IS NULL",
        )
        .bind(tenant)
        .bind(module)
        .bind(ids::generate(now, chance))
        .bind(i64::from(*stars))
        .bind(text)
        .bind(by)
        .bind(now.0)
        .execute(change.connection())
        .await?;
        if rated.rows_affected() == 0 {
            return Err(CatalogError::WrongState("the provider has answered; the rating stays as it is".to_owned()));
        }
        let detail = json!({"module": module, "stars": stars});
        change.commit(Line { actor: by.as_str(), act: "module.rate", subject: tenant.as_str(), detail }).await.map(drop)
    }

    /// Ratings of a module, newest first.
    ///
    /// # Errors
    /// The database.
    pub async fn ratings(&self, module: &str) -> Result<Vec<Rating>, CatalogError> {
        let query = sqlx::query_as(
            "SELECT id, stars, text, rated_us, answer, answered_us FROM rating WHERE module = $1
             ORDER BY rated_us DESC, id LIMIT $2",
        );
        Ok(query.bind(module).bind(RATINGS_LISTED).fetch_all(&self.readers).await?)
    }

    /// The provider answers, once.
    ///
    /// # Errors
    /// [`CatalogError::NotFound`]; answered before.
    pub async fn answer_rating(
        &self,
        module: &str,
        id: &str,
        text: &str,
        by: &PersonId,
        now: Instant,
    ) -> Result<(), CatalogError> {
        let mut check = Check::default();
        check_text(&mut check, "/text", text, 1);
        check.done()?;
        let mut change = self.change(now).await?;
        let known = sqlx::query_as("SELECT answer IS NOT NULL FROM rating WHERE id = $1 AND module = $2");
        let known: Option<(Flag,)> = known.bind(id).bind(module).fetch_optional(change.connection()).await?;
        if known.ok_or(CatalogError::NotFound("rating"))?.0.0 {
            return Err(CatalogError::WrongState("this rating was answered before".to_owned()));
        }
        let answer = sqlx::query("UPDATE rating SET answer = $1, answered_by = $2, answered_us = $3 WHERE id = $4");
        answer.bind(text).bind(by).bind(now.0).bind(id).execute(change.connection()).await?;
        let detail = json!({"rating": id});
        change.commit(Line { actor: by.as_str(), act: "rating.answer", subject: module, detail }).await.map(drop)
    }

    /// Why a module should be left, if it should.
    ///
    /// # Errors
    /// The database.
    pub async fn deprecation(&self, module: &str) -> Result<Option<Deprecation>, CatalogError> {
        let query = sqlx::query_as("SELECT zh, en, successor, said_us FROM deprecation WHERE module = $1").bind(module);
        let row: Option<(String, String, Option<String>, i64)> = query.fetch_optional(&self.readers).await?;
        Ok(row.map(|(zh, en, successor, said)| Deprecation { text: Words { zh, en }, successor, said: Instant(said) }))
    }

    /// Says that a module should be left. It goes on working, and is shown so.
    ///
    /// # Errors
    /// Texts that are not acceptable; a successor that is not there for everybody, or the module itself.
    pub async fn deprecate(
        &self,
        module: &str,
        text: &Words,
        successor: Option<&str>,
        by: &PersonId,
        now: Instant,
    ) -> Result<(), CatalogError> {
        let mut check = Check::default();
        check_text(&mut check, "/text/zh", &text.zh, 1);
        check_text(&mut check, "/text/en", &text.en, 1);
        check.done()?;
        let mut change = self.change(now).await?;
        if let Some(successor) = successor {
            change.check_successor(module, successor).await?;
        }
        sqlx::query(
            "INSERT INTO deprecation (module, zh, en, successor, said_by, said_us) VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (module) DO UPDATE SET zh = excluded.zh, en = excluded.en, successor = excluded.successor,
                 said_by = excluded.said_by, said_us = excluded.said_us",
        )
        .bind(module)
        .bind(&text.zh)
        .bind(&text.en)
        .bind(successor)
        .bind(by)
        .bind(now.0)
        .execute(change.connection())
        .await?;
        let detail = json!({"successor": successor});
        change.commit(Line { actor: by.as_str(), act: "module.deprecate", subject: module, detail }).await.map(drop)
    }

    /// Takes it back.
    ///
    /// # Errors
    /// [`CatalogError::NotFound`].
    pub async fn undeprecate(&self, module: &str, by: &PersonId, now: Instant) -> Result<(), CatalogError> {
        let mut change = self.change(now).await?;
        let delete = sqlx::query("DELETE FROM deprecation WHERE module = $1").bind(module);
        if delete.execute(change.connection()).await?.rows_affected() == 0 {
            return Err(CatalogError::NotFound("deprecation"));
        }
        let line = Line { actor: by.as_str(), act: "module.undeprecate", subject: module, detail: json!({}) };
        change.commit(line).await.map(drop)
    }
}

impl Change {
    async fn check_successor(&mut self, module: &str, successor: &str) -> Result<(), CatalogError> {
        let query = sqlx::query_as("SELECT EXISTS (SELECT 1 FROM submission WHERE module = $1 AND state = 'approved')");
        let (Flag(known),): (Flag,) = query.bind(successor).fetch_one(self.connection()).await?;
        if known && successor != module {
            return Ok(());
        }
        Err(CatalogError::input("/successor", format!("`{successor}` is no other module that everybody can see")))
    }
}

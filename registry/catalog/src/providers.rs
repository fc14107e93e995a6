//! What providers say of themselves, and the papers that show what they are qualified for.

use crate::catalog::Catalog;
use crate::change::Line;
use crate::error::CatalogError;
use crate::ids::{self, OrgId, PersonId};
use crate::input::Check;
use crate::state::OrgKind;
use serde_json::json;
use toolcrib_contract::manifest::Words;
use toolcrib_contract::types::{Date, Instant};
use toolcrib_contract::world::Chance;
use toolcrib_trust::digest;

/// Papers of one provider.
pub const QUALIFICATIONS: i64 = 50;
/// The most characters of what a provider says of itself.
pub const ABOUT_CHARS: usize = 4_000;

/// A provider, as everybody may see it.
#[derive(Clone, Debug)]
pub struct Provider {
    pub slug: String,
    pub name: String,
    pub about: Words,
    pub qualifications: Vec<Qualification>,
}

/// A paper: who says what of the provider, until when. The file itself is not kept, its digest is.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Qualification {
    pub id: String,
    pub title: String,
    pub issuer: String,
    pub number: String,
    /// The last day, `YYYY-MM-DD`.
    pub valid_until: String,
    /// `sha256:…`
    pub digest: String,
}

impl Qualification {
    /// Whether its last day is over (UTC).
    pub fn has_expired(&self, now: Instant) -> bool {
        let today = Date(now.0.div_euclid(86_400_000_000));
        self.valid_until.parse::<Date>().is_ok_and(|last| last < today)
    }
}

impl Catalog {
    /// # Errors
    /// [`CatalogError::NotFound`]: there is no such provider.
    pub async fn provider_page(&self, slug: &str) -> Result<Provider, CatalogError> {
        let row: Option<(OrgId, String, Option<String>, Option<String>)> = sqlx::query_as(
            "SELECT o.id, o.name, p.zh, p.en FROM org o LEFT JOIN provider_profile p ON p.org = o.id
             WHERE o.slug = $1 AND o.kind = 'provider'",
        )
        .bind(slug)
        .fetch_optional(&self.readers)
        .await?;
        let (id, name, zh, en) = row.ok_or(CatalogError::NotFound("provider"))?;
        let qualifications = sqlx::query_as(
            "SELECT id, title, issuer, number, valid_until, digest FROM qualification
             WHERE org = $1 AND removed_us IS NULL ORDER BY valid_until DESC, id",
        );
        let qualifications = qualifications.bind(id).fetch_all(&self.readers).await?;
        let about = Words { zh: zh.unwrap_or_default(), en: en.unwrap_or_default() };
        Ok(Provider { slug: slug.to_owned(), name, about, qualifications })
    }

    /// What a provider says of itself.
    ///
    /// # Errors
    /// A text beyond [`ABOUT_CHARS`]; no provider.
    pub async fn set_about(&self, slug: &str, about: &Words, by: &PersonId, now: Instant) -> Result<(), CatalogError> {
        let mut check = Check::default();
        for (pointer, text) in [("/about/zh", &about.zh), ("/about/en", &about.en)] {
            let plain = !text.chars().any(|c| c.is_control() && c != '\n');
            let fits = text.chars().count() <= ABOUT_CHARS && plain;
            check.expect(fits, pointer, format!("at most {ABOUT_CHARS} characters of plain text"));
        }
        check.done()?;
        let mut change = self.change(now).await?;
        let id = provider_id(change.org(slug).await?)?;
        sqlx::query(
            "INSERT INTO provider_profile (org, zh, en) VALUES ($1, $2, $3)
             ON CONFLICT (org) DO UPDATE SET zh = excluded.zh, en = excluded.en",
        )
        .bind(id)
        .bind(&about.zh)
        .bind(&about.en)
        .execute(change.connection())
        .await?;
        let line = Line { actor: by.as_str(), act: "provider.about", subject: slug, detail: json!({}) };
        change.commit(line).await.map(drop)
    }

    /// Adds a paper. Its id is given here.
    ///
    /// # Errors
    /// Fields that are wrong; no provider; more than [`QUALIFICATIONS`].
    pub async fn add_qualification(
        &self,
        slug: &str,
        paper: &Qualification,
        by: &PersonId,
        now: Instant,
        chance: &dyn Chance,
    ) -> Result<Qualification, CatalogError> {
        let mut check = Check::default();
        for (pointer, text) in [("/title", &paper.title), ("/issuer", &paper.issuer), ("/number", &paper.number)] {
            check.name(pointer, text);
        }
        let day = paper.valid_until.parse::<Date>().ok().filter(|day| day.to_string() == paper.valid_until);
        check.expect(day.is_some(), "/valid_until", "a day looks like 2026-11-25");
        check.expect(digest::is_digest(&paper.digest), "/digest", "`sha256:` and 64 hex digits");
        check.done()?;
        let mut change = self.change(now).await?;
        let org = provider_id(change.org(slug).await?)?;
        let count =
            sqlx::query_as("SELECT count(*) FROM qualification WHERE org = $1 AND removed_us IS NULL").bind(&org);
        let (count,): (i64,) = count.fetch_one(change.connection()).await?;
        if count >= QUALIFICATIONS {
            return Err(CatalogError::Limit(format!("a provider has at most {QUALIFICATIONS} papers; remove one")));
        }
        let paper = Qualification { id: ids::generate(now, chance), ..paper.clone() };
        sqlx::query(
            "INSERT INTO qualification (id, org, title, issuer, number, valid_until, digest, added_by, added_us)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind(&paper.id)
        .bind(&org)
        .bind(&paper.title)
        .bind(&paper.issuer)
        .bind(&paper.number)
        .bind(&paper.valid_until)
        .bind(&paper.digest)
        .bind(by)
        .bind(now.0)
        .execute(change.connection())
        .await?;
        let detail = json!({"qualification": paper.id, "title": paper.title, "digest": paper.digest});
        change.commit(Line { actor: by.as_str(), act: "qualification.add", subject: slug, detail }).await?;
        Ok(paper)
    }

    /// The paper is shown no more.
    ///
    /// # Errors
    /// [`CatalogError::NotFound`].
    pub async fn remove_qualification(
        &self,
        slug: &str,
        id: &str,
        by: &PersonId,
        now: Instant,
    ) -> Result<(), CatalogError> {
        let mut change = self.change(now).await?;
        let org = provider_id(change.org(slug).await?)?;
        let remove =
            sqlx::query("UPDATE qualification SET removed_us = $1 WHERE id = $2 AND org = $3 AND removed_us IS NULL");
        let remove = remove.bind(now.0).bind(id).bind(org);
        if remove.execute(change.connection()).await?.rows_affected() == 0 {
            return Err(CatalogError::NotFound("qualification"));
        }
        let detail = json!({"qualification": id});
        change.commit(Line { actor: by.as_str(), act: "qualification.remove", subject: slug, detail }).await.map(drop)
    }
}

fn provider_id((id, kind): (OrgId, OrgKind)) -> Result<OrgId, CatalogError> {
    if kind == OrgKind::Provider { Ok(id) } else { Err(CatalogError::NotFound("provider")) }
}

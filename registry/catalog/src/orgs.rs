//! Organisations.

use crate::catalog::Catalog;
use crate::change::{Change, Line};
use crate::error::CatalogError;
use crate::ids::{OrgId, PersonId};
use crate::input::Check;
use crate::members::{Member, NewPerson};
use crate::state::OrgKind;
use crate::values::Flag;
use serde_json::json;
use sqlx::error::DatabaseError;
use toolcrib_contract::types::Instant;
use toolcrib_contract::world::Chance;

/// An organisation to add, with its first owner.
#[derive(Clone, Debug)]
pub struct NewOrg {
    pub slug: String,
    pub name: String,
    pub kind: OrgKind,
    /// Of an authority, and of nothing else: six digits of GB/T 2260.
    pub city: Option<String>,
    /// Its first person, in the strongest role of the kind.
    pub owner: NewPerson,
}

/// An organisation and its people.
#[derive(Clone, Debug)]
pub struct Org {
    pub slug: String,
    pub name: String,
    pub kind: OrgKind,
    /// Of an authority: the code of its city.
    pub city: Option<String>,
    pub members: Vec<Member>,
}

/// An organisation in a list.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct OrgRow {
    pub slug: String,
    pub name: String,
    pub kind: OrgKind,
    /// Of an authority: the code of its city.
    pub city: Option<String>,
    pub people: i64,
    pub modules: i64,
    /// Publishing keys that are not revoked.
    pub keys: i64,
    /// Papers on its page, and among them those that have expired.
    pub papers: i64,
    pub papers_expired: i64,
    pub created_us: i64,
    /// It has left.
    pub closed_us: Option<i64>,
}

/// Organisations of one list.
pub const ORGS_LISTED: i64 = 500;

impl Catalog {
    /// Organisations of a kind, by name, at most [`ORGS_LISTED`].
    ///
    /// # Errors
    /// The database.
    pub async fn orgs(&self, kind: OrgKind, now: Instant) -> Result<Vec<OrgRow>, CatalogError> {
        let query = sqlx::query_as(
            "SELECT o.slug, o.name, o.kind, o.city, o.created_us, o.closed_us,
                 (SELECT count(*) FROM org_member x WHERE x.org = o.id) AS people,
                 (SELECT count(*) FROM module m WHERE m.org = o.id) AS modules,
                 (SELECT count(*) FROM publishing_key k WHERE k.org = o.id AND k.revoked_us IS NULL) AS keys,
                 (SELECT count(*) FROM qualification q WHERE q.org = o.id AND q.removed_us IS NULL) AS papers,
                 (SELECT count(*) FROM qualification q WHERE q.org = o.id AND q.removed_us IS NULL
                     AND q.valid_until < $2) AS papers_expired
             FROM org o WHERE o.kind = $1 ORDER BY o.name, o.slug LIMIT $3",
        );
        let today = now.to_string().chars().take(10).collect::<String>();
        Ok(query.bind(kind).bind(today).bind(ORGS_LISTED).fetch_all(&self.readers).await?)
    }

    /// Adds a provider, an SME or an authority.
    ///
    /// # Errors
    /// A slug or city that is taken; a second marketplace; fields that are wrong.
    pub async fn add_org(
        &self,
        org: &NewOrg,
        by: &PersonId,
        now: Instant,
        chance: &dyn Chance,
    ) -> Result<(), CatalogError> {
        if org.kind == OrgKind::Marketplace {
            return Err(CatalogError::input(
                "/kind",
                "there is one marketplace; add a provider, an sme or an authority",
            ));
        }
        let mut change = self.change(now).await?;
        let owner = change.insert_org(org, chance).await?;
        let detail = json!({"kind": org.kind.as_str(), "city": org.city, "owner": owner.as_str()});
        change.commit(Line { actor: by.as_str(), act: "org.add", subject: &org.slug, detail }).await?;
        Ok(())
    }

    /// # Errors
    /// [`CatalogError::NotFound`].
    pub async fn org(&self, slug: &str) -> Result<Org, CatalogError> {
        let mut read = self.readers.begin().await?;
        let row: Option<(OrgId, String, OrgKind, Option<String>)> =
            sqlx::query_as("SELECT id, name, kind, city FROM org WHERE slug = $1")
                .bind(slug)
                .fetch_optional(&mut *read)
                .await?;
        let (id, name, kind, city) = row.ok_or(CatalogError::NotFound("organisation"))?;
        let members = sqlx::query_as(
            "SELECT p.id, p.email, p.name, m.role FROM org_member m JOIN person p ON p.id = m.person
             WHERE m.org = $1 ORDER BY p.email",
        );
        let members = members.bind(id).fetch_all(&mut *read).await?;
        Ok(Org { slug: slug.to_owned(), name, kind, city, members })
    }
}

/// Says which of the two unique values is taken.
fn taken(error: sqlx::Error, org: &NewOrg) -> CatalogError {
    // SQLite names the columns ("UNIQUE constraint failed: org.city"), PostgreSQL the index ("org_city").
    let is_city = |database: &dyn DatabaseError| {
        database.message().ends_with("org.city") || database.constraint() == Some("org_city")
    };
    if error.as_database_error().is_some_and(is_city) {
        let city = org.city.as_deref().unwrap_or_default();
        return CatalogError::unique(error, "/city", || format!("an authority of the city `{city}` exists"));
    }
    CatalogError::unique(error, "/slug", || format!("`{}` is taken", org.slug))
}

impl Change {
    /// Returns the owner. The strongest role of the kind is the owner's.
    pub async fn insert_org(&mut self, org: &NewOrg, chance: &dyn Chance) -> Result<PersonId, CatalogError> {
        let mut check = Check::default();
        check.slug("/slug", &org.slug);
        check.name("/name", &org.name);
        match (&org.city, org.kind) {
            (Some(city), OrgKind::Authority) => check.city("/city", city),
            (None, OrgKind::Authority) => check.expect(false, "/city", "an authority acts for a city; give its code"),
            (given, _) => check.expect(given.is_none(), "/city", "only an authority has a city"),
        }
        check.done()?;
        let (now, id) = (self.now, OrgId::generate(self.now, chance));
        sqlx::query("INSERT INTO org (id, slug, name, kind, city, created_us) VALUES ($1, $2, $3, $4, $5, $6)")
            .bind(&id)
            .bind(&org.slug)
            .bind(&org.name)
            .bind(org.kind)
            .bind(&org.city)
            .bind(now.0)
            .execute(self.connection())
            .await
            .map_err(|error| taken(error, org))?;
        let owner = self.known_or_new(&org.owner, chance).await.map_err(|error| error.under("/owner"))?;
        sqlx::query("INSERT INTO org_member (org, person, role, since_us) VALUES ($1, $2, $3, $4)")
            .bind(&id)
            .bind(&owner)
            .bind(org.kind.roles()[0])
            .bind(now.0)
            .execute(self.connection())
            .await?;
        Ok(owner)
    }

    /// The same for one that has not left.
    ///
    /// # Errors
    /// It has left.
    pub async fn open_org(&mut self, slug: &str) -> Result<(OrgId, OrgKind), CatalogError> {
        let org = self.org(slug).await?;
        let query = sqlx::query_as("SELECT closed_us IS NOT NULL FROM org WHERE slug = $1").bind(slug);
        let (Flag(has_left),): (Flag,) = query.fetch_one(self.connection()).await?;
        if has_left { Err(crate::exit::closed(slug)) } else { Ok(org) }
    }

    /// The organisation of this slug.
    pub async fn org(&mut self, slug: &str) -> Result<(OrgId, OrgKind), CatalogError> {
        let query = sqlx::query_as("SELECT id, kind FROM org WHERE slug = $1").bind(slug);
        query.fetch_optional(self.connection()).await?.ok_or(CatalogError::NotFound("organisation"))
    }
}

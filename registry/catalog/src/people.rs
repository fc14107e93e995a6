//! People, and where they belong.

use crate::catalog::Catalog;
use crate::change::Change;
use crate::error::CatalogError;
use crate::ids::{PersonId, TenantId};
use crate::input;
use crate::members::NewPerson;
use crate::state::OrgKind;
use crate::values::Flag;
use toolcrib_contract::world::Chance;

/// A person with their present roles. Always read anew: a role that was taken away is gone at once.
#[derive(Clone, Debug)]
pub struct Person {
    pub id: PersonId,
    pub email: String,
    pub name: String,
    /// Access tokens issued before this second are void.
    pub void_before_s: u64,
    /// A second factor is asked for at sign-in.
    pub has_factor: bool,
    /// The marketplace wants reviewers, administrators, owners and officials to have one.
    pub factors_wanted: bool,
    pub orgs: Vec<OrgRole>,
    pub tenants: Vec<TenantRole>,
}

/// A role in an organisation.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct OrgRole {
    pub slug: String,
    pub name: String,
    pub kind: OrgKind,
    /// Of an authority: the code of its city.
    pub city: Option<String>,
    pub role: String,
}

/// A role in a tenant. Owners of its organisation are its owners.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct TenantRole {
    pub id: TenantId,
    pub slug: String,
    pub name: String,
    pub time_zone: String,
    /// Slug of the SME that it belongs to.
    pub org: String,
    pub role: String,
}

impl Person {
    /// Whether their role wants a second factor that they do not have yet.
    pub fn must_enrol(&self) -> bool {
        let roles = self.orgs.iter().map(|org| &org.role).chain(self.tenants.iter().map(|tenant| &tenant.role));
        let strong = roles.into_iter().any(|role| matches!(role.as_str(), "owner" | "admin" | "reviewer" | "official"));
        self.factors_wanted && !self.has_factor && strong
    }

    /// The role in this organisation.
    pub fn org_role(&self, slug: &str) -> Option<&str> {
        self.orgs.iter().find(|org| org.slug == slug).map(|org| org.role.as_str())
    }

    /// The role in the tenant with this id or slug.
    pub fn tenant_role(&self, tenant: &str) -> Option<&str> {
        self.tenants
            .iter()
            .find(|role| role.id.as_str() == tenant || role.slug == tenant)
            .map(|role| role.role.as_str())
    }

    /// `admin` or `reviewer` when they work for the marketplace.
    pub fn marketplace_role(&self) -> Option<&str> {
        self.orgs.iter().find(|org| org.kind == OrgKind::Marketplace).map(|org| org.role.as_str())
    }
}

type Row = (PersonId, String, String, i64, Flag, Flag);

/// SQL for how a file names the person of this alias: the name, and an organisation of the person. Addresses
/// are no names, and others need not know them.
#[macro_export]
macro_rules! signer {
    ($person:literal) => {
        concat!(
            $person,
            ".name || COALESCE(' · ' || (SELECT o.name FROM org_member m JOIN org o ON o.id = m.org WHERE m.person = ",
            $person,
            ".id LIMIT 1), '')"
        )
    };
}

impl Catalog {
    /// # Errors
    /// The database.
    pub async fn person(&self, id: &PersonId) -> Result<Option<Person>, CatalogError> {
        let mut read = self.readers.begin().await?;
        let row = sqlx::query_as(
            "SELECT p.id, p.email, p.name, p.void_before_s, EXISTS (SELECT 1 FROM second_factor f
                 WHERE f.person = p.id AND f.confirmed_us IS NOT NULL), (SELECT second_factor FROM policy)
             FROM person p WHERE p.id = $1",
        );
        let row: Option<Row> = row.bind(id).fetch_optional(&mut *read).await?;
        let Some((id, email, name, void_before_s, Flag(has_factor), Flag(factors_wanted))) = row else {
            return Ok(None);
        };
        let orgs = sqlx::query_as(
            "SELECT o.slug, o.name, o.kind, o.city, m.role FROM org_member m JOIN org o ON o.id = m.org
             WHERE m.person = $1 ORDER BY o.slug",
        );
        let orgs = orgs.bind(&id).fetch_all(&mut *read).await?;
        let tenants = sqlx::query_as(
            "SELECT t.id, t.slug, t.name, t.time_zone,
                 (SELECT slug FROM org WHERE id = t.org) AS org, 'owner' AS role FROM org_member o JOIN tenant t ON t.org = o.org
             WHERE o.person = $1 AND o.role = 'owner'
             UNION ALL
             SELECT t.id, t.slug, t.name, t.time_zone,
                 (SELECT slug FROM org WHERE id = t.org) AS org, m.role FROM tenant_member m JOIN tenant t ON t.id = m.tenant
             WHERE m.person = $1 AND NOT EXISTS
                 (SELECT 1 FROM org_member o WHERE o.org = t.org AND o.person = $1 AND o.role = 'owner')
             ORDER BY 2",
        );
        let tenants = tenants.bind(&id).fetch_all(&mut *read).await?;
        let void_before_s = void_before_s.cast_unsigned();
        Ok(Some(Person { id, email, name, void_before_s, has_factor, factors_wanted, orgs, tenants }))
    }

    /// Who has this address, and the hash of their password.
    ///
    /// # Errors
    /// The database.
    pub async fn credentials(&self, email: &str) -> Result<Option<(PersonId, String)>, CatalogError> {
        let query = sqlx::query_as("SELECT id, password FROM person WHERE email = $1").bind(input::email(email));
        Ok(query.fetch_optional(&self.readers).await?)
    }
}

impl Change {
    /// The person with this address, who is added when nobody has it yet.
    pub async fn known_or_new(&mut self, person: &NewPerson, chance: &dyn Chance) -> Result<PersonId, CatalogError> {
        let (now, email) = (self.now, input::email(&person.email));
        let known: Option<(PersonId,)> = sqlx::query_as("SELECT id FROM person WHERE email = $1")
            .bind(&email)
            .fetch_optional(self.connection())
            .await?;
        if let Some((id,)) = known {
            return Ok(id);
        }
        let mut check = input::Check::default();
        check.email("/email", &email);
        check.name("/name", &person.name);
        check.done()?;
        let Some(password) = &person.password_hash else {
            return Err(CatalogError::input("/password", "somebody new needs a password"));
        };
        let id = PersonId::generate(now, chance);
        sqlx::query("INSERT INTO person (id, email, name, password, created_us) VALUES ($1, $2, $3, $4, $5)")
            .bind(&id)
            .bind(email)
            .bind(&person.name)
            .bind(password)
            .bind(now.0)
            .execute(self.connection())
            .await?;
        Ok(id)
    }
}

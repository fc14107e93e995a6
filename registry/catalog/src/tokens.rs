//! API tokens: what a machine may do for a person, within one organisation, with some modules, until a day.

use crate::catalog::Catalog;
use crate::change::Line;
use crate::error::CatalogError;
use crate::ids::{self, OrgId, PersonId};
use crate::input::Check;
use serde_json::json;
use std::collections::BTreeSet;
use toolcrib_contract::ModuleName;
use toolcrib_contract::types::Instant;
use toolcrib_contract::world::Chance;
use toolcrib_trust::secret;

/// Tokens of one person that are neither revoked nor expired.
pub const TOKENS: i64 = 50;
/// The longest life of a token.
pub const TOKEN_DAYS: u32 = 366;
/// Patterns of modules of one token.
pub const TOKEN_PATTERNS: usize = 20;
/// When a token was used last is noted at most so often.
pub const TOKEN_USED_EVERY_S: i64 = 60;
/// Life of a token of trusted publishing.
pub const TRUSTED_TOKEN_S: i64 = 1_800;

const DAY_US: i64 = 86_400_000_000;

macro_rules! scopes {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
        /// What a token may be used for.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Scope { $($(#[$doc])* $name),* }

        impl Scope {
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The text on the wire and in the database.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),* }
            }
        }
    };
}
scopes! {
    /// See what its person may see.
    Read = "read";
    /// Take a name for a module.
    PublishNew = "publish-new";
    /// Submit a version of a module that exists.
    PublishUpdate = "publish-update";
    /// Take a version or a module out of circulation.
    Yank = "yank";
    /// Change how a module is found and what it costs.
    Listing = "listing";
    /// See what waits for a decision. Deciding takes a person.
    Review = "review";
    /// Devices and people of tenants. Consent takes a person.
    TenantAdmin = "tenant-admin";
}

impl Scope {
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|scope| scope.as_str() == text)
    }
}

/// A token to make.
#[derive(Clone, Debug)]
pub struct NewToken {
    /// What its owner calls it.
    pub name: String,
    /// Slug of the organisation within which it counts.
    pub org: String,
    pub scopes: Vec<String>,
    /// A module's name, the beginning of names (`press-*`), or all (`*`).
    pub modules: Vec<String>,
    /// 1 to [`TOKEN_DAYS`].
    pub days: u32,
}

/// A token, without its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiToken {
    pub id: String,
    pub name: String,
    pub org: String,
    pub scopes: BTreeSet<Scope>,
    pub modules: Vec<String>,
    pub made: Instant,
    pub expires: Instant,
    pub used: Option<Instant>,
    /// It was given to a CI, by trusted publishing.
    pub trusted: bool,
}

/// A token that was presented: whose it is, and what it may.
#[derive(Clone, Debug)]
pub struct Presented {
    pub person: PersonId,
    pub token: ApiToken,
}

#[derive(sqlx::FromRow)]
pub(crate) struct Row {
    id: String,
    person: PersonId,
    org: String,
    name: String,
    scopes: String,
    modules: String,
    made_us: i64,
    expires_us: i64,
    used_us: Option<i64>,
    #[sqlx(try_from = "crate::Flag")]
    trusted: bool,
}

/// Columns of a [`Row`].
macro_rules! tokens {
    ($rest:literal) => {
        concat!(
            "SELECT t.id, t.person, o.slug AS org, t.name, t.scopes, t.modules, t.made_us, t.expires_us, t.used_us,
                 t.publisher IS NOT NULL AS trusted FROM api_token t JOIN org o ON o.id = t.org WHERE ",
            $rest
        )
    };
}

impl Row {
    fn read(self) -> Result<Presented, CatalogError> {
        let damaged = |error: serde_json::Error| CatalogError::damaged("a token", &error);
        let scopes: Vec<String> = serde_json::from_str(&self.scopes).map_err(damaged)?;
        let token = ApiToken {
            id: self.id,
            name: self.name,
            org: self.org,
            // A scope that this version does not know gives nothing.
            scopes: scopes.iter().filter_map(|scope| Scope::parse(scope)).collect(),
            modules: serde_json::from_str(&self.modules).map_err(damaged)?,
            made: Instant(self.made_us),
            expires: Instant(self.expires_us),
            used: self.used_us.map(Instant),
            trusted: self.trusted,
        };
        Ok(Presented { person: self.person, token })
    }
}

impl ApiToken {
    /// Whether one of its patterns is about this module.
    pub fn covers(&self, module: &str) -> bool {
        self.modules.iter().any(|pattern| match pattern.strip_suffix('*') {
            Some(beginning) => module.starts_with(beginning),
            None => pattern == module,
        })
    }
}

/// A name, the beginning of names, or all of them.
fn is_pattern(text: &str) -> bool {
    match text.strip_suffix('*') {
        Some(beginning) => {
            beginning.is_empty() || format!("{}x", beginning.trim_end_matches('-')).parse::<ModuleName>().is_ok()
        }
        None => text.parse::<ModuleName>().is_ok(),
    }
}

impl NewToken {
    fn check(&self) -> Result<(), CatalogError> {
        let mut check = Check::default();
        check.name("/name", &self.name);
        let known: Vec<_> = Scope::ALL.iter().map(|scope| scope.as_str()).collect();
        check.expect(!self.scopes.is_empty(), "/scopes", "at least one scope");
        for (at, scope) in self.scopes.iter().enumerate().take(known.len() + 1) {
            check.expect(
                Scope::parse(scope).is_some(),
                &format!("/scopes/{at}"),
                format!("one of {}", known.join(", ")),
            );
        }
        let count = (1..=TOKEN_PATTERNS).contains(&self.modules.len());
        check.expect(count, "/modules", format!("1 to {TOKEN_PATTERNS} patterns; `*` for all modules"));
        for (at, pattern) in self.modules.iter().enumerate().take(TOKEN_PATTERNS) {
            check.expect(is_pattern(pattern), &format!("/modules/{at}"), "a module's name, `beginning*` or `*`");
        }
        check.expect((1..=TOKEN_DAYS).contains(&self.days), "/days", format!("1 to {TOKEN_DAYS}"));
        check.done()
    }
}

impl Catalog {
    /// Makes a token. Returns it and its text, which is kept nowhere.
    ///
    /// # Errors
    /// Fields that are wrong; no such organisation; more than [`TOKENS`]. Whether the person belongs to the
    /// organisation is the caller's to know.
    pub async fn add_token(
        &self,
        new: &NewToken,
        person: &PersonId,
        now: Instant,
        chance: &dyn Chance,
    ) -> Result<(ApiToken, String), CatalogError> {
        new.check()?;
        let mut change = self.change(now).await?;
        let (org, _) = change.org(&new.org).await?;
        let (count,): (i64,) = sqlx::query_as(
            "SELECT count(*) FROM api_token
             WHERE person = $1 AND revoked_us IS NULL AND expires_us > $2 AND publisher IS NULL",
        )
        .bind(person)
        .bind(now.0)
        .fetch_one(change.connection())
        .await?;
        if count >= TOKENS {
            return Err(CatalogError::Limit(format!("a person has at most {TOKENS} tokens; revoke one")));
        }
        let scopes: BTreeSet<_> = new.scopes.iter().filter_map(|scope| Scope::parse(scope)).collect();
        let token = ApiToken {
            id: ids::generate(now, chance),
            name: new.name.clone(),
            org: new.org.clone(),
            scopes,
            modules: new.modules.clone(),
            made: now,
            expires: now.plus_us(i64::from(new.days) * DAY_US),
            used: None,
            trusted: false,
        };
        let text = secret::generate_checked(secret::API, chance);
        insert(change.connection(), &token, &text, person, &org, None).await?;
        let detail =
            json!({"token": token.id, "org": new.org, "scopes": new.scopes, "modules": new.modules, "days": new.days});
        change.commit(Line { actor: person.as_str(), act: "token.add", subject: person.as_str(), detail }).await?;
        Ok((token, text))
    }

    /// Tokens of a person that can still be used, newest first. Those of CIs are not among them.
    ///
    /// # Errors
    /// The database.
    pub async fn tokens(&self, person: &PersonId, now: Instant) -> Result<Vec<ApiToken>, CatalogError> {
        let query = sqlx::query_as(tokens!(
            "t.person = $1 AND t.revoked_us IS NULL AND t.expires_us > $2 AND t.publisher IS NULL
             ORDER BY t.made_us DESC, t.id"
        ));
        let rows: Vec<Row> = query.bind(person).bind(now.0).fetch_all(&self.readers).await?;
        rows.into_iter().map(|row| row.read().map(|presented| presented.token)).collect()
    }

    /// The token is void from now on.
    ///
    /// # Errors
    /// [`CatalogError::NotFound`]: no such token of this person.
    pub async fn revoke_token(&self, id: &str, person: &PersonId, now: Instant) -> Result<(), CatalogError> {
        let mut change = self.change(now).await?;
        let revoke =
            sqlx::query("UPDATE api_token SET revoked_us = $1 WHERE id = $2 AND person = $3 AND revoked_us IS NULL");
        let revoke = revoke.bind(now.0).bind(id).bind(person);
        if revoke.execute(change.connection()).await?.rows_affected() == 0 {
            return Err(CatalogError::NotFound("token"));
        }
        let line = Line {
            actor: person.as_str(),
            act: "token.revoke",
            subject: person.as_str(),
            detail: json!({"token": id}),
        };
        change.commit(line).await.map(drop)
    }

    /// Whose token has this hash, and what it may; none when it is unknown, revoked or expired. Notes the use.
    ///
    /// # Errors
    /// The database.
    pub async fn present_token(&self, token_sha256: &str, now: Instant) -> Result<Option<Presented>, CatalogError> {
        let query = sqlx::query_as(tokens!("t.token_sha256 = $1 AND t.revoked_us IS NULL AND t.expires_us > $2"));
        let row: Option<Row> = query.bind(token_sha256).bind(now.0).fetch_optional(&self.readers).await?;
        let Some(presented) = row.map(Row::read).transpose()? else { return Ok(None) };
        if presented.token.used.is_none_or(|used| now.since_us(used) >= TOKEN_USED_EVERY_S * 1_000_000) {
            let mut change = self.change(now).await?;
            let used =
                sqlx::query("UPDATE api_token SET used_us = $1 WHERE id = $2").bind(now.0).bind(&presented.token.id);
            used.execute(change.connection()).await?;
            change.commit_quietly().await?;
        }
        Ok(Some(presented))
    }
}

/// Keeps a token's hash and what it may.
pub(crate) async fn insert(
    db: &mut sqlx::AnyConnection,
    token: &ApiToken,
    text: &str,
    person: &PersonId,
    org: &OrgId,
    publisher: Option<&str>,
) -> Result<(), CatalogError> {
    let scopes: Vec<_> = token.scopes.iter().map(|scope| scope.as_str()).collect();
    sqlx::query(
        "INSERT INTO api_token (id, token_sha256, person, org, name, scopes, modules, publisher, made_us, expires_us)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(&token.id)
    .bind(secret::hash(text))
    .bind(person)
    .bind(org)
    .bind(&token.name)
    .bind(json!(scopes).to_string())
    .bind(json!(token.modules).to_string())
    .bind(publisher)
    .bind(token.made.0)
    .bind(token.expires.0)
    .execute(db)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_a_name_the_beginning_of_names_or_all() {
        for good in ["oee", "press-*", "press*", "p*", "*", "press-line-2"] {
            assert!(is_pattern(good), "{good}");
        }
        for bad in ["", "Oee", "*press", "a*b", "**", "-*", "压力*", "press--*x", "2*"] {
            assert!(!is_pattern(bad), "{bad}");
        }
    }
}

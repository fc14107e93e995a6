//! Trusted publishing: a CI that proves which repository and workflow it runs gets a short-lived token for one module.

use crate::catalog::Catalog;
use crate::change::{Change, Line};
use crate::error::CatalogError;
use crate::ids::{self, OrgId, PersonId};
use crate::input::Check;
use crate::tokens::{self, ApiToken, Scope, TRUSTED_TOKEN_S};
use crate::values::Flag;
use serde_json::json;
use std::collections::BTreeSet;
use toolcrib_contract::types::Instant;
use toolcrib_contract::world::Chance;
use toolcrib_trust::ci::{CiClaims, LEEWAY_S};
use toolcrib_trust::secret;

/// Trusted publishers of one module.
pub const TRUSTED_PUBLISHERS: i64 = 5;

/// Tokens of CIs are forgotten a week after their end.
const KEEP_ENDED_US: i64 = 7 * 86_400_000_000;

/// A workflow of a repository that may publish a module.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct TrustedPublisher {
    pub id: String,
    /// `iss` of its tokens.
    pub issuer: String,
    /// Number of the repository's owner, because names are given again.
    pub owner_id: String,
    /// `owner/name`
    pub repository: String,
    /// File name, for example `release.yml`.
    pub workflow: String,
    /// None: any.
    pub environment: Option<String>,
}

/// The publisher that a token fits, its module's provider, and who set it up.
type Fitting = (String, PersonId, OrgId, String);

impl Catalog {
    /// # Errors
    /// The database.
    pub async fn trusted_publishers(&self, module: &str) -> Result<Vec<TrustedPublisher>, CatalogError> {
        let query = sqlx::query_as(
            "SELECT id, issuer, owner_id, repository, workflow, environment FROM trusted_publisher
             WHERE module = $1 AND removed_us IS NULL ORDER BY added_us, id",
        );
        Ok(query.bind(module).fetch_all(&self.readers).await?)
    }

    /// Trusts a workflow. Its id is given here.
    ///
    /// # Errors
    /// Fields that are wrong; more than [`TRUSTED_PUBLISHERS`].
    pub async fn add_trusted_publisher(
        &self,
        module: &str,
        new: &TrustedPublisher,
        by: &PersonId,
        now: Instant,
        chance: &dyn Chance,
    ) -> Result<TrustedPublisher, CatalogError> {
        let TrustedPublisher { issuer, owner_id, repository, workflow, environment, .. } = new;
        let mut check = Check::default();
        let number = !owner_id.is_empty() && owner_id.len() <= 20 && owner_id.bytes().all(|byte| byte.is_ascii_digit());
        check.expect(number, "/owner_id", "the number of the repository's owner");
        let named = repository.split_once('/').is_some_and(|(owner, name)| plain(owner) && plain(name));
        check.expect(named, "/repository", "owner/name");
        let file = plain(workflow) && (workflow.ends_with(".yml") || workflow.ends_with(".yaml"));
        check.expect(file, "/workflow", "the file's name, for example release.yml");
        if let Some(environment) = environment {
            check.name("/environment", environment);
        }
        check.done()?;
        let mut change = self.change(now).await?;
        let count = sqlx::query_as("SELECT count(*) FROM trusted_publisher WHERE module = $1 AND removed_us IS NULL")
            .bind(module);
        let (count,): (i64,) = count.fetch_one(change.connection()).await?;
        if count >= TRUSTED_PUBLISHERS {
            return Err(CatalogError::Limit(format!("a module has at most {TRUSTED_PUBLISHERS} trusted publishers")));
        }
        let made = TrustedPublisher { id: ids::generate(now, chance), ..new.clone() };
        sqlx::query(
            "INSERT INTO trusted_publisher (id, module, issuer, owner_id, repository, workflow, environment, added_by, added_us)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind(&made.id)
        .bind(module)
        .bind(issuer)
        .bind(owner_id)
        .bind(repository)
        .bind(workflow)
        .bind(environment)
        .bind(by)
        .bind(now.0)
        .execute(change.connection())
        .await?;
        let detail = json!({"publisher": made.id, "issuer": issuer, "repository": repository, "workflow": workflow, "environment": environment});
        change.commit(Line { actor: by.as_str(), act: "publisher.add", subject: module, detail }).await?;
        Ok(made)
    }

    /// The workflow is trusted no more, and its tokens are void.
    ///
    /// # Errors
    /// [`CatalogError::NotFound`].
    pub async fn remove_trusted_publisher(
        &self,
        module: &str,
        id: &str,
        by: &PersonId,
        now: Instant,
    ) -> Result<(), CatalogError> {
        let mut change = self.change(now).await?;
        let remove = sqlx::query(
            "UPDATE trusted_publisher SET removed_us = $1 WHERE id = $2 AND module = $3 AND removed_us IS NULL",
        );
        let remove = remove.bind(now.0).bind(id).bind(module);
        if remove.execute(change.connection()).await?.rows_affected() == 0 {
            return Err(CatalogError::NotFound("trusted publisher"));
        }
        let void = sqlx::query("UPDATE api_token SET revoked_us = $1 WHERE publisher = $2 AND revoked_us IS NULL");
        void.bind(now.0).bind(id).execute(change.connection()).await?;
        let detail = json!({"publisher": id});
        change.commit(Line { actor: by.as_str(), act: "publisher.remove", subject: module, detail }).await.map(drop)
    }

    /// Whether versions of this module come from trusted publishers only.
    ///
    /// # Errors
    /// The database.
    pub async fn is_trusted_only(&self, module: &str) -> Result<bool, CatalogError> {
        let query = sqlx::query_as("SELECT trusted_only FROM module WHERE name = $1").bind(module);
        let row: Option<(Flag,)> = query.fetch_optional(&self.readers).await?;
        Ok(row.is_some_and(|(Flag(only),)| only))
    }

    /// # Errors
    /// [`CatalogError::WrongState`]: nobody could publish, because there is no trusted publisher.
    pub async fn set_trusted_only(
        &self,
        module: &str,
        only: bool,
        by: &PersonId,
        now: Instant,
    ) -> Result<(), CatalogError> {
        let mut change = self.change(now).await?;
        let set = sqlx::query(
            "UPDATE module SET trusted_only = $1 WHERE name = $2 AND ($1 = 0 OR EXISTS
                 (SELECT 1 FROM trusted_publisher WHERE module = $2 AND removed_us IS NULL))",
        );
        if set.bind(i64::from(only)).bind(module).execute(change.connection()).await?.rows_affected() == 0 {
            return Err(CatalogError::WrongState("add a trusted publisher first".to_owned()));
        }
        let detail = json!({"trusted_only": only});
        change.commit(Line { actor: by.as_str(), act: "module.trusted-only", subject: module, detail }).await.map(drop)
    }

    /// Exchanges a CI's verified identity for a token that publishes versions of one existing module. Returns it and its
    /// end.
    ///
    /// # Errors
    /// [`CatalogError::NotTrusted`]: no publisher of the module fits; [`CatalogError::Replayed`].
    pub async fn exchange(
        &self,
        module: &str,
        claims: &CiClaims,
        now: Instant,
        chance: &dyn Chance,
    ) -> Result<(String, Instant), CatalogError> {
        let mut change = self.change(now).await?;
        let (publisher, person, org, slug) = change.fitting(module, claims).await?.ok_or(CatalogError::NotTrusted)?;
        change.spend(claims).await?;
        change.forget_old_tokens().await?;
        let expires = now.plus_us(TRUSTED_TOKEN_S * 1_000_000);
        let name: String = format!("{} {}", claims.repository, claims.workflow_ref).chars().take(200).collect();
        let token = ApiToken {
            id: ids::generate(now, chance),
            name,
            org: slug,
            scopes: BTreeSet::from([Scope::Read, Scope::PublishUpdate]),
            modules: vec![module.to_owned()],
            made: now,
            expires,
            used: None,
            trusted: true,
        };
        let text = secret::generate_checked(secret::TRUSTED_PUBLISHING, chance);
        tokens::insert(change.connection(), &token, &text, &person, &org, Some(&publisher)).await?;
        let detail = json!({"publisher": publisher, "workflow_ref": claims.workflow_ref, "event": claims.event_name});
        change.commit(Line { actor: &claims.repository, act: "publisher.exchange", subject: module, detail }).await?;
        Ok((text, expires))
    }
}

/// A part of a path: no separators, nothing that a shell or a browser reads.
fn plain(part: &str) -> bool {
    let letters = part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
    (1..=100).contains(&part.len()) && letters && !part.starts_with('.')
}

impl Change {
    /// Whom a provider trusted is nobody to the next one: the workflows publish nothing more, and their tokens are void.
    pub(crate) async fn end_trust(&mut self, module: &str) -> Result<(), CatalogError> {
        let now = self.now;
        for sql in [
            "UPDATE api_token SET revoked_us = $1 WHERE revoked_us IS NULL
                 AND publisher IN (SELECT id FROM trusted_publisher WHERE module = $2)",
            "UPDATE trusted_publisher SET removed_us = $1 WHERE module = $2 AND removed_us IS NULL",
        ] {
            sqlx::query(sql).bind(now.0).bind(module).execute(self.connection()).await?;
        }
        let all = sqlx::query("UPDATE module SET trusted_only = 0 WHERE name = $1").bind(module);
        all.execute(self.connection()).await?;
        Ok(())
    }

    async fn fitting(&mut self, module: &str, claims: &CiClaims) -> Result<Option<Fitting>, CatalogError> {
        let query = sqlx::query_as(
            "SELECT t.id, t.added_by, m.org, o.slug FROM trusted_publisher t JOIN module m ON m.name = t.module
                 JOIN org o ON o.id = m.org
             WHERE t.module = $1 AND t.issuer = $2 AND t.owner_id = $3 AND lower(t.repository) = $4
                 AND t.workflow = $5 AND (t.environment IS NULL OR t.environment = $6) AND t.removed_us IS NULL
             ORDER BY t.added_us, t.id LIMIT 1",
        );
        let query = query
            .bind(module)
            .bind(&claims.iss)
            .bind(&claims.repository_owner_id)
            .bind(claims.repository.to_ascii_lowercase());
        let query = query.bind(claims.workflow()).bind(&claims.environment);
        Ok(query.fetch_optional(self.connection()).await?)
    }

    /// Tokens of CIs that ended a while ago; the audit still tells of them.
    async fn forget_old_tokens(&mut self) -> Result<(), CatalogError> {
        let before = self.now.0 - KEEP_ENDED_US;
        let forget = sqlx::query("DELETE FROM api_token WHERE publisher IS NOT NULL AND expires_us < $1").bind(before);
        forget.execute(self.connection()).await?;
        Ok(())
    }

    /// An identity is exchanged once. It is remembered until it would be refused for its age, leeway included.
    async fn spend(&mut self, claims: &CiClaims) -> Result<(), CatalogError> {
        let now = self.now.0;
        let old = sqlx::query("DELETE FROM spent_identity WHERE until_us <= $1").bind(now);
        old.execute(self.connection()).await?;
        let until_us = i64::try_from(claims.exp.saturating_add(LEEWAY_S)).unwrap_or(i64::MAX).saturating_mul(1_000_000);
        let spend = sqlx::query(
            "INSERT INTO spent_identity (issuer, jti, until_us) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        );
        let spend = spend.bind(&claims.iss).bind(&claims.jti).bind(until_us);
        if spend.execute(self.connection()).await?.rows_affected() == 0 { Err(CatalogError::Replayed) } else { Ok(()) }
    }
}

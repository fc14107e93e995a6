//! What factories say is wrong with a module. The marketplace looks at each and says what came of it; the module itself goes
//! on until somebody decides otherwise.

use crate::catalog::Catalog;
use crate::change::Line;
use crate::error::CatalogError;
use crate::ids::{PersonId, TenantId};
use crate::input::Check;
use crate::review::REASON_CHARS;
use serde_json::json;
use toolcrib_contract::types::Instant;

/// Characters of a complaint.
pub const COMPLAINT_CHARS: usize = 2_000;
/// Complaints of one tenant that nobody has settled yet.
pub const COMPLAINTS_OPEN: i64 = 20;
/// Open complaints of one list.
pub const COMPLAINTS_LISTED: i64 = 200;

/// What somebody says is wrong.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Complaint {
    pub number: i64,
    /// Slug and name of the tenant.
    pub tenant: String,
    pub tenant_name: String,
    pub module: String,
    /// The version that the tenant had then; none when it only looked at the listing.
    pub version: Option<String>,
    pub text: String,
    /// E-mail of whoever said it.
    pub said_by: String,
    pub said_us: i64,
}

impl Catalog {
    /// Says what is wrong with a module; the number of the complaint.
    ///
    /// # Errors
    /// No such module for everybody, a text that is not acceptable, [`COMPLAINTS_OPEN`] of the tenant wait already.
    pub async fn complain(
        &self,
        tenant: &TenantId,
        module: &str,
        text: &str,
        by: &PersonId,
        now: Instant,
    ) -> Result<i64, CatalogError> {
        let mut check = Check::default();
        let fits = (1..=COMPLAINT_CHARS).contains(&text.chars().count()) && !text.trim().is_empty();
        let plain = !text.chars().any(|c| c.is_control() && c != '\n');
        check.expect(fits && plain, "/text", format!("say in 1 to {COMPLAINT_CHARS} characters what is wrong"));
        check.done()?;
        let mut change = self.change(now).await?;
        let open = sqlx::query_as("SELECT count(*) FROM complaint WHERE tenant = $1 AND settled_us IS NULL");
        let (open,): (i64,) = open.bind(tenant).fetch_one(change.connection()).await?;
        if open >= COMPLAINTS_OPEN {
            let what =
                format!("{COMPLAINTS_OPEN} of your factory's reports wait for the marketplace; it looks at them first");
            return Err(CatalogError::TooMany(what));
        }
        let (number, version): (i64, Option<String>) = sqlx::query_as(
            "INSERT INTO complaint (tenant, module, version, text, said_by, said_us)
             VALUES ($1, $2, (SELECT s.version FROM subscription c JOIN submission s ON s.id = c.submission
                 WHERE c.tenant = $1 AND s.module = $2 AND c.ended_us IS NULL LIMIT 1), $3, $4, $5)
             RETURNING number, version",
        )
        .bind(tenant)
        .bind(module)
        .bind(text)
        .bind(by)
        .bind(now.0)
        .fetch_one(change.connection())
        .await?;
        let detail = json!({"complaint": number, "module": module, "version": version});
        change.commit(Line { actor: by.as_str(), act: "module.complain", subject: tenant.as_str(), detail }).await?;
        Ok(number)
    }

    /// Complaints that nobody has settled, oldest first.
    ///
    /// # Errors
    /// The database.
    pub async fn open_complaints(&self) -> Result<Vec<Complaint>, CatalogError> {
        let query = sqlx::query_as(self.engine.text(
            "SELECT c.number, t.slug AS tenant, t.name AS tenant_name, c.module, c.version, c.text, p.name AS said_by,
                 c.said_us
             FROM complaint c INDEXED BY complaint_unsettled JOIN tenant t ON t.id = c.tenant JOIN person p ON p.id = c.said_by
             WHERE c.settled_us IS NULL ORDER BY c.number LIMIT $1",
        ));
        Ok(query.bind(COMPLAINTS_LISTED).fetch_all(&self.readers).await?)
    }

    /// Notes that the marketplace looked at a complaint, and what came of it.
    ///
    /// # Errors
    /// There is no such complaint, it is settled already, or no reason is given.
    pub async fn settle_complaint(
        &self,
        number: i64,
        reason: &str,
        by: &PersonId,
        now: Instant,
    ) -> Result<(), CatalogError> {
        if reason.trim().is_empty() || reason.chars().count() > REASON_CHARS {
            let message = format!("say in 1 to {REASON_CHARS} characters what came of it");
            return Err(CatalogError::input("/reason", message));
        }
        let mut change = self.change(now).await?;
        let row: Option<(String,)> = sqlx::query_as(
            "UPDATE complaint SET settled_by = $1, settled_us = $2, settled_reason = $3
             WHERE number = $4 AND settled_us IS NULL RETURNING module",
        )
        .bind(by)
        .bind(now.0)
        .bind(reason)
        .bind(number)
        .fetch_optional(change.connection())
        .await?;
        let (module,) = row.ok_or(CatalogError::NotFound("open complaint"))?;
        let detail = json!({"complaint": number, "reason": reason});
        change.commit(Line { actor: by.as_str(), act: "complaint.settle", subject: &module, detail }).await.map(drop)
    }
}

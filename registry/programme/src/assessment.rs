//! Assessments of the digital level: appended, never changed; the level follows from the figures by the edition's rule.

use crate::case::Case;
use crate::ids::ProjectId;
use crate::level::{Measured, level};
use crate::life::Act;
use crate::programmes::Programmes;
use crate::refusal::{ProgrammeError, Result};
use serde_json::json;
use toolcrib_catalog::{CatalogError, Person};
use toolcrib_contract::problem::{RULE_ASSESSOR, RULE_LEVEL};
use toolcrib_contract::types::Instant;

/// Assessments of one project.
pub const ASSESSMENTS: i64 = 50;

/// When, and by whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AssessmentKind {
    SelfBefore,
    OnsiteBefore,
    SelfAfter,
    OnsiteAfter,
}

toolcrib_catalog::texts!(AssessmentKind {
    SelfBefore = "self-before",
    OnsiteBefore = "onsite-before",
    SelfAfter = "self-after",
    OnsiteAfter = "onsite-after",
});

impl AssessmentKind {
    /// The step that it is.
    pub const fn act(self) -> Act {
        match self {
            Self::SelfBefore => Act::AssessSelfBefore,
            Self::OnsiteBefore => Act::AssessOnsiteBefore,
            Self::SelfAfter => Act::AssessSelfAfter,
            Self::OnsiteAfter => Act::AssessOnsiteAfter,
        }
    }

    /// Measured by somebody from the authority.
    pub const fn is_onsite(self) -> bool {
        matches!(self, Self::OnsiteBefore | Self::OnsiteAfter)
    }
}

/// Whether a text is the hex of a SHA-256.
pub(crate) fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// Checks the hex of a SHA-256.
pub(crate) fn sha256(pointer: &str, text: &str) -> Result<()> {
    if is_sha256(text) { Ok(()) } else { Err(ProgrammeError::input(pointer, "64 lower-case hex digits of a SHA-256")) }
}

impl Programmes {
    /// Keeps an assessment. Whoever assesses on site belongs to none of the parties.
    ///
    /// # Errors
    /// Figures that no assessment has; the assessor is close to a party; the state.
    pub async fn assess(
        &self,
        id: &ProjectId,
        kind: AssessmentKind,
        measured: &Measured,
        snapshot_sha256: &str,
        by: &Person,
        now: Instant,
    ) -> Result<()> {
        let level = level(measured)?;
        sha256("/snapshot_sha256", snapshot_sha256)?;
        let mut case = self.open(id, &by.id, now).await?;
        case.expect(kind.act())?;
        if kind.is_onsite() {
            case.needs_distance(by).await?;
        }
        let count = sqlx::query_as("SELECT count(*) FROM project_assessment WHERE project = $1").bind(id);
        let (count,): (i64,) = count.fetch_one(case.db()).await?;
        if count >= ASSESSMENTS {
            return Err(CatalogError::Limit(format!("a project has at most {ASSESSMENTS} assessments")).into());
        }
        sqlx::query(
            "INSERT INTO project_assessment (project, number, kind, measured, snapshot_sha256, level, at_us, by)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(id)
        .bind(count + 1)
        .bind(kind)
        .bind(json!(measured).to_string())
        .bind(snapshot_sha256)
        .bind(i64::from(level))
        .bind(now.0)
        .bind(&by.id)
        .execute(case.db())
        .await?;
        case.keep_level(kind, level).await?;
        case.step(kind.act(), "").await?;
        case.commit(kind.act(), json!({"level": level, "edition": measured.edition, "snapshot": snapshot_sha256})).await
    }
}

impl Case {
    /// What was measured on site counts more than what a firm says of itself.
    async fn keep_level(&mut self, kind: AssessmentKind, level: u8) -> Result<()> {
        let id = self.row.id.clone();
        let update = match kind {
            AssessmentKind::SelfBefore => {
                "UPDATE project SET level_before = $1 WHERE id = $2 AND NOT EXISTS (SELECT 1 FROM project_assessment
                 WHERE project = $2 AND kind = 'onsite-before')"
            }
            AssessmentKind::OnsiteBefore => "UPDATE project SET level_before = $1 WHERE id = $2",
            AssessmentKind::OnsiteAfter => "UPDATE project SET level_after = $1 WHERE id = $2",
            // The level after is the one on site, and nothing else.
            AssessmentKind::SelfAfter => return Ok(()),
        };
        sqlx::query(update).bind(i64::from(level)).bind(&id).execute(self.db()).await?;
        Ok(())
    }

    /// Somebody who judges belongs neither to the firm nor to a provider.
    pub async fn needs_distance(&mut self, by: &Person) -> Result<()> {
        let id = self.row.id.clone();
        let parties: Vec<(String,)> = sqlx::query_as(
            "SELECT o.slug FROM project p JOIN org o ON o.id = p.org WHERE p.id = $1
             UNION SELECT o.slug FROM project_provider x JOIN org o ON o.id = x.provider WHERE x.project = $1",
        )
        .bind(&id)
        .fetch_all(self.db())
        .await?;
        let parties: Vec<&str> = parties.iter().map(|(slug,)| slug.as_str()).collect();
        match by.too_close_to(&parties) {
            None => Ok(()),
            Some(org) => {
                Err(ProgrammeError::refused(RULE_ASSESSOR, format!("you belong to `{org}`, which is a party here")))
            }
        }
    }

    /// There is an assessment before.
    pub fn needs_level_before(&self) -> Result<()> {
        match self.row.level_before {
            Some(_) => Ok(()),
            None => Err(ProgrammeError::refused(RULE_LEVEL, "the firm has not been assessed yet; assess it first")),
        }
    }
}

//! A firm enrols: one file per firm, one firm in one programme.

use crate::case::{self, append_step};
use crate::ids::{ProgrammeId, ProjectId};
use crate::life::{Act, State};
use crate::programmes::Programmes;
use crate::refusal::{ProgrammeError, Result};
use crate::rules::{CODE_CHARS, EXCLUSIONS, RuleSet, is_code};
use crate::uscc::Uscc;
use serde_json::json;
use toolcrib_catalog::{CatalogError, Check, Line, PersonId};
use toolcrib_contract::problem::{RULE_EXCLUDED, RULE_ONE_PROGRAMME, RULE_SEGMENT};
use toolcrib_contract::types::Instant;
use toolcrib_contract::world::Chance;

/// What a firm is recognised as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    None,
    /// 创新型
    Innovative,
    /// 专精特新
    Specialised,
    /// 小巨人
    LittleGiant,
}

toolcrib_catalog::texts!(Class {
    None = "none",
    Innovative = "innovative",
    Specialised = "specialised",
    LittleGiant = "little_giant",
});

/// A firm as it enrols.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Firm {
    pub uscc: Uscc,
    pub name: String,
    pub district: String,
    /// Code of the programme's segment.
    pub segment: String,
    /// Above the statistical scale.
    pub above_scale: bool,
    pub class: Class,
    /// On the list of serious dishonesty.
    pub dishonest: bool,
    /// Programmes that funded it before.
    pub funded_by: Vec<String>,
    /// Slug of its organisation.
    pub org: Option<String>,
}

impl Firm {
    fn check(&self) -> Result<()> {
        let mut check = Check::default();
        check.name("/firm/name", &self.name);
        check.name("/firm/district", &self.district);
        let codes = self.funded_by.len() <= EXCLUSIONS && self.funded_by.iter().all(|code| is_code(code));
        let rule = format!("at most {EXCLUSIONS} codes of {CODE_CHARS} letters, like `pilot-2022`");
        check.expect(codes, "/firm/funded_by", rule);
        Ok(check.done()?)
    }
}

/// Whether the rules let a firm take part.
///
/// # Errors
/// The rule that excludes it.
pub fn admit(rules: &RuleSet, dishonest: bool, funded_by: &[String]) -> Result<()> {
    if rules.excludes_dishonest && dishonest {
        return Err(ProgrammeError::refused(RULE_EXCLUDED, "the firm is on the list of serious dishonesty"));
    }
    match funded_by.iter().find(|code| rules.excluded_funding.contains(code)) {
        Some(code) => Err(ProgrammeError::refused(RULE_EXCLUDED, format!("`{code}` funded the firm before"))),
        None => Ok(()),
    }
}

impl Programmes {
    /// Enrols a firm. Whether the rules in force exclude it is said at once, and asked again at filing.
    ///
    /// # Errors
    /// No pledge; the firm takes part already; a segment that the programme does not have; exclusions.
    pub async fn enrol(
        &self,
        programme: &ProgrammeId,
        firm: &Firm,
        pledge: bool,
        by: &PersonId,
        now: Instant,
        chance: &dyn Chance,
    ) -> Result<ProjectId> {
        firm.check()?;
        if !pledge {
            return Err(ProgrammeError::input("/pledge", "the firm states that what it says is true"));
        }
        let mut writing = self.catalog.writing(now).await?;
        let db = writing.connection();
        let version = crate::programme::version_in_force(db, programme).await?;
        admit(&crate::programme::rules(db, programme, version).await?, firm.dishonest, &firm.funded_by)?;
        let segment = sqlx::query_as("SELECT 1 FROM programme_segment WHERE programme = $1 AND segment = $2");
        let segment: Option<(i64,)> = segment.bind(programme).bind(&firm.segment).fetch_optional(&mut *db).await?;
        if segment.is_none() {
            return Err(ProgrammeError::refused(
                RULE_SEGMENT,
                format!("the programme has no segment `{}`", firm.segment),
            ));
        }
        let org = match &firm.org {
            None => None,
            Some(slug) => {
                let org = sqlx::query_as("SELECT id FROM org WHERE slug = $1 AND kind = 'sme'").bind(slug);
                let org: Option<(String,)> = org.fetch_optional(&mut *db).await?;
                Some(org.ok_or_else(|| ProgrammeError::input("/firm/org", "there is no such factory"))?.0)
            }
        };
        let id = ProjectId::generate(now, chance);
        let inserted = sqlx::query(
            "INSERT INTO project (id, programme, uscc, name, district, segment, above_scale, class, dishonest, funded_by,
                 org, state, since_us, step) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'enrolled', $12, 1)",
        )
        .bind(&id)
        .bind(programme)
        .bind(&firm.uscc)
        .bind(&firm.name)
        .bind(&firm.district)
        .bind(&firm.segment)
        .bind(i64::from(firm.above_scale))
        .bind(firm.class)
        .bind(i64::from(firm.dishonest))
        .bind(json!(firm.funded_by).to_string())
        .bind(org)
        .bind(now.0)
        .execute(&mut *db)
        .await;
        inserted.map_err(|error| {
            let taken = error.as_database_error().is_some_and(sqlx::error::DatabaseError::is_unique_violation);
            let detail = format!("{} takes part in a programme already", firm.uscc);
            if taken { ProgrammeError::refused(RULE_ONE_PROGRAMME, detail) } else { CatalogError::from(error).into() }
        })?;
        append_step(db, &id, 1, Act::Enrol, None, State::Enrolled, by, now, "").await?;
        let detail = json!({"programme": programme.as_str(), "uscc": firm.uscc.as_str()});
        writing.commit(Line { actor: by.as_str(), act: Act::Enrol.line(), subject: id.as_str(), detail }).await?;
        Ok(id)
    }

    /// Acts that need nothing but their reason. What an act means besides its step stands here.
    ///
    /// # Errors
    /// The act does not follow; what it asks for is missing.
    pub async fn simple(&self, id: &ProjectId, act: Act, why: &str, by: &PersonId, now: Instant) -> Result<()> {
        case::why(why)?;
        let mut case = self.open(id, by, now).await?;
        case.expect(act)?;
        match act {
            Act::Diagnose => case.needs_level_before()?,
            Act::Deliver => case.needs_time()?,
            Act::Withdraw => case.release(act).await?,
            Act::Publish => case.publish().await?,
            Act::Award => case.grant().await?,
            Act::MarkDishonest | Act::ClearDishonest => {
                let update = sqlx::query("UPDATE project SET dishonest = $1 WHERE id = $2");
                update.bind(i64::from(act == Act::MarkDishonest)).bind(id).execute(case.db()).await?;
            }
            Act::Start | Act::Review => {}
            other => unreachable!("`{}` needs more than a reason", other.as_str()),
        }
        case.step(act, why).await?;
        case.commit(act, json!({"why": why})).await
    }
}

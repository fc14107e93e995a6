//! Publicity 公示: an award is shown for some days, everybody may object, an official answers, and then it is granted.

use crate::case::Case;
use crate::days;
use crate::ids::{ProgrammeId, ProjectId};
use crate::life::{Act, State};
use crate::maybe::Maybe;
use crate::money::Fen;
use crate::programmes::Programmes;
use crate::refusal::{ProgrammeError, Result};
use serde_json::json;
use toolcrib_catalog::{CatalogError, PersonId};
use toolcrib_contract::problem::{RULE_PUBLICITY, RULE_STEP};
use toolcrib_contract::types::Instant;

/// Characters of an objection and of its answer.
pub const OBJECTION_CHARS: usize = 2_000;
/// Objections to one project, and those of one person.
pub const OBJECTIONS: i64 = 200;
pub const OBJECTIONS_PER_PERSON: i64 = 3;
/// Awards of one list.
pub const PUBLIC_AWARDS: i64 = 200;

/// An objection.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Objection {
    pub number: i64,
    pub text: String,
    pub at_us: i64,
    /// E-mail; for the authority only.
    pub by: String,
    #[sqlx(try_from = "Maybe")]
    pub upheld: Option<bool>,
    pub answer: Option<String>,
}

/// An award that everybody may object to.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct PublicAward {
    pub id: ProjectId,
    pub uscc: String,
    pub name: String,
    pub district: String,
    pub segment: String,
    #[sqlx(try_from = "i64")]
    pub level_after: u8,
    pub award_fen: Fen,
    pub publicity_from: String,
    pub publicity_until: String,
}

const SHOWN: &str = "SELECT id, uscc, name, district, segment, level_after, award_fen, publicity_from, publicity_until
     FROM project INDEXED BY project_state WHERE programme = $1 AND state = 'publicity' ORDER BY id DESC LIMIT $2";

/// Every list of this file, for whoever asks what they cost.
#[cfg(test)]
pub(crate) fn statements() -> impl Iterator<Item = &'static str> {
    [SHOWN].into_iter()
}

fn text(pointer: &'static str, text: &str) -> Result<()> {
    let plain = !text.chars().any(|letter| letter.is_control() && letter != '\n') && !text.trim().is_empty();
    if plain && text.chars().count() <= OBJECTION_CHARS {
        return Ok(());
    }
    Err(ProgrammeError::input(pointer, format!("1 to {OBJECTION_CHARS} characters")))
}

impl Programmes {
    /// Awards that are shown now, the newest project first, at most [`PUBLIC_AWARDS`].
    ///
    /// # Errors
    /// The database.
    pub async fn publicity(&self, programme: &ProgrammeId) -> Result<Vec<PublicAward>> {
        Ok(sqlx::query_as(self.catalog.engine().text(SHOWN))
            .bind(programme)
            .bind(PUBLIC_AWARDS)
            .fetch_all(self.catalog.reading())
            .await?)
    }

    /// Objects to an award that is shown.
    ///
    /// # Errors
    /// It is not shown, or its days are over; too many objections.
    pub async fn object(&self, id: &ProjectId, objection: &str, by: &PersonId, now: Instant) -> Result<i64> {
        text("/text", objection)?;
        let mut case = self.open(id, by, now).await?;
        case.expect(Act::Object)?;
        if case.today() > case.shown_until()? {
            return Err(ProgrammeError::refused(RULE_PUBLICITY, format!("publicity ended on {}", case.shown_until()?)));
        }
        let counts = sqlx::query_as(
            "SELECT count(*), count(*) FILTER (WHERE by = $2) FROM project_objection WHERE project = $1",
        );
        let (all, own): (i64, i64) = counts.bind(id).bind(by).fetch_one(case.db()).await?;
        if all >= OBJECTIONS || own >= OBJECTIONS_PER_PERSON {
            let what = format!("at most {OBJECTIONS_PER_PERSON} objections of one person and {OBJECTIONS} of all");
            return Err(CatalogError::Limit(what).into());
        }
        sqlx::query("INSERT INTO project_objection (project, number, text, at_us, by) VALUES ($1, $2, $3, $4, $5)")
            .bind(id)
            .bind(all + 1)
            .bind(objection)
            .bind(now.0)
            .bind(by)
            .execute(case.db())
            .await?;
        // What was said stands with the objection, who said it is for the authority: the step says neither.
        case.step(Act::Object, "").await?;
        case.commit(Act::Object, json!({"objection": all + 1})).await?;
        Ok(all + 1)
    }

    /// Answers an objection. Upheld, the award falls and the project is rejected.
    ///
    /// # Errors
    /// There is none, or it is answered; the state.
    pub async fn answer(
        &self,
        id: &ProjectId,
        number: i64,
        upheld: bool,
        why: &str,
        by: &PersonId,
        now: Instant,
    ) -> Result<()> {
        crate::case::why(why)?;
        let act = if upheld { Act::Uphold } else { Act::Dismiss };
        let mut case = self.open(id, by, now).await?;
        case.expect(act)?;
        let update = sqlx::query(
            "UPDATE project_objection SET upheld = $1, answer = $2
                 WHERE project = $3 AND number = $4 AND upheld IS NULL",
        );
        let update = update.bind(i64::from(upheld)).bind(why).bind(id).bind(number);
        if update.execute(case.db()).await?.rows_affected() == 0 {
            return Err(ProgrammeError::not_found("open objection"));
        }
        if upheld {
            case.release(act).await?;
        }
        case.step(act, why).await?;
        case.commit(act, json!({"objection": number, "upheld": upheld})).await
    }
}

impl Case {
    fn shown_until(&self) -> Result<toolcrib_contract::types::Date> {
        let until = self.row.publicity_until.as_deref();
        days::stored(until.ok_or_else(|| ProgrammeError::refused(RULE_STEP, "nothing is shown"))?)
    }

    /// Shows the award from today for the days that the rules say.
    pub async fn publish(&mut self) -> Result<()> {
        let pinned = self.pinned().await?;
        let (id, from) = (self.row.id.clone(), self.today());
        let until = from.plus_days(i64::from(pinned.rules.publicity_days) - 1);
        sqlx::query("UPDATE project SET publicity_from = $1, publicity_until = $2 WHERE id = $3")
            .bind(from.to_string())
            .bind(until.to_string())
            .bind(&id)
            .execute(self.db())
            .await?;
        Ok(())
    }

    /// The award is granted once its days are over and every objection is answered; its parts are set.
    pub async fn grant(&mut self) -> Result<()> {
        debug_assert_eq!(self.row.state, State::Publicity);
        let until = self.shown_until()?;
        if self.today() <= until {
            return Err(ProgrammeError::refused(RULE_PUBLICITY, format!("publicity lasts until the end of {until}")));
        }
        let id = self.row.id.clone();
        let open =
            sqlx::query_as("SELECT count(*) FROM project_objection WHERE project = $1 AND upheld IS NULL").bind(&id);
        let (open,): (i64,) = open.fetch_one(self.db()).await?;
        if open > 0 {
            return Err(ProgrammeError::refused(RULE_PUBLICITY, format!("{open} objections are not answered")));
        }
        let pinned = self.pinned().await?;
        self.needs_credit(&pinned.rules)?;
        for (nth, part) in (1u32..).zip(pinned.rules.parts(self.row.award_fen)) {
            let insert = sqlx::query("INSERT INTO project_tranche (project, tranche, amount_fen) VALUES ($1, $2, $3)");
            insert.bind(&id).bind(i64::from(nth)).bind(part).execute(self.db()).await?;
        }
        Ok(())
    }
}

//! Steps of the city and of the provider.

use super::{
    Act, PUBLICITY_DAYS, RECTIFY_DAYS, State, Stored, VALID_MONTHS, Whose, check_text, next, review, wrong_state,
};
use crate::calendar;
use crate::days;
use crate::refusal::{ProgrammeError, Result};
use serde_json::json;
use toolcrib_catalog::{Catalog, Check, Line, Person, PersonId, Writing};
use toolcrib_contract::problem::{RENEWAL_CLOSED, RULE_PUBLICITY};
use toolcrib_contract::types::{Date, Instant};

/// A step with what it needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    Withdraw,
    /// Experts by their e-mail.
    Review(Vec<String>),
    /// What follows from the experts' scores.
    Conclude,
    Refuse,
    Publicise {
        days: u32,
    },
    Publish {
        months: u32,
    },
    Rate {
        stars: u8,
    },
    Warn,
    /// `until`: the last day, `YYYY-MM-DD`.
    Demand {
        until: String,
    },
    Report,
    Restore,
    Suspend,
    Delist,
}

impl Step {
    /// Whether people must say why.
    pub fn needs_reason(&self) -> bool {
        !matches!(self, Self::Review(_) | Self::Conclude | Self::Publicise { .. } | Self::Publish { .. })
    }

    /// The act; of [`Self::Conclude`], as if it passed.
    fn act(&self) -> Act {
        match self {
            Self::Withdraw => Act::Withdraw,
            Self::Review(_) => Act::Review,
            Self::Conclude => Act::Pass,
            Self::Refuse => Act::Refuse,
            Self::Publicise { .. } => Act::Publicise,
            Self::Publish { .. } => Act::Publish,
            Self::Rate { .. } => Act::Rate,
            Self::Warn => Act::Warn,
            Self::Demand { .. } => Act::Demand,
            Self::Report => Act::Report,
            Self::Restore => Act::Restore,
            Self::Suspend => Act::Suspend,
            Self::Delist => Act::Delist,
        }
    }
}

/// Takes a step. By owners of the provider or officials of the city, as [`super::TABLE`] says.
///
/// # Errors
/// Not found for who is no party; not allowed; a state that does not take it; fields that are wrong;
/// `conflict-of-interest`, `scores-missing`, `publicity-running`, `objection-open`, `objection-upheld`.
pub async fn take(catalog: &Catalog, id: &str, step: &Step, reason: &str, by: &Person, now: Instant) -> Result<State> {
    // People are read before the change opens: it holds the only connection that writes.
    let named = if let Step::Review(emails) = step { review::named(catalog, emails).await? } else { Vec::new() };
    let mut writing = catalog.writing(now).await?;
    let mut row = Stored::load(writing.connection(), id).await?;
    let (_, whose) = next(Some(row.state), step.act()).unwrap_or((row.state, usual(step)));
    row.authorise(by, whose)?;
    let mut check = Check::default();
    if step.needs_reason() || !reason.is_empty() {
        check_text(&mut check, "/reason", reason);
    }
    check.done()?;
    if next(Some(row.state), step.act()).is_none() {
        return Err(wrong_state(row.state, step.act()));
    }
    let (act, reason) = match step {
        Step::Conclude => review::conclude(&mut writing, &row).await?,
        _ => (step.act(), reason.to_owned()),
    };
    set(&mut writing, &row, step, &named, by, now).await?;
    row.step(&mut writing, act, by.id.as_str(), &reason).await?;
    let detail = json!({"act": act.as_str(), "state": row.state.as_str(), "reason": reason, "org": row.org});
    writing.commit(Line { actor: by.id.as_str(), act: "identification.step", subject: id, detail }).await?;
    Ok(row.state)
}

/// Whose step it is where the table has it.
fn usual(step: &Step) -> Whose {
    if matches!(step, Step::Withdraw | Step::Report) { Whose::Provider } else { Whose::City }
}

/// What a step sets besides the state.
async fn set(
    writing: &mut Writing,
    row: &Stored,
    step: &Step,
    named: &[Person],
    by: &Person,
    now: Instant,
) -> Result<()> {
    let today = days::today(now);
    match step {
        Step::Review(_) => review::name(writing, row, named, &by.id).await,
        Step::Publicise { days } => publicise(writing, row, *days, today).await,
        Step::Publish { months } => publish(writing, row, *months, today, &by.id).await,
        Step::Rate { stars } => {
            if !(1..=5).contains(stars) {
                return Err(ProgrammeError::input("/stars", "1 to 5"));
            }
            let set = sqlx::query("UPDATE identification SET stars = $1 WHERE id = $2").bind(i64::from(*stars));
            set.bind(&row.id).execute(writing.connection()).await?;
            Ok(())
        }
        Step::Demand { until } => {
            let last = calendar::parse(until).filter(|last| (today.0..=today.0 + RECTIFY_DAYS).contains(&last.0));
            if last.is_none() {
                let rule = format!("a day from today on, at most {RECTIFY_DAYS} days ahead");
                return Err(ProgrammeError::input("/until", rule));
            }
            let set = sqlx::query("UPDATE identification SET rectify_by = $1 WHERE id = $2").bind(until);
            set.bind(&row.id).execute(writing.connection()).await?;
            Ok(())
        }
        _ => Ok(()),
    }
}

async fn publicise(writing: &mut Writing, row: &Stored, days: u32, today: Date) -> Result<()> {
    if !PUBLICITY_DAYS.contains(&days) {
        let (least, most) = (PUBLICITY_DAYS.start(), PUBLICITY_DAYS.end());
        return Err(ProgrammeError::input("/days", format!("{least} to {most} days")));
    }
    let last = Date(today.0 + i64::from(days) - 1);
    let set = sqlx::query("UPDATE identification SET publicity_from = $1, publicity_until = $2 WHERE id = $3");
    let set = set.bind(today.to_string()).bind(last.to_string()).bind(&row.id);
    set.execute(writing.connection()).await?;
    Ok(())
}

/// After a publicity without a valid objection. A renewal takes the place of the identification before it, with its stars.
async fn publish(writing: &mut Writing, row: &Stored, months: u32, today: Date, by: &PersonId) -> Result<()> {
    if !VALID_MONTHS.contains(&months) {
        let (least, most) = (VALID_MONTHS.start(), VALID_MONTHS.end());
        return Err(ProgrammeError::input("/months", format!("{least} to {most} months")));
    }
    let until = row.publicity_until.as_deref().and_then(calendar::parse);
    if until.is_none_or(|until| until >= today) {
        let last = row.publicity_until.as_deref().unwrap_or("no day");
        return Err(ProgrammeError::refused(
            RULE_PUBLICITY,
            format!("the publicity runs until {last}, that day included"),
        ));
    }
    let (open, upheld): (i64, i64) = sqlx::query_as(
        "SELECT count(*) FILTER (WHERE decided_us IS NULL), count(*) FILTER (WHERE upheld = 1)
         FROM identification_dispute WHERE identification = $1 AND against IS NULL",
    )
    .bind(&row.id)
    .fetch_one(writing.connection())
    .await?;
    if open > 0 {
        return Err(ProgrammeError::refused(RULE_PUBLICITY, format!("{open} objections wait for a decision")));
    }
    if upheld > 0 {
        return Err(ProgrammeError::refused(RULE_PUBLICITY, "an objection was right; refuse the application instead"));
    }
    let stars = supersede(writing, row, by).await?;
    let last = calendar::last_of_months(today, months)
        .ok_or_else(|| ProgrammeError::input("/months", "beyond the calendar"))?;
    sqlx::query("UPDATE identification SET valid_from = $1, valid_until = $2, stars = $3 WHERE id = $4")
        .bind(today.to_string())
        .bind(last.to_string())
        .bind(stars)
        .bind(&row.id)
        .execute(writing.connection())
        .await?;
    Ok(())
}

/// The identification that this one renews ends; its stars.
async fn supersede(writing: &mut Writing, row: &Stored, by: &PersonId) -> Result<Option<i64>> {
    let Some(old) = &row.renews else { return Ok(None) };
    let mut old = Stored::load(writing.connection(), old).await?;
    if !old.state.may_renew() {
        let why = format!("the identification that it renews is {} meanwhile; settle that first", old.state.as_str());
        return Err(ProgrammeError::refused(RENEWAL_CLOSED, why));
    }
    old.step(writing, Act::Supersede, by.as_str(), "").await?;
    Ok(old.stars)
}

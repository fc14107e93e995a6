//! One identification, as far as the viewer may see it.

use super::list::{COLUMNS, Row};
use super::review::{Scores, mean_hundredths};
use super::{Act, Paper, State, Stored, TABLE, Whose};
use crate::days;
use crate::maybe::Maybe;
use crate::refusal::Result;
use sqlx::AnyConnection;
use toolcrib_catalog::signer;
use toolcrib_catalog::{Catalog, CatalogError, Person};
use toolcrib_contract::types::Instant;

/// An identification. Parts that the viewer may not see are empty.
#[derive(Clone, Debug)]
pub struct Detail {
    pub row: Row,
    pub statement: String,
    pub papers: Vec<Paper>,
    pub renews: Option<String>,
    pub publicity_from: Option<String>,
    pub valid_from: Option<String>,
    /// New offers and contracts are possible today.
    pub may_contract: bool,
    /// What the viewer may do now.
    pub acts: Vec<Act>,
    /// Mean of the scores so far, in hundredths of a point.
    pub score: Option<i64>,
    pub experts: Vec<Expert>,
    /// Oldest first.
    pub steps: Vec<StepTaken>,
    pub objections: Vec<Dispute>,
    pub appeals: Vec<Dispute>,
}

/// An expert and their score.
#[derive(Clone, Debug)]
pub struct Expert {
    pub person: String,
    pub email: String,
    pub name: String,
    pub scores: Option<Scores>,
    pub comment: String,
    pub scored_at: Option<Instant>,
}

/// A step that was taken.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct StepTaken {
    pub number: i64,
    pub at_us: i64,
    /// Name of the person, or of the part of the server.
    pub by: String,
    pub act: Act,
    pub before: Option<State>,
    pub after: State,
    pub reason: String,
}

/// An objection or an appeal.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Dispute {
    pub number: i64,
    pub against: Option<i64>,
    /// E-mail.
    pub said_by: String,
    pub said_us: i64,
    pub text: String,
    pub decided_by: Option<String>,
    pub decided_us: Option<i64>,
    #[sqlx(try_from = "Maybe")]
    pub upheld: Option<bool>,
    pub reason: Option<String>,
}

#[derive(sqlx::FromRow)]
struct Rest {
    statement: String,
    documents: String,
    renews: Option<String>,
    publicity_from: Option<String>,
    valid_from: Option<String>,
}

#[derive(sqlx::FromRow)]
struct ExpertRow {
    person: String,
    email: String,
    name: String,
    #[sqlx(try_from = "Maybe")]
    cases: Option<u32>,
    #[sqlx(try_from = "Maybe")]
    technology: Option<u32>,
    #[sqlx(try_from = "Maybe")]
    service: Option<u32>,
    #[sqlx(try_from = "Maybe")]
    price: Option<u32>,
    comment: String,
    scored_us: Option<i64>,
}

impl ExpertRow {
    fn read(self) -> Expert {
        let scores = self.cases.zip(self.technology).zip(self.service.zip(self.price));
        let scores = scores.map(|((cases, technology), (service, price))| Scores { cases, technology, service, price });
        let scored_at = self.scored_us.map(Instant);
        let Self { person, email, name, comment, .. } = self;
        Expert { person, email, name, scores, comment, scored_at }
    }
}

/// One identification.
///
/// # Errors
/// Not found, also for who may not see it.
pub async fn detail(catalog: &Catalog, id: &str, viewer: Option<&Person>, now: Instant) -> Result<Detail> {
    let mut read = catalog.reading().begin().await?;
    let stored = Stored::load(&mut read, id).await?;
    if !stored.is_visible(viewer) {
        return Err(CatalogError::NotFound("identification").into());
    }
    // Who scores sees nobody else's points before they gave their own; the provider sees none of them.
    let city = viewer.is_some_and(|person| person.authority(&stored.city).is_some());
    let party = city || viewer.is_some_and(|person| person.org_role(&stored.org).is_some());
    let row: Row = sqlx::query_as(sqlx::AssertSqlSafe(format!("{COLUMNS} WHERE i.id = $1")))
        .bind(id)
        .fetch_one(&mut *read)
        .await?;
    let rest: Rest = sqlx::query_as(
        "SELECT statement, documents, renews, publicity_from, valid_from FROM identification WHERE id = $1",
    )
    .bind(id)
    .fetch_one(&mut *read)
    .await?;
    let papers = serde_json::from_str(&rest.documents)
        .map_err(|error| CatalogError::Damaged(format!("papers of an identification: {error}")))?;
    let experts = experts(&mut read, id).await?;
    let totals: Vec<u32> = experts.iter().filter_map(|expert| expert.scores).map(Scores::total).collect();
    let decided = !stored.state.is_open() || matches!(stored.state, State::Reviewed | State::Publicity);
    let today = days::today(now).to_string();
    let may_contract = stored.state.may_contract() && stored.valid_until.as_ref().is_some_and(|last| *last >= today);
    let acts = viewer.map(|person| acts(&stored, person, &experts)).unwrap_or_default();
    Ok(Detail {
        statement: rest.statement,
        papers: if party { papers } else { Vec::new() },
        renews: rest.renews,
        publicity_from: rest.publicity_from,
        valid_from: rest.valid_from,
        may_contract,
        acts,
        score: mean_hundredths(&totals).filter(|_| party && decided),
        experts: if city { hidden(experts, viewer, decided) } else { Vec::new() },
        steps: if party { steps(&mut read, id).await? } else { Vec::new() },
        objections: if city { disputes(&mut read, id, false).await? } else { Vec::new() },
        appeals: if party { disputes(&mut read, id, true).await? } else { Vec::new() },
        row,
    })
}

/// As long as nothing is decided, an expert sees their own points only.
fn hidden(mut experts: Vec<Expert>, viewer: Option<&Person>, decided: bool) -> Vec<Expert> {
    let own = viewer.map(|person| person.id.as_str());
    if !decided && experts.iter().any(|expert| Some(expert.person.as_str()) == own) {
        for expert in experts.iter_mut().filter(|expert| Some(expert.person.as_str()) != own) {
            (expert.scores, expert.comment) = (None, String::new());
        }
    }
    experts
}

/// What a person may do in the state it is in, as the table says.
fn acts(stored: &Stored, person: &Person, experts: &[Expert]) -> Vec<Act> {
    let waits = |expert: &Expert| expert.person == person.id.as_str() && expert.scores.is_none();
    let by_hand = |act: &Act| !matches!(act, Act::Fail | Act::Reinstate | Act::Reopen | Act::Supersede);
    let rows = TABLE.iter().filter(|row| row.0 == Some(stored.state) && by_hand(&row.1));
    let rows = rows.filter(|(_, _, _, whose)| stored.authorise(person, *whose).is_ok());
    let rows = rows.filter(|(_, _, _, whose)| *whose != Whose::Expert || experts.iter().any(waits));
    rows.map(|row| row.1).collect()
}

async fn experts(db: &mut AnyConnection, id: &str) -> Result<Vec<Expert>> {
    let query = sqlx::query_as(
        "SELECT e.person, p.email, p.name, e.cases, e.technology, e.service, e.price, e.comment, e.scored_us
         FROM identification_expert e JOIN person p ON p.id = e.person
         WHERE e.identification = $1 AND e.relieved_us IS NULL ORDER BY p.email",
    );
    let rows: Vec<ExpertRow> = query.bind(id).fetch_all(db).await?;
    Ok(rows.into_iter().map(ExpertRow::read).collect())
}

async fn steps(db: &mut AnyConnection, id: &str) -> Result<Vec<StepTaken>> {
    let query = sqlx::query_as(
        "SELECT s.number, s.at_us, coalesce(p.name, s.actor) AS by, s.act, s.before, s.after, s.reason
         FROM identification_step s LEFT JOIN person p ON p.id = s.actor
         WHERE s.identification = $1 ORDER BY s.number",
    );
    Ok(query.bind(id).fetch_all(db).await?)
}

async fn disputes(db: &mut AnyConnection, id: &str, appeals: bool) -> Result<Vec<Dispute>> {
    let query = sqlx::query_as(concat!(
        "SELECT d.number, d.against, ",
        signer!("s"),
        " AS said_by, d.said_us, d.text, ",
        signer!("b"),
        " AS decided_by, d.decided_us, d.upheld,
             d.reason
         FROM identification_dispute d JOIN person s ON s.id = d.said_by LEFT JOIN person b ON b.id = d.decided_by
         WHERE d.identification = $1 AND (d.against IS NOT NULL) = $2 ORDER BY d.number"
    ));
    Ok(query.bind(id).bind(appeals).fetch_all(db).await?)
}

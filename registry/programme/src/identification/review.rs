//! Experts: named by the city, none of the applicant's own; each scores once; the mean decides.

use super::{Act, EXPERTS, EXPERTS_MIN, PASS_MARK, State, Stored, TEXT_CHARS, Whose, wrong_state};
use crate::refusal::{ProgrammeError, Result};
use serde_json::json;
use std::collections::BTreeSet;
use toolcrib_catalog::{Catalog, CatalogError, Check, Flag, Line, Person, PersonId, Whole, Writing};
use toolcrib_contract::problem::{NOT_ALLOWED, SCORES_MISSING, WRONG_STATE};
use toolcrib_contract::types::{Instant, decimal_text};

/// Points of one expert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scores {
    /// Of 30: cases in the segment.
    pub cases: u32,
    /// Of 30: products and technology.
    pub technology: u32,
    /// Of 20: people and service on site.
    pub service: u32,
    /// Of 20: price and standing.
    pub price: u32,
}

impl Scores {
    /// Of 100.
    pub fn total(self) -> u32 {
        self.cases + self.technology + self.service + self.price
    }

    fn check(self) -> Result<()> {
        let mut check = Check::default();
        for (field, points, most) in [
            ("cases", self.cases, 30),
            ("technology", self.technology, 30),
            ("service", self.service, 20),
            ("price", self.price, 20),
        ] {
            check.expect(points <= most, &format!("/scores/{field}"), format!("0 to {most}"));
        }
        Ok(check.done()?)
    }
}

/// Mean of some totals in hundredths, rounded down; none of none.
pub(super) fn mean_hundredths(totals: &[u32]) -> Option<i64> {
    let count = i64::try_from(totals.len()).ok().filter(|count| *count > 0)?;
    Some(totals.iter().map(|total| i64::from(*total)).sum::<i64>() * 100 / count)
}

/// Whether some totals reach the mark, exactly.
fn passes(totals: &[u32]) -> bool {
    let sum: u64 = totals.iter().map(|total| u64::from(*total)).sum();
    sum >= u64::from(PASS_MARK) * totals.len() as u64
}

/// The people with these addresses.
pub(super) async fn named(catalog: &Catalog, emails: &[String]) -> Result<Vec<Person>> {
    let mut check = Check::default();
    let rule = format!("{EXPERTS_MIN} to {EXPERTS} different people");
    check.expect((EXPERTS_MIN..=EXPERTS).contains(&emails.len()), "/experts", &rule);
    let (mut people, mut seen) = (Vec::new(), BTreeSet::new());
    for (at, email) in emails.iter().enumerate().take(EXPERTS) {
        let person = match catalog.credentials(email).await? {
            Some((id, _)) => catalog.person(&id).await?,
            None => None,
        };
        let pointer = format!("/experts/{at}");
        match person {
            None => check.expect(false, &pointer, "nobody has this address"),
            Some(person) if !seen.insert(person.id.clone()) => check.expect(false, &pointer, &rule),
            Some(person) => people.push(person),
        }
    }
    check.done()?;
    Ok(people)
}

/// Names experts. Who was named before, is not any more and has not scored is relieved.
pub(super) async fn name(writing: &mut Writing, row: &Stored, people: &[Person], by: &PersonId) -> Result<()> {
    let mut check = Check::default();
    for (at, person) in people.iter().enumerate() {
        let pointer = format!("/experts/{at}");
        check.expect(person.is_assessor(&row.city), &pointer, "experts are assessors of the city");
        let close = person.too_close_to(&[&row.org]);
        check.expect(close.is_none(), &pointer, "they belong to the applicant");
    }
    check.done()?;
    let now = writing.now().0;
    sqlx::query("UPDATE identification_expert SET relieved_us = $1 WHERE identification = $2 AND scored_us IS NULL")
        .bind(now)
        .bind(&row.id)
        .execute(writing.connection())
        .await?;
    for person in people {
        sqlx::query(
            "INSERT INTO identification_expert (identification, person, named_by, named_us) VALUES ($1, $2, $3, $4)
             ON CONFLICT (identification, person) DO UPDATE SET relieved_us = NULL
                 WHERE identification_expert.scored_us IS NULL",
        )
        .bind(&row.id)
        .bind(&person.id)
        .bind(by)
        .bind(now)
        .execute(writing.connection())
        .await?;
    }
    Ok(())
}

/// Scores, once. By an expert who is named.
///
/// # Errors
/// Not found for who is no party; not allowed when they are not named; `conflict-of-interest`; `already-scored`; points
/// beyond their range; another state.
pub async fn score(
    catalog: &Catalog,
    id: &str,
    scores: Scores,
    comment: &str,
    by: &Person,
    now: Instant,
) -> Result<()> {
    let mut writing = catalog.writing(now).await?;
    let mut row = Stored::load(writing.connection(), id).await?;
    row.authorise(by, Whose::Expert)?;
    let named: Option<(Flag,)> = sqlx::query_as(
        "SELECT scored_us IS NOT NULL FROM identification_expert
         WHERE identification = $1 AND person = $2 AND relieved_us IS NULL",
    )
    .bind(id)
    .bind(&by.id)
    .fetch_optional(writing.connection())
    .await?;
    match named {
        None => return Err(ProgrammeError::refused(NOT_ALLOWED, "the experts that the city named score")),
        _ if row.state != State::Reviewing => return Err(wrong_state(row.state, Act::Score)),
        Some((Flag(true),)) => return Err(ProgrammeError::refused(WRONG_STATE, "a score is given once")),
        Some((Flag(false),)) => {}
    }
    scores.check()?;
    let plain = comment.chars().count() <= TEXT_CHARS && !comment.chars().any(|c| c.is_control() && c != '\n');
    if !plain {
        return Err(ProgrammeError::input("/comment", format!("at most {TEXT_CHARS} characters of plain text")));
    }
    sqlx::query(
        "UPDATE identification_expert SET cases = $1, technology = $2, service = $3, price = $4, comment = $5,
             scored_us = $6
         WHERE identification = $7 AND person = $8",
    )
    .bind(i64::from(scores.cases))
    .bind(i64::from(scores.technology))
    .bind(i64::from(scores.service))
    .bind(i64::from(scores.price))
    .bind(comment)
    .bind(now.0)
    .bind(id)
    .bind(&by.id)
    .execute(writing.connection())
    .await?;
    // How many points stands with the experts: steps are shown to the applicant.
    row.step(&mut writing, Act::Score, by.id.as_str(), "").await?;
    let detail = json!({"total": scores.total()});
    writing.commit(Line { actor: by.id.as_str(), act: "identification.score", subject: id, detail }).await?;
    Ok(())
}

/// Pass or fail, and why: all named experts have scored, and their mean decides.
pub(super) async fn conclude(writing: &mut Writing, row: &Stored) -> Result<(Act, String)> {
    if row.state != State::Reviewing {
        return Err(CatalogError::WrongState("nothing is under review".to_owned()).into());
    }
    let rows: Vec<(Option<Whole>,)> = sqlx::query_as(
        "SELECT cases + technology + service + price FROM identification_expert
         WHERE identification = $1 AND relieved_us IS NULL",
    )
    .bind(&row.id)
    .fetch_all(writing.connection())
    .await?;
    let totals: Vec<u32> = rows.iter().filter_map(|row| row.0).map(|Whole(total)| total).collect();
    if totals.len() < rows.len() || totals.len() < EXPERTS_MIN {
        let why =
            format!("{} of {} experts have scored; name others in the place of who does not", totals.len(), rows.len());
        return Err(ProgrammeError::refused(SCORES_MISSING, why));
    }
    let mean = decimal_text(mean_hundredths(&totals).expect("there are scores"), 2);
    let act = if passes(&totals) { Act::Pass } else { Act::Fail };
    let values = [("mean", mean), ("experts", totals.len().to_string()), ("pass", PASS_MARK.to_string())];
    Ok((act, crate::ledger::said("scores", &values)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_is_met_exactly_and_never_by_rounding() {
        assert!(passes(&[60, 60, 60]) && passes(&[59, 60, 61]));
        assert!(!passes(&[59, 60, 60]), "59.67 is not 60");
        assert_eq!(mean_hundredths(&[59, 60, 60]), Some(5966));
        assert_eq!(mean_hundredths(&[]), None);
        assert_eq!(mean_hundredths(&[100; 9]), Some(10_000));
    }

    #[test]
    fn points_have_their_range() {
        let good = Scores { cases: 30, technology: 30, service: 20, price: 20 };
        assert!(good.check().is_ok() && good.total() == 100);
        assert!(Scores { price: 21, ..good }.check().is_err());
        assert!(Scores { cases: u32::MAX, ..good }.check().is_err());
    }
}

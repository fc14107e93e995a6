//! What officials' pages cost: every list is a search in an index that has its rows in order, so that it costs the same for
//! 200 and for 20,000 firms.

use super::city::City;
use crate::engines::{On, on_each_engine};
use crate::ledger;
use crate::lists;
use crate::programme;
use crate::publicity;
use sqlx::AssertSqlSafe;

on_each_engine![every_filter_pages_through_all_that_fit_once,];

/// How the database would go about a statement, a line for each step; none for what is no whole statement.
pub async fn plan(city: &City, statement: &str) -> Option<Vec<String>> {
    let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
    let rows: Vec<(i64, i64, i64, String)> =
        sqlx::query_as(explain).fetch_all(city.market.catalog.reading()).await.ok()?;
    Some(rows.into_iter().map(|(.., step)| step).collect())
}

/// Lists whose statements are made of parts.
pub fn made() -> impl Iterator<Item = &'static str> {
    let programme = lists::statements().chain(ledger::statements()).chain(publicity::statements());
    let money = crate::billing::statements().chain(crate::payout::statements());
    programme.chain(programme::statements()).chain(money)
}

#[tokio::test]
async fn every_list_is_found_by_its_index_and_sorted_by_nothing() {
    let city = City::usual(On::Sqlite).await;
    for statement in made() {
        let steps = plan(&city, statement).await.unwrap();
        for step in &steps {
            assert!(!step.starts_with("SCAN"), "{step} in {statement}");
        }
        assert!(!steps.iter().any(|step| step.contains("TEMP B-TREE")), "{steps:?} in {statement}");
    }
}

async fn every_filter_pages_through_all_that_fit_once(on: On) {
    let city = City::usual(on).await;
    for number in 1..=25 {
        city.enrols(&super::city::firm(number)).await.unwrap();
    }
    use crate::{ProjectFilter, State};
    let district = |district: &str| Some(format!("{district}区"));
    for (filter, expected) in [
        (ProjectFilter::default(), 25),
        (ProjectFilter { state: Some(State::Enrolled), ..ProjectFilter::default() }, 25),
        (ProjectFilter { state: Some(State::Filed), ..ProjectFilter::default() }, 0),
        (ProjectFilter { district: district("3"), ..ProjectFilter::default() }, 4),
        (ProjectFilter { segment: Some("33".into()), district: district("4"), ..ProjectFilter::default() }, 4),
        (ProjectFilter { state: Some(State::Enrolled), segment: Some("33".into()), ..ProjectFilter::default() }, 25),
        (ProjectFilter { state: Some(State::Enrolled), district: district("5"), ..ProjectFilter::default() }, 3),
        (
            ProjectFilter {
                state: Some(State::Enrolled),
                segment: Some("33".into()),
                district: district("6"),
                ..ProjectFilter::default()
            },
            3,
        ),
        (ProjectFilter { segment: Some("13".into()), ..ProjectFilter::default() }, 0),
    ] {
        let mut seen = Vec::new();
        let mut filter = ProjectFilter { limit: Some(2), ..filter };
        loop {
            let page = city.programmes.projects(&city.id, &filter).await.unwrap();
            let Some(last) = page.last() else { break };
            filter.after = Some(last.id.clone());
            seen.extend(page.into_iter().map(|row| row.id));
        }
        assert!(seen.is_sorted_by(|newer, older| newer > older), "{filter:?}");
        assert_eq!(seen.len(), expected, "{filter:?}");
    }
}

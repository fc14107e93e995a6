//! What pages show as sums is kept by the transactions that change it: after any history it is what counting anew gives.

use super::city::{City, filing, firm};
use crate::engines::On;
use crate::*;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

/// Counting anew: states, then segment, district and level (9: none) as firms began and as they are now, with how many
/// have not withdrawn, how many were accepted, and their awards.
const STATES: &str = "SELECT state, count(*) FROM project GROUP BY 1 ORDER BY 1";
const NOW: &str =
    "SELECT segment, district, coalesce(level_after, level_before, 9), count(*) FILTER (WHERE state <> 'withdrawn'),
        count(*) FILTER (WHERE state IN ('accepted', 'publicity', 'awarded', 'paid', 'reviewed')),
        CAST(sum(award_fen) AS BIGINT)
    FROM project GROUP BY 1, 2, 3 ORDER BY 1, 2, 3";
const BEFORE: &str =
    "SELECT segment, district, coalesce(level_before, 9), count(*) FROM project WHERE state <> 'withdrawn'
    GROUP BY 1, 2, 3 ORDER BY 1, 2, 3";
/// The same as it is kept.
const KEPT_STATES: &str = "SELECT state, projects FROM programme_count WHERE projects > 0 ORDER BY 1";
const KEPT_NOW: &str = "SELECT segment, district, level, firms, accepted, award_fen FROM programme_coverage c
    WHERE EXISTS (SELECT 1 FROM project p WHERE p.segment = c.segment AND p.district = c.district
        AND coalesce(p.level_after, p.level_before, 9) = c.level) ORDER BY 1, 2, 3";
/// Nothing is left where nobody is any more.
const LEFT_OVER: &str = "SELECT count(*) FROM programme_coverage c WHERE (firms, accepted, award_fen) <> (0, 0, 0)
    AND NOT EXISTS (SELECT 1 FROM project p WHERE p.segment = c.segment AND p.district = c.district
        AND coalesce(p.level_after, p.level_before, 9) = c.level)";
const KEPT_BEFORE: &str =
    "SELECT segment, district, level, firms FROM programme_before WHERE firms > 0 ORDER BY 1, 2, 3";

/// One act of a firm, allowed or not: what is refused leaves the sums alone too.
async fn act(city: &mut City, ids: &mut [Option<ProjectId>], (number, kind, level): (u32, u8, u32)) -> bool {
    let at = number as usize;
    let Some(id) = ids[at].clone() else {
        ids[at] = city.enrols(&firm(number)).await.ok();
        return ids[at].is_some();
    };
    match kind {
        0 => city.assesses(&id, AssessmentKind::SelfBefore, level).await.is_ok(),
        1 => city.assesses(&id, AssessmentKind::OnsiteBefore, level).await.is_ok(),
        2 => city.simple(&id, Act::Diagnose).await.is_ok(),
        3 => city.files(&id, &filing(100_000)).await.is_ok(),
        4 => {
            let invoice = city.invoices(&id, &city.invoice(number, &format!("{number:08}"), 100_000)).await;
            let paid = match invoice {
                Ok(invoice) => city.pays(&id, &city.payment(number, &invoice, 100_000)).await.is_ok(),
                Err(_) => false,
            };
            paid && city.simple(&id, Act::Start).await.is_ok() && city.simple(&id, Act::Deliver).await.is_ok()
        }
        5 => city.assesses(&id, AssessmentKind::OnsiteAfter, level).await.is_ok(),
        6 => city.accepts_or_not(&id).await,
        7 => city.simple(&id, Act::Publish).await.is_ok(),
        8 => {
            city.market.pass_days(7);
            city.simple(&id, Act::Award).await.is_ok()
        }
        9 => city.simple(&id, Act::Withdraw).await.is_ok(),
        _ => false,
    }
}

async fn rows<T>(city: &City, statement: &'static str) -> Vec<T>
where
    T: for<'r> sqlx::FromRow<'r, sqlx::any::AnyRow> + Send + Unpin,
{
    sqlx::query_as(statement).fetch_all(city.market.catalog.reading()).await.unwrap()
}

async fn agree(city: &City) {
    type Place = (String, String, i64, i64);
    type Place3 = (String, String, i64, i64, i64, i64);
    assert_eq!(rows::<(String, i64)>(city, STATES).await, rows::<(String, i64)>(city, KEPT_STATES).await);
    assert_eq!(rows::<Place3>(city, NOW).await, rows::<Place3>(city, KEPT_NOW).await);
    assert_eq!(rows::<Place>(city, BEFORE).await, rows::<Place>(city, KEPT_BEFORE).await);
    assert_eq!(rows::<(i64,)>(city, LEFT_OVER).await, [(0,)]);
}

#[test]
fn what_is_kept_is_what_counting_anew_gives_after_any_history() {
    random(On::Sqlite, 6);
}

#[test]
fn what_is_kept_is_what_counting_anew_gives_after_any_history_in_postgres() {
    if let Some(on) = On::postgres() {
        random(on, 3);
    }
}

fn random(on: On, cases: u32) {
    const FIRMS: u32 = 6;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    // Acts in the order of a project's life come through; others are refused.
    let acts = prop::collection::vec((0..FIRMS, 0u8..10, 1u32..=4), 20..40);
    let done = std::cell::Cell::new(0);
    let ran = TestRunner::new(config).run(&acts, |acts| {
        runtime.block_on(async {
            let mut city = City::usual(on).await;
            let mut ids = vec![None; FIRMS as usize];
            let whole = (0..FIRMS).flat_map(|firm| (0u8..9).map(move |kind| (firm, kind, 1 + firm % 4)));
            for one in acts.iter().copied().chain(whole).chain(acts.iter().copied()) {
                done.set(done.get() + u32::from(act(&mut city, &mut ids, one).await));
            }
            agree(&city).await;
        });
        Ok(())
    });
    ran.unwrap_or_else(|error| panic!("{error}"));
    assert!(done.get() > 16 * cases, "hardly anything happened: {}", done.get());
}

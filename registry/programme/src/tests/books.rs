//! The ledger: any alteration shows, months close with their balances, and the database refuses what would not add up.

use super::city::City;
use crate::engines::{On, on_each_engine};
use crate::*;
use toolcrib_catalog::{CatalogError, Engine};

on_each_engine![
    whatever_is_altered_in_the_ledger_shows,
    the_database_refuses_what_would_overspend_or_change_the_past,
    a_closed_month_keeps_its_balances_and_the_journal_begins_where_the_last_one_ended,
];

/// How somebody with the database in hand takes away what keeps the ledger, and puts it back.
fn unkept(engine: Engine) -> (&'static [&'static str], &'static [&'static str]) {
    match engine {
        Engine::Sqlite => (
            &["DROP TRIGGER ledger_entry_kept_1", "DROP TRIGGER ledger_entry_kept_2"],
            &[
                "CREATE TRIGGER ledger_entry_kept_1 BEFORE UPDATE ON ledger_entry
                     BEGIN SELECT raise(ABORT, 'kept'); END",
                "CREATE TRIGGER ledger_entry_kept_2 BEFORE DELETE ON ledger_entry
                     BEGIN SELECT raise(ABORT, 'kept'); END",
            ],
        ),
        Engine::Postgres => {
            (&["ALTER TABLE ledger_entry DISABLE TRIGGER USER"], &["ALTER TABLE ledger_entry ENABLE TRIGGER USER"])
        }
    }
}

/// Alters the ledger as somebody with the database in hand could, looks, and puts it back.
async fn breaks_at(city: &City, alter: &'static str, entry: &str, mend: &'static str) {
    let write = async |statement| city.market.write(statement).await.unwrap();
    let (take_away, put_back) = unkept(city.market.catalog.engine());
    for statement in take_away {
        write(statement).await;
    }
    write(alter).await;
    let found = city.programmes.verify_ledger(&city.id).await;
    let Err(ProgrammeError::Catalog(CatalogError::Damaged(what))) = found else { panic!("{alter}: {found:?}") };
    assert!(what.ends_with(entry), "{alter}: {what}");
    write(mend).await;
    for statement in put_back {
        write(statement).await;
    }
    city.programmes.verify_ledger(&city.id).await.unwrap();
}

async fn whatever_is_altered_in_the_ledger_shows(on: On) {
    let mut city = City::usual(on).await;
    let id = city.awarded(1, 500_000, 2).await;
    city.pays_tranche(&id, 1, 1).await.unwrap();
    city.market.write("CREATE TABLE saved AS SELECT * FROM ledger_entry").await.unwrap();
    macro_rules! put_back {
        ($column:literal) => {
            concat!(
                "UPDATE ledger_entry SET ",
                $column,
                " = (SELECT s.",
                $column,
                " FROM saved s
                 WHERE s.programme = ledger_entry.programme AND s.number = ledger_entry.number)"
            )
        };
    }
    macro_rules! alters {
        ($column:literal, $value:literal) => {
            breaks_at(
                &city,
                concat!("UPDATE ledger_entry SET ", $column, " = ", $value, " WHERE number = 3"),
                "at entry 3",
                put_back!($column),
            )
            .await
        };
    }
    alters!("at_us", "at_us + 1");
    alters!("booked_on", "'2026-12-02'");
    alters!("act", "'accepted'");
    alters!("project", "NULL");
    alters!("about", "about || ' '");
    alters!("by", "(SELECT id FROM person WHERE id <> ledger_entry.by LIMIT 1)");
    alters!("memo", "''");
    alters!("postings", "replace(postings, '20000000', '20000001')");
    alters!("hash", "(SELECT hash FROM ledger_entry WHERE number = 2)");
    // Two entries that change places, an entry that is gone, and balances that say something else.
    let swapped =
        "UPDATE ledger_entry SET number = CASE number WHEN 2 THEN -3 WHEN 3 THEN -2 END * -1 WHERE number IN (2, 3)";
    city.market.refuses(swapped).await;
    let back = "INSERT INTO ledger_entry SELECT * FROM saved WHERE number = 2";
    breaks_at(&city, "DELETE FROM ledger_entry WHERE number = 2", "at entry 2", back).await;
    let last = "INSERT INTO ledger_entry SELECT * FROM saved WHERE number = 4";
    breaks_at(&city, "DELETE FROM ledger_entry WHERE number = 4", "add up to the balances", last).await;
    let less = "UPDATE ledger_balance SET balance_fen = balance_fen - 1 WHERE account = 'paid'";
    let more = "UPDATE ledger_balance SET balance_fen = balance_fen + 1 WHERE account = 'paid'";
    breaks_at(&city, less, "add up to the balances", more).await;
}

async fn the_database_refuses_what_would_overspend_or_change_the_past(on: On) {
    let city = City::usual(on).await;
    city.delivered(1, 500_000, 2).await;
    for wrong in [
        "UPDATE ledger_entry SET memo = 'x'",
        "DELETE FROM ledger_entry",
        "UPDATE ledger_balance SET balance_fen = -1 WHERE account = 'available'",
        "UPDATE ledger_balance SET balance_fen = 1 WHERE account = 'source'",
        "UPDATE programme_batch SET used_fen = budget_fen + 1",
        "UPDATE programme SET budget_fen = budget_fen + 1",
        "UPDATE programme SET drawn_max_fen = -1",
        "UPDATE programme_rules SET rules = '{}'",
        "DELETE FROM programme_rules",
        "UPDATE project_step SET why = 'x'",
        "DELETE FROM project_step",
        "UPDATE project_assessment SET level = 4",
        "UPDATE project SET rules_version = 2",
        "UPDATE project SET committed_fen = -1",
        "DELETE FROM project",
        "INSERT INTO ledger_entry SELECT programme, 99, at_us, booked_on, act, project, about, by, memo,
            '[[\"available\",1]]', hash FROM ledger_entry WHERE number = 1",
        "INSERT INTO ledger_entry SELECT programme, 99, at_us, booked_on, act, project, about, by, memo, '[]', hash
            FROM ledger_entry WHERE number = 1",
    ] {
        city.market.refuses(wrong).await;
    }
    city.books().await;
}

async fn a_closed_month_keeps_its_balances_and_the_journal_begins_where_the_last_one_ended(on: On) {
    let mut city = City::usual(on).await;
    let id = city.awarded(1, 500_000, 2).await;
    city.market.pass_days(31);
    let (official, now) = (city.official.id.clone(), city.now());
    city.programmes.close_period(&city.id, "2026-12", &official, now).await.unwrap();
    city.pays_tranche(&id, 1, 1).await.unwrap();
    let closed = city.programmes.periods(&city.id).await.unwrap().remove(0);
    let balance = |account| closed.balances.iter().find(|(name, _)| *name == account).map(|(_, balance)| *balance);
    assert_eq!((balance(Account::Accepted), balance(Account::Paid), closed.entry), (Some(20_000_000), None, 3));
    assert_eq!(closed.hash, city.programmes.ledger(&city.id, 2).await.unwrap()[0].hash);
    let rest = city.programmes.journal(&city.id, 3).await.unwrap();
    assert!(
        rest.contains("opening balances") && rest.contains("assets:accepted  CNY 200000.00 = CNY 200000.00"),
        "{rest}"
    );
    assert!(rest.contains("expenses:paid  CNY 200000.00 = CNY 200000.00") && !rest.contains("| grant"), "{rest}");
}

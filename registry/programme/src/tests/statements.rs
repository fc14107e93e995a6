//! No statement of the registry reads through a table that grows with the number of firms, providers, people or bills: every
//! `SELECT` that stands in the sources of catalogue and programme is taken from there and planned, whoever wrote it.
//! And PostgreSQL takes every statement that SQLite takes.

use super::city::City;
use super::plans::plan;
use crate::engines::On;
use sqlx::{AssertSqlSafe, SqlSafeStr};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use toolcrib_catalog::Engine;

/// Tables that grow with that; others grow with modules and versions, or hardly at all.
const GROWING: [&str; 47] = [
    "audit",
    "audit_consent",
    "chosen_plan",
    "complaint",
    "contract",
    "contract_line",
    "device",
    "earned_month",
    "earning",
    "evidence",
    "identification",
    "identification_dispute",
    "identification_expert",
    "identification_step",
    "kit",
    "kit_adoption",
    "kit_for",
    "ledger_entry",
    "offer",
    "offer_signature",
    "offer_step",
    "offer_version",
    "org",
    "org_member",
    "over_cap",
    "payout",
    "person",
    "platform_invoice",
    "platform_line",
    "platform_owed",
    "platform_payment",
    "project",
    "project_acceptance",
    "project_assessment",
    "project_claw_back",
    "project_invoice",
    "project_objection",
    "project_payment",
    "project_provider",
    "project_step",
    "project_tranche",
    "rating",
    "session",
    "subscription",
    "tenant",
    "usage_day",
    "usage_event",
];

/// Statements (what they begin with, in one line) that read such a table through on purpose, with the reason.
const WHOLE: [(&str, &str); 9] = [
    ("SELECT i.id, i.org, o.name AS org_name, i.city,", "a part: a city or an organisation is asked for behind it"),
    ("SELECT i.state, count(*) FROM identification i", "a part: a city or an organisation is asked for behind it"),
    ("SELECT o.id, o.provider, p.name AS provider_name,", "a part: the organisations are asked for behind it"),
    ("SELECT c.id, c.offer, c.version, c.provider,", "a part: an id, organisations or a city are asked for behind it"),
    ("SELECT id, slug, name, time_zone, active FROM tenant", "hosts get all tenants, when something changed"),
    ("SELECT c.tenant, c.module, s.version, s.digest,", "hosts get all subscriptions, when something changed"),
    ("SELECT tenant, id, name, token_sha256,", "hosts get all devices, when something changed"),
    ("SELECT c.number, t.slug AS tenant, t.name AS tenant_name,", "an index of those alone that nobody settled"),
    ("SELECT number, hash FROM audit ORDER BY number DESC LIMIT 1", "the last line alone is read"),
];

/// What no tokeniser would take for a text: the quotation mark as a character.
const QUOTE: &str = "'\"'";

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        match (path.is_dir(), name.as_str()) {
            (true, "tests") | (false, "tests.rs" | "market.rs") => {}
            (true, _) => sources(&path, found),
            (false, _) => found.push(path),
        }
    }
}

/// Texts in double quotation marks, unescaped as far as statements need it.
fn texts(source: &str) -> Vec<String> {
    let (mut rest, mut found) = (source, Vec::new());
    loop {
        let comment = rest.find("//").unwrap_or(usize::MAX);
        let quote = rest.find('"').unwrap_or(usize::MAX);
        let mark = rest.find(QUOTE).unwrap_or(usize::MAX);
        if quote == usize::MAX {
            return found;
        }
        if comment < quote && comment < mark {
            rest = rest[comment..].split_once('\n').map_or("", |(_, rest)| rest);
        } else if mark < quote {
            rest = &rest[mark + QUOTE.len()..];
        } else {
            let (text, after) = one(&rest[quote + 1..]);
            found.push(text);
            rest = after;
        }
    }
}

/// The text up to its closing quotation mark, and what follows.
fn one(source: &str) -> (String, &str) {
    let (mut text, mut letters) = (String::new(), source.char_indices());
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return (text, &source[at + 1..]),
            '\\' => text.extend(letters.next().map(|(_, escaped)| if escaped == '\n' { ' ' } else { escaped })),
            letter => text.push(letter),
        }
    }
    (text, "")
}

/// The tables of a statement by the names that its plan calls them.
fn table_of(statement: &str, called: &str) -> String {
    let words: Vec<_> = statement.split(|letter: char| !letter.is_alphanumeric() && letter != '_').collect();
    let words: Vec<_> = words.into_iter().filter(|word| !word.is_empty()).collect();
    let named = words.windows(3).find(|three| ["FROM", "JOIN"].contains(&three[0]) && three[2] == called);
    named.map_or_else(|| called.to_owned(), |three| three[1].to_owned())
}

#[tokio::test]
async fn no_statement_reads_through_what_grows_with_firms_providers_or_people() {
    let city = City::usual(On::Sqlite).await;
    let (mut files, mut planned, mut wrong) = (Vec::new(), 0, Vec::new());
    for folder in ["src", "../catalog/src"] {
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut files);
    }
    let mut used = BTreeSet::new();
    for file in files {
        let source = std::fs::read_to_string(&file).unwrap();
        let source = source.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        for statement in texts(source).into_iter().filter(|text| text.trim_start().starts_with("SELECT ")) {
            // Parts of longer ones do not stand alone: `every_list_is_found_by_its_index` plans what they are made to.
            let Some(steps) = plan(&city, &statement).await else { continue };
            planned += 1;
            let line = statement.split_whitespace().collect::<Vec<_>>().join(" ");
            let known = WHOLE.iter().find(|(begins, _)| line.starts_with(begins));
            used.extend(known.map(|(begins, _)| *begins));
            let scanned = steps
                .iter()
                .filter_map(|step| step.strip_prefix("SCAN "))
                .map(|step| table_of(&statement, step.split(' ').next().unwrap_or_default()));
            for table in scanned.filter(|table| known.is_none() && GROWING.contains(&table.as_str())) {
                wrong.push(format!("{}: {table} in {line}", file.file_name().unwrap().to_string_lossy()));
            }
        }
    }
    assert!(planned > 200, "only {planned} statements were found");
    assert!(wrong.is_empty(), "{} statements read through a table:\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(used.len(), WHOLE.len(), "an exception that no statement needs: {used:?}");
}

/// Statements (what they begin with, in one line) that PostgreSQL never hears as they stand, with the reason.
const APART: [(&str, &str); 2] = [
    ("SELECT sqlite_version()", "asked when a file is opened"),
    ("SELECT i.state, count(*) FROM identification i", "a part: it is grouped behind it"),
];

/// Whether PostgreSQL takes a statement. Which type a value has, it hears with the value.
async fn is_taken(city: &City, statement: &str) -> Result<(), String> {
    let text = AssertSqlSafe(format!("PREPARE tried AS {statement}; DEALLOCATE tried"));
    match sqlx::raw_sql(text).execute(city.market.catalog.reading()).await {
        // Without a value, a type may be unknown.
        Err(sqlx::Error::Database(error)) if matches!(error.code().as_deref(), Some("42P08" | "42P18")) => Ok(()),
        Err(sqlx::Error::Database(error)) => Err(format!("{} in {statement}", error.message())),
        tried => tried.map(drop).map_err(|error| error.to_string()),
    }
}

#[tokio::test]
async fn every_statement_of_the_sources_is_one_that_postgres_takes() {
    let Some(postgres) = On::postgres() else { return };
    let (sqlite, postgres) = (City::usual(On::Sqlite).await, City::usual(postgres).await);
    let (mut files, mut statements, mut wrong) = (Vec::new(), Vec::new(), Vec::new());
    for folder in ["src", "../catalog/src"] {
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut files);
    }
    for file in files {
        let source = std::fs::read_to_string(&file).unwrap();
        statements.extend(texts(source.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default()));
    }
    let begins = ["SELECT ", "INSERT ", "UPDATE ", "DELETE ", "WITH "];
    statements.retain(|text| begins.iter().any(|word| text.trim_start().starts_with(word)));
    let made = super::plans::made().chain(crate::kit::statements()).chain(crate::evidence::statements());
    statements.extend(made.map(str::to_owned));
    let mut tried = 0;
    for statement in statements {
        let line = statement.split_whitespace().collect::<Vec<_>>().join(" ");
        // Parts of longer ones do not stand alone.
        if plan(&sqlite, &line).await.is_none() || APART.iter().any(|(begins, _)| line.starts_with(begins)) {
            continue;
        }
        tried += 1;
        // As the sources do: what has words of SQLite alone goes through the engine.
        let is_hinted = line.contains(" INDEXED BY ") || (line.contains(" CROSS JOIN ") && line.contains(" ON "));
        let text = if is_hinted { Engine::Postgres.text(line.leak()) } else { line.leak().into_sql_str() };
        wrong.extend(is_taken(&postgres, text.as_str()).await.err());
    }
    assert!(tried > 400, "only {tried} statements were found");
    assert!(wrong.is_empty(), "PostgreSQL does not take {} statements:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn texts_are_found_between_comments_and_characters() {
    let source = "// not \"this\"\nlet a = \"SELECT 1\"; let b = '\"'; f(\"SELECT \\\n  2 \\\"x\\\"\")";
    assert_eq!(texts(source), ["SELECT 1", "SELECT    2 \"x\""]);
    assert_eq!(table_of("SELECT 1 FROM org o JOIN person ON 1", "o"), "org");
    assert_eq!(table_of("SELECT 1 FROM org o JOIN person ON 1", "person"), "person");
}

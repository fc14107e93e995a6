//! Both engines have the same tables: columns with their types, whether they may be empty, and their defaults; what is
//! unique; what refers to what; how many checks; triggers, when they run and what they say.

use super::engines::{database, has_postgres, open};
use crate::Engine;
use std::collections::BTreeSet;

/// What a schema has, a line for each. The search index, which each engine has in its own way, is left out.
type Schema = BTreeSet<String>;

const SQLITE: [&str; 3] = [
    // Columns. What a primary key holds is never empty, whatever the declaration says.
    "SELECT 'column ' || m.name || '.' || c.name || CASE c.type WHEN 'TEXT' THEN ' text' WHEN 'INTEGER' THEN ' bigint'
             WHEN 'BLOB' THEN ' bytea' ELSE c.type END
         || CASE WHEN c.\"notnull\" = 1 OR c.pk > 0 THEN ' not null' ELSE '' END
         || coalesce(' default ' || c.dflt_value, '')
     FROM sqlite_schema m JOIN pragma_table_info(m.name) c WHERE m.type = 'table'",
    // What is unique; a primary key that is the row's own number has no index.
    "SELECT 'unique ' || m.name || ' (' || (SELECT group_concat(c.name, ', ' ORDER BY c.seqno)
             FROM pragma_index_info(i.name) c) || ')' || CASE i.partial WHEN 1 THEN ' where' ELSE '' END
     FROM sqlite_schema m JOIN pragma_index_list(m.name) i WHERE m.type = 'table' AND i.\"unique\" = 1
     UNION SELECT 'unique ' || m.name || ' (' || min(c.name) || ')'
     FROM sqlite_schema m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND c.pk > 0
     GROUP BY m.name HAVING count(*) = 1",
    "SELECT 'refers ' || m.name || ' (' || 
         group_concat(f.\"from\", ', ' ORDER BY f.seq) || ') to ' || f.\"table\" || ' ('
         || group_concat(f.\"to\", ', ' ORDER BY f.seq) || ') ' || f.on_delete
     FROM sqlite_schema m JOIN pragma_foreign_key_list(m.name) f WHERE m.type = 'table' GROUP BY m.name, f.id",
];

const POSTGRES: [&str; 3] = [
    "SELECT CAST('column ' || table_name || '.' || column_name || ' ' || data_type
         || CASE is_nullable WHEN 'NO' THEN ' not null' ELSE '' END
         || coalesce(' default ' || replace(column_default, '::text', ''), '') AS TEXT)
     FROM information_schema.columns WHERE table_schema = current_schema()",
    "SELECT 'unique ' || t.relname || ' (' || (SELECT string_agg(a.attname, ', ' ORDER BY k.place)
             FROM unnest(i.indkey) WITH ORDINALITY k (at, place)
             JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.at)
         || ')' || CASE WHEN i.indpred IS NULL THEN '' ELSE ' where' END
     FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace n ON n.oid = t.relnamespace
     WHERE i.indisunique AND n.nspname = current_schema()",
    "SELECT 'refers ' || t.relname || ' (' || (SELECT string_agg(a.attname, ', ' ORDER BY k.place)
             FROM unnest(f.conkey) WITH ORDINALITY k (at, place)
             JOIN pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = k.at)
         || ') to ' || r.relname || ' (' || (SELECT string_agg(a.attname, ', ' ORDER BY k.place)
             FROM unnest(f.confkey) WITH ORDINALITY k (at, place)
             JOIN pg_attribute a ON a.attrelid = f.confrelid AND a.attnum = k.at)
         || ') ' || CASE f.confdeltype WHEN 'a' THEN 'NO ACTION' WHEN 'c' THEN 'CASCADE' ELSE 'other' END
     FROM pg_constraint f JOIN pg_class t ON t.oid = f.conrelid JOIN pg_class r ON r.oid = f.confrelid
         JOIN pg_namespace n ON n.oid = f.connamespace
     WHERE f.contype = 'f' AND n.nspname = current_schema()",
];

/// Tables, how many checks each has, and triggers with everything that they are made of.
const CHECKS_SQLITE: &str = "SELECT name, sql FROM sqlite_schema WHERE type = 'table'";
const CHECKS_POSTGRES: &str =
    "SELECT CAST(t.relname AS TEXT), coalesce((SELECT string_agg(pg_get_constraintdef(c.oid), ' ')
         FROM pg_constraint c WHERE c.conrelid = t.oid AND c.contype = 'c'), '')
     FROM pg_class t JOIN pg_namespace n ON n.oid = t.relnamespace
     WHERE t.relkind = 'r' AND n.nspname = current_schema()";
const TRIGGERS_SQLITE: &str = "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'";
const TRIGGERS_POSTGRES: &str = "SELECT CAST(t.tgname AS TEXT), pg_get_triggerdef(t.oid) || ' ' || p.prosrc
     FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_class c ON c.oid = t.tgrelid
         JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE NOT t.tgisinternal AND n.nspname = current_schema()";

/// `BEFORE UPDATE ON audit: the audit is append-only`, of what a trigger is made of.
fn trigger(sql: &str) -> String {
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let (_, rest) = sql.split_once("TRIGGER ").unwrap();
    let (name_and_when, rest) = rest.split_once(" ON ").unwrap();
    let (_, when) = name_and_when.split_once(' ').unwrap();
    let table = rest.split_whitespace().next().unwrap();
    let table = table.rsplit('.').next().unwrap();
    let says = ["raise(ABORT, '", "refuse('", "RAISE EXCEPTION '"].iter().find_map(|begins| rest.split_once(begins));
    let says = says.and_then(|(_, sentence)| sentence.split('\'').next()).unwrap_or("nothing");
    format!("{} ON {table}: {says}", words(when))
}

/// The table or column that a line is about is one of the search index or of the migrations' own.
fn is_left_out(line: &str) -> bool {
    line.contains(" shelf_words") || line.contains(" _sqlx_migrations") || line.contains(" sqlite_")
}

async fn schema(engine: Engine) -> Schema {
    let (folder, store) = (tempfile::tempdir().unwrap(), database(engine).await);
    let catalog = open(folder.path(), store.as_deref()).await;
    let (lists, checks, triggers) = match engine {
        Engine::Sqlite => (SQLITE, CHECKS_SQLITE, TRIGGERS_SQLITE),
        Engine::Postgres => (POSTGRES, CHECKS_POSTGRES, TRIGGERS_POSTGRES),
    };
    let mut found = Schema::new();
    for list in lists {
        let rows: Vec<(String,)> = sqlx::query_as(list).fetch_all(&catalog.readers).await.unwrap();
        found.extend(rows.into_iter().map(|(line,)| line));
    }
    let rows: Vec<(String, String)> = sqlx::query_as(checks).fetch_all(&catalog.readers).await.unwrap();
    found.extend(rows.iter().map(|(name, sql)| format!("table {name} with {} checks", sql.matches("CHECK (").count())));
    let rows: Vec<(String, String)> = sqlx::query_as(triggers).fetch_all(&catalog.readers).await.unwrap();
    found.extend(rows.iter().map(|(name, sql)| format!("trigger {name} {}", trigger(sql))));
    catalog.close().await;
    found.retain(|line| !is_left_out(line));
    found
}

#[tokio::test]
async fn both_engines_have_the_same_tables_and_triggers() {
    if !has_postgres() {
        return;
    }
    let (sqlite, postgres) = (schema(Engine::Sqlite).await, schema(Engine::Postgres).await);
    let lacks = |has: &Schema, other: &Schema| has.difference(other).cloned().collect::<Vec<_>>().join("\n  ");
    assert!(
        sqlite == postgres,
        "only in SQLite:\n  {}\nonly in PostgreSQL:\n  {}",
        lacks(&sqlite, &postgres),
        lacks(&postgres, &sqlite)
    );
    let count = |begins: &str| sqlite.iter().filter(|line| line.starts_with(begins)).count();
    let counts = ["table ", "column ", "unique ", "refers ", "trigger "].map(count);
    assert!(counts.iter().zip([80, 600, 100, 150, 100]).all(|(found, least)| *found >= least), "{counts:?}");
}

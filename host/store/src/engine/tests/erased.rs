//! After an erasure nothing of the tenant is in the database: no row, no sample, and what an administrator can write over
//! no byte in its files.

use super::{beside_on, tables};
use crate::engine::text;
use crate::fixture::*;
use crate::{
    AuditLine, Home, NewDead, NewEffect, NewEvent, NewFile, NewReading, Postgres, Readings, TenantOptions, Used, Writer,
};
use sqlx::{Executor, Row};
use std::path::{Path, PathBuf};
use toolcrib_contract::signal::{Quality, Sample};
use toolcrib_contract::types::Instant;

/// What the erased tenant says everywhere, and nobody else anywhere.
const MARK: &str = "zMARK";

/// A tenant that says it in every text and in every run of bytes.
fn mark(tenant: &mut Tenant) {
    let (at, module) = (NOW, MARK);
    let writer: &mut Writer = &mut tenant.writer;
    writer.begin().unwrap();
    let text = format!("{{\"a\":\"{MARK}\"}}");
    for _ in 0..300 {
        writer.append(&NewEvent { module, name: MARK, body_json: &text, cause: None, at }).unwrap();
    }
    writer.advance(&format!("{MARK}/on"), 1).unwrap();
    writer.bury(&NewDead { consumer: MARK, seq: 1, why: MARK, body: MARK.as_bytes(), at }).unwrap();
    writer.remember(MARK, "key", [1; 16], 200, MARK.as_bytes(), at).unwrap();
    writer.set_timer(module, MARK, MARK, at, MARK.as_bytes()).unwrap();
    writer.add_effect(&NewEffect { id: id(9), module, kind: MARK, target: MARK, body: MARK.as_bytes(), at }).unwrap();
    writer.audit(&AuditLine { at, actor: MARK, action: MARK, module, detail_json: &text }).unwrap();
    writer.usage(module, MARK, at, Used { calls: 1, ..Used::default() });
    writer.meta_put(MARK, MARK.as_bytes()).unwrap();
    writer.put_file(&NewFile { module, digest: &[9; 32], ending: MARK, body: MARK.as_bytes(), at }).unwrap();
    writer.put_operator(&crate::OperatorRow { name: MARK.to_owned(), ..operator(MARK, 7) }).unwrap();
    writer.commit().unwrap();
}

/// Tables, partitions and samples of tables in use that hold the mark, as one who sees everything finds them.
fn holders(url: &str) -> Vec<String> {
    beside_on(url, async |db| {
        let sql = "SELECT relname::text FROM pg_class WHERE relnamespace = 'tc'::regnamespace AND relkind IN ('r','p') ORDER BY 1";
        let tables: Vec<String> = sqlx::query(sql).fetch_all(&mut *db).await?.iter().map(|row| row.get(0)).collect();
        let bytes: String = MARK.bytes().map(|byte| format!("{byte:02x}")).collect();
        let mut holders = Vec::new();
        for table in tables {
            let like = format!("t::text LIKE '%{MARK}%' OR t::text LIKE '%{bytes}%'");
            let sql = format!("SELECT count(*),count(*) FILTER (WHERE {like}) FROM tc.{table} t");
            let row = sqlx::query(text::raw(sql)).fetch_one(&mut *db).await?;
            if row.get::<i64, _>(1) > 0 {
                holders.push(table.clone());
            }
            let sql = "SELECT count(*) FROM pg_stats WHERE schemaname = 'tc' AND tablename = $1 \
                AND (most_common_vals::text LIKE $2 OR histogram_bounds::text LIKE $2)";
            let samples = sqlx::query(sql).bind(&table).bind(format!("%{MARK}%")).fetch_one(&mut *db).await?;
            // Of a table that is empty now, the server keeps its samples: see the page for operators.
            if row.get::<i64, _>(0) > 0 && samples.get::<i64, _>(0) > 0 {
                holders.push(format!("samples of {table}"));
            }
        }
        Ok(holders)
    })
}

/// Files of databases that hold the mark; the log of writes is not among them.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let holds = |path: &PathBuf| {
        let bytes = std::fs::read(path).unwrap();
        bytes.windows(MARK.len()).any(|window| window == MARK.as_bytes())
    };
    entries
        .flat_map(|path| if path.is_dir() { files(&path) } else { Some(path).filter(holds).into_iter().collect() })
        .collect()
}

#[test]
fn an_erased_tenant_leaves_no_row_no_sample_and_after_a_rewrite_no_byte_and_its_neighbour_all() {
    // A server of its own: everything in it is looked at.
    let Some(cluster) = cluster::Cluster::start() else { return };
    let url = cluster.url("postgres");
    let engine = Engine(Some(Postgres::connect(&url, 4).unwrap()));
    let def = every_type();
    let (mut a, table) = engine.with_record(&def);
    let mut b = engine.tenant();
    b.writer.install(std::slice::from_ref(&table)).unwrap();
    for (tenant, name) in [(&mut a, MARK), (&mut b, "b")] {
        fill(&mut tenant.writer);
        fill_readings(&tenant.home, &tenant.options, name);
        tenant.writer.begin().unwrap();
        tenant.insert(&def, &table, 1, &row(name, true)).unwrap();
        tenant.writer.commit().unwrap();
    }
    mark(&mut a);
    beside_on(&url, async |db| db.execute("ANALYZE; CHECKPOINT").await.map(drop));
    let there = holders(&url);
    for table in [
        "event_",
        "audit_",
        "m_",
        "answer",
        "timer",
        "dead",
        "effect",
        "meta",
        "operator",
        "usage",
        "cursor",
        "attached",
        "reading_2026",
        "signal",
        "stat",
        "quarantine",
        "rollup",
    ] {
        assert!(there.iter().any(|holder| holder.starts_with(table)), "{table} is looked into: {there:?}");
    }
    assert!(there.iter().any(|holder| holder.starts_with("samples")), "{there:?}");
    let folder = beside_on(&url, async |db| sqlx::query("SHOW data_directory").fetch_one(db).await);
    let base = Path::new(&folder.get::<String, _>(0)).join("base");
    assert!(files(&base).len() > 5, "files are looked into");
    assert!(a.home.erase().unwrap().is_none(), "what was deleted is freed");
    assert_eq!(holders(&url), Vec::<String>::new());
    for table in tables(table.physical()) {
        let rows = |tenant: &Tenant| {
            let sql = format!("SELECT count(*) FROM {table}/*W*/");
            tenant.home.reader().unwrap().db().unwrap().one(&sql, &[], |row| row.int(0)).unwrap()
        };
        assert_eq!((rows(&a), rows(&b)), (0, 1), "{table}");
    }
    // What an administrator runs where no free space may hold anything either.
    beside_on(&url, async |db| {
        db.execute(
            "DELETE FROM pg_statistic USING pg_class c WHERE c.oid = starelid AND c.relnamespace = 'tc'::regnamespace",
        )
        .await?;
        db.execute("VACUUM FULL").await?;
        db.execute("CHECKPOINT").await.map(drop)
    });
    assert_eq!(files(&base), Vec::<PathBuf>::new());
}

#[test]
fn other_hosts_hear_of_an_erasure_and_end_what_machines_told_them_before_it() {
    let Some(server) = postgres() else { return };
    let engine = Engine(Some(server));
    let mut tenant = engine.tenant();
    fill(&mut tenant.writer);
    let other = tempfile::tempdir().unwrap();
    let dir = other.path().join("ab/tenant");
    let home = Home::new(dir.clone(), tenant.id, &tenant.options);
    let tell = |at: Instant| {
        let mut readings = Readings::open(&dir, &TenantOptions::default()).unwrap();
        let value = Sample::Count { value: 1 };
        let reading = NewReading { signal: "m.x", at, value: &value, quality: Quality::Good };
        readings.append("gateway", &[reading], at).unwrap();
    };
    tell(NOW);
    assert!(home.erased_us().unwrap().is_none() && !home.end_life().unwrap() && dir.exists());
    let before = tenant.writer.seen().unwrap();
    tenant.home.erase().unwrap();
    let erased = home.erased_us().unwrap().unwrap();
    assert!(home.end_life().unwrap() && !dir.exists() && !home.end_life().unwrap());
    // What comes in the life that begins then, stays.
    tell(Instant(erased + 1));
    assert!(!home.end_life().unwrap() && dir.exists());
    // And no host takes the tenant's first turn in it for one that it knows.
    tenant.reopen();
    tenant.group(|writer| writer.meta_put("x", b"y").unwrap());
    assert!(tenant.writer.seen().unwrap().turn > before.turn);
}

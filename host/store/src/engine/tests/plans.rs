//! How the server finds what a turn asks for, when it plans once for all tenants: always by an index that begins with the
//! tenant, however many rows the others have.

use super::{beside, beside_on};
use crate::engine::postgres::PREPARED;
use crate::engine::{Purpose, TABLES};
use crate::fixture::*;
use crate::{AnswerKey, Home, NewReading, Postgres, RecordTable, TenantOptions, Writer};
use sqlx::postgres::PgConnection;
use sqlx::{Executor, Row};
use std::collections::BTreeSet;
use std::path::PathBuf;
use toolcrib_contract::codec::Reader;
use toolcrib_contract::limits::PAGE_ROWS;
use toolcrib_contract::manifest::RecordDef;
use toolcrib_contract::schema::Type;
use toolcrib_contract::select::{BY_ID, Select};
use toolcrib_contract::signal::{Quality, Sample};
use toolcrib_contract::types::RawId;
use toolcrib_contract::value::Value;

/// Tables that a tenant has many rows in, and what makes each another one. A field that has to be unique nearly is, over
/// all tenants.
const MANY: [(&str, &str); 6] = [
    ("event", "'seq',n"),
    ("audit", "'id',n"),
    ("answer", r"'key','\x' || lpad(to_hex(n),32,'0')"),
    ("timer", "'key',n::text"),
    ("effect", "'id',lpad(to_hex(n),32,'0')"),
    ("RECORD", "'id',lpad(to_hex(n),32,'0'),'c_code','c' || n,'c_n',n"),
];
/// A few tenants with many rows, and many tenants with a few.
const LARGE: u32 = 4;
const ROWS: u32 = 3_000;
const SMALL: u32 = 3_000;

/// A record with a declared index, and a tenant with a row in every table.
struct Works {
    def: RecordDef,
    table: RecordTable,
    options: TenantOptions,
    home: Home,
    tenant: RawId,
}

impl Works {
    fn on(server: &Postgres) -> Self {
        let fields =
            vec![field("code", Type::Text { max: 9 }), field("line", option(Type::Int)), field("n", Type::Int)];
        let def = record(fields, &[(&[0], true), (&[1, 2], false)]);
        let (table, tenant) = (Engine(None).table(&def), new_id());
        let options = TenantOptions { database: Some(server.clone()), ..TenantOptions::default() };
        let home = Home::new(PathBuf::new(), tenant, &options);
        let works = Self { def, table, options, home, tenant };
        let mut writer = works.writer();
        writer.install(std::slice::from_ref(&works.table)).unwrap();
        fill(&mut writer);
        fill_readings(&works.home, &works.options, "m");
        writer.begin().unwrap();
        works.insert(&mut writer, 1);
        writer.commit().unwrap();
        works
    }

    fn writer(&self) -> Writer {
        self.home.writer(&self.options).unwrap()
    }

    fn insert(&self, writer: &mut Writer, n: u8) {
        let row = encode(&self.def, &[Value::Text(format!("c{n}")), Value::Int(1), Value::Int(n.into())]);
        writer.insert(&self.table, id(n), NOW, &mut Reader::new(&row)).unwrap();
    }

    /// What a day is made of, on the host's connections.
    fn work(&self) {
        let (mut writer, mut reader) = (self.writer(), self.home.reader().unwrap());
        for round in 2..4 {
            let key = format!("key {round}");
            writer.begin_for(&[AnswerKey::new("user:1", &key)]).unwrap();
            assert_eq!(writer.idempotent("user:1", &key).unwrap(), None);
            assert_eq!(writer.idempotent("user:1", "another").unwrap(), None);
            writer.commit().unwrap();
            fill_again(&mut writer, &key);
            writer.begin().unwrap();
            self.insert(&mut writer, round);
            let row = encode(&self.def, &[Value::Text("new".into()), Value::None, Value::Int(7)]);
            writer.update(&self.table, id(round), 1, NOW, &mut Reader::new(&row)).unwrap();
            assert!(writer.get(&self.table, id(round)).unwrap().is_some());
            writer.delete(&self.table, id(round), 2).unwrap();
            writer.commit().unwrap();
            for select in self.selects() {
                assert!(reader.select(&self.table, &select).unwrap().count > 0, "{select:?}");
                assert!(writer.select(&self.table, &select).unwrap().count > 0, "{select:?}");
            }
            assert!(reader.get(&self.table, id(1)).unwrap().is_some());
            assert!(!reader.events_after(0, PAGE_ROWS).unwrap().is_empty());
        }
        let value = Sample::Number { value: 0.5 };
        let new = |second: i64| NewReading {
            signal: "m.x",
            at: NOW.plus_us(second * 1_000_000),
            value: &value,
            quality: Quality::Good,
        };
        let mut readings = self.home.readings(&self.options).unwrap();
        readings.append("m", &[new(1), new(2)], NOW).unwrap();
        readings.append("m", &[new(1), new(3)], NOW).unwrap();
    }

    /// By id, and by each index: from both ends, within bounds and behind a row.
    fn selects(&self) -> Vec<Select> {
        let value = |at: usize, value: Value| one(&self.def.fields[at].of, &value);
        let all = Select { index: BY_ID, limit: 2, ..Select::default() };
        let code = Select { index: 0, equals: vec![value(0, Value::Text("c1".into()))], ..all.clone() };
        let line = Select { index: 1, equals: vec![value(1, Value::Int(1))], ..all.clone() };
        let bound =
            Select { from: Some(value(2, Value::Int(0))), until: Some(value(2, Value::Int(9))), ..line.clone() };
        let plain = [all, code, line, bound];
        plain.into_iter().flat_map(|select| [Select { descending: true, ..select.clone() }, select]).collect()
    }

    /// More tenants, each with so many of this one's rows; and the server knows how many there are.
    fn crowd(&self, db: &str, tables: &[(String, &str)], tenants: std::ops::Range<u32>, rows: u32) {
        beside_on(db, async |db: &mut PgConnection| {
            for (table, another) in tables {
                let sql = format!(
                    "INSERT INTO tc.{table} SELECT (jsonb_populate_record(NULL::tc.{table}, to_jsonb(r) || \
                        jsonb_build_object('tenant_id', lpad(to_hex(t), 32, '0')) || jsonb_build_object({another}))).* FROM \
                        (SELECT * FROM tc.{table} WHERE tenant_id='{}' LIMIT 1) r, \
                        generate_series({},{}) t, generate_series(1,{rows}) n",
                    self.tenant,
                    tenants.start,
                    tenants.end - 1,
                );
                db.execute(crate::engine::text::raw(sql)).await?;
            }
            db.execute("ANALYZE").await.map(drop)
        });
    }
}

/// The host's own rows once more.
fn fill_again(writer: &mut Writer, key: &str) {
    writer.begin().unwrap();
    for nth in 0..2 {
        let event = crate::NewEvent { module: "demo", name: "made", body_json: "{}", cause: None, at: NOW };
        writer.append(&event).unwrap();
        writer.remember("user:1", &format!("{key} {nth}"), [1; 16], 200, b"{}", NOW.plus_us(1)).unwrap();
        let line = crate::AuditLine { at: NOW, actor: "user:1", action: "make", module: "demo", detail_json: "{}" };
        writer.audit(&line).unwrap();
        writer.usage("demo", &format!("make {nth}"), NOW, crate::Used { calls: 1, ..crate::Used::default() });
    }
    writer.cursors().unwrap();
    writer.advance("demo/on_made", 1).unwrap();
    assert!(!writer.events_after(0, PAGE_ROWS).unwrap().is_empty());
    writer.last_seq().unwrap();
    writer.set_timer("demo", "tick", key, NOW, b"").unwrap();
    writer.next_due().unwrap();
    writer.due_timers(NOW, 9).unwrap();
    writer.next_effect().unwrap();
    writer.due_effects(NOW, 9).unwrap();
    writer.next_expiry().unwrap();
    writer.forget_expired(NOW, 2).unwrap();
    writer.meta_put("m", b"w").unwrap();
    writer.meta_get("m").unwrap();
    writer.commit().unwrap();
}

struct Plan {
    name: String,
    statement: String,
    lines: Vec<String>,
}

/// What the connection of a purpose has prepared, and how the server would do each of it for this tenant.
fn plans(server: &Postgres, purpose: Purpose, tenant: RawId) -> Vec<Plan> {
    let ask = async |db: &mut PgConnection| {
        let sql = "SELECT name,statement,cardinality(parameter_types) FROM pg_prepared_statements \
            WHERE name NOT LIKE 'bare%'";
        let known = sqlx::raw_sql(sql).fetch_all(&mut *db).await?;
        let mut plans = Vec::new();
        for row in &known {
            let (name, statement, values): (String, String, i32) = (row.get(0), row.get(1), row.get(2));
            let nothing = ",NULL".repeat(usize::try_from(values).unwrap_or(0).saturating_sub(1));
            let values = if values == 0 { String::new() } else { format!("('{tenant}'{nothing})") };
            let sql = format!("EXPLAIN (COSTS OFF) EXECUTE {name}{values}");
            let plan = sqlx::raw_sql(crate::engine::text::raw(sql)).fetch_all(&mut *db).await?;
            plans.push(Plan { name, statement, lines: plan.iter().map(|row| row.get(0)).collect() });
        }
        Ok(plans)
    };
    server.lines(purpose).lend().unwrap().ask(ask).unwrap()
}

/// Tables that a plan reads all of; partitions by the name of what they are a part of.
fn read_whole<'a>(plan: &'a [String], tables: &'a [String]) -> Vec<&'a str> {
    let whole = plan.iter().filter_map(|line| line.split_once("Seq Scan on ")).map(|(_, rest)| rest);
    let name = |rest: &str| rest.split(' ').next().unwrap_or_default().to_owned();
    let is_of = |name: &str, table: &str| {
        name.strip_prefix(table).is_some_and(|part| part.bytes().all(|byte| byte == b'_' || byte.is_ascii_digit()))
    };
    whole.filter_map(|rest| tables.iter().find(|table| is_of(&name(rest), table))).map(String::as_str).collect()
}

#[test]
fn what_a_turn_asks_is_found_by_the_tenants_index_though_it_is_planned_for_all_tenants_at_once() {
    if beside(async |db| db.execute("CREATE DATABASE plans").await.map(drop)).is_none() {
        return;
    }
    let url = url_of("plans").unwrap();
    // A plan for a value that is known would be the right one anyway.
    let generic = format!("{url}&options=-c%20plan_cache_mode%3Dforce_generic_plan");
    let server = Postgres::connect(&generic, 2).unwrap();
    let works = Works::on(&server);
    let physical = |table: &str| if table == "RECORD" { works.table.physical().to_owned() } else { table.to_owned() };
    let many: Vec<_> = MANY.map(|(table, another)| (physical(table), another)).into();
    let few = TABLES
        .iter()
        .copied()
        .chain(["signal", "reading_head", "reading_month"])
        .filter(|table| *table != "subscription");
    let few: Vec<_> = few.map(|table| (table.to_owned(), "")).chain([(physical("RECORD"), "")]).collect();
    works.crowd(&url, &many, 1..LARGE + 1, ROWS);
    let check = |tables: &[String]| {
        works.work();
        let mut found = BTreeSet::new();
        for purpose in [Purpose::Commands, Purpose::Queries, Purpose::Readings] {
            for Plan { name, statement, lines } in plans(&server, purpose, works.tenant) {
                let (whole, text) = (read_whole(&lines, tables), lines.join("\n"));
                assert!(whole.is_empty(), "{purpose:?} reads all of {whole:?}: {statement}\n{text}");
                for pair in lines.windows(2).filter(|pair| pair[0].contains("Index") && pair[0].contains("Scan ")) {
                    // Not from one end of the index to the other.
                    let is_his = pair[1].contains("Index Cond:") && pair[1].contains("tenant_id = ");
                    assert!(is_his, "{purpose:?}: {}: {statement}\n{text}", pair[0]);
                    found.insert((name.clone(), statement.clone()));
                }
            }
        }
        assert!(found.len() > 30, "only {found:?} use an index");
        // As the check would see it.
        let plan = beside_on(&url, async |db: &mut PgConnection| {
            let sql = "EXPLAIN (COSTS OFF) SELECT count(*) FROM tc.event WHERE at_us=1";
            let plan = sqlx::raw_sql(sql).fetch_all(db).await?;
            Ok(plan.iter().map(|row| row.get(0)).collect::<Vec<String>>())
        });
        assert_eq!(read_whole(&plan, tables).len(), 16, "{plan:?}");
        found
    };
    check(&many.iter().map(|(table, _)| table.clone()).collect::<Vec<_>>());
    works.crowd(&url, &few, 1_000_000..1_000_000 + SMALL, 1);
    let found = check(&few.iter().map(|(table, _)| table.clone()).collect::<Vec<_>>());
    for one in PREPARED.iter().filter(|one| one.name != "named") {
        assert!(found.iter().any(|(name, _)| name == one.name), "{}", one.name);
    }
}

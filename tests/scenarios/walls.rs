//! Row-level security as the only wall: a whole demo on PostgreSQL, as the application's role, out of whose statements the
//! host's own condition on the tenant is taken. A factory that nobody serves has a marked copy of every row of the one with
//! all modules, under the same ids; no operation may tell, count or change a row of it.

use super::demo::{Demo, Person};
use super::isolation::{Operation, absent_under_their_ids, ask, hidden_from_others, operations};
use crate::chaos::postgres::database;
use crate::chaos::servers::PROGRAM;
use crate::cluster::cluster;
use crate::forgetful::Forgetful;
use serde_json::json;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection, Executor, Row};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

/// Stands in every text of the copy that is no name of the host's.
const MARK: &str = "KANARI";
/// Whose rows the copy is.
const COPY: &str = "018f0e6e-7b1c-7cc3-a1b2-00000000c0de";
/// Texts that the host finds rows by: a copy under other names would be no neighbour.
const NAMES: [&str; 12] = [
    "module", "physical", "consumer", "key", "timer", "kind", "state", "action", "columns", "indexes", "digest", "name",
];
/// A module that tells nothing of what is not named in the question, and no sample names anything that is there.
const BY_NAME: &str = "digital-index";
/// A stream without an end.
const ENDLESS: &str = "/live";

/// Everything that a superuser does behind the host's back.
struct Behind(PgConnection);

impl Behind {
    async fn texts(&mut self, sql: String) -> Vec<String> {
        let rows = sqlx::query(AssertSqlSafe(sql)).fetch_all(&mut self.0).await.unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    }

    async fn run(&mut self, sql: String) -> u64 {
        self.0.execute(AssertSqlSafe(sql)).await.unwrap().rows_affected()
    }

    /// Tables that tenants have rows in, partitions with `and_parts`.
    async fn tables(&mut self, and_parts: bool) -> Vec<String> {
        let sql = format!(
            "SELECT relname::text FROM pg_class WHERE relnamespace = 'tc'::regnamespace AND relrowsecurity
                AND relkind IN ('r','p') AND (NOT relispartition OR {and_parts}) ORDER BY 1"
        );
        self.texts(sql).await
    }

    /// Gives [`COPY`] a copy of every row of this factory; how many rows each table got.
    async fn copy(&mut self, tenant: &str) -> BTreeMap<String, u64> {
        let mut copied = BTreeMap::new();
        for table in self.tables(false).await {
            let sql = format!(
                "SELECT column_name::text || ' ' || data_type FROM information_schema.columns
                    WHERE table_schema = 'tc' AND table_name = '{table}' ORDER BY ordinal_position"
            );
            let columns = self.texts(sql).await;
            let columns: Vec<_> = columns.iter().map(|column| column.split_once(' ').unwrap()).collect();
            let values = columns.iter().map(|(name, of)| match *name {
                "tenant_id" => format!("'{COPY}'::uuid"),
                name if *of != "text" || (NAMES.contains(&name) && table != "operator") => name.to_owned(),
                name => format!(
                    "CASE WHEN left({name}, 1) IN ('{{', '[') THEN replace({name}, '\":\"', '\":\"{MARK} ')
                        ELSE '{MARK} ' || {name} END"
                ),
            });
            let values = values.collect::<Vec<_>>().join(",");
            let names = columns.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(",");
            let sql =
                format!("INSERT INTO tc.{table}({names}) SELECT {values} FROM tc.{table} WHERE tenant_id = '{tenant}'");
            copied.insert(table, self.run(sql).await);
        }
        copied
    }

    /// Every row of the copy.
    async fn rows_of_the_copy(&mut self) -> BTreeMap<String, Vec<String>> {
        let mut rows = BTreeMap::new();
        for table in self.tables(false).await {
            let sql = format!("SELECT t::text FROM tc.{table} t WHERE tenant_id = '{COPY}' ORDER BY 1");
            rows.insert(table, self.texts(sql).await);
        }
        rows
    }

    /// For each module ids of its rows, one of each record.
    async fn ids(&mut self, tenant: &str) -> BTreeMap<String, Vec<String>> {
        let sql =
            format!("SELECT module || ' ' || physical FROM tc.record_table WHERE tenant_id = '{tenant}' ORDER BY 1");
        let mut ids = BTreeMap::<_, Vec<String>>::new();
        for table in self.texts(sql).await {
            let (module, physical) = table.split_once(' ').unwrap();
            let sql = format!("SELECT id::text FROM tc.{physical} WHERE tenant_id = '{tenant}' ORDER BY 1 LIMIT 1");
            ids.entry(module.to_owned()).or_default().extend(self.texts(sql).await);
        }
        ids
    }

    /// What is asked without a tenant is found without reading everybody's rows: this hides and shows nothing, and is quicker.
    async fn index_without_tenants(&mut self) {
        for (table, columns) in [("reading", "series, at_us"), ("reading", "arrival"), ("event", "seq")] {
            self.run(format!("CREATE INDEX ON tc.{table}({columns})")).await;
        }
    }

    /// Lets the application read all rows of all tenants: what the conditions would have been for.
    async fn open_the_walls(&mut self) {
        for table in self.tables(true).await {
            self.run(format!("CREATE POLICY open ON tc.{table} FOR SELECT TO tc_app USING (true)")).await;
        }
    }
}

/// Asks everything there is to ask of one's own factory, also under the ids of its rows; which operations told of the copy.
/// With `once` nothing more is asked of a module that told.
async fn told(owner: &Person, tenant: &str, ids: &BTreeMap<String, Vec<String>>, once: bool) -> BTreeSet<String> {
    let document = owner.get(&format!("/v1/t/{tenant}/openapi.json")).await.ok();
    let mut told = BTreeSet::new();
    for operation in operations(&document).iter().filter(|operation| !operation.path.ends_with(ENDLESS)) {
        let module = ids.keys().map(|module| format!("/m/{module}/")).find(|part| operation.path.contains(part));
        let has_told = module.is_some_and(|part| told.iter().any(|told: &String| told.contains(&part)));
        if once && has_told {
            continue;
        }
        for asked in with_ids(operation, ids) {
            let answer = ask(owner, &asked, tenant).await;
            if answer.text.contains(MARK) {
                told.insert(format!("{} {}", operation.method, operation.path));
            }
        }
    }
    told
}

/// The operation as it is, and once for each id of its module if it takes any.
fn with_ids(operation: &Operation, ids: &BTreeMap<String, Vec<String>>) -> Vec<Operation> {
    let again =
        |input| Operation { method: operation.method.clone(), path: operation.path.clone(), input, public: false };
    let mut all = vec![again(operation.input.clone())];
    let module = operation.path.split_once("/m/").and_then(|(_, rest)| rest.split_once('/'));
    let known = module.and_then(|(module, _)| ids.get(module));
    for id in known.into_iter().flatten() {
        let Some(mut input) = operation.input.clone() else { continue };
        let fields = input.as_object_mut().into_iter().flat_map(|fields| fields.values_mut());
        let places: Vec<_> = fields.filter(|value| **value == json!(super::isolation::SAMPLE_ID)).collect();
        if !places.is_empty() {
            places.into_iter().for_each(|place| *place = json!(id));
            all.push(again(Some(input)));
        }
    }
    all
}

/// The factory's archive, through this database.
fn archive(data: &Path, store: &str, tenant: &str, file: &Path) -> String {
    let mut export = Command::new(PROGRAM);
    export.args(["export", "--store", store, "--tenant", tenant, "--data"]).arg(data).arg(file);
    let done = export.output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    std::fs::read_to_string(file).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn row_level_security_alone_leaks_nothing_through_any_operation() {
    let Some(cluster) = cluster() else { return };
    let plain = database(cluster, "walls").await;
    let forgetful = Forgetful::before(cluster);
    let url = forgetful.url("walls");
    let demo = tokio::task::block_in_place(|| Demo::start_with(&["--weeks", "0", "--store", &url]));
    let last = demo.facts()["tenants"].as_array().unwrap().len() - 1;
    let ((owner, slug), id) =
        (demo.owner(last).await, demo.facts()["tenants"][last]["id"].as_str().unwrap().to_owned());
    let mut behind = Behind(PgConnection::connect(&plain).await.unwrap());
    behind.index_without_tenants().await;
    let copied = behind.copy(&id).await;
    let ids = behind.ids(&id).await;
    assert_eq!(ids.len(), demo.facts()["modules"].as_array().unwrap().len(), "all modules have records there");
    let before = behind.rows_of_the_copy().await;
    assert!(copied["event"] > 0 && copied["audit"] > 0 && copied["operator"] > 0, "{copied:?}");

    assert_eq!(told(&owner, &slug, &ids, false).await, BTreeSet::new(), "row-level security alone");
    let export = |name: &str| archive(&demo.data(), &url, &id, &demo.data().join(name));
    assert!(!export("walls.ndjson").contains(MARK), "nor its archive");
    hidden_from_others(&demo).await;
    absent_under_their_ids(&demo).await;
    let after = behind.rows_of_the_copy().await;
    assert!(after == before, "nobody changed a row of a factory that nobody serves");
    assert!(forgetful.stripped() > 500, "{} statements without the host's condition", forgetful.stripped());
    assert_eq!(forgetful.left(), BTreeSet::new(), "every condition was taken out");

    // The same questions see the copy as soon as nothing but the conditions could have hidden it.
    behind.open_the_walls().await;
    let told = told(&owner, &slug, &ids, true).await;
    for module in ids.keys().filter(|module| *module != BY_NAME) {
        assert!(told.iter().any(|operation| operation.contains(&format!("/m/{module}/"))), "{module}: {told:#?}");
    }
    assert!(told.iter().any(|operation| operation.ends_with("/events")), "{told:#?}");
    assert!(export("open.ndjson").contains(MARK), "and so does the archive");
}

//! An owner connects a machine, halts a module, takes everything along and has the rest erased, all at the console; the
//! neighbour notices nothing.

use super::views::Person;
use crate::chaos::postgres::{database, store};
use crate::chaos::servers::{OWNER, Product, Servers, Tenant};
use crate::cluster::cluster;
use crate::wait::until_async;
use reqwest::{Client, StatusCode};
use serde_json::{Value as Json, json};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection, Row};
use std::time::Duration;

const SOON: Duration = Duration::from_secs(30);

/// A host, spoken to with a token.
struct Api<'a> {
    http: Client,
    host: &'a str,
    token: String,
}

impl Api<'_> {
    async fn call(&self, tenant: &Tenant, operation: &str, input: &Json) -> (StatusCode, Json) {
        let url = format!("{}/v1/t/{}/m/daybook/{operation}", self.host, tenant.slug);
        let answer = self.http.post(url).bearer_auth(&self.token).json(input).send().await.unwrap();
        (answer.status(), answer.json().await.unwrap())
    }

    /// The reading that the line on a source's page sends.
    async fn read(&self, tenant: &Tenant, page: &str) -> StatusCode {
        let line = page.split("-d '").nth(1).and_then(|rest| rest.split('\'').next());
        let line = line.expect("the page shows a line to try").replace("&quot;", "\"");
        let url = format!("{}/v1/t/{}/readings", self.host, tenant.slug);
        self.http.post(url).bearer_auth(&tenant.device_token).body(line).send().await.unwrap().status()
    }
}

/// Sends a form of a page with the token that the page gave it.
async fn press(person: &Person, page: &str, action: &str, more: &[(&str, &str)]) -> (StatusCode, String) {
    let form = page.split("<form").find(|form| form.contains(&format!("action=\"{action}\"")));
    let form = form.unwrap_or_else(|| panic!("no form to {action} in {page}"));
    let token = form.split("name=\"_token\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
    let mut pairs = vec![("_token", token.expect("every form has its token"))];
    pairs.extend(more);
    let answer = person.send(action, &pairs).await;
    (answer.status(), answer.text().await.unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_owner_takes_everything_along_and_the_neighbour_notices_nothing() {
    story("").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_out_of_a_database_where_no_row_is_left_either() {
    let Some(cluster) = cluster() else { return };
    let url = database(cluster, "leaving").await;
    let mine = story(&store(&url)).await;
    let mut db = PgConnection::connect(&url).await.unwrap();
    let sql = "SELECT c.relname::text FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' \
        WHERE c.relnamespace = 'tc'::regnamespace AND c.relkind = 'r' ORDER BY 1";
    let tables = sqlx::query(sql).fetch_all(&mut db).await.unwrap();
    let mut left = Vec::new();
    for table in tables.iter().map(|row| row.get::<String, _>(0)) {
        let sql = format!("SELECT count(*) FROM tc.{table} t WHERE t::text LIKE '%{}%'", mine.id);
        if sqlx::query(AssertSqlSafe(sql)).fetch_one(&mut db).await.unwrap().get::<i64, _>(0) > 0 {
            left.push(table);
        }
    }
    // That it was erased stays; and since it was asked something afterwards, what a registry decides of it may be back.
    let is_asked = |table: &String| {
        ["tenant_head", "subscription", "meta"].contains(&table.as_str()) || table.starts_with("audit_")
    };
    assert!(left.contains(&"erased".to_owned()), "{left:?}");
    left.retain(|table| table != "erased" && !is_asked(table));
    assert_eq!(left, Vec::<String>::new());
}

/// Of two tenants of one owner, the first of whom leaves; who that was.
async fn story(config: &str) -> Tenant {
    let (servers, host) = Servers::with(2, Product { config, ..Product::DAYBOOK }).await;
    let host_url = host.url.trim_end_matches('/').to_owned();
    let (mine, other) = (servers.tenants[0].clone(), servers.tenants[1].clone());
    let api =
        Api { http: Client::builder().no_proxy().build().unwrap(), host: &host_url, token: servers.token.clone() };
    for text in ["first 第一条", "second"] {
        assert_eq!(api.call(&mine, "note", &json!({"text": text, "amount": 7})).await.0, StatusCode::OK);
    }
    api.call(&other, "note", &json!({"text": "of the neighbour", "amount": 1})).await;
    let person = Person::sign_in(&host.url).await;
    let base = format!("/t/{}", mine.slug);

    // The machine's first reading appears.
    let home = person.get(&base).await;
    assert!(home.contains("Getting started") && home.contains("Connect a machine or gateway"), "{home}");
    let sources = person.get(&format!("{base}/data/sources")).await;
    let source = sources.split(&format!("href=\"{base}/data/sources/")).nth(1).and_then(|rest| rest.split('"').next());
    let source = format!("{base}/data/sources/{}", source.expect("the tenant has a device"));
    let before = person.get(&source).await;
    assert!(before.contains("Nothing yet") && before.contains("/v1/t/"), "{before}");
    assert_eq!(api.read(&mine, &before).await, StatusCode::OK);
    assert!(person.get(&source).await.contains("<strong>running</strong>"), "its page confirms it");
    let signals = person.get(&format!("{base}/data/signals")).await;
    assert!(signals.contains("press-1.state") && signals.contains("<strong>running</strong>"), "{signals}");

    halted(&person, &api, &mine, &base).await;

    // Everything leaves in one file.
    let export = person.get(&format!("{base}/export")).await;
    let (status, _) = press(&person, &export, &format!("{base}/export"), &[]).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let ready = until_async("the archive", SOON, || async {
        let page = person.get(&format!("{base}/export")).await;
        page.contains("/export/download\"").then_some(page)
    });
    ready.await;
    let file = person.get(&format!("{base}/export/download")).await;
    let lines: Vec<Json> = file.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |part: &str| lines.iter().filter(|line| line["part"] == part).collect::<Vec<_>>();
    let texts: Vec<_> = of("row").iter().map(|row| row["fields"]["text"].clone()).collect();
    assert_eq!(texts, ["first 第一条", "second"]);
    assert_eq!(of("reading").len(), 1);
    assert_eq!((of("member")[0]["email"].as_str(), of("consent").len()), (Some(OWNER), 1));
    assert!(!file.contains("of the neighbour") && !file.contains(&other.id));

    erased(&servers, &person, &mine, &base).await;
    let (status, answer) = api.call(&mine, "count", &json!({})).await;
    assert_eq!((status, &answer["code"]), (StatusCode::FORBIDDEN, &json!("not-subscribed")));
    assert!(!servers.files(&mine).exists(), "nothing is left on the disk");
    assert_eq!(api.call(&other, "count", &json!({})).await, (StatusCode::OK, json!(1)));
    mine
}

/// A halted module says so to callers, and goes on when told.
async fn halted(person: &Person, api: &Api<'_>, mine: &Tenant, base: &str) {
    let module = person.get(&format!("{base}/modules/daybook")).await;
    let (status, _) = press(person, &module, &format!("{base}/modules/daybook/pause"), &[]).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let (status, answer) = api.call(mine, "count", &json!({})).await;
    assert_eq!((status, &answer["code"]), (StatusCode::CONFLICT, &json!("module-paused")));
    let module = person.get(&format!("{base}/modules/daybook")).await;
    assert!(module.contains("Paused since"), "{module}");
    press(person, &module, &format!("{base}/modules/daybook/resume"), &[]).await;
    assert_eq!(api.call(mine, "count", &json!({})).await, (StatusCode::OK, json!(2)));
    let audit = person.get(&format!("{base}/audit?module=daybook")).await;
    assert!(audit.contains("Paused") && audit.contains("Resumed"), "{audit}");
}

/// The name has to be typed; then all of it goes, and a receipt stays.
async fn erased(servers: &Servers, person: &Person, mine: &Tenant, base: &str) {
    let name = servers.owner().await.me().await.unwrap().tenants;
    let name = name.iter().find(|tenant| tenant.slug == mine.slug).unwrap().name.clone();
    let page = person.get(&format!("{base}/erase")).await;
    assert!(page.contains("What stays"), "{page}");
    let action = format!("{base}/erase");
    let (status, refused) = press(person, &page, &action, &[("name", "another name")]).await;
    assert!(status == StatusCode::UNPROCESSABLE_ENTITY && refused.contains("The name differs"), "{status}: {refused}");
    assert!(servers.files(mine).exists(), "what is refused erases nothing");
    let (status, receipt) = press(person, &page, &action, &[("name", &name)]).await;
    assert!(status == StatusCode::OK && receipt.contains("Everything was erased."), "{status}: {receipt}");
    assert!(receipt.contains("&quot;part&quot;: &quot;row&quot;"), "{receipt}");
}

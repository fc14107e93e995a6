//! A module's words reach everybody who reads: problems, the OpenAPI document, the market.

use super::demo::{Answer, Demo, Person};
use super::tables::Pages;
use serde_json::json;

/// Asks for a language; empty: for none.
async fn asked(person: &Person, path: &str, body: &serde_json::Value, language: &str) -> Answer {
    let mut request = person.request(reqwest::Method::POST, path).json(body);
    if !language.is_empty() {
        request = request.header("accept-language", language);
    }
    person.send(request).await
}

#[tokio::test]
async fn a_rejection_has_its_title_in_the_callers_language_and_one_code_for_all() {
    let demo = Demo::shared();
    let (owner, tenant) = demo.owner(0).await;
    let path = format!("/v1/t/{tenant}/m/oee/set_rate");
    let body = json!({"equipment": "press-1", "pieces_per_minute": "0"});
    let mut details = std::collections::BTreeSet::new();
    for (language, title) in [
        ("zh-CN,zh;q=0.9,en;q=0.5", "标准速度要大于零"),
        ("en", "An ideal speed is more than zero"),
        ("", "The module refused the request"),
    ] {
        let answer = asked(&owner, &path, &body, language).await;
        answer.problem(422, "rate-not-positive");
        assert_eq!(answer.body["title"], title, "{language}");
        details.insert(answer.body["detail"].to_string());
    }
    assert_eq!(details.len(), 1, "the English message stays as it is: {details:?}");
}

#[tokio::test]
async fn the_platforms_own_problems_are_titled_in_the_callers_language() {
    let demo = Demo::shared();
    let (owner, tenant) = demo.owner(0).await;
    let path = format!("/v1/t/{tenant}/m/oee/set_rate");
    for (language, title) in [
        ("zh", "输入不符合要求"),
        ("en", "The input does not fit the operation"),
        ("", "The input does not fit the operation"),
    ] {
        let answer = asked(&owner, &path, &json!({}), language).await;
        answer.problem(422, "bad-input");
        assert_eq!(answer.body["title"], title);
    }
    let answer = asked(&owner, "/v1/t/no-such-tenant/m/oee/set_rate", &json!({}), "zh").await;
    answer.problem(404, "not-found");
    assert_eq!(answer.body["title"], "这里没有您要找的内容");
}

#[tokio::test]
async fn an_unknown_address_is_a_page_for_a_browser_and_a_problem_for_a_program() {
    let demo = Demo::shared();
    let tenant = &demo.facts()["tenants"][0];
    let (owner, slug) = (demo.person(tenant).await, tenant["slug"].as_str().unwrap());
    let pages = Pages::signed_in(&demo, tenant).await;
    let ways = [(format!("/t/{slug}/nothing"), format!("/t/{slug}")), ("/market/nothing".into(), "/market".into())];
    for (path, way) in ways.into_iter().chain([("/v1/nothing".into(), "/".into())]) {
        let (status, page) = pages.seen(&path).await;
        assert_eq!(status, 404, "{path}");
        assert!(page.contains("<html lang=\"zh-CN\"") && page.contains("这里没有您要找的内容"), "{path}: {page}");
        assert!(page.contains(&format!("class=\"button\" href=\"{way}\"")), "{path}: {page}");
        owner.get(&path).await.problem(404, "not-found");
        owner.post(&path, &json!({})).await.problem(404, "not-found");
    }
    let (status, page) = pages.seen(&format!("/t/{slug}/m/oee/v/nothing")).await;
    assert_eq!(status, 404);
    assert!(page.contains("模块“oee”没有页面“nothing”。") && !page.contains("has no view"), "{page}");
}

#[tokio::test]
async fn the_openapi_document_names_operations_and_fields_in_the_callers_language() {
    let demo = Demo::shared();
    let (owner, tenant) = demo.owner(0).await;
    let document = async |language: &str| {
        let request = owner.request(reqwest::Method::GET, &format!("/v1/t/{tenant}/openapi.json"));
        owner.send(request.header("accept-language", language)).await.ok()
    };
    let (zh, en) = (document("zh-CN").await, document("en").await);
    let named = |document: &serde_json::Value| {
        let operation = &document["paths"][format!("/v1/t/{tenant}/m/oee/give_reason")]["post"];
        let reason = &operation["requestBody"]["content"]["application/json"]["schema"]["properties"]["reason"];
        assert_eq!(operation["operationId"], "oee.give_reason");
        (operation["summary"].clone(), reason["title"].clone())
    };
    assert_eq!(named(&zh), (json!("填停机原因"), json!("原因")));
    assert_eq!(named(&en), (json!("Give a stop's reason"), json!("Reason")));
    let overview = &zh["paths"][format!("/v1/t/{tenant}/m/oee/overview")]["post"]["responses"]["200"];
    let machines = &overview["content"]["application/json"]["schema"]["properties"]["machines"];
    assert_eq!(machines["items"]["properties"]["scrap"]["title"], json!("报废数"), "{machines:#}");
}

#[tokio::test]
async fn the_market_shows_a_versions_words() {
    let demo = Demo::shared();
    let (owner, _) = demo.owner(0).await;
    let latest = owner.get("/v1/modules/oee").await.ok()["latest"].as_str().unwrap().to_owned();
    let version = owner.get(&format!("/v1/modules/oee/versions/{latest}")).await.ok();
    assert_eq!(version["words"]["zh"]["give_reason"], "填停机原因");
    assert_eq!(version["words"]["en"]["event:machine_stopped"], "Machine stopped");
}

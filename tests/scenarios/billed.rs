//! The money of the demo: what its marketplace billed, took its fee of, and paid out, as the people concerned see it.

use super::demo::{Demo, Person};
use super::tables::Pages;
use serde_json::Value;

async fn rows(person: &Person, path: &str) -> Vec<Value> {
    person.get(path).await.ok()["rows"].as_array().unwrap().clone()
}

#[tokio::test]
async fn the_demo_bills_months_takes_its_fee_and_pays_providers_out() {
    let demo = Demo::shared();
    let reviewer = demo.reviewer().await;
    let invoices = rows(&reviewer, "/v1/invoices").await;
    let paid = invoices.iter().filter(|row| row["paid"].is_object()).count();
    let owed = invoices.iter().filter(|row| row["owed_fen"].as_i64() > Some(0)).count();
    assert!(paid >= 2 && owed >= 1, "{invoices:?}");
    let payouts = rows(&reviewer, "/v1/payouts").await;
    for payout in &payouts {
        let fen = |name: &str| payout[name].as_i64().unwrap();
        assert_eq!(fen("gross_fen") - fen("fee_fen"), fen("net_fen"), "{payout}");
        assert!(fen("fee_fen") > 0 && fen("fee_fen") * 10 < fen("gross_fen"), "{payout}");
    }
    let paid_out = payouts.iter().filter(|row| row["paid_on"].is_string()).count();
    assert_eq!((payouts.len(), paid_out), (2, 1), "one is due: {payouts:?}");
    assert!(rows(&reviewer, "/v1/payouts?due=true").await.len() == 1);

    // Pages that had nothing to show before.
    let provider = Pages::signed_in(&demo, &demo.facts()["providers"][1]).await;
    let (status, page) = provider.get("/provider/revenue").await;
    let earned = demo.provider(1).await.get("/v1/orgs/jingyi/earnings").await.ok()["months"][0].clone();
    let gross = earned["gross_fen"].as_i64().unwrap();
    let gross = format!("¥{},{:03}.{:02}", gross / 100_000, gross / 100 % 1_000, gross % 100);
    assert!(status == 200 && page.contains("8 %") && page.contains(&gross), "{gross}: {page}");
    assert!(
        page.contains("<div>停机与稼动率</div>") && !page.contains("<div>oee</div>"),
        "a module by its name: {page}"
    );
    assert!(page.contains("class=\"num\"><span class=\"num\">¥"), "amounts stand at the right: {page}");
    let desk = Pages::signed_in(&demo, &demo.facts()["marketplace"]).await;
    let (status, page) = desk.get("/review/billing").await;
    assert!(status == 200 && page.contains("INV-"), "{page}");
    let owed = rows(&reviewer, "/v1/invoices?owed=true").await;
    let firms: Vec<_> = owed.iter().map(|row| row["tenant_name"].as_str().unwrap().to_owned()).collect();
    assert!(!firms.is_empty() && firms.iter().all(|name| page.contains(name.as_str())), "{firms:?}: {page}");
}

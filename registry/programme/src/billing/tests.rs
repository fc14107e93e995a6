//! Invoices, credit notes and usage, on a real database in a temporary folder.

use super::*;
use crate::calendar::Month;
use crate::engines::{On, on_each_engine};
use crate::market::{Market, refused};
use toolcrib_catalog::{Tenant, TenantId};

on_each_engine![
    a_month_is_billed_once_after_it_is_over_and_late_usage_comes_with_the_next,
    numbers_have_no_gaps_and_documents_never_change,
    credit_notes_take_at_most_what_is_left,
    usage_events_add_up_to_what_was_reported_however_often_and_late,
    what_a_contract_says_of_a_plan_splits_its_bills,
];

fn month(text: &str) -> Month {
    Month::parse(text).unwrap()
}

impl Market {
    pub(crate) async fn bills(&self, text: &str) -> Result<Run> {
        let admin = self.person("admin@market.cn").await.id;
        run(&self.catalog, month(text), None, &admin, self.now, &self.chance).await
    }

    pub(crate) async fn chooses(&self, tenant: &Tenant, module: &str, plan: &str, cap: i64) {
        let owner = self.person("owner@plant.cn").await.id;
        self.catalog.choose_plan(&tenant.id, module, plan, cap, &owner, self.now).await.unwrap();
    }

    /// A host's report as it is kept.
    pub(crate) async fn reports(&self, tenant: &TenantId, module: &str, day: &str, calls: i64) {
        let mut writing = self.catalog.writing(self.now).await.unwrap();
        let host = "INSERT INTO host (name, token_sha256) VALUES ('host', 'hash') ON CONFLICT DO NOTHING";
        sqlx::query(host).execute(writing.connection()).await.unwrap();
        sqlx::query(
            "INSERT INTO usage_day (host, tenant, module, day, version, calls, faults, rows_written, cpu_us, reported_us)
             VALUES ('host', $1, $2, $3, '1.0.0', $4, 0, $4, 7, $5) ON CONFLICT (host, tenant, module, day)
             DO UPDATE SET calls = $4, rows_written = $4, reported_us = $5",
        )
        .bind(tenant)
        .bind(module)
        .bind(day)
        .bind(calls)
        .bind(self.now.0)
        .execute(writing.connection())
        .await
        .unwrap();
        let line = toolcrib_catalog::Line { actor: "test", act: "test", subject: "", detail: serde_json::json!({}) };
        writing.commit(line).await.unwrap();
    }

    async fn statement(&self, tenant: &Tenant, text: &str) -> Vec<Invoice> {
        statement(&self.catalog, &tenant.id, month(text)).await.unwrap()
    }

    async fn credits(&self, invoice: &str, line: u32, amount_fen: i64) -> Result<String> {
        let admin = self.person("admin@market.cn").await.id;
        let lines = [CreditLine { line, amount_fen }];
        credit(&self.catalog, invoice, ("多收", &lines), &admin, self.now, &self.chance).await
    }
}

async fn a_month_is_billed_once_after_it_is_over_and_late_usage_comes_with_the_next(on: On) {
    let mut market = Market::new(on).await;
    let tenant = market.tenant("press-shop").await;
    market.module("oee", 990_000, 100).await;
    market.module("spc", 0x7fff, 100).await;
    market.chooses(&tenant, "oee", "month", 20_000).await;
    market.chooses(&tenant, "spc", "use", 500).await;
    market.reports(&tenant.id, "spc", "2026-11-27", 120).await;
    assert_eq!(refused(market.bills("2026-11").await), "month-open");
    market.now = "2026-12-01T00:00:00Z".parse().unwrap();
    let first = market.bills("2026-11").await.unwrap();
    assert_eq!(first.issued, ["INV-2026-000001"]);
    // The statement's own: five of thirty days of ¥99, and 120 uses of ¥0.01.
    let lines = |documents: &[Invoice]| {
        let lines = documents.iter().flat_map(|document| &document.lines);
        lines
            .map(|line| (line.module.clone(), line.month.clone(), line.quantity, line.amount.get()))
            .collect::<Vec<_>>()
    };
    let billed = market.statement(&tenant, "2026-11").await;
    let expected = [("oee".into(), "2026-11".into(), 5, 1_650), ("spc".into(), "2026-11".into(), 120, 120)];
    assert_eq!(lines(&billed), expected);
    assert_eq!((billed[0].due.as_deref(), billed[0].payers.firm.get()), (Some("2026-12-31"), 1_770));
    let again = market.bills("2026-11").await.unwrap();
    assert_eq!((again.issued.len(), again.skipped), (0, 1));
    // A host comes back with two days of November; the cap of ¥5 holds for the whole month.
    market.reports(&tenant.id, "spc", "2026-11-28", 100).await;
    market.reports(&tenant.id, "spc", "2026-11-29", 900).await;
    market.reports(&tenant.id, "spc", "2026-12-02", 7).await;
    market.now = "2027-01-03T00:00:00Z".parse().unwrap();
    assert_eq!(market.bills("2026-12").await.unwrap().issued, ["INV-2027-000001"]);
    let billed = market.statement(&tenant, "2026-12").await;
    let expected = [
        ("oee".into(), "2026-12".into(), 31, 9_900),
        ("spc".into(), "2026-11".into(), 1_000, 380),
        ("spc".into(), "2026-12".into(), 7, 7),
    ];
    assert_eq!(lines(&billed), expected);
    assert_eq!(refused(market.bills("2024-12").await), "/month");
    assert!(market.catalog.verify_audit().await.is_ok());
}

async fn numbers_have_no_gaps_and_documents_never_change(on: On) {
    let mut market = Market::new(on).await;
    market.module("oee", 300_000, 100).await;
    for slug in ["one", "two", "three"] {
        let tenant = market.tenant(slug).await;
        market.chooses(&tenant, "oee", "month", 20_000).await;
    }
    market.now = "2026-12-05T00:00:00Z".parse().unwrap();
    let run = market.bills("2026-11").await.unwrap();
    assert_eq!(run.issued, ["INV-2026-000001", "INV-2026-000002", "INV-2026-000003"]);
    let (all, _) = list(&market.catalog, &InvoiceFilter::default()).await.unwrap();
    for _ in 0..2 {
        market.pass_s(1);
        market.credits(&all[0].id, 1, 1).await.unwrap();
    }
    let filter = InvoiceFilter { limit: Some(2), ..InvoiceFilter::default() };
    let (page, next) = list(&market.catalog, &filter).await.unwrap();
    let numbers: Vec<_> = page.iter().map(|document| document.number.as_str()).collect();
    assert_eq!(numbers, ["CRN-2026-000002", "CRN-2026-000001"]);
    assert_eq!(page[0].credits.as_deref(), Some(all[0].number.as_str()));
    let filter = InvoiceFilter { after: next, ..InvoiceFilter::default() };
    assert_eq!(list(&market.catalog, &filter).await.unwrap().0.len(), 3);
    for written in [
        "UPDATE platform_invoice SET amount_fen = 1",
        "DELETE FROM platform_invoice",
        "UPDATE platform_line SET amount_fen = 1",
        "DELETE FROM platform_line",
        "INSERT INTO platform_invoice SELECT 'x', series, 9, tenant, '2026-01', credits, reason, issued_by, issued_us, due,
             amount_fen, firm_fen, provider_fen, programme_fen FROM platform_invoice LIMIT 1",
    ] {
        market.refuses(written).await;
    }
}

async fn credit_notes_take_at_most_what_is_left(on: On) {
    let mut market = Market::new(on).await;
    let tenant = market.tenant("press-shop").await;
    market.module("oee", 990_000, 100).await;
    market.chooses(&tenant, "oee", "month", 20_000).await;
    market.now = "2026-12-05T00:00:00Z".parse().unwrap();
    market.bills("2026-11").await.unwrap();
    let invoice = market.statement(&tenant, "2026-11").await.remove(0);
    assert_eq!(invoice.amount.get(), 1_650);
    for (line, amount, expected) in [
        (1, 0, "/lines/0/amount_fen"),
        (1, -5, "/lines/0/amount_fen"),
        (1, i64::MAX, "/lines/0/amount_fen"),
        (2, 1, "/lines/0/line"),
        (1, 1_651, "credit-too-large"),
    ] {
        assert_eq!(refused(market.credits(&invoice.id, line, amount).await), expected);
    }
    let note = market.credits(&invoice.id, 1, 1_000).await.unwrap();
    assert_eq!(refused(market.credits(&invoice.id, 1, 651).await), "credit-too-large");
    assert_eq!(refused(market.credits(&note, 1, 1).await), "not-found", "a credit note is not credited");
    market.credits(&invoice.id, 1, 650).await.unwrap();
    assert_eq!(refused(market.credits(&invoice.id, 1, 1).await), "credit-too-large");
    let documents = market.statement(&tenant, "2026-11").await;
    assert_eq!(documents.iter().map(|document| document.amount.get()).collect::<Vec<_>>(), [1_650, 1_000, 650]);
    assert_eq!(documents[0].credited, documents[0].amount);
    let admin = market.person("admin@market.cn").await.id;
    let lines = [CreditLine { line: 1, amount_fen: 1 }; 2];
    let twice = credit(&market.catalog, &invoice.id, ("多收", &lines), &admin, market.now, &market.chance).await;
    assert_eq!(refused(twice), "/lines/1/line");
}

async fn usage_events_add_up_to_what_was_reported_however_often_and_late(on: On) {
    let mut market = Market::new(on).await;
    let tenant = market.tenant("press-shop").await;
    market.module("oee", 990_000, 100).await;
    let events = async |market: &Market, after: i64| {
        usage_events(&market.catalog, Some(&tenant.id), after, market.now).await.unwrap()
    };
    market.reports(&tenant.id, "oee", "2026-11-25", 10).await;
    market.reports(&tenant.id, "oee", "2026-11-26", 5).await;
    let told = events(&market, 0).await;
    assert_eq!(told.len(), 1, "today is not over: {told:?}");
    assert_eq!((told[0].number, told[0].calls, told[0].cpu_us), (1, 10, 7));
    assert_eq!(told[0].at, "2026-11-26T00:00:00Z".parse().unwrap());
    assert_eq!(events(&market, 0).await, told, "asking again tells nothing new");
    market.pass_days(1);
    // Yesterday is over, though nothing was reported since.
    let told = events(&market, 1).await;
    assert_eq!(told.iter().map(|event| (event.number, event.calls)).collect::<Vec<_>>(), [(2, 5)]);
    market.pass_days(1);
    market.reports(&tenant.id, "oee", "2026-11-25", 14).await;
    let told = events(&market, 2).await;
    let told: Vec<_> = told.iter().map(|event| (event.number, event.day.as_str(), event.calls, event.cpu_us)).collect();
    assert_eq!(told, [(3, "2026-11-25", 4, 0)]);
    let all = events(&market, 0).await;
    assert_eq!(all.iter().map(|event| event.calls).sum::<i64>(), 19);
    let other = market.tenant("other-shop").await;
    assert!(usage_events(&market.catalog, Some(&other.id), 0, market.now).await.unwrap().is_empty());
    market.refuses("UPDATE usage_event SET calls = 0").await;
}

async fn what_a_contract_says_of_a_plan_splits_its_bills(on: On) {
    let mut market = Market::new(on).await;
    let tenant = market.tenant("press-shop").await;
    market.module("oee", 990_000, 100).await;
    market.chooses(&tenant, "oee", "month", 20_000).await;
    // As a signed contract leaves it: two months of ¥99, ¥20 off, ¥71.20 expected from the programme.
    for written in [
        "INSERT INTO offer SELECT 'o', 'house', 'plant', 'x', NULL, NULL, NULL, NULL, NULL, 'open', 1, '2026-12-31', 1, 1",
        "INSERT INTO offer_version SELECT 'o', 1, '{}', 'd', 19800, 17800, 7120, id, 1 FROM person LIMIT 1",
        "INSERT INTO contract SELECT 'c', 'o', 1, 'house', 'plant', 'x', NULL, NULL, NULL, 19800, 17800, 7120, 'h',
             1795658400000000, NULL, NULL, NULL",
        "INSERT INTO contract_line SELECT 'c', 1, 'software', 'OEE', 2, 19800, 2000, 17800, 7120, 'oee', '1.0.0', id
             FROM plan WHERE code = 'month'",
    ] {
        market.write(written).await.unwrap();
    }
    for (text, now) in [("2026-11", "2026-12-05"), ("2026-12", "2027-01-05"), ("2027-01", "2027-02-05")] {
        market.now = format!("{now}T00:00:00Z").parse().unwrap();
        market.bills(text).await.unwrap();
    }
    let payers = async |text: &str| {
        let line = market.statement(&tenant, text).await.remove(0).lines.remove(0);
        assert_eq!(line.payers.sum(), line.amount);
        (line.payers.firm.get(), line.payers.provider.get(), line.payers.programme.get(), line.contract)
    };
    // 1,650 fen in the proportion 10,680 : 2,000 : 7,120 are 890, 166.67 and 593.33: the largest remainder gets the fen.
    assert_eq!(payers("2026-11").await, (890, 167, 593, Some("c".into())));
    // 9,900: 5,340, 1,000 and 3,560.
    assert_eq!(payers("2026-12").await, (5_340, 1_000, 3_560, Some("c".into())));
    assert_eq!(payers("2027-01").await, (9_900, 0, 0, None), "the contract buys two months");
}

//! What must be refused, by the number of its rule, with nothing half-booked.

use super::city::{City, filing, firm, line, measured, sha, uscc, verdict};
use crate::engines::{On, on_each_engine};
use crate::market::EXPERTS;
use crate::rules::tests::usual;
use crate::*;
use std::future::Future;
use toolcrib_catalog::CatalogError;

on_each_engine![
    programmes_beyond_the_central_cap_or_the_calendar_are_refused,
    a_leap_day_is_the_last_day_of_its_window,
    one_firm_takes_part_once_and_excluded_firms_not_at_all,
    filings_that_do_not_fit_reserve_nothing,
    a_contract_that_changed_after_filing_is_not_accepted,
    an_invoice_counts_once_under_any_form_of_its_number,
    invoices_and_payments_fit_their_contract_or_count_nothing,
    nobody_judges_a_party_that_they_belong_to,
    acceptance_waits_for_the_level_the_gain_the_time_and_the_provider,
    a_level_that_did_not_rise_enough_is_not_paid_for,
    the_last_fen_of_budget_and_batch_is_the_last,
    closed_months_and_days_to_come_take_no_booking,
    a_cap_by_provider_is_of_all_its_firms_together,
    an_unknown_project_is_not_found_and_nothing_is_made_of_it,
];

/// It is refused by this rule, and neither books nor projects changed.
async fn refused<T: std::fmt::Debug>(
    city: &City,
    rule: &str,
    attempt: impl Future<Output = Result<T, ProgrammeError>>,
) {
    let before = (city.books().await, city.programmes.counts(&city.id).await.unwrap());
    let error = attempt.await.expect_err(rule);
    let code = match &error {
        ProgrammeError::Catalog(CatalogError::Input(errors)) => errors[0].pointer.as_str(),
        ProgrammeError::Catalog(CatalogError::NotFound(_)) => "not-found",
        ProgrammeError::Catalog(CatalogError::NotUnique { .. }) => "not-unique",
        other => other.rule().unwrap_or("another error"),
    };
    assert_eq!(code, rule, "{error}");
    assert_eq!((city.books().await, city.programmes.counts(&city.id).await.unwrap()), before, "{rule}");
}

async fn programmes_beyond_the_central_cap_or_the_calendar_are_refused(on: On) {
    let city = City::usual(on).await;
    let add = |new: NewProgramme| {
        let city = &city;
        async move { city.programmes.add(&new, &city.official.id, city.now(), &city.market.chance).await }
    };
    let new = || NewProgramme {
        document: "另一文件".to_owned(),
        ..super::city::programme(usual(), Fen::yuan(1_000_000))
    };
    let over = NewProgramme { budget: Fen::yuan(150_000_001), ..new() };
    refused(&city, "/budget_fen", add(over)).await;
    let other_kind = NewProgramme { city_kind: CityKind::Prefecture, budget: Fen::yuan(100_000_001), ..new() };
    refused(&city, "/budget_fen", add(other_kind)).await;
    refused(&city, "/budget_fen", add(NewProgramme { budget: Fen::ZERO, ..new() })).await;
    refused(
        &city,
        "/min_sme_share_bp",
        add(NewProgramme { min_sme_share: BasisPoints::percent(79).unwrap(), ..new() }),
    )
    .await;
    refused(&city, "/segments/0", add(NewProgramme { segments: vec!["no-such".to_owned()], ..new() })).await;
    let overlapping = NewProgramme { batches: vec![new().batches[0], Batch { batch: 2, ..new().batches[0] }], ..new() };
    refused(&city, "/batches/1/from", add(overlapping)).await;
    refused(&city, "/document", add(NewProgramme { document: String::new(), ..new() })).await;
    refused(&city, "not-unique", add(super::city::programme(usual(), Fen::yuan(1)))).await;
    // A window that ends on 29 February exists in leap years only; the day itself is the last one.
    assert!(read_day("/until", "2027-02-29").is_err());
    assert_eq!(super::city::programme(usual(), Fen::yuan(1)).until.to_string(), "2028-02-29");
}

async fn a_leap_day_is_the_last_day_of_its_window(on: On) {
    let mut city = City::usual(on).await;
    let id = city.diagnosed(1).await;
    let to = |text: &str| text.parse().unwrap();
    city.market.now = to("2028-02-29T16:00:00Z");
    refused(&city, "rule-01-window", city.files(&id, &filing(500_000))).await;
    // 23:59 of the 29th in China; house's identification ended long ago.
    city.market.now = to("2028-02-29T15:59:59Z");
    refused(&city, "rule-05-provider", city.files(&id, &filing(500_000))).await;
}

async fn one_firm_takes_part_once_and_excluded_firms_not_at_all(on: On) {
    let city = City::usual(on).await;
    city.enrols(&firm(1)).await.unwrap();
    refused(&city, "rule-02-one-programme", city.enrols(&firm(1))).await;
    refused(&city, "rule-03-excluded-firm", city.enrols(&Firm { dishonest: true, ..firm(2) })).await;
    let funded = Firm { funded_by: vec!["pilot-2022".to_owned()], ..firm(2) };
    refused(&city, "rule-03-excluded-firm", city.enrols(&funded)).await;
    refused(&city, "rule-04-segment", city.enrols(&Firm { segment: "13".to_owned(), ..firm(2) })).await;
    refused(&city, "/firm/org", city.enrols(&Firm { org: Some("house".to_owned()), ..firm(2) })).await;
    refused(&city, "/firm/name", city.enrols(&Firm { name: " ".to_owned(), ..firm(2) })).await;
    let (programmes, official, now) = (&city.programmes, &city.official.id, city.now());
    refused(&city, "/pledge", programmes.enrol(&city.id, &firm(2), false, official, now, &city.market.chance)).await;
}

async fn filings_that_do_not_fit_reserve_nothing(on: On) {
    let city = City::usual(on).await;
    let early = city.enrols(&firm(1)).await.unwrap();
    refused(&city, "rule-20-step", city.files(&early, &filing(100))).await;
    refused(&city, "rule-11-level", city.simple(&early, Act::Diagnose)).await;
    let id = city.diagnosed(2).await;
    let with = |change: &dyn Fn(&mut FiledContract)| {
        let mut new = filing(500_000);
        change(&mut new.contracts[0]);
        new
    };
    refused(&city, "/pledge", city.files(&id, &Filing { pledge: false, ..filing(1) })).await;
    refused(&city, "/track", city.files(&id, &Filing { track: "no-such".to_owned(), ..filing(1) })).await;
    refused(&city, "rule-18-rules-changed", city.files(&id, &Filing { rules_version: 2, ..filing(1) })).await;
    refused(&city, "rule-05-provider", city.files(&id, &with(&|contract| contract.provider = "other".to_owned())))
        .await;
    refused(&city, "rule-05-provider", city.files(&id, &with(&|contract| contract.provider = "plant".to_owned())))
        .await;
    refused(&city, "/contracts/0/seller_uscc", city.files(&id, &with(&|contract| contract.seller = uscc(2)))).await;
    refused(
        &city,
        "/contracts/0/signed_on",
        city.files(&id, &with(&|contract| contract.signed_on = "2027-02-29".to_owned())),
    )
    .await;
    refused(&city, "/contracts/0/lines", city.files(&id, &with(&|contract| contract.lines.clear()))).await;
    let odd = |contract: &mut FiledContract| contract.lines[0].net = Fen::yuan(1);
    refused(&city, "/contracts/0/lines/0/net_fen", city.files(&id, &with(&odd))).await;
    let huge = |contract: &mut FiledContract| {
        contract.lines = vec![ContractLine { list: Fen::MAX, net: Fen::MAX, ..line(1, Category::Software, 1) }; 2];
        contract.lines[1].line = 2;
    };
    refused(&city, "/contracts/0/lines", city.files(&id, &with(&huge))).await;
    let nothing = |contract: &mut FiledContract| contract.lines = vec![line(1, Category::Other, 500_000)];
    refused(&city, "/contracts", city.files(&id, &with(&nothing))).await;
    city.programmes.simple(&id, Act::MarkDishonest, "列入失信名单", &city.official.id, city.now()).await.unwrap();
    refused(&city, "rule-03-excluded-firm", city.files(&id, &filing(500_000))).await;
}

async fn a_contract_that_changed_after_filing_is_not_accepted(on: On) {
    let city = City::usual(on).await;
    let id = city.delivered(1, 500_000, 2).await;
    let changed = filing(600_000);
    refused(&city, "rule-06-contract", city.files(&id, &changed)).await;
    refused(&city, "rule-20-step", city.files(&id, &filing(500_000))).await;
    let presented = verdict(contracts_hash(&changed.contracts));
    let now = city.now();
    refused(&city, "rule-06-contract", city.programmes.accept(&id, &presented, &city.official, now)).await;
    let overwritten = city.market.write("UPDATE project SET contracts = '[]' WHERE track IS NOT NULL").await;
    assert!(overwritten.is_err(), "what was filed never changes");
}

async fn an_invoice_counts_once_under_any_form_of_its_number(on: On) {
    let city = City::usual(on).await;
    let (first, second) = (city.diagnosed(1).await, city.diagnosed(2).await);
    city.files(&first, &filing(500_000)).await.unwrap();
    city.files(&second, &filing(500_000)).await.unwrap();
    city.invoices(&first, &city.invoice(1, "02345678", 100)).await.unwrap();
    for form in ["02345678", "2345678", "No.02345678", "０２３４５６７８", "044001900111-02345678", "0234 5678"]
    {
        let other_file = |firm| NewInvoice { file_sha256: sha(firm + 100), ..city.invoice(firm, form, 100) };
        refused(&city, "rule-07-invoice-used", city.invoices(&first, &other_file(1))).await;
        refused(&city, "rule-07-invoice-used", city.invoices(&second, &other_file(2))).await;
    }
    // The same file under another number, too.
    let same_file =
        NewInvoice { file_sha256: city.invoice(1, "02345678", 100).file_sha256, ..city.invoice(2, "7", 100) };
    refused(&city, "rule-07-invoice-used", city.invoices(&second, &same_file)).await;
    refused(&city, "/number", city.invoices(&second, &city.invoice(2, "1.2345678E7", 100))).await;
}

async fn invoices_and_payments_fit_their_contract_or_count_nothing(on: On) {
    let city = City::usual(on).await;
    let id = city.diagnosed(1).await;
    city.files(&id, &filing(500)).await.unwrap();
    let good = || city.invoice(1, "11111111", 300);
    refused(&city, "rule-08-invoice", city.invoices(&id, &NewInvoice { seller: uscc(9), ..good() })).await;
    refused(&city, "rule-08-invoice", city.invoices(&id, &NewInvoice { buyer: uscc(9), ..good() })).await;
    let future = city.today().plus_days(1);
    refused(&city, "rule-08-invoice", city.invoices(&id, &NewInvoice { issued_on: future, ..good() })).await;
    let before_signing = "2026-11-19".parse().unwrap();
    refused(&city, "rule-08-invoice", city.invoices(&id, &NewInvoice { issued_on: before_signing, ..good() })).await;
    refused(&city, "rule-08-invoice", city.invoices(&id, &city.invoice(1, "11111111", 501))).await;
    let on = |line, amount| OnLine { contract: "HT-1".to_owned(), line, amount: Fen::yuan(amount) };
    refused(&city, "rule-08-invoice", city.invoices(&id, &NewInvoice { lines: vec![on(2, 1)], ..good() })).await;
    refused(&city, "/lines/1/line", city.invoices(&id, &NewInvoice { lines: vec![on(1, 1), on(1, 1)], ..good() }))
        .await;
    refused(&city, "/lines/0/amount_fen", city.invoices(&id, &NewInvoice { lines: vec![on(1, 0)], ..good() })).await;
    let invoice = city.invoices(&id, &good()).await.unwrap();
    refused(&city, "rule-08-invoice", city.invoices(&id, &city.invoice(1, "22222222", 201))).await;
    let pay = || city.payment(1, &invoice, 300);
    refused(&city, "rule-09-payment", city.pays(&id, &NewPayment { payer: uscc(9), ..pay() })).await;
    refused(&city, "rule-09-payment", city.pays(&id, &NewPayment { payee: uscc(1), ..pay() })).await;
    refused(&city, "rule-09-payment", city.pays(&id, &NewPayment { paid_on: future, ..pay() })).await;
    refused(&city, "rule-09-payment", city.pays(&id, &city.payment(1, &invoice, 301))).await;
    city.pays(&id, &pay()).await.unwrap();
    refused(&city, "rule-09-payment", city.pays(&id, &city.payment(1, &invoice, 1))).await;
    let second = city.invoices(&id, &city.invoice(1, "22222222", 200)).await.unwrap();
    let same_slip = NewPayment { bank_slip_sha256: pay().bank_slip_sha256, ..city.payment(1, &second, 100) };
    refused(&city, "rule-07-invoice-used", city.pays(&id, &same_slip)).await;
    city.programmes.add_refund(&id, "HT-1", 1, "返还", &city.official.id, city.now()).await.unwrap();
    refused(&city, "rule-09-payment", city.pays(&id, &city.payment(1, &second, 100))).await;
}

async fn nobody_judges_a_party_that_they_belong_to(on: On) {
    let city = City::usual(on).await;
    let id = city.delivered(1, 500_000, 2).await;
    // An assessor of the city who works for the provider, too.
    city.market.member("house", EXPERTS[1], "member").await;
    let close = city.market.person(EXPERTS[1]).await;
    let (programmes, now) = (&city.programmes, city.now());
    let onsite = AssessmentKind::OnsiteAfter;
    refused(&city, "rule-10-assessor", programmes.assess(&id, onsite, &measured(4), &sha(4), &close, now)).await;
    let filed = programmes.project(&id).await.unwrap().filed.unwrap().sha256;
    city.market.member("house", "second@hz.cn", "member").await;
    let official = city.market.person("second@hz.cn").await;
    refused(&city, "rule-10-assessor", programmes.accept(&id, &verdict(filed), &official, now)).await;
}

async fn acceptance_waits_for_the_level_the_gain_the_time_and_the_provider(on: On) {
    let mut city = City::usual(on).await;
    let low = city.delivered(1, 500_000, 1).await;
    refused(&city, "rule-11-level", async { city.accepts(&low).await }).await;
    let unmeasured = city.diagnosed(2).await;
    city.files(&unmeasured, &filing(500_000)).await.unwrap();
    city.simple(&unmeasured, Act::Start).await.unwrap();
    city.assesses(&unmeasured, AssessmentKind::SelfAfter, 4).await.unwrap();
    city.simple(&unmeasured, Act::Deliver).await.unwrap();
    refused(&city, "rule-11-level", async { city.accepts(&unmeasured).await }).await;
    city.assesses(&unmeasured, AssessmentKind::OnsiteAfter, 3).await.unwrap();
    refused(&city, "rule-09-payment", async { city.accepts(&unmeasured).await }).await;
    let good = city.delivered(3, 500_000, 2).await;
    city.market.write("UPDATE identification SET state = 'suspended' WHERE org = 'house'").await.unwrap();
    refused(&city, "rule-05-provider", async { city.accepts(&good).await }).await;
    city.market.write("UPDATE identification SET state = 'active' WHERE org = 'house'").await.unwrap();
    city.simple(&good, Act::MarkDishonest).await.unwrap();
    refused(&city, "rule-03-excluded-firm", async { city.accepts(&good).await }).await;
    city.simple(&good, Act::ClearDishonest).await.unwrap();
    assert_eq!(city.accepts(&good).await.unwrap(), Fen::yuan(200_000));
    // Twelve months are over: what was not delivered can only be withdrawn.
    let late = city.diagnosed(4).await;
    city.files(&late, &filing(500_000)).await.unwrap();
    city.simple(&late, Act::Start).await.unwrap();
    city.market.pass_days(366);
    refused(&city, "rule-13-time-limit", city.simple(&late, Act::Deliver)).await;
    city.simple(&late, Act::Withdraw).await.unwrap();
}

async fn a_level_that_did_not_rise_enough_is_not_paid_for(on: On) {
    let city = City::with(on, RuleSet { min_gain: 2, ..usual() }, Fen::yuan(1_000_000)).await;
    let id = city.delivered(1, 500_000, 2).await;
    refused(&city, "rule-12-gain", async { city.accepts(&id).await }).await;
    city.assesses(&id, AssessmentKind::OnsiteAfter, 3).await.unwrap();
    assert_eq!(city.accepts(&id).await.unwrap(), Fen::yuan(200_000));
}

async fn the_last_fen_of_budget_and_batch_is_the_last(on: On) {
    let city = City::with(on, usual(), Fen::yuan(250_000)).await;
    let first = city.delivered(1, 500_000, 2).await;
    let second = city.diagnosed(2).await;
    city.files(&second, &filing(500_000)).await.unwrap();
    assert_eq!(city.programmes.project(&second).await.unwrap().committed, Fen::yuan(50_000), "what is left");
    let third = city.diagnosed(3).await;
    refused(&city, "rule-14-budget", city.files(&third, &filing(500_000))).await;
    assert_eq!(city.accepts(&first).await.unwrap(), Fen::yuan(200_000));
}

async fn closed_months_and_days_to_come_take_no_booking(on: On) {
    let mut city = City::usual(on).await;
    let (official, id) = (city.official.id.clone(), city.awarded(1, 500_000, 2).await);
    let close = |city: &City, period: &'static str| {
        let (programmes, id, official, now) = (city.programmes.clone(), city.id.clone(), official.clone(), city.now());
        async move { programmes.close_period(&id, period, &official, now).await }
    };
    refused(&city, "rule-17-closed-period", close(&city, "2026-12")).await;
    refused(&city, "/period", close(&city, "2026-13")).await;
    close(&city, "2026-11").await.unwrap();
    refused(&city, "rule-17-closed-period", close(&city, "2026-11")).await;
    refused(&city, "rule-17-closed-period", close(&city, "2026-10")).await;
    let pay = |day: &str| {
        let transfer = Transfer { paid_on: day.parse().unwrap(), bank_slip_sha256: sha(1) };
        let (programmes, id, official, now) = (city.programmes.clone(), id.clone(), official.clone(), city.now());
        async move { programmes.pay(&id, 1, &transfer, &official, now).await }
    };
    refused(&city, "rule-17-closed-period", pay("2026-11-30")).await;
    refused(&city, "rule-17-closed-period", pay("2026-12-31")).await;
    pay("2026-12-01").await.unwrap();
    city.market.pass_days(1);
    assert_eq!(city.programmes.periods(&city.id).await.unwrap()[0].period, "2026-11");
}

async fn a_cap_by_provider_is_of_all_its_firms_together(on: On) {
    let rules = RuleSet { provider_cap: Some(Fen::yuan(300_000)), ..usual() };
    let city = City::with(on, rules, Fen::yuan(10_000_000)).await;
    for number in [1, 2] {
        let id = city.diagnosed(number).await;
        city.files(&id, &filing(500_000)).await.unwrap();
    }
    let third = city.diagnosed(3).await;
    refused(&city, "rule-14-budget", city.files(&third, &filing(500_000))).await;
    assert_eq!(city.balance(Account::Committed).await, 30_000_000);
}

async fn an_unknown_project_is_not_found_and_nothing_is_made_of_it(on: On) {
    let city = City::usual(on).await;
    let none = ProjectId::parse("018f0e6e-7b1c-7cc3-a1b2-0123456789ab").unwrap();
    refused(&city, "not-found", city.simple(&none, Act::Start)).await;
    assert!(ProjectId::parse("1").is_none());
}

//! Providers and firms in a city's programme, over real HTTP: identified, offered, signed; warned, suspended, appealed;
//! billed.

use super::staged::Stage;
use reqwest::Method;
use serde_json::{Value, json};
use toolcrib_registry_client::ClientError;
use toolcrib_registry_client::wire::{
    Appeal, BillMonth, CreditLine, DecideDispute, EndOffer, GiveScore, IdentificationKind, IdentificationState,
    MakePayouts, NewCredit, NewIdentification, NewOffer, NewOfferLine, NewOfferVersion, NewPlatformFee, NotePaid,
    NotePaidOut, Objection, Offer, OfferState, OrgKind, QualificationPaper, Scores, SignOffer, TakeIdentificationStep,
};

const CITY: &str = "330100";
pub const EXPERTS: [&str; 3] = ["expert1@hz.cn", "expert2@hz.cn", "expert3@hz.cn"];

/// The stable code of a refusal.
#[track_caller]
pub fn code<T: std::fmt::Debug>(answer: Result<T, ClientError>) -> String {
    match answer {
        Err(ClientError::Refused(problem)) => problem.code,
        other => panic!("{other:?}"),
    }
}

fn step(act: &str) -> TakeIdentificationStep {
    TakeIdentificationStep { act: act.into(), ..TakeIdentificationStep::default() }
}

fn because(act: &str) -> TakeIdentificationStep {
    TakeIdentificationStep { reason: "抽查发现服务不到位".into(), ..step(act) }
}

pub async fn hangzhou() -> Stage {
    let stage = Stage::open().await;
    stage.org("house", OrgKind::Provider, None).await;
    stage.org("plant", OrgKind::Sme, None).await;
    stage.org("hz", OrgKind::Authority, Some(CITY)).await;
    stage.org("nb", OrgKind::Authority, Some("330200")).await;
    stage.joins("hz", "second@hz.cn", "official").await;
    for expert in EXPERTS {
        stage.joins("hz", expert, "assessor").await;
    }
    stage
}

fn application() -> NewIdentification {
    NewIdentification {
        org: "house".into(),
        city: CITY.into(),
        segment: "33".into(),
        kind: IdentificationKind::Product,
        statement: "为金属制品企业提供小快轻准的产品".into(),
        documents: vec![QualificationPaper {
            title: "资质证书".into(),
            issuer: "协会".into(),
            number: "Q-1".into(),
            valid_until: Some("2030-12-31".into()),
            digest: format!("sha256:{}", "ab".repeat(32)),
            bytes: 12_345,
            media_type: "application/pdf".into(),
        }],
        renews: None,
    }
}

/// From the application to the list.
pub async fn identified(stage: &Stage) -> String {
    let id = stage.person("owner@house.cn").await.identify(&application()).await.unwrap().row.id;
    let official = stage.person("owner@hz.cn").await;
    let review = TakeIdentificationStep { experts: EXPERTS.map(str::to_owned).to_vec(), ..step("review") };
    official.step_identification(&id, &review).await.unwrap();
    for expert in EXPERTS {
        let scores = Scores { cases: 25, technology: 25, service: 15, price: 15 };
        let score = GiveScore { scores, comment: "可用".into() };
        stage.person(expert).await.score_identification(&id, &score).await.unwrap();
    }
    assert_eq!(code(official.step_identification(&id, &step("publicise")).await), "bad-input", "it needs days");
    official.step_identification(&id, &step("conclude")).await.unwrap();
    let publicise = TakeIdentificationStep { days: Some(7), ..step("publicise") };
    let shown = official.step_identification(&id, &publicise).await.unwrap();
    assert_eq!(shown.score.as_deref(), Some("80.00"));
    let objection = Objection { text: "案例待核实".into() };
    stage.person("owner@plant.cn").await.object_to_provider(&id, &objection).await.unwrap();
    stage.pass_days(7);
    let official = stage.person("owner@hz.cn").await;
    let publish = TakeIdentificationStep { months: Some(24), ..step("publish") };
    assert_eq!(code(official.step_identification(&id, &publish).await), "rule-16-publicity");
    let number = official.identification(&id).await.unwrap().objections[0].number;
    let decision = DecideDispute { upheld: false, reason: "已核实，案例属实".into() };
    official.decide_objection(&id, number, &decision).await.unwrap();
    let listed = official.step_identification(&id, &publish).await.unwrap();
    assert_eq!((listed.row.state, listed.may_contract), (IdentificationState::Active, true));
    id
}

async fn programme(stage: &Stage) -> String {
    let rules = json!({
        "document": "实施细则", "tracks": [{"track": "general", "rate_bp": 4000, "caps_fen": [0, 30000000, 60000000, 100000000]}],
        "categories": ["software", "cloud", "collection", "consulting"], "min_level": 2, "months_max": 12,
        "publicity_days": 7, "tranches_bp": [10000],
    });
    let new = json!({
        "authority": "hz", "name": "数字化转型试点", "document": "杭经信〔2026〕1号", "city_kind": "leading",
        "from": "2026-11-01", "until": "2027-12-31", "budget_fen": 2_000_000_000_i64, "min_sme_share_bp": 8000,
        "segments": ["33"], "rules": rules,
        "batches": [{"batch": 1, "from": "2026-11-01", "until": "2027-12-31", "budget_fen": 1_000_000_000_i64}],
    });
    let (status, body, _) = stage.send("owner@hz.cn", Method::POST, "/v1/programmes", &new).await;
    assert_eq!(status, 201, "{body}");
    body["id"].as_str().unwrap().to_owned()
}

/// A year of a module, gateways, consulting, furniture.
pub fn quote(programme: &str) -> NewOffer {
    let line = |category: &str, quantity, unit_fen, discount_fen| NewOfferLine {
        category: category.into(),
        description: format!("{category} 一批"),
        quantity,
        unit_fen,
        discount_fen,
        ..NewOfferLine::default()
    };
    let module =
        NewOfferLine { module: Some("oee".into()), plan: Some("month".into()), ..line("software", 12, None, 18_800) };
    NewOffer {
        org: "house".into(),
        firm: "plant".into(),
        title: "冲压车间数字化改造".into(),
        programme: Some(programme.into()),
        segment: Some("33".into()),
        track: None,
        replaces: None,
        version: NewOfferVersion {
            lines: vec![
                module,
                line("collection", 3, Some(280_000), 0),
                line("consulting", 2, Some(150_000), 0),
                line("other", 1, Some(99_999), 0),
            ],
            valid_until: "2027-01-31".into(),
            target_level: Some(2),
            note: String::new(),
        },
    }
}

/// Signs the newest version of an offer.
pub async fn sign(stage: &Stage, by: &str, offer: &Offer) -> Result<Offer, ClientError> {
    let newest = &offer.versions[0];
    let sign = SignOffer { version: newest.version, digest: newest.digest.clone() };
    stage.person(by).await.sign_offer(&offer.row.id, &sign).await
}

#[tokio::test]
async fn from_the_application_to_a_signed_contract() {
    let stage = hangzhou().await;
    stage.module("house", "oee").await;
    let programme = programme(&stage).await;
    let provider = stage.person("owner@house.cn").await;
    assert_eq!(code(provider.make_offer(&quote(&programme)).await), "rule-05-provider", "not on the list");
    let id = identified(&stage).await;
    let listed = stage.stranger().identifications(&format!("city={CITY}&segment=33")).await.unwrap();
    assert_eq!(listed.rows.iter().map(|row| row.id.as_str()).collect::<Vec<_>>(), [id.as_str()]);
    let elsewhere = stage.person("owner@nb.cn").await;
    assert_eq!(code(elsewhere.step_identification(&id, &because("suspend")).await), "not-found");
    assert_eq!(code(elsewhere.identifications(&format!("view=city&city={CITY}")).await), "not-found");

    let provider = stage.person("owner@house.cn").await;
    let seen = provider.preview_offer(&quote(&programme)).await.unwrap();
    // List 118,800 + 840,000 + 300,000 + 99,999; off 18,800; counts 100,000 + 840,000 + 300,000; 40 % are 496,000 fen.
    let split = &seen.split;
    assert_eq!((split.list_fen, split.net_fen, split.eligible_fen), (1_358_799, 1_339_999, 1_240_000));
    assert_eq!((split.firm_fen, split.provider_fen, split.programme_fen), (843_999, 18_800, 496_000));
    assert_eq!(seen.lines.iter().map(|line| line.programme_fen).collect::<Vec<_>>(), [40_000, 336_000, 120_000, 0]);
    assert_eq!((seen.lines[0].list_fen, seen.lines[0].module_version.as_deref()), (118_800, Some("1.2.0")));
    let offer = provider.make_offer(&quote(&programme)).await.unwrap();
    assert_eq!(offer.versions[0].split, seen.split);
    assert_eq!(code(sign(&stage, "owner@nb.cn", &offer).await), "not-found");
    let once = sign(&stage, "owner@plant.cn", &offer).await.unwrap();
    assert!(once.row.signed_by_firm && !once.row.signed_by_provider && once.row.contract.is_none());
    let both = sign(&stage, "owner@house.cn", &offer).await.unwrap();
    assert_eq!(both.row.state, OfferState::Signed);

    let contract = stage.person("owner@plant.cn").await.contract(&both.row.contract.unwrap()).await.unwrap();
    assert!(contract.intact && contract.row.hash.starts_with("sha256:") && contract.provider_notes.is_empty());
    assert_eq!((contract.split.clone(), contract.signatures.len(), contract.rule), (seen.split, 2, Some(1)));
    let path = format!("/v1/contracts/{}/lines/1", contract.row.id);
    let (status, body, _) = stage.send("owner@house.cn", Method::PUT, &path, &json!({"net_fen": 1})).await;
    assert_eq!((status, body["code"].as_str()), (409, Some("rule-06-contract")), "{body}");
    let official = stage.person("second@hz.cn").await;
    let contracts = official.contracts(&format!("city={CITY}")).await.unwrap().rows;
    assert_eq!(contracts, std::slice::from_ref(&contract.row));
    let elsewhere = stage.person("owner@nb.cn").await;
    assert_eq!(code(elsewhere.contract(&contract.row.id).await), "not-found");
}

#[tokio::test]
async fn warned_suspended_and_right_on_appeal() {
    let stage = hangzhou().await;
    stage.module("house", "oee").await;
    let programme = programme(&stage).await;
    let id = identified(&stage).await;
    let (provider, official) = (stage.person("owner@house.cn").await, stage.person("owner@hz.cn").await);
    let open = provider.make_offer(&quote(&programme)).await.unwrap();
    let signed = provider.make_offer(&quote(&programme)).await.unwrap();
    sign(&stage, "owner@plant.cn", &signed).await.unwrap();
    let contract = sign(&stage, "owner@house.cn", &signed).await.unwrap().row.contract.unwrap();

    stage.pass_s(1);
    let warned = official.step_identification(&id, &because("warn")).await.unwrap();
    assert_eq!((warned.row.state, warned.may_contract), (IdentificationState::Warned, true));
    let demand = TakeIdentificationStep { until: Some("2026-12-20".into()), ..because("demand") };
    official.step_identification(&id, &demand).await.unwrap();
    provider.step_identification(&id, &because("report")).await.unwrap();
    let suspended = official.step_identification(&id, &because("suspend")).await.unwrap();
    assert_eq!((suspended.row.state, suspended.may_contract), (IdentificationState::Suspended, false));
    assert_eq!(code(provider.make_offer(&quote(&programme)).await), "rule-05-provider");
    assert_eq!(code(sign(&stage, "owner@plant.cn", &open).await), "rule-05-provider");
    // What was signed before stays, and says so.
    let kept = stage.person("second@hz.cn").await.contract(&contract).await.unwrap();
    let told: Vec<_> = kept.provider_notes.iter().map(|note| note.state).collect();
    use IdentificationState::{Rectifying, Reported, Suspended, Warned};
    assert_eq!(told, [Warned, Rectifying, Reported, Suspended]);

    let against = provider.identification(&id).await.unwrap().steps.last().unwrap().number;
    let appeal = Appeal { against, text: "问题已整改，附整改报告".into() };
    let number = provider.appeal(&id, &appeal).await.unwrap().appeals[0].number;
    assert_eq!(code(provider.appeal(&id, &appeal).await), "not-appealable");
    let decision = DecideDispute { upheld: true, reason: "整改属实".into() };
    assert_eq!(code(official.decide_appeal(&id, number, &decision).await), "rule-10-assessor", "their own step");
    let second = stage.person("second@hz.cn").await;
    let right = second.decide_appeal(&id, number, &decision).await.unwrap();
    assert_eq!((right.row.state, right.may_contract), (IdentificationState::Active, true));
    assert_eq!(
        right.steps.last().map(|step| (step.act.as_str(), step.reason.as_str())),
        Some(("reinstate", "整改属实"))
    );
    sign(&stage, "owner@plant.cn", &open).await.unwrap();
    let declined = EndOffer { reason: "改由自建".into() };
    let ended = stage.person("owner@plant.cn").await.end_offer(&open.row.id, &declined).await.unwrap();
    assert_eq!(ended.row.state, OfferState::Declined);
    assert_eq!(code(sign(&stage, "owner@house.cn", &open).await), "offer-over");
}

#[tokio::test]
async fn odd_amounts_are_told_where_they_stand_and_nothing_is_kept() {
    let stage = hangzhou().await;
    let provider = stage.person("owner@house.cn").await;
    let mut new = quote("");
    (new.programme, new.segment, new.version.target_level) = (None, None, None);
    new.version.lines.remove(0);
    let odd = [(-1, 0), (i64::MAX, 0), (100, 301), (100, -1)];
    for (unit, discount) in odd {
        let mut wrong = new.clone();
        (wrong.version.lines[0].unit_fen, wrong.version.lines[0].discount_fen) = (Some(unit), discount);
        assert_eq!(code(provider.make_offer(&wrong).await), "bad-input", "{unit} {discount}");
    }
    let mut body = serde_json::to_value(&new).unwrap();
    body["version"]["lines"][0]["unit_fen"] = json!(1e30);
    let (status, problem, _) = stage.send("owner@house.cn", Method::POST, "/v1/offers", &body).await;
    assert_eq!(
        (status, problem["errors"][0]["pointer"].as_str()),
        (422, Some("/version/lines/0/unit_fen")),
        "{problem}"
    );
    body["version"]["lines"][0] =
        json!({"category": "other", "description": "x", "quantity": 1, "unit_fen": 1, "price": 2});
    let (status, problem, _) = stage.send("owner@house.cn", Method::POST, "/v1/offers", &body).await;
    assert_eq!((status, problem["errors"][0]["pointer"].as_str()), (422, Some("/version/lines/0/price")), "{problem}");
    assert!(provider.offers("").await.unwrap().rows.is_empty());
    assert_eq!(code(stage.person("owner@plant.cn").await.make_offer(&new).await), "not-found");
}

#[tokio::test]
async fn a_month_of_modules_is_billed_credited_and_told_as_events() {
    let stage = hangzhou().await;
    stage.module("house", "oee").await;
    stage.tenant("plant", "press-shop").await;
    let choose = json!({"plan": "month", "cap_fen": 20_000});
    let path = "/v1/tenants/press-shop/plans/oee";
    assert_eq!(stage.send("owner@plant.cn", Method::PUT, path, &choose).await.0, 200);
    let bill = BillMonth { month: "2026-11".into(), after: None };
    assert_eq!(code(stage.admin().await.bill_month(&bill).await), "month-open");
    stage.pass_days(5);
    assert_eq!(code(stage.person("owner@plant.cn").await.bill_month(&bill).await), "not-allowed");
    let admin = stage.admin().await;
    assert_eq!(admin.bill_month(&bill).await.unwrap().issued, ["INV-2026-000001"]);
    assert_eq!(admin.bill_month(&bill).await.unwrap().skipped, 1);
    let firm = stage.person("owner@plant.cn").await;
    let statement = firm.statement("press-shop", "2026-11").await.unwrap();
    // Five of thirty days of ¥99.
    assert_eq!(
        (statement.balance_fen, statement.payers.firm_fen, statement.documents[0].lines[0].quantity),
        (1_650, 1_650, 5)
    );
    let invoice = &statement.documents[0];
    let credit = NewCredit { reason: "停机两天".into(), lines: vec![CreditLine { line: 1, amount_fen: 660 }] };
    assert_eq!(code(firm.credit(&invoice.id, &credit).await), "not-allowed");
    let note = admin.credit(&invoice.id, &credit).await.unwrap();
    assert_eq!((note.number.as_str(), note.credits.as_deref()), ("CRN-2026-000001", Some("INV-2026-000001")));
    let credit = NewCredit { lines: vec![CreditLine { line: 1, amount_fen: 991 }], ..credit };
    assert_eq!(code(admin.credit(&invoice.id, &credit).await), "credit-too-large");
    let statement = firm.statement("press-shop", "2026-11").await.unwrap();
    assert_eq!((statement.invoiced_fen, statement.credited_fen, statement.balance_fen), (1_650, 660, 990));
    assert_eq!(code(stage.person("owner@house.cn").await.platform_invoice(&invoice.id).await), "not-found");
    assert_eq!(code(firm.statement("press-shop", "2026-13").await), "bad-input");
    let (status, body, kind) = stage.send("admin@market.cn", Method::GET, "/v1/usage-events", &Value::Null).await;
    assert_eq!((status, body, kind.as_str()), (200, json!([]), "application/cloudevents-batch+json"));
    assert_eq!(code(stage.person("owner@house.cn").await.usage_events(None, 0).await), "not-allowed");
}

#[tokio::test]
async fn what_a_module_earns_is_noted_stated_and_paid_out_and_nobody_else_sees_it() {
    let stage = hangzhou().await;
    stage.module("house", "oee").await;
    stage.tenant("plant", "press-shop").await;
    stage.org("other", OrgKind::Provider, None).await;
    let fee = NewPlatformFee { from_month: "2026-12".into(), ppm: 150_000 };
    assert_eq!(code(stage.person("owner@house.cn").await.set_platform_fee(&fee).await), "not-allowed");
    let set = stage.admin().await.set_platform_fee(&fee).await.unwrap();
    assert_eq!((set.len(), set[0].ppm), (1, 150_000));
    assert_eq!(code(stage.admin().await.set_platform_fee(&fee).await), "bad-input");
    let choose = json!({"plan": "month", "cap_fen": 20_000});
    let path = "/v1/tenants/press-shop/plans/oee";
    assert_eq!(stage.send("owner@plant.cn", Method::PUT, path, &choose).await.0, 200);
    stage.pass_days(40);
    let admin = stage.admin().await;
    // December, and the five days of November that nobody billed: ¥16.50, of which 15 % are 2.475, half a fen up.
    admin.bill_month(&BillMonth { month: "2026-12".into(), after: None }).await.unwrap();
    let owed = admin.platform_invoices("owed=true").await.unwrap().rows;
    assert_eq!((owed.len(), owed[0].owed_fen), (1, 11_550));
    let (provider, firm) = (stage.person("owner@house.cn").await, stage.person("owner@plant.cn").await);
    let paid = NotePaid { paid_on: "2027-01-05".into(), reference: "ICBC-1".into(), amount_fen: 11_550 };
    assert_eq!(code(firm.note_paid(&owed[0].id, &paid).await), "not-allowed");
    assert!(provider.earnings("house", None).await.unwrap().months.is_empty(), "nothing before the money is there");
    for (wrong, expected) in [
        (NotePaid { amount_fen: 11_549, ..paid.clone() }, "payment-differs"),
        (NotePaid { amount_fen: -1, ..paid.clone() }, "bad-input"),
        (NotePaid { paid_on: "2099-01-01".into(), ..paid.clone() }, "bad-input"),
        (NotePaid { paid_on: "2027-02-29".into(), ..paid.clone() }, "bad-input"),
    ] {
        assert_eq!(code(admin.note_paid(&owed[0].id, &wrong).await), expected);
    }
    let noted = admin.note_paid(&owed[0].id, &paid).await.unwrap();
    assert_eq!((noted.owed_fen, noted.paid.unwrap().reference), (0, "ICBC-1".to_owned()));
    assert!(admin.platform_invoices("owed=true").await.unwrap().rows.is_empty());
    assert_eq!(firm.platform_invoice(&owed[0].id).await.unwrap().paid.unwrap().on, "2027-01-05");
    let earned = provider.earnings("house", None).await.unwrap();
    assert_eq!((earned.month.as_deref(), earned.months[0].fee_fen), (Some("2027-01"), 1_733));
    let of = &earned.subscriptions[0];
    assert_eq!((of.module.as_str(), of.plan.as_str(), of.net_fen), ("oee", "month", 9_817));
    let other = stage.person("owner@other.cn").await;
    assert_eq!(code(other.earnings("house", None).await), "not-found");
    let make = MakePayouts { month: "2027-01".into(), after: None };
    assert_eq!(code(admin.make_payouts(&make).await), "month-open");
    stage.pass_days(30);
    let (admin, provider) = (stage.admin().await, stage.person("owner@house.cn").await);
    let made = admin.make_payouts(&make).await.unwrap().made;
    assert_eq!((made.len(), admin.make_payouts(&make).await.unwrap().made.len()), (1, 0));
    assert_eq!(admin.payouts("due=true").await.unwrap().rows[0].net_fen, 9_817);
    assert_eq!(code(stage.person("owner@other.cn").await.payout(&made[0]).await), "not-found");
    let out = NotePaidOut { paid_on: "2027-02-03".into(), reference: "B-7".into() };
    assert_eq!(code(provider.note_paid_out(&made[0], &out).await), "not-allowed");
    admin.note_paid_out(&made[0], &out).await.unwrap();
    assert_eq!(code(admin.note_paid_out(&made[0], &out).await), "not-found");
    assert!(admin.payouts("due=true").await.unwrap().rows.is_empty());
    let seen = &provider.payouts_of("house", None).await.unwrap().rows[0];
    assert_eq!((seen.paid_on.as_deref(), seen.reference.as_deref()), (Some("2027-02-03"), Some("B-7")));
    let lines = provider.payout(&made[0]).await.unwrap().lines;
    assert_eq!((lines.len(), lines[1].document.as_str(), lines[1].gross_fen), (2, "INV-2027-000001", 9_900));
}

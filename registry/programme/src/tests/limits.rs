//! Every named limit is met by one more than it allows.

use super::city::{City, filing, firm, line, sha, uscc};
use crate::engines::{On, on_each_engine};
use crate::rules::tests::usual;
use crate::*;
use toolcrib_catalog::CatalogError;

on_each_engine![
    a_project_takes_so_many_assessments_invoices_and_payments,
    a_programme_has_so_many_versions_and_services,
    one_person_objects_so_often_and_money_is_demanded_back_so_often,
    rules_contracts_and_reasons_have_their_sizes,
];

/// It is the limit that says no.
#[track_caller]
fn is_limit<T: std::fmt::Debug>(answer: Result<T, ProgrammeError>) {
    assert!(matches!(answer, Err(ProgrammeError::Catalog(CatalogError::Limit(_)))), "{answer:?}");
}

async fn a_project_takes_so_many_assessments_invoices_and_payments(on: On) {
    let city = City::usual(on).await;
    let id = city.enrols(&firm(1)).await.unwrap();
    for _ in 0..ASSESSMENTS {
        city.assesses(&id, AssessmentKind::SelfBefore, 1).await.unwrap();
    }
    is_limit(city.assesses(&id, AssessmentKind::SelfBefore, 1).await);
    city.simple(&id, Act::Diagnose).await.unwrap();
    city.files(&id, &filing(500_000)).await.unwrap();
    let mut last = None;
    for number in 0..INVOICES {
        last = Some(city.invoices(&id, &city.invoice(1, &format!("{:08}", number + 1), 500)).await.unwrap());
    }
    is_limit(city.invoices(&id, &city.invoice(1, "99999999", 500)).await);
    let payment = |number: u32| NewPayment {
        bank_slip_sha256: sha(number),
        lines: vec![OnLine { contract: "HT-1".to_owned(), line: 1, amount: Fen::new(1).unwrap() }],
        ..city.payment(1, last.as_ref().unwrap(), 1)
    };
    for number in 0..PAYMENTS as u32 {
        city.pays(&id, &payment(number)).await.unwrap();
    }
    is_limit(city.pays(&id, &payment(PAYMENTS as u32)).await);
}

async fn a_programme_has_so_many_versions_and_services(on: On) {
    let city = City::usual(on).await;
    let (official, now) = (city.official.id.clone(), city.now());
    for version in 2..=VERSIONS {
        assert_eq!(city.programmes.add_rules(&city.id, &usual(), &official, now).await.unwrap(), version);
    }
    is_limit(city.programmes.add_rules(&city.id, &usual(), &official, now).await);
    assert_eq!(city.programmes.versions(&city.id).await.unwrap().len(), VERSIONS as usize);
    let service = NewService {
        recipient_uscc: uscc(1),
        recipient: "公共服务平台".to_owned(),
        purpose: "诊断".to_owned(),
        document: "协议".to_owned(),
        amount: Fen::yuan(1),
    };
    for _ in 0..SERVICES {
        city.programmes.add_service(&city.id, &service, &official, now).await.unwrap();
    }
    is_limit(city.programmes.add_service(&city.id, &service, &official, now).await);
    let first = city.programmes.ledger(&city.id, 0).await.unwrap();
    assert_eq!(i64::try_from(first.len()), Ok(LEDGER_PAGE), "a page is full");
    assert_eq!(city.programmes.ledger(&city.id, LEDGER_PAGE).await.unwrap().len(), 1);
}

async fn one_person_objects_so_often_and_money_is_demanded_back_so_often(on: On) {
    let mut city = City::usual(on).await;
    let id = city.delivered(1, 500_000, 2).await;
    city.accepts(&id).await.unwrap();
    city.simple(&id, Act::Publish).await.unwrap();
    let (assessor, official, now) = (city.assessor.id.clone(), city.official.id.clone(), city.now());
    for _ in 0..OBJECTIONS_PER_PERSON {
        city.programmes.object(&id, "有异议", &assessor, now).await.unwrap();
    }
    is_limit(city.programmes.object(&id, "有异议", &assessor, now).await);
    assert!(city.programmes.object(&id, &"长".repeat(OBJECTION_CHARS + 1), &official, now).await.is_err());
    for number in 1..=OBJECTIONS_PER_PERSON {
        city.programmes.answer(&id, number, false, "不属实", &official, now).await.unwrap();
    }
    city.market.pass_days(7);
    let late = city.programmes.object(&id, "有异议", &official, city.now()).await;
    assert_eq!(late.unwrap_err().rule(), Some("rule-16-publicity"));
    city.simple(&id, Act::Award).await.unwrap();
    city.pays_tranche(&id, 1, 1).await.unwrap();
    let demand = || city.programmes.claw_back(&id, Fen::yuan(1), "决定", "核查", &official, city.now());
    for _ in 0..CLAW_BACKS {
        demand().await.unwrap();
    }
    is_limit(demand().await);
    assert_eq!(city.balance(Account::ClawedBack).await, CLAW_BACKS * 100);
}

async fn rules_contracts_and_reasons_have_their_sizes(on: On) {
    let city = City::usual(on).await;
    let track = |nth: usize| Track { track: format!("track-{nth}"), ..usual().tracks[0].clone() };
    let with = |tracks: usize| RuleSet { tracks: (0..tracks).map(track).collect(), ..usual() };
    assert!(with(TRACKS).check("").is_ok() && with(TRACKS + 1).check("").is_err());
    let parts = |count: usize| {
        let mut tranches = vec![BasisPoints::new(1).unwrap(); count];
        tranches[0] = BasisPoints::new(BASIS - count as u32 + 1).unwrap();
        RuleSet { tranches, ..usual() }
    };
    assert!(parts(TRANCHES).check("").is_ok() && parts(TRANCHES + 1).check("").is_err());
    for (months_max, publicity_days) in [(MONTHS_MAX + 1, 7), (12, PUBLICITY_DAYS_MAX + 1)] {
        assert!(RuleSet { months_max, publicity_days, ..usual() }.check("").is_err());
    }
    let id = city.diagnosed(1).await;
    let many = |count: usize| {
        let contract = |nth: usize| FiledContract { number: format!("HT-{nth}"), ..filing(100).contracts[0].clone() };
        Filing { contracts: (0..count).map(contract).collect(), ..filing(100) }
    };
    assert!(city.files(&id, &many(CONTRACTS + 1)).await.is_err());
    assert!(city.files(&id, &Filing { plan: "长".repeat(PLAN_CHARS + 1), ..filing(100) }).await.is_err());
    let lines = |count: u32| {
        let mut filing = filing(100);
        filing.contracts[0].lines = (1..=count).map(|nth| line(nth, Category::Cloud, 1)).collect();
        filing
    };
    assert!(city.files(&id, &lines(LINES as u32 + 1)).await.is_err());
    assert!(
        city.programmes
            .simple(&id, Act::Withdraw, &"长".repeat(WHY_CHARS + 1), &city.official.id, city.now())
            .await
            .is_err()
    );
    assert_eq!(city.balance(Account::Committed).await, 0);
    city.files(&id, &many(CONTRACTS)).await.unwrap();
}

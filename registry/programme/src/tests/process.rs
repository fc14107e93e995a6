//! The process from enrolment to the last fen, on the real database.

use super::city::{City, filing, firm, seller};
use crate::engines::{On, on_each_engine};
use crate::rules::tests::usual;
use crate::*;

on_each_engine![
    a_firm_goes_from_enrolment_to_a_reviewed_award,
    what_was_filed_keeps_its_rules_when_they_change,
    an_award_is_paid_in_parts_and_clawed_back_into_the_firms_budget,
    an_upheld_objection_and_a_line_paid_back_undo_an_award,
    who_withdraws_gives_back_what_was_reserved_and_may_enrol_again,
    services_have_at_most_their_part_and_wait_for_firms,
    what_a_service_was_paid_is_demanded_back_and_comes_once,
];

async fn a_firm_goes_from_enrolment_to_a_reviewed_award(on: On) {
    let mut city = City::usual(on).await;
    let id = city.awarded(1, 500_000, 2).await;
    city.pays_tranche(&id, 1, 1).await.unwrap();
    city.simple(&id, Act::Review).await.unwrap();
    let project = city.programmes.project(&id).await.unwrap();
    // 500,000 × 40 % = 200,000, below the cap of 300,000.
    assert_eq!(project.award.unwrap().amount, Fen::yuan(200_000));
    assert_eq!((city.balance(Account::Paid).await, city.balance(Account::Committed).await), (20_000_000, 0));
    let steps: Vec<_> = project.steps.iter().map(|step| step.act.as_str()).collect();
    let expected = [
        "enrol",
        "assess_self_before",
        "diagnose",
        "file",
        "invoice",
        "pay",
        "start",
        "deliver",
        "assess_onsite_after",
        "accept",
        "publish",
        "award",
        "pay_last",
        "review",
    ];
    assert_eq!(steps, expected);
    assert!(
        project.steps.windows(2).all(|pair| pair[1].number == pair[0].number + 1 && pair[1].at_us >= pair[0].at_us)
    );
    assert_eq!(city.books().await.0, 4, "grant, commitment, award, payment");
    let counts = city.programmes.counts(&city.id).await.unwrap();
    assert_eq!(counts, [(State::Reviewed, 1)]);
    let coverage = city.programmes.coverage(&city.id).await.unwrap();
    assert_eq!((coverage[0].firms, coverage[0].levels, coverage[0].accepted), (1, [0, 0, 1, 0, 0], 1));
}

async fn what_was_filed_keeps_its_rules_when_they_change(on: On) {
    let mut city = City::usual(on).await;
    let before = city.delivered(1, 500_000, 2).await;
    let lower = RuleSet {
        tracks: vec![Track { rate: BasisPoints::percent(10).unwrap(), ..usual().tracks[0].clone() }],
        ..usual()
    };
    let (official, now) = (city.official.id.clone(), city.now());
    assert_eq!(city.programmes.add_rules(&city.id, &lower, &official, now).await.unwrap(), 2);
    // Filed under version 1: 40 %. A filing that read version 1 is refused; one that read version 2 has 10 %.
    assert_eq!(city.accepts(&before).await.unwrap(), Fen::yuan(200_000));
    let later = city.diagnosed(2).await;
    assert_eq!(city.files(&later, &filing(500_000)).await.unwrap_err().rule(), Some("rule-18-rules-changed"));
    city.files(&later, &Filing { rules_version: 2, ..filing(500_000) }).await.unwrap();
    assert_eq!(city.programmes.project(&later).await.unwrap().committed, Fen::yuan(50_000));
    city.market.pass_days(1);
}

async fn an_award_is_paid_in_parts_and_clawed_back_into_the_firms_budget(on: On) {
    let half = BasisPoints::percent(50).unwrap();
    let mut city = City::with(on, RuleSet { tranches: vec![half, half], ..usual() }, Fen::yuan(1_000_000)).await;
    let id = city.awarded(1, 500_000, 2).await;
    assert_eq!(city.pays_tranche(&id, 2, 1).await.unwrap_err().rule(), Some("rule-21-tranche"));
    city.pays_tranche(&id, 1, 1).await.unwrap();
    assert_eq!(city.pays_tranche(&id, 1, 2).await.unwrap_err().rule(), Some("rule-21-tranche"));
    assert_eq!(city.pays_tranche(&id, 2, 1).await.unwrap_err().rule(), Some("rule-07-invoice-used"), "the same slip");
    let (official, now) = (city.official.id.clone(), city.now());
    let more =
        city.programmes.claw_back(&id, Fen::new(10_000_001).unwrap(), "决定1号", "设备已拆除", &official, now).await;
    assert_eq!(more.unwrap_err().rule(), Some("rule-22-claw-back"));
    let number =
        city.programmes.claw_back(&id, Fen::yuan(100_000), "决定1号", "设备已拆除", &official, now).await.unwrap();
    // The second half was not paid and is available again; the first is owed until it comes.
    assert_eq!(
        (city.balance(Account::Available).await, city.balance(Account::ClawedBack).await),
        (90_000_000, 10_000_000)
    );
    assert_eq!(city.pays_tranche(&id, 2, 3).await.unwrap_err().rule(), Some("rule-20-step"));
    city.programmes.recover(&id, number, &city.transfer(9), &official, now).await.unwrap();
    assert_eq!((city.balance(Account::Available).await, city.balance(Account::ClawedBack).await), (100_000_000, 0));
    // It stays the firms': of 1,000,000, services may have 200,000, but 100,000 are owed to firms only while nobody claims.
    let share = city.programmes.programme(&city.id).await.unwrap().funds.sme_share();
    assert_eq!(share, Some(BasisPoints::WHOLE));
    city.books().await;
}

async fn an_upheld_objection_and_a_line_paid_back_undo_an_award(on: On) {
    let mut city = City::usual(on).await;
    let (official, now) = (city.official.id.clone(), city.now());
    let id = city.delivered(1, 500_000, 2).await;
    city.accepts(&id).await.unwrap();
    city.simple(&id, Act::Publish).await.unwrap();
    let shown = city.programmes.publicity(&city.id).await.unwrap();
    assert_eq!((shown[0].award_fen, shown[0].publicity_until.as_str()), (Fen::yuan(200_000), "2026-12-07"));
    let number = city.programmes.object(&id, "该企业并未使用", &city.assessor.id, now).await.unwrap();
    assert_eq!(city.simple(&id, Act::Award).await.unwrap_err().rule(), Some("rule-16-publicity"), "its days run");
    city.market.pass_days(7);
    assert_eq!(city.simple(&id, Act::Award).await.unwrap_err().rule(), Some("rule-16-publicity"), "it is not answered");
    city.programmes.answer(&id, number, true, "属实", &official, city.now()).await.unwrap();
    assert_eq!((city.balance(Account::Accepted).await, city.balance(Account::Available).await), (0, 1_000_000_000));
    // Put right, delivered and accepted anew; then the provider pays the line back.
    city.simple(&id, Act::Deliver).await.unwrap();
    city.accepts(&id).await.unwrap();
    city.programmes.add_refund(&id, "HT-1", 1, "返还货款", &official, city.now()).await.unwrap();
    assert_eq!(city.programmes.project(&id).await.unwrap().state, State::Rejected);
    assert_eq!(city.balance(Account::Available).await, 1_000_000_000);
    city.simple(&id, Act::Deliver).await.unwrap();
    assert_eq!(city.accepts(&id).await.unwrap_err().rule(), Some("rule-09-payment"), "nothing is left that counts");
}

async fn who_withdraws_gives_back_what_was_reserved_and_may_enrol_again(on: On) {
    let city = City::usual(on).await;
    let id = city.delivered(1, 500_000, 2).await;
    assert_eq!(city.balance(Account::Committed).await, 20_000_000);
    city.simple(&id, Act::Withdraw).await.unwrap();
    assert_eq!((city.balance(Account::Committed).await, city.balance(Account::Available).await), (0, 1_000_000_000));
    assert_eq!(city.accepts(&id).await.unwrap_err().rule(), Some("rule-19-withdrawn"));
    assert_eq!(city.simple(&id, Act::Withdraw).await.unwrap_err().rule(), Some("rule-19-withdrawn"));
    let again = city.enrols(&firm(1)).await.unwrap();
    assert_ne!(again, id);
    let coverage = city.programmes.coverage(&city.id).await.unwrap();
    assert_eq!(coverage.iter().map(|row| row.firms).sum::<i64>(), 1);
}

async fn services_have_at_most_their_part_and_wait_for_firms(on: On) {
    let mut city = City::with(on, usual(), Fen::yuan(1_000_000)).await;
    let (official, now) = (city.official.id.clone(), city.now());
    let service = |yuan| NewService {
        recipient_uscc: seller(),
        recipient: "公共服务平台".to_owned(),
        purpose: "诊断".to_owned(),
        document: "协议1号".to_owned(),
        amount: Fen::yuan(yuan),
    };
    let too_much = city.programmes.add_service(&city.id, &service(200_001), &official, now).await;
    assert_eq!(too_much.unwrap_err().rule(), Some("rule-15-sme-share"));
    let number = city.programmes.add_service(&city.id, &service(50_000), &official, now).await.unwrap();
    let early = city.programmes.pay_service(&city.id, number, &city.transfer(50), &official, now).await;
    assert_eq!(early.unwrap_err().rule(), Some("rule-15-sme-share"));
    let id = city.awarded(1, 500_000, 2).await;
    city.pays_tranche(&id, 1, 1).await.unwrap();
    // 200,000 to firms and 50,000 to services: 80 % exactly.
    city.programmes.pay_service(&city.id, number, &city.transfer(50), &official, city.now()).await.unwrap();
    let twice = city.programmes.pay_service(&city.id, number, &city.transfer(51), &official, city.now()).await;
    assert!(twice.is_err());
    let funds = city.programmes.programme(&city.id).await.unwrap().funds;
    assert_eq!(funds.sme_share(), BasisPoints::percent(80));
    assert_eq!(city.programmes.services(&city.id).await.unwrap()[0].recipient_uscc, seller());
}

async fn what_a_service_was_paid_is_demanded_back_and_comes_once(on: On) {
    let mut city = City::with(on, usual(), Fen::yuan(1_000_000)).await;
    let official = city.official.id.clone();
    let new = NewService {
        recipient_uscc: seller(),
        recipient: "公共服务平台".to_owned(),
        purpose: "诊断".to_owned(),
        document: "协议1号".to_owned(),
        amount: Fen::yuan(50_000),
    };
    let number = city.programmes.add_service(&city.id, &new, &official, city.now()).await.unwrap();
    let demand =
        |yuan| Demand { amount: Fen::yuan(yuan), document: "追回1号".to_owned(), why: "虚报场次".to_owned() };
    let early = city.programmes.claw_back_service(&city.id, number, &demand(1), &official, city.now()).await;
    assert_eq!(crate::market::refused(early), "not-found", "nothing was paid yet");
    let id = city.awarded(1, 500_000, 2).await;
    city.pays_tranche(&id, 1, 1).await.unwrap();
    city.programmes.pay_service(&city.id, number, &city.transfer(50), &official, city.now()).await.unwrap();
    let demands =
        async |yuan| city.programmes.claw_back_service(&city.id, number, &demand(yuan), &official, city.now()).await;
    assert_eq!(demands(50_001).await.unwrap_err().rule(), Some("rule-22-claw-back"));
    assert_eq!((demands(20_000).await.unwrap(), demands(30_000).await.unwrap()), (1, 2));
    assert_eq!(demands(1).await.unwrap_err().rule(), Some("rule-22-claw-back"));
    assert_eq!(city.balance(Account::ServiceClawedBack).await, 5_000_000);
    let available = city.balance(Account::Available).await;
    let comes = async |demand, slip| {
        let transfer = city.transfer(slip);
        city.programmes.recover_service(&city.id, (number, demand), &transfer, &official, city.now()).await
    };
    assert_eq!(comes(1, 50).await.unwrap_err().rule(), Some("rule-07-invoice-used"), "the slip that paid it");
    comes(1, 60).await.unwrap();
    assert_eq!(crate::market::refused(comes(1, 61).await), "not-found", "it came");
    assert_eq!(crate::market::refused(comes(3, 61).await), "not-found");
    assert_eq!(city.balance(Account::Available).await, available + 2_000_000);
    let service = city.programmes.services(&city.id).await.unwrap().remove(0);
    let told: Vec<_> = service.claw_backs.iter().map(|one| (one.amount_fen, one.recovered_on.is_some())).collect();
    assert_eq!(told, [(Fen::yuan(20_000), true), (Fen::yuan(30_000), false)]);
    city.books().await;
}

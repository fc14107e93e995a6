//! A city's programme over real HTTP: from enrolment to a paid award, and to one that is clawed back. Somebody else's program
//! adds the books up.

use super::offers::{EXPERTS, code, hangzhou, identified, quote, sign};
use super::staged::Stage;
use reqwest::Method;
use serde_json::{Value, json};
use std::io::Write;
use std::process::{Command, Stdio};
use toolcrib_registry_client::wire::{
    Accept, Account, AnswerObjection, AssessmentKind, Batch, Category, CityKind, ClosePeriod, ContractLine, Enrol,
    FileProject, FileSigned, FiledContract, Firm, FirmClass, NewAssessment, NewClawBack, NewInvoice, NewPayment,
    NewProgramme, NewRefund, NewRules, Object, OnLine, PayTranche, Project, ProjectState, Recover, SimpleAct, TakeStep,
    Track,
};

const FIRM: &str = "91330100799655058B";
const SELLER: &str = "914403001922038216";

fn rules(tranches_bp: &[u32]) -> NewRules {
    NewRules {
        document: "实施细则".into(),
        tracks: vec![Track {
            track: "general".into(),
            rate_bp: 4_000,
            caps_fen: [0, 30_000_000, 60_000_000, 100_000_000],
        }],
        decline_bp: Vec::new(),
        categories: vec![Category::Software, Category::Cloud, Category::Collection, Category::Consulting],
        excluded_funding: vec!["pilot-2022".into()],
        excludes_dishonest: true,
        min_level: 2,
        min_gain: 1,
        months_max: 12,
        publicity_days: 7,
        tranches_bp: tranches_bp.to_vec(),
        provider_cap_fen: None,
    }
}

fn new_programme(tranches_bp: &[u32]) -> NewProgramme {
    let (from, until) = ("2026-11-01".to_owned(), "2028-02-29".to_owned());
    NewProgramme {
        authority: "hz".into(),
        name: "数字化转型试点".into(),
        document: "杭经信〔2026〕1号".into(),
        city_kind: CityKind::Leading,
        from: from.clone(),
        until: until.clone(),
        budget_fen: 1_000_000_000,
        min_sme_share_bp: 8_000,
        segments: vec!["33".into()],
        batches: vec![Batch { batch: 1, from, until, budget_fen: 500_000_000 }],
        rules: rules(tranches_bp),
    }
}

fn enrol() -> Enrol {
    let firm = Firm {
        uscc: FIRM.into(),
        name: "东湖冲压厂".into(),
        district: "余杭区".into(),
        segment: "33".into(),
        above_scale: true,
        class: FirmClass::Specialised,
        dishonest: false,
        funded_by: Vec::new(),
        org: Some("plant".into()),
    };
    Enrol { firm, pledge: true }
}

/// Figures of the edition 2024 that come to level 1, or to level 2.
fn assessment(kind: AssessmentKind, level: usize) -> NewAssessment {
    let reached = |most| [1, 2, 3, 4].map(|nth| if nth <= level { most } else { 0 });
    let base = if level == 1 { 2_000 } else { 4_000 };
    let (management, results, snapshot_sha256) = (0, 0, "ab".repeat(32));
    let (scenes, starred) = (reached(16), reached(10));
    NewAssessment { kind, edition: "2024".into(), base, management, results, scenes, starred, snapshot_sha256 }
}

fn act(act: SimpleAct) -> TakeStep {
    TakeStep { act, why: "按程序办理".into() }
}

fn accept(project: &Project) -> Accept {
    Accept {
        accepted: true,
        experts: vec!["李工".into(), "王工".into()],
        in_real_use: true,
        satisfaction: 92,
        lines_refused: Vec::new(),
        contracts_sha256: project.filing.as_ref().unwrap().sha256.clone(),
        why: "系统已投入使用".into(),
    }
}

/// A contract on paper, of 500,000 yuan.
fn on_paper() -> FileProject {
    let line = ContractLine {
        line: 1,
        category: Category::Software,
        description: "生产管理".into(),
        quantity: 1,
        list_fen: 60_000_000,
        discount_fen: 10_000_000,
        net_fen: 50_000_000,
        module: None,
    };
    let contract = FiledContract {
        provider_name: None,
        number: "HT-2026-1".into(),
        provider: "house".into(),
        seller_uscc: SELLER.into(),
        signed_on: "2026-12-01".into(),
        lines: vec![line],
        signed: None,
    };
    FileProject {
        track: "general".into(),
        rules_version: 1,
        contracts: vec![contract],
        signed: Vec::new(),
        plan: "上线生产管理".into(),
        pledge: true,
    }
}

/// Every line of the filed contracts, with what it costs.
fn all_lines(project: &Project) -> Vec<OnLine> {
    let contracts = &project.filing.as_ref().unwrap().contracts;
    let line = |number: &str, line: &ContractLine| OnLine {
        contract: number.to_owned(),
        line: line.line,
        amount_fen: line.net_fen,
    };
    contracts.iter().flat_map(|contract| contract.lines.iter().map(move |one| line(&contract.number, one))).collect()
}

fn invoice(number: &str, day: &str, lines: Vec<OnLine>) -> NewInvoice {
    let file_sha256 = toolcrib_trust::digest::sha256_hex(number.as_bytes());
    let (seller_uscc, buyer_uscc, issued_on) = (SELLER.into(), FIRM.into(), day.into());
    NewInvoice { number: number.into(), seller_uscc, buyer_uscc, issued_on, lines, file_sha256 }
}

fn payment(invoice: &str, day: &str, lines: Vec<OnLine>) -> NewPayment {
    let bank_slip_sha256 = toolcrib_trust::digest::sha256_hex(invoice.as_bytes());
    let (payer_uscc, payee_uscc, paid_on) = (FIRM.into(), SELLER.into(), day.into());
    NewPayment { invoice: invoice.into(), payer_uscc, payee_uscc, paid_on, lines, bank_slip_sha256 }
}

fn slip(number: u8) -> String {
    format!("{number:02x}").repeat(32)
}

/// Enrolled, assessed and diagnosed.
async fn diagnosed(stage: &Stage, programme: &str) -> String {
    let firm = stage.person("owner@plant.cn").await;
    let project = firm.enrol(programme, &enrol()).await.unwrap();
    assert_eq!(project.state, ProjectState::Enrolled);
    assert_eq!(code(firm.take_step(&project.id, &act(SimpleAct::Diagnose)).await), "rule-11-level");
    firm.new_assessment(&project.id, &assessment(AssessmentKind::SelfBefore, 1)).await.unwrap();
    firm.take_step(&project.id, &act(SimpleAct::Diagnose)).await.unwrap();
    project.id
}

/// The contract that was signed in the marketplace, filed.
async fn filed(stage: &Stage, programme: &str, project: &str) -> Project {
    let offer = stage.person("owner@house.cn").await.make_offer(&quote(programme)).await.unwrap();
    sign(stage, "owner@plant.cn", &offer).await.unwrap();
    let contract = sign(stage, "owner@house.cn", &offer).await.unwrap().row.contract.unwrap();
    let firm = stage.person("owner@plant.cn").await;
    let hash = firm.contract(&contract).await.unwrap().row.hash;
    let signed = vec![FileSigned { contract, hash, seller_uscc: SELLER.into() }];
    let (track, plan) = ("general".into(), "冲压车间上线生产管理".into());
    let filing = FileProject { track, rules_version: 1, contracts: Vec::new(), signed, plan, pledge: true };
    let mut changed = filing.clone();
    changed.signed[0].hash = format!("sha256:{}", slip(1));
    assert_eq!(code(firm.file_project(project, &changed).await), "rule-06-contract", "not what was signed");
    let outdated = FileProject { rules_version: 7, ..filing.clone() };
    assert_eq!(code(firm.file_project(project, &outdated).await), "rule-18-rules-changed");
    firm.file_project(project, &filing).await.unwrap()
}

/// Invoiced, paid, delivered, and measured on site at level 2.
async fn delivered(stage: &Stage, project: &Project, day: &str) {
    let firm = stage.person("owner@plant.cn").await;
    let (id, lines) = (project.id.as_str(), all_lines(project));
    let kept = firm.new_invoice(id, &invoice("No.02345678", day, lines.clone())).await.unwrap();
    assert_eq!(kept.invoices[0].invoice.number, "02345678");
    let again = NewInvoice { file_sha256: slip(9), ..invoice("2345678", day, lines.clone()) };
    assert_eq!(code(firm.new_invoice(id, &again).await), "rule-07-invoice-used");
    let paid = payment(&kept.invoices[0].id, day, lines);
    let personal = NewPayment { payer_uscc: SELLER.into(), ..paid.clone() };
    assert_eq!(code(firm.new_payment(id, &personal).await), "rule-09-payment");
    firm.new_payment(id, &paid).await.unwrap();
    let provider = stage.person("owner@house.cn").await;
    provider.take_step(id, &act(SimpleAct::Start)).await.unwrap();
    provider.take_step(id, &act(SimpleAct::Deliver)).await.unwrap();
    let onsite = assessment(AssessmentKind::OnsiteAfter, 2);
    assert_eq!(code(provider.new_assessment(id, &onsite).await), "rule-10-assessor", "the provider's own staff");
    assert_eq!(code(firm.new_assessment(id, &onsite).await), "rule-10-assessor");
    stage.person(EXPERTS[0]).await.new_assessment(id, &onsite).await.unwrap();
}

/// Asks hledger whether a journal adds up; what it says the balances are. None where it is not installed.
#[expect(clippy::disallowed_methods, reason = "whether hledger must be there is known by the environment only")]
fn hledger(journal: &str) -> Option<String> {
    let run = |arguments: &[&str]| {
        let command = Command::new("hledger")
            .args(arguments)
            .env("LANG", "C.UTF-8")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        let mut child = command.ok()?;
        child.stdin.take().unwrap().write_all(journal.as_bytes()).unwrap();
        Some(child.wait_with_output().unwrap())
    };
    let Some(checked) = run(&["-f", "-", "check", "--strict"]) else {
        let required = std::env::var("TOOLCRIB_REQUIRE").unwrap_or_default();
        assert!(!required.split(',').any(|name| name == "hledger"), "TOOLCRIB_REQUIRE asks for hledger; there is none");
        // Not through the captured output: a skipped test must be seen.
        let _ = writeln!(std::io::stderr(), "SKIPPED: 1 check of a ledger, because hledger is not installed");
        return None;
    };
    assert!(checked.status.success(), "{}\n{journal}", String::from_utf8_lossy(&checked.stderr));
    let balances = run(&["-f", "-", "balance", "--flat", "-E", "--format", "%(account)=%(total)"]).unwrap();
    Some(String::from_utf8(balances.stdout).unwrap())
}

#[tokio::test]
async fn from_enrolment_to_a_paid_award() {
    let stage = hangzhou().await;
    stage.module("house", "oee").await;
    stage.joins("hz", "auditor@hz.cn", "auditor").await;
    identified(&stage).await;
    let official = stage.person("owner@hz.cn").await;
    assert_eq!(code(stage.person("owner@nb.cn").await.new_programme(&new_programme(&[10_000])).await), "not-found");
    let programme = official.new_programme(&new_programme(&[10_000])).await.unwrap();
    assert_eq!(programme.funds.unwrap().available_fen, 1_000_000_000);
    let id = diagnosed(&stage, &programme.id).await;
    assert_eq!(
        code(stage.person("owner@plant.cn").await.enrol(&programme.id, &enrol()).await),
        "rule-02-one-programme"
    );
    let mut spelled = enrol();
    spelled.firm.uscc = "9133 0100-7996 55058b".into();
    assert_eq!(code(stage.person("owner@hz.cn").await.enrol(&programme.id, &spelled).await), "rule-02-one-programme");
    let project = filed(&stage, &programme.id, &id).await;
    // Of the quote 1,240,000 fen count, 40 % of them are 496,000.
    assert_eq!(project.filing.as_ref().unwrap().committed_fen, 496_000);
    delivered(&stage, &project, "2026-12-03").await;

    // Another city's official, and whoever is nobody here, finds nothing; an auditor's look is kept.
    for stranger in ["owner@nb.cn", "admin@market.cn"] {
        let stranger = stage.person(stranger).await;
        assert_eq!(code(stranger.project(&id).await), "not-found");
        assert_eq!(code(stranger.accept_project(&id, &accept(&project)).await), "not-found");
        assert_eq!(code(stranger.ledger(&programme.id, 0).await), "not-found");
        assert_eq!(code(stranger.programme_projects(&programme.id, "").await), "not-found");
    }
    let auditor = stage.person("auditor@hz.cn").await;
    auditor.project(&id).await.unwrap();
    assert_eq!(auditor.my_looks(None).await.unwrap().len(), 1);
    assert_eq!(code(auditor.accept_project(&id, &accept(&project)).await), "not-allowed");

    let official = stage.person("owner@hz.cn").await;
    let changed = Accept { contracts_sha256: slip(7), ..accept(&project) };
    assert_eq!(code(official.accept_project(&id, &changed).await), "rule-06-contract");
    // Two browsers at once: one is taken, the other refused.
    let (one, other) = (official.clone(), official.clone());
    let verdict = accept(&project);
    let (one, other) = tokio::join!(one.accept_project(&id, &verdict), other.accept_project(&id, &verdict));
    let (taken, refused) = if one.is_ok() { (one, other) } else { (other, one) };
    assert_eq!(taken.unwrap().award.unwrap().amount_fen, 496_000);
    assert_eq!(code(refused), "rule-20-step");

    official.take_step(&id, &act(SimpleAct::Publish)).await.unwrap();
    let shown = stage.stranger().publicity(&programme.id).await.unwrap();
    assert_eq!((shown[0].award_fen, shown[0].until.as_str()), (496_000, "2026-12-09"));
    stage.person("owner@house.cn").await.object(&id, &Object { text: "与实际不符".into() }).await.unwrap();
    assert_eq!(code(official.take_step(&id, &act(SimpleAct::Award)).await), "rule-16-publicity");
    stage.pass_days(7);
    let official = stage.person("owner@hz.cn").await;
    assert_eq!(code(official.take_step(&id, &act(SimpleAct::Award)).await), "rule-16-publicity", "not answered");
    let objected = stage.person("owner@plant.cn").await.project(&id).await.unwrap().publicity.unwrap();
    assert_eq!(objected.objections[0].by, None, "who objected is told to the authority only");
    let answer = AnswerObjection { upheld: false, why: "现场核实一致".into() };
    official.answer_objection(&id, 1, &answer).await.unwrap();
    official.take_step(&id, &act(SimpleAct::Award)).await.unwrap();
    let pay = PayTranche { tranche: 1, paid_on: "2026-12-10".into(), bank_slip_sha256: slip(3) };
    let paid = official.pay_tranche(&id, &pay).await.unwrap();
    assert_eq!(
        (paid.state, paid.award.unwrap().tranches[0].paid_on.as_deref()),
        (ProjectState::Paid, Some("2026-12-10"))
    );
    assert_eq!(code(official.pay_tranche(&id, &pay).await), "rule-20-step");
    let reviewed = official.take_step(&id, &act(SimpleAct::Review)).await.unwrap();
    assert_eq!(reviewed.state, ProjectState::Reviewed);
    // The history names people with their organisations.
    assert!(reviewed.steps.iter().all(|step| step.by.contains(" · ")), "{:?}", reviewed.steps);
    let filed = reviewed.filing.as_ref().unwrap();
    assert!(
        filed.contracts.iter().all(|one| one.provider_name.is_some() && one.provider_named() != one.provider),
        "{filed:?}"
    );

    let funds = official.programme(&programme.id).await.unwrap().funds.unwrap();
    assert_eq!((funds.paid_fen, funds.committed_fen, funds.sme_share_bp), (496_000, 0, Some(10_000)));
    let page = official.programme_projects(&programme.id, "state=reviewed&segment=33").await.unwrap();
    assert_eq!((page.projects[0].award_fen, page.counts[0].projects, page.next), (496_000, 1, None));
    let (coverage, mine) = (official.coverage(&programme.id).await.unwrap(), stage.person("owner@house.cn").await);
    assert_eq!((coverage[0].levels, coverage[0].award_fen), ([0, 0, 1, 0, 0], 496_000));
    assert_eq!(mine.my_projects("").await.unwrap().projects[0].id, id, "the provider sees what it delivers");
    let proof = official.verify_ledger(&programme.id).await.unwrap();
    assert_eq!(proof.entries, 4);
    let journal = official.journal(&programme.id).await.unwrap();
    if let Some(balances) = hledger(&journal) {
        assert!(balances.contains("expenses:paid=CNY 4960.00"), "{balances}");
        assert!(balances.contains("assets:available=CNY 9995040.00"), "{balances}");
    }
    let (status, ..) = stage.send("owner@hz.cn", Method::POST, "/v1/programmes", &json!({"budget_fen": -1})).await;
    assert_eq!(status, 422);
}

#[tokio::test]
async fn to_an_award_that_is_clawed_back() {
    let stage = hangzhou().await;
    identified(&stage).await;
    let official = stage.person("owner@hz.cn").await;
    let programme = official.new_programme(&new_programme(&[6_000, 4_000])).await.unwrap();
    let id = diagnosed(&stage, &programme.id).await;
    let filing = on_paper();
    let firm = stage.person("owner@plant.cn").await;
    let mut odd = serde_json::to_value(&filing).unwrap();
    for (wrong, pointer) in
        [(json!(-1), "/contracts/0/lines/0/net_fen"), (json!(i64::MAX), "/contracts/0/lines/0/net_fen")]
    {
        odd["contracts"][0]["lines"][0]["net_fen"] = wrong;
        let (status, body, _) =
            stage.send("owner@plant.cn", Method::POST, &format!("/v1/projects/{id}/filing"), &odd).await;
        assert_eq!((status, body["errors"][0]["pointer"].as_str()), (422, Some(pointer)), "{body}");
    }
    let project = firm.file_project(&id, &filing).await.unwrap();
    // 500,000 yuan × 40 % = 200,000.
    assert_eq!(project.filing.as_ref().unwrap().committed_fen, 20_000_000);
    delivered(&stage, &project, "2026-12-03").await;
    let official = stage.person("owner@hz.cn").await;
    official.accept_project(&id, &accept(&project)).await.unwrap();
    official.take_step(&id, &act(SimpleAct::Publish)).await.unwrap();
    stage.pass_days(7);
    let official = stage.person("owner@hz.cn").await;
    official.take_step(&id, &act(SimpleAct::Award)).await.unwrap();
    let pay = |tranche, day: &str, number| PayTranche { tranche, paid_on: day.into(), bank_slip_sha256: slip(number) };
    assert_eq!(code(official.pay_tranche(&id, &pay(2, "2026-12-10", 3)).await), "rule-21-tranche");
    official.pay_tranche(&id, &pay(1, "2026-12-10", 3)).await.unwrap();

    // The provider gave the money back: nothing more is paid for the line, and what was paid is demanded back.
    let refund = NewRefund { contract: "HT-2026-1".into(), line: 1, why: "服务商返还货款".into() };
    official.new_refund(&id, &refund).await.unwrap();
    let demand = |amount_fen| NewClawBack {
        amount_fen, document: "追回决定1号".into(), why: "服务商返还货款".into()
    };
    assert_eq!(code(official.claw_back(&id, &demand(12_000_001)).await), "rule-22-claw-back");
    assert_eq!(code(official.claw_back(&id, &demand(-1)).await), "bad-input");
    assert_eq!(code(firm.claw_back(&id, &demand(1)).await), "not-signed-in", "its token ended a week ago");
    let demanded = official.claw_back(&id, &demand(12_000_000)).await.unwrap();
    assert_eq!(demanded.state, ProjectState::ClawedBack);
    assert_eq!(code(official.pay_tranche(&id, &pay(2, "2026-12-10", 4)).await), "rule-20-step");
    stage.pass_days(30);
    let official = stage.person("owner@hz.cn").await;
    let closed = official.close_period(&programme.id, &ClosePeriod { period: "2026-12".into() }).await.unwrap();
    assert_eq!((closed.period.as_str(), closed.entry), ("2026-12", 5));
    let back = |day: &str| Recover { paid_on: day.into(), bank_slip_sha256: slip(8) };
    assert_eq!(code(official.recover(&id, 1, &back("2026-12-31")).await), "rule-17-closed-period");
    let recovered = official.recover(&id, 1, &back("2027-01-09")).await.unwrap();
    assert_eq!(recovered.claw_backs[0].recovered_on.as_deref(), Some("2027-01-09"));
    assert_eq!(code(official.recover(&id, 1, &back("2027-01-09")).await), "not-found");

    let balances = official.balances(&programme.id).await.unwrap();
    let balance = |account| balances.iter().find(|one| one.account == account).unwrap().amount_fen;
    assert_eq!(
        (balance(Account::Available), balance(Account::Paid), balance(Account::ClawedBack)),
        (1_000_000_000, 0, 0)
    );
    let entries = official.ledger(&programme.id, 0).await.unwrap().entries;
    let acts: Vec<_> = entries.iter().map(|entry| entry.act.as_str()).collect();
    assert_eq!(acts, ["grant", "file", "accept", "pay_part", "claw_back", "recover"]);
    let mut sum = 0;
    for posting in entries.iter().flat_map(|entry| &entry.postings) {
        sum += posting.amount_fen;
    }
    assert_eq!(sum, 0);
    official.verify_ledger(&programme.id).await.unwrap();
    if let Some(balances) = hledger(&official.journal(&programme.id).await.unwrap()) {
        assert!(balances.contains("assets:available=CNY 10000000.00"), "{balances}");
    }
    let (status, document, _) = stage.send("owner@hz.cn", Method::GET, "/v1/registry/openapi.json", &Value::Null).await;
    assert_eq!((status, document["paths"]["/v1/projects/{project}/claw-backs"]["post"].is_object()), (200, true));
}

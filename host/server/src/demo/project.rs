//! A firm's project in the city's programme, as far as its story goes: enrolment, assessment, offer, contract, filing,
//! delivery, acceptance, award.

use super::Stage;
use super::cast::{Provider, Shop};
use super::city::{ASSESSOR, OFFICIAL, pass_days, today};
use anyhow::Context;
use sha2::{Digest, Sha256};
use toolcrib_contract::calendar::Zone;
use toolcrib_contract::world::Clock;
use toolcrib_registry_client::Client;
use toolcrib_registry_client::wire::{
    Accept, AssessmentKind, Enrol, FileProject, FileSigned, Firm, FirmClass, NewAssessment, NewInvoice, NewOffer,
    NewOfferLine, NewOfferVersion, NewPayment, OnLine, PayTranche, Programme, Project, SignOffer, SimpleAct, TakeStep,
};

/// Days from the offer to its end.
const VALID_DAYS: i64 = 60;
/// A day more than the publicity of the programme's rules.
const PUBLIC_DAYS: i64 = 8;

/// Who sells, and under which credit code.
pub struct Side<'a> {
    pub provider: &'a Provider,
    pub seller: &'a str,
}

/// A fingerprint for papers that nobody needs to see in a demo.
fn sha256(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A firm enrols; the project's id.
///
/// # Errors
/// The registry.
pub async fn enrol(
    stage: &mut Stage,
    programme: &str,
    shop: &Shop,
    (district, segment, uscc): (&str, &str, &str),
) -> anyhow::Result<String> {
    let firm = Firm {
        uscc: uscc.to_owned(),
        name: shop.name.to_owned(),
        district: district.to_owned(),
        segment: segment.to_owned(),
        above_scale: true,
        class: FirmClass::Specialised,
        dishonest: false,
        funded_by: Vec::new(),
        org: Some(shop.slug.to_owned()),
    };
    let owner = stage.sign_in(&shop.owner).await?;
    Ok(owner.enrol(programme, &Enrol { firm, pledge: true }).await.context("enrolling")?.id)
}

/// On site: at level 1 before, at level 2 after.
async fn assess(stage: &mut Stage, project: &str, kind: AssessmentKind) -> anyhow::Result<()> {
    let before = kind == AssessmentKind::OnsiteBefore;
    let assessment = NewAssessment {
        kind,
        edition: "2024".to_owned(),
        base: if before { 1_450 } else { 2_870 },
        management: if before { 780 } else { 1_425 },
        results: if before { 350 } else { 850 },
        scenes: if before { [8, 2, 0, 0] } else { [12, 9, 3, 0] },
        starred: if before { [5, 1, 0, 0] } else { [8, 6, 2, 0] },
        snapshot_sha256: sha256(&format!("{project} {kind:?}")),
    };
    let assessor = stage.sign_in(&ASSESSOR).await?;
    assessor.new_assessment(project, &assessment).await.context("the assessment on site")?;
    Ok(())
}

fn lines() -> Vec<NewOfferLine> {
    let line = |category: &str, description: &str, quantity, unit_fen, discount_fen| NewOfferLine {
        category: category.to_owned(),
        description: description.to_owned(),
        quantity,
        unit_fen: Some(unit_fen),
        discount_fen,
        ..NewOfferLine::default()
    };
    vec![
        line("software", "车间管理软件，含报工、质检、追溯", 1, 12_000_000, 1_500_000),
        line("cloud", "云服务，一年", 12, 80_000, 0),
        line("collection", "设备采集网关", 6, 260_000, 100_000),
        line("consulting", "现场诊断与实施", 15, 120_000, 0),
        line("other", "电子看板支架", 2, 90_000, 0),
    ]
}

/// Assessed, diagnosed, and with an offer that the provider signed.
///
/// # Errors
/// The registry.
pub async fn to_offer(
    stage: &mut Stage,
    programme: &Programme,
    (shop, project): (&Shop, &str),
    side: &Side<'_>,
) -> anyhow::Result<String> {
    assess(stage, project, AssessmentKind::OnsiteBefore).await?;
    let owner = stage.sign_in(&shop.owner).await?;
    step(&owner, project, SimpleAct::Diagnose, "报工靠纸，停机没有记录，追溯要查三天。").await?;
    let firm = owner.project(project).await?.firm;
    let until = Zone::CHINA.local(stage.clock.now()).0;
    let offer = NewOffer {
        org: side.provider.slug.to_owned(),
        firm: shop.slug.to_owned(),
        title: format!("{}车间数字化改造", shop.name),
        programme: Some(programme.id.clone()),
        segment: Some(firm.segment),
        track: Some("general".to_owned()),
        replaces: None,
        version: NewOfferVersion {
            lines: lines(),
            valid_until: until.plus_days(VALID_DAYS).to_string(),
            target_level: Some(2),
            note: "含安装、培训和一年服务。".to_owned(),
        },
    };
    let provider = stage.sign_in(&side.provider.owner).await?;
    let made = provider.make_offer(&offer).await.context("the offer")?;
    sign(&provider, &made.row.id).await.context("the provider's signature")?;
    Ok(made.row.id)
}

async fn sign(client: &Client, offer: &str) -> anyhow::Result<Option<String>> {
    let offer = client.offer(offer).await?;
    let newest = offer.versions.first().context("an offer has a version")?;
    let sign = SignOffer { version: newest.version, digest: newest.digest.clone() };
    Ok(client.sign_offer(&offer.row.id, &sign).await?.row.contract)
}

async fn step(client: &Client, project: &str, act: SimpleAct, why: &str) -> anyhow::Result<()> {
    let step = TakeStep { act, why: why.to_owned() };
    client.take_step(project, &step).await.with_context(|| format!("the step {act:?}"))?;
    Ok(())
}

/// Signed, filed, begun, and with the first invoice.
///
/// # Errors
/// The registry.
pub async fn to_delivery(
    stage: &mut Stage,
    programme: &Programme,
    (shop, project): (&Shop, &str),
    side: &Side<'_>,
) -> anyhow::Result<()> {
    let offer = to_offer(stage, programme, (shop, project), side).await?;
    let owner = stage.sign_in(&shop.owner).await?;
    let contract = sign(&owner, &offer).await.context("the firm's signature")?.context("both signed")?;
    let contract = owner.contract(&contract).await?;
    let filing = FileProject {
        track: "general".to_owned(),
        rules_version: programme.rules.version,
        contracts: Vec::new(),
        signed: vec![FileSigned {
            contract: contract.row.id.clone(),
            hash: contract.row.hash.clone(),
            seller_uscc: side.seller.to_owned(),
        }],
        plan: "三个月内上线报工、质检和设备联网，达到二级。".to_owned(),
        pledge: true,
    };
    owner.file_project(project, &filing).await.context("filing")?;
    step(&owner, project, SimpleAct::Start, "网关已到货，开始安装。").await?;
    spend(stage, &owner, project, shop.slug).await
}

/// One invoice over all lines, paid from company to company.
async fn spend(stage: &Stage, owner: &Client, project: &str, mark: &str) -> anyhow::Result<()> {
    let file = owner.project(project).await?;
    let filing = file.filing.context("it is filed")?;
    let contract = &filing.contracts[0];
    let lines: Vec<_> = contract
        .lines
        .iter()
        .map(|line| OnLine { contract: contract.number.clone(), line: line.line, amount_fen: line.net_fen })
        .collect();
    let digits: u64 = mark.bytes().fold(7, |sum, byte| sum * 31 + u64::from(byte)) % 100_000_000;
    let invoice = NewInvoice {
        number: format!("{digits:08}"),
        seller_uscc: contract.seller_uscc.clone(),
        buyer_uscc: file.firm.uscc.clone(),
        issued_on: today(stage),
        lines: lines.clone(),
        file_sha256: sha256(&format!("{mark} invoice")),
    };
    let known = owner.new_invoice(project, &invoice).await.context("the invoice")?;
    let payment = NewPayment {
        invoice: known.invoices.last().context("it was taken")?.id.clone(),
        payer_uscc: file.firm.uscc,
        payee_uscc: contract.seller_uscc.clone(),
        paid_on: today(stage),
        lines,
        bank_slip_sha256: sha256(&format!("{mark} slip")),
    };
    owner.new_payment(project, &payment).await.context("the payment")?;
    Ok(())
}

/// The whole way: delivered, accepted, shown in public, awarded, and the first part paid.
///
/// # Errors
/// The registry.
pub async fn to_award(
    stage: &mut Stage,
    programme: &Programme,
    (shop, project): (&Shop, &str),
    side: &Side<'_>,
) -> anyhow::Result<()> {
    to_delivery(stage, programme, (shop, project), side).await?;
    let owner = stage.sign_in(&shop.owner).await?;
    step(&owner, project, SimpleAct::Deliver, "九个模块全部在用，六台设备联网。").await?;
    assess(stage, project, AssessmentKind::OnsiteAfter).await?;
    let official = stage.sign_in(&OFFICIAL).await?;
    let file: Project = official.project(project).await?;
    let accept = Accept {
        accepted: true,
        experts: vec!["顾峰".to_owned(), "叶兰".to_owned(), "罗青".to_owned()],
        in_real_use: true,
        satisfaction: 96,
        lines_refused: Vec::new(),
        contracts_sha256: file.filing.context("it is filed")?.sha256,
        why: "现场查看在用，达到二级，材料齐全。".to_owned(),
    };
    official.accept_project(project, &accept).await.context("the acceptance")?;
    step(&official, project, SimpleAct::Publish, "按规则公示。").await?;
    pass_days(stage, PUBLIC_DAYS);
    let official = stage.sign_in(&OFFICIAL).await?;
    step(&official, project, SimpleAct::Award, "公示期满，没有异议。").await?;
    let pay = PayTranche { tranche: 1, paid_on: today(stage), bank_slip_sha256: sha256("first tranche") };
    official.pay_tranche(project, &pay).await.context("the first part of the award")?;
    Ok(())
}

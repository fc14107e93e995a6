//! A city with a programme, and firms that go through it as far as a test wants.

use crate::engines::On;
use crate::market::{EXPERTS, Market, SEGMENT};
use crate::rules::tests::usual;
use crate::*;
use toolcrib_catalog::Person;
use toolcrib_contract::types::{Date, Instant};

pub struct City {
    pub market: Market,
    pub programmes: Programmes,
    pub id: ProgrammeId,
    pub official: Person,
    pub assessor: Person,
}

/// The code of firm number so many: whatever its check character comes to.
pub fn uscc(number: u32) -> Uscc {
    let stem = format!("91330100{number:09}");
    let mut checks = "0123456789ABCDEFGHJKLMNPQRTUWXY".chars();
    checks.find_map(|check| format!("{stem}{check}").parse().ok()).expect("one of them fits")
}

/// Another 64 hex digits for each number.
pub fn sha(number: u32) -> String {
    toolcrib_trust::digest::sha256_hex(&number.to_be_bytes())
}

pub fn seller() -> Uscc {
    "914403001922038216".parse().unwrap()
}

pub fn line(number: u32, category: Category, yuan: u32) -> ContractLine {
    ContractLine {
        line: number,
        category,
        description: "生产管理".to_owned(),
        quantity: 1,
        list: Fen::yuan(yuan),
        discount: Fen::ZERO,
        net: Fen::yuan(yuan),
        module: None,
    }
}

/// One contract with `house` whose only line costs so much.
pub fn filing(yuan: u32) -> Filing {
    let contract = FiledContract {
        number: "HT-1".to_owned(),
        provider: "house".to_owned(),
        seller: seller(),
        signed_on: "2026-11-20".to_owned(),
        lines: vec![line(1, Category::Software, yuan)],
        signed: None,
    };
    let (track, plan) = ("general".to_owned(), "上线生产管理".to_owned());
    Filing { track, rules_version: 1, contracts: vec![contract], signed: Vec::new(), plan, pledge: true }
}

pub fn firm(number: u32) -> Firm {
    Firm {
        uscc: uscc(number),
        name: format!("第{number}厂"),
        district: format!("{}区", number % 7),
        segment: SEGMENT.to_owned(),
        above_scale: true,
        class: Class::Specialised,
        dishonest: false,
        funded_by: Vec::new(),
        org: None,
    }
}

/// Figures of the edition 2024 that come to this level.
pub fn measured(level: u32) -> Measured {
    let points: u32 = [0, 2_000, 4_000, 6_000, 8_000][level as usize];
    let base = points.min(5_000);
    let reached = |most: u32| [1, 2, 3, 4].map(|nth| if nth <= level { most } else { 0 });
    let (management, results) = ((points - base).min(3_000), (points - base).saturating_sub(3_000));
    Measured { edition: "2024".to_owned(), base, management, results, scenes: reached(16), starred: reached(10) }
}

pub fn verdict(sha256: String) -> Verdict {
    Verdict {
        accepted: true,
        experts: vec!["李工".to_owned()],
        in_real_use: true,
        satisfaction: 90,
        lines_refused: Vec::new(),
        contracts_sha256: sha256,
        why: "用得很好".to_owned(),
    }
}

pub fn programme(rules: RuleSet, budget: Fen) -> NewProgramme {
    let day = |text: &str| text.parse::<Date>().unwrap();
    let batch = |batch, from, until| Batch { batch, from: day(from), until: day(until), budget };
    NewProgramme {
        authority: "hangzhou".to_owned(),
        name: "数字化转型试点".to_owned(),
        document: "杭经信〔2026〕1号".to_owned(),
        city_kind: CityKind::Leading,
        from: day("2026-11-01"),
        until: day("2028-02-29"),
        budget,
        min_sme_share: BasisPoints::percent(80).unwrap(),
        segments: vec![SEGMENT.to_owned()],
        batches: vec![batch(1, "2026-11-01", "2027-03-31"), batch(2, "2027-04-01", "2028-02-29")],
        rules,
    }
}

impl City {
    pub async fn usual(on: On) -> Self {
        Self::with(on, usual(), Fen::yuan(10_000_000)).await
    }

    pub async fn with(on: On, rules: RuleSet, budget: Fen) -> Self {
        let mut market = Market::new(on).await;
        market.identified().await;
        let (official, assessor) = (market.person("official@hz.cn").await, market.person(EXPERTS[0]).await);
        let programmes = Programmes::new(market.catalog.clone());
        let new = programme(rules, budget);
        let id = programmes.add(&new, &official.id, market.now, &market.chance).await.unwrap();
        Self { market, programmes, id, official, assessor }
    }

    /// The same through another registry on the same records.
    pub async fn beside(&self) -> Self {
        let market = self.market.beside().await;
        let programmes = Programmes::new(market.catalog.clone());
        let (id, official, assessor) = (self.id.clone(), self.official.clone(), self.assessor.clone());
        Self { market, programmes, id, official, assessor }
    }

    pub fn now(&self) -> Instant {
        self.market.now
    }

    pub fn today(&self) -> Date {
        today(self.market.now)
    }

    pub async fn enrols(&self, firm: &Firm) -> Result<ProjectId, ProgrammeError> {
        self.programmes.enrol(&self.id, firm, true, &self.official.id, self.now(), &self.market.chance).await
    }

    pub async fn simple(&self, id: &ProjectId, act: Act) -> Result<(), ProgrammeError> {
        self.programmes.simple(id, act, "按程序办理", &self.official.id, self.now()).await
    }

    pub async fn assesses(&self, id: &ProjectId, kind: AssessmentKind, level: u32) -> Result<(), ProgrammeError> {
        let (by, measured) = (&self.assessor, measured(level));
        self.programmes.assess(id, kind, &measured, &sha(level), by, self.now()).await
    }

    /// A firm that was assessed at level 1 and diagnosed.
    pub async fn diagnosed(&self, number: u32) -> ProjectId {
        let id = self.enrols(&firm(number)).await.unwrap();
        self.assesses(&id, AssessmentKind::SelfBefore, 1).await.unwrap();
        self.simple(&id, Act::Diagnose).await.unwrap();
        id
    }

    pub async fn files(&self, id: &ProjectId, filing: &Filing) -> Result<(), ProgrammeError> {
        self.programmes.file(id, filing, &self.official.id, self.now()).await
    }

    pub fn invoice(&self, firm: u32, number: &str, yuan: u32) -> NewInvoice {
        NewInvoice {
            number: number.to_owned(),
            seller: seller(),
            buyer: uscc(firm),
            issued_on: self.today(),
            lines: vec![OnLine { contract: "HT-1".to_owned(), line: 1, amount: Fen::yuan(yuan) }],
            file_sha256: toolcrib_trust::digest::sha256_hex(format!("invoice {firm} {number}").as_bytes()),
        }
    }

    pub async fn invoices(&self, id: &ProjectId, invoice: &NewInvoice) -> Result<InvoiceId, ProgrammeError> {
        self.programmes.add_invoice(id, invoice, &self.official.id, self.now(), &self.market.chance).await
    }

    pub fn payment(&self, firm: u32, invoice: &InvoiceId, yuan: u32) -> NewPayment {
        NewPayment {
            invoice: invoice.clone(),
            payer: uscc(firm),
            payee: seller(),
            paid_on: self.today(),
            lines: vec![OnLine { contract: "HT-1".to_owned(), line: 1, amount: Fen::yuan(yuan) }],
            bank_slip_sha256: toolcrib_trust::digest::sha256_hex(format!("slip {firm} {yuan}").as_bytes()),
        }
    }

    pub async fn pays(&self, id: &ProjectId, payment: &NewPayment) -> Result<PaymentId, ProgrammeError> {
        self.programmes.add_payment(id, payment, &self.official.id, self.now(), &self.market.chance).await
    }

    /// Filed, invoiced, paid and delivered; assessed at this level on site.
    pub async fn delivered(&self, number: u32, yuan: u32, level: u32) -> ProjectId {
        let id = self.diagnosed(number).await;
        self.files(&id, &filing(yuan)).await.unwrap();
        let invoice = self.invoices(&id, &self.invoice(number, &format!("{number:08}"), yuan)).await.unwrap();
        self.pays(&id, &self.payment(number, &invoice, yuan)).await.unwrap();
        self.simple(&id, Act::Start).await.unwrap();
        self.simple(&id, Act::Deliver).await.unwrap();
        self.assesses(&id, AssessmentKind::OnsiteAfter, level).await.unwrap();
        id
    }

    pub async fn accepts(&self, id: &ProjectId) -> Result<Fen, ProgrammeError> {
        let filed = self.programmes.project(id).await?.filed.unwrap();
        self.programmes.accept(id, &verdict(filed.sha256), &self.official, self.now()).await?;
        Ok(self.programmes.project(id).await?.award.unwrap().amount)
    }

    /// Whether an acceptance comes through.
    pub async fn accepts_or_not(&self, id: &ProjectId) -> bool {
        let Some(filed) = self.programmes.project(id).await.unwrap().filed else { return false };
        self.programmes.accept(id, &verdict(filed.sha256), &self.official, self.now()).await.is_ok()
    }

    /// Accepted, shown for the days that the rules say, and granted.
    pub async fn awarded(&mut self, number: u32, yuan: u32, level: u32) -> ProjectId {
        let id = self.delivered(number, yuan, level).await;
        self.accepts(&id).await.unwrap();
        self.simple(&id, Act::Publish).await.unwrap();
        self.market.pass_days(7);
        self.simple(&id, Act::Award).await.unwrap();
        id
    }

    pub fn transfer(&self, slip: u32) -> Transfer {
        Transfer { paid_on: self.today(), bank_slip_sha256: sha(slip) }
    }

    pub async fn pays_tranche(&self, id: &ProjectId, tranche: u32, slip: u32) -> Result<(), ProgrammeError> {
        self.programmes.pay(id, tranche, &self.transfer(slip), &self.official.id, self.now()).await
    }

    /// What the ledger says now: entries, last hash and balances; it fits together.
    pub async fn books(&self) -> (i64, String, Vec<(Account, i64)>) {
        let (entries, hash) = self.programmes.verify_ledger(&self.id).await.unwrap();
        (entries, hash, self.programmes.balances(&self.id).await.unwrap())
    }

    pub async fn balance(&self, account: Account) -> i64 {
        let balances = self.programmes.balances(&self.id).await.unwrap();
        balances.into_iter().find(|(name, _)| *name == account).unwrap().1
    }
}

//! Filing 备案: contracts, plan and the rules in force are pinned, and what they can come to is reserved.

use crate::award::{Spent, estimate};
use crate::case::{Case, Row};
use crate::contract;
use crate::contract_line::{ContractLine, LineFault};
use crate::days::{plus_months, today};
use crate::funds::PotKey;
use crate::identification;
use crate::ids::ProjectId;
use crate::ledger::said;
use crate::life::Act;
use crate::money::Fen;
use crate::programme::{self, Batch};
use crate::programmes::Programmes;
use crate::refusal::{ProgrammeError, Result};
use crate::rules::{RuleSet, Track};
use crate::uscc::Uscc;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeSet;
use toolcrib_catalog::{Check, PersonId};
use toolcrib_contract::problem::{
    RULE_CHANGED, RULE_CONTRACT, RULE_EXCLUDED, RULE_PROVIDER, RULE_STEP, RULE_TIME, RULE_WINDOW,
};
use toolcrib_contract::types::{Date, Instant};
use toolcrib_trust::digest::sha256_hex;

/// Contracts of one filing.
pub const CONTRACTS: usize = 10;
/// Characters of a plan.
pub const PLAN_CHARS: usize = 2_000;

/// A contract as it is filed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FiledContract {
    /// Its number, unique in the project.
    pub number: String,
    /// Slug of the provider's organisation.
    pub provider: String,
    pub seller: Uscc,
    /// `YYYY-MM-DD`
    pub signed_on: String,
    pub lines: Vec<ContractLine>,
    /// Id and hash of the contract that was signed in the marketplace; none for one on paper.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed: Option<(String, String)>,
}

/// A contract that was signed in the marketplace, as it is presented at filing.
#[derive(Clone, Debug)]
pub struct SignedContract {
    pub contract: String,
    /// The hash that was read.
    pub hash: String,
    pub seller: Uscc,
}

/// What is filed.
#[derive(Clone, Debug)]
pub struct Filing {
    pub track: String,
    /// The version that was read.
    pub rules_version: u32,
    /// On paper.
    pub contracts: Vec<FiledContract>,
    /// Signed in the marketplace.
    pub signed: Vec<SignedContract>,
    pub plan: String,
    pub pledge: bool,
}

/// Hash of contracts: whoever changes a line changes it.
pub fn hash(contracts: &[FiledContract]) -> String {
    sha256_hex(serde_json::to_string(contracts).expect("contracts are plain data").as_bytes())
}

/// Lines as if everything were paid and accepted.
fn whole(contracts: &[FiledContract]) -> Vec<Spent> {
    let line = |line: &ContractLine| Spent {
        category: line.category,
        net: line.net,
        paid: line.net,
        accepted: true,
        refunded: false,
    };
    contracts.iter().flat_map(|contract| &contract.lines).map(line).collect()
}

impl Filing {
    fn check(&self, firm: &str, today: Date) -> Result<()> {
        let mut check = Check::default();
        let chars = self.plan.chars().count();
        let plain = !self.plan.chars().any(|letter| letter.is_control() && letter != '\n');
        let fits = (1..=PLAN_CHARS).contains(&chars) && !self.plan.trim().is_empty() && plain;
        check.expect(fits, "/plan", format!("1 to {PLAN_CHARS} characters"));
        check.expect(self.pledge, "/pledge", "the firm states that the filing is true");
        let count = (1..=CONTRACTS).contains(&(self.contracts.len() + self.signed.len()));
        check.expect(count, "/contracts", format!("1 to {CONTRACTS} contracts"));
        let mut numbers = BTreeSet::new();
        for (nth, contract) in self.contracts.iter().enumerate() {
            let at = |field: &str| format!("/contracts/{nth}/{field}");
            check.name(&at("number"), &contract.number);
            check.expect(numbers.insert(&contract.number), &at("number"), "each number once");
            check.expect(contract.seller.as_str() != firm, &at("seller_uscc"), "a firm does not buy from itself");
            let signed = crate::days::read(&at("signed_on"), &contract.signed_on).is_ok_and(|day| day <= today);
            check.expect(signed, &at("signed_on"), "a day that was, like 2026-11-26");
            if let Err(fault) = ContractLine::check(&contract.lines) {
                check.expect(false, &format!("/contracts/{nth}{}", pointer(&fault)), fault.to_string());
            }
        }
        check.done()?;
        let sum = Fen::sum(self.contracts.iter().flat_map(|contract| &contract.lines).map(|line| line.list));
        sum.map(drop).ok_or_else(|| ProgrammeError::input("/contracts", LineFault::Sum.to_string()))
    }
}

/// Where a fault is, below its contract.
fn pointer(fault: &LineFault) -> String {
    match fault {
        LineFault::Count | LineFault::Sum => "/lines".to_owned(),
        LineFault::Number { at } => format!("/lines/{at}/line"),
        LineFault::Description { at } => format!("/lines/{at}/description"),
        LineFault::Quantity { at } => format!("/lines/{at}/quantity"),
        LineFault::Net { at } => format!("/lines/{at}/net_fen"),
    }
}

/// The batch that takes filings on a day.
fn batch_of(batches: &[Batch], today: Date) -> Result<Batch> {
    let open = batches.iter().find(|batch| (batch.from..=batch.until).contains(&today));
    open.copied().ok_or_else(|| {
        let next = batches.iter().find(|batch| batch.from > today);
        let detail =
            next.map_or("no batch follows".to_owned(), |next| format!("the next batch opens on {}", next.from));
        ProgrammeError::refused(RULE_WINDOW, format!("no batch is open on {today}; {detail}"))
    })
}

impl Programmes {
    /// Files a diagnosed project. A second filing, of other contracts or the same, is refused: what was filed is pinned.
    ///
    /// # Errors
    /// The window; another version of rules; exclusions; providers; lines; nothing eligible; no budget.
    pub async fn file(&self, id: &ProjectId, filing: &Filing, by: &PersonId, now: Instant) -> Result<()> {
        let mut case = self.open(id, by, now).await?;
        let filed = case.row.contracts_sha256.as_deref().filter(|_| filing.signed.is_empty());
        if let Some(filed) = filed.filter(|filed| **filed != hash(&filing.contracts)) {
            let detail = format!("contracts were filed already, with the hash {filed}");
            return Err(ProgrammeError::refused(RULE_CONTRACT, detail));
        }
        case.expect(Act::File)?;
        let day = case.today();
        filing.check(&case.row.uscc, day)?;
        let programme = case.row.programme.clone();
        let in_force = programme::version_in_force(case.db(), &programme).await?;
        if in_force != filing.rules_version {
            let detail = format!("version {in_force} is in force, not {}", filing.rules_version);
            return Err(ProgrammeError::refused(RULE_CHANGED, detail));
        }
        let rules = programme::rules(case.db(), &programme, in_force).await?;
        let track = rules.track(&filing.track).cloned();
        let track = track.ok_or_else(|| ProgrammeError::input("/track", "the rules have no such kind of project"))?;
        let batch = batch_of(&programme::batches(case.db(), &programme).await?, day)?;
        admitted(&case.row, &rules)?;
        let mut contracts = filing.contracts.clone();
        for signed in &filing.signed {
            contracts.push(case.signed(signed).await?);
        }
        let providers = case.providers(&contracts, Standing::Contracting).await?;
        if rules.provider_cap.is_some() && providers.len() > 1 {
            let what = "the rules have a cap by provider: the contracts of a project are with one provider";
            return Err(ProgrammeError::input("/contracts", what));
        }
        let wanted = estimate(&rules, &track, batch.batch, &whole(&contracts)).filter(|fen| *fen > Fen::ZERO);
        let wanted =
            wanted.ok_or_else(|| ProgrammeError::input("/contracts", "the rules pay for none of these lines"))?;
        case.pin(filing, &contracts, &rules, &batch, &providers).await?;
        case.reserve(&rules, &track, &batch, &providers, wanted).await?;
        case.step(Act::File, "").await?;
        case.commit(Act::File, json!({"rules": in_force, "batch": batch.batch, "sha256": hash(&filing.contracts)}))
            .await
    }
}

/// Whether the rules still let the firm of a row take part.
fn admitted(row: &Row, rules: &RuleSet) -> Result<()> {
    let funded_by: Vec<String> = serde_json::from_str(&row.funded_by)
        .map_err(|error| ProgrammeError::damaged("a firm's earlier funding", &error))?;
    crate::enrolment::admit(rules, row.dishonest, &funded_by)
}

/// What is asked of a provider.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Standing {
    /// It may sign now.
    Contracting,
    /// What it delivered may be accepted now.
    Delivering,
}

impl Case {
    /// Ids of the providers of contracts, each of which may act in the programme now.
    ///
    /// # Errors
    /// One may not.
    pub async fn providers(&mut self, contracts: &[FiledContract], standing: Standing) -> Result<BTreeSet<String>> {
        let (programme, segment, now) = (self.row.programme.clone(), self.row.segment.clone(), self.now);
        let city = sqlx::query_as("SELECT o.city FROM programme p JOIN org o ON o.id = p.authority WHERE p.id = $1");
        let (city,): (String,) = city.bind(&programme).fetch_one(self.db()).await?;
        let mut providers = BTreeSet::new();
        for contract in contracts {
            let query =
                sqlx::query_as("SELECT id FROM org WHERE slug = $1 AND kind = 'provider' AND closed_us IS NULL");
            let row: Option<(String,)> = query.bind(&contract.provider).fetch_optional(self.db()).await?;
            let (id,) = row.ok_or_else(|| {
                let detail = format!("`{}` is no provider that may act here now", contract.provider);
                ProgrammeError::refused(RULE_PROVIDER, detail)
            })?;
            match standing {
                Standing::Contracting => {
                    identification::contracting(self.db(), &contract.provider, &city, &segment, now).await?;
                }
                Standing::Delivering => {
                    identification::delivering(self.db(), &contract.provider, &city, &segment).await?;
                }
            }
            providers.insert(id);
        }
        Ok(providers)
    }

    /// Pins a contract that was signed in the marketplace.
    async fn signed(&mut self, signed: &SignedContract) -> Result<FiledContract> {
        let (id, programme) = (self.row.id.clone(), self.row.programme.clone());
        let firm = sqlx::query_as("SELECT o.slug FROM project p JOIN org o ON o.id = p.org WHERE p.id = $1").bind(&id);
        let firm: Option<(String,)> = firm.fetch_optional(self.db()).await?;
        let contract = contract::file(self.writing(), &signed.contract, &signed.hash, id.as_str()).await?;
        let row = &contract.row;
        if row.programme.as_deref() != Some(programme.as_str()) || firm.is_none_or(|(firm,)| firm != row.firm) {
            let detail = format!("contract {} is not of this firm under this programme", row.id);
            return Err(ProgrammeError::refused(RULE_CONTRACT, detail));
        }
        Ok(FiledContract {
            number: row.id.clone(),
            provider: row.provider.clone(),
            seller: signed.seller.clone(),
            signed_on: today(Instant(row.signed_us)).to_string(),
            lines: contract.lines(),
            signed: Some((row.id.clone(), row.hash.clone())),
        })
    }

    /// What was signed in the marketplace is still what was filed.
    pub async fn unchanged(&mut self, contracts: &[FiledContract]) -> Result<()> {
        let id = self.row.id.clone();
        for (contract, hash) in contracts.iter().filter_map(|filed| filed.signed.as_ref()) {
            contract::filed(self.db(), contract, hash, id.as_str()).await?;
        }
        Ok(())
    }

    async fn pin(
        &mut self,
        filing: &Filing,
        contracts: &[FiledContract],
        rules: &RuleSet,
        batch: &Batch,
        providers: &BTreeSet<String>,
    ) -> Result<()> {
        let (id, programme, today) = (self.row.id.clone(), self.row.programme.clone(), self.today());
        let due = plus_months(today, rules.months_max);
        let due = due.ok_or_else(|| ProgrammeError::refused(RULE_TIME, "delivery would end after the year 2199"))?;
        let (contracts, sha256) = (json!(contracts).to_string(), hash(contracts));
        sqlx::query(
            "UPDATE project SET track = $1, rules_version = $2, batch = $3, filed_on = $4, due_on = $5, contracts = $6,
                 contracts_sha256 = $7, plan = $8 WHERE id = $9",
        )
        .bind(&filing.track)
        .bind(i64::from(filing.rules_version))
        .bind(i64::from(batch.batch))
        .bind(today.to_string())
        .bind(due.to_string())
        .bind(contracts)
        .bind(sha256)
        .bind(&filing.plan)
        .bind(&id)
        .execute(self.db())
        .await?;
        for provider in providers {
            let insert = sqlx::query("INSERT INTO project_provider (provider, project) VALUES ($1, $2)");
            insert.bind(provider).bind(&id).execute(self.db()).await?;
            let insert = sqlx::query(
                "INSERT INTO programme_provider (programme, provider, used_fen) VALUES ($1, $2, 0)
                     ON CONFLICT DO NOTHING",
            );
            insert.bind(&programme).bind(provider).execute(self.db()).await?;
        }
        Ok(())
    }

    /// Reserves what the filing can come to, or what is left.
    async fn reserve(
        &mut self,
        rules: &RuleSet,
        track: &Track,
        batch: &Batch,
        providers: &BTreeSet<String>,
        wanted: Fen,
    ) -> Result<()> {
        let mut pots = vec![PotKey::Batch(batch.batch)];
        if rules.provider_cap.is_some() {
            pots.extend(providers.iter().cloned().map(PotKey::Provider));
        }
        let mut funds = self.funds(&pots, rules).await?;
        let (amount, booking) = funds.commit(&pots, wanted)?;
        let values = [("batch", batch.batch.to_string()), ("track", track.track.clone())];
        let (today, memo) = (self.today(), said("batch", &values));
        self.book(Act::File, today, &memo, &mut funds, &booking, [amount, Fen::ZERO, Fen::ZERO, Fen::ZERO]).await
    }

    /// What a project holds and was not paid returns to the budget.
    pub async fn release(&mut self, act: Act) -> Result<()> {
        if self.row.track.is_none() {
            return Ok(());
        }
        let pinned = self.pinned().await?;
        let mut funds = self.funds(&pinned.pots, &pinned.rules).await?;
        let Row { committed_fen, accepted_fen, paid_fen, clawed_back_fen, .. } = self.row.clone();
        let booking = funds.release(&pinned.pots, committed_fen, accepted_fen);
        let (today, holds) = (self.today(), [Fen::ZERO, Fen::ZERO, paid_fen, clawed_back_fen]);
        self.book(act, today, "", &mut funds, &booking, holds).await?;
        let update =
            sqlx::query("UPDATE project SET award = NULL, award_fen = 0 WHERE id = $1").bind(self.row.id.clone());
        update.execute(self.db()).await?;
        Ok(())
    }

    /// Delivery ends within the months of the rules.
    pub fn needs_time(&self) -> Result<()> {
        let due =
            self.row.due_on.as_deref().ok_or_else(|| ProgrammeError::refused(RULE_STEP, "nothing was filed yet"))?;
        if self.today() > crate::days::stored(due)? {
            return Err(ProgrammeError::refused(RULE_TIME, format!("delivery had to end on {due}")));
        }
        Ok(())
    }

    /// The rules of the filing may exclude a firm that was found dishonest since.
    pub fn needs_credit(&self, rules: &RuleSet) -> Result<()> {
        if rules.excludes_dishonest && self.row.dishonest {
            return Err(ProgrammeError::refused(RULE_EXCLUDED, "the firm is on the list of serious dishonesty"));
        }
        Ok(())
    }
}

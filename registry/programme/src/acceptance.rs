//! Acceptance 验收: the experts' verdict, and the award that follows from it, booked in the same transaction.

use crate::assessment::sha256;
use crate::award::{Outcome, Spent, award, base};
use crate::case::{self, Case, Pinned};
use crate::filing::{self, Standing};
use crate::ids::ProjectId;
use crate::invoice::{ByLine, add};
use crate::ledger::said;
use crate::life::Act;
use crate::money::Fen;
use crate::programmes::Programmes;
use crate::refusal::{ProgrammeError, Result};
use serde::{Deserialize, Serialize};
use serde_json::json;
use toolcrib_catalog::{Check, Person};
use toolcrib_contract::problem::{RULE_BUDGET, RULE_CONTRACT, RULE_GAIN, RULE_LEVEL, RULE_PAYMENT};
use toolcrib_contract::types::Instant;

/// Experts of one acceptance.
pub const ACCEPTANCE_EXPERTS: usize = 9;

/// What the experts say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    pub accepted: bool,
    pub experts: Vec<String>,
    /// They saw it used.
    pub in_real_use: bool,
    /// 0 to 100.
    pub satisfaction: u8,
    /// Number of the contract and line.
    pub lines_refused: Vec<(String, u32)>,
    /// Hash of the contracts as they were presented.
    pub contracts_sha256: String,
    pub why: String,
}

impl Verdict {
    fn check(&self) -> Result<()> {
        case::why(&self.why)?;
        sha256("/contracts_sha256", &self.contracts_sha256)?;
        let mut check = Check::default();
        let count = (1..=ACCEPTANCE_EXPERTS).contains(&self.experts.len());
        check.expect(count, "/experts", format!("1 to {ACCEPTANCE_EXPERTS} names"));
        for (nth, expert) in self.experts.iter().enumerate() {
            check.name(&format!("/experts/{nth}"), expert);
        }
        check.expect(self.satisfaction <= 100, "/satisfaction", "0 to 100");
        let seen = self.in_real_use || !self.accepted;
        check.expect(seen, "/in_real_use", "what is not in use is not accepted");
        Ok(check.done()?)
    }
}

impl Programmes {
    /// Keeps a verdict. When it accepts, the award is what the pinned rules give, and is booked.
    ///
    /// # Errors
    /// The contracts are not those that were filed; a provider may not act now; no level on site, or one too low; nothing
    /// was paid that the rules pay for; no budget.
    pub async fn accept(&self, id: &ProjectId, verdict: &Verdict, by: &Person, now: Instant) -> Result<()> {
        verdict.check()?;
        let act = if verdict.accepted { Act::Accept } else { Act::Reject };
        let mut case = self.open(id, &by.id, now).await?;
        case.expect(act)?;
        case.needs_distance(by).await?;
        let pinned = case.pinned().await?;
        let unknown = |(contract, line): &(String, u32)| {
            let known = pinned.contracts.iter().filter(|filed| filed.number == *contract);
            !known.flat_map(|filed| &filed.lines).any(|filed| filed.line == *line)
        };
        if let Some(nth) = verdict.lines_refused.iter().position(unknown) {
            return Err(ProgrammeError::input(format!("/lines_refused/{nth}"), "no such line was filed"));
        }
        if verdict.contracts_sha256 != filing::hash(&pinned.contracts) {
            let detail = format!("what was filed has the hash {}", filing::hash(&pinned.contracts));
            return Err(ProgrammeError::refused(RULE_CONTRACT, detail));
        }
        case.unchanged(&pinned.contracts).await?;
        let mut outcome = None;
        if verdict.accepted {
            outcome = Some(case.award(&pinned, verdict).await?);
        }
        case.keep_verdict(verdict).await?;
        case.step(act, &verdict.why).await?;
        case.commit(act, json!({"verdict": verdict, "award": outcome})).await
    }
}

impl Case {
    /// What was spent on each filed line, as it stands now.
    async fn spent(&mut self, pinned: &Pinned, verdict: &Verdict) -> Result<Vec<Spent>> {
        let mut paid = ByLine::new();
        self.payments().await?.iter().for_each(|payment| add(&mut paid, &payment.lines));
        let refunds = self.refunds().await?;
        let lines = pinned
            .contracts
            .iter()
            .flat_map(|contract| contract.lines.iter().map(move |line| ((contract.number.clone(), line.line), line)));
        let spent = lines.map(|(key, line)| Spent {
            category: line.category,
            net: line.net,
            paid: paid.get(&key).copied().unwrap_or_default(),
            accepted: !verdict.lines_refused.contains(&key),
            refunded: refunds.contains(&key),
        });
        Ok(spent.collect())
    }

    /// The level after, measured on site, that the rules ask for.
    fn needs_level(&self, pinned: &Pinned) -> Result<u8> {
        let (min, gain) = (pinned.rules.min_level, pinned.rules.min_gain);
        let after = self
            .row
            .level_after
            .ok_or_else(|| ProgrammeError::refused(RULE_LEVEL, "the level after was not measured on site yet"))?;
        if after < min {
            return Err(ProgrammeError::refused(
                RULE_LEVEL,
                format!("level {after} was measured on site; {min} is asked for"),
            ));
        }
        let before = self.row.level_before.unwrap_or(0);
        if after < before + gain {
            let detail = format!("level {before} before, {after} after; {gain} more are asked for");
            return Err(ProgrammeError::refused(RULE_GAIN, detail));
        }
        Ok(after)
    }

    /// Computes the award and books it.
    async fn award(&mut self, pinned: &Pinned, verdict: &Verdict) -> Result<Outcome> {
        self.needs_credit(&pinned.rules)?;
        self.providers(&pinned.contracts, Standing::Delivering).await?;
        let level = self.needs_level(pinned)?;
        let spent = self.spent(pinned, verdict).await?;
        let base = base(&pinned.rules, &spent).filter(|base| *base > Fen::ZERO);
        let base = base.ok_or_else(|| {
            ProgrammeError::refused(RULE_PAYMENT, "nothing was paid that was accepted and that the rules pay for")
        })?;
        let mut funds = self.funds(&pinned.pots, &pinned.rules).await?;
        let committed = self.row.committed_fen;
        let remaining = funds.remaining(&pinned.pots, committed);
        let outcome = award(&pinned.rules, &pinned.track, pinned.batch, level, base, remaining);
        if outcome.amount == Fen::ZERO && remaining > Fen::ZERO {
            let detail = format!("the rules pay nothing: {} of {base} yuan, at most {}", outcome.rate, outcome.cap);
            return Err(ProgrammeError::refused(RULE_BUDGET, detail));
        }
        let booking = funds.accept(&pinned.pots, committed, outcome.amount)?;
        let values =
            [("rate", outcome.rate.to_string()), ("base", outcome.base.to_string()), ("cap", outcome.cap.to_string())];
        let memo = said("award", &values);
        let (today, holds) = (self.today(), [Fen::ZERO, outcome.amount, Fen::ZERO, Fen::ZERO]);
        self.book(Act::Accept, today, &memo, &mut funds, &booking, holds).await?;
        let id = self.row.id.clone();
        sqlx::query("UPDATE project SET award = $1, award_fen = $2 WHERE id = $3")
            .bind(json!(outcome).to_string())
            .bind(outcome.amount)
            .bind(&id)
            .execute(self.db())
            .await?;
        Ok(outcome)
    }

    async fn keep_verdict(&mut self, verdict: &Verdict) -> Result<()> {
        let (row, by, now) = (self.row.clone(), self.by.clone(), self.now);
        sqlx::query(
            "INSERT INTO project_acceptance (project, number, verdict, level_before, level_after, at_us, by)
             SELECT $1, count(*) + 1, $2, $3, $4, $5, $6 FROM project_acceptance WHERE project = $1",
        )
        .bind(&row.id)
        .bind(json!(verdict).to_string())
        .bind(i64::from(row.level_before.unwrap_or(0)))
        .bind(i64::from(row.level_after.unwrap_or(0)))
        .bind(now.0)
        .bind(&by)
        .execute(self.db())
        .await?;
        Ok(())
    }
}

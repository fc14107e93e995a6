//! Paying an award in its parts, and demanding it back.

use crate::assessment::sha256;
use crate::case::{self, Case};
use crate::ids::ProjectId;
use crate::ledger::said;
use crate::life::Act;
use crate::money::Fen;
use crate::programmes::Programmes;
use crate::refusal::{ProgrammeError, Result};
use serde_json::json;
use toolcrib_catalog::{CatalogError, Check, PersonId};
use toolcrib_contract::problem::{RULE_CLAW_BACK, RULE_PERIOD, RULE_TRANCHE};
use toolcrib_contract::types::{Date, Instant};

/// Demands of one project.
pub const CLAW_BACKS: i64 = 20;

/// A part of an award.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Tranche {
    /// From 1.
    #[sqlx(try_from = "i64")]
    pub tranche: u32,
    pub amount_fen: Fen,
    pub paid_on: Option<String>,
}

/// Money that is demanded back.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct ClawBack {
    pub number: i64,
    pub amount_fen: Fen,
    pub document: String,
    pub why: String,
    pub at_us: i64,
    /// E-mail.
    pub by: String,
    pub recovered_on: Option<String>,
}

/// A transfer that the bank made: the day, and the hash of its slip.
#[derive(Clone, Debug)]
pub struct Transfer {
    pub paid_on: Date,
    pub bank_slip_sha256: String,
}

impl Transfer {
    /// # Errors
    /// A day that is still to come; no hash.
    pub(crate) fn check(&self, today: Date) -> Result<()> {
        sha256("/bank_slip_sha256", &self.bank_slip_sha256)?;
        if self.paid_on > today {
            return Err(ProgrammeError::refused(RULE_PERIOD, format!("{} is still to come", self.paid_on)));
        }
        Ok(())
    }
}

impl Programmes {
    /// The next part of a granted award is paid.
    ///
    /// # Errors
    /// Not the next part; a day in a closed month or to come; a bank slip that was used; the firm became dishonest.
    pub async fn pay(
        &self,
        id: &ProjectId,
        tranche: u32,
        transfer: &Transfer,
        by: &PersonId,
        now: Instant,
    ) -> Result<()> {
        let mut case = self.open(id, by, now).await?;
        case.expect(Act::PayPart)?;
        transfer.check(case.today())?;
        let pinned = case.pinned().await?;
        case.needs_credit(&pinned.rules)?;
        let tranches = case.tranches().await?;
        let next = tranches.iter().find(|part| part.paid_on.is_none());
        let next = next.filter(|part| part.tranche == tranche).cloned().ok_or_else(|| {
            let detail = match next {
                Some(part) => format!("part {} is next", part.tranche),
                None => "every part is paid".to_owned(),
            };
            ProgrammeError::refused(RULE_TRANCHE, detail)
        })?;
        case.use_slip(&transfer.bank_slip_sha256, &format!("part {tranche} of project {id}")).await?;
        sqlx::query("UPDATE project_tranche SET paid_on = $1 WHERE project = $2 AND tranche = $3")
            .bind(transfer.paid_on.to_string())
            .bind(id)
            .bind(i64::from(tranche))
            .execute(case.db())
            .await?;
        let is_last = tranches.last().is_some_and(|last| last.tranche == tranche);
        let act = if is_last { Act::PayLast } else { Act::PayPart };
        let amount = next.amount_fen;
        let mut funds = case.funds(&pinned.pots, &pinned.rules).await?;
        let booking = funds.pay(amount)?;
        let accepted = case.row.accepted_fen.saturating_sub(amount);
        let paid = case.row.paid_fen.checked_add(amount).unwrap_or(Fen::MAX);
        let memo = said("award-part", &[("tranche", tranche.to_string())]);
        let holds = [Fen::ZERO, accepted, paid, case.row.clawed_back_fen];
        case.book(act, transfer.paid_on, &memo, &mut funds, &booking, holds).await?;
        case.step(act, &memo).await?;
        case.commit(act, json!({"tranche": tranche, "amount_fen": amount, "slip": transfer.bank_slip_sha256})).await
    }

    /// Demands back what was paid; what was not paid yet returns to the budget. The number of the demand.
    ///
    /// # Errors
    /// More than was paid and not demanded yet; the state.
    pub async fn claw_back(
        &self,
        id: &ProjectId,
        amount: Fen,
        document: &str,
        why: &str,
        by: &PersonId,
        now: Instant,
    ) -> Result<i64> {
        case::why(why)?;
        let mut check = Check::default();
        check.name("/document", document);
        check.expect(amount > Fen::ZERO, "/amount_fen", "above nought");
        check.done()?;
        let mut case = self.open(id, by, now).await?;
        case.expect(Act::ClawBack)?;
        let (paid, unpaid, clawed) = (case.row.paid_fen, case.row.accepted_fen, case.row.clawed_back_fen);
        let left = paid.checked_sub(amount).ok_or_else(|| {
            ProgrammeError::refused(RULE_CLAW_BACK, format!("{paid} yuan were paid and not demanded back yet"))
        })?;
        let pinned = case.pinned().await?;
        let mut funds = case.funds(&pinned.pots, &pinned.rules).await?;
        let booking = funds.claw_back(&pinned.pots, amount, unpaid)?;
        let (today, demanded) = (case.today(), clawed.checked_add(amount).unwrap_or(Fen::MAX));
        let holds = [Fen::ZERO, Fen::ZERO, left, demanded];
        case.book(Act::ClawBack, today, document, &mut funds, &booking, holds).await?;
        let count = sqlx::query_as("SELECT count(*) FROM project_claw_back WHERE project = $1").bind(id);
        let (count,): (i64,) = count.fetch_one(case.db()).await?;
        if count >= CLAW_BACKS {
            return Err(CatalogError::Limit(format!("at most {CLAW_BACKS} demands of one project")).into());
        }
        sqlx::query(
            "INSERT INTO project_claw_back (project, number, amount_fen, document, why, at_us, by)
                 VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(id)
        .bind(count + 1)
        .bind(amount)
        .bind(document)
        .bind(why)
        .bind(now.0)
        .bind(by)
        .execute(case.db())
        .await?;
        case.step(Act::ClawBack, why).await?;
        case.commit(Act::ClawBack, json!({"number": count + 1, "amount_fen": amount, "document": document})).await?;
        Ok(count + 1)
    }

    /// What was demanded back has come.
    ///
    /// # Errors
    /// There is no such demand, or it came already; a day in a closed month or to come; a bank slip that was used.
    pub async fn recover(
        &self,
        id: &ProjectId,
        number: i64,
        transfer: &Transfer,
        by: &PersonId,
        now: Instant,
    ) -> Result<()> {
        let mut case = self.open(id, by, now).await?;
        case.expect(Act::Recover)?;
        transfer.check(case.today())?;
        let update = sqlx::query_as(
            "UPDATE project_claw_back SET recovered_on = $1 WHERE project = $2 AND number = $3 AND recovered_on IS NULL
             RETURNING amount_fen, document",
        );
        let update = update.bind(transfer.paid_on.to_string()).bind(id).bind(number);
        let row: Option<(Fen, String)> = update.fetch_optional(case.db()).await?;
        let (amount, document) = row.ok_or_else(|| ProgrammeError::not_found("open demand"))?;
        case.use_slip(&transfer.bank_slip_sha256, &format!("demand {number} of project {id}")).await?;
        let pinned = case.pinned().await?;
        let mut funds = case.funds(&pinned.pots, &pinned.rules).await?;
        let booking = funds.recover(&pinned.pots, amount)?;
        let holds = [Fen::ZERO, Fen::ZERO, case.row.paid_fen, case.row.clawed_back_fen.saturating_sub(amount)];
        case.book(Act::Recover, transfer.paid_on, &document, &mut funds, &booking, holds).await?;
        case.step(Act::Recover, &document).await?;
        case.commit(Act::Recover, json!({"number": number, "amount_fen": amount})).await
    }
}

impl Case {
    pub async fn tranches(&mut self) -> Result<Vec<Tranche>> {
        let id = self.row.id.clone();
        tranches(self.db(), &id).await
    }
}

/// Parts of a project's award, in their order.
pub(crate) async fn tranches(db: &mut sqlx::AnyConnection, id: &ProjectId) -> Result<Vec<Tranche>> {
    let query =
        sqlx::query_as("SELECT tranche, amount_fen, paid_on FROM project_tranche WHERE project = $1 ORDER BY tranche");
    Ok(query.bind(id).fetch_all(db).await?)
}

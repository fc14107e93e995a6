//! Payments of firms, company to company, matched by line to an invoice; and lines that a provider paid back.

use crate::assessment::sha256;
use crate::case::{self, Case};
use crate::ids::{InvoiceId, PaymentId, ProjectId};
use crate::invoice::{ByLine, OnLine, add, filed_line, sum};
use crate::life::{Act, State};
use crate::money::Fen;
use crate::programmes::Programmes;
use crate::refusal::{ProgrammeError, Result};
use crate::uscc::Uscc;
use serde_json::json;
use std::collections::BTreeSet;
use toolcrib_catalog::{CatalogError, PersonId, Whole};
use toolcrib_contract::problem::{RULE_INVOICE_USED, RULE_PAYMENT};
use toolcrib_contract::types::{Date, Instant};
use toolcrib_contract::world::Chance;

/// Payments of one project.
pub const PAYMENTS: usize = 400;

/// A payment to keep.
#[derive(Clone, Debug)]
pub struct NewPayment {
    pub invoice: InvoiceId,
    pub payer: Uscc,
    pub payee: Uscc,
    pub paid_on: Date,
    pub lines: Vec<OnLine>,
    pub bank_slip_sha256: String,
}

/// A payment as it was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    pub id: PaymentId,
    pub invoice: InvoiceId,
    pub paid_on: String,
    pub lines: Vec<OnLine>,
    pub amount: Fen,
    pub bank_slip_sha256: String,
    pub at: Instant,
}

/// A line that was paid back.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Refund {
    pub contract: String,
    #[sqlx(try_from = "i64")]
    pub line: u32,
    pub why: String,
    pub at_us: i64,
    /// E-mail.
    pub by: String,
}

fn refuse(detail: String) -> ProgrammeError {
    ProgrammeError::refused(RULE_PAYMENT, detail)
}

impl Programmes {
    /// Keeps a payment.
    ///
    /// # Errors
    /// Not from the firm to the seller; more than was invoiced; a line that was paid back; a bank slip that was used.
    pub async fn add_payment(
        &self,
        id: &ProjectId,
        new: &NewPayment,
        by: &PersonId,
        now: Instant,
        chance: &dyn Chance,
    ) -> Result<PaymentId> {
        sha256("/bank_slip_sha256", &new.bank_slip_sha256)?;
        let amount = sum(&new.lines)?;
        let mut case = self.open(id, by, now).await?;
        case.expect(Act::Pay)?;
        case.payment_fits(new).await?;
        let payment = PaymentId::generate(now, chance);
        case.use_slip(&new.bank_slip_sha256, &format!("payment {payment}")).await?;
        sqlx::query(
            "INSERT INTO project_payment (id, project, invoice, paid_on, lines, amount_fen, bank_slip_sha256, at_us)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(&payment)
        .bind(id)
        .bind(&new.invoice)
        .bind(new.paid_on.to_string())
        .bind(json!(new.lines).to_string())
        .bind(amount)
        .bind(&new.bank_slip_sha256)
        .bind(now.0)
        .execute(case.db())
        .await?;
        case.step(Act::Pay, "").await?;
        let detail = json!({"payment": payment.as_str(), "invoice": new.invoice.as_str(), "amount_fen": amount});
        case.commit(Act::Pay, detail).await?;
        Ok(payment)
    }

    /// Notes that the provider paid a line back: nothing is paid for it any more. An award that was computed with it falls,
    /// and the project goes back to be accepted anew; one that was granted stays, and can be clawed back.
    ///
    /// # Errors
    /// There is no such line; it was noted before; the state.
    pub async fn add_refund(
        &self,
        id: &ProjectId,
        contract: &str,
        line: u32,
        why: &str,
        by: &PersonId,
        now: Instant,
    ) -> Result<()> {
        case::why(why)?;
        let mut case = self.open(id, by, now).await?;
        let falls = matches!(case.row.state, State::Accepted | State::Publicity);
        let act = if falls { Act::RefundAccepted } else { Act::Refund };
        case.expect(act)?;
        let pinned = case.pinned().await?;
        let on = OnLine { contract: contract.to_owned(), line, amount: Fen::ZERO };
        filed_line(&pinned.contracts, &on).ok_or_else(|| ProgrammeError::input("/line", "no such line was filed"))?;
        let insert = sqlx::query(
            "INSERT INTO project_refund (project, contract, line, why, at_us, by) VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT DO NOTHING",
        );
        let insert = insert.bind(id).bind(contract).bind(i64::from(line)).bind(why).bind(now.0).bind(by);
        if insert.execute(case.db()).await?.rows_affected() == 0 {
            let what = format!("line {line} of contract {contract} was noted as paid back before");
            return Err(CatalogError::NotUnique { pointer: "/line", what }.into());
        }
        if falls {
            case.release(act).await?;
        }
        case.step(act, why).await?;
        case.commit(act, json!({"contract": contract, "line": line, "why": why})).await
    }
}

impl Case {
    async fn payment_fits(&mut self, new: &NewPayment) -> Result<()> {
        let (firm, today) = (self.row.uscc.clone(), self.today());
        let invoices = self.invoices().await?;
        let invoice = invoices.iter().find(|invoice| invoice.id == new.invoice);
        let invoice = invoice.ok_or_else(|| ProgrammeError::input("/invoice", "the project has no such invoice"))?;
        if new.payer.as_str() != firm || new.payee != invoice.seller {
            let detail = format!("a payment that counts goes from {firm} to {}", invoice.seller);
            return Err(refuse(detail));
        }
        if new.paid_on > today {
            return Err(refuse(format!("{} is still to come", new.paid_on)));
        }
        let payments = self.payments().await?;
        if payments.len() >= PAYMENTS {
            return Err(CatalogError::Limit(format!("a project has at most {PAYMENTS} payments")).into());
        }
        let (mut invoiced, mut paid) = (ByLine::new(), ByLine::new());
        add(&mut invoiced, &invoice.lines);
        for payment in payments.iter().filter(|payment| payment.invoice == invoice.id) {
            add(&mut paid, &payment.lines);
        }
        let refunds = self.refunds().await?;
        for on in &new.lines {
            let key = (on.contract.clone(), on.line);
            if refunds.contains(&key) {
                return Err(refuse(format!("the provider paid line {} of contract {} back", on.line, on.contract)));
            }
            let (most, before) = (invoiced.get(&key).copied(), paid.get(&key).copied().unwrap_or_default());
            let most =
                most.ok_or_else(|| refuse(format!("the invoice has no line {} of contract {}", on.line, on.contract)))?;
            if before.checked_add(on.amount).is_none_or(|sum| sum > most) {
                let detail = format!("{most} yuan were invoiced on line {}; {before} were paid before", on.line);
                return Err(refuse(detail));
            }
        }
        Ok(())
    }

    pub async fn payments(&mut self) -> Result<Vec<Payment>> {
        let id = self.row.id.clone();
        of_project(self.db(), &id).await
    }

    /// Contracts and lines that were paid back.
    pub async fn refunds(&mut self) -> Result<BTreeSet<(String, u32)>> {
        let id = self.row.id.clone();
        let query = sqlx::query_as("SELECT contract, line FROM project_refund WHERE project = $1").bind(id);
        let rows: Vec<(String, Whole)> = query.fetch_all(self.db()).await?;
        Ok(rows.into_iter().map(|(contract, Whole(line))| (contract, line)).collect())
    }

    /// A bank slip shows one transfer.
    ///
    /// # Errors
    /// It was used before.
    pub async fn use_slip(&mut self, sha256: &str, used_for: &str) -> Result<()> {
        let now = self.now;
        use_slip(self.db(), sha256, used_for, now).await
    }
}

/// A bank slip shows one transfer, whoever presents it.
pub(crate) async fn use_slip(db: &mut sqlx::AnyConnection, sha256: &str, used_for: &str, now: Instant) -> Result<()> {
    let insert =
        sqlx::query("INSERT INTO bank_slip (sha256, used_for, at_us) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING");
    if insert.bind(sha256).bind(used_for).bind(now.0).execute(db).await?.rows_affected() == 0 {
        return Err(ProgrammeError::refused(RULE_INVOICE_USED, "this bank slip was presented before"));
    }
    Ok(())
}

type Row = (PaymentId, InvoiceId, String, String, Fen, String, i64);

/// A project's payments.
pub(crate) async fn of_project(db: &mut sqlx::AnyConnection, id: &ProjectId) -> Result<Vec<Payment>> {
    let query = sqlx::query_as(
        "SELECT id, invoice, paid_on, lines, amount_fen, bank_slip_sha256, at_us FROM project_payment
         WHERE project = $1 ORDER BY id",
    );
    let rows: Vec<Row> = query.bind(id).fetch_all(db).await?;
    let read = |(id, invoice, paid_on, lines, amount, bank_slip_sha256, at): Row| {
        let lines = serde_json::from_str(&lines).map_err(|error| ProgrammeError::damaged("a payment", &error))?;
        Ok(Payment { id, invoice, paid_on, lines, amount, bank_slip_sha256, at: Instant(at) })
    };
    rows.into_iter().map(read).collect()
}

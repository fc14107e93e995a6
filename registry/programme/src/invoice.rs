//! Invoices, matched by line: each counts once in all projects, whatever form its number is written in.

use crate::assessment::sha256;
use crate::case::{Case, Pinned};
use crate::days;
use crate::filing::FiledContract;
use crate::ids::{InvoiceId, ProjectId};
use crate::invoice_number::normal;
use crate::life::Act;
use crate::money::Fen;
use crate::programmes::Programmes;
use crate::refusal::{ProgrammeError, Result};
use crate::uscc::Uscc;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use toolcrib_catalog::{CatalogError, Flag, PersonId};
use toolcrib_contract::problem::{RULE_INVOICE, RULE_INVOICE_USED};
use toolcrib_contract::types::{Date, Instant};
use toolcrib_contract::world::Chance;

/// Invoices of one project.
pub const INVOICES: usize = 200;

/// An amount on a line of a filed contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnLine {
    /// Number of the contract.
    pub contract: String,
    pub line: u32,
    pub amount: Fen,
}

/// Amounts by contract and line.
pub(crate) type ByLine = BTreeMap<(String, u32), Fen>;

/// An invoice to keep.
#[derive(Clone, Debug)]
pub struct NewInvoice {
    pub number: String,
    pub seller: Uscc,
    pub buyer: Uscc,
    pub issued_on: Date,
    pub lines: Vec<OnLine>,
    pub file_sha256: String,
}

/// An invoice as it was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invoice {
    pub id: InvoiceId,
    /// In the one form that is compared.
    pub number: String,
    pub seller: Uscc,
    pub issued_on: String,
    pub lines: Vec<OnLine>,
    pub amount: Fen,
    pub file_sha256: String,
    pub at: Instant,
}

/// The sum of amounts on lines, each line once and each amount above nought.
///
/// # Errors
/// With a pointer to the line.
pub(crate) fn sum(lines: &[OnLine]) -> Result<Fen> {
    let mut seen = BTreeSet::new();
    if lines.is_empty() {
        return Err(ProgrammeError::input("/lines", "at least one line"));
    }
    for (nth, line) in lines.iter().enumerate() {
        if line.amount == Fen::ZERO {
            return Err(ProgrammeError::input(format!("/lines/{nth}/amount_fen"), "above nought"));
        }
        if !seen.insert((&line.contract, line.line)) {
            return Err(ProgrammeError::input(format!("/lines/{nth}/line"), "each line once"));
        }
    }
    let sum = Fen::sum(lines.iter().map(|line| line.amount));
    sum.ok_or_else(|| ProgrammeError::input("/lines", "they add up to more than any contract is worth"))
}

/// Adds amounts to those by line.
pub(crate) fn add(by_line: &mut ByLine, lines: &[OnLine]) {
    for line in lines {
        let sum = by_line.entry((line.contract.clone(), line.line)).or_default();
        *sum = sum.checked_add(line.amount).unwrap_or(Fen::MAX);
    }
}

/// A line of the filed contracts, with its contract.
pub(crate) fn filed_line<'a>(
    contracts: &'a [FiledContract],
    on: &OnLine,
) -> Option<(&'a FiledContract, &'a crate::contract_line::ContractLine)> {
    let contract = contracts.iter().find(|contract| contract.number == on.contract)?;
    contract.lines.iter().find(|line| line.line == on.line).map(|line| (contract, line))
}

fn refuse(detail: String) -> ProgrammeError {
    ProgrammeError::refused(RULE_INVOICE, detail)
}

impl NewInvoice {
    /// Whether it is from the seller of the lines to the firm, after signing, and at most for what they cost.
    fn fits(&self, pinned: &Pinned, firm: &str, invoiced: &ByLine, today: Date) -> Result<()> {
        if self.buyer.as_str() != firm {
            return Err(refuse(format!("the buyer is {}, the firm is {firm}", self.buyer)));
        }
        if self.issued_on > today {
            return Err(refuse(format!("{} is still to come", self.issued_on)));
        }
        for on in &self.lines {
            let (contract, line) = filed_line(&pinned.contracts, on)
                .ok_or_else(|| refuse(format!("contract {} has no line {}", on.contract, on.line)))?;
            if contract.seller != self.seller {
                return Err(refuse(format!("the seller of contract {} is {}", contract.number, contract.seller)));
            }
            if self.issued_on < days::stored(&contract.signed_on)? {
                return Err(refuse(format!(
                    "contract {} was signed later, on {}",
                    contract.number, contract.signed_on
                )));
            }
            let before = invoiced.get(&(on.contract.clone(), on.line)).copied().unwrap_or_default();
            if before.checked_add(on.amount).is_none_or(|sum| sum > line.net) {
                let detail = format!("line {} costs {} yuan; {before} were invoiced before", on.line, line.net);
                return Err(refuse(detail));
            }
        }
        Ok(())
    }
}

impl Programmes {
    /// Keeps an invoice.
    ///
    /// # Errors
    /// A number that is none; it was used before, in this project or another; it does not fit what was filed.
    pub async fn add_invoice(
        &self,
        id: &ProjectId,
        new: &NewInvoice,
        by: &PersonId,
        now: Instant,
        chance: &dyn Chance,
    ) -> Result<InvoiceId> {
        let form = "the 8 or 20 digits of an invoice; a code before them makes no difference";
        let number = normal(&new.number).ok_or_else(|| ProgrammeError::input("/number", form))?;
        sha256("/file_sha256", &new.file_sha256)?;
        let amount = sum(&new.lines)?;
        let mut case = self.open(id, by, now).await?;
        case.expect(Act::Invoice)?;
        let pinned = case.pinned().await?;
        let invoices = case.invoices().await?;
        if invoices.len() >= INVOICES {
            return Err(CatalogError::Limit(format!("a project has at most {INVOICES} invoices")).into());
        }
        // Before anything else about it: whoever sends an invoice twice hears that, not that the line is full.
        let known = sqlx::query_as(
            "SELECT EXISTS (SELECT 1 FROM project_invoice WHERE seller_uscc = $1 AND number = $2)
                 OR EXISTS (SELECT 1 FROM project_invoice WHERE file_sha256 = $3)",
        );
        let known = known.bind(&new.seller).bind(&number).bind(&new.file_sha256);
        let (Flag(known),): (Flag,) = known.fetch_one(case.db()).await?;
        if known {
            let detail = format!("invoice {number} of {}, or its file, was presented before", new.seller);
            return Err(ProgrammeError::refused(RULE_INVOICE_USED, detail));
        }
        let mut invoiced = ByLine::new();
        invoices.iter().for_each(|invoice| add(&mut invoiced, &invoice.lines));
        new.fits(&pinned, &case.row.uscc, &invoiced, case.today())?;
        let invoice = InvoiceId::generate(now, chance);
        sqlx::query(
            "INSERT INTO project_invoice (id, project, number, seller_uscc, issued_on, lines, amount_fen, file_sha256, at_us)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind(&invoice)
        .bind(id)
        .bind(&number)
        .bind(&new.seller)
        .bind(new.issued_on.to_string())
        .bind(json!(new.lines).to_string())
        .bind(amount)
        .bind(&new.file_sha256)
        .bind(now.0)
        .execute(case.db())
        .await?;
        case.step(Act::Invoice, &number).await?;
        case.commit(Act::Invoice, json!({"invoice": number, "seller": new.seller.as_str(), "amount_fen": amount}))
            .await?;
        Ok(invoice)
    }
}

type Row = (InvoiceId, String, Uscc, String, String, Fen, String, i64);

/// A project's invoices.
pub(crate) async fn of_project(db: &mut sqlx::AnyConnection, id: &ProjectId) -> Result<Vec<Invoice>> {
    let query = sqlx::query_as(
        "SELECT id, number, seller_uscc, issued_on, lines, amount_fen, file_sha256, at_us FROM project_invoice
         WHERE project = $1 ORDER BY id",
    );
    let rows: Vec<Row> = query.bind(id).fetch_all(db).await?;
    let read = |(id, number, seller, issued_on, lines, amount, file_sha256, at): Row| {
        let lines = serde_json::from_str(&lines).map_err(|error| ProgrammeError::damaged("an invoice", &error))?;
        Ok(Invoice { id, number, seller, issued_on, lines, amount, file_sha256, at: Instant(at) })
    };
    rows.into_iter().map(read).collect()
}

impl Case {
    pub async fn invoices(&mut self) -> Result<Vec<Invoice>> {
        let id = self.row.id.clone();
        of_project(self.db(), &id).await
    }
}

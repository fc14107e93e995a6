//! Invoices and credit notes as they are shown.

use super::{INVOICES_LISTED, Payers, number_text};
use crate::calendar::Month;
use crate::money::Fen;
use crate::page::cut;
use crate::refusal::{ProgrammeError, Result};
use sqlx::AnyConnection;
use toolcrib_catalog::{Catalog, TenantId, Whole};
use toolcrib_contract::manifest::Words;

/// An invoice or a credit note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invoice {
    pub id: String,
    pub number: String,
    /// Id, slug and name.
    pub tenant: String,
    pub tenant_slug: String,
    pub tenant_name: String,
    pub month: String,
    /// Number of the invoice that it takes from.
    pub credits: Option<String>,
    pub reason: String,
    pub issued_us: i64,
    pub due: Option<String>,
    pub amount: Fen,
    pub payers: Payers,
    /// What credit notes took.
    pub credited: Fen,
    /// What firm and programme still owe of an invoice; nothing of a credit note, or once it was paid.
    pub owed: Fen,
    pub paid: Option<Paid>,
    /// Only where one document is asked for, or a statement.
    pub lines: Vec<Line>,
}

/// That an invoice was paid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paid {
    /// YYYY-MM-DD
    pub on: String,
    /// As the bank calls the transfer.
    pub reference: String,
    pub amount: Fen,
}

/// A line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub line: u32,
    pub module: String,
    /// Code of the plan, and what people call it.
    pub plan: String,
    pub plan_name: Words,
    pub month: String,
    pub quantity: i64,
    pub amount: Fen,
    pub payers: Payers,
    pub contract: Option<String>,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    series: String,
    number: i64,
    tenant: String,
    tenant_slug: String,
    tenant_name: String,
    month: String,
    credits_series: Option<String>,
    credits_number: Option<i64>,
    reason: String,
    issued_us: i64,
    due: Option<String>,
    amount_fen: Fen,
    firm_fen: Fen,
    provider_fen: Fen,
    programme_fen: Fen,
    credited_fen: Fen,
    /// Of it, what firm and programme got back.
    returned_fen: i64,
    paid_on: Option<String>,
    reference: Option<String>,
    paid_fen: Option<Fen>,
}

impl Row {
    fn read(self) -> Invoice {
        let credits = self.credits_series.zip(self.credits_number);
        let paid = self.paid_on.zip(self.reference).zip(self.paid_fen);
        let is_open = credits.is_none() && paid.is_none();
        let owed = self.firm_fen.get() + self.programme_fen.get() - self.returned_fen;
        Invoice {
            number: number_text(&self.series, self.number),
            credits: credits.map(|(series, number)| number_text(&series, number)),
            payers: Payers { firm: self.firm_fen, provider: self.provider_fen, programme: self.programme_fen },
            id: self.id,
            tenant: self.tenant,
            tenant_slug: self.tenant_slug,
            tenant_name: self.tenant_name,
            month: self.month,
            reason: self.reason,
            issued_us: self.issued_us,
            due: self.due,
            amount: self.amount_fen,
            credited: self.credited_fen,
            owed: Fen::new(owed).filter(|_| is_open).unwrap_or_default(),
            paid: paid.map(|((on, reference), amount)| Paid { on, reference, amount }),
            lines: Vec::new(),
        }
    }
}

macro_rules! documents {
    ($from:literal, $condition:literal) => {
        documents!($from, $condition, "i.id")
    };
    ($from:literal, $condition:literal, $order:literal) => {
        concat!(
            "SELECT i.id, i.series, i.number, i.tenant, t.slug AS tenant_slug, t.name AS tenant_name, i.month, x.series AS credits_series,
                x.number AS credits_number, i.reason, i.issued_us, i.due, i.amount_fen, i.firm_fen, i.provider_fen,
                i.programme_fen,
                (SELECT CAST(coalesce(sum(c.amount_fen), 0) AS BIGINT) FROM platform_invoice c
                    WHERE c.credits = i.id) AS credited_fen,
                (SELECT CAST(coalesce(sum(c.firm_fen + c.programme_fen), 0) AS BIGINT) FROM platform_invoice c
                    WHERE c.credits = i.id)
                    AS returned_fen,
                y.paid_on, y.reference, y.amount_fen AS paid_fen
            FROM ",
            $from,
            " CROSS JOIN tenant t ON t.id = i.tenant LEFT JOIN platform_invoice x ON x.id = i.credits
                LEFT JOIN platform_payment y ON y.invoice = i.id WHERE ",
            $condition,
            " AND ",
            $order,
            " < $1 ORDER BY ",
            $order,
            " DESC LIMIT $2"
        )
    };
}

/// One statement for each filter (1: tenant, 2: month), with the index that has its rows in the order of the page; then
/// those of which something is owed, and one by its id. `$1` is the id before which the page begins, `$2` its length,
/// `$3` the tenant or the id, `$4` the month.
const DOCUMENTS: [&str; 6] = [
    documents!("platform_invoice i", "true"),
    documents!("platform_invoice i INDEXED BY platform_invoice_tenant", "i.tenant = $3"),
    documents!("platform_invoice i INDEXED BY platform_invoice_by_month", "i.month = $4"),
    documents!("platform_invoice i INDEXED BY platform_invoice_tenant", "i.tenant = $3 AND i.month = $4"),
    documents!("platform_owed w CROSS JOIN platform_invoice i ON i.id = w.invoice", "true", "w.invoice"),
    documents!("platform_invoice i", "i.id = $3"),
];
const OWED: usize = 4;
const ONE: usize = 5;
/// Above every id: those are hex digits and hyphens.
const LAST: &str = "~";

/// Every list of this file, for whoever asks what they cost.
#[cfg(test)]
pub(crate) fn statements() -> impl Iterator<Item = &'static str> {
    DOCUMENTS.into_iter()
}

/// Which documents.
#[derive(Clone, Debug, Default)]
pub struct InvoiceFilter {
    pub tenant: Option<TenantId>,
    pub month: Option<Month>,
    /// Invoices of which something is owed, of all tenants and months.
    pub owed: bool,
    pub after: Option<String>,
    pub limit: Option<i64>,
}

/// Documents, newest first, without their lines, and `after` of the next page.
///
/// # Errors
/// The database.
pub async fn list(catalog: &Catalog, filter: &InvoiceFilter) -> Result<(Vec<Invoice>, Option<String>)> {
    let limit = filter.limit.unwrap_or(INVOICES_LISTED).clamp(1, INVOICES_LISTED);
    let which = usize::from(filter.tenant.is_some()) + 2 * usize::from(filter.month.is_some());
    let which = if filter.owed { OWED } else { which };
    let rows: Vec<Row> = sqlx::query_as(catalog.engine().text(DOCUMENTS[which]))
        .bind(filter.after.as_deref().unwrap_or(LAST))
        .bind(limit + 1)
        .bind(&filter.tenant)
        .bind(filter.month.map(|month| month.to_string()))
        .fetch_all(catalog.reading())
        .await?;
    let (rows, next) = cut(rows, limit, |row| &row.id);
    Ok((rows.into_iter().map(Row::read).collect(), next))
}

/// One document with its lines.
///
/// # Errors
/// Not found.
pub async fn invoice(catalog: &Catalog, id: &str) -> Result<Invoice> {
    let mut read = catalog.reading().begin().await?;
    let row = sqlx::query_as(catalog.engine().text(DOCUMENTS[ONE])).bind(LAST).bind(1).bind(id);
    let row: Option<Row> = row.fetch_optional(&mut *read).await?;
    let mut invoice = row.ok_or_else(|| ProgrammeError::not_found("invoice"))?.read();
    invoice.lines = lines(&mut read, id).await?;
    Ok(invoice)
}

/// The invoice of a month with its lines, then the credit notes that take from it, by their numbers.
///
/// # Errors
/// The database.
pub async fn statement(catalog: &Catalog, tenant: &TenantId, month: Month) -> Result<Vec<Invoice>> {
    let mut read = catalog.reading().begin().await?;
    let rows = sqlx::query_as(catalog.engine().text(DOCUMENTS[3]))
        .bind(LAST)
        .bind(INVOICES_LISTED)
        .bind(tenant)
        .bind(month.to_string());
    let rows: Vec<Row> = rows.fetch_all(&mut *read).await?;
    let mut documents: Vec<Invoice> = rows.into_iter().map(Row::read).collect();
    documents.sort_by(|one, other| (one.credits.is_some(), &one.number).cmp(&(other.credits.is_some(), &other.number)));
    for document in &mut documents {
        document.lines = lines(&mut read, &document.id).await?;
    }
    Ok(documents)
}

type LineRow = (Whole, String, String, String, String, String, i64, Fen, Fen, Fen, Fen, Option<String>);

async fn lines(db: &mut AnyConnection, invoice: &str) -> Result<Vec<Line>> {
    let query = sqlx::query_as(
        "SELECT l.line, l.module, p.code, p.zh, p.en, l.month, l.quantity, l.amount_fen, l.firm_fen, l.provider_fen, l.programme_fen,
             l.contract
         FROM platform_line l JOIN plan p ON p.id = l.plan WHERE l.invoice = $1 ORDER BY l.line",
    );
    let rows: Vec<LineRow> = query.bind(invoice).fetch_all(db).await?;
    let line =
        |(Whole(line), module, plan, zh, en, month, quantity, amount, firm, provider, programme, contract)| Line {
            line,
            module,
            plan,
            plan_name: Words { zh, en },
            month,
            quantity,
            amount,
            payers: Payers { firm, provider, programme },
            contract,
        };
    Ok(rows.into_iter().map(line).collect())
}

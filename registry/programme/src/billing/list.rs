//! Invoices and credit notes as they are shown.

use super::{INVOICES_LISTED, Payers, number_text};
use crate::calendar::Month;
use crate::money::Fen;
use crate::refusal::{ProgrammeError, Result};
use sqlx::SqliteConnection;
use toolcrib_catalog::{Catalog, TenantId};

/// An invoice or a credit note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invoice {
    pub id: String,
    pub number: String,
    /// Id and slug.
    pub tenant: String,
    pub tenant_slug: String,
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
    /// Only where one document is asked for, or a statement.
    pub lines: Vec<Line>,
}

/// A line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub line: u32,
    pub module: String,
    /// Code of the plan.
    pub plan: String,
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
}

impl Row {
    fn read(self) -> Invoice {
        let credits = self.credits_series.zip(self.credits_number);
        Invoice {
            number: number_text(&self.series, self.number),
            credits: credits.map(|(series, number)| number_text(&series, number)),
            payers: Payers { firm: self.firm_fen, provider: self.provider_fen, programme: self.programme_fen },
            id: self.id,
            tenant: self.tenant,
            tenant_slug: self.tenant_slug,
            month: self.month,
            reason: self.reason,
            issued_us: self.issued_us,
            due: self.due,
            amount: self.amount_fen,
            credited: self.credited_fen,
            lines: Vec::new(),
        }
    }
}

/// `?1` tenant, `?2` month, `?3` the last id of the page before, `?4` how many, `?5` an id.
const QUERY: &str = "SELECT i.id, i.series, i.number, i.tenant, t.slug AS tenant_slug, i.month, x.series AS credits_series,
        x.number AS credits_number, i.reason, i.issued_us, i.due, i.amount_fen, i.firm_fen, i.provider_fen,
        i.programme_fen, (SELECT coalesce(sum(c.amount_fen), 0) FROM platform_invoice c WHERE c.credits = i.id) AS credited_fen
    FROM platform_invoice i JOIN tenant t ON t.id = i.tenant LEFT JOIN platform_invoice x ON x.id = i.credits
    WHERE (?1 IS NULL OR i.tenant = ?1) AND (?2 IS NULL OR i.month = ?2) AND (?3 IS NULL OR i.id < ?3)
        AND (?5 IS NULL OR i.id = ?5) ORDER BY i.id DESC LIMIT ?4";

/// Which documents.
#[derive(Clone, Debug, Default)]
pub struct InvoiceFilter {
    pub tenant: Option<TenantId>,
    pub month: Option<Month>,
    pub after: Option<String>,
    pub limit: Option<i64>,
}

/// Documents, newest first, without their lines, and `after` of the next page.
///
/// # Errors
/// The database.
pub async fn list(catalog: &Catalog, filter: &InvoiceFilter) -> Result<(Vec<Invoice>, Option<String>)> {
    let limit = filter.limit.unwrap_or(INVOICES_LISTED).clamp(1, INVOICES_LISTED);
    let mut rows: Vec<Row> = sqlx::query_as(QUERY)
        .bind(&filter.tenant)
        .bind(filter.month.map(|month| month.to_string()))
        .bind(&filter.after)
        .bind(limit + 1)
        .bind(None::<String>)
        .fetch_all(catalog.reading())
        .await?;
    let limit = usize::try_from(limit).expect("a page is small");
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more).map(|row| row.id.clone());
    Ok((rows.into_iter().map(Row::read).collect(), next))
}

/// One document with its lines.
///
/// # Errors
/// Not found.
pub async fn invoice(catalog: &Catalog, id: &str) -> Result<Invoice> {
    let mut read = catalog.reading().begin().await?;
    let none = None::<String>;
    let row = sqlx::query_as(QUERY).bind(&none).bind(&none).bind(&none).bind(1).bind(id);
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
    let none = None::<String>;
    let rows = sqlx::query_as(QUERY).bind(tenant).bind(month.to_string()).bind(&none).bind(INVOICES_LISTED).bind(&none);
    let rows: Vec<Row> = rows.fetch_all(&mut *read).await?;
    let mut documents: Vec<Invoice> = rows.into_iter().map(Row::read).collect();
    documents.sort_by(|one, other| (one.credits.is_some(), &one.number).cmp(&(other.credits.is_some(), &other.number)));
    for document in &mut documents {
        document.lines = lines(&mut read, &document.id).await?;
    }
    Ok(documents)
}

type LineRow = (u32, String, String, String, i64, Fen, Fen, Fen, Fen, Option<String>);

async fn lines(db: &mut SqliteConnection, invoice: &str) -> Result<Vec<Line>> {
    let query = sqlx::query_as(
        "SELECT l.line, l.module, p.code, l.month, l.quantity, l.amount_fen, l.firm_fen, l.provider_fen, l.programme_fen,
             l.contract
         FROM platform_line l JOIN plan p ON p.id = l.plan WHERE l.invoice = ? ORDER BY l.line",
    );
    let rows: Vec<LineRow> = query.bind(invoice).fetch_all(db).await?;
    let line = |(line, module, plan, month, quantity, amount, firm, provider, programme, contract)| Line {
        line,
        module,
        plan,
        month,
        quantity,
        amount,
        payers: Payers { firm, provider, programme },
        contract,
    };
    Ok(rows.into_iter().map(line).collect())
}

//! Issuing the invoices of a month: one transaction per tenant, each tenant once.

use super::{
    BILL_LINES, BILL_MONTHS, BILLED_AT_ONCE, Choice, NewDocument, NewLine, Owed, PER_USE_MONTHS, Payers, issue, owed,
};
use crate::calendar::Month;
use crate::money::Fen;
use crate::page::cut;
use crate::refusal::{ProgrammeError, Result};
use serde_json::json;
use sqlx::AnyConnection;
use std::collections::{BTreeMap, BTreeSet};
use toolcrib_catalog::{Catalog, CatalogError, Flag, Line, PersonId, PlanKind, Writing, new_id};
use toolcrib_contract::problem::MONTH_OPEN;
use toolcrib_contract::types::{Date, Instant};
use toolcrib_contract::world::Chance;

/// What a run did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Run {
    /// Numbers of the invoices.
    pub issued: Vec<String>,
    /// Tenants that owe nothing, or were billed before.
    pub skipped: u64,
    /// Tenants (id) that could not be billed, with why.
    pub failed: Vec<(String, String)>,
    /// Tenants are left: `after` of the next run.
    pub next: Option<String>,
}

/// Bills a month that is over to at most [`BILLED_AT_ONCE`] tenants after this one. Whoever has an invoice for the month
/// is passed over; what was reported late for the month before comes with this one.
///
/// # Errors
/// `month-open`; more than [`BILL_MONTHS`] ago; the database. What one tenant's data forbids is told, and others are billed.
pub async fn run(
    catalog: &Catalog,
    month: Month,
    after: Option<&str>,
    by: &PersonId,
    now: Instant,
    chance: &dyn Chance,
) -> Result<Run> {
    if !month.is_over(now) {
        return Err(ProgrammeError::refused(MONTH_OPEN, format!("{month} ends later")));
    }
    if Month::of(now).since(month) > BILL_MONTHS {
        return Err(ProgrammeError::input("/month", format!("at most {BILL_MONTHS} months ago")));
    }
    let tenants: Vec<(String,)> = sqlx::query_as(
        "SELECT DISTINCT tenant FROM chosen_plan WHERE since_us < $1 AND tenant > $2 ORDER BY tenant LIMIT $3",
    )
    .bind(month.bounds().1.0)
    .bind(after.unwrap_or_default())
    .bind(BILLED_AT_ONCE + 1)
    .fetch_all(catalog.reading())
    .await?;
    let (tenants, next) = cut(tenants, BILLED_AT_ONCE, |(tenant,)| tenant);
    let mut run = Run { next, ..Run::default() };
    for (tenant,) in &tenants {
        match bill(catalog, tenant, month, by, now, chance).await {
            Ok(Some(number)) => run.issued.push(number),
            Ok(None) => run.skipped += 1,
            Err(ProgrammeError::Catalog(error @ (CatalogError::Limit(_) | CatalogError::Input(_)))) => {
                run.failed.push((tenant.clone(), error.to_string()));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(run)
}

/// The number of the invoice; none when there is nothing to bill.
async fn bill(
    catalog: &Catalog,
    tenant: &str,
    month: Month,
    by: &PersonId,
    now: Instant,
    chance: &dyn Chance,
) -> Result<Option<String>> {
    let mut writing = catalog.writing(now).await?;
    let billed = sqlx::query_as(
        "SELECT EXISTS (SELECT 1 FROM platform_invoice WHERE tenant = $1 AND month = $2 AND credits IS NULL)",
    );
    let billed = billed.bind(tenant).bind(month.to_string());
    let (Flag(billed),): (Flag,) = billed.fetch_one(writing.connection()).await?;
    if billed {
        return Ok(None);
    }
    let lines = lines(&mut writing, tenant, month).await?;
    if lines.is_empty() {
        return Ok(None);
    }
    if lines.len() > BILL_LINES {
        return Err(CatalogError::Limit(format!("an invoice has at most {BILL_LINES} lines")).into());
    }
    let id = new_id(now, chance);
    let text = month.to_string();
    let document = NewDocument { id: &id, kind: "INV", tenant, month: &text, credits: None, reason: "", by };
    let number = issue(&mut writing, &document, &lines).await?;
    let detail = json!({"number": number, "tenant": tenant, "month": text});
    writing.commit(Line { actor: by.as_str(), act: "invoice.issue", subject: &id, detail }).await?;
    Ok(Some(number))
}

type ChoiceRow = (i64, String, String, PlanKind, i64, Fen, i64, Option<i64>);

/// What the month costs, and what the month before costs more than was billed.
async fn lines(writing: &mut Writing, tenant: &str, month: Month) -> Result<Vec<NewLine>> {
    let before = month.before();
    let db = writing.connection();
    let rows: Vec<ChoiceRow> = sqlx::query_as(
        "SELECT c.number, c.module, c.plan, p.kind, p.price_e4, c.cap_fen, c.since_us, c.ended_us
         FROM chosen_plan c JOIN plan p ON p.id = c.plan
         WHERE c.tenant = $1 AND c.since_us < $2 AND (c.ended_us IS NULL OR c.ended_us > $3)
             ORDER BY c.module, c.number",
    )
    .bind(tenant)
    .bind(month.bounds().1.0)
    .bind(before.bounds().0.0)
    .fetch_all(&mut *db)
    .await?;
    let choice = |(number, module, plan, kind, price_e4, cap, since_us, ended_us): ChoiceRow| Choice {
        number,
        module,
        plan,
        kind,
        price_e4,
        cap,
        since: Instant(since_us),
        ended: ended_us.map(Instant),
    };
    let choices: Vec<Choice> = rows.into_iter().map(choice).collect();
    let calls = calls(db, tenant, before, month).await?;
    let modules: BTreeSet<&str> = choices.iter().map(|choice| choice.module.as_str()).collect();
    let mut lines = Vec::new();
    for module in modules {
        let of_module: Vec<Choice> = choices.iter().filter(|choice| choice.module == module).cloned().collect();
        let none = BTreeMap::new();
        let calls = calls.get(module).unwrap_or(&none);
        for of in [before, month] {
            let all = owed(&of_module, calls, of);
            for choice in of_module.iter().filter_map(|choice| Some((choice, *all.get(&choice.number)?))) {
                let number = u32::try_from(lines.len() + 1).expect("lines are few");
                lines.extend(line(db, tenant, choice, of, number).await?);
            }
        }
    }
    Ok(lines)
}

/// Invocations of these two months, by module and day.
async fn calls(
    db: &mut AnyConnection,
    tenant: &str,
    before: Month,
    month: Month,
) -> Result<BTreeMap<String, BTreeMap<Date, i64>>> {
    let query = sqlx::query_as(
        "SELECT module, day, CAST(sum(calls) AS BIGINT) FROM usage_day
             WHERE tenant = $1 AND day >= $2 || '-01' AND day <= $3 || '-31'
         GROUP BY module, day",
    );
    let rows: Vec<(String, String, i64)> =
        query.bind(tenant).bind(before.to_string()).bind(month.to_string()).fetch_all(db).await?;
    let mut calls: BTreeMap<String, BTreeMap<Date, i64>> = BTreeMap::new();
    for (module, day, count) in rows {
        let day = day.parse().map_err(|error| ProgrammeError::damaged("a day of usage", &error))?;
        calls.entry(module).or_default().insert(day, count);
    }
    Ok(calls)
}

/// A line for what was not billed yet.
async fn line(
    db: &mut AnyConnection,
    tenant: &str,
    (choice, owed): (&Choice, Owed),
    month: Month,
    number: u32,
) -> Result<Option<NewLine>> {
    let billed = sqlx::query_as(
        "SELECT CAST(coalesce(sum(l.amount_fen), 0) AS BIGINT), CAST(coalesce(sum(l.quantity), 0) AS BIGINT)
             FROM platform_line l
             JOIN platform_invoice i ON i.id = l.invoice
         WHERE l.choice = $1 AND l.month = $2 AND i.credits IS NULL",
    );
    let billed = billed.bind(choice.number).bind(month.to_string());
    let (amount, quantity): (Fen, i64) = billed.fetch_one(&mut *db).await?;
    let rest = owed.amount.saturating_sub(amount);
    if rest == Fen::ZERO {
        return Ok(None);
    }
    let contract = contract(db, tenant, choice, month).await?;
    let payers = contract.as_ref().map(|(_, payers)| *payers).unwrap_or_default().split(rest);
    Ok(Some(NewLine {
        line: number,
        module: choice.module.clone(),
        choice: choice.number,
        plan: choice.plan.clone(),
        month: month.to_string(),
        quantity: (owed.quantity - quantity).max(0),
        amount: rest,
        payers,
        contract: contract.map(|(id, _)| id),
    }))
}

/// The contract whose split holds for this plan in this month: the newest of the tenant's firm that has it, for as many
/// months as it buys, or a year of a plan per use.
async fn contract(
    db: &mut AnyConnection,
    tenant: &str,
    choice: &Choice,
    month: Month,
) -> Result<Option<(String, Payers)>> {
    let rows: Vec<(String, i64, i64, Fen, Fen, Fen)> = sqlx::query_as(
        "SELECT c.id, c.signed_us, l.quantity, l.net_fen, l.discount_fen, l.programme_fen
         FROM contract_line l JOIN contract c ON c.id = l.contract JOIN org o ON o.slug = c.firm
             JOIN tenant t ON t.org = o.id
         WHERE t.id = $1 AND l.module = $2 AND l.plan = $3 AND c.replaced_by IS NULL AND c.signed_us < $4
         ORDER BY c.signed_us DESC, c.id DESC, l.line",
    )
    .bind(tenant)
    .bind(&choice.module)
    .bind(&choice.plan)
    .bind(month.bounds().1.0)
    .fetch_all(db)
    .await?;
    let holds = |row: &(String, i64, i64, Fen, Fen, Fen)| {
        let months = if choice.kind == PlanKind::Monthly { row.2 } else { PER_USE_MONTHS };
        (0..months).contains(&month.since(Month::of(Instant(row.1))))
    };
    Ok(rows.into_iter().find(holds).map(|(id, _, _, net, provider, programme)| {
        (id, Payers { firm: net.saturating_sub(programme), provider, programme })
    }))
}

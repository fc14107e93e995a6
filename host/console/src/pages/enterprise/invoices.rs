//! `GET /t/{tenant}/invoices`: what a factory was billed for modules, what was credited, what is paid; `…/{invoice}`: one
//! document with its lines. Both as files for spreadsheets.

use crate::failure::Failure;
use crate::pages::city::csv;
use crate::pages::market::titled;
use crate::visitor::Member;
use axum::extract::{Path, Query};
use axum::response::Response;
use maud::{Markup, html};
use toolcrib_contract::manifest::Words;
use toolcrib_contract::problem::NOT_FOUND;
use toolcrib_registry_client::wire::{PlatformInvoice, PlatformInvoices, PlatformLine};
use toolcrib_ui::form::{FormText, escape};
use toolcrib_ui::language::Tr;
use toolcrib_ui::money::{typed, yuan};
use toolcrib_ui::names::Known;
use toolcrib_ui::part::{self, Press};
use toolcrib_ui::shell::Shell;

/// Documents of a file: two pages of the registry.
const PAGES: usize = 2;

fn path(tenant: &str) -> String {
    format!("/t/{tenant}/invoices")
}

pub async fn show(member: Member, Query(pairs): Query<Vec<(String, String)>>) -> Result<Markup, Failure> {
    let form = FormText::new(pairs);
    let page = documents(&member, form.get("after")).await?;
    Ok(self::page(member.shell(), &member.tenant.slug, &page))
}

async fn documents(member: &Member, after: Option<&str>) -> Result<PlatformInvoices, Failure> {
    let after = after.map(|after| format!("&after={}", escape(after))).unwrap_or_default();
    let query = format!("tenant={}{after}", escape(&member.tenant.slug));
    Ok(member.visitor.registry.platform_invoices(&query).await?)
}

/// Where a document stands: paid, owed with its last day, taken back whole; a credit note is none of these.
pub fn standing(tr: Tr, document: &PlatformInvoice) -> Markup {
    match (&document.credits, &document.paid, document.owed_fen) {
        (Some(number), ..) => html! { (part::tag("idle", &tr.t("money-credit-note"))) " " code { (number) } },
        (None, Some(paid), _) => {
            html! { (part::tag("ok", &tr.t("money-paid"))) " " (paid.on) " " code { (paid.reference) } }
        }
        (None, None, 0) => part::tag("idle", &tr.t("money-nothing-owed")),
        (None, None, _) => {
            let day = document.due.as_deref().unwrap_or_default();
            html! { (part::tag("warn", &tr.t("money-owed"))) " " (tr.with("money-pay-until", &[("day", day)])) }
        }
    }
}

/// What people call a plan; its code where a registry does not tell.
pub fn named<'a>(tr: Tr, name: &'a Words, code: &'a str) -> &'a str {
    let name = tr.words(name);
    if name.is_empty() { code } else { name }
}

/// Below nought for a credit note.
fn signed(document: &PlatformInvoice, fen: i64) -> i64 {
    if document.credits.is_some() { -fen } else { fen }
}

pub fn page(shell: &Shell, tenant: &str, documents: &PlatformInvoices) -> Markup {
    let tr = shell.tr;
    let path = path(tenant);
    let heads = ["money-document", "money-month", "money-amount", "money-credited", "money-we-owe", "money-state"];
    let heads = heads.map(|key| tr.t(key));
    let row = |row: &PlatformInvoice| {
        vec![
            html! { a href={ (path) "/" (row.id) } { (row.number) } },
            html! { (row.month) },
            part::amount(yuan(signed(row, row.amount_fen))),
            part::amount(yuan(row.credited_fen)),
            part::amount(yuan(row.owed_fen)),
            standing(tr, row),
        ]
    };
    let rows: Vec<_> = documents.rows.iter().map(row).collect();
    let older = documents
        .next
        .as_ref()
        .map(|next| part::link(&format!("{path}?after={}", escape(next)), &tr.t("prog-older"), Press::Plain));
    let file = part::download(&format!("{path}/csv"), &tr.t("csv-download"));
    let body = html! {
        (part::lead(&tr.t("money-invoices-lead")))
        @if rows.is_empty() { (part::empty(&tr.t("money-invoices-none"))) }
        @else {
            (part::grid(&tr.t("money-invoices"), &heads, &rows))
            (part::buttons(&older.into_iter().chain([file]).collect::<Vec<_>>()))
        }
    };
    shell.page(&tr.t("money-invoices"), body)
}

/// One of this factory's documents.
async fn document(member: &Member, id: &str) -> Result<PlatformInvoice, Failure> {
    let document = member.visitor.registry.platform_invoice(id).await?;
    if document.tenant_slug == member.tenant.slug {
        return Ok(document);
    }
    // Of another factory of the same person, which has a page of its own.
    Err(NOT_FOUND.because("this factory has no such invoice").into())
}

pub async fn one(member: Member, Path((_, id)): Path<(String, String)>) -> Result<Markup, Failure> {
    let document = document(&member, &id).await?;
    let named = document.lines.iter().map(|line| line.module.as_str());
    let modules = titled(&member.visitor.registry, member.shell(), named).await;
    Ok(one_page(member.shell(), &member.tenant.slug, &document, &modules))
}

pub fn one_page(shell: &Shell, tenant: &str, document: &PlatformInvoice, modules: &[Known]) -> Markup {
    let (tr, names) = (shell.tr, shell.beside().and(modules));
    let path = path(tenant);
    let money = |fen: i64| part::amount(yuan(signed(document, fen)));
    let heads = [
        "module",
        "money-plan",
        "money-month",
        "money-quantity",
        "money-amount",
        "money-by-firm",
        "money-by-provider",
        "money-by-programme",
    ]
    .map(|key| tr.t(key));
    let row = |row: &PlatformLine| {
        vec![
            html! { (names.module(&row.module)) @if let Some(contract) = &row.contract { " " a href={ "/contracts/" (contract) } { (tr.t("money-by-contract")) } } },
            html! { (named(tr, &row.plan_name, &row.plan)) },
            html! { (row.month) },
            part::amount(row.quantity),
            money(row.amount_fen),
            money(row.payers.firm_fen),
            money(row.payers.provider_fen),
            money(row.payers.programme_fen),
        ]
    };
    let mut facts = vec![
        (tr.t("money-month"), html! { (document.month) }),
        (tr.t("money-issued"), shell.zone.show_text(&document.issued_at)),
        (tr.t("money-amount"), money(document.amount_fen)),
        (tr.t("money-by-firm"), money(document.payers.firm_fen)),
        (tr.t("money-by-provider"), money(document.payers.provider_fen)),
        (tr.t("money-by-programme"), money(document.payers.programme_fen)),
        (tr.t("money-state"), standing(tr, document)),
    ];
    if document.credits.is_some() {
        facts.push((tr.t("money-reason"), html! { (document.reason) }));
    } else {
        facts.push((tr.t("money-credited"), part::amount(yuan(document.credited_fen))));
        facts.push((tr.t("money-we-owe"), part::amount(yuan(document.owed_fen))));
    }
    let body = html! {
        (part::crumbs(tr, &[(&path, &tr.t("money-invoices"))]))
        (part::facts(&facts))
        (part::grid(&tr.t("money-lines"), &heads, &document.lines.iter().map(row).collect::<Vec<_>>()))
        (part::dim(&tr.t("money-lines-help")))
        (part::buttons(&[part::download(&format!("{path}/{}/csv", document.id), &tr.t("csv-download"))]))
    };
    shell.page(&document.number, body)
}

/// All documents as a file.
pub async fn file(member: Member) -> Result<Response, Failure> {
    let tr = member.shell().tr;
    let (mut after, mut lines) = (None, Vec::new());
    for _ in 0..PAGES {
        let page = documents(&member, after.as_deref()).await?;
        lines.extend(page.rows.iter().map(|row| {
            let first = [row.number.clone(), row.credits.clone().unwrap_or_default(), row.month.clone()];
            let amounts = [signed(row, row.amount_fen), row.credited_fen, row.owed_fen].map(typed);
            let paid = row.paid.as_ref();
            let paid = [paid.map(|paid| paid.on.clone()), paid.map(|paid| paid.reference.clone())];
            let last = [row.due.clone()].into_iter().chain(paid).map(Option::unwrap_or_default);
            first.into_iter().chain(amounts).chain(last).collect::<Vec<_>>()
        }));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let heads = [
        "money-document",
        "money-credits",
        "money-month",
        "money-amount",
        "money-credited",
        "money-we-owe",
        "money-due-day",
        "money-paid-on",
        "money-reference",
    ];
    Ok(csv(tr, "invoices", &heads, &lines))
}

/// One document's lines as a file.
pub async fn one_file(member: Member, Path((_, id)): Path<(String, String)>) -> Result<Response, Failure> {
    let document = document(&member, &id).await?;
    let line = |row: &PlatformLine| {
        let first = [document.number.clone(), row.line.to_string(), row.module.clone(), row.plan.clone()];
        let payers = row.payers;
        let amounts = [row.amount_fen, payers.firm_fen, payers.provider_fen, payers.programme_fen];
        let amounts = amounts.map(|fen| typed(signed(&document, fen)));
        let middle = [row.month.clone(), row.quantity.to_string()];
        first.into_iter().chain(middle).chain(amounts).collect::<Vec<_>>()
    };
    let heads = [
        "money-document",
        "money-line",
        "module",
        "money-plan",
        "money-month",
        "money-quantity",
        "money-amount",
        "money-by-firm",
        "money-by-provider",
        "money-by-programme",
    ];
    let lines: Vec<_> = document.lines.iter().map(line).collect();
    Ok(csv(member.shell().tr, &document.number.to_lowercase(), &heads, &lines))
}

//! `GET /city/{programme}/ledger`: every booking, balances, closed months; `POST …/close`; the ledger as files.

use super::{PATH, code, csv, decides, frame};
use crate::failure::Failure;
use crate::guard::Posted;
use crate::pages::sent::{Sent, done, line, told};
use crate::visitor::Visitor;
use axum::extract::{Path, Query};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use toolcrib_registry_client::wire::{ClosePeriod, LedgerEntry, LedgerPage, LedgerProof, Period, Posting, Programme};
use toolcrib_ui::form::FormText;
use toolcrib_ui::money::{typed, yuan};
use toolcrib_ui::part::desk;
use toolcrib_ui::part::{self, Press};
use toolcrib_ui::shell::Shell;

/// Pages of the ledger that one file gathers.
const PAGES: usize = 1_000;

/// What the page shows.
pub struct Book {
    pub programme: Programme,
    pub page: LedgerPage,
    pub balances: Vec<Posting>,
    pub periods: Vec<Period>,
    /// Asked for: everything was read again and fits together.
    pub proof: Option<LedgerProof>,
    pub decides: bool,
}

pub async fn show(
    visitor: Visitor,
    Path(id): Path<String>,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Markup, Failure> {
    let form = FormText::new(pairs);
    let book = load(&visitor, &id, &form).await?;
    Ok(page(&visitor.shell, &book, &Sent { form, problem: None }))
}

async fn load(visitor: &Visitor, id: &str, form: &FormText) -> Result<Book, Failure> {
    let after = form.get("after").and_then(|after| after.parse().ok()).unwrap_or(0);
    let registry = &visitor.registry;
    let (programme, page, balances, periods) =
        tokio::join!(registry.programme(id), registry.ledger(id, after), registry.balances(id), registry.periods(id));
    let proof = if form.get("verify").is_some() { Some(registry.verify_ledger(id).await?) } else { None };
    let programme = programme?;
    let decides = decides(visitor, &programme.authority);
    Ok(Book { page: page?, balances: balances?, periods: periods?, proof, decides, programme })
}

pub async fn close(Path(id): Path<String>, Posted { visitor, form }: Posted) -> Result<Response, Failure> {
    let close = ClosePeriod { period: line(&form, "period") };
    match told(visitor.registry.close_period(&id, &close).await)? {
        Ok(_) => Ok(done(&format!("{PATH}/{id}/ledger"), "period-closed")),
        Err(problem) => {
            let sent = Sent::refused(form, problem);
            let book = load(&visitor, &id, &sent.form).await?;
            Ok(sent.answer(page(&visitor.shell, &book, &sent)))
        }
    }
}

pub fn page(shell: &Shell, book: &Book, sent: &Sent) -> Markup {
    let tr = shell.tr;
    let here = format!("{PATH}/{}/ledger", book.programme.id);
    let body = html! {
        (sent.head(tr))
        @if let Some(proof) = &book.proof {
            (part::notice("ok", &tr.with("prog-ledger-verified", &[("count", &proof.entries.to_string()), ("hash", &proof.hash)])))
        }
        (balances(shell, &tr.t("prog-balances"), &book.balances))
        (entries(shell, book))
        (part::buttons(&[
            html! { @if let Some(next) = book.page.next { (part::link(&format!("{here}?after={next}"), &tr.t("prog-next-page"), Press::Plain)) } },
            part::link(&format!("{here}?verify=yes"), &tr.t("prog-ledger-verify"), Press::Plain),
            part::download(&format!("{here}/csv"), &tr.t("csv-download")),
            part::download(&format!("{here}/download"), &tr.t("prog-journal")),
        ]))
        (part::dim(&tr.t("prog-journal-help")))
        (desk::block(&tr.t("prog-periods"), periods(shell, book)))
        @if book.decides { (part::card(&tr.t("prog-period-close"), close_form(shell, &here, sent))) }
    };
    frame(shell, &book.programme, "/ledger", &tr.t("prog-ledger"), &body)
}

fn account(shell: &Shell, posting: &Posting) -> String {
    shell.tr.t(&format!("prog-account-{}", code(posting.account)))
}

fn balances(shell: &Shell, title: &str, postings: &[Posting]) -> Markup {
    let heads = ["prog-account", "prog-balance"].map(|key| shell.tr.t(key));
    let row = |posting: &Posting| vec![html! { (account(shell, posting)) }, part::amount(yuan(posting.amount_fen))];
    part::grid(title, &heads, &postings.iter().map(row).collect::<Vec<_>>())
}

fn entries(shell: &Shell, book: &Book) -> Markup {
    let tr = shell.tr;
    let heads =
        ["prog-number", "prog-booked-on", "prog-act", "prog-about-entry", "prog-postings", "prog-by", "prog-hash"];
    let heads = heads.map(|key| tr.t(key));
    let row = |entry: &LedgerEntry| {
        vec![
            part::amount(entry.number),
            html! { (entry.booked_on) },
            html! { (act(shell, &entry.act)) },
            html! { @match &entry.project { Some(project) => a href={ "/projects/" (project) } { (entry.about) }, None => (entry.about) } @if !entry.memo.is_empty() { br; (super::words(shell.tr, &entry.memo)) } },
            html! { @for posting in &entry.postings { (account(shell, posting)) " " (part::amount(yuan(posting.amount_fen))) br; } },
            html! { (entry.by) },
            part::digest(&entry.hash),
        ]
    };
    let rows: Vec<_> = book.page.entries.iter().map(row).collect();
    html! { @if rows.is_empty() { (part::empty(&tr.t("prog-ledger-none"))) } @else { (part::grid(&tr.t("prog-entries"), &heads, &rows)) } }
}

/// What was booked, in words where there are some.
fn act(shell: &Shell, act: &str) -> String {
    shell.tr.maybe(&format!("prog-book-{act}")).unwrap_or_else(|| act.to_owned())
}

fn periods(shell: &Shell, book: &Book) -> Markup {
    let tr = shell.tr;
    let heads = ["prog-period", "prog-closed-at", "prog-by", "prog-number", "prog-hash"].map(|key| tr.t(key));
    let row = |period: &Period| {
        vec![
            html! { (period.period) },
            shell.zone.show_text(&period.closed_at),
            html! { (period.by) },
            part::amount(period.entry),
            part::digest(&period.hash),
        ]
    };
    let rows: Vec<_> = book.periods.iter().map(row).collect();
    html! { @if rows.is_empty() { (part::empty(&tr.t("prog-periods-none"))) } @else { (part::grid(&tr.t("prog-periods"), &heads, &rows)) } }
}

fn close_form(shell: &Shell, here: &str, sent: &Sent) -> Markup {
    let tr = shell.tr;
    let (label, help) = (tr.t("prog-period"), tr.t("prog-period-help"));
    shell.post(
        &format!("{here}/close"),
        html! {
            (sent.field("period", &label, &help, "").required().line("month"))
            (part::buttons(&[part::button(&tr.t("prog-period-close"), Press::Main)]))
        },
    )
}

/// The whole ledger for a spreadsheet: a line for each posting.
pub async fn file(visitor: Visitor, Path(id): Path<String>) -> Result<Response, Failure> {
    let shell = &visitor.shell;
    let (mut after, mut lines) = (0, Vec::new());
    for _ in 0..PAGES {
        let page = visitor.registry.ledger(&id, after).await?;
        for entry in &page.entries {
            lines.extend(entry.postings.iter().map(|posting| cells(shell, entry, posting)));
        }
        let Some(next) = page.next else { break };
        after = next;
    }
    let heads = [
        "prog-number",
        "prog-booked-on",
        "prog-act",
        "prog-about-entry",
        "prog-memo",
        "prog-account",
        "prog-amount",
        "prog-by",
        "prog-hash",
    ];
    Ok(csv(shell.tr, "ledger", &heads, &lines))
}

fn cells(shell: &Shell, entry: &LedgerEntry, posting: &Posting) -> Vec<String> {
    vec![
        entry.number.to_string(),
        entry.booked_on.clone(),
        act(shell, &entry.act),
        entry.about.clone(),
        super::words(shell.tr, &entry.memo),
        account(shell, posting),
        typed(posting.amount_fen),
        entry.by.clone(),
        entry.hash.clone(),
    ]
}

/// The journal that plain-text accounting tools read.
pub async fn journal(visitor: Visitor, Path(id): Path<String>) -> Result<Response, Failure> {
    let text = visitor.registry.journal(&id).await?;
    let headers =
        [(CONTENT_TYPE, "text/plain; charset=utf-8"), (CONTENT_DISPOSITION, "attachment; filename=\"ledger.journal\"")];
    Ok((headers, text).into_response())
}

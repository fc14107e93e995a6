//! What the firm spent: invoices, the payments on them, what a provider paid back.

use super::one::amount;
use maud::{Markup, html};
use toolcrib_registry_client::wire::{FiledContract, Invoice, OnLine, Payment, Project, Refund};
use toolcrib_ui::part;
use toolcrib_ui::shell::Shell;

/// All of it; nothing while nothing was spent.
pub fn spent(shell: &Shell, project: &Project) -> Markup {
    html! {
        @if !project.invoices.is_empty() { (invoices(shell, project)) }
        @if !project.payments.is_empty() { (payments(shell, project)) }
        @if !project.refunds.is_empty() { (refunds(shell, &project.refunds)) }
    }
}

/// The end of a contract's number, when it is an id that nobody reads whole.
pub fn short(number: &str) -> String {
    const KEPT: usize = 8;
    if number.len() == 36 && number.is_ascii() { format!("…{}", &number[36 - KEPT..]) } else { number.to_owned() }
}

fn on(lines: &[OnLine]) -> Markup {
    html! { @for (at, line) in lines.iter().enumerate() {
        @if at > 0 { br; }
        (short(&line.contract)) " #" (line.line) " " (amount(line.amount_fen))
    } }
}

/// A party by its credit code: its name as the project knows it, the code behind it.
pub fn party(project: &Project, uscc: &str) -> Markup {
    let mut contracts = project.filing.iter().flat_map(|filing| &filing.contracts);
    let name = match project.firm.uscc == uscc {
        true => Some(project.firm.name.as_str()),
        false => contracts.find(|contract| contract.seller_uscc == uscc).map(FiledContract::provider_named),
    };
    match name {
        Some(name) => html! { span title=(uscc) { (name) } },
        None => html! { code { (uscc) } },
    }
}

fn invoices(shell: &Shell, project: &Project) -> Markup {
    let tr = shell.tr;
    let heads = ["prog-invoice", "prog-seller", "prog-issued-on", "prog-lines", "prog-amount", "prog-file"]
        .map(|key| tr.t(key));
    let row = |invoice: &Invoice| {
        let of = &invoice.invoice;
        vec![
            html! { code { (of.number) } },
            party(project, &of.seller_uscc),
            html! { (of.issued_on) },
            on(&of.lines),
            amount(invoice.amount_fen),
            part::digest(&of.file_sha256),
        ]
    };
    part::grid(&tr.t("prog-invoices"), &heads, &project.invoices.iter().map(row).collect::<Vec<_>>())
}

fn payments(shell: &Shell, project: &Project) -> Markup {
    let tr = shell.tr;
    let heads =
        ["prog-invoice", "prog-payer", "prog-payee", "prog-paid-on", "prog-lines", "prog-amount", "prog-bank-slip"];
    let heads = heads.map(|key| tr.t(key));
    let number = |id: &str| {
        let invoice = project.invoices.iter().find(|invoice| invoice.id == id);
        invoice.map_or_else(|| id.to_owned(), |invoice| invoice.invoice.number.clone())
    };
    let row = |payment: &Payment| {
        let of = &payment.payment;
        vec![
            html! { code { (number(&of.invoice)) } },
            party(project, &of.payer_uscc),
            party(project, &of.payee_uscc),
            html! { (of.paid_on) },
            on(&of.lines),
            amount(payment.amount_fen),
            part::digest(&of.bank_slip_sha256),
        ]
    };
    part::grid(&tr.t("prog-payments"), &heads, &project.payments.iter().map(row).collect::<Vec<_>>())
}

fn refunds(shell: &Shell, refunds: &[Refund]) -> Markup {
    let tr = shell.tr;
    let heads = ["prog-contract", "prog-line", "prog-why", "prog-by"].map(|key| tr.t(key));
    let row = |refund: &Refund| {
        vec![
            html! { span title=(refund.refund.contract) { (short(&refund.refund.contract)) } },
            part::amount(refund.refund.line),
            html! { (refund.refund.why) },
            html! { (refund.by) " · " (shell.zone.show_text(&refund.at)) },
        ]
    };
    part::grid(&tr.t("prog-refunds"), &heads, &refunds.iter().map(row).collect::<Vec<_>>())
}

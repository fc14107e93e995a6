//! What a firm spends: forms of invoices, payments and of lines that were paid back.

use super::act::{area, file, line as asked};
use super::hash;
use super::money::short;
use crate::guard::Uploaded;
use crate::pages::sent::{Sent, line, lines};
use maud::{Markup, html};
use toolcrib_registry_client::wire::{ContractLine, FiledContract, NewInvoice, NewPayment, NewRefund, OnLine, Project};
use toolcrib_ui::form::FormText;
use toolcrib_ui::money::{read, typed};
use toolcrib_ui::part::desk;
use toolcrib_ui::shell::Shell;

/// Every line of every filed contract.
fn filed(project: &Project) -> impl Iterator<Item = (&FiledContract, &ContractLine)> {
    let contracts = project.filing.iter().flat_map(|filing| &filing.contracts);
    contracts.flat_map(|contract| contract.lines.iter().map(move |line| (contract, line)))
}

/// The field of the amount on a line.
fn amount_name(at: usize) -> String {
    format!("amount-{at}")
}

/// Amounts that were typed beside the lines. What is no amount becomes one that the registry refuses.
fn amounts(form: &FormText, project: &Project) -> Vec<OnLine> {
    let typed = filed(project).enumerate().filter_map(|(at, (contract, of))| {
        let text = line(form, &amount_name(at));
        (!text.is_empty()).then(|| OnLine {
            contract: contract.number.clone(),
            line: of.line,
            amount_fen: read(&text).unwrap_or(-1),
        })
    });
    typed.collect()
}

/// A field for the amount on each line; `initial` is what stands there at first.
fn amount_fields(shell: &Shell, project: &Project, sent: &Sent, help: &str) -> Markup {
    let tr = shell.tr;
    let field = |(at, (contract, of)): (usize, (&FiledContract, &ContractLine))| {
        let (number, net, contract_name) = (of.line.to_string(), typed(of.net_fen), short(&contract.number));
        let pairs =
            [("contract", contract_name.as_str()), ("line", &number), ("description", &of.description), ("net", &net)];
        sent.field(&amount_name(at), &tr.with("prog-line-amount", &pairs), "", "").line("text")
    };
    html! {
        (desk::ticks(&tr.t("prog-lines"), &filed(project).enumerate().map(field).collect::<Vec<_>>()))
        (toolcrib_ui::part::dim(&tr.t(help)))
        @if let Some(error) = sent.error("lines") { (toolcrib_ui::part::notice("bad", error)) }
    }
}

pub fn invoice_fields(shell: &Shell, project: &Project, sent: &Sent) -> Markup {
    let tr = shell.tr;
    let sellers = project.filing.iter().flat_map(|filing| &filing.contracts);
    let mut sellers: Vec<_> = sellers
        .map(|contract| {
            (contract.seller_uscc.clone(), format!("{} {}", contract.provider_named(), contract.seller_uscc))
        })
        .collect();
    sellers.dedup();
    let first = sellers.first().map(|(uscc, _)| uscc.clone()).unwrap_or_default();
    html! {
        (asked(shell, sent, ("number", "prog-invoice", "text"), ""))
        (sent.field("seller_uscc", &tr.t("prog-seller"), "", &first).select(&sellers))
        (asked(shell, sent, ("issued_on", "prog-issued-on", "date"), ""))
        (amount_fields(shell, project, sent, "prog-invoice-amounts-help"))
        (file(shell, sent, "file_sha256", "prog-invoice-file"))
    }
}

pub fn invoice(upload: &Uploaded, project: &Project) -> NewInvoice {
    let form = &upload.form;
    NewInvoice {
        number: line(form, "number"),
        seller_uscc: line(form, "seller_uscc"),
        buyer_uscc: project.firm.uscc.clone(),
        issued_on: line(form, "issued_on"),
        lines: amounts(form, project),
        file_sha256: hash(&upload.file("file_sha256")),
    }
}

pub fn payment_fields(shell: &Shell, project: &Project, sent: &Sent) -> Markup {
    let tr = shell.tr;
    let invoice = |invoice: &toolcrib_registry_client::wire::Invoice| {
        (invoice.id.clone(), format!("{} · {}", invoice.invoice.number, typed(invoice.amount_fen)))
    };
    let invoices: Vec<_> = project.invoices.iter().map(invoice).collect();
    html! {
        (sent.field("invoice", &tr.t("prog-invoice"), "", "").select(&invoices))
        (asked(shell, sent, ("paid_on", "prog-paid-on", "date"), ""))
        (amount_fields(shell, project, sent, "prog-payment-amounts-help"))
        (file(shell, sent, "bank_slip_sha256", "prog-bank-slip"))
    }
}

/// Company to company: from the firm to the seller of the invoice. Without amounts the whole invoice is paid.
pub fn payment(upload: &Uploaded, project: &Project) -> NewPayment {
    let form = &upload.form;
    let id = line(form, "invoice");
    let invoice = project.invoices.iter().find(|invoice| invoice.id == id);
    let typed = amounts(form, project);
    let whole = || invoice.map(|invoice| invoice.invoice.lines.clone()).unwrap_or_default();
    NewPayment {
        invoice: id.clone(),
        payer_uscc: project.firm.uscc.clone(),
        payee_uscc: invoice.map(|invoice| invoice.invoice.seller_uscc.clone()).unwrap_or_default(),
        paid_on: line(form, "paid_on"),
        lines: if typed.is_empty() { whole() } else { typed },
        bank_slip_sha256: hash(&upload.file("bank_slip_sha256")),
    }
}

/// Contract and line of a choice: `number#line`.
pub fn chosen(text: &str) -> (String, u32) {
    let (contract, line) = text.rsplit_once('#').unwrap_or((text, ""));
    (contract.to_owned(), line.parse().unwrap_or(0))
}

/// Every line as a choice.
pub fn choices(project: &Project) -> Vec<(String, String)> {
    let choice = |(contract, line): (&FiledContract, &ContractLine)| {
        let text = format!("{} #{} {} {}", short(&contract.number), line.line, line.description, typed(line.net_fen));
        (format!("{}#{}", contract.number, line.line), text)
    };
    filed(project).map(choice).collect()
}

pub fn refund_fields(shell: &Shell, project: &Project, sent: &Sent) -> Markup {
    html! {
        (sent.field("line", &shell.tr.t("prog-line"), "", "").select(&choices(project)))
        (area(shell, sent, "why", "prog-why"))
    }
}

pub fn refund(form: &FormText) -> NewRefund {
    let (contract, line) = chosen(&line(form, "line"));
    NewRefund { contract, line, why: lines(form, "why") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_chosen_by_contract_and_number() {
        assert_eq!(chosen("HT-2026#7"), ("HT-2026".to_owned(), 7));
        assert_eq!(chosen("a#b#2"), ("a#b".to_owned(), 2));
        assert_eq!(chosen("none"), ("none".to_owned(), 0), "the registry refuses line 0");
    }
}

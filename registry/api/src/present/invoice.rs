//! The marketplace's invoices and usage as the wire shows them.

use toolcrib_contract::types::Instant;
use toolcrib_programme::billing::{self as stored};
use toolcrib_registry_client::wire::{
    InvoicePaid, Payers, PlatformInvoice, PlatformLine, Statement, UsageEvent, UsageEventData,
};

/// What kind of event it is; another shape of its data is another version.
const USAGE_TYPE: &str = "toolcrib.usage.v1";

fn payers(payers: stored::Payers) -> Payers {
    Payers { firm_fen: payers.firm.get(), provider_fen: payers.provider.get(), programme_fen: payers.programme.get() }
}

fn line(line: stored::Line) -> PlatformLine {
    PlatformLine {
        line: line.line,
        module: line.module,
        plan: line.plan,
        plan_name: line.plan_name,
        month: line.month,
        quantity: line.quantity.cast_unsigned(),
        amount_fen: line.amount.get(),
        payers: payers(line.payers),
        contract: line.contract,
    }
}

pub fn invoice(invoice: stored::Invoice) -> PlatformInvoice {
    PlatformInvoice {
        id: invoice.id,
        number: invoice.number,
        tenant: invoice.tenant,
        tenant_slug: invoice.tenant_slug,
        tenant_name: invoice.tenant_name,
        month: invoice.month,
        credits: invoice.credits,
        reason: invoice.reason,
        issued_at: Instant(invoice.issued_us).to_string(),
        due: invoice.due,
        amount_fen: invoice.amount.get(),
        payers: payers(invoice.payers),
        credited_fen: invoice.credited.get(),
        owed_fen: invoice.owed.get(),
        paid: invoice.paid.map(|paid| InvoicePaid {
            on: paid.on,
            reference: paid.reference,
            amount_fen: paid.amount.get(),
        }),
        lines: invoice.lines.into_iter().map(line).collect(),
    }
}

/// What was billed less what was taken back.
pub fn statement(tenant: String, month: String, documents: Vec<stored::Invoice>) -> Statement {
    let (mut invoiced_fen, mut credited_fen, mut rest) = (0, 0, Payers::default());
    for document in &documents {
        let sign = if document.credits.is_some() { -1 } else { 1 };
        if document.credits.is_some() {
            credited_fen += document.amount.get();
        } else {
            invoiced_fen += document.amount.get();
        }
        rest.firm_fen += sign * document.payers.firm.get();
        rest.provider_fen += sign * document.payers.provider.get();
        rest.programme_fen += sign * document.payers.programme.get();
    }
    let documents = documents.into_iter().map(invoice).collect();
    let balance_fen = invoiced_fen - credited_fen;
    Statement { tenant, month, documents, invoiced_fen, credited_fen, balance_fen, payers: rest }
}

pub fn usage_event(event: stored::UsageEvent, source: &str) -> UsageEvent {
    UsageEvent {
        specversion: "1.0".to_owned(),
        id: event.number.to_string(),
        source: source.to_owned(),
        r#type: USAGE_TYPE.to_owned(),
        subject: format!("{}/{}", event.tenant, event.module),
        time: event.at.to_string(),
        datacontenttype: "application/json".to_owned(),
        data: UsageEventData {
            tenant: event.tenant,
            tenant_slug: event.tenant_slug,
            module: event.module,
            version: event.version,
            host: event.host,
            day: event.day,
            calls: event.calls.cast_unsigned(),
            faults: event.faults.cast_unsigned(),
            rows_written: event.rows_written.cast_unsigned(),
            cpu_us: event.cpu_us.cast_unsigned(),
        },
    }
}

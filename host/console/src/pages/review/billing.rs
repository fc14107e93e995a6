//! `GET /review/billing`: the marketplace's money: months to bill, invoices that are owed, statements of providers that are
//! due, the fee. Administrators bill, note what the bank says, and make statements.

use super::{administers, admit};
use crate::failure::Failure;
use crate::guard::Posted;
use crate::pages::provider::revenue::rate;
use crate::pages::sent::{Sent, done, line, told};
use crate::visitor::Visitor;
use axum::extract::{Path, Query};
use axum::response::Response;
use maud::{Markup, html};
use toolcrib_registry_client::wire::{
    BillMonth, MakePayouts, NewPlatformFee, NotePaid, NotePaidOut, Payout, Payouts, PlatformFee, PlatformInvoice,
    PlatformInvoices,
};
use toolcrib_ui::form::{FormText, escape};
use toolcrib_ui::money::{read, typed, yuan};
use toolcrib_ui::part::desk;
use toolcrib_ui::part::{self, Press};
use toolcrib_ui::shell::Shell;

pub const PATH: &str = "/review/billing";
/// Runs of one press: each bills 200 tenants, or makes statements for 200 providers.
const RUNS: usize = 50;
/// Parts of the address that say where a list begins.
const AFTER_INVOICE: &str = "invoices";
const AFTER_PAYOUT: &str = "payouts";

/// What waits.
pub struct Desk {
    pub owed: PlatformInvoices,
    pub due: Payouts,
    pub fees: Vec<PlatformFee>,
    pub administers: bool,
}

pub async fn show(visitor: Visitor, Query(pairs): Query<Vec<(String, String)>>) -> Result<Markup, Failure> {
    let form = FormText::new(pairs);
    let desk = load(&visitor, &form).await?;
    Ok(page(&visitor.shell, &desk, &Sent { form, problem: None }))
}

async fn load(visitor: &Visitor, form: &FormText) -> Result<Desk, Failure> {
    admit(visitor)?;
    let after = |name: &str| form.get(name).map(|after| format!("&after={}", escape(after))).unwrap_or_default();
    let (owed, due) = (format!("owed=true{}", after(AFTER_INVOICE)), format!("due=true{}", after(AFTER_PAYOUT)));
    let registry = &visitor.registry;
    let (owed, due, fees) =
        tokio::join!(registry.platform_invoices(&owed), registry.payouts(&due), registry.platform_fees());
    Ok(Desk { owed: owed?, due: due?, fees: fees?, administers: administers(visitor) })
}

async fn again(visitor: &Visitor, sent: Sent) -> Result<Response, Failure> {
    let desk = load(visitor, &FormText::default()).await?;
    Ok(sent.answer(page(&visitor.shell, &desk, &sent)))
}

/// Bills a month, all tenants.
pub async fn bill(Posted { visitor, form }: Posted) -> Result<Response, Failure> {
    let mut bill = BillMonth { month: line(&form, "month"), after: None };
    for _ in 0..RUNS {
        match told(visitor.registry.bill_month(&bill).await)? {
            Ok(billed) if billed.next.is_none() => break,
            Ok(billed) => bill.after = billed.next,
            Err(problem) => return again(&visitor, Sent::refused(form, problem)).await,
        }
    }
    Ok(done(PATH, "month-billed"))
}

/// Makes the statements up to a month, all providers.
pub async fn make(Posted { visitor, form }: Posted) -> Result<Response, Failure> {
    let mut make = MakePayouts { month: line(&form, "month"), after: None };
    for _ in 0..RUNS {
        match told(visitor.registry.make_payouts(&make).await)? {
            Ok(made) if made.next.is_none() => break,
            Ok(made) => make.after = made.next,
            Err(problem) => return again(&visitor, Sent::refused(form, problem)).await,
        }
    }
    Ok(done(PATH, "payouts-made"))
}

/// An invoice was paid.
pub async fn paid(Path(id): Path<String>, Posted { visitor, form }: Posted) -> Result<Response, Failure> {
    let paid = NotePaid {
        paid_on: line(&form, "paid_on"),
        reference: line(&form, "reference"),
        // What is no amount is refused by the registry, at its field.
        amount_fen: read(&line(&form, "amount_fen")).unwrap_or(-1),
    };
    match told(visitor.registry.note_paid(&id, &paid).await)? {
        Ok(_) => Ok(done(PATH, "payment-noted")),
        Err(problem) => again(&visitor, Sent::refused(form, problem)).await,
    }
}

/// A statement was paid.
pub async fn paid_out(Path(id): Path<String>, Posted { visitor, form }: Posted) -> Result<Response, Failure> {
    let paid = NotePaidOut { paid_on: line(&form, "paid_on"), reference: line(&form, "reference") };
    match told(visitor.registry.note_paid_out(&id, &paid).await)? {
        Ok(_) => Ok(done(PATH, "payment-noted")),
        Err(problem) => again(&visitor, Sent::refused(form, problem)).await,
    }
}

/// The fee from a month on.
pub async fn fee(Posted { visitor, form }: Posted) -> Result<Response, Failure> {
    // Per cent with at most two digits are ten-thousandths: a hundred millionths each.
    let ppm = read(&line(&form, "ppm")).and_then(|points| u32::try_from(points).ok()?.checked_mul(100));
    let fee = NewPlatformFee { from_month: line(&form, "from_month"), ppm: ppm.unwrap_or(u32::MAX) };
    match told(visitor.registry.set_platform_fee(&fee).await)? {
        Ok(_) => Ok(done(PATH, "fee-set")),
        Err(problem) => again(&visitor, Sent::refused(form, problem)).await,
    }
}

pub fn page(shell: &Shell, desk: &Desk, sent: &Sent) -> Markup {
    let tr = shell.tr;
    let body = html! {
        (sent.head(tr))
        (part::lead(&tr.t("money-billing-lead")))
        (desk::block(&tr.t("money-owed-invoices"), owed(shell, desk)))
        (desk::block(&tr.t("money-due-payouts"), due(shell, desk)))
        @if desk.administers {
            (part::card(&tr.t("money-bill-month"), run_form(shell, sent, "bill", &tr.t("money-bill"))))
            (part::card(&tr.t("money-make-payouts"), run_form(shell, sent, "payouts", &tr.t("money-make"))))
        }
        (part::card(&tr.t("money-fee"), fee_form(shell, desk, sent)))
    };
    shell.page(&tr.t("money-billing"), body)
}

fn owed(shell: &Shell, desk: &Desk) -> Markup {
    let tr = shell.tr;
    let heads = ["money-document", "money-tenant", "money-month", "money-we-owe", "money-due-day", "vendor-act"];
    let heads = heads.map(|key| tr.t(key));
    let row = |row: &PlatformInvoice| {
        vec![
            html! { code { (row.number) } },
            html! { @if row.tenant_name.is_empty() { (row.tenant_slug) } @else { (row.tenant_name) } },
            html! { (row.month) },
            part::amount(yuan(row.owed_fen)),
            html! { (row.due.as_deref().unwrap_or("–")) },
            html! { @if desk.administers { (desk::more(&tr.t("money-note-paid"), note_form(shell, &format!("{PATH}/invoices/{}", row.id), Some(row.owed_fen)))) } @else { "–" } },
        ]
    };
    let rows: Vec<_> = desk.owed.rows.iter().map(row).collect();
    html! {
        @if rows.is_empty() { (part::empty(&tr.t("money-owed-none"))) }
        @else { (part::grid(&tr.t("money-owed-invoices"), &heads, &rows)) }
        (older(shell, AFTER_INVOICE, desk.owed.next.as_deref()))
    }
}

fn due(shell: &Shell, desk: &Desk) -> Markup {
    let tr = shell.tr;
    let heads = ["provider", "money-until-month", "money-gross", "money-fee", "money-net", "vendor-act"];
    let heads = heads.map(|key| tr.t(key));
    let row = |row: &Payout| {
        vec![
            html! { a href={ "/provider/payouts/" (row.id) } { (row.provider_name) } },
            html! { (row.month) },
            part::amount(yuan(row.gross_fen)),
            part::amount(yuan(row.fee_fen)),
            part::amount(yuan(row.net_fen)),
            html! { @if desk.administers { (desk::more(&tr.t("money-note-paid"), note_form(shell, &format!("{PATH}/payouts/{}", row.id), None))) } @else { "–" } },
        ]
    };
    let rows: Vec<_> = desk.due.rows.iter().map(row).collect();
    html! {
        @if rows.is_empty() { (part::empty(&tr.t("money-due-none"))) }
        @else { (part::grid(&tr.t("money-due-payouts"), &heads, &rows)) }
        (older(shell, AFTER_PAYOUT, desk.due.next.as_deref()))
    }
}

fn older(shell: &Shell, name: &str, next: Option<&str>) -> Markup {
    let link =
        |next: &str| part::link(&format!("{PATH}?{name}={}", escape(next)), &shell.tr.t("prog-older"), Press::Plain);
    html! { @if let Some(next) = next { (part::buttons(&[link(next)])) } }
}

/// The day and the bank's word; of an invoice also the amount, which is all that is owed.
fn note_form(shell: &Shell, action: &str, amount: Option<i64>) -> Markup {
    let tr = shell.tr;
    // Several of these forms stand on one page: their fields have their own ids.
    let id = action.rsplit('/').next().unwrap_or_default();
    let (day, reference) = (tr.t("money-paid-on"), tr.t("money-reference"));
    shell.post(
        action,
        html! {
            (desk::labelled("date", "paid_on", &format!("paid-{id}"), &day))
            (desk::labelled("text", "reference", &format!("reference-{id}"), &reference))
            @if let Some(fen) = amount {
                input type="hidden" name="amount_fen" value=(typed(fen));
                (part::dim(&tr.with("money-note-whole", &[("amount", &yuan(fen))])))
            }
            (part::buttons(&[part::button(&tr.t("money-note-paid"), Press::Main)]))
        },
    )
}

fn run_form(shell: &Shell, sent: &Sent, what: &str, label: &str) -> Markup {
    let tr = shell.tr;
    let (name, help) = (tr.t("money-month"), tr.t("money-month-help"));
    // Two forms with a month: their ids differ by what they do.
    shell.post(
        &format!("{PATH}/{what}"),
        html! {
            (desk::labelled("month", "month", &format!("month-{what}"), &name))
            @if let Some(error) = sent.error("month") { (part::notice("bad", error)) }
            (part::dim(&help))
            (part::buttons(&[part::button(label, Press::Plain)]))
        },
    )
}

fn fee_form(shell: &Shell, desk: &Desk, sent: &Sent) -> Markup {
    let tr = shell.tr;
    let one = |fee: &PlatformFee| {
        html! { (tr.with("money-fee-from", &[("month", &fee.from_month), ("rate", &rate(fee.ppm))])) }
    };
    html! {
        @if desk.fees.is_empty() { (part::empty(&tr.t("money-fee-none"))) }
        @else { (desk::stack(&desk.fees.iter().map(one).collect::<Vec<_>>())) }
        @if desk.administers { (shell.post(&format!("{PATH}/fee"), html! {
            (sent.field("from_month", &tr.t("money-fee-month"), &tr.t("money-fee-month-help"), "").required().line("month"))
            (sent.field("ppm", &tr.t("money-fee-rate"), &tr.t("money-fee-rate-help"), "").required().line("text"))
            (part::buttons(&[part::button(&tr.t("money-fee-set"), Press::Plain)]))
        })) }
    }
}

//! Pages of invoices, revenue and payouts, drawn with sample data.

use super::{ID, parse};
use crate::pages::enterprise::invoices;
use crate::pages::provider::revenue::{self, Revenue};
use crate::pages::review::billing::{self, Desk};
use crate::pages::sent::Sent;
use maud::Markup;
use serde_json::{Value as Json, json};
use toolcrib_contract::json::InputError;
use toolcrib_contract::problem::Problem;
use toolcrib_registry_client::wire::{Earnings, Payout, Payouts, PlatformInvoice, PlatformInvoices};
use toolcrib_ui::form::FormText;
use toolcrib_ui::names::Known;
use toolcrib_ui::shell::Shell;

fn invoice(more: Json) -> PlatformInvoice {
    let mut invoice = json!({
        "id": ID, "number": "INV-2026-000001", "tenant": ID, "tenant_slug": "acme", "tenant_name": "东湖 <厂>", "month": "2026-11", "credits": null, "reason": "",
        "issued_at": "2026-12-01T08:00:00Z", "due": "2026-12-31", "amount_fen": 1_980_000, "credited_fen": 0, "owed_fen": 1_580_000,
        "payers": {"firm_fen": 880_000, "provider_fen": 400_000, "programme_fen": 700_000}, "paid": null,
        "lines": [{"line": 1, "module": "oee", "plan": "month <b>", "plan_name": {"zh": "包月 <b>", "en": "Monthly <b>"}, "month": "2026-11", "quantity": 30, "amount_fen": 1_980_000,
            "payers": {"firm_fen": 880_000, "provider_fen": 400_000, "programme_fen": 700_000}, "contract": ID}],
    });
    for (name, value) in more.as_object().into_iter().flatten() {
        invoice[name] = value.clone();
    }
    parse(invoice)
}

fn credit_note() -> PlatformInvoice {
    let credits = json!({"number": "CRN-2026-000001", "credits": "INV-2026-000001", "reason": "多收 <三天>", "due": null, "owed_fen": 0});
    invoice(credits)
}

fn documents(some: bool) -> PlatformInvoices {
    let paid = json!({"owed_fen": 0, "paid": {"on": "2026-12-05", "reference": "ICBC <7>", "amount_fen": 1_580_000}});
    let back = json!({"owed_fen": 0, "credited_fen": 1_980_000});
    let all = || vec![invoice(json!({})), invoice(paid), invoice(back), credit_note()];
    PlatformInvoices { rows: if some { all() } else { Vec::new() }, next: some.then(|| ID.into()) }
}

fn payout(paid: bool) -> Payout {
    parse(json!({
        "id": ID, "provider": "good-soft", "provider_name": "Good <Soft>", "month": "2026-12", "gross_fen": 1_580_000, "fee_fen": 237_000,
        "net_fen": 1_343_000, "made_at": "2027-01-01T08:00:00Z", "paid_on": paid.then_some("2027-01-05"), "reference": paid.then_some("B-1 <x>"),
        "lines": [{"document": "CRN-2026-000001", "line": 1, "module": "oee", "subscription": 7, "month": "2026-12", "gross_fen": -1_000,
            "fee_fen": -150, "net_fen": -850}],
    }))
}

fn payouts(some: bool) -> Payouts {
    Payouts { rows: if some { vec![payout(false), payout(true)] } else { Vec::new() }, next: some.then(|| ID.into()) }
}

fn earnings() -> Earnings {
    parse(json!({
        "months": [{"month": "2027-01", "gross_fen": -1_000, "fee_fen": -150, "net_fen": -850},
            {"month": "2026-12", "gross_fen": 1_580_000, "fee_fen": 237_000, "net_fen": 1_343_000}],
        "month": "2027-01",
        "subscriptions": [{"module": "oee", "subscription": 7, "plan": "month", "plan_name": {"zh": "包月", "en": "Monthly"}, "returned_fen": -1_000, "gross_fen": -1_000, "fee_fen": -150,
            "net_fen": -850}],
    }))
}

fn earned(some: bool) -> Revenue {
    let names = [("good-soft", "Good Soft"), ("other", "Other <b>")].map(|(slug, name)| (slug.into(), name.into()));
    let fee = json!({"from_month": "2026-12", "ppm": 150_000, "set_at": "2026-11-23T08:00:00Z"});
    Revenue {
        org: "good-soft".into(),
        orgs: names.into_iter().take(1 + usize::from(some)).collect(),
        earnings: if some { earnings() } else { parse(json!({"months": [], "month": null, "subscriptions": []})) },
        payouts: payouts(some),
        fees: if some { vec![parse(fee)] } else { Vec::new() },
        modules: modules(),
    }
}

fn modules() -> Vec<Known> {
    let title = parse(json!({"zh": "设备 <效率>", "en": "Machine <use>"}));
    vec![Known { name: "oee".into(), title, words: Default::default() }]
}

fn desk(some: bool, administers: bool) -> Desk {
    let owed = PlatformInvoices { rows: documents(some).rows.into_iter().take(1).collect(), ..documents(some) };
    let due = Payouts { rows: payouts(some).rows.into_iter().take(1).collect(), ..payouts(some) };
    let fees = if some { earned(true).fees } else { Vec::new() };
    // On one page an invoice and a statement have different ids.
    let due =
        Payouts { rows: due.rows.into_iter().map(|row| Payout { id: format!("{ID}-2"), ..row }).collect(), ..due };
    Desk { owed, due, fees, administers }
}

pub fn pages(inside: &Shell) -> Vec<(&'static str, Markup)> {
    let error = |pointer: &str| InputError { pointer: pointer.into(), message: "<not like this>".into() };
    let errors = ["/month", "/from_month", "/ppm", "/reference"].map(error).into();
    let refused = Sent::refused(FormText::new(vec![("ppm".into(), "99".into())]), Problem::input(errors));
    vec![
        ("invoices", invoices::page(inside, "acme", &documents(true))),
        ("no invoices", invoices::page(inside, "acme", &documents(false))),
        ("invoice", invoices::one_page(inside, "acme", &invoice(json!({})), &modules())),
        ("credit note", invoices::one_page(inside, "acme", &credit_note(), &modules())),
        ("revenue", revenue::page(inside, &earned(true))),
        ("no revenue", revenue::page(inside, &earned(false))),
        ("payout due", revenue::payout_page(inside, &payout(false), &modules(), (revenue::PATH, "money-revenue"))),
        ("payout paid", revenue::payout_page(inside, &payout(true), &modules(), (revenue::PATH, "money-revenue"))),
        ("billing", billing::page(inside, &desk(true, true), &Sent::default())),
        ("billing refused", billing::page(inside, &desk(true, true), &refused)),
        ("billing read", billing::page(inside, &desk(true, false), &Sent::default())),
        ("nothing to bill", billing::page(inside, &desk(false, true), &Sent::default())),
    ]
}

//! `GET /provider/revenue?org=&month=`: what a provider's modules earned, by month and by subscription, and its statements;
//! `…/payouts/{payout}`: one statement. Both as files for spreadsheets.

use super::{ORG, org, orgs};
use crate::failure::Failure;
use crate::pages::city::csv;
use crate::pages::enterprise::invoices::named;
use crate::pages::market::titled;
use crate::pages::review::billing;
use crate::visitor::Visitor;
use axum::extract::{Path, Query};
use axum::response::Response;
use maud::{Markup, html};
use toolcrib_registry_client::wire::{EarnedLine, EarnedMonth, EarnedOf, Earnings, Payout, Payouts, PlatformFee};
use toolcrib_ui::form::{FormText, escape};
use toolcrib_ui::language::Tr;
use toolcrib_ui::money::{percent, typed, yuan};
use toolcrib_ui::names::Known;
use toolcrib_ui::part::desk;
use toolcrib_ui::part::{self, Press};
use toolcrib_ui::shell::Shell;

pub const PATH: &str = "/provider/revenue";
/// Where a statement's page lies.
const PAYOUTS: &str = "/provider/payouts";

/// What is shown.
pub struct Revenue {
    /// Slug and name of the provider, then those that the visitor could choose instead.
    pub org: String,
    pub orgs: Vec<(String, String)>,
    pub earnings: Earnings,
    pub payouts: Payouts,
    /// The latest rate first.
    pub fees: Vec<PlatformFee>,
    /// What the modules are called that earned something.
    pub modules: Vec<Known>,
}

pub async fn show(visitor: Visitor, Query(pairs): Query<Vec<(String, String)>>) -> Result<Markup, Failure> {
    let form = FormText::new(pairs);
    let slug = org(&visitor, &form)?.slug.clone();
    let registry = &visitor.registry;
    let month = form.get("month").filter(|month| !month.is_empty());
    let (earnings, payouts, fees) = tokio::join!(
        registry.earnings(&slug, month),
        registry.payouts_of(&slug, form.get("after")),
        registry.platform_fees()
    );
    let orgs = orgs(&visitor)?.into_iter().map(|org| (org.slug.clone(), org.name.clone())).collect();
    let earnings = earnings?;
    let named = earnings.subscriptions.iter().map(|row| row.module.as_str());
    let modules = titled(registry, &visitor.shell, named).await;
    let revenue = Revenue { org: slug, orgs, earnings, payouts: payouts?, fees: fees?, modules };
    Ok(page(&visitor.shell, &revenue))
}

/// A rate in per cent: millionths are never finer than what is set.
pub fn rate(ppm: u32) -> String {
    if ppm.is_multiple_of(100) { percent(i64::from(ppm / 100)) } else { format!("{ppm} ppm") }
}

pub fn page(shell: &Shell, revenue: &Revenue) -> Markup {
    let tr = shell.tr;
    let (label, here) = (tr.t("provider"), revenue.org.as_str());
    let fee = revenue.fees.iter().map(|fee| {
        let what = [("month", fee.from_month.as_str()), ("rate", &rate(fee.ppm))];
        html! { (tr.with("money-fee-from", &what)) }
    });
    let body = html! {
        (part::lead(&tr.t("money-revenue-lead")))
        @if revenue.orgs.len() > 1 { (desk::ask(PATH, html! {
            (part::Field { name: ORG, label: &label, ..part::Field::default() }.select(&revenue.orgs, here))
            (part::button(&tr.t("ask"), Press::Plain))
        })) }
        @if revenue.earnings.months.is_empty() { (part::empty(&tr.t("money-revenue-none"))) }
        @else { (months(shell, revenue)) (subscriptions(shell, revenue)) }
        (desk::block(&tr.t("money-payouts"), payouts(shell, revenue)))
        (desk::block(&tr.t("money-fee"), html! {
            @if revenue.fees.is_empty() { (part::empty(&tr.t("money-fee-none"))) }
            @else { (desk::stack(&fee.collect::<Vec<_>>())) }
        }))
    };
    shell.page(&tr.t("money-revenue"), body)
}

fn money(fen: i64) -> Markup {
    part::amount(yuan(fen))
}

fn months(shell: &Shell, revenue: &Revenue) -> Markup {
    let tr = shell.tr;
    let heads = ["money-month", "money-gross", "money-fee", "money-net"].map(|key| tr.t(key));
    let row = |row: &EarnedMonth| {
        let path = format!("{PATH}?{ORG}={}&month={}", escape(&revenue.org), escape(&row.month));
        vec![html! { a href=(path) { (row.month) } }, money(row.gross_fen), money(row.fee_fen), money(row.net_fen)]
    };
    let rows: Vec<_> = revenue.earnings.months.iter().map(row).collect();
    part::grid(&tr.t("money-by-month"), &heads, &rows)
}

/// What each subscription is called: its number, since whose it is, is not told.
fn subscription(tr: Tr, number: i64) -> String {
    tr.with("money-subscription-number", &[("number", &number.to_string())])
}

fn subscriptions(shell: &Shell, revenue: &Revenue) -> Markup {
    let tr = shell.tr;
    let Some(month) = &revenue.earnings.month else { return html! {} };
    let names = shell.beside().and(&revenue.modules);
    let heads =
        ["module", "money-subscription", "money-plan", "money-returned", "money-gross", "money-fee", "money-net"];
    let heads = heads.map(|key| tr.t(key));
    let row = |row: &EarnedOf| {
        vec![
            html! { (names.module(&row.module)) },
            html! { (subscription(tr, row.subscription)) },
            html! { (named(tr, &row.plan_name, &row.plan)) },
            money(row.returned_fen),
            money(row.gross_fen),
            money(row.fee_fen),
            money(row.net_fen),
        ]
    };
    let rows: Vec<_> = revenue.earnings.subscriptions.iter().map(row).collect();
    let file = format!("{PATH}/csv?{ORG}={}&month={}", escape(&revenue.org), escape(month));
    let title = tr.with("money-by-subscription", &[("month", month)]);
    html! {
        (part::grid(&title, &heads, &rows))
        (part::dim(&tr.t("money-subscription-help")))
        (part::buttons(&[part::download(&file, &tr.t("csv-download"))]))
    }
}

/// A statement's standing: due, or paid with its day and reference.
pub fn standing(tr: Tr, payout: &Payout) -> Markup {
    match (&payout.paid_on, &payout.reference) {
        (Some(day), Some(reference)) => {
            html! { (part::tag("ok", &tr.t("money-paid"))) " " (day) " " code { (reference) } }
        }
        _ => part::tag("warn", &tr.t("money-due")),
    }
}

fn payouts(shell: &Shell, revenue: &Revenue) -> Markup {
    let tr = shell.tr;
    let heads = ["money-until-month", "money-gross", "money-fee", "money-net", "money-state"].map(|key| tr.t(key));
    let row = |row: &Payout| {
        vec![
            html! { a href={ (PAYOUTS) "/" (row.id) } { (row.month) } },
            money(row.gross_fen),
            money(row.fee_fen),
            money(row.net_fen),
            standing(tr, row),
        ]
    };
    let rows: Vec<_> = revenue.payouts.rows.iter().map(row).collect();
    let older = revenue.payouts.next.as_ref().map(|next| {
        let path = format!("{PATH}?{ORG}={}&after={}", escape(&revenue.org), escape(next));
        part::link(&path, &tr.t("prog-older"), Press::Plain)
    });
    html! {
        @if rows.is_empty() { (part::empty(&tr.t("money-payouts-none"))) }
        @else { (part::grid(&tr.t("money-payouts"), &heads, &rows)) }
        @if let Some(older) = older { (part::buttons(&[older])) }
    }
}

/// The subscriptions of a month as a file.
pub async fn file(visitor: Visitor, Query(pairs): Query<Vec<(String, String)>>) -> Result<Response, Failure> {
    let form = FormText::new(pairs);
    let slug = org(&visitor, &form)?.slug.clone();
    let earnings = visitor.registry.earnings(&slug, form.get("month")).await?;
    let month = earnings.month.clone().unwrap_or_default();
    let line = |row: &EarnedOf| {
        let first = [month.clone(), row.module.clone(), row.subscription.to_string(), row.plan.clone()];
        first.into_iter().chain([row.returned_fen, row.gross_fen, row.fee_fen, row.net_fen].map(typed)).collect()
    };
    let heads = [
        "money-month",
        "module",
        "money-subscription",
        "money-plan",
        "money-returned",
        "money-gross",
        "money-fee",
        "money-net",
    ];
    let lines: Vec<Vec<String>> = earnings.subscriptions.iter().map(line).collect();
    Ok(csv(visitor.shell.tr, &format!("revenue-{month}"), &heads, &lines))
}

pub async fn payout(visitor: Visitor, Path(id): Path<String>) -> Result<Markup, Failure> {
    let payout = visitor.registry.payout(&id).await?;
    let above = if visitor.reviews() { (billing::PATH, "money-billing") } else { (PATH, "money-revenue") };
    let named = payout.lines.iter().map(|line| line.module.as_str());
    let modules = titled(&visitor.registry, &visitor.shell, named).await;
    Ok(payout_page(&visitor.shell, &payout, &modules, above))
}

/// `above`: the page that led the visitor here, a provider's or the marketplace's, and the key of its name.
pub fn payout_page(shell: &Shell, payout: &Payout, modules: &[Known], above: (&str, &str)) -> Markup {
    let (tr, names) = (shell.tr, shell.beside().and(modules));
    let heads =
        ["money-document", "module", "money-subscription", "money-month", "money-gross", "money-fee", "money-net"];
    let heads = heads.map(|key| tr.t(key));
    let row = |row: &EarnedLine| {
        vec![
            html! { code { (row.document) } " / " (row.line) },
            html! { (names.module(&row.module)) },
            html! { (subscription(tr, row.subscription)) },
            html! { (row.month) },
            money(row.gross_fen),
            money(row.fee_fen),
            money(row.net_fen),
        ]
    };
    let facts = [
        (tr.t("provider"), html! { (payout.provider_name) }),
        (tr.t("money-until-month"), html! { (payout.month) }),
        (tr.t("money-gross"), money(payout.gross_fen)),
        (tr.t("money-fee"), money(payout.fee_fen)),
        (tr.t("money-net"), money(payout.net_fen)),
        (tr.t("money-state"), standing(tr, payout)),
    ];
    let body = html! {
        (part::crumbs(tr, &[(above.0, &tr.t(above.1))]))
        (part::facts(&facts))
        (part::grid(&tr.t("money-payout-lines"), &heads, &payout.lines.iter().map(row).collect::<Vec<_>>()))
        (part::buttons(&[part::download(&format!("{PAYOUTS}/{}/csv", payout.id), &tr.t("csv-download"))]))
    };
    shell.page(&tr.with("money-payout", &[("month", &payout.month)]), body)
}

/// A statement's lines as a file.
pub async fn payout_file(visitor: Visitor, Path(id): Path<String>) -> Result<Response, Failure> {
    let payout = visitor.registry.payout(&id).await?;
    let line = |row: &EarnedLine| {
        let first = [row.document.clone(), row.line.to_string(), row.module.clone(), row.subscription.to_string()];
        let amounts = [row.gross_fen, row.fee_fen, row.net_fen].map(typed);
        first.into_iter().chain([row.month.clone()]).chain(amounts).collect()
    };
    let heads = [
        "money-document",
        "money-line",
        "module",
        "money-subscription",
        "money-month",
        "money-gross",
        "money-fee",
        "money-net",
    ];
    let lines: Vec<Vec<String>> = payout.lines.iter().map(line).collect();
    Ok(csv(visitor.shell.tr, &format!("payout-{}", payout.month), &heads, &lines))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_told_in_per_cent_and_never_rounded() {
        assert_eq!([rate(150_000), rate(0), rate(12_500), rate(33_333)], ["15 %", "0 %", "1.25 %", "33333 ppm"]);
    }
}

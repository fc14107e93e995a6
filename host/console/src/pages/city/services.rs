//! `GET` and `POST /city/{programme}/services`: what goes to public services, chains and platforms: at most a fifth; paid,
//! and demanded back.

use super::{PATH, decides, frame};
use crate::failure::Failure;
use crate::guard::{Posted, Uploaded};
use crate::pages::project::hash;
use crate::pages::sent::{Sent, done, line, told};
use crate::visitor::Visitor;
use axum::extract::{Path, Query};
use axum::response::Response;
use maud::{Markup, html};
use toolcrib_registry_client::wire::{ClawBack, NewClawBack, NewService, Programme, Recover, Service};
use toolcrib_ui::form::FormText;
use toolcrib_ui::money::{percent, read, yuan};
use toolcrib_ui::part::desk;
use toolcrib_ui::part::{self, Press};
use toolcrib_ui::shell::Shell;

/// A programme's services.
pub struct Desk {
    pub programme: Programme,
    pub services: Vec<Service>,
    pub decides: bool,
}

pub async fn show(
    visitor: Visitor,
    Path(id): Path<String>,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Markup, Failure> {
    let desk = load(&visitor, &id).await?;
    Ok(page(&visitor.shell, &desk, &Sent { form: FormText::new(pairs), problem: None }))
}

async fn load(visitor: &Visitor, id: &str) -> Result<Desk, Failure> {
    let (programme, services) = tokio::join!(visitor.registry.programme(id), visitor.registry.services(id));
    let programme = programme?;
    let decides = decides(visitor, &programme.authority);
    Ok(Desk { programme, services: services?, decides })
}

async fn again(visitor: &Visitor, id: &str, sent: Sent) -> Result<Response, Failure> {
    let desk = load(visitor, id).await?;
    Ok(sent.answer(page(&visitor.shell, &desk, &sent)))
}

pub async fn add(Path(id): Path<String>, Posted { visitor, form }: Posted) -> Result<Response, Failure> {
    let service = NewService {
        recipient_uscc: line(&form, "recipient_uscc"),
        recipient: line(&form, "recipient"),
        purpose: line(&form, "purpose"),
        document: line(&form, "document"),
        // What is no amount is refused by the registry, at its field.
        amount_fen: read(&line(&form, "amount_fen")).unwrap_or(-1),
    };
    match told(visitor.registry.new_service(&id, &service).await)? {
        Ok(_) => Ok(done(&format!("{PATH}/{id}/services"), "service-added")),
        Err(problem) => again(&visitor, &id, Sent::refused(form, problem)).await,
    }
}

pub async fn pay(Path((id, number)): Path<(String, i64)>, upload: Uploaded) -> Result<Response, Failure> {
    let slip = upload.file("bank_slip_sha256");
    let Uploaded { visitor, form, .. } = upload;
    let paid = Recover { paid_on: line(&form, "paid_on"), bank_slip_sha256: hash(&slip) };
    match told(visitor.registry.pay_service(&id, number, &paid).await)? {
        Ok(_) => Ok(done(&format!("{PATH}/{id}/services"), "service-paid")),
        Err(problem) => again(&visitor, &id, Sent::refused(form, problem)).await,
    }
}

/// Demands back what a service was paid.
pub async fn claw_back(
    Path((id, number)): Path<(String, i64)>,
    Posted { visitor, form }: Posted,
) -> Result<Response, Failure> {
    let demand = NewClawBack {
        // What is no amount is refused by the registry, at its field.
        amount_fen: read(&line(&form, "amount_fen")).unwrap_or(-1),
        document: line(&form, "document"),
        why: line(&form, "why"),
    };
    match told(visitor.registry.claw_back_service(&id, number, &demand).await)? {
        Ok(_) => Ok(done(&format!("{PATH}/{id}/services"), "service-demanded")),
        Err(problem) => again(&visitor, &id, Sent::refused(form, problem)).await,
    }
}

/// What was demanded back has come.
pub async fn recover(
    Path((id, number, demand)): Path<(String, i64, i64)>,
    upload: Uploaded,
) -> Result<Response, Failure> {
    let slip = upload.file("bank_slip_sha256");
    let Uploaded { visitor, form, .. } = upload;
    let came = Recover { paid_on: line(&form, "paid_on"), bank_slip_sha256: hash(&slip) };
    match told(visitor.registry.recover_service(&id, (number, demand), &came).await)? {
        Ok(_) => Ok(done(&format!("{PATH}/{id}/services"), "service-recovered")),
        Err(problem) => again(&visitor, &id, Sent::refused(form, problem)).await,
    }
}

pub fn page(shell: &Shell, desk: &Desk, sent: &Sent) -> Markup {
    let tr = shell.tr;
    let here = format!("{PATH}/{}/services", desk.programme.id);
    let most = percent(10_000 - i64::from(desk.programme.min_sme_share_bp));
    let heads = ["prog-recipient", "prog-purpose", "prog-document", "prog-amount", "prog-awarded-at", "prog-paid"];
    let heads = heads.map(|key| tr.t(key));
    let row = |row: &Service| {
        let service = &row.service;
        vec![
            html! { (service.recipient) " " code { (service.recipient_uscc) } },
            html! { (service.purpose) },
            html! { (service.document) },
            part::amount(yuan(service.amount_fen)),
            shell.zone.show_text(&row.awarded_at),
            html! { @match &row.paid_at {
                Some(day) => { (part::tag("ok", &tr.t("prog-paid"))) " " (shell.zone.show_text(day)) (back(shell, desk, row)) },
                None if desk.decides => (desk::more(&tr.t("prog-pay"), pay_form(shell, &format!("{here}/{}", row.number), "prog-pay"))),
                None => (tr.t("prog-not-paid")),
            } },
        ]
    };
    let rows: Vec<_> = desk.services.iter().map(row).collect();
    let body = html! {
        (sent.head(tr))
        (part::lead(&tr.with("prog-services-lead", &[("most", &most)])))
        @if rows.is_empty() { (part::empty(&tr.t("prog-services-none"))) }
        @else { (part::grid(&tr.t("prog-services"), &heads, &rows)) }
        @if desk.decides { (part::card(&tr.t("prog-service-new"), form(shell, &here, sent))) }
    };
    frame(shell, &desk.programme, "/services", &tr.t("prog-services"), &body)
}

fn form(shell: &Shell, here: &str, sent: &Sent) -> Markup {
    let tr = shell.tr;
    let fields = [
        ("recipient", "prog-recipient"),
        ("recipient_uscc", "prog-uscc"),
        ("purpose", "prog-purpose"),
        ("document", "prog-document"),
        ("amount_fen", "prog-amount-yuan"),
    ];
    shell.post(
        here,
        html! {
            @for (name, label) in fields { (sent.field(name, &tr.t(label), "", "").required().line("text")) }
            (part::buttons(&[part::button(&tr.t("prog-service-add"), Press::Main)]))
        },
    )
}

/// What was demanded back of a service, and what can be.
fn back(shell: &Shell, desk: &Desk, row: &Service) -> Markup {
    let tr = shell.tr;
    let here = format!("{PATH}/{}/services/{}/claw-backs", desk.programme.id, row.number);
    let demanded: i64 = row.claw_backs.iter().map(|one| one.claw_back.amount_fen).sum();
    let one = |one: &ClawBack| {
        let (amount, document) = (yuan(one.claw_back.amount_fen), one.claw_back.document.as_str());
        html! {
            (tr.with("prog-service-demanded", &[("amount", &amount), ("document", document)])) " "
            @match &one.recovered_on {
                Some(day) => { (part::tag("ok", &tr.t("prog-recovered"))) " " (day) },
                None if desk.decides => (desk::more(&tr.t("prog-service-came"), pay_form(shell, &format!("{here}/{}", one.number), "prog-service-came"))),
                None => (part::tag("warn", &tr.t("prog-not-recovered"))),
            }
        }
    };
    html! {
        @if !row.claw_backs.is_empty() { (desk::stack(&row.claw_backs.iter().map(one).collect::<Vec<_>>())) }
        @if desk.decides && demanded < row.service.amount_fen {
            (desk::more(&tr.t("prog-service-demand"), demand_form(shell, &here, row.service.amount_fen - demanded)))
        }
    }
}

/// How much, by which document, and why.
fn demand_form(shell: &Shell, action: &str, most: i64) -> Markup {
    let tr = shell.tr;
    // Several of these forms stand on one page: their fields have their own ids.
    let id = action.rsplit('/').nth(1).unwrap_or_default();
    let fields =
        [("amount_fen", "prog-amount-yuan"), ("document", "prog-document"), ("why", "prog-service-demand-why")];
    shell.post(
        action,
        html! {
            (part::dim(&tr.with("prog-service-demand-most", &[("amount", &yuan(most))])))
            @for (name, label) in fields { (desk::labelled("text", name, &format!("{name}-{id}"), &tr.t(label))) }
            (part::buttons(&[part::button(&tr.t("prog-service-demand"), Press::Main)]))
        },
    )
}

/// The day of the payment and the bank's slip.
fn pay_form(shell: &Shell, action: &str, press: &str) -> Markup {
    let tr = shell.tr;
    let (day, slip) = (tr.t("prog-paid-on"), tr.t("prog-bank-slip"));
    // Several of these forms stand on one page: their fields have their own ids.
    let id: Vec<_> = action.rsplit('/').take(3).collect();
    let id = id.join("-");
    desk::upload(
        action,
        html! {
            (shell.proof(action))
            (desk::labelled("date", "paid_on", &format!("paid-{id}"), &day))
            (desk::labelled("file", "bank_slip_sha256", &format!("slip-{id}"), &slip))
            (part::buttons(&[part::button(&tr.t(press), Press::Main)]))
        },
    )
}

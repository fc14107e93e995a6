//! `GET` and `POST /projects/{project}/do/{act}`: the form of one act, and the act.

use super::{PATH, Sides, decide, filing, one, onsite, spend};
use crate::failure::Failure;
use crate::guard::Uploaded;
use crate::pages::sent::{Sent, done, lines, told};
use crate::visitor::Visitor;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use toolcrib_contract::problem::{NOT_FOUND, Problem};
use toolcrib_registry_client::wire::{Object, Project, SimpleAct, TakeStep};
use toolcrib_ui::part::desk;
use toolcrib_ui::part::{self, Press};
use toolcrib_ui::shell::Shell;

/// Acts that need nothing but their reason.
const SIMPLE: [(&str, SimpleAct); 7] = [
    ("diagnose", SimpleAct::Diagnose),
    ("start", SimpleAct::Start),
    ("deliver", SimpleAct::Deliver),
    ("withdraw", SimpleAct::Withdraw),
    ("publish", SimpleAct::Publish),
    ("award", SimpleAct::Award),
    ("review", SimpleAct::Review),
];
/// Acts with forms of their own; an answer to an objection has its number behind the name.
const OTHERS: [&str; 10] =
    ["assess", "file", "invoice", "payment", "refund", "accept", "pay", "claw-back", "recover", "object"];
/// Before the number of the objection that is answered.
pub const ANSWER: &str = "answer-";

/// A project whose act has a form, with what the form offers.
pub struct Case {
    pub project: Project,
    pub sides: Sides,
    /// Of a filing: what there is to choose from.
    pub offer: Option<filing::Offer>,
    pub back: (String, String),
}

fn known(name: &str) -> Result<(), Failure> {
    let answers = name.strip_prefix(ANSWER).is_some_and(|number| number.parse::<i64>().is_ok());
    if answers || OTHERS.contains(&name) || SIMPLE.iter().any(|(simple, _)| *simple == name) {
        return Ok(());
    }
    Err(NOT_FOUND.because("there is no such act").into())
}

async fn load(visitor: &Visitor, id: &str, name: &str) -> Result<Case, Failure> {
    known(name)?;
    let project = visitor.registry.project(id).await?;
    let offer = if name == "file" { Some(filing::offer(visitor, &project).await?) } else { None };
    let sides = Sides::of(visitor, &project);
    let back = one::back(visitor, &project, sides);
    Ok(Case { sides, offer, back, project })
}

pub async fn show(visitor: Visitor, Path((id, name)): Path<(String, String)>) -> Result<Response, Failure> {
    let case = load(&visitor, &id, &name).await?;
    Ok(page(&visitor.shell, &case, &name, &Sent::default()).into_response())
}

pub async fn run(Path((id, name)): Path<(String, String)>, upload: Uploaded) -> Result<Response, Failure> {
    let case = load(&upload.visitor, &id, &name).await?;
    match take(&upload, &case, &name).await? {
        Ok(()) => Ok(done(&format!("{PATH}/{id}"), "step-taken")),
        Err(problem) => {
            let Uploaded { mut visitor, form, .. } = upload;
            visitor.shell.back = format!("{PATH}/{id}/do/{name}");
            let sent = Sent::refused(form, problem);
            Ok(sent.answer(page(&visitor.shell, &case, &name, &sent)))
        }
    }
}

async fn take(upload: &Uploaded, case: &Case, name: &str) -> Result<Result<(), Problem>, Failure> {
    let (registry, form, id) = (&upload.visitor.registry, &upload.form, case.project.id.as_str());
    if let Some((_, act)) = SIMPLE.iter().find(|(simple, _)| *simple == name) {
        let step = TakeStep { act: *act, why: lines(form, "why") };
        return Ok(told(registry.take_step(id, &step).await)?.map(drop));
    }
    let answer = match name {
        "assess" => registry.new_assessment(id, &onsite::read(upload)).await,
        "file" => match filing::read(upload, case) {
            Ok(filing) => registry.file_project(id, &filing).await,
            Err(problem) => return Ok(Err(problem)),
        },
        "invoice" => registry.new_invoice(id, &spend::invoice(upload, &case.project)).await,
        "payment" => registry.new_payment(id, &spend::payment(upload, &case.project)).await,
        "refund" => registry.new_refund(id, &spend::refund(form)).await,
        "accept" => registry.accept_project(id, &decide::acceptance(form, &case.project)).await,
        "pay" => registry.pay_tranche(id, &decide::tranche(upload, &case.project)).await,
        "claw-back" => registry.claw_back(id, &decide::claw_back(form)).await,
        "recover" => {
            let (number, recover) = decide::recover(upload);
            registry.recover(id, number, &recover).await
        }
        "object" => return told(registry.object(id, &Object { text: lines(form, "text") }).await),
        other => {
            let number = other.trim_start_matches(ANSWER).parse().unwrap_or(0);
            registry.answer_objection(id, number, &decide::answer(form)).await
        }
    };
    Ok(told(answer)?.map(drop))
}

/// The page of one act.
pub fn page(shell: &Shell, case: &Case, name: &str, sent: &Sent) -> Markup {
    let tr = shell.tr;
    let act = if name.starts_with(ANSWER) { "answer" } else { name };
    let (title, here) = (tr.t(&format!("prog-do-{act}")), format!("{PATH}/{}", case.project.id));
    let action = format!("{here}/do/{name}");
    let body = html! {
        (part::crumbs(tr, &[(&case.back.0, &case.back.1), (&here, &case.project.firm.name)]))
        (sent.above(tr))
        @if let Some(help) = tr.maybe(&format!("prog-do-{act}-help")) { (part::lead(&help)) }
        (desk::upload(&action, html! {
            (shell.proof(&action))
            (fields(shell, case, name, sent))
            (part::buttons(&[part::button(&title, Press::Main), part::link(&here, &tr.t("prog-back"), Press::Plain)]))
        }))
    };
    shell.page(&format!("{title} · {}", case.project.firm.name), body)
}

fn fields(shell: &Shell, case: &Case, name: &str, sent: &Sent) -> Markup {
    let project = &case.project;
    match name {
        "assess" => onsite::fields(shell, case, sent),
        "file" => filing::fields(shell, case, sent),
        "invoice" => spend::invoice_fields(shell, project, sent),
        "payment" => spend::payment_fields(shell, project, sent),
        "refund" => spend::refund_fields(shell, project, sent),
        "accept" => decide::acceptance_fields(shell, project, sent),
        "pay" => decide::tranche_fields(shell, project, sent),
        "claw-back" => decide::claw_back_fields(shell, sent),
        "recover" => decide::recover_fields(shell, project, sent),
        "object" => area(shell, sent, "text", "prog-text"),
        answer if answer.starts_with(ANSWER) => decide::answer_fields(shell, project, answer, sent),
        _ => area(shell, sent, "why", "prog-why"),
    }
}

/// A required text of several lines.
pub fn area(shell: &Shell, sent: &Sent, name: &str, label: &str) -> Markup {
    sent.field(name, &shell.tr.t(label), "", "").required().area(4)
}

/// A required answer in one line.
pub fn line(shell: &Shell, sent: &Sent, (name, label, kind): (&str, &str, &str), initial: &str) -> Markup {
    let tr = shell.tr;
    let help = tr.maybe(&format!("{label}-help")).unwrap_or_default();
    sent.field(name, &tr.t(label), &help, initial).required().line(kind)
}

/// A required file: its fingerprint goes to the registry.
pub fn file(shell: &Shell, sent: &Sent, name: &str, label: &str) -> Markup {
    let tr = shell.tr;
    let help = tr.t("prog-file-help");
    sent.field(name, &tr.t(label), &help, "").required().file("")
}

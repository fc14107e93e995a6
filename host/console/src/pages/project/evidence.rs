//! What proves a project: statements that the platform made and signed, files that somebody uploaded, and what is odd.
//! `GET` and `POST /projects/{project}/evidence` add a file.

use super::one::back;
use super::{PATH, Sides};
use crate::failure::Failure;
use crate::guard::Uploaded;
use crate::pages::sent::{Sent, done, line, told};
use crate::visitor::Visitor;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use toolcrib_registry_client::wire::{
    EvidenceDoubt, EvidenceItem, EvidencePage, EvidenceSource, Project, StatementTold,
};
use toolcrib_ui::part::desk;
use toolcrib_ui::part::{self, Press};
use toolcrib_ui::shell::Shell;

/// What a file can be evidence of: the keys that cities use.
const KEYS: [&str; 10] = ["c5", "c6", "c7", "c1", "b0", "h1", "h2", "e5", "e6", "h3"];
/// Characters of a name in the list, when nobody named the file.
const NAME: &str = "paper";

pub async fn show(visitor: Visitor, Path(id): Path<String>) -> Result<Response, Failure> {
    let project = visitor.registry.project(&id).await?;
    let back = back(&visitor, &project, Sides::of(&visitor, &project));
    Ok(page(&visitor.shell, &project, &back, &Sent::default()).into_response())
}

pub async fn add(Path(id): Path<String>, upload: Uploaded) -> Result<Response, Failure> {
    let (key, name) = (line(&upload.form, "key"), line(&upload.form, "name"));
    let name = if name.is_empty() { NAME.to_owned() } else { name };
    let file = upload.file("file").to_vec();
    let Uploaded { mut visitor, form, .. } = upload;
    match told(visitor.registry.send_file(&id, &key, &name, file).await)? {
        Ok(_) => Ok(done(&format!("{PATH}/{id}"), "evidence-added")),
        Err(problem) => {
            let project = visitor.registry.project(&id).await?;
            let back = back(&visitor, &project, Sides::of(&visitor, &project));
            visitor.shell.back = format!("{PATH}/{id}/evidence");
            let sent = Sent::refused(form, problem);
            Ok(sent.answer(page(&visitor.shell, &project, &back, &sent)))
        }
    }
}

/// The form of one file.
pub fn page(shell: &Shell, project: &Project, back: &(String, String), sent: &Sent) -> Markup {
    let (tr, here) = (shell.tr, format!("{PATH}/{}", project.id));
    let action = format!("{here}/evidence");
    let keys =
        KEYS.map(|key| (key.to_uppercase(), format!("{} {}", key.to_uppercase(), tr.t(&format!("prog-key-{key}")))));
    let body = html! {
        (part::crumbs(tr, &[(&back.0, &back.1), (&here, &project.firm.name)]))
        (sent.above(tr))
        (desk::upload(&action, html! {
            (shell.proof(&action))
            (sent.field("key", &tr.t("prog-evidence-key"), "", "C5").select(&keys))
            (sent.field("name", &tr.t("prog-evidence-name"), "", "").required().line("text"))
            (sent.field("file", &tr.t("prog-evidence-file"), &tr.t("prog-evidence-file-help"), "").required().file(""))
            (part::buttons(&[part::button(&tr.t("prog-evidence-upload"), Press::Main), part::link(&here, &tr.t("prog-back"), Press::Plain)]))
        }))
    };
    shell.page(&tr.t("prog-evidence-add"), body)
}

/// All of it; a note where the reader may not see it.
pub fn block(shell: &Shell, project: &Project, page: Option<&EvidencePage>, sides: Sides) -> Markup {
    let tr = shell.tr;
    let Some(page) = page else { return html! {} };
    let rows: Vec<_> = page.items.iter().map(|item| row(shell, item)).collect();
    let heads = ["prog-evidence-key", "prog-evidence-source", "prog-evidence-what", "prog-file", "prog-by"]
        .map(|key| tr.t(key));
    let path = format!("{PATH}/{}", project.id);
    let body = html! {
        @if rows.is_empty() { (part::empty(&tr.t("prog-evidence-none"))) }
        @else { (part::grid(&tr.t("prog-evidence"), &heads, &rows)) }
        @if !page.doubts.is_empty() {
            (part::notice("warn", &tr.t("prog-doubts")))
            (desk::stack(&page.doubts.iter().map(|doubt| odd(shell, project, page, doubt)).collect::<Vec<_>>()))
        }
        (part::buttons(&[
            html! { @if sides.firm || sides.provider { (part::link(&format!("{path}/evidence"), &tr.t("prog-evidence-add"), Press::Plain)) } },
            part::download(&format!("{path}/archive/download"), &tr.t("prog-archive")),
        ]))
    };
    desk::block(&tr.t("prog-evidence"), body)
}

fn row(shell: &Shell, item: &EvidenceItem) -> Vec<Markup> {
    let tr = shell.tr;
    let key = tr.maybe(&format!("prog-key-{}", item.key.to_lowercase())).unwrap_or_else(|| item.key.clone());
    let source = match item.source {
        EvidenceSource::Generated => ("ok", "prog-generated"),
        EvidenceSource::Uploaded => ("idle", "prog-uploaded"),
    };
    vec![
        html! { code { (item.key) } " " (key) },
        html! {
            (part::tag(source.0, &tr.t(source.1)))
            @if item.withdrawn_at.is_some() { " " (part::tag("bad", &tr.t("prog-evidence-withdrawn"))) }
            @if item.also_in > 0 { " " (part::tag("warn", &tr.with("prog-also-in", &[("count", &item.also_in.to_string())]))) }
        },
        html! { (item.name) @if let Some(told) = &item.told { br; (statement(shell, told)) } },
        part::digest(&item.sha256),
        html! { (item.added_by) " · " (shell.zone.show_text(&item.added_at)) },
    ]
}

fn statement(shell: &Shell, told: &StatementTold) -> Markup {
    let tr = shell.tr;
    let (machines, days) = (told.machines.to_string(), told.machine_days.to_string());
    let modules: Vec<_> = told.modules.iter().map(|module| module.module.clone()).collect();
    html! {
        (told.from) " – " (told.until) "；"
        (tr.with("prog-told", &[("machines", &machines), ("days", &days), ("modules", &modules.join(&tr.t("list-separator")))]))
    }
}

/// A doubt with what it is about: a payment by the number of its invoice, a file by its name, with the id behind it.
fn odd(shell: &Shell, project: &Project, page: &EvidencePage, doubt: &EvidenceDoubt) -> Markup {
    let said = shell.tr.maybe(&format!("prog-doubt-{}", doubt.code)).unwrap_or_else(|| doubt.what.clone());
    let payment = project.payments.iter().find(|payment| payment.id == doubt.about);
    let paid = payment.and_then(|payment| project.invoices.iter().find(|one| one.id == payment.payment.invoice));
    let file = page.items.iter().find(|item| item.id == doubt.about).map(|item| item.name.as_str());
    let about = paid.map(|invoice| invoice.invoice.number.as_str()).or(file);
    html! { p { (said) " " @match about {
        Some(about) => span title=(doubt.about) { (about) },
        None => code { (doubt.about) },
    } } }
}

//! `GET` and `POST /provider/publish`: a version comes in. The command line is the main way; the page takes the two files
//! that `cargo toolcrib sign` writes, for those whose machine with the key reaches no marketplace.

use super::{ORG, org, orgs};
use crate::failure::Failure;
use crate::guard::Uploaded;
use crate::pages::sent::{Sent, told};
use crate::visitor::Visitor;
use axum::response::{IntoResponse, Redirect, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use maud::{Markup, html};
use toolcrib_contract::problem::{BAD_REQUEST, NOT_FOUND, Problem};
use toolcrib_registry_client::wire::{NewModule, Submission, SubmissionState, Submitted};
use toolcrib_ui::key::TOKEN;
use toolcrib_ui::part::desk;
use toolcrib_ui::part::{self, Press};
use toolcrib_ui::shell::Shell;

/// The fields of the two files.
const COMPONENT: &str = "component";
const STATEMENT: &str = "statement";
/// A statement is a few hundred bytes; a header holds no more than this.
pub const STATEMENT_BYTES: usize = 16 << 10;

/// What the page knows of its visitor.
pub struct Desk {
    /// The marketplace's address, as the command line needs it.
    pub registry: String,
    pub email: String,
    /// Slug and name of each provider.
    pub orgs: Vec<(String, String)>,
    /// Kept, and not handed in yet.
    pub drafts: Vec<Submission>,
}

pub async fn show(visitor: Visitor) -> Result<Markup, Failure> {
    let desk = load(&visitor).await?;
    Ok(page(&visitor.shell, &desk, &Sent::default()))
}

async fn load(visitor: &Visitor) -> Result<Desk, Failure> {
    let orgs: Vec<_> = orgs(visitor)?.into_iter().map(|org| (org.slug.clone(), org.name.clone())).collect();
    let drafts = visitor.registry.submissions(Some(SubmissionState::Draft)).await?;
    let registry = visitor.registry.address().to_owned();
    Ok(Desk { registry, email: visitor.identity.me.email.clone(), orgs, drafts })
}

pub async fn upload(upload: Uploaded) -> Result<Response, Failure> {
    let (component, statement) = (upload.file(COMPONENT).to_vec(), upload.file(STATEMENT).to_vec());
    let Uploaded { mut visitor, form, .. } = upload;
    let draft = form.get("draft") == Some("yes");
    let slug = org(&visitor, &form)?.slug.clone();
    match hand_in(&visitor, &slug, component, &statement, draft).await? {
        Ok(submitted) => Ok(Redirect::to(&format!("/submissions/{}", submitted.submission)).into_response()),
        Err(problem) => {
            let (desk, sent) = (load(&visitor).await?, Sent::refused(form, problem));
            visitor.shell.back = "/provider/publish".to_owned();
            Ok(sent.answer(page(&visitor.shell, &desk, &sent)))
        }
    }
}

/// Takes the module's name when nobody has it, and submits.
async fn hand_in(
    visitor: &Visitor,
    org: &str,
    component: Vec<u8>,
    statement: &[u8],
    draft: bool,
) -> Result<Result<Submitted, Problem>, Failure> {
    let (module, statement) = match read(&component, statement) {
        Ok(read) => read,
        Err(problem) => return Ok(Err(problem)),
    };
    let registry = &visitor.registry;
    if let Err(problem) = told(registry.module(&module).await)? {
        if !problem.is(NOT_FOUND) {
            return Ok(Err(problem));
        }
        let new = NewModule { name: module.clone(), org: org.to_owned() };
        if let Err(problem) = told(registry.new_module(&new).await)? {
            return Ok(Err(problem));
        }
    }
    told(match draft {
        true => registry.publish_draft(&module, component, &statement).await,
        false => registry.publish(&module, component, &statement).await,
    })
}

/// The module that the statement speaks of, and the statement on one line. Its signature is the registry's to check.
fn read(component: &[u8], statement: &[u8]) -> Result<(String, String), Problem> {
    let bad = |text: &str| BAD_REQUEST.because(text.to_owned());
    if component.is_empty() || statement.is_empty() {
        return Err(bad("choose both files: the component and its statement"));
    }
    let no_statement = || bad("the second file is no signed statement; `cargo toolcrib sign` writes one");
    if statement.len() > STATEMENT_BYTES {
        return Err(no_statement());
    }
    let envelope: serde_json::Value = serde_json::from_slice(statement).map_err(|_| no_statement())?;
    let payload = envelope.get("payload").and_then(|payload| payload.as_str()).ok_or_else(no_statement)?;
    let payload = STANDARD.decode(payload).map_err(|_| no_statement())?;
    let said: serde_json::Value = serde_json::from_slice(&payload).map_err(|_| no_statement())?;
    let module = said.pointer("/predicate/buildDefinition/externalParameters/module").and_then(|name| name.as_str());
    Ok((module.ok_or_else(no_statement)?.to_owned(), envelope.to_string()))
}

pub fn page(shell: &Shell, desk: &Desk, sent: &Sent) -> Markup {
    let tr = shell.tr;
    let named = if desk.orgs.len() > 1 { format!(" --org {}", desk.orgs[0].0) } else { String::new() };
    let command = format!("cargo toolcrib publish --registry {} --email {}{named}", desk.registry, desk.email);
    let body = html! {
        (sent.above(tr))
        (part::card(&tr.t("vendor-publish-cli"), html! {
            (part::dim(&tr.t("vendor-publish-cli-help")))
            (part::command_line(tr, &tr.t("vendor-command"), "cargo toolcrib check"))
            (part::command_line(tr, &tr.t("vendor-command"), &command))
        }))
        (part::card(&tr.t("vendor-publish-files"), html! {
            (part::dim(&tr.t("vendor-publish-files-help")))
            (part::command_line(tr, &tr.t("vendor-command"), "cargo toolcrib sign"))
            (form(shell, desk, sent))
        }))
        @if !desk.drafts.is_empty() { (desk::block(&tr.t("vendor-drafts"), crate::pages::submission::list(shell, &desk.drafts, &[]))) }
    };
    shell.page(&tr.t("vendor-publish"), body)
}

fn form(shell: &Shell, desk: &Desk, sent: &Sent) -> Markup {
    let tr = shell.tr;
    let labels = ["vendor-component", "vendor-component-help", "vendor-statement", "vendor-statement-help", "provider"];
    let labels = labels.map(|key| tr.t(key));
    let action = "/provider/publish";
    desk::upload(
        action,
        html! {
            @if let Some(key) = &shell.key { input type="hidden" name=(TOKEN) value=(key.token(action)); }
            (sent.field(COMPONENT, &labels[0], &labels[1], "").required().file(".wasm,application/wasm"))
            (sent.field(STATEMENT, &labels[2], &labels[3], "").required().file(".json,application/json"))
            @if desk.orgs.len() > 1 { (sent.field(ORG, &labels[4], "", "").select(&desk.orgs)) }
            (sent.field("draft", &tr.t("vendor-as-draft"), "", "").tick("yes", sent.ticked("draft", "yes")))
            (part::buttons(&[part::button(&tr.t("vendor-hand-in"), Press::Main)]))
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_statement_names_the_module_and_goes_on_one_line() {
        let said =
            r#"{"predicate": {"buildDefinition": {"externalParameters": {"module": "notes", "version": "1.0.0"}}}}"#;
        let statement = serde_json::json!({"payload": STANDARD.encode(said), "signatures": []});
        let pretty = serde_json::to_string_pretty(&statement).unwrap();
        let (module, line) = read(b"component", pretty.as_bytes()).unwrap();
        assert_eq!(module, "notes");
        assert!(!line.contains('\n'));
        for bad in [&b"{}"[..], b"", b"no", &vec![b' '; STATEMENT_BYTES + 1]] {
            assert!(read(b"component", bad).is_err());
        }
        assert!(read(b"", pretty.as_bytes()).is_err());
    }
}

//! `GET` and `POST /t/{tenant}/erase`: the end of a factory's data on this host, once its name was typed.

use super::archive::parts;
use super::{again, base};
use crate::failure::Failure;
use crate::guard::ByMember;
use crate::routes::App;
use crate::visitor::Member;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use std::sync::Arc;
use toolcrib_contract::problem::{BAD_INPUT, NOT_ALLOWED, Problem};
use toolcrib_runtime::{ArchiveState, Receipt};
use toolcrib_ui::part::{self, Field, Press};
use toolcrib_ui::shell::Shell;

/// What would end.
pub struct Ending {
    /// What has to be typed.
    pub name: String,
    pub modules: usize,
    pub devices: usize,
    pub bytes: u64,
    pub has_archive: bool,
    pub receipts: Vec<Receipt>,
}

fn owner(member: &Member) -> Result<(), Failure> {
    if member.actor.role == "owner" {
        Ok(())
    } else {
        Err(NOT_ALLOWED.because("only owners have everything erased").into())
    }
}

async fn load(app: &App, member: &Member) -> Result<Ending, Failure> {
    let runtime = &app.console.runtime;
    let view = member.view.as_deref();
    Ok(Ending {
        name: member.tenant.name.clone(),
        modules: view.map_or(0, |view| view.modules.len() + view.paused.len() + view.stopped.len()),
        devices: view.map_or(0, |view| view.devices.len()),
        bytes: runtime.bytes_of(member.id).await?,
        has_archive: matches!(runtime.archive(member.id)?, ArchiveState::There(_)),
        receipts: runtime.receipts(member.id)?,
    })
}

pub async fn show(State(app): State<Arc<App>>, member: Member) -> Result<Markup, Failure> {
    owner(&member)?;
    Ok(page(member.shell(), &load(&app, &member).await?, None))
}

pub async fn erase(State(app): State<Arc<App>>, ByMember { member, form }: ByMember) -> Result<Response, Failure> {
    owner(&member)?;
    if form.get("name").unwrap_or_default().trim() != member.tenant.name {
        let refused = BAD_INPUT.because(member.shell().tr.t("admin-erase-name-differs"));
        let ending = load(&app, &member).await?;
        return again(refused, |problem| page(member.shell(), &ending, Some(problem)));
    }
    match ended(&app, &member).await {
        Ok(receipt) => Ok(receipt_page(member.shell(), &receipt).into_response()),
        Err(error) => {
            let ending = load(&app, &member).await?;
            again(error, |problem| page(member.shell(), &ending, Some(problem)))
        }
    }
}

/// Subscriptions and devices end at the registry, and with it on this host; then the data goes.
async fn ended(app: &App, member: &Member) -> Result<Receipt, Failure> {
    let (registry, tenant) = (&member.visitor.registry, &member.tenant.id);
    for subscription in registry.subscriptions(tenant).await? {
        registry.unsubscribe(tenant, &subscription.module).await?;
    }
    for device in registry.devices(tenant).await? {
        registry.delete_device(tenant, &device.id).await?;
    }
    Ok(app.console.runtime.erase(member.id, &member.actor.id).await?)
}

pub fn page(shell: &Shell, ending: &Ending, problem: Option<&Problem>) -> Markup {
    let (tr, base) = (shell.tr, base(shell));
    let count = |key: &str, count: usize| tr.with(key, &[("count", &count.to_string())]);
    let help = tr.with("admin-erase-type", &[("name", &ending.name)]);
    let body = html! {
        (part::crumbs(tr, &[(&format!("{base}/export"), &tr.t("admin-export"))]))
        (part::problem_above(tr, problem))
        (part::notice("bad", &tr.t("admin-erase-final")))
        @if !ending.has_archive { (part::notice("warn", &tr.t("admin-erase-no-archive"))) }
        (super::block(&tr.t("admin-erase-goes"), html! { ul {
            li { (count("admin-erase-modules", ending.modules)) }
            li { (count("admin-erase-devices", ending.devices)) }
            li { (tr.with("admin-erase-data", &[("size", &part::size(ending.bytes))])) }
        } }))
        (super::block(&tr.t("admin-erase-stays"), html! { ul {
            @for key in ["admin-erase-stays-receipt", "admin-erase-stays-registry", "admin-erase-stays-backups"] { li { (tr.t(key)) } }
        } }))
        (part::card(&tr.t("admin-erase"), shell.post(&format!("{base}/erase"), html! {
            (Field { name: "name", label: &tr.t("admin-erase-name"), help: &help, required: true, ..Field::default() }.line("text", "", ""))
            p { (part::button(&tr.t("admin-erase-do"), Press::Danger)) }
        })))
        @for receipt in &ending.receipts { (part::card(&tr.t("admin-receipt"), facts(shell, receipt))) }
    };
    shell.page(&tr.t("admin-erase"), body)
}

fn facts(shell: &Shell, receipt: &Receipt) -> Markup {
    let tr = shell.tr;
    let mut facts = vec![
        (tr.t("admin-when"), shell.zone.show_text(&receipt.at)),
        (tr.t("admin-who"), html! { code { (receipt.by) } }),
        (tr.t("admin-bytes"), html! { (part::size(receipt.bytes)) }),
        ("SHA-256".to_owned(), html! { code { (receipt.sha256) } }),
    ];
    for (key, value) in [("admin-receipt-shredded", &receipt.backup_key), ("admin-receipt-signer", &receipt.key)] {
        facts.extend(value.as_ref().map(|value| (tr.t(key), html! { code { (value) } })));
    }
    html! {
        (part::facts(&facts))
        (parts(shell, &receipt.parts))
    }
}

pub fn receipt_page(shell: &Shell, receipt: &Receipt) -> Markup {
    let tr = shell.tr;
    let text = serde_json::to_string_pretty(receipt).unwrap_or_default();
    let body = html! {
        (part::notice("ok", &tr.t("admin-erased")))
        (facts(shell, receipt))
        p { (tr.t("admin-receipt-help")) }
        (part::example(&tr.t("admin-receipt"), &text))
    };
    shell.page(&tr.t("admin-receipt"), body)
}

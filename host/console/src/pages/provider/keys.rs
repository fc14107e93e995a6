//! `GET` and `POST /provider/keys` and `POST …/{key}/retire`: the keys that a provider signs its versions with. A private
//! key never comes here: the page takes the public one and a proof that somebody holds the other half.

use super::{ORG, org, orgs};
use crate::failure::Failure;
use crate::guard::Posted;
use crate::pages::sent::{Sent, done, line, told};
use crate::visitor::Visitor;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use toolcrib_registry_client::wire::{Key, NewKey};
use toolcrib_ui::form::FormText;
use toolcrib_ui::part::desk;
use toolcrib_ui::part::{self, Press};
use toolcrib_ui::shell::Shell;

const PATH: &str = "/provider/keys";

/// A provider with its keys.
pub struct Held {
    pub slug: String,
    pub name: String,
    /// The visitor owns the provider: only owners add and retire keys.
    pub owns: bool,
    pub keys: Vec<Key>,
}

pub async fn show(visitor: Visitor, Query(pairs): Query<Vec<(String, String)>>) -> Result<Response, Failure> {
    let held = load(&visitor).await?;
    let sent = Sent { form: FormText::new(pairs), problem: None };
    Ok(page(&visitor.shell, &held, &sent).into_response())
}

async fn load(visitor: &Visitor) -> Result<Vec<Held>, Failure> {
    let mut held = Vec::new();
    for org in orgs(visitor)? {
        let keys = visitor.registry.keys(&org.slug).await?;
        held.push(Held { slug: org.slug.clone(), name: org.name.clone(), owns: org.role == "owner", keys });
    }
    Ok(held)
}

async fn again(mut visitor: Visitor, sent: Sent) -> Result<Response, Failure> {
    let held = load(&visitor).await?;
    visitor.shell.back = PATH.to_owned();
    Ok(sent.answer(page(&visitor.shell, &held, &sent)))
}

pub async fn add(Posted { visitor, form }: Posted) -> Result<Response, Failure> {
    let slug = org(&visitor, &form)?.slug.clone();
    let until = Some(line(&form, "not_after")).filter(|day| !day.is_empty()).map(|day| format!("{day}T00:00:00Z"));
    let new = NewKey { not_after: until, ..NewKey::plain(line(&form, "public_key"), line(&form, "proof")) };
    match told(visitor.registry.new_key(&slug, &new).await)? {
        Ok(_) => Ok(done(PATH, "key-added")),
        Err(problem) => again(visitor, Sent::refused(form, problem)).await,
    }
}

pub async fn retire(Path(key): Path<String>, Posted { visitor, form }: Posted) -> Result<Response, Failure> {
    let slug = org(&visitor, &form)?.slug.clone();
    match told(visitor.registry.revoke_key(&slug, &key).await)? {
        Ok(()) => Ok(done(PATH, "key-retired")),
        Err(problem) => again(visitor, Sent::refused(form, problem)).await,
    }
}

pub fn page(shell: &Shell, held: &[Held], sent: &Sent) -> Markup {
    let tr = shell.tr;
    let owned: Vec<_> = held.iter().filter(|one| one.owns).collect();
    let body = html! {
        (sent.head(tr))
        (part::dim(&tr.t("vendor-keys-help")))
        @for one in held { (keys(shell, one)) }
        @if !owned.is_empty() { (part::card(&tr.t("vendor-key-new"), form(shell, &owned, sent))) }
    };
    shell.page(&tr.t("vendor-keys"), body)
}

fn keys(shell: &Shell, held: &Held) -> Markup {
    let tr = shell.tr;
    let heads = ["vendor-key-id", "vendor-key-from", "vendor-key-until", "vendor-key-by", "vendor-act"];
    let heads = heads.map(|key| tr.t(key));
    let row = |key: &Key| {
        let retire = html! {
            input type="hidden" name=(ORG) value=(held.slug);
            (part::button(&tr.t("vendor-key-retire"), Press::Danger))
        };
        vec![
            html! { code { (key.key_id) } },
            shell.zone.show_text(&key.not_before),
            html! { @match &key.not_after { Some(end) => (shell.zone.show_text(end)), None => "–" } },
            html! { @match &key.introduced_by { Some(by) => code { (by) }, None => (tr.t("vendor-key-owner")) } },
            html! { @if held.owns { (desk::more(&tr.t("vendor-key-retire"), html! { (part::dim(&tr.t("vendor-key-retire-help"))) (shell.post(&format!("{PATH}/{}/retire", key.key_id), retire)) })) } },
        ]
    };
    let caption = tr.with("vendor-keys-of", &[("org", &held.name)]);
    html! {
        @if held.keys.is_empty() { (part::empty(&tr.t("vendor-keys-none"))) }
        @else { (part::table(&caption, &heads, &held.keys.iter().map(row).collect::<Vec<_>>())) }
    }
}

/// One form, for one of the providers that the visitor owns.
fn form(shell: &Shell, owned: &[&Held], sent: &Sent) -> Markup {
    let tr = shell.tr;
    let labels = [
        "vendor-key-public",
        "vendor-key-proof",
        "vendor-key-proof-help",
        "vendor-key-until",
        "vendor-key-until-help",
        "provider",
    ];
    let labels = labels.map(|key| tr.t(key));
    let orgs: Vec<_> = owned.iter().map(|one| (one.slug.clone(), one.name.clone())).collect();
    let slug = orgs.first().map_or("", |(slug, _)| slug.as_str());
    html! {
        (part::command_line(tr, &tr.t("vendor-command"), &format!("cargo toolcrib keygen\ncargo toolcrib prove {slug}")))
        (shell.post(PATH, html! {
            @if orgs.len() > 1 { (sent.field(ORG, &labels[5], "", slug).select(&orgs)) }
            @else { input type="hidden" name=(ORG) value=(slug); }
            (sent.field("public_key", &labels[0], "", "").required().line("text"))
            (sent.field("proof", &labels[1], &labels[2], "").required().line("text"))
            (sent.field("not_after", &labels[3], &labels[4], "").line("date"))
            (part::buttons(&[part::button(&tr.t("vendor-key-add"), Press::Main)]))
        }))
    }
}

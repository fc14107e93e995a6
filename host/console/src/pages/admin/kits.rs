//! `GET /t/{tenant}/kits`: set-ups that the factory shows others, and those that it may take over. `POST` publishes one,
//! `…/{kit}` shows what taking it over would change, `…/adopt` does it with one consent, `…/withdraw` takes an own one back.

mod adopting;
mod drawn;

pub use adopting::{adopt, one};
pub use drawn::page;
#[cfg(test)]
pub use drawn::{Kit, kit_page};

use super::evidence::here;
use super::{again, reached};
use crate::failure::Failure;
use crate::guard::ByDecider;
use crate::routes::App;
use crate::visitor::{Decider, Member};
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use maud::Markup;
use std::sync::Arc;
use toolcrib_exhibit::{Adoption, Wish};
use toolcrib_registry_client::wire::{Kits, NewKit};

/// What was typed to publish one.
#[derive(Default)]
pub struct Typed {
    pub title: String,
    pub modules: Vec<String>,
    pub mapping: bool,
    pub tenants: String,
    pub segments: String,
}

/// What the first page shows.
pub struct Shelf {
    /// None while the marketplace cannot be reached.
    pub kits: Option<Kits>,
    /// Modules that are in force here, by name.
    pub modules: Vec<String>,
    /// The one that was taken over last.
    pub adoption: Option<Adoption>,
}

async fn shelf(app: &App, member: &Member) -> Result<Shelf, Failure> {
    let kits = reached(member.visitor.registry.kits(&member.tenant.id).await)?;
    let modules = member.view.iter().flat_map(|view| &view.modules).map(|module| module.manifest.module.clone());
    let (modules, adoption) = (modules.collect(), app.console.exhibit.adoption(member.id).await?);
    Ok(Shelf { kits, modules, adoption })
}

pub async fn show(State(app): State<Arc<App>>, Decider(member): Decider) -> Result<Markup, Failure> {
    Ok(page(member.shell(), &shelf(&app, &member).await?, &Typed::default(), None))
}

pub async fn publish(State(app): State<Arc<App>>, ByDecider { member, form }: ByDecider) -> Result<Response, Failure> {
    let field = |name: &str| form.get(name).unwrap_or_default().trim().to_owned();
    let typed = Typed {
        title: field("title"),
        modules: form.all("module").map(str::to_owned).collect(),
        mapping: form.get("mapping").is_some(),
        tenants: field("tenants"),
        segments: field("segments"),
    };
    match make(&app, &member, &typed).await {
        Ok(()) => Ok(Redirect::to(&format!("/t/{}/kits", member.tenant.slug)).into_response()),
        Err(failure) => {
            let shelf = shelf(&app, &member).await?;
            again(failure, |problem| page(member.shell(), &shelf, &typed, Some(problem)))
        }
    }
}

async fn make(app: &App, member: &Member, typed: &Typed) -> Result<(), Failure> {
    let list = |text: &str| -> Vec<String> {
        // What people put between names, in either language.
        let between = |char: char| char.is_whitespace() || matches!(char, ',' | '，' | '、' | ';' | '；');
        text.split(between).filter(|part| !part.is_empty()).map(str::to_owned).collect()
    };
    let wish = Wish { title: typed.title.clone(), modules: typed.modules.clone(), mapping: typed.mapping };
    let made = app.console.exhibit.make_kit(here(member)?, &member.actor, &wish).await?;
    let new = NewKit { envelope: made.envelope, tenants: list(&typed.tenants), segments: list(&typed.segments) };
    member.visitor.registry.new_kit(&member.tenant.id, &new).await?;
    Ok(())
}

pub async fn withdraw(
    Path((_, kit)): Path<(String, String)>,
    ByDecider { member, .. }: ByDecider,
) -> Result<Response, Failure> {
    member.visitor.registry.withdraw_kit(&member.tenant.id, &kit).await?;
    Ok(Redirect::to(&format!("/t/{}/kits", member.tenant.slug)).into_response())
}

//! `GET /city`: the programmes of the authorities that somebody acts for.

use super::{PATH, decides, places};
use crate::failure::Failure;
use crate::visitor::Visitor;
use maud::{Markup, html};
use toolcrib_registry_client::wire::{MyOrg, ProgrammeRow};
use toolcrib_ui::form::escape;
use toolcrib_ui::money::yuan;
use toolcrib_ui::part::{self, Press};
use toolcrib_ui::shell::Shell;

/// Authorities whose programmes are asked for on one page; nobody acts for more.
const PLACES: usize = 8;

/// An authority with its programmes.
pub struct Place {
    pub org: MyOrg,
    pub decides: bool,
    pub programmes: Vec<ProgrammeRow>,
}

pub async fn show(visitor: Visitor) -> Result<Markup, Failure> {
    let mut found = Vec::new();
    for org in places(&visitor)?.into_iter().take(PLACES) {
        let programmes = visitor.registry.programmes(&format!("authority={}", escape(&org.slug))).await?;
        found.push(Place { org: org.clone(), decides: decides(&visitor, &org.slug), programmes });
    }
    Ok(page(&visitor.shell, &found))
}

pub fn page(shell: &Shell, places: &[Place]) -> Markup {
    let tr = shell.tr;
    let body = html! { @for place in places { section {
        h2 { (place.org.name) " " (part::tag("idle", &tr.t(&format!("prog-role-{}", place.org.role)))) }
        @if place.programmes.is_empty() { (part::empty(&tr.t("prog-none"))) }
        (part::tiles(&place.programmes.iter().map(|row| tile(shell, row)).collect::<Vec<_>>()))
        @if place.decides {
            (part::buttons(&[
                part::link(&format!("{PATH}/new?authority={}", place.org.slug), &tr.t("prog-new"), Press::Main),
                part::link(&format!("{PATH}/people?authority={}", place.org.slug), &tr.t("prog-people"), Press::Plain),
            ]))
        }
    } } };
    shell.page(&tr.t("prog-home"), body)
}

fn tile(shell: &Shell, row: &ProgrammeRow) -> Markup {
    let tr = shell.tr;
    html! {
        h3 { a href={ (PATH) "/" (row.id) } { (row.name) } }
        (part::facts(&[
            (tr.t("prog-document"), html! { (row.document) }),
            (tr.t("prog-window"), html! { (row.from) " – " (row.until) }),
            (tr.t("prog-budget-whole"), html! { (yuan(row.budget_fen)) }),
        ]))
    }
}

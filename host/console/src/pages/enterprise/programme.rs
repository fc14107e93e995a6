//! `GET /t/{tenant}/programme`: the firm's project and what to do next, offers to it, programmes that it can enrol in.

use super::firms;
use crate::failure::Failure;
use crate::pages::city::projects::is_due;
use crate::pages::city::{code, level, state};
use crate::pages::trade::offers::{contract_table, offer_table};
use crate::visitor::Member;
use maud::{Markup, html};
use toolcrib_registry_client::wire::{ContractRow, OfferRow, ProgrammeRow, ProjectRow};
use toolcrib_ui::form::escape;
use toolcrib_ui::money::yuan;
use toolcrib_ui::part::desk;
use toolcrib_ui::part::{self, Press};
use toolcrib_ui::shell::Shell;

/// What the page shows.
#[derive(Default)]
pub struct Mine {
    /// The firm's slug; none for somebody who only works in the factory.
    pub firm: Option<String>,
    pub projects: Vec<ProjectRow>,
    pub offers: Vec<OfferRow>,
    pub contracts: Vec<ContractRow>,
    pub programmes: Vec<ProgrammeRow>,
}

pub async fn show(member: Member) -> Result<Markup, Failure> {
    let registry = &member.visitor.registry;
    let firm = firms(&member).next().map(|org| org.slug.clone());
    let mine = match firm {
        None => Mine { programmes: registry.programmes("").await?, ..Mine::default() },
        Some(firm) => {
            let query = format!("org={}", escape(&firm));
            let (projects, offers, contracts, programmes) = tokio::join!(
                registry.my_projects(""),
                registry.offers(&query),
                registry.contracts(&query),
                registry.programmes("")
            );
            let (projects, offers, contracts) = (projects?.projects, offers?.rows, contracts?.rows);
            Mine { firm: Some(firm), projects, offers, contracts, programmes: programmes? }
        }
    };
    Ok(page(member.shell(), &member.tenant.slug, &mine))
}

pub fn page(shell: &Shell, tenant: &str, mine: &Mine) -> Markup {
    let tr = shell.tr;
    let enrolled = |id: &str| mine.projects.iter().any(|row| row.programme == id);
    let open: Vec<_> = mine.programmes.iter().filter(|row| !enrolled(&row.id)).collect();
    let body = html! {
        @if mine.firm.is_none() { (part::notice("warn", &tr.t("prog-mine-no-firm"))) }
        @for project in &mine.projects { (part::card(&project.programme_name, own(shell, project))) }
        @if mine.firm.is_some() {
            (desk::block(&tr.t("prog-offers-to-us"), offer_table(shell, &mine.offers)))
            (desk::block(&tr.t("prog-contracts"), contract_table(shell, &mine.contracts)))
        }
        (desk::block(&tr.t("prog-open"), programmes(shell, tenant, mine.firm.is_some(), &open)))
        (part::buttons(&[
            part::link(&format!("/t/{tenant}/kits"), &tr.t("prog-kits"), Press::Plain),
            part::link(&format!("/t/{tenant}/audits"), &tr.t("prog-audits"), Press::Plain),
        ]))
    };
    shell.page(&tr.t("prog-mine"), body)
}

/// The firm's project: where it stands, and what comes next.
fn own(shell: &Shell, row: &ProjectRow) -> Markup {
    let tr = shell.tr;
    let next = tr.maybe(&format!("prog-next-{}", code(row.state)));
    html! {
        p { (state(tr, row.state)) @if let Some(due) = row.due.as_ref().filter(|_| is_due(row.state)) { " " (tr.with("prog-due", &[("day", due)])) } }
        (part::facts(&[
            (tr.t("prog-levels"), html! { (level(tr, row.level_before)) " → " (level(tr, row.level_after)) }),
            (tr.t("prog-committed"), html! { (yuan(row.committed_fen)) }),
            (tr.t("prog-award"), html! { (yuan(row.award_fen)) }),
            (tr.t("prog-paid"), html! { (yuan(row.paid_fen)) }),
        ]))
        @if let Some(next) = next { p { strong { (tr.t("prog-next")) } "：" (next) } }
        (part::buttons(&[part::link(&format!("/projects/{}", row.id), &tr.t("prog-project-open"), Press::Main)]))
    }
}

fn programmes(shell: &Shell, tenant: &str, enrols: bool, rows: &[&ProgrammeRow]) -> Markup {
    let tr = shell.tr;
    let tile = |row: &&ProgrammeRow| {
        html! {
            h3 { (row.name) }
            (part::facts(&[
                (tr.t("prog-authority"), html! { (row.authority_name) }),
                (tr.t("prog-document"), html! { (row.document) }),
                (tr.t("prog-window"), html! { (row.from) " – " (row.until) }),
            ]))
            @let forecast = part::link(&format!("/t/{tenant}/programme/forecast/{}", row.id), &tr.t("forecast-title"), Press::Plain);
            @let enrol = part::link(&format!("/t/{tenant}/programme/enrol/{}", row.id), &tr.t("prog-enrol"), Press::Plain);
            (part::buttons(&std::iter::once(forecast).chain(enrols.then_some(enrol)).collect::<Vec<_>>()))
        }
    };
    let tiles: Vec<_> = rows.iter().map(tile).collect();
    html! { @if tiles.is_empty() { (part::empty(&tr.t("prog-open-none"))) } @else { (part::tiles(&tiles)) } }
}

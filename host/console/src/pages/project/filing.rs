//! What was filed: contracts line by line, pinned with the rules.

use super::act::{Case, area};
use super::money::short;
use crate::failure::Failure;
use crate::guard::Uploaded;
use crate::pages::city::rules::{category_name, track_name};
use crate::pages::sent::{Sent, line, lines as written};
use crate::visitor::Visitor;
use maud::{Markup, html};
use toolcrib_contract::problem::{INTERNAL, Problem};
use toolcrib_registry_client::wire::{
    Contract, ContractLine, ContractRow, FileProject, FileSigned, Filed, FiledContract, Programme, Project,
};
use toolcrib_ui::form::escape;
use toolcrib_ui::money::yuan;
use toolcrib_ui::part::{self, Field, desk};
use toolcrib_ui::shell::Shell;

/// Contracts of the firm that the form offers: those under the programme that are not filed.
const CONTRACTS: usize = 10;

/// What a firm can file, and by which rules.
pub struct Offer {
    pub programme: Programme,
    pub contracts: Vec<Contract>,
}

/// The filing with its contracts.
pub fn filed(shell: &Shell, filing: &Filed) -> Markup {
    let tr = shell.tr;
    html! {
        (part::facts(&[
            (tr.t("prog-track"), html! { (track_name(tr, &filing.track)) }),
            (tr.t("prog-rules-version"), html! { (filing.rules_version) }),
            (tr.t("prog-batch"), html! { (filing.batch) }),
            (tr.t("prog-filed-on"), html! { (filing.on) }),
            (tr.t("prog-committed"), html! { (yuan(filing.committed_fen)) }),
            (tr.t("prog-contracts-hash"), part::digest(&filing.sha256)),
        ]))
        (part::prose(&filing.plan))
        @for contract in &filing.contracts { (lines(shell, contract)) }
    }
}

fn lines(shell: &Shell, contract: &FiledContract) -> Markup {
    let tr = shell.tr;
    let heads =
        ["prog-line", "prog-category", "prog-description", "prog-quantity", "prog-list", "prog-discount", "prog-net"];
    let heads = heads.map(|key| tr.t(key));
    let row = |line: &ContractLine| {
        vec![
            part::amount(line.line),
            html! { (category_name(shell, line.category)) },
            html! { (line.description) @if let Some((module, version)) = &line.module { " " code { (module) " " (version) } } },
            part::amount(line.quantity),
            part::amount(yuan(line.list_fen)),
            part::amount(yuan(line.discount_fen)),
            part::amount(yuan(line.net_fen)),
        ]
    };
    let rows: Vec<_> = contract.lines.iter().map(row).collect();
    let title = tr.with(
        "prog-contract-title",
        &[("number", &short(&contract.number)), ("provider", contract.provider_named()), ("day", &contract.signed_on)],
    );
    part::grid(&title, &heads, &rows)
}

/// What there is to choose from.
///
/// # Errors
/// The registry.
pub async fn offer(visitor: &Visitor, project: &Project) -> Result<Offer, Failure> {
    let org = project.firm.org.clone().unwrap_or_default();
    let query = format!("org={}&programme={}", escape(&org), escape(&project.programme));
    let (programme, rows) =
        tokio::join!(visitor.registry.programme(&project.programme), visitor.registry.contracts(&query));
    let open = |row: &ContractRow| row.project.is_none() && row.replaced_by.is_none();
    let mut contracts = Vec::new();
    for row in rows?.rows.iter().filter(|row| open(row)).take(CONTRACTS) {
        contracts.push(visitor.registry.contract(&row.id).await?);
    }
    Ok(Offer { programme: programme?, contracts })
}

/// The form of a filing.
pub fn fields(shell: &Shell, case: &Case, sent: &Sent) -> Markup {
    let tr = shell.tr;
    let Some(offer) = &case.offer else { return part::empty(&tr.t("prog-contracts-none")) };
    let rules = &offer.programme.rules;
    let tracks: Vec<_> = rules.rules.tracks.iter().map(|of| (of.track.clone(), track_name(tr, &of.track))).collect();
    let first = tracks.first().map(|(code, _)| code.clone()).unwrap_or_default();
    let pledge = tr.t("prog-pledge");
    html! {
        input type="hidden" name="rules_version" value=(rules.version);
        (desk::more(&tr.with("prog-rules-title", &[("version", &rules.version.to_string())]), crate::pages::city::rules::shown(shell, &rules.rules)))
        (sent.field("track", &tr.t("prog-track"), "", &first).select(&tracks))
        @if offer.contracts.is_empty() { (part::empty(&tr.t("prog-contracts-none"))) }
        @for contract in &offer.contracts { (choice(shell, contract, sent)) }
        @if let Some(error) = sent.error("contracts") { (part::notice("bad", error)) }
        (area(shell, sent, "plan", "prog-plan"))
        (Field { name: "pledge", label: &pledge, error: sent.error("pledge").unwrap_or_default(), ..Field::default() }.check("yes", sent.ticked("pledge", "yes")))
    }
}

/// One contract that can be filed: a tick, and the seller's credit code as it stands on the invoices.
fn choice(shell: &Shell, contract: &Contract, sent: &Sent) -> Markup {
    let tr = shell.tr;
    let row = &contract.row;
    let label = format!("{} · {} · {}", row.title, row.org_name, yuan(row.net_fen));
    let tick = Field { name: "contract", label: &label, ..Field::default() };
    let uscc = format!("seller-{}", row.id);
    desk::ticks(
        &label,
        &[
            tick.check(&row.id, sent.problem.is_none() || sent.ticked("contract", &row.id)),
            sent.field(&uscc, &tr.t("prog-seller-uscc"), &tr.t("prog-seller-uscc-help"), "").line("text"),
        ],
    )
}

/// The filing as the form has it.
///
/// # Errors
/// The programme's contracts were not loaded, which is a fault of this page.
pub fn read(upload: &Uploaded, case: &Case) -> Result<FileProject, Problem> {
    let form = &upload.form;
    let offer = case.offer.as_ref().ok_or_else(|| INTERNAL.problem())?;
    let chosen = offer.contracts.iter().filter(|contract| form.all("contract").any(|id| id == contract.row.id));
    // The hash is that of the contract as it was shown: whatever is signed now is what was signed then.
    let signed = |contract: &Contract| FileSigned {
        contract: contract.row.id.clone(),
        hash: contract.row.hash.clone(),
        seller_uscc: line(form, &format!("seller-{}", contract.row.id)),
    };
    Ok(FileProject {
        track: line(form, "track"),
        rules_version: line(form, "rules_version").parse().unwrap_or(0),
        contracts: Vec::new(),
        signed: chosen.map(signed).collect(),
        plan: written(form, "plan"),
        pledge: !line(form, "pledge").is_empty(),
    })
}

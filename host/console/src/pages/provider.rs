//! `GET /provider`: a provider's modules and submissions.

use super::submission;
use crate::failure::Failure;
use crate::standing;
use crate::visitor::Visitor;
use maud::{Markup, html};
use toolcrib_registry_client::wire::{ModulePage, OrgKind, Submission};
use toolcrib_ui::part;
use toolcrib_ui::shell::Shell;

pub async fn show(visitor: Visitor) -> Result<Markup, Failure> {
    let orgs = visitor.identity.me.orgs.iter().filter(|org| org.kind == OrgKind::Provider);
    let mine: Vec<_> = orgs.map(|org| org.slug.as_str()).collect();
    let (listed, submissions) = tokio::join!(visitor.registry.modules("", ""), visitor.registry.submissions(None));
    let modules: Vec<_> = listed?.modules.into_iter().filter(|module| mine.contains(&module.org.as_str())).collect();
    let submissions: Vec<_> =
        submissions?.into_iter().filter(|submission| mine.contains(&submission.org.as_str())).collect();
    Ok(page(&visitor.shell, &modules, &submissions))
}

pub fn page(shell: &Shell, modules: &[ModulePage], submissions: &[Submission]) -> Markup {
    let tr = shell.tr;
    let heads = ["module", "title", "version-latest", "versions"].map(|key| tr.t(key));
    let row = |module: &ModulePage| {
        vec![
            html! { a href={ "/market/m/" (module.name) } { (module.name) } },
            html! { (tr.words(&module.title)) },
            html! { (module.latest.as_deref().unwrap_or("–")) },
            html! { @for version in &module.versions { span.nowrap { (version.version) " " (standing::state(tr, version.state)) } " " } },
        ]
    };
    let body = html! {
        @if modules.is_empty() { (part::empty(&tr.t("provider-no-modules"))) }
        @else { (part::table(&tr.t("provider-modules"), &heads, &modules.iter().map(row).collect::<Vec<_>>())) }
        (submission::list(shell, submissions))
    };
    shell.page(&tr.t("provider-title"), body)
}

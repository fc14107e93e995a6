//! `GET /market/compare?m=…&m=…`: two to four modules side by side.

use super::about::{Vocabulary, installs, plan_name, price, title};
use crate::failure::Failure;
use crate::visitor::Visitor;
use axum::extract::Query;
use futures_util::future::try_join_all;
use maud::{Markup, html};
use toolcrib_contract::json::InputError;
use toolcrib_contract::problem::Problem;
use toolcrib_registry_client::wire::{Card, Plan, VersionPage};
use toolcrib_ui::language::Tr;
use toolcrib_ui::part::showcase::compared;
use toolcrib_ui::part::stars::stars;
use toolcrib_ui::shell::Shell;
use toolcrib_ui::wants::Risk;

/// How many can be compared.
const FEWEST: usize = 2;
const MOST: usize = 4;

/// One of those that are compared.
pub struct Side {
    pub card: Card,
    pub version: VersionPage,
    pub plans: Vec<Plan>,
}

pub async fn show(visitor: Visitor, Query(pairs): Query<Vec<(String, String)>>) -> Result<Markup, Failure> {
    let names = chosen(visitor.shell.tr, &pairs)?;
    let (sides, words) =
        tokio::join!(try_join_all(names.iter().map(|name| side(&visitor, name))), Vocabulary::load(&visitor.registry));
    let sides: Vec<Side> = sides?.into_iter().flatten().collect();
    Ok(page(&visitor.shell, &sides, &words?.0))
}

/// Each once, in the order of the address.
fn chosen(tr: Tr, pairs: &[(String, String)]) -> Result<Vec<&str>, Problem> {
    let mut names: Vec<&str> = Vec::new();
    for (_, name) in pairs.iter().filter(|(key, _)| key == "m") {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    if (FEWEST..=MOST).contains(&names.len()) {
        Ok(names)
    } else {
        let message = tr.with("market-compare-how-many", &[("count", &names.len().to_string())]);
        Err(Problem::input(vec![InputError { pointer: "/m".to_owned(), message }]))
    }
}

/// None while nobody may have it.
async fn side(visitor: &Visitor, name: &str) -> Result<Option<Side>, Failure> {
    let module = visitor.registry.module(name).await?;
    let Some(latest) = &module.latest else { return Ok(None) };
    let (version, provider, plans) = tokio::join!(
        visitor.registry.version(name, latest),
        visitor.registry.provider(&module.org),
        visitor.registry.plans(name)
    );
    let card = provider?.modules.into_iter().find(|card| card.module == module.name);
    let (version, plans) = (version?, plans?);
    Ok(card.map(|card| Side { card, version, plans }))
}

pub fn page(shell: &Shell, sides: &[Side], words: &Vocabulary) -> Markup {
    let tr = shell.tr;
    let heads: Vec<_> = sides
        .iter()
        .map(|Side { card, .. }| html! { a href={ "/market/m/" (card.module) } { (title(tr, &card.title, &card.module)) } })
        .collect();
    let row = |key: &str, cell: &dyn Fn(&Side) -> Markup| (tr.t(key), sides.iter().map(cell).collect::<Vec<_>>());
    let list =
        |texts: Vec<String>| html! { @if texts.is_empty() { "–" } @else { (texts.join(&tr.t("list-separator"))) } };
    let rows = [
        row("market-what", &|side| html! { (tr.words(&side.card.summary)) }),
        row("provider", &|side| html! { a href={ "/market/p/" (side.card.org) } { (side.card.org_name) } }),
        row("market-problem", &|side| list(words.names(tr, "problem", &side.card.problems))),
        row("market-segment", &|side| {
            let segments = words.names(tr, "segment", &side.card.segments);
            list(if segments.is_empty() { vec![tr.t("market-every-segment")] } else { segments })
        }),
        row("market-kind", &|side| html! { (tr.t(&format!("market-kind-{}", side.card.kind))) }),
        row("market-price", &|side| html! { (price(tr, &side.card)) }),
        row("market-plans", &|side| list(side.plans.iter().map(|plan| plan_name(tr, plan)).collect())),
        row("market-subsidy", &|side| {
            list(side.card.subsidy.iter().map(|one| tr.t(&format!("market-subsidy-{}", one.as_str()))).collect())
        }),
        row("market-installed-by", &|side| html! { (installs(tr, side.card.tenants)) }),
        row("market-rated", &|side| stars(tr, (side.card.stars, side.card.ratings))),
        row("market-own-pages", &|side| html! { (side.version.manifest.views.len()) }),
        row("market-data", &|side| html! { (touches(tr, &side.version)) }),
        row("market-leaves-plant", &|side| html! { (tr.t(if leaves(&side.version) { "yes" } else { "no" })) }),
        row("version", &|side| html! { (side.version.version) }),
        row("licence", &|side| html! { (side.version.listing.licence) }),
    ];
    shell.page(&tr.t("market-compare"), compared(&tr.t("market-compare"), &heads, &rows))
}

fn leaves(version: &VersionPage) -> bool {
    version.wanted.iter().any(|wanted| Risk::of(&wanted.capability) == Risk::Outside)
}

/// How many things it asks for, and how many of those it can do without.
fn touches(tr: Tr, version: &VersionPage) -> String {
    let optional = version.wanted.iter().filter(|wanted| wanted.optional).count();
    let needed = version.wanted.len() - optional;
    tr.with("market-asks-count", &[("needed", &needed.to_string()), ("optional", &optional.to_string())])
}

#[cfg(test)]
mod tests {
    use super::*;
    use toolcrib_ui::language::Lang;

    #[test]
    fn two_to_four_different_ones_are_compared() {
        let pairs = |names: &[&str]| names.iter().map(|name| ("m".to_owned(), (*name).to_owned())).collect::<Vec<_>>();
        let tr = Tr::new(Lang::En);
        assert_eq!(chosen(tr, &pairs(&["a", "b", "a"])).unwrap(), ["a", "b"]);
        assert!(chosen(tr, &pairs(&["a", "b", "c", "d"])).is_ok());
        for bad in [&[][..], &["a", "a"], &["a", "b", "c", "d", "e"]] {
            assert!(chosen(tr, &pairs(bad)).is_err(), "{bad:?}");
        }
    }
}

//! What pages say of modules: prices, words for segments and problems, cards.

use crate::failure::Failure;
use std::collections::BTreeMap;
use toolcrib_contract::manifest::Words;
use toolcrib_registry_client::Client;
use toolcrib_registry_client::wire::{Card, Plan, PlanKind};
use toolcrib_ui::language::Tr;
use toolcrib_ui::part::shelf::Item;

/// Words of one card: the first of what it helps against, then of whom it is for.
const CHIPS: usize = 4;

/// The marketplace's words for segments, problems and kinds of equipment.
pub struct Vocabulary(BTreeMap<(&'static str, String), Words>);

/// A word of the marketplace.
pub struct Term {
    pub code: String,
    pub name: Words,
}

impl Vocabulary {
    /// Words by kind and code.
    pub fn of(words: Vec<(&'static str, String, Words)>) -> Self {
        Self(words.into_iter().map(|(kind, code, name)| ((kind, code), name)).collect())
    }

    /// Those in use: problems, and the segments at the top of their tree, in the marketplace's order.
    ///
    /// # Errors
    /// The registry does not answer.
    pub async fn load(registry: &Client) -> Result<(Self, Vec<Term>, Vec<Term>), Failure> {
        let (segments, tags) = tokio::join!(registry.segments(), registry.tags());
        let (segments, tags) = (segments?, tags?);
        let tops = segments.iter().filter(|segment| segment.parent.is_none() && !segment.retired);
        let tops = tops.map(|segment| Term { code: segment.code.clone(), name: segment.name.clone() }).collect();
        let problems = tags.iter().filter(|tag| tag.kind == "problem" && !tag.retired);
        let problems = problems.map(|tag| Term { code: tag.code.clone(), name: tag.name.clone() }).collect();
        let of = |kind: &str| if kind == "problem" { "problem" } else { "equipment" };
        let words = segments
            .into_iter()
            .map(|segment| ("segment", segment.code, segment.name))
            .chain(tags.into_iter().map(|tag| (of(&tag.kind), tag.code, tag.name)));
        Ok((Self::of(words.collect()), problems, tops))
    }

    /// What people call it; its code when the marketplace does not say.
    pub fn name(&self, tr: Tr, kind: &'static str, code: &str) -> String {
        self.0.get(&(kind, code.to_owned())).map_or_else(|| code.to_owned(), |words| tr.words(words).to_owned())
    }

    /// Names of several.
    pub fn names(&self, tr: Tr, kind: &'static str, codes: &[String]) -> Vec<String> {
        codes.iter().map(|code| self.name(tr, kind, code)).collect()
    }
}

/// A module as a card.
pub fn item(tr: Tr, words: &Vocabulary, card: &Card) -> Item {
    let mut chips = words.names(tr, "problem", &card.problems);
    chips.extend(words.names(tr, "segment", &card.segments));
    chips.truncate(CHIPS);
    Item {
        module: card.module.clone(),
        path: format!("/market/m/{}", card.module),
        title: title(tr, &card.title, &card.module).to_owned(),
        line: tr.words(&card.summary).to_owned(),
        provider: card.org_name.clone(),
        provider_path: format!("/market/p/{}", card.org),
        verified: card.verified,
        chips,
        subsidy: card.subsidy.map(|category| tr.t(&format!("market-subsidy-{}", category.as_str()))),
        price: price(tr, card),
        installs: installs(tr, card.tenants),
        stars: (card.stars, card.ratings),
        leaving: card.deprecated,
    }
}

/// A module's title; its name when it has none.
pub fn title<'a>(tr: Tr, title: &'a Words, module: &'a str) -> &'a str {
    let title = tr.words(title);
    if title.is_empty() { module } else { title }
}

/// How many factories have it.
pub fn installs(tr: Tr, tenants: u64) -> String {
    match tenants {
        0 => tr.t("market-installs-none"),
        1 => tr.t("market-installs-one"),
        many => tr.with("market-installs", &[("count", &many.to_string())]),
    }
}

/// What a module costs at least.
pub fn price(tr: Tr, card: &Card) -> String {
    let has = |kind: &str| card.prices.iter().any(|known| known == kind);
    let from = |key: &str| tr.with(key, &[("price", &yuan(&card.price_from))]);
    if has("free") {
        tr.t("market-free")
    } else if has("monthly") {
        from("market-from-monthly")
    } else if has("per_use") {
        from("market-from-use")
    } else {
        tr.t("market-trial-only")
    }
}

/// A price in yuan without noughts that say nothing: `299.0000` is `299`, `0.0200` is `0.02`.
pub fn yuan(price: &str) -> String {
    if price.contains('.') { price.trim_end_matches('0').trim_end_matches('.').to_owned() } else { price.to_owned() }
}

/// A plan with its price, in one line.
pub fn plan_name(tr: Tr, plan: &Plan) -> String {
    let cost = plan_cost(tr, plan);
    let name = tr.words(&plan.name);
    if name.is_empty() { cost } else { tr.with("market-plan-named", &[("name", name), ("cost", &cost)]) }
}

/// What a plan costs.
pub fn plan_cost(tr: Tr, plan: &Plan) -> String {
    let price = yuan(&plan.price);
    match plan.kind {
        PlanKind::Free => tr.t("market-free"),
        PlanKind::Trial => tr.with("market-trial-days", &[("days", &plan.trial_days.to_string())]),
        PlanKind::Monthly => tr.with("market-per-month", &[("price", &price)]),
        PlanKind::PerUse => tr.with("market-per-use", &[("price", &price)]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_loses_only_noughts_that_say_nothing() {
        for (price, shown) in
            [("299.0000", "299"), ("0.0200", "0.02"), ("0.0000", "0"), ("1200", "1200"), ("10.5", "10.5")]
        {
            assert_eq!(yuan(price), shown);
        }
    }
}

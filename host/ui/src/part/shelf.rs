//! Modules on the marketplace's shelves: cards in a grid, and ways into the shelves.

use super::stars::stars;
use super::tag;
use super::tile::Hues;
use crate::language::Tr;
use maud::{Markup, html};

/// A module as a card says it. Texts come from providers and are shown as texts.
#[derive(Clone, Debug, Default)]
pub struct Item {
    /// Its name: what a comparison is asked for.
    pub module: String,
    pub path: String,
    pub title: String,
    /// What it is good for, in one line.
    pub line: String,
    pub provider: String,
    pub provider_path: String,
    /// One of the provider's papers is valid.
    pub verified: bool,
    /// What it helps against and for whom, by name.
    pub chips: Vec<String>,
    /// What a subsidy would count it as.
    pub subsidy: Option<String>,
    pub price: String,
    pub installs: String,
    /// Sum of the stars, and how many gave them.
    pub stars: (u64, u64),
    /// Its provider advises to leave it.
    pub leaving: bool,
}

/// What the cards' headings stand below.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Below {
    Page,
    Section,
}

/// Cards in a grid. `hues`: of all cards of the page. `compare`: each can be ticked for a comparison, in the form around
/// them.
pub fn shelf(tr: Tr, below: Below, hues: &Hues, items: &[Item], compare: bool) -> Markup {
    html! { ul.tiles.shelf { @for item in items { li.card { (card(tr, below, hues, item, compare)) } } } }
}

/// The hues of these cards' tiles.
pub fn hues<'i>(items: impl IntoIterator<Item = &'i Item>) -> Hues {
    Hues::of(items.into_iter().map(|item| item.title.as_str()))
}

fn card(tr: Tr, below: Below, hues: &Hues, item: &Item, compare: bool) -> Markup {
    let link = html! { a href=(item.path) { (item.title) } };
    html! {
        div.shelf-head {
            (hues.tile(&item.title))
            div {
                @match below { Below::Page => h2 { (link) }, Below::Section => h3 { (link) } }
                p.dim { a href=(item.provider_path) { (item.provider) } @if item.verified { " " (verified(tr)) } }
            }
        }
        @if item.leaving { (tag("warn", &tr.t("market-leaving"))) }
        p { (item.line) }
        (chips(&item.chips))
        @if let Some(category) = &item.subsidy { p.dim { (category) } }
        p.shelf-foot { strong { (item.price) } span { (item.installs) } (stars(tr, item.stars)) }
        @if compare { @let id = format!("m-{}", item.module); label.check for=(id) { input type="checkbox" id=(id) name="m" value=(item.module); span { (tr.t("market-compare-this")) span.hush { " " (item.title) } } } }
    }
}

/// The sign that a provider's papers are valid.
pub fn verified(tr: Tr) -> Markup {
    tag("ok", &tr.t("market-verified"))
}

/// Short words side by side.
pub fn chips(words: &[String]) -> Markup {
    html! { @if !words.is_empty() { ul.chips { @for word in words { li { (word) } } } } }
}

/// A way into the shelves: where it leads, what it says, how much is there.
pub struct Door {
    pub path: String,
    pub text: String,
    pub count: u64,
}

/// Ways into the shelves. `count` says a number of modules for those who hear the page.
pub fn doors(tr: Tr, doors: &[Door]) -> Markup {
    html! { ul.doors { @for door in doors { li {
        a href=(door.path) { (door.text) " " span.dim { span aria-hidden="true" { (door.count) } span.hush { (tr.with("market-count", &[("count", &door.count.to_string())])) } } }
    } } } }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Lang;

    #[test]
    fn a_card_has_a_heading_of_its_level_and_shows_hostile_texts_as_texts() {
        let title = "<img src=x onerror=alert(1)>".to_owned();
        let item = Item { title, line: "\"><script>".into(), chips: vec!["<b>".into()], ..Item::default() };
        let items = [item];
        let text = shelf(Tr::new(Lang::En), Below::Section, &hues(&items), &items, true).into_string();
        assert!(text.contains("<h3><a") && !text.contains("<h2"), "{text}");
        assert!(!text.contains("<img") && !text.contains("<script") && !text.contains("<b>"), "{text}");
        assert!(text.contains("type=\"checkbox\" id=\"m-\" name=\"m\"") && text.contains("for=\"m-\""), "{text}");
    }

    #[test]
    fn a_door_says_its_count_also_to_those_who_hear_it() {
        let text =
            doors(Tr::new(Lang::ZhCn), &[Door { path: "/x".into(), text: "追溯难".into(), count: 3 }]).into_string();
        assert!(text.contains("aria-hidden=\"true\">3<") && text.contains("3 个应用"), "{text}");
    }
}

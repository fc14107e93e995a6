//! Where a person can go: groups of places beside the page. Which ones there are is the console's to say.

use crate::part::icon::{Icon, icon};
use crate::part::tile::Hues;
use maud::{Markup, html};

/// Places that belong together, under a heading.
#[derive(Clone, Debug)]
pub struct Group {
    /// Empty: no heading.
    pub title: String,
    pub entries: Vec<Entry>,
}

/// One place.
#[derive(Clone, Debug)]
pub struct Entry {
    pub path: String,
    pub text: String,
    pub mark: Mark,
    /// The entry also stands for the pages below its path.
    pub around: bool,
}

/// What stands before the text.
#[derive(Clone, Copy, Debug)]
pub enum Mark {
    Icon(Icon),
    /// A module's tile: letters on one of its own hues.
    Tile,
}

impl Entry {
    pub fn new(path: impl Into<String>, text: impl Into<String>, icon: Icon) -> Self {
        Self { path: path.into(), text: text.into(), mark: Mark::Icon(icon), around: true }
    }

    /// A module.
    pub fn module(path: impl Into<String>, text: impl Into<String>) -> Self {
        Self { path: path.into(), text: text.into(), mark: Mark::Tile, around: true }
    }

    /// Stands for its own page only: others lie below the same path.
    pub fn alone(self) -> Self {
        Self { around: false, ..self }
    }

    /// Whether `here`, a path with its query, is this place or below it.
    fn current(&self, here: &str) -> Option<&'static str> {
        match here.split('?').next().and_then(|here| here.strip_prefix(&self.path)) {
            Some("") => Some("page"),
            Some(below) if self.around && (below.starts_with('/') || self.path.ends_with('/')) => Some("true"),
            _ => None,
        }
    }
}

/// The rail. `label` names it for those who hear it; `here` is the page's own address.
pub fn rail(label: &str, groups: &[Group], here: &str) -> Markup {
    let tiles = groups.iter().flat_map(|group| &group.entries).filter(|entry| matches!(entry.mark, Mark::Tile));
    let hues = Hues::of(tiles.map(|entry| entry.text.as_str()));
    html! { nav.rail aria-label=(label) { @for group in groups.iter().filter(|group| !group.entries.is_empty()) {
        @if !group.title.is_empty() { h2 { (group.title) } }
        ul { @for entry in &group.entries { li {
            a href=(entry.path) aria-current=[entry.current(here)] title=(entry.text) {
                @match entry.mark { Mark::Icon(name) => (icon(name)), Mark::Tile => (hues.small(&entry.text)) }
                span { (entry.text) }
            }
        } } }
    } } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_current_on_its_page_and_on_those_below_it() {
        let entry = Entry::new("/t/acme/m/oee", "OEE", Icon::Home);
        assert_eq!(entry.current("/t/acme/m/oee?x=1"), Some("page"));
        assert_eq!(entry.current("/t/acme/m/oee/v/hall"), Some("true"));
        assert_eq!(entry.current("/t/acme/m/oee2"), None);
        assert_eq!(entry.alone().current("/t/acme/m/oee/v/hall"), None);
    }

    #[test]
    fn the_rail_can_be_read_aloud() {
        let group = Group { title: "工作".into(), entries: vec![Entry::new("/a", "工单", Icon::Home)] };
        let text = rail("导航", &[group, Group { title: "空".into(), entries: vec![] }], "/a").into_string();
        assert!(text.contains("aria-label=\"导航\"") && text.contains("aria-current=\"page\""), "{text}");
        assert!(text.contains("工单") && !text.contains("空"), "a group without places is not drawn: {text}");
    }
}

//! A module's mark: one or two letters on one of eight hues. A name has a hue of its own; tiles that stand together and
//! have the same letters differ in it.

use maud::{Markup, html};
use std::collections::{BTreeMap, BTreeSet};

/// Hues that a tile may have; the style sheet has one rule for each.
pub const HUES: u8 = 8;

/// FNV-1a over the name: the same on every page and in every build.
fn hue(name: &str) -> u8 {
    let hash = name.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    (hash % u32::from(HUES)) as u8
}

/// One Chinese character, or up to two Latin letters.
fn letters(title: &str) -> String {
    let Some(first) = title.chars().find(|char| char.is_alphanumeric()) else { return "?".to_owned() };
    if !first.is_ascii() {
        return first.to_string();
    }
    let initials = title.split(|char: char| !char.is_ascii_alphanumeric()).filter_map(|word| word.chars().next());
    initials.take(2).collect::<String>().to_uppercase()
}

/// A tile beside a title that says the same: silent for those who hear the page.
pub fn tile(title: &str) -> Markup {
    html! { span.mark data-hue=(hue(title)) aria-hidden="true" { (letters(title)) } }
}

/// The hues of tiles that stand together on a page.
pub struct Hues(BTreeMap<String, u8>);

impl Hues {
    /// Each title keeps its own hue, unless one with the same letters before it in the order of characters has that already:
    /// then it gets the next one that none of them has. Which titles there are decides, not how they are arranged. From the
    /// ninth title with the same letters on there is no further hue.
    pub fn of<'t>(titles: impl IntoIterator<Item = &'t str>) -> Self {
        let titles: BTreeSet<&str> = titles.into_iter().collect();
        let (mut hues, mut taken) = (BTreeMap::new(), BTreeSet::new());
        let mut moved = Vec::new();
        for title in titles {
            if taken.insert((letters(title), hue(title))) {
                hues.insert(title.to_owned(), hue(title));
            } else {
                moved.push(title);
            }
        }
        for title in moved {
            let mut further = (1..HUES).map(|step| (hue(title) + step) % HUES);
            let free = further.find(|hue| taken.insert((letters(title), *hue)));
            hues.insert(title.to_owned(), free.unwrap_or_else(|| hue(title)));
        }
        Self(hues)
    }

    fn hue(&self, title: &str) -> u8 {
        self.0.get(title).copied().unwrap_or_else(|| hue(title))
    }

    /// [`tile`] among the others.
    pub fn tile(&self, title: &str) -> Markup {
        html! { span.mark data-hue=(self.hue(title)) aria-hidden="true" { (letters(title)) } }
    }

    /// The same in the size of an icon.
    pub fn small(&self, title: &str) -> Markup {
        html! { span.mark.small data-hue=(self.hue(title)) aria-hidden="true" { (letters(title)) } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tile_has_the_first_letters_of_its_title() {
        assert_eq!(letters("停机与稼动率"), "停");
        assert_eq!(letters("work orders"), "WO");
        assert_eq!(letters("OEE"), "O");
        assert_eq!(letters(" …"), "?");
        assert!(hue("oee") < HUES);
    }

    #[test]
    fn tiles_with_the_same_letters_differ_in_their_hue_wherever_they_stand() {
        // Both begin alike, and their own hues are the same.
        let alike = ["工单", "工厂基础数据"];
        assert_eq!(hue(alike[0]), hue(alike[1]));
        let hues = Hues::of(alike);
        assert_ne!(hues.hue(alike[0]), hues.hue(alike[1]));
        let turned = Hues::of([alike[1], "报工", alike[0]]);
        assert_eq!(alike.map(|title| hues.hue(title)), alike.map(|title| turned.hue(title)), "in whatever order");
        assert_eq!(turned.hue("报工"), hue("报工"), "nobody else begins like it");
        assert_eq!(Hues::of([alike[1]]).hue(alike[1]), hue(alike[1]), "alone each has its own");
        let eight: Vec<_> = (0..HUES).map(|number| format!("工{number}")).collect();
        let hues = Hues::of(eight.iter().map(String::as_str));
        let different: BTreeSet<_> = eight.iter().map(|title| hues.hue(title)).collect();
        assert_eq!(different.len(), usize::from(HUES), "as long as there are hues");
        let more: Vec<_> = (0..=HUES).map(|number| format!("工{number}")).collect();
        let hues = Hues::of(more.iter().map(String::as_str));
        assert!(more.iter().all(|title| hues.hue(title) < HUES), "beyond that they repeat");
    }
}

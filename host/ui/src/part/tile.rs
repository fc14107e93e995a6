//! A module's mark: one or two letters on one of eight hues, always the same for the same name.

use maud::{Markup, html};

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

/// The same in the size of an icon.
pub fn small(title: &str) -> Markup {
    html! { span.mark.small data-hue=(hue(title)) aria-hidden="true" { (letters(title)) } }
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
}

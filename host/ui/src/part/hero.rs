//! The head of a thing on offer: its tile, what it is good for, and the one thing to do next.

use super::tile::tile;
use maud::{Markup, html};

/// What stands at the top of a module's page, below its title.
pub struct Hero<'a> {
    pub title: &'a str,
    /// What it is good for, in one line.
    pub line: &'a str,
    /// Whose it is, since when, how many have it.
    pub facts: Vec<Markup>,
    /// The first is the one that most people want: where it leads and what it says.
    pub actions: Vec<(String, String)>,
}

/// Draws it.
pub fn hero(hero: &Hero<'_>) -> Markup {
    html! { div.hero {
        (tile(hero.title))
        div {
            p.lead { (hero.line) }
            p.shelf-foot { @for fact in &hero.facts { span { (fact) } } }
            @if !hero.actions.is_empty() { p.buttons { @for (at, (path, text)) in hero.actions.iter().enumerate() {
                a.button.main[at == 0] href=(path) { (text) }
            } } }
        }
    } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_first_action_stands_out() {
        let actions = vec![("/a".to_owned(), "开通试用".to_owned()), ("/b".to_owned(), "比较".to_owned())];
        let text = hero(&Hero { title: "OEE", line: "<i>", facts: vec![], actions }).into_string();
        assert_eq!(text.matches("button main").count(), 1);
        assert!(text.contains("<a class=\"button main\" href=\"/a\">") && !text.contains("<i>"), "{text}");
    }
}

//! A list of things that can be done, each with a sentence.

use maud::{Markup, html};

/// One of them.
pub struct Listed {
    pub path: String,
    pub name: String,
    pub about: String,
}

/// All of them.
pub fn operations(listed: &[Listed]) -> Markup {
    html! { ul.operations { @for Listed { path, name, about } in listed {
        li { a.button href=(path) { (name) } span { (about) } }
    } } }
}

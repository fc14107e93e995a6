//! Pages that belong together, side by side.

use maud::{Markup, html};

/// One of them.
pub struct Tab {
    pub path: String,
    pub text: String,
    /// It is the page itself.
    pub here: bool,
}

/// All of them; `label` names the row for those who hear it. Nothing where there is only one.
pub fn tabs(label: &str, tabs: &[Tab]) -> Markup {
    html! { @if tabs.len() > 1 { nav.tabs aria-label=(label) { ul { @for tab in tabs {
        li { a href=(tab.path) aria-current=[tab.here.then_some("page")] { (tab.text) } }
    } } } } }
}

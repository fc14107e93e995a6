//! Plain text: paragraphs and lists, nothing else.

use super::Slot;
use maud::{Markup, html};
use toolcrib_contract::view::Prose;

pub fn draw(slot: &Slot<'_, '_>, it: &Prose) -> Markup {
    let text = slot.scene.tr().words(&it.text);
    let blocks = text.split("\n\n").map(str::trim).filter(|block| !block.is_empty());
    html! { div.words { @for block in blocks { (self::block(block)) } } }
}

fn block(text: &str) -> Markup {
    let items: Option<Vec<&str>> = text.lines().map(|line| line.strip_prefix("- ")).collect();
    html! {
        @match items {
            Some(items) => ul { @for item in items { li { (item) } } },
            None => p { @for (at, line) in text.lines().enumerate() { @if at > 0 { br; } (line) } },
        }
    }
}

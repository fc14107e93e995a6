//! What a file is, in a word or two.

use crate::language::Tr;
use maud::{Markup, html};
use toolcrib_contract::file::Media;

/// `Photo (JPG)`, `Paper (PDF)`.
pub fn file_kind(tr: Tr, media: Media) -> String {
    let key = if media.is_picture() { "file-picture" } else { "file-paper" };
    tr.with(key, &[("ending", &media.ending().to_uppercase())])
}

/// A file in a line of text: a link that saves it where it can be had, else only what it is.
pub fn file_link(tr: Tr, media: Media, path: Option<String>) -> Markup {
    let kind = file_kind(tr, media);
    match path {
        Some(path) => html! { a href=(path) download { (kind) } },
        None => html! { (kind) },
    }
}

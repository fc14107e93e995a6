//! What a file is, in a word or two.

use crate::language::Tr;
use toolcrib_contract::file::Media;

/// `Photo (JPG)`, `Paper (PDF)`.
pub fn file_kind(tr: Tr, media: Media) -> String {
    let key = if media.is_picture() { "file-picture" } else { "file-paper" };
    tr.with(key, &[("ending", &media.ending().to_uppercase())])
}

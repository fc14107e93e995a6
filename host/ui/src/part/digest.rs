//! Sizes and digests of files.

use maud::{Markup, html};

/// The first characters of a digest; the whole of it for whoever looks closer.
pub fn digest(text: &str) -> Markup {
    let short: String = text.trim_start_matches("sha256:").chars().take(12).collect();
    html! { code title=(text) { (short) "…" } }
}

/// A size, rounded up.
pub fn kib(bytes: u64) -> String {
    format!("{} KiB", bytes.div_ceil(1_024))
}

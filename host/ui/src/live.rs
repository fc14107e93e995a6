//! The part of a page that is kept fresh while it is open, and how a browser says what it shows of it already.

use crate::asset;
use maud::{Markup, html};
use toolcrib_contract::Manifest;

/// Where a page that asks for its stream says what it shows, by [`seen`].
pub const SEEN: &str = "_seen";
/// Digits of one part in what a page shows.
const DIGITS: usize = 8;

/// Where a page's changes come from.
pub struct Feed {
    /// The address of the stream.
    pub path: String,
    /// By [`build`].
    pub build: String,
    /// By [`seen`].
    pub seen: String,
}

/// The part of the page that is kept fresh; one a page.
pub fn region(feed: Option<&Feed>, body: Markup) -> Markup {
    html! {
        div #live data-live=[feed.map(|feed| &feed.path)] data-build=[feed.map(|feed| &feed.build)] data-seen=[feed.map(|feed| &feed.seen)] { (body) }
    }
}

/// What pages of a module are drawn by; an open page of another build asks for itself again.
pub fn build(of: &Manifest) -> String {
    format!("{}-{}", *asset::BUILD, of.version)
}

/// What a page shows, in short: of each of its parts what the HTML is told apart by.
pub fn seen<'h>(parts: impl Iterator<Item = &'h str>) -> String {
    parts.map(|html| digits(digest(html))).collect()
}

/// FNV-1a: told apart are drawings, not adversaries.
pub fn digest(html: &str) -> u32 {
    html.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

/// A digest as it stands in what a page shows.
pub fn digits(digest: u32) -> String {
    format!("{digest:08x}")
}

/// The digests of so many parts, if that is what a page shows.
pub fn digests(seen: &str, parts: usize) -> Option<Vec<u32>> {
    let one = |at: usize| u32::from_str_radix(seen.get(at * DIGITS..(at + 1) * DIGITS)?, 16).ok();
    if seen.len() == parts * DIGITS { (0..parts).map(one).collect() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_page_shows_is_read_back_and_nothing_else_is() {
        let seen = seen(["<p>1</p>", ""].into_iter());
        assert_eq!(digests(&seen, 2), Some(vec![digest("<p>1</p>"), digest("")]));
        for (foreign, parts) in [("", 2), ("0123", 2), ("éééééééé", 2), (&seen[..], 1), ("zzzzzzzz00000000", 2)]
        {
            assert_eq!(digests(foreign, parts), None, "{foreign}");
        }
    }

    #[test]
    fn only_a_page_with_a_feed_asks_for_one() {
        let feed = Feed { path: "/t/a/live".into(), build: "b".into(), seen: "c".into() };
        let live = region(Some(&feed), html! {}).into_string();
        assert_eq!(live, "<div id=\"live\" data-live=\"/t/a/live\" data-build=\"b\" data-seen=\"c\"></div>");
        assert_eq!(region(None, html! {}).into_string(), "<div id=\"live\"></div>");
    }
}

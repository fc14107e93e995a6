//! Which pages a person can reach by following links, one of each kind: an address without what names single things.

use crate::browser::chromium::Page;
use std::collections::{BTreeMap, VecDeque};

/// Generated pages of operations that are looked at in all: they differ in their fields only.
pub const OPERATIONS: usize = 6;
/// Pages that one person's walk looks at; a walk that finds more has to be divided.
const PAGES: usize = 140;
/// The links of a page that lead somewhere in the console and are not files.
const LINKS: &str =
    "[...document.querySelectorAll('a[href^=\"/\"]:not([download])')].map((a) => a.getAttribute('href').split('#')[0])";
/// Addresses that are not pages.
const NO_PAGES: [&str; 6] = ["/csv", "/template", "/assets/", "/v1/", "/export.", "/download"];

/// What kind of page an address is: without its single things: ids, numbers, codes, queries.
pub fn kind(path: &str) -> String {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let parts: Vec<_> = path.split('/').collect();
    // What stands below a module's listing, the consent to it, its settings and its operations are alike for all modules.
    match parts[..] {
        ["", "t", _, "m", _, operation] if operation != "v" => return "/m/operation".to_owned(),
        ["", "t", _, "modules", _] => return "/modules/*".to_owned(),
        ["", "t", _, "modules", _, below] => return format!("/modules/*/{below}"),
        ["", "t", _, "data", what, _] => return format!("/data/{what}/*"),
        ["", "market", "m", _] => return "/market/m/*".to_owned(),
        ["", "market", "m", _, below] => return format!("/market/m/*/{below}"),
        ["", "t", _, "install", _] => return "/install".to_owned(),
        ["", "t", _, "install", _, below] => return format!("/install/{below}"),
        _ => {}
    }
    let kept = parts.into_iter().map(|part| {
        let names_one = part.len() > 20 || part.chars().any(|char| char.is_ascii_digit()) || part.contains('%');
        if names_one { "*" } else { part }
    });
    let mut names: Vec<_> = query.split('&').map(|pair| pair.split('=').next().unwrap_or_default()).collect();
    names.retain(|name| *name == "_tab" || *name == "tab");
    format!("{}?{}", kept.collect::<Vec<_>>().join("/"), names.join("&"))
}

/// Paths with queries, in the order in which they were found.
pub fn reachable(page: &Page, base: &str, starts: &[String]) -> Vec<String> {
    reachable_by(page, base, starts, |_| true)
}

/// The same by certain links alone.
pub fn reachable_by(page: &Page, base: &str, starts: &[String], follows: impl Fn(&str) -> bool) -> Vec<String> {
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    let mut found: Vec<String> = Vec::new();
    let mut open: VecDeque<String> = starts.iter().cloned().collect();
    while let Some(path) = open.pop_front() {
        let kind = kind(&path);
        let most = if kind.ends_with("/operation") { OPERATIONS } else { 1 };
        let seen = kinds.entry(kind).or_default();
        if *seen >= most || found.contains(&path) {
            continue;
        }
        *seen += 1;
        assert!(found.len() < PAGES, "more than {PAGES} kinds of pages: {found:?}");
        page.go(&format!("{base}{path}"));
        found.push(path);
        let links = page.value(LINKS);
        let links = links.as_array().into_iter().flatten().filter_map(|link| link.as_str());
        let links = links.filter(|link| follows(link));
        open.extend(links.filter(|link| !NO_PAGES.iter().any(|part| link.contains(part))).map(str::to_owned));
    }
    found
}

#[test]
fn pages_of_one_kind_have_one_name() {
    assert_eq!(kind("/t/acme/m/oee/v/hall?machine=P-1&_tab=2"), "/t/acme/m/oee/v/hall?_tab");
    assert_eq!(
        kind("/submissions/018f0e6e-7b1c-7cc3-a1b2-0123456789ab"),
        kind("/submissions/118f0e6e-7b1c-7cc3-a1b2-0123456789ab")
    );
    assert_eq!(kind("/t/acme/m/oee/set_rate"), kind("/t/acme/m/plant/people?after=1"));
    assert_eq!(kind("/t/acme/modules/oee/grants"), kind("/t/acme/modules/plant/grants"));
    assert_ne!(kind("/t/acme/m/oee/v/hall"), kind("/t/acme/m/oee/v/wall"));
}

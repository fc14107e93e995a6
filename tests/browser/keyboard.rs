//! Hands on the keyboard only: from the first login to something useful, for each kind of person.

use super::chromium::Page;
use super::{base_url, opened};
use crate::scenarios::demo::Demo;
use serde_json::Value;

/// Presses of the Tab key before a place counts as out of reach.
const TABS: usize = 150;

/// Tab until this selector has the focus; the focus has to be seen on the way.
#[track_caller]
fn tab_to(page: &Page, selector: &str) {
    for _ in 0..TABS {
        page.key("Tab");
        if page.value(&format!("document.activeElement?.matches({selector:?}) ?? false")) == true {
            let ring = page.value("getComputedStyle(document.activeElement).outlineStyle");
            assert_ne!(ring, "none", "{selector} shows no focus");
            return;
        }
    }
    panic!(
        "{selector} cannot be reached in {TABS} presses on {}",
        page.value("location.href + document.body.innerText")
    );
}

/// Tab to it, press Enter, wait for the page it leads to.
#[track_caller]
fn follow(page: &Page, selector: &str, arrived: &str) {
    tab_to(page, selector);
    page.key("Enter");
    page.wait(&format!("document.readyState === 'complete' && ({arrived})"));
}

#[track_caller]
fn sign_in(page: &Page, base: &str, who: &Value) {
    page.go(&format!("{base}/login"));
    tab_to(page, "[name=email]");
    page.insert(who["email"].as_str().unwrap());
    tab_to(page, "[name=password]");
    page.insert(who["password"].as_str().unwrap());
    page.key("Enter");
    page.wait("!location.pathname.startsWith('/login') && document.readyState === 'complete'");
}

#[test]
fn an_owner_subscribes_to_a_module_and_uses_it_without_a_mouse() {
    let demo = Demo::shared();
    let Some(page) = opened() else { return };
    let (base, tenant) = (base_url(&demo), &demo.facts()["tenants"][1]);
    let slug = tenant["slug"].as_str().unwrap();
    sign_in(&page, &base, tenant);
    follow(&page, "a[href='/market']", "location.pathname === '/market'");
    follow(&page, "main a[href^='/market/m/piece-rate']", "location.pathname.startsWith('/market/m/piece-rate')");
    follow(&page, &format!("main a[href*='/t/{slug}/install/piece-rate']"), "location.pathname.includes('/install/')");
    tab_to(&page, "main form button");
    page.key("Enter");
    page.wait(&format!(
        "document.readyState === 'complete' && document.querySelector(\"nav a[href='/t/{slug}/m/piece-rate']\")"
    ));
    follow(&page, &format!("a[href='/t/{slug}/m/piece-rate']"), "location.pathname.endsWith('/m/piece-rate')");
    follow(&page, "main a[href*='/m/piece-rate/v/']", "location.pathname.includes('/v/')");
    page.picture("keyboard-owner");
    assert_eq!(page.value("document.querySelectorAll('h1').length"), 1);
}

#[test]
fn a_provider_reads_the_report_on_its_version_without_a_mouse() {
    let demo = Demo::shared();
    let Some(page) = opened() else { return };
    sign_in(&page, &base_url(&demo), &demo.facts()["providers"][0]);
    follow(&page, "a[href='/provider']", "location.pathname === '/provider'");
    follow(
        &page,
        "main a[href^='/submissions/'], main a[href^='/provider/submissions/']",
        "/submissions\\//.test(location.pathname)",
    );
    page.picture("keyboard-provider");
    assert!(page.text().contains("sha256") || page.text().contains("摘要"), "{}", page.text());
}

#[test]
fn a_reviewer_opens_a_submission_without_a_mouse() {
    let demo = Demo::shared();
    let Some(page) = opened() else { return };
    sign_in(&page, &base_url(&demo), &demo.facts()["marketplace"]);
    follow(&page, "a[href='/review']", "location.pathname === '/review'");
    page.picture("keyboard-reviewer");
    assert!(page.value("document.querySelectorAll('main a, main button').length").as_i64() > Some(0));
}

#[test]
fn a_reviewer_works_through_a_list_with_single_keys_and_only_inside_it() {
    let demo = Demo::shared();
    let Some(page) = opened() else { return };
    let base = base_url(&demo);
    sign_in(&page, &base, &demo.facts()["marketplace"]);
    page.go(&format!("{base}/review?state=approved"));
    page.wait("document.readyState === 'complete' && document.querySelectorAll('[data-rows] a[data-open]').length > 1");
    let row = "[...document.querySelectorAll('[data-rows] a[data-open]')].indexOf(document.activeElement)";
    page.key("j");
    assert_eq!(page.value(row), -1, "outside the list a letter is a letter");
    tab_to(&page, "[data-rows]");
    page.key("j");
    assert_eq!(page.value(row), 0);
    page.key("j");
    assert_eq!(page.value(row), 1);
    page.key("k");
    assert_eq!(page.value(row), 0);
    page.picture("keyboard-queue");
    page.key("Enter");
    page.wait("document.readyState === 'complete' && location.pathname.startsWith('/submissions/')");
}

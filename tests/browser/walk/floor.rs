//! Terminals with somebody at work and big screens: each has a session of its own, and windows of its own.

use super::{LANGUAGES, Looks, Sheet, all_well};
use crate::browser::chromium::Page;
use crate::browser::{base_url, opened};
use crate::scenarios::demo::Demo;
use crate::scenarios::terminal::{card, operator, pairing_code, screen, workshop};
use tokio::runtime::Runtime;

/// A tablet on a machine, the same upright, and the telephone that some terminals are.
const TOUCH: &[(u32, u32)] = &[(1280, 800), (800, 1280), (390, 844)];
/// A television, and a telephone where somebody tries a board.
const SCREENS: &[(u32, u32)] = &[(1920, 1080), (390, 844)];
/// Badges of somebody who reads Chinese, and of somebody who reads English.
const BADGES: [&str; 2] = ["0004200002", "0004200077"];

/// Pages of a terminal at least: jobs, help, scanning, and two forms.
const PAGES: usize = 5;

fn tokio() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// The pages of the terminal's bar.
fn bar(page: &Page) -> Vec<String> {
    let links = page.value("[...document.querySelectorAll('header nav a')].map((a) => a.getAttribute('href'))");
    links.as_array().into_iter().flatten().filter_map(|link| link.as_str()).map(str::to_owned).collect()
}

#[test]
fn every_page_of_a_terminal_holds_in_every_look() {
    let demo = Demo::shared();
    let Some(page) = opened() else { return };
    let (base, tokio) = (base_url(&demo), tokio());
    let (owner, slug, account) = tokio.block_on(workshop(&demo));
    let code = tokio.block_on(pairing_code(&demo, &account, &slug, "Walk"));
    tokio.block_on(operator(&demo, &account, &slug, "EN7", "en", BADGES[1]));
    let card = tokio.block_on(card(&owner, &slug)).replace('/', "%2F");
    page.listen();
    let (mut sheet, mut wrong) = (Sheet::default(), Vec::new());
    let both = Looks { role: "station", sizes: TOUCH, languages: &LANGUAGES };
    wrong.extend(both.look(&page, &base, &format!("/pair?code={code}"), &mut sheet));
    page.go(&format!("{base}/pair?code={code}"));
    page.focused("[name=code]");
    page.key("Enter");
    page.wait("document.querySelector('[data-badge]') && document.readyState === 'complete'");
    wrong.extend(both.look(&page, &base, &format!("/t/{slug}/s"), &mut sheet));
    for (badge, lang) in BADGES.into_iter().zip(&LANGUAGES) {
        page.go(&format!("{base}/t/{slug}/s"));
        page.wait("document.querySelector('[data-badge]') && document.documentElement.dataset.ready === 'true'");
        page.scan(badge);
        page.wait("document.querySelector('[data-worker]') && document.readyState === 'complete'");
        let forms = ["report_form", "pause_form"].map(|form| format!("/t/{slug}/s/job-reporting/{form}?card={card}"));
        let paths: Vec<_> = bar(&page).into_iter().chain(forms).collect();
        assert!(paths.len() >= PAGES, "{paths:?}");
        // The language is the person's, not the device's.
        let theirs = Looks { languages: std::slice::from_ref(lang), ..both };
        for path in &paths {
            wrong.extend(theirs.look(&page, &base, path, &mut sheet));
        }
        page.value("document.querySelector('form[action$=\"/s/out\"] button').click()");
        page.wait("document.querySelector('[data-badge]') && document.readyState === 'complete'");
    }
    sheet.write("station");
    all_well("station", Some(wrong));
}

#[test]
fn every_board_of_a_paired_screen_holds_in_every_look() {
    let demo = Demo::shared();
    let Some(page) = opened() else { return };
    let (base, tokio) = (base_url(&demo), tokio());
    let (_, slug, account) = tokio.block_on(workshop(&demo));
    page.listen();
    let (mut sheet, mut wrong) = (Sheet::default(), Vec::new());
    let looks = Looks { role: "screen", sizes: SCREENS, languages: &LANGUAGES };
    wrong.extend(looks.look(&page, &base, "/screen", &mut sheet));
    let code = page.wait("document.querySelector('.pair .figure')?.textContent");
    let boards = ["oee/wall", "oee/line_board", "work-orders/wip_board", "work-orders/plan_board"];
    tokio.block_on(screen(&demo, &account, &slug, ("西墙大屏", code.as_str().unwrap()), &boards));
    // It asks by itself whether it was confirmed.
    page.wait(&format!("location.pathname === '/t/{slug}/s/board'"));
    for at in 0..boards.len() {
        wrong.extend(looks.look(&page, &base, &format!("/t/{slug}/s/board?at={at}&seconds=60"), &mut sheet));
    }
    sheet.write("screen");
    all_well("screen", Some(wrong));
}

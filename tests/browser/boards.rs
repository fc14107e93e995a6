//! Big screens and the printer, in a browser.

use super::chromium::Page;
use super::{base_url, opened, signed_in};
use crate::scenarios::demo::Demo;
use crate::scenarios::terminal::{card, screen, workshop};
use serde_json::json;

/// Letters of a big screen are at least so large a part of its width: 24 pixels of 1920.
const LEAST: f64 = 0.0125;
/// Full HD and 4K.
const SCREENS: [(u32, u32); 2] = [(1920, 1080), (3840, 2160)];

/// Every size of letters on the page as a part of the window's width, smallest first, and whether anything sticks out.
const SIZES: &str = "(() => {
  const sizes = new Map();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement, box = element.getBoundingClientRect();
    if (!walker.currentNode.textContent.trim() || box.width < 2 || box.height < 2 || element.closest('noscript')) continue;
    const size = parseFloat(getComputedStyle(element).fontSize) / innerWidth;
    sizes.set(Math.round(size * 1e5) / 1e5, element.className + ' ' + walker.currentNode.textContent.trim().slice(0, 20));
  }
  const page = document.documentElement;
  return { sizes: [...sizes].sort((a, b) => a[0] - b[0]), wide: page.scrollWidth > page.clientWidth, dark: getComputedStyle(document.body).backgroundColor };
})()";

/// Opens boards of the factory that uses every module.
fn board(views: &str) -> Option<(Page, String, std::sync::Arc<Demo>)> {
    let demo = Demo::shared();
    let tenant = &demo.facts()["tenants"][2];
    let (page, base) = signed_in(&demo, tenant)?;
    let address = format!("{base}/t/{}/board?{views}", tenant["slug"].as_str().unwrap());
    page.sized(SCREENS[0].0, SCREENS[0].1);
    page.go(&address);
    Some((page, address, demo))
}

#[test]
fn every_board_is_read_from_five_metres_and_looks_the_same_in_4k() {
    for view in ["oee.wall", "oee.line_board", "work-orders.wip_board", "work-orders.plan_board"] {
        let Some((page, _, _demo)) = board(&format!("view={view}")) else { return };
        let mut all = Vec::new();
        for (width, height) in SCREENS {
            page.sized(width, height);
            page.picture(&format!("board-{view}-{width}"));
            let seen = page.value(SIZES);
            let least = seen["sizes"][0].clone();
            assert!(least[0].as_f64().unwrap() >= LEAST, "{view} at {width}: {least}");
            assert_eq!((&seen["wide"], &seen["dark"]), (&json!(false), &json!("rgb(14, 17, 22)")), "{view}");
            let sizes = seen["sizes"].as_array().unwrap().iter().map(|size| size[0].as_f64().unwrap());
            all.push(sizes.collect::<Vec<_>>());
        }
        assert_eq!(all[0], all[1], "{view}: the same parts of the screen");
    }
}

#[test]
fn a_board_says_that_its_figures_are_old_when_the_line_is_down_and_stays() {
    let Some((page, _, _demo)) = board("view=oee.wall") else { return };
    page.wait("document.documentElement.dataset.ready === 'true'");
    let clock = page.value("document.querySelector('[data-clock]').textContent");
    page.wait(&format!("document.querySelector('[data-clock]').textContent !== {clock}"));
    page.offline(true);
    // The page's watch is put forward instead of waiting for it.
    page.value("Date.now = ((now) => () => now() + 20000)(Date.now), 0");
    page.wait("!document.querySelector('#stale').hidden && document.querySelector('.stale')");
    page.picture("board-stale");
    let text = page.text();
    assert!(text.contains("起未更新"), "{text}");
    assert!(page.value("document.querySelectorAll('.tile').length").as_i64() > Some(0), "what was known stays");
    page.offline(false);
    page.wait("document.querySelector('#stale').hidden");
}

#[test]
fn a_screen_of_an_older_build_is_loaded_again_by_itself() {
    let Some((page, _, _demo)) = board("view=oee.wall") else { return };
    page.wait("document.documentElement.dataset.ready === 'true'");
    // As if the server had become another one while the line was down.
    page.value(
        "window.sameDocument = true; document.querySelector('[data-live]').dataset.build = 'older';
         dispatchEvent(new Event('pagehide')); dispatchEvent(new Event('pageshow')); 0",
    );
    page.wait("window.sameDocument === undefined && document.querySelector('[data-live]')?.dataset.build.length > 16");
}

#[test]
fn a_screen_goes_on_by_itself_and_waits_where_the_server_does_not_answer() {
    let Some((page, address, _demo)) = board("view=oee.wall&view=oee.line_board&seconds=10") else { return };
    page.before_load("setTimeout = ((real) => (work, ms) => real(work, ms / 20))(setTimeout);");
    page.go(&address);
    page.wait("document.querySelector('h1')?.textContent === '产线看板'");
    page.wait("document.querySelector('h1')?.textContent === '车间大屏'");
    page.offline(true);
    page.value("window.asked = 0, fetch = ((real) => (...all) => (asked++, real(...all)))(fetch), 0");
    page.wait("asked > 2");
    assert_eq!(page.value("document.querySelector('[data-clock]') !== null"), true, "no error page of the browser");
    page.offline(false);
    page.wait("document.querySelector('h1')?.textContent === '产线看板'");
}

#[test]
fn a_screen_is_paired_by_the_code_it_shows_and_needs_nobodys_account() {
    let demo = Demo::shared();
    let Some(page) = opened() else { return };
    let (base, tokio) = (base_url(&demo), tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap());
    let (_, slug, account) = tokio.block_on(workshop(&demo));
    page.listen();
    page.sized(SCREENS[0].0, SCREENS[0].1);
    page.go(&format!("{base}/screen"));
    let code = page.wait("document.querySelector('.pair .figure')?.textContent");
    page.picture("screen-code");
    let shown =
        page.value("document.querySelector('svg.qr') !== null && document.documentElement.scrollHeight <= innerHeight");
    assert_eq!(shown, true);
    // The pages from here on take turns twenty times as fast.
    page.before_load("setTimeout = ((real) => (work, ms) => real(work, ms / 20))(setTimeout);");
    let chosen = ["oee/wall", "oee/line_board"];
    tokio.block_on(screen(&demo, &account, &slug, ("东墙大屏", code.as_str().unwrap()), &chosen));
    page.wait(&format!("location.pathname === '/t/{slug}/s/board' && document.querySelectorAll('.tile').length > 0"));
    page.wait("document.querySelector('h1')?.textContent === '产线看板'");
    page.wait("document.querySelector('h1')?.textContent === '车间大屏'");
    page.picture("screen-paired");
    assert_eq!(page.value("document.querySelector('[data-live]').dataset.live.includes('/s/oee/')"), true);
    assert_eq!(page.value("document.querySelectorAll('header, nav').length"), 0, "nothing around it");
    assert!(page.complaints().is_empty());
}

#[test]
fn a_job_card_is_printed_on_paper_of_its_size() {
    let demo = Demo::shared();
    let tenant = &demo.facts()["tenants"][2];
    let Some((page, base)) = signed_in(&demo, tenant) else { return };
    let slug = tenant["slug"].as_str().unwrap();
    let tokio = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    tokio.block_on(async { card(&workshop(&demo).await.0, slug).await });
    page.go(&format!("{base}/t/{slug}/board?view=work-orders.plan_board"));
    let card = page.wait("document.querySelector('#live tbody td')?.textContent");
    let card = card.as_str().unwrap().replace('/', "%2F");
    page.go(&format!("{base}/t/{slug}/m/work-orders/v/job_card?code={card}"));
    page.wait("document.querySelector('svg.print-card') && document.readyState === 'complete'");
    let pdf = page.printed("job-card");
    // Points of 1/72 inch: 148 × 105 mm.
    assert_eq!(sheets(&pdf), [(420, 298)], "one sheet, A6 across");
}

/// Width and height of each page of a PDF, in whole points.
pub fn sheets(pdf: &[u8]) -> Vec<(u32, u32)> {
    let text = String::from_utf8_lossy(pdf);
    let boxes = text.split("/MediaBox").skip(1).filter_map(|rest| {
        let numbers = rest.trim_start().strip_prefix('[')?.split(']').next()?;
        let numbers: Vec<f64> = numbers.split_whitespace().filter_map(|number| number.parse().ok()).collect();
        Some((numbers.get(2)?.round() as u32, numbers.get(3)?.round() as u32))
    });
    boxes.collect()
}

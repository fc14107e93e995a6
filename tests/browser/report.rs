//! The report of a digital level on paper, which is how it becomes a PDF: by the browser, without a network.

use super::boards::sheets;
use super::signed_in;
use crate::scenarios::demo::Demo;
use crate::scenarios::report::assessed;

/// What is on the page and is not printed.
const PRINTED: &str = "[...document.querySelectorAll('nav, form, .buttons, .rail, .top')]
    .filter((element) => element.getClientRects().length > 0).map((element) => element.className).join('; ')";

#[test]
fn a_report_is_printed_whole_in_chinese_and_without_what_is_only_for_the_screen() {
    let demo = Demo::shared();
    let tokio = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (assessment, slug, account) = tokio.block_on(assessed(&demo));
    let Some((page, base)) = signed_in(&demo, &account) else { return };
    page.go(&format!("{base}/t/{slug}/m/digital-index/v/report_page?assessment={assessment}"));
    page.wait("document.readyState === 'complete' && document.querySelectorAll('#live table').length >= 3");
    let text = page.text();
    assert!(text.contains("逐题作答与佐证") && text.contains("设备台账 2026 版"), "{text}");
    assert_ne!(page.value("document.querySelector('[data-print]').getClientRects().length"), 0, "a button for it");
    page.offline(true);
    page.paper(true);
    assert_eq!(page.value(PRINTED), "");
    let name = page.value("document.querySelector('.printed').innerText");
    assert!(name.as_str().unwrap().contains(" · 2026") || name.as_str().unwrap().contains(" · 20"), "{name}");
    let wide = page.value("document.documentElement.scrollWidth - document.documentElement.clientWidth");
    assert!(wide.as_i64() <= Some(0), "something sticks out by {wide}");
    page.paper(false);
    let pdf = page.printed("digital-level");
    let sheets = sheets(&pdf);
    assert!(pdf.starts_with(b"%PDF-") && (1..=12).contains(&sheets.len()), "{sheets:?}");
}

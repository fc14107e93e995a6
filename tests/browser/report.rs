//! A digital level on paper, which is how it becomes a PDF: by the browser, without a network.

use super::boards::sheets;
use super::signed_in;
use crate::scenarios::demo::Demo;
use crate::scenarios::report::assessed;

/// What is on the page and is not printed.
const PRINTED: &str = "[...document.querySelectorAll('nav, form, .buttons, .rail, .top')]
    .filter((element) => element.getClientRects().length > 0).map((element) => element.className).join('; ')";

#[test]
fn a_view_is_printed_in_chinese_and_without_what_is_only_for_the_screen() {
    let demo = Demo::shared();
    let tokio = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (assessment, slug, account) = tokio.block_on(assessed(&demo));
    let Some((page, base)) = signed_in(&demo, &account) else { return };
    page.go(&format!("{base}/t/{slug}/m/digital-index/v/assessment_page?assessment={assessment}&_tab=3"));
    page.wait("document.readyState === 'complete' && document.querySelectorAll('#live table').length >= 1");
    let text = page.text();
    assert!(text.contains("图纸系统截图") && text.contains("二级"), "{text}");
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

/// Whether the first wide table is one, with its columns named above it, and how far it sticks out.
const ON_PAPER: &str = "(() => { const table = document.querySelector('#live table.wide');
    const as = (selector) => getComputedStyle(table.querySelector(selector)).display;
    const out = document.documentElement.scrollWidth - document.documentElement.clientWidth;
    return [as('tbody tr'), as('td'), as('thead'), out].join(); })()";

#[test]
fn a_table_of_many_columns_stays_a_table_on_paper() {
    let demo = Demo::shared();
    let tenant = &demo.facts()["tenants"][0];
    let Some((page, base)) = signed_in(&demo, tenant) else { return };
    page.go(&format!("{base}/t/{}/m/oee/v/hall", tenant["slug"].as_str().unwrap()));
    page.wait("document.readyState === 'complete' && document.querySelector('#live table.wide tbody td')");
    // A4 with the margins that browsers give by themselves, and with wide ones.
    for width in [718, 640] {
        page.sized(width, 1000);
        assert!(!page.value(ON_PAPER).as_str().unwrap().starts_with("table-row,"), "on a screen of {width} it is none");
        page.paper(true);
        assert_eq!(page.value(ON_PAPER), "table-row,table-cell,table-header-group,0", "{width}");
        page.paper(false);
    }
}

//! An operator at a terminal with a scanner and no line for a while: nothing is lost, nothing is done twice.

use super::chromium::Page;
use super::{base_url, opened};
use crate::scenarios::demo::Demo;
use crate::scenarios::terminal::{card, pairing_code, told, workshop};

/// Presses of the Tab key before a field counts as out of reach.
const TABS: usize = 80;

#[test]
fn an_operator_reports_through_a_cut_line_and_nothing_is_lost_or_double() {
    let demo = Demo::shared();
    let Some(page) = opened() else { return };
    let base = base_url(&demo);
    let tokio = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (owner, slug, account) = tokio.block_on(workshop(&demo));
    let code = tokio.block_on(pairing_code(&demo, &account, &slug, "Browser"));
    let card = tokio.block_on(card(&owner, &slug));
    page.sized(1280, 800);

    page.go(&format!("{base}/pair?code={code}"));
    page.picture("station-pair");
    page.key("Enter");
    page.wait(&format!("location.pathname === '/t/{slug}/s' && document.querySelector('[data-badge]')"));
    page.picture("station-who");
    page.scan("0004200002");
    page.wait("document.querySelector('[data-worker=\"2001\"]') && document.readyState === 'complete'");
    page.picture("station-jobs");
    page.scan(&card);
    page.wait("location.search.includes('card=') && document.querySelector('[name=good]') && document.readyState === 'complete'");
    page.picture("station-report");
    assert!(page.value("document.querySelector('[name=card]').value").as_str() == Some(&*card));
    let small = page.value(
        "[...document.querySelectorAll('main button, main a, main input:not([type=hidden]), header button, header a')]
            .filter((it) => it.offsetParent && it.getBoundingClientRect().height < 48).map((it) => it.outerHTML).join('\\n')",
    );
    assert_eq!(small, "", "targets are 48 px at least");

    report(&page, "1", "cut-before");
    page.wait("document.querySelector('[data-undo] button') && document.readyState === 'complete'");
    page.picture("station-done");

    page.offline(true);
    for (good, reason) in [("2", "cut-one"), ("3", "cut-two"), ("4", "cut-three")] {
        report(&page, good, reason);
        page.wait(
            "!document.querySelector('[data-part=kept]').hidden && document.body.getAttribute('aria-busy') === null",
        );
    }
    assert!(page.text().contains("3 条待上传"), "{}", page.text());
    page.picture("station-offline");
    let by = "operator:2001";
    let reasons = |all: &[serde_json::Value]| {
        let ours =
            all.iter().filter_map(|report| report["reason"].as_str()).filter(|reason| reason.starts_with("cut-"));
        let mut reasons: Vec<_> = ours.map(str::to_owned).collect();
        reasons.sort();
        reasons
    };
    let before = tokio.block_on(told(&owner, &slug, &card, by));
    assert_eq!(reasons(&before), ["cut-before"]);

    page.offline(false);
    page.wait("JSON.parse(localStorage.getItem('tc-kept')).length === 0 && document.querySelector('[data-part=waiting]').hidden");
    let after = tokio.block_on(told(&owner, &slug, &card, by));
    assert_eq!(reasons(&after), ["cut-before", "cut-one", "cut-three", "cut-two"]);
    let told_at = |reason: &str| {
        let report = after.iter().find(|report| report["reason"] == reason).unwrap();
        (report["good"].as_str().unwrap().to_owned(), report["ended_at"].as_str().unwrap().to_owned())
    };
    let (one, two, three) = (told_at("cut-one"), told_at("cut-two"), told_at("cut-three"));
    assert_eq!([&*one.0, &*two.0, &*three.0], ["2.000000", "3.000000", "4.000000"]);
    assert!(one.1 < two.1 && two.1 < three.1, "each has the time when it was pressed: {one:?} {two:?} {three:?}");

    // What the server will not take is kept and shown, until somebody deals with it.
    page.offline(true);
    report(&page, "-5", "cut-bad");
    page.wait("!document.querySelector('[data-part=waiting]').hidden");
    page.offline(false);
    page.wait("!document.querySelector('[data-part=refused]').hidden && document.querySelector('[data-drop]')");
    page.picture("station-refused");
    assert_eq!(page.value("JSON.parse(localStorage.getItem('tc-kept')).length"), 1);
    page.value("self.confirm = () => true; document.querySelector('[data-drop]').click()");
    page.wait("document.querySelector('[data-part=refused]').hidden");
    assert_eq!(reasons(&tokio.block_on(told(&owner, &slug, &card, by))).len(), 4);
}

/// Tab to the fields, type, Enter: as somebody with a keyboard would.
fn report(page: &Page, good: &str, reason: &str) {
    for (field, text) in [("good", good), ("reason", reason)] {
        tab_to(page, field);
        page.value("document.activeElement.select()");
        page.insert(text);
    }
    page.key("Enter");
}

fn tab_to(page: &Page, field: &str) {
    for _ in 0..TABS {
        if page.value(&format!("document.activeElement?.name === {field:?}")) == true {
            return;
        }
        page.key("Tab");
    }
    panic!("{field} cannot be reached: {}", page.text());
}

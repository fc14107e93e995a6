//! The demo, followed in a browser by its three roles.

mod boards;
mod budget;
pub mod chromium;
mod city;
mod kernel;
mod keyboard;
mod links;
mod report;
mod station;
mod walk;
mod without_script;

use crate::scenarios::demo::Demo;
use crate::scenarios::stop_button::{HISTORY, press};
use crate::wait::until;
use chromium::Page;
use serde_json::Value;

/// A page of nobody; none without a browser, which is said aloud.
fn opened() -> Option<Page> {
    let Some(browser) = chromium::find() else {
        use std::io::Write;
        let _ = writeln!(std::io::stderr(), "SKIPPED: 1 browser test, because Chromium is not installed");
        return None;
    };
    Some(Page::open(&browser))
}

/// Where the demo answers, without a slash at the end.
fn base_url(demo: &Demo) -> String {
    demo.facts()["base_url"].as_str().unwrap().trim_end_matches('/').to_owned()
}

/// A page with this person signed in.
fn signed_in(demo: &Demo, who: &Value) -> Option<(Page, String)> {
    let (page, base) = (opened()?, base_url(demo));
    page.go(&format!("{base}/login"));
    page.value(&format!(
        "document.querySelector('#f-email').value = {}; document.querySelector('#f-password').value = {};
         document.querySelector('#f-password').form.requestSubmit()",
        who["email"], who["password"]
    ));
    page.wait("!location.pathname.startsWith('/login') && document.readyState === 'complete'");
    Some((page, base))
}

#[test]
fn an_owner_sees_oee_change_without_touching_the_page() {
    let demo = Demo::shared();
    let tenant = &demo.facts()["tenants"][0];
    let Some((page, base)) = signed_in(&demo, tenant) else { return };
    let slug = tenant["slug"].as_str().unwrap();
    page.go(&format!("{base}/t/{slug}"));
    assert!(
        page.value("document.querySelectorAll('main a[href*=\"/m/oee\"]').length").as_i64() > Some(0),
        "{}",
        page.text()
    );
    page.go(&format!("{base}/t/{slug}/m/oee/overview"));
    let first = page.wait(
        "document.querySelector('#live')?.innerText.includes('press-1') && document.querySelector('#live').innerText",
    );
    page.picture("oee");
    page.value("window.sameDocument = true");
    // Where everybody eats, nothing changes by itself; and what is pressed now waits behind the history.
    let tokio = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let machine = format!("{slug}/press-1");
    tokio.block_on(press(&demo, &machine, "stop"));
    let changed = format!("window.sameDocument && document.querySelector('#live').innerText !== {first}");
    until("the page to change", HISTORY, || (page.value(&changed) == true).then_some(()));
    tokio.block_on(press(&demo, &machine, "run"));
    assert_eq!(page.value("window.sameDocument"), true, "the page was not loaded again");
    assert_eq!(page.value("document.documentElement.lang"), "zh-CN");
}

#[test]
fn a_reviewer_finds_the_queue_and_a_provider_its_versions() {
    let demo = Demo::shared();
    let Some((page, base)) = signed_in(&demo, &demo.facts()["marketplace"]) else { return };
    page.go(&format!("{base}/review"));
    page.picture("review");
    assert!(page.value("document.querySelector('h1').innerText.length").as_i64() > Some(0));
    drop(page);
    for provider in demo.facts()["providers"].as_array().unwrap() {
        let Some((page, base)) = signed_in(&demo, provider) else { return };
        page.go(&format!("{base}/provider"));
        page.picture(&format!("provider-{}", provider["slug"].as_str().unwrap()));
        assert!(page.value("document.querySelector('h1').innerText.length").as_i64() > Some(0));
    }
}

#[test]
fn the_market_tells_what_a_module_may_touch_before_anybody_agrees() {
    let demo = Demo::shared();
    let Some((page, base)) = signed_in(&demo, &demo.facts()["tenants"][1]) else { return };
    let slug = demo.facts()["tenants"][1]["slug"].as_str().unwrap();
    page.go(&format!("{base}/market"));
    page.wait("document.querySelectorAll('a[href*=\"/market/m/oee\"]').length > 0");
    page.go(&format!("{base}/t/{slug}/install/oee"));
    page.picture("consent");
    let text = page.text();
    assert!(text.contains("设备") && text.contains("plant") || text.contains("工厂"), "{text}");
}

#[test]
fn an_owner_imports_a_file_and_reads_which_rows_are_wrong() {
    let demo = Demo::shared();
    let tenant = &demo.facts()["tenants"][0];
    let Some((page, base)) = signed_in(&demo, tenant) else { return };
    let slug = tenant["slug"].as_str().unwrap();
    page.go(&format!("{base}/t/{slug}/m/plant/import_people"));
    assert_eq!(page.value("document.querySelectorAll('a[href$=\"/import_people/import\"]').length"), 1);
    page.go(&format!("{base}/t/{slug}/m/plant/import_people/import"));
    page.picture("import");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("people.csv");
    let lines = "code,name,job\r\nsheet-1,王小明,装配\r\nsheet 2,李四,\r\nsheet-3,,\r\n";
    std::fs::write(&file, encoding_rs::GB18030.encode(lines).0).unwrap();
    page.choose("#f-_file", &file);
    page.value(
        "document.querySelector('#f-_rows').value = 'good'; document.querySelector('#f-_rows').form.requestSubmit()",
    );
    page.wait("document.readyState === 'complete' && document.querySelector('main .notice')?.innerText.includes('3')");
    page.picture("import-report");
    let text = page.text();
    assert!(text.contains("共 3 行，已写入 1 行，2 行有错没有写入。"), "{text}");
    let lines =
        page.value("[...document.querySelectorAll('td[data-label=\"行号\"]')].map((cell) => cell.innerText).join()");
    assert_eq!(lines, "3,4");
    page.go(&format!("{base}/t/{slug}/m/plant/people"));
    assert!(page.text().contains("王小明"));
    assert!(page.value("document.querySelectorAll('a[href*=\"/people/csv?\"]').length").as_i64() > Some(0));
    page.picture("table");
}

#[test]
fn an_operation_and_its_refusal_are_read_in_chinese() {
    let demo = Demo::shared();
    let tenant = &demo.facts()["tenants"][0];
    let Some((page, base)) = signed_in(&demo, tenant) else { return };
    let slug = tenant["slug"].as_str().unwrap();
    page.go(&format!("{base}/t/{slug}/m/oee/set_rate"));
    page.picture("set-rate");
    let text = page.text();
    for word in ["设定标准速度", "设备", "每分钟件数", "生效时间"] {
        assert!(text.contains(word), "{word}: {text}");
    }
    assert!(!text.contains("ieces") && !text.contains("quipment"), "names of the code: {text}");
    page.value(
        "document.querySelector('[name=equipment]').value = 'press-1';
         document.querySelector('[name=pieces_per_minute]').value = '0';
         document.querySelector('[name=equipment]').form.requestSubmit()",
    );
    page.wait("document.readyState === 'complete' && document.querySelector('.notice.bad') !== null");
    page.picture("set-rate-refused");
    let text = page.text();
    assert!(text.contains("标准速度要大于零") && text.contains("rate-not-positive"), "{text}");
    page.go(&format!("{base}/t/{slug}/m/oee/overview"));
    page.wait("document.querySelector('#live')?.innerText.includes('press-1')");
    let text = page.text();
    assert!(text.contains("综合效率") && text.contains("合格数"), "{text}");
}

//! Pages whose scripts never run: everything but what moves by itself works all the same.

use super::{base_url, opened};
use crate::scenarios::demo::Demo;
use serde_json::json;

/// Sends the form that a field stands in, as a press on its button does.
const SEND: &str = ".closest('form').querySelector('button').click()";

#[test]
fn a_page_without_scripts_signs_in_reports_and_speaks_another_language() {
    let demo = Demo::shared();
    let Some(page) = opened() else { return };
    page.without_script();
    let (base, tenant) = (base_url(&demo), &demo.facts()["tenants"][0]);
    let slug = tenant["slug"].as_str().unwrap();
    page.go(&format!("{base}/login"));
    assert_eq!(page.value("document.documentElement.dataset.ready ?? 'no script ran'"), "no script ran");
    let fill = |name: &str, value: &str| {
        page.value(&format!("document.querySelector('main [name={name}]').value = {}", json!(value)));
    };
    fill("email", tenant["email"].as_str().unwrap());
    fill("password", tenant["password"].as_str().unwrap());
    page.value(&format!("document.querySelector('main [name=email]'){SEND}"));
    page.wait("!location.pathname.startsWith('/login') && document.readyState === 'complete'");

    page.go(&format!("{base}/t/{slug}/m/oee/set_rate"));
    fill("equipment", "press-1");
    fill("pieces_per_minute", "0");
    page.value(&format!("document.querySelector('main [name=equipment]'){SEND}"));
    page.wait("document.readyState === 'complete' && document.querySelector('[role=alert]') !== null");
    assert_eq!(page.value("document.querySelector('main [name=equipment]').value"), "press-1", "nothing typed is lost");
    fill("pieces_per_minute", "42");
    page.value(&format!("document.querySelector('main [name=equipment]'){SEND}"));
    page.wait("document.readyState === 'complete' && document.querySelector('[role=status]:not([hidden])') !== null");

    page.value("document.querySelector('button[value=en]').click()");
    page.wait("document.documentElement.lang === 'en' && document.readyState === 'complete'");
    assert!(
        page.value("location.pathname").as_str().unwrap().ends_with("/set_rate"),
        "the same page in the other language"
    );
}

//! An operator at a terminal with a scanner and no line for more than a minute: nothing is lost, nothing is done twice.

use super::chromium::{Page, pictures};
use super::{base_url, opened, signed_in};
use crate::scenarios::demo::{Demo, Person};
use crate::scenarios::terminal::{card, pairing_code, told, workshop};
use serde_json::{Value, json};
use std::io::Write;
use std::sync::Arc;
use std::time::Instant;
use tokio::runtime::Runtime;

/// Presses of the Tab key before a field counts as out of reach.
const TABS: usize = 80;
/// Reports while the line is cut, and how far apart they are: together more than a minute.
const REPORTS: usize = 15;
const APART_S: usize = 6;

/// The page's time is the test's.
const WATCH: &str = include_str!("watch.js");
/// The next two answers to what is sent are lost on their way: the server did what it was asked, and nobody hears of it.
const LOSE_TWO: &str = "self.lost = 0, self.fetch = ((real) => async (to, how) => {
    const answer = await real(to, how);
    if (how?.method === 'POST' && lost < 2) { lost += 1; throw new TypeError('lost on the way'); }
    return answer;
})(fetch), 0";
const KEPT: &str = "JSON.parse(localStorage.getItem('tc-kept') ?? '[]')";

/// A terminal with somebody signed in and the report page of a card open.
struct Floor {
    page: Page,
    tokio: Runtime,
    owner: Person,
    slug: String,
    card: String,
    demo: Arc<Demo>,
}

impl Floor {
    fn open(name: &str) -> Option<Self> {
        let demo = Demo::shared();
        let page = opened()?;
        let base = base_url(&demo);
        let tokio = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (owner, slug, account) = tokio.block_on(workshop(&demo));
        let code = tokio.block_on(pairing_code(&demo, &account, &slug, name));
        let card = tokio.block_on(card(&owner, &slug));
        page.sized(1280, 800);
        page.before_load(WATCH);
        page.go(&format!("{base}/pair?code={code}"));
        page.picture("station-pair");
        page.focused("[name=code]");
        page.key("Enter");
        page.wait(&format!("location.pathname === '/t/{slug}/s' && document.querySelector('[data-badge]')"));
        page.picture("station-who");
        let held = Instant::now();
        page.scan("0004200002");
        page.wait("document.querySelector('[data-worker=\"2001\"]') && document.readyState === 'complete'");
        let _ = writeln!(std::io::stderr(), "MEASURED: from badge to jobs in {} ms", held.elapsed().as_millis());
        page.picture("station-jobs");
        page.scan(&card);
        page.wait("location.search.includes('card=') && document.querySelector('[name=good]') && document.readyState === 'complete'");
        page.picture("station-report");
        Some(Self { page, tokio, owner, slug, card, demo })
    }

    /// What this operator told of the card, by the good pieces of each report.
    fn told(&self) -> Vec<(String, String, Value)> {
        let all = self.tokio.block_on(told(&self.owner, &self.slug, &self.card, "operator:2001"));
        let text = |report: &Value, field: &str| report[field].as_str().unwrap_or_default().to_owned();
        all.iter().map(|report| (text(report, "good"), text(report, "ended_at"), report["reason"].clone())).collect()
    }

    /// How often each of these amounts was told.
    fn times(&self, amounts: &[String]) -> Vec<usize> {
        let told = self.told();
        amounts.iter().map(|amount| told.iter().filter(|(good, ..)| good == amount).count()).collect()
    }
}

/// Good pieces of the nth report, as it is typed and as it is read.
fn amount(nth: usize) -> (String, String) {
    (format!("0.{:02}", nth + 1), format!("0.{:02}0000", nth + 1))
}

#[test]
fn an_operator_reports_through_a_cut_line_and_nothing_is_lost_or_double() {
    let Some(floor) = Floor::open("Browser") else { return };
    let page = &floor.page;
    assert!(page.value("document.querySelector('[name=card]').value").as_str() == Some(&*floor.card));
    let small = page.value(
        "[...document.querySelectorAll('main button, main a, main input:not([type=hidden]), header button, header a')]
            .filter((it) => it.offsetParent && it.getBoundingClientRect().height < 48).map((it) => it.outerHTML).join('\\n')",
    );
    assert_eq!(small, "", "targets are 48 px at least");

    // With a line: reasons are tapped, and it is done at once.
    page.tap("[name=reason][value=surface]");
    report(page, "0.9");
    page.wait("document.querySelector('[data-undo] button') && document.readyState === 'complete'");
    page.picture("station-done");
    let before = floor.told().into_iter().find(|(good, ..)| good == "0.900000").unwrap();
    assert_eq!(before.2, "surface");

    // Ninety seconds without one, which end now.
    page.offline(true);
    page.value(&format!("wind(-{}), 0", REPORTS * APART_S));
    let (typed, read): (Vec<_>, Vec<_>) = (0..REPORTS).map(amount).unzip();
    for (nth, good) in typed.iter().enumerate() {
        if nth == 1 {
            page.tap("[name=reason][value=setup]");
        }
        report(page, good);
        page.wait(&format!("{KEPT}.length === {} && document.body.getAttribute('aria-busy') === null", nth + 1));
        page.value(&format!("pass({APART_S}).then(() => true)"));
    }
    assert!(page.text().contains(&format!("{REPORTS} 条待上传")), "{}", page.text());
    page.value("pass(20).then(() => true)");
    assert_eq!(page.value("document.querySelector('#stale').hidden"), false, "what stands there is old, and says so");
    page.picture("station-offline");
    assert_eq!(floor.times(&read), [0; REPORTS], "nothing has arrived");

    page.value(LOSE_TWO);
    page.offline(false);
    page.wait(&format!(
        "pass(1).then(() => {KEPT}.length === 0 && document.querySelector('[data-part=waiting]').hidden)"
    ));
    assert_eq!(page.value("lost"), 2);
    assert_eq!(floor.times(&read), [1; REPORTS], "each has arrived once");
    let told = floor.told();
    let at = |amount: &String| told.iter().find(|(good, ..)| good == amount).unwrap().1.clone();
    let times: Vec<_> = read.iter().map(at).collect();
    assert!(times.is_sorted() && times[0] < times[1], "each has the time when it was pressed: {times:?}");
    let instant = |text: &String| text.parse::<toolcrib_contract::types::Instant>().unwrap();
    let cut_us = instant(&times[REPORTS - 1]).since_us(instant(&times[0]));
    assert!(cut_us >= 60_000_000, "the line was cut for more than a minute: {times:?}");
    let reasons: Vec<_> = told.iter().filter(|(good, ..)| read.contains(good)).map(|(.., reason)| reason).collect();
    assert_eq!(reasons.iter().filter(|reason| **reason == "setup").count(), 1, "a reason is given once: {reasons:?}");

    // What the server will not take is kept and shown, until somebody deals with it.
    page.offline(true);
    report(page, "-5");
    page.wait("!document.querySelector('[data-part=waiting]').hidden");
    page.offline(false);
    page.wait("pass(1).then(() => !document.querySelector('[data-part=refused]').hidden && document.querySelector('[data-drop]') !== null)");
    page.picture("station-refused");
    assert_eq!(page.value(&format!("{KEPT}.length")), 1);
    page.value("self.confirm = () => true; document.querySelector('[data-drop]').click()");
    page.wait("document.querySelector('[data-part=refused]').hidden");
    assert_eq!(floor.told().len(), told.len());
}

#[test]
fn a_terminal_shows_what_others_told_and_keeps_what_is_typed() {
    let Some(floor) = Floor::open("Live") else { return };
    let page = &floor.page;
    page.value("self.sameDocument = true");
    page.tap("[name=good]");
    page.insert("7");
    page.tap("[name=reason][value=handling]");
    let report = json!({"card": floor.card, "person": "2000", "good": "0.77", "crew": [], "consumed": [], "entry": "live-at-the-terminal"});
    let path = format!("/v1/t/{}/m/job-reporting/report", floor.slug);
    floor.tokio.block_on(async { floor.owner.post(&path, &report).await.ok() });
    page.wait("document.querySelector('#live table').innerText.includes('0.77')");
    page.picture("station-live");
    let kept = page.value("[sameDocument, document.querySelector('[name=good]').value, document.querySelector('[name=reason]:checked').value]");
    assert_eq!(kept, json!([true, "7", "handling"]));
    // The form that was drawn with what changed is still good.
    page.key("Enter");
    page.wait("document.querySelector('[data-undo] button') && document.readyState === 'complete'");
    assert_eq!(floor.told().iter().filter(|(good, ..)| good == "7.000000").count(), 1);
}

#[test]
fn a_photo_of_a_job_card_opens_its_page() {
    let Some(floor) = Floor::open("Camera") else { return };
    let tenant = &floor.demo.facts()["tenants"][2];
    let Some((desk, base)) = signed_in(&floor.demo, tenant) else { return };
    desk.go(&format!("{base}/t/{}/m/work-orders/v/job_card?code={}", floor.slug, floor.card.replace('/', "%2F")));
    desk.wait("document.querySelector('svg.print-card') && document.readyState === 'complete'");
    // Nobody holds a tablet quite straight.
    desk.value("document.querySelector('svg.print-card').style.transform = 'rotate(6deg) scale(0.9)', 0");
    let (card, wall) = (desk.photo("job-card"), pictures().join("no-photo.jpg"));
    std::fs::write(&wall, b"this is no photo").unwrap();
    let page = &floor.page;
    page.go(&format!("{base}/t/{}/s/scan", floor.slug));
    page.picture("station-scan");
    page.choose("[name=photo]", &wall);
    page.tap("form[enctype] button");
    page.wait("document.querySelector('[role=alert]') && document.querySelector('[name=photo]')");
    page.picture("station-no-photo");
    page.choose("[name=photo]", &card);
    page.tap("form[enctype] button");
    page.wait("location.search.includes('card=') && document.querySelector('[name=good]') && document.readyState === 'complete'");
    assert_eq!(page.value("document.querySelector('[name=card]').value"), *floor.card);
}

/// Tab to the field, type, Enter: as somebody with a keyboard would.
fn report(page: &Page, good: &str) {
    tab_to(page, "good");
    page.value("document.activeElement.select()");
    page.insert(good);
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

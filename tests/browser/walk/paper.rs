//! What leaves the printer: every view of a factory as the sheet of A4 shows it, in both languages, and the cards and labels
//! that have a size of their own. Pictures of all of them are for people to look at.

use super::sheet::{Picture, Sheet};
use super::{LANGUAGES, all_well, crawl};
use crate::browser::boards::sheets;
use crate::browser::chromium::Page;
use crate::browser::signed_in;
use crate::scenarios::demo::Demo;
use crate::scenarios::report::assessed;
use crate::scenarios::terminal::{card, workshop};
use serde_json::{Value, json};

/// Asks a page that is being printed for everything that is wrong with it.
const INVARIANTS: &str = include_str!("paper.js");
/// Between the margins of A4 upright, in pixels of 1/96 inch, and between wide ones: for each language one, and the less for
/// the longer words.
const WIDTHS: [u32; 2] = [703, 640];
/// Of a sheet between its margins.
const SHEET: f64 = 1_020.0;
/// In 1/72 inch, of which a browser writes a whole one more or less.
const A4: (u32, u32) = (595, 842);
/// Whether a view shows anything but what is to be filled in.
const SHOWS: &str = "!!document.querySelector('#live [data-widget]:not([data-widget=form], [data-widget=scan], [data-widget=counter], \
    [data-widget=heading])')";
/// Views at least that the demo's factories print.
const VIEWS: usize = 20;

/// Whether a link leads to a view.
fn is_view(path: &str) -> bool {
    path.split('?').next().is_some_and(|path| path.contains("/m/") && path.contains("/v/"))
}

/// One view on paper in a language.
fn looked(page: &Page, address: &str, owner: &str, (place, width): (&str, u32), sheet: &mut Sheet) -> Vec<String> {
    page.sized(1440, 900);
    page.go(address);
    page.wait("document.readyState === 'complete' && document.querySelector('main')");
    // Boards hang on walls, terminals have no printer, and forms alone are nothing to print.
    if page.value("document.body.matches('.board, [data-density=touch]')") == true || page.value(SHOWS) == false {
        return Vec::new();
    }
    let is_card = page.value("!!document.querySelector('.prints')") == true;
    let whose = if is_card { Value::Null } else { json!(owner) };
    let mut wrong = Vec::new();
    page.paper(true);
    page.sized(width, 1_000);
    let told = page.value(&format!("({INVARIANTS})({whose})"));
    let Value::Array(told) = told else { return vec![format!("{place}: could not be asked: {told}")] };
    wrong.extend(told.iter().map(|what| format!("{place} {width}: {}", what.as_str().unwrap_or_default())));
    let name = format!("paper-{}", sheet.len());
    page.picture(&format!("walk/{name}"));
    sheet.push(Picture { name: name.clone(), place: place.to_owned() });
    let height = page.value("document.querySelector('main').scrollHeight").as_f64().unwrap_or_default();
    let pages = sheets(&page.printed(&format!("walk/{name}")));
    wrong.extend(paged(&pages, height, is_card).map(|what| format!("{place}: {what}")));
    page.paper(false);
    wrong
}

fn is_a4(page: &(u32, u32)) -> bool {
    page.0.abs_diff(A4.0) <= 1 && page.1.abs_diff(A4.1) <= 1
}

/// What is wrong with the sheets of a page that is so many pixels high.
fn paged(pages: &[(u32, u32)], height: f64, is_card: bool) -> Option<String> {
    if is_card {
        return (pages.len() != 1 || is_a4(&pages[0])).then(|| format!("a card on {pages:?}"));
    }
    // What may not be torn leaves room below it; a third of each sheet is more than that takes.
    let most = (height / (SHEET * 2.0 / 3.0)).ceil() as usize + 1;
    let fits = !pages.is_empty() && pages.len() <= most && pages.iter().all(is_a4);
    (!fits).then(|| format!("{height} pixels on {} sheets: {pages:?}", pages.len()))
}

#[test]
fn every_view_of_a_factory_holds_on_paper() {
    let demo = Demo::shared();
    let tokio = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (assessment, slug, account) = tokio.block_on(assessed(&demo));
    let card = tokio.block_on(async { card(&workshop(&demo).await.0, &slug).await }).replace('/', "%2F");
    let Some((page, base)) = signed_in(&demo, &account) else { return };
    page.listen();
    let of = |view: &str| format!("/t/{slug}/m/{view}");
    let month = page.value("new Date().toISOString().slice(0, 7)");
    let month = month.as_str().unwrap();
    // What links lead to with something chosen, first: one page of each kind is looked at.
    let mut starts = vec![
        of(&format!("work-orders/v/job_card?code={card}")),
        of(&format!("piece-rate/v/payslip_page?month={month}&person=2001")),
        of(&format!("piece-rate/v/month_page?month={month}")),
    ];
    starts
        .extend((1..=5).map(|tab| of(&format!("digital-index/v/assessment_page?assessment={assessment}&_tab={tab}"))));
    starts.push(format!("/t/{slug}"));
    let found = crawl::reachable_by(&page, &base, &starts, is_view);
    // The crawl takes one tab for all.
    let views = starts.iter().chain(found.iter().filter(|path| !starts.contains(path)));
    let views: Vec<_> = views.filter(|path| is_view(path)).collect();
    let name = tokio.block_on(async { demo.person(&account).await.get("/v1/me").await.ok() });
    let tenants = name["tenants"].as_array().unwrap();
    let owner = tenants.iter().find(|tenant| tenant["slug"] == slug).unwrap()["name"].as_str().unwrap();
    let (mut sheet, mut wrong) = (Sheet::default(), Vec::new());
    for path in &views {
        for (lang, width) in LANGUAGES.into_iter().zip(WIDTHS) {
            page.cookie(&base, "tc_language", lang);
            let place = format!("{path} {lang}");
            wrong.extend(looked(&page, &format!("{base}{path}"), owner, (&place, width), &mut sheet));
        }
    }
    wrong.extend(page.complaints());
    sheet.write("paper");
    assert!(views.len() >= VIEWS && sheet.len() >= VIEWS, "{views:?}");
    all_well("paper", Some(wrong));
}

#[test]
fn the_invariants_of_paper_find_what_is_wrong() {
    let Some(page) = crate::browser::opened() else { return };
    let html = "<title>x</title><body style='background:#111;color:#eee'><main><nav>way</nav><p style='font-size:8px'>tiny</p>\
                <div style='overflow:hidden;width:90px;white-space:nowrap'>much longer than its place is</div>\
                <p style='width:14px'>a b c d e f g h i</p><table><tr><td class=num style='width:20px'>1 234 567</td></tr></table>\
                <div style='width:5000px'>wide</div><section id=live><h2>Check</h2></section>\
                <table><tr class=row-bad><td style='padding:0'>a<td class=num>7<td style='padding:0'>b</table></main>";
    page.value(&format!("document.documentElement.innerHTML = {}; true", json!(html)));
    page.sized(WIDTHS[0], 1_000);
    let told = page.value(&format!("({INVARIANTS})(\"星河五金制品厂\")")).to_string();
    for what in [
        "for the screen only",
        "0 headings",
        "not said whose and when",
        "wider than the sheet",
        "cut at the edge",
        "filled with",
        "letters of 8px",
        "pale letters",
        "a column of single letters",
        "a number in two lines",
        "a heading of nothing",
        "a stripe on letters",
        "digits run into words",
    ] {
        assert!(told.contains(what), "{what} was not found in:\n{told}");
    }
    assert!(paged(&[(595, 842); 9], 1_000.0, false).is_some() && paged(&[(595, 842)], 900.0, false).is_none());
    assert!(paged(&[(596, 842)], 400.0, true).is_some() && paged(&[(420, 298)], 400.0, true).is_none());
}

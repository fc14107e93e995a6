//! Every page that a person can reach, in both languages, both themes and three widths, terminals and big screens included
//! (`floor`): what must hold of all of them, and a sheet of pictures for people to look at.

pub(super) mod crawl;
mod floor;
mod paper;
mod sheet;

use super::chromium::Page;
use super::{base_url, signed_in};
use crate::scenarios::demo::Demo;
use serde_json::{Value, json};
use sheet::{Picture, Sheet};

/// Asks a page for everything that is wrong with it.
const INVARIANTS: &str = include_str!("invariants.js");

/// Desk, tablet, phone.
const DESK: &[(u32, u32)] = &[(1440, 900), (768, 1024), (390, 844)];
const LANGUAGES: [&str; 2] = ["zh-CN", "en"];
const THEMES: [&str; 2] = ["light", "dark"];

/// Who looks, and in which windows: the usual one first, the smallest last.
#[derive(Clone, Copy)]
struct Looks<'l> {
    /// Names the sheet and its pictures.
    role: &'l str,
    sizes: &'l [(u32, u32)],
    languages: &'l [&'l str],
}

impl<'l> Looks<'l> {
    /// Of somebody at a desk.
    fn desk(role: &'l str) -> Self {
        Self { role, sizes: DESK, languages: &LANGUAGES }
    }

    /// One page in all its looks.
    fn look(&self, page: &Page, base: &str, path: &str, sheet: &mut Sheet) -> Vec<String> {
        let mut wrong = Vec::new();
        for lang in self.languages {
            page.cookie(base, "tc_language", lang);
            page.sized(self.sizes[0].0, self.sizes[0].1);
            page.go(&format!("{base}{path}"));
            for theme in THEMES {
                page.theme(theme);
                for (at, (width, height)) in self.sizes.iter().enumerate() {
                    page.sized(*width, *height);
                    let (usual, smallest) = (at == 0, at + 1 == self.sizes.len());
                    let deep = theme == "light" && (usual || smallest);
                    let place = format!("{path} {lang} {theme} {width}");
                    wrong.extend(broken(page, deep).into_iter().map(|what| format!("{place}: {what}")));
                    // Each look is checked; these are also pictured.
                    let pictured = match (*lang, theme) {
                        ("zh-CN", "light") => true,
                        ("zh-CN", _) => usual,
                        _ => theme == "light" && (usual || smallest),
                    };
                    if pictured {
                        let name = format!("{}-{}-{lang}-{theme}-{width}", self.role, sheet.len());
                        page.picture(&format!("walk/{name}"));
                        sheet.push(Picture { name, place });
                    }
                }
            }
            page.theme("light");
        }
        wrong.extend(page.complaints().into_iter().map(|what| format!("{path}: {what}")));
        wrong
    }
}

/// What is wrong with the page as it stands.
fn broken(page: &Page, deep: bool) -> Vec<String> {
    let least = "document.body.dataset.density === 'touch' ? 48 : 24";
    let told = page.value(&format!("({INVARIANTS})({least}, {deep})"));
    let Value::Array(told) = told else { return vec![format!("the invariants could not be asked: {told}")] };
    told.into_iter().map(|what| what.as_str().unwrap_or_default().to_owned()).collect()
}

/// Walks everything that this person can reach and returns what is wrong with it.
fn walk(role: &str, who: &Value, demo: &Demo, starts: &[String]) -> Option<Vec<String>> {
    let (page, base) = signed_in(demo, who)?;
    page.listen();
    let mut sheet = Sheet::default();
    let mut wrong = Vec::new();
    let paths = crawl::reachable(&page, &base, starts);
    for path in &paths {
        wrong.extend(Looks::desk(role).look(&page, &base, path, &mut sheet));
    }
    sheet.write(role);
    assert!(paths.len() >= starts.len(), "{role} reaches {paths:?}");
    Some(wrong)
}

#[track_caller]
fn all_well(role: &str, wrong: Option<Vec<String>>) {
    let Some(wrong) = wrong else { return };
    assert!(wrong.is_empty(), "{} things are wrong with what {role} sees:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_page_of_a_factory_holds_in_every_look() {
    let demo = Demo::shared();
    // The one that uses every module.
    let tenant = &demo.facts()["tenants"][2];
    let slug = tenant["slug"].as_str().unwrap();
    all_well("owner", walk("owner", tenant, &demo, &["/".to_owned(), format!("/t/{slug}")]));
}

#[test]
fn every_page_of_a_provider_holds_in_every_look() {
    let demo = Demo::shared();
    all_well("provider", walk("provider", &demo.facts()["providers"][0], &demo, &["/provider".to_owned()]));
}

#[test]
fn every_page_of_a_reviewer_holds_in_every_look() {
    let demo = Demo::shared();
    all_well("reviewer", walk("reviewer", &demo.facts()["marketplace"], &demo, &["/review".to_owned()]));
}

/// Pages of single projects that the walk looks at beside the first one it finds.
fn looked(role: &str, who: &Value, demo: &Demo, paths: &[String]) -> Option<Vec<String>> {
    let (page, base) = signed_in(demo, who)?;
    page.listen();
    let mut sheet = Sheet::default();
    let wrong = paths.iter().flat_map(|path| Looks::desk(role).look(&page, &base, path, &mut sheet)).collect();
    sheet.write(role);
    Some(wrong)
}

/// The programme of the demo's city, and the ids of its projects, the newest first.
fn programme(demo: &Demo) -> (String, Vec<String>) {
    let authority = &demo.facts()["authority"];
    let programme = authority["programme"].as_str().unwrap().to_owned();
    let tokio = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let page = tokio.block_on(async {
        let official = demo.person(&authority["official"]).await;
        official.get(&format!("/v1/programmes/{programme}/projects")).await.ok()
    });
    let ids = page["projects"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned());
    (programme, ids.collect())
}

#[test]
fn every_page_of_a_citys_official_holds_in_every_look() {
    let demo = Demo::shared();
    let (programme, _) = programme(&demo);
    let starts = ["/city".to_owned(), format!("/city/{programme}")];
    all_well("official", walk("official", &demo.facts()["authority"]["official"], &demo, &starts));
}

#[test]
fn every_act_of_an_official_holds_in_every_look() {
    let demo = Demo::shared();
    let (_, projects) = programme(&demo);
    let acts = ["accept", "pay", "claw-back", "refund", "withdraw", "answer-1"];
    let forms = acts.iter().map(|act| format!("/projects/{}/do/{act}", projects[0]));
    let paths: Vec<_> = projects.iter().map(|id| format!("/projects/{id}")).chain(forms).collect();
    all_well("acts", looked("acts", &demo.facts()["authority"]["official"], &demo, &paths));
}

#[test]
fn every_page_of_an_assessor_holds_in_every_look() {
    let demo = Demo::shared();
    all_well("assessor", walk("assessor", &demo.facts()["authority"]["assessor"], &demo, &["/assess".to_owned()]));
}

#[test]
fn every_page_of_an_auditor_holds_in_every_look() {
    let demo = Demo::shared();
    let starts = ["/city/looks".to_owned(), "/city".to_owned()];
    all_well("auditor", walk("auditor", &demo.facts()["authority"]["auditor"], &demo, &starts));
}

#[test]
fn every_page_of_a_firm_in_the_programme_holds_in_every_look() {
    let demo = Demo::shared();
    let (programme, _) = programme(&demo);
    // A firm with an offer to sign, and nothing filed yet.
    let tenant = &demo.facts()["tenants"][1];
    let slug = tenant["slug"].as_str().unwrap();
    let tokio = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (offers, projects) = tokio.block_on(async {
        let owner = demo.person(tenant).await;
        (owner.get("/v1/offers").await.ok(), owner.get("/v1/projects").await.ok())
    });
    let (offer, project) = (offers["rows"][0]["id"].as_str().unwrap(), projects["projects"][0]["id"].as_str().unwrap());
    let forms = ["file", "invoice", "payment", "assess", "diagnose"].map(|act| format!("/projects/{project}/do/{act}"));
    let paths = [
        format!("/t/{slug}/programme"),
        format!("/t/{slug}/programme/enrol/{programme}"),
        format!("/t/{slug}/audits"),
        format!("/offers/{offer}"),
        format!("/projects/{project}"),
        format!("/projects/{project}/evidence"),
    ];
    let paths: Vec<_> = paths.into_iter().chain(forms).collect();
    all_well("firm", looked("firm", tenant, &demo, &paths));
}

#[test]
fn the_way_in_holds_in_every_look() {
    let demo = Demo::shared();
    let Some(page) = super::opened() else { return };
    page.listen();
    let mut sheet = Sheet::default();
    let wrong = Looks::desk("guest").look(&page, &base_url(&demo), "/login", &mut sheet);
    sheet.write("guest");
    all_well("guest", Some(wrong));
}

#[test]
fn the_invariants_find_what_is_wrong() {
    let Some(page) = super::opened() else { return };
    let html = "<title>x</title><body style='background:#fff'><h1>a</h1><h1>b</h1><button style='height:10px;width:10px'></button>\
                <input><p style='color:#ccc'>pale</p><div style='width:5000px'>wide</div>\
                <p style='font-size:1vw'>31 %</p><p style='width:40px'>one word after the other stands below the last</p>\
                <table aria-label=t><tr><td style='padding:0;box-shadow:inset 4px 0 red'>name</td></tr></table>";
    page.value(&format!(
        "document.documentElement.lang = 'en'; document.documentElement.innerHTML = {}; true",
        json!(html)
    ));
    page.sized(390, 844);
    let told = broken(&page, true).join("\n");
    for what in [
        "2 h1",
        "wider than the window",
        "a control without a name",
        "a target of",
        "contrast 1.6",
        "nothing to read",
        "letters of",
        "a column of single words",
        "a stripe on letters",
    ] {
        assert!(told.contains(what), "{what} was not found in:\n{told}");
    }
}

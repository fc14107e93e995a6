//! Pages as somebody uses them whose scripts never run: every link leads somewhere, and every form is taken where it is
//! sent. Nothing is changed: forms go without the token that proves whose they are, and are refused for that.

use super::walk::crawl::{OPERATIONS, kind};
use crate::scenarios::demo::Demo;
use crate::scenarios::tables::Pages;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Addresses of one person; a walk that finds more has to be divided.
const ADDRESSES: usize = 260;

/// A form as it stands on a page.
#[derive(Debug)]
struct Form {
    posts: bool,
    action: String,
    /// What a browser sends of it as it stands; none where it would ask for something first.
    query: Option<String>,
}

/// The opening tags of an element.
fn tags<'a>(html: &'a str, name: &str) -> Vec<&'a str> {
    let start = format!("<{name} ");
    let places = html.match_indices(start.as_str());
    places.map(|(at, _)| &html[at..at + html[at..].find('>').expect("a tag ends")]).collect()
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let value = tag.split(&format!(" {name}=\"")).nth(1)?.split('"').next()?;
    Some(value.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
}

fn is_set(tag: &str, name: &str) -> bool {
    tag.split_whitespace().any(|part| part == name)
}

fn escaped(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

/// The forms of a page at `path`.
fn forms(html: &str, path: &str) -> Vec<Form> {
    let bodies = html.split("<form").skip(1).map(|rest| rest.split("</form>").next().unwrap_or_default());
    bodies.map(|body| form(&format!("<form{body}"), path)).collect()
}

fn form(body: &str, path: &str) -> Form {
    let head = &body[..body.find('>').expect("a tag ends")];
    let (mut pairs, mut waits) = (Vec::new(), false);
    for input in tags(body, "input") {
        let (name, value) = (attribute(input, "name"), attribute(input, "value").unwrap_or_default());
        let picked = !matches!(attribute(input, "type").as_deref(), Some("checkbox" | "radio"));
        waits |= is_set(input, "required") && value.is_empty();
        pairs.extend(name.filter(|_| picked || is_set(input, "checked")).map(|name| (name, value)));
    }
    for select in body.split("<select").skip(1).filter_map(|rest| rest.split("</select>").next()) {
        let options = tags(select, "option");
        let chosen = options.iter().find(|option| is_set(option, "selected")).or(options.first());
        let chosen = chosen.and_then(|option| attribute(option, "value")).unwrap_or_default();
        pairs.extend(attribute(&format!("<select{select}"), "name").map(|name| (name, chosen)));
    }
    let pairs: Vec<_> = pairs.iter().map(|(name, value)| format!("{}={}", escaped(name), escaped(value))).collect();
    let here = path.split('?').next().unwrap_or_default();
    let action = attribute(head, "action").filter(|action| !action.is_empty()).unwrap_or_else(|| here.to_owned());
    Form {
        posts: attribute(head, "method").as_deref() == Some("post"),
        action: action.split('#').next().unwrap_or_default().to_owned(),
        query: (!waits).then(|| pairs.join("&")),
    }
}

/// What is wrong with the links and forms that somebody can reach from here, and how many of each were tried.
async fn tried(pages: &Pages, starts: Vec<String>) -> (Vec<String>, usize, usize) {
    let (mut kinds, mut wrong) = (BTreeMap::<String, usize>::new(), Vec::new());
    let (mut seen, mut sent) = (BTreeSet::new(), BTreeSet::new());
    let mut open: VecDeque<String> = starts.into();
    while let Some(path) = open.pop_front() {
        let kind_of = kind(&path);
        let most = if kind_of.ends_with("/operation") { OPERATIONS } else { 1 };
        let count = kinds.entry(kind_of).or_default();
        if *count >= most || !seen.insert(path.clone()) {
            continue;
        }
        *count += 1;
        assert!(seen.len() < ADDRESSES, "more than {ADDRESSES} kinds of addresses: {seen:?}");
        let (status, html) = pages.seen(&path).await;
        if status >= 400 {
            wrong.push(format!("{path} answers {status}"));
        }
        let links = tags(&html, "a").into_iter().filter_map(|tag| attribute(tag, "href"));
        open.extend(links.filter(|to| to.starts_with('/')).map(|to| to.split('#').next().unwrap_or("/").to_owned()));
        for form in forms(&html, &path) {
            if sent.insert((form.posts, kind(&form.action))) {
                wrong.extend(refused(pages, &form).await.map(|why| format!("{path}: {why}")));
            }
        }
    }
    (wrong, seen.len(), sent.len())
}

/// Why a form cannot be meant as it stands.
async fn refused(pages: &Pages, form: &Form) -> Option<String> {
    if form.posts {
        let status = pages.post(&form.action).await;
        return matches!(status, 404 | 405 | 500..).then(|| format!("a form is sent to {}: {status}", form.action));
    }
    let asked = form.query.as_ref().map_or(form.action.clone(), |query| format!("{}?{query}", form.action));
    let (status, page) = pages.seen(&asked).await;
    // Nothing was filled in: the page may say what it misses.
    let tells = status == 422 && page.contains("role=\"alert\"");
    (status >= 400 && !tells).then(|| format!("a form asks {asked}: {status}"))
}

async fn all_lead_somewhere(who: &Value, starts: &[&str], least: (usize, usize)) {
    let demo = Demo::shared();
    let pages = Pages::signed_in(&demo, who).await;
    let (wrong, links, forms) = tried(&pages, starts.iter().map(|start| (*start).to_owned()).collect()).await;
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(links >= least.0 && forms >= least.1, "only {links} addresses and {forms} forms were found");
}

#[tokio::test]
async fn every_link_and_form_of_a_factory_leads_somewhere_without_scripts() {
    let demo = Demo::shared();
    let tenant = &demo.facts()["tenants"][2];
    let home = format!("/t/{}", tenant["slug"].as_str().unwrap());
    all_lead_somewhere(tenant, &["/", &home, &format!("{home}/boards"), &format!("{home}/operators")], (100, 60)).await;
}

#[tokio::test]
async fn every_link_and_form_of_a_provider_and_a_reviewer_leads_somewhere_without_scripts() {
    let demo = Demo::shared();
    for provider in demo.facts()["providers"].as_array().unwrap() {
        all_lead_somewhere(provider, &["/provider"], (25, 15)).await;
    }
    all_lead_somewhere(&demo.facts()["marketplace"], &["/review"], (15, 12)).await;
}

#[tokio::test]
async fn every_link_and_form_of_a_citys_people_leads_somewhere_without_scripts() {
    let demo = Demo::shared();
    let authority = &demo.facts()["authority"];
    let programme = format!("/city/{}", authority["programme"].as_str().unwrap());
    for (role, least) in [("official", (30, 15)), ("assessor", (25, 8)), ("auditor", (25, 8))] {
        all_lead_somewhere(&authority[role], &["/city", &programme], least).await;
    }
}

#[test]
fn a_form_is_read_as_a_browser_sends_it() {
    let html = "<form action=\"/a?b\" method=\"post\"><input name=\"x\" required></form>\
                <form><input name=\"q&amp;\" value=\"1 2\"><input type=\"checkbox\" name=\"n\" value=\"1\">\
                <select name=\"s\"><option value=\"a\">A</option><option value=\"b\" selected>B</option></select></form>";
    let read = forms(html, "/here?c=d");
    assert!(read[0].posts && read[0].action == "/a?b" && read[0].query.is_none(), "{read:?}");
    assert_eq!((read[1].action.as_str(), read[1].query.as_deref()), ("/here", Some("q%26=1%202&s=b")));
}

#[tokio::test]
async fn a_form_that_is_sent_nowhere_and_a_link_to_nothing_are_found() {
    let demo = Demo::shared();
    let pages = Pages::signed_in(&demo, &demo.facts()["marketplace"]).await;
    let nowhere = Form { posts: true, action: "/review/nothing".into(), query: None };
    assert!(refused(&pages, &nowhere).await.is_some_and(|why| why.contains("404")));
    let readable = Form { posts: true, action: "/review/audit".into(), query: None };
    assert!(refused(&pages, &readable).await.is_some_and(|why| why.contains("405")));
    assert_eq!(tried(&pages, vec!["/review/nothing/at/all".into()]).await.0, ["/review/nothing/at/all answers 404"]);
}

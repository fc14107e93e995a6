//! What must hold of every page, and of every address.

mod http;

use crate::language::Lang;
use crate::samples;

fn each(check: impl Fn(&str, &str)) {
    for lang in Lang::ALL {
        for (name, page) in samples::pages(lang) {
            check(&format!("{name} in {}", lang.code()), &page);
        }
    }
}

/// The opening tags of a page that begin so.
fn tags<'a>(page: &'a str, start: &'a str) -> impl Iterator<Item = &'a str> {
    page.match_indices(start).map(|(at, _)| &page[at..at + page[at..].find('>').unwrap()])
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    tag.split(&format!(" {name}=\"")).nth(1)?.split('"').next()
}

#[test]
fn no_page_has_a_style_or_script_of_its_own() {
    each(|name, page| {
        for forbidden in
            ["<style", " style=\"", "javascript:", " onclick", " onload", " onsubmit", "<iframe", "http://", "https://"]
        {
            assert!(!page.contains(forbidden), "{name}: {forbidden}");
        }
        let scripts: Vec<_> = tags(page, "<script").collect();
        assert!(scripts.len() == 1 && scripts[0].starts_with("<script src=\"/assets/app-"), "{name}: {scripts:?}");
    });
}

#[test]
fn every_page_speaks_its_language_and_no_key_is_missing() {
    for lang in Lang::ALL {
        for (name, page) in samples::pages(lang) {
            assert!(page.contains(&format!("<html lang=\"{}\"", lang.code())), "{name}");
            assert!(!page.contains('⟦'), "{name}: {page}");
        }
    }
}

#[test]
fn every_page_can_be_read_aloud() {
    each(|name, page| {
        assert_eq!(page.matches("<h1").count(), 1, "{name}");
        assert!(page.contains("class=\"skip\"") && page.contains("<main id=\"main\""), "{name}");
        for head in tags(page, "<th").filter(|tag| tag.starts_with("<th ")) {
            assert_eq!(attribute(head, "scope"), Some("col"), "{name}: {head}");
        }
        assert_eq!(page.matches("<table").count(), page.matches("<caption").count(), "{name}");
        let controls = ["<input ", "<select ", "<textarea "].into_iter().flat_map(|start| tags(page, start));
        for control in
            controls.filter(|tag| attribute(tag, "type") != Some("hidden") && attribute(tag, "name") != Some("grant"))
        {
            let id = attribute(control, "id").unwrap_or_else(|| panic!("{name}: {control}"));
            assert!(page.contains(&format!(" for=\"{id}\"")), "{name}: no label for {control}");
        }
        let mut ids: Vec<_> = page.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count, "{name}: an id twice in {ids:?}");
    });
}

#[test]
fn no_tag_says_an_attribute_twice() {
    each(|name, page| {
        for tag in tags(page, "<") {
            let mut names: Vec<_> = tag.split("=\"").filter_map(|part| part.rsplit(['"', ' ']).next()).collect();
            names.pop();
            let count = names.len();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), count, "{name}: {tag}");
        }
    });
}

#[test]
fn every_form_that_changes_something_carries_its_token() {
    each(|name, page| {
        for form in
            page.split("<form").skip(1).filter(|form| form.split('>').next().unwrap().contains("method=\"post\""))
        {
            let open = ["action=\"/login\"", "action=\"/language\""].iter().any(|open| form.contains(open));
            let body = form.split("</form>").next().unwrap();
            assert!(open || body.contains("name=\"_token\""), "{name}: {body}");
        }
    });
}

#[test]
fn what_people_and_modules_say_is_never_markup() {
    each(|name, page| {
        for text in ["<师傅>", "<wasi>", "<not>", "value=\"<b>\""] {
            assert!(!page.contains(text), "{name}: {text}");
        }
    });
}

//! What must hold of every page, and of every address.

mod addresses;
mod admin;
mod floor;
mod http;
mod live;
mod mapping;
mod words;

use crate::samples;
use toolcrib_ui::language::Lang;

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
            assert!(matches!(attribute(head, "scope"), Some("col" | "row")), "{name}: {head}");
        }
        assert_eq!(page.matches("<table").count(), page.matches("<caption").count(), "{name}");
        let controls = ["<input ", "<select ", "<textarea "].into_iter().flat_map(|start| tags(page, start));
        // A box that is ticked may stand in its label.
        let stands_in_label = |tag: &str| {
            let before = &page[..tag.as_ptr() as usize - page.as_ptr() as usize];
            before.rfind("<label").is_some_and(|label| !before[label..].contains("</label>"))
        };
        for control in controls.filter(|tag| attribute(tag, "type") != Some("hidden") && !stands_in_label(tag)) {
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
            let open = ["action=\"/login\"", "action=\"/language\"", "action=\"/theme\""]
                .iter()
                .any(|open| form.contains(open));
            let body = form.split("</form>").next().unwrap();
            assert!(open || body.contains("name=\"_token\""), "{name}: {body}");
        }
    });
}

#[test]
fn what_people_and_modules_say_is_never_markup() {
    each(|name, page| {
        for text in ["<师傅>", "<wasi>", "<not>", "<reason>", "value=\"<b>\"", "<evil", "<img src=x"] {
            assert!(!page.contains(text), "{name}: {text}");
        }
    });
}

fn page(lang: Lang, name: &str) -> String {
    let found = samples::pages(lang).into_iter().find(|(known, _)| *known == name);
    found.unwrap_or_else(|| panic!("no page {name}")).1
}

/// What people read of a page: its texts, one a line, without the frame.
fn read(page: &str) -> String {
    let main =
        page.split("<main").nth(1).and_then(|rest| rest.split("</main>").next()).expect("a page has a main part");
    let texts = main.split('>').skip(1).filter_map(|rest| rest.split('<').next());
    texts.map(str::trim).filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n")
}

#[test]
fn an_operation_speaks_the_words_of_its_module() {
    let zh = "填停机原因\n设备综合效率\n停机后五分钟内填写\nStop\n停机 的编号\n原因\n几个字就够 最多 64 个字\n提交 填停机原因\n返回";
    assert_eq!(read(&page(Lang::ZhCn, "command")), zh);
    let en = "Give a reason\nOEE\nWithin five minutes of the stop\nStop\nThe id of a Stop.\nReason\nA few words will do At most 64 characters.\nSend Give a reason\nBack";
    assert_eq!(read(&page(Lang::En, "command")), en);
}

#[test]
fn a_rejection_is_told_in_the_visitors_language_with_its_values_beneath() {
    let shown = read(&page(Lang::ZhCn, "command rejected"));
    let beneath = "An ideal speed is more than zero pieces a minute, 0.000 is not";
    assert!(shown.contains(&format!("节拍必须大于零\n{beneath}\n")), "{shown}");
    assert!(shown.contains("每分钟件数\n节拍必须大于零\nrate-not-positive"), "{shown}");
    assert_eq!(shown.matches(beneath).count(), 1, "{shown}");
    let shown = read(&page(Lang::En, "command rejected"));
    assert!(shown.contains(&format!("An ideal speed is more than zero\n{beneath}\n")), "{shown}");
}

#[test]
fn consent_and_review_name_what_a_module_has_and_what_changed() {
    for name in ["consent", "market listing", "submission changes"] {
        let shown = read(&page(Lang::ZhCn, name));
        assert!(shown.contains("保存自己的数据：停机") && shown.contains("填停机原因"), "{name}: {shown}");
    }
    let changes = page(Lang::ZhCn, "submission changes");
    assert!(
        changes.contains("<code>word give_reason (zh)</code>") && changes.contains("填<ins>停机</ins>原因"),
        "{changes}"
    );
    assert!(changes.contains("<ins>合格数</ins>") && changes.contains("<ins>Good pieces</ins>"), "{changes}");
}

//! What the audit can be asked: who, where, what, when, each by names that people read.

use super::Shown;
use maud::{Markup, html};
use std::collections::{BTreeMap, BTreeSet};
use toolcrib_ui::part::Field;
use toolcrib_ui::shell::Shell;

/// People, terminals and devices that the filter offers by name; others are typed.
const OFFERED: usize = 500;
/// What the host itself writes down; each has words of ours.
const ACTS: [&str; 22] = [
    "subscribed",
    "cancelled",
    "paused",
    "resumed",
    "archived",
    "dropped",
    "terminal-saved",
    "terminal-removed",
    "terminal-paired",
    "terminal-unpaired",
    "operator-saved",
    "operator-signed-in",
    "pin-wrong",
    "pin-locked",
    "file-sent",
    "kit-made",
    "attested",
    "attestation-released",
    "mapping",
    "brokers",
    "effect-revoked",
    "effect-given-up",
];
/// Those who act for nobody.
pub const ITSELF: [&str; 4] = ["host", "registry", "timer", "event"];

/// What can be asked for: modules and acts to choose, people by name to choose or to type.
pub fn fields(shell: &Shell, shown: &Shown) -> Markup {
    let (tr, asked) = (shell.tr, &shown.asked);
    let labels = ["admin-who", "admin-module", "admin-what", "admin-from", "admin-until"].map(|key| tr.t(key));
    let field = |name: &'static str, at: usize| Field { name, label: &labels[at], ..Field::default() };
    let people: BTreeSet<_> = shown.names.values().collect();
    html! {
        (field("actor", 0).offering(&asked.actor, people.into_iter().take(OFFERED)))
        (field("module", 1).select(&modules(shell, shown), asked.module.trim()))
        (field("action", 2).select(&acts(shell, shown), asked.action.trim()))
        (field("from", 3).line("date", &asked.from, ""))
        (field("until", 4).line("date", &asked.until, ""))
        (Field { name: "failed", label: &tr.t("admin-only-failed"), ..Field::default() }.check("yes", !asked.failed.is_empty()))
    }
}

/// Modules that run here or stand in the lines, and the one that is asked for.
fn modules(shell: &Shell, shown: &Shown) -> Vec<(String, String)> {
    let running = shell.tenant.iter().flat_map(|tenant| &tenant.modules).map(|known| known.name.as_str());
    let gone = shown.page.rows.iter().map(|row| row.module.as_str()).chain([shown.asked.module.trim()]);
    let names: BTreeSet<_> = running.chain(gone).filter(|name| !name.is_empty()).collect();
    let mut options: Vec<_> = names.into_iter().map(|name| (name.to_owned(), shell.beside().module(name))).collect();
    options.sort_by(|a, b| a.1.cmp(&b.1));
    options.insert(0, (String::new(), shell.tr.t("market-any")));
    options
}

/// What can have been done, in words: the host's own acts, then what is done in the module that is asked for, or in all. An
/// act of the same name in several modules stands once, with all its words.
fn acts(shell: &Shell, shown: &Shown) -> Vec<(String, String)> {
    let (tr, module) = (shell.tr, shown.asked.module.trim());
    let mut options = vec![(String::new(), tr.t("market-any"))];
    options.extend(ACTS.map(|act| (act.to_owned(), tr.t(&format!("admin-act-{act}")))));
    let mut done: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    let of_it = shown.operations.iter().filter(|(of, _)| module.is_empty() || of == module);
    for (of, operation) in of_it {
        let words = shell.names(of).operation(operation);
        let title = shell.beside().module(of);
        let words = if module.is_empty() { format!("{title} · {words}") } else { words };
        done.entry(operation).or_default().insert(words);
    }
    let told = |(act, words): (&str, BTreeSet<String>)| {
        (act.to_owned(), words.into_iter().collect::<Vec<_>>().join(&tr.t("list-separator")))
    };
    let mut done: Vec<_> = done.into_iter().filter(|(act, _)| !ACTS.contains(act)).map(told).collect();
    done.sort_by(|a, b| a.1.cmp(&b.1));
    options.extend(done);
    let asked = shown.asked.action.trim();
    if !options.iter().any(|(act, _)| act == asked) {
        options.push((asked.to_owned(), shell.names(module).operation(asked)));
    }
    options
}

#[cfg(test)]
mod tests {
    use super::super::{Asked, AuditPage};
    use super::*;
    use std::collections::HashMap;
    use toolcrib_ui::language::{Lang, Tr};

    #[test]
    fn modules_acts_and_people_are_chosen_by_their_names_and_nobody_types_a_code() {
        for (lang, words) in [
            (Lang::ZhCn, ["不限", "暂停模块", "李师傅", "外发请求多次失败，已放弃"]),
            (Lang::En, ["Any", ">Paused<", "李师傅", "Gave up sending a request"]),
        ] {
            let shell = crate::samples::shell(Tr::new(lang), "/");
            let running = shell.tenant.as_ref().unwrap().modules[0].name.clone();
            let operations = vec![
                (running.clone(), "give_reason".to_owned()),
                ("gone".to_owned(), "give_reason".to_owned()),
                (running.clone(), "paused".to_owned()),
            ];
            let names = HashMap::from([("operator:2001".to_owned(), "李师傅".to_owned())]);
            let shown = |module: &str, action: &str| Shown {
                asked: Asked { module: module.into(), action: action.into(), ..Asked::default() },
                page: AuditPage { rows: Vec::new(), next: None },
                names: names.clone(),
                operations: operations.clone(),
            };
            let html = fields(&shell, &shown("", "")).into_string();
            for words in words {
                assert!(html.contains(words), "{words}: {html}");
            }
            assert!(html.contains("<option value=\"李师傅\">") && html.contains("list=\"l-actor\""), "{html}");
            assert_eq!(html.matches("value=\"give_reason\"").count(), 1, "once, whoever does it: {html}");
            assert_eq!(html.matches("value=\"paused\"").count(), 1, "the host's own act has its words: {html}");
            assert!(html.contains(&format!("value=\"{running}\"")), "{html}");
            // Every act of the host has words in this language.
            let told = acts(&shell, &shown("", ""));
            assert!(
                ACTS.iter().all(|act| told.iter().any(|(code, words)| code == act && !words.contains("admin-act")))
            );
            // What is asked for stays chosen, though the module is gone.
            let html = fields(&shell, &shown("gone", "old_act")).into_string();
            for chosen in ["value=\"gone\" selected", "value=\"old_act\" selected"] {
                assert!(html.contains(chosen), "{chosen}: {html}");
            }
        }
    }

    #[test]
    fn no_more_people_are_offered_than_a_page_can_carry() {
        let names = (0..OFFERED + 9).map(|at| (format!("operator:{at}"), format!("员工 {at:03}"))).collect();
        let page = AuditPage { rows: Vec::new(), next: None };
        let shown = Shown { asked: Asked::default(), page, names, operations: Vec::new() };
        let html = fields(&crate::samples::shell(Tr::new(Lang::ZhCn), "/"), &shown).into_string();
        assert_eq!(html.matches("<option value=\"员工").count(), OFFERED);
        assert!(html.contains("员工 499") && !html.contains("员工 500"), "the first by name");
    }
}

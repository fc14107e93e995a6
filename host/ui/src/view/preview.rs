//! A view as it looks, for somebody who decides on it: drawn with answers from the module's golden scenarios, and dead:
//! nothing on it can be pressed.

use super::ask::Answers;
use super::{Scene, TAB};
use crate::form::FormText;
use crate::names::Known;
use crate::shell::{Shell, TenantPlace};
use crate::widget;
use maud::{Markup, PreEscaped, html};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::sync::Arc;
use toolcrib_contract::Manifest;
use toolcrib_contract::package::{Expect, Scenario};
use toolcrib_contract::types::Instant;
use toolcrib_contract::view::View;
use toolcrib_contract::wording::Wording;

/// Attributes that name an element of the page.
const NAMING: [&str; 5] = [" id=\"", " for=\"", " aria-describedby=\"", " aria-labelledby=\"", " href=\"#"];

/// A view with what is known of its module.
pub struct Sample<'a> {
    pub manifest: &'a Manifest,
    pub view: &'a View,
    pub words: &'a Wording,
    /// Where the answers come from, and the time.
    pub scenarios: &'a [Scenario],
}

/// The view with all its tabs. `ids` begins every id, so that a page may show the same view twice.
pub fn preview(shell: &Shell, sample: &Sample<'_>, ids: &str) -> Markup {
    let Sample { manifest, view, words, scenarios } = sample;
    let own = Known { name: manifest.module.clone(), title: manifest.title.clone(), words: Arc::new((*words).clone()) };
    let place = TenantPlace { slug: String::new(), name: String::new(), modules: vec![own] };
    // Without a key no form of the preview carries a token: what cannot be pressed cannot be sent either.
    let shell = Shell { tenant: Some(place), key: None, ..shell.clone() };
    let told = told(scenarios);
    let now = scenarios.iter().flat_map(|scenario| &scenario.steps).filter_map(|step| step.at.parse().ok()).max();
    let tabs = (1..=view.tabs.len().max(1)).map(|tab| {
        let address = FormText::new(vec![(TAB.to_owned(), tab.to_string())]);
        self::tab(&shell, manifest, view, &address, &told, now.unwrap_or(Instant(0)))
    });
    let drawn: String = tabs.map(Markup::into_string).collect();
    html! { div.preview inert { (PreEscaped(renamed(&drawn, ids))) } }
}

fn tab(
    shell: &Shell,
    manifest: &Manifest,
    view: &View,
    address: &FormText,
    told: &BTreeMap<&str, &Json>,
    now: Instant,
) -> Markup {
    let (role, actor, nonce) = ("owner", "", String::new());
    let scene = Scene { shell, manifest, view, role, actor, now, address, refused: None, nonce };
    let answered = scene.questions().into_iter().filter_map(|question| {
        let answer = told.get(question.query.as_str()).copied()?.clone();
        Some((question, Arc::new(Ok(answer))))
    });
    let answers = Answers(answered.collect());
    let cells: Vec<_> = scene.cells().map(|placed| widget::cell(&scene, &answers, &placed)).collect();
    let Some(tab) = view.tabs.get(scene.tab()) else { return html! {} };
    let mut rest = cells.as_slice();
    let sections = tab.sections.iter().map(|section| {
        let (these, others) = rest.split_at(section.cells.len().min(rest.len()));
        rest = others;
        widget::section(&scene, section, these)
    });
    let sections: Vec<_> = sections.collect();
    html! {
        @if let Some(title) = &tab.title { h3 { (shell.tr.words(title)) } }
        @for section in &sections { (section) }
    }
}

/// What each query answers in some scenario: the answer that says most.
fn told(scenarios: &[Scenario]) -> BTreeMap<&str, &Json> {
    let mut told: BTreeMap<&str, (usize, &Json)> = BTreeMap::new();
    for step in scenarios.iter().flat_map(|scenario| &scenario.steps) {
        let Expect::Output(output) = &step.expect else { continue };
        let length = output.to_string().len();
        let known = told.entry(&step.handler).or_insert((length, output));
        if known.0 < length {
            *known = (length, output);
        }
    }
    told.into_iter().map(|(query, (_, output))| (query, output)).collect()
}

/// The same markup with every id begun anew, and with forms that send nothing. It is our own: no text and no value of an
/// attribute has a bare quotation mark.
fn renamed(markup: &str, ids: &str) -> String {
    let dead = markup.replace(" method=\"post\"", "");
    NAMING.iter().fold(dead, |markup, naming| markup.replace(naming, &format!("{naming}{ids}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gallery::{manifest, sample, views};
    use crate::language::{Lang, Tr};
    use serde_json::json;
    use toolcrib_contract::package::Step;

    fn step(handler: &str, output: Json) -> Step {
        let at = "2026-11-23T08:00:00Z".to_owned();
        let (expect, handler) = (Expect::Output(output), handler.to_owned());
        Step { at, handler, input: Json::Null, role: String::new(), expect, remember: None }
    }

    #[test]
    fn two_previews_of_one_view_share_no_id_and_can_send_nothing() {
        let shell = sample::shell(Tr::new(Lang::ZhCn), "/");
        let manifest = manifest(views());
        let steps =
            vec![step("losses", json!([])), step("losses", json!([{"reason": "缺料 <b>", "minutes": "18.000"}]))];
        let scenarios = [Scenario { name: "shift".into(), steps, ..Scenario::default() }];
        let drawn = |ids: &str| {
            let all = manifest.views.iter().map(|view| {
                let sample = Sample { manifest: &manifest, view, words: &Wording::default(), scenarios: &scenarios };
                preview(&shell, &sample, &format!("{ids}-{}-", view.name)).into_string()
            });
            all.collect::<String>()
        };
        let (before, after) = (drawn("b"), drawn("a"));
        assert!(after.contains("缺料 &lt;b&gt;"), "the answer that says most is shown");
        assert!(!after.contains("_token") && !after.contains("method=\"post\""), "{after}");
        assert!(after.starts_with("<div class=\"preview\" inert>"), "{after}");
        let ids = |text: &str| {
            text.split(" id=\"").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).collect::<Vec<_>>()
        };
        let (one, other) = (ids(&before), ids(&after));
        assert!(!one.is_empty() && one.iter().all(|id| !other.contains(id)), "{one:?}");
    }
}

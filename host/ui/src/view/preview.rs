//! A view as it looks, for somebody who decides on it: drawn from the answers that vetting kept, and dead: nothing on it can
//! be pressed, and nothing is run for it.

use super::ask::Answers;
use super::page::sections;
use super::{Scene, TAB};
use crate::form::FormText;
use crate::names::Known;
use crate::part::showcase::dead;
use crate::shell::{Shell, TenantPlace};
use crate::widget;
use crate::zone::Zone;
use maud::{Markup, html};
use serde_json::Value as Json;
use std::sync::Arc;
use toolcrib_contract::Manifest;
use toolcrib_contract::preview::Preview;
use toolcrib_contract::types::Instant;
use toolcrib_contract::view::View;
use toolcrib_contract::wording::Wording;

/// A view about to be drawn from what was kept.
pub struct Picture<'a> {
    shell: Shell,
    manifest: &'a Manifest,
    view: &'a View,
    preview: Option<&'a Preview>,
    address: FormText,
}

impl<'a> Picture<'a> {
    /// `tab` counts from 1. Without what vetting kept of it, the view is drawn empty.
    pub fn new(
        shell: &Shell,
        (manifest, words): (&'a Manifest, &Wording),
        view: &'a View,
        preview: Option<&'a Preview>,
        tab: usize,
    ) -> Self {
        let own =
            Known { name: manifest.module.clone(), title: manifest.title.clone(), words: Arc::new(words.clone()) };
        let place = TenantPlace { slug: String::new(), name: String::new(), modules: vec![own] };
        // Without a key no form of it carries a token; and its clock is the one that vetting asked by.
        let shell = Shell { key: None, tenant: Some(place), zone: Zone::marketplace(), ..shell.clone() };
        let asked = preview.into_iter().flat_map(|preview| preview.address.iter().cloned());
        let address = FormText::new(asked.chain([(TAB.to_owned(), tab.to_string())]).collect());
        Self { shell, manifest, view, preview, address }
    }

    /// The scene as it was when the queries were asked.
    fn scene(&self) -> Scene<'_> {
        let (role, actor) = self.preview.map_or(("owner", ""), |preview| (&preview.role, &preview.actor));
        Scene {
            shell: &self.shell,
            manifest: self.manifest,
            view: self.view,
            role,
            actor,
            now: self.preview.and_then(|preview| preview.at.parse().ok()).unwrap_or(Instant(0)),
            address: &self.address,
            sent: None,
            nonce: String::new(),
        }
    }

    /// The tab that is shown, from 0.
    pub fn tab(&self) -> usize {
        self.scene().tab()
    }

    /// The tab and nothing around it.
    pub fn draw(&self) -> Markup {
        let scene = self.scene();
        let answers = self.answers(&scene);
        let drawn: Vec<_> = scene.cells().map(|placed| widget::cell(&scene, &answers, &placed)).collect();
        sections(&scene, &answers, &drawn)
    }

    /// What was answered to the questions of the scene. One that was never asked stays open.
    fn answers(&self, scene: &Scene<'_>) -> Answers {
        let kept = self.preview.map_or(&[][..], |preview| &preview.answers);
        let answered = scene.questions().into_iter().filter_map(|question| {
            let input: Json = serde_json::from_str(&question.input).ok()?;
            let fits = kept.iter().find(|kept| kept.query == question.query && kept.input == input)?;
            Some((question, Arc::new(Ok(fits.output.clone()))))
        });
        Answers(answered.collect())
    }
}

/// The view with all its tabs. `ids` begins every id, so that a page may show the same view twice.
pub fn preview(shell: &Shell, of: (&Manifest, &Wording), view: &View, kept: Option<&Preview>, ids: &str) -> Markup {
    let tabs = view.tabs.iter().enumerate().map(|(at, tab)| {
        let picture = Picture::new(shell, of, view, kept, at + 1);
        html! { @if let Some(title) = &tab.title { h3 { (shell.tr.words(title)) } } (picture.draw()) }
    });
    let tabs: Vec<_> = tabs.collect();
    html! { div.preview inert { (dead(html! { @for tab in &tabs { (tab) } }, ids)) } }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gallery::{manifest, sample, views};
    use crate::language::{Lang, Tr};
    use serde_json::json;
    use toolcrib_contract::preview::Answered;

    #[test]
    fn two_previews_of_one_view_share_no_id_and_can_send_nothing() {
        let shell = sample::shell(Tr::new(Lang::ZhCn), "/");
        let manifest = manifest(views());
        let losses = Answered {
            query: "losses".into(),
            input: json!({}),
            output: json!([{"reason": "缺料 <b>", "minutes": "18.000"}]),
        };
        let kept = |view: &View| Preview {
            view: view.name.clone(),
            role: "owner".into(),
            at: "2026-11-23T08:00:00Z".into(),
            answers: vec![losses.clone()],
            ..Preview::default()
        };
        let drawn = |ids: &str| {
            let all = manifest.views.iter().map(|view| {
                let of = (&manifest, &Wording::default());
                preview(&shell, of, view, Some(&kept(view)), &format!("{ids}-{}-", view.name)).into_string()
            });
            all.collect::<String>()
        };
        let (before, after) = (drawn("b"), drawn("a"));
        assert!(after.contains("缺料 &lt;b&gt;"), "{after}");
        assert!(!after.contains("_token") && !after.contains("method=\"post\""), "{after}");
        assert!(after.starts_with("<div class=\"preview\" inert>"), "{after}");
        let ids = |text: &str| {
            text.split(" id=\"").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).collect::<Vec<_>>()
        };
        let (one, other) = (ids(&before), ids(&after));
        assert!(!one.is_empty() && one.iter().all(|id| !other.contains(id)), "{one:?}");
        let view = &manifest.views[0];
        let empty = preview(&shell, (&manifest, &Wording::default()), view, None, "c-").into_string();
        assert!(empty.contains("class=\"preview\""), "without what was kept it is drawn empty: {empty}");
    }
}

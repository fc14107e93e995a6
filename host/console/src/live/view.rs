//! An open page of a view, at a desk or on the floor: its cells are its parts.

use super::{Ask, Gap, Open, Part, Screen, Told};
use std::collections::BTreeMap;
use toolcrib_contract::types::Instant;
use toolcrib_contract::view::Widget;
use toolcrib_ui::form::FormText;
use toolcrib_ui::view::Scene;
use toolcrib_ui::view::ask::{Answers, Placed, Question};
use toolcrib_ui::widget::cell;

/// An open page of a view.
pub struct ViewScreen {
    pub open: Open,
    /// The name of the view.
    pub view: String,
    pub address: FormText,
}

impl ViewScreen {
    fn scene(&self, now: Instant) -> Option<Scene<'_>> {
        let Open { shell, loaded, role, actor, nonce, .. } = &self.open;
        let (manifest, view) = (&loaded.manifest, loaded.manifest.view(&self.view)?);
        let (address, nonce) = (&self.address, nonce.clone());
        Some(Scene { shell, manifest, view, role, actor, now, address, sent: None, nonce })
    }
}

impl Screen for ViewScreen {
    fn parts(&self, now: Instant) -> Vec<Part> {
        let Some(scene) = self.scene(now) else { return Vec::new() };
        let part = |placed: Placed<'_>| {
            let asks = scene.questions_of(&placed).into_iter().map(|question| self.open.ask(question)).collect();
            let pace = placed.cell.widget.source().and_then(|source| source.refresh.seconds());
            let gap = match (pace, &placed.cell.widget) {
                (Some(seconds), _) => Gap::Every(seconds),
                (None, Widget::Andon(_)) => Gap::Andon,
                (None, _) => Gap::Usual,
            };
            Part { id: placed.id, asks, gap }
        };
        scene.cells().filter(Placed::is_live).map(part).collect()
    }

    fn draw(&self, id: &str, answers: &BTreeMap<Ask, Told>, now: Instant) -> String {
        let Some(scene) = self.scene(now) else { return String::new() };
        let Some(placed) = scene.cells().find(|placed| placed.id == id) else { return String::new() };
        let question = |ask: &Ask| Question { query: ask.query.clone(), input: ask.input.clone() };
        let answers = Answers(answers.iter().map(|(ask, told)| (question(ask), told.clone())).collect());
        cell(&scene, &answers, &placed).into_string()
    }

    fn plain(&self, html: &str) -> String {
        self.scene(Instant(0)).map(|scene| scene.same_each_time(html)).unwrap_or_default()
    }

    fn build(&self) -> String {
        self.open.build()
    }
}

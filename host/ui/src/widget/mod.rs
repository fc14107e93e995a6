//! What fits into a cell of a view, drawn from answers: one widget, one file.
//!
//! A cell that cannot be filled is one red card; the page lives.

mod alert;
mod andon;
mod arrange;
mod bar;
mod column;
mod control_chart;
mod counter;
mod detail;
mod feed;
pub mod file;
mod form;
mod gantt;
mod gauge;
mod kanban;
mod kpi;
mod print_card;
mod progress;
mod prose;
mod scan;
mod state_timeline;
pub mod stepped;
mod steps;
mod table;
mod timeseries;
mod tree;

pub use form::options;

use crate::part;
use crate::view::Scene;
use crate::view::act::Stand;
use crate::view::ask::{Answers, Placed, Told};
use crate::view::bind::Missing;
use crate::view::value::Answer;
use maud::{Markup, html};
use serde_json::Value as Json;
use toolcrib_contract::problem::Problem;
use toolcrib_contract::view::{Cell, Refresh, Section, Source, Widget};

/// A cell about to be drawn.
pub struct Slot<'a, 's> {
    pub scene: &'s Scene<'a>,
    pub cell: &'a Cell,
    /// Unique on the page.
    pub id: &'s str,
    pub answers: &'a Answers,
}

/// A section around its cells; `shows`: any of them has something to show.
pub fn section<'a>(scene: &Scene<'a>, section: &'a Section, cells: &[Markup], shows: bool) -> Markup {
    html! {
        section {
            @if let Some(title) = section.title.as_ref().filter(|_| shows) { h2 { (scene.words(title)) } }
            div.grid { @for cell in cells { (cell) } }
        }
    }
}

/// One cell, in an element with its id.
pub fn cell<'a>(scene: &Scene<'a>, answers: &'a Answers, placed: &Placed<'a>) -> Markup {
    let Placed { id, below, cell } = placed;
    if repeats(scene, answers, placed) {
        return html! { div id=(id) data-widget=(cell.widget.kind()) hidden {} };
    }
    Slot { scene, cell, id, answers }.frame(*below)
}

/// Whether a cell cannot be filled for a reason that one further up tells: it lacks the same, or asks the same and so fails
/// the same. It stands there when it can be filled, and takes no room until then.
pub fn repeats<'a>(scene: &Scene<'a>, answers: &'a Answers, Placed { id, cell, .. }: &Placed<'a>) -> bool {
    let Some(source) = cell.widget.source() else { return false };
    if let Told::Answer(_) = scene.told(answers, source, Some((id, cell))) {
        return false;
    }
    let cells: Vec<_> = scene.cells().collect();
    let Some(place) = cells.iter().position(|placed| placed.id == *id) else { return false };
    let own = scene.asked(&cells[place]);
    own.is_some() && cells[..place].iter().any(|placed| scene.asked(placed) == own)
}

impl<'a> Slot<'a, '_> {
    /// The cell with its heading; `below`: it stands below a section's title.
    fn frame(&self, below: bool) -> Markup {
        let Cell { span, title, help, widget, .. } = self.cell;
        let bare = matches!(widget, Widget::Heading(_) | Widget::Alert(_) | Widget::Andon(_) | Widget::Prose(_));
        let title = title.as_ref().map(|words| self.scene.words(words));
        html! {
            div id=(self.id) class={ (if bare { "cell" } else { "cell card" }) " w" (span) } data-widget=(widget.kind()) {
                @if let Some(title) = title { @if below { h3 { (title) } } @else { h2 { (title) } } }
                @if let Some(help) = help { p.help { (self.scene.words(help)) } }
                (self.body())
                (self.pace())
            }
        }
    }

    fn body(&self) -> Markup {
        let Some(source) = self.cell.widget.source() else { return self.without_answer() };
        match self.scene.told(self.answers, source, Some((self.id, self.cell))) {
            Told::Answer(answer) => html! { (self.drawn(answer)) (self.buttons(self.shown(source, answer))) },
            Told::Missing(missing) => self.missing(&missing),
            Told::Problem(problem) => self.red_card(problem),
        }
    }

    /// What its own buttons look into: the part that it shows; of rows, the whole answer.
    fn shown(&self, source: &Source, answer: Answer<'a>) -> &'a Json {
        match self.cell.widget {
            Widget::Kpi(_) | Widget::Gauge(_) | Widget::Progress(_) => answer.part(source).value,
            Widget::Detail(_) | Widget::Image(_) | Widget::Alert(_) => answer.part(source).value,
            _ => answer.whole,
        }
    }

    /// How fresh it is, where that is not at once.
    fn pace(&self) -> Markup {
        let (tr, scene) = (self.scene.tr(), self.scene);
        match self.cell.widget.source().map(|source| source.refresh) {
            Some(Refresh::Minutes5) => part::dim(&tr.t("view-every-5-minutes")),
            Some(Refresh::Manual) => html! { p.dim {
                (tr.with("view-as-of", &[("time", scene.zone().text(scene.now).get(11..16).unwrap_or_default())])) " "
                a href=(scene.here(&[])) { (tr.t("view-ask-again")) }
            } },
            _ => html! {},
        }
    }

    fn drawn(&self, answer: Answer<'a>) -> Markup {
        match &self.cell.widget {
            Widget::Kpi(it) => kpi::draw(self, it, answer),
            Widget::Gauge(it) => gauge::draw(self, it, answer),
            Widget::Progress(it) => progress::draw(self, it, answer),
            Widget::Timeseries(it) => timeseries::draw(self, it, answer),
            Widget::Bar(it) => bar::draw(self, it, answer),
            Widget::StateTimeline(it) => state_timeline::draw(self, it, answer),
            Widget::ControlChart(it) => control_chart::draw(self, it, answer),
            Widget::Table(it) => table::draw(self, it, answer),
            Widget::Detail(it) => detail::draw(self, it, answer),
            Widget::Kanban(it) => kanban::draw(self, it, answer),
            Widget::Andon(it) => andon::draw(self, it, answer),
            Widget::Feed(it) => feed::draw(self, it, answer),
            Widget::Tree(it) => tree::draw(self, it, answer),
            Widget::PrintCard(it) => print_card::draw(self, it, answer),
            Widget::Steps(it) => steps::draw(self, it, answer),
            Widget::Gantt(it) => gantt::draw(self, it, answer),
            Widget::Image(it) => file::image(self, it, answer),
            Widget::Attachments(it) => file::attachments(self, it, answer),
            Widget::Alert(it) => alert::draw(self, it, Some(answer)),
            _ => html! {},
        }
    }

    fn without_answer(&self) -> Markup {
        let drawn = match &self.cell.widget {
            Widget::Form(it) => form::draw(self, it),
            Widget::Counter(it) => counter::draw(self, it),
            Widget::Scan(it) => scan::draw(self, it),
            Widget::Alert(it) => alert::draw(self, it, None),
            Widget::Heading(it) => html! { h2 { (self.scene.words(&it.text)) } },
            Widget::Prose(it) => prose::draw(self, it),
            _ => self.unknown(),
        };
        html! { (drawn) (self.buttons(&Json::Null)) }
    }

    fn unknown(&self) -> Markup {
        let fallback = self.cell.fallback.as_ref().map(|words| self.scene.words(words).to_owned());
        html! { p.empty { (fallback.unwrap_or_else(|| self.scene.tr().t("view-unknown-widget"))) } }
    }

    fn buttons(&self, answer: &'a Json) -> Markup {
        let stand = Stand { id: self.id.to_owned(), row: answer, source: self.cell.widget.source() };
        self.scene.buttons(&self.cell.actions, &stand)
    }

    /// What is said when there is nothing to show; `usual`: the console's own words for it.
    pub fn empty(&self, usual: &str) -> Markup {
        let own = self.cell.empty.as_ref().map(|words| self.scene.words(words).to_owned());
        part::empty(&own.unwrap_or_else(|| self.scene.tr().t(usual)))
    }

    fn missing(&self, missing: &Missing<'_>) -> Markup {
        let tr = self.scene.tr();
        match missing {
            Missing::Param(param) => {
                let name = tr.words(&param.label);
                part::empty(&tr.with("view-choose", &[("param", name)]))
            }
            Missing::Wrong(param, message) => {
                let name = tr.words(&param.label);
                part::notice("warn", &tr.with("view-wrong-param", &[("param", name), ("message", message)]))
            }
            Missing::Row => part::empty(&tr.t("nothing")),
        }
    }

    /// What stands in place of a cell that could not be filled.
    fn red_card(&self, problem: &Problem) -> Markup {
        let (tr, names) = (self.scene.tr(), self.scene.names());
        let query = self.cell.widget.source().map_or("", |source| &source.query);
        let (shown, beneath) = names.refusal(problem).unwrap_or_else(|| (problem.clone(), None));
        html! { div role="group" aria-label=(tr.t("view-cell-failed")) { (part::problem_at(tr, &shown, beneath.as_deref(), |pointer| names.place(query, pointer))) } }
    }
}

/// A picture's numbers as a table, for whoever cannot see it or wants the digits.
pub fn as_table(slot: &Slot<'_, '_>, heads: &[String], rows: &[Vec<String>]) -> Markup {
    let tr = slot.scene.tr();
    let cells: Vec<Vec<Markup>> = rows.iter().map(|row| row.iter().map(|text| html! { (text) }).collect()).collect();
    html! { details.numbers { summary { (tr.t("view-as-table")) } (part::table(&title(slot), heads, &cells)) } }
}

/// What a cell is called where it has no heading.
pub fn title(slot: &Slot<'_, '_>) -> String {
    match &slot.cell.title {
        Some(words) => slot.scene.tr().words(words).to_owned(),
        None => slot.scene.tr().words(&slot.scene.view.title).to_owned(),
    }
}

#[cfg(test)]
mod tests;

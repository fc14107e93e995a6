//! The questions of a page: collected from its cells, each distinct one asked once.

use super::bind::Missing;
use super::value::Answer;
use super::{AFTER, Scene};
use crate::output::{self, AFTER as PAGE};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::sync::Arc;
use toolcrib_contract::manifest::HandlerDef;
use toolcrib_contract::problem::Problem;
use toolcrib_contract::view::{Cell, Refresh, Source, Widget};

/// One question: a query and its input.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Question {
    pub query: String,
    /// Its JSON text, in the order of the query's inputs: equal questions are equal texts.
    pub input: String,
}

/// What became of a question; pages that ask the same share it.
pub type Outcome = Arc<Result<Json, Problem>>;

/// What became of each question.
#[derive(Default)]
pub struct Answers(pub BTreeMap<Question, Outcome>);

/// A cell in its place.
#[derive(Clone, Debug)]
pub struct Placed<'a> {
    /// Unique on the page and the same every time.
    pub id: String,
    /// It stands below a section's title.
    pub below: bool,
    pub cell: &'a Cell,
}

impl Placed<'_> {
    /// Whether it is kept fresh while the page is open; otherwise it is as it was when the page was asked for.
    pub fn is_live(&self) -> bool {
        self.cell.widget.source().is_none_or(|source| source.refresh != Refresh::Manual)
    }
}

/// What a cell has to show.
pub enum Told<'a> {
    Answer(Answer<'a>),
    Missing(Missing<'a>),
    Problem(&'a Problem),
}

impl<'a> Scene<'a> {
    /// The cells that are shown.
    pub fn cells(&self) -> impl Iterator<Item = Placed<'a>> {
        let tab = self.tab();
        let sections = self.view.tabs.get(tab).map_or(&[][..], |tab| &tab.sections);
        sections.iter().enumerate().flat_map(move |(at, section)| {
            let cells = section.cells.iter().enumerate();
            let below = section.title.is_some();
            cells.map(move |(cell, of)| Placed { id: cell_id(tab, at, cell), below, cell: of })
        })
    }

    /// Everything that must be asked before the page can be drawn.
    pub fn questions(&self) -> Vec<Question> {
        let mut questions = Vec::new();
        for placed in self.cells() {
            questions.extend(self.questions_of(&placed));
        }
        let choices = self.view.params.iter().filter_map(|param| param.choices.as_ref());
        questions.extend(choices.filter_map(|choices| self.question(&choices.source, None).ok()));
        questions.sort_unstable();
        questions.dedup();
        questions
    }

    /// What must be asked before a cell can be drawn.
    pub fn questions_of(&self, Placed { id, cell, .. }: &Placed<'a>) -> Vec<Question> {
        let source = cell.widget.source().map(|source| self.question(source, Some((id, cell))));
        let picks = cell.widget.picks().iter().map(|pick| self.question(&pick.choices.source, None));
        // Names are worth a question to whoever may ask it; the others read codes.
        let names = cell.widget.names().chain(self.lanes(&cell.widget)).map(|names| &names.source);
        let names = names.filter(|source| self.query(source).is_some_and(|def| def.admits(self.role)));
        source.into_iter().chain(picks).chain(names.map(|source| self.question(source, None))).flatten().collect()
    }

    /// The question that a cell's own content answers.
    ///
    /// # Errors
    /// What it lacks.
    pub fn asked(&self, Placed { id, cell, .. }: &Placed<'a>) -> Option<Result<Question, Missing<'a>>> {
        cell.widget.source().map(|source| self.question(source, Some((id, cell))))
    }

    /// The question of a source; a table's goes on where its page begins.
    fn question(&self, source: &'a Source, of: Option<(&str, &Cell)>) -> Result<Question, Missing<'a>> {
        let Some(def) = self.query(source) else { return Err(Missing::Row) };
        let mut input = self.input(&source.arguments, &def.input, &Json::Null)?;
        if let Some((id, cell)) = of
            && matches!(cell.widget, Widget::Table(_))
            && output::pages(def)
            && let Some(after) = self.address.get(&format!("{AFTER}{id}"))
        {
            input[PAGE] = Json::String(after.to_owned());
        }
        Ok(Question { query: source.query.clone(), input: input.to_string() })
    }

    /// The query of a source.
    pub fn query(&self, source: &Source) -> Option<&'a HandlerDef> {
        self.manifest.handler(&source.query).map(|(_, def)| def)
    }

    /// What a cell has to show.
    pub fn told(&self, answers: &'a Answers, source: &'a Source, of: Option<(&str, &Cell)>) -> Told<'a> {
        let question = match self.question(source, of) {
            Ok(question) => question,
            Err(missing) => return Told::Missing(missing),
        };
        match (self.query(source), answers.0.get(&question).map(Arc::as_ref)) {
            (Some(def), Some(Ok(whole))) => Told::Answer(Answer { def, whole }),
            (_, Some(Err(problem))) => Told::Problem(problem),
            _ => Told::Missing(Missing::Row),
        }
    }
}

/// What a cell is called on its page.
pub fn cell_id(tab: usize, section: usize, cell: usize) -> String {
    format!("c{}-{}-{}", tab + 1, section + 1, cell + 1)
}

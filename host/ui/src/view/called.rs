//! What codes are called: by the name beside one in its row, else by the list that its column names.
//!
//! A list is asked once, for its first page: a module answers at most `limits::PAGE_ROWS` of its rows, and a list that comes
//! page by page as many as its module puts on one. Codes beyond that stay codes: asking on would cost every page that
//! shows a list several calls of its module for a few names, and whoever wants each row named puts the name beside the code.

use super::ask::{Answers, Told};
use super::value::{at, line, name, read};
use super::{Scene, number, type_of};
use serde_json::Value as Json;
use toolcrib_contract::Type;
use toolcrib_contract::view::{Choices, Column, View, Widget, scalar};

impl<'a> Scene<'a> {
    /// What a column's value is called. None where it says that itself, or nobody knows: the list lacks it, was refused to
    /// whoever looks, or was not answered.
    pub fn called(
        &self,
        answers: &'a Answers,
        columns: &[Column],
        column: &'a Column,
        of: &Type,
        row: &Json,
    ) -> Option<String> {
        let beside = || name(self.tr(), columns, &column.field, of, row);
        let listed = || self.listed(answers, column.names.as_ref()?, at(row, &column.field));
        beside().or_else(listed)
    }

    /// A lane's code, and what it is called: by the name beside the code, else as where the page's parameter of that name is
    /// chosen, else as it is.
    pub fn lane(&self, answers: &'a Answers, path: &str, of: &Type, row: &Json) -> (String, String) {
        let code = line(at(row, path)).unwrap_or_else(|| "–".to_owned());
        let beside = || name(self.tr(), &[], path, of, row);
        let listed = || self.listed(answers, self.chosen_from(path)?, at(row, path));
        let called = beside().or_else(listed);
        let called = called.unwrap_or_else(|| self.state_label(&[], Some(type_of(of, path)), &code));
        (code, called)
    }

    /// The list that names a widget's lanes.
    pub fn lanes(&self, widget: &Widget) -> Option<&'a Choices> {
        match widget {
            Widget::StateTimeline(it) => self.chosen_from(&it.lane),
            Widget::Gantt(it) => self.chosen_from(&it.lane),
            _ => None,
        }
    }

    /// What the parameter that is called like a field is chosen from.
    fn chosen_from(&self, path: &str) -> Option<&'a Choices> {
        let view: &'a View = self.view;
        view.params.iter().find(|param| param.name == path)?.choices.as_ref()
    }

    fn listed(&self, answers: &'a Answers, names: &'a Choices, code: &Json) -> Option<String> {
        if code.is_null() {
            return None;
        }
        let Told::Answer(answer) = self.told(answers, &names.source, None) else { return None };
        let mut rows = answer.rows(&names.source).rows.iter();
        let name = read(self.tr(), at(rows.find(|row| at(row, &names.value) == code)?, &names.label))?;
        (!name.trim().is_empty() && Some(name.as_str()) != code.as_str()).then_some(name)
    }

    /// The word for a unit that stands in a field of its own; None for everything else.
    pub fn unit_word(&self, of: &Type, path: &str, value: &Json) -> Option<String> {
        let is_unit = path.rsplit('.').next() == Some("unit") && matches!(scalar(type_of(of, path)), Type::Text { .. });
        value.as_str().filter(|_| is_unit).map(|code| number::unit(self.tr(), code))
    }
}

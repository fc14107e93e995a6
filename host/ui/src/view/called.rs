//! What codes are called: by the name beside one in its row, else by the list that its column names.

use super::ask::{Answers, Told};
use super::value::{at, name, read};
use super::{Scene, number, type_of};
use serde_json::Value as Json;
use toolcrib_contract::Type;
use toolcrib_contract::view::{Choices, Column, scalar};

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

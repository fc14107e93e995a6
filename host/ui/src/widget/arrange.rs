//! The rows of a table as the page's address wants them: found by a text, in the order of a column, with their sums.
//!
//! Only where the query answers with all rows at once: to arrange one page of many would look like all and be wrong.

use super::Slot;
use crate::form::FormText;
use crate::language::Tr;
use crate::output::pages;
use crate::view::number::Exact;
use crate::view::tone::order;
use crate::view::value::{Rows, at, field, line, read};
use crate::view::{Scene, type_of};
use serde_json::Value as Json;
use std::cmp::Ordering;
use toolcrib_contract::view::Column;

/// Begin the parameters of the address, with the cell's id behind.
const SORT: &str = "_sort.";
const FIND: &str = "_find.";
/// Rows from which on a table can be searched.
const FIND_FROM: usize = 10;
/// Characters of a text that is searched for.
const FIND_CHARS: usize = 60;

/// What the address says of one table.
pub struct Wanted<'a> {
    pub find_name: String,
    pub find: &'a str,
    sort_name: String,
    /// The column's field, and whether the largest come first.
    sort: Option<(&'a str, bool)>,
}

impl<'a> Wanted<'a> {
    pub fn of(id: &str, address: &'a FormText) -> Self {
        let (find_name, sort_name) = (format!("{FIND}{id}"), format!("{SORT}{id}"));
        let find = address.get(&find_name).unwrap_or_default().trim();
        let find = find.char_indices().nth(FIND_CHARS).map_or(find, |(end, _)| &find[..end]);
        let sort = address.get(&sort_name).filter(|text| !text.is_empty());
        let sort = sort.map(|text| text.strip_prefix('-').map_or((text, false), |field| (field, true)));
        Self { find_name, find, sort_name, sort }
    }

    /// The address that sorts by this column, the other way round when it does so already.
    pub fn sorted_by(&self, scene: &Scene<'_>, field: &str) -> String {
        let again = self.sort == Some((field, false));
        let value = if again { format!("-{field}") } else { field.to_owned() };
        scene.here(&[(self.sort_name.as_str(), &value)])
    }

    /// For `aria-sort`.
    pub fn direction(&self, field: &str) -> Option<&'static str> {
        let (_, down) = self.sort.filter(|(known, _)| *known == field)?;
        Some(if down { "descending" } else { "ascending" })
    }

    /// What else the address says: a search keeps it.
    pub fn kept(&self, scene: &Scene<'a>) -> Vec<(&'a str, &'a str)> {
        scene.address.pairs().filter(|(name, value)| *name != self.find_name && !value.is_empty()).collect()
    }
}

/// Whether the rows are all there are.
pub fn may_arrange(rows: Rows<'_>) -> bool {
    !pages(rows.answer.def) && rows.rows.len() > 1
}

/// Whether a search is worth its place.
pub fn may_find(rows: Rows<'_>) -> bool {
    may_arrange(rows) && rows.rows.len() >= FIND_FROM
}

/// The rows that are shown, in order.
pub fn rows<'a>(slot: &Slot<'a, '_>, wanted: &Wanted<'_>, columns: &'a [Column], rows: Rows<'a>) -> Vec<&'a Json> {
    let mut shown: Vec<_> = rows.rows.iter().collect();
    if !may_arrange(rows) {
        return shown;
    }
    let tr = slot.scene.tr();
    if !wanted.find.is_empty() {
        let find = wanted.find.to_lowercase();
        let word = |column: &'a Column, row: &Json| {
            let value = read(tr, field(tr, columns, &column.field, rows.of, row)).unwrap_or_default();
            let shown = slot.scene.state_label(&column.states, Some(type_of(rows.of, &column.field)), &value);
            let name = slot.scene.called(slot.answers, columns, column, rows.of, row).unwrap_or_default();
            let unit = slot.scene.unit_word(rows.of, &column.field, at(row, &column.field)).unwrap_or_default();
            [shown, value, name, unit].iter().any(|text| text.to_lowercase().contains(&find))
        };
        shown.retain(|row| columns.iter().any(|column| word(column, row)));
    }
    if let Some((path, down)) = wanted.sort.filter(|(path, _)| columns.iter().any(|column| column.field == *path)) {
        shown.sort_by(|a, b| {
            let [a, b] = [a, b].map(|row| field(tr, columns, path, rows.of, row));
            // What is absent comes last, whichever way round.
            match (a.is_null(), b.is_null()) {
                (false, false) if down => compared(tr, b, a),
                (false, false) => compared(tr, a, b),
                (a, b) => a.cmp(&b),
            }
        });
    }
    shown
}

fn compared(tr: Tr, a: &Json, b: &Json) -> Ordering {
    let texts = || read(tr, a).unwrap_or_default().cmp(&read(tr, b).unwrap_or_default());
    line(b).and_then(|b| order(a, &b)).unwrap_or_else(texts)
}

/// The exact sum of a column; none when there is nothing to add.
pub fn sum(rows: &[&Json], field: &str) -> Option<Exact> {
    let numbers = rows.iter().filter_map(|row| Exact::of(at(row, field)));
    numbers.map(Some).reduce(|sum, number| sum?.plus(number?)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn numbers_order_as_numbers_and_everything_else_as_text() {
        let tr = Tr::new(crate::language::Lang::ZhCn);
        assert_eq!(compared(tr, &json!("9.5"), &json!("10")), Ordering::Less);
        assert_eq!(compared(tr, &json!(3), &json!(3)), Ordering::Equal);
        assert_eq!(compared(tr, &json!("M-10"), &json!("M-9")), Ordering::Less);
        assert_eq!(compared(tr, &json!("2026-11-23"), &json!("2026-11-24")), Ordering::Less);
    }

    #[test]
    fn sums_are_exact_and_pass_over_what_is_absent() {
        let rows = [json!({"a": "0.1"}), json!({"a": "0.2"}), json!({"a": null}), json!({"a": 3})];
        let rows: Vec<_> = rows.iter().collect();
        assert_eq!(sum(&rows, "a"), Exact::parse("3.3"));
        assert_eq!(sum(&rows, "b"), None);
    }

    #[test]
    fn an_address_says_what_is_searched_and_how_it_is_sorted() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let address = FormText::new(vec![pair("_find.c1-1-1", &"冲".repeat(80)), pair("_sort.c1-1-1", "-oee")]);
        let wanted = Wanted::of("c1-1-1", &address);
        assert_eq!(wanted.find.chars().count(), FIND_CHARS);
        assert_eq!((wanted.direction("oee"), wanted.direction("good")), (Some("descending"), None));
        assert_eq!(Wanted::of("c1-1-2", &address).find, "");
    }
}

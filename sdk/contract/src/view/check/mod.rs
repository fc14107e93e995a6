//! Whether the views of a manifest can be drawn: the same judgement for the author's tests, `cargo toolcrib check` and the
//! marketplace.

mod bounds;
mod fit;
mod place;
mod station;
mod steps;
mod texts;
mod widgets;

pub use bounds::check as bounds;
pub use fit::{is_literal, param_type};
pub use texts::texts;

use super::source::{Bind, Param, scalar, type_at};
use super::{Action, Does};
use crate::Type;
use crate::manifest::{HandlerDef, Manifest, Words};
use crate::names::is_identifier;
use crate::words;
use place::Place;
use std::collections::BTreeSet;

/// Something that is wrong with a view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where it is, such as ``view `board`, tab 1, section 2, cell 3 (kpi)``.
    pub place: String,
    pub what: Words,
    pub fix: Words,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}. {}.", self.place, self.what.en, self.fix.en)
    }
}

/// Everything that is wrong. What exceeds the limits is not looked at further.
pub fn check(manifest: &Manifest) -> Vec<Problem> {
    let mut found = bounds(&manifest.views);
    if !found.is_empty() {
        return found;
    }
    let mut names = BTreeSet::new();
    for view in &manifest.views {
        let mut place = Place::new(manifest, view, &mut found);
        if !is_identifier(&view.name) {
            place.say(
                ("它的名称不是合格的标识符", "Its name is no identifier"),
                (
                    "请用小写加下划线：1 到 40 个 a-z、0-9 和 _，以字母开头",
                    "Use snake case: 1 to 40 of a-z, 0-9 and _, a letter first",
                ),
            );
        }
        if !names.insert(&view.name) {
            place.say(("有两个视图用了这个名称", "Two views have this name"), ("请各用一个名称", "Give each its own"));
        }
        params(&mut place);
        station::check(&mut place);
        texts::check(&mut place);
        if view.cells().next().is_none() {
            place.say(
                ("它什么也不显示", "It shows nothing"),
                ("请给它一个带单元格的分区", "Give it a section with a cell"),
            );
        }
        if view.tabs.len() > 1 && view.tabs.iter().any(|tab| tab.title.is_none()) {
            place.say(
                ("多个标签页中有一个没有标题", "A tab among several has no title"),
                ("每个标签页请以 `.tab((\"…\", \"…\"))` 开头", "Begin every tab with `.tab((\"…\", \"…\"))`"),
            );
        }
        for (at, cell) in view.cells() {
            let mut place = Place::new(manifest, view, &mut found).at(&format!("{at} ({})", cell.widget.kind()));
            if !(1..=super::GRID).contains(&cell.span) {
                place.say(
                    ("它放不进网格", "It does not fit the grid"),
                    ("请占 12 列中的 1 到 12 列", "Give it 1 to 12 of the twelve columns"),
                );
            }
            widgets::check(&mut place, cell);
        }
    }
    found
}

fn params(place: &mut Place<'_, '_>) {
    let mut names = BTreeSet::new();
    for param in &place.view.params {
        if !is_identifier(&param.name) || !names.insert(&param.name) {
            let what =
                words!("参数 `{}` 没有合格且独有的名称", "The parameter `{}` has no good name of its own", param.name);
            place.say(what, ("请用小写加下划线，每个名称只用一次", "Use snake case, each name once"));
        }
        one_param(place, param);
    }
}

fn one_param(place: &mut Place<'_, '_>, param: &Param) {
    let Some(ty) = param_type(place.manifest, place.view, &param.name) else {
        let what = words!("没有任何地方使用参数 `{}`", "Nothing uses the parameter `{}`", param.name);
        return place.say(
            &what,
            ("请用 `.param(\"…\")` 把它交给查询，或删除它", "Give it to a query with `.param(\"…\")`, or remove it"),
        );
    };
    match &param.initial {
        Some(Bind::Param { .. } | Bind::Row { .. }) => {
            let what = words!(
                "参数 `{}` 的初始值是尚不可知的东西",
                "The parameter `{}` begins as something that is not known yet",
                param.name
            );
            place.say(what, ("请以常量、时间、日期或人员开始", "Begin with a constant, a time, a day or the person"));
        }
        Some(initial) => {
            place.bound(initial, &ty, None, words!("参数 `{}` 的初始值", "beginning of the parameter `{}`", param.name))
        }
        None => {}
    }
    if let Some(choices) = &param.choices {
        place.choices(choices, &ty, words!("参数 `{}` 的选项", "choices of the parameter `{}`", param.name));
    }
}

/// A button; `row` is the type of the row it stands in, or of the answer where there are no rows.
fn action(place: &mut Place<'_, '_>, action: &Action, row: Option<&Type>, has_rows: bool) {
    let name = words!("按钮「{label}」", "the button \"{label}\""; label = action.label.clone());
    match &action.does {
        Does::Run { operation, arguments } => {
            if let Some(def) = place.operation(operation, &name)
                && place.is_changing(def, &name)
            {
                place.arguments(arguments, &def.input, row, true, &name);
            }
        }
        Does::Form { operation, arguments } => {
            if let Some(def) = place.operation(operation, &name) {
                place.arguments(arguments, &def.input, row, false, &name);
            }
        }
        Does::Open { view, arguments } => place.opened(view, arguments, row, &name),
        Does::Export if !has_rows => {
            place.say(
                words!("{name}要保存各行，而单元格没有行", "{name} saves rows, and the cell has none"; name),
                ("请放在带行的部件上", "Put it at a widget of rows"),
            );
        }
        Does::Export | Does::Print => {}
    }
    if let Some(condition) = &action.shown_if {
        match row {
            Some(row) => place.condition(row, condition),
            None => place.say(
                words!("{name}带有条件，而单元格没有答案", "{name} has a condition, and the cell no answer"; name),
                ("请删除 `shown_if`", "Remove `shown_if`"),
            ),
        }
    }
}

/// The type of an operation's input of this name, when it is a single value.
fn scalar_input<'m>(def: &'m HandlerDef, name: &str) -> Option<&'m Type> {
    let field = def.input.fields().iter().find(|field| field.name == name)?;
    Some(scalar(&field.of)).filter(|ty| ty.is_scalar())
}

#[cfg(test)]
mod tests;

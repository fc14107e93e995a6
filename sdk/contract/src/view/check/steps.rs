//! Forms that are filled in step by step: every input that people must fill in has its page, and no page is empty.

use super::super::Place as Shown;
use super::super::widget::Form;
use super::place::Place;
use crate::manifest::{HandlerDef, HandlerKind};
use crate::schema::{Field, Type};
use crate::words;
use std::collections::BTreeSet;

pub(super) fn check(place: &mut Place<'_, '_>, it: &Form, def: &HandlerDef) {
    if it.steps.is_empty() {
        return;
    }
    if it.steps.len() == 1 {
        place.say(
            ("它只有一个步骤", "It has a single step"),
            ("请给两个或更多，或一个也不要", "Give it two or more, or none"),
        );
    }
    if !it.first.is_empty() || !it.folds.is_empty() || !it.pads.is_empty() {
        place.say(
            ("它既有步骤，又有折叠、数字键或优先输入", "It has steps and folds, digits or inputs that come first"),
            ("请只用其中一种", "Use one or the other"),
        );
    }
    if place.view.place != Shown::Page {
        place.say(
            ("它在放不下步骤的地方使用了步骤", "It has steps where there is no room for them"),
            ("请把视图放到电脑和手机的页面上", "Put the view on a page for computers and phones"),
        );
    }
    if def.kind == HandlerKind::Query {
        place.say(("它的步骤询问的是查询", "Its steps ask a query"), ("请在一页上询问", "Ask it on one page"));
    }
    fields(place, it, def);
}

fn fields(place: &mut Place<'_, '_>, it: &Form, def: &HandlerDef) {
    let inputs = def.input.fields();
    let is_hidden = |name: &str| it.hidden.iter().any(|argument| argument.name == name);
    let mut seen = BTreeSet::new();
    for step in &it.steps {
        if step.fields.is_empty() {
            place.say(
                words!("步骤「{title}」什么也没问", "The step \"{title}\" asks nothing"; title = step.title.clone()),
                ("请写该操作的输入", "Name inputs of the operation"),
            );
        }
        for name in &step.fields {
            let known = inputs.iter().any(|field| field.name == *name) && !is_hidden(name);
            if !known {
                place.say(
                    words!("`{name}` 不是人们能看到的表单输入", "`{name}` is no input of the form that people see"),
                    ("请在该步骤中写其他输入", "Name others in the step"),
                );
            } else if !seen.insert(name) {
                place.say(
                    words!("`{name}` 出现在两个步骤中", "`{name}` stands in two steps"),
                    ("请只写一次", "Name it once"),
                );
            }
        }
    }
    // A list may be empty, and a flag that nobody sets is no.
    let needed = |field: &&Field| !matches!(field.of, Type::Option { .. } | Type::List { .. } | Type::Bool);
    let forgotten = |field: &&Field| !is_hidden(&field.name) && !seen.contains(&field.name);
    if let Some(field) = inputs.iter().filter(needed).find(forgotten) {
        place.say(
            words!("`{}` 是必填项，却不在任何步骤中", "`{}` is required and stands in no step", field.name),
            ("请写进某个步骤，或隐藏它", "Name it in one, or hide it"),
        );
    }
}

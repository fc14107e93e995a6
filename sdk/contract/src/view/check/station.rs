//! What a view says for terminals: routes of scans, undoing, late entries, and forms that fit one screen.

use super::super::source::scalar;
use super::super::{Does, Form, Late, Place as Shown, ScanRoute, Undo, View, Widget};
use super::place::Place;
use super::{param_type, scalar_input};
use crate::Type;
use crate::limits;
use crate::manifest::{HandlerDef, Words};
use crate::names::is_identifier;
use crate::words;
use std::collections::BTreeSet;

/// Characters of a scan's pattern.
const PATTERN_CHARS: usize = 64;

pub(super) fn check(place: &mut Place<'_, '_>) {
    let view = place.view;
    if view.place == Shown::Station {
        view.cells().for_each(|(at, cell)| leads_to_views(place, &at, &cell.actions, &cell.widget));
    }
    view.scans.iter().for_each(|route| scan(place, view, route));
    view.undos.iter().for_each(|it| undo(place, it));
    view.lates.iter().for_each(|it| late(place, it));
    for (names, what) in [
        (view.undos.iter().map(|it| &it.operation).collect::<Vec<_>>(), ("撤销", "undone")),
        (view.lates.iter().map(|it| &it.operation).collect(), ("补报", "sent late")),
    ] {
        if names.iter().collect::<BTreeSet<_>>().len() < names.len() {
            place.say(
                words!("同一操作有两种方式{what}", "An operation is {what} in two ways"; what = Words::from(what)),
                ("每个操作只写一次", "Say it once an operation"),
            );
        }
    }
}

/// A terminal has no page of an operation: its forms stand in views.
fn leads_to_views(place: &mut Place<'_, '_>, at: &str, actions: &[super::Action], widget: &Widget) {
    let scan = if let Widget::Scan(scan) = widget { Some(&scan.does) } else { None };
    let does = actions.iter().chain(widget.actions()).map(|action| &action.does).chain(scan);
    for operation in
        does.filter_map(|does| if let Does::Form { operation, .. } = does { Some(operation) } else { None })
    {
        let what = words!(
            "在 {at} 有按钮打开 `{operation}` 的表单，而终端没有表单页面",
            "At {at} a button opens the form of `{operation}`, which terminals have no page for"
        );
        place.say(what, ("请打开一个含有该表单的视图", "Open a view with the form in it"));
    }
}

fn scan(place: &mut Place<'_, '_>, view: &View, route: &ScanRoute) {
    let stars = route.pattern.chars().filter(|char| *char == '*').count();
    let plain = route.pattern.chars().count() <= PATTERN_CHARS && !route.pattern.chars().any(char::is_control);
    if stars != 1 || !plain {
        let what = words!(
            "`{}` 不是扫码格式",
            "`{}` is no pattern of a scan",
            route.pattern.chars().take(80).collect::<String>()
        );
        place.say(
            &what,
            ("请写固定部分和一个 `*`，最多 64 个字符", "Write what is fixed and one `*`, at most 64 characters"),
        );
    }
    match param_type(place.manifest, view, &route.param) {
        Some(ty) if matches!(scalar(&ty), Type::Text { .. }) => {}
        _ => place.say(
            words!("扫码不能填入 `{}`", "A scan cannot fill `{}`", route.param),
            ("请写视图的一个文本参数", "Name a parameter of the view that is a text"),
        ),
    }
}

fn changing<'m>(place: &mut Place<'m, '_>, operation: &str, who: &Words) -> Option<&'m HandlerDef> {
    place.operation(operation, who).filter(|def| place.is_changing(def, who))
}

fn undo(place: &mut Place<'_, '_>, it: &Undo) {
    let who = words!("`{}` 的撤销", "undoing `{}`", it.operation);
    let (done, by) = (changing(place, &it.operation, &who), changing(place, &it.by, &who));
    if let (Some(done), Some(by)) = (done, by) {
        place.arguments(&it.arguments, &by.input, Some(&done.output), true, &who);
    }
}

fn late(place: &mut Place<'_, '_>, it: &Late) {
    let who = words!("`{}` 的补报", "a late `{}`", it.operation);
    let Some(def) = changing(place, &it.operation, &who) else { return };
    let field = def.input.fields().iter().find(|field| field.name == it.field);
    if !field.is_some_and(|field| matches!(&field.of, Type::Option { of } if **of == Type::Instant)) {
        place.say(
            words!("`{}` 不能接收{who}的时间", "`{}` cannot take the time of {who}", it.field; who),
            ("请写一个 Option<Instant> 类型的输入", "Name an input that is an Option<Instant>"),
        );
    }
}

/// What a form shows at once, what it folds away, and where it has large digits.
pub(super) fn form(place: &mut Place<'_, '_>, it: &Form, def: &HandlerDef) {
    let fields = def.input.fields();
    let given = |name: &str| it.hidden.iter().any(|argument| argument.name == name);
    let needs_file = fields.iter().any(|field| matches!(field.of, Type::File { .. }) && !given(&field.name));
    if place.view.place == Shown::Station && needs_file {
        place.say(
            ("终端不能上传文件，而该表单必须有文件", "Terminals send no files, and the form needs one"),
            ("请把表单放到普通页面，或让文件可以不填", "Put the form on a page, or let the file be left out"),
        );
    }
    let named = it.first.iter().chain(it.folds.iter().flat_map(|fold| &fold.fields));
    let mut seen = BTreeSet::new();
    for name in named {
        if !fields.iter().any(|field| field.name == *name) || !is_identifier(name) {
            place.say(
                words!("`{name}` 不是该表单的输入", "`{name}` is no input of the form"),
                ("请写其操作的输入", "Name inputs of its operation"),
            );
        } else if !seen.insert(name) {
            place.say(
                words!("`{name}` 在表单中占了两处", "`{name}` has two places in the form"),
                ("请只写一次", "Name it once"),
            );
        }
    }
    for pad in &it.pads {
        let number = scalar_input(def, &pad.field).is_some_and(super::fit::is_number);
        if !number {
            place.say(
                words!("`{}` 没有数字", "`{}` has no digits", pad.field),
                ("请写表单中的一个数字输入", "Name an input of the form that is a number"),
            );
        }
        if pad.steps.iter().any(|step| *step <= 0) {
            place.say(
                words!("`{}` 的步长不增加任何数量", "A step of `{}` adds nothing", pad.field),
                ("请用 [1, 10] 这样的步长", "Use steps such as [1, 10]"),
            );
        }
    }
    if place.view.place == Shown::Station
        && fields.iter().any(|field| matches!(super::scalar(&field.of), Type::File { .. }))
    {
        place.say(
            ("它要接收文件，而终端不发送文件", "It takes a file, and terminals send none"),
            ("请放到页面上，或使用不带文件的操作", "Put it on a page, or use an operation without one"),
        );
    }
    let shown = if it.first.is_empty() {
        let hidden = |name: &str| it.hidden.iter().any(|argument| argument.name == name);
        fields.iter().filter(|field| !hidden(&field.name)).count()
    } else {
        it.first.len()
    };
    if place.view.place == Shown::Station && shown > limits::STATION_FIELDS {
        let what = words!(
            "它同时显示 {shown} 个输入，终端最多放得下 {} 个",
            "It shows {shown} inputs at once, at most {} fit a terminal",
            limits::STATION_FIELDS
        );
        place.say(
            &what,
            (
                "请用 `.first([…])` 写出人们需要的；其余的会折叠",
                "Name those that people need with `.first([…])`; the others are folded away",
            ),
        );
    }
}

//! Each widget: its fields are there and of the types it needs.

use super::super::{
    Alert, Bar, Cell, Column, ColumnLook, ControlChart, Counter, Does, Form, LimitLine, PrintCard, Scan,
};
use super::super::{PieceLook, Series, Table, Timeseries, Widget};
use super::place::{Kind, Place};
use super::{action, scalar_input};
use crate::Type;

/// Millimetres of a printed card's sides.
const CARD_MM: std::ops::RangeInclusive<u32> = 20..=300;

pub(super) fn check(place: &mut Place<'_, '_>, cell: &Cell) {
    let answer = match &cell.widget {
        Widget::Kpi(_) | Widget::Gauge(_) | Widget::Progress(_) | Widget::Detail(_) | Widget::Image(_) => {
            figure(place, &cell.widget).map(|answer| (answer, false))
        }
        Widget::Alert(it) => alert(place, it),
        Widget::PrintCard(it) => print_card(place, it),
        Widget::Form(_) | Widget::Counter(_) | Widget::Scan(_) => {
            acted(place, &cell.widget);
            None
        }
        Widget::Heading(_) | Widget::Prose(_) => None,
        Widget::Unknown(it) => {
            let what = format!("It is of a kind ({}) that is not known here", it.number);
            place.say(&what, "Use an SDK that is not newer than the marketplace");
            None
        }
        _ => rows(place, &cell.widget),
    };
    for it in &cell.actions {
        action(place, it, answer.map(|(answer, _)| answer), answer.is_some_and(|(_, rows)| rows));
    }
}

fn figure<'m>(place: &mut Place<'m, '_>, widget: &Widget) -> Option<&'m Type> {
    let part = place.part(widget.source()?)?;
    match widget {
        Widget::Kpi(it) => {
            place.field(part, &it.value, "value", Kind::Number);
            it.target.iter().for_each(|target| place.amount(part, target, "target"));
            place.optional(part, it.before.as_ref(), "earlier value", Kind::Number);
            place.optional(part, it.spark.as_ref(), "small line", Kind::Numbers);
            it.tones.iter().for_each(|rule| place.condition(part, &rule.when));
            place.format(part, &it.format);
        }
        Widget::Gauge(it) => {
            place.field(part, &it.value, "value", Kind::Number);
            for (amount, role) in [(&it.min, "least"), (&it.max, "most")] {
                place.amount(part, amount, role);
            }
            it.bands.iter().for_each(|band| place.amount(part, &band.to, "band"));
            it.target.iter().for_each(|target| place.amount(part, target, "target"));
            place.format(part, &it.format);
        }
        Widget::Progress(it) => {
            place.field(part, &it.done, "done", Kind::Number);
            place.amount(part, &it.total, "total");
            it.pace.iter().for_each(|pace| place.amount(part, pace, "pace"));
            place.format(part, &it.format);
        }
        Widget::Detail(it) => {
            if it.columns.is_empty() {
                place.say("It shows no field", "Give it columns");
            }
            columns(place, part, &it.columns);
        }
        Widget::Image(it) => {
            place.field(part, &it.file, "file", Kind::File);
            place.optional(part, it.about.as_ref(), "description", Kind::Line);
        }
        _ => {}
    }
    Some(part)
}

fn rows<'m>(place: &mut Place<'m, '_>, widget: &Widget) -> Option<(&'m Type, bool)> {
    let (answer, row) = place.rows(widget.source()?)?;
    match widget {
        Widget::Timeseries(it) => timeseries(place, answer, row, it),
        Widget::Bar(it) => bar(place, row, it),
        Widget::ControlChart(it) => control_chart(place, answer, row, it),
        Widget::StateTimeline(it) => {
            place.field(row, &it.lane, "lane", Kind::Line);
            place.field(row, &it.from, "beginning", Kind::Instant);
            place.field(row, &it.to, "end", Kind::Instant);
            place.field(row, &it.state, "state", Kind::Word);
        }
        Widget::Table(it) if it.columns.is_empty() => place.say("It has no columns", "Give it some"),
        Widget::Table(it) => totals(place, row, it),
        Widget::Kanban(it) => {
            place.field(row, &it.lane, "lane", Kind::Word);
            place.field(row, &it.title, "title", Kind::Line);
            place.states(row, &it.lane, it.lanes.iter().map(|lane| lane.value.as_str()));
        }
        Widget::Andon(it) => {
            place.field(row, &it.label, "label", Kind::Line);
            place.field(row, &it.state, "state", Kind::Word);
            place.optional(row, it.since.as_ref(), "since", Kind::Instant);
        }
        Widget::Feed(it) => {
            place.field(row, &it.at, "time", Kind::Instant);
            place.field(row, &it.text, "text", Kind::Line);
            place.optional(row, it.who.as_ref(), "person", Kind::Line);
        }
        Widget::Tree(it) => {
            for (path, role) in [(&it.key, "key"), (&it.parent, "parent"), (&it.title, "title")] {
                place.field(row, path, role, Kind::Line);
            }
        }
        Widget::Gantt(it) => {
            for (path, role) in [(&it.lane, "lane"), (&it.label, "label")] {
                place.field(row, path, role, Kind::Line);
            }
            for (path, role) in [(&it.from, "beginning"), (&it.to, "end")] {
                place.field(row, path, role, Kind::Instant);
            }
            place.optional(row, it.done.as_ref(), "done", Kind::Number);
        }
        Widget::Attachments(it) => {
            place.field(row, &it.file, "file", Kind::File);
            place.field(row, &it.title, "title", Kind::Line);
        }
        Widget::Steps(it) => {
            place.field(row, &it.title, "title", Kind::Line);
            place.optional(row, it.text.as_ref(), "text", Kind::Line);
            place.field(row, &it.done, "done", Kind::Flag);
        }
        _ => {}
    }
    if let Some((path, states)) = widget.states() {
        place.named_states(row, path, states);
    }
    widget.tones().iter().for_each(|rule| place.condition(row, &rule.when));
    columns(place, row, widget.columns());
    widget.actions().iter().for_each(|it| action(place, it, Some(row), true));
    Some((answer, true))
}

/// Sums are of columns that are shown.
fn totals(place: &mut Place<'_, '_>, row: &Type, it: &Table) {
    for field in &it.totals {
        place.field(row, field, "total", Kind::Number);
        if !it.columns.iter().any(|column| column.field == *field) {
            place.say(&format!("The total `{field}` is of no column"), "Name a field that has a column");
        }
    }
}

fn columns(place: &mut Place<'_, '_>, row: &Type, columns: &[Column]) {
    for column in columns {
        let kind = if column.look == ColumnLook::Progress { Kind::Number } else { Kind::Any };
        place.field(row, &column.field, "column", kind);
        place.format(row, &column.format);
        place.named_states(row, &column.field, &column.states);
        match &column.opens {
            Some(view) => place.opened(view, &column.arguments, Some(row), &format!("the column `{}`", column.field)),
            None if !column.arguments.is_empty() => {
                place.say(
                    &format!("The column `{}` has arguments and opens nothing", column.field),
                    "Add `.opens(\"…\")`",
                );
            }
            None => {}
        }
    }
}

fn all_series(place: &mut Place<'_, '_>, row: &Type, series: &[Series]) {
    if series.is_empty() {
        place.say("It has no series", "Give it at least one");
    }
    series.iter().for_each(|it| place.field(row, &it.field, "series", Kind::Number));
}

fn lines(place: &mut Place<'_, '_>, answer: &Type, limits: &[LimitLine]) {
    limits.iter().for_each(|limit| place.amount(answer, &limit.value, "limit"));
}

fn timeseries(place: &mut Place<'_, '_>, answer: &Type, row: &Type, it: &Timeseries) {
    place.field(row, &it.x, "x", Kind::Ordered);
    all_series(place, row, &it.series);
    lines(place, answer, &it.limits);
    place.format(answer, &it.format);
}

fn bar(place: &mut Place<'_, '_>, row: &Type, it: &Bar) {
    place.field(row, &it.category, "category", Kind::Line);
    all_series(place, row, &it.series);
    if it.pareto && it.series.len() > 1 {
        place.say("A Pareto chart has more than one series", "Give it one");
    }
    place.format(row, &it.format);
}

fn control_chart(place: &mut Place<'_, '_>, answer: &Type, row: &Type, it: &ControlChart) {
    place.field(row, &it.x, "x", Kind::Line);
    place.field(row, &it.value, "value", Kind::Number);
    place.field(row, &it.center, "centre", Kind::Number);
    place.optional(row, it.lower.as_ref(), "lower limit", Kind::Number);
    place.optional(row, it.upper.as_ref(), "upper limit", Kind::Number);
    place.optional(row, it.signal.as_ref(), "signal", Kind::Line);
    lines(place, answer, &it.limits);
    place.format(answer, &it.format);
}

fn acted(place: &mut Place<'_, '_>, widget: &Widget) {
    match widget {
        Widget::Form(it) => form(place, it),
        Widget::Counter(it) => counter(place, it),
        Widget::Scan(it) => scan(place, it),
        _ => {}
    }
}

fn form(place: &mut Place<'_, '_>, it: &Form) {
    let Some(def) = place.operation(&it.operation, "the form") else { return };
    let given = [it.prefill.clone(), it.hidden.clone()].concat();
    place.arguments(&given, &def.input, None, false, "the form");
    super::station::form(place, it, def);
    super::steps::check(place, it, def);
    for pick in &it.picks {
        match scalar_input(def, &pick.field) {
            Some(ty) => place.choices(&pick.choices, ty, &format!("choices of `{}`", pick.field)),
            None => place.say(&format!("`{}` is no single input of the form", pick.field), "Pick another input"),
        }
    }
}

fn counter(place: &mut Place<'_, '_>, it: &Counter) {
    let def = place.operation(&it.operation, "the counter").filter(|def| place.is_changing(def, "the counter"));
    let Some(def) = def else { return };
    place.field(&def.input, &it.field, "number", Kind::Number);
    let mut arguments = it.arguments.clone();
    arguments.push(super::super::Argument { name: it.field.clone(), value: super::super::constant("1") });
    place.arguments(&arguments, &def.input, None, true, "the counter");
    if it.steps.is_empty() && !it.typed {
        place.say("It has no buttons", "Give it steps such as [1, 5, 10]");
    }
}

fn scan(place: &mut Place<'_, '_>, it: &Scan) {
    let code = |text: &Type| matches!(super::super::scalar(text), Type::Text { .. });
    match &it.does {
        Does::Run { operation, arguments } | Does::Form { operation, arguments } => {
            let Some(def) = place.operation(operation, "the scan") else { return };
            let run = matches!(it.does, Does::Run { .. });
            if run && !place.is_changing(def, "the scan") {
                return;
            }
            if !scalar_input(def, &it.field).is_some_and(code) {
                return place.say(&format!("`{}` takes no text", it.field), "Name an input that is a Text");
            }
            let mut arguments = arguments.clone();
            arguments.push(super::super::Argument { name: it.field.clone(), value: super::super::constant("x") });
            place.arguments(&arguments, &def.input, None, run, "the scan");
        }
        Does::Open { view, arguments } => {
            let mut arguments = arguments.clone();
            arguments.push(super::super::Argument { name: it.field.clone(), value: super::super::constant("x") });
            place.opened(view, &arguments, None, "the scan");
        }
        Does::Print | Does::Export => place.say("A code cannot be printed or saved", "Run, fill in or open something"),
    }
}

fn alert<'m>(place: &mut Place<'m, '_>, it: &Alert) -> Option<(&'m Type, bool)> {
    match (&it.source, &it.shown_if) {
        (Some(source), Some(condition)) => {
            let part = place.part(source)?;
            place.condition(part, condition);
            Some((part, false))
        }
        (None, None) => None,
        _ => {
            place.say("It has a query without a condition, or the other way", "Use `.shown_if(source, condition)`");
            None
        }
    }
}

fn print_card<'m>(place: &mut Place<'m, '_>, it: &PrintCard) -> Option<(&'m Type, bool)> {
    if !CARD_MM.contains(&it.width_mm) || !CARD_MM.contains(&it.height_mm) {
        place.say("A card of this size cannot be printed", "Give each side 20 to 300 mm");
    }
    let def = place.source(&it.source)?;
    let (answer, rows) = match it.source.rows(&def.output) {
        Some((_, row)) => (row, true),
        None => (super::type_at(&def.output, &it.source.at).unwrap_or(&Type::Unit), false),
    };
    for piece in &it.pieces {
        let role = if matches!(piece.look, PieceLook::Qr | PieceLook::Code128) { "code" } else { "piece" };
        place.field(answer, &piece.field, role, Kind::Line);
        place.format(answer, &piece.format);
    }
    if it.pieces.is_empty() {
        place.say("There is nothing on the card", "Give it pieces");
    }
    Some((&def.output, rows))
}

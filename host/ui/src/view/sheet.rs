//! What a view shows, as sheets of a workbook: every tab one sheet, with its figures, facts and rows in the words of the page.
//!
//! Numbers stay numbers, so that a spreadsheet can reckon with them; names of states and cases are what people read.

use super::ask::Told;
use super::value::{Answer, Rows, at, field as told, line, name, said};
use super::{Scene, ask, number, type_of};
use crate::part::file_kind;
use crate::widget::file;
use serde_json::Value as Json;
use toolcrib_contract::Type;
use toolcrib_contract::schema::Field;
use toolcrib_contract::view::{Cell as Place, Column, Format, NumberStyle, Widget, is_said, scalar};

/// One sheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sheet {
    pub title: String,
    pub lines: Vec<Vec<Cell>>,
}

/// One cell of a sheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// What stands above others.
    Heading(String),
    Text(String),
    /// A decimal number, digit by digit.
    Number(String),
}

/// The tab that the scene shows.
pub fn of<'a>(scene: &Scene<'a>, answers: &'a ask::Answers) -> Sheet {
    let tab = scene.view.tabs.get(scene.tab());
    let title = tab.and_then(|tab| tab.title.as_ref()).unwrap_or(&scene.view.title);
    let mut lines = Vec::new();
    for placed in scene.cells() {
        let Some(source) = placed.cell.widget.source() else { continue };
        // What could not be asked or answered is a line that says so: an empty place would read as “nothing”.
        let part = match scene.told(answers, source, Some((&placed.id, placed.cell))) {
            Told::Answer(answer) => cell(scene, placed.cell, answer),
            Told::Problem(problem) => vec![vec![Cell::Text(problem.title.clone()), Cell::Text(problem.code.clone())]],
            Told::Missing(_) => vec![vec![Cell::Text(scene.tr().t("nothing"))]],
        };
        if !is_figure(&placed.cell.widget) && !lines.is_empty() {
            lines.push(Vec::new());
        }
        if let Some(title) = placed.cell.title.as_ref().filter(|_| !is_figure(&placed.cell.widget)) {
            lines.push(vec![Cell::Heading(scene.words(title).to_owned())]);
        }
        lines.extend(part);
    }
    Sheet { title: scene.words(title).to_owned(), lines }
}

fn is_figure(widget: &Widget) -> bool {
    matches!(widget, Widget::Kpi(_) | Widget::Gauge(_) | Widget::Progress(_))
}

fn cell<'a>(scene: &Scene<'a>, place: &'a Place, answer: Answer<'a>) -> Vec<Vec<Cell>> {
    let name = |path: &str| {
        let title = place.title.as_ref().map(|words| scene.words(words).to_owned());
        Cell::Heading(title.unwrap_or_else(|| scene.field(path)))
    };
    match &place.widget {
        Widget::Kpi(it) => {
            let part = answer.part(&it.source).value;
            vec![vec![name(&it.value), figure(scene, &it.format, at(part, &it.value), part)]]
        }
        Widget::Gauge(it) => {
            let part = answer.part(&it.source).value;
            vec![vec![name(&it.value), figure(scene, &it.format, at(part, &it.value), part)]]
        }
        Widget::Progress(it) => {
            let part = answer.part(&it.source).value;
            let total = super::value::amount(&it.total, part);
            let done = figure(scene, &it.format, at(part, &it.done), part);
            vec![vec![name(&it.done), done, figure(scene, &it.format, &total, part)]]
        }
        Widget::Detail(it) => {
            let part = answer.part(&it.source);
            let one = |column| {
                vec![Cell::Heading(scene.heading(column)), field(scene, &it.columns, column, part.of, part.value)]
            };
            it.columns.iter().map(one).collect()
        }
        Widget::Table(it) => table(scene, &it.columns, answer.rows(&it.source)),
        widget => {
            let source = widget.source().expect("a cell that was answered has a source");
            every_field(scene, answer.rows(source))
        }
    }
}

fn table(scene: &Scene<'_>, columns: &[Column], rows: Rows<'_>) -> Vec<Vec<Cell>> {
    let mut lines = vec![columns.iter().map(|column| Cell::Heading(scene.heading(column))).collect()];
    let line = |row| columns.iter().map(|column| field(scene, columns, column, rows.of, row)).collect();
    lines.extend(rows.rows.iter().map(line));
    lines
}

/// The rows of a picture: all their plain fields.
fn every_field(scene: &Scene<'_>, rows: Rows<'_>) -> Vec<Vec<Cell>> {
    let is_plain = |field: &&Field| scalar(&field.of).is_scalar() || is_said(&field.of);
    let fields: Vec<_> = scalar(rows.of).fields().iter().filter(is_plain).collect();
    if fields.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![fields.iter().map(|field| Cell::Heading(scene.field(&field.name))).collect::<Vec<_>>()];
    let line = |row: &Json| fields.iter().map(|field| plain(scene, &field.of, &row[&field.name])).collect();
    lines.extend(rows.rows.iter().map(line));
    lines
}

/// A column's value in a row.
fn field(scene: &Scene<'_>, columns: &[Column], column: &Column, of: &Type, row: &Json) -> Cell {
    let (json, ty) = (told(scene.tr(), columns, &column.field, of, row), type_of(of, &column.field));
    if json.is_null() {
        return Cell::Text(String::new());
    }
    if !column.states.is_empty() {
        return Cell::Text(scene.state_label(&column.states, Some(ty), &line(json).unwrap_or_default()));
    }
    if let Some(name) = name(scene.tr(), columns, &column.field, of, row) {
        return Cell::Text(format!("{name} {}", line(json).unwrap_or_default()));
    }
    match scalar(ty) {
        Type::Int | Type::Float | Type::Decimal { .. } => figure(scene, &column.format, json, row),
        ty => plain(scene, ty, json),
    }
}

/// A number: as it is where its format is plain or money, in words of the page where it is not, such as a duration.
fn figure(scene: &Scene<'_>, format: &Format, json: &Json, beside: &Json) -> Cell {
    let reckons = matches!(format.style, NumberStyle::Plain | NumberStyle::Money { .. });
    match line(json).filter(|text| reckons && number::Exact::parse(text).is_some()) {
        Some(text) => Cell::Number(text),
        None => Cell::Text(number::text(scene.tr(), format, json, beside)),
    }
}

/// A value of a type as people read it, in one line of text.
fn plain(scene: &Scene<'_>, ty: &Type, json: &Json) -> Cell {
    let text = json.as_str().unwrap_or_default();
    match scalar(ty) {
        _ if json.is_null() => Cell::Text(String::new()),
        Type::Bool => Cell::Text(scene.tr().t(if json.as_bool() == Some(true) { "yes" } else { "no" })),
        Type::Enum { name, .. } => Cell::Text(scene.names().case(name, text)),
        Type::Instant => Cell::Text(text.parse().map_or_else(|_| text.to_owned(), |at| scene.zone().text(at))),
        Type::Int | Type::Float | Type::Decimal { .. } => figure(scene, &Format::default(), json, json),
        ty if is_said(ty) => Cell::Text(said(scene.tr(), json).unwrap_or_default()),
        Type::File { .. } => {
            Cell::Text(file::name(json).map_or_else(String::new, |name| file_kind(scene.tr(), name.media)))
        }
        Type::List { of } => {
            let items = json.as_array().into_iter().flatten().map(|item| match plain(scene, of, item) {
                Cell::Heading(text) | Cell::Text(text) | Cell::Number(text) => text,
            });
            Cell::Text(items.collect::<Vec<_>>().join("\n"))
        }
        _ => Cell::Text(line(json).unwrap_or_default()),
    }
}

//! What a view shows, as sheets of a workbook: every tab one sheet, with its figures, facts and rows in the words of the page.
//!
//! Numbers stay numbers, so that a spreadsheet can reckon with them; names of states and cases are what people read.

use super::ask::Told;
use super::value::{Answer, Rows, at, field as told, line, name, name_beside, said};
use super::{Scene, ask, number, type_of};
use crate::part::{file_kind, problem_title};
use crate::widget::{self, file};
use serde_json::Value as Json;
use toolcrib_contract::Type;
use toolcrib_contract::schema::Field;
use toolcrib_contract::view::{Cell as Place, Column, Format, NumberStyle, Widget, english_beside, is_said, scalar};

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
        if widget::repeats(scene, answers, &placed) {
            continue;
        }
        // What could not be asked or answered is a line that says so: an empty place would read as “nothing”.
        let part = match scene.told(answers, source, Some((&placed.id, placed.cell))) {
            Told::Answer(answer) => cell(scene, answers, placed.cell, answer),
            Told::Problem(problem) => {
                let told = scene.names().refusal(problem).and_then(|(shown, _)| shown.detail);
                let told = told.unwrap_or_else(|| problem_title(scene.tr(), problem));
                vec![vec![Cell::Text(told), Cell::Text(problem.code.clone())]]
            }
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

fn cell<'a>(scene: &Scene<'a>, answers: &'a ask::Answers, place: &'a Place, answer: Answer<'a>) -> Vec<Vec<Cell>> {
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
            let sheet = Columns { scene, answers, all: &it.columns, of: part.of };
            it.columns
                .iter()
                .map(|column| vec![Cell::Heading(scene.heading(column)), sheet.value(column, part.value)])
                .collect()
        }
        widget => {
            let source = widget.source().expect("a cell that was answered has a source");
            rows(scene, answers, widget, answer.rows(source))
        }
    }
}

/// What tables, cards, tiles and events show: what stands in their frame, then their columns. Pictures show all their fields.
fn rows<'a>(scene: &Scene<'a>, answers: &'a ask::Answers, widget: &'a Widget, rows: Rows<'_>) -> Vec<Vec<Cell>> {
    let columns = widget.columns();
    let mut frame = frame(widget);
    frame.retain(|path| !columns.iter().any(|column| column.field == *path));
    if frame.is_empty() && columns.is_empty() {
        return every_field(scene, rows);
    }
    let heads = frame.iter().map(|path| scene.field(path)).chain(columns.iter().map(|column| scene.heading(column)));
    let mut lines = vec![heads.map(Cell::Heading).collect::<Vec<_>>()];
    let framed = |path: &str, row: &Json| match widget.states().filter(|(state, _)| *state == path) {
        Some((_, states)) => {
            let state = line(at(row, path)).unwrap_or_default();
            Cell::Text(scene.state_label(states, Some(type_of(rows.of, path)), &state))
        }
        None => plain(scene, type_of(rows.of, path), at(row, path)),
    };
    let sheet = Columns { scene, answers, all: columns, of: rows.of };
    lines.extend(rows.rows.iter().map(|row| {
        let own = columns.iter().map(|column| sheet.value(column, row));
        frame.iter().map(|path| framed(path, row)).chain(own).collect()
    }));
    lines
}

/// Fields that a widget of rows shows besides its columns, each once.
fn frame(widget: &Widget) -> Vec<&str> {
    let fields = match widget {
        Widget::Kanban(it) => vec![Some(&it.title), Some(&it.lane)],
        Widget::Andon(it) => vec![Some(&it.label), Some(&it.state), it.since.as_ref()],
        Widget::Feed(it) => vec![Some(&it.at), Some(&it.text), it.who.as_ref()],
        Widget::Tree(it) => vec![Some(&it.title), Some(&it.key), Some(&it.parent)],
        Widget::Steps(it) => vec![Some(&it.title), it.text.as_ref(), Some(&it.done)],
        Widget::Gantt(it) => vec![Some(&it.lane), Some(&it.label), Some(&it.from), Some(&it.to), it.done.as_ref()],
        Widget::Attachments(it) => vec![Some(&it.title), Some(&it.file)],
        _ => Vec::new(),
    };
    let mut once: Vec<&str> = Vec::new();
    for field in fields.into_iter().flatten() {
        if !once.contains(&field.as_str()) {
            once.push(field);
        }
    }
    once
}

/// The rows of a picture: all their plain fields. A name stands with its code, and what is there in both languages is told
/// in the reader's.
fn every_field(scene: &Scene<'_>, rows: Rows<'_>) -> Vec<Vec<Cell>> {
    let all = scalar(rows.of).fields();
    let is_plain = |field: &&Field| scalar(&field.of).is_scalar() || is_said(&field.of);
    let is_told_already = |field: &&Field| {
        let with = |other: &Field| [name_beside(rows.of, &other.name), english_beside(rows.of, &other.name)];
        all.iter().flat_map(with).flatten().any(|beside| beside == field.name)
    };
    let fields: Vec<_> = all.iter().filter(is_plain).filter(|field| !is_told_already(field)).collect();
    if fields.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![fields.iter().map(|field| Cell::Heading(scene.field(&field.name))).collect::<Vec<_>>()];
    let value = |field: &Field, row: &Json| {
        let json = told(scene.tr(), &[], &field.name, rows.of, row);
        match name(scene.tr(), &[], &field.name, rows.of, row) {
            Some(name) => both(&name, json),
            None => plain(scene, &field.of, json),
        }
    };
    lines.extend(rows.rows.iter().map(|row| fields.iter().map(|field| value(field, row)).collect()));
    lines
}

/// A name with the code that it is of, by which people look things up.
fn both(name: &str, code: &Json) -> Cell {
    Cell::Text(format!("{name} {}", line(code).unwrap_or_default()))
}

/// The columns of one widget.
struct Columns<'a, 's> {
    scene: &'s Scene<'a>,
    answers: &'a ask::Answers,
    all: &'a [Column],
    /// The type of a row.
    of: &'s Type,
}

impl<'a> Columns<'a, '_> {
    /// A column's value in a row.
    fn value(&self, column: &'a Column, row: &Json) -> Cell {
        let Self { scene, answers, all, of } = *self;
        let (json, ty) = (told(scene.tr(), all, &column.field, of, row), type_of(of, &column.field));
        if json.is_null() {
            return Cell::Text(String::new());
        }
        if !column.states.is_empty() {
            return Cell::Text(scene.state_label(&column.states, Some(ty), &line(json).unwrap_or_default()));
        }
        if let Some(name) = scene.called(answers, all, column, of, row) {
            return both(&name, json);
        }
        if let Some(word) = scene.unit_word(of, &column.field, json) {
            return Cell::Text(word);
        }
        match scalar(ty) {
            Type::Int | Type::Float | Type::Decimal { .. } => figure(scene, &column.format, json, row),
            ty => plain(scene, ty, json),
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::FormText;
    use crate::gallery::{self, sample::shell};
    use crate::language::{Lang, Tr};
    use toolcrib_contract::view::{
        Cell as Placed, Source, Tone, View, andon, bar, column, percent, pick, section, series, state, table, tree,
    };

    /// The lines of a view with one cell, in Chinese.
    fn lines(cell: impl Into<Placed>) -> Vec<String> {
        let view = View { name: "x".into(), ..View::new(("页", "Page")).section(section().cell(12, cell)) };
        let manifest = gallery::manifest(vec![view]);
        assert_eq!(toolcrib_contract::view::check(&manifest), []);
        let (shell, address) = (shell(Tr::new(Lang::ZhCn), "/"), FormText::default());
        let scene = gallery::scene(&shell, &manifest, manifest.view("x").unwrap(), &address);
        let answered = |question: ask::Question| {
            let answer = gallery::answer(&question.query);
            (question, std::sync::Arc::new(Ok(answer)))
        };
        let answers = ask::Answers(scene.questions().into_iter().map(answered).collect());
        let text = |cell: &Cell| match cell {
            Cell::Heading(text) | Cell::Text(text) | Cell::Number(text) => text.clone(),
        };
        let sheet = of(&scene, &answers);
        sheet.lines.iter().map(|line| line.iter().map(text).collect::<Vec<_>>().join("|")).collect()
    }

    #[test]
    fn tiles_are_told_as_the_page_shows_them_and_nothing_twice() {
        let tiles = andon(Source::of("hall"), "code", "state", [state("down", ("停机", "Stopped"), Tone::Bad)])
            .since("since")
            .show(column("oee").format(percent(0)));
        let told = lines(tiles);
        assert_eq!(told.len(), 3, "{told:?}");
        assert_eq!(told[0].matches('|').count(), 3, "label, state, since and the one column: {told:?}");
        assert!(told[1].ends_with("|85 %") && told[2].starts_with("P-2|停机|2026-11-23 14:00:00|"), "{told:?}");
    }

    #[test]
    fn names_stand_with_their_codes_and_pieces_have_a_word() {
        let named = column("equipment").named(pick(Source::of("plan"), "equipment", "card"));
        assert_eq!(
            lines(table(Source::of("spans"), [named]))[1..],
            ["WO-1001/10 P-1", "WO-1001/10 P-1", "WO-1001/20 P-2"]
        );
        let lots = tree(Source::of("lots"), "code", "into", "code").show(column("quantity")).show(column("unit"));
        assert_eq!(lines(lots)[2], "L-060|L-100|120.500000|kg");
        let losses = bar(Source::of("losses"), "reason", [series("minutes", ("分钟", "Minutes"))]);
        assert_eq!(lines(losses)[1], "缺料|18.000");
    }
}

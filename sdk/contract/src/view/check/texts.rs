//! Texts of views: there in both languages and short enough for their place.

use super::super::{Cell, UnitOf, View, Widget};
use super::place::Place;
use crate::limits;
use crate::manifest::Words;
use crate::words;

/// Every text of a view with its place and the characters it may have.
pub fn texts(view: &View) -> Vec<(String, &Words, usize)> {
    let mut list = List { texts: Vec::new(), place: format!("view `{}`", view.name) };
    list.add("title", &view.title);
    list.maybe("help", view.help.as_ref());
    for param in &view.params {
        list.add(&format!("parameter `{}`", param.name), &param.label);
    }
    for (at, tab) in view.tabs.iter().enumerate() {
        list.maybe(&format!("title of tab {}", at + 1), tab.title.as_ref());
        for (section, of) in tab.sections.iter().enumerate() {
            list.maybe(&format!("title of tab {}, section {}", at + 1, section + 1), of.title.as_ref());
        }
    }
    for (at, cell) in view.cells() {
        list.place = format!("view `{}`, {at} ({})", view.name, cell.widget.kind());
        list.cell(cell);
    }
    list.texts
}

struct List<'v> {
    texts: Vec<(String, &'v Words, usize)>,
    place: String,
}

impl<'v> List<'v> {
    fn add(&mut self, what: &str, words: &'v Words) {
        self.texts.push((format!("{}, {what}", self.place), words, limits::VIEW_TEXT_CHARS));
    }

    fn maybe(&mut self, what: &str, words: Option<&'v Words>) {
        if let Some(words) = words {
            self.add(what, words);
        }
    }

    fn cell(&mut self, cell: &'v Cell) {
        for (what, words) in [
            ("title", &cell.title),
            ("help", &cell.help),
            ("text when empty", &cell.empty),
            ("fallback", &cell.fallback),
        ] {
            self.maybe(what, words.as_ref());
        }
        for action in cell.actions.iter().chain(cell.widget.actions()) {
            self.add("a button", &action.label);
            self.maybe("a button's question", action.confirm.as_ref());
        }
        for column in cell.widget.columns() {
            self.maybe(&format!("column `{}`", column.field), column.label.as_ref());
            self.unit(&column.format);
            for state in &column.states {
                self.add(&format!("state `{}`", state.value), &state.label);
            }
        }
        for state in cell.widget.states().map_or(&[][..], |(_, states)| states) {
            self.add(&format!("state `{}`", state.value), &state.label);
        }
        self.widget(&cell.widget);
    }

    fn unit(&mut self, format: &'v super::super::Format) {
        if let UnitOf::Fixed { words } = &format.unit {
            self.add("unit", words);
        }
    }

    fn widget(&mut self, widget: &'v Widget) {
        match widget {
            Widget::Kpi(it) => self.unit(&it.format),
            Widget::Gauge(it) => self.unit(&it.format),
            Widget::Progress(it) => self.unit(&it.format),
            Widget::Timeseries(it) => {
                it.series.iter().for_each(|series| self.add("series", &series.label));
                it.limits.iter().for_each(|limit| self.add("limit", &limit.label));
                self.unit(&it.format);
            }
            Widget::Bar(it) => {
                it.series.iter().for_each(|series| self.add("series", &series.label));
                self.unit(&it.format);
            }
            Widget::ControlChart(it) => {
                it.limits.iter().for_each(|limit| self.add("limit", &limit.label));
                self.unit(&it.format);
            }
            Widget::Kanban(it) => it.lanes.iter().for_each(|lane| self.add("lane", &lane.label)),
            Widget::PrintCard(it) => {
                for piece in &it.pieces {
                    self.maybe(&format!("piece `{}`", piece.field), piece.label.as_ref());
                    self.unit(&piece.format);
                }
            }
            Widget::Form(it) => {
                self.maybe("button", it.send.as_ref());
                it.folds.iter().for_each(|fold| self.add("folded inputs", &fold.title));
                for step in &it.steps {
                    self.add("step", &step.title);
                    self.maybe("help of a step", step.help.as_ref());
                }
            }
            Widget::Scan(it) => self.add("label", &it.label),
            Widget::Heading(it) => self.add("text", &it.text),
            Widget::Alert(it) => self.add("text", &it.text),
            Widget::Prose(it) => {
                self.texts.push((format!("{}, text", self.place), &it.text, limits::VIEW_PROSE_CHARS));
            }
            _ => {}
        }
    }
}

pub(super) fn check(place: &mut Place<'_, '_>) {
    for (at, words, chars) in texts(place.view) {
        for (language, text) in
            [(("中文（zh）", "Chinese (zh)"), &words.zh), (("英文（en）", "English (en)"), &words.en)]
        {
            let (length, language) = (text.chars().count(), Words::from(language));
            if text.trim().is_empty() {
                place.say_at(
                    &at,
                    words!("缺少{language}文字", "The {language} text is missing"; language),
                    ("请补上", "Write it"),
                );
            } else if length > chars {
                let what =
                    words!("{language}文字有 {length} 个字符", "The {language} text has {length} characters"; language);
                place.say_at(&at, what, words!("请控制在 {chars} 个字符以内", "Say it in at most {chars}"));
            }
        }
    }
}

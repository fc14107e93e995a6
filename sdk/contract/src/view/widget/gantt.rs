//! What is planned on what, and when: bars in lanes along the time.

use super::super::action::Action;
use super::super::show::{Condition, Tone, ToneRule};
use super::super::source::Source;
use super::Column;
use crate::codec_struct;

/// Bars in lanes, one a row. Nothing is dragged: what moves a bar is a button of its row in the table below the bars.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize))]
pub struct Gantt {
    pub source: Source,
    /// Path in the row: which lane, such as the machine.
    pub lane: String,
    /// Path to the instant at which it begins; a row without one is only in the table.
    pub from: String,
    /// Path to the instant at which it ends; an absent end is now.
    pub to: String,
    /// Path to what stands on the bar.
    pub label: String,
    /// Path to a ratio from 0 to 1: how much of it is done.
    pub done: Option<String>,
    pub tones: Vec<ToneRule>,
    /// Further fields of the row, in the table.
    pub columns: Vec<Column>,
    /// Among them what moves a bar.
    pub actions: Vec<Action>,
}
codec_struct!(Gantt { source, lane, from, to, label, done, tones, columns, actions });

/// Bars in lanes: paths of lane, beginning, end and label in the row.
pub fn gantt(source: Source, [lane, from, to, label]: [&str; 4]) -> Gantt {
    Gantt {
        source,
        lane: lane.to_owned(),
        from: from.to_owned(),
        to: to.to_owned(),
        label: label.to_owned(),
        done: None,
        tones: Vec::new(),
        columns: Vec::new(),
        actions: Vec::new(),
    }
}

impl Gantt {
    /// How much of each is done: a path to a ratio from 0 to 1.
    pub fn done(mut self, path: &str) -> Self {
        self.done = Some(path.to_owned());
        self
    }

    pub fn tone(mut self, when: Condition, tone: Tone) -> Self {
        self.tones.push(ToneRule { when, tone });
        self
    }

    pub fn column(mut self, column: Column) -> Self {
        self.columns.push(column);
        self
    }

    /// A button of the row, such as the form of what moves it.
    pub fn action(mut self, action: Action) -> Self {
        self.actions.push(action);
        self
    }
}

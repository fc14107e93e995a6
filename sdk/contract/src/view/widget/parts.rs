//! What widgets have in common: their rows' buttons, columns, tones and states.

use super::super::action::Action;
use super::super::show::{Condition, State, ToneRule};
use super::super::source::{Argument, Choices, Source};
use super::{Column, Widget};

/// What arguments are handed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target<'v> {
    /// A query, command or connector, by its inputs.
    Operation(&'v str),
    /// Another view, by its parameters.
    View(&'v str),
}

impl Widget {
    /// The query that it shows.
    pub fn source(&self) -> Option<&Source> {
        match self {
            Self::Kpi(it) => Some(&it.source),
            Self::Gauge(it) => Some(&it.source),
            Self::Progress(it) => Some(&it.source),
            Self::Timeseries(it) => Some(&it.source),
            Self::Bar(it) => Some(&it.source),
            Self::StateTimeline(it) => Some(&it.source),
            Self::ControlChart(it) => Some(&it.source),
            Self::Table(it) => Some(&it.source),
            Self::Detail(it) => Some(&it.source),
            Self::Kanban(it) => Some(&it.source),
            Self::Andon(it) => Some(&it.source),
            Self::Feed(it) => Some(&it.source),
            Self::Tree(it) => Some(&it.source),
            Self::PrintCard(it) => Some(&it.source),
            Self::Steps(it) => Some(&it.source),
            Self::Gantt(it) => Some(&it.source),
            Self::Image(it) => Some(&it.source),
            Self::Attachments(it) => Some(&it.source),
            Self::Alert(it) => it.source.as_ref(),
            Self::Form(_) | Self::Counter(_) | Self::Scan(_) | Self::Heading(_) | Self::Prose(_) | Self::Unknown(_) => {
                None
            }
        }
    }

    /// Lists of things to choose from.
    pub fn picks(&self) -> &[super::Pick] {
        if let Self::Form(form) = self { &form.picks } else { &[] }
    }

    /// Buttons of its rows.
    pub fn actions(&self) -> &[Action] {
        match self {
            Self::Table(it) => &it.actions,
            Self::Kanban(it) => &it.actions,
            Self::Andon(it) => &it.actions,
            Self::Feed(it) => &it.actions,
            Self::Tree(it) => &it.actions,
            Self::Steps(it) => &it.actions,
            Self::Gantt(it) => &it.actions,
            Self::Attachments(it) => &it.actions,
            _ => &[],
        }
    }

    /// Fields of its rows that it shows by name.
    pub fn columns(&self) -> &[Column] {
        match self {
            Self::Table(it) => &it.columns,
            Self::Detail(it) => &it.columns,
            Self::Kanban(it) => &it.columns,
            Self::Andon(it) => &it.columns,
            Self::Feed(it) => &it.columns,
            Self::Tree(it) => &it.columns,
            Self::Steps(it) => &it.columns,
            Self::Gantt(it) => &it.columns,
            Self::Attachments(it) => &it.columns,
            _ => &[],
        }
    }

    /// Lists of what the values of its columns are called.
    pub fn names(&self) -> impl Iterator<Item = &Choices> {
        self.columns().iter().filter_map(|column| column.names.as_ref())
    }

    pub fn tones(&self) -> &[ToneRule] {
        match self {
            Self::Kpi(it) => &it.tones,
            Self::Table(it) => &it.tones,
            Self::Kanban(it) => &it.tones,
            Self::Feed(it) => &it.tones,
            Self::Tree(it) => &it.tones,
            Self::Gantt(it) => &it.tones,
            _ => &[],
        }
    }

    /// The field that holds a state, and the states it knows.
    pub fn states(&self) -> Option<(&str, &[State])> {
        match self {
            Self::StateTimeline(it) => Some((&it.state, &it.states)),
            Self::Andon(it) => Some((&it.state, &it.states)),
            _ => None,
        }
    }

    /// Everything it hands to an operation or to another view, its source included.
    pub fn handed(&self) -> Vec<(Target<'_>, &[Argument])> {
        let mut handed = Vec::new();
        handed.extend(self.source().map(|it| (Target::Operation(&it.query), it.arguments.as_slice())));
        handed.extend(self.actions().iter().filter_map(Action::handed));
        let opened = self.columns().iter().filter_map(|it| Some((Target::View(it.opens.as_ref()?), &*it.arguments)));
        handed.extend(opened);
        match self {
            Self::Form(it) => {
                handed.push((Target::Operation(&it.operation), &it.prefill));
                handed.push((Target::Operation(&it.operation), &it.hidden));
            }
            Self::Counter(it) => handed.push((Target::Operation(&it.operation), &it.arguments)),
            Self::Scan(it) => handed.extend(it.does.handed()),
            _ => {}
        }
        handed
    }

    /// Every condition on its rows, or on its answer where there are none.
    pub fn conditions(&self) -> Vec<&Condition> {
        let tones = self.tones().iter().map(|rule| &rule.when);
        let shown = self.actions().iter().filter_map(|action| action.shown_if.as_ref());
        let alert = if let Self::Alert(alert) = self { alert.shown_if.as_ref() } else { None };
        tones.chain(shown).chain(alert).collect()
    }
}

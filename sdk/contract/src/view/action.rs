//! What people can do from a view: buttons of a cell, of a row, of a lane.

use super::show::Condition;
use super::source::{Argument, Bind};
use super::widget::Target;
use crate::codec_enum;
use crate::codec_struct;
use crate::manifest::Words;

/// A button. The host asks for consent, roles and rights again when it is pressed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize))]
pub struct Action {
    pub label: Words,
    pub style: Style,
    pub does: Does,
    /// Asked before it is done. Dangerous actions are always asked about.
    pub confirm: Option<Words>,
    /// Shown only where this holds: in the row, or in the answer where there are no rows.
    pub shown_if: Option<Condition>,
}
codec_struct!(Action { label, style, does, confirm, shown_if });

/// How a button stands out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Style {
    #[default]
    Normal,
    Primary,
    Danger,
}
codec_enum!(Style { 0 => Normal, 1 => Primary, 2 => Danger });

/// What a button does.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "json",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case", tag = "does")
)]
pub enum Does {
    /// Runs a command or connector whose required inputs are all given.
    Run { operation: String, arguments: Vec<Argument> },
    /// Opens an operation's form with some inputs filled in.
    Form { operation: String, arguments: Vec<Argument> },
    /// Opens another view of the module with its parameters.
    Open { view: String, arguments: Vec<Argument> },
    /// Prints the page without its frame.
    Print,
    /// Saves the cell's rows as CSV.
    Export,
}
codec_enum!(Does {
    0 => Run { operation, arguments }, 1 => Form { operation, arguments }, 2 => Open { view, arguments }, 3 => Print,
    4 => Export,
});

impl Does {
    /// The operation it leads to.
    pub fn operation(&self) -> Option<&str> {
        match self {
            Self::Run { operation, .. } | Self::Form { operation, .. } => Some(operation),
            Self::Open { .. } | Self::Print | Self::Export => None,
        }
    }

    /// What it hands over to which operation or view.
    pub fn handed(&self) -> Option<(Target<'_>, &[Argument])> {
        match self {
            Self::Run { operation, arguments } | Self::Form { operation, arguments } => {
                Some((Target::Operation(operation), arguments))
            }
            Self::Open { view, arguments } => Some((Target::View(view), arguments)),
            Self::Print | Self::Export => None,
        }
    }

    /// Hands one argument more over; printing and saving take none.
    pub fn with(mut self, name: &str, value: Bind) -> Self {
        match &mut self {
            Self::Run { arguments, .. } | Self::Form { arguments, .. } | Self::Open { arguments, .. } => {
                arguments.push(Argument { name: name.to_owned(), value });
            }
            Self::Print | Self::Export => {}
        }
        self
    }

    /// Opens another view of the module.
    pub fn open(view: &str) -> Self {
        Self::Open { view: view.to_owned(), arguments: Vec::new() }
    }
}

/// A button with its label and what it does.
pub fn action(label: impl Into<Words>, does: Does) -> Action {
    Action { label: label.into(), style: Style::Normal, does, confirm: None, shown_if: None }
}

impl Action {
    /// What it hands over to which operation or view.
    pub fn handed(&self) -> Option<(Target<'_>, &[Argument])> {
        self.does.handed()
    }

    /// The one that matters most here.
    pub fn primary(mut self) -> Self {
        self.style = Style::Primary;
        self
    }

    /// It takes something away: it is asked about and stands out.
    pub fn danger(mut self) -> Self {
        self.style = Style::Danger;
        self
    }

    /// Asked before it is done.
    pub fn confirm(mut self, question: impl Into<Words>) -> Self {
        self.confirm = Some(question.into());
        self
    }

    /// Shown only where this holds.
    pub fn shown_if(mut self, condition: Condition) -> Self {
        self.shown_if = Some(condition);
        self
    }
}

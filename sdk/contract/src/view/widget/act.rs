//! Widgets that people act in: forms, counters, scanning.

use super::super::action::Does;
use super::super::source::{Argument, Bind, Choices};
use crate::codec_struct;
use crate::manifest::Words;

/// The form of an operation, made from its input.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize))]
pub struct Form {
    pub operation: String,
    /// Inputs that are filled in; people may change them.
    pub prefill: Vec<Argument>,
    /// Inputs that are sent as they are and not shown.
    pub hidden: Vec<Argument>,
    /// Inputs that people choose instead of typing.
    pub picks: Vec<Pick>,
    /// What the button says.
    pub send: Option<Words>,
    /// Inputs that are shown at once, in this order; the others are folded away. None named: all, as declared.
    pub first: Vec<String>,
    /// Inputs that are folded away together under a title of their own.
    pub folds: Vec<Fold>,
    /// Numbers that people tap.
    pub pads: Vec<Pad>,
    /// Pages that the inputs are asked on, one after the other; none: all on one.
    #[cfg_attr(feature = "json", serde(default))]
    pub steps: Vec<Step>,
}
codec_struct!(Form { operation, prefill, hidden, picks, send, first, folds, pads, steps });

/// One page of a form that is filled in step by step. What was typed is carried along, and nothing is done before the last.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize))]
pub struct Step {
    pub title: Words,
    /// Said above its inputs.
    pub help: Option<Words>,
    /// Inputs, in this order.
    pub fields: Vec<String>,
}
codec_struct!(Step { title, help, fields });

/// Inputs behind a title.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize))]
pub struct Fold {
    pub title: Words,
    pub fields: Vec<String>,
}
codec_struct!(Fold { title, fields });

/// A number with large digits and buttons that add to it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize))]
pub struct Pad {
    pub field: String,
    pub steps: Vec<i64>,
}
codec_struct!(Pad { field, steps });

/// An input with what it is chosen from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize))]
pub struct Pick {
    pub field: String,
    pub choices: Choices,
}
codec_struct!(Pick { field, choices });

/// Large buttons that run an operation with a number: +1, +5, +10.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize))]
pub struct Counter {
    pub operation: String,
    /// The input that takes the number.
    pub field: String,
    /// The operation's other inputs.
    pub arguments: Vec<Argument>,
    pub steps: Vec<i64>,
    /// Any other number can be typed.
    pub typed: bool,
}
codec_struct!(Counter { operation, field, arguments, steps, typed });

/// A field that waits for a scanned or typed code.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize))]
pub struct Scan {
    pub label: Words,
    /// What happens with the code: an operation runs, its form opens, or a view opens.
    pub does: Does,
    /// The input of the operation, or the parameter of the view, that takes the code.
    pub field: String,
}
codec_struct!(Scan { label, does, field });

/// The form of an operation by name. Authors use the SDK's `form::<operation>()`.
pub fn form(operation: &str) -> Form {
    Form {
        operation: operation.to_owned(),
        prefill: Vec::new(),
        hidden: Vec::new(),
        picks: Vec::new(),
        send: None,
        first: Vec::new(),
        folds: Vec::new(),
        pads: Vec::new(),
        steps: Vec::new(),
    }
}

impl Form {
    /// Fills an input in; people may change it.
    pub fn prefill(mut self, name: &str, value: Bind) -> Self {
        self.prefill.push(Argument { name: name.to_owned(), value });
        self
    }

    /// Sends an input without showing it.
    pub fn hidden(mut self, name: &str, value: Bind) -> Self {
        self.hidden.push(Argument { name: name.to_owned(), value });
        self
    }

    /// People choose an input from the rows of a query.
    pub fn pick(mut self, field: &str, choices: Choices) -> Self {
        self.picks.push(Pick { field: field.to_owned(), choices });
        self
    }

    /// Inputs that are shown at once; the others are folded away.
    pub fn first(mut self, fields: impl IntoIterator<Item = &'static str>) -> Self {
        self.first.extend(fields.into_iter().map(str::to_owned));
        self
    }

    /// Inputs that are folded away together.
    pub fn fold(mut self, title: impl Into<Words>, fields: impl IntoIterator<Item = &'static str>) -> Self {
        self.folds.push(Fold { title: title.into(), fields: fields.into_iter().map(str::to_owned).collect() });
        self
    }

    /// A number with large digits, and buttons that add so much to it.
    pub fn pad(mut self, field: &str, steps: impl IntoIterator<Item = i64>) -> Self {
        self.pads.push(Pad { field: field.to_owned(), steps: steps.into_iter().collect() });
        self
    }

    /// A further page of the form, with inputs of its own. The last one also shows what was filled in before it.
    pub fn step(mut self, title: impl Into<Words>, fields: impl IntoIterator<Item = &'static str>) -> Self {
        let fields = fields.into_iter().map(str::to_owned).collect();
        self.steps.push(Step { title: title.into(), help: None, fields });
        self
    }

    /// A sentence above the inputs of the step before.
    pub fn step_help(mut self, help: impl Into<Words>) -> Self {
        if let Some(step) = self.steps.last_mut() {
            step.help = Some(help.into());
        }
        self
    }

    pub fn send(mut self, label: impl Into<Words>) -> Self {
        self.send = Some(label.into());
        self
    }
}

/// Buttons that run an operation by name with a number. Authors use the SDK's `counter::<operation>()`.
pub fn counter(operation: &str, field: &str, steps: impl IntoIterator<Item = i64>) -> Counter {
    Counter {
        operation: operation.to_owned(),
        field: field.to_owned(),
        arguments: Vec::new(),
        steps: steps.into_iter().collect(),
        typed: false,
    }
}

impl Counter {
    /// Gives one of the operation's other inputs.
    pub fn with(mut self, name: &str, value: Bind) -> Self {
        self.arguments.push(Argument { name: name.to_owned(), value });
        self
    }

    /// Any other number can be typed.
    pub fn typed(mut self) -> Self {
        self.typed = true;
        self
    }
}

/// A field for codes; `field` is the input or parameter that takes the code.
pub fn scan(label: impl Into<Words>, does: Does, field: &str) -> Scan {
    Scan { label: label.into(), does, field: field.to_owned() }
}

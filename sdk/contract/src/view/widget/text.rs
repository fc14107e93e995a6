//! Words between widgets.

use super::super::show::{Condition, Tone};
use super::super::source::Source;
use crate::codec_struct;
use crate::manifest::Words;

/// A heading, and the place of buttons that belong to no widget.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize))]
pub struct Heading {
    pub text: Words,
}
codec_struct!(Heading { text });

/// A sentence that stands out.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize))]
pub struct Alert {
    pub text: Words,
    pub tone: Tone,
    /// Shown only when this query's answer meets `shown_if`; both or neither.
    pub source: Option<Source>,
    pub shown_if: Option<Condition>,
}
codec_struct!(Alert { text, tone, source, shown_if });

/// Plain text: paragraphs are parted by an empty line, lines that begin with `- ` are a list. No markup.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize))]
pub struct Prose {
    pub text: Words,
}
codec_struct!(Prose { text });

pub fn heading(text: impl Into<Words>) -> Heading {
    Heading { text: text.into() }
}

/// A sentence that is always shown.
pub fn alert(text: impl Into<Words>, tone: Tone) -> Alert {
    Alert { text: text.into(), tone, source: None, shown_if: None }
}

impl Alert {
    /// Shown only when a query's answer meets a condition.
    pub fn shown_if(mut self, source: Source, condition: Condition) -> Self {
        self.source = Some(source);
        self.shown_if = Some(condition);
        self
    }
}

pub fn prose(text: impl Into<Words>) -> Prose {
    Prose { text: text.into() }
}

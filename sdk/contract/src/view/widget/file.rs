//! Photos and papers that the host keeps: one shown large, or many of a list.

use super::super::action::Action;
use super::super::source::Source;
use super::Column;
use crate::codec_struct;

/// One picture. A paper is shown as a link.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize))]
pub struct Image {
    pub source: Source,
    /// Path to a [`Photo`](crate::file::Photo) or [`Paper`](crate::file::Paper).
    pub file: String,
    /// Path to what it shows, for whoever cannot see it; absent: the cell's title.
    pub about: Option<String>,
}
codec_struct!(Image { source, file, about });

/// What belongs to rows: a small picture each, or a link to the paper. Rows without a file are left out.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize))]
pub struct Attachments {
    pub source: Source,
    /// Path in the row to the file.
    pub file: String,
    /// Path in the row to what it shows.
    pub title: String,
    pub columns: Vec<Column>,
    pub actions: Vec<Action>,
}
codec_struct!(Attachments { source, file, title, columns, actions });

/// The picture at a path of the answer.
pub fn image(source: Source, file: &str) -> Image {
    Image { source, file: file.to_owned(), about: None }
}

impl Image {
    /// What it shows, for whoever cannot see it.
    pub fn about(mut self, path: &str) -> Self {
        self.about = Some(path.to_owned());
        self
    }
}

/// The files of rows, each with what it shows.
pub fn attachments(source: Source, file: &str, title: &str) -> Attachments {
    let (file, title) = (file.to_owned(), title.to_owned());
    Attachments { source, file, title, columns: Vec::new(), actions: Vec::new() }
}

impl Attachments {
    /// A field of the row below its picture.
    pub fn column(mut self, column: Column) -> Self {
        self.columns.push(column);
        self
    }

    /// A button at every file.
    pub fn row_action(mut self, action: Action) -> Self {
        self.actions.push(action);
        self
    }
}

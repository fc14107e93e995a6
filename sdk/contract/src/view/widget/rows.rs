//! Rows as people work with them: tables, lanes, tiles, events, trees, cards to print.

use super::super::action::Action;
use super::super::show::{Condition, Format, State, Tone, ToneRule};
use super::super::source::{Argument, Bind, Choices, Source};
use crate::codec_enum;
use crate::codec_struct;
use crate::manifest::Words;

/// Rows and columns. A query that takes `after` and answers `next` is shown page by page.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize))]
pub struct Table {
    pub source: Source,
    pub columns: Vec<Column>,
    pub tones: Vec<ToneRule>,
    pub actions: Vec<Action>,
    /// Columns whose sum stands below; only where the query answers with all rows at once.
    pub totals: Vec<String>,
}
codec_struct!(Table { source, columns, tones, actions, totals });

/// One field of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize))]
pub struct Column {
    /// Path in the row.
    pub field: String,
    /// Absent: what the module calls the field.
    pub label: Option<Words>,
    pub look: ColumnLook,
    pub format: Format,
    /// Names and tones of the values.
    pub states: Vec<State>,
    /// What the values are called, where the row has no name beside the code: `person_name` beside `person`.
    #[cfg_attr(feature = "json", serde(default))]
    pub names: Option<Choices>,
    /// Hidden on narrow screens.
    pub wide_only: bool,
    /// The value leads to another view of the module.
    pub opens: Option<String>,
    pub arguments: Vec<Argument>,
}
codec_struct!(Column { field, label, look, format, states, names, wide_only, opens, arguments });

/// How a value is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum ColumnLook {
    /// As its type says.
    #[default]
    Auto,
    Tag,
    /// A ratio from 0 to 1 as a bar.
    Progress,
}
codec_enum!(ColumnLook { 0 => Auto, 1 => Tag, 2 => Progress });

/// The fields of one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize))]
pub struct Detail {
    pub source: Source,
    pub columns: Vec<Column>,
}
codec_struct!(Detail { source, columns });

/// Cards in lanes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize))]
pub struct Kanban {
    pub source: Source,
    /// Path in the row to the lane it is in.
    pub lane: String,
    pub lanes: Vec<Lane>,
    pub title: String,
    pub columns: Vec<Column>,
    pub tones: Vec<ToneRule>,
    /// Among them what moves a card.
    pub actions: Vec<Action>,
}
codec_struct!(Kanban { source, lane, lanes, title, columns, tones, actions });

/// One lane.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize))]
pub struct Lane {
    /// The case or text of the rows in it.
    pub value: String,
    pub label: Words,
    /// More cards than this are too many.
    pub limit: Option<u32>,
}
codec_struct!(Lane { value, label, limit });

/// Large tiles, one a row, coloured by state.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize))]
pub struct Andon {
    pub source: Source,
    pub label: String,
    pub state: String,
    pub states: Vec<State>,
    /// Path to the instant since when.
    pub since: Option<String>,
    pub columns: Vec<Column>,
    pub actions: Vec<Action>,
}
codec_struct!(Andon { source, label, state, states, since, columns, actions });

/// What happened, in the order of the rows.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize))]
pub struct Feed {
    pub source: Source,
    /// Path to an instant.
    pub at: String,
    pub text: String,
    pub who: Option<String>,
    pub columns: Vec<Column>,
    pub tones: Vec<ToneRule>,
    pub actions: Vec<Action>,
}
codec_struct!(Feed { source, at, text, who, columns, tones, actions });

/// Rows that hang on one another, such as what a lot was made of. A row whose parent is absent, or not among the rows, is a
/// root; a row may come under several parents.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize))]
pub struct Tree {
    pub source: Source,
    pub key: String,
    pub parent: String,
    pub title: String,
    pub columns: Vec<Column>,
    pub tones: Vec<ToneRule>,
    pub actions: Vec<Action>,
}
codec_struct!(Tree { source, key, parent, title, columns, tones, actions });

/// Cards or labels to print, one a row, or one for an answer that is no list.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize))]
pub struct PrintCard {
    pub source: Source,
    /// 20 to 300.
    pub width_mm: u32,
    pub height_mm: u32,
    pub pieces: Vec<Piece>,
}
codec_struct!(PrintCard { source, width_mm, height_mm, pieces });

/// One thing on a card.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize))]
pub struct Piece {
    pub look: PieceLook,
    pub field: String,
    /// Above a text; absent: what the module calls the field.
    pub label: Option<Words>,
    pub format: Format,
}
codec_struct!(Piece { look, field, label, format });

/// How it is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum PieceLook {
    #[default]
    Text,
    Heading,
    Qr,
    /// Code 128, for printable ASCII.
    Code128,
}
codec_enum!(PieceLook { 0 => Text, 1 => Heading, 2 => Qr, 3 => Code128 });

/// What to do in which order, one row a step.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize))]
pub struct Steps {
    pub source: Source,
    pub title: String,
    pub text: Option<String>,
    /// Path to a flag.
    pub done: String,
    pub columns: Vec<Column>,
    /// Buttons of the first step that is not done.
    pub actions: Vec<Action>,
}
codec_struct!(Steps { source, title, text, done, columns, actions });

/// A column, called what the module calls the field.
pub fn column(field: &str) -> Column {
    Column {
        field: field.to_owned(),
        label: None,
        look: ColumnLook::Auto,
        format: Format::default(),
        states: Vec::new(),
        names: None,
        wide_only: false,
        opens: None,
        arguments: Vec::new(),
    }
}

impl Column {
    pub fn label(mut self, label: impl Into<Words>) -> Self {
        self.label = Some(label.into());
        self
    }

    pub fn format(mut self, format: Format) -> Self {
        self.format = format;
        self
    }

    pub fn tag(mut self) -> Self {
        self.look = ColumnLook::Tag;
        self
    }

    /// A ratio from 0 to 1 as a bar.
    pub fn progress(mut self) -> Self {
        self.look = ColumnLook::Progress;
        self
    }

    /// A value with its name and tone, shown as a tag.
    pub fn state(mut self, state: State) -> Self {
        self.look = ColumnLook::Tag;
        self.states.push(state);
        self
    }

    /// A code is read by its name in a list: rows of a query, the field that is the code, the field that is the name. For
    /// short lists, such as machines and shift patterns: the page asks it once, and of a query that answers page by page
    /// the first page. A code that is not in it stands as it is, as all do where whoever looks may not ask.
    ///
    /// Of long lists, such as materials, the query looks up the name of each row and answers it beside the code, as
    /// `material_name` beside `material`; that needs nothing here.
    pub fn named(mut self, names: Choices) -> Self {
        self.names = Some(names);
        self
    }

    /// Hidden on narrow screens.
    pub fn wide_only(mut self) -> Self {
        self.wide_only = true;
        self
    }

    /// The value leads to another view; [`Column::with`] gives its parameters.
    pub fn opens(mut self, view: &str) -> Self {
        self.opens = Some(view.to_owned());
        self
    }

    pub fn with(mut self, name: &str, value: Bind) -> Self {
        self.arguments.push(Argument { name: name.to_owned(), value });
        self
    }
}

/// A table with its columns.
pub fn table(source: Source, columns: impl IntoIterator<Item = Column>) -> Table {
    Table { source, columns: columns.into_iter().collect(), tones: Vec::new(), actions: Vec::new(), totals: Vec::new() }
}

impl Table {
    /// A column of numbers whose sum stands below.
    pub fn total(mut self, field: &str) -> Self {
        self.totals.push(field.to_owned());
        self
    }
}

/// The fields of one thing.
pub fn detail(source: Source, columns: impl IntoIterator<Item = Column>) -> Detail {
    Detail { source, columns: columns.into_iter().collect() }
}

/// Cards in lanes: paths of lane and title in the row.
pub fn kanban(source: Source, lane: &str, title: &str, lanes: impl IntoIterator<Item = Lane>) -> Kanban {
    Kanban {
        source,
        lane: lane.to_owned(),
        lanes: lanes.into_iter().collect(),
        title: title.to_owned(),
        columns: Vec::new(),
        tones: Vec::new(),
        actions: Vec::new(),
    }
}

/// A lane by its value.
pub fn lane(value: &str, label: impl Into<Words>) -> Lane {
    Lane { value: value.to_owned(), label: label.into(), limit: None }
}

impl Lane {
    /// More cards than this are too many.
    pub fn limit(mut self, limit: u32) -> Self {
        self.limit = Some(limit);
        self
    }
}

/// Tiles: paths of label and state in the row.
pub fn andon(source: Source, label: &str, state: &str, states: impl IntoIterator<Item = State>) -> Andon {
    Andon {
        source,
        label: label.to_owned(),
        state: state.to_owned(),
        states: states.into_iter().collect(),
        since: None,
        columns: Vec::new(),
        actions: Vec::new(),
    }
}

impl Andon {
    pub fn since(mut self, path: &str) -> Self {
        self.since = Some(path.to_owned());
        self
    }
}

/// Events: paths of time and text in the row.
pub fn feed(source: Source, at: &str, text: &str) -> Feed {
    Feed {
        source,
        at: at.to_owned(),
        text: text.to_owned(),
        who: None,
        columns: Vec::new(),
        tones: Vec::new(),
        actions: Vec::new(),
    }
}

impl Feed {
    pub fn who(mut self, path: &str) -> Self {
        self.who = Some(path.to_owned());
        self
    }
}

/// Rows that hang on one another: paths of key, parent's key and title in the row.
pub fn tree(source: Source, key: &str, parent: &str, title: &str) -> Tree {
    Tree {
        source,
        key: key.to_owned(),
        parent: parent.to_owned(),
        title: title.to_owned(),
        columns: Vec::new(),
        tones: Vec::new(),
        actions: Vec::new(),
    }
}

/// Cards of this size in millimetres.
pub fn print_card(
    source: Source,
    (width_mm, height_mm): (u32, u32),
    pieces: impl IntoIterator<Item = Piece>,
) -> PrintCard {
    PrintCard { source, width_mm, height_mm, pieces: pieces.into_iter().collect() }
}

fn piece(look: PieceLook, field: &str) -> Piece {
    Piece { look, field: field.to_owned(), label: None, format: Format::default() }
}

pub fn text_piece(field: &str) -> Piece {
    piece(PieceLook::Text, field)
}

pub fn heading_piece(field: &str) -> Piece {
    piece(PieceLook::Heading, field)
}

pub fn qr(field: &str) -> Piece {
    piece(PieceLook::Qr, field)
}

/// A bar code of printable ASCII.
pub fn code128(field: &str) -> Piece {
    piece(PieceLook::Code128, field)
}

impl Piece {
    pub fn label(mut self, label: impl Into<Words>) -> Self {
        self.label = Some(label.into());
        self
    }

    pub fn format(mut self, format: Format) -> Self {
        self.format = format;
        self
    }
}

/// Steps: paths of title and of the flag that says that it is done.
pub fn steps(source: Source, title: &str, done: &str) -> Steps {
    Steps {
        source,
        title: title.to_owned(),
        text: None,
        done: done.to_owned(),
        columns: Vec::new(),
        actions: Vec::new(),
    }
}

impl Steps {
    pub fn text(mut self, path: &str) -> Self {
        self.text = Some(path.to_owned());
        self
    }
}

macro_rules! with_columns {
    ($($name:ident),*) => {$(impl $name {
        /// One more field of the row.
        pub fn show(mut self, column: Column) -> Self {
            self.columns.push(column);
            self
        }
    })*};
}
with_columns!(Kanban, Andon, Feed, Tree, Steps);

macro_rules! with_row_actions {
    ($($name:ident),*) => {$(impl $name {
        /// A button of each row.
        pub fn row_action(mut self, action: Action) -> Self {
            self.actions.push(action);
            self
        }
    })*};
}
with_row_actions!(Table, Kanban, Andon, Feed, Tree, Steps);

macro_rules! with_tones {
    ($($name:ident),*) => {$(impl $name {
        /// A tone for rows that meet a condition.
        pub fn tone(mut self, when: Condition, tone: Tone) -> Self {
            self.tones.push(ToneRule { when, tone });
            self
        }
    })*};
}
with_tones!(Table, Kanban, Feed, Tree);

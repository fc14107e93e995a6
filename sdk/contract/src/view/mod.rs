//! Views: pages that a module describes and the host draws. Flat, typed, bound to the module's own queries and operations.
//!
//! A [`View`] has tabs, a tab has sections, a section has cells in twelve columns, a cell shows one [`Widget`]; nothing
//! nests deeper. No field holds HTML, CSS, an address or a program: what a view can do is what these types can say.
//!
//! - `source` says where values come from, `show` how they are shown, `action` what people can do with them, `station`
//!   what terminals of the shop floor need besides.
//! - `widget`: everything that fits into a cell. `check`: whether a manifest's views can be drawn.
//!
//! Every type can be built fluently; authors write them through `toolcrib_sdk::view`.

mod action;
pub mod check;
mod show;
mod source;
mod station;
mod widget;

pub use action::{Action, Does, Style, action};
pub use check::{Problem, check};
pub use show::{
    Amount, Band, Condition, Format, NumberStyle, State, Test, TimeUnit, Tone, ToneRule, UnitOf, amount, days, hours,
    microseconds, milliseconds, minutes, money, percent, plain, seconds, state, when,
};
pub use source::{
    Argument, Bind, Choices, Param, Refresh, Source, ago, constant, days_ago, english_beside, is_said, me, now, param,
    pick, place, row, scalar, today, type_at,
};
pub use station::{Late, ScanRoute, Undo};
pub use widget::*;

use crate::codec_enum;
use crate::codec_struct;
use crate::manifest::Words;

/// Columns of the grid that cells stand in.
pub const GRID: u8 = 12;

/// One page of a module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize))]
pub struct View {
    /// Unique in the module, snake case; part of the page's address. The SDK takes the function's name.
    pub name: String,
    pub title: Words,
    /// Shown below the title.
    pub help: Option<Words>,
    pub place: Place,
    /// Where it stands among the module's views of its place: lower first, then as declared.
    pub order: u8,
    /// What the page's address may say; shown as a form above the page.
    pub params: Vec<Param>,
    pub tabs: Vec<Tab>,
    /// Scans that lead to the view, on terminals.
    pub scans: Vec<ScanRoute>,
    pub undos: Vec<Undo>,
    pub lates: Vec<Late>,
}
codec_struct!(View { name, title, help, place, order, params, tabs, scans, undos, lates });

/// Where a view is shown, and so what it is laid out for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Place {
    /// Among the module's pages, on a computer or phone.
    #[default]
    Page,
    /// On the terminals of the shop floor, without navigation: large targets, one thing a screen.
    Station,
    /// On a large screen that is read from five metres: dark, without navigation.
    Board,
}
codec_enum!(Place { 0 => Page, 1 => Station, 2 => Board });

/// One tab of a view. A view with a single tab shows no tabs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize))]
pub struct Tab {
    /// May be absent where there is only one tab.
    pub title: Option<Words>,
    pub sections: Vec<Section>,
}
codec_struct!(Tab { title, sections });

/// Cells in rows of [`GRID`] columns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize))]
pub struct Section {
    pub title: Option<Words>,
    pub cells: Vec<Cell>,
}
codec_struct!(Section { title, cells });

/// One widget in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize))]
pub struct Cell {
    /// Columns it takes, 1 to [`GRID`]; a narrow screen gives it all.
    pub span: u8,
    pub title: Option<Words>,
    pub help: Option<Words>,
    /// Said when there is nothing to show.
    pub empty: Option<Words>,
    /// Said by a host that is older than the widget.
    pub fallback: Option<Words>,
    pub widget: Widget,
    /// Buttons of the whole cell; those of rows belong to the widget.
    pub actions: Vec<Action>,
}
codec_struct!(Cell { span, title, help, empty, fallback, widget, actions });

impl View {
    /// A page with one tab, for a computer or phone.
    pub fn new(title: impl Into<Words>) -> Self {
        Self { title: title.into(), ..Self::default() }
    }

    pub fn help(mut self, help: impl Into<Words>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// For the terminals of the shop floor.
    pub fn station(mut self) -> Self {
        self.place = Place::Station;
        self
    }

    /// For a large screen.
    pub fn board(mut self) -> Self {
        self.place = Place::Board;
        self
    }

    /// Where it stands among the module's views of its place: lower first.
    pub fn order(mut self, order: u8) -> Self {
        self.order = order;
        self
    }

    /// Something that people choose above the page, and other views give when they open this one.
    pub fn param(mut self, param: Param) -> Self {
        self.params.push(param);
        self
    }

    /// A scan of this pattern leads here: its `*` fills the parameter.
    pub fn scanned(mut self, pattern: &str, param: &str) -> Self {
        self.scans.push(ScanRoute { pattern: pattern.to_owned(), param: param.to_owned() });
        self
    }

    /// How an operation that was done from here is taken back. Authors use the SDK's `undo::<done, by>()`.
    pub fn undo(mut self, undo: Undo) -> Self {
        self.undos.push(undo);
        self
    }

    /// The input of an operation that says when it was done, for what is sent later. Authors use the SDK's
    /// `late::<operation>(field)`.
    pub fn late(mut self, late: Late) -> Self {
        self.lates.push(late);
        self
    }

    /// A tab; sections that follow stand in it.
    pub fn tab(mut self, title: impl Into<Words>) -> Self {
        self.tabs.push(Tab { title: Some(title.into()), sections: Vec::new() });
        self
    }

    /// A section of the last tab, of a first one when there is none yet.
    pub fn section(mut self, section: Section) -> Self {
        if self.tabs.is_empty() {
            self.tabs.push(Tab::default());
        }
        if let Some(tab) = self.tabs.last_mut() {
            tab.sections.push(section);
        }
        self
    }

    /// Every cell with its place, such as `tab 1, section 2, cell 3`.
    pub fn cells(&self) -> impl Iterator<Item = (String, &Cell)> {
        self.tabs.iter().enumerate().flat_map(|(tab, of)| {
            of.sections.iter().enumerate().flat_map(move |(section, of)| {
                of.cells
                    .iter()
                    .enumerate()
                    .map(move |(cell, of)| (format!("tab {}, section {}, cell {}", tab + 1, section + 1, cell + 1), of))
            })
        })
    }
}

/// A section without a title.
pub fn section() -> Section {
    Section::default()
}

impl Section {
    pub fn titled(mut self, title: impl Into<Words>) -> Self {
        self.title = Some(title.into());
        self
    }

    /// A widget that takes `span` of twelve columns.
    pub fn cell(mut self, span: u8, cell: impl Into<Cell>) -> Self {
        self.cells.push(Cell { span, ..cell.into() });
        self
    }
}

/// What every widget takes besides its own fields.
pub trait Placed: Into<Cell> {
    /// The cell's heading.
    fn titled(self, title: impl Into<Words>) -> Cell {
        Cell { title: Some(title.into()), ..self.into() }
    }

    /// A sentence below the heading.
    fn helped(self, help: impl Into<Words>) -> Cell {
        Cell { help: Some(help.into()), ..self.into() }
    }

    /// What is said when there is nothing to show.
    fn when_empty(self, empty: impl Into<Words>) -> Cell {
        Cell { empty: Some(empty.into()), ..self.into() }
    }

    /// What a host says that does not know this widget.
    fn fallback(self, fallback: impl Into<Words>) -> Cell {
        Cell { fallback: Some(fallback.into()), ..self.into() }
    }

    /// A button of the cell.
    fn action(self, action: Action) -> Cell {
        let mut cell = self.into();
        cell.actions.push(action);
        cell
    }
}
impl<T: Into<Cell>> Placed for T {}

impl<W: Into<Widget>> From<W> for Cell {
    fn from(widget: W) -> Self {
        Self {
            span: GRID,
            title: None,
            help: None,
            empty: None,
            fallback: None,
            widget: widget.into(),
            actions: Vec::new(),
        }
    }
}

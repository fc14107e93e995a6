//! What the console looks like and how it speaks: the only crate with classes, styles, scripts and texts.
//!
//! - `shell` frames every page; `rail` is its list of places; `part` are the components that pages are made of.
//! - `view` are pages that modules describe; `widget` draws their cells, `chart` and `code` the pictures in them.
//! - `station` is what terminals of the shop floor show around the views that are made for them, and its settings.
//! - `form` makes forms from an operation's input type and reads them back; `output` shows what an operation returned;
//!   `wants` says capabilities in a factory's words.
//! - `names` are a module's own words for its operations, fields and so on; `language` speaks zh-CN and en; `zone` shows
//!   times as the plant's clock does.
//! - `live` is the part of a page that is kept fresh; `money` reads and writes yuan.
//! - `asset` are the styles and scripts; `key` the tokens of forms; `gallery` shows everything there is.
//!
//! Knows no server: no requests, no sessions, no runtime, no registry. What a page shows is handed to it.

#![forbid(unsafe_code)]

pub mod asset;
pub mod chart;
pub mod code;
pub mod form;
pub mod gallery;
pub mod key;
pub mod language;
pub mod live;
pub mod money;
pub mod names;
pub mod output;
pub mod part;
pub mod rail;
pub mod shell;
pub mod station;
pub mod view;
pub mod wants;
pub mod widget;
pub mod zone;

//! Tables as spreadsheets write and read them: a file becomes the rows of a command, the pages of a query become a file.
//!
//! - In: [`decode`] bytes to text, [`sheet`] text to lines of cells, [`columns`] headings to fields, `cell` with `number`
//!   and `moment` texts to values; [`import`] puts it together for the runtime.
//! - Out: [`table`] finds the tables of an output, `write` makes lines of them; [`export`] asks page after page.
//! - [`workbook`]: sheets for spreadsheets, of what a page shows.
//! - `parquet`: readings of a signal, with the feature of that name.
//! - [`names`]: how fields are called in files. [`wrong`]: everything that can be wrong with one cell, or with a file.
//!
//! Knows no HTTP: the API and the console both use it.

#![forbid(unsafe_code)]

mod cell;
pub mod columns;
pub mod decode;
pub mod export;
mod guard;
pub mod import;
mod moment;
pub mod names;
mod number;
#[cfg(feature = "parquet")]
pub mod parquet;
pub mod sheet;
pub mod table;
pub mod workbook;
mod write;
pub mod wrong;
mod zone;

#[cfg(test)]
mod tests;

pub use export::Export;
pub use names::{Names, Plain, Worded};
pub use write::File;
pub use wrong::{Unreadable, Wrong};
pub use zone::Zone;

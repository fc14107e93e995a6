//! The web console: pages for providers, the marketplace and factories, rendered here and usable without JavaScript.
//!
//! - [`Console`] is what it needs, [`router`] all its routes in one list.
//! - `pages`: one file per page: its handler, its markup. `shell` frames them, `parts` are their pieces, `wants` says
//!   capabilities in a factory's words.
//! - `form` makes forms from an operation's input type and reads them back; `output` shows what an operation returned.
//! - `session` holds who is signed in, `visitor` proves it to a handler, `guard` refuses forms of other sites.
//! - `names` are a module's own words for its operations, fields and so on; `language` speaks zh-CN and en; `zone` shows
//!   times as the plant's clock does; `live` tells pages to refresh; `tables` says what is wrong with files.
//!
//! Knows no SQL, no sandbox and no word of manufacturing: every label comes from a module or a locale file.

#![forbid(unsafe_code)]

mod asset;
mod cookie;
mod failure;
mod form;
mod guard;
mod language;
mod live;
mod names;
mod output;
mod pages;
mod parts;
mod routes;
mod session;
mod shell;
mod tables;
mod visitor;
mod wants;
mod zone;

#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;

pub use routes::{Console, router};

//! The web console: pages for providers, the marketplace and factories, rendered here and usable without JavaScript.
//!
//! - [`Console`] is what it needs, [`router`] all its routes in one list.
//! - `pages`: one file per page: its handler, and what it puts together from the components of `toolcrib-ui`.
//! - `session` holds who is signed in, `visitor` proves it to a handler, `guard` refuses forms of other sites.
//! - `rail` says where each kind of person can go; `language` which language they are spoken to in; `live` tells pages
//!   to refresh; `tables` says what is wrong with files; `work` keeps what runs longer than a request; `lapse` tells what a
//!   factory's plans no longer pay for.
//!
//! Knows no SQL, no sandbox and no word of manufacturing, and writes no class: what a page looks like is `toolcrib-ui`.

#![forbid(unsafe_code)]

mod asset;
mod cookie;
mod failure;
mod guard;
mod language;
mod lapse;
mod live;
mod pages;
mod rail;
mod routes;
mod session;
mod standing;
mod tables;
mod terminal;
mod theme;
mod visitor;
mod work;

#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;

pub use routes::{Console, router};

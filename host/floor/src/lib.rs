//! The shop floor's terminals and the people who work at them without an account, kept with the tenant's own data: a plant
//! goes on when its registry is away.
//!
//! - [`Floor`] is the handle. A terminal is paired once with a code ([`pairing`](Code)) and then stays a terminal; of its
//!   secret only the hash is kept. What has no keys, such as a big screen, shows a code itself (`screen`).
//! - People sign in at a terminal with a badge or with code and PIN (`sign_in`), for as long as they use it (`shift`).
//! - What a tablet's camera saw of a job card is read here ([`PhotoError`]).
//! - `operator` and `terminal` hold the rules of what is kept, `paste` reads lists of people, `secret` hashes.
//!
//! Knows no HTTP and no word of manufacturing: what people do at a terminal is the modules' affair.

#![forbid(unsafe_code)]

mod board;
mod codes;
#[cfg(test)]
mod fixture;
mod operator;
mod pairing;
mod paste;
mod photo;
mod screen;
mod secret;
mod shift;
mod sign_in;
mod terminal;
#[cfg(test)]
mod tests;

pub use board::Floor;
pub use operator::{Operator, OperatorDraft, ROLES};
pub use pairing::{Code, Showing};
pub use paste::paste;
pub use photo::{PHOTO_BYTES, PHOTO_SIDE, PHOTOS, PhotoError};
pub use screen::nothing_shown;
pub use sign_in::Proof;
pub use terminal::{AtTerminal, Terminal, TerminalDraft};

/// Terminals of a tenant.
pub const TERMINALS: usize = 200;
/// Places and machines that one terminal stands for.
pub const PLACES: usize = 20;
/// Operators of a tenant, those who left included.
pub const OPERATORS: usize = 2_000;
/// Lines of one pasted list of people.
pub const PASTE_LINES: usize = 200;
/// A pairing code is good for so long, once.
pub const PAIRING_MINUTES: i64 = 10;
/// Pairing codes that wait at once, all tenants of the host together, or of all hosts on a database; one more pushes out the
/// oldest.
pub const PAIRING_CODES: usize = 1_000;
/// Devices that show a code at once, of the host or of all hosts on a database; one more pushes out the oldest.
pub const SCREEN_CODES: usize = 200;
/// Wrong pairing codes in one minute, after which none is taken for the rest of it, at no host on the same database.
pub const PAIRING_TRIES: u32 = 30;
/// Wrong PINs of one person in a row, after which none is taken for [`PIN_LOCK_MINUTES`].
pub const PIN_TRIES: u32 = 5;
/// So long no PIN of a person is taken after [`PIN_TRIES`] wrong ones; a new PIN from an administrator ends it.
pub const PIN_LOCK_MINUTES: i64 = 5;
/// Digits of a PIN.
pub const PIN_DIGITS: std::ops::RangeInclusive<usize> = 4..=8;
/// Somebody who leaves a terminal alone for so long is signed out.
pub const IDLE_MINUTES: i64 = 10;
/// When a terminal was last heard of is written down this often, seconds.
pub const SEEN_EVERY_S: i64 = 60;

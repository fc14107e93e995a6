//! Terminals of the shop floor: what stands around the views that are made for them, signing in, scanning, the code
//! of a big screen, and the pages where an administrator sets them up.

mod bar;
mod done;
mod people;
mod screen;
mod sign_in;
mod terminals;

pub use bar::QUEUED;
pub use bar::bar;
pub use done::{UNDO_S, done, done_pairs, keypad};
pub use people::{OperatorLine, operator, operators};
pub use screen::screen;
pub use sign_in::{pair, scan, sign_in};
pub use terminals::{CodeShown, Floor, TerminalLine, terminal, terminals};

use crate::key::{FormKey, TOKEN};
use maud::{Markup, html};

/// The field that says who works at the terminal, and the one that says when the page was drawn, microseconds.
pub const WHO: &str = "_as";
pub const DRAWN: &str = "_drawn";
/// The field of what the script sends, which keeps what cannot be sent at once: when it was pressed, milliseconds of the
/// host's time as the page knows it. The same at every repetition, so that a repetition is the same request.
pub const PRESSED: &str = "_pressed";

/// A terminal, with whoever works at it.
#[derive(Clone, Debug, Default)]
pub struct Station {
    pub name: String,
    /// The code of the place it stands for now.
    pub place: Option<String>,
    /// All it stands for.
    pub places: Vec<String>,
    pub worker: Option<Worker>,
    /// Paths and titles of what can be opened.
    pub views: Vec<(String, String)>,
    /// When the page was drawn, microseconds.
    pub drawn: i64,
    /// Left alone for so long, the page asks who is there, seconds.
    pub idle_s: i64,
}

/// Somebody who works at a terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Worker {
    pub code: String,
    pub name: String,
}

/// What a form's token is made of: where it is sent, who fills it in, when it was drawn.
pub fn sealed(path: &str, who: &str, drawn: &str) -> String {
    format!("{path}\n{who}\n{drawn}")
}

impl Station {
    /// What proves where a form comes from, and who fills it in.
    pub fn proof(&self, key: &FormKey, path: &str) -> Markup {
        let (who, drawn) = (self.worker.as_ref().map_or("", |worker| &worker.code), self.drawn.to_string());
        html! {
            input type="hidden" name=(TOKEN) value=(key.token(&sealed(path, who, &drawn)));
            input type="hidden" name=(WHO) value=(who);
            input type="hidden" name=(DRAWN) value=(drawn);
        }
    }

    /// HTML with forms to `path`, without what proves when they were drawn.
    pub fn same_each_time(&self, key: &FormKey, path: &str, html: &str) -> String {
        html.replace(&self.proof(key, path).0, "")
    }
}

#[cfg(test)]
mod tests;

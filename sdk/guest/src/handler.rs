//! Operations, events and calls of other modules, as values.
//!
//! Beside every handler function stands a struct of the same name that holds its parameters: `close_stop { stop, reason }`.
//! Timers are set with it, tests run with it.

use crate::context::Made;
use crate::declare::{CallDecl, FieldDecl, HandlerDecl};
use crate::outcome::Outcome;
use crate::record::Crosses;
use toolcrib_contract::{Decode, Encode, Fill};

/// A function marked `#[command]`, `#[query]`, `#[connector]`, `#[on]` or `#[timer]`, seen as the struct of its parameters.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a handler",
    label = "mark the function with #[command], #[query], #[connector], #[on(…)] or #[timer]"
)]
pub trait Handler: Encode + Decode + Fill {
    type Context: Made;
    type Output: Crosses;
    const DECLARATION: HandlerDecl;
    fn run(self, ctx: &mut Self::Context) -> Outcome<Self::Output>;
}

/// A function marked `#[timer]` or `#[connector]`: a timer may start it.
#[diagnostic::on_unimplemented(message = "`{Self}` is not a timer", label = "mark the function with #[timer]")]
pub trait Timer: Handler {}

/// A function marked `#[command]` or `#[query]`: a connector of the same module may run it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a command or query of this module",
    label = "mark the function with #[command] or #[query]"
)]
pub trait Own: Handler {}

/// A function marked `#[query]`: a view may show what it answers.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a query of this module, so a view cannot show what it answers",
    label = "name a function marked #[query] here; what changes something stands behind a button, a form or a counter"
)]
pub trait Asked: Handler {}

/// A function marked `#[command]` or `#[connector]`: a button of a view may run it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a command or connector of this module, so no button can run it",
    label = "name a function marked #[command] or #[connector] here; a query belongs into `source::<…>()` or `fill_in::<…>()`"
)]
pub trait Pressed: Handler {}

/// A function marked `#[command]`, `#[query]` or `#[connector]`: people may fill in its form.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an operation of this module, so it has no form",
    label = "name a function marked #[command], #[query] or #[connector] here"
)]
pub trait Offered: Handler {}

/// A struct marked `#[event]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event",
    label = "mark this struct with #[event] and list it in module! under `events`"
)]
pub trait Event: Crosses {
    const NAME: &'static str;
    const DOC: &'static str;
}

/// An operation of another module, declared with `#[operation_of]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an operation of another module",
    label = "declare it with #[operation_of(module = \"…\", reason(zh = \"…\", en = \"…\"))]"
)]
pub trait Operation: Encode + Decode {
    type Output: Crosses;
    const DECLARATION: CallDecl;
    #[doc(hidden)]
    const FIELDS: &'static [FieldDecl];
}

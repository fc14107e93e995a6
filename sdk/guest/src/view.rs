//! Views: pages of the module that the host draws, written as plain functions.
//!
//! A view is a function `fn board() -> View`, listed in [`module!`](crate::module) under `views`. It names the module's own
//! queries and operations by their types, so what does not exist does not compile; paths into what a query answers are
//! checked when the module is tested (`module()` panics and says what is wrong) and again by `cargo toolcrib check`.
//!
//! ```
//! # mod example {
//! use toolcrib_sdk::prelude::*;
//! use toolcrib_sdk::view::*;
//!
//! #[value]
//! struct Machine { code: Text<64>, state: Text<20>, good: i64, oee: Option<Decimal<6>> }
//!
//! #[value]
//! struct Hall { oee: Option<Decimal<6>>, machines: Vec<Machine> }
//!
//! #[query]
//! fn hall(ctx: &Query) -> Outcome<Hall> {
//!     // …
//! #   let _ = ctx;
//! #   Ok(Hall { oee: None, machines: Vec::new() })
//! }
//!
//! #[command(roles("operator"))]
//! fn call_for_help(ctx: &mut Command, machine: Text<64>) -> Outcome<()> {
//!     // …
//! #   let _ = (ctx, machine);
//! #   Ok(())
//! }
//!
//! fn board() -> View {
//!     let help = action(("呼叫", "Call for help"), run::<call_for_help>().with("machine", row("code")));
//!     let machines = table(
//!         source::<hall>(),
//!         [
//!             column("code").label(("设备", "Machine")),
//!             column("state").state(state("down", ("停机", "Stopped"), Tone::Bad)),
//!             column("good").format(plain().unit(("件", "pcs"))),
//!             column("oee").format(percent(1)),
//!         ],
//!     );
//!     View::new(("车间", "Hall")).section(
//!         section()
//!             .cell(3, kpi(source::<hall>(), "oee").format(percent(1)).tone(when("oee").less("0.6"), Tone::Bad).titled(("OEE", "OEE")))
//!             .cell(9, machines.row_action(help).titled(("设备", "Machines")).when_empty(("还没有设备", "No machines yet"))),
//!     )
//! }
//!
//! module! {
//!     name: "hall",
//!     title: { zh: "车间", en: "Hall" },
//!     summary: { zh: "车间", en: "Hall" },
//!     handlers: [hall, call_for_help],
//!     views: [board],
//! }
//! # pub fn views_are_checked() { assert_eq!(module().manifest().views[0].name, "board"); }
//! # }
//! # example::views_are_checked();
//! ```
//!
//! What fits into a cell: [`kpi`], [`gauge`], [`progress`]; [`timeseries`], [`bar`] (also Pareto), [`state_timeline`],
//! [`control_chart`], [`gantt`]; [`table`], [`detail`], [`kanban`], [`andon`], [`feed`], [`tree`], [`steps`], [`print_card`];
//! [`form`], [`counter`], [`scan()`]; [`image`], [`attachments`]; [`heading`], [`alert`], [`prose`]. Every text is Chinese
//! first, English second. A source that costs much, or need not be fresh, says so by [`Source::refresh`].
//!
//! People read names, not codes: see below how a row answers a name beside its code. Where the list is short, a column
//! may say where its names stand instead: `column("equipment").named(pick(source::<machines>(), "code", "name"))`
//! ([`Column::named`]). A text called `unit` that says `pcs` is read as 件 or pcs. A button that needs something that may be
//! absent says so by [`Action::shown_if`], which looks into the cell's answer.
//!
//! What many columns and cells have in common is said once: [`columns`] of fields under their own names, [`states`] from a
//! table of words, [`from_row`] for buttons that hand over fields of the row, [`Whole::whole`] for a section of one cell.
//!
//! Arguments are filled with [`constant`], [`param`], [`row`], [`me`], [`now`], [`ago`], [`today`] or [`days_ago`]. On the
//! terminals of the shop floor [`place`] is what the terminal stands for. A view's [`Param`] has the type of what it fills,
//! shows as a field above the page, and is how one view opens another.
//!
//! # What a query keeps twice
//!
//! Three things of a query's answer are one column each, without anything said in the view:
//!
//! - **A text in both languages.** A structure with the texts `zh` and `en` and nothing else, as [`Said`](crate::said::Said)
//!   is one, is shown in the reader's language; where that text is empty, in the other. So it is in every widget, in workbooks
//!   and on the pages that views are generated for; searching and sorting go by what the reader sees. `column("reason")`
//!   names the structure, not one of its texts.
//! - **The English beside the Chinese.** Where a structure has the texts (or lists of texts) `title` and `title_en`, or `zh`
//!   and `en` among others, `column("title")` shows an English reader the second. A view that has a column for `title_en`,
//!   too, shows both as they are.
//! - **A name beside a code.** Where the text `person_name`, or a [`Said`](crate::said::Said), stands beside the text `person`,
//!   `column("person")` shows the name, and at a desk the code small behind it; boards and terminals have no room for both.
//!   Searching finds either, and a workbook has both. Where the name is empty or the same as the code, and where the view
//!   has a column for `person_name`, the code stands alone. Columns with states, and fields that are no text, such as an
//!   id, are shown as they are.
//!
//! A query that answers codes of another module therefore looks the names up once and answers both:
//!
//! ```
//! # mod example {
//! # use toolcrib_sdk::prelude::*;
//! # use toolcrib_sdk::view::*;
//! #[value]
//! struct Job { person: Text<64>, person_name: Text<100>, reason: Option<Said> }
//!
//! #[query]
//! fn jobs(ctx: &Query) -> Outcome<Vec<Job>> {
//!     // …
//! #   let _ = ctx;
//! #   Ok(Vec::new())
//! }
//!
//! fn board() -> View {
//!     let columns = [column("person").label(("人员", "Person")), column("reason").label(("原因", "Reason"))];
//!     let table = table(source::<jobs>(), columns);
//!     View::new(("任务", "Jobs")).section(section().cell(12, table.titled(("任务", "Jobs"))))
//! }
//! # module! {
//! #     name: "jobs",
//! #     title: { zh: "任务", en: "Jobs" },
//! #     summary: { zh: "任务", en: "Jobs" },
//! #     handlers: [jobs],
//! #     views: [board],
//! # }
//! # pub fn views_are_checked() { assert_eq!(module().manifest().views[0].name, "board"); }
//! # }
//! # example::views_are_checked();
//! ```

use crate::handler::{Asked, Offered, Pressed};

pub use toolcrib_contract::view::{
    Action, Better, Cell, Column, Condition, Does, Format, Param, Placed, Refresh, Section, Source, State, Tone, View,
    Widget, action, ago, alert, amount, andon, attachments, bar, code128, column, constant, control_chart, days,
    days_ago, detail, feed, gantt, gauge, heading, heading_piece, hours, image, kanban, kpi, lane, limit, me,
    microseconds, milliseconds, minutes, money, now, param, percent, pick, place, plain, print_card, progress, prose,
    qr, row, scan, seconds, section, series, state, state_timeline, steps, table, text_piece, timeseries, today, tree,
    when,
};

/// A value of a column, its name and its tone, as [`states`] takes them.
pub type StateWords = (&'static str, (&'static str, &'static str), Tone);

/// Columns called what the module calls the fields.
pub fn columns(fields: &[&str]) -> Vec<Column> {
    fields.iter().map(|field| column(field)).collect()
}

/// A column whose values have names and tones: `states("state", &[("down", ("停机", "Stopped"), Tone::Bad)])`.
pub fn states(field: &str, values: &[StateWords]) -> Column {
    let mut column = column(field);
    for (value, words, tone) in values {
        column = column.state(state(value, *words, *tone));
    }
    column
}

/// Hands fields of the row over under their own names: `from_row(run::<remove_rate>(), &["material", "valid_from"])`.
pub fn from_row(mut does: Does, fields: &[&str]) -> Does {
    for field in fields {
        does = does.with(field, row(field));
    }
    does
}

/// Views of cells that take all of their width.
pub trait Whole {
    /// A section of this cell alone.
    #[must_use]
    fn whole(self, cell: impl Into<Cell>) -> Self;
}

impl Whole for View {
    fn whole(self, cell: impl Into<Cell>) -> Self {
        self.section(section().cell(toolcrib_contract::view::GRID, cell))
    }
}

/// What a query answers.
pub fn source<Q: Asked>() -> Source {
    Source::of(Q::DECLARATION.name)
}

/// A button that runs a command or connector at once; its required inputs are given by [`Does::with`].
pub fn run<O: Pressed>() -> Does {
    does_run(O::DECLARATION.name)
}

/// Not generic, so that a module holds it once and not once an operation.
#[inline(never)]
fn does_run(operation: &str) -> Does {
    Does::Run { operation: operation.to_owned(), arguments: Vec::new() }
}

/// A button that opens an operation's form; [`Does::with`] fills inputs in.
pub fn fill_in<O: Offered>() -> Does {
    does_form(O::DECLARATION.name)
}

#[inline(never)]
fn does_form(operation: &str) -> Does {
    Does::Form { operation: operation.to_owned(), arguments: Vec::new() }
}

/// A button that opens another view of the module; [`Does::with`] gives its parameters.
pub fn open(view: &str) -> Does {
    Does::open(view)
}

/// A button that prints the page.
pub fn print() -> Does {
    Does::Print
}

/// A button that saves the cell's rows as CSV.
pub fn export() -> Does {
    Does::Export
}

/// How what a command did is taken back, by another command; [`toolcrib_contract::view::Undo::with`] fills its inputs,
/// where [`row`] is a field of what the first answered.
pub fn undo<O: Pressed, B: Pressed>() -> toolcrib_contract::view::Undo {
    let (operation, by) = (O::DECLARATION.name.to_owned(), B::DECLARATION.name.to_owned());
    toolcrib_contract::view::Undo { operation, by, arguments: Vec::new() }
}

/// The input of a command that says when it was done, for what is sent later.
pub fn late<O: Pressed>(field: &str) -> toolcrib_contract::view::Late {
    toolcrib_contract::view::Late { operation: O::DECLARATION.name.to_owned(), field: field.to_owned() }
}

/// An operation's form, as a widget.
pub fn form<O: Offered>() -> toolcrib_contract::view::Form {
    toolcrib_contract::view::form(O::DECLARATION.name)
}

/// Large buttons that run a command with a number; `field` is the input that takes it.
pub fn counter<O: Pressed>(field: &str, steps: impl IntoIterator<Item = i64>) -> toolcrib_contract::view::Counter {
    toolcrib_contract::view::counter(O::DECLARATION.name, field, steps)
}

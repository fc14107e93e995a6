//! The attributes of `toolcrib-sdk`: they turn plain structs and functions into records and handlers, and say in the
//! compiler's own voice what to change when something cannot work. `tests/wording.rs` pins that wording.

mod arguments;
mod fields;
mod handler;
mod module;
mod names;
mod operation;
mod record;
mod source;
mod value;

use proc_macro::TokenStream;

fn expand(result: syn::Result<proc_macro2::TokenStream>) -> TokenStream {
    result.unwrap_or_else(|error| error.to_compile_error()).into()
}

/// A record of this module: typed columns in the tenant's database.
///
/// `#[record(shared, index(equipment, started_at), unique(code), name = "stop")]`; all parts are optional. Gives
/// `Stop::by_id()`, `Stop::by_equipment_started_at()` and `Stop::by_code()`. The fields of the first `unique(…)` are the key
/// by which `ctx.put(stop)` knows the row. With `from(Struct)` it is made from another struct, as values are.
///
/// A record may also be a parameter or output, as its fields without the head of a row: lists of master data come in and
/// go out that way.
#[proc_macro_attribute]
pub fn record(args: TokenStream, item: TokenStream) -> TokenStream {
    expand(record::own(args.into(), item.into()))
}

/// Another module's shared record, with only the fields this module reads; consent names them.
///
/// `#[shared_record(module = "plant", index(code), reason(zh = "…", en = "…"), name = "equipment")]`. Each index must
/// be a prefix of one of the owner's.
#[proc_macro_attribute]
pub fn shared_record(args: TokenStream, item: TokenStream) -> TokenStream {
    expand(record::shared(args.into(), item.into()))
}

/// A struct, or an enum without data, that may cross the boundary as a parameter or output. Enums may be columns too.
///
/// What several structs and operations have in common is written once, and embedded: `#[embed] made: Output` as a field
/// of a value, event or record, or as a parameter of a handler, stands for the fields of `Output`, in their order, under
/// their own names; to callers and in the database nothing shows that they were written elsewhere. A record embeds what
/// is marked `#[value(columns)]`.
///
/// What says a part of another struct, or the same in another shape, is made from it: `#[value(from(Line))] struct PayRow`
/// gives `PayRow::from(line)`, which takes every field from the one of the same name: as it is, as `Some` of it, or as a
/// `Ref` to the row of an `Id`. `#[from(source)] report` takes it from another one; `#[own] name` takes it from none and
/// leaves it blank, to be given: `PayRow { name, ..PayRow::from(line) }`. Events and records take `from(…)` as well.
#[proc_macro_attribute]
pub fn value(args: TokenStream, item: TokenStream) -> TokenStream {
    expand(value::value(args.into(), item.into()))
}

/// A fact that other modules may subscribe to: `ctx.emit(StopClosed { … })`.
#[proc_macro_attribute]
pub fn event(args: TokenStream, item: TokenStream) -> TokenStream {
    expand(value::event(args.into(), item.into()))
}

/// An operation that writes: `#[command] fn close_stop(ctx: &mut Command, stop: Id<Stop>) -> Outcome<()>`.
/// `#[command(roles("admin", "supervisor"))]` restricts who may call it. The role `"module"` is that of other modules whose
/// event handlers and timers call it (with `#[operation_of]`), where no person stands behind the call.
#[proc_macro_attribute]
pub fn command(args: TokenStream, item: TokenStream) -> TokenStream {
    expand(handler::expand(handler::Attribute::Command, args.into(), item.into()))
}

/// An operation that reads: `#[query] fn open_stops(ctx: &Query) -> Outcome<Vec<Row<Stop>>>`.
#[proc_macro_attribute]
pub fn query(args: TokenStream, item: TokenStream) -> TokenStream {
    expand(handler::expand(handler::Attribute::Query, args.into(), item.into()))
}

/// An operation that asks the outside: `#[connector] fn pull_orders(ctx: &mut Connector) -> Outcome<i64>`. It has no
/// transaction: `ctx.fetch(…)` asks a host that `module!` lists as `outbound`, `ctx.run(store_orders { … })` runs a
/// command or query of this module in a transaction of its own. A timer may start it: `ctx.set_timer(pull_orders {},
/// "erp", due)`; then it is tried again with a pause while the outside does not answer.
/// `#[connector(roles("admin"))]` restricts who may call it.
#[proc_macro_attribute]
pub fn connector(args: TokenStream, item: TokenStream) -> TokenStream {
    expand(handler::expand(handler::Attribute::Connector, args.into(), item.into()))
}

/// Runs when something happened: `#[on(signal = "state")]` (takes a `StateChange`), `#[on(window = "good")]` (takes a
/// `Window`), `#[on(event = "plant/shift_planned")]` or `#[on(event = "own_event")]` (takes the event's body).
///
/// `#[on(signal = "temperature", above = 80, back = 75, for_s = 30)]` takes a `Crossing`: when the number has been above 80
/// for 30 seconds, and when it is back at 75 or below. `below = 2, back = 2.5` is the other side; without `back` it is back
/// at the limit itself, without `for_s` beyond at once. `#[on(signal = "temperature", silent_s = 60)]` takes a `Silence`:
/// when nothing was heard for 60 seconds, and when it is heard again.
#[proc_macro_attribute]
pub fn on(args: TokenStream, item: TokenStream) -> TokenStream {
    expand(handler::expand(handler::Attribute::On, args.into(), item.into()))
}

/// Runs when a timer is due, which the module set before: `ctx.set_timer(remind { stop }, "key", due)`.
#[proc_macro_attribute]
pub fn timer(args: TokenStream, item: TokenStream) -> TokenStream {
    expand(handler::expand(handler::Attribute::Timer, args.into(), item.into()))
}

/// An operation of another module that this one calls: `ctx.call(reserve { lot, quantity })?`.
///
/// `#[operation_of(module = "stock", reason(zh = "…", en = "…"))] fn reserve(lot: Text<20>, quantity: Decimal<3>);`
/// The return type is the operation's output itself, not an `Outcome`.
#[proc_macro_attribute]
pub fn operation_of(args: TokenStream, item: TokenStream) -> TokenStream {
    expand(operation::expand(args.into(), item.into()))
}

/// Declares the module, once, at the end of `lib.rs`. The version is the one of Cargo.toml.
///
/// ```text
/// module! {
///     name: "oee",
///     title: { zh: "…", en: "…" },
///     summary: { zh: "…", en: "…" },
///     records: [Stop], reads: [Equipment], events: [StopClosed], calls: [reserve],
///     handlers: [close_stop, figures::{oee, shift_oee}, state_changed],
///     requests: [readings("good") { zh: "…", en: "…" }, outbound("erp.example.com") { zh: "…", en: "…", optional }],
///     views: [board, stops],
/// }
/// ```
#[proc_macro]
pub fn module(input: TokenStream) -> TokenStream {
    expand(module::expand(input.into()))
}

//! Andon: somebody, or another module, calls for help; who takes it acknowledges, who helped closes, and a call that nobody
//! takes rises.

use crate::settings::{self, SettingName};
use toolcrib_sdk::prelude::*;

/// A call for help.
#[record(index(closed_at, raised_at), index(source, kind, closed_at))]
pub struct Call {
    pub equipment: Option<Text<64>>,
    /// What is needed: material, quality, maintenance, …
    pub kind: Text<40>,
    pub note: Text<200>,
    /// Who or what called: of one source and kind at most one call is open.
    pub source: Text<64>,
    /// From 1 on; higher, the longer nobody takes it.
    pub level: i64,
    pub raised_at: Instant,
    pub raised_by: Text<80>,
    pub acknowledged_at: Option<Instant>,
    pub acknowledged_by: Option<Text<80>>,
    pub closed_at: Option<Instant>,
    pub closed_by: Option<Text<80>>,
}

macro_rules! call_events {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[event]
        pub struct $name {
            pub call: Text<64>,
            pub equipment: Option<Text<64>>,
            pub kind: Text<40>,
            pub note: Text<200>,
            pub at: Instant,
        }
    )*};
}
call_events!(
    /// Somebody or something calls for help.
    CallRaised,
    /// Somebody takes a call.
    CallAcknowledged,
    /// Nobody took a call in time.
    CallEscalated,
    /// A call is over.
    CallClosed,
);

/// The event of one kind about a call.
macro_rules! tell {
    ($ctx:expr, $event:ident, $id:expr, $call:expr) => {{
        let (call, at) = (Text::new($id.to_string())?, $ctx.now());
        let Call { equipment, kind, note, .. } = $call.clone();
        $ctx.emit($event { call, equipment, kind, note, at })
    }};
}

/// Calls for help, at a machine or without one. While a call of the same source and kind is open, nothing is added.
/// Without a source it is the machine, or else who calls.
#[command(roles("owner", "admin", "supervisor", "operator", "module"))]
pub fn raise_call(
    ctx: &mut Command,
    equipment: Option<Text<64>>,
    kind: Text<40>,
    note: Text<200>,
    source: Text<64>,
) -> Outcome<()> {
    reject_if(kind.is_blank(), "kind-empty", "Say what is needed, for example material or quality").field("kind")?;
    let raised_by: Text<80> = Text::new(ctx.actor())?;
    let source = match &equipment {
        _ if !source.is_blank() => source,
        Some(equipment) => equipment.clone(),
        None => Text::new(raised_by.as_str().chars().take(64).collect::<String>())?,
    };
    if ctx.first(Call::by_source_kind_closed_at().eq(&source).eq(&kind).eq(None::<Instant>))?.is_some() {
        return Ok(());
    }
    let raised_at = ctx.now();
    let call = Call { equipment, kind, note, source, level: 1, raised_at, raised_by, ..Call::blank() };
    let id = ctx.insert(call.clone())?;
    tell!(ctx, CallRaised, id, call)?;
    rise_later(ctx, id, call.level)
}

fn rise_later(ctx: &mut Command, call: Id<Call>, level: i64) -> Outcome<()> {
    let setting = match level {
        1 => SettingName::Escalate1Minutes,
        2 => SettingName::Escalate2Minutes,
        3 => SettingName::Escalate3Minutes,
        _ => return Ok(()),
    };
    let minutes = settings::value(ctx, setting)?;
    if minutes == 0 {
        return Ok(());
    }
    ctx.set_timer(escalate { call }, &call.to_string(), ctx.now().plus_us(minutes * 60_000_000))
}

/// A call rises when nobody took it in time.
#[timer]
pub fn escalate(ctx: &mut Command, call: Id<Call>) -> Outcome<()> {
    let Some(mut row) = ctx.find(call)? else { return Ok(()) };
    if row.acknowledged_at.is_some() || row.closed_at.is_some() {
        return Ok(());
    }
    row.level += 1;
    ctx.update(&mut row)?;
    tell!(ctx, CallEscalated, call, row.value)?;
    rise_later(ctx, call, row.level)
}

/// Takes a call: it no longer rises. Taking it again changes nothing.
#[command(roles("owner", "admin", "supervisor", "operator"))]
pub fn acknowledge_call(ctx: &mut Command, call: Id<Call>) -> Outcome<()> {
    let mut row = open(ctx, call)?;
    if row.acknowledged_at.is_some() {
        return Ok(());
    }
    row.acknowledged_at = Some(ctx.now());
    row.acknowledged_by = Some(Text::new(ctx.actor())?);
    ctx.update(&mut row)?;
    ctx.cancel_timer::<escalate>(&call.to_string())?;
    tell!(ctx, CallAcknowledged, call, row.value)
}

/// Ends a call, whether somebody took it before or not.
#[command(roles("owner", "admin", "supervisor", "operator"))]
pub fn close_call(ctx: &mut Command, call: Id<Call>) -> Outcome<()> {
    let mut row = open(ctx, call)?;
    row.closed_at = Some(ctx.now());
    row.closed_by = Some(Text::new(ctx.actor())?);
    ctx.update(&mut row)?;
    ctx.cancel_timer::<escalate>(&call.to_string())?;
    tell!(ctx, CallClosed, call, row.value)
}

fn open(ctx: &Command, call: Id<Call>) -> Outcome<Row<Call>> {
    let row = ctx.get(call)?;
    reject_if(row.closed_at.is_some(), "call-closed", "This call is over: raise a new one").field("call")?;
    Ok(row)
}

/// Open calls, the oldest first: what an andon board shows.
#[query]
pub fn open_calls(ctx: &Query, after: Option<Cursor>) -> Outcome<Page<Call>> {
    ctx.page(Call::by_closed_at_raised_at().eq(None::<Instant>).limit(100).after(after))
}

/// All calls, the newest first, a page at a time.
#[query]
pub fn calls(ctx: &Query, after: Option<Cursor>) -> Outcome<Page<Call>> {
    ctx.page(Call::by_id().descending().limit(50).after(after))
}

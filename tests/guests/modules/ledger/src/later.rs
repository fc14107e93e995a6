//! What happens after the commit: own events, timers, effects. Each leaves a trace that `seen` reads.

use toolcrib_sdk::prelude::*;

/// A trace of something that ran.
#[record(index(kind))]
pub struct Seen {
    pub kind: Text<40>,
    pub text: Text<200>,
    pub at: Instant,
    pub random: i64,
}

/// How a handler fails.
#[value]
pub enum How {
    Retry,
    Reject,
    Trap,
}

/// Something was ordered; its handler fails until then.
#[event]
pub struct Ordered {
    pub text: Text<200>,
    pub how: How,
    pub fails_until: Instant,
}

fn trace(ctx: &mut Command, kind: &str, text: Text<200>) -> Outcome<Id<Seen>> {
    let (at, random) = (ctx.now(), ctx.random() as i64);
    ctx.insert(Seen { kind: Text::new(kind)?, text, at, random })
}

fn stop(how: How) -> Outcome<()> {
    match how {
        How::Retry => Err(retry("not yet")),
        How::Reject => Err(reject("refused", "Never")),
        How::Trap => panic!("as asked"),
    }
}

/// Emits an event whose handler fails that way until that time.
#[command]
pub fn order(ctx: &mut Command, text: Text<200>, how: How, fails_until: Instant) -> Outcome<()> {
    ctx.emit(Ordered { text, how, fails_until })
}

/// Traces an order, once its time has come.
#[on(event = "ordered")]
pub fn ordered(ctx: &mut Command, event: Ordered) -> Outcome<()> {
    trace(ctx, "ordered", event.text)?;
    if ctx.now() < event.fails_until { stop(event.how) } else { Ok(()) }
}

/// Sets a timer.
#[command]
pub fn remind(ctx: &mut Command, key: Text<40>, text: Text<200>, due: Instant, fails_until: Instant) -> Outcome<()> {
    ctx.set_timer(reminded { text, fails_until }, key.as_str(), due)
}

/// Cancels a timer; whether one was pending.
#[command]
pub fn forget(ctx: &mut Command, key: Text<40>) -> Outcome<bool> {
    ctx.cancel_timer::<reminded>(key.as_str())
}

/// Traces a timer, once its time has come.
#[timer]
pub fn reminded(ctx: &mut Command, text: Text<200>, fails_until: Instant) -> Outcome<()> {
    trace(ctx, "reminded", text)?;
    if ctx.now() < fails_until { stop(How::Retry) } else { Ok(()) }
}

/// Sends a webhook; returns the id that its receiver sees.
#[command]
pub fn notify(ctx: &mut Command, target: Text<200>, body: Text<200>) -> Outcome<Text<40>> {
    let id = ctx.send("webhook", target.as_str(), body.as_str().as_bytes())?;
    Ok(Text::new(id.to_string())?)
}

/// Uses everything that time and chance decide.
#[command]
pub fn roll(ctx: &mut Command, text: Text<200>) -> Outcome<Vec<Id<Seen>>> {
    (0..3).map(|_| trace(ctx, "rolled", text.clone())).collect()
}

/// Writes a row, an event, a timer and an effect, and then stops that way. Nothing happens when no way is given.
#[command]
pub fn fail(ctx: &mut Command, how: Option<How>) -> Outcome<()> {
    let Some(how) = how else { return Ok(()) };
    let (text, now) = (Text::new("left over")?, ctx.now());
    trace(ctx, "failed", text.clone())?;
    ctx.emit(Ordered { text: text.clone(), how, fails_until: now })?;
    ctx.set_timer(reminded { text, fails_until: now }, "failed", now)?;
    ctx.send("webhook", "https://hooks.example.com/failed", b"{}")?;
    stop(how)
}

/// What left a trace of this kind, in order.
#[query]
pub fn seen(ctx: &Query, kind: Text<40>) -> Outcome<Vec<Row<Seen>>> {
    ctx.all(Seen::by_kind().eq(&kind))
}

//! Stops half-way, or never comes to an end.

use crate::{Junk, Noise};
use toolcrib_sdk::prelude::*;

/// Goes down until there is no stack left.
#[command]
pub fn recurse(ctx: &mut Command, number: i64) -> Outcome<i64> {
    ctx.insert(Junk { number, text: Text::new("must not stay")? })?;
    Ok(down(number))
}

#[inline(never)]
fn down(number: i64) -> i64 {
    let frame = core::hint::black_box([number; 64]);
    if frame[0] == i64::MIN { 0 } else { down(number + 1) + frame[1] }
}

/// A row, an event, a timer, an effect, and then a trap.
#[command]
pub fn trap_mid_write(ctx: &mut Command) -> Outcome<()> {
    let (text, now) = (Text::new("must not stay")?, ctx.now());
    ctx.insert(Junk { number: -1, text: text.clone() })?;
    ctx.emit(Noise { number: -1, text })?;
    ctx.set_timer(crate::woken { number: -1 }, "never", now)?;
    ctx.send("webhook", "https://hooks.example.com/never", b"{}")?;
    #[cfg(target_family = "wasm")]
    core::arch::wasm32::unreachable();
    #[cfg(not(target_family = "wasm"))]
    Err(reject("trapped", "As a component this traps"))
}

#[command]
pub fn panic_with_message(ctx: &mut Command, message: Text<200>) -> Outcome<()> {
    ctx.insert(Junk { number: -1, text: Text::new("must not stay")? })?;
    panic!("{}", message.as_str());
}

/// Its own event, which its handler answers with two more.
#[event]
pub struct Echoed {
    pub generation: i64,
}

/// Starts an avalanche.
#[command]
pub fn echo(ctx: &mut Command) -> Outcome<()> {
    ctx.emit(Echoed { generation: 0 })
}

#[on(event = "echoed")]
pub fn echoed(ctx: &mut Command, event: Echoed) -> Outcome<()> {
    ctx.emit(Echoed { generation: event.generation + 1 })?;
    ctx.emit(Echoed { generation: event.generation + 1 })
}

/// Its own event, which its handler answers with one more.
#[event]
pub struct Chained {
    pub link: i64,
}

/// Starts a chain without end.
#[command]
pub fn chain(ctx: &mut Command) -> Outcome<()> {
    ctx.emit(Chained { link: 1 })
}

#[on(event = "chained")]
pub fn chained(ctx: &mut Command, event: Chained) -> Outcome<()> {
    ctx.emit(Chained { link: event.link + 1 })
}

/// Operations that this module calls.
pub mod calls {
    use toolcrib_sdk::prelude::*;

    /// Calls this module back.
    #[operation_of(module = "mirror", reason(zh = "回弹", en = "To bounce"))]
    pub fn bounce(left: i64) -> i64;

    /// This very module.
    #[operation_of(module = "hostile", reason(zh = "自我调用", en = "To call itself"))]
    pub fn call_itself(left: i64) -> i64;
}

/// Calls `mirror`, which calls this module back, `left` times in all. Returns how many ran.
#[command]
pub fn bounce(ctx: &mut Command, left: i64) -> Outcome<i64> {
    ctx.insert(Junk { number: left, text: Text::new("bounced")? })?;
    if left <= 0 { Ok(1) } else { Ok(1 + ctx.call(calls::bounce { left: left - 1 })?) }
}

/// As [`bounce`], for `mirror`.
#[command]
pub fn back(ctx: &mut Command, left: i64) -> Outcome<i64> {
    bounce(ctx, left)
}

/// Calls itself `left` times. Returns how many ran.
#[command]
pub fn call_itself(ctx: &mut Command, left: i64) -> Outcome<i64> {
    if left <= 0 { Ok(1) } else { Ok(1 + ctx.call(calls::call_itself { left: left - 1 })?) }
}

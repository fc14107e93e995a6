//! Takes more than its share.

use crate::{Junk, Noise, raw};
use toolcrib_sdk::prelude::*;

/// Writes a row, so that there is something to roll back.
fn soil(ctx: &mut Command) -> Outcome<()> {
    let junk = ctx.insert(Junk { number: -1, text: Text::new("must not stay")? })?;
    // Asked for, so that it is really written: until then it may wait.
    ctx.get(junk).map(drop)
}

fn filler(chars: usize) -> Outcome<Text<4000>> {
    Ok(Text::new("x".repeat(chars))?)
}

#[command]
pub fn spin(ctx: &mut Command) -> Outcome<()> {
    soil(ctx)?;
    loop {
        core::hint::black_box(());
    }
}

#[query]
pub fn spin_in_query(_ctx: &Query) -> Outcome<()> {
    loop {
        core::hint::black_box(());
    }
}

#[command]
pub fn hoard_memory(ctx: &mut Command) -> Outcome<()> {
    soil(ctx)?;
    let mut hoard: Vec<Vec<u8>> = Vec::new();
    loop {
        hoard.push(core::hint::black_box(vec![1; 1 << 20]));
    }
}

#[command]
pub fn flood_events(ctx: &mut Command) -> Outcome<()> {
    soil(ctx)?;
    for number in 0.. {
        ctx.emit(Noise { number, text: Text::new("noise")? })?;
    }
    Ok(())
}

/// Twenty times the lines that are kept.
#[command]
pub fn flood_logs(ctx: &mut Command) -> Outcome<()> {
    for _ in 0..2_000 {
        ctx.log("noise");
    }
    Ok(())
}

/// One line of a megabyte.
#[command]
pub fn huge_log(ctx: &mut Command) -> Outcome<()> {
    ctx.log(&"é".repeat(1 << 19));
    Ok(())
}

#[command]
pub fn flood_rows(ctx: &mut Command) -> Outcome<()> {
    for number in 0.. {
        let rows: Vec<_> = (0..100).map(|_| Ok(Junk { number, text: Text::new("row")? })).collect::<Outcome<_>>()?;
        ctx.insert_all(&rows)?;
    }
    Ok(())
}

/// Few rows, many bytes.
#[command]
pub fn flood_bytes(ctx: &mut Command) -> Outcome<()> {
    let text = filler(4_000)?;
    for number in 0.. {
        let rows: Vec<_> = (0..200).map(|_| Junk { number, text: text.clone() }).collect();
        ctx.insert_all(&rows)?;
    }
    Ok(())
}

#[command]
pub fn flood_timers(ctx: &mut Command) -> Outcome<()> {
    soil(ctx)?;
    let due = ctx.now();
    for number in 0.. {
        ctx.set_timer(woken { number }, &format!("timer {number}"), due)?;
    }
    Ok(())
}

#[command]
pub fn flood_effects(ctx: &mut Command) -> Outcome<()> {
    soil(ctx)?;
    loop {
        ctx.send("webhook", "https://hooks.example.com/flood", b"{}")?;
    }
}

/// Sets itself again, due at once.
#[timer]
pub fn woken(ctx: &mut Command, number: i64) -> Outcome<()> {
    let due = ctx.now();
    ctx.set_timer(woken { number: number + 1 }, "again", due)
}

/// Starts a timer that sets itself again for ever.
#[command]
pub fn rearm(ctx: &mut Command) -> Outcome<()> {
    let due = ctx.now();
    ctx.set_timer(woken { number: 0 }, "again", due)
}

/// Reads the same rows over and over.
#[command]
pub fn read_storm(ctx: &mut Command) -> Outcome<()> {
    let rows: Vec<_> = (0..500).map(|number| Ok(Junk { number, text: Text::new("row")? })).collect::<Outcome<_>>()?;
    ctx.insert_all(&rows)?;
    loop {
        ctx.page(Junk::by_number())?;
    }
}

#[command]
pub fn host_call_storm(ctx: &mut Command) -> Outcome<()> {
    soil(ctx)?;
    let absent = Id::<Junk>::new(RawId([7; 16]));
    loop {
        ctx.find(absent)?;
    }
}

/// A long row that is refused where the disk is full, and then a short one as if nothing had been.
#[command]
pub fn write_on(ctx: &mut Command) -> Outcome<()> {
    let refused = ctx.insert(Junk { number: -1, text: filler(4_000)? }).is_err();
    ctx.insert(Junk { number: -2, text: Text::new("must not stay")? })?;
    reject_if(refused, "refused", "The long row was refused")
}

/// A row of three megabytes, past the SDK.
#[command]
pub fn huge_row(ctx: &mut Command) -> Outcome<()> {
    soil(ctx)?;
    raw::insert("junk", &vec![0x61; 3 << 20], 1)
}

/// An event of a megabyte, past the SDK.
#[command]
pub fn huge_event(ctx: &mut Command) -> Outcome<()> {
    soil(ctx)?;
    raw::emit("noise", &vec![0x61; 1 << 20])
}

#[command]
pub fn huge_return(ctx: &mut Command) -> Outcome<Vec<Text<4000>>> {
    soil(ctx)?;
    let text = filler(4_000)?;
    Ok(vec![text; 300])
}

/// Refuses at length.
#[command]
pub fn huge_rejection(ctx: &mut Command, kilobytes: i64) -> Outcome<()> {
    soil(ctx)?;
    Err(reject("no", &"x".repeat(kilobytes as usize * 1_000)))
}

//! Notes: one row and one event each.

use toolcrib_sdk::prelude::*;

/// A line with a number.
#[record]
pub struct Note {
    pub text: Text<200>,
    pub amount: i64,
}

/// A note was written.
#[event]
pub struct Noted {
    pub note: Id<Note>,
    pub text: Text<200>,
    pub amount: i64,
}

/// Writes one row, emits one event.
#[command]
pub fn note(ctx: &mut Command, text: Text<200>, amount: i64) -> Outcome<Id<Note>> {
    let note = ctx.insert(Note { text: text.clone(), amount })?;
    ctx.emit(Noted { note, text, amount })?;
    Ok(note)
}

/// Nothing, as cheaply as possible.
#[query]
pub fn empty(_ctx: &Query) -> Outcome<()> {
    Ok(())
}

/// How many notes there are; at most as many as one invocation may read.
#[query]
pub fn count(ctx: &Query) -> Outcome<i64> {
    let (mut count, mut after) = (0, None);
    loop {
        let page = ctx.page(Note::by_id().after(after))?;
        count += page.rows.len() as i64;
        after = page.next;
        if after.is_none() {
            return Ok(count);
        }
    }
}

/// The newest notes, newest first.
#[query]
pub fn recent(ctx: &Query, limit: i64) -> Outcome<Vec<Row<Note>>> {
    Ok(ctx.page(Note::by_id().descending().limit(limit.clamp(1, 500) as u32))?.rows)
}

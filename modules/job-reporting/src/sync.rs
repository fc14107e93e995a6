//! What a terminal tells after a time without network: any number of entries in any order, as often as it likes.
//!
//! Each is applied exactly once, known by its id. Inside a batch starts, pauses and reports come first and corrections
//! after them, each by the time they were told, so that the order in which they are sent does not matter.

use crate::entry::{Entry, EntryKind};
use crate::refused::{cut, is_discarded, take};
use toolcrib_sdk::prelude::*;

/// Entries of one call; a terminal with more calls again.
pub const ENTRIES_MAX: usize = 200;

/// What became of one entry. In every case the terminal may forget it: nothing is lost.
#[value]
pub enum Fate {
    Applied,
    /// It was applied before.
    Known,
    /// Kept until the report that it corrects arrives.
    Waiting,
    /// Kept with the reason, to be put right.
    Refused,
}

/// One entry of a batch.
#[value]
pub struct Synced {
    pub entry: Text<64>,
    pub fate: Fate,
    /// Why it waits or is refused.
    pub code: Option<Text<40>>,
    pub message: Option<Text<400>>,
}

/// Takes a batch of entries; says what became of each, in the order they were sent.
#[command(roles("owner", "admin", "supervisor", "operator"))]
pub fn sync(ctx: &mut Command, entries: Vec<Entry>) -> Outcome<Vec<Synced>> {
    reject_if(entries.len() > ENTRIES_MAX, "too-many-entries", "Send at most 200 entries at once").field("entries")?;
    let late = |entry: &Entry| matches!(entry.kind, EntryKind::Correct | EntryKind::Undo);
    let place = |entry: &Entry| (late(entry), entry.at, entry.entry.clone());
    let mut order: Vec<usize> = Vec::new();
    for (at, entry) in entries.iter().enumerate() {
        let place_of = place(entry);
        order.insert(order.partition_point(|other| place(&entries[*other]) <= place_of), at);
    }
    let mut fates: Vec<Option<Synced>> = entries.iter().map(|_| None).collect();
    for at in order {
        // Whatever is not the entry's own fault ends the batch; the terminal sends it again.
        fates[at] = Some(one(ctx, entries[at].clone()).nth("entries", at)?);
    }
    Ok(fates.into_iter().flatten().collect())
}

fn one(ctx: &mut Command, told: Entry) -> Outcome<Synced> {
    let entry = told.entry.clone();
    reject_if(entry.is_blank(), "entry-needed", "The terminal must give every entry an id").field("entry")?;
    if is_discarded(ctx, &entry)? {
        let message = "Somebody gave this entry up; report anew if that was wrong";
        return synced(entry, Fate::Refused, Some(&reject("discarded", message)));
    }
    match take(ctx, told)? {
        Ok(told) if told.known => synced(entry, Fate::Known, None),
        Ok(_) => synced(entry, Fate::Applied, None),
        Err((true, stopped)) => synced(entry, Fate::Waiting, Some(&stopped)),
        Err((false, stopped)) => synced(entry, Fate::Refused, Some(&stopped)),
    }
}

fn synced(entry: Text<64>, fate: Fate, stopped: Option<&Stopped>) -> Outcome<Synced> {
    let code = stopped.map(|stopped| cut(stopped.code())).transpose()?;
    let message = stopped.map(|stopped| cut(stopped.message())).transpose()?;
    Ok(Synced { entry, fate, code, message })
}

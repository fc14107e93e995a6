//! Entries that could not be taken, kept with the reason until they are applied, put right, or given up. A correction
//! whose report is not here yet waits among them.

use crate::crew::Member;
use crate::entry::{Entry, EntryKind, Output, Told, apply};
use crate::lots::Consumed;
use crate::others::Quantity;
use toolcrib_sdk::prelude::*;

/// Corrections that may wait for one report.
const WAITING_MAX: u32 = 100;

/// What is to become of it.
#[value]
pub enum RefusedState {
    /// Somebody must put it right.
    Refused,
    /// Applied by itself when the report it corrects arrives.
    Waiting,
    /// Somebody gave it up.
    Discarded,
}

/// An entry that could not be taken. Its fields are those of the entry.
#[record(unique(entry), index(waits_for), index(state))]
pub struct RefusedEntry {
    pub entry: Text<64>,
    pub state: RefusedState,
    /// Why it was refused: the code, the sentence, the field.
    pub code: Text<40>,
    pub message: Text<400>,
    pub field: Option<Text<120>>,
    pub waits_for: Option<Text<64>>,
    pub discarded_because: Option<Text<200>>,
    pub kind: EntryKind,
    pub at: Instant,
    #[embed]
    pub output: Output,
    pub corrects: Option<Text<64>>,
}

/// A member of a refused entry's crew, or a lot that went in.
#[record(index(entry))]
pub struct RefusedPart {
    pub entry: Text<64>,
    /// A lot that went in; else a member of the crew.
    pub is_lot: bool,
    /// Of the person or the lot.
    pub code: Text<64>,
    pub quantity: Quantity,
    pub weight: Option<i64>,
    pub seconds: Option<i64>,
}

/// Entries that wait, are refused or were given up, oldest first, a page at a time.
#[query]
pub fn refused_entries(ctx: &Query, state: RefusedState, after: Option<Cursor>) -> Outcome<Page<RefusedEntry>> {
    ctx.page(RefusedEntry::by_state().eq(state).limit(100).after(after))
}

/// One entry that was refused, as its sender told it.
#[query]
pub fn refused_entry(ctx: &Query, entry: Text<64>) -> Outcome<Entry> {
    let row = known(ctx, &entry)?;
    whole(ctx, row.value)
}

/// Tries a refused entry again as it is, after what stood in its way is gone.
#[command(roles("owner", "admin", "supervisor", "operator"))]
pub fn retry_entry(ctx: &mut Command, entry: Text<64>) -> Outcome<Told> {
    let row = known(ctx, &entry)?;
    let entry = whole(ctx, row.value)?;
    fixed(ctx, entry)
}

/// Applies a refused entry with what is right in place of what was wrong; its id stays.
#[command(roles("owner", "admin", "supervisor", "operator"))]
pub fn fix_entry(ctx: &mut Command, entry: Entry) -> Outcome<Told> {
    known(ctx, &entry.entry)?;
    fixed(ctx, entry)
}

fn fixed(ctx: &mut Command, entry: Entry) -> Outcome<Told> {
    let id = entry.entry.clone();
    let told = apply(ctx, entry)?;
    forget(ctx, &id)?;
    Ok(told)
}

/// Gives up a refused entry. It stays, with the reason, and is not applied when it is sent again.
#[command(roles("owner", "admin", "supervisor"))]
pub fn discard_entry(ctx: &mut Command, entry: Text<64>, because: Text<200>) -> Outcome<()> {
    reject_if(because.is_blank(), "reason-needed", "Say why it is given up").field("because")?;
    let mut row = known(ctx, &entry)?;
    (row.state, row.waits_for, row.discarded_because) = (RefusedState::Discarded, None, Some(because));
    ctx.update(&mut row)
}

fn find(ctx: &Query, entry: &Text<64>) -> Outcome<Option<Row<RefusedEntry>>> {
    ctx.first(RefusedEntry::by_entry().eq(entry))
}

fn known(ctx: &Query, entry: &Text<64>) -> Outcome<Row<RefusedEntry>> {
    let unknown = || reject("unknown-entry", "No refused entry has this id; it may be applied already").field("entry");
    find(ctx, entry)?.ok_or_else(unknown)
}

/// Whether somebody gave this entry up.
pub fn is_discarded(ctx: &Command, entry: &Text<64>) -> Outcome<bool> {
    Ok(find(ctx, entry)?.is_some_and(|row| row.state == RefusedState::Discarded))
}

/// Keeps an entry that was refused, in place of what was kept of it before. Whether it waits.
pub fn keep(ctx: &mut Command, entry: &Entry, stopped: &Stopped) -> Outcome<bool> {
    let Some(rejection) = stopped.rejection() else { return Err(stopped.clone()) };
    forget(ctx, &entry.entry)?;
    let waits_for = entry.corrects.clone().filter(|_| rejection.code == "unknown-report");
    let waits = waits_for.is_some();
    let state = if waits { RefusedState::Waiting } else { RefusedState::Refused };
    let (code, message) = (cut(&rejection.code)?, cut(&rejection.message)?);
    let field = rejection.field.as_deref().map(cut).transpose()?;
    let why = RefusedEntry { state, code, message, field, waits_for, ..RefusedEntry::blank() };
    let Entry { entry: id, kind, at, output, corrects, .. } = entry.clone();
    ctx.insert(RefusedEntry { entry: id.clone(), kind, at, output, corrects, ..why })?;
    let part = |is_lot, code: &Text<64>, quantity, weight, seconds| {
        let (entry, code) = (id.clone(), code.clone());
        RefusedPart { entry, is_lot, code, quantity, weight, seconds }
    };
    let crew = entry.crew.iter().map(|of| part(false, &of.person, Decimal(0), of.weight, of.seconds));
    let lots = entry.consumed.iter().map(|of| part(true, &of.lot, of.quantity, None, None));
    ctx.insert_all(&crew.chain(lots).collect::<Vec<_>>())?;
    Ok(waits)
}

/// A text cut to what its column holds.
pub fn cut<const MAX: u32>(text: &str) -> Outcome<Text<MAX>> {
    Ok(Text::new(text.chars().take(MAX as usize).collect::<String>())?)
}

/// The entry as it was told.
fn whole(ctx: &Query, row: RefusedEntry) -> Outcome<Entry> {
    let parts = ctx.all(RefusedPart::by_entry().eq(&row.entry))?;
    let (lots, crew): (Vec<_>, Vec<_>) = parts.into_iter().map(|part| part.value).partition(|part| part.is_lot);
    let member = |RefusedPart { code: person, weight, seconds, .. }| Member { person, weight, seconds };
    let crew = crew.into_iter().map(member).collect();
    let consumed = lots.into_iter().map(|RefusedPart { code: lot, quantity, .. }| Consumed { lot, quantity }).collect();
    let RefusedEntry { entry, kind, at, output, corrects, .. } = row;
    Ok(Entry { entry, kind, at, output, crew, consumed, corrects })
}

/// An entry is applied: nothing of it is refused any more.
pub fn forget(ctx: &mut Command, entry: &Text<64>) -> Outcome<()> {
    let Some(row) = find(ctx, entry)? else { return Ok(()) };
    ctx.delete_all(RefusedPart::by_entry().eq(entry))?;
    ctx.delete(row.id)
}

/// A report is here: applies the corrections that waited for it. Those that are refused now stay.
pub fn arrived(ctx: &mut Command, report: &Text<64>) -> Outcome<()> {
    let waiting = ctx.page(RefusedEntry::by_waits_for().eq(report.clone()).limit(WAITING_MAX))?;
    // Which comes first does not matter: the latest by its own time counts.
    for row in waiting.rows {
        let entry = whole(ctx, row.value)?;
        // Kept again when it is refused: then that is no matter of the report that came.
        drop(take(ctx, entry)?);
    }
    Ok(())
}

/// Applies an entry, or keeps it with the reason why not.
pub fn take(ctx: &mut Command, entry: Entry) -> Outcome<Result<Told, (bool, Stopped)>> {
    match apply(ctx, entry.clone()) {
        Ok(told) => {
            forget(ctx, &entry.entry)?;
            Ok(Ok(told))
        }
        Err(stopped) => Ok(Err((keep(ctx, &entry, &stopped)?, stopped))),
    }
}

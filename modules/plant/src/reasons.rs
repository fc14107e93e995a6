//! Reason codes: why a machine stopped, why a piece was lost or made again, what help is called for, what is wrong.

use crate::defaults::REASONS;
use toolcrib_sdk::prelude::*;

/// A reason, in both languages.
#[record(shared, unique(kind, code))]
pub struct Reason {
    /// `stop`, `scrap`, `rework`, `andon` or `defect`.
    pub kind: Text<16>,
    pub code: Text<40>,
    pub zh: Text<80>,
    pub en: Text<80>,
    pub retired_at: Option<Instant>,
}

const KINDS: [&str; 5] = ["stop", "scrap", "rework", "andon", "defect"];

/// Adds a reason or changes its words; a retired one is in use again.
#[command(roles("owner", "admin", "supervisor"))]
pub fn set_reason(ctx: &mut Command, kind: Text<16>, code: Text<40>, zh: Text<80>, en: Text<80>) -> Outcome<()> {
    put(ctx, Reason { kind, code, zh, en, retired_at: None }).map(drop)
}

/// Takes a reason out of use; where it was given it stays.
#[command(roles("owner", "admin", "supervisor"))]
pub fn retire_reason(ctx: &mut Command, kind: Text<16>, code: Text<40>) -> Outcome<()> {
    let row = ctx.first(Reason::by_kind_code().eq(&kind).eq(&code))?;
    let mut row = row.or_reject("unknown-code", "There is no such reason").field("code")?;
    row.retired_at = row.retired_at.or(Some(ctx.now()));
    ctx.update(&mut row)
}

/// Adds the usual reasons of a workshop that are not there yet; returns how many.
#[command(roles("owner", "admin", "supervisor"))]
pub fn install_reasons(ctx: &mut Command) -> Outcome<i64> {
    let mut added = 0;
    for (kind, code, zh, en) in REASONS {
        let (kind, code) = (Text::new(*kind)?, Text::new(*code)?);
        if ctx.first(Reason::by_kind_code().eq(&kind).eq(&code))?.is_none() {
            ctx.insert(Reason { kind, code, zh: Text::new(*zh)?, en: Text::new(*en)?, retired_at: None })?;
            added += 1;
        }
    }
    Ok(added)
}

/// Adds or changes many, in order; all or none.
#[command(roles("owner", "admin", "supervisor"))]
pub fn import_reasons(ctx: &mut Command, rows: Vec<Reason>) -> Outcome<Imported> {
    ctx.import(rows, put)
}

/// Reasons by kind and code, a page at a time.
#[query]
pub fn reasons(ctx: &Query, kind: Option<Text<16>>, after: Option<Cursor>) -> Outcome<List<Reason>> {
    match kind {
        None => ctx.list(Reason::by_kind_code(), after, |row| Ok(row.value)),
        Some(kind) => ctx.list(Reason::by_kind_code().eq(&kind), after, |row| Ok(row.value)),
    }
}

fn put(ctx: &mut Command, new: Reason) -> Outcome<Put> {
    let Reason { kind, code, zh, en, .. } = &new;
    let message = "A reason is one of: stop, scrap, rework, andon, defect";
    reject_if(!KINDS.contains(&kind.as_str()), "bad-kind", message).field("kind")?;
    if code.as_str().is_empty() || code.as_str().contains(char::is_whitespace) {
        return Err(reject("bad-code", "Give the reason a code without spaces").field("code"));
    }
    let message = "Say the reason in Chinese or English";
    reject_if(zh.is_blank() && en.as_str().trim().is_empty(), "name-empty", message).field("zh")?;
    ctx.put(new)
}

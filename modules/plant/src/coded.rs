//! What all master data has in common: a code that never changes, a name, and retirement instead of deletion.

use toolcrib_sdk::context::Context;
use toolcrib_sdk::prelude::*;
use toolcrib_sdk::record::Record;

/// A code: letters, digits, `-`, `_` and `/`, so that it fits the names of signals. Never changes.
pub type Code = Text<64>;

/// Master data under codes of its own.
pub trait Coded: Record {
    /// As people call it, inside a sentence.
    const WHAT: &'static str;
    fn by_its_code() -> Index<Self, (Code,)>;
    fn code(&self) -> &Code;
    fn name(&self) -> &str;
    fn retired_at(&mut self) -> &mut Option<Instant>;
}

/// What an import did.
#[value]
pub struct Imported {
    pub added: i64,
    /// Rows whose code was known already.
    pub changed: i64,
}

pub fn find<T: Coded, M>(ctx: &Context<M>, code: &Code) -> Outcome<Option<Row<T>>> {
    ctx.first(T::by_its_code().eq(code))
}

/// The row of a code; `field` is where the caller wrote it.
pub fn known<T: Coded, M>(ctx: &Context<M>, code: &Code, field: &str) -> Outcome<Row<T>> {
    let message = || ["There is no ", T::WHAT, " ", code.as_str()].concat();
    find(ctx, code)?.ok_or_else(|| reject("unknown-code", &message()).field(field))
}

/// As [`known`], and still in use.
pub fn in_use<T: Coded, M>(ctx: &Context<M>, code: &Code, field: &str) -> Outcome<Row<T>> {
    let mut row = known::<T, M>(ctx, code, field)?;
    match row.retired_at() {
        None => Ok(row),
        Some(_) => Err(reject("retired", &[T::WHAT, " ", code.as_str(), " is retired"].concat()).field(field)),
    }
}

fn check<T: Coded>(new: &T) -> Outcome<()> {
    let code = new.code().as_str();
    if code.is_empty() || !code.chars().all(|char| char.is_alphanumeric() || matches!(char, '-' | '_' | '/')) {
        return Err(reject("bad-code", "A code is made of letters, digits, - _ and /").field("code"));
    }
    if new.name().trim().is_empty() {
        return Err(reject("name-empty", "Give it a name that people know it by").field("name"));
    }
    Ok(())
}

/// Adds what must not be there yet.
pub fn add<T: Coded>(ctx: &mut Command, new: T) -> Outcome<Id<T>> {
    check(&new)?;
    if find::<T, _>(ctx, new.code())?.is_some() {
        let message = ["There is a ", T::WHAT, " ", new.code().as_str(), " already"].concat();
        return Err(reject("code-taken", &message).field("code"));
    }
    ctx.insert(new)
}

/// Adds it, or changes the row of its code, which thereby is in use again. Whether it was added.
pub fn put<T: Coded>(ctx: &mut Command, new: T) -> Outcome<bool> {
    check(&new)?;
    match find::<T, _>(ctx, new.code())? {
        None => ctx.insert(new).map(|_| true),
        Some(mut row) => {
            row.value = new;
            ctx.update(&mut row)?;
            Ok(false)
        }
    }
}

/// Puts row after row. All of them or, when one is refused, none; the refusal names the row.
pub fn import<N>(ctx: &mut Command, rows: Vec<N>, put: impl Fn(&mut Command, N) -> Outcome<bool>) -> Outcome<Imported> {
    let mut imported = Imported { added: 0, changed: 0 };
    for (at, row) in rows.into_iter().enumerate() {
        match put(ctx, row).map_err(|stopped| stopped.within(&["rows/", &at.to_string()].concat()))? {
            true => imported.added += 1,
            false => imported.changed += 1,
        }
    }
    Ok(imported)
}

/// Takes it out of use; what refers to it stays. Retiring twice changes nothing.
pub fn retire<T: Coded>(ctx: &mut Command, code: &Code) -> Outcome<()> {
    let mut row = known::<T, _>(ctx, code, "code")?;
    if row.retired_at().is_some() {
        return Ok(());
    }
    *row.retired_at() = Some(ctx.now());
    ctx.update(&mut row)
}

/// The `Coded` of a record with the fields `code`, `name` and `retired_at`, and an index over `code`.
macro_rules! coded {
    ($record:ident, $what:literal) => {
        impl $crate::coded::Coded for $record {
            const WHAT: &'static str = $what;
            fn by_its_code() -> Index<Self, ($crate::coded::Code,)> {
                Self::by_code()
            }
            fn code(&self) -> &$crate::coded::Code {
                &self.code
            }
            fn name(&self) -> &str {
                self.name.as_str()
            }
            fn retired_at(&mut self) -> &mut Option<Instant> {
                &mut self.retired_at
            }
        }
    };
}
pub(crate) use coded;

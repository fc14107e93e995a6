//! What all master data has in common: a code that never changes, a name, retirement instead of deletion; and the flat
//! pages and lists in which it leaves and comes in: codes in place of ids, so that what one plant exports another imports.

use toolcrib_sdk::prelude::*;
use toolcrib_sdk::record::Keyed;

/// A code: letters, digits, `-`, `_` and `/`, so that it fits the names of signals. Never changes.
pub type Code = Text<64>;

/// Master data under codes of its own.
pub trait Coded: Keyed {
    /// As people call it, inside a sentence.
    const WHAT: &'static str;
    fn by_its_code() -> Index<Self, (Code,)>;
    fn code(&self) -> &Code;
    fn name(&self) -> &str;
    fn retired_at(&mut self) -> &mut Option<Instant>;
}

pub fn find<T: Coded>(ctx: &Query, code: &Code) -> Outcome<Option<Row<T>>> {
    ctx.first(T::by_its_code().eq(code))
}

/// The row of a code; `field` is where the caller wrote it.
pub fn known<T: Coded>(ctx: &Query, code: &Code, field: &str) -> Outcome<Row<T>> {
    let message = || ["There is no ", T::WHAT, " ", code.as_str(), "; add it first or correct the code"].concat();
    find(ctx, code)?.ok_or_else(|| reject("unknown-code", &message()).field(field))
}

/// As [`known`], and still in use.
pub fn in_use<T: Coded>(ctx: &Query, code: &Code, field: &str) -> Outcome<Row<T>> {
    let mut row = known::<T>(ctx, code, field)?;
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
    reject_if(new.name().trim().is_empty(), "name-empty", "Give it a name that people know it by").field("name")?;
    Ok(())
}

/// Adds what must not be there yet.
pub fn add<T: Coded>(ctx: &mut Command, new: T) -> Outcome<()> {
    if find::<T>(ctx, new.code())?.is_some() {
        let message = ["There is a ", T::WHAT, " ", new.code().as_str(), " already"].concat();
        return Err(reject("code-taken", &message).field("code"));
    }
    put(ctx, new).map(drop)
}

/// Adds it, or makes the row of its code say the same.
pub fn put<T: Coded>(ctx: &mut Command, new: T) -> Outcome<Put> {
    check(&new)?;
    ctx.put(new)
}

/// Takes it out of use; what refers to it stays. Retiring twice changes nothing.
pub fn retire<T: Coded>(ctx: &mut Command, code: &Code) -> Outcome<()> {
    let mut row = known::<T>(ctx, code, "code")?;
    if row.retired_at().is_some() {
        return Ok(());
    }
    *row.retired_at() = Some(ctx.now());
    ctx.update(&mut row)
}

/// Codes of the rows that others refer to, each looked up once.
pub struct Codes<T>(Memo<Ref<T>, Code>);

impl<T: Coded> Codes<T> {
    pub fn new() -> Self {
        Self(Memo::default())
    }

    pub fn of(&mut self, ctx: &Query, row: Ref<T>) -> Outcome<Code> {
        self.0.get(&row, || Ok(ctx.get(row)?.code().clone())).cloned()
    }
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

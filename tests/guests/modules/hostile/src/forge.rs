//! Reaches for what is not its own, past the SDK where the SDK would not allow it.

use crate::{Junk, Noise, raw};
use toolcrib_sdk::contract::Encode;
use toolcrib_sdk::contract::codec::Bytes;
use toolcrib_sdk::contract::select::Select;
use toolcrib_sdk::prelude::*;

/// What to do with an id that came from elsewhere.
#[value]
pub enum Attempt {
    Read,
    Change,
    Delete,
}

/// Uses an id of somebody else's row as if it were its own.
#[command]
pub fn forge_id(ctx: &mut Command, id: Id<Junk>, attempt: Attempt) -> Outcome<bool> {
    match attempt {
        Attempt::Read => Ok(ctx.find(id)?.is_some()),
        Attempt::Change => {
            let value = Junk { number: 666, text: Text::new("forged")? };
            raw::update("junk", &id.raw.0, &value.to_bytes()).map(|()| true)
        }
        Attempt::Delete => ctx.delete(id).map(|()| true),
    }
}

/// Names a record that it did not declare.
#[command]
pub fn forge_record(_ctx: &mut Command, record: Text<200>) -> Outcome<bool> {
    raw::get(record.as_str(), &[7; 16])
}

/// Reads another module's record without having declared it.
#[command]
pub fn forge_shared(_ctx: &mut Command, module: Text<40>, record: Text<200>) -> Outcome<bool> {
    raw::shared_get(module.as_str(), record.as_str(), &[7; 16])
}

/// Emits an event that it did not declare, or with a body of another type.
#[command]
pub fn forge_event(_ctx: &mut Command, event: Text<40>, body: Text<40>) -> Outcome<()> {
    raw::emit(event.as_str(), body.as_str().as_bytes())
}

/// Sets a timer of a handler that is none.
#[command]
pub fn forge_timer(ctx: &mut Command, handler: Text<40>) -> Outcome<()> {
    let now = ctx.now();
    raw::set_timer(handler.as_str(), now.0)
}

/// Walks with a position that no page gave, along an index that does not exist, or for more rows than fit.
#[command]
pub fn forge_cursor(ctx: &mut Command, index: i64, limit: i64, after: Option<Text<100>>) -> Outcome<()> {
    ctx.emit(Noise { number: index, text: Text::new("must not stay")? })?;
    let after = after.map(|after| Bytes(after.as_str().as_bytes().to_vec()));
    let select = Select { index: index as u32, limit: limit as u32, after, ..Select::default() };
    raw::select("junk", &select.to_bytes())
}

/// Inserts from a query.
#[query]
pub fn write_from_query(_ctx: &Query) -> Outcome<()> {
    let value = Junk { number: 666, text: Text::new("forged")? };
    raw::insert("junk", &value.to_bytes(), 1)
}

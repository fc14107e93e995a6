//! What the plant decided once: what happens when an expired lot is used.

use toolcrib_sdk::context::Context;
use toolcrib_sdk::prelude::*;

/// What happens when an expired lot is used.
#[value]
pub enum Expired {
    /// A scan says so, and it may be used.
    Warn,
    Refuse,
}

/// The one row of settings.
#[record]
pub struct Policy {
    pub expired: Expired,
}

/// Sets what happens when an expired lot is used. At first a scan only warns.
#[command(roles("owner", "admin"))]
pub fn set_policy(ctx: &mut Command, expired: Expired) -> Outcome<()> {
    let known = ctx.first(Policy::by_id())?;
    ctx.store(known, Policy { expired }).map(drop)
}

/// What happens when an expired lot is used.
#[query]
pub fn policy(ctx: &Query) -> Outcome<Expired> {
    Ok(if refuses_expired(ctx)? { Expired::Refuse } else { Expired::Warn })
}

pub fn refuses_expired<M>(ctx: &Context<M>) -> Outcome<bool> {
    Ok(ctx.first(Policy::by_id())?.is_some_and(|row| row.expired == Expired::Refuse))
}

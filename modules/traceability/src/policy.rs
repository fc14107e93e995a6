//! What the plant decided once: what happens when an expired lot is used.

use toolcrib_sdk::prelude::*;

/// What happens when an expired lot is used.
#[value]
#[derive(Default)]
pub enum Expired {
    /// A scan says so, and it may be used.
    #[default]
    Warn,
    Refuse,
}

/// The one row of settings.
#[record]
#[derive(Default)]
pub struct Policy {
    pub expired: Expired,
}

/// Sets what happens when an expired lot is used. At first a scan only warns.
#[command(roles("owner", "admin"))]
pub fn set_policy(ctx: &mut Command, expired: Expired) -> Outcome<()> {
    ctx.set(|policy: &mut Policy| policy.expired = expired)
}

/// What happens when an expired lot is used.
#[query]
pub fn policy(ctx: &Query) -> Outcome<Expired> {
    Ok(ctx.settings::<Policy>()?.expired)
}

pub fn refuses_expired(ctx: &Query) -> Outcome<bool> {
    Ok(ctx.settings::<Policy>()?.expired == Expired::Refuse)
}

//! Who tells.

use crate::others::Person;
use toolcrib_sdk::context::Context;
use toolcrib_sdk::prelude::*;

/// The person given; else the operator at the terminal; else the one whose account it is, by plant; else the account
/// itself.
pub fn person<M>(ctx: &Context<M>, given: Option<Text<64>>) -> Outcome<Text<64>> {
    if let Some(given) = given.filter(|given| !given.as_str().trim().is_empty()) {
        return Ok(given);
    }
    if let Some(code) = ctx.actor().strip_prefix("operator:") {
        return Ok(Text::new(code)?);
    }
    let account = ctx.actor().strip_prefix("user:").unwrap_or(ctx.actor());
    let known = match Text::<80>::new(account) {
        Ok(user) => ctx.first(Person::by_user().eq(user)).or_without()?.flatten(),
        Err(_) => None,
    };
    match known {
        Some(person) => Ok(person.value.code),
        None => Text::new(account).map_err(|_| reject("person-needed", "Say who did this").field("person")),
    }
}

/// Who sent it, whoever did it.
pub fn sender(ctx: &Command) -> Option<Text<80>> {
    Text::new(ctx.actor()).ok()
}

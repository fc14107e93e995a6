//! Who tells.

use crate::others::Person;
use toolcrib_sdk::prelude::*;

/// The person given; else the operator at the terminal; else the one whose account it is, by plant; else the account
/// itself. An account that is given is looked up like that of whoever asks.
pub fn person(ctx: &Query, given: Option<Text<64>>) -> Outcome<Text<64>> {
    let given = given.filter(|given| !given.is_blank());
    let who = given.as_ref().map_or(ctx.actor(), |given| given.as_str());
    let account = who.strip_prefix("user:").unwrap_or(who);
    if account == who && (given.is_some() || who.starts_with("operator:")) {
        return Ok(Text::new(who.trim_start_matches("operator:"))?);
    }
    let user = Text::<80>::new(account).ok();
    let known = user.map(|user| ctx.first(Person::by_user().eq(user)).or_without()).transpose()?.flatten().flatten();
    match known {
        Some(person) => Ok(person.value.code),
        None => Text::new(account).map_err(|_| reject("person-needed", "Say who did this").field("person")),
    }
}

/// Who sent it, whoever did it.
pub fn sender(ctx: &Command) -> Option<Text<80>> {
    Text::new(ctx.actor()).ok()
}

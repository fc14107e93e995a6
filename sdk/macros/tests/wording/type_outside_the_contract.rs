//! A parameter of a type that the contract does not have.

use std::collections::HashMap;
use toolcrib_sdk::prelude::*;

#[command]
fn set(ctx: &mut Command, values: HashMap<String, i64>) -> Outcome<()> {
    let _ = (ctx, values);
    Ok(())
}

fn main() {}

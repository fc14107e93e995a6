//! Changing what another module owns.

use toolcrib_sdk::prelude::*;

#[shared_record(module = "plant", reason(zh = "改名", en = "To rename"))]
struct Equipment {
    code: Text<64>,
}

#[command]
fn rename(ctx: &mut Command, machine: Ref<Equipment>, code: Text<64>) -> Outcome<()> {
    let mut machine = ctx.get(machine)?;
    machine.code = code;
    ctx.update(&mut machine)
}

fn main() {}

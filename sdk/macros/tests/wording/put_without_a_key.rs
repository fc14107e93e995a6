//! Putting a row that nothing tells apart from others.

use toolcrib_sdk::prelude::*;

#[record(index(place))]
struct Crate {
    place: Text<20>,
}

#[command]
fn store(ctx: &mut Command, place: Text<20>) -> Outcome<()> {
    ctx.put(Crate { place }).map(drop)
}

fn main() {}

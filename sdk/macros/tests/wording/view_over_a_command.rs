//! A view that shows what a command answers.

use toolcrib_sdk::prelude::*;
use toolcrib_sdk::view::*;

#[command]
fn count(ctx: &mut Command) -> Outcome<i64> {
    let _ = ctx;
    Ok(1)
}

fn board() -> View {
    View::new(("看板", "Board")).section(section().cell(3, kpi(source::<count>(), "")))
}

fn main() {
    board();
}

//! A view over a query that does not exist.

use toolcrib_sdk::prelude::*;
use toolcrib_sdk::view::*;

fn board() -> View {
    View::new(("看板", "Board")).section(section().cell(3, kpi(source::<cuont>(), "")))
}

module! {
    name: "line",
    title: { zh: "产线", en: "Line" },
    summary: { zh: "产线", en: "Line" },
    views: [board],
}

fn main() {}

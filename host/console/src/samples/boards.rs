//! Big screens and long work, drawn with sample data.

use super::report;
use crate::pages::{board, work};
use crate::work::{About, Kind, Outcome, Work, Works};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use toolcrib_contract::problem::TIMEOUT;
use toolcrib_contract::types::{Instant, RawId};
use toolcrib_ui::part::playlist::Board;
use toolcrib_ui::shell::Shell;

fn works() -> Vec<Arc<Work>> {
    let works = Works::default();
    let begin = |id: &str, kind: Kind, operation: &str| {
        let about = About {
            tenant: RawId([1; 16]),
            actor: "user:1".into(),
            module: "oee".into(),
            operation: operation.into(),
            kind,
            began: Instant(1_795_420_800_000_000),
        };
        works.begin(id.into(), about, Arc::new(AtomicU64::new(1_200))).expect("there is room")
    };
    let import = Kind::Import { rows: 10_000 };
    let ended = [
        Outcome::Exported,
        Outcome::Stopped(None),
        Outcome::Stopped(Some(Box::new(TIMEOUT.problem()))),
        Outcome::Imported(Box::new(Ok(report(8, 2)))),
        Outcome::Imported(Box::new(Err(TIMEOUT.problem()))),
    ];
    begin("a", import, "set_rate");
    begin("b", Kind::Export, "stops");
    for (at, outcome) in ended.into_iter().enumerate() {
        let kind = if matches!(outcome, Outcome::Imported(_)) { import } else { Kind::Export };
        begin(&at.to_string(), kind, "stops").end(outcome);
    }
    works.of(RawId([1; 16]), "user:1")
}

/// Every page, by name.
pub fn pages(shell: &Shell) -> Vec<(&'static str, String)> {
    let boards = ["车间大屏 <一>", "产线看板"].map(|title| Board {
        name: "oee.wall".into(),
        title: title.into(),
        module: "设备综合效率".into(),
        path: "/t/acme/board?view=oee.wall".into(),
    });
    let works = works();
    let (import, export) = (works.last().expect("an import"), &works[works.len() - 2]);
    let pages = [
        ("big screens", board::page(shell, &boards)),
        ("big screens without any", board::page(shell, &[])),
        ("import running", work::running(shell, import)),
        ("export running", work::running(shell, export)),
        ("imports and exports", work::page(shell, &works)),
        ("imports and exports, none", work::page(shell, &[])),
    ];
    pages.map(|(name, page)| (name, page.into_string())).into()
}

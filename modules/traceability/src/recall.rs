//! Genealogy and recall: what a lot was made of, and where everything is that was made of it.

use crate::graph::{self, Direction, Edge, WALK_DEPTH, WALK_EDGES, Way};
use crate::lots::{self, Because, Code, Lot, Quantity, Status};
use crate::views::told::{Name, Names};
use std::collections::BTreeSet;
use toolcrib_sdk::prelude::*;

/// Lines of one answer.
pub const PAGE_LINES: usize = 500;

/// One lot that went into another.
#[value]
pub struct Link {
    /// Generations from the lot asked for.
    pub generation: i64,
    /// The lot found.
    pub lot: Code,
    pub material: Code,
    /// None where plant does not know the material.
    pub material_name: Name,
    pub way: Way,
    /// How much went in, in the unit of the lot that was used.
    pub quantity: Quantity,
    pub unit: Text<16>,
    /// The lot that it went into, or that it was made of.
    pub of: Code,
    pub status: Status,
    pub left: Quantity,
    pub place: Option<Code>,
}

/// A part of the genealogy, nearest first.
#[value]
pub struct Genealogy {
    pub links: Vec<Link>,
    /// Where to go on; none at the end.
    pub next: Option<i64>,
    /// Lots beyond fifty generations or two thousand links: ask again from these.
    pub beyond: Vec<Code>,
}

/// What a lot was made of (backward) or what was made of it (forward): every lot, with quantities, five hundred links a
/// page.
#[query]
pub fn genealogy(
    ctx: &Query,
    lot: Code,
    direction: Direction,
    generations: Option<i64>,
    after: Option<i64>,
) -> Outcome<Genealogy> {
    lots::known(ctx, &lot, "lot")?;
    let depth = generations.unwrap_or(WALK_DEPTH).clamp(1, WALK_DEPTH);
    let walk = graph::walk(ctx, &lot, direction, depth, WALK_EDGES)?;
    let ((page, next), mut names) = (page(walk.edges, after), Names::default());
    let links = page.into_iter().map(|(generation, edge)| link(ctx, &mut names, direction, generation, edge));
    Ok(Genealogy { links: links.collect::<Outcome<_>>()?, next, beyond: shown(walk.beyond) })
}

fn link(ctx: &Query, names: &mut Names, direction: Direction, generation: i64, edge: Edge) -> Outcome<Link> {
    let lot = lots::known(ctx, direction.far(&edge), "lot")?.value;
    let of = direction.near(&edge).clone();
    let Edge { way, quantity, unit, .. } = edge;
    let Lot { code, material, status, left, place, .. } = lot;
    let material_name = names.of(ctx, &material)?;
    Ok(Link { generation, lot: code, material, material_name, way, quantity, unit, of, status, left, place })
}

/// The links of one lot and no further, as many as there are, a page at a time.
#[query]
pub fn links(ctx: &Query, lot: Code, direction: Direction, after: Option<Cursor>) -> Outcome<Page<Edge>> {
    graph::page(ctx, &lot, direction, 100, after)
}

/// A lot to be called back, and where it is.
#[value(from(Lot))]
pub struct Affected {
    #[own]
    pub generation: i64,
    #[from(code)]
    pub lot: Code,
    pub material: Code,
    /// None where plant does not know the material.
    #[own]
    pub material_name: Name,
    pub unit: Text<16>,
    pub made: Quantity,
    /// Still there to be fetched.
    pub left: Quantity,
    /// Went into other lots, which are in this list.
    pub consumed: Quantity,
    pub split_off: Quantity,
    pub scrapped: Quantity,
    pub place: Option<Code>,
    pub order: Option<Code>,
    pub status: Status,
    pub because: Option<Because>,
}

/// A part of a recall list, nearest first.
#[value]
pub struct Recall {
    pub lots: Vec<Affected>,
    /// Where to go on; none at the end.
    pub next: Option<i64>,
    /// Lots beyond fifty generations or two thousand links: ask again from these.
    pub beyond: Vec<Code>,
}

/// The lot itself and every lot that anything of it is in, with where it is now; five hundred lots a page.
#[query]
pub fn recall(ctx: &Query, lot: Code, after: Option<i64>) -> Outcome<Recall> {
    lots::known(ctx, &lot, "lot")?;
    let walk = graph::walk(ctx, &lot, Direction::Forward, WALK_DEPTH, WALK_EDGES)?;
    let mut seen = BTreeSet::from([lot.clone()]);
    let mut all = vec![(0, lot)];
    all.extend(
        walk.edges.into_iter().filter(|(_, edge)| seen.insert(edge.output.clone())).map(|(at, edge)| (at, edge.output)),
    );
    let ((page, next), mut names) = (page(all, after), Names::default());
    let lots = page.into_iter().map(|(generation, code)| affected(ctx, &mut names, generation, &code));
    Ok(Recall { lots: lots.collect::<Outcome<_>>()?, next, beyond: shown(walk.beyond) })
}

fn affected(ctx: &Query, names: &mut Names, generation: i64, code: &Code) -> Outcome<Affected> {
    let lot = lots::known(ctx, code, "lot")?.value;
    Ok(Affected { generation, material_name: names.of(ctx, &lot.material)?, ..lot.into() })
}

/// The lines from a position on, and the position after them.
fn page<T>(all: Vec<T>, after: Option<i64>) -> (Vec<T>, Option<i64>) {
    let from = usize::try_from(after.unwrap_or(0)).unwrap_or(0);
    let next = from.saturating_add(PAGE_LINES);
    let next = (next < all.len()).then_some(next as i64);
    (all.into_iter().skip(from).take(PAGE_LINES).collect(), next)
}

/// As many lots as fit a page.
fn shown(mut beyond: Vec<Code>) -> Vec<Code> {
    beyond.truncate(PAGE_LINES);
    beyond
}

//! Which lot went into which: a graph without cycles, walked in both directions.

use crate::lots::{Code, Lot, Quantity, sum};
use std::collections::BTreeSet;
use toolcrib_sdk::prelude::*;

/// The most edges of one walk; where it stopped is said, and a walk can begin there.
pub const WALK_EDGES: usize = 2_000;
/// The most generations of one walk.
pub const WALK_DEPTH: i64 = 50;

/// How a lot came out of another.
#[value]
pub enum Way {
    Used,
    Split,
    Merged,
}

/// So much of `input` is in `output`, summed over all bookings.
#[record(shared, unique(output, input, way), index(input, output))]
pub struct Edge {
    pub output: Code,
    pub input: Code,
    pub way: Way,
    /// In the unit of the input.
    pub quantity: Quantity,
    pub unit: Text<16>,
    pub order: Option<Code>,
    pub at: Instant,
}

/// Towards what a lot was made of, or towards what was made of it.
#[value]
pub enum Direction {
    Backward,
    Forward,
}

impl Direction {
    /// The end of an edge that a walk in this direction comes to.
    pub fn far(self, edge: &Edge) -> &Code {
        match self {
            Self::Backward => &edge.input,
            Self::Forward => &edge.output,
        }
    }

    /// The end it comes from.
    pub fn near(self, edge: &Edge) -> &Code {
        match self {
            Self::Backward => &edge.output,
            Self::Forward => &edge.input,
        }
    }
}

/// A page of the edges of one lot.
pub fn page(ctx: &Query, lot: &Code, way: Direction, limit: u32, after: Option<Cursor>) -> Outcome<Page<Edge>> {
    match way {
        Direction::Backward => ctx.page(Edge::by_output_input_way().eq(lot).limit(limit).after(after)),
        Direction::Forward => ctx.page(Edge::by_input_output().eq(lot).limit(limit).after(after)),
    }
}

/// What a walk found.
#[derive(Default)]
pub struct Walk {
    /// Every edge once, nearest first, with its generation from 1.
    pub edges: Vec<(i64, Edge)>,
    /// Lots with edges that it did not come to.
    pub beyond: Vec<Code>,
}

/// Walks generation by generation, at most `depth` of them and at most `edges_max` edges.
pub fn walk(ctx: &Query, lot: &Code, way: Direction, depth: i64, edges_max: usize) -> Outcome<Walk> {
    let mut found = Walk::default();
    let mut seen = BTreeSet::from([lot.clone()]);
    let mut generation = vec![lot.clone()];
    for depth in 1..=depth {
        if generation.is_empty() {
            break;
        }
        let mut next = Vec::new();
        for (at, lot) in generation.iter().enumerate() {
            let mut after = None;
            loop {
                let room = (edges_max - found.edges.len()) as u32;
                if room == 0 {
                    found.beyond = generation[at..].iter().cloned().chain(next).collect();
                    return Ok(found);
                }
                let page = page(ctx, lot, way, room, after)?;
                for edge in page.rows {
                    if seen.insert(way.far(&edge).clone()) {
                        next.push(way.far(&edge).clone());
                    }
                    found.edges.push((depth, edge.value));
                }
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
        }
        generation = next;
    }
    for lot in generation {
        if !page(ctx, &lot, way, 1, None)?.rows.is_empty() {
            found.beyond.push(lot);
        }
    }
    Ok(found)
}

/// The lots that are made of one, itself included: none of them may go into it.
///
/// # Errors
/// `genealogy-too-large`: beyond [`WALK_EDGES`] it cannot be told.
pub fn descendants(ctx: &Query, lot: &Lot) -> Outcome<BTreeSet<Code>> {
    // Of a lot that nothing was taken from nothing is made; most that are booked into are such.
    if (lot.consumed, lot.split_off) == (Decimal::ZERO, Decimal::ZERO) {
        return Ok(BTreeSet::from([lot.code.clone()]));
    }
    let lot = &lot.code;
    let walk = walk(ctx, lot, Direction::Forward, i64::MAX, WALK_EDGES)?;
    if !walk.beyond.is_empty() {
        let message = ["Too much was made of ", lot.as_str(), " already; book into a new lot"].concat();
        return Err(reject("genealogy-too-large", &message).field("lot"));
    }
    let mut lots = BTreeSet::from([lot.clone()]);
    lots.extend(walk.edges.into_iter().map(|(_, edge)| edge.output));
    Ok(lots)
}

/// Adds a quantity to an edge, or takes it back; an edge of nothing is no edge.
///
/// # Errors
/// `not-consumed` when more is taken back than went in.
pub fn join(ctx: &mut Command, edge: Edge) -> Outcome<()> {
    let more = edge.quantity;
    ctx.change(Edge { quantity: Decimal::ZERO, ..edge }, |edge| {
        edge.quantity = sum(edge.quantity, more)?;
        if edge.quantity < Decimal::ZERO {
            let (input, output) = (edge.input.as_str(), edge.output.as_str());
            let message = ["Less than that of ", input, " went into ", output, "; correct only what was booked"];
            return Err(reject("not-consumed", &message.concat()).field("quantity"));
        }
        Ok(edge.quantity != Decimal::ZERO)
    })
}

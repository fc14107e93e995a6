//! Rows that hang on one another. What comes under several parents is shown under each; what would come under itself is
//! shown once, and its branch ends.

use super::{Slot, column};
use crate::view::act::Stand;
use crate::view::value::{Answer, Rows, at, line};
use crate::view::{tone, type_of};
use maud::{Markup, html};
use serde_json::Value as Json;
use std::cell::Cell as Count;
use std::collections::{BTreeMap, BTreeSet};
use toolcrib_contract::view::Tree;

/// Levels that are drawn.
const DEPTH: usize = 12;
/// Nodes of one tree: rows that many parents share come more than once.
const NODES: usize = 500;

/// A tree on its way.
struct Growing<'a, 's> {
    slot: &'s Slot<'a, 's>,
    it: &'a Tree,
    rows: Rows<'a>,
    /// Places of the rows under each key.
    below: BTreeMap<String, Vec<usize>>,
    left: Count<usize>,
}

pub fn draw<'a>(slot: &Slot<'a, '_>, it: &'a Tree, answer: Answer<'a>) -> Markup {
    let rows = answer.rows(&it.source);
    if rows.rows.is_empty() {
        return slot.empty("no-rows");
    }
    let key = |row: &Json| line(at(row, &it.key)).unwrap_or_default();
    let keys: BTreeSet<_> = rows.rows.iter().map(key).collect();
    let mut below: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    let mut roots = Vec::new();
    for (place, row) in rows.rows.iter().enumerate() {
        match line(at(row, &it.parent)).filter(|parent| keys.contains(parent)) {
            Some(parent) => below.entry(parent).or_default().push(place),
            None => roots.push(place),
        }
    }
    // Everything hangs in a circle: it begins where the rows do.
    if roots.is_empty() {
        roots.push(0);
    }
    let growing = Growing { slot, it, rows, below, left: Count::new(NODES) };
    html! {
        ul.tree { @for place in &roots { (growing.node(*place, &mut Vec::new())) } }
        @if growing.left.get() == 0 { p.dim { (slot.scene.tr().with("view-cut", &[("count", &NODES.to_string())])) } }
    }
}

impl Growing<'_, '_> {
    fn node(&self, place: usize, above: &mut Vec<usize>) -> Markup {
        if self.left.get() == 0 {
            return html! {};
        }
        self.left.set(self.left.get() - 1);
        let (it, slot, row) = (self.it, self.slot, &self.rows.rows[place]);
        let key = line(at(row, &it.key)).unwrap_or_default();
        let children = self.below.get(&key).map_or(&[][..], Vec::as_slice);
        let ends = above.contains(&place) || above.len() >= DEPTH;
        above.push(place);
        let title = slot.scene.plain(self.rows.answer.def, type_of(self.rows.of, &it.title), at(row, &it.title));
        // A row may come twice, so its place in the whole tells its forms apart.
        let id = format!("{}-n{}", slot.id, NODES - self.left.get());
        let drawn = html! { li class={ "e-" (tone::class(tone::of(&it.tones, row))) } {
            div.node { strong { (title) }
                (column::list(slot, &it.columns, self.rows.of, row, self.rows.answer))
                (slot.scene.buttons(&it.actions, &Stand { id, row, source: None })) }
            @if !children.is_empty() && !ends { ul { @for child in children { (self.node(*child, above)) } } }
            @if !children.is_empty() && ends { p.dim { "…" } }
        } };
        above.pop();
        drawn
    }
}

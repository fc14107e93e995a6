//! `GET /city/{programme}/levels`: where firms stand on the index, by district and by segment, before and after.

use super::{frame, segment};
use crate::failure::Failure;
use crate::visitor::Visitor;
use axum::extract::Path;
use maud::{Markup, html};
use std::collections::BTreeMap;
use toolcrib_registry_client::wire::{Coverage, Programme, Segment};
use toolcrib_ui::money::{percent, share};
use toolcrib_ui::part::purse::{Place, map};
use toolcrib_ui::part::{self, desk};
use toolcrib_ui::shell::Shell;

pub async fn show(visitor: Visitor, Path(id): Path<String>) -> Result<Markup, Failure> {
    let registry = &visitor.registry;
    let (programme, segments, coverage) =
        tokio::join!(registry.programme(&id), registry.segments(), registry.coverage(&id));
    Ok(page(&visitor.shell, &programme?, &segments?, &coverage?))
}

/// Firms at no level and at levels 1 to 4, before and after.
#[derive(Clone, Copy, Default)]
struct Levels {
    before: [i64; 5],
    after: [i64; 5],
}

impl Levels {
    fn add(&mut self, row: &Coverage) {
        let sum = |all: &mut [i64; 5], more: &[i64; 5]| all.iter_mut().zip(more).for_each(|(all, more)| *all += more);
        sum(&mut self.before, &row.levels_before);
        sum(&mut self.after, &row.levels);
    }
}

pub fn page(shell: &Shell, programme: &Programme, segments: &[Segment], coverage: &[Coverage]) -> Markup {
    let tr = shell.tr;
    let mut all = Levels::default();
    let (mut districts, mut codes): (BTreeMap<String, Levels>, BTreeMap<String, Levels>) = Default::default();
    for row in coverage {
        all.add(row);
        districts.entry(row.district.clone()).or_default().add(row);
        codes.entry(segment(tr, segments, &row.segment)).or_default().add(row);
    }
    let body = html! {
        (part::lead(&tr.t("prog-levels-lead")))
        @if coverage.is_empty() { (part::empty(&tr.t("prog-coverage-none"))) }
        @else {
            (desk::figures(&goals(shell, &all)))
            (grid(shell, "prog-district", "prog-levels-before", &districts, |levels| levels.before))
            (grid(shell, "prog-district", "prog-levels-after", &districts, |levels| levels.after))
            (grid(shell, "prog-segment", "prog-levels-before-segment", &codes, |levels| levels.before))
            (grid(shell, "prog-segment", "prog-levels-after-segment", &codes, |levels| levels.after))
        }
    };
    frame(shell, programme, "/levels", &tr.t("prog-levels"), &body)
}

/// Part of the firms at each level or above, before and after.
fn goals(shell: &Shell, all: &Levels) -> Vec<(String, String, String, String)> {
    let tr = shell.tr;
    let at_least = |levels: &[i64; 5], level: usize| levels[level..].iter().sum::<i64>();
    let figure = |level: usize| {
        let (before, after) = (at_least(&all.before, level), at_least(&all.after, level));
        let part = |count, levels: &[i64; 5]| {
            share(count, at_least(levels, 0)).map(|share| percent(share / 10 * 10)).unwrap_or_default()
        };
        let title = tr.with("prog-level-from", &[("level", &tr.t(&format!("prog-level-{level}")))]);
        let means = format!("{} → {}", part(before, &all.before), part(after, &all.after));
        (title, format!("{before} → {after}"), means, String::new())
    };
    (1..=4).map(figure).collect()
}

fn grid(
    shell: &Shell,
    by: &str,
    title: &str,
    rows: &BTreeMap<String, Levels>,
    of: impl Fn(&Levels) -> [i64; 5],
) -> Markup {
    let tr = shell.tr;
    let heads = [by, "prog-level-none", "prog-level-1", "prog-level-2", "prog-level-3", "prog-level-4"];
    let heads = heads.map(|key| tr.t(key));
    let cells = |levels: [i64; 5]| {
        levels.map(|count| Place { count: count.unsigned_abs(), href: String::new() }).into_iter().collect::<Vec<_>>()
    };
    let rows: Vec<_> = rows.iter().map(|(name, levels)| (name.clone(), cells(of(levels)))).collect();
    map(&tr.t(title), &heads, &rows)
}

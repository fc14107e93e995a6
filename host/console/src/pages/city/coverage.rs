//! `GET /city/{programme}/coverage`: firms by segment and district, and the same as a file.

use super::{PATH, csv, frame, segment};
use crate::failure::Failure;
use crate::visitor::Visitor;
use axum::extract::Path;
use axum::response::Response;
use maud::{Markup, html};
use std::collections::{BTreeMap, BTreeSet};
use toolcrib_registry_client::wire::{Coverage, Programme, Segment};
use toolcrib_ui::form::escape;
use toolcrib_ui::money::{percent, share, typed, yuan};
use toolcrib_ui::part::purse::{Place, map};
use toolcrib_ui::part::{self, Press, desk};
use toolcrib_ui::shell::Shell;

pub async fn show(visitor: Visitor, Path(id): Path<String>) -> Result<Markup, Failure> {
    let registry = &visitor.registry;
    let (programme, segments, coverage) =
        tokio::join!(registry.programme(&id), registry.segments(), registry.coverage(&id));
    Ok(page(&visitor.shell, &programme?, &segments?, &coverage?))
}

/// What firms of one segment, or of one district, have in common.
#[derive(Clone, Copy, Default)]
pub struct Sum {
    pub firms: i64,
    /// At level 2 or above, when last measured.
    pub at_two: i64,
    pub accepted: i64,
    pub award_fen: i64,
}

impl Sum {
    fn add(&mut self, row: &Coverage) {
        self.firms += row.firms;
        self.at_two += row.levels[2..].iter().sum::<i64>();
        self.accepted += row.accepted;
        self.award_fen += row.award_fen;
    }
}

/// Sums by a name of each row.
fn sums(coverage: &[Coverage], name: impl Fn(&Coverage) -> String) -> BTreeMap<String, Sum> {
    let mut sums: BTreeMap<String, Sum> = BTreeMap::new();
    for row in coverage {
        sums.entry(name(row)).or_default().add(row);
    }
    sums
}

pub fn page(shell: &Shell, programme: &Programme, segments: &[Segment], coverage: &[Coverage]) -> Markup {
    let tr = shell.tr;
    let by_segment = sums(coverage, |row| segment(tr, segments, &row.segment));
    let by_district = sums(coverage, |row| row.district.clone());
    let covered: BTreeSet<_> = coverage.iter().filter(|row| row.firms > 0).map(|row| row.segment.as_str()).collect();
    let bare = programme.segments.iter().filter(|code| !covered.contains(code.as_str()));
    let bare: Vec<_> = bare.map(|code| segment(tr, segments, code)).collect();
    let body = html! {
        (desk::figures(&whole(shell, programme, coverage, covered.len())))
        (table(shell, "prog-segment", &by_segment))
        (table(shell, "prog-district", &by_district))
        @if !coverage.is_empty() { (grid(shell, programme, segments, coverage)) }
        @if !bare.is_empty() {
            (desk::block(&tr.t("prog-bare"), html! { p { (bare.join(&tr.t("list-separator"))) } }))
        }
        (part::buttons(&[part::link(&format!("{PATH}/{}/coverage/csv", programme.id), &tr.t("csv-download"), Press::Plain)]))
    };
    frame(shell, programme, "/coverage", &tr.t("prog-coverage"), &body)
}

fn whole(
    shell: &Shell,
    programme: &Programme,
    coverage: &[Coverage],
    covered: usize,
) -> Vec<(String, String, String, String)> {
    let tr = shell.tr;
    let mut all = Sum::default();
    coverage.iter().for_each(|row| all.add(row));
    let part = share(all.at_two, all.firms).map(|share| percent(share / 10 * 10)).unwrap_or_default();
    let figure = |key: &str, text: String, means: String| (tr.t(key), text, means, String::new());
    vec![
        figure("prog-firms", all.firms.to_string(), String::new()),
        figure("prog-at-two", all.at_two.to_string(), part),
        figure("prog-accepted-firms", all.accepted.to_string(), String::new()),
        figure("prog-segments", format!("{covered} / {}", programme.segments.len()), String::new()),
    ]
}

fn table(shell: &Shell, by: &str, sums: &BTreeMap<String, Sum>) -> Markup {
    let tr = shell.tr;
    let heads = [by, "prog-firms", "prog-at-two", "prog-accepted-firms", "prog-award"].map(|key| tr.t(key));
    let row = |(name, sum): (&String, &Sum)| {
        vec![
            html! { (name) },
            part::amount(sum.firms),
            html! { (part::amount(sum.at_two)) @if let Some(part) = share(sum.at_two, sum.firms) { " · " (percent(part / 10 * 10)) } },
            part::amount(sum.accepted),
            part::amount(yuan(sum.award_fen)),
        ]
    };
    let rows: Vec<_> = sums.iter().map(row).collect();
    let title = tr.t(&format!("{by}-coverage"));
    html! { @if rows.is_empty() { (part::empty(&tr.t("prog-coverage-none"))) } @else { (part::grid(&title, &heads, &rows)) } }
}

/// Segments down, districts across, firms inside; each cell leads to its firms.
fn grid(shell: &Shell, programme: &Programme, segments: &[Segment], coverage: &[Coverage]) -> Markup {
    let tr = shell.tr;
    let districts: BTreeSet<_> = coverage.iter().map(|row| row.district.as_str()).collect();
    let codes: BTreeSet<_> = coverage.iter().map(|row| row.segment.as_str()).collect();
    let firms: BTreeMap<_, _> =
        coverage.iter().map(|row| ((row.segment.as_str(), row.district.as_str()), row.firms)).collect();
    let cell = |code: &str, district: &str| Place {
        count: firms.get(&(code, district)).map_or(0, |firms| firms.unsigned_abs()),
        href: format!("{PATH}/{}/projects?segment={}&district={}", programme.id, escape(code), escape(district)),
    };
    let row = |code: &&str| {
        (segment(tr, segments, code), districts.iter().map(|district| cell(code, district)).collect::<Vec<_>>())
    };
    let heads = [tr.t("prog-segment")].into_iter().chain(districts.iter().map(|district| (*district).to_owned()));
    map(&tr.t("prog-coverage-map"), &heads.collect::<Vec<_>>(), &codes.iter().map(row).collect::<Vec<_>>())
}

pub async fn file(visitor: Visitor, Path(id): Path<String>) -> Result<Response, Failure> {
    let (tr, registry) = (visitor.shell.tr, &visitor.registry);
    let (segments, coverage) = tokio::join!(registry.segments(), registry.coverage(&id));
    let (segments, coverage) = (segments?, coverage?);
    let line = |row: &Coverage| {
        let levels = row.levels.iter().map(i64::to_string);
        let first = [segment(tr, &segments, &row.segment), row.district.clone(), row.firms.to_string()];
        first.into_iter().chain(levels).chain([row.accepted.to_string(), typed(row.award_fen)]).collect()
    };
    let heads = [
        "prog-segment",
        "prog-district",
        "prog-firms",
        "prog-level-none",
        "prog-level-1",
        "prog-level-2",
        "prog-level-3",
        "prog-level-4",
        "prog-accepted-firms",
        "prog-award",
    ];
    Ok(csv(tr, "coverage", &heads, &coverage.iter().map(line).collect::<Vec<_>>()))
}

//! Rows and columns, with what can be done to each row: page by page where the query pages, else to be searched, sorted
//! and summed up. Always with a link that saves all of them.

use super::arrange::{self, Wanted};
use super::{Slot, column, title};
use crate::output::{NEXT, pages};
use crate::view::act::{Stand, row_id};
use crate::view::value::{Answer, Rows};
use crate::view::{AFTER, tone};
use maud::{Markup, html};
use serde_json::Value as Json;
use toolcrib_contract::view::{Column, Does, Place, Table, Tone};

/// Columns that fit a tablet side by side.
const NARROW: usize = 6;
/// Rows that fit a big screen beside other things.
const BOARD_ROWS: usize = 14;

pub fn draw<'a>(slot: &Slot<'a, '_>, it: &'a Table, answer: Answer<'a>) -> Markup {
    let rows = answer.rows(&it.source);
    if rows.rows.is_empty() {
        return html! { (slot.empty("no-rows")) (turn(slot, answer)) };
    }
    let wanted = Wanted::of(slot.id, slot.scene.address);
    let shown = arrange::rows(slot, &wanted, &it.columns, rows);
    let most = if slot.scene.view.place == Place::Board { BOARD_ROWS } else { usize::MAX };
    let more = shown.len().saturating_sub(most);
    html! {
        @if arrange::may_find(rows) { (find(slot, &wanted)) }
        @if shown.is_empty() { (slot.empty("no-rows")) }
        @else { (drawn(slot, it, &wanted, rows, &shown[..shown.len() - more])) }
        @if more > 0 { p.dim { (slot.scene.tr().with("view-more", &[("count", &more.to_string())])) } }
        (turn(slot, answer))
        (save(slot, it))
    }
}

fn drawn<'a>(slot: &Slot<'a, '_>, it: &'a Table, wanted: &Wanted<'_>, rows: Rows<'a>, shown: &[&'a Json]) -> Markup {
    let (scene, tr, acts) = (slot.scene, slot.scene.tr(), !it.actions.is_empty());
    let wide = it.columns.len() + usize::from(acts) > NARROW;
    let heads: Vec<_> = it.columns.iter().map(|column| (column, scene.heading(column))).collect();
    html! {
        div.scroll tabindex="0" role="region" aria-label=(title(slot)) { table.wide[wide] {
            caption.hush { (title(slot)) }
            thead { tr {
                @for (column, head) in &heads { (heading(slot, wanted, rows, column, head)) }
                @if acts { th.acts scope="col" { (tr.t("row-actions")) } }
            } }
            tbody { @for (at, row) in shown.iter().copied().enumerate() {
                @let id = row_id(slot.id, at, rows.of, row);
                @let judged = tone::of(&it.tones, row);
                tr id=(id) class=[(judged != Tone::Neutral).then(|| format!("row-{}", tone::class(judged)))] {
                    @for (column, head) in &heads {
                        td data-label=(head) class=[class(column, rows)] { (column::value(slot, column, rows.of, row, rows.answer)) }
                    }
                    @if acts { td.acts data-label=(tr.t("row-actions")) {
                        (scene.buttons(&it.actions, &Stand { id, row, source: None }))
                    } }
                }
            } }
            @if !it.totals.is_empty() && !pages(rows.answer.def) { (totals(slot, it, rows, shown)) }
        } }
    }
}

fn class(column: &Column, rows: Rows<'_>) -> Option<&'static str> {
    match (column::is_number(column, rows.of), column.wide_only) {
        (true, true) => Some("num wide-only"),
        (true, false) => Some("num"),
        (false, wide) => wide.then_some("wide-only"),
    }
}

/// A heading; where all rows are there it sorts them.
fn heading(slot: &Slot<'_, '_>, wanted: &Wanted<'_>, rows: Rows<'_>, column: &Column, head: &str) -> Markup {
    let direction = wanted.direction(&column.field);
    let sorts = arrange::may_arrange(rows) && slot.scene.view.place != Place::Board;
    let arrow = match direction {
        Some("descending") => " ▼",
        Some(_) => " ▲",
        None => "",
    };
    html! { th scope="col" class=[class(column, rows)] aria-sort=[direction] {
        @if sorts { a.sort href={ (wanted.sorted_by(slot.scene, &column.field)) "#" (slot.id) } { (head) span aria-hidden="true" { (arrow) } } }
        @else { (head) }
    } }
}

/// The sums below the columns that have one.
fn totals(slot: &Slot<'_, '_>, it: &Table, rows: Rows<'_>, shown: &[&Json]) -> Markup {
    let tr = slot.scene.tr();
    let sum = |column: &Column| {
        let total = it.totals.contains(&column.field).then(|| arrange::sum(shown, &column.field)).flatten();
        total.and_then(|total| total.show(tr, &column.format))
    };
    html! { tfoot { tr {
        @for (at, column) in it.columns.iter().enumerate() {
            @match sum(column) {
                Some(total) => td class=[class(column, rows)] data-label=(slot.scene.heading(column)) { strong { (total) } },
                None if at == 0 => th scope="row" { (tr.t("boards-total")) },
                None => td class=[class(column, rows)] {},
            }
        }
        @if !it.actions.is_empty() { td.acts {} }
    } } }
}

/// A search over all rows; the address keeps it.
fn find(slot: &Slot<'_, '_>, wanted: &Wanted<'_>) -> Markup {
    let (tr, id) = (slot.scene.tr(), format!("{}-find", slot.id));
    html! {
        form.search.find role="search" action={ (slot.scene.path(&slot.scene.view.name)) "#" (slot.id) } {
            @for (name, value) in wanted.kept(slot.scene) { input type="hidden" name=(name) value=(value); }
            label for=(id) { (tr.t("boards-find")) }
            input type="search" id=(id) name=(wanted.find_name) value=(wanted.find) maxlength="60";
            button { (tr.t("boards-find-do")) }
        }
    }
}

/// The link that saves all rows, unless the view has a button for it.
fn save(slot: &Slot<'_, '_>, it: &Table) -> Markup {
    let own = slot.cell.actions.iter().any(|action| action.does == Does::Export);
    // Nobody saves files on a terminal, and it has no page for it.
    let own = own || slot.scene.shell.station.is_some();
    let address = if own { None } else { slot.scene.csv(&it.source) };
    html! { @if let Some(address) = address { p.buttons { a.button.quiet href=(address) download { (slot.scene.tr().t("csv-download")) } } } }
}

/// The links to the first and the next page.
fn turn(slot: &Slot<'_, '_>, answer: Answer<'_>) -> Markup {
    if !pages(answer.def) {
        return html! {};
    }
    let (tr, name) = (slot.scene.tr(), format!("{AFTER}{}", slot.id));
    let next = answer.whole.get(NEXT).and_then(Json::as_str);
    let begun = slot.scene.address.get(&name).is_some_and(|after| !after.is_empty());
    let to = |after: &str| format!("{}#{}", slot.scene.here(&[(name.as_str(), after)]), slot.id);
    html! {
        @if begun || next.is_some() { p.buttons {
            @if begun { a.button href=(to("")) { (tr.t("view-first-page")) } }
            @if let Some(next) = next { a.button href=(to(next)) { (tr.t("next-page")) } }
        } }
    }
}

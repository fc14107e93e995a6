//! One field of a row, as tables, cards, tiles and details show it.

use super::{Slot, file, progress};
use crate::view::value::{Answer, field, line, number};
use crate::view::{number as numbers, tone, type_of};
use maud::{Markup, html};
use serde_json::Value as Json;
use toolcrib_contract::Type;
use toolcrib_contract::view::{Column, ColumnLook, Format, Place, Tone, percent, scalar};

/// Whether a column's values stand at the right, digits below digits.
pub fn is_number(column: &Column, of: &Type) -> bool {
    let number = matches!(scalar(type_of(of, &column.field)), Type::Int | Type::Float | Type::Decimal { .. });
    number && column.look == ColumnLook::Auto && column.states.is_empty()
}

/// The value of a column in a row.
pub fn value<'a>(slot: &Slot<'a, '_>, column: &'a Column, of: &Type, row: &Json, answer: Answer<'_>) -> Markup {
    let json = field(slot.scene.tr(), slot.cell.widget.columns(), &column.field, of, row);
    let shown = shown(slot, column, of, json, row, answer);
    match &column.opens {
        Some(view) if !json.is_null() => slot.scene.opens(view, &column.arguments, row, shown),
        _ => shown,
    }
}

fn shown<'a>(
    slot: &Slot<'a, '_>,
    column: &'a Column,
    of: &Type,
    json: &Json,
    row: &Json,
    answer: Answer<'_>,
) -> Markup {
    let (tr, ty) = (slot.scene.tr(), type_of(of, &column.field));
    if json.is_null() {
        return html! { span.dim { "–" } };
    }
    if column.look == ColumnLook::Progress {
        let usual = percent(0);
        let format = if column.format == Format::default() { &usual } else { &column.format };
        let text = numbers::text(tr, format, json, row);
        let label = format!("{}: {text}", slot.scene.heading(column));
        return html! { span.ratio { (progress::bar(number(json), false, &label)) span { (text) } } };
    }
    if column.look == ColumnLook::Tag || !column.states.is_empty() {
        let value = line(json).unwrap_or_default();
        let judged = tone::of_state(&column.states, &value);
        return tag(judged, &slot.scene.state_label(&column.states, Some(ty), &value));
    }
    if let Some(name) = slot.scene.called(slot.answers, slot.cell.widget.columns(), column, of, row) {
        return named(slot, &name, &line(json).unwrap_or_default());
    }
    if let Some(word) = slot.scene.unit_word(of, &column.field, json) {
        return html! { (word) };
    }
    match scalar(ty) {
        Type::Int | Type::Float | Type::Decimal { .. } => html! { (numbers::text(tr, &column.format, json, row)) },
        Type::File { .. } => match file::name(json) {
            Some(name) => file::link(slot.scene, name),
            None => slot.scene.plain(answer.def, ty, json),
        },
        ty => slot.scene.plain(answer.def, ty, json),
    }
}

/// A name, and the code it is of: small at a desk, where people look things up by it; elsewhere there is no room for both.
fn named(slot: &Slot<'_, '_>, name: &str, code: &str) -> Markup {
    let desk = !matches!(slot.scene.view.place, Place::Board | Place::Station);
    html! { span title=(code) { (name) @if desk { " " small.dim { (code) } } } }
}

/// A word with its tone: colour, shape and word.
pub fn tag(judged: Tone, text: &str) -> Markup {
    html! { span class={ "tag " (tone::class(judged)) } { @if judged != Tone::Neutral { span aria-hidden="true" { (tone::mark(judged)) " " } } (text) } }
}

/// Names and values below one another.
pub fn list<'a>(slot: &Slot<'a, '_>, columns: &'a [Column], of: &Type, row: &Json, answer: Answer<'_>) -> Markup {
    html! {
        @if !columns.is_empty() { dl.inline { @for column in columns {
            dt { (slot.scene.heading(column)) }
            dd { (value(slot, column, of, row, answer)) }
        } } }
    }
}

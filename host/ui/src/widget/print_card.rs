//! Cards and labels at their true size, one picture each: text, QR codes, bar codes.

use super::Slot;
use crate::code;
use crate::view::value::{Answer, at, line, name};
use crate::view::{number, type_of};
use maud::{Markup, html};
use serde_json::Value as Json;
use toolcrib_contract::Type;
use toolcrib_contract::types::Instant;
use toolcrib_contract::view::{Piece, PieceLook, PrintCard, scalar};

/// Cards of one page.
const CARDS: usize = 100;
/// Millimetres around everything, and between things.
const MARGIN: f64 = 3.0;
const GAP: f64 = 1.5;
/// Heights of letters, in millimetres.
const HEADING: f64 = 5.5;
const TEXT: f64 = 3.8;
const LABEL: f64 = 2.6;
/// Letters grow so many times at most.
const GROWN: f64 = 1.3;
/// Height of a bar code with its text.
const BARS: f64 = 13.0;
/// Widest side of a QR code.
const QR: f64 = 28.0;

pub fn draw(slot: &Slot<'_, '_>, it: &PrintCard, answer: Answer<'_>) -> Markup {
    let (of, rows): (&Type, Vec<&Json>) = match it.source.rows(&answer.def.output) {
        Some(_) => {
            let rows = answer.rows(&it.source);
            (rows.of, rows.rows.iter().take(CARDS).collect())
        }
        None => {
            let part = answer.part(&it.source);
            (part.of, Some(part.value).into_iter().filter(|value| !value.is_null()).collect())
        }
    };
    if rows.is_empty() {
        return slot.empty("no-rows");
    }
    html! { div.sheets { @for row in rows { div.sheet { (Sheet { slot, it, of, row }.draw()) } } } }
}

/// One card on its way.
struct Sheet<'a, 's> {
    slot: &'s Slot<'a, 's>,
    it: &'s PrintCard,
    of: &'s Type,
    row: &'s Json,
}

impl Sheet<'_, '_> {
    fn draw(&self) -> Markup {
        let (width, height) = (f64::from(self.it.width_mm), f64::from(self.it.height_mm));
        let pieces = |look: PieceLook| self.it.pieces.iter().filter(move |piece| piece.look == look);
        let codes: Vec<_> = pieces(PieceLook::Qr).filter_map(|piece| code::qr(&self.raw(piece)?)).collect();
        let bars: Vec<_> = pieces(PieceLook::Code128).filter_map(|piece| self.raw(piece)).collect();
        let foot = bars.len() as f64 * BARS;
        let side = QR.min(height - 2.0 * MARGIN - foot).min(width * 0.4).max(0.0);
        let column = if codes.is_empty() { width - 2.0 * MARGIN } else { width - 3.0 * MARGIN - side };
        let label = self.it.pieces.iter().map(|piece| self.shown(piece)).collect::<Vec<_>>().join(" ");
        html! {
            svg.print-card width={ (mm(width)) "mm" } height={ (mm(height)) "mm" } viewBox={ "0 0 " (mm(width)) " " (mm(height)) } role="img" aria-label=(label) {
                rect.paper x="0" y="0" width=(mm(width)) height=(mm(height)) {}
                (self.texts(column, height - 2.0 * MARGIN - foot))
                @for (place, qr) in codes.iter().enumerate() {
                    @let y = MARGIN + place as f64 * (side + GAP);
                    (qr.draw(width - MARGIN - side, y, side))
                }
                @for (place, text) in bars.iter().enumerate() {
                    @let y = height - MARGIN - (bars.len() - place) as f64 * BARS + GAP;
                    (bar_code(text, y, width - 2.0 * MARGIN))
                }
            }
        }
    }

    fn texts(&self, width: f64, height: f64) -> Markup {
        let words: Vec<_> =
            self.it.pieces.iter().filter(|piece| matches!(piece.look, PieceLook::Text | PieceLook::Heading)).collect();
        let tall = |piece: &&Piece| if piece.look == PieceLook::Heading { HEADING + GAP } else { LABEL + TEXT + GAP };
        let needed: f64 = words.iter().map(tall).sum();
        // What does not fit becomes smaller: a card is never cut. On a larger card it grows a little.
        let scale = (height / needed.max(1.0)).min(GROWN);
        let mut y = MARGIN;
        let mut lines = Vec::new();
        for piece in words {
            let text = self.shown(piece);
            if piece.look == PieceLook::Heading {
                y += HEADING * scale;
                lines.push(("heading", y, fitting(&text, HEADING * scale, width), text));
            } else {
                y += LABEL * scale;
                let label = self.label(piece);
                lines.push(("label", y, fitting(&label, LABEL * scale, width), label));
                y += TEXT * scale;
                lines.push(("text", y, fitting(&text, TEXT * scale, width), text));
            }
            y += GAP * scale;
        }
        html! { @for (class, y, size, text) in lines { text class=(class) x=(mm(MARGIN)) y=(mm(y)) font-size=(mm(size)) { (text) } } }
    }

    fn label(&self, piece: &Piece) -> String {
        match &piece.label {
            Some(words) => self.slot.scene.tr().words(words).to_owned(),
            None => self.slot.scene.field(&piece.field),
        }
    }

    /// What a code holds: the value as it is.
    fn raw(&self, piece: &Piece) -> Option<String> {
        line(at(self.row, &piece.field)).filter(|text| !text.is_empty())
    }

    /// A value for people, as one line of text.
    fn shown(&self, piece: &Piece) -> String {
        let (scene, json) = (self.slot.scene, at(self.row, &piece.field));
        let ty = type_of(self.of, &piece.field);
        match scalar(ty) {
            Type::Instant => json
                .as_str()
                .and_then(|text| text.parse::<Instant>().ok())
                .map(|instant| scene.zone().text(instant))
                .unwrap_or_default(),
            Type::Enum { .. } => line(json).map(|case| scene.state_label(&[], Some(ty), &case)).unwrap_or_default(),
            Type::Int | Type::Float | Type::Decimal { .. } => number::text(scene.tr(), &piece.format, json, self.row),
            _ => {
                let text = scene.unit_word(self.of, &piece.field, json).or_else(|| line(json));
                let text = text.unwrap_or_else(|| "–".to_owned());
                name(scene.tr(), &[], &piece.field, self.of, self.row)
                    .map(|name| format!("{name} {text}"))
                    .unwrap_or(text)
            }
        }
    }
}

fn bar_code(text: &str, y: f64, width: f64) -> Markup {
    html! {
        @if let Some(bars) = code::code128(text) { (bars.draw(MARGIN, y, width, BARS - GAP - LABEL - 0.6)) }
        text.label x=(mm(MARGIN + width / 2.0)) y=(mm(y + BARS - GAP - 0.4)) font-size=(mm(LABEL)) text-anchor="middle" { (text) }
    }
}

/// The size of letters at which a line fits: Chinese characters are as wide as high, others at most two thirds, also where they are bold.
fn fitting(text: &str, size: f64, width: f64) -> f64 {
    let ems: f64 = text.chars().map(|char| if char < '\u{2e80}' { 0.68 } else { 1.0 }).sum();
    if ems * size > width { width / ems } else { size }
}

fn mm(length: f64) -> String {
    let text = format!("{length:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

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
/// Letters grow so many times at most, and shrink by steps until everything fits.
const GROWN: f64 = 2.0;
const STEP: f64 = 0.05;
/// Texts stand in so many columns at most.
const COLUMNS: usize = 4;
/// Height of a bar code with its text.
const BARS: f64 = 13.0;
/// Widest side of a QR code.
const QR: f64 = 40.0;
/// Between lines to write on. Less room than two of them stays white.
const RULED: f64 = 8.0;

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
        let (wide, high) = (width - 2.0 * MARGIN, height - 2.0 * MARGIN - foot);
        let side = QR.min((high + GAP) / codes.len().max(1) as f64 - GAP).min(width * 0.4).max(0.0);
        let corner = codes.len() as f64 * (side + GAP);
        let room = Room { wide, high, corner: if codes.is_empty() { (0.0, 0.0) } else { (side + MARGIN, corner) } };
        let label = self.it.pieces.iter().map(|piece| self.shown(piece)).collect::<Vec<_>>().join(" ");
        html! {
            svg.print-card width={ (mm(width)) "mm" } height={ (mm(height)) "mm" } viewBox={ "0 0 " (mm(width)) " " (mm(height)) } role="img" aria-label=(label) {
                rect.paper x="0" y="0" width=(mm(width)) height=(mm(height)) {}
                (self.texts(room))
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

    fn texts(&self, room: Room) -> Markup {
        let is_text = |piece: &&Piece| matches!(piece.look, PieceLook::Text | PieceLook::Heading);
        let words = self.it.pieces.iter().filter(is_text).map(|piece| {
            let is_heading = piece.look == PieceLook::Heading;
            Word {
                is_heading,
                label: if is_heading { String::new() } else { self.label(piece) },
                text: self.shown(piece),
            }
        });
        let words: Vec<_> = words.collect();
        let Laid { scale, places, bottom } = room.lay(&words);
        let line = |class: &str, (x, y): (f64, f64), text: &str, (size, width): (f64, f64)| {
            html! { text class=(class) x=(mm(MARGIN + x)) y=(mm(MARGIN + y)) font-size=(mm(fitting(text, size, width))) { (text) } }
        };
        html! {
            @for (word, Place { x, y, width }) in words.iter().zip(places) {
                @if word.is_heading { (line("heading", (x, y + HEADING * scale), &word.text, (HEADING * scale, width))) }
                @else {
                    (line("label", (x, y + LABEL * scale), &word.label, (LABEL * scale, width)))
                    (line("text", (x, y + (LABEL + TEXT) * scale), &word.text, (TEXT * scale, width)))
                }
            }
            @for y in room.ruled(bottom) { line.rule x1=(mm(MARGIN)) x2=(mm(MARGIN + room.wide)) y1=(mm(MARGIN + y)) y2=(mm(MARGIN + y)) {} }
        }
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

/// A text on its way to its place.
struct Word {
    is_heading: bool,
    label: String,
    text: String,
}

/// Where a text stands, from the room's upper left corner.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Place {
    x: f64,
    y: f64,
    width: f64,
}

/// How texts are laid out: how much larger than usual, where each is, and where the last one ends.
struct Laid {
    scale: f64,
    places: Vec<Place>,
    bottom: f64,
}

/// What a card has for texts: all but its margins and its bar codes, less a corner at the upper right for QR codes.
#[derive(Clone, Copy)]
struct Room {
    wide: f64,
    high: f64,
    /// Width and height, with the gaps to it.
    corner: (f64, f64),
}

impl Room {
    /// In as many columns as make the smallest letters largest. What does not fit becomes smaller: a card is never cut.
    fn lay(self, words: &[Word]) -> Laid {
        let steps = || (1..=(GROWN / STEP) as usize).rev().map(|step| step as f64 * STEP);
        let fits = |columns: usize| steps().find_map(|scale| self.rows(words, columns, scale));
        let smallest = |laid: &Laid| {
            let texts = words.iter().zip(&laid.places).filter(|(word, _)| !word.is_heading);
            texts.map(|(word, place)| fitting(&word.text, TEXT * laid.scale, place.width)).fold(f64::MAX, f64::min)
        };
        let mut best: Option<Laid> = None;
        for laid in (1..=COLUMNS).filter_map(fits) {
            if best.as_ref().is_none_or(|best| smallest(&laid) > smallest(best)) {
                best = Some(laid);
            }
        }
        best.unwrap_or(Laid { scale: STEP, places: Vec::new(), bottom: 0.0 })
    }

    /// Row by row; a row that begins above the corner's end stops before the corner. None where the room ends first.
    fn rows(self, words: &[Word], columns: usize, scale: f64) -> Option<Laid> {
        let column = (self.wide - (columns - 1) as f64 * MARGIN) / columns as f64;
        let (mut places, mut y) = (Vec::new(), 0.0);
        while let Some(first) = words.get(places.len()) {
            let end = if y < self.corner.1 { self.wide - self.corner.0 } else { self.wide };
            let free = (((end + MARGIN) / (column + MARGIN)) as usize).max(1);
            let of_row = words[places.len()..].iter().take(free).take_while(|word| !word.is_heading).count();
            let (count, width, tall) = match first.is_heading {
                true => (1, end, HEADING),
                false => (of_row, if free == 1 { end } else { column }, LABEL + TEXT),
            };
            places.extend((0..count).map(|at| Place { x: at as f64 * (column + MARGIN), y, width }));
            y += (tall + GAP) * scale;
        }
        (y - GAP * scale <= self.high).then_some(Laid { scale, places, bottom: y })
    }

    /// Lines to write on by hand where texts and codes leave room for more than one.
    fn ruled(self, bottom: f64) -> Vec<f64> {
        let from = bottom.max(self.corner.1);
        let count = ((self.high - from) / RULED).max(0.0) as usize;
        (0..if count < 2 { 0 } else { count }).rev().map(|up| self.high - up as f64 * RULED - GAP).collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    fn words(texts: usize) -> Vec<Word> {
        let text = |at: usize| Word { is_heading: false, label: "数量".into(), text: format!("WO-1001/{at}0") };
        let heading = Word { is_heading: true, label: String::new(), text: "左支架".into() };
        [heading].into_iter().chain((0..texts).map(text)).collect()
    }

    /// A job card of 148 by 105 millimetres with a QR code and a bar code.
    const CARD: Room = Room { wide: 142.0, high: 86.0, corner: (43.0, 41.5) };

    #[test]
    fn a_card_uses_its_room_and_nothing_stands_on_a_code_or_beyond_the_edge() {
        for texts in 0..40 {
            let words = words(texts);
            let Laid { scale, places, bottom } = CARD.lay(&words);
            assert_eq!(places.len(), words.len(), "everything has its place");
            assert!(bottom - GAP * scale <= CARD.high, "{texts}");
            for place in &places {
                let end = place.x + place.width;
                let limit = if place.y < CARD.corner.1 { CARD.wide - CARD.corner.0 } else { CARD.wide };
                assert!(end <= limit + 1e-9 && place.width > 0.0, "{texts}: {place:?}");
            }
            let mut apart = places.clone();
            apart.dedup_by(|a, b| (a.x, a.y) == (b.x, b.y));
            assert_eq!(apart.len(), places.len(), "no two in one place");
        }
        let ten = CARD.lay(&words(10));
        assert!(ten.scale >= 1.5, "ten texts are read from a step away: {}", ten.scale);
        assert!(ten.places.iter().any(|place| place.x > 0.0) && ten.bottom > CARD.high * 0.6, "{:?}", ten.places);
    }

    #[test]
    fn room_that_is_left_is_ruled_for_the_hand_and_little_room_is_not() {
        let few = CARD.lay(&words(2));
        let lines = CARD.ruled(few.bottom);
        assert!(
            lines.len() >= 2 && lines.iter().all(|y| *y > CARD.corner.1.max(few.bottom) && *y < CARD.high),
            "{lines:?}"
        );
        let label = Room { wide: 54.0, high: 34.0, corner: (27.0, 25.5) };
        assert_eq!(label.ruled(label.lay(&words(3)).bottom), [] as [f64; 0], "a label is too small to write on");
    }
}

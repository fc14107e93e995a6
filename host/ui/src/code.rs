//! QR codes and bar codes as pictures.

use barcoders::sym::code128::Code128;
use maud::{Markup, html};
use qrcode::{Color, EcLevel, QrCode};

/// Empty modules around a QR code (ISO/IEC 18004) and a bar code (ISO/IEC 15417), which readers need.
const QR_QUIET: usize = 4;
const BAR_QUIET: usize = 10;

/// A square of modules.
pub struct Qr {
    side: usize,
    dark: Vec<bool>,
}

/// A row of modules.
pub struct Bars(Vec<bool>);

/// A QR code of a text at error correction M. None when it is too long for any.
pub fn qr(text: &str) -> Option<Qr> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let dark = code.to_colors().into_iter().map(|color| color == Color::Dark).collect();
    Some(Qr { side: code.width(), dark })
}

/// A Code 128 of printable ASCII; pairs of digits take half the room. None for other texts.
pub fn code128(text: &str) -> Option<Bars> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit()) && text.len().is_multiple_of(2);
    let printable = !text.is_empty() && text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    // The library names its character sets by these letters: C for pairs of digits, B for printable ASCII.
    let set = if digits { '\u{106}' } else { '\u{181}' };
    let code = Code128::new(format!("{set}{text}")).ok().filter(|_| printable)?;
    Some(Bars(code.encode().into_iter().map(|module| module == 1).collect()))
}

impl Qr {
    /// The code with its quiet zone in a square.
    pub fn draw(&self, x: f64, y: f64, side: f64) -> Markup {
        let whole = self.side + 2 * QR_QUIET;
        let mut path = String::new();
        for (row, modules) in self.dark.chunks(self.side).enumerate() {
            path.push_str(&runs(modules, QR_QUIET, row + QR_QUIET, 1));
        }
        html! {
            svg x=(place(x)) y=(place(y)) width=(place(side)) height=(place(side)) viewBox={ "0 0 " (whole) " " (whole) } shape-rendering="crispEdges" {
                rect.light width=(whole) height=(whole) {}
                path.dark d=(path) {}
            }
        }
    }
}

impl Bars {
    /// The code with its quiet zones, stretched to a width.
    pub fn draw(&self, x: f64, y: f64, width: f64, height: f64) -> Markup {
        let whole = self.0.len() + 2 * BAR_QUIET;
        html! {
            svg x=(place(x)) y=(place(y)) width=(place(width)) height=(place(height)) viewBox={ "0 0 " (whole) " 10" } preserveAspectRatio="none" shape-rendering="crispEdges" {
                rect.light width=(whole) height="10" {}
                path.dark d=(runs(&self.0, BAR_QUIET, 0, 10)) {}
            }
        }
    }
}

/// Boxes for runs of dark modules in one row.
fn runs(modules: &[bool], left: usize, top: usize, height: usize) -> String {
    let (mut path, mut at) = (String::new(), 0);
    while at < modules.len() {
        let long = modules[at..].iter().take_while(|dark| **dark).count();
        if long > 0 {
            path.push_str(&format!("M{} {top}h{long}v{height}h-{long}z", left + at));
        }
        at += long.max(1);
    }
    path
}

fn place(length: f64) -> String {
    format!("{length:.2}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn modules(text: &str) -> String {
        code128(text).unwrap().0.iter().map(|dark| if *dark { '1' } else { '0' }).collect()
    }

    /// Patterns of ISO/IEC 15417 by value: start B 104, start C 105, stop 106 with its last bar; the check character is the
    /// sum of value times position modulo 103.
    #[test]
    fn code_128_has_the_standard_patterns_and_check_character() {
        // `P` is value 48, `-` 13, `1` 17; check: (104 + 48·1 + 13·2 + 17·3) mod 103 = 23, the pattern of `7`.
        let wanted = ["11010010000", "11101110110", "10011011100", "10011100110", "11101101110", "1100011101011"];
        assert_eq!(modules("P-1"), wanted.concat());
        // Pairs of digits in set C: 12 and 34; check: (105 + 12 + 2·34) mod 103 = 82.
        let wanted = ["11010011100", "10110011100", "10001011000", "10010011110", "1100011101011"];
        assert_eq!(modules("1234"), wanted.concat());
        assert!(code128("冲床").is_none() && code128("").is_none() && code128("a\u{7f}").is_none());
    }

    #[test]
    fn a_qr_code_has_its_finders_and_grows_with_its_text() {
        let code = qr("WO-1001/10").unwrap();
        assert_eq!(code.side, 21);
        let finder = [true, true, true, true, true, true, true];
        assert_eq!((&code.dark[..7], &code.dark[14..21]), (&finder[..], &finder[..]));
        assert!(qr(&"x".repeat(200)).unwrap().side > 21);
        assert!(qr(&"x".repeat(5_000)).is_none());
        let drawn = code.draw(0.0, 0.0, 20.0).into_string();
        assert!(drawn.contains("viewBox=\"0 0 29 29\""), "four modules of light on each side");
    }
}

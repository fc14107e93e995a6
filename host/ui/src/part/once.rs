//! Texts that somebody copies: a secret that is shown once, a line for a terminal.

use maud::{Markup, html};

/// A secret, shown now and never again. `warning` says so.
pub fn once(label: &str, secret: &str, warning: &str) -> Markup {
    html! { section.card.once role="status" {
        h2 { (label) }
        p { code.pick { (secret) } }
        p { strong { (warning) } }
    } }
}

/// Several of them.
pub fn once_each(label: &str, secrets: &[String], warning: &str) -> Markup {
    html! { section.card.once role="status" {
        h2 { (label) }
        ul { @for secret in secrets { li { code.pick { (secret) } } } }
        p { strong { (warning) } }
    } }
}

/// A line to type elsewhere.
pub fn example(label: &str, text: &str) -> Markup {
    html! { figure.example { figcaption { (label) } pre tabindex="0" { code { (text) } } } }
}

/// A QR code that says what stands beside it in words. Nothing when the text is too long for one.
pub fn qr(text: &str, label: &str) -> Markup {
    html! { @if let Some(code) = crate::code::qr(text) {
        svg.qr viewBox="0 0 100 100" role="img" aria-label=(label) { (code.draw(0.0, 0.0, 100.0)) }
    } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_text_and_its_warning_stands_beside_it() {
        let text = once("令牌", "tcd_<x>", "只显示这一次").into_string();
        assert!(
            text.contains("tcd_&lt;x&gt;") && text.contains("只显示这一次") && text.contains("role=\"status\""),
            "{text}"
        );
        let code = qr("otpauth://totp/x?secret=ABC", "二维码").into_string();
        assert!(code.contains("role=\"img\" aria-label=\"二维码\""), "{code}");
        assert_eq!(qr(&"x".repeat(9_000), "").into_string(), "");
    }
}

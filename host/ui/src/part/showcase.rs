//! A page shown as a picture of itself: nothing on it can be pressed, reached by a key, or heard as if it were real.

use maud::{Markup, PreEscaped, html};

/// `caption` says what is shown, also to those who cannot see it; `body` is drawn as it would be.
pub fn showcase(caption: &str, body: Markup) -> Markup {
    html! { figure.showcase { figcaption { (caption) } div inert { (leading_nowhere(body)) } } }
}

/// The same without addresses: of links, and of what forms are sent to. Texts and values have their quotes escaped, so
/// what looks like one of these attributes is one.
fn leading_nowhere(body: Markup) -> Markup {
    let mut text = body.into_string();
    for attribute in [" href=\"", " action=\"", " data-live=\""] {
        let mut parts = text.split(attribute);
        let mut kept = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            kept.push_str(part.split_once('"').map_or("", |(_, rest)| rest));
        }
        text = kept;
    }
    PreEscaped(text)
}

/// A comparison: what is compared, then one row a property. The first column says which.
pub fn compared(caption: &str, heads: &[Markup], rows: &[(String, Vec<Markup>)]) -> Markup {
    html! { div.scroll tabindex="0" role="region" aria-label=(caption) { table.compared {
        caption { (caption) }
        thead { tr { td {} @for head in heads { th scope="col" { (head) } } } }
        tbody { @for (name, cells) in rows { tr { th scope="row" { (name) } @for cell in cells { td { (cell) } } } } }
    } } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_showcase_can_be_pressed_or_leads_anywhere() {
        let said = " href=\"/x\"";
        let body =
            html! { form method="post" action="/t/m" { button title=(said) { "停" } } a href="/a?b" id="a" { (said) } };
        let text = showcase("看板", body).into_string();
        assert!(
            text.contains("<div inert><form method=\"post\"><button") && text.contains("<figcaption>看板"),
            "{text}"
        );
        assert!(text.contains("<a id=\"a\"> href=&quot;/x&quot;</a>") && !text.contains("/a?b"), "{text}");
    }

    #[test]
    fn a_comparison_names_its_rows_and_columns() {
        let rows = [("价格".to_owned(), vec![html! { "免费" }])];
        let text = compared("比较", &[html! { "OEE" }], &rows).into_string();
        assert!(text.contains("<th scope=\"col\">OEE") && text.contains("<th scope=\"row\">价格"), "{text}");
    }
}

//! A page shown as a picture of itself: nothing on it can be pressed, reached by a key, or heard as if it were real.

use maud::{Markup, PreEscaped, html};

/// Attributes that name an element of the page, or lead to one.
const NAMING: [&str; 6] =
    [" id=\"", " for=\"", " aria-describedby=\"", " aria-labelledby=\"", " aria-controls=\"", " list=\""];
/// Attributes that lead away from the page: of links, what forms are sent to and how, where changes come from.
const LEADING: [&str; 4] = [" href=\"", " action=\"", " method=\"", " data-live=\""];

/// `caption` says what is shown, also to those who cannot see it; `body` is drawn as it would be.
pub fn showcase(caption: &str, body: Markup) -> Markup {
    html! { figure.showcase { figcaption { (caption) } div inert { (dead(body, "")) } } }
}

/// The same without anything that leads anywhere, and with every id begun anew by `ids`, so that a page may show it beside
/// the same from another time. Texts and values have their quotes escaped, so what looks like one of these attributes is one.
pub fn dead(body: Markup, ids: &str) -> Markup {
    let mut text = body.into_string();
    for attribute in LEADING {
        let mut parts = text.split(attribute);
        let mut kept = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            kept.push_str(part.split_once('"').map_or("", |(_, rest)| rest));
        }
        text = kept;
    }
    if !ids.is_empty() {
        text = NAMING.iter().fold(text, |text, naming| text.replace(naming, &format!("{naming}{ids}")));
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
        assert!(text.contains("<div inert><form><button") && text.contains("<figcaption>看板"), "{text}");
        assert!(text.contains("<a id=\"a\"> href=&quot;/x&quot;</a>") && !text.contains("/a?b"), "{text}");
    }

    #[test]
    fn a_comparison_names_its_rows_and_columns() {
        let rows = [("价格".to_owned(), vec![html! { "免费" }])];
        let text = compared("比较", &[html! { "OEE" }], &rows).into_string();
        assert!(text.contains("<th scope=\"col\">OEE") && text.contains("<th scope=\"row\">价格"), "{text}");
    }
}

//! Stars of ratings: a picture for the eye, a number for everybody.

use crate::language::Tr;
use maud::{Markup, html};

/// The most stars.
pub const MOST: u8 = 5;

fn picture(full: u64) -> String {
    let full = full.min(u64::from(MOST)) as usize;
    "★".repeat(full) + &"☆".repeat(usize::from(MOST) - full)
}

/// The average of `(sum, count)`, to one digit, rounded half up.
fn average(sum: u64, count: u64) -> (u64, String) {
    let tenths = (sum * 20 + count) / (count * 2);
    ((tenths + 5) / 10, format!("{}.{}", tenths / 10, tenths % 10))
}

/// What tenants gave together.
pub fn stars(tr: Tr, (sum, count): (u64, u64)) -> Markup {
    if count == 0 {
        return html! { span.dim { (tr.t("market-unrated")) } };
    }
    let (full, average) = average(sum, count);
    html! { span.stars {
        span aria-hidden="true" { (picture(full)) } " "
        (tr.with("market-rating", &[("stars", &average), ("count", &count.to_string())]))
    } }
}

/// What one tenant gave.
pub fn given(tr: Tr, stars: u8) -> Markup {
    html! { span.stars { span aria-hidden="true" { (picture(u64::from(stars))) } " " (tr.with("market-stars", &[("stars", &stars.to_string())])) } }
}

/// A choice of one to five.
pub fn choose(tr: Tr, name: &str, chosen: Option<&str>) -> Markup {
    html! { fieldset { legend { (tr.t("market-your-stars")) }
        @for stars in (1..=MOST).rev() {
            @let value = stars.to_string();
            @let id = format!("{name}-{value}");
            label.check for=(id) { input type="radio" id=(id) name=(name) value=(value) checked[chosen == Some(&value)] required;
                span { (given(tr, stars)) } }
        }
    } }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Lang;

    #[test]
    fn an_average_is_rounded_once() {
        assert_eq!(average(9, 2), (5, "4.5".to_owned()));
        assert_eq!(average(13, 3), (4, "4.3".to_owned()));
        assert_eq!(average(1, 1), (1, "1.0".to_owned()));
        assert_eq!(picture(4), "★★★★☆");
        assert_eq!(picture(9), "★★★★★");
    }

    #[test]
    fn every_choice_has_a_label_and_the_chosen_one_is_chosen() {
        let text = choose(Tr::new(Lang::En), "stars", Some("4")).into_string();
        assert_eq!(text.matches("<label").count(), usize::from(MOST));
        assert!(text.contains("value=\"4\" checked") && text.contains("<legend>"), "{text}");
    }
}

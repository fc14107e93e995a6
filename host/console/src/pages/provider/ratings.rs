//! `POST /provider/modules/{m}/ratings/{rating}`: what factories say of a module, and the provider's answer to each.

use super::module::{self, Tab};
use crate::failure::Failure;
use crate::guard::Posted;
use crate::pages::sent::{Sent, done, lines, told};
use axum::extract::Path;
use axum::response::Response;
use maud::{Markup, html};
use toolcrib_registry_client::wire::Rating;
use toolcrib_ui::part::desk;
use toolcrib_ui::part::{self, Press};
use toolcrib_ui::shell::Shell;

/// The mean of the stars with one digit; none without a rating.
pub fn mean(ratings: &[Rating]) -> Option<String> {
    let count = ratings.len() as u64;
    let stars: u64 = ratings.iter().map(|rating| u64::from(rating.stars)).sum();
    let tenths = (count > 0).then(|| (stars * 20 + count) / (2 * count))?;
    Some(format!("{}.{} ★ ({count})", tenths / 10, tenths % 10))
}

pub async fn answer(
    Path((module, rating)): Path<(String, String)>,
    Posted { visitor, form }: Posted,
) -> Result<Response, Failure> {
    let text = lines(&form, &field(&rating));
    match told(visitor.registry.answer_rating(&module, &rating, &text).await)? {
        Ok(()) => Ok(done(&Tab::Ratings.path(&module), "answered")),
        Err(problem) => module::again(visitor, &module, Tab::Ratings, Sent::refused(form, problem)).await,
    }
}

/// Each rating has a field of its own, so that a refused answer stands where it was typed.
fn field(rating: &str) -> String {
    format!("answer-{rating}")
}

pub fn tab(shell: &Shell, module: &str, ratings: &[Rating], sent: &Sent) -> Markup {
    let tr = shell.tr;
    let one = |rating: &Rating| {
        let (name, label) = (field(&rating.id), tr.t("vendor-answer"));
        let stars = "★".repeat(usize::from(rating.stars.min(5)));
        html! {
            p { strong { span aria-hidden="true" { (stars) } " " (tr.with("vendor-stars-of", &[("stars", &rating.stars.to_string())])) } " · " (shell.zone.show_text(&rating.rated_at)) }
            blockquote { (rating.text) }
            @match &rating.answer {
                Some(answer) => { p { (tr.t("vendor-answered")) " " @if let Some(at) = &rating.answered_at { (shell.zone.show_text(at)) } } blockquote { (answer) } }
                None => (shell.post(&format!("/provider/modules/{module}/ratings/{}", rating.id), html! {
                    (sent.field(&name, &label, "", "").required().area(3))
                    (part::button(&tr.t("vendor-answer-send"), Press::Plain))
                })),
            }
        }
    };
    html! {
        @if ratings.is_empty() { (part::empty(&tr.t("vendor-ratings-none"))) }
        @else {
            @if let Some(mean) = mean(ratings) { p { (mean) } }
            (desk::stack(&ratings.iter().map(one).collect::<Vec<_>>()))
        }
        (part::dim(&tr.t("vendor-ratings-help")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_has_one_digit() {
        let rating = |stars| Rating {
            id: String::new(),
            stars,
            text: String::new(),
            rated_at: String::new(),
            answer: None,
            answered_at: None,
        };
        assert_eq!(mean(&[]), None);
        assert_eq!(mean(&[rating(5), rating(4), rating(4)]).unwrap(), "4.3 ★ (3)");
        assert_eq!(mean(&[rating(5), rating(4)]).unwrap(), "4.5 ★ (2)");
    }
}

//! Looking after a factory: its modules, machines, records and people, what was done, and the way out.

pub mod archive;
pub mod audit;
pub mod brokers;
pub mod erase;
pub mod evidence;
pub mod grants;
pub mod health;
pub mod kits;
pub mod mapping;
pub mod me;
pub mod module;
pub mod modules;
pub mod people;
pub mod records;
pub mod retention;
pub mod signals;
pub mod sources;
pub mod usage;
pub mod versions;

use crate::failure::{Failure, status};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use toolcrib_contract::problem::Problem;
use toolcrib_contract::types::Instant;
use toolcrib_registry_client::ClientError;
use toolcrib_ui::language::Tr;
use toolcrib_ui::part::{self, Tab};
use toolcrib_ui::shell::Shell;

const MINUTE_US: i64 = 60_000_000;
/// A machine that has said nothing for so long is told as silent.
pub const SILENT_US: i64 = 15 * MINUTE_US;

/// A refused form: its page once more, with what is wrong.
///
/// # Errors
/// Nobody is signed in any more.
pub fn again(error: impl Into<Failure>, page: impl FnOnce(&Problem) -> Markup) -> Result<Response, Failure> {
    match error.into() {
        Failure::Problem(problem) => Ok((status(&problem), page(&problem)).into_response()),
        Failure::SignIn => Err(Failure::SignIn),
    }
}

/// What the registry says; nothing while it cannot be reached. A plant's pages must not wait for its marketplace.
///
/// # Errors
/// It refuses.
pub fn reached<T>(answer: Result<T, ClientError>) -> Result<Option<T>, Failure> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(ClientError::Refused(problem)) if problem.status < 500 => Err(ClientError::Refused(problem).into()),
        Err(_) => Ok(None),
    }
}

/// `https://factory.example:8080` as the visitor typed it.
pub fn origin(headers: &HeaderMap, https: bool) -> String {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    format!("{}://{host}", if https { "https" } else { "http" })
}

/// How long ago something was.
pub fn age(tr: Tr, now: Instant, at: Instant) -> String {
    let minutes = now.since_us(at).max(0) / MINUTE_US;
    let (key, count) = match minutes {
        0 => return tr.t("admin-age-now"),
        1..=119 => ("admin-age-minutes", minutes),
        120..=2_879 => ("admin-age-hours", minutes / 60),
        _ => ("admin-age-days", minutes / 1_440),
    };
    tr.with(key, &[("count", &count.to_string())])
}

/// A form with one button.
pub fn press(shell: &Shell, action: &str, button: Markup) -> Markup {
    shell.post(action, html! { p { (button) } })
}

/// A hidden field.
pub fn hidden(name: &str, value: &str) -> Markup {
    html! { input type="hidden" name=(name) value=(value); }
}

/// The beginning of a tenant's addresses.
pub fn base(shell: &Shell) -> String {
    shell.tenant.as_ref().map(|tenant| tenant.path()).unwrap_or_default()
}

/// A part of a page that needs no ground of its own.
pub fn block(title: &str, body: Markup) -> Markup {
    part::desk::block(title, body)
}

/// What is seen by those who ask for it.
pub fn more(summary: &str, body: Markup) -> Markup {
    html! { details { summary { (summary) } (body) } }
}

/// Questions that belong together.
pub fn group(legend: &str, fields: &[Markup]) -> Markup {
    html! { fieldset { legend { (legend) } @for field in fields { (field) } } }
}

/// Pages side by side: path and text; `here` is the path of the one that is shown.
pub fn tabs(pages: &[(String, String)], here: &str) -> Vec<Tab> {
    pages.iter().map(|(path, text)| Tab { path: path.clone(), text: text.clone(), here: path == here }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use toolcrib_ui::language::Lang;

    #[test]
    fn an_age_is_told_in_the_largest_unit_that_says_enough() {
        let told = |minutes: i64| age(Tr::new(Lang::En), Instant(minutes * MINUTE_US + 5), Instant(0));
        assert_eq!(
            [told(0), told(1), told(119), told(120), told(2_880)],
            ["just now", "1 min ago", "119 min ago", "2 h ago", "2 days ago"]
        );
        assert_eq!(age(Tr::new(Lang::ZhCn), Instant(0), Instant(9)), "刚刚", "a clock that runs ahead is no past");
    }
}

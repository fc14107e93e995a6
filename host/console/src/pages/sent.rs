//! Forms that were sent: what came of them, and the form again as it was when they were refused.

use crate::failure::{Failure, status};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use toolcrib_contract::problem::Problem;
use toolcrib_registry_client::ClientError;
use toolcrib_ui::form::FormText;
use toolcrib_ui::language::Tr;
use toolcrib_ui::part::{self, Field};

/// The parameter of an address that says what was done last.
const DONE: &str = "done";

/// What was sent and refused; nothing at first.
#[derive(Clone, Default)]
pub struct Sent {
    pub form: FormText,
    pub problem: Option<Problem>,
}

impl Sent {
    pub fn refused(form: FormText, problem: Problem) -> Self {
        Self { form, problem: Some(problem) }
    }

    /// What was typed into a field; before anything was sent, what stands there at first.
    pub fn or<'a>(&'a self, name: &str, initial: &'a str) -> &'a str {
        if self.problem.is_some() { self.form.get(name).unwrap_or_default() } else { initial }
    }

    /// Whether one of several ticks was set.
    pub fn ticked(&self, name: &str, value: &str) -> bool {
        self.form.all(name).any(|ticked| ticked == value)
    }

    /// What is wrong with a field. The registry names it as its own JSON does.
    pub fn error(&self, name: &str) -> Option<&str> {
        let errors = &self.problem.as_ref()?.errors;
        let here = |pointer: &str| pointer.trim_start_matches('/').replace('/', "-") == name;
        errors.iter().find(|error| here(&error.pointer)).map(|error| error.message.as_str())
    }

    /// A field with what was typed and what is wrong with it.
    pub fn field<'a>(&'a self, name: &'a str, label: &'a str, help: &'a str, initial: &'a str) -> Filled<'a> {
        let field = Field { name, label, help, error: self.error(name).unwrap_or_default(), required: false };
        Filled { field, value: self.or(name, initial) }
    }

    /// What was done last by the page's address, and what is wrong with what was sent: above the forms.
    pub fn head(&self, tr: Tr) -> Markup {
        html! { (notice(tr, &self.form)) (self.above(tr)) }
    }

    /// The problem, above the forms.
    pub fn above(&self, tr: Tr) -> Markup {
        part::problem_above(tr, self.problem.as_ref())
    }

    /// The page with the status of what was refused.
    pub fn answer(&self, page: Markup) -> Response {
        match &self.problem {
            Some(problem) => (status(problem), page).into_response(),
            None => page.into_response(),
        }
    }
}

/// A field of a form with its value.
#[derive(Clone, Copy)]
pub struct Filled<'a> {
    field: Field<'a>,
    value: &'a str,
}

impl Filled<'_> {
    pub fn required(self) -> Self {
        self.when(true)
    }

    /// Required in this case.
    pub fn when(self, required: bool) -> Self {
        Self { field: Field { required, ..self.field }, ..self }
    }

    /// A line of text, by the input's type.
    pub fn line(self, kind: &str) -> Markup {
        self.field.line(kind, self.value, "")
    }

    pub fn area(self, rows: u8) -> Markup {
        self.field.lines(self.value, rows)
    }

    /// One of several: value and text.
    pub fn select(self, options: &[(String, String)]) -> Markup {
        self.field.select(options, self.value)
    }

    pub fn tick(self, value: &str, ticked: bool) -> Markup {
        self.field.check(value, ticked)
    }

    pub fn file(self, accept: &str) -> Markup {
        self.field.file(accept)
    }
}

/// What the registry answered; a refusal is the caller's to show.
///
/// # Errors
/// The person has to sign in again.
pub fn told<T>(result: Result<T, ClientError>) -> Result<Result<T, Problem>, Failure> {
    match result {
        Ok(value) => Ok(Ok(value)),
        Err(error) => match Failure::from(error) {
            Failure::Problem(problem) => Ok(Err(*problem)),
            other => Err(other),
        },
    }
}

/// Back to a page, which says what was done: `what` is a text's key behind `vendor-done-`.
pub fn done(path: &str, what: &str) -> Response {
    let join = if path.contains('?') { '&' } else { '?' };
    Redirect::to(&format!("{path}{join}{DONE}={what}")).into_response()
}

/// What was done last, by the page's address.
pub fn notice(tr: Tr, address: &FormText) -> Markup {
    let said = address.get(DONE).and_then(|what| tr.maybe(&format!("vendor-done-{what}")));
    html! { @if let Some(said) = said { (part::notice("ok", &said)) } }
}

/// A text of several lines as everybody keeps it: browsers send line ends of two characters.
pub fn lines(form: &FormText, name: &str) -> String {
    form.get(name).unwrap_or_default().replace("\r\n", "\n")
}

/// A text of one line.
pub fn line(form: &FormText, name: &str) -> String {
    form.get(name).unwrap_or_default().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use toolcrib_contract::json::InputError;

    #[test]
    fn a_refused_form_keeps_what_was_typed_and_names_its_errors() {
        let form = FormText::new(vec![("price".into(), "many".into()), ("name-zh".into(), String::new())]);
        let error = |pointer: &str| InputError { pointer: pointer.into(), message: pointer.to_uppercase() };
        let sent = Sent::refused(form, Problem::input(vec![error("/price"), error("/name/zh")]));
        assert_eq!((sent.or("price", "0"), sent.error("price")), ("many", Some("/PRICE")));
        assert_eq!((sent.or("name-zh", "月付"), sent.error("name-zh")), ("", Some("/NAME/ZH")));
        assert_eq!(Sent::default().or("price", "0"), "0");
    }
}

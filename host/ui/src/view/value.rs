//! Answers read by path.

use crate::language::Tr;
use serde_json::Value as Json;
use toolcrib_contract::Type;
use toolcrib_contract::manifest::{HandlerDef, Words};
use toolcrib_contract::schema::Field;
use toolcrib_contract::view::{Amount, Source, scalar, type_at};

/// The value at a path; null where it is absent.
pub fn at<'j>(value: &'j Json, path: &str) -> &'j Json {
    if path.is_empty() { value } else { path.split('.').fold(value, |value, step| &value[step]) }
}

/// A value as one line of text; None when it is absent.
pub fn line(value: &Json) -> Option<String> {
    match value {
        Json::Null => None,
        Json::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

/// A text that its author wrote in both languages, in the reader's; None for anything else.
pub fn said(tr: Tr, value: &Json) -> Option<String> {
    let words = Words::from((value["zh"].as_str()?, value["en"].as_str()?));
    Some(tr.words(&words).to_owned())
}

/// Whether a structure is nothing but one text in both languages.
pub fn is_said(fields: &[Field]) -> bool {
    let has = |name: &str| fields.iter().any(|it| it.name == name && matches!(scalar(&it.of), Type::Text { .. }));
    fields.len() == 2 && has("zh") && has("en")
}

/// A number for drawing; text is for exact figures.
pub fn number(value: &Json) -> Option<f64> {
    match value {
        Json::Number(number) => number.as_f64(),
        Json::String(text) => text.parse().ok(),
        _ => None,
    }
    .filter(|number: &f64| number.is_finite())
}

/// A number of a widget's frame.
pub fn amount(amount: &Amount, answer: &Json) -> Json {
    match amount {
        Amount::Fixed { value } => Json::String(value.clone()),
        Amount::Field { path } => at(answer, path).clone(),
    }
}

/// What a query answered, and what that is.
#[derive(Clone, Copy)]
pub struct Answer<'a> {
    pub def: &'a HandlerDef,
    pub whole: &'a Json,
}

/// Rows and their type.
#[derive(Clone, Copy)]
pub struct Rows<'a> {
    pub rows: &'a [Json],
    pub of: &'a Type,
    pub answer: Answer<'a>,
}

/// One thing and its type.
#[derive(Clone, Copy)]
pub struct Part<'a> {
    pub value: &'a Json,
    pub of: &'a Type,
}

impl<'a> Answer<'a> {
    /// The rows that a widget shows; none where the view does not fit, which vetting lets no module do.
    pub fn rows(self, source: &Source) -> Rows<'a> {
        match source.rows(&self.def.output) {
            Some((path, of)) => {
                let rows = at(self.whole, &path).as_array().map_or(&[][..], Vec::as_slice);
                Rows { rows, of, answer: self }
            }
            None => Rows { rows: &[], of: &Type::Unit, answer: self },
        }
    }

    /// The part of the answer that a widget without rows shows.
    pub fn part(self, source: &Source) -> Part<'a> {
        let of = type_at(&self.def.output, &source.at).unwrap_or(&Type::Unit);
        Part { value: at(self.whole, &source.at), of }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_path_leads_through_structures_and_ends_in_nothing_where_one_is_absent() {
        let value = json!({"now": {"oee": "0.75", "machine": null}});
        assert_eq!(at(&value, "now.oee"), &json!("0.75"));
        assert_eq!(at(&value, "now.machine.code"), &Json::Null);
        assert_eq!(at(&value, ""), &value);
        assert_eq!((number(&json!("0.75")), number(&json!(3)), number(&Json::Null)), (Some(0.75), Some(3.0), None));
        assert_eq!(
            (line(&json!(true)), line(&json!("a")), line(&Json::Null)),
            (Some("true".into()), Some("a".into()), None)
        );
    }

    #[test]
    fn what_is_there_in_both_languages_is_read_in_one() {
        use crate::language::Lang;
        let both = json!({"zh": "卡料", "en": "Jam"});
        assert_eq!(said(Tr::new(Lang::ZhCn), &both).as_deref(), Some("卡料"));
        assert_eq!(said(Tr::new(Lang::En), &both).as_deref(), Some("Jam"));
        assert_eq!(
            said(Tr::new(Lang::En), &json!({"zh": "卡料", "en": ""})).as_deref(),
            Some("卡料"),
            "better than nothing"
        );
        for none in [json!("jam"), json!({"zh": "卡料"}), Json::Null] {
            assert_eq!(said(Tr::new(Lang::En), &none), None);
        }
        let text = |name: &str| Field { name: name.to_owned(), doc: String::new(), of: Type::Text { max: 80 } };
        assert!(is_said(&[text("zh"), text("en")]));
        assert!(!is_said(&[text("code"), text("zh"), text("en")]), "a record that has names beside other things");
    }
}

//! Answers read by path.

use crate::language::{Lang, Tr};
use serde_json::Value as Json;
use toolcrib_contract::Type;
use toolcrib_contract::manifest::{HandlerDef, Words};
use toolcrib_contract::view::{Amount, Column, Source, english_beside, is_said, scalar, type_at};

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

/// A value as one line of text in the reader's language; None when it is absent.
pub fn read(tr: Tr, value: &Json) -> Option<String> {
    said(tr, value).or_else(|| line(value))
}

/// A column's value in a row. Where the row has the same in English beside it, the reader's one, or the other where that says
/// nothing; unless `columns` show the English one for itself.
pub fn field<'j>(tr: Tr, columns: &[Column], path: &str, of: &Type, row: &'j Json) -> &'j Json {
    let own = at(row, path);
    match english_beside(of, path).filter(|twin| !columns.iter().any(|column| column.field == *twin)) {
        None => own,
        Some(twin) => {
            let english = at(row, &twin);
            let [first, second] = if tr.lang == Lang::En { [english, own] } else { [own, english] };
            if says_nothing(first) { second } else { first }
        }
    }
}

/// What a column's code stands for: `person_name` beside `person`, unless it has a column of its own or says the code again.
pub fn name(tr: Tr, columns: &[Column], path: &str, of: &Type, row: &Json) -> Option<String> {
    let beside = name_beside(of, path).filter(|beside| !columns.iter().any(|column| column.field == *beside))?;
    let name = read(tr, at(row, &beside)).filter(|name| !name.trim().is_empty());
    name.filter(|name| Some(name.as_str()) != at(row, path).as_str())
}

/// The path of the name beside a code: that of `person_name` beside `person`.
pub fn name_beside(of: &Type, path: &str) -> Option<String> {
    let beside = format!("{path}_name");
    let is_code = matches!(type_at(of, path).map(scalar), Some(Type::Text { .. }));
    let has = type_at(of, &beside).is_some_and(|ty| matches!(scalar(ty), Type::Text { .. }) || is_said(ty));
    (is_code && has).then_some(beside)
}

fn says_nothing(value: &Json) -> bool {
    match value {
        Json::Null => true,
        Json::String(text) => text.trim().is_empty(),
        Json::Array(items) => items.iter().all(says_nothing),
        _ => false,
    }
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
    use toolcrib_contract::schema::Field;

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
    }

    #[test]
    fn a_row_that_says_the_same_twice_is_read_in_one_language() {
        let of = |fields: &[&str]| {
            let field =
                |name: &&str| Field { name: (*name).to_owned(), doc: String::new(), of: Type::Text { max: 80 } };
            Type::Struct { name: "row".into(), fields: fields.iter().map(field).collect() }
        };
        let (ty, row) =
            (of(&["code", "zh", "en", "title", "title_en"]), json!({"code": "a", "zh": "卡料", "en": "Jam"}));
        let shown = |lang, columns: &[&str], row: &Json| {
            let columns: Vec<_> = columns.iter().map(|path| toolcrib_contract::view::column(path)).collect();
            field(Tr::new(lang), &columns, "zh", &ty, row).clone()
        };
        assert_eq!((shown(Lang::En, &["zh"], &row), shown(Lang::ZhCn, &["zh"], &row)), (json!("Jam"), json!("卡料")));
        assert_eq!(shown(Lang::En, &["zh", "en"], &row), json!("卡料"), "whoever keeps both sees both");
        assert_eq!(shown(Lang::En, &["zh"], &json!({"zh": "卡料", "en": " "})), json!("卡料"), "better than nothing");
        let titled = json!({"title": null, "title_en": "Press"});
        assert_eq!(field(Tr::new(Lang::ZhCn), &[], "title", &ty, &titled), &json!("Press"));
        assert_eq!(field(Tr::new(Lang::En), &[], "zh", &of(&["zh"]), &row), &json!("卡料"), "nothing stands beside it");
    }

    #[test]
    fn a_code_with_its_name_beside_it_is_read_by_its_name() {
        let text = |name: &str| Field { name: name.to_owned(), doc: String::new(), of: Type::Text { max: 80 } };
        let ty = Type::Struct { name: "row".into(), fields: vec![text("person"), text("person_name"), text("card")] };
        let named = |columns: &[&str], path: &str, row: &Json| {
            let columns: Vec<_> = columns.iter().map(|path| toolcrib_contract::view::column(path)).collect();
            name(Tr::new(Lang::ZhCn), &columns, path, &ty, row)
        };
        let row = json!({"person": "2001", "person_name": "王师傅", "card": "WO-1/10"});
        assert_eq!(named(&["person"], "person", &row).as_deref(), Some("王师傅"));
        assert_eq!(named(&["person", "person_name"], "person", &row), None, "it stands there already");
        assert_eq!(named(&["card"], "card", &row), None);
        for nobody in [json!({"person": "2001"}), json!({"person": "2001", "person_name": "2001"})] {
            assert_eq!(named(&["person"], "person", &nobody), None, "the code is all there is");
        }
    }
}

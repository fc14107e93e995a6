//! What was typed, as the JSON input of an operation: every mistake at once, each at its field, in the visitor's language.

use super::{FormText, inside, pointer};
use crate::language::Tr;
use crate::zone::Zone;
use serde_json::{Map, Value as Json};
use toolcrib_contract::file;
use toolcrib_contract::json::{self, ERRORS_MAX, InputError};
use toolcrib_contract::schema::{Field, Type};
use toolcrib_contract::types::{Date, RawId, check_text, parse_decimal};

/// Reads the input of an operation; `ty` is its structure of parameters.
///
/// # Errors
/// Everything that is wrong, up to [`ERRORS_MAX`].
pub fn read(tr: Tr, zone: &Zone, ty: &Type, form: &FormText) -> Result<Json, Vec<InputError>> {
    let mut reading = Reading { tr, zone, form, errors: Vec::new() };
    let input = reading.structure("", ty.fields());
    if !reading.errors.is_empty() {
        return Err(reading.errors);
    }
    // The contract has the last word.
    json::read(ty, &input)?;
    Ok(input)
}

struct Reading<'a> {
    tr: Tr,
    zone: &'a Zone,
    form: &'a FormText,
    errors: Vec<InputError>,
}

impl Reading<'_> {
    fn structure(&mut self, name: &str, fields: &[Field]) -> Json {
        let fields = fields.iter().map(|field| (field.name.clone(), self.value(&inside(name, &field.name), &field.of)));
        Json::Object(fields.collect::<Map<_, _>>())
    }

    fn value(&mut self, name: &str, ty: &Type) -> Json {
        match ty {
            Type::Unit => Json::Null,
            Type::Option { of } if self.absent(name, of) => Json::Null,
            Type::Option { of } => self.value(name, of),
            Type::Struct { fields, .. } => self.structure(name, fields),
            Type::List { of } if of.is_scalar() => self.lines(name, of),
            Type::List { of } => {
                Json::Array((0..self.form.groups(name)).map(|at| self.value(&inside(name, at), of)).collect())
            }
            scalar => self.scalar(name, self.form.get(name).unwrap_or_default(), scalar),
        }
    }

    /// Whether an optional value was left out.
    fn absent(&self, name: &str, ty: &Type) -> bool {
        match ty {
            Type::Unit => true,
            Type::Option { of } => self.absent(name, of),
            Type::Struct { .. } => !self.form.is_on(name),
            Type::List { of } if !of.is_scalar() => self.form.groups(name) == 0,
            _ => self.form.get(name).is_none_or(|text| text.trim().is_empty()),
        }
    }

    fn lines(&mut self, name: &str, of: &Type) -> Json {
        let text = self.form.get(name).unwrap_or_default();
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty()).enumerate();
        Json::Array(lines.map(|(at, line)| self.scalar(&inside(name, at), line, of)).collect())
    }

    fn scalar(&mut self, name: &str, text: &str, ty: &Type) -> Json {
        scalar(self.tr, self.zone, ty, text).unwrap_or_else(|message| {
            if self.errors.len() < ERRORS_MAX {
                self.errors.push(InputError { pointer: pointer(name), message });
            }
            Json::Null
        })
    }
}

/// Whether a checkbox, a choice or a link says yes.
pub fn is_true(text: &str) -> bool {
    matches!(text, "true" | "on" | "1")
}

/// Digits and signs typed with a Chinese input method, as machines write them.
fn half_width(text: &str) -> String {
    let narrow = |char: char| match char {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(char as u32 - 0xFEE0).unwrap_or(char),
        '\u{2212}' => '-',
        other => other,
    };
    text.trim().chars().map(narrow).collect()
}

fn scalar(tr: Tr, zone: &Zone, ty: &Type, typed: &str) -> Result<Json, String> {
    let text = half_width(typed);
    match ty {
        Type::Bool => Ok(Json::Bool(is_true(&text))),
        Type::Text { max } => {
            let typed = typed.replace("\r\n", "\n");
            let chars = typed.chars().count().to_string();
            let told = |_| tr.with("error-text", &[("max", &max.to_string()), ("chars", &chars)]);
            check_text(&typed, *max).map(|()| Json::String(typed)).map_err(told)
        }
        _ if text.is_empty() => Err(tr.t("error-missing")),
        Type::Int => text.parse::<i64>().map(Json::from).map_err(|_| tr.t("error-int")),
        Type::Float => {
            let value = text.parse::<f64>().ok().and_then(serde_json::Number::from_f64);
            value.map(Json::Number).ok_or_else(|| tr.t("error-float"))
        }
        Type::Decimal { scale } => {
            let told = |_| tr.with("error-decimal", &[("digits", &scale.to_string())]);
            parse_decimal(&text, *scale).map(|_| Json::String(text.clone())).map_err(told)
        }
        Type::File { accept, .. } => {
            file::check(&text, accept).map(|()| Json::String(text.clone())).map_err(|_| tr.t("error-file"))
        }
        Type::Instant => {
            zone.parse(&text).map(|instant| Json::String(instant.to_string())).ok_or_else(|| tr.t("error-instant"))
        }
        Type::Date => text.parse::<Date>().map(|date| Json::String(date.to_string())).map_err(|_| tr.t("error-date")),
        Type::Id { .. } | Type::Ref { .. } => {
            text.parse::<RawId>().map(|id| Json::String(id.to_string())).map_err(|_| tr.t("error-id"))
        }
        Type::Enum { cases, .. } if cases.contains(&text) => Ok(Json::String(text.clone())),
        Type::Enum { .. } => Err(tr.t("error-choice")),
        Type::Unit | Type::Option { .. } | Type::List { .. } | Type::Struct { .. } => unreachable!("no scalar"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::Drawing;
    use crate::language::Lang;
    use crate::names::{NONE, Names};
    use serde_json::json;

    const ID: &str = "018f0e6e-7b1c-7cc3-a1b2-0123456789ab";

    fn structure(fields: Vec<(&str, Type)>) -> Type {
        let field = |(name, of): (&str, Type)| Field { name: name.into(), of, doc: String::new() };
        Type::Struct { name: "input".into(), fields: fields.into_iter().map(field).collect() }
    }

    fn option(of: Type) -> Type {
        Type::Option { of: Box::new(of) }
    }

    fn list(of: Type) -> Type {
        Type::List { of: Box::new(of) }
    }

    fn choice() -> Type {
        Type::Enum { name: "state".into(), cases: vec!["running".into(), "off".into()] }
    }

    fn form(pairs: &[(&str, &str)]) -> FormText {
        FormText::new(pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect())
    }

    fn zone() -> Zone {
        Zone::named("Asia/Shanghai")
    }

    fn names(lang: Lang) -> Names<'static> {
        Names::new(Tr::new(lang), &NONE, &[])
    }

    /// One field `x` of a type, typed as `text`: the JSON of the field, or the message beside it as the page shows it.
    fn check(ty: Type, text: &str) -> Result<Json, String> {
        let (ty, form) = (structure(vec![("x", ty)]), form(&[("x", text)]));
        let errors = match read(Tr::new(Lang::En), &zone(), &ty, &form) {
            Ok(mut input) => return Ok(input["x"].take()),
            Err(errors) => errors,
        };
        let page = Drawing {
            names: names(Lang::En),
            operation: "order",
            zone: &zone(),
            form: &form,
            errors: &errors,
            within: "",
        }
        .fields(ty.fields())
        .into_string();
        let message = page.split("<p class=\"error\" id=\"e-x\">").nth(1).and_then(|rest| rest.split("</p>").next());
        assert!(page.contains("aria-invalid=\"true\""), "{page}");
        let chosen = matches!(ty.fields()[0].of, Type::Enum { .. });
        assert!(chosen || text.is_empty() || page.contains(text.lines().next().unwrap()), "the input is kept: {page}");
        Err(message.expect("a message beside the field").to_owned())
    }

    #[test]
    fn every_type_is_read_from_what_people_type() {
        for (ty, text, expected) in [
            (Type::Unit, "", json!(null)),
            (Type::Bool, "true", json!(true)),
            (Type::Bool, "", json!(false)),
            (Type::Int, " -12 ", json!(-12)),
            (Type::Int, "１２", json!(12)),
            (Type::Float, "1.5e3", json!(1500.0)),
            (Type::Decimal { scale: 2 }, "12.5", json!("12.5")),
            (Type::Decimal { scale: 2 }, "－１２．５０", json!("-12.50")),
            (Type::Text { max: 5 }, " 冲床1 ", json!(" 冲床1 ")),
            (Type::Text { max: 3 }, "a\r\nb", json!("a\nb")),
            (Type::Instant, "2026-11-23T16:00", json!("2026-11-23T08:00:00Z")),
            (Type::Instant, "2026-11-23T08:00:00.000001Z", json!("2026-11-23T08:00:00.000001Z")),
            (Type::Date, "2026-11-23", json!("2026-11-23")),
            (Type::Id { record: "stop".into() }, &ID.to_uppercase(), json!(ID)),
            (Type::Ref { module: "plant".into(), record: "person".into() }, ID, json!(ID)),
            (choice(), "off", json!("off")),
            (option(Type::Int), " ", json!(null)),
            (option(Type::Bool), "", json!(null)),
            (option(Type::Bool), "false", json!(false)),
            (option(option(Type::Date)), "", json!(null)),
            (list(Type::Int), "1\r\n\r\n 2\n", json!([1, 2])),
            (option(list(Type::Int)), "", json!(null)),
            (list(choice()), "", json!([])),
        ] {
            assert_eq!(check(ty.clone(), text), Ok(expected), "{ty:?} from {text:?}");
        }
    }

    #[test]
    fn every_mistake_is_told_beside_its_field() {
        for (ty, text, part) in [
            (Type::Int, "", "needed"),
            (Type::Int, "1.5", "whole number"),
            (Type::Int, "9223372036854775808", "whole number"),
            (Type::Float, "NaN", "number"),
            (Type::Float, "inf", "number"),
            (Type::Decimal { scale: 2 }, "1.005", "2 digits"),
            (Type::Decimal { scale: 2 }, "1e3", "2 digits"),
            (Type::Text { max: 3 }, "abcd", "at most 3"),
            (Type::Instant, "yesterday", "date and a time"),
            (Type::Instant, "1066-10-14T09:00", "date and a time"),
            (Type::Date, "2026-02-30", "date"),
            (Type::Id { record: "stop".into() }, "7", "id"),
            (choice(), "", "needed"),
            (choice(), "flying", "choice"),
            (list(Type::Int), "1\ntwo", "Line 2"),
        ] {
            let message = check(ty.clone(), text).expect_err(text);
            assert!(message.contains(part), "{ty:?} from {text:?}: {message}");
        }
    }

    #[test]
    fn nested_parts_and_groups_come_back_as_they_were_typed() {
        let line = structure(vec![("material", Type::Text { max: 9 }), ("qty", Type::Decimal { scale: 3 })]);
        let ty = structure(vec![
            ("order", option(structure(vec![("no", Type::Int)]))),
            ("lines", list(line)),
            ("grid", list(list(Type::Int))),
        ]);
        let sent = [
            ("_on.order", "true"),
            ("order.no", "7"),
            ("_n.lines", "2"),
            ("lines.0.material", "M1"),
            ("lines.0.qty", "1.5"),
            ("lines.1.material", "M2"),
            ("lines.1.qty", "2"),
            ("_n.grid", "1"),
            ("grid.0", "1\n2"),
        ];
        let expected = json!({"order": {"no": 7}, "lines": [{"material": "M1", "qty": "1.5"}, {"material": "M2", "qty": "2"}], "grid": [[1, 2]]});
        assert_eq!(read(Tr::new(Lang::ZhCn), &zone(), &ty, &form(&sent)), Ok(expected));
        let none = json!({"order": null, "lines": [], "grid": []});
        assert_eq!(read(Tr::new(Lang::ZhCn), &zone(), &ty, &form(&[("order.no", "7")])), Ok(none));
        let mut wrong = sent;
        wrong[6].1 = "many";
        let errors = read(Tr::new(Lang::ZhCn), &zone(), &ty, &form(&wrong)).unwrap_err();
        assert_eq!(errors[0].pointer, "/lines/1/qty");
        let page = Drawing {
            names: names(Lang::ZhCn),
            operation: "order",
            zone: &zone(),
            form: &form(&wrong),
            errors: &errors,
            within: "",
        }
        .fields(ty.fields())
        .into_string();
        assert!(page.contains("id=\"e-lines.1.qty\"") && page.contains("value=\"many\""), "{page}");
    }
}

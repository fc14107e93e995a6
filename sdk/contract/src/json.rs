//! JSON forms of typed values: checked on the way in with every error at once, written straight from bytes on the way out.
//!
//! Decimals are text (`"12.50"`; whole numbers may be plain), instants RFC 3339, dates ISO 8601, ids UUIDs, enums their
//! case names; an absent option is `null` or missing. Unknown fields are errors.

use crate::codec::{CodecError, Decode, Encode, Reader, put_signed, put_text, put_unsigned};
use crate::file;
use crate::limits;
use crate::schema::{Field, Type};
use crate::types::{Date, Instant, RawId, check_text, decimal_text, parse_decimal};
use serde::Serialize;
use serde_json::{Map, Value as Json};

/// One thing that is wrong with an input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, serde::Deserialize)]
pub struct InputError {
    /// JSON pointer into the input, `""` for the whole.
    pub pointer: String,
    pub message: String,
}

/// The most errors reported for one input.
pub const ERRORS_MAX: usize = 20;

/// JSON text of one value: well above what an output of [`limits::OUTPUT_BYTES`] honestly becomes.
const TEXT_BYTES_MAX: usize = 16 << 20;

/// Encodes a JSON value as a value of `ty`.
///
/// # Errors
/// Every field that is wrong, up to [`ERRORS_MAX`].
pub fn read(ty: &Type, json: &Json) -> Result<Vec<u8>, Vec<InputError>> {
    convert(ty, json, true)
}

/// As [`read`], but passes over fields that `ty` does not have: for events, whose sender may have grown.
///
/// # Errors
/// As [`read`].
pub fn read_known(ty: &Type, json: &Json) -> Result<Vec<u8>, Vec<InputError>> {
    convert(ty, json, false)
}

fn convert(ty: &Type, json: &Json, strict: bool) -> Result<Vec<u8>, Vec<InputError>> {
    let mut input = Input { errors: Vec::new(), path: String::new(), strict };
    let mut out = Vec::new();
    input.value(ty, json, &mut out);
    if input.errors.is_empty() { Ok(out) } else { Err(input.errors) }
}

struct Input {
    errors: Vec<InputError>,
    path: String,
    /// Unknown fields are errors.
    strict: bool,
}

impl Input {
    fn error(&mut self, message: impl Into<String>) {
        if self.errors.len() < ERRORS_MAX {
            self.errors.push(InputError { pointer: self.path.clone(), message: message.into() });
        }
    }

    fn at(&mut self, step: impl std::fmt::Display, inner: impl FnOnce(&mut Self)) {
        let len = self.path.len();
        self.path.push_str(&format!("/{step}"));
        inner(self);
        self.path.truncate(len);
    }

    fn checked<T>(&mut self, result: Result<T, CodecError>, put: impl FnOnce(T)) {
        match result {
            Ok(value) => put(value),
            Err(error) => self.error(error.to_string()),
        }
    }

    fn value(&mut self, ty: &Type, json: &Json, out: &mut Vec<u8>) {
        match (ty, json) {
            (Type::Option { .. }, Json::Null) => out.push(0),
            (Type::Option { of }, json) => {
                out.push(1);
                self.value(of, json, out);
            }
            (Type::Unit, Json::Null) => {}
            (Type::Bool, Json::Bool(flag)) => flag.encode(out),
            (Type::Int, Json::Number(number)) => match number.as_i64() {
                Some(value) => put_signed(value, out),
                None => self.error("a whole number between -2^63 and 2^63-1 is needed"),
            },
            (Type::Float, Json::Number(number)) => match number.as_f64().filter(|value| value.is_finite()) {
                Some(value) => value.encode(out),
                None => self.error("a finite number is needed"),
            },
            (Type::Decimal { scale }, Json::String(text)) => {
                self.checked(parse_decimal(text, *scale), |coef| put_signed(coef, out))
            }
            (Type::Decimal { scale }, Json::Number(number)) if number.is_i64() => {
                self.checked(parse_decimal(&number.to_string(), *scale), |coef| put_signed(coef, out));
            }
            (Type::Decimal { .. }, Json::Number(_)) => {
                self.error("a decimal with a point is sent as text, \"12.50\", so that no digit is lost")
            }
            (Type::Text { max }, Json::String(text)) => self.checked(check_text(text, *max), |()| put_text(text, out)),
            (Type::File { accept, .. }, Json::String(text)) => {
                self.checked(file::check(text, accept), |()| put_text(text, out));
            }
            (Type::Instant, Json::String(text)) => self.checked(text.parse::<Instant>(), |instant| instant.encode(out)),
            (Type::Date, Json::String(text)) => self.checked(text.parse::<Date>(), |date| date.encode(out)),
            (Type::Id { .. } | Type::Ref { .. }, Json::String(text)) => {
                self.checked(text.parse::<RawId>(), |id| id.encode(out))
            }
            (Type::Enum { cases, .. }, Json::String(text)) => match cases.iter().position(|case| case == text) {
                Some(case) => put_unsigned(case as u64, out),
                None => self.error(format!("one of {} is needed", cases.join(", "))),
            },
            (Type::List { of }, Json::Array(items)) => self.list(of, items, out),
            (Type::Struct { fields, .. }, Json::Object(object)) => self.structure(fields, object, out),
            (ty, json) => self.error(format!("{} is needed, this is {}", describe(ty), kind(json))),
        }
    }

    fn list(&mut self, of: &Type, items: &[Json], out: &mut Vec<u8>) {
        if items.len() > limits::LIST_ITEMS as usize {
            return self.error(format!("a list has at most {} items", limits::LIST_ITEMS));
        }
        put_unsigned(items.len() as u64, out);
        for (at, item) in items.iter().enumerate() {
            self.at(at, |input| input.value(of, item, out));
        }
    }

    fn structure(&mut self, fields: &[Field], object: &Map<String, Json>, out: &mut Vec<u8>) {
        for field in fields {
            self.at(&field.name, |input| match (object.get(&field.name), &field.of) {
                (Some(json), of) => input.value(of, json, out),
                // Both begin with how many follow: none.
                (None, Type::Option { .. } | Type::List { .. }) => out.push(0),
                (None, of) => input.error(format!("missing: {} is needed", describe(of))),
            });
        }
        if !self.strict {
            return;
        }
        for name in object.keys().filter(|name| !fields.iter().any(|field| field.name == **name)) {
            let name: String = name.chars().take(60).collect();
            self.at(&name, |input| input.error("no such field"));
        }
    }
}

fn describe(ty: &Type) -> String {
    match ty {
        Type::Unit => "nothing (null)".into(),
        Type::Bool => "true or false".into(),
        Type::Int => "a whole number".into(),
        Type::Float => "a number".into(),
        Type::Decimal { scale } => format!("a decimal as text with at most {scale} digits after the point"),
        Type::Text { max } => format!("a text of at most {max} characters"),
        Type::File { accept, .. } => {
            let endings: Vec<_> = accept.iter().map(|media| media.ending()).collect();
            format!("the name of a file that was sent before ({})", endings.join(", "))
        }
        Type::Instant => "a time such as 2026-11-23T08:00:00Z".into(),
        Type::Date => "a date such as 2026-11-23".into(),
        Type::Id { record } | Type::Ref { record, .. } => format!("the id of a {record}"),
        Type::Enum { cases, .. } => format!("one of {}", cases.join(", ")),
        Type::Option { of } => describe(of),
        Type::List { .. } => "a list".into(),
        Type::Struct { .. } => "an object".into(),
    }
}

fn kind(json: &Json) -> &'static str {
    match json {
        Json::Null => "null",
        Json::Bool(_) => "true or false",
        Json::Number(_) => "a number",
        Json::String(_) => "a text",
        Json::Array(_) => "a list",
        Json::Object(_) => "an object",
    }
}

/// Writes the encoded value of `ty` as JSON text.
///
/// # Errors
/// The bytes are not a value of `ty`.
pub fn write(ty: &Type, bytes: &[u8]) -> Result<String, CodecError> {
    let mut reader = Reader::new(bytes);
    let mut out = String::with_capacity(bytes.len() * 2 + 16);
    put(ty, &mut reader, &mut out)?;
    if reader.rest().is_empty() { Ok(out) } else { Err(CodecError::Trailing) }
}

/// Writes one value off the reader.
pub fn put(ty: &Type, reader: &mut Reader<'_>, out: &mut String) -> Result<(), CodecError> {
    use std::fmt::Write;
    match ty {
        Type::Unit => out.push_str("null"),
        Type::Bool => out.push_str(if reader.flag()? { "true" } else { "false" }),
        Type::Int => drop(write!(out, "{}", reader.signed()?)),
        Type::Float => drop(write!(out, "{}", Json::from(f64::decode(reader)?))),
        Type::Decimal { scale } => drop(write!(out, "\"{}\"", decimal_text(reader.signed()?, *scale))),
        Type::Text { .. } | Type::File { .. } => put_string(reader.text()?, out),
        Type::Instant => drop(write!(out, "\"{}\"", Instant::decode(reader)?)),
        Type::Date => drop(write!(out, "\"{}\"", Date::decode(reader)?)),
        Type::Id { .. } | Type::Ref { .. } => drop(write!(out, "\"{}\"", RawId::decode(reader)?)),
        Type::Enum { cases, .. } => {
            let case = usize::try_from(reader.unsigned()?).ok().and_then(|case| cases.get(case));
            put_string(case.ok_or(CodecError::Invalid("an enum has no such case"))?, out);
        }
        Type::Option { of } if reader.flag()? => put(of, reader, out)?,
        Type::Option { .. } => out.push_str("null"),
        Type::List { of } => {
            let len = reader.unsigned()?;
            if len > u64::from(limits::LIST_ITEMS) {
                return Err(CodecError::Invalid("a list has more items than allowed"));
            }
            out.push('[');
            for at in 0..len {
                if at > 0 {
                    out.push(',');
                }
                put(of, reader, out)?;
                // Few bytes may stand for much text: names of fields, items that take no bytes.
                if out.len() > TEXT_BYTES_MAX {
                    return Err(CodecError::Invalid("the value is too long as JSON"));
                }
            }
            out.push(']');
        }
        Type::Struct { fields, .. } => {
            out.push('{');
            put_fields(fields, reader, out)?;
            out.push('}');
        }
    }
    Ok(())
}

/// Writes `"name":value` pairs of fields off the reader, without the braces.
pub fn put_fields(fields: &[Field], reader: &mut Reader<'_>, out: &mut String) -> Result<(), CodecError> {
    for (at, field) in fields.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        put_string(&field.name, out);
        out.push(':');
        put(&field.of, reader, out)?;
    }
    Ok(())
}

fn put_string(text: &str, out: &mut String) {
    out.push_str(&Json::from(text).to_string());
}

/// The deepest nesting of brackets outside strings. Says nothing about validity.
pub fn depth(bytes: &[u8]) -> usize {
    let (mut depth, mut deepest, mut text, mut escaped) = (0usize, 0, false, false);
    for byte in bytes {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if text => escaped = true,
            b'"' => text = !text,
            b'[' | b'{' if !text => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' if !text => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// The JSON Schema (2020-12) of what is answered, for OpenAPI documents: a list is always there.
pub fn json_schema(ty: &Type) -> Json {
    schema(ty, false)
}

/// The JSON Schema (2020-12) of an input: a list that is left out is empty.
pub fn input_schema(ty: &Type) -> Json {
    schema(ty, true)
}

fn schema(ty: &Type, input: bool) -> Json {
    use serde_json::json;
    match ty {
        Type::Unit => json!({"type": "null"}),
        Type::Bool => json!({"type": "boolean"}),
        Type::Int => json!({"type": "integer", "format": "int64"}),
        Type::Float => json!({"type": "number"}),
        Type::Decimal { scale } => {
            let digits = if *scale == 0 { String::new() } else { format!("(\\.[0-9]{{1,{scale}}})?") };
            json!({"type": "string", "pattern": format!("^-?[0-9]{{1,18}}{digits}$"), "description": describe(ty)})
        }
        Type::Text { max } => json!({"type": "string", "maxLength": max}),
        Type::File { accept, max_bytes } => {
            let endings: Vec<_> = accept.iter().map(|media| media.ending()).collect();
            let pattern = format!("^[0-9a-f]{{64}}\\.({})$", endings.join("|"));
            let told = format!("{}, of at most {max_bytes} bytes", describe(ty));
            json!({"type": "string", "pattern": pattern, "description": told})
        }
        Type::Instant => json!({"type": "string", "format": "date-time"}),
        Type::Date => json!({"type": "string", "format": "date"}),
        Type::Id { record } | Type::Ref { record, .. } => {
            json!({"type": "string", "format": "uuid", "description": format!("Id of a {record}")})
        }
        Type::Enum { cases, .. } => json!({"type": "string", "enum": cases}),
        Type::Option { of } => json!({"anyOf": [schema(of, input), {"type": "null"}]}),
        Type::List { of } => json!({"type": "array", "items": schema(of, input), "maxItems": limits::LIST_ITEMS}),
        Type::Struct { fields, .. } => {
            let required: Vec<_> = fields
                .iter()
                .filter(|field| match field.of {
                    Type::Option { .. } => false,
                    Type::List { .. } => !input,
                    _ => true,
                })
                .map(|field| &field.name)
                .collect();
            let properties: Map<String, Json> = fields
                .iter()
                .map(|field| {
                    let mut schema = schema(&field.of, input);
                    if !field.doc.is_empty() {
                        schema["description"] = Json::from(field.doc.as_str());
                    }
                    (field.name.clone(), schema)
                })
                .collect();
            json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false})
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_counts_brackets_outside_strings_only() {
        assert_eq!(depth(br#"{"a":[1,{"b":"[[[\"[["}]}"#), 3);
    }
    use serde_json::json;

    fn sample() -> Type {
        let field = |name: &str, of: Type| Field { name: name.into(), of, doc: String::new() };
        Type::Struct {
            name: "stop".into(),
            fields: vec![
                field("code", Type::Text { max: 5 }),
                field("qty", Type::Decimal { scale: 2 }),
                field("at", Type::Instant),
                field("kind", Type::Enum { name: "kind".into(), cases: vec!["planned".into(), "fault".into()] }),
                field("note", Type::Option { of: Box::new(Type::Text { max: 10 }) }),
                field("counts", Type::List { of: Box::new(Type::Int) }),
            ],
        }
    }

    #[test]
    fn a_good_input_comes_back_as_it_was() {
        let input = json!({"code": "冲床\"1", "qty": "12.50", "at": "2026-11-23T08:00:00Z", "kind": "fault", "note": null, "counts": [1, -2]});
        let bytes = read(&sample(), &input).unwrap();
        assert_eq!(serde_json::from_str::<Json>(&write(&sample(), &bytes).unwrap()).unwrap(), input);
    }

    #[test]
    fn a_list_that_is_left_out_is_empty_and_no_input_needs_it() {
        let mut input = json!({"code": "a", "qty": "1", "at": "2026-11-23T08:00:00Z", "kind": "fault", "counts": []});
        let whole = read(&sample(), &input).unwrap();
        input.as_object_mut().unwrap().remove("counts");
        assert_eq!(read(&sample(), &input), Ok(whole));
        let needed = |schema: Json| schema["required"].as_array().unwrap().contains(&json!("counts"));
        assert!(needed(json_schema(&sample())) && !needed(input_schema(&sample())));
    }

    #[test]
    fn a_bad_input_is_told_everything_at_once() {
        let input = json!({"code": "too long", "qty": 1.5, "at": "2026-02-30T00:00:00Z", "kind": "other", "counts": [1, "2"], "tenant": "x"});
        let errors = read(&sample(), &input).unwrap_err();
        let pointers: Vec<_> = errors.iter().map(|error| error.pointer.as_str()).collect();
        assert_eq!(pointers, ["/code", "/qty", "/at", "/kind", "/counts/1", "/tenant"]);
    }
}

//! A value as it was found, before a rule makes a signal of it: of JSON, of plain text, of Sparkplug.

use super::exact::Exact;
use serde_json::{Value as Json, json};
use toolcrib_sparkplug::{DataSet, Template, Value};

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub enum Found {
    Flag(bool),
    /// Exact, and as it came when it is too large for that.
    Number(Option<Exact>, f64),
    Text(String),
}

/// Why something found is no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoValue {
    Null,
    /// Not a number, or infinite.
    NotFinite,
    /// An object, an array, a table, bytes.
    Structured,
}

impl NoValue {
    pub fn code(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::NotFinite => "not-a-number",
            Self::Structured => "no-single-value",
        }
    }

    pub fn why(self) -> &'static str {
        match self {
            Self::Null => "the value is null",
            Self::NotFinite => "the value is not a finite number",
            Self::Structured => "this holds more than one value; a path leads to one of them",
        }
    }
}

fn float(value: f64, exact: Option<Exact>) -> Result<Found, NoValue> {
    if value.is_finite() { Ok(Found::Number(exact, value)) } else { Err(NoValue::NotFinite) }
}

impl Found {
    fn whole(value: i128) -> Self {
        Self::Number(Some(Exact::whole(value)), value as f64)
    }

    /// # Errors
    /// Null or not a single value.
    pub fn of_json(value: &Json) -> Result<Self, NoValue> {
        match value {
            Json::Null => Err(NoValue::Null),
            Json::Bool(value) => Ok(Self::Flag(*value)),
            Json::String(text) => Ok(Self::Text(text.clone())),
            Json::Number(number) => match (number.as_i64(), number.as_u64()) {
                (Some(value), _) => Ok(Self::whole(value.into())),
                (_, Some(value)) => Ok(Self::whole(value.into())),
                _ => number.as_f64().ok_or(NoValue::NotFinite).and_then(|value| float(value, Exact::of(value))),
            },
            Json::Array(_) | Json::Object(_) => Err(NoValue::Structured),
        }
    }

    /// # Errors
    /// Not a finite number, or not a single value.
    pub fn of_metric(value: &Value) -> Result<Self, NoValue> {
        match value {
            Value::Signed(value) => Ok(Self::whole((*value).into())),
            Value::Unsigned(value) | Value::DateTime(value) => Ok(Self::whole((*value).into())),
            Value::Float(value) => float(f64::from(*value), Exact::of_single(*value)),
            Value::Double(value) => float(*value, Exact::of(*value)),
            Value::Boolean(value) => Ok(Self::Flag(*value)),
            Value::Text(text) => Ok(Self::Text(text.clone())),
            Value::Bytes(_) | Value::Array(_) | Value::DataSet(_) | Value::Template(_) => Err(NoValue::Structured),
        }
    }

    /// What a payload that is no JSON says.
    pub fn of_text(text: &str) -> Result<Self, NoValue> {
        let text = text.trim();
        match text {
            "" => Err(NoValue::Null),
            "NaN" | "nan" | "inf" | "-inf" | "Infinity" | "-Infinity" => Err(NoValue::NotFinite),
            "true" => Ok(Self::Flag(true)),
            "false" => Ok(Self::Flag(false)),
            _ => match Exact::parse(text) {
                Some(exact) => Ok(Self::Number(Some(exact), exact.to_float())),
                None => Ok(Self::Text(text.to_owned())),
            },
        }
    }

    /// The value as it is shown, and looked up in state maps.
    pub fn text(&self) -> String {
        match self {
            Self::Flag(value) => value.to_string(),
            Self::Number(exact, value) => match exact.and_then(Exact::to_whole) {
                Some(whole) => whole.to_string(),
                None => value.to_string(),
            },
            Self::Text(text) => text.clone(),
        }
    }
}

/// A structured metric as JSON, for paths: members of a template by name, rows of a table by column, elements by place.
pub fn json_of(value: &Value) -> Json {
    match value {
        Value::Signed(value) => json!(value),
        Value::Unsigned(value) | Value::DateTime(value) => json!(value),
        // In its shortest form, so that a path finds the same number as without one.
        Value::Float(value) => Exact::of_single(*value).map_or(Json::Null, |exact| json!(exact.to_float())),
        Value::Double(value) => json!(value),
        Value::Boolean(value) => json!(value),
        Value::Text(text) => json!(text),
        Value::Bytes(_) => Json::Null,
        Value::Array(elements) => elements.iter().map(json_of).collect(),
        Value::Template(Template { members, .. }) => {
            let member = |(name, _, value): &(String, _, Option<Value>)| (name.clone(), option(value));
            Json::Object(members.iter().map(member).collect())
        }
        Value::DataSet(DataSet { columns, rows }) => {
            let row = |cells: &Vec<Option<Value>>| {
                Json::Object(columns.iter().zip(cells).map(|((name, _), cell)| (name.clone(), option(cell))).collect())
            };
            rows.iter().map(row).collect()
        }
    }
}

fn option(value: &Option<Value>) -> Json {
    value.as_ref().map_or(Json::Null, json_of)
}

/// Values one below the other, each with its pointer: what an unknown message offers. At most `most`.
pub fn leaves(value: &Json, most: usize) -> Vec<(String, Found)> {
    let mut found = Vec::new();
    let mut open = vec![(String::new(), value)];
    while let Some((pointer, value)) = open.pop() {
        if found.len() >= most {
            break;
        }
        let below = |part: &str| format!("{pointer}/{}", part.replace('~', "~0").replace('/', "~1"));
        match value {
            Json::Object(map) => open.extend(map.iter().take(most).rev().map(|(key, value)| (below(key), value))),
            Json::Array(list) => {
                open.extend(list.iter().take(most).enumerate().rev().map(|(at, value)| (below(&at.to_string()), value)))
            }
            value => found.extend(Found::of_json(value).ok().map(|one| (pointer, one))),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use toolcrib_sparkplug::DataType;

    #[test]
    fn plain_texts_are_numbers_flags_or_words() {
        assert_eq!(Found::of_text(" 21.50\n").unwrap().text(), "21.5");
        assert_eq!(Found::of_text("7").unwrap().text(), "7");
        assert_eq!(Found::of_text("true"), Ok(Found::Flag(true)));
        assert_eq!(Found::of_text("running"), Ok(Found::Text("running".into())));
        assert_eq!((Found::of_text(""), Found::of_text("NaN")), (Err(NoValue::Null), Err(NoValue::NotFinite)));
    }

    #[test]
    fn what_is_no_finite_number_is_no_value() {
        for value in [Value::Float(f32::NAN), Value::Double(f64::INFINITY), Value::Double(f64::NEG_INFINITY)] {
            assert_eq!(Found::of_metric(&value), Err(NoValue::NotFinite));
        }
        assert_eq!(Found::of_json(&Json::Null), Err(NoValue::Null));
        assert_eq!(Found::of_json(&json!([1])), Err(NoValue::Structured));
    }

    #[test]
    fn templates_tables_and_arrays_are_walked_by_paths() {
        let member = ("speed".to_owned(), DataType::Float, Some(Value::Float(0.1)));
        let template = Value::Template(Template { members: vec![member], ..Template::default() });
        assert_eq!(json_of(&template), json!({"speed": 0.1}));
        let columns = vec![("t".to_owned(), DataType::Int32)];
        let set = Value::DataSet(DataSet { columns, rows: vec![vec![Some(Value::Signed(-3))], vec![None]] });
        assert_eq!(json_of(&set), json!([{"t": -3}, {"t": null}]));
        assert_eq!(leaves(&json_of(&set), 9), [("/0/t".to_owned(), Found::whole(-3))]);
        assert_eq!(leaves(&json!([1, 2, 3]), 2).len(), 2);
    }
}

//! The rows of a module's query as JSON objects, all pages of it from one committed state.

use serde_json::{Map, Value as Json};
use toolcrib_contract::json;
use toolcrib_contract::offered::Rows;
use toolcrib_contract::problem::{INTERNAL, Problem};
use toolcrib_contract::types::RawId;
use toolcrib_runtime::{Actor, Request, Snapshot};

/// A row: values by field.
pub type Row = Map<String, Json>;

/// Rows as far as they were asked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    pub rows: Vec<Row>,
    /// There are more.
    pub cut: bool,
}

/// Asks for at most so many rows. An output that is no list is one row.
///
/// # Errors
/// Whatever the module or admission says.
pub async fn ask(
    snapshot: &mut Snapshot,
    tenant: RawId,
    (module, query): (&str, &str),
    input: Row,
    actor: &Actor,
    most: usize,
) -> Result<Found, Problem> {
    let mut request = Request {
        tenant,
        module: module.to_owned(),
        operation: query.to_owned(),
        input: Json::Object(input),
        actor: actor.clone(),
        idempotency_key: None,
    };
    let mut found = Found::default();
    loop {
        let output = snapshot.ask(&request).await?;
        let broken = |error: String| INTERNAL.because(error);
        let text = json::write(&output.of, &output.bytes).map_err(|error| broken(error.to_string()))?;
        let mut answer: Json = serde_json::from_str(&text).map_err(|error| broken(error.to_string()))?;
        let (rows, next) = match Rows::of(&output.of) {
            Some(Rows::Paged(_)) => (answer["rows"].take(), answer["next"].take()),
            _ => (answer, Json::Null),
        };
        let rows = if let Json::Array(rows) = rows { rows } else { vec![rows] };
        for row in rows {
            if found.rows.len() == most {
                return Ok(Found { cut: true, ..found });
            }
            if let Json::Object(row) = row {
                found.rows.push(row);
            }
        }
        match next {
            Json::String(next) if request.input["after"] != next.as_str() => request.input["after"] = next.into(),
            _ => return Ok(found),
        }
    }
}

/// The named fields of a row that have a value.
pub fn only(row: &Row, columns: &[String]) -> Row {
    let value = |name: &String| row.get(name).filter(|value| !value.is_null()).cloned();
    columns.iter().filter_map(|name| Some((name.clone(), value(name)?))).collect()
}

/// A value as statements hold it: fractions become texts, so that there is one spelling.
pub fn whole(value: Json) -> Json {
    match value {
        Json::Number(number) if !number.is_i64() && !number.is_u64() => Json::String(number.to_string()),
        Json::Array(_) | Json::Object(_) => Json::String(value.to_string()),
        value => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_is_named_and_there_leaves() {
        let row = json!({"code": "a", "note": null, "secret": 1});
        let columns = ["code", "note", "odd"].map(str::to_owned);
        assert_eq!(Json::Object(only(row.as_object().unwrap(), &columns)), json!({"code": "a"}));
    }

    #[test]
    fn statements_hold_no_fractions() {
        let told = [json!(1), json!(0.5), json!("x"), json!(null), json!([0.5])].map(whole);
        assert_eq!(told, [json!(1), json!("0.5"), json!("x"), json!(null), json!("[0.5]")]);
    }
}

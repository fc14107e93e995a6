//! What a host says of a tenant's use in a period: machines that sent, modules that were used, figures that modules offer.
//! Counted, never judged: who reads it decides what it proves.
//!
//! Its one form is canonical JSON (keys sorted, no white space, whole numbers and texts only), so that one statement has one
//! SHA-256 and one signature. Every part names what it was counted from, and the audit line up to which the host had come.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// What the form is called.
pub const FORM: &str = "toolcrib-attestation-1";
/// Payload type of its signed envelope.
pub const PAYLOAD: &str = "application/vnd.toolcrib.attestation.v1+json";
/// The largest one.
pub const ATTESTATION_BYTES: usize = 512 << 10;
/// The longest period.
pub const PERIOD_DAYS: i64 = 366;
/// Machines and sources that are listed; beyond them only their number is told.
pub const LISTED: usize = 500;
/// Rows of one module's figures.
pub const FIGURE_ROWS: usize = 200;

/// The statement.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attestation {
    pub form: String,
    pub tenant: Whose,
    /// The first day, `YYYY-MM-DD`, by the tenant's clocks.
    pub from: String,
    /// The last day.
    pub until: String,
    /// When it was counted.
    pub made_at: String,
    /// `user:<id>`
    pub made_by: String,
    pub audit: Head,
    pub machines: Machines,
    pub sources: Sources,
    pub modules: Modules,
}

/// A tenant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Whose {
    pub id: String,
    pub slug: String,
    pub name: String,
    pub time_zone: String,
}

/// The newest line of the tenant's audit: its hash covers all lines before it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    pub line: u64,
    /// Hex.
    pub sha256: String,
}

/// Machines that sent readings in the period.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Machines {
    pub counted_from: String,
    pub connected: u64,
    /// Those that sent most days first, at most [`LISTED`].
    pub list: Vec<Machine>,
}

/// One of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Machine {
    /// The code under which its signals come.
    pub equipment: String,
    pub signals: u64,
    /// Good and uncertain ones.
    pub readings: u64,
    pub bad: u64,
    /// Days on which at least one came.
    pub days: u64,
    pub first_day: String,
    pub last_day: String,
}

/// Sources (gateways, programs) through which readings came.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sources {
    pub counted_from: String,
    pub connected: u64,
    pub list: Vec<Source>,
}

/// One of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    pub id: String,
    /// Empty when it was removed meanwhile.
    pub name: String,
    pub signals: u64,
    pub readings: u64,
    pub days: u64,
}

/// Modules that were in force when it was counted.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Modules {
    pub counted_from: String,
    pub list: Vec<ModuleUse>,
}

/// How one of them was used.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModuleUse {
    pub module: String,
    pub version: String,
    /// Of the component that runs.
    pub digest: String,
    /// Calls that wrote: commands, event handlers, timers. Queries are not counted.
    pub calls: u64,
    pub faults: u64,
    /// Days on which somebody or something called it.
    pub days: u64,
    /// Different people who called it.
    pub people: u64,
    pub figures: Vec<Told>,
}

/// What one query of the module answered.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Told {
    pub query: String,
    pub columns: Vec<String>,
    /// Values in the order of the columns: whole numbers, texts, true, false, null.
    pub rows: Vec<Vec<Json>>,
    /// There are more than [`FIGURE_ROWS`].
    pub cut: bool,
    /// The code of the problem, when it did not answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

impl Attestation {
    /// Its one form.
    pub fn canonical(&self) -> String {
        canonical(self)
    }

    /// Reads what [`Attestation::canonical`] wrote, and nothing else.
    ///
    /// # Errors
    /// A sentence: what is wrong with it.
    pub fn read(bytes: &[u8]) -> Result<Self, String> {
        let read: Self = read_canonical(bytes, ATTESTATION_BYTES)?;
        if read.form != FORM {
            return Err(format!("it has the form `{}`, not `{FORM}`", short(&read.form)));
        }
        Ok(read)
    }

    /// The figures that one module told by one query; none when it did not.
    pub fn told(&self, module: &str, query: &str) -> Option<&Told> {
        let module = self.modules.list.iter().find(|one| one.module == module)?;
        module.figures.iter().find(|told| told.query == query && told.refused.is_none())
    }
}

impl Told {
    /// The value of a column in a row.
    pub fn value<'a>(&self, row: &'a [Json], column: &str) -> Option<&'a Json> {
        row.get(self.columns.iter().position(|name| name == column)?)
    }
}

/// Canonical JSON of anything without fractions.
pub(crate) fn canonical(value: &impl Serialize) -> String {
    // Objects of `Value` are sorted maps.
    serde_json::to_value(value).expect("texts, numbers and flags serialise").to_string()
}

/// Reads canonical JSON: the same statement in another spelling would have another hash.
pub(crate) fn read_canonical<T: DeserializeOwned + Serialize>(bytes: &[u8], most: usize) -> Result<T, String> {
    if bytes.len() > most {
        return Err(format!("it has more than {most} bytes"));
    }
    let value: T = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    if canonical(&value).as_bytes() == bytes { Ok(value) } else { Err("it is not in its canonical form".to_owned()) }
}

pub(crate) fn short(text: &str) -> String {
    text.chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Attestation {
        let told = Told {
            query: "on_time".into(),
            columns: vec!["counted".into(), "rate".into()],
            rows: vec![vec![12.into(), "0.75".into()]],
            ..Told::default()
        };
        let module =
            ModuleUse { module: "orders".into(), calls: 3, figures: vec![told.clone()], ..ModuleUse::default() };
        let modules = Modules { counted_from: "usage".into(), list: vec![module] };
        Attestation { form: FORM.into(), modules, from: "2026-11-01".into(), ..Attestation::default() }
    }

    #[test]
    fn one_statement_has_one_spelling() {
        let text = sample().canonical();
        assert!(text.starts_with(r#"{"audit":{"line":0,"sha256":""},"form":"#), "{text}");
        assert_eq!(Attestation::read(text.as_bytes()), Ok(sample()));
        for other in [format!(" {text}"), text.replace("\"calls\":3", "\"calls\": 3"), text.replace(FORM, "other")] {
            assert!(Attestation::read(other.as_bytes()).is_err(), "{other}");
        }
        let more = text.replacen('{', "{\"added\":1,", 1);
        assert!(Attestation::read(more.as_bytes()).unwrap_err().contains("added"));
        assert!(Attestation::read(&vec![b' '; ATTESTATION_BYTES + 1]).unwrap_err().contains("more than"));
    }

    #[test]
    fn figures_are_found_by_module_query_and_column() {
        let sample = sample();
        let told = sample.told("orders", "on_time").unwrap();
        assert_eq!(told.value(&told.rows[0], "rate"), Some(&Json::from("0.75")));
        assert_eq!((told.value(&told.rows[0], "odd"), sample.told("orders", "odd")), (None, None));
    }
}

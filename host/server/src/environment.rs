//! The only place that reads the environment: a few settings by name, and what to log.

use toml::{Table, Value};

/// Variables and the settings they override.
pub const VARIABLES: &[(&str, &str)] = &[
    ("TOOLCRIB_LISTEN", "listen"),
    ("TOOLCRIB_DATA", "data"),
    ("TOOLCRIB_LOG", "log.filter"),
    ("TOOLCRIB_REGISTRY_URL", "registry.url"),
    ("TOOLCRIB_REGISTRY_TOKEN_FILE", "registry.token_file"),
];

/// The configuration file when no flag names one.
pub const CONFIG_FILE: &str = "TOOLCRIB_CONFIG";

/// The value of a variable; none when it is absent, empty or not UTF-8.
#[expect(clippy::disallowed_methods, reason = "the environment is read here, so that nobody else has to")]
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The settings that the environment overrides, and the variable behind each.
pub fn overrides() -> Vec<(&'static str, &'static str, String)> {
    let set = |(name, key): &(&'static str, &'static str)| Some((*name, *key, variable(name)?));
    VARIABLES.iter().filter_map(set).collect()
}

/// Sets `a.b` in a table.
pub fn set(table: &mut Table, key: &str, value: Value) {
    let Some((outer, inner)) = key.split_once('.') else {
        table.insert(key.to_owned(), value);
        return;
    };
    let entry = table.entry(outer.to_owned()).or_insert_with(|| Value::Table(Table::new()));
    if let Value::Table(table) = entry {
        set(table, inner, value);
    }
}

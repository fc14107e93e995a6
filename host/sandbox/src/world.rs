//! The world that modules see, as inspection knows it: `sdk/wit/v1`.

/// The WIT package.
pub const PACKAGE: &str = "toolcrib:module";
/// Its version.
pub const VERSION: &str = "1.0.0";

/// Interfaces a module may import, with their functions. Those without functions only name types.
pub const INTERFACES: &[(&str, &[&str])] = &[
    ("types", &[]),
    ("guest-types", &[]),
    ("records", &["insert", "get", "update", "delete", "select"]),
    ("shared", &["get", "select"]),
    ("events", &["emit"]),
    ("timers", &["set", "cancel"]),
    ("effects", &["send"]),
    ("operations", &["call"]),
    ("connect", &["fetch", "run"]),
    ("readings", &["samples"]),
    ("log", &["write"]),
];

/// Functions a module exports: exactly these.
pub(crate) const EXPORTS: [&str; 2] = ["describe", "handle"];

/// Types that the world itself names with `use`: components import them under these names, beside their interfaces.
pub(crate) const TYPES: [&str; 2] = ["failure", "invocation"];

/// The functions of an interface of this world; none for an interface it does not have.
pub(crate) fn functions(interface: &str) -> Option<&'static [&'static str]> {
    INTERFACES.iter().find(|(name, _)| *name == interface).map(|(_, functions)| *functions)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Interfaces and functions as the WIT file has them.
    fn written() -> Vec<(String, Vec<String>)> {
        let text = include_str!("../../../sdk/wit/v1/toolcrib.wit");
        let mut found: Vec<(String, Vec<String>)> = Vec::new();
        for line in text.lines().map(str::trim) {
            if let Some(rest) = line.strip_prefix("interface ") {
                found.push((rest.trim_end_matches(" {").to_owned(), Vec::new()));
            } else if let Some((name, _)) = line.split_once(": func(").filter(|(name, _)| !name.starts_with("export "))
            {
                found.last_mut().unwrap().1.push(name.to_owned());
            }
        }
        found.sort();
        found
    }

    #[test]
    fn inspection_knows_exactly_the_functions_of_the_wit_file() {
        let list = |functions: &[&str]| functions.iter().map(|name| (*name).to_owned()).collect();
        let mut known: Vec<_> =
            INTERFACES.iter().map(|(name, functions)| ((*name).to_owned(), list(functions))).collect();
        known.sort();
        assert_eq!(known, written());
    }
}

//! The package: there, small enough, and in the form the contract gives it.

use crate::rule::Rule;
use toolcrib_contract::finding::Finding;
use toolcrib_contract::package::{PACKAGE_BYTES, Package};

const RULE: Rule = Rule {
    check: "package",
    why: "Listing and scenarios travel inside the component, so that one digest covers code and words",
};

/// Reads the custom section's content.
pub(crate) fn read(section: Option<&[u8]>) -> Result<Package, Box<Finding>> {
    let refuse = |what: String, fix: &str| Err(Box::new(RULE.error("", what, fix)));
    let Some(bytes) = section else {
        let fix = "Build it with `cargo toolcrib build`, which makes one from toolcrib.toml";
        return refuse("There is no package in the component".into(), fix);
    };
    if bytes.len() > PACKAGE_BYTES {
        let what = format!("The package has {} bytes, at most {PACKAGE_BYTES} are allowed", bytes.len());
        return refuse(what, "Shorten listing and scenarios");
    }
    let fix = "Build it with a `cargo toolcrib` of this host's version";
    serde_json::from_slice(bytes).or_else(|error| refuse(format!("The package is not understood: {error}"), fix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_has_the_contracts_form() {
        let good = r#"{"listing":{"description":{"zh":"a","en":"b"},"licence":"MIT"},"scenarios":[]}"#;
        assert!(read(Some(good.as_bytes())).is_ok());
        let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
        let large = format!("{good}{}", " ".repeat(PACKAGE_BYTES));
        let unknown = good.replace("licence", "license");
        for bad in [None, Some(""), Some("{}"), Some("\u{feff}{}"), Some(&unknown), Some(&deep), Some(&large)] {
            assert!(read(bad.map(str::as_bytes)).is_err());
        }
    }
}

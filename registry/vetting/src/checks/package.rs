//! The package: there, small enough, and in the form the contract gives it.

use crate::rule::Rule;
use toolcrib_contract::finding::Finding;
use toolcrib_contract::manifest::Words;
use toolcrib_contract::package::{PACKAGE_BYTES, Package};
use toolcrib_contract::words;

const RULE: Rule = Rule {
    check: "package",
    why: (
        "上架信息和场景随组件一起传送，使一个摘要同时涵盖代码和文字",
        "Listing and scenarios travel inside the component, so that one digest covers code and words",
    ),
};

/// Reads the custom section's content.
pub(crate) fn read(section: Option<&[u8]>) -> Result<Package, Box<Finding>> {
    let refuse = |what: Words, fix: (&str, &str)| Err(Box::new(RULE.error("", what, fix)));
    let Some(bytes) = section else {
        let fix = (
            "请用 `cargo toolcrib build` 构建，它会根据 toolcrib.toml 生成",
            "Build it with `cargo toolcrib build`, which makes one from toolcrib.toml",
        );
        return refuse(("组件中没有包", "There is no package in the component").into(), fix);
    };
    if bytes.len() > PACKAGE_BYTES {
        let what = words!(
            "包有 {} 字节，最多允许 {PACKAGE_BYTES} 字节",
            "The package has {} bytes, at most {PACKAGE_BYTES} are allowed",
            bytes.len()
        );
        return refuse(what, ("请缩短上架信息和场景", "Shorten listing and scenarios"));
    }
    let fix =
        ("请用与本主机版本一致的 `cargo toolcrib` 构建", "Build it with a `cargo toolcrib` of this host's version");
    serde_json::from_slice(bytes)
        .or_else(|error| refuse(words!("无法理解该包：{error}", "The package is not understood: {error}"), fix))
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

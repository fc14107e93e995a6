//! Sections of the file that no host reads: few, small, without secrets.

use super::{entropy, secrets};
use crate::rule::{Rule, shown};
use crate::sbom::{self, LICENCES};
use toolcrib_contract::finding::Finding;
use toolcrib_contract::package::SECTION;
use toolcrib_contract::words;
use wasmparser::{Parser, Payload};

const RULE: Rule = Rule {
    check: "custom-sections",
    why: (
        "没有主机读取的字节，可能向下载者夹带任何东西",
        "Bytes that no host reads could smuggle anything to whoever downloads the module",
    ),
};
const DEBUG: Rule = Rule {
    check: "debug-sections",
    why: ("它们使每次下载变大，而主机并不读取", "They make every download larger, and hosts do not read them"),
};

/// Sections that tools write and that may stay.
const KNOWN: &[&str] = &["name", "component-name", "producers", "target_features", sbom::SECTION, LICENCES, SECTION];
/// Sections whose bytes are names with digests in them, or packed, and so look random without being secret.
const NOISY: &[&str] = &["name", "component-name", "producers", sbom::SECTION];
/// Bytes of one known section other than the package, whose own limit is checked elsewhere.
const KNOWN_BYTES: usize = 512 << 10;
/// Bytes of all unknown sections together.
const UNKNOWN_BYTES: usize = 16 << 10;

/// Walks custom sections and data segments of the component and all modules inside it.
pub(crate) fn check(component: &[u8]) -> Vec<Finding> {
    let mut found = Vec::new();
    let (mut unknown, mut names, mut debug) = (0, Vec::new(), 0);
    // What cannot be read is told by the inspection, which reads everything before this.
    for payload in Parser::new(0).parse_all(component).map_while(Result::ok) {
        match payload {
            Payload::CustomSection(section) => {
                let (name, data) = (section.name(), section.data());
                let place = format!("custom section {}", shown(name));
                if name.starts_with(".debug_") {
                    debug += data.len();
                } else if !KNOWN.contains(&name) {
                    unknown += data.len() + name.len();
                    names.push(shown(name));
                } else if name != SECTION && data.len() > KNOWN_BYTES {
                    let what = words!(
                        "它有 {} 字节，最多允许 {KNOWN_BYTES} 字节",
                        "It has {} bytes, at most {KNOWN_BYTES} are allowed",
                        data.len()
                    );
                    found.push(RULE.error(
                        &place,
                        what,
                        (
                            "请用 `cargo toolcrib build` 构建，它会去掉符号",
                            "Build with `cargo toolcrib build`, which strips symbols",
                        ),
                    ));
                }
                found.extend(secrets::check(&place, data));
                if !NOISY.contains(&name) && !name.starts_with(".debug_") {
                    found.extend(entropy::check(&place, data));
                }
            }
            Payload::DataSection(section) => {
                for data in section.into_iter().map_while(Result::ok) {
                    found.extend(secrets::check("data", data.data));
                    found.extend(entropy::check("data", data.data));
                }
            }
            _ => {}
        }
    }
    if debug > 0 {
        found.push(DEBUG.error(
            "",
            words!("有 {debug} 字节调试信息", "{debug} bytes of debug information"),
            ("请用 `cargo toolcrib build` 构建，它会去掉", "Build with `cargo toolcrib build`, which strips it"),
        ));
    }
    if !names.is_empty() {
        names.truncate(10);
        let what = words!(
            "未知的自定义段：{}（{unknown} 字节）",
            "Unknown custom sections: {} ({unknown} bytes)",
            names.join(", ")
        );
        let fix = words!(
            "请删除；未知段最多容许 {UNKNOWN_BYTES} 字节",
            "Remove them; {UNKNOWN_BYTES} bytes of unknown sections are tolerated"
        );
        found.push(if unknown > UNKNOWN_BYTES { RULE.error("", what, fix) } else { RULE.warning("", what, fix) });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checks(custom: &str, bytes: usize) -> Vec<(String, bool)> {
        let error = toolcrib_contract::finding::Severity::Error;
        let text = format!(r#"(component (core module (@custom "{custom}" "{}")))"#, "x".repeat(bytes));
        let component = wat::parse_str(text).unwrap();
        check(&component).into_iter().map(|finding| (finding.check, finding.severity == error)).collect()
    }

    #[test]
    fn unknown_sections_are_told_and_capped() {
        assert_eq!(checks("producers", 100), []);
        assert_eq!(checks("notes", 100), [("custom-sections".to_owned(), false)]);
        assert_eq!(checks("notes", UNKNOWN_BYTES), [("custom-sections".to_owned(), true)]);
        assert_eq!(checks("producers", KNOWN_BYTES + 1), [("custom-sections".to_owned(), true)]);
        assert_eq!(checks(".debug_info", 10), [("debug-sections".to_owned(), true)]);
    }

    #[test]
    fn data_of_inner_modules_is_searched() {
        let text =
            format!(r#"(component (core module (memory 1) (data (i32.const 0) "{}_{}")))"#, "ghp", "a".repeat(36));
        let found = check(&wat::parse_str(text).unwrap());
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].check.as_str(), found[0].place.as_str()), ("secrets", "data"));
    }
}

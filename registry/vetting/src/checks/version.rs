//! The version: semantic, without build metadata, later than the last approved one.

use crate::rule::{Rule, shown};
use semver::Version;
use toolcrib_contract::Manifest;
use toolcrib_contract::finding::Finding;
use toolcrib_contract::manifest::Words;
use toolcrib_contract::words;

const RULE: Rule = Rule {
    check: "version",
    why: (
        "一个版本号永远对应一个制品；企业靠比较版本号升级",
        "A version names one artifact for ever; tenants upgrade by comparing versions",
    ),
};

/// Characters of a version.
const CHARS: usize = 40;

/// `previous`: the last approved version of the same module.
pub(crate) fn check(manifest: &Manifest, previous: Option<&Manifest>) -> Vec<Finding> {
    let fix = ("请在 Cargo.toml 中设置 `version`，例如 1.2.0", "Set `version` in Cargo.toml, for example 1.2.0");
    let text = &manifest.version;
    let refuse = |what: Words, fix: Words| vec![RULE.error("version", what, fix)];
    let Some(version) = Version::parse(text).ok().filter(|_| text.len() <= CHARS) else {
        return refuse(words!("{} 不是语义化版本号", "{} is not a semantic version", shown(text)), fix.into());
    };
    if !version.build.is_empty() {
        return refuse(
            words!("{} 带有构建元数据", "{} carries build metadata", shown(text)),
            ("请去掉 `+` 及其后的部分", "Leave out the part from `+` on").into(),
        );
    }
    let Some(before) = previous.and_then(|previous| Version::parse(&previous.version).ok()) else { return Vec::new() };
    if version.cmp_precedence(&before).is_gt() {
        return Vec::new();
    }
    let what = words!("{version} 不高于已批准的 {before}", "{version} is not later than the approved {before}");
    refuse(
        what,
        words!(
            "请把版本号提高到 {before} 以上，例如 {}.{}.{}",
            "Raise the version above {before}, for example to {}.{}.{}",
            before.major,
            before.minor,
            before.patch + 1
        ),
    )
}

/// The number whose raise allows a breaking change.
pub(crate) fn major(version: &str) -> Option<u64> {
    Version::parse(version).ok().map(|version| version.major)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example;

    fn at(version: &str) -> Manifest {
        Manifest { version: version.into(), ..example::manifest() }
    }

    #[test]
    fn a_version_only_moves_forward() {
        for (new, previous, good) in [
            ("0.1.0", None, true),
            ("1.0.0-rc.1", None, true),
            ("1.2.1", Some("1.2.0"), true),
            ("1.10.0", Some("1.9.0"), true),
            ("2.0.0", Some("2.0.0-rc.1"), true),
            ("1.2.0", Some("1.2.0"), false),
            ("1.1.9", Some("1.2.0"), false),
            ("1.2.0-rc.1", Some("1.2.0"), false),
            ("1.2", None, false),
            ("v1.2.0", None, false),
            ("1.2.0+linux", None, false),
            ("", None, false),
            ("1.0.0-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", None, false),
        ] {
            let previous = previous.map(at);
            let found = check(&at(new), previous.as_ref());
            assert_eq!(found.is_empty(), good, "{new} after {previous:?}: {found:?}");
        }
    }
}

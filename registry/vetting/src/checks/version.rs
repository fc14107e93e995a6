//! The version: semantic, without build metadata, later than the last approved one.

use crate::rule::{Rule, shown};
use semver::Version;
use toolcrib_contract::Manifest;
use toolcrib_contract::finding::Finding;

const RULE: Rule =
    Rule { check: "version", why: "A version names one artifact for ever; tenants upgrade by comparing versions" };

/// Characters of a version.
const CHARS: usize = 40;

/// `previous`: the last approved version of the same module.
pub(crate) fn check(manifest: &Manifest, previous: Option<&Manifest>) -> Vec<Finding> {
    let fix = "Set `version` in Cargo.toml, for example 1.2.0";
    let text = &manifest.version;
    let refuse = |what: String, fix: String| vec![RULE.error("version", what, fix)];
    let Some(version) = Version::parse(text).ok().filter(|_| text.len() <= CHARS) else {
        return refuse(format!("{} is not a semantic version", shown(text)), fix.into());
    };
    if !version.build.is_empty() {
        return refuse(format!("{} carries build metadata", shown(text)), "Leave out the part from `+` on".into());
    }
    let Some(before) = previous.and_then(|previous| Version::parse(&previous.version).ok()) else { return Vec::new() };
    if version.cmp_precedence(&before).is_gt() {
        return Vec::new();
    }
    let what = format!("{version} is not later than the approved {before}");
    refuse(
        what,
        format!(
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

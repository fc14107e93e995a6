//! Consent: what this version asks for beyond the last approved one, and what that means for its tenants.

use crate::rule::{Rule, shown};
use toolcrib_contract::Manifest;
use toolcrib_contract::capability::{Wanted, wanted};
use toolcrib_contract::evidence::{Consent, ConsentClass};
use toolcrib_contract::finding::Finding;
use toolcrib_contract::words;

const RULE: Rule = Rule {
    check: "capability-widened",
    why: (
        "企业在同意之前继续使用旧版本；审核员会问为什么需要更多权限",
        "A tenant that agreed to less keeps its old version until it agrees; a reviewer asks why more is needed",
    ),
};

/// The difference. A capability that was optional and is required now counts as added.
pub(crate) fn difference(manifest: &Manifest, previous: Option<&Manifest>) -> Consent {
    let (now, before) = (wanted(manifest), previous.map(wanted).unwrap_or_default());
    let known = |wanted: &&Wanted| {
        before.iter().any(|old| old.capability.covers(&wanted.capability) && (wanted.optional || !old.optional))
    };
    let added: Vec<_> = now.iter().filter(|wanted| !known(wanted)).collect();
    let class = match added.iter().all(|wanted| wanted.optional) {
        _ if added.is_empty() => ConsentClass::None,
        true => ConsentClass::Optional,
        false => ConsentClass::Required,
    };
    let gone = before.iter().filter(|old| !now.iter().any(|now| now.capability == old.capability));
    Consent {
        class,
        added: added.iter().map(|wanted| wanted.capability.clone()).collect(),
        removed: gone.map(|old| old.capability.clone()).collect(),
    }
}

/// Told to the reviewer when there is a version to compare with.
pub(crate) fn check(consent: &Consent, previous: Option<&Manifest>) -> Option<Finding> {
    let previous = previous.filter(|_| consent.class != ConsentClass::None)?;
    let added: Vec<_> = consent.added.iter().take(10).map(|added| shown(&added.to_string())).collect();
    let what = words!("它申请的权限比 {} 多：{}", "It asks for more than {}: {}", previous.version, added.join(", "));
    let fix = match consent.class {
        ConsentClass::Optional => {
            ("请在版本说明中写明用途；企业可以拒绝", "Say in the release notes what it is for; tenants may decline")
        }
        _ => (
            "如果模块没有它也能工作，请设为可选；否则在版本说明中写明原因",
            "Make it optional if the module can work without it; otherwise say in the release notes why not",
        ),
    };
    Some(RULE.warning("capabilities", what, fix))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example;
    use toolcrib_contract::manifest::{Request, RequestKind};

    fn asking(requests: &[(&str, bool)]) -> Manifest {
        let request = |(host, optional): &(&str, bool)| Request {
            kind: RequestKind::Outbound { host: (*host).to_owned() },
            reason: example::words(),
            optional: *optional,
        };
        Manifest { requests: requests.iter().map(request).collect(), ..example::manifest() }
    }

    #[test]
    fn what_is_asked_beyond_the_last_version_has_a_class() {
        use ConsentClass::{None, Optional, Required};
        for (before, now, class) in [
            (vec![], vec![], None),
            (vec![("a.cn", false)], vec![("a.cn", false)], None),
            (vec![("a.cn", false)], vec![], None),
            (vec![("a.cn", false)], vec![("a.cn", true)], None),
            (vec![], vec![("a.cn", true)], Optional),
            (vec![], vec![("a.cn", true), ("b.cn", false)], Required),
            (vec![("a.cn", true)], vec![("a.cn", false)], Required),
        ] {
            let (before, now) = (asking(&before), asking(&now));
            let consent = difference(&now, Some(&before));
            assert_eq!(consent.class, class, "{consent:?}");
            assert_eq!(check(&consent, Some(&before)).is_some(), class != None);
        }
        let first = difference(&asking(&[("a.cn", false)]), Option::None);
        assert_eq!(first.class, Required);
        assert_eq!(check(&first, Option::None), Option::None);
        assert_eq!(difference(&asking(&[]), Some(&asking(&[("a.cn", true)]))).removed.len(), 1);
    }
}

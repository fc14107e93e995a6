//! The listing: what the marketplace shows beside the module's own words.

use super::licence;
use super::words::both;
use crate::rule::{Rule, shown};
use std::collections::BTreeSet;
use toolcrib_contract::finding::Finding;
use toolcrib_contract::package::Listing;

const SEGMENTS: Rule =
    Rule { check: "segments", why: "Firms find a module by the division of manufacturing they are in" };
const PROBLEMS: Rule = Rule {
    check: "problems",
    why: "Firms find a module by what hurts them, in words that are the same for all modules",
};
const LICENCE: Rule = Rule { check: "licence", why: "A firm must know under which terms it may use the module" };

/// Manufacturing divisions of GB/T 4754-2017.
const DIVISIONS: std::ops::RangeInclusive<u8> = 13..=43;
const DESCRIPTION_CHARS: usize = 2_000;
/// Problems of one module, and characters of a code.
const PROBLEMS_MAX: usize = 6;
const CODE_CHARS: usize = 30;

pub(crate) fn check(listing: &Listing) -> Vec<Finding> {
    let mut found = both("listing, description", &listing.description, DESCRIPTION_CHARS);
    found.extend(listing.changes.iter().flat_map(|news| both("listing, changes", news, DESCRIPTION_CHARS)));
    let mut seen = BTreeSet::new();
    for segment in &listing.segments {
        if !segment.parse().is_ok_and(|division| DIVISIONS.contains(&division)) {
            let what = format!("{} is no manufacturing division", shown(segment));
            found.push(SEGMENTS.error(
                "listing, segments",
                what,
                "Use codes of GB/T 4754-2017 from \"13\" to \"43\"; none means all",
            ));
        } else if !seen.insert(segment) {
            found.push(SEGMENTS.error(
                "listing, segments",
                format!("{} stands there twice", shown(segment)),
                "Remove one",
            ));
        }
    }
    found.extend(problems(&listing.problems));
    if let Err(problem) = licence::parse(&listing.licence) {
        let fix = "Write an SPDX expression such as Apache-2.0, MIT OR Apache-2.0, or LicenseRef-Proprietary";
        found.push(LICENCE.error("listing, licence", problem, fix));
    }
    found
}

fn problems(codes: &[String]) -> Vec<Finding> {
    let place = "listing, problems";
    let mut found = Vec::new();
    if codes.len() > PROBLEMS_MAX {
        let what = format!("{} problems, at most {PROBLEMS_MAX} are allowed", codes.len());
        found.push(PROBLEMS.error(place, what, "Keep those that it helps most against"));
    }
    let mut seen = BTreeSet::new();
    for code in codes.iter().take(PROBLEMS_MAX) {
        let plain = code.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        if !plain || !(1..=CODE_CHARS).contains(&code.len()) {
            let fix = "Use codes of the marketplace such as \"downtime\" or \"traceability\" (GET /v1/tags)";
            found.push(PROBLEMS.error(place, format!("{} is no code of a problem", shown(code)), fix));
        } else if !seen.insert(code) {
            found.push(PROBLEMS.error(place, format!("{} stands there twice", shown(code)), "Remove one"));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use toolcrib_contract::manifest::Words;

    #[test]
    fn a_listing_says_what_firms_need() {
        let words = Words { zh: "记录备注".into(), en: "Keeps notes".into() };
        let segments = vec!["13".into(), "43".into()];
        let good = Listing { description: words, segments, licence: "MIT".into(), ..Listing::default() };
        assert_eq!(check(&good), []);
        for (segments, problems) in
            [(vec!["12"], 1), (vec!["44"], 1), (vec!["013", "x"], 1), (vec!["33", "33"], 1), (vec![], 0)]
        {
            let segments = segments.into_iter().map(str::to_owned).collect();
            assert_eq!(check(&Listing { segments, ..good.clone() }).len(), problems);
        }
        assert_eq!(check(&Listing::default()).len(), 3);
        let half = Words { zh: "新".into(), en: String::new() };
        assert_eq!(
            check(&Listing { changes: Some(half), ..good.clone() }).len(),
            1,
            "told in both languages or not at all"
        );
        let with = |problems: &[&str]| {
            let problems = problems.iter().map(|code| (*code).to_owned()).collect();
            check(&Listing { problems, ..good.clone() }).len()
        };
        assert_eq!(with(&["downtime", "piece-rates", "5s", "a", "b", "c"]), 0);
        assert_eq!(with(&["downtime", "downtime"]), 1);
        assert_eq!(with(&["停机", "Downtime", "", &"x".repeat(CODE_CHARS + 1)]), 4);
        assert_eq!(with(&["a", "b", "c", "d", "e", "f", "g"]), 1);
    }
}

//! The listing: what the marketplace shows beside the module's own words.

use super::licence;
use super::words::both;
use crate::rule::{Rule, shown};
use std::collections::BTreeSet;
use toolcrib_contract::finding::Finding;
use toolcrib_contract::package::Listing;

const SEGMENTS: Rule =
    Rule { check: "segments", why: "Firms find a module by the division of manufacturing they are in" };
const LICENCE: Rule = Rule { check: "licence", why: "A firm must know under which terms it may use the module" };

/// Manufacturing divisions of GB/T 4754-2017.
const DIVISIONS: std::ops::RangeInclusive<u8> = 13..=43;
const DESCRIPTION_CHARS: usize = 2_000;

pub(crate) fn check(listing: &Listing) -> Vec<Finding> {
    let mut found = both("listing, description", &listing.description, DESCRIPTION_CHARS);
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
    if let Err(problem) = licence::parse(&listing.licence) {
        let fix = "Write an SPDX expression such as Apache-2.0, MIT OR Apache-2.0, or LicenseRef-Proprietary";
        found.push(LICENCE.error("listing, licence", problem, fix));
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
        let good = Listing { description: words, segments: vec!["13".into(), "43".into()], licence: "MIT".into() };
        assert_eq!(check(&good), []);
        for (segments, problems) in
            [(vec!["12"], 1), (vec!["44"], 1), (vec!["013", "x"], 1), (vec!["33", "33"], 1), (vec![], 0)]
        {
            let segments = segments.into_iter().map(str::to_owned).collect();
            assert_eq!(check(&Listing { segments, ..good.clone() }).len(), problems);
        }
        assert_eq!(check(&Listing::default()).len(), 3);
    }
}

//! The listing: what the marketplace shows beside the module's own words.

use super::licence;
use super::words::both;
use crate::rule::{Rule, shown};
use std::collections::BTreeSet;
use toolcrib_contract::finding::Finding;
use toolcrib_contract::package::Listing;
use toolcrib_contract::words;

const SEGMENTS: Rule = Rule {
    check: "segments",
    why: ("企业按所属的制造业大类查找模块", "Firms find a module by the division of manufacturing they are in"),
};
const PROBLEMS: Rule = Rule {
    check: "problems",
    why: (
        "企业按自己的痛点查找模块，各模块用的是同一套说法",
        "Firms find a module by what hurts them, in words that are the same for all modules",
    ),
};
const LICENCE: Rule = Rule {
    check: "licence",
    why: ("企业必须知道可以按什么条款使用模块", "A firm must know under which terms it may use the module"),
};

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
            let what = words!("{} 不是制造业大类代码", "{} is no manufacturing division", shown(segment));
            found.push(SEGMENTS.error(
                "listing, segments",
                what,
                (
                    "请用 GB/T 4754-2017 的代码 \"13\" 到 \"43\"；不填表示全部",
                    "Use codes of GB/T 4754-2017 from \"13\" to \"43\"; none means all",
                ),
            ));
        } else if !seen.insert(segment) {
            found.push(SEGMENTS.error(
                "listing, segments",
                words!("{} 出现了两次", "{} stands there twice", shown(segment)),
                ("请删除一个", "Remove one"),
            ));
        }
    }
    found.extend(problems(&listing.problems));
    if let Err(problem) = licence::parse(&listing.licence) {
        let fix = (
            "请写 SPDX 表达式，例如 Apache-2.0、MIT OR Apache-2.0 或 LicenseRef-Proprietary",
            "Write an SPDX expression such as Apache-2.0, MIT OR Apache-2.0, or LicenseRef-Proprietary",
        );
        found.push(LICENCE.error("listing, licence", problem, fix));
    }
    found
}

fn problems(codes: &[String]) -> Vec<Finding> {
    let place = "listing, problems";
    let mut found = Vec::new();
    if codes.len() > PROBLEMS_MAX {
        let what = words!(
            "有 {} 个痛点，最多允许 {PROBLEMS_MAX} 个",
            "{} problems, at most {PROBLEMS_MAX} are allowed",
            codes.len()
        );
        found.push(PROBLEMS.error(place, what, ("请保留它最能解决的那些", "Keep those that it helps most against")));
    }
    let mut seen = BTreeSet::new();
    for code in codes.iter().take(PROBLEMS_MAX) {
        let plain = code.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        if !plain || !(1..=CODE_CHARS).contains(&code.len()) {
            let fix = (
                "请用市场的代码，例如 \"downtime\" 或 \"traceability\"（GET /v1/tags）",
                "Use codes of the marketplace such as \"downtime\" or \"traceability\" (GET /v1/tags)",
            );
            found.push(PROBLEMS.error(
                place,
                words!("{} 不是痛点代码", "{} is no code of a problem", shown(code)),
                fix,
            ));
        } else if !seen.insert(code) {
            found.push(PROBLEMS.error(
                place,
                words!("{} 出现了两次", "{} stands there twice", shown(code)),
                ("请删除一个", "Remove one"),
            ));
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

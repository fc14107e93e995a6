//! What a module offers beside its work: figures for third parties, and lists that another firm may take over.

use crate::rule::Rule;
use toolcrib_contract::Manifest;
use toolcrib_contract::finding::Finding;
use toolcrib_contract::offered::OFFERED;
use toolcrib_contract::package::Listing;
use toolcrib_contract::words;

const RULE: Rule = Rule {
    check: "offered",
    why: (
        "所声明的内容在企业同意后会提供给外部：必须是指标或设置，且主机必须能照做",
        "What is declared leaves a firm with its consent: it must be figures or set-up, and the host must be able to follow it",
    ),
};

pub(crate) fn check(manifest: &Manifest, listing: &Listing) -> Vec<Finding> {
    let fix = (
        "请按代码中的名称写查询和命令；清单需要一个接收该查询所示内容的命令",
        "Name queries and commands as they stand in the code; a list needs a command that takes what the query shows",
    );
    let figures = listing.figures.iter().map(|figures| ("listing, figures", figures.flaw(manifest)));
    let set_up = listing.set_up.iter().map(|set_up| ("listing, set_up", set_up.flaw(manifest)));
    let flaws = figures.chain(set_up).filter_map(|(place, flaw)| Some(RULE.error(place, flaw?, fix)));
    let mut found: Vec<_> = flaws.collect();
    if listing.figures.len() > OFFERED || listing.set_up.len() > OFFERED {
        let what =
            words!("指标查询或设置清单超过 {OFFERED} 个", "More than {OFFERED} queries of figures, or lists of set-up");
        found.push(RULE.error("listing", what, ("请保留最能说明问题的", "Keep those that say most")));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use toolcrib_contract::offered::{Figures, SetUp};

    #[test]
    fn a_declaration_without_its_query_is_an_error() {
        let figures = vec![Figures { query: "closed".into(), columns: vec!["orders".into()] }];
        let set_up = vec![SetUp { read: "reasons".into(), ..SetUp::default() }; OFFERED + 1];
        let found = check(&Manifest::default(), &Listing { figures, set_up, ..Listing::default() });
        assert_eq!(found.len(), OFFERED + 3);
        assert!(found[0].what.contains("no query `closed`"), "{:?}", found[0]);
        assert!(check(&Manifest::default(), &Listing::default()).is_empty());
    }
}

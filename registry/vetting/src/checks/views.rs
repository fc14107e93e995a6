//! Views: each can be drawn from what the module's own queries answer, and leads only to its own operations.

use crate::rule::Rule;
use toolcrib_contract::finding::Finding;
use toolcrib_contract::{Manifest, view};

const RULE: Rule = Rule {
    check: "views",
    why: (
        "画不出来的单元格在每家工厂都是一张红卡；主机只画它理解的内容",
        "A cell that cannot be drawn is a red card in every factory; the host draws only what it understands",
    ),
};

/// Findings of one module: one mistake is often made in every view.
const FINDINGS: usize = 50;

/// What the contract's own judgement says; the author's tests say the same.
pub(crate) fn check(manifest: &Manifest) -> Vec<Finding> {
    let problems = view::check(manifest).into_iter().take(FINDINGS);
    problems.map(|problem| RULE.error(problem.place, problem.what, problem.fix)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example;
    use toolcrib_contract::view::{Source, View, heading, kpi, section};

    #[test]
    fn a_view_must_be_drawable() {
        let count = |value: &str| {
            let cell = kpi(Source::of("count"), value);
            View { name: "board".into(), ..View::new(("看板", "Board")).section(section().cell(3, cell)) }
        };
        let mut manifest = example::manifest();
        manifest.views = vec![count("")];
        assert_eq!(check(&manifest), []);
        manifest.views = vec![count("pieces")];
        let found = check(&manifest);
        assert_eq!((found.len(), found[0].place.as_str()), (1, "view `board`, tab 1, section 1, cell 1 (kpi)"));
        let empty = section().cell(12, heading(("", "")));
        let many = (0..40).fold(section(), |section, _| section.cell(12, heading(("", ""))));
        manifest.views =
            vec![View { name: "board".into(), ..View::new(("看板", "Board")).section(empty).section(many) }];
        assert!(check(&manifest).len() <= FINDINGS);
    }
}

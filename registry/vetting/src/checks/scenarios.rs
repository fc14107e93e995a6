//! Golden scenarios, before they run: bounded, about handlers that exist, at least one step for every operation.

use crate::rule::{Rule, shown};
use std::collections::BTreeSet;
use toolcrib_contract::Manifest;
use toolcrib_contract::finding::{Cost, Finding};
use toolcrib_contract::manifest::HandlerDef;
use toolcrib_contract::package::{Expect, SCENARIOS, STEPS, Scenario};
use toolcrib_contract::words;

const RULE: Rule = Rule {
    check: "scenarios",
    why: (
        "场景是服务商对模块功能的承诺；注册中心对每个版本都会重放",
        "They are the provider's word on what the module does; the registry replays them on every version",
    ),
};
const COVERAGE: Rule = Rule {
    check: "scenario-coverage",
    why: ("没有场景展示的操作无法评判", "An operation that no scenario shows cannot be judged"),
};

const NAME_CHARS: usize = 120;

pub(crate) fn check(manifest: &Manifest, scenarios: &[Scenario]) -> Vec<Finding> {
    let mut found = Vec::new();
    if scenarios.len() > SCENARIOS {
        found.push(RULE.error(
            "",
            words!(
                "有 {} 个场景，最多允许 {SCENARIOS} 个",
                "{} scenarios, at most {SCENARIOS} are allowed",
                scenarios.len()
            ),
            ("请合并一些", "Join some of them"),
        ));
    }
    let mut names = BTreeSet::new();
    let mut shown_operations = BTreeSet::new();
    for scenario in scenarios {
        let place = format!("scenario {}", shown(&scenario.name));
        if scenario.name.trim().is_empty()
            || scenario.name.chars().count() > NAME_CHARS
            || !names.insert(&scenario.name)
        {
            found.push(RULE.error(
                &place,
                ("名称为空、过长或重复", "The name is empty, too long or used twice"),
                words!(
                    "请起一个独有的名称，最多 {NAME_CHARS} 个字符",
                    "Give it a name of its own, at most {NAME_CHARS} characters"
                ),
            ));
        }
        if scenario.steps.is_empty() || scenario.steps.len() > STEPS {
            found.push(RULE.error(
                &place,
                words!("有 {} 个步骤", "{} steps", scenario.steps.len()),
                words!("请写 1 到 {STEPS} 个步骤", "Write 1 to {STEPS} steps"),
            ));
        }
        for (number, step) in scenario.steps.iter().enumerate() {
            match manifest.handler(&step.handler) {
                None => {
                    let what = words!("没有处理程序 {}", "There is no handler {}", shown(&step.handler));
                    found.push(RULE.error(
                        format!("{place}, step {}", number + 1),
                        what,
                        ("请写模块中的处理程序", "Name a handler of the module"),
                    ));
                }
                // A refusal alone does not show what an operation does.
                Some((_, handler)) if !matches!(step.expect, Expect::Rejected(_) | Expect::Retry) => {
                    shown_operations.insert(handler.name.as_str());
                }
                Some(_) => {}
            }
        }
    }
    let operations = manifest.handlers.iter().filter(|handler| handler.is_operation());
    for handler in operations.filter(|handler| !shown_operations.contains(handler.name.as_str())) {
        let place = format!("handler {}", shown(&handler.name));
        found.push(COVERAGE.error(
            place,
            ("没有场景展示它成功", "No scenario shows it succeed"),
            ("请在 scenarios/ 下为它增加一个步骤", "Add a step for it under scenarios/"),
        ));
    }
    found
}

/// After the replay: handlers of events, signals and timers that never ran.
pub(crate) fn never_ran(manifest: &Manifest, costs: &[Cost]) -> Vec<Finding> {
    let ran: BTreeSet<_> = costs.iter().map(|cost| cost.handler.as_str()).collect();
    let woken =
        manifest.handlers.iter().filter(|handler| !handler.is_operation() && !ran.contains(handler.name.as_str()));
    let finding = |handler: &HandlerDef| {
        let fix = (
            "请增加一个指名它的步骤，或由事件和定时器唤醒它的步骤",
            "Add a step that names it, or one whose events and timers wake it",
        );
        COVERAGE.warning(
            format!("handler {}", shown(&handler.name)),
            ("没有场景使它运行", "No scenario makes it run"),
            fix,
        )
    };
    woken.map(finding).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example;
    use toolcrib_contract::package::Step;

    fn step(handler: &str, expect: Expect) -> Step {
        let (at, handler) = ("2026-01-05T08:00:00Z".to_owned(), handler.to_owned());
        Step { at, handler, input: serde_json::Value::Null, role: String::new(), expect, remember: None }
    }

    fn story(name: &str, steps: Vec<Step>) -> Scenario {
        Scenario { name: name.into(), steps, ..Scenario::default() }
    }

    #[test]
    fn every_operation_is_shown_to_succeed() {
        let manifest = example::manifest();
        let whole = story("all", vec![step("add", Expect::Success), step("count", Expect::Success)]);
        assert_eq!(check(&manifest, std::slice::from_ref(&whole)), []);
        assert_eq!(check(&manifest, &[]).len(), 2);
        let refused =
            story("refused", vec![step("add", Expect::Rejected("empty".into())), step("count", Expect::Success)]);
        assert_eq!(check(&manifest, &[refused]).len(), 1);
        assert_eq!(check(&manifest, &[whole.clone(), whole.clone()]).len(), 1);
        assert_eq!(check(&manifest, &[whole.clone(), story("gone", vec![step("gone", Expect::Success)])]).len(), 1);
        assert_eq!(check(&manifest, &[whole.clone(), story("none", vec![])]).len(), 1);
        let (most, more) = (vec![step("add", Expect::Success); STEPS], vec![step("add", Expect::Success); STEPS + 1]);
        assert_eq!(check(&manifest, &[whole.clone(), story("most", most)]), []);
        assert_eq!(check(&manifest, &[whole, story("more", more)]).len(), 1);
    }
}

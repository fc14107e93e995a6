//! Every check of the set: its id, whether it decides, and what it needs to run.
//!
//! A new rule begins in [`Mode::Shadow`]: its findings are shown in reports and decide nothing. When reviewers trust it,
//! it is set to [`Mode::Enforce`] here, and [`crate::RULES`] is raised.

use std::collections::BTreeSet;
use toolcrib_contract::evidence::{Checked, Mode, Outcome, Stage};
use toolcrib_contract::finding::{Finding, Report};
use toolcrib_contract::manifest::Words;

/// What must be there for a check to say anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Needs {
    /// The bytes alone.
    Bytes,
    /// A component that passed the inspection.
    Component,
    /// What the component says of itself.
    Manifest,
    /// A manifest within its limits: the other checks compare everything with everything.
    Bounded,
    /// Listing, scenarios and words.
    Package,
    /// Scenarios that were replayed.
    Replay,
    /// Trials that ran.
    Trials,
    /// An approved version before this one.
    Previous,
    /// A report of the approved version before this one, with its costs.
    PreviousCosts,
    /// A list of known-bad digests.
    KnownBad,
    /// A bill of materials.
    Dependencies,
    /// A bill of materials and a database of advisories.
    Advisories,
}

/// One check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Check {
    /// Stable, kebab case.
    pub id: &'static str,
    pub mode: Mode,
    pub needs: Needs,
    /// What is good when it finds nothing, in Chinese and in English.
    pub title: (&'static str, &'static str),
}

impl Check {
    /// Under which step people look for it.
    pub fn stage(&self) -> Stage {
        match (self.id, self.needs) {
            ("unknown-import" | "other-version" | "missing-export" | "unknown-export" | "undeclared-import", _) => {
                Stage::World
            }
            ("package" | "contained" | "compile" | "describe" | "describe-differs", _) => Stage::Description,
            ("scenarios" | "scenario-coverage", _) | (_, Needs::Replay) => Stage::Scenarios,
            (_, Needs::Bytes) => Stage::Component,
            ("sbom", _) => Stage::Checks,
            (_, Needs::Component | Needs::KnownBad) => Stage::Component,
            (_, Needs::Manifest | Needs::Bounded | Needs::Package) => Stage::Description,
            (_, Needs::Trials | Needs::Previous | Needs::PreviousCosts | Needs::Dependencies | Needs::Advisories) => {
                Stage::Checks
            }
        }
    }
}

const fn enforced(id: &'static str, needs: Needs, title: (&'static str, &'static str)) -> Check {
    Check { id, mode: Mode::Enforce, needs, title }
}

const fn shadowed(id: &'static str, needs: Needs, title: (&'static str, &'static str)) -> Check {
    Check { id, mode: Mode::Shadow, needs, title }
}

/// Cheap and decisive first, as they run.
pub const CHECKS: &[Check] = &[
    // The inspection, which every host repeats.
    enforced("empty", Needs::Bytes, ("文件不为空", "Not empty")),
    enforced("too-large", Needs::Bytes, ("文件大小", "Size of the file")),
    enforced("precompiled", Needs::Bytes, ("不是本机代码", "No native code")),
    enforced("core-module", Needs::Bytes, ("是组件", "A component")),
    enforced("other-binary-format", Needs::Bytes, ("二进制版本", "Binary version")),
    enforced("truncated", Needs::Bytes, ("文件完整", "Whole file")),
    enforced("text", Needs::Bytes, ("二进制形式", "Binary form")),
    enforced("not-wasm", Needs::Bytes, ("是 WebAssembly", "WebAssembly")),
    enforced("malformed", Needs::Bytes, ("结构完好", "Well-formed")),
    enforced("feature", Needs::Bytes, ("语言特性", "Features")),
    enforced("invalid", Needs::Bytes, ("代码有效", "Valid code")),
    enforced("unknown-import", Needs::Bytes, ("只引入主机提供的接口", "Imports that hosts offer")),
    enforced("other-version", Needs::Bytes, ("接口版本", "Version of the world")),
    enforced("missing-export", Needs::Bytes, ("导出齐全", "Exports there")),
    enforced("unknown-export", Needs::Bytes, ("没有多余的导出", "No further exports")),
    enforced("functions", Needs::Bytes, ("函数数量", "Functions")),
    enforced("nested-components", Needs::Bytes, ("没有嵌套组件", "No nested components")),
    enforced("core-instances", Needs::Bytes, ("核心实例数量", "Core instances")),
    enforced("memories", Needs::Bytes, ("内存数量", "Memories")),
    enforced("tables", Needs::Bytes, ("表数量", "Tables")),
    enforced("memory", Needs::Bytes, ("初始内存", "Initial memory")),
    enforced("table-elements", Needs::Bytes, ("表元素数量", "Table elements")),
    enforced("packages", Needs::Bytes, ("包只有一个", "One package")),
    // What the bytes hold.
    enforced("budgets", Needs::Component, ("代码规模", "Budgets of the code")),
    enforced("custom-sections", Needs::Component, ("自定义段", "Custom sections")),
    enforced("debug-sections", Needs::Component, ("没有调试信息", "No debug information")),
    enforced("secrets", Needs::Component, ("没有密钥和口令", "No secrets")),
    shadowed("secret-entropy", Needs::Component, ("没有疑似密钥的内容", "Nothing that looks like a secret")),
    enforced("machine-paths", Needs::Component, ("没有构建机器的路径", "No paths of the build machine")),
    enforced("known-bad", Needs::KnownBad, ("不在不良名单上", "Not known as bad")),
    enforced("sbom", Needs::Component, ("软件物料清单", "Bill of materials")),
    enforced("advisories", Needs::Advisories, ("没有已知漏洞", "No known vulnerabilities")),
    enforced("dependency-licences", Needs::Dependencies, ("依赖的许可证", "Licences of dependencies")),
    enforced("package", Needs::Component, ("包", "Package")),
    // What running it shows.
    enforced("contained", Needs::Component, ("受控运行", "Contained")),
    enforced("compile", Needs::Component, ("可以编译", "Compiles")),
    enforced("describe", Needs::Component, ("可以描述自身", "Describes itself")),
    enforced("describe-differs", Needs::Component, ("两次描述一致", "Describes itself the same twice")),
    // What it says of itself.
    enforced("limits", Needs::Manifest, ("声明不超限", "Within the limits")),
    enforced("names", Needs::Manifest, ("名称合格", "Names")),
    enforced("version", Needs::Manifest, ("版本号", "Version")),
    enforced("unique-names", Needs::Bounded, ("名称不重复", "Unique names")),
    enforced("reserved-name", Needs::Bounded, ("不用平台的名称", "No name of the platform")),
    enforced("confusable-name", Needs::Bounded, ("名称不易混淆", "Name not confusable")),
    enforced("confusable-title", Needs::Bounded, ("标题不易混淆", "Title not confusable")),
    enforced("words", Needs::Bounded, ("文字齐全", "Words there")),
    enforced("language", Needs::Bounded, ("语言正确", "Right language")),
    enforced("mixed-scripts", Needs::Bounded, ("不混用字母", "No mixed scripts")),
    enforced("markup", Needs::Bounded, ("纯文本", "Plain text")),
    enforced("shapes", Needs::Bounded, ("数据结构", "Shapes of data")),
    enforced("handlers", Needs::Bounded, ("处理程序", "Handlers")),
    enforced("undeclared-import", Needs::Bounded, ("用到的都已声明", "Nothing undeclared")),
    enforced("unused-declaration", Needs::Bounded, ("声明的都能用到", "Nothing declared in vain")),
    enforced("reads", Needs::Bounded, ("读取的共享记录", "Reads of shared records")),
    enforced("calls", Needs::Bounded, ("调用的操作", "Calls of operations")),
    enforced("views", Needs::Bounded, ("页面可以画出", "Views can be drawn")),
    enforced("compatibility", Needs::Previous, ("与上一版本兼容", "Compatible with the last version")),
    enforced("minor-version", Needs::Previous, ("版本号反映新增内容", "Version says what is new")),
    enforced("capability-widened", Needs::Previous, ("权限没有扩大", "No wider capabilities")),
    enforced("segments", Needs::Package, ("所属行业", "Segments")),
    enforced("problems", Needs::Package, ("解决的痛点", "Problems")),
    enforced("licence", Needs::Package, ("许可证", "Licence")),
    enforced("offered", Needs::Package, ("对外提供的内容", "What it offers")),
    enforced("unknown-words", Needs::Package, ("词条都有对应", "No words for nothing")),
    enforced("missing-words", Needs::Package, ("词条没有缺失", "No missing words")),
    enforced("scenarios", Needs::Package, ("场景合格", "Scenarios")),
    enforced("scenario-coverage", Needs::Package, ("场景覆盖", "Coverage by scenarios")),
    enforced("scenario-mismatch", Needs::Replay, ("场景结果相符", "Scenarios hold")),
    enforced("scenario-differs", Needs::Replay, ("重放结果一致", "Replays agree")),
    enforced("scenarios-long", Needs::Replay, ("场景时长", "Length of scenarios")),
    // What happens when others use it.
    enforced("generated-input", Needs::Trials, ("能处理生成的输入", "Generated inputs")),
    enforced("malformed-input", Needs::Trials, ("拒绝不成输入的字节", "Malformed inputs")),
    enforced("injected-fault", Needs::Trials, ("能承受注入的故障", "Injected faults")),
    enforced("undeclared-behaviour", Needs::Trials, ("行为不超出声明", "Behaviour as declared")),
    enforced("unused-capability", Needs::Trials, ("权限都用得到", "Capabilities are used")),
    enforced("near-limits", Needs::Trials, ("离限值有余量", "Room to the limits")),
    enforced("query-random", Needs::Trials, ("查询不靠随机", "Queries take no chance")),
    shadowed("egress-entropy", Needs::Trials, ("外发内容可读", "Egress can be read")),
    enforced("cost-regression", Needs::PreviousCosts, ("消耗没有明显增加", "Cost no higher")),
];

/// Ids of findings that are about the checks themselves.
pub const OWN: &[&str] = &["more-findings", "checks-unavailable", "checks-completed"];

/// What there was to check.
#[derive(Clone, Debug, Default)]
pub(crate) struct Present {
    /// What each need that is not fulfilled lacks.
    pub lacks: Vec<(Needs, Words)>,
}

/// Takes what shadow checks found out of the findings, and says of every check what became of it.
pub(crate) fn settle(report: &mut Report, present: &Present) {
    let is_shadow =
        |finding: &Finding| CHECKS.iter().any(|check| check.id == finding.check && check.mode == Mode::Shadow);
    let (shadow, decisive) = std::mem::take(&mut report.findings).into_iter().partition(is_shadow);
    (report.findings, report.evidence.shadow) = (decisive, shadow);
    let all = report.findings.iter().chain(&report.evidence.shadow);
    let found: BTreeSet<&str> = all.map(|finding| finding.check.as_str()).collect();
    let lacking =
        |check: &Check| present.lacks.iter().find(|(needs, _)| *needs == check.needs).map(|(_, why)| why.clone());
    let outcome = |check: &Check| {
        if found.contains(check.id) {
            return Outcome::Found;
        }
        let lacking = lacking(check);
        lacking.map_or(Outcome::Clean, |why| Outcome::NotChecked(why.en.clone()))
    };
    let checked = |check: &Check| Checked {
        check: check.id.to_owned(),
        title: Some(check.title.into()),
        mode: check.mode,
        stage: Some(check.stage()),
        zh: lacking(check).filter(|_| !found.contains(check.id)).map(|why| why.zh),
        outcome: outcome(check),
    };
    report.evidence.checks = CHECKS.iter().map(checked).collect();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::Rule;

    #[test]
    fn every_check_has_one_id_in_kebab_case() {
        let ids: BTreeSet<_> = CHECKS.iter().map(|check| check.id).collect();
        assert_eq!(ids.len(), CHECKS.len());
        let titles: BTreeSet<_> = CHECKS.iter().flat_map(|check| [check.title.0, check.title.1]).collect();
        assert_eq!(titles.len(), 2 * CHECKS.len(), "each has a title of its own in both languages");
        for id in ids.iter().chain(OWN) {
            assert!(id.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{id}");
        }
    }

    #[test]
    fn every_step_has_checks_of_its_own() {
        for stage in Stage::ALL {
            assert!(CHECKS.iter().any(|check| check.stage() == stage), "{stage:?}");
        }
    }

    #[test]
    fn a_shadow_finding_is_shown_and_decides_nothing() {
        let rule = |check| Rule { check, why: ("", "") };
        let findings = vec![
            rule("secret-entropy").error("", ("甲", "a"), ("", "")),
            rule("words").warning("", ("乙", "b"), ("", "")),
        ];
        let mut report = Report { findings, ..Report::default() };
        let lacks = vec![(Needs::KnownBad, ("没有名单", "there is no list").into())];
        settle(&mut report, &Present { lacks });
        assert!(report.passed());
        assert_eq!(report.evidence.shadow.len(), 1);
        let outcome = |id: &str| &report.evidence.checks.iter().find(|checked| checked.check == id).unwrap().outcome;
        assert_eq!(*outcome("secret-entropy"), Outcome::Found);
        assert_eq!(*outcome("words"), Outcome::Found);
        assert_eq!(*outcome("names"), Outcome::Clean);
        assert_eq!(*outcome("known-bad"), Outcome::NotChecked("there is no list".to_owned()));
    }
}

//! Behaviour: what the handlers did while they were tried, against what they are for and what hosts allow.

use crate::rule::{Rule, listed, shown};
use std::collections::BTreeSet;
use toolcrib_contract::capability::wanted;
use toolcrib_contract::evidence::{Behaviour, CardLine};
use toolcrib_contract::finding::Finding;
use toolcrib_contract::manifest::{HandlerKind, Words};
use toolcrib_contract::words;
use toolcrib_contract::{Capability, Manifest, limits};

const RANDOM: Rule = Rule {
    check: "query-random",
    why: (
        "同样的问题问两次，人们期望得到同样的答案；主机也会把查询结果保留一段时间",
        "People who ask the same twice expect the same; a host also keeps answers of queries for a while",
    ),
};
const UNUSED: Rule = Rule {
    check: "unused-capability",
    why: (
        "企业同意过的权限，下一个版本可能滥用；用不着的就不应申请",
        "Whatever a tenant agrees to can be misused by the next version; what is not needed should not be asked for",
    ),
};
const NEAR: Rule = Rule {
    check: "near-limits",
    why: (
        "场景和试验的数据量很小；在企业的真实数据下会触及限值，调用就会失败",
        "Scenarios and trials have few rows; with a tenant's real data the limit would be met, and the call would fail",
    ),
};

/// The share of a published limit that small data must not reach.
const SHARE: u64 = 2;
/// Operations of one call that a slow host needs seconds for.
const OPERATIONS: u64 = 1_000_000_000;

/// Queries whose answer depends on chance.
pub(crate) fn random(manifest: &Manifest, behaviour: &[Behaviour]) -> Vec<Finding> {
    let is_query = |name: &str| manifest.handler(name).is_some_and(|(_, handler)| handler.kind == HandlerKind::Query);
    let rolling = behaviour.iter().filter(|seen| seen.uses_random && is_query(&seen.handler));
    let finding = |seen: &Behaviour| {
        let place = format!("handler {}", shown(&seen.handler));
        RANDOM.warning(
            place,
            ("同样的问题每次得到不同的答案", "The same question gets another answer each time"),
            ("不要在查询中使用随机数", "Take no chance in a query"),
        )
    };
    rolling.map(finding).collect()
}

/// Capabilities that nothing used. `interfaces`: imports of the component; what cannot be used at all is told by the
/// check of imports.
pub(crate) fn unused(manifest: &Manifest, behaviour: &[Behaviour], interfaces: &BTreeSet<String>) -> Vec<Finding> {
    let any = |of: fn(&Behaviour) -> &Vec<String>, name: &str| {
        behaviour.iter().any(|seen| of(seen).iter().any(|known| known == name))
    };
    let follows = |wanted: &str| manifest.handlers.iter().any(|handler| handler.kind.signal() == Some(wanted));
    let used = |capability: &Capability| match capability {
        Capability::Read { module, record, .. } => {
            !interfaces.contains("shared") || any(|seen| &seen.reads, &format!("{module}/{record}"))
        }
        Capability::Call { module, operation } => {
            !interfaces.contains("operations") || any(|seen| &seen.calls, &format!("{module}/{operation}"))
        }
        Capability::Readings { signal } => {
            follows(signal) || !interfaces.contains("readings") || any(|seen| &seen.signals, signal)
        }
        Capability::Outbound { host } => !interfaces.contains("effects") || any(|seen| &seen.hosts, host),
        Capability::Listen { .. } => true,
    };
    let finding = |capability: Capability| {
        let what = words!(
            "没有任何场景或试验用到 {}",
            "{} was used by no scenario and no trial",
            shown(&capability.to_string())
        );
        let fix = ("去掉它，或增加一个说明其用途的场景", "Strip it, or add a scenario that shows what it is for");
        UNUSED.warning("capabilities", what, fix)
    };
    let unused = wanted(manifest).into_iter().map(|wanted| wanted.capability).filter(|capability| !used(capability));
    unused.map(finding).collect()
}

/// Handlers that come near to a published limit with next to no data.
pub(crate) fn near_limits(card: &[CardLine]) -> Vec<Finding> {
    let mut found = Vec::new();
    for line in card {
        let figures = [
            (("行读取", "rows read"), u64::from(line.rows_read), u64::from(limits::ROWS_READ)),
            (("行写入", "rows written"), line.rows_written.into(), limits::ROWS_WRITTEN.into()),
            (("个事件", "events"), line.events.into(), limits::EVENTS.into()),
            (("字节输出", "bytes of output"), line.output_bytes, limits::OUTPUT_BYTES as u64),
            (("字节内存", "bytes of memory"), line.memory_bytes, limits::MEMORY_BYTES as u64),
            (("次运算", "operations"), line.fuel_p99, OPERATIONS * SHARE),
        ];
        let near = figures.iter().filter(|(_, have, limit)| *have > limit / SHARE);
        let told: Vec<_> = near
            .map(|(of, have, limit)| {
                let of = Words::from(*of);
                words!("{have} {of}（上限 {limit}）", "{have} {of} of at most {limit}"; of)
            })
            .collect();
        if !told.is_empty() {
            let (place, told) = (format!("handler {}", shown(&line.handler)), listed(&told));
            let what = words!("一次调用用了{told}", "A call took {told}"; told);
            found.push(NEAR.warning(
                place,
                what,
                (
                    "分页处理，由定时器或调用方继续处理下一页",
                    "Work in pages, and let a timer or the caller go on with the next one",
                ),
            ));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example;
    use toolcrib_contract::manifest::{Request, RequestKind};

    #[test]
    fn a_capability_is_used_or_told() {
        let mut manifest = example::manifest();
        let kind = RequestKind::Outbound { host: "erp.example.com".into() };
        manifest.requests.push(Request { kind, reason: example::words(), optional: false });
        let sent = Behaviour { hosts: vec!["erp.example.com".into()], ..Behaviour::default() };
        let effects: BTreeSet<_> = ["effects".to_owned()].into();
        assert_eq!(unused(&manifest, &[], &effects).len(), 1);
        assert_eq!(unused(&manifest, &[sent], &effects), []);
        assert_eq!(unused(&manifest, &[], &BTreeSet::new()), [], "told by the check of imports");
    }

    #[test]
    fn a_query_rolls_no_dice_and_a_command_may() {
        let seen = |handler: &str| Behaviour { handler: handler.into(), uses_random: true, ..Behaviour::default() };
        assert_eq!(random(&example::manifest(), &[seen("add")]), []);
        assert_eq!(random(&example::manifest(), &[seen("count")]).len(), 1);
    }

    #[test]
    fn half_a_limit_is_near() {
        let line = |rows_read| CardLine { rows_read, ..CardLine::default() };
        assert_eq!(near_limits(&[line(limits::ROWS_READ / 2)]), []);
        assert_eq!(near_limits(&[line(limits::ROWS_READ / 2 + 1)]).len(), 1);
    }
}

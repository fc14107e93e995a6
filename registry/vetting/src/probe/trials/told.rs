//! What the trials tell: one rule each, with the input or the host call that showed it.

use super::super::bench::Attempt;
use super::super::watched::{Seen, Spoil};
use crate::rule::{Rule, shown};
use toolcrib_contract::finding::Finding;
use toolcrib_contract::host::Fault;
use toolcrib_contract::json;
use toolcrib_contract::manifest::HandlerDef;
use toolcrib_contract::memory::Stop;
use toolcrib_contract::words;

const INPUT: Rule = Rule {
    check: "generated-input",
    why: (
        "声明的类型允许的输入，必须得到答案，或调用方能理解的拒绝",
        "An input that the declared types allow must give an answer or a refusal that the caller understands",
    ),
};
const MALFORMED: Rule = Rule {
    check: "malformed-input",
    why: (
        "不成输入的字节必须拒绝；读错它的，也会读错下一版本的输入",
        "Bytes that are no input must be refused; whoever misreads them misreads the next version's inputs too",
    ),
};
const FAULT: Rule = Rule {
    check: "injected-fault",
    why: (
        "主机每天都会说不：磁盘已满、没有同意、某行刚被别人修改",
        "Hosts say no every day: a full disk, a missing consent, a row that somebody else just changed",
    ),
};
const UNDECLARED: Rule = Rule {
    check: "undeclared-behaviour",
    why: (
        "企业同意的是所声明的内容；要求更多的模块另有目的，或有缺陷",
        "Tenants agree to what is declared; a module that asks for more has another purpose, or a fault",
    ),
};
const OPAQUE: Rule = Rule {
    check: "egress-entropy",
    why: (
        "压缩或加密后向外发送的字节，可能装着企业的任何数据",
        "Packed or encrypted bytes on their way out can hold anything of the tenant's",
    ),
};

/// Characters of an input or of a fault's detail.
const SHOWN: usize = 240;

fn place(handler: &HandlerDef) -> String {
    format!("handler {}", shown(&handler.name))
}

fn cut(text: &str) -> String {
    text.chars().take(SHOWN).collect()
}

pub(super) fn trapped(handler: &HandlerDef, input: &[u8], fault: &Fault) -> Finding {
    let input = json::write(&handler.input, input).unwrap_or_default();
    let what = words!(
        "输入为 {} 时失败，{}：{}",
        "With the input {} it fails with {}: {}",
        cut(&input),
        fault.code,
        cut(&fault.detail)
    );
    INPUT.error(
        place(handler),
        what,
        (
            "用 `reject(…)` 拒绝这样的输入，或加以处理；请检查求和与下标",
            "Refuse such an input with `reject(…)`, or handle it; check sums and indexes",
        ),
    )
}

pub(super) fn malformed(handler: &HandlerDef, attempt: &Attempt) -> Option<Finding> {
    let fix = ("请用本 SDK 读取输入，它会拒绝它们", "Read inputs with this SDK, which refuses them");
    match &attempt.outcome {
        Err(Stop::Failed(_)) => None,
        Err(Stop::Fault(fault)) => {
            let what = words!(
                "不成输入的字节使它失败，{}：{}",
                "Bytes that are no input make it fail with {}: {}",
                fault.code,
                cut(&fault.detail)
            );
            Some(MALFORMED.error(place(handler), what, fix))
        }
        Ok(_) => Some(MALFORMED.warning(
            place(handler),
            ("它对不成输入的字节也作答", "It answers bytes that are no input of it"),
            fix,
        )),
    }
}

/// `kept`: the tenant is not as it was before the call.
pub(super) fn spoiled(
    handler: &HandlerDef,
    import: &str,
    spoil: Spoil,
    attempt: &Attempt,
    kept: bool,
) -> Option<Finding> {
    let when = match spoil {
        Spoil::Refuse(code) => words!("当 `{import}` 以 `{code}` 被拒绝时", "When `{import}` is refused with `{code}`"),
        Spoil::BreakOff(code) => {
            words!("当 `{import}` 以 `{code}` 中断时", "When `{import}` is broken off with `{code}`")
        }
    };
    let fix = (
        "用 `?` 把拒绝传出去，或加以处理；绝不要对主机的答复 `unwrap`",
        "Hand the refusal on with `?`, or handle it; never `unwrap` an answer of the host",
    );
    if kept {
        return Some(FAULT.error(
            place(handler),
            words!("{when}，仍有内容被保留", "{when}, something of it is kept"; when),
            fix,
        ));
    }
    match (spoil, &attempt.outcome) {
        (Spoil::Refuse(_), Err(Stop::Fault(fault))) => {
            let what = words!(
                "{when}，它失败了，{}：{}",
                "{when}, it fails with {}: {}", fault.code, cut(&fault.detail); when
            );
            Some(FAULT.error(place(handler), what, fix))
        }
        (Spoil::BreakOff(code), Err(Stop::Fault(fault))) if fault.code == code => None,
        (Spoil::BreakOff(_), _) => {
            Some(FAULT.error(place(handler), words!("{when}，它继续运行", "{when}, it goes on"; when), fix))
        }
        (Spoil::Refuse(_), _) => None,
    }
}

/// What all calls of a handler asked for.
pub(super) fn seen(handler: &HandlerDef, seen: &Seen) -> Vec<Finding> {
    let mut found = Vec::new();
    if !seen.undeclared.is_empty() {
        let listed: Vec<_> = seen.undeclared.iter().take(5).cloned().collect();
        let what = words!(
            "它请求 {}，而清单没有声明",
            "It asks for {}, which the manifest does not declare",
            listed.join(", ")
        );
        found.push(UNDECLARED.error(
            place(handler),
            what,
            ("请在 module! 中声明，或删除请求它的代码", "Declare it in module!, or remove the code that asks for it"),
        ));
    }
    if !seen.opaque.is_empty() {
        let listed: Vec<_> = seen.opaque.iter().map(|host| shown(host)).collect();
        let what = words!(
            "它发往 {} 的内容像是压缩或加密过的",
            "What it sends to {} looks packed or encrypted",
            listed.join(", ")
        );
        found.push(OPAQUE.warning(
            place(handler),
            what,
            ("请发送明文 JSON，或向审核员展示其内容", "Send plain JSON, or show the reviewer what is inside"),
        ));
    }
    found
}

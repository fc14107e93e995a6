//! What the trials tell: one rule each, with the input or the host call that showed it.

use super::super::bench::Attempt;
use super::super::watched::{Seen, Spoil};
use crate::rule::{Rule, shown};
use toolcrib_contract::finding::Finding;
use toolcrib_contract::host::Fault;
use toolcrib_contract::json;
use toolcrib_contract::manifest::HandlerDef;
use toolcrib_contract::memory::Stop;

const INPUT: Rule = Rule {
    check: "generated-input",
    why: "An input that the declared types allow must give an answer or a refusal that the caller understands",
};
const MALFORMED: Rule = Rule {
    check: "malformed-input",
    why: "Bytes that are no input must be refused; whoever misreads them misreads the next version's inputs too",
};
const FAULT: Rule = Rule {
    check: "injected-fault",
    why: "Hosts say no every day: a full disk, a missing consent, a row that somebody else just changed",
};
const UNDECLARED: Rule = Rule {
    check: "undeclared-behaviour",
    why: "Tenants agree to what is declared; a module that asks for more has another purpose, or a fault",
};
const OPAQUE: Rule = Rule {
    check: "egress-entropy",
    why: "Packed or encrypted bytes on their way out can hold anything of the tenant's",
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
    let what = format!("With the input {} it fails with {}: {}", cut(&input), fault.code, cut(&fault.detail));
    INPUT.error(place(handler), what, "Refuse such an input with `reject(…)`, or handle it; check sums and indexes")
}

pub(super) fn malformed(handler: &HandlerDef, attempt: &Attempt) -> Option<Finding> {
    let fix = "Read inputs with this SDK, which refuses them";
    match &attempt.outcome {
        Err(Stop::Failed(_)) => None,
        Err(Stop::Fault(fault)) => {
            let what = format!("Bytes that are no input make it fail with {}: {}", fault.code, cut(&fault.detail));
            Some(MALFORMED.error(place(handler), what, fix))
        }
        Ok(_) => Some(MALFORMED.warning(place(handler), "It answers bytes that are no input of it", fix)),
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
        Spoil::Refuse(code) => format!("When `{import}` is refused with `{code}`"),
        Spoil::BreakOff(code) => format!("When `{import}` is broken off with `{code}`"),
    };
    let fix = "Hand the refusal on with `?`, or handle it; never `unwrap` an answer of the host";
    if kept {
        return Some(FAULT.error(place(handler), format!("{when}, something of it is kept"), fix));
    }
    match (spoil, &attempt.outcome) {
        (Spoil::Refuse(_), Err(Stop::Fault(fault))) => {
            let what = format!("{when}, it fails with {}: {}", fault.code, cut(&fault.detail));
            Some(FAULT.error(place(handler), what, fix))
        }
        (Spoil::BreakOff(code), Err(Stop::Fault(fault))) if fault.code == code => None,
        (Spoil::BreakOff(_), _) => Some(FAULT.error(place(handler), format!("{when}, it goes on"), fix)),
        (Spoil::Refuse(_), _) => None,
    }
}

/// What all calls of a handler asked for.
pub(super) fn seen(handler: &HandlerDef, seen: &Seen) -> Vec<Finding> {
    let mut found = Vec::new();
    if !seen.undeclared.is_empty() {
        let listed: Vec<_> = seen.undeclared.iter().take(5).cloned().collect();
        let what = format!("It asks for {}, which the manifest does not declare", listed.join(", "));
        found.push(UNDECLARED.error(
            place(handler),
            what,
            "Declare it in module!, or remove the code that asks for it",
        ));
    }
    if !seen.opaque.is_empty() {
        let listed: Vec<_> = seen.opaque.iter().map(|host| shown(host)).collect();
        let what = format!("What it sends to {} looks packed or encrypted", listed.join(", "));
        found.push(OPAQUE.warning(place(handler), what, "Send plain JSON, or show the reviewer what is inside"));
    }
    found
}

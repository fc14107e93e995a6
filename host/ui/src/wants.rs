//! Capabilities in the words of the person who agrees to them: grouped by what could go wrong.

use crate::language::Tr;
use crate::names::Names;
use maud::{Markup, html};
use toolcrib_contract::Capability;
use toolcrib_contract::capability::Wanted;
use toolcrib_contract::consent;
use toolcrib_contract::manifest::Manifest;

/// What a capability touches, the gentlest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Risk {
    /// What machines say.
    Machines,
    /// What other modules keep and let be read.
    Factory,
    /// Acting through other modules.
    Modules,
    /// Data leaves the plant.
    Outside,
}

impl Risk {
    pub const ALL: [Self; 4] = [Self::Machines, Self::Factory, Self::Modules, Self::Outside];

    pub fn of(capability: &Capability) -> Self {
        match capability {
            Capability::Readings { .. } => Self::Machines,
            Capability::Read { .. } | Capability::Listen { .. } => Self::Factory,
            Capability::Call { .. } => Self::Modules,
            Capability::Outbound { .. } => Self::Outside,
        }
    }

    fn title(self, tr: Tr) -> String {
        match self {
            Self::Machines => tr.t("risk-machines"),
            Self::Factory => tr.t("risk-factory"),
            Self::Modules => tr.t("risk-modules"),
            Self::Outside => tr.t("risk-outside"),
        }
    }
}

/// The capability as a sentence. What another module has is called as that one calls it, where it runs here.
pub fn sentence(names: Names<'_>, capability: &Capability) -> String {
    let tr = names.tr;
    match capability {
        Capability::Read { module, record, fields } => {
            let (of, title) = (names.of(module), names.module(module));
            let fields = fields.iter().map(|field| of.field(field)).collect::<Vec<_>>().join(&tr.t("list-separator"));
            tr.with("want-read", &[("module", &title), ("record", &of.record("", record)), ("fields", &fields)])
        }
        Capability::Call { module, operation } => {
            let operation = names.of(module).operation(operation);
            tr.with("want-call", &[("module", &names.module(module)), ("operation", &operation)])
        }
        Capability::Listen { module, event } => {
            let event = names.of(module).event(event);
            tr.with("want-listen", &[("module", &names.module(module)), ("event", &event)])
        }
        Capability::Readings { signal } => tr.with("want-readings", &[("signal", signal)]),
        Capability::Outbound { host } => tr.with("want-outbound", &[("host", host)]),
    }
}

/// How much could go wrong, and why.
fn level(tr: Tr, capability: &Capability) -> String {
    let level = match consent::risk(capability) {
        consent::Risk::Low => tr.t("level-low"),
        consent::Risk::Medium => tr.t("level-medium"),
        consent::Risk::High => tr.t("level-high"),
    };
    tr.with("level-because", &[("level", &level), ("reason", tr.words(&consent::because(capability)))])
}

/// One row: what, why, and the text that is agreed to.
pub fn row(names: Names<'_>, wanted: &Wanted) -> Markup {
    let tr = names.tr;
    let reason = tr.words(&wanted.reason);
    html! {
        span.want { (sentence(names, &wanted.capability)) }
        @if !reason.is_empty() { span.why { (tr.with("want-why", &[("reason", reason)])) } }
        span.why { (level(tr, &wanted.capability)) }
        code.dim { (wanted.capability) }
    }
}

/// Everything asked for, grouped by risk; `item` makes each row.
pub fn grouped(tr: Tr, wanted: &[Wanted], item: impl Fn(&Wanted) -> Markup) -> Markup {
    html! {
        @for risk in Risk::ALL {
            @let of_risk: Vec<_> = wanted.iter().filter(|wanted| Risk::of(&wanted.capability) == risk).collect();
            @if !of_risk.is_empty() {
                section.risk.danger[risk == Risk::Outside] {
                    h3 { (risk.title(tr)) }
                    ul.wants { @for wanted in of_risk { li { (item(wanted)) } } }
                }
            }
        }
    }
}

/// What needs no consent: its own records and operations, and what it cannot do at all.
pub fn own(names: Names<'_>, manifest: &Manifest, wanted: &[Wanted]) -> Markup {
    let tr = names.tr;
    let records: Vec<_> = manifest.records.iter().map(|record| names.record("", &record.name)).collect();
    let operations = manifest.handlers.iter().filter(|def| def.is_operation());
    let operations: Vec<_> = operations.map(|def| names.operation(&def.name)).collect();
    let outside = wanted.iter().any(|wanted| Risk::of(&wanted.capability) == Risk::Outside);
    html! {
        ul.plain {
            @if !records.is_empty() { li { (tr.with("own-records", &[("records", &records.join(&tr.t("list-separator")))])) } }
            @if !operations.is_empty() { li { (tr.with("own-operations", &[("operations", &operations.join(&tr.t("list-separator")))])) } }
            @if !outside { li { (tr.t("no-outside")) } }
        }
    }
}

/// How one capability differs between two versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    Added(Wanted),
    Removed(Wanted),
    /// As before, or less than before.
    Kept(Wanted),
}

/// What a version asks for, compared with what was asked before. A read of more fields is a new wish.
pub fn changes(before: &[Wanted], after: &[Wanted]) -> Vec<Change> {
    let agreed = |wanted: &Wanted| {
        before.iter().any(|old| old.capability.covers(&wanted.capability) && (!old.optional || wanted.optional))
    };
    let still = |old: &Wanted| {
        after
            .iter()
            .any(|wanted| wanted.capability.covers(&old.capability) || old.capability.covers(&wanted.capability))
    };
    let now = after
        .iter()
        .map(|wanted| if agreed(wanted) { Change::Kept(wanted.clone()) } else { Change::Added(wanted.clone()) });
    now.chain(before.iter().filter(|old| !still(old)).cloned().map(Change::Removed)).collect()
}

/// The changes as a list, marked by word and colour.
pub fn diff(names: Names<'_>, changes: &[Change]) -> Markup {
    let tr = names.tr;
    html! { ul.wants { @for change in changes {
        @let (tone, mark, wanted) = match change {
            Change::Added(wanted) => ("warn", tr.t("change-added"), wanted),
            Change::Removed(wanted) => ("ok", tr.t("change-removed"), wanted),
            Change::Kept(wanted) => ("idle", tr.t("change-kept"), wanted),
        };
        li { span class={ "tag " (tone) } { (mark) } @if wanted.optional { span.tag.idle { (tr.t("optional")) } } (row(names, wanted)) }
    } } }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(text: &str, optional: bool) -> Wanted {
        Wanted { capability: text.parse().unwrap(), reason: Default::default(), optional }
    }

    #[test]
    fn a_wider_read_and_a_lost_choice_are_new_wishes() {
        let before = [
            wanted("read:plant/equipment(code,name)", false),
            wanted("outbound:a.example", true),
            wanted("readings:state", false),
        ];
        let same = changes(&before, &before);
        assert!(same.iter().all(|change| matches!(change, Change::Kept(_))), "{same:?}");
        let after = [wanted("read:plant/equipment(code,name,place)", false), wanted("outbound:a.example", false)];
        let kinds: Vec<_> = changes(&before, &after)
            .iter()
            .map(|change| match change {
                Change::Added(wanted) => format!("+{}", wanted.capability),
                Change::Removed(wanted) => format!("-{}", wanted.capability),
                Change::Kept(wanted) => format!("={}", wanted.capability),
            })
            .collect();
        assert_eq!(kinds, ["+read:plant/equipment(code,name,place)", "+outbound:a.example", "-readings:state"]);
        let less = [wanted("read:plant/equipment(code)", false)];
        assert!(matches!(changes(&before[..1], &less)[..], [Change::Kept(_)]));
    }
}

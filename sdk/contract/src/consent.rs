//! Consent in plain words: what a capability lets a module do, how much could go wrong, and how far a grant reaches.

use crate::Capability;
use crate::capability::Wanted;
use crate::manifest::Words;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Equipment codes, or beginnings of codes, that one scope may name.
pub const SCOPE_ITEMS: usize = 200;
/// Characters of a code of equipment.
const CODE_CHARS: usize = 64;

/// How much could go wrong, the gentlest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Risk {
    Low,
    Medium,
    High,
}

fn words(zh: impl Into<String>, en: impl Into<String>) -> Words {
    Words { zh: zh.into(), en: en.into() }
}

/// How much could go wrong when this is granted.
pub fn risk(capability: &Capability) -> Risk {
    match capability {
        Capability::Readings { .. } => Risk::Low,
        Capability::Read { .. } | Capability::Listen { .. } => Risk::Medium,
        Capability::Call { .. } | Capability::Outbound { .. } => Risk::High,
    }
}

/// Why it is that risky, for the person who agrees.
pub fn because(capability: &Capability) -> Words {
    match capability {
        Capability::Readings { .. } => {
            words("只能看到设备上报的数据，不能更改任何东西", "It only sees what machines report and changes nothing")
        }
        Capability::Read { .. } => {
            words("能看到其他模块保存的资料，但不能更改", "It sees what other modules keep, and cannot change it")
        }
        Capability::Listen { .. } => words("能得知其他模块中发生的事情", "It learns what happens in other modules"),
        Capability::Call { .. } => {
            words("能通过其他模块更改其中的资料", "Through other modules it can change what they keep")
        }
        Capability::Outbound { .. } => words("数据会离开工厂", "Data leaves the plant"),
    }
}

/// The capability as a sentence.
pub fn sentence(capability: &Capability) -> Words {
    match capability {
        Capability::Read { module, record, fields } => {
            let fields: Vec<_> = fields.iter().map(String::as_str).collect();
            words(
                format!("读取模块 {module} 的 {record}：{}", fields.join("、")),
                format!("Read {record} of the module {module}: {}", fields.join(", ")),
            )
        }
        Capability::Call { module, operation } => words(
            format!("执行模块 {module} 的操作 {operation}"),
            format!("Run the operation {operation} of the module {module}"),
        ),
        Capability::Listen { module, event } => words(
            format!("接收模块 {module} 的事件 {event}"),
            format!("Be told of the event {event} of the module {module}"),
        ),
        Capability::Readings { signal } => {
            words(format!("读取设备信号 {signal}"), format!("Follow the machines' signal {signal}"))
        }
        Capability::Outbound { host } => words(format!("向 {host} 发送数据"), format!("Send data to {host}")),
    }
}

/// Whether a grant of it may be narrowed to some equipment: only what the host itself tells machine by machine.
pub fn is_scoped(capability: &Capability) -> bool {
    matches!(capability, Capability::Readings { .. })
}

/// One thing asked for, as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    pub capability: Capability,
    pub sentence: Words,
    pub risk: Risk,
    pub because: Words,
    /// The provider's reason.
    pub reason: Words,
    /// The module works without it.
    pub optional: bool,
    /// It may be narrowed to some equipment.
    pub scoped: bool,
}

impl From<Wanted> for Ask {
    fn from(wanted: Wanted) -> Self {
        let Wanted { capability, reason, optional } = wanted;
        Self {
            sentence: sentence(&capability),
            risk: risk(&capability),
            because: because(&capability),
            scoped: is_scoped(&capability),
            capability,
            reason,
            optional,
        }
    }
}

/// Everything asked for, the riskiest first; inside one risk as the capabilities sort.
pub fn asks(wanted: Vec<Wanted>) -> Vec<Ask> {
    let mut asks: Vec<Ask> = wanted.into_iter().map(Ask::from).collect();
    asks.sort_by(|a, b| b.risk.cmp(&a.risk).then_with(|| a.capability.cmp(&b.capability)));
    asks
}

/// The page that a person agrees to: kept word for word with the consent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    pub module: String,
    pub version: String,
    /// Of an upgrade: the version before it. Only what it asks for beyond the consent is on the page then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    pub digest: String,
    /// Slug of the provider.
    pub provider: String,
    pub asks: Vec<Ask>,
}

impl Page {
    /// Its one form as JSON: keys sorted, no white space. What is hashed and kept.
    pub fn canonical(&self) -> String {
        // Objects of `Value` are sorted maps.
        serde_json::to_value(self).expect("texts and flags serialise").to_string()
    }
}

/// How far the grant of one capability reaches. Without a scope it reaches all equipment.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scope {
    pub capability: Capability,
    /// Codes of equipment; one that ends in `*` stands for all that begin so, for example `line-1-*`.
    pub equipment: BTreeSet<String>,
}

impl Scope {
    /// Whether it reaches this equipment.
    pub fn reaches(&self, equipment: &str) -> bool {
        self.equipment.iter().any(|item| match item.strip_suffix('*') {
            Some(beginning) => equipment.starts_with(beginning),
            None => item == equipment,
        })
    }

    /// What is wrong with it; none when it can be kept.
    pub fn flaw(&self) -> Option<String> {
        if !is_scoped(&self.capability) {
            return Some(format!("`{}` cannot be narrowed to some equipment", self.capability));
        }
        if self.equipment.is_empty() || self.equipment.len() > SCOPE_ITEMS {
            return Some(format!("name 1 to {SCOPE_ITEMS} codes of equipment"));
        }
        let code = |item: &String| item.strip_suffix('*').unwrap_or(item).to_owned();
        let bad = self.equipment.iter().find(|item| {
            let code = code(item);
            let fits = (1..=CODE_CHARS).contains(&code.chars().count());
            !fits || code.contains('*') || code.chars().any(char::is_control)
        });
        bad.map(|item| format!("`{item}` is no code of equipment, with or without `*` at its end"))
    }
}

/// Whether nothing narrows this capability away from this equipment.
pub fn reaches(scopes: &[Scope], capability: &Capability, equipment: &str) -> bool {
    scopes.iter().filter(|scope| scope.capability == *capability).all(|scope| scope.reaches(equipment))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(capability: &str, equipment: &[&str]) -> Scope {
        Scope {
            capability: capability.parse().unwrap(),
            equipment: equipment.iter().map(|item| (*item).to_owned()).collect(),
        }
    }

    #[test]
    fn a_scope_reaches_what_it_names_and_nothing_else() {
        let scopes = [scope("readings:state", &["press-1", "line-2-*"])];
        let state = "readings:state".parse().unwrap();
        for (equipment, reached) in [("press-1", true), ("press-10", false), ("line-2-a", true), ("line-20", false)] {
            assert_eq!(reaches(&scopes, &state, equipment), reached, "{equipment}");
        }
        assert!(reaches(&scopes, &"readings:good".parse().unwrap(), "press-9"), "another signal is not narrowed");
    }

    #[test]
    fn a_scope_that_means_nothing_is_told() {
        assert_eq!(scope("readings:state", &["a", "b*"]).flaw(), None);
        for bad in [&[][..], &["*"], &["a*b"], &[""]] {
            assert!(scope("readings:state", bad).flaw().is_some(), "{bad:?}");
        }
        assert!(scope("outbound:a.example", &["a"]).flaw().is_some());
        let many: Vec<_> = (0..=SCOPE_ITEMS).map(|nth| nth.to_string()).collect();
        let many: Vec<_> = many.iter().map(String::as_str).collect();
        assert!(scope("readings:state", &many).flaw().is_some());
        assert!(scope("readings:state", &many[1..]).flaw().is_none());
    }

    #[test]
    fn a_page_has_one_form_and_both_languages() {
        let wanted = ["readings:state", "outbound:erp.example.com", "read:plant/person(name)", "call:plant/move_lot"];
        let wanted =
            wanted.map(|text| Wanted { capability: text.parse().unwrap(), reason: Words::default(), optional: false });
        let asks = asks(wanted.to_vec());
        let risks: Vec<_> = asks.iter().map(|ask| ask.risk).collect();
        assert_eq!(risks, [Risk::High, Risk::High, Risk::Medium, Risk::Low]);
        for ask in &asks {
            for words in [&ask.sentence, &ask.because] {
                assert!(!words.zh.is_empty() && !words.en.is_empty() && words.zh != words.en);
            }
        }
        let text = String::from;
        let (module, version, digest, provider) = (text("m"), text("1"), text("d"), text("p"));
        let page = Page { module, version, from: None, digest, provider, asks };
        let canonical = page.canonical();
        assert!(canonical.starts_with(r#"{"asks":[{"because":{"en":"#), "{canonical}");
        let read: Page = serde_json::from_str(&canonical).unwrap();
        assert_eq!((read.canonical(), &read), (canonical, &page));
    }
}

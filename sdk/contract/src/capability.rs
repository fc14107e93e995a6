//! Consent: what a module's artifact asks for, and whether a tenant agreed to it.

use crate::manifest::{HandlerKind, Manifest, RequestKind, Words};
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

/// One thing a module may do beyond its own records. Derived from the manifest, never from what the publisher says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize), serde(try_from = "String", into = "String"))]
pub enum Capability {
    /// Read these fields of another module's shared record.
    Read { module: String, record: String, fields: BTreeSet<String> },
    /// Call another module's operation.
    Call { module: String, operation: String },
    /// Be woken by another module's event.
    Listen { module: String, event: String },
    /// Follow or query a signal of the machines.
    Readings { signal: String },
    /// Send data to a host outside the plant, and ask it for data.
    Outbound { host: String },
}

impl fmt::Display for Capability {
    /// The stable text form, used on the wire and in consent records.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read { module, record, fields } => {
                let fields: Vec<_> = fields.iter().map(String::as_str).collect();
                write!(f, "read:{module}/{record}({})", fields.join(","))
            }
            Self::Call { module, operation } => write!(f, "call:{module}/{operation}"),
            Self::Listen { module, event } => write!(f, "listen:{module}/{event}"),
            Self::Readings { signal } => write!(f, "readings:{signal}"),
            Self::Outbound { host } => write!(f, "outbound:{host}"),
        }
    }
}

/// The text is not a capability.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotACapability(pub String);

impl fmt::Display for NotACapability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not a capability; one looks like readings:state or read:plant/equipment(code,name)", self.0)
    }
}
impl std::error::Error for NotACapability {}

impl FromStr for Capability {
    type Err = NotACapability;
    fn from_str(text: &str) -> Result<Self, NotACapability> {
        let fail = || NotACapability(text.chars().take(200).collect());
        let (kind, rest) = text.split_once(':').ok_or_else(fail)?;
        let pair = || rest.split_once('/').filter(|(a, b)| !a.is_empty() && !b.is_empty()).ok_or_else(fail);
        Ok(match kind {
            "read" => {
                let (module, rest) = pair()?;
                let (record, fields) = rest.strip_suffix(')').and_then(|rest| rest.split_once('(')).ok_or_else(fail)?;
                let fields = fields.split(',').filter(|field| !field.is_empty()).map(str::to_owned).collect();
                Self::Read { module: module.into(), record: record.into(), fields }
            }
            "call" => {
                pair().map(|(module, operation)| Self::Call { module: module.into(), operation: operation.into() })?
            }
            "listen" => pair().map(|(module, event)| Self::Listen { module: module.into(), event: event.into() })?,
            "readings" if !rest.is_empty() => Self::Readings { signal: rest.into() },
            "outbound" if !rest.is_empty() => Self::Outbound { host: rest.into() },
            _ => return Err(fail()),
        })
    }
}
impl TryFrom<String> for Capability {
    type Error = NotACapability;
    fn try_from(text: String) -> Result<Self, NotACapability> {
        text.parse()
    }
}
impl From<Capability> for String {
    fn from(capability: Capability) -> String {
        capability.to_string()
    }
}

impl Capability {
    /// Whether agreeing to `self` includes agreeing to `wanted`: the same thing, or a read of fewer fields.
    pub fn covers(&self, wanted: &Self) -> bool {
        match (self, wanted) {
            (
                Self::Read { module, record, fields },
                Self::Read { module: other_module, record: other_record, fields: other_fields },
            ) => module == other_module && record == other_record && fields.is_superset(other_fields),
            _ => self == wanted,
        }
    }
}

/// A capability as asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize))]
pub struct Wanted {
    pub capability: Capability,
    pub reason: Words,
    /// The module works without it.
    pub optional: bool,
}

/// Everything a manifest asks for, sorted, each once.
pub fn wanted(manifest: &Manifest) -> Vec<Wanted> {
    let own = |module: &String| module.is_empty() || *module == manifest.module;
    let mut wanted: Vec<Wanted> = Vec::new();
    let mut add = |capability: Capability, reason: &Words| {
        if let Some(known) = wanted.iter_mut().find(|known| known.capability == capability) {
            if known.reason == Words::default() {
                known.reason = reason.clone();
            }
        } else {
            wanted.push(Wanted { capability, reason: reason.clone(), optional: false });
        }
    };
    for read in &manifest.reads {
        let fields = read.fields.iter().map(|field| field.name.clone()).collect();
        add(Capability::Read { module: read.module.clone(), record: read.record.clone(), fields }, &read.reason);
    }
    for call in &manifest.calls {
        add(Capability::Call { module: call.module.clone(), operation: call.operation.clone() }, &call.reason);
    }
    for handler in &manifest.handlers {
        if let Some(signal) = handler.kind.signal() {
            add(Capability::Readings { signal: signal.to_owned() }, &Words::default());
        }
        match &handler.kind {
            HandlerKind::OnEvent { module, event } if !own(module) => {
                add(Capability::Listen { module: module.clone(), event: event.clone() }, &Words::default());
            }
            _ => {}
        }
    }
    for (capability, reason, optional) in requested(manifest) {
        let known = wanted.iter_mut().find(|known| known.capability == capability);
        match known {
            // Of a signal that it follows a module may say that it works without: its handler is not woken then.
            Some(known) => {
                known.optional = optional;
                if known.reason == Words::default() {
                    known.reason = reason.clone();
                }
            }
            None => wanted.push(Wanted { capability, reason: reason.clone(), optional }),
        }
    }
    wanted.sort_by(|a, b| a.capability.cmp(&b.capability));
    wanted
}

/// What is asked for by name, each once: optional only when it is so everywhere.
fn requested(manifest: &Manifest) -> Vec<(Capability, &Words, bool)> {
    let mut requested: Vec<(Capability, &Words, bool)> = Vec::new();
    for request in &manifest.requests {
        let capability = match &request.kind {
            RequestKind::Outbound { host } => Capability::Outbound { host: host.clone() },
            RequestKind::Readings { signal } => Capability::Readings { signal: signal.clone() },
        };
        match requested.iter_mut().find(|(known, ..)| *known == capability) {
            Some((_, reason, optional)) => {
                *optional &= request.optional;
                if **reason == Words::default() {
                    *reason = &request.reason;
                }
            }
            None => requested.push((capability, &request.reason, request.optional)),
        }
    }
    requested
}

/// The first required capability that no grant covers.
pub fn missing<'a>(wanted: &'a [Wanted], grants: &[Capability]) -> Option<&'a Capability> {
    let required = wanted.iter().filter(|wanted| !wanted.optional).map(|wanted| &wanted.capability);
    required.into_iter().find(|capability| !grants.iter().any(|grant| grant.covers(capability)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capabilities_read_their_own_text() {
        for text in [
            "read:plant/equipment(code,name)",
            "call:plant/move_lot",
            "listen:plant/lot_moved",
            "readings:state",
            "outbound:erp.example.com:443",
        ] {
            assert_eq!(text.parse::<Capability>().unwrap().to_string(), text);
        }
        for bad in ["", "read", "read:plant", "read:/x(a)", "call:plant/", "readings:", "root:all"] {
            assert!(bad.parse::<Capability>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_module_may_do_without_a_signal_that_it_follows() {
        use crate::manifest::{HandlerDef, Request};
        use crate::schema::Type;
        let kind = HandlerKind::OnSignal { signal: "state".into() };
        let handler = HandlerDef {
            name: "on_state".into(),
            doc: String::new(),
            kind,
            input: Type::Unit,
            output: Type::Unit,
            roles: vec![],
        };
        let request = |optional| Request {
            kind: RequestKind::Readings { signal: "state".into() },
            reason: Words { zh: "看".into(), en: "to see".into() },
            optional,
        };
        let asked = |requests: Vec<Request>| {
            let manifest = Manifest {
                module: "m".into(),
                version: "1.0.0".into(),
                sdk: String::new(),
                title: Words::default(),
                summary: Words::default(),
                records: vec![],
                reads: vec![],
                calls: vec![],
                events: vec![],
                handlers: vec![handler.clone()],
                requests,
                views: Vec::new(),
            };
            let wanted = wanted(&manifest);
            assert_eq!(wanted.len(), 1);
            wanted[0].optional
        };
        assert!(!asked(vec![]), "following a signal needs it");
        assert!(!asked(vec![request(false)]));
        assert!(asked(vec![request(true)]), "unless the module says that it does not");
        assert!(!asked(vec![request(true), request(false)]));
    }

    #[test]
    fn a_read_of_more_fields_is_not_covered() {
        let read = |text: &str| text.parse::<Capability>().unwrap();
        assert!(read("read:plant/equipment(code,name)").covers(&read("read:plant/equipment(code)")));
        assert!(!read("read:plant/equipment(code)").covers(&read("read:plant/equipment(code,name)")));
        assert!(!read("read:plant/equipment(code)").covers(&read("read:plant/person(code)")));
    }
}

//! Topics: `spBv1.0/{group}/{verb}/{node}[/{device}]`, and `spBv1.0/STATE/{host}`.

use std::fmt;

/// The first level of every topic of Sparkplug B.
pub const NAMESPACE: &str = "spBv1.0";
/// Bytes of a group, a node, a device or a host in a topic.
pub const ID_BYTES: usize = 128;

/// What a message is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verb {
    Birth,
    Data,
    Death,
    Command,
}

/// Where a message goes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Topic {
    /// Of a node, or of one of its devices.
    Node { group: String, verb: Verb, node: String, device: Option<String> },
    /// Of a host application.
    State { host: String },
}

/// Why a text is no topic of Sparkplug B.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TopicError {
    #[error("a Sparkplug topic looks like {NAMESPACE}/group/NDATA/node or {NAMESPACE}/group/DDATA/node/device")]
    Form,
    #[error("the message type is none of NBIRTH, NDATA, NDEATH, NCMD, DBIRTH, DDATA, DDEATH, DCMD and STATE")]
    Verb,
    #[error("an id has 1 to {ID_BYTES} bytes, without + / # and control characters")]
    Id,
    #[error("messages of a device name the device, those of a node name none")]
    Device,
}

fn check(id: &str) -> Result<String, TopicError> {
    let good =
        !id.is_empty() && id.len() <= ID_BYTES && !id.contains(['+', '/', '#']) && !id.contains(char::is_control);
    if good { Ok(id.to_owned()) } else { Err(TopicError::Id) }
}

impl Topic {
    /// # Errors
    /// An id that cannot stand in a topic.
    pub fn node(group: &str, verb: Verb, node: &str, device: Option<&str>) -> Result<Self, TopicError> {
        let device = device.map(check).transpose()?;
        Ok(Self::Node { group: check(group)?, verb, node: check(node)?, device })
    }

    /// # Errors
    /// An id that cannot stand in a topic.
    pub fn state(host: &str) -> Result<Self, TopicError> {
        Ok(Self::State { host: check(host)? })
    }

    /// Whether a topic is for Sparkplug B at all.
    pub fn is_sparkplug(topic: &str) -> bool {
        topic.split('/').next() == Some(NAMESPACE)
    }

    /// # Errors
    /// What is wrong with it.
    pub fn parse(topic: &str) -> Result<Self, TopicError> {
        let levels: Vec<_> = topic.split('/').take(6).collect();
        match levels[..] {
            [NAMESPACE, "STATE", host] => Self::state(host),
            [NAMESPACE, group, kind, node] => Self::of(group, kind, node, None),
            [NAMESPACE, group, kind, node, device] => Self::of(group, kind, node, Some(device)),
            _ => Err(TopicError::Form),
        }
    }

    fn of(group: &str, kind: &str, node: &str, device: Option<&str>) -> Result<Self, TopicError> {
        let (scope, verb) = kind.split_at_checked(1).ok_or(TopicError::Verb)?;
        let verb = match verb {
            "BIRTH" => Verb::Birth,
            "DATA" => Verb::Data,
            "DEATH" => Verb::Death,
            "CMD" => Verb::Command,
            _ => return Err(TopicError::Verb),
        };
        match (scope, device) {
            ("N", None) | ("D", Some(_)) => Self::node(group, verb, node, device),
            ("N" | "D", _) => Err(TopicError::Device),
            _ => Err(TopicError::Verb),
        }
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::State { host } => write!(f, "{NAMESPACE}/STATE/{host}"),
            Self::Node { group, verb, node, device } => {
                let verb = match verb {
                    Verb::Birth => "BIRTH",
                    Verb::Data => "DATA",
                    Verb::Death => "DEATH",
                    Verb::Command => "CMD",
                };
                match device {
                    None => write!(f, "{NAMESPACE}/{group}/N{verb}/{node}"),
                    Some(device) => write!(f, "{NAMESPACE}/{group}/D{verb}/{node}/{device}"),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_are_read_as_they_are_written() {
        for text in [
            "spBv1.0/Plant 1/NBIRTH/press",
            "spBv1.0/冲压/DDATA/网关/冲床1",
            "spBv1.0/g/NCMD/n",
            "spBv1.0/g/DDEATH/n/d",
            "spBv1.0/STATE/toolcrib",
        ] {
            assert_eq!(Topic::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_device_stands_only_in_messages_of_devices() {
        assert_eq!(Topic::parse("spBv1.0/g/NDATA/n/d"), Err(TopicError::Device));
        assert_eq!(Topic::parse("spBv1.0/g/DDATA/n"), Err(TopicError::Device));
    }

    #[test]
    fn what_is_no_topic_is_told_why() {
        assert_eq!(Topic::parse("spBv1.0/g/NLIFE/n"), Err(TopicError::Verb));
        assert_eq!(Topic::parse("spBv1.0/g/冲BIRTH/n"), Err(TopicError::Verb));
        assert_eq!(Topic::parse("spBv1.0/g//n"), Err(TopicError::Verb));
        assert_eq!(Topic::parse("spBv1.0//NDATA/n"), Err(TopicError::Id));
        assert_eq!(Topic::parse("spBv1.0/+/NDATA/n"), Err(TopicError::Id));
        assert_eq!(Topic::parse("spBv1.0/g/NDATA/#"), Err(TopicError::Id));
        assert_eq!(Topic::parse(&format!("spBv1.0/{}/NDATA/n", "x".repeat(ID_BYTES + 1))), Err(TopicError::Id));
        assert_eq!(Topic::parse("spAv1.0/g/NDATA/n"), Err(TopicError::Form));
        assert_eq!(Topic::parse("spBv1.0/g/DDATA/n/d/more"), Err(TopicError::Form));
        assert_eq!(Topic::parse("spBv1.0/STATE/a/b"), Err(TopicError::Verb), "three levels or a group of that name");
        assert!(!Topic::is_sparkplug("spBv1.0x/g/NDATA/n") && Topic::is_sparkplug("spBv1.0/anything"));
    }
}

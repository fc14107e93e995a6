//! Which topics belong to a credential: where a device may publish, and which commands it may listen to.

use toolcrib_sparkplug::NAMESPACE;

/// First level of the topics of our own.
const PLAIN: &str = "tc";
/// What a device tells a Sparkplug host.
const TOLD: [&str; 6] = ["NBIRTH", "NDEATH", "NDATA", "DBIRTH", "DDEATH", "DDATA"];
/// Bytes of a topic or filter.
pub(super) const TOPIC_BYTES: usize = 512;

/// The user name of a device.
pub fn user_name(tenant: &str, device: &str) -> String {
    format!("{tenant}/{device}")
}

/// Everything that a device publishes in topics of our own begins so.
pub fn own_prefix(tenant: &str, device: &str) -> String {
    format!("{PLAIN}/{tenant}/{device}/")
}

/// Everything that a tenant's devices publish with Sparkplug B begins so: the group is the tenant.
pub fn sparkplug_prefix(tenant: &str) -> String {
    format!("{NAMESPACE}/{tenant}/")
}

/// A topic that can be published to at all.
pub(super) fn is_topic(topic: &str) -> bool {
    !topic.is_empty() && topic.len() <= TOPIC_BYTES && !topic.contains(['+', '#', '\0'])
}

/// A filter that can be subscribed to at all.
pub(super) fn is_filter(filter: &str) -> bool {
    let levels = || filter.split('/');
    !filter.is_empty()
        && filter.len() <= TOPIC_BYTES
        && !filter.contains('\0')
        && levels().all(|level| matches!(level, "+" | "#") || !level.contains(['+', '#']))
        && levels().rev().skip(1).all(|level| level != "#")
}

/// Whether this device of this tenant may publish there. Commands and states are the host's own.
pub(super) fn may_publish(tenant: &str, device: &str, topic: &str) -> bool {
    let mut levels = topic.split('/');
    match levels.next() {
        Some(NAMESPACE) => levels.next() == Some(tenant) && levels.next().is_some_and(|kind| TOLD.contains(&kind)),
        Some(PLAIN) => {
            levels.next() == Some(tenant)
                && levels.next() == Some(device)
                && levels.next().is_some_and(|level| !level.is_empty() && level != "cmd")
        }
        _ => false,
    }
}

/// Whether this device of this tenant may listen there: to commands for its own tenant's Sparkplug nodes, the host's
/// state, and its own commands. A wildcard never stands where another tenant or device could.
pub(super) fn may_subscribe(tenant: &str, device: &str, filter: &str) -> bool {
    let mut levels = filter.split('/');
    match (levels.next(), levels.next(), levels.next()) {
        (Some(NAMESPACE), Some("STATE"), Some(_)) => true,
        (Some(NAMESPACE), Some(group), Some(kind)) => {
            group == tenant && ["NCMD", "DCMD"].contains(&kind) && levels.next().is_some()
        }
        (Some(PLAIN), Some(of_tenant), Some(of_device)) => {
            of_tenant == tenant && of_device == device && levels.next() == Some("cmd")
        }
        _ => false,
    }
}

/// Whether a filter covers a topic.
pub(super) fn covers(filter: &str, topic: &str) -> bool {
    let (mut filter, mut topic) = (filter.split('/'), topic.split('/'));
    loop {
        match (filter.next(), topic.next()) {
            (Some("#"), _) | (None, None) => return true,
            (Some("+"), Some(_)) => {}
            (Some(one), Some(other)) if one == other => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_publishes_under_its_own_prefix_and_its_tenants_group_only() {
        let may = |topic: &str| may_publish("donghu", "d1", topic);
        for good in [
            "tc/donghu/d1/readings",
            "tc/donghu/d1/press-1/good",
            "spBv1.0/donghu/NBIRTH/gw",
            "spBv1.0/donghu/DDATA/gw/press",
        ] {
            assert!(may(good) && is_topic(good), "{good}");
        }
        for bad in [
            "tc/nanxi/d1/readings",
            "tc/donghu/d2/readings",
            "tc/donghu/d1",
            "tc/donghu/d1/",
            "tc/donghu/d1/cmd/start",
            "spBv1.0/nanxi/NBIRTH/gw",
            "spBv1.0/donghu/NCMD/gw",
            "spBv1.0/donghu/DCMD/gw/press",
            "spBv1.0/STATE/toolcrib",
            "spBv1.0/donghu",
            "$SYS/broker",
            "readings",
            "/tc/donghu/d1/readings",
            "TC/donghu/d1/readings",
            "",
        ] {
            assert!(!may(bad), "{bad}");
        }
        for bad in ["tc/donghu/d1/+", "tc/donghu/d1/#", "a\0b", ""] {
            assert!(!is_topic(bad), "{bad:?}");
        }
        assert!(is_topic(&"a".repeat(TOPIC_BYTES)) && !is_topic(&"a".repeat(TOPIC_BYTES + 1)));
    }

    #[test]
    fn a_device_listens_to_its_own_commands_only() {
        let may = |filter: &str| may_subscribe("donghu", "d1", filter);
        for good in [
            "spBv1.0/donghu/NCMD/gw",
            "spBv1.0/donghu/NCMD/gw/#",
            "spBv1.0/donghu/DCMD/gw/+",
            "spBv1.0/donghu/NCMD/#",
            "spBv1.0/STATE/toolcrib",
            "spBv1.0/STATE/+",
            "spBv1.0/STATE/#",
            "tc/donghu/d1/cmd/#",
            "tc/donghu/d1/cmd",
        ] {
            assert!(may(good) && is_filter(good), "{good}");
        }
        for bad in [
            "#",
            "+/#",
            "spBv1.0/#",
            "spBv1.0/+/NCMD/gw",
            "spBv1.0/donghu/#",
            "spBv1.0/donghu/+/gw",
            "spBv1.0/nanxi/NCMD/gw",
            "spBv1.0/donghu/NDATA/gw",
            "tc/#",
            "tc/+/d1/cmd/#",
            "tc/donghu/+/cmd/#",
            "tc/donghu/d2/cmd/#",
            "tc/donghu/d1/#",
            "$share/g/tc/donghu/d1/cmd/#",
            "$SYS/#",
        ] {
            assert!(!may(bad), "{bad}");
        }
        for bad in ["a/#/b", "a/b#", "a/+b", "", "a\0"] {
            assert!(!is_filter(bad), "{bad:?}");
        }
    }

    #[test]
    fn filters_cover_as_the_standard_says() {
        for (filter, topic, should) in [
            ("a/b", "a/b", true),
            ("a/+", "a/b", true),
            ("a/+", "a/b/c", false),
            ("a/#", "a", true),
            ("a/#", "a/b/c", true),
            ("#", "a/b", true),
            ("+/b", "a/b", true),
            ("a/b", "a/B", false),
            ("a/b/+", "a/b", false),
            ("a", "a/b", false),
        ] {
            assert_eq!(covers(filter, topic), should, "{filter} {topic}");
        }
    }
}

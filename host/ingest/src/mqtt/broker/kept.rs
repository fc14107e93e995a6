//! Brokers as people set them, and what makes no sense.

use super::proof::{self, Own};
use crate::mqtt::topic::is_filter;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use toolcrib_contract::json::InputError;
use toolcrib_contract::problem::Problem;

/// Brokers of one tenant.
pub const BROKERS: usize = 4;
/// Topic filters of one broker.
pub const TOPICS: usize = 20;
/// Characters of a name.
const NAME_CHARS: usize = 40;
/// Bytes of an address, a user name or a password.
const TEXT_BYTES: usize = 256;
/// Bytes of the certificates that are trusted, and of those that prove who we are.
const CA_BYTES: usize = 32 << 10;
/// Bytes of a key.
const KEY_BYTES: usize = 16 << 10;

/// One broker.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Broker {
    /// Lower-case letters, digits and `-`; the source is called `broker-<name>`.
    pub name: String,
    /// `mqtt://host:port`, or with TLS `mqtts://host:port`.
    pub url: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub user: String,
    /// None in what people send: the one that is kept stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    /// What is subscribed to.
    pub topics: Vec<String>,
    /// Certificates (PEM) that are trusted instead of the system's.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub ca: String,
    /// The host's own certificate (PEM), with those between it and whom the broker trusts; empty: it shows none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub certificate: String,
    /// The key to it (PEM). None in what people send: the one that is kept stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    #[serde(default = "yes")]
    pub active: bool,
}

fn yes() -> bool {
    true
}

/// Where an address leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub host: String,
    pub port: u16,
    pub tls: bool,
}

impl Broker {
    /// As what its readings are kept.
    pub fn source(&self) -> String {
        format!("broker-{}", self.name)
    }

    /// Where it is; none: the address is none.
    pub(super) fn place(&self) -> Option<Place> {
        let (tls, rest) = match (self.url.strip_prefix("mqtts://"), self.url.strip_prefix("mqtt://")) {
            (Some(rest), _) => (true, rest),
            (None, Some(rest)) => (false, rest),
            (None, None) => return None,
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, port)) => (host, port.parse().ok().filter(|port| *port != 0)?),
            None => (rest, if tls { 8883 } else { 1883 }),
        };
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
        let good = !host.is_empty() && host.chars().all(is_name) && self.url.len() <= TEXT_BYTES;
        good.then(|| Place { host: host.to_ascii_lowercase(), port, tls })
    }

    /// What proves there who we are.
    pub(super) fn own(&self) -> Option<Own> {
        let key = self.key.clone().filter(|_| !self.certificate.is_empty())?;
        Some(Own { certificate: self.certificate.clone(), key })
    }

    /// Whether a Sparkplug host is to be seen there.
    pub(super) fn is_sparkplug(&self) -> bool {
        self.topics.iter().any(|topic| topic.starts_with(toolcrib_sparkplug::NAMESPACE))
    }

    fn check(&self, wrong: &mut impl FnMut(&str, String)) {
        let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if self.name.is_empty() || self.name.len() > NAME_CHARS || !self.name.chars().all(is_name) {
            wrong("name", format!("lower-case letters, digits and -, at most {NAME_CHARS}"));
        }
        if self.place().is_none() {
            wrong("url", "mqtt://host:port, or with TLS mqtts://host:port".to_owned());
        }
        let is_text = |text: &str| text.len() <= TEXT_BYTES && !text.contains(char::is_control);
        if !is_text(&self.user) {
            wrong("user", format!("at most {TEXT_BYTES} bytes"));
        }
        if !self.password.as_deref().is_none_or(is_text) {
            wrong("password", format!("at most {TEXT_BYTES} bytes"));
        }
        if self.user.is_empty() && self.password.as_deref().is_some_and(|password| !password.is_empty()) {
            wrong("user", "a password needs a user name".to_owned());
        }
        if self.topics.is_empty() || self.topics.len() > TOPICS {
            wrong("topics", format!("one topic filter at least, {TOPICS} at most"));
        }
        if self.topics.iter().any(|topic| !is_filter(topic)) {
            wrong("topics", "a topic, with + for a level and # for the rest".to_owned());
        }
        if self.ca.len() > CA_BYTES {
            wrong("ca", format!("certificates as PEM, at most {CA_BYTES} bytes"));
        } else if !self.ca.is_empty()
            && let Err(why) = proof::roots(&self.ca)
        {
            wrong("ca", why);
        }
        self.check_own(wrong);
    }

    /// Certificate and key come together, belong together, and are shown to nobody without TLS.
    fn check_own(&self, wrong: &mut impl FnMut(&str, String)) {
        let key = self.key.as_deref().unwrap_or_default();
        if self.certificate.len() > CA_BYTES {
            return wrong("certificate", format!("certificates as PEM, at most {CA_BYTES} bytes"));
        }
        if key.len() > KEY_BYTES {
            return wrong("key", format!("a private key as PEM, at most {KEY_BYTES} bytes"));
        }
        match (self.certificate.is_empty(), key.is_empty()) {
            (true, true) => {}
            (true, false) => wrong("certificate", "the certificate that belongs to the key".to_owned()),
            (false, true) => wrong("key", "the key that belongs to the certificate".to_owned()),
            (false, false) if !self.place().is_some_and(|place| place.tls) => {
                wrong(
                    "url",
                    "a certificate of our own is shown to brokers with TLS only: mqtts://host:port".to_owned(),
                );
            }
            (false, false) => match self.own().map(|own| own.read()) {
                Some(Err(proof::Unreadable::Certificate(why))) => wrong("certificate", why),
                Some(Err(proof::Unreadable::Key(why))) => wrong("key", why),
                Some(Ok(_)) | None => {}
            },
        }
    }
}

/// # Errors
/// Everything that cannot be followed, each with its pointer.
pub(super) fn check(brokers: &[Broker]) -> Result<(), Problem> {
    let mut errors = Vec::new();
    if brokers.len() > BROKERS {
        errors.push(InputError { pointer: "/brokers".into(), message: format!("at most {BROKERS} brokers") });
    }
    let mut names = HashSet::new();
    for (at, broker) in brokers.iter().take(BROKERS).enumerate() {
        let mut wrong = |field: &str, message| {
            errors.push(InputError { pointer: format!("/brokers/{at}/{field}"), message });
        };
        broker.check(&mut wrong);
        if !names.insert(broker.name.as_str()) {
            wrong("name", "another broker has this name".to_owned());
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(Problem::input(errors)) }
}

/// Takes over what people do not send again, of the broker of the same name while its place stays the same, so that nobody
/// is led to another place with it: the password, while the user name stays, and the key, while its certificate does.
pub(super) fn with_secrets(mut new: Vec<Broker>, known: &[Broker]) -> Vec<Broker> {
    for broker in &mut new {
        let Some(before) = known.iter().find(|known| known.name == broker.name && known.url == broker.url) else {
            continue;
        };
        if broker.password.is_none() && broker.user == before.user {
            broker.password.clone_from(&before.password);
        }
        if broker.key.is_none() && broker.certificate.trim() == before.certificate.trim() {
            broker.key.clone_from(&before.key);
        }
    }
    new
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broker(url: &str) -> Broker {
        Broker {
            name: "plant".into(),
            url: url.into(),
            topics: vec!["plant/#".into()],
            active: true,
            ..Broker::default()
        }
    }

    #[test]
    fn an_address_says_host_port_and_whether_it_is_private() {
        let place = |url: &str| broker(url).place().map(|place| (place.host, place.port, place.tls));
        assert_eq!(place("mqtt://Broker.plant:1884"), Some(("broker.plant".into(), 1_884, false)));
        assert_eq!(place("mqtts://10.0.0.5/"), Some(("10.0.0.5".into(), 8_883, true)));
        assert_eq!(place("mqtt://b"), Some(("b".into(), 1_883, false)));
        for bad in [
            "",
            "b:1883",
            "http://b",
            "mqtt://",
            "mqtt://b:0",
            "mqtt://b:70000",
            "mqtt://u:p@b:1",
            "mqtt://b/x",
            "mqtt://a b",
        ] {
            assert_eq!(place(bad), None, "{bad}");
        }
    }

    #[test]
    fn what_cannot_be_followed_is_told_with_its_place() {
        let bad = |change: &dyn Fn(&mut Broker)| {
            let mut broker = broker("mqtt://b");
            change(&mut broker);
            check(&[broker]).unwrap_err().errors[0].pointer.clone()
        };
        assert!(check(&[broker("mqtt://b")]).is_ok());
        assert_eq!(bad(&|broker| broker.name = "Plant".into()), "/brokers/0/name");
        assert_eq!(bad(&|broker| broker.url = "b".into()), "/brokers/0/url");
        assert_eq!(bad(&|broker| broker.topics.clear()), "/brokers/0/topics");
        assert_eq!(bad(&|broker| broker.topics = vec!["a/#/b".into()]), "/brokers/0/topics");
        assert_eq!(bad(&|broker| broker.topics = vec!["a".into(); TOPICS + 1]), "/brokers/0/topics");
        assert_eq!(bad(&|broker| broker.ca = "x".into()), "/brokers/0/ca");
        let no_certificate = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        assert_eq!(bad(&|broker| broker.ca = no_certificate.into()), "/brokers/0/ca", "it is read, not only looked at");
        assert_eq!(bad(&|broker| broker.key = Some("x".into())), "/brokers/0/certificate");
        assert_eq!(bad(&|broker| broker.certificate = "x".into()), "/brokers/0/key");
        assert_eq!(bad(&|broker| broker.certificate = "x".repeat(CA_BYTES + 1)), "/brokers/0/certificate");
        assert_eq!(bad(&|broker| broker.key = Some("x".repeat(KEY_BYTES + 1))), "/brokers/0/key");
        let own = |url: &'static str, certificate: &'static str, key: &'static str| {
            move |broker: &mut Broker| {
                broker.url = url.into();
                (broker.certificate, broker.key) = (certificate.into(), Some(key.into()));
            }
        };
        assert_eq!(bad(&own("mqtt://b", "x", "x")), "/brokers/0/url", "no key without TLS");
        assert_eq!(bad(&own("mqtts://b", "x", "x")), "/brokers/0/certificate");
        assert_eq!(bad(&own("mqtts://b", no_certificate, "x")), "/brokers/0/key");
        assert_eq!(bad(&|broker| broker.password = Some("x".into())), "/brokers/0/user");
        let many: Vec<_> = (0..=BROKERS).map(|nth| Broker { name: format!("b{nth}"), ..broker("mqtt://b") }).collect();
        assert_eq!(check(&many).unwrap_err().errors[0].pointer, "/brokers");
        assert_eq!(check(&[broker("mqtt://a"), broker("mqtt://b")]).unwrap_err().errors[0].pointer, "/brokers/1/name");
    }

    #[test]
    fn a_password_stays_with_its_place_and_goes_to_no_other() {
        let user = |url: &str, password: Option<&str>| Broker {
            user: "u".into(),
            password: password.map(str::to_owned),
            ..broker(url)
        };
        let known = [user("mqtt://b", Some("secret"))];
        assert_eq!(with_secrets(vec![user("mqtt://b", None)], &known)[0].password.as_deref(), Some("secret"));
        assert_eq!(with_secrets(vec![user("mqtt://evil", None)], &known)[0].password, None);
        assert_eq!(with_secrets(vec![user("mqtt://b", Some("new"))], &known)[0].password.as_deref(), Some("new"));
        let own = |url: &str, certificate: &str, key: Option<&str>| Broker {
            certificate: certificate.into(),
            key: key.map(str::to_owned),
            ..broker(url)
        };
        let known = [own("mqtts://b", "one\n", Some("key"))];
        let kept = |new: Broker| with_secrets(vec![new], &known)[0].key.clone();
        assert_eq!(kept(own("mqtts://b", "one", None)).as_deref(), Some("key"));
        assert_eq!(kept(own("mqtts://evil", "one", None)), None);
        assert_eq!(kept(own("mqtts://b", "two", None)), None, "another certificate has another key");
        assert_eq!(kept(own("mqtts://b", "", None)), None, "taken back with its certificate");
    }
}

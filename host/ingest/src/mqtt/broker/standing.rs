//! How a broker stands at the moment, for the people who look after it.

use super::proof::Distrust;
use toolcrib_contract::types::Instant;

/// How it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Switched off by people.
    Off,
    Connecting,
    Connected {
        since: Instant,
    },
    /// Tried again after a pause.
    Waiting {
        since: Instant,
        trouble: Trouble,
    },
}

impl Standing {
    /// Stable, kebab case.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Connecting => "connecting",
            Self::Connected { .. } => "connected",
            Self::Waiting { trouble, .. } => trouble.code(),
        }
    }

    /// What the other side or the system said.
    pub fn why(&self) -> Option<String> {
        match self {
            Self::Waiting { trouble, .. } => Some(trouble.to_string()),
            _ => None,
        }
    }

    /// Since when.
    pub fn since(&self) -> Option<Instant> {
        match self {
            Self::Connected { since } | Self::Waiting { since, .. } => Some(*since),
            Self::Off | Self::Connecting => None,
        }
    }
}

/// Why a connection ended, or never was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    #[error("{0}")]
    NotAllowed(String),
    #[error("{0}")]
    Away(String),
    /// A certificate does not prove what it should.
    #[error("{1}")]
    Unproven(Distrust, String),
    #[error("{0}")]
    SignInRefused(&'static str),
    #[error("`{0}`")]
    TopicRefused(String),
    #[error("a message of more than {0} bytes")]
    TooLarge(u32),
    #[error("{0}")]
    Malformed(String),
    #[error("no answer in time")]
    Silent,
    #[error("the connection was cut")]
    Cut,
    /// The host cannot store readings now: nothing was acknowledged.
    #[error("{0}")]
    NotStored(String),
    /// Not a trouble: asked to end.
    #[error("asked to stop")]
    Stopped,
}

impl Trouble {
    /// Every code of a standing: pages have a sentence for each.
    pub const CODES: [&str; 17] = [
        "off",
        "connecting",
        "connected",
        "not-allowed",
        "away",
        "certificate-unknown",
        "certificate-name",
        "certificate-date",
        "certificate-bad",
        "certificate-ours",
        "sign-in-refused",
        "topic-refused",
        "too-large",
        "malformed",
        "silent",
        "cut",
        "not-stored",
    ];

    fn code(&self) -> &'static str {
        match self {
            Self::NotAllowed(_) => "not-allowed",
            Self::Away(_) => "away",
            Self::Unproven(what, _) => what.code(),
            Self::SignInRefused(_) => "sign-in-refused",
            Self::TopicRefused(_) => "topic-refused",
            Self::TooLarge(_) => "too-large",
            Self::Malformed(_) => "malformed",
            Self::Silent => "silent",
            Self::Cut | Self::Stopped => "cut",
            Self::NotStored(_) => "not-stored",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_standing_has_a_code_that_pages_know() {
        let at = Instant(0);
        let waiting = |trouble| Standing::Waiting { since: at, trouble };
        let all = [
            Standing::Off,
            Standing::Connecting,
            Standing::Connected { since: at },
            waiting(Trouble::NotAllowed(String::new())),
            waiting(Trouble::Away(String::new())),
            waiting(Trouble::Unproven(Distrust::Issuer, String::new())),
            waiting(Trouble::Unproven(Distrust::Name, String::new())),
            waiting(Trouble::Unproven(Distrust::Date, String::new())),
            waiting(Trouble::Unproven(Distrust::Other, String::new())),
            waiting(Trouble::Unproven(Distrust::Ours, String::new())),
            waiting(Trouble::SignInRefused("")),
            waiting(Trouble::TopicRefused(String::new())),
            waiting(Trouble::TooLarge(1)),
            waiting(Trouble::Malformed(String::new())),
            waiting(Trouble::Silent),
            waiting(Trouble::Cut),
            waiting(Trouble::NotStored(String::new())),
        ];
        assert_eq!(all.map(|standing| standing.code()), Trouble::CODES);
    }
}

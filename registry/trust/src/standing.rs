//! How an approved version stands.

use serde::{Deserialize, Serialize};

/// What became of an approved version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// As approved.
    Approved,
    /// Its provider advises against it. Nothing is prevented.
    Deprecated,
    /// Nobody subscribes to it any more; whoever has it goes on.
    Yanked,
    /// For ever: no host calls it any more.
    Revoked,
}

impl Standing {
    pub const ALL: [Self; 4] = [Self::Approved, Self::Deprecated, Self::Yanked, Self::Revoked];

    /// The text on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Deprecated => "deprecated",
            Self::Yanked => "yanked",
            Self::Revoked => "revoked",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|standing| standing.as_str() == text)
    }
}

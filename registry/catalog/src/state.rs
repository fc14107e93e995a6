//! Where a submission stands, and what an organisation is.

/// Where a submission stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// Kept for its provider alone, for a while.
    Draft,
    /// A draft that was given up, replaced or forgotten.
    Discarded,
    /// Waits for its checks.
    Submitted,
    /// The checks run.
    Checking,
    /// The checks found errors; the provider may submit another build.
    Failed,
    /// A reviewer decides.
    Review,
    /// An approved version never changes; how it stands may.
    Approved,
    /// Approved, and its provider advises against it.
    Deprecated,
    /// Approved, and nobody subscribes to it any more.
    Yanked,
    /// Approved once; for ever not called by any host any more.
    Revoked,
    /// A reviewer asked for another build.
    ChangesRequested,
    /// For ever.
    Rejected,
}

crate::texts!(State {
    Draft = "draft",
    Discarded = "discarded",
    Submitted = "submitted",
    Checking = "checking",
    Failed = "failed",
    Review = "review",
    Approved = "approved",
    Deprecated = "deprecated",
    Yanked = "yanked",
    Revoked = "revoked",
    ChangesRequested = "changes_requested",
    Rejected = "rejected",
});

impl State {
    /// Those of a submission on its way; how an approved version stands comes later and is kept beside it.
    pub const ALL: [Self; 9] = [
        Self::Draft,
        Self::Discarded,
        Self::Submitted,
        Self::Checking,
        Self::Failed,
        Self::Review,
        Self::Approved,
        Self::ChangesRequested,
        Self::Rejected,
    ];

    /// The text on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Discarded => "discarded",
            Self::Submitted => "submitted",
            Self::Checking => "checking",
            Self::Failed => "failed",
            Self::Review => "review",
            Self::Approved => "approved",
            Self::Deprecated => "deprecated",
            Self::Yanked => "yanked",
            Self::Revoked => "revoked",
            Self::ChangesRequested => "changes_requested",
            Self::Rejected => "rejected",
        }
    }

    /// Whether the version was approved, however it stands since.
    pub fn was_approved(self) -> bool {
        matches!(self, Self::Approved | Self::Deprecated | Self::Yanked | Self::Revoked)
    }

    /// Whether tenants may subscribe to the version.
    pub fn is_offered(self) -> bool {
        matches!(self, Self::Approved | Self::Deprecated)
    }

    /// Whether another build of the same version may take its place.
    pub fn is_open_to_another_build(self) -> bool {
        matches!(self, Self::Draft | Self::Failed | Self::ChangesRequested)
    }

    /// Whether it waits for its checks or is in them.
    pub fn is_unchecked(self) -> bool {
        matches!(self, Self::Submitted | Self::Checking)
    }
}

/// What an organisation is in the marketplace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OrgKind {
    /// Publishes modules.
    Provider,
    /// Runs plants.
    Sme,
    /// Vets submissions. There is one.
    Marketplace,
    /// Runs a city's programme.
    Authority,
}

crate::texts!(OrgKind {
    Provider = "provider",
    Sme = "sme",
    Marketplace = "marketplace",
    Authority = "authority",
});

impl OrgKind {
    /// The text on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Provider => "provider",
            Self::Sme => "sme",
            Self::Marketplace => "marketplace",
            Self::Authority => "authority",
        }
    }

    /// The roles people have in it, the strongest first.
    pub fn roles(self) -> &'static [&'static str] {
        match self {
            Self::Provider | Self::Sme => &["owner", "member"],
            Self::Marketplace => &["admin", "reviewer", "auditor"],
            Self::Authority => &["official", "assessor", "auditor"],
        }
    }
}

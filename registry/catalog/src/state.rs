//! Where a submission stands, and what an organisation is.

/// Where a submission stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, sqlx::Type)]
#[sqlx(rename_all = "snake_case")]
pub enum State {
    /// The checks run or wait to run.
    Checking,
    /// The checks found errors; the provider may submit another build.
    Failed,
    /// A reviewer decides.
    Review,
    /// For ever: an approved version never changes.
    Approved,
    /// A reviewer asked for another build.
    ChangesRequested,
    /// For ever.
    Rejected,
}

impl State {
    /// The text on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Checking => "checking",
            Self::Failed => "failed",
            Self::Review => "review",
            Self::Approved => "approved",
            Self::ChangesRequested => "changes_requested",
            Self::Rejected => "rejected",
        }
    }

    /// Whether another build of the same version may take its place.
    pub fn is_open_to_another_build(self) -> bool {
        matches!(self, Self::Failed | Self::ChangesRequested)
    }
}

/// What an organisation is in the marketplace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, sqlx::Type)]
#[sqlx(rename_all = "snake_case")]
pub enum OrgKind {
    /// Publishes modules.
    Provider,
    /// Runs plants.
    Sme,
    /// Vets submissions. There is one.
    Marketplace,
}

impl OrgKind {
    /// The text on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Provider => "provider",
            Self::Sme => "sme",
            Self::Marketplace => "marketplace",
        }
    }

    /// The roles people have in it, the strongest first.
    pub fn roles(self) -> &'static [&'static str] {
        match self {
            Self::Provider | Self::Sme => &["owner", "member"],
            Self::Marketplace => &["admin", "reviewer"],
        }
    }
}

//! Ids of programmes and projects: UUIDv7 from the caller's time and chance, each its own type.

use std::fmt;
use toolcrib_catalog::new_id;
use toolcrib_contract::types::{Instant, RawId};
use toolcrib_contract::world::Chance;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, sqlx::Type)]
        #[sqlx(transparent)]
        pub struct $name(String);

        impl $name {
            /// Reads the text of an id; none when it has another form.
            pub fn parse(text: &str) -> Option<Self> {
                text.parse::<RawId>().ok().map(|id| Self(id.to_string()))
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }

            pub(crate) fn generate(now: Instant, chance: &dyn Chance) -> Self {
                Self(new_id(now, chance))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}
ids!(
    /// A city's programme; its ledger has the same id.
    ProgrammeId,
    /// A firm's project.
    ProjectId,
    /// An invoice in a project.
    InvoiceId,
    /// A payment in a project.
    PaymentId,
);

//! Ids of the registry: UUIDv7 from the caller's time and chance, each its own type.

use toolcrib_contract::types::Instant;
use toolcrib_contract::world::Chance;

/// A new UUIDv7 as text.
pub fn generate(now: Instant, chance: &dyn Chance) -> String {
    let mut random = [0u8; 10];
    chance.fill(&mut random);
    let ms = u64::try_from(now.0 / 1_000).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(ms, &random).into_uuid().to_string()
}

/// Makes types of ids, each with a text of its own. For the crates that keep something in the registry's database; they
/// have `sqlx` and `toolcrib-contract` themselves.
#[macro_export]
macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, sqlx::Type)]
        #[sqlx(transparent)]
        pub struct $name(String);

        impl $name {
            /// Reads the text of an id; none when it has another form.
            pub fn parse(text: &str) -> Option<Self> {
                text.parse::<toolcrib_contract::types::RawId>().ok().map(|id| Self(id.to_string()))
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }

            pub(crate) fn generate(
                now: toolcrib_contract::types::Instant,
                chance: &dyn toolcrib_contract::world::Chance,
            ) -> Self {
                Self($crate::new_id(now, chance))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}
ids!(
    /// A person.
    PersonId,
    /// A workspace of an SME.
    TenantId,
    /// A version on its way.
    SubmissionId,
    /// A machine or gateway.
    DeviceId,
    /// An OCI upload.
    UploadId,
);

/// An organisation in the database; everybody else uses its slug.
#[derive(Clone, Debug, sqlx::Type)]
#[sqlx(transparent)]
pub(crate) struct OrgId(String);

impl OrgId {
    pub fn generate(now: Instant, chance: &dyn Chance) -> Self {
        Self(generate(now, chance))
    }
}

//! What a loaded module offers beside its work, read from the package inside its verified bytes.

use toolcrib_contract::Manifest;
use toolcrib_contract::manifest::Words;
use toolcrib_contract::offered::{Figures, SetUp};
use toolcrib_contract::package::Listing;

/// Its declarations that can be followed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Offered {
    pub figures: Vec<Figures>,
    pub set_up: Vec<SetUp>,
}

impl Offered {
    /// What vetting refuses, or cannot be read, is as good as not declared.
    pub(crate) fn of(digest: &str, package: Option<&[u8]>, manifest: &Manifest) -> Self {
        #[derive(serde::Deserialize)]
        struct Package {
            listing: Listing,
        }
        let Some(json) = package else { return Self::default() };
        let listing = match serde_json::from_slice::<Package>(json) {
            Ok(package) => package.listing,
            Err(error) => {
                tracing::warn!(digest, error = %error, "What a module offers is not used");
                return Self::default();
            }
        };
        let told = |flaw: Option<Words>| {
            if let Some(flaw) = &flaw {
                tracing::warn!(digest, flaw = flaw.en, "A declaration of a module is not used");
            }
            flaw.is_none()
        };
        let mut offered = Self { figures: listing.figures, set_up: listing.set_up };
        offered.figures.retain(|figures| told(figures.flaw(manifest)));
        offered.set_up.retain(|set_up| told(set_up.flaw(manifest)));
        offered
    }
}

//! OCI repositories: every module is one, named `organisation/module`, with a tag for each version.
//!
//! [`Catalog::repository`] opens one for a viewer; everything it then says holds for that viewer: what they may not see
//! is unknown. Members of the owning organisation may push: content through uploads, then manifests. A tag that was
//! pushed is a draft until its signature arrives and [`Catalog::submit`] makes a version of it, in whose transaction the
//! draft becomes that version's manifest (`parts`). Versions that came in through the API have no manifest until
//! somebody records one ([`Repository::record`]).
//!
//! Content is named by its SHA-256 inside; the SHA-512 is a second name. Deliberately absent: HTTP, JSON of manifests,
//! signatures.

mod blobs;
mod drafts;
mod error;
mod files;
mod manifests;
mod parts;
mod referrers;
mod repository;
mod sweep;
mod tags;
mod uploads;

pub use blobs::Blob;
pub use drafts::Draft;
pub use error::OciError;
pub use manifests::{Descriptor, NewManifest, Reference, StoredManifest};
pub use parts::{Made, Unrecorded};
pub use referrers::Referrer;
pub use repository::Repository;
pub use sweep::Swept;
pub use uploads::{Upload, UploadId, Writer};

pub(crate) use files::Files;
pub(crate) use parts::adopt_draft;

//! A page along a declared index, and what comes back.

use crate::codec::Bytes;
use crate::codec_struct;

/// `index` of a [`Select`] that walks the rows in the order of their ids, which is the order of their creation.
pub const BY_ID: u32 = u32::MAX;

/// One page of a record along one of its declared indexes. Values are encoded with the types of the index's fields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Select {
    /// Position among the record's declared indexes (for shared records: among those the reader declared), or [`BY_ID`].
    pub index: u32,
    /// Values of the first fields of the index, for equality. Each is one encoded value.
    pub equals: Vec<Bytes>,
    /// Inclusive lower bound of the next field.
    pub from: Option<Bytes>,
    /// Exclusive upper bound of the next field.
    pub until: Option<Bytes>,
    pub descending: bool,
    /// Rows wanted, 1 to [`crate::limits::PAGE_ROWS`].
    pub limit: u32,
    /// The `next` of the page before.
    pub after: Option<Bytes>,
}
codec_struct!(Select { index, equals, from, until, descending, limit, after });

/// The answer to a [`Select`]: `count` rows laid end to end ([`crate::row`]), and where to go on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    pub count: u32,
    pub rows: Bytes,
    /// An opaque position; none on the last page.
    pub next: Option<Bytes>,
}
codec_struct!(Page { count, rows, next });

//! A stored row as it crosses the boundary: id, rev, created and updated in microseconds, then the record's fields.

use crate::codec::{CodecError, Encode, Reader, put_signed, put_unsigned};
use crate::types::{Instant, RawId};

/// What the host keeps beside the fields of every row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowHead {
    pub id: RawId,
    /// Starts at 1, one more with every update.
    pub rev: u64,
    pub created: Instant,
    pub updated: Instant,
}

impl RowHead {
    /// Writes the head; the fields follow.
    pub fn write(&self, out: &mut Vec<u8>) {
        self.id.encode(out);
        put_unsigned(self.rev, out);
        put_signed(self.created.0, out);
        put_signed(self.updated.0, out);
    }

    /// Reads the head; the fields follow on the same reader.
    pub fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        let id = RawId(reader.take(16)?.try_into().map_err(|_| CodecError::Truncated)?);
        Ok(Self { id, rev: reader.unsigned()?, created: Instant(reader.signed()?), updated: Instant(reader.signed()?) })
    }
}

//! A bucket as the place of backups. Commands are not asynchronous: each operation is waited for here.

use super::depot::{Content, Depot};
use crate::config::Objects;
use crate::objects;
use anyhow::Context;
use std::fmt::Display;
use std::io::{BufWriter, Read, Write};
use std::sync::Arc;
use tokio::runtime::Runtime;
use toolcrib_objects::{Bucket, Reading, Writing};

/// Bytes that are gathered before they are handed on.
const BUFFER: usize = 1 << 20;

/// A bucket. Never on a thread of an asynchronous runtime.
#[derive(Debug)]
pub struct InBucket {
    bucket: Bucket,
    /// Connections go on while nobody waits.
    runtime: Arc<Runtime>,
}

impl InBucket {
    /// # Errors
    /// The address, or settings of the store.
    pub fn open(address: &str, store: &Objects) -> anyhow::Result<Self> {
        let bucket = objects::bucket(address, store)?;
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        Ok(Self { bucket, runtime: Arc::new(runtime) })
    }
}

impl Display for InBucket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.bucket.fmt(f)
    }
}

impl Depot for InBucket {
    fn put(&self, name: &str, content: Content<'_>) -> anyhow::Result<()> {
        let writing = self.bucket.write(name)?;
        let mut to = BufWriter::with_capacity(BUFFER, Outgoing { writing, runtime: &self.runtime });
        let written = content(&mut to).and_then(|()| Ok(to.flush()?));
        // What the buffer still holds after a failure goes with it.
        let (Outgoing { writing, .. }, _) = to.into_parts();
        match written {
            Ok(()) => self.runtime.block_on(writing.finish())?,
            Err(error) => {
                self.runtime.block_on(writing.abandon());
                return Err(error).with_context(|| format!("`{name}` cannot be written to {self}"));
            }
        }
        Ok(())
    }

    fn get(&self, name: &str) -> anyhow::Result<Option<Box<dyn Read>>> {
        let Some(reading) = self.runtime.block_on(self.bucket.read(name))? else { return Ok(None) };
        let runtime = self.runtime.clone();
        Ok(Some(Box::new(Incoming { reading, runtime, piece: bytes::Bytes::new() })))
    }

    fn names(&self, below: &str) -> anyhow::Result<Vec<String>> {
        Ok(self.runtime.block_on(self.bucket.names(below))?)
    }

    fn remove_all(&self, name: &str) -> anyhow::Result<()> {
        Ok(self.runtime.block_on(self.bucket.remove_all(name))?)
    }
}

/// An object that is being written.
struct Outgoing<'r> {
    writing: Writing,
    runtime: &'r Runtime,
}

impl Write for Outgoing<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.runtime.block_on(self.writing.push(bytes)).map_err(std::io::Error::other)?;
        Ok(bytes.len())
    }

    /// All of it is there with the object, not before.
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// An object that is being read.
struct Incoming {
    reading: Reading,
    runtime: Arc<Runtime>,
    piece: bytes::Bytes,
}

impl Read for Incoming {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        while self.piece.is_empty() {
            match self.runtime.block_on(self.reading.next()).map_err(std::io::Error::other)? {
                Some(piece) => self.piece = piece,
                None => return Ok(0),
            }
        }
        let count = into.len().min(self.piece.len());
        into[..count].copy_from_slice(&self.piece.split_to(count));
        Ok(count)
    }
}

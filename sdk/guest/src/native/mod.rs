//! The same module on an in-memory host.

pub(crate) mod link;
pub mod testing;

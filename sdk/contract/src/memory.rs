//! In-memory host.

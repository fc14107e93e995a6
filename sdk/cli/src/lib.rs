//! cargo-toolcrib

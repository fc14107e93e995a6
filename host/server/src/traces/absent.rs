//! In place of `export`, in a program that was built without it.

use super::Export;
use crate::config;
use toolcrib_runtime::World;

/// # Errors
/// Always: which build is needed.
pub fn start(_: &config::Traces, _: &World, _: &'static str) -> anyhow::Result<Export> {
    Err(absent())
}

/// # Errors
/// Always: which build is needed.
pub fn check(_: &config::Traces) -> anyhow::Result<()> {
    Err(absent())
}

fn absent() -> anyhow::Error {
    anyhow::anyhow!(
        "this program was built without traces: build it with `cargo build --release -p toolcrib-server --features otel`, \
         or leave `traces.endpoint` empty"
    )
}

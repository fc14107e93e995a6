//! Logs: JSON lines on standard error, or plain lines for people.

use tracing_subscriber::EnvFilter;

/// Starts logging. `filter` is a tracing directive such as `info,toolcrib_runtime=debug`.
pub fn start(filter: &str, json: bool) {
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A second start in one process (tests) keeps the first.
    let _ = if json { builder.json().flatten_event(true).try_init() } else { builder.with_target(false).try_init() };
}

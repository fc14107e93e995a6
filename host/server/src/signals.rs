//! Stop signals: the first asks, the second does not.

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Exit code after the second signal, as a shell gives it for an interrupted program.
const INTERRUPTED: i32 = 130;

/// A token that Ctrl-C or SIGTERM cancels. The second signal ends the process at once.
///
/// # Errors
/// The system refuses signal handlers.
pub fn stopping() -> std::io::Result<CancellationToken> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let stopping = CancellationToken::new();
    let asked = stopping.clone();
    tokio::spawn(async move {
        loop {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            if asked.is_cancelled() {
                std::process::exit(INTERRUPTED);
            }
            asked.cancel();
        }
    });
    Ok(stopping)
}

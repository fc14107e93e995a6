//! The server, as an executable that the tests may start and kill. Where a test names a file that says how many microseconds
//! it is ahead of the system's clock, it is.

use std::path::PathBuf;
use std::sync::OnceLock;

#[expect(clippy::disallowed_methods, reason = "the tests say by the environment where the file lies")]
fn ahead_us() -> i64 {
    static FILE: OnceLock<Option<PathBuf>> = OnceLock::new();
    let file = FILE.get_or_init(|| std::env::var_os("UNDER_TEST_AHEAD_US").map(PathBuf::from));
    // Not there yet: no time has passed.
    let said = file.as_ref().and_then(|file| std::fs::read_to_string(file).ok());
    said.map_or(0, |said| said.parse().expect("a number of microseconds"))
}

fn main() -> std::process::ExitCode {
    toolcrib_server::main_ahead(ahead_us)
}

//! `toolcrib edge`: hands over to the edge agent, which is a program of its own so that no server carries its libraries.

use std::ffi::OsString;
use std::io::ErrorKind;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;

const PROGRAM: &str = "toolcrib-edge";

/// Replaces this process by `toolcrib-edge`: the one beside this program, otherwise the one on the path. Returns only
/// with what went wrong.
pub fn become_it(arguments: &[OsString]) -> anyhow::Error {
    let beside = std::env::current_exe().ok().map(|program| program.with_file_name(PROGRAM));
    let program = beside.filter(|program| program.is_file()).unwrap_or_else(|| PathBuf::from(PROGRAM));
    let error = Command::new(&program).args(arguments).exec();
    if error.kind() == ErrorKind::NotFound {
        return anyhow::anyhow!("`{PROGRAM}` is not installed here; get it with: cargo install --path host/edge");
    }
    anyhow::Error::new(error).context(format!("cannot start `{}`", program.display()))
}

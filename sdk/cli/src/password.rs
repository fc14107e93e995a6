//! The password of a publisher: from a file, from what the binary was given, or asked for.

use crate::trouble::Trouble;
use std::io::{BufRead, IsTerminal, Write};
use std::path::Path;
use std::process::{Command, Stdio};

/// Reads the password. `given`: what the binary found in its environment.
///
/// # Errors
/// There is none anywhere.
pub(crate) fn read(file: Option<&Path>, given: Option<String>) -> Result<String, Trouble> {
    let text = match (file, given) {
        (Some(file), _) => std::fs::read_to_string(file).map_err(|error| {
            Trouble::new(format!("{} cannot be read: {error}", file.display()), "correct --password-file")
        })?,
        (None, Some(given)) => given,
        (None, None) => ask()?,
    };
    let password = text.trim_end_matches(['\r', '\n']).to_owned();
    if password.is_empty() {
        return Err(Trouble::new("There is no password", "name a file with --password-file"));
    }
    Ok(password)
}

fn ask() -> Result<String, Trouble> {
    let stdin = std::io::stdin();
    let visible = stdin.is_terminal().then(Hidden::start);
    let mut line = String::new();
    let read = stdin.lock().read_line(&mut line);
    drop(visible);
    read.map_err(|error| {
        Trouble::new(format!("The password cannot be read: {error}"), "name a file with --password-file")
    })?;
    Ok(line)
}

/// While it lives, the terminal does not show what is typed.
struct Hidden;

impl Hidden {
    fn start() -> Self {
        let _ = write!(std::io::stderr(), "Password: ");
        echo("-echo");
        Self
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        echo("echo");
        let _ = writeln!(std::io::stderr());
    }
}

/// A terminal without `stty` shows the password; typing it still works.
fn echo(setting: &str) {
    let _ = Command::new("stty").arg(setting).stdin(Stdio::inherit()).status();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_comes_from_the_file_before_anything_else() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("password");
        std::fs::write(&path, "correct horse \r\n").unwrap();
        assert_eq!(read(Some(&path), Some("other".into())).unwrap(), "correct horse ");
        assert_eq!(read(None, Some("other".into())).unwrap(), "other");
        std::fs::write(&path, "\n").unwrap();
        assert!(read(Some(&path), None).is_err());
        assert!(read(Some(&dir.path().join("none")), None).unwrap_err().next.contains("--password-file"));
    }
}

//! Secrets of the data directory: made at the first start, readable by their owner only.

use crate::files::{self, Secrecy};
use anyhow::{Context, bail};
use std::io::ErrorKind;
use std::path::Path;
use toolcrib_contract::world::Chance;

/// Without letters that look alike; 32 of them, so that each is five random bits.
const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
const GROUPS: usize = 4;
const GROUP: usize = 4;

/// Thirty-two secret bytes kept in a file as hex; made when the file is absent.
///
/// # Errors
/// The disk, or a file that holds something else.
pub fn keep(file: &Path, chance: &dyn Chance) -> anyhow::Result<[u8; 32]> {
    match std::fs::read_to_string(file) {
        Ok(text) => match from_hex(text.trim()) {
            Some(secret) => Ok(secret),
            None => bail!("`{}` is damaged; restore it from a backup", file.display()),
        },
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let mut secret = [0; 32];
            chance.fill(&mut secret);
            files::write(file, to_hex(&secret).as_bytes(), Secrecy::Secret)?;
            Ok(secret)
        }
        Err(error) => Err(error).with_context(|| format!("`{}` cannot be read", file.display())),
    }
}

/// A token of one line.
///
/// # Errors
/// The file is absent, unreadable, or readable by others.
pub fn token(file: &Path) -> anyhow::Result<String> {
    use std::os::unix::fs::PermissionsExt;
    let fail = || format!("the token file `{}` cannot be read", file.display());
    let mode = std::fs::metadata(file).with_context(fail)?.permissions().mode();
    if mode & 0o077 != 0 {
        bail!("the token file `{}` may be read by others; run `chmod 600` on it", file.display());
    }
    Ok(std::fs::read_to_string(file).with_context(fail)?.trim().to_owned())
}

/// Eighty random bits, in groups that can be read aloud.
pub fn password(chance: &dyn Chance) -> String {
    let mut bytes = [0; GROUPS * GROUP];
    chance.fill(&mut bytes);
    let letter = |byte: &u8| char::from(LETTERS[usize::from(byte & 31)]);
    let groups: Vec<String> = bytes.chunks(GROUP).map(|group| group.iter().map(letter).collect()).collect();
    groups.join("-")
}

pub fn to_hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Sixty-four hex digits as bytes.
pub fn from_hex(text: &str) -> Option<[u8; 32]> {
    if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let mut bytes = [0; 32];
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * at..2 * at + 2], 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Seeded;

    #[test]
    fn a_secret_is_made_once_and_a_damaged_one_is_never_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("key");
        let secret = keep(&file, &Seeded::new(1)).unwrap();
        assert_eq!(keep(&file, &Seeded::new(2)).unwrap(), secret);
        std::fs::write(&file, "short").unwrap();
        assert!(keep(&file, &Seeded::new(3)).unwrap_err().to_string().contains("damaged"));
    }

    #[test]
    fn a_password_can_be_read_aloud() {
        let (one, two) = (password(&Seeded::new(1)), password(&Seeded::new(2)));
        assert_ne!(one, two);
        assert_eq!(one.split('-').map(str::len).collect::<Vec<_>>(), [4; 4]);
        assert!(!one.contains(['0', '1', 'l', 'O', 'I']), "{one}");
    }

    #[test]
    fn a_token_that_others_may_read_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("token");
        files::write(&file, b"tch_x\n", Secrecy::Secret).unwrap();
        assert_eq!(token(&file).unwrap(), "tch_x");
        files::write(&file, b"tch_x\n", Secrecy::Public).unwrap();
        assert!(token(&file).unwrap_err().to_string().contains("chmod 600"));
    }
}

//! The keys of access tokens on disk: one file, replaced as a whole.

use crate::files::{self, Secrecy};
use crate::secrets;
use anyhow::Context;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;
use toolcrib_registry_api::KeepKeys;
use toolcrib_runtime::World;
use toolcrib_trust::Signer;
use toolcrib_trust::rotation::TokenKeys;

/// All of them.
const FILE: &str = "tokens.json";
/// The only one, before there was a next one.
const FIRST: &str = "tokens.key";

/// Reads the keys, or makes them: from the single key of before, if there is one.
///
/// # Errors
/// The disk, or a file that holds something else.
pub fn load(folder: &Path, world: &World) -> anyhow::Result<TokenKeys> {
    let file = folder.join(FILE);
    match std::fs::read_to_string(&file) {
        Ok(text) => TokenKeys::parse(&text)
            .ok()
            .with_context(|| format!("`{}` is damaged; restore it from a backup", file.display())),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let first = Signer::from_bytes(&secrets::keep(&folder.join(FIRST), world.chance.as_ref())?);
            let keys = TokenKeys::new(first, world.clock.now(), world.chance.as_ref());
            files::write(&file, keys.to_json().as_bytes(), Secrecy::Secret)?;
            Ok(keys)
        }
        Err(error) => Err(error).with_context(|| format!("`{}` cannot be read", file.display())),
    }
}

/// Replaces the file.
pub fn keep(folder: &Path) -> KeepKeys {
    let file = folder.join(FILE);
    Arc::new(move |keys| files::write(&file, keys.to_json().as_bytes(), Secrecy::Secret).map_err(std::io::Error::other))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Seeded, Still};
    use toolcrib_trust::rotation::PUBLISHED_S;

    #[test]
    fn keys_survive_a_restart_also_after_another_took_over() {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(Still::new(1_795_420_800));
        let world = World { clock: clock.clone(), chance: Arc::new(Seeded::new(1)) };
        let old = secrets::keep(&folder.path().join(FIRST), &Seeded::new(9)).unwrap();
        let first = load(folder.path(), &world).unwrap();
        assert_eq!(first.issuer().key_id(), Signer::from_bytes(&old).key_id(), "nobody is signed out by an upgrade");
        assert_eq!(load(folder.path(), &world).unwrap().key_set(), first.key_set());
        clock.advance_s(PUBLISHED_S.cast_unsigned());
        let second = first.rotated(world.clock.now(), &Seeded::new(2)).unwrap();
        keep(folder.path())(&second).unwrap();
        assert_eq!(load(folder.path(), &world).unwrap().key_set(), second.key_set());
        std::fs::write(folder.path().join(FILE), "{}").unwrap();
        assert!(load(folder.path(), &world).err().unwrap().to_string().contains("damaged"));
    }
}

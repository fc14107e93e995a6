//! `cargo toolcrib sign` and `prove`: what the pages of a marketplace take from somebody whose key is on another machine.

use crate::build::Built;
use crate::trouble::Trouble;
use std::path::{Path, PathBuf};
use toolcrib_trust::publication::Publication;
use toolcrib_trust::{Signer, statement};

/// The two files of one version.
#[derive(Debug)]
pub struct Files {
    pub component: PathBuf,
    /// The signed statement about it.
    pub statement: PathBuf,
}

/// Writes the component and the signed statement about it into a folder, which is made when it is not there.
///
/// # Errors
/// The folder cannot be written to.
pub fn files(built: &Built, said: &Publication, signer: &Signer, out: &Path) -> Result<Files, Trouble> {
    let stem = format!("{}-{}", built.module, built.version);
    let files =
        Files { component: out.join(format!("{stem}.wasm")), statement: out.join(format!("{stem}.statement.json")) };
    let write = |path: &Path, bytes: &[u8]| {
        std::fs::write(path, bytes).map_err(|error| {
            Trouble::new(format!("{} cannot be written: {error}", path.display()), "choose another folder with --out")
        })
    };
    std::fs::create_dir_all(out).map_err(|error| {
        Trouble::new(format!("{} cannot be made: {error}", out.display()), "choose another folder with --out")
    })?;
    write(&files.component, &built.bytes)?;
    write(&files.statement, said.seal(signer).as_bytes())?;
    Ok(files)
}

/// Shows the holder of a key to an organisation's page: the organisation's slug, signed.
pub fn proof(org: &str, signer: &Signer) -> String {
    let (context, message) = statement::key(org);
    signer.sign(context, &message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use toolcrib_contract::Manifest;
    use toolcrib_trust::digest;

    #[test]
    fn what_is_signed_for_a_page_is_what_publishing_sends() {
        let folder = tempfile::tempdir().unwrap();
        let manifest = Manifest { module: "notes".into(), version: "1.0.0".into(), ..Manifest::default() };
        let bytes = b"component".to_vec();
        let built = Built {
            module: "notes".into(),
            version: "1.0.0".into(),
            digest: digest::of(&bytes),
            path: PathBuf::new(),
            manifest,
            bytes,
        };
        let signer = Signer::from_bytes(&[7; 32]);
        let said = Publication::of(&built.bytes, &built.manifest, "test");
        let files = files(&built, &said, &signer, &folder.path().join("new/folder")).unwrap();
        assert_eq!(std::fs::read(&files.component).unwrap(), built.bytes);
        let said_text = std::fs::read_to_string(&files.statement).unwrap();
        assert_eq!(Publication::open(&said_text, &signer.public_key()).unwrap(), said);
        assert!(!said_text.contains('\n'), "a header holds one line");
        let (context, message) = statement::key("acme");
        signer.public_key().verify(context, &message, &proof("acme", &signer)).unwrap();
    }
}

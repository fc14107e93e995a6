//! All evidence of a project as one file that a third party checks without us: a tar with every item, a list of them signed
//! by the registry, and the registry's records of the host keys that signed statements. The same evidence makes the same
//! bytes.

use super::{Item, Media, items};
use crate::proof::ProofError;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use toolcrib_catalog::{Catalog, CatalogError};
use toolcrib_contract::attestation::{Attestation, PAYLOAD};
use toolcrib_contract::types::Instant;
use toolcrib_trust::digest::sha256_hex;
use toolcrib_trust::doubt::Part;
use toolcrib_trust::hosted::{self, ARCHIVE};
use toolcrib_trust::{PublicKey, Signer, dsse};

const FORM: &str = "toolcrib-evidence-archive-1";
/// The signed list, the first file of an archive.
pub const LIST: &str = "list.dsse.json";
/// The largest archive that is read: the files of a project, and what tar puts around them.
pub const ARCHIVE_BYTES: u64 = 96 << 20;

/// What an archive holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contents {
    pub form: String,
    pub project: String,
    pub programme: String,
    pub firm_uscc: String,
    pub firm: String,
    pub items: Vec<Listed>,
    /// Paths of the registry's records, by the id of the host's key.
    pub host_keys: BTreeMap<String, String>,
}

/// One item of an archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listed {
    pub path: String,
    pub id: String,
    pub key: String,
    pub source: String,
    pub name: String,
    pub media: String,
    /// Of the file.
    pub file_sha256: String,
    /// Of what is evidence: of a statement, what is signed in it.
    pub sha256: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signer: Option<String>,
    pub added_by: String,
    pub added_at: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawn_at: Option<String>,
}

/// Why an archive is not what it says.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveFault {
    #[error("it is no archive of evidence: {0}")]
    Unreadable(String),
    #[error(transparent)]
    Doubt(#[from] toolcrib_trust::Doubt),
    #[error("`{0}` is missing")]
    Missing(String),
    #[error("`{0}` is in the archive and not in its list")]
    Added(String),
    #[error("`{path}` has another hash than the list says")]
    Changed { path: String },
    #[error("the statement `{path}` does not count: {why}")]
    Statement { path: String, why: String },
}

/// The archive of a project.
///
/// # Errors
/// [`CatalogError::NotFound`]; a file is damaged.
pub async fn make(catalog: &Catalog, project: &str, registry: &Signer) -> Result<Vec<u8>, ProofError> {
    let firm = sqlx::query_as("SELECT programme, uscc, name FROM project WHERE id = $1").bind(project);
    let firm: Option<(String, String, String)> = firm.fetch_optional(catalog.reading()).await?;
    let (programme, firm_uscc, firm) = firm.ok_or(CatalogError::NotFound("project"))?;
    let items = items(catalog, project).await?;
    let mut contents = Contents {
        form: FORM.to_owned(),
        project: project.to_owned(),
        programme,
        firm_uscc,
        firm,
        items: Vec::with_capacity(items.len()),
        host_keys: BTreeMap::new(),
    };
    let mut files = Vec::new();
    for (at, item) in items.iter().enumerate() {
        let bytes = catalog.paper(&item.file).await?;
        let bytes = bytes.ok_or_else(|| CatalogError::Damaged(format!("the file {} is gone", item.file)))?;
        let listed = listed(at, item, &bytes);
        files.push((listed.path.clone(), bytes));
        contents.items.push(listed);
        if let Some(key) = &item.signer
            && !contents.host_keys.contains_key(key)
        {
            let path = format!("host-keys/{key}.dsse.json");
            files.push((path.clone(), catalog.host_key(key).await?.record.into_bytes()));
            contents.host_keys.insert(key.clone(), path);
        }
    }
    let list = serde_json::to_vec(&contents).map_err(|error| ProofError::damaged("the list", &error))?;
    let list = dsse::seal(ARCHIVE, &list, registry);
    files.insert(0, (LIST.to_owned(), list.into_bytes()));
    pack(&files).map_err(|error| ProofError::damaged("the archive", &error))
}

fn listed(at: usize, item: &Item, bytes: &[u8]) -> Listed {
    let ending = Media::parse(&item.media).map_or("dsse.json", Media::ending);
    let hash = sha256_hex(bytes);
    Listed {
        path: format!("items/{:03}-{}-{}.{ending}", at + 1, item.key, &hash[..12]),
        id: item.id.clone(),
        key: item.key.clone(),
        source: item.source.clone(),
        name: item.name.clone(),
        media: item.media.clone(),
        file_sha256: hash,
        sha256: item.sha256.clone(),
        signer: item.signer.clone(),
        added_by: item.added_by.clone(),
        added_at: Instant(item.added_us).to_string(),
        withdrawn_at: item.withdrawn_us.map(|at| Instant(at).to_string()),
    }
}

fn pack(files: &[(String, Vec<u8>)]) -> std::io::Result<Vec<u8>> {
    let mut tar = tar::Builder::new(Vec::new());
    for (path, bytes) in files {
        // No owner, no time: the same evidence makes the same bytes.
        let mut header = tar::Header::new_ustar();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o444);
        header.set_mtime(0);
        header.set_entry_type(tar::EntryType::Regular);
        tar.append_data(&mut header, path, bytes.as_slice())?;
    }
    tar.into_inner()
}

/// Checks an archive against keys of its registry: every file is there, none was changed, none was added, and every
/// statement was signed by a host that the registry vouches for.
///
/// # Errors
/// The first thing that does not hold.
pub fn verify(archive: impl Read, registry: &[PublicKey]) -> Result<Contents, ArchiveFault> {
    let files = unpack(archive)?;
    let file = |path: &str| files.get(path).ok_or_else(|| ArchiveFault::Missing(path.to_owned()));
    let text = |path: &str| -> Result<&str, ArchiveFault> {
        std::str::from_utf8(file(path)?).map_err(|error| ArchiveFault::Unreadable(format!("`{path}`: {error}")))
    };
    let (list, _) = dsse::open(Part::Archive, text(LIST)?, ARCHIVE, registry)?;
    let contents: Contents =
        serde_json::from_slice(&list).map_err(|error| ArchiveFault::Unreadable(error.to_string()))?;
    if contents.form != FORM {
        return Err(ArchiveFault::Unreadable(format!("its form is not `{FORM}`")));
    }
    let mut named: BTreeSet<&str> = contents.host_keys.values().map(String::as_str).collect();
    named.insert(LIST);
    for item in &contents.items {
        named.insert(&item.path);
        if sha256_hex(file(&item.path)?) != item.file_sha256 {
            return Err(ArchiveFault::Changed { path: item.path.clone() });
        }
        let Some(signer) = &item.signer else { continue };
        let record = contents.host_keys.get(signer).ok_or_else(|| ArchiveFault::Missing(signer.clone()))?;
        let why = |why: String| ArchiveFault::Statement { path: item.path.clone(), why };
        let opened = hosted::open(PAYLOAD, text(&item.path)?, text(record)?, registry);
        let (payload, known) = opened.map_err(|doubt| why(doubt.to_string()))?;
        Attestation::read(&payload).map_err(why)?;
        if sha256_hex(&payload) != item.sha256 || known.key_id != *signer {
            return Err(why("it says something else than the list".to_owned()));
        }
    }
    match files.keys().find(|path| !named.contains(path.as_str())) {
        Some(path) => Err(ArchiveFault::Added(path.clone())),
        None => Ok(contents),
    }
}

fn unpack(archive: impl Read) -> Result<BTreeMap<String, Vec<u8>>, ArchiveFault> {
    let fault = |error: std::io::Error| ArchiveFault::Unreadable(error.to_string());
    let mut files = BTreeMap::new();
    let mut archive = tar::Archive::new(archive.take(ARCHIVE_BYTES));
    for entry in archive.entries().map_err(fault)? {
        let mut entry = entry.map_err(fault)?;
        let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        if !entry.header().entry_type().is_file() {
            return Err(ArchiveFault::Added(path));
        }
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).map_err(fault)?;
        if files.insert(path.clone(), bytes).is_some() {
            return Err(ArchiveFault::Added(path));
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;
    use toolcrib_contract::world::Chance;
    use toolcrib_trust::hosted::HostKeyRecord;

    /// Counts on, so that every key is another one.
    struct Counted(std::sync::atomic::AtomicU8);

    impl Chance for Counted {
        fn fill(&self, bytes: &mut [u8]) {
            for byte in bytes {
                *byte = self.0.fetch_add(7, std::sync::atomic::Ordering::Relaxed);
            }
        }
    }

    struct Sample {
        registry: Signer,
        files: Vec<(String, Vec<u8>)>,
    }

    fn sample() -> Sample {
        let chance = Counted(1.into());
        let (registry, host) = (Signer::generate(&chance), Signer::generate(&chance));
        let statement =
            Attestation { form: toolcrib_contract::attestation::FORM.into(), ..Attestation::default() }.canonical();
        let envelope = hosted::seal(PAYLOAD, statement.as_bytes(), &host).into_bytes();
        let record = HostKeyRecord {
            host: "plant".into(),
            key_id: host.key_id(),
            public_key: host.public_key().to_base64(),
            added_at: String::new(),
        };
        let pdf = b"%PDF-1.7".to_vec();
        let item = |path: &str, key: &str, bytes: &[u8], sha256: String, signer: Option<String>| Listed {
            path: path.into(),
            id: path.into(),
            key: key.into(),
            source: String::new(),
            name: String::new(),
            media: String::new(),
            file_sha256: sha256_hex(bytes),
            sha256,
            signer,
            added_by: String::new(),
            added_at: String::new(),
            withdrawn_at: None,
        };
        let contents = Contents {
            form: FORM.into(),
            project: "p".into(),
            programme: "c".into(),
            firm_uscc: "u".into(),
            firm: "f".into(),
            items: vec![
                item("items/1", "C6", &pdf, sha256_hex(&pdf), None),
                item("items/2", "H2", &envelope, sha256_hex(statement.as_bytes()), Some(host.key_id())),
            ],
            host_keys: BTreeMap::from([(host.key_id(), "host-keys/1".into())]),
        };
        let list = dsse::seal(ARCHIVE, &serde_json::to_vec(&contents).unwrap(), &registry);
        let record = record.seal(&registry).into_bytes();
        let named = |(path, bytes): (&str, Vec<u8>)| (path.to_owned(), bytes);
        let files = [(LIST, list.into_bytes()), ("items/1", pdf), ("items/2", envelope), ("host-keys/1", record)];
        Sample { registry, files: files.map(named).to_vec() }
    }

    fn check(sample: &Sample, change: impl FnOnce(&mut Vec<(String, Vec<u8>)>)) -> Result<Contents, ArchiveFault> {
        let mut files = sample.files.clone();
        change(&mut files);
        verify(pack(&files).unwrap().as_slice(), &[sample.registry.public_key()])
    }

    #[test]
    fn an_archive_is_what_its_list_says_and_nothing_else() {
        let sample = sample();
        assert_eq!(check(&sample, |_| {}).unwrap().items.len(), 2);
        let changed = check(&sample, |files| files[1].1[0] ^= 1);
        assert!(matches!(changed, Err(ArchiveFault::Changed { path }) if path == "items/1"));
        let missing = check(&sample, |files| drop(files.remove(1)));
        assert!(matches!(missing, Err(ArchiveFault::Missing(path)) if path == "items/1"));
        let added = check(&sample, |files| files.push(("items/3".into(), vec![1])));
        assert!(matches!(added, Err(ArchiveFault::Added(path)) if path == "items/3"));
        let twice = check(&sample, |files| files.push(files[1].clone()));
        assert!(matches!(twice, Err(ArchiveFault::Added(_))));
        let no_key = check(&sample, |files| drop(files.pop()));
        assert!(matches!(no_key, Err(ArchiveFault::Missing(_))));
        let other = Signer::generate(&Counted(99.into()));
        let strange = verify(pack(&sample.files).unwrap().as_slice(), &[other.public_key()]);
        assert!(matches!(strange, Err(ArchiveFault::Doubt(_))));
        assert!(matches!(verify(&b"no tar"[..], &[]), Err(ArchiveFault::Missing(_) | ArchiveFault::Unreadable(_))));
    }

    #[test]
    fn a_statement_counts_only_with_the_registrys_word_for_its_host() {
        let sample = sample();
        let other = Signer::generate(&Counted(50.into()));
        let forged = check(&sample, |files| {
            // A record by somebody else, though the list names the file.
            let record = HostKeyRecord {
                host: "plant".into(),
                key_id: other.key_id(),
                public_key: other.public_key().to_base64(),
                added_at: String::new(),
            };
            files[3].1 = record.seal(&other).into_bytes();
        });
        assert!(matches!(forged, Err(ArchiveFault::Statement { .. })));
    }

    #[test]
    fn the_same_evidence_makes_the_same_bytes() {
        let sample = sample();
        assert_eq!(pack(&sample.files).unwrap(), pack(&sample.files).unwrap());
    }
}

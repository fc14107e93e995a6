//! `toolcrib export` and `toolcrib import`: a tenant as one open file, out of where a host keeps it and into another place,
//! be that files or PostgreSQL.

use crate::cli;
use crate::files::{self, Secrecy};
use crate::world::real;
use crate::{block_on, kept, say, secrets};
use anyhow::{Context, bail, ensure};
use serde_json::{Value as Json, json};
use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{BufReader, BufWriter, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use toolcrib_contract::codec::Decode;
use toolcrib_contract::limits;
use toolcrib_contract::manifest::Manifest;
use toolcrib_contract::schema::Type;
use toolcrib_contract::types::RawId;
use toolcrib_registry_client::wire::{SignedSnapshot, Snapshot};
use toolcrib_store::{DataDir, Directory, FileSum, Home, Postgres, StoreError};

/// Writes everything that a tenant has.
///
/// # Errors
/// A tenant without data here, a file that is there already, the disk, the database.
pub fn export(flags: &cli::Export) -> anyhow::Result<()> {
    let config = flags.kept.load(&[])?.config;
    let data = DataDir::beside(&config.data);
    let id = id(&flags.tenant)?;
    let options = kept::options(&config)?;
    let home = kept::home(&data, &options, id);
    let place = if home.is_remote() { "the database".to_owned() } else { format!("`{}`", config.data.display()) };
    ensure!(home.exists()?, "the tenant {id} has no data in {place}");
    let known = block_on(known(&data, options.database, id))?;
    let sum = write(&home, &known, &flags.file)?;
    say::line(format_args!("`{}` has {} bytes in {} lines", flags.file.display(), sum.bytes, sum.lines));
    sum.parts.iter().for_each(|part| say::line(format_args!("  {:8}  {}", part.lines, part.part)));
    say::line(format_args!("Give its SHA-256 along: {}", sum.sha256));
    Ok(())
}

fn id(text: &str) -> anyhow::Result<RawId> {
    text.parse().ok().with_context(|| format!("`{text}` is no tenant's id"))
}

/// What a host knows of a tenant beside its files.
struct Known {
    tenant: Json,
    /// Names of cases by module, record and field: the most that any version has.
    cases: HashMap<(String, String, String), Vec<String>>,
}

async fn known(data: &DataDir, database: Option<Postgres>, id: RawId) -> anyhow::Result<Known> {
    let mut known = Known { tenant: json!({"id": id.to_string()}), cases: HashMap::new() };
    let folder = tempfile::tempdir().context("no room for a copy of the host's directory")?;
    let directory = match database {
        Some(database) => Directory::of(database),
        None if !data.directory_db().exists() => return Ok(known),
        None => {
            // Beside the host, which has it open.
            let copy = folder.path().join("directory.db");
            toolcrib_store::copy_database(&data.directory_db(), &copy)?;
            Directory::open(&copy).await?
        }
    };
    if let Some((_, bytes)) = directory.entitlements().await? {
        let signed: SignedSnapshot = serde_json::from_slice(&bytes).context("the kept entitlements are damaged")?;
        let snapshot: Snapshot = serde_json::from_str(&signed.payload).context("the kept entitlements are damaged")?;
        if let Some(tenant) = snapshot.tenants.into_iter().find(|tenant| tenant.id == id.to_string()) {
            known.tenant =
                json!({"id": tenant.id, "slug": tenant.slug, "name": tenant.name, "time_zone": tenant.time_zone});
        }
    }
    for artifact in directory.artifacts().await? {
        let manifest = Manifest::from_bytes(&artifact.manifest);
        let manifest = manifest.with_context(|| format!("the manifest of {} is damaged", artifact.module))?;
        known.learn(&manifest);
    }
    directory.close().await;
    Ok(known)
}

impl Known {
    fn learn(&mut self, manifest: &Manifest) {
        for record in &manifest.records {
            for field in &record.fields {
                let of = if let Type::Option { of } = &field.of { of } else { &field.of };
                let Type::Enum { cases, .. } = of else { continue };
                let key = (manifest.module.clone(), record.name.clone(), field.name.clone());
                let known = self.cases.entry(key).or_default();
                if known.len() < cases.len() {
                    known.clone_from(cases);
                }
            }
        }
    }

    fn cases(&self, module: &str, record: &str, field: &str) -> Option<Vec<String>> {
        self.cases.get(&(module.to_owned(), record.to_owned(), field.to_owned())).cloned()
    }
}

/// Whole or not at all.
fn write(home: &Home, known: &Known, file: &Path) -> anyhow::Result<FileSum> {
    let fail = || format!("`{}` cannot be written", file.display());
    ensure!(!file.exists(), "`{}` is there already; name a new file", file.display());
    let new = file.with_extension("new");
    let _ = std::fs::remove_file(&new);
    let open = OpenOptions::new().create_new(true).write(true).mode(0o600).open(&new).with_context(fail)?;
    let mut to = BufWriter::new(open);
    let mut take = |line: &str| to.write_all(line.as_bytes()).map_err(|error| StoreError::Io(error.to_string()));
    let names = |module: &str, record: &str, field: &str| known.cases(module, record, field);
    let archive = home.archive()?;
    let written = archive.write_file(&known.tenant, &[], &names, &mut take).map_err(anyhow::Error::from);
    let done = written.and_then(|sum| {
        to.into_inner().map_err(std::io::IntoInnerError::into_error)?.sync_all()?;
        std::fs::rename(&new, file)?;
        Ok(sum)
    });
    if done.is_err() {
        let _ = std::fs::remove_file(&new);
    }
    done.with_context(fail)
}

/// Makes a tenant of such a file.
///
/// # Errors
/// A file that is not whole or not what it should be, a tenant with data, a server that runs: nothing is there then that was
/// not there before.
pub fn import(flags: &cli::Import) -> anyhow::Result<()> {
    let config = flags.kept.load(&[])?.config;
    let data = DataDir::lock(&config.data)?;
    let file = &flags.file;
    let open = File::open(file).with_context(|| format!("`{}` cannot be read", file.display()))?;
    let bytes = open.metadata()?.len();
    ensure!(bytes <= limits::ARCHIVE_BYTES, "`{}` has more than {} bytes", file.display(), limits::ARCHIVE_BYTES);
    let mut from = BufReader::with_capacity(1 << 20, open);
    if let Some(expected) = &flags.sha256 {
        let found = sum(&mut File::open(file)?)?;
        ensure!(found == expected.trim().to_lowercase(), "`{}` was changed: its SHA-256 is {found}", file.display());
    }
    let id = match &flags.tenant {
        Some(text) => id(text)?,
        None => named(file)?,
    };
    let options = kept::options(&config)?;
    let home = kept::home(&data, &options, id);
    if let Some(what) = home.content()? {
        bail!("the tenant {id} has data already: {what}; erase it first, or name another one with --tenant");
    }
    std::fs::create_dir_all(home.dir().parent().unwrap_or(home.dir()))
        .context("the data directory cannot be written")?;
    let imported = toolcrib_store::import(&mut from, &home.aside(), &options)?;
    home.settle(&options)?;
    let note = json!({"tenant": id.to_string(), "from": imported.tenant, "at": real().clock.now().to_string(),
        "sha256": imported.sha256, "bytes": imported.bytes, "lines": imported.lines, "parts": imported.parts});
    let notes = data.root().join("imports");
    std::fs::create_dir_all(&notes)?;
    files::write(&notes.join(format!("{id}.json")), &serde_json::to_vec_pretty(&note)?, Secrecy::Public)?;
    say::line(format_args!("The tenant {id} is here: {} bytes, {} lines.", imported.bytes, imported.lines));
    imported.parts.iter().for_each(|part| say::line(format_args!("  {:8}  {}", part.lines, part.part)));
    if imported.left_out > 0 {
        say::line(format_args!(
            "  {:8}  lines of people, devices and consents were left out: the registry keeps those",
            imported.left_out
        ));
    }
    Ok(())
}

fn sum(from: &mut dyn Read) -> anyhow::Result<String> {
    use sha2::{Digest, Sha256};
    let (mut hash, mut piece) = (Sha256::new(), vec![0; 1 << 16]);
    loop {
        match from.read(&mut piece)? {
            0 => return Ok(secrets::to_hex(&hash.finalize())),
            read => hash.update(&piece[..read]),
        }
    }
}

/// The tenant that an archive names in its first line.
fn named(file: &Path) -> anyhow::Result<RawId> {
    use std::io::BufRead;
    let mut line = Vec::new();
    BufReader::new(File::open(file)?).take(limits::ARCHIVE_LINE_BYTES as u64).read_until(b'\n', &mut line)?;
    let head: Json = serde_json::from_slice(&line).unwrap_or_default();
    let id = head["tenant"]["id"].as_str().and_then(|id| id.parse().ok());
    id.with_context(|| format!("`{}` does not begin as an archive of toolcrib does", file.display()))
}

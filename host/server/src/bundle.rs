//! Bundles: approved versions with everything that proves them, carried to a plant without a network.
//!
//! A bundle is a folder: `bundle.json` names its versions, `versions/<digest>/` holds each like a host's disk does,
//! `revocations.dsse.json` says what was withdrawn, `entitlements.json` what the host may run, when it was made for one.
//! The same versions make the same files. Nothing in it is believed before it verifies against pinned keys.

use crate::cli::{ExportBundle, ImportBundle};
use crate::files::{self, Secrecy};
use crate::folder::{self, Version};
use crate::sync::{Neighbours, REVOCATIONS_FILE, Trusted, Withdrawals, evidence};
use crate::world::real;
use crate::{config, directory, kept, say, secrets, verify};
use anyhow::{Context, bail, ensure};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use toolcrib_registry_client::Client;
use toolcrib_registry_client::wire::{SignedSnapshot, Snapshot};
use toolcrib_store::{DataDir, Directory};
use toolcrib_trust::revocations::Revocations;
use toolcrib_trust::{Proven, Standing};

const FORMAT: &str = "toolcrib-bundle-v1";
const INDEX: &str = "bundle.json";
const ENTITLEMENTS: &str = "entitlements.json";
/// The largest index and the largest entitlements that are read.
const INDEX_BYTES: u64 = 4 << 20;
const ENTITLEMENTS_BYTES: u64 = 32 << 20;
/// Connections that an import shares out.
const CONNECTIONS: u32 = 2;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Index {
    format: String,
    /// By digest.
    versions: BTreeMap<String, Named>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    module: String,
    version: String,
}

/// Makes a bundle from what the registry hands out.
///
/// # Errors
/// The configuration, the registry, the disk, or something that does not verify.
pub async fn export(args: &ExportBundle) -> anyhow::Result<()> {
    let config = config::load(args.config.as_deref(), &[])?.config.registry;
    ensure!(!config.url.is_empty(), "no registry is named; set `registry.url`");
    ensure!(!args.bundle.exists(), "`{}` exists already; name a new folder", args.bundle.display());
    let trusted = Trusted::new(&config.public_keys, &config.log_keys)?;
    let client = Client::new(&config.url)?;
    let entitlements = if config.token_file.as_os_str().is_empty() {
        None
    } else {
        let host = client.with_token(secrets::token(&config.token_file)?);
        let signed = host.snapshot(0, 0).await.context("the host's entitlements")?;
        signed.map(|signed| anyhow::Ok((trusted.open(&signed, 0)?, signed))).transpose()?
    };
    let list_text = client.revocations().await?;
    let list = Revocations::open(&list_text, &trusted.pins().registry)?;
    let digests = digests(&client, &args.versions, entitlements.as_ref().map(|(snapshot, _)| snapshot)).await?;
    // What was revoked is handed out to nobody; the list tells the host why it is not there.
    let is_revoked = |digest: &String| list.withdrawn(digest).is_some_and(|found| found.standing == Standing::Revoked);

    let mut versions = BTreeMap::new();
    for digest in digests.into_iter().filter(|digest| !is_revoked(digest)) {
        let component = client.artifact(&digest).await.with_context(|| digest.clone())?;
        let version = Version { component, evidence: evidence(client.evidence(&digest).await?) };
        let proven = version.evidence.verify(&version.component, trusted.pins())?;
        list.judge(&proven)?;
        ensure!(proven.digest == digest, "the registry sent {} for {digest}", proven.digest);
        let folder = folder::of(&args.bundle.join(verify::FOLDERS[0]), &digest).context("a digest")?;
        folder::write(&folder, &version)?;
        let (module, version) = (proven.manifest.module, proven.manifest.version);
        say::line(format_args!("  {module} {version}  {digest}"));
        versions.insert(digest, Named { module, version });
    }
    let count = versions.len();
    let put = |name: &str, bytes: &[u8]| files::write(&args.bundle.join(name), bytes, Secrecy::Public);
    put(REVOCATIONS_FILE, list_text.as_bytes())?;
    if let Some((_, signed)) = &entitlements {
        put(ENTITLEMENTS, &serde_json::to_vec(signed)?)?;
    }
    // Last: a folder without it is no bundle.
    put(INDEX, &serde_json::to_vec_pretty(&Index { format: FORMAT.to_owned(), versions })?)?;
    say::line(format_args!("{count} versions with everything that proves them are in `{}`.", args.bundle.display()));
    Ok(())
}

/// Digests of the versions asked for, or of all that the entitlements name.
async fn digests(client: &Client, asked: &[String], all: Option<&Snapshot>) -> anyhow::Result<BTreeSet<String>> {
    let mut digests = BTreeSet::new();
    for name in asked {
        let (module, version) = name.split_once('@').unwrap_or((name, ""));
        let page = client.module(module).await.with_context(|| format!("module `{module}`"))?;
        let version = if version.is_empty() { page.latest.clone().unwrap_or_default() } else { version.to_owned() };
        let found = page.versions.into_iter().find(|row| row.version == version);
        digests.insert(found.with_context(|| format!("`{module}` has no approved version `{version}`"))?.digest);
    }
    if asked.is_empty() {
        let all = all.context("name versions, or configure the host's token so that its entitlements say which")?;
        let entitled = all.tenants.iter().flat_map(|tenant| &tenant.modules);
        digests.extend(entitled.map(|entitlement| entitlement.digest.clone()));
    }
    ensure!(!digests.is_empty(), "there is nothing to export");
    Ok(digests)
}

/// Takes a bundle into a host's data directory, and where it has a database, for all hosts there. Everything is verified before anything is written.
///
/// # Errors
/// The directory is in use; something does not verify, is older than what is known, or was revoked.
pub async fn import(args: &ImportBundle) -> anyhow::Result<()> {
    let config = args.common.load(&[])?.config;
    let trusted = Trusted::new(&config.registry.public_keys, &config.registry.log_keys)?;
    let data = DataDir::lock(&config.data)?;
    let bundle = &args.bundle;
    let list = verify::list(&bundle.join(REVOCATIONS_FILE), &trusted).context("the bundle's revocation list")?;
    let known = data.root().join(REVOCATIONS_FILE);
    let known = Withdrawals::open(known, trusted.clone(), real().clock, config.registry.allow_stale_revocations);
    // The newer of both judges what comes in.
    let is_newer = known.list().is_none_or(|known| list.may_follow(&known).is_ok());
    let judge = if is_newer { list } else { Revocations::clone(&*known.list().expect("it is newer")) };
    let versions = proven(bundle, &trusted, &judge)?;

    let store = config.host.store.clone();
    let database = tokio::task::spawn_blocking(move || kept::connect(&store, CONNECTIONS)).await??;
    let directory = directory::open(&data, database).await?;
    let neighbours = Neighbours::new(directory.shared());
    let entitlements = entitlements(bundle, &trusted, &directory, judge.seq).await?;
    if is_newer {
        let text = std::fs::read_to_string(bundle.join(REVOCATIONS_FILE))?;
        known.take(&text)?;
        neighbours.tell_list(&text, &known).await;
    }
    known.admits_new().map_err(anyhow::Error::msg).context(
        "the revocation list is stale; bring a newer bundle, or set `registry.allow_stale_revocations` on your own responsibility",
    )?;
    for (proven, version) in &versions {
        let folder = folder::of(&data.artifacts(), &proven.digest).context("a digest")?;
        folder::write(&folder, version)?;
        neighbours.give(&proven.digest, version, false).await;
        say::line(format_args!("  {} {}  {}", proven.manifest.module, proven.manifest.version, proven.digest));
    }
    if let Some((seq, bytes)) = entitlements {
        directory.save_entitlements(seq, &bytes, None).await?;
        say::line(format_args!("  entitlements, number {seq}"));
    }
    directory.close().await;
    say::line(format_args!("{} proven versions are in `{}`.", versions.len(), data.root().display()));
    Ok(())
}

/// Every version of a bundle, proven.
fn proven(bundle: &Path, trusted: &Trusted, list: &Revocations) -> anyhow::Result<Vec<(Proven, Version)>> {
    let index = folder::bytes(&bundle.join(INDEX), INDEX_BYTES).context("this is no bundle")?;
    let index: Index = serde_json::from_slice(&index).with_context(|| format!("`{INDEX}` is malformed"))?;
    ensure!(index.format == FORMAT, "this bundle has the format `{}`, not `{FORMAT}`", index.format);
    let mut versions = Vec::new();
    for (digest, Named { module, version }) in &index.versions {
        let name = format!("{module} {version}");
        let folder =
            folder::of(&bundle.join(verify::FOLDERS[0]), digest).with_context(|| format!("{name}: no digest"))?;
        let (proven, read) =
            verify::prove(&folder, trusted, Some(list)).with_context(|| format!("{name} is refused"))?;
        if (&proven.digest, &proven.manifest.module, &proven.manifest.version) != (digest, module, version) {
            bail!("{name} is refused: its folder holds {} {}", proven.manifest.module, proven.manifest.version);
        }
        versions.push((proven, read));
    }
    Ok(versions)
}

/// The bundle's entitlements, when there are some and they are not older than the host's.
async fn entitlements(
    bundle: &Path,
    trusted: &Trusted,
    directory: &Directory,
    list: u64,
) -> anyhow::Result<Option<(u64, Vec<u8>)>> {
    let file = bundle.join(ENTITLEMENTS);
    if !file.exists() {
        return Ok(None);
    }
    let bytes = folder::bytes(&file, ENTITLEMENTS_BYTES)?;
    let signed: SignedSnapshot = serde_json::from_slice(&bytes).with_context(|| format!("`{ENTITLEMENTS}`"))?;
    let known = directory.entitlements().await?.map_or(0, |(seq, _)| seq);
    let snapshot = trusted.open(&signed, known)?;
    ensure!(
        snapshot.revocations <= list,
        "the entitlements need revocation list {}, this is {list}",
        snapshot.revocations
    );
    Ok(Some((snapshot.seq, bytes)))
}

//! `toolcrib check-config`: whether a configuration makes sense on this machine. Starts nothing, makes nothing, asks nobody.

use crate::cli::Purpose;
use crate::config::{Config, Loaded, Mqtt};
use crate::sync::Trusted;
use crate::{objects, say, secrets};
use anyhow::{Context, bail, ensure};
use std::path::Path;
use toolcrib_registry_client::Client;

/// Prints every setting with its origin, and what is wrong with it.
///
/// # Errors
/// Something is.
pub fn run(loaded: &Loaded, purpose: Purpose) -> anyhow::Result<()> {
    say::line("Settings");
    loaded.lines().iter().for_each(|line| say::line(format_args!("  {line}")));
    let wrong = wrong(&loaded.config, purpose);
    for (setting, why) in &wrong {
        say::line(format_args!("  WRONG  {setting}: {why:#}"));
    }
    for (setting, why) in advice(&loaded.config) {
        say::line(format_args!("  LOOK   {setting}: {why}"));
    }
    if !wrong.is_empty() {
        bail!("{} settings do not work on this machine", wrong.len());
    }
    say::line("Nothing is wrong with it.");
    Ok(())
}

/// What would not work.
fn wrong(config: &Config, purpose: Purpose) -> Vec<(&'static str, anyhow::Error)> {
    let mut checks = vec![("data", data(&config.data)), ("traces.endpoint", crate::traces::check(&config.traces))];
    if purpose == Purpose::Host {
        let registry = &config.registry;
        checks.push(("registry.url", url(&registry.url)));
        checks.push(("registry.token_file", secrets::token(&registry.token_file).map(drop)));
        checks.push(("registry.public_keys", Trusted::new(&registry.public_keys, &registry.log_keys).map(drop)));
        let Mqtt { tls_listen, certificate, key, .. } = &config.host.mqtt;
        if tls_listen.is_some() {
            checks.push(("host.mqtt.certificate", crate::mqtt::acceptor(certificate, key).map(drop)));
        }
    } else {
        let marketplace = &config.marketplace;
        let is_hash = |text: &String| text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        for host in &marketplace.hosts {
            let why = || anyhow::anyhow!("host `{}`: token_sha256 is 64 hex digits", host.name);
            checks.push(("marketplace.hosts", is_hash(&host.token_sha256).then_some(()).ok_or_else(why)));
        }
        if !marketplace.files.is_empty() {
            checks.push(("marketplace.files", objects::check(&marketplace.files, &config.objects)));
        }
        for (setting, file) in
            [("marketplace.advisories", &marketplace.advisories), ("marketplace.known_bad", &marketplace.known_bad)]
        {
            if !file.as_os_str().is_empty() {
                checks.push((setting, there(file)));
            }
        }
    }
    if !config.backup.to.is_empty() {
        let depot = crate::backup::depot::open(&config.backup.to, &config.objects);
        checks.push(("backup.to", depot.and_then(|depot| depot.names("").map(drop))));
        checks.push(("backup.key_file", backup_key(&config.backup.key_file)));
    }
    checks.into_iter().filter_map(|(setting, checked)| Some((setting, checked.err()?))).collect()
}

/// What works, and perhaps is not meant.
fn advice(config: &Config) -> Vec<(&'static str, &'static str)> {
    let is_inside = |file: &Path| file.starts_with(&config.data);
    let found = [
        ("https", "cookies are sent without TLS, too, although others than this machine may connect", {
            !config.https && !config.listen.ip().is_loopback()
        }),
        ("backup.to", "nothing is backed up", config.backup.to.is_empty()),
        ("backup.to", "backups lie in the data directory and are lost with it", {
            !config.backup.to.is_empty() && is_inside(Path::new(&config.backup.to))
        }),
        ("backup.key_file", "the key to backups lies in the data directory; keep a copy elsewhere", {
            !config.backup.key_file.as_os_str().is_empty() && is_inside(&config.backup.key_file)
        }),
        ("marketplace.store", crate::backup::RECORDS_ELSEWHERE, !config.marketplace.store.is_empty()),
        ("objects.endpoint", "what goes to the store and comes from it, the secret excepted, is sent without TLS", {
            config.objects.endpoint.starts_with("http://")
        }),
        ("registry.allow_stale_revocations", "new versions are installed although withdrawals are not known", {
            config.registry.allow_stale_revocations
        }),
    ];
    found.into_iter().filter(|(_, _, is_so)| *is_so).map(|(setting, why, _)| (setting, why)).collect()
}

fn data(data: &Path) -> anyhow::Result<()> {
    let there = data.ancestors().find(|path| !path.as_os_str().is_empty() && path.exists());
    let there = there.unwrap_or_else(|| Path::new("."));
    ensure!(there.is_dir(), "`{}` is no directory", there.display());
    let fail =
        || format!("`{}` cannot be written; make it a directory of the user that the server runs as", there.display());
    rustix::fs::access(there, rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK).with_context(fail)
}

fn url(url: &str) -> anyhow::Result<()> {
    ensure!(!url.is_empty(), "no registry is named");
    Ok(Client::new(url).map(drop)?)
}

fn there(file: &Path) -> anyhow::Result<()> {
    std::fs::metadata(file).map(drop).with_context(|| format!("`{}` cannot be read", file.display()))
}

fn backup_key(file: &Path) -> anyhow::Result<()> {
    ensure!(!file.as_os_str().is_empty(), "`backup.to` needs it");
    if !file.exists() {
        return data(file.parent().unwrap_or(Path::new(".")));
    }
    let text = secrets::token(file).context("the key to backups")?;
    ensure!(secrets::from_hex(&text).is_some(), "`{}` holds no key", file.display());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{self, KnownHost};
    use crate::files::{self, Secrecy};

    fn settings(config: &Config, purpose: Purpose) -> Vec<&'static str> {
        wrong(config, purpose).into_iter().map(|(setting, _)| setting).collect()
    }

    #[test]
    fn what_would_not_work_is_named_before_anything_starts() {
        let root = tempfile::tempdir().unwrap();
        let (token, key) = (root.path().join("token"), root.path().join("backup.key"));
        files::write(&token, b"tch_x", Secrecy::Secret).unwrap();
        let mut config = Config { data: root.path().join("data/of/host"), ..Config::default() };
        assert_eq!(settings(&config, Purpose::Registry), Vec::<&str>::new(), "the defaults work");
        assert_eq!(
            settings(&config, Purpose::Host),
            ["registry.url", "registry.token_file", "registry.public_keys"],
            "a host needs its registry"
        );
        config.registry.url = "https://registry.example".to_owned();
        config.registry.token_file = token.clone();
        assert_eq!(settings(&config, Purpose::Host), ["registry.public_keys"]);
        config.data = token.join("below a file");
        config.backup = config::Backup { to: "s3://x".to_owned(), key_file: key.clone(), keep_days: 30 };
        config.marketplace.known_bad = root.path().join("absent");
        config.marketplace.hosts = vec![KnownHost { name: "one".to_owned(), token_sha256: "ab".to_owned() }];
        assert_eq!(
            settings(&config, Purpose::Registry),
            ["data", "marketplace.hosts", "marketplace.known_bad", "backup.to"]
        );
        files::write(&key, b"no key", Secrecy::Secret).unwrap();
        assert!(settings(&config, Purpose::Registry).contains(&"backup.key_file"));
    }

    #[test]
    fn what_is_perhaps_not_meant_is_pointed_out() {
        let mut config = Config::default();
        assert_eq!(advice(&config).iter().map(|(setting, _)| *setting).collect::<Vec<_>>(), ["backup.to"]);
        config.listen = "0.0.0.0:8080".parse().unwrap();
        config.backup.to = config.data.join("backups").display().to_string();
        config.backup.key_file = config.data.join("backup.key");
        let found: Vec<_> = advice(&config).iter().map(|(setting, _)| *setting).collect();
        assert_eq!(found, ["https", "backup.to", "backup.key_file"]);
    }
}

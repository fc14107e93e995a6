//! The command line.

use crate::config::{self, Config, Loaded};
use crate::say;
use crate::sync::Trusted;
use clap::{Args, Parser, Subcommand};
use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Toolcrib: a lightweight manufacturing system whose features are small sandboxed modules.
#[derive(Debug, Parser)]
#[command(name = "toolcrib", version, arg_required_else_help = true)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run modules for tenants, entitled by a registry elsewhere
    Serve(Serve),
    /// Run a marketplace: accounts, catalogue, vetting, subscriptions
    Registry(Marketplace),
    /// Run everything on this machine with a small plant to look at
    Demo(Demo),
    /// Say what is configured and check what a server keeps, be it running or not
    Doctor(Kept),
    /// Say whether a configuration makes sense on this machine, and start nothing
    CheckConfig(CheckConfig),
    /// Copy everything that cannot be made again, encrypted, beside a running server
    Backup(Backup),
    /// Bring a tenant back from its backup into a stopped server's data directory, or everything into a new one
    Restore(Restore),
    /// Prove an installed version, a bundle, everything installed, a place of backups, a receipt, or an archive of evidence, without a network
    Verify {
        #[command(flatten)]
        pins: Pins,
        /// The key that the keys to backups are wrapped with: opens backups and looks at what is in them
        #[arg(long, value_name = "FILE")]
        key: Option<PathBuf>,
        /// A version's folder, a bundle, a host's data directory, a place of backups (a directory, or s3://bucket/folder
        /// with --config), the file of a receipt, or an archive (.tar) of a project's evidence
        folder: PathBuf,
    },
    /// Write everything that a tenant has here as lines of JSON, beside a running server
    Export(Export),
    /// Make a tenant of such a file, in a stopped server's data directory
    Import(Import),
    /// Gather approved versions with everything that proves them, for a plant without a network
    ExportBundle(ExportBundle),
    /// Take a bundle into a stopped host's data directory; what does not verify is refused
    ImportBundle(ImportBundle),
    /// Start the edge agent, a program of its own: `toolcrib-edge`
    #[command(disable_help_flag = true)]
    Edge {
        /// What to tell it, for example `run edge.toml`
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
    /// Compiles one component on behalf of a host
    #[command(hide = true)]
    CompileChild,
    /// Vets one component on behalf of a registry
    #[command(hide = true)]
    VetChild,
}

/// Whose word counts.
#[derive(Debug, Args)]
pub struct Pins {
    /// Configuration file (TOML) with `registry.public_keys` and `registry.log_keys`; also TOOLCRIB_CONFIG
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// A key of the registry instead; may be repeated
    #[arg(long = "registry-key", value_name = "KEY")]
    pub registry_keys: Vec<String>,
    /// A log's name and key instead; may be repeated
    #[arg(long = "log-key", value_name = "NAME+ID+KEY")]
    pub log_keys: Vec<String>,
}

/// Flags of `check-config`.
#[derive(Debug, Args)]
pub struct CheckConfig {
    #[command(flatten)]
    pub common: Common,
    /// What it is for
    #[arg(long = "for", value_enum, default_value_t = Purpose::Host)]
    pub purpose: Purpose,
}

/// Which server a configuration is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Purpose {
    /// `toolcrib serve`
    Host,
    /// `toolcrib registry`
    Registry,
}

/// Flags of `backup`.
#[derive(Debug, Args)]
pub struct Backup {
    #[command(flatten)]
    pub kept: Kept,
    /// Directory to keep the copies in, or s3://bucket/folder [setting: backup.to]
    #[arg(long, value_name = "PLACE")]
    pub to: Option<String>,
    /// File of the key that protects them; made when missing [setting: backup.key_file]
    #[arg(long, value_name = "FILE")]
    pub key: Option<PathBuf>,
    /// Only this tenant, by its id; may be repeated
    #[arg(long = "tenant", value_name = "ID")]
    pub tenants: Vec<String>,
}

/// Flags of `restore`.
#[derive(Debug, Args)]
pub struct Restore {
    #[command(flatten)]
    pub kept: Kept,
    /// Directory that the copies lie in, or s3://bucket/folder [setting: backup.to]
    #[arg(long, value_name = "PLACE")]
    pub from: Option<String>,
    /// File of the key that protects them [setting: backup.key_file]
    #[arg(long, value_name = "FILE")]
    pub key: Option<PathBuf>,
    /// Only this tenant, by its id
    #[arg(long, value_name = "ID")]
    pub tenant: Option<String>,
    /// The newest copies of this moment or before, for example 2026-11-26T03-00
    #[arg(long, value_name = "TIME")]
    pub until: Option<String>,
}

/// Flags of `export`.
#[derive(Debug, Args)]
pub struct Export {
    #[command(flatten)]
    pub kept: Kept,
    /// The tenant's id
    #[arg(long, value_name = "ID")]
    pub tenant: String,
    /// The file to make
    pub file: PathBuf,
}

/// Flags of `import`.
#[derive(Debug, Args)]
pub struct Import {
    #[command(flatten)]
    pub kept: Kept,
    /// Id of the tenant that it becomes, which has no data here yet [default: the one that the file names]
    #[arg(long, value_name = "ID")]
    pub tenant: Option<String>,
    /// SHA-256 that the file must have, as it was given with it
    #[arg(long, value_name = "HEX")]
    pub sha256: Option<String>,
    /// The file
    pub file: PathBuf,
}

/// Flags of `export-bundle`.
#[derive(Debug, Args)]
pub struct ExportBundle {
    /// Configuration file (TOML) of a host of this registry: its address, its pinned keys, and its token if the bundle
    /// shall hold the host's entitlements; also TOOLCRIB_CONFIG
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The folder to make
    pub bundle: PathBuf,
    /// Versions, as MODULE@VERSION or MODULE for the newest one; without any, all that the host is entitled to
    pub versions: Vec<String>,
}

/// Flags of `import-bundle`.
#[derive(Debug, Args)]
pub struct ImportBundle {
    #[command(flatten)]
    pub common: Common,
    /// The bundle's folder
    pub bundle: PathBuf,
}

/// Flags of every server.
#[derive(Debug, Default, Args)]
pub struct Common {
    /// Configuration file (TOML); also TOOLCRIB_CONFIG
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Data directory [default: toolcrib-data]
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Address and port to listen on, port 0 for any free one [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR:PORT")]
    pub listen: Option<SocketAddr>,
}

/// Flags of whatever works with what a host keeps.
#[derive(Debug, Default, Args)]
pub struct Kept {
    #[command(flatten)]
    pub common: Common,
    /// Tenants' business is in PostgreSQL, postgres://login@host/database, not in files [setting: host.store]
    #[arg(long, value_name = "URL")]
    pub store: Option<String>,
}

/// Flags of `registry`.
#[derive(Debug, Args)]
pub struct Marketplace {
    #[command(flatten)]
    pub common: Common,
    /// Its records lie in PostgreSQL, postgres://login@host/database, not in a file [setting: marketplace.store]
    #[arg(long, value_name = "URL")]
    pub store: Option<String>,
}

/// Flags of `serve`.
#[derive(Debug, Args)]
pub struct Serve {
    #[command(flatten)]
    pub kept: Kept,
    /// The registry to follow, for example https://registry.example.com
    #[arg(long, value_name = "URL")]
    pub registry: Option<String>,
    /// File that holds this host's token
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
    /// Take readings over MQTT on this address and port, port 0 for any free one
    #[arg(long, value_name = "ADDR:PORT")]
    pub mqtt: Option<SocketAddr>,
}

/// Flags of `demo`.
#[derive(Debug, Args)]
pub struct Demo {
    /// Data directory; a second start goes on in it
    #[arg(long, value_name = "DIR", default_value = "demo-data")]
    pub data: PathBuf,
    /// Address and port to listen on, port 0 for any free one
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// Address and port to take readings over MQTT on, port 0 for any free one
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:0")]
    pub mqtt: SocketAddr,
    /// Weeks of history that a new demo's factory has, 0 to 12
    #[arg(long, value_name = "WEEKS", default_value_t = 3, value_parser = clap::value_parser!(u8).range(0..=12))]
    pub weeks: u8,
    /// Tenants' business goes to this PostgreSQL, postgres://login@host/database, not to files
    #[arg(long, value_name = "URL", default_value = "", hide_default_value = true)]
    pub store: String,
}

impl Common {
    /// The configuration with these flags on top.
    ///
    /// # Errors
    /// As [`config::load`].
    pub fn load(&self, more: &[(&'static str, String)]) -> anyhow::Result<Loaded> {
        let mut flags = more.to_vec();
        flags.extend(self.data.as_ref().map(|data| ("data", data.display().to_string())));
        flags.extend(self.listen.map(|listen| ("listen", listen.to_string())));
        config::load(self.config.as_deref(), &flags)
    }
}

impl Kept {
    /// The configuration with these flags on top.
    ///
    /// # Errors
    /// As [`config::load`].
    pub fn load(&self, more: &[(&'static str, String)]) -> anyhow::Result<Loaded> {
        let store = self.store.as_ref().map(|url| ("host.store", url.clone()));
        self.common.load(&more.iter().cloned().chain(store).collect::<Vec<_>>())
    }
}

impl Marketplace {
    /// The configuration with these flags on top.
    ///
    /// # Errors
    /// As [`config::load`].
    pub fn load(&self) -> anyhow::Result<Loaded> {
        let store = self.store.as_ref().map(|url| ("marketplace.store", url.clone()));
        self.common.load(&store.into_iter().collect::<Vec<_>>())
    }
}

impl Backup {
    /// # Errors
    /// As [`config::load`].
    pub fn load(&self) -> anyhow::Result<Loaded> {
        self.kept.load(&backup_flags(self.to.as_ref(), self.key.as_ref()))
    }
}

impl Restore {
    /// # Errors
    /// As [`config::load`].
    pub fn load(&self) -> anyhow::Result<Loaded> {
        self.kept.load(&backup_flags(self.from.as_ref(), self.key.as_ref()))
    }
}

fn backup_flags(place: Option<&String>, key: Option<&PathBuf>) -> Vec<(&'static str, String)> {
    let place = place.map(|place| ("backup.to", place.clone()));
    place.into_iter().chain(key.map(|key| ("backup.key_file", key.display().to_string()))).collect()
}

impl Pins {
    /// # Errors
    /// The configuration, or no keys at all.
    pub fn trusted(&self) -> anyhow::Result<Trusted> {
        if self.registry_keys.is_empty() && self.log_keys.is_empty() {
            let registry = config::load(self.config.as_deref(), &[])?.config.registry;
            return Trusted::new(&registry.public_keys, &registry.log_keys);
        }
        Trusted::new(&self.registry_keys, &self.log_keys)
    }
}

impl Serve {
    /// # Errors
    /// As [`config::load`].
    pub fn load(&self) -> anyhow::Result<Loaded> {
        let mut flags = Vec::new();
        flags.extend(self.registry.as_ref().map(|url| ("registry.url", url.clone())));
        flags.extend(self.token_file.as_ref().map(|file| ("registry.token_file", file.display().to_string())));
        flags.extend(self.mqtt.map(|mqtt| ("host.mqtt.listen", mqtt.to_string())));
        self.kept.load(&flags)
    }
}

impl Demo {
    /// The demo's configuration: no file, logs for people and only when something is wrong.
    pub fn config(&self) -> Config {
        let log = config::Log { filter: demo_filter(), json: false };
        let mqtt = config::Mqtt { listen: Some(self.mqtt), ..config::Mqtt::default() };
        let host = config::Host { mqtt, store: self.store.clone(), ..config::Host::default() };
        Config { listen: self.listen, data: self.data.clone(), log, host, ..Config::default() }
    }
}

fn demo_filter() -> String {
    let named = crate::environment::variable("TOOLCRIB_LOG");
    named.unwrap_or_else(|| "warn".to_owned())
}

/// Prints an error and everything that led to it in one line.
pub fn complain(error: &anyhow::Error) {
    say::complaint(format_args!("{error:#}"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        use clap::CommandFactory;
        Cli::command().debug_assert();
        let demo = Cli::parse_from(["toolcrib", "demo"]);
        let Command::Demo(demo) = demo.command else { panic!("{demo:?}") };
        assert_eq!(demo.config().listen, Config::default().listen);
        assert_eq!(demo.data, PathBuf::from("demo-data"));
        assert!(Cli::try_parse_from(["toolcrib", "demo", "--listen", "8080"]).is_err());
    }
}

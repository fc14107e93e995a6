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
    Registry(Common),
    /// Run everything on this machine with a small plant to look at
    Demo(Demo),
    /// Say what is configured and check the data directory of a stopped server
    Doctor(Common),
    /// Prove an installed version, a bundle, everything installed, or an archive of evidence, without a network
    Verify {
        #[command(flatten)]
        pins: Pins,
        /// A version's folder, a bundle, a host's data directory, or an archive (.tar) of a project's evidence
        folder: PathBuf,
    },
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

/// Flags of `serve`.
#[derive(Debug, Args)]
pub struct Serve {
    #[command(flatten)]
    pub common: Common,
    /// The registry to follow, for example https://registry.example.com
    #[arg(long, value_name = "URL")]
    pub registry: Option<String>,
    /// File that holds this host's token
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
    /// Take readings over MQTT on this address and port, port 0 for any free one
    #[arg(long, value_name = "ADDR:PORT")]
    pub mqtt: Option<SocketAddr>,
    /// Keep tenants' business in PostgreSQL, postgres://login@host/database, instead of files
    #[arg(long, value_name = "URL")]
    pub store: Option<String>,
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
        flags.extend(self.store.as_ref().map(|url| ("host.store", url.clone())));
        self.common.load(&flags)
    }
}

impl Demo {
    /// The demo's configuration: no file, logs for people and only when something is wrong.
    pub fn config(&self) -> Config {
        let log = config::Log { filter: demo_filter(), json: false };
        let mqtt = config::Mqtt { listen: Some(self.mqtt), ..config::Mqtt::default() };
        let host = config::Host { mqtt, ..config::Host::default() };
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

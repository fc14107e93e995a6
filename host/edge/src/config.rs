//! Everything that can be set: one TOML file. Unknown keys are refused, secrets lie in files of their own.

mod check;
mod inputs;

pub use inputs::{Area, Modbus, ModbusSignal, Number, OpcUa, OpcUaSignal, WordOrder};

use crate::queue::Limits;
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// The whole configuration, checked.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    pub server: Server,
    #[serde(default)]
    pub queue: Queue,
    #[serde(default)]
    pub log: Log,
    /// Machines that speak Modbus TCP.
    #[serde(default)]
    pub modbus: Vec<Modbus>,
    /// Machines that speak OPC UA.
    #[serde(default)]
    pub opcua: Vec<OpcUa>,
}

/// Where the readings go.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// Name or address of the server.
    pub host: String,
    /// 8883 with TLS, 1883 without, when it is not named.
    pub port: Option<u16>,
    /// The tenant's short name.
    pub tenant: String,
    /// The device's id, as the tenant's page of devices shows it.
    pub device: String,
    /// File with the device's token, readable by nobody else.
    pub token_file: PathBuf,
    /// TLS. Without it the token crosses the network in the clear: only inside one's own house.
    #[serde(default = "yes")]
    pub tls: bool,
    /// Certificates (PEM) that sign the server's; without it, those that the system trusts.
    pub ca_file: Option<PathBuf>,
    /// The gateway's own certificate (PEM), where the server wants one. Needs `key_file`.
    pub certificate_file: Option<PathBuf>,
    /// The key of `certificate_file` (PEM).
    pub key_file: Option<PathBuf>,
    /// Seconds after which a silent connection is asked whether it is still there.
    #[serde(default = "Server::keep_alive_s")]
    pub keep_alive_s: u16,
    /// Seconds that the server has for an acknowledgement before the connection counts as dead.
    #[serde(default = "Server::acknowledge_s")]
    pub acknowledge_s: u64,
    /// The longest wait between two attempts to connect, in seconds.
    #[serde(default = "Server::retry_max_s")]
    pub retry_max_s: u64,
    /// Readings of one message.
    #[serde(default = "Server::batch_rows")]
    pub batch_rows: usize,
    /// Messages that are on their way at once. The server may allow fewer.
    #[serde(default = "Server::in_flight")]
    pub in_flight: u16,
}

impl Server {
    fn keep_alive_s() -> u16 {
        30
    }
    fn acknowledge_s() -> u64 {
        60
    }
    fn retry_max_s() -> u64 {
        60
    }
    fn batch_rows() -> usize {
        500
    }
    fn in_flight() -> u16 {
        20
    }

    pub fn port(&self) -> u16 {
        self.port.unwrap_or(if self.tls { 8883 } else { 1883 })
    }

    /// The token, without the line's end.
    ///
    /// # Errors
    /// The file cannot be read, or is empty.
    pub fn token(&self) -> Result<String, ConfigError> {
        secret(&self.token_file)
    }
}

/// Where readings wait.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Queue {
    /// The database file; its folder is made.
    pub file: PathBuf,
    /// Mebibytes that it may take.
    pub max_mib: u64,
    /// Readings that it may hold.
    pub max_rows: u64,
    /// Milliseconds for which readings are gathered before they are written: what a power cut can take with it.
    pub commit_ms: u64,
    /// Seconds between two reports of the agent about itself; 0: none.
    pub report_s: u64,
    /// The equipment that these reports are about; the device's id, when it is not named.
    pub report_as: Option<String>,
}

impl Default for Queue {
    fn default() -> Self {
        let file = PathBuf::from("toolcrib-edge-data/queue.db");
        Self { file, max_mib: 512, max_rows: 20_000_000, commit_ms: 1_000, report_s: 60, report_as: None }
    }
}

impl Queue {
    pub fn limits(&self) -> Limits {
        Limits { rows: self.max_rows, bytes: self.max_mib << 20 }
    }
}

/// Log lines on standard error.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// A tracing filter, for example `info,toolcrib_edge=debug`.
    pub filter: String,
    /// JSON lines; otherwise plain lines for people.
    pub json: bool,
}

impl Default for Log {
    fn default() -> Self {
        Self { filter: "info,opcua_client=warn,opcua_core=warn".to_owned(), json: false }
    }
}

fn yes() -> bool {
    true
}

/// What is wrong with the configuration, in words for the person who wrote it.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("cannot read `{file}`")]
    File { file: PathBuf, source: std::io::Error },
    #[error("`{0}` is empty; put the secret into it, alone on one line")]
    Empty(PathBuf),
    #[error("{0}")]
    Toml(#[from] toml::de::Error),
    #[error("{0}")]
    Rule(String),
}

/// Reads and checks a file. Paths inside are relative to its folder.
///
/// # Errors
/// The file, its form, or the first rule that it breaks.
pub fn load(file: &Path) -> Result<Config, ConfigError> {
    let text = std::fs::read_to_string(file).map_err(|source| ConfigError::File { file: file.to_owned(), source })?;
    parse(&text, file.parent().unwrap_or(Path::new("")))
}

/// As [`load`], from the text; paths inside are relative to `folder`.
///
/// # Errors
/// Its form, or the first rule that it breaks.
pub fn parse(text: &str, folder: &Path) -> Result<Config, ConfigError> {
    let mut config: Config = toml::from_str(text)?;
    check::check(&config).map_err(ConfigError::Rule)?;
    let server = &mut config.server;
    let files = [&mut server.ca_file, &mut server.certificate_file, &mut server.key_file].into_iter().flatten();
    let secrets = config.opcua.iter_mut().flat_map(|input| &mut input.password_file);
    for file in files.chain(secrets).chain([&mut server.token_file, &mut config.queue.file]) {
        *file = folder.join(&*file);
    }
    Ok(config)
}

/// A secret from a file, without the line's end.
pub(crate) fn secret(file: &Path) -> Result<String, ConfigError> {
    let text = std::fs::read_to_string(file).map_err(|source| ConfigError::File { file: file.to_owned(), source })?;
    let secret = text.trim();
    if secret.is_empty() { Err(ConfigError::Empty(file.to_owned())) } else { Ok(secret.to_owned()) }
}

//! Everything that can be set, with its default and unit: a TOML file, a few variables, a few flags. Unknown keys are
//! refused. [`load`] also remembers where each value came from, for `toolcrib doctor`.

mod layers;

pub use layers::{Loaded, load};

use serde::{Deserialize, Serialize};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use toolcrib_contract::limits;
use toolcrib_store::Keep;

/// The whole configuration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Address and port of the HTTP listener. Port 0 lets the system choose. TLS belongs to the proxy in front.
    pub listen: SocketAddr,
    /// Data directory: made when missing, held by one process at a time.
    pub data: PathBuf,
    /// People reach this server through `https://`: cookies are marked so.
    pub https: bool,
    pub log: Log,
    pub traces: Traces,
    pub drain: Drain,
    pub console: Console,
    pub objects: Objects,
    pub backup: Backup,
    pub host: Host,
    pub registry: Registry,
    pub marketplace: Marketplace,
}

/// Log lines on standard error.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// A tracing filter, for example `info,toolcrib_runtime=debug`.
    pub filter: String,
    /// JSON lines; otherwise plain lines for people.
    pub json: bool,
}

/// Traces for a collector that speaks OTLP over HTTP. Needs a program that was built with the feature `otel`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Traces {
    /// For example `http://collector:4318`; `/v1/traces` is added. Empty: nothing is traced.
    pub endpoint: String,
    /// Share of the requests, and of what nobody asked for, that is traced: 0 to 1.
    pub sample: f64,
    /// What this one of several processes is called there.
    pub instance: String,
    /// Addresses of proxies whose `traceparent` is believed, with the decision in it. Name only those that replace what
    /// strangers send.
    pub proxies: Vec<IpAddr>,
}

/// What happens between the first stop signal and the end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Drain {
    /// Seconds for which `/readyz` says no before new connections are refused, so that a load balancer looks away.
    pub announce_s: u64,
    /// Seconds that requests in flight get to finish.
    pub finish_s: u64,
}

/// The store that speaks S3, in which addresses of the form `s3://bucket/folder` lead to a bucket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Objects {
    /// For example `https://s3.example.com`.
    pub endpoint: String,
    /// The store's region; most stores take any.
    pub region: String,
    /// As whom.
    pub access_key_id: String,
    /// File that holds the access key's secret, readable by nobody else.
    pub secret_file: PathBuf,
}

/// Where `toolcrib backup` keeps copies of everything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Backup {
    /// A directory of its own, best on another machine's disk, or `s3://bucket/folder` in the store of `objects`.
    pub to: String,
    /// File of the key that the keys to backups are wrapped with, readable by its owner only. Made when missing; without a
    /// copy of it elsewhere no backup outlives this machine.
    pub key_file: PathBuf,
    /// Days after which backups go, but never the newest one.
    pub keep_days: u32,
}

/// The web console.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Console {
    /// Shows `/_gallery`, everything that pages are made of, to everybody. For those who design pages.
    pub gallery: bool,
}

/// Running modules for tenants.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Host {
    /// Threads that run tenants' turns: as many commits can wait for the disk at once.
    pub workers: usize,
    /// Threads for queries that take longer than a few milliseconds.
    pub slow_workers: usize,
    /// Where tenants' business and readings lie: empty for files below `data`, or
    /// `postgres://login:password@host/database`. Without a password in it, the file that PGPASSFILE names is looked into.
    pub store: String,
    /// Factories whose files stay open at once; 0 for as many as memory allows. Beyond, or beyond half of the files that the
    /// process may have open, whoever was quiet for longest is closed, and waits a millisecond when it comes again.
    pub open_tenants: usize,
    /// Connections to that database for business; four more keep readings. `workers` are then at most three fifths of it, `slow_workers` at least a third.
    pub store_connections: u32,
    /// Mebibytes that a tenant's business may take, and as many its readings.
    pub tenant_quota_mib: u64,
    /// Days after the end of a month until its readings are removed; their sums by hour and day stay.
    pub readings_days: u32,
    /// Months after which those sums are removed, too.
    pub readings_sum_months: u32,
    /// Kibibytes of page cache of each open database connection.
    pub tenant_cache_kib: u32,
    /// What tenants may reach inside the plant, although modules otherwise reach only public addresses.
    pub intranet: Vec<Intranet>,
    pub mqtt: Mqtt,
}

/// The MQTT ingestion endpoint. With a listener there is also `/mqtt` on the HTTP listener, for WebSocket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Mqtt {
    /// Address and port of the listener without TLS. Port 0 lets the system choose. Without it there is none.
    pub listen: Option<SocketAddr>,
    /// Address and port of the listener with TLS. Without it there is none.
    pub tls_listen: Option<SocketAddr>,
    /// File with the certificate and those it rests on (PEM). Required by `tls_listen`.
    pub certificate: PathBuf,
    /// File with the certificate's private key (PEM). Required by `tls_listen`.
    pub key: PathBuf,
    /// Messages that one device may publish each second, and save up. A faster one is slowed down.
    pub messages_each_s: u32,
}

/// One host inside the plant that one tenant's modules may reach, once the tenant has agreed to it; and a broker of the
/// tenant's own, which its people connect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Intranet {
    /// The tenant's short name.
    pub tenant: String,
    /// As the tenant agrees to it: `erp.donghu.example` or `erp.donghu.example:8443`. Of a broker always with its port:
    /// `broker.donghu.example:1883`.
    pub host: String,
    /// Where it is, for example `10.1.2.3:8443`. Without it the plant's name service says, which may name private
    /// addresses, and neither this machine nor link-local ones.
    #[serde(default)]
    pub address: Option<SocketAddr>,
    /// Speak plain HTTP to it. Only for an address of this machine.
    #[serde(default)]
    pub plain_http: bool,
}

/// The registry that a host follows (`toolcrib serve`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Registry {
    /// For example `https://registry.example.com`. Required by `serve`.
    pub url: String,
    /// File that holds the host's token (`tch_…`), readable by nobody else. Required by `serve`.
    pub token_file: PathBuf,
    /// The registry's public keys, base64, as `toolcrib registry` prints them. Nothing signed otherwise is believed.
    pub public_keys: Vec<String>,
    /// The log's names and keys (`name+id+base64`), as `toolcrib registry` prints them. What is in no such log is not run.
    pub log_keys: Vec<String>,
    /// Install new versions although the list of withdrawn ones is stale. Logged when it matters.
    pub allow_stale_revocations: bool,
    /// Seconds that one request for newer entitlements waits, at most 30.
    pub poll_s: u64,
}

/// Running the marketplace (`toolcrib registry`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Marketplace {
    /// Where components of versions and files handed in with projects and contracts lie: empty for below `data`, or
    /// `s3://bucket/folder` in the store of `objects`.
    pub files: String,
    /// Where its records lie: empty for `catalog.db` below `data`, or `postgres://login:password@host/database`, which
    /// other registries may share. Without a password in it, the file that PGPASSFILE names is looked into.
    pub store: String,
    /// E-mail of the first administrator, made at the first start with a password that is printed once.
    pub admin: String,
    /// Hosts that may fetch entitlements and artifacts.
    pub hosts: Vec<KnownHost>,
    /// Issuers of CI identities (OpenID Connect) that trusted publishing believes.
    pub trusted_issuers: Vec<TrustedIssuer>,
    /// Seconds that a revocation list is good for; afterwards hosts install nothing new until they get another one.
    pub revocations_max_age_s: u64,
    /// Checkout of an advisory database in the RustSec form, read again every ten minutes. Empty: dependencies are not
    /// checked against any, and every report says so.
    pub advisories: PathBuf,
    /// File of known-bad digests, a SHA-256 in hex and a reason on each line. Empty: none are known.
    pub known_bad: PathBuf,
}

/// An issuer of CI identities.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrustedIssuer {
    /// `iss` of its tokens, exactly.
    pub issuer: String,
    /// Where its key set (JWKS) lies.
    pub jwks_url: String,
}

/// A host as the marketplace knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnownHost {
    pub name: String,
    /// Hex of the SHA-256 of its token; `toolcrib registry` needs no token itself.
    pub token_sha256: String,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: (Ipv4Addr::LOCALHOST, 8080).into(),
            data: "toolcrib-data".into(),
            https: false,
            log: Log::default(),
            traces: Traces::default(),
            drain: Drain::default(),
            console: Console::default(),
            objects: Objects::default(),
            backup: Backup::default(),
            host: Host::default(),
            registry: Registry::default(),
            marketplace: Marketplace::default(),
        }
    }
}

impl Default for Objects {
    fn default() -> Self {
        let (endpoint, access_key_id) = (String::new(), String::new());
        Self { endpoint, region: "us-east-1".to_owned(), access_key_id, secret_file: PathBuf::new() }
    }
}

impl Default for Backup {
    fn default() -> Self {
        Self { to: String::new(), key_file: PathBuf::new(), keep_days: 30 }
    }
}

impl Default for Log {
    fn default() -> Self {
        Self { filter: "info".to_owned(), json: true }
    }
}

impl Default for Traces {
    fn default() -> Self {
        Self { endpoint: String::new(), sample: 0.01, instance: String::new(), proxies: Vec::new() }
    }
}

impl Default for Drain {
    fn default() -> Self {
        Self { announce_s: 0, finish_s: 30 }
    }
}

impl Default for Host {
    fn default() -> Self {
        let Keep { raw_days, sum_months } = Keep::default();
        Self {
            workers: 32,
            slow_workers: 2,
            store: String::new(),
            open_tenants: 0,
            store_connections: toolcrib_store::CONNECTIONS,
            tenant_quota_mib: 4096,
            readings_days: raw_days,
            readings_sum_months: sum_months,
            tenant_cache_kib: 1024,
            intranet: Vec::new(),
            mqtt: Mqtt::default(),
        }
    }
}

impl Default for Mqtt {
    fn default() -> Self {
        let (certificate, key) = (PathBuf::new(), PathBuf::new());
        Self { listen: None, tls_listen: None, certificate, key, messages_each_s: 1_000 }
    }
}

impl Default for Registry {
    fn default() -> Self {
        Self {
            url: String::new(),
            token_file: PathBuf::new(),
            public_keys: Vec::new(),
            log_keys: Vec::new(),
            allow_stale_revocations: false,
            poll_s: 25,
        }
    }
}

impl Default for Marketplace {
    fn default() -> Self {
        Self {
            store: String::new(),
            files: String::new(),
            admin: "admin@marketplace.example".to_owned(),
            hosts: Vec::new(),
            trusted_issuers: Vec::new(),
            revocations_max_age_s: toolcrib_trust::LIST_MAX_AGE_S,
            advisories: PathBuf::new(),
            known_bad: PathBuf::new(),
        }
    }
}

impl Config {
    /// Values that parse but make no sense.
    ///
    /// # Errors
    /// The first of them, with what to do.
    pub fn check(&self) -> Result<(), String> {
        let within = |name: &str, value: u64, least: u64, most: u64| {
            if (least..=most).contains(&value) {
                Ok(())
            } else {
                Err(format!("`{name}` is {value}; choose {least} to {most}"))
            }
        };
        within("drain.announce_s", self.drain.announce_s, 0, 600)?;
        within("drain.finish_s", self.drain.finish_s, 0, 600)?;
        self.traces.check()?;
        within("backup.keep_days", self.backup.keep_days.into(), 1, 3_650)?;
        within("host.workers", self.host.workers as u64, 1, 1_024)?;
        within("host.slow_workers", self.host.slow_workers as u64, 1, 256)?;
        within("host.open_tenants", self.host.open_tenants as u64, 0, 100_000)?;
        within("host.store_connections", self.host.store_connections.into(), 4, 1_000)?;
        for (name, store) in [("host.store", &self.host.store), ("marketplace.store", &self.marketplace.store)] {
            if !store.is_empty() && !["postgres://", "postgresql://"].iter().any(|scheme| store.starts_with(scheme)) {
                return Err(format!(
                    "`{name}` is neither empty nor of the form postgres://login:password@host/database"
                ));
            }
        }
        within("host.tenant_quota_mib", self.host.tenant_quota_mib, 1, 1 << 20)?;
        // A month that readings may still come for stays.
        let least = limits::READING_HISTORY_DAYS as u64 + 1;
        within("host.readings_days", self.host.readings_days.into(), least, 36_500)?;
        within("host.readings_sum_months", self.host.readings_sum_months.into(), 1, 1_200)?;
        within("host.tenant_cache_kib", self.host.tenant_cache_kib.into(), 64, 1 << 20)?;
        within("host.mqtt.messages_each_s", self.host.mqtt.messages_each_s.into(), 1, 1_000_000)?;
        let Mqtt { tls_listen, certificate, key, .. } = &self.host.mqtt;
        if tls_listen.is_some() && (certificate.as_os_str().is_empty() || key.as_os_str().is_empty()) {
            return Err("`host.mqtt.tls_listen` needs `host.mqtt.certificate` and `host.mqtt.key`".to_owned());
        }
        within("host.intranet", self.host.intranet.len() as u64, 0, 1_000)?;
        for Intranet { host, address, plain_http, .. } in &self.host.intranet {
            if *plain_http && !address.is_some_and(|address| address.ip().is_loopback()) {
                return Err(format!(
                    "`host.intranet` of {host} has plain_http; name an `address` of this machine, too"
                ));
            }
        }
        within("marketplace.revocations_max_age_s", self.marketplace.revocations_max_age_s, 1, 366 * 86_400)?;
        within("registry.poll_s", self.registry.poll_s, 1, 30)
    }
}

impl Traces {
    fn check(&self) -> Result<(), String> {
        // Also of NaN.
        if !(0.0..=1.0).contains(&self.sample) {
            return Err(format!("`traces.sample` is {}; choose a share between 0 and 1", self.sample));
        }
        if self.proxies.len() > 100 {
            return Err(format!("`traces.proxies` has {} addresses; name at most 100", self.proxies.len()));
        }
        let url = match self.endpoint.as_str() {
            "" => return Ok(()),
            endpoint => url::Url::parse(endpoint).ok(),
        };
        let fits = |url: &url::Url| {
            let is_plain = url.username().is_empty() && url.password().is_none() && url.query().is_none();
            matches!(url.scheme(), "http" | "https") && url.has_host() && is_plain && url.fragment().is_none()
        };
        if url.as_ref().is_some_and(fits) {
            return Ok(());
        }
        Err("`traces.endpoint` is neither empty nor of the form http://collector:4318".to_owned())
    }
}

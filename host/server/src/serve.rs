//! `toolcrib serve` and `toolcrib registry`.

use crate::config::{Config, Loaded};
use crate::host::{Host, Upstream};
use crate::http::bind;
use crate::marketplace::Marketplace;
use crate::server::Server;
use crate::sync::Trusted;
use crate::{logs, say, secrets, signals, traces};
use anyhow::ensure;
use std::sync::Arc;
use toolcrib_registry_client::Client;
use toolcrib_runtime::World;
use toolcrib_store::DataDir;
use toolcrib_trust::PublicKey;

/// Runs modules for the tenants of a registry elsewhere, until a signal.
///
/// # Errors
/// The configuration, the disk, the port.
pub async fn serve(loaded: Loaded, world: &World) -> anyhow::Result<()> {
    let config = loaded.config;
    logs::start(&config.log.filter, config.log.json);
    let upstream = upstream(&config)?;
    let data = Arc::new(DataDir::lock(&config.data)?);
    let traces = traces::start(&config.traces, world, "toolcrib-host")?;
    let bound = bind(config.listen).await?;
    let stopping = signals::stopping()?;
    tracing::info!(address = %bound.address(), registry = config.registry.url, "Serving tenants");
    let host = Host::start(&config, data, &upstream, world).await?;
    Server::start(bound, &config, None, Some((host, upstream)), traces, stopping)?.finish().await
}

fn upstream(config: &Config) -> anyhow::Result<Upstream> {
    let registry = &config.registry;
    ensure!(!registry.url.is_empty(), "no registry is named; set `registry.url` or --registry");
    let file = &registry.token_file;
    ensure!(!file.as_os_str().is_empty(), "this host has no token; set `registry.token_file` or --token-file");
    Ok(Upstream {
        client: Client::new(&registry.url)?,
        token: secrets::token(file)?,
        trusted: Trusted::new(&registry.public_keys, &registry.log_keys)?,
    })
}

/// Runs a marketplace, until a signal.
///
/// # Errors
/// The configuration, the disk, the port.
pub async fn registry(loaded: Loaded, world: &World) -> anyhow::Result<()> {
    let config = loaded.config;
    logs::start(&config.log.filter, config.log.json);
    let data = Arc::new(DataDir::lock(&config.data)?);
    let traces = traces::start(&config.traces, world, "toolcrib-registry")?;
    let bound = bind(config.listen).await?;
    let stopping = signals::stopping()?;
    let marketplace = Marketplace::start(&data, world, &config.marketplace, &config.objects).await?;
    if let Some(password) = marketplace.first_admin(&config.marketplace.admin).await? {
        say::line(format_args!(
            "Administrator {} has the password {password}; it is shown once",
            config.marketplace.admin
        ));
    }
    let pins = marketplace.pins();
    let registry: Vec<_> = pins.registry.iter().map(PublicKey::to_base64).collect();
    let logs: Vec<_> = pins.logs.iter().map(ToString::to_string).collect();
    say::line(format_args!("Hosts pin its key: registry.public_keys = {registry:?}"));
    say::line(format_args!("Hosts pin its log: registry.log_keys = {logs:?}"));
    tracing::info!(address = %bound.address(), "Running a marketplace");
    Server::start(bound, &config, Some(marketplace), None, traces, stopping)?.finish().await
}

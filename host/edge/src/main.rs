//! The program `toolcrib-edge`: the only place of the agent that knows the real clock.

use anyhow::Context;
use clap::{Parser, Subcommand};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use toolcrib_contract::types::Instant;
use toolcrib_contract::world::Clock;
use toolcrib_edge::config::{self, Config};
use toolcrib_edge::world::{Tcp, World};

/// Reads machines (Modbus TCP, OPC UA), keeps what they say on disk, and sends it to a Toolcrib server.
#[derive(Debug, Parser)]
#[command(name = "toolcrib-edge", version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run until SIGTERM or Ctrl-C
    Run { config: PathBuf },
    /// Say what is wrong with a configuration, or that nothing is
    CheckConfig { config: PathBuf },
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Run { config } => run(&config),
        Command::CheckConfig { config } => check(&config),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error);
            ExitCode::FAILURE
        }
    }
}

fn run(file: &Path) -> anyhow::Result<()> {
    let config = config::load(file)?;
    start_log(&config)?;
    let mut seed = [0; 8];
    getrandom::fill(&mut seed).context("the system gives no random bytes")?;
    let world = World { clock: Arc::new(SystemClock), network: Arc::new(Tcp), seed: u64::from_le_bytes(seed) };
    // Machines are few and slow: one thread serves them, and the disk work of the queue has another.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().max_blocking_threads(4).build()?;
    runtime.block_on(async {
        let stop = CancellationToken::new();
        let (mut term, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        let asked = stop.clone();
        tokio::spawn(async move {
            tokio::select! { _ = term.recv() => {} _ = interrupt.recv() => {} }
            asked.cancel();
        });
        toolcrib_edge::run(config, world, stop).await
    })
}

fn check(file: &Path) -> anyhow::Result<()> {
    let config = config::load(file)?;
    config.server.token()?;
    let signals = config.modbus.iter().map(|input| input.signal.len()).sum::<usize>()
        + config.opcua.iter().map(|input| input.signal.len()).sum::<usize>();
    let (machines, server) = (config.modbus.len() + config.opcua.len(), &config.server);
    say(&format!(
        "Good: {signals} signals of {machines} machines go to {}:{} as {}/{}; up to {} MiB wait in `{}`.",
        server.host,
        server.port(),
        server.tenant,
        server.device,
        config.queue.max_mib,
        config.queue.file.display()
    ));
    Ok(())
}

fn start_log(config: &Config) -> anyhow::Result<()> {
    let filter = tracing_subscriber::EnvFilter::try_new(&config.log.filter).context("log.filter")?;
    let is_terminal = std::io::stderr().is_terminal();
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(is_terminal);
    if config.log.json {
        lines.json().init()
    } else {
        lines.init()
    }
    Ok(())
}

struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock that everything else takes as a parameter")]
    fn now(&self) -> Instant {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Instant(i64::try_from(since.as_micros()).unwrap_or(i64::MAX).clamp(Instant::MIN.0, Instant::MAX.0))
    }
}

#[expect(clippy::print_stdout, reason = "the program speaks to a person at a terminal")]
fn say(text: &str) {
    println!("{text}");
}

#[expect(clippy::print_stderr, reason = "the program speaks to a person at a terminal")]
fn complain(error: &anyhow::Error) {
    eprintln!("toolcrib-edge: {error:#}");
}

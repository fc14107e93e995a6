//! The `toolcrib` program: the only place that wires, reads the environment, and knows the real clock.
//!
//! - `cli`, `config`, `environment`: what was asked for. `serve`, `demo`, `doctor`: the commands.
//! - `server`: one listener around everything; `http` is what stands around every route, `health` its probes.
//! - `host`: runtime, `gate` and `sync`, which follows the registry. `marketplace`: catalogue, vetting, identity.
//! - `verify`, `bundle`: what proves the versions that lie in a `folder`, and moving them to plants without a network.
//! - `backup`: copies of everything, and back. `archives`: a tenant as one open file, out and in. `kept`: where tenants'
//!   business lies, for both. `check_config`.
//! - `host_key`: the key that the host signs with; `receipts`: for what it erased.
//! - `traces`: spans for an operator's collector, behind the feature `otel`.
//! - `world`, `signals`, `files`, `secrets`, `logs`, `metrics`, `courier`, `deliveries`, `issuers`, `token_keys`, `usage`: the
//!   outside.

#![forbid(unsafe_code)]

mod archives;
mod backup;
mod bundle;
mod check_config;
mod cli;
mod config;
mod courier;
mod deliveries;
mod demo;
#[cfg(test)]
mod deploy;
mod dial;
mod directory;
mod doctor;
mod edge;
mod egress;
mod environment;
pub mod factory;
mod files;
#[cfg(test)]
mod fixture;
mod folder;
mod gate;
mod health;
mod host;
mod host_key;
mod http;
mod issuers;
mod kept;
mod logs;
mod marketplace;
mod metrics;
mod mqtt;
mod objects;
mod outbound;
mod process;
mod receipts;
mod say;
mod secrets;
mod serve;
mod server;
mod signals;
mod sync;
mod token_keys;
mod traces;
mod usage;
mod verify;
mod world;

// What benches put together again, to measure the very parts that serve.
pub use gate::Keyring;
pub use http::around;
pub use metrics::start as record_metrics;
pub use world::SystemChance;

use clap::Parser;
use cli::{Cli, Command};
use std::future::Future;
use std::process::ExitCode;
use toolcrib_runtime::World;

/// Of every thread's memory, SQLite's too: the system's allocator keeps an arena for each thread that ever ran, and gives
/// little of it back.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The whole program. Exit code 0: done or stopped as asked; 1: a sentence on standard error says why; 2: the command
/// line is wrong.
pub fn main() -> ExitCode {
    run(&world::real())
}

/// The same on a clock that is ahead of the system's by so many microseconds, asked whenever it is looked at: for tests
/// that let weeks pass. The demo has a clock of its own.
pub fn main_ahead(by: fn() -> i64) -> ExitCode {
    run(&world::ahead(by))
}

fn run(world: &World) -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::CompileChild => return toolcrib_sandbox::compile_child_main(),
        Command::VetChild => return toolcrib_vetting::vet_child_main(),
        Command::Serve(flags) => flags.load().and_then(|loaded| block_on(serve::serve(loaded, world))),
        Command::Registry(flags) => flags.load().and_then(|loaded| block_on(serve::registry(loaded, world))),
        Command::Demo(flags) => block_on(demo::run(&flags)),
        Command::Doctor(flags) => flags.load(&[]).and_then(|loaded| block_on(doctor::run(&loaded))),
        Command::CheckConfig(flags) => {
            flags.common.load(&[]).and_then(|loaded| check_config::run(&loaded, flags.purpose))
        }
        Command::Backup(flags) => backup::run(&flags, world),
        Command::Restore(flags) => backup::restore(&flags, world),
        Command::Verify { pins, key, folder } if backup::is_depot(&folder) => {
            backup::verify(&folder, pins.config.as_deref(), key.as_deref(), world)
        }
        Command::Verify { folder, .. }
            if folder.is_file() && folder.extension().is_none_or(|ending| ending != "tar") =>
        {
            receipts::verify(&folder)
        }
        Command::Verify { pins, folder, .. } => pins.trusted().and_then(|trusted| verify::run(&folder, &trusted)),
        Command::Export(flags) => archives::export(&flags),
        Command::Import(flags) => archives::import(&flags),
        Command::ExportBundle(export) => block_on(bundle::export(&export)),
        Command::ImportBundle(import) => block_on(bundle::import(&import)),
        Command::Edge { arguments } => Err(edge::become_it(&arguments)),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            cli::complain(&error);
            ExitCode::FAILURE
        }
    }
}

/// Runs a server's future to its end, on all cores.
fn block_on<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    process::raise_open_files();
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(work)
}

//! `cargo toolcrib try`: one operation of the built module, in the real sandbox, on a real database of this machine.
//!
//! No registry is asked: everything the module wants is granted, to this person alone.

use crate::build::Built;
use crate::tools::Tools;
use crate::trouble::Trouble;
use serde_json::Value as Json;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant as Monotonic;
use toolcrib_contract::manifest::{HandlerDef, HandlerKind};
use toolcrib_contract::problem::Problem;
use toolcrib_contract::types::{Instant, RawId};
use toolcrib_contract::{Manifest, json};
use toolcrib_runtime::{
    Actor, DataDir, Loaded, ModuleGrant, ModuleSource, OpenFiles, Options, Request, Runtime, TenantGrant,
    TenantOptions, UsageRow, World,
};
use toolcrib_sandbox::{Compiler, CompilerOptions, Engine, EngineOptions};

/// The only tenant of a trial.
const TENANT: RawId = RawId([0x01, 0x8f, 0, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, 1]);
/// Enough for one person, nested calls included.
const INSTANCES: u32 = 32;

/// A running host with the module and its companions on one tenant.
pub struct Trial {
    runtime: Runtime,
    module: Arc<Loaded>,
    world: World,
}

/// What an operation did.
#[derive(Debug)]
pub struct Done {
    /// JSON text.
    pub answer: String,
    /// Events told by it and by what followed from it at once: `module/name body`.
    pub events: Vec<String>,
    /// Wall time from the call to the answer, in microseconds.
    pub wall_us: u64,
    /// What the host wrote down about it.
    pub usage: Vec<UsageRow>,
}

impl Trial {
    /// Starts a host on `data` and installs the module, then those of `with`: components it reads, calls or listens to.
    ///
    /// # Errors
    /// The folder is in use or cannot be written, or a component cannot be loaded.
    pub async fn start(
        built: &Built,
        with: &[Vec<u8>],
        data: &Path,
        tools: &Tools,
        world: World,
    ) -> Result<Self, Trouble> {
        let engine =
            Engine::new(EngineOptions { instances: INSTANCES, fuel: false }).map_err(|error| broken(&error))?;
        // The cache would need a secret that outlives this process; a trial compiles each time.
        let compiler = Compiler::new(CompilerOptions { child: tools.compile.clone(), cache: None, secret: [0; 32] });
        let lock = DataDir::lock(data);
        let lock = lock.map_err(|error| {
            Trouble::new(error.to_string(), "end the other trial, or name another folder with --data")
        })?;
        let (data, tenant) = (Arc::new(lock), TenantOptions::default());
        let options =
            Options { data, tenant, workers: 2, slow_workers: 1, open_tenants: 1, open_files: OpenFiles::UNBOUNDED };
        let runtime = Runtime::start(options, world.clone(), engine, compiler, None).map_err(|error| broken(&error))?;
        let mut modules = Vec::new();
        for bytes in std::iter::once(&built.bytes).chain(with) {
            modules.push(load(&runtime, bytes)?);
        }
        let grants = modules.iter().map(|loaded| ModuleGrant {
            module: loaded.manifest.module.clone(),
            version: loaded.manifest.version.clone(),
            digest: loaded.digest.clone(),
            grants: loaded.wanted.iter().map(|wanted| wanted.capability.clone()).collect(),
            scopes: Vec::new(),
            read_only: None,
        });
        let grant = TenantGrant {
            id: TENANT,
            slug: "trial".to_owned(),
            name: "Trial".to_owned(),
            time_zone: "Asia/Shanghai".to_owned(),
            active: true,
            modules: grants.collect(),
            stopped: Vec::new(),
            devices: Vec::new(),
            readings: Vec::new(),
        };
        runtime.apply(grant).await;
        Ok(Self { runtime, module: modules.swap_remove(0), world })
    }

    pub fn manifest(&self) -> &Manifest {
        &self.module.manifest
    }

    /// Runs one operation as an owner of the tenant.
    ///
    /// # Errors
    /// The problem that a caller over HTTP would get; nothing was written then.
    pub async fn run(&self, operation: &str, input: Json) -> Result<Done, Box<Problem>> {
        let before = self.last_event().await?;
        let started = Monotonic::now();
        let actor = Actor::new("user:trial", "owner");
        let (module, operation) = (self.manifest().module.clone(), operation.to_owned());
        let request = Request { tenant: TENANT, module, operation, input, actor, idempotency_key: None };
        let answer = self.runtime.invoke(request).await?;
        let wall_us = started.elapsed().as_micros() as u64;
        let events = self.runtime.events(TENANT, before).await?;
        let events = events.iter().map(|event| format!("{}/{} {}", event.module, event.name, event.body)).collect();
        Ok(Done { answer, events, wall_us, usage: self.usage().await? })
    }

    /// Number of the newest event.
    async fn last_event(&self) -> Result<u64, Box<Problem>> {
        let mut last = 0;
        loop {
            let page = self.runtime.events(TENANT, last).await?;
            match page.last() {
                Some(event) => last = event.seq,
                None => return Ok(last),
            }
        }
    }

    /// This hour's lines of the module's operations.
    async fn usage(&self) -> Result<Vec<UsageRow>, Box<Problem>> {
        const HOUR_US: i64 = 3_600_000_000;
        let now = self.world.clock.now();
        let from = Instant(now.0 / HOUR_US * HOUR_US);
        Ok(self.runtime.with_writer(TENANT, move |writer| writer.usage_between(from, now.plus_us(1))).await?)
    }

    /// Ends the host; everything answered is on disk.
    pub fn stop(&self) {
        self.runtime.stop();
    }
}

fn load(runtime: &Runtime, bytes: &[u8]) -> Result<Arc<Loaded>, Trouble> {
    let next = "run `cargo toolcrib check`, which says more";
    let inspection = toolcrib_sandbox::inspect(bytes)
        .map_err(|errors| Trouble::new(errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "), next))?;
    let source = ModuleSource { digest: inspection.digest, bytes: bytes.to_vec() };
    runtime.load(&source).map_err(|error| Trouble::new(format!("The module does not load: {error}"), next))
}

fn broken(error: &dyn std::error::Error) -> Trouble {
    Trouble::new(
        format!("The sandbox does not start on this machine: {error}"),
        "raise the limits of this account (ulimit -a)",
    )
}

/// The operations with their parameters, for a person who named none.
pub fn operations(manifest: &Manifest) -> String {
    let mut text = format!("Operations of {} {}:", manifest.module, manifest.version);
    for handler in manifest.handlers.iter().filter(|handler| handler.is_operation()) {
        let kind = match handler.kind {
            HandlerKind::Query => "query",
            HandlerKind::Connector => "connector",
            _ => "command",
        };
        let doc = handler.doc.lines().next().unwrap_or_default();
        text.push_str(&format!("\n\n{kind} {}  {doc}\n  {}", handler.name, parameters(handler)));
    }
    text
}

fn parameters(handler: &HandlerDef) -> String {
    let field = |field: &toolcrib_contract::schema::Field| {
        let schema = json::json_schema(&field.of);
        format!("{:?}: {schema}", field.name)
    };
    format!("{{{}}}", handler.input.fields().iter().map(field).collect::<Vec<_>>().join(", "))
}

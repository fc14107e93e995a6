//! One engine for the process: its pool of instances, its clock tick, the loading of native code.

use crate::bindings;
use crate::compile::Native;
use crate::config;
use crate::error::SandboxError;
use crate::imports::State;
use crate::module::Module;
use sha2::{Digest, Sha256};
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::time::Duration;
use toolcrib_contract::Host;
use wasmtime::component::{Component, HasSelf, Linker};

/// How often running modules look at the clock. How late a wall limit bites; an idle host wakes this often.
pub(crate) const TICK: Duration = Duration::from_millis(5);

/// How an engine is built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EngineOptions {
    /// Calls that run at once, each nested call counted too; one more is a fault of the host.
    pub instances: u32,
    /// Counts WebAssembly operations. Changes the compiled code; a host uses the wall limit instead.
    pub fuel: bool,
}

impl Default for EngineOptions {
    /// 512 instances (2 TiB of address space, memory only as used), no fuel.
    fn default() -> Self {
        Self { instances: 512, fuel: false }
    }
}

/// An engine. Clones share it; with the last one its tick thread ends.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

struct Inner {
    engine: wasmtime::Engine,
    fuel: bool,
    compatibility: String,
    /// Dropping it ends the tick thread.
    _ticking: Sender<()>,
}

/// What the pool of instances holds at this moment, for gauges. All zero without a pool.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PoolMetrics {
    /// False: every instance gets its memory from the operating system, which is slower.
    pub pooled: bool,
    pub component_instances: u64,
    pub core_instances: u64,
    pub memories: usize,
    pub tables: usize,
    /// Slots kept warm for the next call.
    pub unused_warm_memories: u32,
    /// Bytes kept in them.
    pub unused_memory_bytes_resident: usize,
}

impl Engine {
    /// Starts an engine and its tick thread.
    ///
    /// # Errors
    /// [`SandboxError::Engine`]: the processor or operating system does not support it.
    pub fn new(options: EngineOptions) -> Result<Self, SandboxError> {
        let engine = match wasmtime::Engine::new(&config::pooling(options.fuel, options.instances)) {
            Ok(engine) => {
                tracing::info!(instances = options.instances, "Modules run in a pool of instances");
                engine
            }
            Err(error) => {
                let why = format!("{error:#}");
                tracing::warn!(why, "No address space for a pool of instances; every call asks the system for memory");
                wasmtime::Engine::new(&config::compiling(options.fuel)).map_err(SandboxError::engine)?
            }
        };
        let compatibility = compatibility(&engine);
        let ticking = tick(&engine)?;
        Ok(Self { inner: Arc::new(Inner { engine, fuel: options.fuel, compatibility, _ticking: ticking }) })
    }

    /// Loads native code and links it for hosts of type `H`. Nothing of the module runs.
    ///
    /// # Errors
    /// [`SandboxError::OtherEngine`], or [`SandboxError::Link`] when a type does not fit the world or the module needs
    /// more memories, tables or instances than inspection allows.
    pub fn load<H: Host + Send + 'static>(&self, native: &Native) -> Result<Module<H>, SandboxError> {
        if native.compatibility() != self.inner.compatibility {
            return Err(SandboxError::OtherEngine);
        }
        // SAFETY: a `Native` holds only bytes that our own compiler child wrote, or whose seal it bears in the cache.
        #[expect(unsafe_code, reason = "native code cannot be checked, only its origin")]
        let component = unsafe { Component::deserialize(&self.inner.engine, native.code()) };
        let component = component.map_err(|error| SandboxError::Link(format!("{error:#}")))?;
        let link = |error: wasmtime::Error| SandboxError::Link(format!("{error:#}"));
        component.initialize_copy_on_write_image().map_err(SandboxError::engine)?;
        let mut linker = Linker::new(&self.inner.engine);
        bindings::Module::add_to_linker::<State<H>, HasSelf<State<H>>>(&mut linker, |state| state).map_err(link)?;
        let pre = linker.instantiate_pre(&component).map_err(link)?;
        Ok(Module::new(bindings::ModulePre::new(pre).map_err(link)?, self.inner.fuel))
    }

    /// Names what native code must be made for: engine version, configuration and processor. Hex.
    pub fn compatibility(&self) -> String {
        self.inner.compatibility.clone()
    }

    /// Whether it counts operations.
    pub fn fuel(&self) -> bool {
        self.inner.fuel
    }

    /// What the pool holds at this moment.
    pub fn pool_metrics(&self) -> PoolMetrics {
        let Some(pool) = self.inner.engine.pooling_allocator_metrics() else { return PoolMetrics::default() };
        PoolMetrics {
            pooled: true,
            component_instances: pool.component_instances(),
            core_instances: pool.core_instances(),
            memories: pool.memories(),
            tables: pool.tables(),
            unused_warm_memories: pool.unused_warm_memories(),
            unused_memory_bytes_resident: pool.unused_memory_bytes_resident(),
        }
    }
}

/// Starts the thread that moves the engine's epoch. It holds the engine weakly and ends when the sender is dropped.
fn tick(engine: &wasmtime::Engine) -> Result<Sender<()>, SandboxError> {
    let weak = engine.weak();
    let (ticking, stopped) = mpsc::channel::<()>();
    let run = move || {
        while let Err(RecvTimeoutError::Timeout) = stopped.recv_timeout(TICK) {
            let Some(engine) = weak.upgrade() else { return };
            engine.increment_epoch();
        }
    };
    let thread = std::thread::Builder::new().name("wasm-tick".to_owned()).spawn(run);
    thread.map_err(|error| SandboxError::Engine(Box::new(error)))?;
    Ok(ticking)
}

/// Gathers what wasmtime hashes, for a name that cannot collide by chance.
struct Sha(Sha256);

impl Hasher for Sha {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }
    fn finish(&self) -> u64 {
        0
    }
}

pub(crate) fn compatibility(engine: &wasmtime::Engine) -> String {
    let mut sha = Sha(Sha256::new());
    engine.precompile_compatibility_hash().hash(&mut sha);
    hex(&sha.0.finalize())
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

//! From a component to native code: in a child process that can be killed, once per module and engine.

mod cache;
mod child;
mod parent;

use crate::engine::{Engine, hex};
use crate::error::SandboxError;
use cache::{Cache, Key};
use sha2::{Digest, Sha256};
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use toolcrib_contract::limits;

pub use child::compile_child_main;

/// The program that ends in [`compile_child_main`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChildCommand {
    pub program: PathBuf,
    pub args: Vec<OsString>,
}

impl ChildCommand {
    /// Ready to start: with pipes, and with nothing of this process's environment. The child limits its own address
    /// space, so its allocator must not reserve a gibibyte of it in advance; one that does not know the word ignores it.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.args).env_clear().env("MIMALLOC_ARENA_RESERVE", "16MiB").current_dir("/");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }
}

/// How a compiler is built.
#[derive(Clone)]
pub struct CompilerOptions {
    pub child: ChildCommand,
    /// Folder of native code, made if absent, readable by this user only; none: nothing is kept.
    pub cache: Option<PathBuf>,
    /// Seals the files of the cache. Who knows it can make this process run any code.
    pub secret: [u8; 32],
}

/// Bounds of one compilation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompileLimits {
    /// CPU time in seconds.
    pub cpu_s: u64,
    /// Address space of the child.
    pub bytes: u64,
    /// Wall time, for a child that neither works nor ends.
    pub wall: Duration,
}

impl Default for CompileLimits {
    /// The published ones; twice the CPU time as wall time.
    fn default() -> Self {
        let wall = Duration::from_secs(limits::COMPILE_CPU_S * 2);
        Self { cpu_s: limits::COMPILE_CPU_S, bytes: limits::COMPILE_BYTES, wall }
    }
}

/// Native code that our own compiler made. Cannot be made from bytes elsewhere: whoever could would run any code.
#[derive(Clone)]
pub struct Native {
    code: Vec<u8>,
    compatibility: String,
    peak_bytes: u64,
}

impl std::fmt::Debug for Native {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Native({} bytes)", self.code.len())
    }
}

impl Native {
    /// Size of the code.
    pub fn code_bytes(&self) -> u64 {
        self.code.len() as u64
    }

    /// The most memory of the child that was resident while it compiled; 0 from the cache, or when the system does not
    /// tell.
    pub fn peak_bytes(&self) -> u64 {
        self.peak_bytes
    }

    pub(crate) fn code(&self) -> &[u8] {
        &self.code
    }

    pub(crate) fn compatibility(&self) -> &str {
        &self.compatibility
    }
}

/// Compiles modules, one at a time: a second compilation would only slow the first one into its limit.
pub struct Compiler {
    child: ChildCommand,
    limits: CompileLimits,
    cache: Option<Cache>,
    turn: Mutex<()>,
}

impl Compiler {
    pub fn new(options: CompilerOptions) -> Self {
        let CompilerOptions { child, cache, secret } = options;
        let cache = cache.map(|folder| Cache::new(folder, secret));
        Self { child, limits: CompileLimits::default(), cache, turn: Mutex::default() }
    }

    /// With other bounds.
    #[must_use]
    pub fn limited(self, limits: CompileLimits) -> Self {
        Self { limits, ..self }
    }

    /// Native code for a component: from the cache, or from the child. Blocks for as long as the limits allow.
    ///
    /// # Errors
    /// The compiler refuses the component, or a limit, or the child does not start. A cache that fails is only logged.
    pub fn compile(&self, engine: &Engine, wasm: &[u8]) -> Result<Native, SandboxError> {
        if wasm.len() > limits::COMPONENT_BYTES {
            return Err(SandboxError::Refused(format!("more than {} bytes", limits::COMPONENT_BYTES)));
        }
        let compatibility = engine.compatibility();
        let key = Key { digest: hex(&Sha256::digest(wasm)), compatibility: compatibility.clone() };
        let cached = || self.cache.as_ref().and_then(|cache| cache.read(&key));
        if let Some(code) = cached() {
            return Ok(Native { code, compatibility, peak_bytes: 0 });
        }
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        // Somebody may have compiled the same while this waited.
        if let Some(code) = cached() {
            return Ok(Native { code, compatibility, peak_bytes: 0 });
        }
        let (code, peak_bytes) = parent::compile(&self.child, &self.limits, engine.fuel(), wasm)?;
        if let Some(cache) = &self.cache {
            cache.write(&key, &code);
        }
        Ok(Native { code, compatibility, peak_bytes })
    }
}

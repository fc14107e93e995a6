//! Modules as WebAssembly components: inspected, compiled aside, called within limits. Knows no SQL and no HTTP.
//!
//! - [`inspect`] judges bytes without running any of them; what imports anything unknown never gets further.
//! - [`Compiler`] makes [`Native`] code in a child process ([`compile_child_main`]) that can be killed, and caches it.
//! - [`Engine`] is one configuration for hosts and vetting; it loads native code as a [`Module`].
//! - [`Module`] is called with a [`toolcrib_contract::Host`]: a fresh instance, its limits, its answer, the host back.

#![deny(unsafe_code)]

mod bindings;
mod compile;
mod config;
mod engine;
mod error;
mod fault;
mod imports;
mod inspect;
mod limits;
mod module;
mod world;

pub use compile::{ChildCommand, CompileLimits, Compiler, CompilerOptions, Native, compile_child_main};
pub use engine::{Engine, EngineOptions, PoolMetrics};
pub use error::SandboxError;
pub use inspect::{Import, InspectError, Inspection, inspect};
pub use limits::{Limits, THREAD_STACK_BYTES, Usage};
pub use module::{Call, Ended, Module};
pub use world::{INTERFACES, PACKAGE, VERSION};

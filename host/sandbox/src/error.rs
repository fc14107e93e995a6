//! Why a module could not be compiled or loaded. What happens while it runs is a [`toolcrib_contract::host::Fault`].

/// An error of the machinery around modules.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The engine does not start on this machine; no module can run.
    #[error("the WebAssembly engine does not start")]
    Engine(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The compiler looked at the module and said no.
    #[error("the module does not compile: {0}")]
    Refused(String),
    /// The compiler was stopped at a limit, or died of it.
    #[error("compiling the module took more than {limit}; make it smaller, above all its largest function")]
    TooExpensive {
        /// The limit, with its figure.
        limit: String,
    },
    /// The compiler could not be started, or did not answer as one.
    #[error("the compiler child failed: {0}")]
    Child(String),
    /// Native code for another engine version, configuration or processor; compile it again.
    #[error("the native code was made for another engine; compile the module again")]
    OtherEngine,
    /// The module does not fit the world or the host: an import or export has another type, or it is too large.
    #[error("the module does not fit `toolcrib:module@1.0.0`: {0}")]
    Link(String),
}

impl SandboxError {
    pub(crate) fn engine(error: wasmtime::Error) -> Self {
        Self::Engine(error.into_boxed_dyn_error())
    }
}

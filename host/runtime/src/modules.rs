//! Loaded modules, shared by all tenants: compiled once, linked once, described once.

use crate::frame::Frame;
use crate::health::{Health, VersionCounts};
use crate::nested::Nested;
use crate::offered::Offered;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use toolcrib_contract::capability::{self, Wanted, wanted};
use toolcrib_contract::consent::{self, Scope};
use toolcrib_contract::manifest::{HandlerDef, HandlerKind};
use toolcrib_contract::problem::ProblemKind;
use toolcrib_contract::types::Instant;
use toolcrib_contract::wording::{Wording, check};
use toolcrib_contract::{Capability, Manifest};
use toolcrib_sandbox::{Compiler, Engine, Limits, Module};
use toolcrib_store::RecordTable;

/// Where a module's bytes come from.
#[derive(Clone, Debug)]
pub struct ModuleSource {
    /// `sha256:<hex>` of the component.
    pub digest: String,
    pub bytes: Vec<u8>,
}

/// One subscription of a tenant.
#[derive(Clone, Debug)]
pub struct ModuleGrant {
    pub module: String,
    pub version: String,
    pub digest: String,
    pub grants: Vec<Capability>,
    /// What narrows some of the grants to some equipment.
    pub scopes: Vec<Scope>,
    /// When people and systems can read and nothing more.
    pub read_only: Option<ReadOnly>,
}

/// From when on a module can only be read: what it says is kept, and what happens is told to it, so that nothing is missing
/// once it may be used again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadOnly {
    /// What callers are refused with.
    pub refusal: ProblemKind,
    pub from: Instant,
    /// None: until other entitlements come.
    pub until: Option<Instant>,
}

impl ReadOnly {
    /// Whether it holds at this time.
    pub fn holds(&self, now: Instant) -> bool {
        self.from <= now && self.until.is_none_or(|until| now < until)
    }
}

/// A module ready to be called.
pub struct Loaded {
    pub digest: String,
    pub manifest: Manifest,
    pub wanted: Vec<Wanted>,
    /// What people call what it has; from the package inside the verified bytes.
    pub words: Arc<Wording>,
    /// What it offers beside its work; from the same package.
    pub offered: Offered,
    pub(crate) code: Module<Frame>,
    /// In the order of the manifest's records.
    pub(crate) tables: Vec<RecordTable>,
    pub(crate) health: Health,
}

impl std::fmt::Debug for Loaded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}@{} {}", self.manifest.module, self.manifest.version, self.digest)
    }
}

impl Loaded {
    pub(crate) fn table(&self, record: &str) -> Option<&RecordTable> {
        let at = self.manifest.records.iter().position(|def| def.name == record)?;
        self.tables.get(at)
    }

    /// Whether it is told of signals of this kind.
    pub fn follows(&self, kind: &str) -> bool {
        self.manifest.handlers.iter().any(|def| def.kind.signal() == Some(kind))
    }

    /// An operation by name: a command or query, never an event handler.
    pub fn operation(&self, name: &str) -> Option<(u32, &HandlerDef)> {
        self.manifest.handler(name).filter(|(_, handler)| handler.is_operation())
    }
}

/// A module with what a tenant granted it. Tenants that agreed to the same share one.
#[derive(Debug)]
pub(crate) struct Installed {
    pub module: Arc<Loaded>,
    pub grants: Vec<Capability>,
    pub scopes: Vec<Scope>,
}

impl Installed {
    /// Whether the tenant lets it know this signal of this equipment.
    pub fn may_follow(&self, signal: &str, equipment: &str) -> bool {
        let capability = Capability::Readings { signal: signal.to_owned() };
        self.may(&capability) && consent::reaches(&self.scopes, &capability, equipment)
    }

    pub fn may(&self, capability: &Capability) -> bool {
        self.grants.iter().any(|grant| grant.covers(capability))
    }

    /// What the module cannot work without and the tenant did not agree to. Nothing of it runs then.
    pub fn missing(&self) -> Option<&Capability> {
        capability::missing(&self.module.wanted, &self.grants)
    }

    /// Handlers that wait for events, with their numbers.
    pub fn listeners(&self) -> impl Iterator<Item = (u32, &HandlerDef)> {
        let complete = self.missing().is_none();
        let handlers = self.module.manifest.handlers.iter().enumerate().filter(move |_| complete);
        handlers.map(|(at, def)| (at as u32, def)).filter(|(_, def)| match &def.kind {
            HandlerKind::OnEvent { module, event } if !module.is_empty() && *module != self.module.manifest.module => {
                self.may(&Capability::Listen { module: module.clone(), event: event.clone() })
            }
            HandlerKind::OnEvent { .. } => true,
            kind => kind.signal().is_some_and(|signal| self.may(&Capability::Readings { signal: signal.to_owned() })),
        })
    }
}

/// A table seen through another module's declaration.
type ViewKey = (String, String, String);

/// Everything loaded in this process.
pub(crate) struct Modules {
    engine: Engine,
    compiler: Compiler,
    loaded: RwLock<HashMap<String, Arc<Loaded>>>,
    installed: Mutex<HashMap<String, Arc<Installed>>>,
    views: RwLock<HashMap<ViewKey, Arc<Result<RecordTable, String>>>>,
}

impl Modules {
    pub fn new(engine: Engine, compiler: Compiler) -> Self {
        Self { engine, compiler, loaded: RwLock::default(), installed: Mutex::default(), views: RwLock::default() }
    }

    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    pub fn get(&self, digest: &str) -> Option<Arc<Loaded>> {
        self.loaded.read().unwrap_or_else(PoisonError::into_inner).get(digest).cloned()
    }

    pub fn all(&self) -> Vec<Arc<Loaded>> {
        self.loaded.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// Compiles (or takes from the cache), links and describes a module. Slow: never in a tenant's turn.
    ///
    /// # Errors
    /// A sentence for the operator's log.
    pub fn load(&self, source: &ModuleSource) -> Result<Arc<Loaded>, String> {
        if let Some(known) = self.get(&source.digest) {
            return Ok(known);
        }
        let inspection = toolcrib_sandbox::inspect(&source.bytes)
            .map_err(|errors| errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))?;
        if inspection.digest != source.digest {
            return Err(format!("the bytes are {}, {} was promised", inspection.digest, source.digest));
        }
        let native = self.compiler.compile(&self.engine, &source.bytes).map_err(|error| error.to_string())?;
        let code = self.engine.load::<Frame>(&native).map_err(|error| error.to_string())?;
        let (_, manifest, _) = code.describe(Frame::outside(), Limits::default());
        let manifest = manifest.map_err(|fault| format!("{}: {}", fault.code, fault.detail))?;
        let major = manifest.version.split('.').next().and_then(|major| major.parse().ok()).unwrap_or(0);
        let tables: Vec<_> =
            manifest.records.iter().map(|def| RecordTable::new(&manifest.module, major, def)).collect();
        // Vetting refuses these; one that came past it must not keep its tenants' files from opening.
        if let Some((def, flaw)) =
            manifest.records.iter().zip(&tables).find_map(|(def, table)| Some((def, table.flaw()?)))
        {
            return Err(format!("record `{}` cannot be a table: {flaw}", def.name));
        }
        let (digest, wanted, health) = (source.digest.clone(), wanted(&manifest), Health::default());
        let words = Arc::new(words(&digest, inspection.package.as_deref()));
        let offered = Offered::of(&digest, inspection.package.as_deref(), &manifest);
        let loaded = Arc::new(Loaded { digest, wanted, words, offered, manifest, code, tables, health });
        self.loaded.write().unwrap_or_else(PoisonError::into_inner).insert(source.digest.clone(), loaded.clone());
        Ok(loaded)
    }

    /// The shared installation of this module with these grants; none while the module is not loaded, and none when the
    /// artifact says that it is another module than the one the tenant agreed to: it would get that one's records.
    pub fn install(&self, grant: &ModuleGrant) -> Option<Arc<Installed>> {
        let module = self.get(&grant.digest)?;
        if module.manifest.module != grant.module {
            tracing::error!(
                digest = grant.digest,
                says = module.manifest.module,
                agreed = grant.module,
                "An artifact is not the module it was taken for"
            );
            return None;
        }
        let mut texts: Vec<_> = grant.grants.iter().map(ToString::to_string).collect();
        texts.sort();
        // A tab stands in no code of equipment.
        texts.extend(grant.scopes.iter().map(|scope| {
            let equipment: Vec<_> = scope.equipment.iter().map(String::as_str).collect();
            format!("{}\t{}", scope.capability, equipment.join("\t"))
        }));
        let key = format!("{} {}", grant.digest, texts.join(" "));
        let mut installed = self.installed.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = installed.entry(key).or_insert_with(|| {
            Arc::new(Installed { module, grants: grant.grants.clone(), scopes: grant.scopes.clone() })
        });
        Some(entry.clone())
    }

    /// `record` of `owner` with the fields and indexes that `reader` declared.
    pub fn view(&self, reader: &Loaded, owner: &Loaded, record: &str) -> Arc<Result<RecordTable, String>> {
        let key = (reader.digest.clone(), owner.digest.clone(), record.to_owned());
        if let Some(view) = self.views.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return view.clone();
        }
        let view = Arc::new(make_view(reader, owner, record));
        self.views.write().unwrap_or_else(PoisonError::into_inner).insert(key, view.clone());
        view
    }

    /// What was counted of every version since the last time; versions that were not called are left out.
    pub fn take_health(&self) -> Vec<VersionCounts> {
        let loaded = self.loaded.read().unwrap_or_else(PoisonError::into_inner);
        let counts = loaded.values().map(|loaded| {
            let (invocations, faults) = loaded.health.take();
            let (module, version) = (loaded.manifest.module.clone(), loaded.manifest.version.clone());
            VersionCounts { module, version, digest: loaded.digest.clone(), invocations, faults }
        });
        counts.filter(|counts| counts.invocations > 0).collect()
    }

    pub fn nested(self: &Arc<Self>) -> Nested {
        Nested { modules: self.clone() }
    }
}

/// The names in a package. Words that are malformed, which vetting refuses, are as good as none.
fn words(digest: &str, package: Option<&[u8]>) -> Wording {
    let words = package.map_or_else(|| Ok(Wording::default()), Wording::of_package).map_err(|error| error.to_string());
    let flawed = |words: &Wording| check::form(words).first().map(|flaw| format!("{}: {}", flaw.key, flaw.what.en));
    match words.and_then(|words| flawed(&words).map_or(Ok(words), Err)) {
        Ok(words) => words,
        Err(flaw) => {
            tracing::warn!(digest, flaw, "The words of a module are not used");
            Wording::default()
        }
    }
}

fn make_view(reader: &Loaded, owner: &Loaded, record: &str) -> Result<RecordTable, String> {
    let name = &owner.manifest.module;
    let read = reader.manifest.read(name, record).ok_or_else(|| format!("`{name}/{record}` is not declared"))?;
    let def = owner.manifest.record(record).filter(|def| def.shared);
    let def = def.ok_or_else(|| format!("`{name}` does not share a record `{record}`"))?;
    let major = owner.manifest.version.split('.').next().and_then(|major| major.parse().ok()).unwrap_or(0);
    RecordTable::view(name, major, def, read).map_err(|error| error.to_string())
}

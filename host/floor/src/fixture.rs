//! Chance that counts, a clock that is set, and a floor on a directory, for the tests.

use crate::{AtTerminal, Floor, TerminalDraft};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use toolcrib_contract::types::{Instant, RawId};
use toolcrib_contract::world::{Chance, Clock};
use toolcrib_runtime::{DataDir, OpenFiles, Options, Runtime, TenantGrant, TenantOptions, World};
use toolcrib_sandbox::{ChildCommand, Compiler, CompilerOptions, Engine, EngineOptions};

/// Different bytes each time, the same ones in each test.
#[derive(Default)]
pub struct Counting(AtomicU64);

impl Chance for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        let count = self.0.fetch_add(1, Ordering::Relaxed);
        let mut state = count.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        for byte in bytes {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            *byte = (state >> 56) as u8;
        }
    }
}

/// A clock that is set by hand.
#[derive(Default)]
pub struct Still(pub AtomicI64);

impl Clock for Still {
    fn now(&self) -> Instant {
        Instant(self.0.load(Ordering::Relaxed))
    }
}

impl Still {
    pub fn set(&self, at: Instant) {
        self.0.store(at.0, Ordering::Relaxed);
    }
}

pub const TENANT: RawId = RawId([1; 16]);
pub const ADMIN: &str = "user:admin";

/// A host without modules, on a directory.
pub struct Host {
    pub floor: Floor,
    pub runtime: Runtime,
    pub clock: Arc<Still>,
}

impl Host {
    pub async fn start(folder: &Path) -> Self {
        let (clock, chance) = (Arc::new(Still::default()), Arc::new(Counting::default()));
        let child = ChildCommand { program: "nothing-is-compiled-here".into(), args: Vec::new() };
        let options = Options {
            data: Arc::new(DataDir::lock(folder).unwrap()),
            tenant: TenantOptions::default(),
            workers: 1,
            slow_workers: 1,
            open_tenants: 64,
            open_files: OpenFiles::UNBOUNDED,
        };
        let engine = Engine::new(EngineOptions { instances: 1, ..EngineOptions::default() }).unwrap();
        let compiler = Compiler::new(CompilerOptions { child, cache: None, secret: [0; 32] });
        let world = World { clock: clock.clone(), chance: chance.clone() };
        let runtime = Runtime::start(options, world, engine, compiler, None).unwrap();
        let grant = TenantGrant {
            id: TENANT,
            slug: "acme".into(),
            name: "Acme".into(),
            time_zone: "Asia/Shanghai".into(),
            active: true,
            modules: Vec::new(),
            stopped: Vec::new(),
            devices: Vec::new(),
            readings: Vec::new(),
        };
        runtime.apply(grant).await;
        Self { floor: Floor::new(runtime.clone(), clock.clone(), chance), runtime, clock }
    }

    /// A terminal that stands for two machines, and what its device keeps.
    pub async fn paired(&self, name: &str) -> (RawId, String) {
        let places = vec!["M1".to_owned(), "M2".to_owned()];
        let draft = TerminalDraft { name: name.to_owned(), places, shows: Vec::new() };
        let id = self.floor.save_terminal(TENANT, None, draft, ADMIN.into()).await.unwrap();
        let code = self.floor.offer_code(TENANT, id).await.unwrap();
        (id, self.floor.pair(&code.text).await.unwrap())
    }

    pub async fn at(&self, kept: &str) -> AtTerminal {
        self.floor.terminal_of(kept).await.unwrap()
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.runtime.stop();
    }
}

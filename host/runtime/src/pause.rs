//! Halting a module of one tenant for a while: nothing of it runs, its data can be read, and what happens meanwhile is told
//! to it when it goes on.

use crate::modules::{Installed, Loaded};
use crate::runtime::{Inner, Runtime};
use crate::scope::{Scope, no_such_tenant};
use crate::tenant::{Job, Open, Tenant};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tokio::sync::oneshot;
use toolcrib_contract::problem::{Problem, UNAVAILABLE};
use toolcrib_contract::types::{Instant, RawId};
use toolcrib_store::{AuditLine, StoreError, Writer};

/// Where a tenant's file keeps who halted a module, by the module's name.
const KEY: &str = "paused/";
/// A timer of a halted module looks again after so long, so that it is no later than that once the module goes on.
pub(crate) const LOOK_US: i64 = 60_000_000;

/// A module that runs again when somebody says so.
#[derive(Clone, Debug)]
pub(crate) struct Halted {
    pub installed: Arc<Installed>,
    pub note: Note,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Note {
    pub by: String,
    pub at_us: i64,
}

/// A halted module, as people see it.
#[derive(Clone, Debug)]
pub struct Paused {
    pub module: Arc<Loaded>,
    /// `user:<id>`
    pub by: String,
    pub since: Instant,
}

impl Halted {
    pub fn view(&self) -> Paused {
        let Note { by, at_us } = self.note.clone();
        Paused { module: self.installed.module.clone(), by, since: Instant(at_us) }
    }
}

/// What somebody asks for.
pub(crate) struct Halt {
    pub module: String,
    pub by: String,
    pub paused: bool,
}

impl Runtime {
    /// Halts a module of a tenant, or lets it go on; the answer comes after the commit. False when the tenant has no such
    /// module, or nothing changes.
    ///
    /// # Errors
    /// Unknown tenant or the disk.
    pub async fn pause(&self, tenant: RawId, module: &str, by: &str, paused: bool) -> Result<bool, Problem> {
        let tenant = self.inner.tenant(tenant).ok_or_else(no_such_tenant)?;
        let (reply, answer) = oneshot::channel();
        let halt = Halt { module: module.to_owned(), by: by.to_owned(), paused };
        self.inner.push(&tenant, Job::Pause(halt, reply));
        answer.await.unwrap_or_else(|_| Err(UNAVAILABLE.problem()))
    }
}

/// In the tenant's turn: keeps it in the file, and brings the scope in line.
pub(crate) fn run(inner: &Inner, tenant: &Tenant, open: &mut Open, halt: &Halt) -> Result<bool, StoreError> {
    let granted = tenant.granted();
    let key = format!("{KEY}{}", halt.module);
    let is_paused = open.writer.meta_get(&key)?.is_some();
    if granted.find(&halt.module).is_none() || is_paused == halt.paused {
        return Ok(false);
    }
    let now = inner.world.clock.now();
    if halt.paused {
        let note = Note { by: halt.by.clone(), at_us: now.0 };
        open.writer.meta_put(&key, &serde_json::to_vec(&note).unwrap_or_default())?;
    } else {
        open.writer.meta_delete(&key)?;
    }
    let action = if halt.paused { "paused" } else { "resumed" };
    open.writer.audit(&AuditLine { at: now, actor: &halt.by, action, module: &halt.module, detail_json: "{}" })?;
    crate::files::bring_in_line(inner, tenant, open, &granted)?;
    Ok(true)
}

/// The halted ones of a scope's modules.
pub(crate) fn halted(writer: &mut Writer, scope: &Scope) -> Result<Vec<Halted>, StoreError> {
    let kept = writer.meta_scan(KEY)?;
    let halted = kept.into_iter().filter_map(|(key, note)| {
        let installed = scope.find(&key[KEY.len()..])?.clone();
        Some(Halted { installed, note: serde_json::from_slice(&note).ok()? })
    });
    Ok(halted.collect())
}

/// Forgets that a module was halted: whoever subscribes again finds it running.
pub(crate) fn forget(writer: &mut Writer, module: &str) -> Result<(), StoreError> {
    writer.meta_delete(&format!("{KEY}{module}"))
}

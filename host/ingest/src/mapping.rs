//! The rules of every tenant: kept with its data, followed by its interpreter, changed by people.

use crate::payload::{Interpreter, RULES, Rules, Unknowns};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use toolcrib_contract::limits;
use toolcrib_contract::problem::{INTERNAL, LIMIT_REACHED, NOT_FOUND, Problem};
use toolcrib_contract::types::{Instant, RawId};
use toolcrib_runtime::{NewSetting, Runtime};

/// The setting that holds the rules; also what the audit calls a change of them.
const SETTING: &str = "mapping";

/// A tenant's interpreter, shared by whoever hears its messages and whoever changes its rules.
pub type Shared = Arc<Mutex<Interpreter>>;

/// Rules as they are kept.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Kept {
    /// 0: none were kept yet.
    pub version: u64,
    pub changed: Option<(Instant, String)>,
    pub rules: Rules,
}

/// The rules of every tenant of a host.
pub struct Mapping {
    runtime: Runtime,
    tenants: Mutex<HashMap<RawId, Shared>>,
    /// Rules are loaded or changed one after the other, so that nobody follows old ones.
    turn: tokio::sync::Mutex<()>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Mapping {
    pub fn new(runtime: Runtime) -> Self {
        Self { runtime, tenants: Mutex::default(), turn: tokio::sync::Mutex::default() }
    }

    /// The rules of a tenant.
    ///
    /// # Errors
    /// Unknown tenant or the disk.
    pub async fn kept(&self, tenant: RawId) -> Result<Kept, Problem> {
        let Some(setting) = self.runtime.setting(tenant, SETTING).await? else { return Ok(Kept::default()) };
        // They were checked when they were kept.
        let rules = serde_json::from_str(&setting.json).map_err(|error| INTERNAL.because(error.to_string()))?;
        Ok(Kept { version: setting.version, changed: Some((setting.at(), setting.by)), rules })
    }

    /// Keeps rules instead of those of version `replaces`, and follows them; their version.
    ///
    /// # Errors
    /// `bad-input` for rules that cannot be followed, `conflict` when somebody was faster; unknown tenant or the disk.
    pub async fn put(&self, tenant: RawId, replaces: u64, rules: Rules, by: &str) -> Result<u64, Problem> {
        rules.check()?;
        let json = serde_json::to_string(&rules).map_err(|error| INTERNAL.because(error.to_string()))?;
        let detail = format!("{{\"version\":{},\"rules\":{}}}", replaces + 1, rules.rules.len());
        let _turn = self.turn.lock().await;
        let new = NewSetting { name: SETTING, replaces, json, by: by.to_owned(), detail };
        let version = self.runtime.set(tenant, new).await?;
        if let Some(interpreter) = self.loaded(tenant) {
            lock(&interpreter).set_rules(rules);
        }
        Ok(version)
    }

    /// Takes an unknown value in, by the rule that was suggested for it; the version of the rules with it.
    ///
    /// # Errors
    /// `not-found` when there is no such value any more, `limit-reached`, else as [`Mapping::put`].
    pub async fn adopt(&self, tenant: RawId, place: &str, by: &str) -> Result<u64, Problem> {
        let found = self.unknown(tenant).list().into_iter().find(|unknown| unknown.place == place);
        let unknown =
            found.ok_or_else(|| NOT_FOUND.because("this value is taken in already, or did not come again"))?;
        let Kept { version, mut rules, .. } = self.kept(tenant).await?;
        if rules.rules.len() >= RULES {
            return Err(LIMIT_REACHED.because(format!("a tenant has at most {RULES} rules")));
        }
        rules.rules.push(unknown.rule);
        self.put(tenant, version, rules, by).await
    }

    /// What no rule of a tenant fitted since the host runs and the rules are in force.
    pub fn unknown(&self, tenant: RawId) -> Unknowns {
        self.loaded(tenant).map(|interpreter| lock(&interpreter).unknown().clone()).unwrap_or_default()
    }

    /// The tenant's interpreter. At first it is told the rules, and what is stored of counters.
    ///
    /// # Errors
    /// Unknown tenant or the disk.
    pub async fn interpreter(&self, tenant: RawId) -> Result<Shared, Problem> {
        if let Some(loaded) = self.loaded(tenant) {
            return Ok(loaded);
        }
        let _turn = self.turn.lock().await;
        if let Some(loaded) = self.loaded(tenant) {
            return Ok(loaded);
        }
        let mut interpreter = Interpreter::new(self.kept(tenant).await?.rules);
        // Also without a counting rule: one may be added while this interpreter runs.
        for signal in self.runtime.signals(tenant, String::new(), limits::SIGNALS as u32).await? {
            interpreter.recall(signal.name, signal.last_at, &signal.last_value);
        }
        let shared = Arc::new(Mutex::new(interpreter));
        lock(&self.tenants).insert(tenant, shared.clone());
        Ok(shared)
    }

    fn loaded(&self, tenant: RawId) -> Option<Shared> {
        lock(&self.tenants).get(&tenant).cloned()
    }
}

//! A tenant's files: opened in its turn, and brought in line with what the tenant agreed to.

use crate::deliver;
use crate::lag::Lag;
use crate::modules::Installed;
use crate::pause::{self, Halted};
use crate::runtime::Inner;
use crate::scope::Scope;
use crate::signals::Signals;
use crate::spans::Written;
use crate::tenant::{Job, Open, ReadingsSlot, Tenant, WriterSlot, lock};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tokio::sync::oneshot;
use toolcrib_contract::problem::{Problem, UNAVAILABLE};
use toolcrib_contract::types::Instant;
use toolcrib_store::{AuditLine, StoreError, SubscriptionRow};

/// Disk errors after which a tenant's files stay closed until somebody looked and restarted the host.
pub(crate) const DISK_ERRORS: u32 = 2;

/// Opens a tenant's files and brings them in line with its scope. In the tenant's turn.
pub(crate) fn open(inner: &Arc<Inner>, tenant: &Tenant) -> Result<Box<Open>, StoreError> {
    let errors = tenant.disk_errors.load(Ordering::Relaxed);
    if errors >= DISK_ERRORS {
        return Err(StoreError::Io("two disk errors; the tenant stays closed until the host restarts".to_owned()));
    }
    let mut writer = tenant.home.writer(&inner.options.tenant)?;
    writer.resume(*lock(&tenant.seen));
    if errors > 0 {
        writer.integrity()?;
    }
    let readings = ReadingsSlot::new(tenant.home.clone(), inner.options.tenant.clone());
    let (writer, scope) = (WriterSlot::new(writer), tenant.granted());
    let (consumers, signals, tidy_at) = (Vec::new(), Signals::default(), Instant::MIN);
    let (untidied, wary, lag, written, scope_too) = (0, 0, Lag::default(), Written::default(), scope.clone());
    let mut open = Box::new(Open {
        writer,
        readings,
        consumers,
        signals,
        tidy_at,
        untidied,
        wary,
        lag,
        written,
        scope: scope_too,
    });
    if tenant.is_aligned.load(Ordering::Acquire) {
        // Of what was agreed to, what the file lets be in force: without modules that are left out or halted.
        open.scope = tenant.scope();
        stand(inner, &mut open)?;
        return Ok(open);
    }
    open.writer.begin()?;
    align(inner, &mut open, &scope)?;
    open.writer.commit()?;
    tenant.set_scope(open.scope.clone());
    tenant.is_aligned.store(true, Ordering::Release);
    Ok(open)
}

/// Takes a new scope into force, inside the turn's transaction.
pub(crate) fn apply(inner: &Inner, tenant: &Tenant, open: &mut Open, scope: &Arc<Scope>) -> Result<(), StoreError> {
    // At once, and whatever becomes of the files: what was revoked must not run again.
    tenant.grant(scope.clone());
    bring_in_line(inner, tenant, open, scope)
}

/// Makes of what was agreed to what is in force, inside the turn's transaction.
pub(crate) fn bring_in_line(
    inner: &Inner,
    tenant: &Tenant,
    open: &mut Open,
    granted: &Arc<Scope>,
) -> Result<(), StoreError> {
    align(inner, open, granted)?;
    tenant.set_scope(open.scope.clone());
    Ok(())
}

/// Brings the file in line with a scope. A module whose stored records cannot become what it declares is left out, and
/// keeps its place in the log until a version comes that can.
fn align(inner: &Inner, open: &mut Open, scope: &Arc<Scope>) -> Result<(), StoreError> {
    if is_outdated(inner, open, scope) {
        return follow_rows(inner, open, scope);
    }
    let before = open.writer.subscriptions()?;
    let now = inner.world.clock.now();
    let mut left_out = Vec::new();
    for installed in &scope.installed {
        let loaded = &installed.module;
        let row = row_of(installed, now);
        if before.iter().any(|known| is_same(known, &row)) {
            continue;
        }
        match open.writer.install(&loaded.tables) {
            Ok(()) => record(open, &row, "subscribed", now)?,
            Err(StoreError::Incompatible(why) | StoreError::Malformed(why)) => {
                tracing::error!(tenant = %scope.slug, module = row.module, version = row.version, why, "A module does not fit the tenant's data and is left out");
                left_out.push(row.module);
            }
            Err(error) => return Err(error),
        }
    }
    let is_here = |module: &str| scope.find(module).is_some() || scope.stopped(module).is_some();
    let is_gone = |row: &&SubscriptionRow| row.state == "active" && !is_here(&row.module);
    for gone in before.iter().filter(is_gone) {
        let row = SubscriptionRow { state: "cancelled".to_owned(), since: now, ..gone.clone() };
        record(open, &row, "cancelled", now)?;
        // What happens while a module is away is not told to it later.
        open.writer.drop_consumers(&row.module)?;
        pause::forget(&mut open.writer, &row.module)?;
    }
    let snapshot = number(inner, scope);
    if open.writer.entitled().is_some_and(|newest| newest < snapshot) {
        open.writer.entitle(snapshot)?;
    }
    let halted = pause::halted(&mut open.writer, scope)?;
    open.scope = without(scope, &left_out, halted);
    stand(inner, open)
}

/// The number of the entitlements that this host knows for the tenant.
fn number(inner: &Inner, scope: &Scope) -> u64 {
    scope.snapshot.max(inner.snapshot.load(Ordering::Acquire))
}

/// Whether another host brought the tenant in line with entitlements that this one has not heard of yet.
fn is_outdated(inner: &Inner, open: &Open, scope: &Scope) -> bool {
    open.writer.entitled().is_some_and(|newest| newest > number(inner, scope))
}

/// Of an older agreement: what the tenant's subscriptions say stays, and a module that is not among them any more does not
/// run here either. The rest goes on as it was until this host hears the same.
fn follow_rows(inner: &Inner, open: &mut Open, scope: &Arc<Scope>) -> Result<(), StoreError> {
    let rows = open.writer.subscriptions()?;
    let is_active = |name: &str| rows.iter().any(|row| row.module == name && row.state == "active");
    let names = scope.installed.iter().map(|installed| installed.module.manifest.module.clone());
    let left_out: Vec<_> = names.filter(|name| !is_active(name)).collect();
    let halted = pause::halted(&mut open.writer, scope)?;
    open.scope = without(scope, &left_out, halted);
    stand(inner, open)
}

/// The same after another host changed the tenant: also which modules are halted may be others.
pub(crate) fn stand_anew(inner: &Inner, tenant: &Tenant, open: &mut Open) -> Result<(), StoreError> {
    let granted = tenant.granted();
    if is_outdated(inner, open, &granted) {
        follow_rows(inner, open, &granted)?;
        tenant.set_scope(open.scope.clone());
        return Ok(());
    }
    if !is_in_line(open, &granted)? {
        return bring_in_line(inner, tenant, open, &granted);
    }
    let is_in = |name: &str| open.scope.find(name).is_some() || open.scope.halted(name).is_some();
    let names = granted.installed.iter().map(|installed| installed.module.manifest.module.clone());
    let left_out: Vec<_> = names.filter(|name| !is_in(name)).collect();
    let halted = pause::halted(&mut open.writer, &granted)?;
    let were = open.scope.halted.iter().map(|halted| (&halted.installed.module.digest, &halted.note));
    if !were.eq(halted.iter().map(|halted| (&halted.installed.module.digest, &halted.note))) {
        open.scope = without(&granted, &left_out, halted);
        tenant.set_scope(open.scope.clone());
    }
    stand(inner, open)
}

/// Whether the tenant's rows say of what runs what was agreed to. They do not when the tenant came from an archive while
/// this host served it: then tables of its modules may not be known as its own yet.
fn is_in_line(open: &mut Open, granted: &Scope) -> Result<bool, StoreError> {
    let rows = open.writer.subscriptions()?;
    let halted = open.scope.halted.iter().map(|halted| &halted.installed);
    let mut runs = open.scope.installed.iter().chain(halted);
    let is_written = |installed: &Arc<Installed>| rows.iter().any(|row| is_same(row, &row_of(installed, row.since)));
    let is_here = |module: &str| granted.find(module).is_some() || granted.stopped(module).is_some();
    Ok(runs.all(is_written) && rows.iter().all(|row| row.state != "active" || is_here(&row.module)))
}

/// What is written down of a subscription.
fn row_of(installed: &Installed, since: Instant) -> SubscriptionRow {
    let loaded = &installed.module;
    let grants: Vec<_> = installed.grants.iter().map(ToString::to_string).collect();
    SubscriptionRow {
        module: loaded.manifest.module.clone(),
        version: loaded.manifest.version.clone(),
        digest: loaded.digest.clone(),
        state: "active".to_owned(),
        grants_json: serde_json::to_string(&grants).unwrap_or_default(),
        since,
    }
}

/// Reads how far the tenant's consumers and signals came.
fn stand(inner: &Inner, open: &mut Open) -> Result<(), StoreError> {
    let scope = open.scope.clone();
    open.consumers = deliver::consumers(&mut open.writer, &scope)?;
    open.signals = Signals::load(&mut open.writer, &mut open.readings, &scope, inner.started)?;
    Ok(())
}

fn is_same(known: &SubscriptionRow, row: &SubscriptionRow) -> bool {
    let key = |row: &SubscriptionRow| [&row.module, &row.digest, &row.grants_json, &row.state].map(Clone::clone);
    key(known) == key(row)
}

fn without(scope: &Arc<Scope>, left_out: &[String], halted: Vec<Halted>) -> Arc<Scope> {
    if left_out.is_empty() && halted.is_empty() {
        return scope.clone();
    }
    let mut rest = Scope::clone(scope);
    let is_halted = |name: &String| halted.iter().any(|halted| halted.installed.module.manifest.module == *name);
    rest.installed.retain(|installed| {
        let name = &installed.module.manifest.module;
        !left_out.contains(name) && !is_halted(name)
    });
    let may_return = |halted: &Halted| !left_out.contains(&halted.installed.module.manifest.module);
    rest.halted = halted.into_iter().filter(may_return).collect();
    Arc::new(rest)
}

fn record(open: &mut Open, row: &SubscriptionRow, action: &str, now: Instant) -> Result<(), StoreError> {
    open.writer.put_subscription(row)?;
    let detail = serde_json::json!({
        "version": row.version, "digest": row.digest,
        "grants": serde_json::from_str::<serde_json::Value>(&row.grants_json).unwrap_or_default(),
    });
    let detail = detail.to_string();
    open.writer.audit(&AuditLine { at: now, actor: "registry", action, module: &row.module, detail_json: &detail })
}

/// Waits until a reader can be had: at once when the file is known to be in line with what the tenant agreed to.
pub(crate) async fn ensure_open(inner: &Inner, tenant: &Arc<Tenant>) -> Result<(), Problem> {
    if tenant.is_open.load(Ordering::Acquire) {
        return Ok(());
    }
    if tenant.is_aligned.load(Ordering::Acquire) {
        // Whoever tends the files closes what the reader opens.
        tenant.is_open.store(true, Ordering::Release);
        return Ok(());
    }
    let (reply, opened) = oneshot::channel();
    inner.push(tenant, Job::Open(reply));
    opened.await.unwrap_or_else(|_| Err(UNAVAILABLE.problem()))
}

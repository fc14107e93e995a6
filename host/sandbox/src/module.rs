//! A loaded module and the call: a fresh instance, within limits, with the caller's host, which always comes back.

use crate::bindings;
use crate::bindings::toolcrib::module::guest_types::Invocation as WitInvocation;
use crate::engine::TICK;
use crate::fault;
use crate::imports::State;
use crate::limits::{Allowance, Limits, Meter, Usage};
use std::cell::Cell;
use std::time::Duration;
use toolcrib_contract::codec::Decode;
use toolcrib_contract::host::{Failure, Fault, Host, Invocation, fault as codes};
use toolcrib_contract::{Manifest, limits};
use wasmtime::{Store, StoreContextMut, UpdateDeadline};

/// A module, linked once for hosts of type `H`. Clones share it.
pub struct Module<H: 'static> {
    pre: bindings::ModulePre<State<H>>,
    fuel: bool,
}

impl<H> Clone for Module<H> {
    fn clone(&self) -> Self {
        Self { pre: self.pre.clone(), fuel: self.fuel }
    }
}

/// One call of one handler.
#[derive(Clone, Debug)]
pub struct Call<'a> {
    /// Position among the manifest's handlers.
    pub handler: u32,
    pub invocation: &'a Invocation,
    /// Encoded value of the handler's input type.
    pub input: &'a [u8],
    pub limits: Limits,
}

/// How a call ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Encoded value of the handler's output type, at most [`limits::OUTPUT_BYTES`]; not checked against the type.
    Output(Vec<u8>),
    /// The module decided.
    Failed(Failure),
    /// The module, or the host, broke down.
    Faulted(Fault),
}

impl<H: Host + Send + 'static> Module<H> {
    pub(crate) fn new(pre: bindings::ModulePre<State<H>>, fuel: bool) -> Self {
        Self { pre, fuel }
    }

    /// Makes an instance and drops it: whether the module starts here, and what that alone costs.
    pub fn instantiate(&self, host: H, limits: Limits) -> (H, Result<(), Fault>, Usage) {
        self.run(host, limits, |_, _| Ok(()))
    }

    /// The manifest. The host should answer nothing: what a module is does not depend on where it is.
    pub fn describe(&self, host: H, limits: Limits) -> (H, Result<Manifest, Fault>, Usage) {
        let (host, bytes, usage) = self.describe_bytes(host, limits);
        let manifest = bytes.and_then(|bytes| {
            Manifest::from_bytes(&bytes).map_err(|error| Fault {
                code: codes::MALFORMED,
                detail: format!("`describe` returned no manifest: {error}"),
            })
        });
        (host, manifest, usage)
    }

    /// The manifest's bytes: vetting compares those of two runs.
    pub fn describe_bytes(&self, host: H, limits: Limits) -> (H, Result<Vec<u8>, Fault>, Usage) {
        let (host, bytes, usage) = self.run(host, limits, |module, store| module.call_describe(store));
        (host, bytes.and_then(bounded), usage)
    }

    /// Runs a handler in a fresh instance on the caller's thread, which needs [`crate::THREAD_STACK_BYTES`] when the
    /// host makes nested calls. The host comes back however the call ended.
    pub fn call(&self, host: H, call: Call<'_>) -> (H, Ended, Usage) {
        let Invocation { now, seed, actor, role } = call.invocation;
        let invocation = WitInvocation { now_us: now.0, seed: *seed, actor: actor.clone(), role: role.clone() };
        let (host, result, usage) = self
            .run(host, call.limits, |module, store| module.call_handle(store, call.handler, &invocation, call.input));
        let ended = match result {
            Ok(Ok(output)) => bounded(output).map_or_else(Ended::Faulted, Ended::Output),
            Ok(Err(failure)) => Ended::Failed(failure.into()),
            Err(fault) => Ended::Faulted(fault),
        };
        (host, ended, usage)
    }

    fn run<T>(
        &self,
        host: H,
        limits: Limits,
        act: impl FnOnce(&bindings::Module, &mut Store<State<H>>) -> wasmtime::Result<T>,
    ) -> (H, Result<T, Fault>, Usage) {
        let Some(_level) = Level::enter() else { return (host, Err(too_deep()), Usage::default()) };
        let _allowance = Allowance::begin();
        let fuel = limits.fuel.unwrap_or(u64::MAX);
        let ticks = ticks(limits.wall.min(limits.busy));
        let mut store = Store::new(self.pre.engine(), State { host, meter: Meter::new(limits) });
        store.limiter(|state| &mut state.meter);
        store.set_epoch_deadline(ticks);
        store.epoch_deadline_callback(on_tick);
        store.set_hostcall_fuel(limits::HOST_CALL_BYTES);
        let fuelled = if self.fuel { store.set_fuel(fuel) } else { Ok(()) };
        let result =
            fuelled.and_then(|()| self.pre.instantiate(&mut store)).and_then(|module| act(&module, &mut store));
        let burnt = if self.fuel { fuel - store.get_fuel().unwrap_or(0) } else { 0 };
        let State { host, meter } = store.into_data();
        let result = result.map_err(|error| fault::of(&error, &meter));
        (host, result, meter.usage(burnt))
    }
}

/// Looks at the real clock whenever the coarse one says that time is up: never too early, at most a tick late.
fn on_tick<H>(store: StoreContextMut<'_, State<H>>) -> wasmtime::Result<UpdateDeadline> {
    Ok(store.data().meter.left().map_or(UpdateDeadline::Interrupt, |left| UpdateDeadline::Continue(ticks(left))))
}

fn ticks(wall: Duration) -> u64 {
    u64::try_from(wall.as_nanos().div_ceil(TICK.as_nanos())).unwrap_or(u64::MAX >> 1).clamp(1, u64::MAX >> 1)
}

fn bounded(output: Vec<u8>) -> Result<Vec<u8>, Fault> {
    if output.len() > limits::OUTPUT_BYTES {
        return Err(Fault {
            code: codes::LIMIT,
            detail: format!("more than {} bytes of output", limits::OUTPUT_BYTES),
        });
    }
    Ok(output)
}

thread_local! {
    /// Calls inside one another on this thread.
    static LEVELS: Cell<u32> = const { Cell::new(0) };
}

/// One call's place on this thread's stack.
struct Level;

impl Level {
    /// None when [`limits::NESTING`] calls are already inside one another: the next could overflow the thread's stack.
    fn enter() -> Option<Self> {
        let levels = LEVELS.get();
        (levels < limits::NESTING).then(|| {
            LEVELS.set(levels + 1);
            Self
        })
    }
}

impl Drop for Level {
    fn drop(&mut self) {
        LEVELS.set(LEVELS.get() - 1);
    }
}

fn too_deep() -> Fault {
    Fault { code: codes::LIMIT, detail: format!("more than {} calls inside one another", limits::NESTING) }
}

//! What one call may use, and what it used.

use crate::fault::Stopped;
use std::cell::Cell;
use std::time::{Duration, Instant};
use toolcrib_contract::host::{Fault, fault};
use toolcrib_contract::limits;
use wasmtime::ResourceLimiter;

/// Stack for a thread that calls modules which call modules: [`limits::NESTING`] stacks of [`limits::STACK_BYTES`] above
/// one another, and as much again for the host between them. A thread with less may call modules that call no others.
pub const THREAD_STACK_BYTES: usize = 8 << 20;

/// Frames of a backtrace.
pub(crate) const MAX_FRAMES: usize = 20;

/// Bounds of one call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// From before the instance is made until the answer is read; never cut short, over by a few milliseconds at most,
    /// unless the host itself blocks.
    pub wall: Duration,
    /// The same without the time for which a connector waited.
    pub busy: Duration,
    /// WebAssembly operations; none: unlimited. Needs an engine with fuel.
    pub fuel: Option<u64>,
    /// Linear memory, all memories together, those of calls around this one included.
    pub memory_bytes: usize,
    /// Table elements, all tables together, likewise.
    pub table_elements: usize,
}

impl Default for Limits {
    /// The published ones, without a bound on operations.
    fn default() -> Self {
        Self {
            wall: Duration::from_millis(limits::CALL_MS),
            busy: Duration::from_millis(limits::CALL_MS),
            fuel: None,
            memory_bytes: limits::MEMORY_BYTES,
            table_elements: limits::TABLE_ELEMENTS,
        }
    }
}

/// What one call used, also when it failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Microseconds of wall time, host calls included.
    pub wall_us: u64,
    /// WebAssembly operations; 0 on an engine without fuel.
    pub fuel: u64,
    /// Linear memory at the end, all memories together.
    pub memory_bytes: usize,
    /// Table elements at the end.
    pub table_elements: usize,
    /// Calls into the host.
    pub host_calls: u64,
    /// Bytes that crossed in host calls, both ways.
    pub host_call_bytes: u64,
}

thread_local! {
    /// Memory and table elements of the calls inside one another on this thread: nested calls share one allowance.
    static IN_USE: Cell<(usize, usize)> = const { Cell::new((0, 0)) };
}

/// Gives back what one call had, when it is over.
pub(crate) struct Allowance((usize, usize));

impl Allowance {
    pub fn begin() -> Self {
        Self(IN_USE.get())
    }
}

impl Drop for Allowance {
    fn drop(&mut self) {
        IN_USE.set(self.0);
    }
}

/// Watches one call.
pub(crate) struct Meter {
    started: Instant,
    waited: Duration,
    limits: Limits,
    memory_bytes: usize,
    table_elements: usize,
    pub host_calls: u64,
    pub host_call_bytes: u64,
}

impl Meter {
    pub fn new(limits: Limits) -> Self {
        let started = Instant::now();
        let waited = Duration::ZERO;
        Self { started, waited, limits, memory_bytes: 0, table_elements: 0, host_calls: 0, host_call_bytes: 0 }
    }

    /// Time left; none when it is over.
    pub fn left(&self) -> Option<Duration> {
        let elapsed = self.started.elapsed();
        let wall = self.limits.wall.checked_sub(elapsed)?;
        let busy = self.limits.busy.checked_sub(elapsed.saturating_sub(self.waited))?;
        Some(wall.min(busy)).filter(|left| !left.is_zero())
    }

    /// Does what the module need not answer for with its own time.
    pub fn waiting<T>(&mut self, wait: impl FnOnce() -> T) -> T {
        let began = Instant::now();
        let done = wait();
        self.waited += began.elapsed();
        done
    }

    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The fault of a call that ran out of time.
    pub fn overtime(&self) -> Fault {
        let Limits { wall, busy, .. } = self.limits;
        let detail = if self.started.elapsed() < wall {
            format!("more than {} ms of its own computing in one call", busy.as_millis())
        } else {
            format!("more than {} ms of wall time for one call", wall.as_millis())
        };
        Fault { code: fault::TIMEOUT, detail }
    }

    pub fn usage(&self, fuel: u64) -> Usage {
        Usage {
            wall_us: self.started.elapsed().as_micros() as u64,
            fuel,
            memory_bytes: self.memory_bytes,
            table_elements: self.table_elements,
            host_calls: self.host_calls,
            host_call_bytes: self.host_call_bytes,
        }
    }

    /// A sum with a growth, or the limit's name.
    fn grown(total: usize, growth: usize, max: usize, what: &str) -> Result<usize, Stopped> {
        let sum = total.checked_add(growth).filter(|sum| *sum <= max);
        sum.ok_or_else(|| Stopped(Fault { code: fault::LIMIT, detail: format!("more than {max} {what}") }))
    }
}

/// A growth over the limit is a trap, not a failed `memory.grow`: the provider then reads which limit it was.
///
/// A growth that is allowed here and then fails stays counted: that is the operating system's failure only, and an undo
/// could be provoked by growths that never asked here.
impl ResourceLimiter for Meter {
    fn memory_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        let (growth, max) = (desired.saturating_sub(current), self.limits.memory_bytes);
        let (memory, tables) = IN_USE.get();
        let memory = Self::grown(memory, growth, max, "bytes of linear memory, all memories together")?;
        IN_USE.set((memory, tables));
        self.memory_bytes += growth;
        Ok(true)
    }

    fn table_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        let (growth, max) = (desired.saturating_sub(current), self.limits.table_elements);
        let (memory, tables) = IN_USE.get();
        let tables = Self::grown(tables, growth, max, "table elements, all tables together")?;
        IN_USE.set((memory, tables));
        self.table_elements += growth;
        Ok(true)
    }
}

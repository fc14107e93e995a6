//! From whatever ended a call to a typed fault that a provider can act on.

use crate::limits::Meter;
use toolcrib_contract::host::{Fault, fault};
use toolcrib_contract::limits;
use wasmtime::{PoolConcurrencyLimitError, Trap, WasmBacktrace};

/// Characters of a fault's detail.
const DETAIL_CHARS: usize = 1_500;

/// A fault on its way through the module to the caller: as an error of a host function it ends the call.
#[derive(Debug)]
pub(crate) struct Stopped(pub Fault);

impl std::fmt::Display for Stopped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.0.code, self.0.detail)
    }
}
impl std::error::Error for Stopped {}

/// The fault of an error that ended a call.
pub(crate) fn of(error: &wasmtime::Error, meter: &Meter) -> Fault {
    if let Some(Stopped(fault)) = error.downcast_ref() {
        return fault.clone();
    }
    if error.is::<PoolConcurrencyLimitError>() {
        let detail = "the host has no free instance; it runs as many calls at once as it was configured for";
        return Fault { code: fault::HOST, detail: detail.to_owned() };
    }
    let (code, what) = match error.downcast_ref::<Trap>() {
        Some(Trap::Interrupt) => return meter.overtime(),
        Some(Trap::OutOfFuel) => {
            let max = meter.limits().fuel.unwrap_or_default();
            (fault::TIMEOUT, format!("more than {max} WebAssembly operations for one call"))
        }
        Some(Trap::StackOverflow) => (fault::LIMIT, format!("more than {} bytes of stack", limits::STACK_BYTES)),
        Some(trap) => (fault::TRAP, trap.to_string().trim_start_matches("wasm trap: ").to_owned()),
        None => untyped(error),
    };
    let mut detail = what;
    if let Some(places) = error.downcast_ref().and_then(places) {
        detail = format!("{detail}, in {places}");
    }
    Fault { code, detail: detail.chars().take(DETAIL_CHARS).collect() }
}

/// Errors that wasmtime gives no public type.
fn untyped(error: &wasmtime::Error) -> (&'static str, String) {
    let text = error.root_cause().to_string();
    if text.contains("fuel allocated for hostcalls") {
        return (fault::LIMIT, format!("more than {} bytes in one host call", limits::HOST_CALL_BYTES));
    }
    (fault::TRAP, text)
}

/// Where it happened: the functions, innermost first.
fn places(backtrace: &WasmBacktrace) -> Option<String> {
    // The names are demangled only in the backtrace's own text: `   0: 0x1a2 - <unknown>!shop::close_stop`.
    let text = backtrace.to_string();
    let names = text.lines().filter_map(|line| {
        let (_, place) = line.split_once(" - ")?;
        Some(place.split_once('!').map_or(place, |(_, name)| name).trim())
    });
    let joined = names.take(crate::limits::MAX_FRAMES).collect::<Vec<_>>().join(" < ");
    (!joined.is_empty()).then_some(joined)
}

//! One call of one handler in the sandbox, from a given moment of a tenant, and everything seen of it.

use super::dice::Dice;
use super::watched::{Plan, Seen, Watched};
use crate::checks::costs::Sample;
use toolcrib_contract::host::{Fault, Invocation, fault};
use toolcrib_contract::manifest::{HandlerDef, HandlerKind};
use toolcrib_contract::memory::{self, Memory, Stop, Used};
use toolcrib_contract::value::from_bytes;
use toolcrib_sandbox::{Call, Ended, Limits, Module, Usage};

/// WebAssembly operations of one call; about the wall limit of a slow host.
pub(super) const CALL_FUEL: u64 = 2_000_000_000;

/// What one call did.
pub(super) struct Attempt {
    pub outcome: Result<Vec<u8>, Stop>,
    pub seen: Seen,
    pub used: Used,
    pub usage: Usage,
}

impl Attempt {
    /// For the cost card; only of calls that succeeded.
    pub fn sample(&self) -> Option<Sample> {
        let output = self.outcome.as_ref().ok()?;
        Some(Sample {
            fuel: self.usage.fuel,
            memory_bytes: self.usage.memory_bytes as u64,
            rows_read: self.used.rows_read,
            rows_written: self.used.rows_written,
            events: self.used.events,
            output_bytes: output.len() as u64,
        })
    }
}

/// One call.
#[derive(Clone, Copy)]
pub(super) struct Ask<'a> {
    pub number: u32,
    pub handler: &'a HandlerDef,
    pub invocation: &'a Invocation,
    pub input: &'a [u8],
    pub plan: Option<Plan>,
    /// Seed of the answers that stand in for other modules; none: nobody answers.
    pub stand_in: Option<u64>,
}

/// Runs a handler on a memory whose invocation is open, and leaves it open.
pub(super) fn run(module: &Module<Watched>, mut memory: Memory, ask: &Ask<'_>) -> (Memory, Attempt) {
    if ask.handler.kind == HandlerKind::Connector {
        memory.operate_with(operate(module.clone(), ask.stand_in));
    }
    let limits = Limits { fuel: Some(CALL_FUEL), ..Limits::default() };
    let call = Call { handler: ask.number, invocation: ask.invocation, input: ask.input, limits };
    let host = Watched::new(memory, ask.plan, ask.stand_in.map(|seed| Dice::new(seed, 0)));
    let (Watched { memory, seen, .. }, ended, usage) = module.call(host, call);
    let outcome = match ended {
        Ended::Output(output) => Ok(output),
        Ended::Failed(failure) => Err(Stop::Failed(failure)),
        Ended::Faulted(fault) => Err(Stop::Fault(fault)),
    };
    let used = memory.used();
    (memory, Attempt { outcome, seen, used, usage })
}

/// How a connector's own operations run: in the sandbox, each in its transaction.
fn operate(
    module: Module<Watched>,
    stand_in: Option<u64>,
) -> impl FnMut(memory::Call<'_>, Memory) -> (Memory, Result<Vec<u8>, Stop>) + Send {
    move |call, memory| {
        let memory::Call { number, handler, invocation, input, .. } = call;
        let ask = Ask { number, handler, invocation, input, plan: None, stand_in };
        let (memory, attempt) = run(&module, memory, &ask);
        (memory, attempt.outcome)
    }
}

/// Runs a handler in an invocation of its own, of which nothing is kept; its output is checked against its type.
pub(super) fn attempt(module: &Module<Watched>, mut memory: Memory, ask: &Ask<'_>) -> (Memory, Attempt) {
    // What a connector's operations wrote stays after it; here it must not.
    let connects = ask.handler.kind == HandlerKind::Connector;
    let before = connects.then(|| (memory.manifest().clone(), memory.snapshot()));
    match ask.handler.kind {
        HandlerKind::Query => memory.begin_read_only(ask.invocation),
        HandlerKind::Connector => memory.begin_connector(ask.invocation),
        _ => memory.begin(ask.invocation),
    }
    let (mut memory, mut attempt) = run(module, memory, ask);
    let wrong = attempt.outcome.as_ref().ok().and_then(|output| from_bytes(&ask.handler.output, output).err());
    if let Some(error) = wrong {
        let detail = format!("the output of `{}`: {error}", ask.handler.name);
        attempt.outcome = Err(Stop::Fault(Fault { code: fault::MALFORMED, detail }));
    }
    memory.rollback();
    (before.map_or(memory, |(manifest, moment)| Memory::at(manifest, &moment)), attempt)
}

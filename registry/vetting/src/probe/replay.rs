//! Replays the golden scenarios in the sandbox, twice: both runs must do what they promise, and the same.

use crate::checks::package;
use crate::rule::{Rule, shown};
use std::time::{Duration, Instant};
use toolcrib_contract::Manifest;
use toolcrib_contract::finding::{Cost, Finding};
use toolcrib_contract::manifest::HandlerKind;
use toolcrib_contract::memory::{self, Memory, Stop};
use toolcrib_contract::package::Scenario;
use toolcrib_contract::scenario::{self, Mismatch};
use toolcrib_sandbox::{Call, Ended, Engine, Limits, Module, Native, SandboxError, Usage, inspect};

const GOLDEN: Rule = Rule {
    check: "scenario-mismatch",
    why: "Scenarios are the provider's word on what the module does, and it does something else",
};
const SAME: Rule = Rule {
    check: "scenario-differs",
    why: "A host replays an invocation from its record; the same input must give the same answer",
};
const TIME: Rule = Rule { check: "scenarios-slow", why: "The registry replays every scenario of every version" };

/// WebAssembly operations of one call; about the wall limit of a slow host.
const FUEL: u64 = 2_000_000_000;
/// Wall time of all replays; the child's own limit is not far behind.
const WALL: Duration = Duration::from_secs(40);

/// What the replays showed and what each step cost.
///
/// # Errors
/// The component does not fit the world.
pub(super) fn replay(
    engine: &Engine,
    native: &Native,
    manifest: &Manifest,
    component: &[u8],
) -> Result<(Vec<Finding>, Vec<Cost>), SandboxError> {
    let module = engine.load::<Memory>(native)?;
    let section = inspect(component).ok().and_then(|inspection| inspection.package);
    // A package that is missing or malformed is told by the parent.
    let scenarios = package::read(section.as_deref()).map(|package| package.scenarios).unwrap_or_default();
    let started = Instant::now();
    let (mut found, mut costs) = (Vec::new(), Vec::new());
    for told in &scenarios {
        if started.elapsed() > WALL {
            let what = format!("The scenarios take more than {} s", WALL.as_secs());
            found.push(TIME.error(place(told), what, "Shorten them"));
            break;
        }
        let (first, second) = (Run::of(&module, manifest, told), Run::of(&module, manifest, told));
        found.extend(first.mismatch.as_ref().map(mismatch));
        if first.outcomes != second.outcomes {
            found.push(SAME.error(
                place(told),
                "A second replay went another way",
                "Do not depend on anything but input, records and context",
            ));
        }
        costs.extend(first.costs);
    }
    Ok((found, costs))
}

fn place(told: &Scenario) -> String {
    format!("scenario {}", shown(&told.name))
}

fn mismatch(mismatch: &Mismatch) -> Finding {
    let Mismatch { scenario, step, handler, expected, got } = mismatch;
    let mut place = format!("scenario {}", shown(scenario));
    if let Some(step) = step {
        place.push_str(&format!(", step {} ({})", step + 1, shown(handler)));
    }
    let cut = |text: &str| text.chars().take(250).collect::<String>();
    let what = format!("Expected {}; got {}", cut(expected), cut(got));
    GOLDEN.error(place, what, "Correct the module or the scenario; `cargo toolcrib test` replays them")
}

/// Runs a handler within the limits of a replay.
fn sandboxed(
    module: &Module<Memory>,
    call: &memory::Call<'_>,
    memory: Memory,
) -> (Memory, Result<Vec<u8>, Stop>, Usage) {
    let limits = Limits { fuel: Some(FUEL), ..Limits::default() };
    let sandboxed = Call { handler: call.number, invocation: call.invocation, input: call.input, limits };
    let (memory, ended, usage) = module.call(memory, sandboxed);
    let outcome = match ended {
        Ended::Output(output) => Ok(output),
        Ended::Failed(failure) => Err(Stop::Failed(failure)),
        Ended::Faulted(fault) => Err(Stop::Fault(fault)),
    };
    (memory, outcome, usage)
}

/// One replay of one scenario.
#[derive(Default)]
struct Run {
    mismatch: Option<Mismatch>,
    /// How each call ended and how many operations it took.
    outcomes: Vec<(String, Result<Vec<u8>, Stop>, u64)>,
    costs: Vec<Cost>,
}

impl Run {
    fn of(module: &Module<Memory>, manifest: &Manifest, told: &Scenario) -> Self {
        let mut run = Self::default();
        let result =
            scenario::replay(manifest, told, |step, call, memory| run.step(module, &told.name, step, &call, memory));
        run.mismatch = result.err();
        run
    }

    fn step(
        &mut self,
        module: &Module<Memory>,
        scenario: &str,
        step: Option<usize>,
        call: &memory::Call<'_>,
        mut memory: Memory,
    ) -> (Memory, Result<Vec<u8>, Stop>) {
        if call.handler.kind == HandlerKind::Connector {
            let module = module.clone();
            memory.operate_with(move |call, memory| {
                let (memory, outcome, _) = sandboxed(&module, &call, memory);
                (memory, outcome)
            });
        }
        let (memory, outcome, usage) = sandboxed(module, call, memory);
        let used = memory.used();
        self.costs.push(Cost {
            scenario: scenario.to_owned(),
            step,
            handler: call.handler.name.clone(),
            fuel: usage.fuel,
            memory_bytes: usage.memory_bytes as u64,
            rows_read: used.rows_read,
            rows_written: used.rows_written,
            host_calls: used.host_calls,
        });
        self.outcomes.push((call.handler.name.clone(), outcome.clone(), usage.fuel));
        (memory, outcome)
    }
}

//! Replays the golden scenarios in the sandbox, twice: both runs must do what they promise, and the same.
//!
//! What happened on the way is kept: real inputs, and moments of the tenant, from which the trials go on.

use super::bench::{self, Ask};
use super::preview::Previews;
use super::trials::Ground;
use super::watched::Watched;
use crate::rule::{Rule, shown};
use std::rc::Rc;
use toolcrib_contract::Manifest;
use toolcrib_contract::finding::{Cost, Finding};
use toolcrib_contract::memory::{self, Memory, Stop};
use toolcrib_contract::package::Scenario;
use toolcrib_contract::preview::Preview;
use toolcrib_contract::scenario::{self, Ended, Mismatch};
use toolcrib_contract::words;
use toolcrib_sandbox::Module;

const GOLDEN: Rule = Rule {
    check: "scenario-mismatch",
    why: (
        "场景是服务商对模块功能的承诺，而实际做的不一样",
        "Scenarios are the provider's word on what the module does, and it does something else",
    ),
};
const SAME: Rule = Rule {
    check: "scenario-differs",
    why: (
        "主机会按记录重放调用；同样的输入必须得到同样的答案",
        "A host replays an invocation from its record; the same input must give the same answer",
    ),
};
const LONG: Rule = Rule {
    check: "scenarios-long",
    why: ("注册中心会重放每个版本的每个场景", "The registry replays every scenario of every version"),
};

/// WebAssembly operations of all replays.
const SCENARIOS_FUEL: u64 = 3_000_000_000;
/// Moments that are kept of one component.
const MOMENTS: usize = 400;

/// What the replays showed, what each step cost, and what views show in the end. The ground gathers what the trials need.
pub(super) fn replay(
    module: &Module<Watched>,
    manifest: &Manifest,
    scenarios: &[Scenario],
    ground: &mut Ground,
) -> (Vec<Finding>, Vec<Cost>, Vec<Preview>) {
    let (mut found, mut costs, mut fuel, mut previews) = (Vec::new(), Vec::new(), 0u64, Previews::default());
    for told in scenarios {
        if fuel > SCENARIOS_FUEL {
            let what = words!(
                "场景重放两遍用了超过 {SCENARIOS_FUEL} 次运算",
                "The scenarios take more than {SCENARIOS_FUEL} operations, twice replayed"
            );
            found.push(LONG.error(place(told), what, ("请缩短", "Shorten them")));
            break;
        }
        let first = Run::of(module, manifest, told, Some(ground));
        let second = Run::of(module, manifest, told, None);
        fuel += first.fuel + second.fuel;
        found.extend(first.mismatch.as_ref().map(mismatch));
        if first.outcomes != second.outcomes {
            found.push(SAME.error(
                place(told),
                ("第二次重放的过程不同", "A second replay went another way"),
                (
                    "只能依赖输入、记录和上下文，不要依赖其他",
                    "Do not depend on anything but input, records and context",
                ),
            ));
        }
        costs.extend(first.costs);
        if let Some(ended) = first.ended {
            previews.draw(module, manifest, &told.name, ended);
        }
    }
    (found, costs, previews.finish(manifest))
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
    let what = words!("应为 {}；实际为 {}", "Expected {}; got {}", cut(expected), cut(got));
    GOLDEN.error(
        place,
        what,
        (
            "请改正模块或场景；`cargo toolcrib test` 会重放场景",
            "Correct the module or the scenario; `cargo toolcrib test` replays them",
        ),
    )
}

/// One replay of one scenario.
#[derive(Default)]
struct Run {
    mismatch: Option<Mismatch>,
    /// The tenant that it leaves.
    ended: Option<Ended>,
    /// How each call ended and how many operations it took.
    outcomes: Vec<(String, Result<Vec<u8>, Stop>, u64)>,
    costs: Vec<Cost>,
    fuel: u64,
}

impl Run {
    fn of(module: &Module<Watched>, manifest: &Manifest, told: &Scenario, mut ground: Option<&mut Ground>) -> Self {
        let mut run = Self::default();
        let result = scenario::play(manifest, told, |step, call, memory| {
            run.step(module, (&told.name, step), &call, memory, ground.as_deref_mut())
        });
        match result {
            Ok(ended) => run.ended = Some(ended),
            Err(mismatch) => run.mismatch = Some(mismatch),
        }
        run
    }

    fn step(
        &mut self,
        module: &Module<Watched>,
        (scenario, step): (&str, Option<usize>),
        call: &memory::Call<'_>,
        memory: Memory,
        ground: Option<&mut Ground>,
    ) -> (Memory, Result<Vec<u8>, Stop>) {
        let wanted = ground.as_ref().is_some_and(|ground| ground.moments() < MOMENTS);
        let moment = wanted.then(|| Rc::new(memory.snapshot()));
        let memory::Call { number, handler, invocation, input, .. } = *call;
        let ask = Ask { number, handler, invocation, input, plan: None, stand_in: None };
        let (memory, attempt) = bench::run(module, memory, &ask);
        if let Some(ground) = ground {
            ground.tread(&ask, &attempt, moment);
        }
        self.costs.push(Cost {
            scenario: scenario.to_owned(),
            step,
            handler: handler.name.clone(),
            fuel: attempt.usage.fuel,
            memory_bytes: attempt.usage.memory_bytes as u64,
            rows_read: attempt.used.rows_read,
            rows_written: attempt.used.rows_written,
            host_calls: attempt.used.host_calls,
        });
        self.fuel += attempt.usage.fuel;
        self.outcomes.push((handler.name.clone(), attempt.outcome.clone(), attempt.usage.fuel));
        (memory, attempt.outcome)
    }
}

//! Trials: what happens when others use the module. Inputs made from the declared types, bytes that are no input, and
//! every host call refused or broken off once. No trap is allowed, and nothing of a failed call is kept.
//!
//! The work is bounded by the figures below, in operations and not in time, so that every machine tries the same.

mod told;

use super::bench::{self, Ask, Attempt};
use super::dice::Dice;
use super::generate::Generator;
use super::watched::{BREAKS, Plan, REMEMBERED, Seen, Spoil, Watched, refusals};
use crate::checks::costs::Sample;
use std::collections::BTreeMap;
use std::rc::Rc;
use toolcrib_contract::Manifest;
use toolcrib_contract::evidence::{Behaviour, Trials};
use toolcrib_contract::finding::Finding;
use toolcrib_contract::host::Invocation;
use toolcrib_contract::manifest::{HandlerDef, HandlerKind, MODULE_ROLE};
use toolcrib_contract::memory::{Memory, Snapshot, Stop};
use toolcrib_contract::types::Instant;
use toolcrib_contract::value::from_bytes;
use toolcrib_sandbox::Module;

/// Valid inputs for each handler, and bytes that are none.
const INPUTS: u64 = 16;
const MALFORMED: u64 = 4;
/// Real calls of each handler whose host calls are spoiled, and host calls of each.
const SPOILED_CALLS: usize = 2;
const POSITIONS: usize = 12;
/// WebAssembly operations of all trials of one component.
const TRIALS_FUEL: u64 = 3_000_000_000;
/// When there is no scenario to take the time from: 2026-01-05T08:00:00Z.
const NOW: Instant = Instant(1_767_600_000_000_000);

/// A real call of a scenario, with the tenant as it was before.
#[derive(Clone)]
struct Moment {
    number: u32,
    invocation: Invocation,
    input: Vec<u8>,
    tenant: Rc<Snapshot>,
}

/// What the scenarios left behind, and what all calls showed.
#[derive(Default)]
pub(super) struct Ground {
    moments: Vec<Moment>,
    seen: BTreeMap<String, Seen>,
    samples: BTreeMap<String, Vec<Sample>>,
}

impl Ground {
    /// Moments kept so far.
    pub fn moments(&self) -> usize {
        self.moments.len()
    }

    /// Keeps what a call of a scenario showed.
    pub fn tread(&mut self, ask: &Ask<'_>, attempt: &Attempt, moment: Option<Rc<Snapshot>>) {
        self.note(&ask.handler.name, attempt);
        if let (Some(tenant), Ok(_)) = (moment, &attempt.outcome) {
            let (invocation, input) = (ask.invocation.clone(), ask.input.to_vec());
            self.moments.push(Moment { number: ask.number, invocation, input, tenant });
        }
    }

    fn note(&mut self, handler: &str, attempt: &Attempt) {
        self.seen.entry(handler.to_owned()).or_default().add(&attempt.seen);
        self.samples.entry(handler.to_owned()).or_default().extend(attempt.sample());
    }

    /// Real calls of this handler, spread over the scenarios.
    fn of(&self, number: u32) -> Vec<Moment> {
        let own: Vec<_> = self.moments.iter().filter(|moment| moment.number == number).collect();
        let stride = own.len().div_ceil(SPOILED_CALLS).max(1);
        own.into_iter().step_by(stride).cloned().collect()
    }
}

/// What the trials showed.
pub(super) struct Tried {
    pub findings: Vec<Finding>,
    pub behaviour: Vec<Behaviour>,
    pub samples: BTreeMap<String, Vec<Sample>>,
    pub trials: Trials,
}

/// Tries every handler.
pub(super) fn run(module: &Module<Watched>, manifest: &Manifest, ground: Ground, seed: u64) -> Tried {
    let trials = Trials { seed, ..Trials::default() };
    let mut bench = Bench { module, manifest, ground, trials, findings: Vec::new(), uses: BTreeMap::new() };
    for (number, handler) in manifest.handlers.iter().enumerate() {
        bench.handler(number as u32, handler);
    }
    bench.finish()
}

struct Bench<'a> {
    module: &'a Module<Watched>,
    manifest: &'a Manifest,
    ground: Ground,
    trials: Trials,
    findings: Vec<Finding>,
    /// Whether an answer of the handler depends on time and on chance.
    uses: BTreeMap<String, (bool, bool)>,
}

impl Bench<'_> {
    fn handler(&mut self, number: u32, handler: &HandlerDef) {
        let moments = self.ground.of(number);
        self.inputs(number, handler, &moments);
        self.malformed(number, handler, &moments);
        for moment in &moments {
            self.faults(handler, moment);
            self.dependence(handler, moment);
        }
    }

    /// None when the operations are used up.
    fn attempt(&mut self, tenant: &Snapshot, ask: &Ask<'_>) -> Option<(Memory, Attempt)> {
        if self.trials.fuel > TRIALS_FUEL {
            self.trials.cut_short = true;
            return None;
        }
        let memory = Memory::at(self.manifest.clone(), tenant);
        let (memory, attempt) = bench::attempt(self.module, memory, ask);
        self.trials.fuel += attempt.usage.fuel;
        Some((memory, attempt))
    }

    fn dice(&self, number: u32, salt: u64) -> Dice {
        Dice::new(self.trials.seed, u64::from(number) << 32 | salt)
    }

    /// The last moments of different kinds of calls, most filled last, and the empty tenant.
    fn tenants(&self, own: &[Moment]) -> Vec<Rc<Snapshot>> {
        let mut tenants: Vec<_> = own.iter().map(|moment| moment.tenant.clone()).collect();
        tenants.extend(self.ground.moments.iter().rev().take(2).map(|moment| moment.tenant.clone()));
        tenants.push(Rc::default());
        tenants
    }

    fn invocation(&self, handler: &HandlerDef, own: &[Moment]) -> Invocation {
        let known = own.first().or(self.ground.moments.last());
        let now = known.map_or(NOW, |moment| moment.invocation.now);
        let (actor, role) = match handler.kind {
            HandlerKind::Command | HandlerKind::Query => {
                match handler.roles.iter().map(String::as_str).find(|role| *role != MODULE_ROLE) {
                    None if !handler.roles.is_empty() => ("module:trial", ""),
                    role => ("user:trial", role.unwrap_or("owner")),
                }
            }
            HandlerKind::Timer => ("timer", ""),
            _ => ("event", ""),
        };
        Invocation { now, seed: self.trials.seed, actor: actor.to_owned(), role: role.to_owned() }
    }

    /// Valid inputs: no trap. The first that traps is told.
    fn inputs(&mut self, number: u32, handler: &HandlerDef, moments: &[Moment]) {
        let (tenants, invocation) = (self.tenants(moments), self.invocation(handler, moments));
        for salt in 0..INPUTS {
            let tenant = tenants[salt as usize % tenants.len()].clone();
            let (now, extremes) = (invocation.now, handler.is_operation());
            let generator = Generator { manifest: self.manifest, moment: &tenant, now, extremes };
            let input = generator.bytes(&handler.input, &mut self.dice(number, salt));
            let stand_in = Some(self.trials.seed ^ salt);
            let ask = Ask { number, handler, invocation: &invocation, input: &input, plan: None, stand_in };
            let Some((_, attempt)) = self.attempt(&tenant, &ask) else { return };
            self.trials.inputs += 1;
            self.ground.note(&handler.name, &attempt);
            if let Err(Stop::Fault(fault)) = &attempt.outcome
                && attempt.seen.undeclared.is_empty()
            {
                self.findings.push(told::trapped(handler, &input, fault));
                return;
            }
        }
    }

    /// Bytes that are no input. A host refuses them before the module hears of it; a module that traps on them would
    /// trap on the next change of its types too.
    fn malformed(&mut self, number: u32, handler: &HandlerDef, moments: &[Moment]) {
        let (tenants, invocation) = (self.tenants(moments), self.invocation(handler, moments));
        let tenant = tenants[0].clone();
        let generator = Generator { manifest: self.manifest, moment: &tenant, now: invocation.now, extremes: true };
        for salt in 0..MALFORMED {
            let mut dice = self.dice(number, 1_000 + salt);
            let mut input = generator.bytes(&handler.input, &mut dice);
            match salt {
                0 => drop(input.pop()),
                1 => input.push(0),
                2 => input.fill(0xff),
                _ => input = (0..40).map(|_| dice.next() as u8).collect(),
            }
            if from_bytes(&handler.input, &input).is_ok() {
                continue;
            }
            let stand_in = Some(self.trials.seed);
            let ask = Ask { number, handler, invocation: &invocation, input: &input, plan: None, stand_in };
            let Some((_, attempt)) = self.attempt(&tenant, &ask) else { return };
            self.trials.malformed += 1;
            if let Some(finding) = told::malformed(handler, &attempt) {
                self.findings.push(finding);
                return;
            }
        }
    }

    /// A real call again, with one host call after another refused or broken off.
    fn faults(&mut self, handler: &HandlerDef, moment: &Moment) {
        let Moment { number, invocation, input, tenant } = moment;
        let stand_in = Some(self.trials.seed);
        let ask = |plan| Ask { number: *number, handler, invocation, input, plan, stand_in };
        let Some((_, whole)) = self.attempt(tenant, &ask(None)) else { return };
        for (at, import) in whole.seen.asked.iter().take(POSITIONS.min(REMEMBERED)).enumerate() {
            let refused = refusals(import).iter().map(|code| Spoil::Refuse(code));
            let broken = BREAKS.iter().map(|code| Spoil::BreakOff(code));
            for spoil in refused.chain(broken) {
                let Some((memory, attempt)) = self.attempt(tenant, &ask(Some(Plan { at, spoil }))) else { return };
                self.trials.faults += 1;
                let kept = memory.snapshot() != **tenant;
                if let Some(finding) = told::spoiled(handler, import, spoil, &attempt, kept) {
                    self.findings.push(finding);
                    return;
                }
            }
        }
    }

    /// The same call at another time, and with another seed.
    fn dependence(&mut self, handler: &HandlerDef, moment: &Moment) {
        let Moment { number, invocation, input, tenant } = moment;
        let stand_in = Some(self.trials.seed);
        let later = Invocation { now: invocation.now.plus_us(3_600_000_001), ..invocation.clone() };
        let other = Invocation { seed: !invocation.seed, ..invocation.clone() };
        let mut outcomes = Vec::new();
        for invocation in [invocation, &later, &other] {
            let ask = Ask { number: *number, handler, invocation, input, plan: None, stand_in };
            let Some((_, attempt)) = self.attempt(tenant, &ask) else { return };
            outcomes.push(attempt.outcome);
        }
        let uses = self.uses.entry(handler.name.clone()).or_default();
        uses.0 |= outcomes[1] != outcomes[0];
        uses.1 |= outcomes[2] != outcomes[0];
    }

    fn finish(self) -> Tried {
        let Self { manifest, ground, trials, mut findings, uses, .. } = self;
        let mut behaviour = Vec::new();
        for handler in &manifest.handlers {
            let Some(seen) = ground.seen.get(&handler.name) else { continue };
            findings.extend(told::seen(handler, seen));
            let list = |set: &std::collections::BTreeSet<String>| set.iter().cloned().collect::<Vec<_>>();
            let (uses_time, uses_random) = uses.get(&handler.name).copied().unwrap_or_default();
            behaviour.push(Behaviour {
                handler: handler.name.clone(),
                writes: list(&seen.writes),
                events: list(&seen.events),
                timers: list(&seen.timers),
                hosts: list(&seen.hosts),
                reads: list(&seen.reads),
                calls: list(&seen.calls),
                signals: list(&seen.signals),
                uses_time,
                uses_random,
            });
        }
        Tried { findings, behaviour, samples: ground.samples, trials }
    }
}

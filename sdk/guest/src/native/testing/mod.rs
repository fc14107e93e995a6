//! A module on an in-memory host, for plain `cargo test`: `module!` gives every module a function `module()`.
//!
//! ```
//! # mod example {
//! # use toolcrib_sdk::prelude::*;
//! # #[record(unique(code))] struct Part { code: Text<20> }
//! # #[command(roles("admin"))] fn add_part(ctx: &mut Command, code: Text<20>) -> Outcome<Id<Part>> { ctx.insert(Part { code }) }
//! # module! { name: "parts", title: { zh: "零件", en: "Parts" }, summary: { zh: "零件", en: "Parts" }, records: [Part], handlers: [add_part] }
//! # pub fn a_code_is_given_once() {
//! let mut parts = module();
//! parts.act_as("wang", "admin");
//! parts.run(add_part { code: "A-1".parse().unwrap() }).unwrap();
//! let stopped = parts.run(add_part { code: "A-1".parse().unwrap() }).unwrap_err();
//! assert_eq!(stopped.code(), "not-unique");
//! # }
//! # }
//! # example::a_code_is_given_once();
//! ```
//!
//! Every call is a transaction of its own, as in a real host: roles, limits and declared types are checked, a handler
//! that stops leaves nothing. The module's own events reach its own handlers at once, and timers run when the clock
//! passes them; when such a handler stops, the test panics and says why. Misuse of this API panics too.

mod costs;
mod failures;
mod golden;
mod machines;

pub use costs::Cost;
pub use golden::scenarios;

use super::link::Link;
use crate::connector::Answer;
use crate::context::{Made, answer, run};
use crate::declare::ReadDeclaration;
use crate::handler::{Event, Handler, Operation};
use crate::outcome::{Outcome, Stopped, malformed};
use crate::record::Record;
use serde_json::Value as Json;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;
use toolcrib_contract::fetch::Request;
use toolcrib_contract::manifest::{HandlerKind, MODULE_ROLE};
use toolcrib_contract::memory::{Call, Effect, Memory, Mishap, Simulation, Stop, Timer, Used};
use toolcrib_contract::signal::Sample;
use toolcrib_contract::{Decode, Encode, Instant, Invocation, Manifest, Ref, json, view};

/// Runs the handler of a number on a memory whose invocation is open.
pub type Run = fn(u32, Invocation, &[u8], Memory) -> (Memory, Outcome<Vec<u8>>);

type Runner = Box<dyn FnMut(Call<'_>, Memory) -> (Memory, Result<Vec<u8>, Stop>)>;

/// Runs one handler; `module!` writes the calls.
#[doc(hidden)]
pub fn handle<H: Handler>(invocation: Invocation, input: &[u8], memory: Memory) -> (Memory, Outcome<Vec<u8>>) {
    let mut ctx = H::Context::made(Link(RefCell::new(memory)), invocation);
    let outcome = answer(run::<H>, &mut ctx, input);
    (ctx.into_link().0.into_inner(), outcome)
}

/// A handler number that the manifest does not have.
#[doc(hidden)]
pub fn unknown(memory: Memory) -> (Memory, Outcome<Vec<u8>>) {
    (memory, Err(malformed("the number of a handler")))
}

/// One empty tenant that runs the module. It starts on 2026-01-05T00:00:00Z, a Monday, with a caller whose role is
/// `admin`.
pub struct Module {
    simulation: Simulation<Runner>,
    run: Run,
    /// The last state of each signal.
    states: BTreeMap<String, String>,
    followed: machines::Followed,
    costs: BTreeMap<String, Cost>,
}

/// 2026-01-05T00:00:00Z.
const START: Instant = Instant(1_767_571_200_000_000);

impl Module {
    #[doc(hidden)]
    #[track_caller]
    pub fn new(manifest: Manifest, run: Run) -> Self {
        let problems: Vec<_> = view::check(&manifest).iter().map(ToString::to_string).collect();
        assert!(problems.is_empty(), "the views of `{}` cannot be drawn:\n{}", manifest.module, problems.join("\n"));
        let runner: Runner = Box::new(move |call, memory| execute(run, call, memory));
        let simulation = Simulation::new(manifest, START, runner);
        let (states, followed, costs) = (BTreeMap::new(), machines::Followed::default(), BTreeMap::new());
        let mut module = Self { simulation, run, states, followed, costs };
        module.act_as("test", "admin");
        module
    }

    /// What the module declares.
    pub fn manifest(&self) -> &Manifest {
        self.simulation.manifest()
    }

    pub fn now(&self) -> Instant {
        self.simulation.now()
    }

    /// Moves the clock to a time such as `2026-11-23T08:00:00+08:00`; timers that fall due run.
    #[track_caller]
    pub fn at(&mut self, time: &str) -> &mut Self {
        let to: Instant = time.parse().unwrap_or_else(|error| panic!("`{time}` is not a time: {error}"));
        assert!(to >= self.now(), "the clock never goes back: it is {}, not {to}", self.now());
        self.clock(to)
    }

    /// Moves the clock on; timers that fall due run.
    #[track_caller]
    pub fn advance(&mut self, by: Duration) -> &mut Self {
        let by = i64::try_from(by.as_micros()).expect("a time until 2199");
        self.clock(self.now().plus_us(by))
    }

    #[track_caller]
    fn clock(&mut self, to: Instant) -> &mut Self {
        self.follow_clock(to);
        self
    }

    /// Who calls operations from now on: the actor becomes `user:<person>`. In the role `module` it is another module
    /// instead, whose event handler or timer calls: `module:<person>`, and the handler sees no role.
    pub fn act_as(&mut self, person: &str, role: &str) -> &mut Self {
        let kind = if role == MODULE_ROLE { "module" } else { "user" };
        self.simulation.act_as(format!("{kind}:{person}"), role);
        self
    }

    /// Runs a handler: `module.run(close_stop { stop, reason })`.
    ///
    /// # Errors
    /// Whatever stopped it; a role that may not is `not-allowed`.
    #[track_caller]
    pub fn run<H: Handler>(&mut self, handler: H) -> Outcome<H::Output> {
        let output = self.invoke(H::DECLARATION.name, &handler.to_bytes())?;
        H::Output::from_bytes(&output).map_err(|_| malformed("an output"))
    }

    /// Runs a handler with JSON, as it comes over HTTP.
    ///
    /// # Errors
    /// Whatever stopped it; an input that does not fit is `bad-input`.
    #[track_caller]
    pub fn json(&mut self, handler: &str, input: &Json) -> Outcome<Json> {
        let Some((_, def)) = self.manifest().handler(handler) else { panic!("the module has no handler `{handler}`") };
        let (from, to) = (def.input.clone(), def.output.clone());
        let input = json::read(&from, input).map_err(|errors| {
            let errors: Vec<_> = errors.iter().map(|error| format!("{} {}", error.pointer, error.message)).collect();
            crate::outcome::reject("bad-input", &errors.join("; "))
        })?;
        let output = self.invoke(handler, &input)?;
        let text = json::write(&to, &output).map_err(|_| malformed("an output"))?;
        serde_json::from_str(&text).map_err(|_| malformed("an output"))
    }

    #[track_caller]
    fn invoke(&mut self, handler: &str, input: &[u8]) -> Outcome<Vec<u8>> {
        let outcome = self.simulation.invoke(handler, input).map_err(stopped);
        self.count(handler);
        well(self.simulation.settle());
        outcome
    }

    /// Adds a row of another module's shared record, as this module sees it.
    #[track_caller]
    pub fn share<R: ReadDeclaration>(&mut self, row: &R) -> Ref<R> {
        let now = self.now();
        let given = self.simulation.memory_mut().given(R::MODULE, R::RECORD, None, now, &row.to_bytes());
        Ref::new(given.unwrap_or_else(|error| panic!("list `{}` under `reads` in module!: {error:?}", R::RECORD)))
    }

    /// The tenant does not have this module: reads of its records and calls of its operations are refused with
    /// `not-consented`. Without saying so it is there, with records that are empty until [`Self::share`]; a call that
    /// nothing [answers](Self::answer) is refused either way.
    pub fn without(&mut self, module: &str) {
        self.simulation.memory_mut().without(module);
    }

    /// Answers calls of another module's operation from now on.
    pub fn answer<O: Operation>(&mut self, mut answer: impl FnMut(O) -> Outcome<O::Output> + Send + 'static) {
        let declaration = O::DECLARATION;
        self.simulation.memory_mut().answer(declaration.module, declaration.operation, move |input| {
            let outcome = O::from_bytes(input).map_err(Stopped::from).and_then(&mut answer);
            match outcome.map_err(Stopped::into_failure) {
                Ok(output) => Ok(output.to_bytes()),
                Err(Ok(failure)) => Err(failure),
                Err(Err(fault)) => panic!("the answer of `{}` failed: {}", declaration.operation, fault.detail),
            }
        });
    }

    /// Answers requests of connectors with this method and address from now on; what nothing answers is asked again
    /// later.
    pub fn serve(&mut self, method: &str, url: &str, mut answer: impl FnMut(&Request) -> Answer + Send + 'static) {
        let (method, url) = (method.to_owned(), url.to_owned());
        let fits = move |request: &Request| request.method == method && request.url == url;
        let answer = move |request: &Request| fits(request).then(|| answer(request).into_contract());
        self.simulation.memory_mut().serve(answer);
    }

    /// Requests of connectors so far, oldest first.
    pub fn requests(&self) -> &[Request] {
        self.simulation.memory().requests()
    }

    /// Adds a sample of a signal (`<equipment>.<signal>`) for `ctx.samples`.
    pub fn sample(&mut self, signal: &str, at: Instant, value: Sample) {
        self.simulation.memory_mut().sample(signal, at, value);
    }

    /// All events of one type so far, oldest first.
    #[track_caller]
    pub fn emitted<E: Event>(&self) -> Vec<E> {
        let events = self.simulation.memory().events().iter().filter(|event| event.event == E::NAME);
        events.map(|event| E::from_bytes(&event.body).expect("the host checked it")).collect()
    }

    /// Names of all events so far, oldest first.
    pub fn event_names(&self) -> Vec<&str> {
        self.simulation.memory().events().iter().map(|event| event.event.as_str()).collect()
    }

    /// Pending timers, earliest first.
    pub fn timers(&self) -> Vec<Timer> {
        self.simulation.memory().timers()
    }

    /// What was sent outside, oldest first.
    pub fn effects(&self) -> &[Effect] {
        self.simulation.memory().effects()
    }

    /// How many rows of a record there are.
    pub fn rows<R: Record>(&self) -> usize {
        self.simulation.memory().rows(R::RECORD)
    }

    /// Lines of `ctx.log` so far.
    pub fn log_lines(&self) -> Vec<&str> {
        self.simulation.memory().log_lines().iter().map(|(_, line)| line.as_str()).collect()
    }

    /// What the last call used of its limits.
    pub fn used(&self) -> Used {
        self.simulation.memory().used()
    }
}

/// Runs a call natively.
fn execute(run: Run, call: Call<'_>, mut memory: Memory) -> (Memory, Result<Vec<u8>, Stop>) {
    if call.handler.kind == HandlerKind::Connector {
        memory.operate_with(move |call, memory| execute(run, call, memory));
    }
    let (memory, outcome) = run(call.number, call.invocation.clone(), call.input, memory);
    (memory, outcome.map_err(|stopped| stopped.into_failure().map_or_else(Stop::Fault, Stop::Failed)))
}

fn stopped(stop: Stop) -> Stopped {
    match stop {
        Stop::Failed(failure) => failure.into(),
        Stop::Fault(fault) => toolcrib_contract::HostError::Fault(fault).into(),
    }
}

#[track_caller]
fn well(outcome: Result<(), Mishap>) {
    if let Err(mishap) = outcome {
        panic!("{mishap}");
    }
}

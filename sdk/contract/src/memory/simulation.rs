//! A module on an in-memory tenant: invocations one after another, with clock, timers and the module's own events.
//!
//! How a handler runs is the caller's: native code in an author's tests, a sandboxed component in vetting.

use super::Memory;
use crate::host::{Failure, Fault, Invocation, Rejection, fault};
use crate::manifest::{HandlerDef, HandlerKind, MODULE_ROLE, Manifest};
use crate::value::from_bytes;
use crate::{Instant, limits};
use std::fmt;

/// The most invocations that one step may cause by timers and own events.
pub const WAKE_UPS: u32 = 1_000;

/// One call of a handler.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// Position among the manifest's handlers.
    pub number: u32,
    pub handler: &'a HandlerDef,
    pub invocation: &'a Invocation,
    /// Encoded with the handler's input type.
    pub input: &'a [u8],
    /// Nobody asked for it: a timer fell due, or the module told itself an event.
    pub woken: bool,
}

/// Why a call gave no output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    Failed(Failure),
    Fault(Fault),
}

impl Stop {
    /// A typed refusal, as the module itself would give it.
    pub fn rejected(code: &str, message: impl Into<String>) -> Self {
        Self::Failed(Failure::Rejected(Rejection { code: code.to_owned(), message: message.into(), field: None }))
    }

    fn malformed(detail: impl Into<String>) -> Self {
        Self::Fault(Fault { code: fault::MALFORMED, detail: detail.into() })
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(Failure::Rejected(Rejection { code, message, field: None })) => {
                write!(f, "rejected with `{code}`: {message}")
            }
            Self::Failed(Failure::Rejected(Rejection { code, message, field: Some(field) })) => {
                write!(f, "rejected with `{code}` at `{field}`: {message}")
            }
            Self::Failed(Failure::Retry(reason)) => write!(f, "asked to be called again later: {reason}"),
            Self::Fault(fault) => write!(f, "failed with `{}`: {}", fault.code, fault.detail),
        }
    }
}

/// An invocation that nobody asked for did not end well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mishap {
    pub handler: String,
    pub at: Instant,
    pub stop: Stop,
}

impl fmt::Display for Mishap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the handler `{}`, woken at {}, {}", self.handler, self.at, self.stop)
    }
}

/// A tenant with one module, and a clock that the caller moves.
pub struct Simulation<R> {
    manifest: Manifest,
    /// Away while a handler runs.
    memory: Option<Memory>,
    run: R,
    now: Instant,
    actor: String,
    role: String,
    invocations: u64,
    /// Events of the log that the module's own handlers have seen.
    delivered: usize,
}

impl<R: FnMut(Call<'_>, Memory) -> (Memory, Result<Vec<u8>, Stop>)> Simulation<R> {
    /// An empty tenant at `now`. `run` runs a handler on the memory, whose invocation is open, and gives it back.
    pub fn new(manifest: Manifest, now: Instant, run: R) -> Self {
        let memory = Some(Memory::new(manifest.clone()));
        Self {
            manifest,
            memory,
            run,
            now,
            actor: "user:test".into(),
            role: String::new(),
            invocations: 0,
            delivered: 0,
        }
    }

    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    pub fn memory(&self) -> &Memory {
        self.memory.as_ref().expect("the memory is away only while a handler runs")
    }

    pub fn memory_mut(&mut self) -> &mut Memory {
        self.memory.as_mut().expect("the memory is away only while a handler runs")
    }

    /// The tenant, when nothing more happens to it.
    pub fn into_memory(self) -> Memory {
        self.memory.expect("the memory is away only while a handler runs")
    }

    pub fn now(&self) -> Instant {
        self.now
    }

    /// Who calls operations from now on: `user:<id>` and the role in the tenant; or `module:<name>` and [`MODULE_ROLE`],
    /// as when an event handler of another module calls.
    pub fn act_as(&mut self, actor: impl Into<String>, role: impl Into<String>) {
        (self.actor, self.role) = (actor.into(), role.into());
    }

    /// Moves the clock on; timers that fall due run at their time. The clock never goes back.
    ///
    /// # Errors
    /// A timer's handler stopped, or more than [`WAKE_UPS`] followed one another.
    pub fn advance(&mut self, to: Instant) -> Result<(), Mishap> {
        let mut woken = 0;
        while let Some(timer) = self.memory_mut().take_due(to) {
            self.now = self.now.max(timer.due);
            self.wake(&timer.timer, &timer.payload, 0, &mut woken)?;
            self.settle()?;
        }
        self.now = self.now.max(to);
        Ok(())
    }

    /// Delivers the module's own events to its own handlers, until there is none left.
    ///
    /// # Errors
    /// A handler stopped, or more than [`WAKE_UPS`] followed one another.
    pub fn settle(&mut self) -> Result<(), Mishap> {
        let mut woken = 0;
        while let Some(event) = self.memory().events().get(self.delivered).cloned() {
            self.delivered += 1;
            for name in self.listeners(&event.event) {
                self.wake(&name, &event.body, event.depth, &mut woken)?;
            }
        }
        Ok(())
    }

    /// Own handlers of an own event.
    fn listeners(&self, name: &str) -> Vec<String> {
        let own = |module: &str| module.is_empty() || module == self.manifest.module;
        let listens = |handler: &&HandlerDef| matches!(&handler.kind, HandlerKind::OnEvent { module, event } if own(module) && event == name);
        self.manifest.handlers.iter().filter(listens).map(|handler| handler.name.clone()).collect()
    }

    fn wake(&mut self, handler: &str, input: &[u8], depth: u32, woken: &mut u32) -> Result<(), Mishap> {
        *woken += 1;
        let outcome = if *woken > WAKE_UPS {
            let detail = format!("more than {WAKE_UPS} timers and events followed one another");
            Err(Stop::Fault(Fault { code: fault::LIMIT, detail }))
        } else {
            self.call(handler, input, Some(depth))
        };
        outcome.map(drop).map_err(|stop| Mishap { handler: handler.to_owned(), at: self.now, stop })
    }

    /// Runs a handler in a transaction of its own, as the host would: with its role, its limits and its types checked.
    ///
    /// # Errors
    /// The handler stopped; nothing of it is kept.
    pub fn invoke(&mut self, handler: &str, input: &[u8]) -> Result<Vec<u8>, Stop> {
        self.call(handler, input, None)
    }

    /// `woken`: depth of the event that did, 0 for a timer; none when somebody asks.
    fn call(&mut self, name: &str, input: &[u8], woken: Option<u32>) -> Result<Vec<u8>, Stop> {
        let Some((number, handler)) = self.manifest.handler(name) else {
            return Err(Stop::malformed(format!("the manifest has no handler `{name}`")));
        };
        if woken.is_none() && !handler.admits(&self.role) {
            let message = format!("`{name}` needs one of the roles {}", handler.roles.join(", "));
            return Err(Stop::rejected("not-allowed", message));
        }
        check_input(handler, input)?;
        let asked = handler.is_operation() && woken.is_none();
        let (actor, role) = match handler.kind {
            // What the operation is told of a module that nobody asked: its name, and no role.
            _ if asked && self.role == MODULE_ROLE => (self.actor.clone(), String::new()),
            _ if asked => (self.actor.clone(), self.role.clone()),
            _ if handler.is_timer() => ("timer".to_owned(), String::new()),
            _ => ("event".to_owned(), String::new()),
        };
        self.invocations += 1;
        let invocation = Invocation { now: self.now, seed: self.invocations, actor, role };
        let mut memory = self.memory.take().expect("the memory is away only while a handler runs");
        match handler.kind {
            HandlerKind::Query => memory.begin_read_only(&invocation),
            HandlerKind::Connector => memory.begin_connector(&invocation),
            _ => memory.begin(&invocation),
        }
        if let Some(depth) = woken {
            memory.caused_by(depth);
        } else if !handler.is_operation() {
            memory.woken();
        }
        let call = Call { number, handler, invocation: &invocation, input, woken: woken.is_some() };
        let (mut memory, outcome) = (self.run)(call, memory);
        let outcome = memory.settle(handler, outcome);
        self.memory = Some(memory);
        outcome
    }
}

fn check_input(handler: &HandlerDef, input: &[u8]) -> Result<(), Stop> {
    if input.len() > limits::INPUT_BYTES {
        return Err(Stop::rejected("too-large", format!("an input has at most {} bytes", limits::INPUT_BYTES)));
    }
    match from_bytes(&handler.input, input) {
        Ok(_) => Ok(()),
        Err(error) => Err(Stop::malformed(format!("the input of `{}`: {error}", handler.name))),
    }
}

pub(super) fn checked_output(handler: &HandlerDef, output: Vec<u8>) -> Result<Vec<u8>, Stop> {
    if output.len() > limits::OUTPUT_BYTES {
        let detail = format!("`{}` returned more than {} bytes", handler.name, limits::OUTPUT_BYTES);
        return Err(Stop::Fault(Fault { code: fault::LIMIT, detail }));
    }
    match from_bytes(&handler.output, &output) {
        Ok(_) => Ok(output),
        Err(error) => Err(Stop::malformed(format!("the output of `{}`: {error}", handler.name))),
    }
}

//! One invocation of one handler: admit, call, and turn what came out into an answer.

use crate::command::Guard;
use crate::frame::{Db, Frame, Place, Tally};
use crate::ids::{Ids, mix};
use crate::modules::Installed;
use crate::outside::Outside;
use crate::scope::Scope;
use crate::spans::{Begun, Invoked};
use crate::tenant::LiveEvent;
use std::sync::Arc;
use std::time::{Duration, Instant as Monotonic};
use toolcrib_contract::host::{Failure, Fault, Invocation, Rejection, fault};
use toolcrib_contract::manifest::{HandlerDef, HandlerKind, MODULE_ROLE, Manifest};
use toolcrib_contract::problem::{
    CONFLICT, INTERNAL, LIMIT, MODULE_FAULT, NOT_ALLOWED, NOT_CONSENTED, NOT_FOUND, NOT_UNIQUE, Problem, REJECTED,
    RETRY, STORAGE_FULL, TIMEOUT,
};
use toolcrib_contract::types::{Instant, RawId};
use toolcrib_contract::{json, value};
use toolcrib_sandbox::{Call, Ended, Limits, Usage};

/// Who asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Actor {
    /// `user:<id>`, `operator:<code>` or `device:<id>`; inside the host also `timer`, `event` and `module:<name>`.
    pub id: String,
    /// The person's role in the tenant; empty for machines.
    pub role: String,
    /// The id of the terminal that an operator works at; stands in the audit line.
    pub terminal: Option<RawId>,
}

impl Actor {
    /// Somebody who is at no terminal.
    pub fn new(id: impl Into<String>, role: impl Into<String>) -> Self {
        Self { id: id.into(), role: role.into(), terminal: None }
    }

    /// Whether somebody outside the host asks: a person, at a terminal or not, or a system.
    pub(crate) fn is_outside(&self) -> bool {
        ["user:", "operator:", "device:"].iter().any(|kind| self.id.starts_with(kind))
    }
}

/// An operation asked for by a person or a system.
#[derive(Clone, Debug)]
pub struct Request {
    pub tenant: RawId,
    pub module: String,
    pub operation: String,
    pub input: serde_json::Value,
    pub actor: Actor,
    /// A repetition with the same key gets the first answer. At most [`limits::IDEMPOTENCY_KEY_BYTES`].
    pub idempotency_key: Option<String>,
}

/// Proof that the tenant subscribed, consented and the role fits. Made only by [`admit`].
pub(crate) struct Admitted {
    pub installed: Arc<Installed>,
    pub handler: u32,
}

impl Admitted {
    pub fn def(&self) -> &HandlerDef {
        &self.installed.module.manifest.handlers[self.handler as usize]
    }

    /// Whether it is still what the caller has prepared for: the tenant may have taken another version meanwhile.
    ///
    /// # Errors
    /// `conflict`.
    pub fn is_still(&self, kind: &HandlerKind) -> Result<(), Problem> {
        if self.def().kind == *kind {
            return Ok(());
        }
        Err(CONFLICT.because("the operation has just become one of another kind"))
    }
}

/// Decides on the tenant's present scope, so that a revocation cannot race.
///
/// # Errors
/// Not subscribed, not consented, no such operation, or the role does not allow it.
pub(crate) fn admit(scope: &Scope, module: &str, operation: &str, actor: &Actor) -> Result<Admitted, Problem> {
    let installed = scope.module(module)?;
    if let Some(capability) = installed.missing() {
        return Err(NOT_CONSENTED.because(format!("`{capability}` is required by module `{module}`")));
    }
    let Some((handler, def)) = installed.module.operation(operation) else {
        let operation: String = operation.chars().take(60).collect();
        return Err(NOT_FOUND.because(format!("module `{module}` has no operation `{operation}`")));
    };
    // Nobody who enters here is another module.
    let admitted = actor.role != MODULE_ROLE && def.admits(&actor.role);
    if !admitted && !is_own(module, def, actor) {
        return Err(NOT_ALLOWED.because(format!("`{operation}` needs one of the roles {}", def.roles.join(", "))));
    }
    Ok(Admitted { installed: installed.clone(), handler })
}

/// Roles are those of people: a connector may run every operation of its own module, a timer every connector.
fn is_own(module: &str, def: &HandlerDef, actor: &Actor) -> bool {
    match actor.id.strip_prefix("module:") {
        Some(name) => name == module,
        None => actor.id == "timer" && def.kind == HandlerKind::Connector,
    }
}

/// Encodes the JSON input, or says everything that is wrong with it.
pub(crate) fn encode(def: &HandlerDef, input: &serde_json::Value) -> Result<Vec<u8>, Problem> {
    let empty = serde_json::Value::Object(serde_json::Map::new());
    // An operation without parameters may be called without a body.
    let input = if input.is_null() && def.input.fields().is_empty() { &empty } else { input };
    json::read(&def.input, input).map_err(Problem::input)
}

/// A handler about to run.
pub(crate) struct Run<'a> {
    pub place: Place,
    pub handler: u32,
    pub input: &'a [u8],
    pub actor: Actor,
    pub now: Instant,
    pub seed: u64,
    pub cause: Option<u64>,
    pub wall: Duration,
    /// Of a connector.
    pub outside: Option<Box<Outside>>,
    /// Where it is traced.
    pub span: Option<Box<Begun>>,
}

/// What a handler left behind.
pub(crate) struct Ran {
    pub db: Db,
    pub ended: Ended,
    pub usage: Usage,
    pub tally: Tally,
    pub emitted: Vec<LiveEvent>,
    pub outside: Option<Box<Outside>>,
}

/// Runs one handler on a database side; the caller settles the savepoint by how it ended.
pub(crate) fn run(db: Db, run: Run<'_>, guard: Guard) -> Ran {
    let asked = run.actor.is_outside();
    let traced = run.span.map(|span| (span, run.place.scope.clone(), run.place.small_stack));
    let invocation = Invocation { now: run.now, seed: run.seed, actor: run.actor.id, role: run.actor.role };
    let module = run.place.installed.module.clone();
    let mut id_seed = run.seed;
    let frame = Frame {
        db,
        place: Some(run.place),
        invocation: invocation.clone(),
        ids: Ids::new(run.now, mix(&mut id_seed)),
        tally: Tally::default(),
        depth: 0,
        guard,
        deadline: Monotonic::now() + run.wall,
        read_only: module.manifest.handlers[run.handler as usize].kind == HandlerKind::Query,
        cause: run.cause,
        causes: None,
        woken: !asked,
        outside: run.outside,
        emitted: Vec::new(),
        readings: None,
    };
    let limits = Limits { wall: run.wall, ..Limits::default() };
    let (frame, ended, usage) =
        module.code.call(frame, Call { handler: run.handler, invocation: &invocation, input: run.input, limits });
    let writes = matches!(frame.db, Db::Write(_));
    let def = &module.manifest.handlers[run.handler as usize];
    let ended = checked(def, ended, writes);
    if let Some((span, scope, is_quick)) = traced {
        let Manifest { module, version, .. } = &module.manifest;
        let (operation, kind, ended, usage, tally) = (&def.name, &def.kind, &ended, &usage, &frame.tally);
        let invoked = Invoked { scope: &scope, module, version, operation, kind, ended, usage, tally, is_quick };
        invoked.end(*span);
    }
    Ran { db: frame.db, ended, usage, tally: frame.tally, emitted: frame.emitted, outside: frame.outside }
}

/// Holds an answer to what the manifest declares, before anything is kept because of it. Of a query nothing is kept:
/// its output, which may be long, is read once, when it becomes JSON.
pub(crate) fn checked(def: &HandlerDef, ended: Ended, writes: bool) -> Ended {
    match ended {
        Ended::Output(output) if writes => match value::from_bytes(&def.output, &output) {
            Ok(_) => Ended::Output(output),
            Err(error) => {
                let detail = format!("`{}` returned bytes that are not its output: {error}", def.name);
                Ended::Faulted(Fault { code: fault::MALFORMED, detail })
            }
        },
        Ended::Failed(Failure::Rejected(rejection)) => Ended::Failed(Failure::Rejected(Rejection {
            // Its own code, unless it is none: it stands in JSON, in logs and in the programs of callers.
            code: if is_code(&rejection.code) { rejection.code } else { REJECTED.code.to_owned() },
            message: cut(rejection.message),
            field: rejection.field.map(|field| field.chars().take(FIELD_CHARS).collect()),
        })),
        Ended::Failed(Failure::Retry(reason)) => Ended::Failed(Failure::Retry(cut(reason))),
        ended => ended,
    }
}

/// Characters of a module's sentence that people see.
const MESSAGE_CHARS: usize = 1_000;
/// Characters of a code, and of the field that a rejection names.
const CODE_CHARS: usize = 64;
const FIELD_CHARS: usize = 100;

fn cut(message: String) -> String {
    if message.len() <= MESSAGE_CHARS { message } else { message.chars().take(MESSAGE_CHARS).collect() }
}

/// Kebab case: lower-case letters, digits and hyphens.
fn is_code(code: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !code.is_empty() && code.len() <= CODE_CHARS && code.bytes().all(fits)
}

/// The answer to the caller: JSON text, or a problem.
pub(crate) fn answer(def: &HandlerDef, ended: &Ended) -> Result<String, Problem> {
    match ended {
        Ended::Output(output) => json::write(&def.output, output).map_err(|error| {
            MODULE_FAULT.because(format!("`{}` returned bytes that are not its output: {error}", def.name))
        }),
        ended => Err(problem(ended)),
    }
}

/// Why there is no output. An output is no problem, and none of ours.
pub(crate) fn problem(ended: &Ended) -> Problem {
    match ended {
        Ended::Failed(failure) => failure_problem(failure),
        Ended::Faulted(fault) => fault_problem(fault),
        Ended::Output(_) => INTERNAL.problem(),
    }
}

fn failure_problem(failure: &Failure) -> Problem {
    match failure {
        Failure::Retry(reason) => RETRY.because(reason.clone()),
        Failure::Rejected(rejection) => {
            let kind = match rejection.code.as_str() {
                "conflict" => CONFLICT,
                "not-unique" => NOT_UNIQUE,
                "not-found" => NOT_FOUND,
                "not-consented" => NOT_CONSENTED,
                "storage-full" => STORAGE_FULL,
                _ => REJECTED,
            };
            let mut problem = kind.because(rejection.message.clone());
            problem.code.clone_from(&rejection.code);
            if let Some(field) = &rejection.field {
                problem
                    .errors
                    .push(json::InputError { pointer: format!("/{field}"), message: rejection.message.clone() });
            }
            problem
        }
    }
}

pub(crate) fn fault_problem(fault: &Fault) -> Problem {
    match fault.code {
        fault::TIMEOUT => TIMEOUT.because(fault.detail.clone()),
        fault::LIMIT | fault::CAUSE_DEPTH => LIMIT.because(fault.detail.clone()),
        // The detail of a host failure is for the log, not for the caller.
        fault::HOST => {
            tracing::error!(detail = %fault.detail, "The host failed in a module's call");
            INTERNAL.problem()
        }
        _ => MODULE_FAULT.because(format!("{}: {}", fault.code, fault.detail.chars().take(500).collect::<String>())),
    }
}

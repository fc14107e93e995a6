//! Calls from one module to another's operation, inside the same transaction.

use crate::command::{ANEW, Guard};
use crate::frame::{Db, Frame, Place};
use crate::modules::Modules;
use std::sync::Arc;
use std::time::{Duration, Instant as Monotonic};
use toolcrib_contract::host::{Failure, HostError, Invocation, Rejection, fault};
use toolcrib_contract::manifest::{HandlerKind, MODULE_ROLE};
use toolcrib_contract::{Capability, limits};
use toolcrib_sandbox::{Call, Ended, Limits};

/// What nested calls need beyond the frame.
#[derive(Clone)]
pub(crate) struct Nested {
    pub modules: Arc<Modules>,
}

fn rejected(code: &str, message: String) -> Result<Vec<u8>, Failure> {
    Err(Failure::Rejected(Rejection { code: code.to_owned(), message, field: None }))
}

/// Runs the operation so that a failure of the callee leaves the caller's writes alone: in a savepoint of its own, unless
/// all of the invocation runs on trial. There, one that fails after it wrote ends the invocation, which begins anew in
/// savepoints.
///
/// # Errors
/// A fault of the callee ends the caller too: it may not carry on with half of what it asked for.
pub(crate) fn call(
    frame: &mut Frame,
    module: &str,
    operation: &str,
    input: &[u8],
) -> Result<Result<Vec<u8>, Failure>, HostError> {
    let place = frame.place()?.clone();
    let caller = &place.installed;
    let declared = caller.module.manifest.call(module, operation);
    let declared = declared
        .ok_or_else(|| HostError::fault(fault::MALFORMED, format!("calling `{module}/{operation}` is not declared")))?;
    let capability = Capability::Call { module: module.to_owned(), operation: operation.to_owned() };
    if !caller.may(&capability) {
        return Ok(rejected("not-consented", format!("the tenant did not agree to `{capability}`")));
    }
    let Some(callee) = place.scope.find(module) else {
        if place.scope.halted(module).is_some() {
            return Ok(rejected("module-paused", format!("module `{module}` is paused here")));
        }
        return Ok(rejected("not-consented", format!("module `{module}` is not installed here")));
    };
    if let Some(capability) = callee.missing() {
        return Ok(rejected("not-consented", format!("`{capability}` is required by module `{module}`")));
    }
    let Some((handler, def)) = callee.module.operation(operation).filter(|(_, def)| def.is_transaction()) else {
        return Ok(rejected("not-found", format!("`{module}` has no operation `{operation}`")));
    };
    if !def.input.same_shape(&declared.input) || !def.output.same_shape(&declared.output) {
        return Ok(rejected(
            "conflict",
            format!("`{module}/{operation}` has changed its types since this module was built"),
        ));
    }
    if !def.admits(role(frame)) {
        return Ok(rejected(
            "not-allowed",
            format!("`{module}/{operation}` needs one of the roles {}", def.roles.join(", ")),
        ));
    }
    if def.kind == HandlerKind::Command && frame.read_only {
        return Err(HostError::fault(fault::READ_ONLY, "a query does not call a command"));
    }
    let depth = frame.depth + 1;
    if depth >= limits::NESTING {
        return Err(HostError::fault(fault::LIMIT, format!("more than {} calls inside one another", limits::NESTING)));
    }
    if input.len() > limits::INPUT_BYTES {
        return Err(HostError::fault(fault::LIMIT, format!("more than {} bytes of input", limits::INPUT_BYTES)));
    }
    if place.small_stack {
        return Err(HostError::fault(fault::TIMEOUT, "no room for another module's stack on this thread"));
    }
    run(frame, Place { installed: callee.clone(), ..place }, handler, depth, input)
}

/// The person's role, also of one who started a connector. Where an event or a timer began, no person stands behind it.
fn role(frame: &Frame) -> &str {
    let role = frame.invocation.role.as_str();
    if frame.woken && role.is_empty() { MODULE_ROLE } else { role }
}

fn run(
    frame: &mut Frame,
    place: Place,
    handler: u32,
    depth: u32,
    input: &[u8],
) -> Result<Result<Vec<u8>, Failure>, HostError> {
    let left = frame.deadline.saturating_duration_since(Monotonic::now()).max(Duration::from_millis(1));
    let module = place.installed.module.clone();
    let actor = format!("module:{}", frame.place()?.installed.module.manifest.module);
    let invocation = Invocation { actor, ..frame.invocation.clone() };
    let read_only = frame.read_only || module.manifest.handlers[handler as usize].kind == HandlerKind::Query;
    let undo = begin(frame, read_only, depth)?;
    let inner = Frame {
        db: std::mem::replace(&mut frame.db, Db::Outside),
        place: Some(place),
        invocation: invocation.clone(),
        ids: frame.ids.clone(),
        tally: frame.tally.clone(),
        depth,
        guard: frame.guard,
        deadline: frame.deadline,
        read_only,
        cause: frame.cause,
        causes: frame.causes,
        woken: frame.woken,
        outside: None,
        emitted: Vec::new(),
        readings: frame.readings.take(),
    };
    let call = Call { handler, invocation: &invocation, input, limits: Limits { wall: left, ..Limits::default() } };
    let (mut inner, ended, _) = module.code.call(inner, call);
    let writes = matches!(inner.db, Db::Write(_));
    let ended = crate::invoke::checked(&module.manifest.handlers[handler as usize], ended, writes);
    frame.db = std::mem::replace(&mut inner.db, Db::Outside);
    frame.ids = inner.ids.clone();
    frame.tally = inner.tally.clone();
    frame.readings = inner.readings.take();
    settle(frame, undo, depth, &ended)?;
    match ended {
        Ended::Output(output) => {
            frame.emitted.append(&mut inner.emitted);
            Ok(Ok(output))
        }
        Ended::Failed(failure) => Ok(Err(failure)),
        Ended::Faulted(fault) => Err(HostError::Fault(fault)),
    }
}

/// What is to be undone when a call fails.
enum Undo {
    /// A call that writes nothing leaves nothing.
    Nothing,
    /// All since the savepoint of its depth.
    Savepoint,
    /// What was written since so many changes, which only a new beginning undoes.
    Since(u64),
}

fn begin(frame: &mut Frame, read_only: bool, depth: u32) -> Result<Undo, HostError> {
    match (&mut frame.db, frame.guard) {
        (Db::Write(writer), Guard::Savepoint) if !read_only => {
            writer.savepoint(depth).map_err(crate::frame::store_error)?;
            Ok(Undo::Savepoint)
        }
        (Db::Write(writer), Guard::Trial) => Ok(Undo::Since(writer.changes())),
        _ => Ok(Undo::Nothing),
    }
}

fn settle(frame: &mut Frame, undo: Undo, depth: u32, ended: &Ended) -> Result<(), HostError> {
    let Db::Write(writer) = &mut frame.db else { return Ok(()) };
    match (undo, ended) {
        (Undo::Savepoint, Ended::Output(_)) => writer.release(depth).map_err(crate::frame::store_error),
        (Undo::Savepoint, _) => writer.rollback_to(depth).map_err(crate::frame::store_error),
        (Undo::Since(before), Ended::Failed(_)) if writer.changes() != before => {
            Err(HostError::fault(ANEW, "a call on trial failed after it wrote"))
        }
        // A fault ends the caller, too.
        (Undo::Since(_) | Undo::Nothing, _) => Ok(()),
    }
}

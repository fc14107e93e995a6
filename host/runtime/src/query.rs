//! Queries: a read-only snapshot beside the writer, on the caller's own thread first.
//!
//! A query is free of effects, so one that does not finish in a few milliseconds is stopped and run again, with the full
//! time, on threads of its own: a slow query never holds a thread that serves other tenants.

use crate::frame::Db;
use crate::invoke::{Admitted, Request, Run, admit, answer, encode, run};
use crate::runtime::Inner;
use crate::tenant::Tenant;
use crate::turn::{place, store_problem};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;
use toolcrib_contract::host::fault;
use toolcrib_contract::limits;
use toolcrib_contract::problem::{BUSY, INTERNAL, Problem, UNAVAILABLE};
use toolcrib_sandbox::Ended;

/// The first try.
const QUICK_MS: u64 = 10;
/// Slow queries waiting for a thread.
const SLOW_WAITING: usize = 256;

/// A slow query on its way to a thread of its own.
pub(crate) type Slow = Box<dyn FnOnce() + Send>;

/// Answers a query on the last committed state.
///
/// # Errors
/// Whatever the module or admission says.
pub(crate) async fn query(inner: &Arc<Inner>, tenant: &Arc<Tenant>, request: &Request, admitted: Admitted) -> Result<String, Problem> {
    let input = encode(admitted.def(), &request.input)?;
    crate::runtime::ensure_open(inner, tenant).await?;
    match attempt(inner, tenant, request, &admitted, &input, Duration::from_millis(QUICK_MS)) {
        Err(Tried::TooSlow) => {}
        Err(Tried::Problem(problem)) => return Err(problem),
        Ok(text) => return Ok(text),
    }
    let (reply, answer) = oneshot::channel();
    let (inner_too, tenant, request) = (inner.clone(), tenant.clone(), request.clone());
    let slow: Slow = Box::new(move || {
        // Admitted anew: the scope may have changed while this waited.
        let again = admit(&tenant.scope(), &request.module, &request.operation, &request.actor);
        let wall = Duration::from_millis(limits::CALL_MS);
        let result = again.and_then(|admitted| {
            attempt(&inner_too, &tenant, &request, &admitted, &input, wall).map_err(|tried| match tried {
                Tried::Problem(problem) => problem,
                Tried::TooSlow => INTERNAL.problem(),
            })
        });
        let _ = reply.send(result);
    });
    if !inner.slow_queries(SLOW_WAITING, slow) {
        return Err(BUSY.because(format!("{SLOW_WAITING} slow queries wait for this host")));
    }
    answer.await.unwrap_or_else(|_| Err(UNAVAILABLE.problem()))
}

enum Tried {
    TooSlow,
    Problem(Problem),
}

fn attempt(inner: &Arc<Inner>, tenant: &Tenant, request: &Request, admitted: &Admitted, input: &[u8], wall: Duration) -> Result<String, Tried> {
    let problem = |error: toolcrib_store::StoreError| Tried::Problem(store_problem(&error));
    let Some(reader) = tenant.reader() else { return Err(Tried::Problem(UNAVAILABLE.problem())) };
    let mut reader = reader.map_err(problem)?;
    reader.begin_snapshot().map_err(problem)?;
    let scope = tenant.scope();
    let quick = wall.as_millis() as u64 <= QUICK_MS;
    let ran = run(
        Db::Read(reader),
        Run {
            place: place(inner, tenant, &scope, &admitted.installed),
            handler: admitted.handler,
            input,
            actor: request.actor.clone(),
            now: inner.world.clock.now(),
            seed: inner.seed(),
            cause: None,
            wall,
        },
    );
    let Db::Read(mut reader) = ran.db else { unreachable!("a query's reader comes back") };
    if reader.end_snapshot().is_ok() {
        tenant.put_reader(reader);
    }
    if quick && matches!(&ran.ended, Ended::Faulted(fault) if fault.code == fault::TIMEOUT) {
        return Err(Tried::TooSlow);
    }
    metrics::histogram!("toolcrib_query_us").record(ran.usage.wall_us as f64);
    answer(admitted.def(), &ran.ended).map_err(Tried::Problem)
}

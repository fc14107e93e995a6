//! Queries: a read-only snapshot beside the writer, on the caller's own thread first.
//!
//! A query is free of effects, so one that does not finish in a few milliseconds is stopped and run again, with the full
//! time, on threads of its own: a slow query never holds a thread that serves other tenants. So is one that calls other
//! modules: each of them needs a whole stack, which the caller's thread does not have.

use crate::command::{Guard, place};
use crate::frame::{Db, Place};
use crate::invoke::{self, Admitted, Request, Run, admit, answer, encode, run};
use crate::runtime::Inner;
use crate::scope::Scope;
use crate::snapshot::Output;
use crate::spans::{self, SpanContext};
use crate::tenant::{Tenant, lock};
use crate::track::{Reads, Track};
use crate::turn::store_problem;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::oneshot;
use toolcrib_contract::host::fault;
use toolcrib_contract::limits;
use toolcrib_contract::manifest::HandlerKind;
use toolcrib_contract::problem::{BUSY, INTERNAL, Problem, UNAVAILABLE};
use toolcrib_contract::types::Instant;
use toolcrib_sandbox::Ended;
use toolcrib_store::Reader;

/// The first try.
const QUICK_MS: u64 = 10;
/// Slow queries waiting for a thread.
pub(crate) const SLOW_WAITING: usize = 256;

/// A slow query on its way to a thread of its own.
pub(crate) type Slow = Box<dyn FnOnce() + Send>;

/// What became of a question whose answer is watched.
#[derive(Clone, Debug, PartialEq)]
pub struct Answered {
    /// JSON text, or why there is none.
    pub answer: Result<String, Problem>,
    /// What it was made from, also where it is a refusal.
    pub reads: Reads,
}

/// Answers a query, and says what the answer was made from.
pub(crate) async fn watched(inner: &Arc<Inner>, tenant: &Arc<Tenant>, request: &Request) -> Answered {
    let reads = Arc::new(Mutex::default());
    let answer = query(inner, tenant, request, &Track::Reads(reads.clone())).await;
    let reads = std::mem::take(&mut *lock(&reads));
    Answered { answer, reads }
}

/// Answers a query on the last committed state.
///
/// # Errors
/// Whatever the module or admission says.
pub(crate) async fn query(
    inner: &Arc<Inner>,
    tenant: &Arc<Tenant>,
    request: &Request,
    track: &Track,
) -> Result<String, Problem> {
    crate::files::ensure_open(inner, tenant).await?;
    let trace = spans::current();
    // The caller's thread, which serves others too, waits for no other machine.
    if !tenant.home.is_remote() {
        match attempt(inner, tenant, request, (Try::Quick, trace), track) {
            Err(Tried::TooSlow) => {}
            Err(Tried::Problem(problem)) => return Err(problem),
            Ok(text) => return Ok(text),
        }
    }
    let (reply, answer) = oneshot::channel();
    let (inner_too, tenant, request, track) = (inner.clone(), tenant.clone(), request.clone(), track.clone());
    let slow: Slow = Box::new(move || {
        let result = attempt(&inner_too, &tenant, &request, (Try::Whole, trace), &track).map_err(|tried| match tried {
            Tried::Problem(problem) => problem,
            Tried::TooSlow => INTERNAL.problem(),
        });
        let _ = reply.send(result);
    });
    if !inner.slow_queries(SLOW_WAITING, slow) {
        return Err(too_many());
    }
    answer.await.unwrap_or_else(|_| Err(UNAVAILABLE.problem()))
}

/// How a query is tried.
#[derive(Clone, Copy, PartialEq)]
enum Try {
    /// On the caller's thread, which has little time and little stack.
    Quick,
    /// On a thread of its own.
    Whole,
}

enum Tried {
    TooSlow,
    Problem(Problem),
}

pub(crate) fn too_many() -> Problem {
    BUSY.because(format!("{SLOW_WAITING} slow queries wait for this host"))
}

/// Admits and runs. Every try admits anew: the tenant's scope may have changed while the one before waited.
fn attempt(
    inner: &Arc<Inner>,
    tenant: &Tenant,
    request: &Request,
    (how, trace): (Try, Option<SpanContext>),
    track: &Track,
) -> Result<String, Tried> {
    let store = |error: toolcrib_store::StoreError| Tried::Problem(store_problem(&error));
    let scope = tenant.scope();
    let (admitted, input) = prepare(&scope, request).map_err(Tried::Problem)?;
    let mut reader = tenant.reader().map_err(store)?;
    reader.begin_snapshot();
    let quick = how == Try::Quick;
    let wall = Duration::from_millis(if quick { QUICK_MS } else { limits::CALL_MS });
    let asked = Asked { now: inner.world.clock.now(), wall, small_stack: quick, trace };
    let place = Place { track: track.clone(), ..place(inner, tenant, &scope, &admitted.installed) };
    let (mut reader, ended) = run_on(inner, tenant, place, &admitted, (&input, request), reader, asked);
    if reader.end_snapshot().is_ok() {
        tenant.put_reader(*reader, &inner.room);
    }
    if quick && matches!(&ended, Ended::Faulted(fault) if fault.code == fault::TIMEOUT) {
        return Err(Tried::TooSlow);
    }
    admitted.installed.module.health.count(&ended);
    answer(admitted.def(), &ended).map_err(Tried::Problem)
}

/// When and how a query is asked.
#[derive(Clone, Copy)]
pub(crate) struct Asked {
    pub now: Instant,
    pub wall: Duration,
    pub small_stack: bool,
    /// What it hangs below, where it is traced.
    pub trace: Option<SpanContext>,
}

/// Asks a query on a reader that somebody holds; gives it back with the answer.
pub(crate) fn on(
    inner: &Arc<Inner>,
    tenant: &Tenant,
    request: &Request,
    reader: Box<Reader>,
    asked: Asked,
) -> (Box<Reader>, Result<Output, Problem>) {
    let scope = tenant.scope();
    let (admitted, input) = match prepare(&scope, request) {
        Ok(prepared) => prepared,
        Err(problem) => return (reader, Err(problem)),
    };
    let place = Place { track: Track::Off, ..place(inner, tenant, &scope, &admitted.installed) };
    let (reader, ended) = run_on(inner, tenant, place, &admitted, (&input, request), reader, asked);
    admitted.installed.module.health.count(&ended);
    let def = admitted.def();
    // Held to what the manifest declares, as every answer is.
    let answered = match invoke::checked(def, ended, true) {
        Ended::Output(bytes) => Ok(Output { of: def.output.clone(), bytes }),
        ended => Err(invoke::problem(&ended)),
    };
    (reader, answered)
}

fn prepare(scope: &Scope, request: &Request) -> Result<(Admitted, Vec<u8>), Problem> {
    let admitted = admit(scope, &request.module, &request.operation, &request.actor)?;
    admitted.is_still(&HandlerKind::Query)?;
    let input = encode(admitted.def(), &request.input)?;
    Ok((admitted, input))
}

fn run_on(
    inner: &Arc<Inner>,
    tenant: &Tenant,
    place: Place,
    admitted: &Admitted,
    (input, request): (&[u8], &Request),
    reader: Box<Reader>,
    asked: Asked,
) -> (Box<Reader>, Ended) {
    tenant.used_us.store(asked.now.0, Ordering::Relaxed);
    let run_it = Run {
        place: Place { small_stack: asked.small_stack, ..place },
        handler: admitted.handler,
        input,
        actor: request.actor.clone(),
        now: asked.now,
        seed: inner.seed(),
        cause: None,
        wall: asked.wall,
        outside: None,
        span: inner.span_below(asked.trace),
    };
    let ran = run(Db::Read(reader), run_it, Guard::Savepoint);
    metrics::histogram!("toolcrib_query_us").record(ran.usage.wall_us as f64);
    let Db::Read(reader) = ran.db else { unreachable!("a query's reader comes back") };
    (reader, ran.ended)
}

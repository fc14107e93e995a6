//! What a connector's two imports do: requests through the way out, own operations through the front door.

use crate::egress::{Outgoing, Unanswered};
use crate::frame::{count, over};
use crate::invoke::{Actor, Request};
use crate::modules::Loaded;
use crate::runtime::{Inner, Runtime};
use crate::tenant::Tenant;
use std::collections::HashMap;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, Wake};
use std::thread::Thread;
use std::time::{Duration, Instant as Monotonic};
use toolcrib_contract::codec::{Decode, Encode};
use toolcrib_contract::fetch::{self, host_of};
use toolcrib_contract::host::{Failure, HostError, Rejection, fault};
use toolcrib_contract::problem::{INTERNAL, LIMIT, MODULE_FAULT, Problem, TIMEOUT};
use toolcrib_contract::{Capability, json, limits};

/// What a run did outside; for audit and metrics.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Spent {
    pub fetches: u32,
    pub runs: u32,
    /// Bytes of bodies.
    pub sent: usize,
    pub received: usize,
}

/// A connector's side of its frame.
pub(crate) struct Outside {
    inner: Arc<Inner>,
    tenant: Arc<Tenant>,
    module: Arc<Loaded>,
    /// The same for every repetition of this run.
    id: String,
    role: String,
    deadline: Monotonic,
    /// How often each operation ran with the same input.
    asked: HashMap<[u8; 16], u32>,
    pub spent: Spent,
}

type Heard = Result<Result<Vec<u8>, Failure>, HostError>;

fn rejected(code: &str, message: String) -> Heard {
    Ok(Err(Failure::Rejected(Rejection { code: code.to_owned(), message, field: None })))
}

fn malformed(detail: String) -> HostError {
    HostError::fault(fault::MALFORMED, detail)
}

impl Outside {
    pub fn new(
        inner: &Arc<Inner>,
        tenant: &Arc<Tenant>,
        module: &Arc<Loaded>,
        id: String,
        role: String,
        deadline: Monotonic,
    ) -> Self {
        let (inner, tenant, module) = (inner.clone(), tenant.clone(), module.clone());
        Self { inner, tenant, module, id, role, deadline, asked: HashMap::new(), spent: Spent::default() }
    }

    /// Sends a request to a host that the tenant agrees to at this moment.
    pub fn fetch(&mut self, request: &[u8]) -> Heard {
        count(&mut self.spent.fetches, 1, limits::FETCHES, "requests of one run")?;
        let request = fetch::Request::from_bytes(request).map_err(|error| malformed(format!("a request: {error}")))?;
        request.check().map_err(malformed)?;
        let host = host_of(&request.url).unwrap_or_default().to_owned();
        let (scope, name) = (self.tenant.scope(), &self.module.manifest.module);
        let capability = Capability::Outbound { host: host.clone() };
        let agreed = scope.module(name).is_ok_and(|now| now.missing().is_none() && now.may(&capability));
        if !agreed {
            return rejected("not-consented", format!("the tenant did not agree to `{capability}`"));
        }
        let Some(egress) = self.inner.egress.get().filter(|_| !self.is_stopping()) else {
            return Ok(Err(Failure::Retry("this host makes no requests at the moment".to_owned())));
        };
        let left = self.deadline.saturating_duration_since(Monotonic::now());
        let time = left.min(Duration::from_millis(limits::FETCH_MS));
        self.spent.sent += request.body.0.len();
        let (tenant, slug, module) = (self.tenant.id, scope.slug.clone(), name.clone());
        metrics::counter!("toolcrib_fetches_total", "module" => module.clone()).increment(1);
        match egress.fetch(&Outgoing { tenant, slug, module, host, request, time }) {
            Ok(answer) if answer.body.0.len() <= limits::FETCH_BYTES => {
                self.spent.received += answer.body.0.len();
                Ok(Ok(answer.to_bytes()))
            }
            Ok(_) | Err(Unanswered::TooLarge) => {
                let message = format!("the answer has more than {} bytes", limits::FETCH_BYTES);
                rejected("answer-too-large", message)
            }
            Err(Unanswered::Away(why)) => Ok(Err(Failure::Retry(why))),
        }
    }

    /// Runs one of the module's own operations like anybody's request, under a key that a repetition has again.
    pub fn run(&mut self, operation: &str, input: &[u8]) -> Heard {
        count(&mut self.spent.runs, 1, limits::RUNS, "operations of one run")?;
        if input.len() > limits::INPUT_BYTES {
            return Err(over("bytes of input", limits::INPUT_BYTES));
        }
        let module = self.module.clone();
        let own = module.operation(operation).filter(|(_, def)| def.is_transaction());
        let (_, def) = own.ok_or_else(|| {
            let shown: String = operation.chars().take(60).collect();
            malformed(format!("the module has no command or query `{shown}`"))
        })?;
        let text = json::write(&def.input, input).map_err(|error| malformed(format!("`{operation}`: {error}")))?;
        let parsed = serde_json::from_str(&text).map_err(|error| malformed(format!("`{operation}`: {error}")))?;
        if self.is_stopping() {
            return Ok(Err(Failure::Retry("the host is stopping".to_owned())));
        }
        let name = &module.manifest.module;
        let request = Request {
            tenant: self.tenant.id,
            module: name.clone(),
            operation: operation.to_owned(),
            input: parsed,
            actor: Actor::new(format!("module:{name}"), self.role.clone()),
            idempotency_key: Some(self.key(operation, input)),
        };
        let runtime = Runtime { inner: self.inner.clone() };
        let answer = match wait(runtime.invoke(request), self.deadline) {
            None => {
                let detail = format!("more than {} ms of wall time for one run", limits::CONNECTOR_MS);
                return Err(HostError::fault(fault::TIMEOUT, detail));
            }
            Some(Err(problem)) => return heard(problem),
            Some(Ok(answer)) => answer,
        };
        let output = serde_json::from_str(&answer).ok().and_then(|answer| json::read(&def.output, &answer).ok());
        output.map(Ok).ok_or_else(|| HostError::fault(fault::HOST, format!("the answer of `{operation}` is no value")))
    }

    /// The same operation with the same input has the same key in every repetition of this run, and another one each
    /// time it is asked for in one.
    fn key(&mut self, operation: &str, input: &[u8]) -> String {
        let digest = digest(&[operation.as_bytes(), input]);
        let nth = self.asked.entry(digest).or_default();
        *nth += 1;
        format!("{}-{}-{nth}", self.id, hex(&digest))
    }

    fn is_stopping(&self) -> bool {
        self.inner.stopping.load(Ordering::Acquire)
    }
}

/// Names something by all its parts.
pub(crate) fn digest(parts: &[&[u8]]) -> [u8; 16] {
    use sha2::{Digest, Sha256};
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    let mut digest = [0; 16];
    digest.copy_from_slice(&hash.finalize()[..16]);
    digest
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// What a problem of an own operation means for the connector. A fault ends it too, as with nested calls.
fn heard(problem: Problem) -> Heard {
    let message = problem.detail.clone().unwrap_or_else(|| problem.title.clone());
    for (kind, code) in [(MODULE_FAULT, fault::TRAP), (LIMIT, fault::LIMIT), (TIMEOUT, fault::TIMEOUT)] {
        if problem.is(kind) {
            return Err(HostError::fault(code, message));
        }
    }
    if problem.is(INTERNAL) {
        return Err(HostError::fault(fault::HOST, message));
    }
    if matches!(problem.status, 429 | 503) {
        return Ok(Err(Failure::Retry(message)));
    }
    let field = problem.errors.first().map(|error| error.pointer.trim_start_matches('/').to_owned());
    Ok(Err(Failure::Rejected(Rejection { code: problem.code, message, field })))
}

/// Wakes a thread that waits.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Waits on this thread, which is nobody else's, until it is done or the time is over.
pub(crate) fn wait<F: Future>(future: F, deadline: Monotonic) -> Option<F::Output> {
    let waker = Arc::new(Unpark(std::thread::current())).into();
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(done) = future.as_mut().poll(&mut context) {
            return Some(done);
        }
        let left = deadline.checked_duration_since(Monotonic::now()).filter(|left| !left.is_zero())?;
        std::thread::park_timeout(left);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_ends_with_the_answer_or_with_the_time() {
        let (sender, receiver) = tokio::sync::oneshot::channel();
        let soon = || Monotonic::now() + Duration::from_secs(60);
        let other = std::thread::spawn(move || sender.send(7));
        assert_eq!(wait(receiver, soon()), Some(Ok(7)));
        other.join().unwrap().unwrap();
        assert_eq!(wait(std::future::pending::<()>(), Monotonic::now()), None);
    }

    #[test]
    fn what_ends_an_operation_tells_the_connector_what_to_do() {
        use toolcrib_contract::problem::{BUSY, NOT_CONSENTED, REJECTED};
        assert!(matches!(heard(BUSY.problem()), Ok(Err(Failure::Retry(_)))));
        assert!(matches!(heard(MODULE_FAULT.problem()), Err(HostError::Fault(fault)) if fault.code == fault::TRAP));
        for kind in [REJECTED, NOT_CONSENTED] {
            let code = |failure| match failure {
                Failure::Rejected(rejection) => rejection.code,
                Failure::Retry(_) => String::new(),
            };
            assert_eq!(heard(kind.problem()).unwrap().map_err(code), Err(kind.code.to_owned()));
        }
    }
}

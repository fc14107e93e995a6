//! Connectors in memory: what the outside answers is a function of the test, own operations run as a host runs them.

use super::{Call, Kind, Memory, Stop};
use crate::capability::{Capability, wanted};
use crate::fetch::{self, host_of};
use crate::host::{HostError, fault, refusal};
use crate::manifest::{HandlerDef, HandlerKind};
use crate::value::from_bytes;
use crate::{Decode, Encode, Failure, Invocation, Rejection, limits};

type Done<T> = Result<T, HostError>;

/// Runs one of the module's own handlers on a memory whose invocation is open, and gives it back.
pub type Operate = Box<dyn FnMut(Call<'_>, Memory) -> (Memory, Result<Vec<u8>, Stop>) + Send>;

/// Stands in for the outside: none means that nothing answers.
pub type Outside = Box<dyn FnMut(&fetch::Request) -> Option<fetch::Answer> + Send>;

impl Memory {
    /// Starts a connector's run. It is no transaction: what its operations wrote stays, whatever becomes of it.
    pub fn begin_connector(&mut self, invocation: &Invocation) {
        self.start(invocation, Kind::Connects);
    }

    /// How connectors run operations from now on.
    pub fn operate_with(
        &mut self,
        operate: impl FnMut(Call<'_>, Memory) -> (Memory, Result<Vec<u8>, Stop>) + Send + 'static,
    ) {
        self.operate = Some(Box::new(operate));
    }

    /// What answers requests, after those given before have not.
    pub fn serve(&mut self, outside: impl FnMut(&fetch::Request) -> Option<fetch::Answer> + Send + 'static) {
        self.outside.push(Box::new(outside));
    }

    /// Requests that left so far, oldest first.
    pub fn requests(&self) -> &[fetch::Request] {
        &self.requests
    }

    pub(super) fn fetched(&mut self, request: &[u8]) -> Done<Result<Vec<u8>, Failure>> {
        let malformed = |detail: String| HostError::fault(fault::MALFORMED, detail);
        let request = fetch::Request::from_bytes(request).map_err(|error| malformed(format!("a request: {error}")))?;
        request.check().map_err(malformed)?;
        let host = host_of(&request.url).unwrap_or_default().to_owned();
        let capability = Capability::Outbound { host };
        if !wanted(&self.manifest).iter().any(|wanted| wanted.capability == capability) {
            let message = format!("the module does not ask for `{capability}`");
            let code = refusal::NOT_CONSENTED.to_owned();
            return Ok(Err(Failure::Rejected(Rejection { code, message, field: None })));
        }
        self.requests.push(request.clone());
        let Some(answer) = self.outside.iter_mut().find_map(|outside| outside(&request)) else {
            return Ok(Err(Failure::Retry(format!("nothing answers {} {} here", request.method, request.url))));
        };
        if answer.body.0.len() > limits::FETCH_BYTES {
            return Ok(Err(too_long()));
        }
        Ok(Ok(answer.to_bytes()))
    }

    pub(super) fn operated(&mut self, operation: &str, input: &[u8]) -> Done<Result<Vec<u8>, Failure>> {
        let malformed = |detail: String| HostError::fault(fault::MALFORMED, detail);
        let manifest = self.manifest.clone();
        let own = manifest.handler(operation).filter(|(_, handler)| handler.is_transaction());
        let (number, handler) =
            own.ok_or_else(|| malformed(format!("the module has no command or query `{operation}`")))?;
        from_bytes(&handler.input, input).map_err(|error| malformed(format!("{operation}: {error}")))?;
        let (Some(mut operate), Some(outer)) = (self.operate.take(), self.turn.take()) else {
            return Err(malformed("nothing runs operations here".to_owned()));
        };
        let Invocation { now, seed, role, .. } = outer.invocation.clone();
        let seed = seed.wrapping_add(u64::from(outer.used.runs) << 32);
        let invocation = Invocation { now, seed, actor: format!("module:{}", manifest.module), role };
        if handler.kind == HandlerKind::Query {
            self.begin_read_only(&invocation);
        } else {
            self.begin(&invocation);
            self.woken();
        }
        let memory = std::mem::replace(self, Self::new(manifest.clone()));
        let call = Call { number, handler, invocation: &invocation, input, woken: false };
        let (mut memory, outcome) = operate(call, memory);
        let outcome = memory.settle(handler, outcome);
        (memory.operate, memory.turn) = (Some(operate), Some(outer));
        *self = memory;
        match outcome {
            Ok(output) => Ok(Ok(output)),
            Err(Stop::Failed(failure)) => Ok(Err(failure)),
            Err(Stop::Fault(fault)) => Err(HostError::Fault(fault)),
        }
    }

    /// Ends the open invocation by how its handler ended: kept with an output of the declared type, else undone.
    pub(super) fn settle(&mut self, handler: &HandlerDef, outcome: Result<Vec<u8>, Stop>) -> Result<Vec<u8>, Stop> {
        match outcome.and_then(|output| super::simulation::checked_output(handler, output)) {
            Ok(output) => self.commit().map(|_| output).map_err(Stop::Fault),
            Err(stop) => {
                let met = self.fault().cloned();
                self.rollback();
                Err(met.map_or(stop, Stop::Fault))
            }
        }
    }
}

/// What a connector hears of an answer over [`limits::FETCH_BYTES`].
pub(super) fn too_long() -> Failure {
    let message = format!("the answer has more than {} bytes", limits::FETCH_BYTES);
    Failure::Rejected(Rejection { code: "answer-too-large".to_owned(), message, field: None })
}

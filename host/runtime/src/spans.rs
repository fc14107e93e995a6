//! Spans for an operator's traces: when a request, an invocation, a commit, an effect began and ended. Plain data; whoever is
//! given them ([`Traces`]) decides what is traced at all and where it goes.
//!
//! A context travels by value with a job, and no span is made where there is none: what is not traced costs a comparison.
//! Absent on purpose: inputs, outputs, rows, tokens, people, and sentences of modules. Attributes are made in this crate and
//! in `host/server`, from a fixed list of names.

use crate::frame::Tally;
use crate::runtime::{Inner, Runtime};
use crate::scope::Scope;
use crate::tenant::LiveEvent;
use std::borrow::Cow;
use std::collections::VecDeque;
use std::future::Future;
use std::sync::Arc;
use toolcrib_contract::host::{Failure, fault};
use toolcrib_contract::manifest::HandlerKind;
use toolcrib_contract::types::Instant;
use toolcrib_sandbox::{Ended, Usage};

/// Groups of events of which a tenant remembers what traced span wrote them; of older ones the trace ends there.
const WRITTEN: usize = 64;

tokio::task_local! {
    static CURRENT: Option<SpanContext>;
}

/// What other spans hang below. In the byte order of W3C Trace Context.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SpanContext {
    pub trace: [u8; 16],
    pub span: [u8; 8],
}

/// Which side of a call a span is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpanKind {
    Server,
    Internal,
    Client,
    Consumer,
}

/// An attribute's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attribute {
    Text(String),
    Number(u64),
}

/// The attributes of a span, by name.
pub type Attributes = Vec<(&'static str, Attribute)>;

/// A span that is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    pub context: SpanContext,
    pub parent: Option<[u8; 8]>,
    pub name: Cow<'static, str>,
    pub kind: SpanKind,
    pub began: Instant,
    pub ended: Instant,
    pub attributes: Attributes,
    /// The host or a module failed. A refusal is none.
    pub failed: bool,
}

/// Decides what is traced, and takes spans. Nothing here may wait: it is called in turns.
pub trait Traces: Send + Sync {
    /// The beginning of a trace, for the share that is traced.
    fn root(&self) -> Option<SpanContext>;
    /// A context of the same trace.
    fn below(&self, parent: SpanContext) -> SpanContext;
    fn now(&self) -> Instant;
    fn take(&self, span: Span);
}

/// A span that has begun.
pub struct Begun {
    traces: Arc<dyn Traces>,
    context: SpanContext,
    parent: Option<[u8; 8]>,
    began: Instant,
}

impl Begun {
    /// A new trace, for the share that is traced.
    pub fn root(traces: &Arc<dyn Traces>) -> Option<Self> {
        let context = traces.root()?;
        Some(Self { context, parent: None, began: traces.now(), traces: traces.clone() })
    }

    pub fn below(traces: &Arc<dyn Traces>, parent: SpanContext) -> Self {
        let context = traces.below(parent);
        Self { context, parent: Some(parent.span), began: traces.now(), traces: traces.clone() }
    }

    pub fn context(&self) -> SpanContext {
        self.context
    }

    pub fn end(self, kind: SpanKind, name: impl Into<Cow<'static, str>>, attributes: Attributes, failed: bool) {
        let Self { traces, context, parent, began } = self;
        let ended = traces.now();
        traces.take(Span { context, parent, name: name.into(), kind, began, ended, attributes, failed });
    }
}

/// Lets what `work` asks of the runtime hang below this.
pub fn within<F: Future>(context: Option<SpanContext>, work: F) -> impl Future<Output = F::Output> {
    CURRENT.scope(context, work)
}

/// The same for work on this thread.
pub(crate) fn within_here<T>(context: Option<SpanContext>, work: impl FnOnce() -> T) -> T {
    CURRENT.sync_scope(context, work)
}

/// What the caller's work hangs below.
pub(crate) fn current() -> Option<SpanContext> {
    CURRENT.try_with(|context| *context).ok().flatten()
}

impl Runtime {
    /// Tells spans to this from now on.
    pub fn trace_to(&self, traces: Arc<dyn Traces>) {
        assert!(self.inner.traces.set(traces).is_ok(), "traces are set once");
    }
}

impl Inner {
    /// None below nothing.
    pub fn span_below(&self, parent: Option<SpanContext>) -> Option<Box<Begun>> {
        let (parent, traces) = (parent?, self.traces.get()?);
        Some(Box::new(Begun::below(traces, parent)))
    }

    /// One below each.
    pub fn spans_below(&self, parents: &[SpanContext]) -> Vec<Begun> {
        let traces = self.traces.get();
        traces.map_or_else(Vec::new, |traces| parents.iter().map(|parent| Begun::below(traces, *parent)).collect())
    }

    /// Of what nobody asked for: below what led to it, or a trace of its own for the share that is traced.
    pub fn span_after(&self, cause: Option<SpanContext>) -> Option<Box<Begun>> {
        let traces = self.traces.get()?;
        match cause {
            Some(cause) => Some(Box::new(Begun::below(traces, cause))),
            None => Begun::root(traces).map(Box::new),
        }
    }
}

/// Which traced span wrote the newest events, so that what they lead to hangs below it. In memory only: after a restart, and
/// on another host, what follows is a trace of its own.
#[derive(Default)]
pub(crate) struct Written(VecDeque<(u64, u64, SpanContext)>);

impl Written {
    pub fn add(&mut self, events: &[LiveEvent], by: SpanContext) {
        let (Some(first), Some(last)) = (events.first(), events.last()) else { return };
        if self.0.len() == WRITTEN {
            self.0.pop_front();
        }
        self.0.push_back((first.seq, last.seq, by));
    }

    /// The newest first: numbers that were rolled back are given again.
    pub fn by(&self, seq: u64) -> Option<SpanContext> {
        self.0.iter().rev().find(|(first, last, _)| (*first..=*last).contains(&seq)).map(|(_, _, by)| *by)
    }

    /// What was written is undone.
    pub fn clear(&mut self) {
        self.0.clear();
    }
}

/// A handler that ran.
pub(crate) struct Invoked<'a> {
    pub scope: &'a Scope,
    pub module: &'a str,
    pub version: &'a str,
    pub operation: &'a str,
    pub kind: &'a HandlerKind,
    pub ended: &'a Ended,
    pub usage: &'a Usage,
    pub tally: &'a Tally,
    /// A first try, which has little time and is followed by another one when that is over.
    pub is_quick: bool,
}

impl Invoked<'_> {
    /// Ends the span of the invocation.
    pub fn end(&self, span: Begun) {
        let (name, kind) = match self.kind {
            HandlerKind::Command => ("command", SpanKind::Internal),
            HandlerKind::Query => ("query", SpanKind::Internal),
            HandlerKind::Connector => ("connector", SpanKind::Internal),
            HandlerKind::Timer => ("timer", SpanKind::Internal),
            HandlerKind::OnEvent { .. } => ("event", SpanKind::Consumer),
            _ => ("signal", SpanKind::Consumer),
        };
        let (outcome, code) = self.outcome();
        let mut attributes = of_module(self.scope, self.module);
        attributes.extend([
            ("toolcrib.module.version", text(self.version)),
            ("toolcrib.operation", text(self.operation)),
            ("toolcrib.outcome", text(outcome)),
            ("toolcrib.rows_read", Attribute::Number(self.tally.rows_read.into())),
            ("toolcrib.rows_written", Attribute::Number(self.tally.rows_written.into())),
            ("toolcrib.events", Attribute::Number(self.tally.events.into())),
            ("toolcrib.host_calls", Attribute::Number(self.usage.host_calls)),
        ]);
        if self.usage.fuel > 0 {
            attributes.push(("toolcrib.fuel", Attribute::Number(self.usage.fuel)));
        }
        if let Some(code) = code {
            attributes.push(("error.type", text(code)));
        }
        span.end(kind, name, attributes, outcome == "fault");
    }

    /// A word, and the stable code of what is no success. Sentences stay out: modules write them.
    fn outcome(&self) -> (&'static str, Option<&str>) {
        match self.ended {
            Ended::Output(_) => ("done", None),
            Ended::Failed(Failure::Rejected(rejection)) => ("rejected", Some(&rejection.code)),
            Ended::Failed(Failure::Retry(_)) => ("retry", None),
            Ended::Faulted(fault) if self.is_quick && fault.code == fault::TIMEOUT => ("again", None),
            Ended::Faulted(fault) => ("fault", Some(fault.code)),
        }
    }
}

/// Whose, and of which module.
pub(crate) fn of_module(scope: &Scope, module: &str) -> Attributes {
    vec![("toolcrib.tenant", text(&scope.slug)), ("toolcrib.module", text(module))]
}

pub(crate) fn text(text: &str) -> Attribute {
    Attribute::Text(text.to_owned())
}

/// Ends the spans of a commit: one below each traced command that waited for it.
pub(crate) fn commit(spans: Vec<Begun>, scope: &Scope, commands: usize, failed: bool) {
    for span in spans {
        let attributes = vec![
            ("toolcrib.tenant", text(&scope.slug)),
            ("toolcrib.commit.commands", Attribute::Number(commands as u64)),
        ];
        span.end(SpanKind::Internal, "commit", attributes, failed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(seq: u64) -> LiveEvent {
        LiveEvent { seq, module: String::new(), name: String::new(), body: String::new(), at: Instant(0) }
    }

    fn context(nth: u8) -> SpanContext {
        SpanContext { trace: [nth; 16], span: [nth; 8] }
    }

    #[test]
    fn an_event_hangs_below_the_newest_span_that_wrote_its_number_and_few_are_remembered() {
        let mut written = Written::default();
        written.add(&[], context(9));
        written.add(&[event(5), event(6), event(7)], context(1));
        written.add(&[event(7)], context(2));
        assert_eq!([4, 5, 7, 8].map(|seq| written.by(seq)), [None, Some(context(1)), Some(context(2)), None]);
        for seq in 10..10 + WRITTEN as u64 {
            written.add(&[event(seq)], context(3));
        }
        assert_eq!((written.0.len(), written.by(5), written.by(10)), (WRITTEN, None, Some(context(3))));
    }

    #[test]
    fn outside_of_any_request_nothing_is_current() {
        assert_eq!(current(), None);
        assert_eq!(within_here(Some(context(1)), current), Some(context(1)));
        assert_eq!(current(), None);
    }
}

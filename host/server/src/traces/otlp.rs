//! Spans as OTLP says them: the messages of OpenTelemetry's protocol, <https://opentelemetry.io/docs/specs/otlp/>.

use opentelemetry_proto::tonic::collector::trace::v1::{ExportTraceServiceRequest, ExportTraceServiceResponse};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use opentelemetry_proto::tonic::trace::v1::{self as wire, ResourceSpans, ScopeSpans, Status};
use prost::Message;
use toolcrib_contract::types::Instant;
use toolcrib_runtime::{Attribute, Span, SpanKind};

/// Sampled, in the flags of W3C Trace Context.
const SAMPLED: u32 = 1;

/// Who sends the spans.
pub struct Sender {
    pub service: &'static str,
    /// Which of several; empty when nothing says.
    pub instance: String,
}

impl Sender {
    /// The body of one request.
    pub fn request(&self, spans: Vec<Span>) -> Vec<u8> {
        let mut attributes =
            vec![pair("service.name", text(self.service)), pair("service.version", text(env!("CARGO_PKG_VERSION")))];
        if !self.instance.is_empty() {
            attributes.push(pair("service.instance.id", text(&self.instance)));
        }
        let scope = InstrumentationScope { name: "toolcrib".to_owned(), ..InstrumentationScope::default() };
        let spans = spans.into_iter().map(span).collect();
        let scope_spans = vec![ScopeSpans { scope: Some(scope), spans, ..ScopeSpans::default() }];
        let resource = Some(Resource { attributes, ..Resource::default() });
        let resource_spans = vec![ResourceSpans { resource, scope_spans, ..ResourceSpans::default() }];
        ExportTraceServiceRequest { resource_spans }.encode_to_vec()
    }
}

/// How many spans a collector refused, by its answer.
pub fn rejected(answer: &[u8]) -> usize {
    let answer = ExportTraceServiceResponse::decode(answer).unwrap_or_default();
    answer.partial_success.map_or(0, |partial| usize::try_from(partial.rejected_spans).unwrap_or(0))
}

fn span(span: Span) -> wire::Span {
    let kind = match span.kind {
        SpanKind::Server => wire::span::SpanKind::Server,
        SpanKind::Internal => wire::span::SpanKind::Internal,
        SpanKind::Client => wire::span::SpanKind::Client,
        SpanKind::Consumer => wire::span::SpanKind::Consumer,
    };
    let value = |attribute| match attribute {
        Attribute::Text(text) => Value::StringValue(text),
        Attribute::Number(number) => Value::IntValue(i64::try_from(number).unwrap_or(i64::MAX)),
    };
    let status = span.failed.then(|| Status { code: StatusCode::Error as i32, ..Status::default() });
    wire::Span {
        trace_id: span.context.trace.to_vec(),
        span_id: span.context.span.to_vec(),
        parent_span_id: span.parent.map(|parent| parent.to_vec()).unwrap_or_default(),
        flags: SAMPLED,
        name: span.name.into_owned(),
        kind: kind as i32,
        start_time_unix_nano: nanoseconds(span.began),
        // A clock that was set back in between would make a span that collectors refuse.
        end_time_unix_nano: nanoseconds(span.ended.max(span.began)),
        attributes: span.attributes.into_iter().map(|(key, attribute)| pair(key, value(attribute))).collect(),
        status,
        ..wire::Span::default()
    }
}

fn nanoseconds(at: Instant) -> u64 {
    u64::try_from(at.0).unwrap_or(0).saturating_mul(1_000)
}

fn text(text: &str) -> Value {
    Value::StringValue(text.to_owned())
}

fn pair(key: &str, value: Value) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(AnyValue { value: Some(value) }), ..KeyValue::default() }
}

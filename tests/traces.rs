//! Traces of a real host over real HTTP, as a collector gets them.

use crate::chaos::servers::{Product, Servers};
use crate::wait::until_async;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::post;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use serde_json::json;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Longest wait for something that must happen on a busy machine.
const SOON: Duration = Duration::from_secs(60);
const ROUTE: &str = "/v1/t/{tenant}/m/{module}/{operation}";
/// What a stranger sends so that his request is traced, in a trace of his choice.
const STRANGERS: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// What a collector got, and whether it still answers.
#[derive(Default)]
struct Got {
    requests: Mutex<Vec<ExportTraceServiceRequest>>,
    asked: AtomicUsize,
    hangs: AtomicBool,
}

impl Got {
    fn spans(&self) -> Vec<Span> {
        let requests = self.requests.lock().unwrap();
        let scopes = requests.iter().flat_map(|request| &request.resource_spans).flat_map(|of| &of.scope_spans);
        scopes.flat_map(|scope| scope.spans.clone()).collect()
    }
}

async fn take(State(got): State<Arc<Got>>, body: Bytes) {
    got.asked.fetch_add(1, Ordering::SeqCst);
    if got.hangs.load(Ordering::SeqCst) {
        return std::future::pending().await;
    }
    got.requests.lock().unwrap().push(ExportTraceServiceRequest::decode(body).expect("OTLP"));
}

async fn collector() -> (Arc<Got>, String) {
    let got = Arc::new(Got::default());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let routes = Router::new().route("/v1/traces", post(take)).with_state(got.clone());
    tokio::spawn(async move { axum::serve(listener, routes).await });
    (got, url)
}

fn attributes(pairs: &[KeyValue]) -> BTreeMap<String, String> {
    let text = |pair: &KeyValue| match pair.value.as_ref().and_then(|value| value.value.as_ref()) {
        Some(Value::StringValue(text)) => text.clone(),
        Some(Value::IntValue(number)) => number.to_string(),
        other => panic!("{} is {other:?}", pair.key),
    };
    pairs.iter().map(|pair| (pair.key.clone(), text(pair))).collect()
}

/// The spans of one trace, by name.
struct Trace(BTreeMap<String, Span>);

impl Trace {
    /// The one in which this operation was asked for; none until all of these spans are there.
    fn of(spans: &[Span], operation: &str, names: &[&str]) -> Option<Self> {
        let is_it =
            |span: &&Span| attributes(&span.attributes).get("toolcrib.operation").is_some_and(|of| of == operation);
        let asked = spans.iter().find(is_it)?;
        let of_trace = spans.iter().filter(|span| span.trace_id == asked.trace_id);
        let by_name: BTreeMap<_, _> = of_trace.map(|span| (span.name.clone(), span.clone())).collect();
        names.iter().all(|name| by_name.contains_key(*name)).then_some(Self(by_name))
    }

    fn attributes(&self, name: &str) -> BTreeMap<String, String> {
        attributes(&self.0[name].attributes)
    }

    fn has(&self, name: &str, expected: &[(&str, &str)]) {
        let has = self.attributes(name);
        for (key, value) in expected {
            assert_eq!(has.get(*key).map(String::as_str), Some(*value), "{key} of {name}: {has:?}");
        }
    }

    fn hangs_below(&self, name: &str, parent: &str) {
        assert_eq!(self.0[name].parent_span_id, self.0[parent].span_id, "{name} hangs below {parent}");
        assert!(self.0[name].start_time_unix_nano >= self.0[parent].start_time_unix_nano);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_spans_of_a_command_reach_a_collector_and_one_that_hangs_delays_nothing() {
    let (got, url) = collector().await;
    let config = format!("[traces]\nendpoint = {url:?}\nsample = 1.0\ninstance = \"host-1\"\n");
    let (servers, host) = Servers::with(1, Product { config: &config, ..Product::DAYBOOK }).await;
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let command = |text: &str| {
        let path = format!("{}/v1/t/{}/m/daybook/order?hint=query-word", host.url, servers.tenants[0].slug);
        let request = http.post(path).bearer_auth(&servers.token).header("traceparent", STRANGERS);
        request.header("idempotency-key", format!("key-{text}")).json(&json!({ "text": text })).send()
    };
    assert_eq!(command("body-word").await.unwrap().status(), 200);

    let request = format!("POST {ROUTE}");
    let names = [request.as_str(), "command", "commit", "event"];
    let there = || async { Trace::of(&got.spans(), "order", &names) };
    let trace = until_async("the spans of the command", SOON, there).await;
    is_as_promised(&trace, &request, &servers.tenants[0].slug);
    let spans = got.spans();
    says_nothing_secret(&spans, &[&servers.token, &servers.tenants[0].device_token, "body-word", "query-word", "key-"]);
    let strangers = |span: &Span| span.trace_id.starts_with(&[0x4b, 0xf9, 0x2f]);
    assert!(!spans.iter().any(strangers), "a stranger does not choose the trace");
    let resource = got.requests.lock().unwrap()[0].resource_spans[0].resource.clone().unwrap();
    let resource = attributes(&resource.attributes);
    assert_eq!((&*resource["service.name"], &*resource["service.instance.id"]), ("toolcrib-host", "host-1"));

    // From now on the collector takes a request and never answers.
    got.hangs.store(true, Ordering::SeqCst);
    let (asked, began) = (got.asked.load(Ordering::SeqCst), Instant::now());
    for nth in 0..20 {
        assert_eq!(command(&format!("later-{nth}")).await.unwrap().status(), 200);
    }
    // Each would take five seconds if it waited for a request to the collector.
    assert!(began.elapsed() < Duration::from_secs(50), "20 commands took {:?}", began.elapsed());
    let waits = || async { (got.asked.load(Ordering::SeqCst) > asked).then_some(()) };
    until_async("the collector to be asked", SOON, waits).await;
    let began = Instant::now();
    host.stop();
    // Two seconds for the last spans; the rest is what a stop takes on a busy machine.
    assert!(began.elapsed() < Duration::from_secs(15), "the stop took {:?}", began.elapsed());
}

fn is_as_promised(trace: &Trace, request: &str, slug: &str) {
    assert!(trace.0[request].parent_span_id.is_empty(), "the request is the beginning");
    trace.hangs_below("command", request);
    trace.hangs_below("commit", request);
    trace.hangs_below("event", "command");
    trace.has(request, &[("http.request.method", "POST"), ("http.route", ROUTE), ("http.response.status_code", "200")]);
    trace.has(request, &[("toolcrib.tenant", slug)]);
    let module = [("toolcrib.tenant", slug), ("toolcrib.module", "daybook"), ("toolcrib.outcome", "done")];
    trace.has("command", &module);
    trace.has("command", &[("toolcrib.operation", "order"), ("toolcrib.events", "1"), ("toolcrib.rows_written", "0")]);
    trace.has("event", &module);
    trace.has("event", &[("toolcrib.operation", "ordered"), ("toolcrib.rows_written", "1")]);
    assert!(trace.attributes("command").contains_key("toolcrib.module.version"));
    trace.has("commit", &[("toolcrib.tenant", slug), ("toolcrib.commit.commands", "1")]);
    for span in trace.0.values() {
        assert!(span.end_time_unix_nano >= span.start_time_unix_nano && span.span_id.len() == 8, "{span:?}");
        assert!(span.status.is_none(), "nothing failed: {span:?}");
    }
}

/// Neither these words, nor an attribute that operators are not told of.
fn says_nothing_secret(spans: &[Span], secrets: &[&str]) {
    let said = format!("{spans:?}");
    for secret in secrets {
        assert!(!said.contains(secret), "{secret} is in a span");
    }
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../host/server/OPERATIONS.md");
    let page = std::fs::read_to_string(page).unwrap();
    for key in spans.iter().flat_map(|span| &span.attributes).map(|pair| &pair.key) {
        assert!(page.contains(&format!("`{key}`")), "OPERATIONS.md does not know {key}");
    }
}

//! Collectors that are slow, away, or refuse.

use super::*;
use axum::Router;
use axum::body::Bytes;
use axum::routing::post;
use metrics_exporter_prometheus::PrometheusBuilder;
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use prost::Message;
use std::time::Instant as Monotonic;
use tokio::net::TcpListener;
use toolcrib_runtime::SpanKind;

/// A collector of one route on a free port.
async fn collector(routes: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, routes).await });
    url
}

fn tracing_to(endpoint: String) -> super::super::Started {
    let config = config::Traces { endpoint, sample: 1.0, ..config::Traces::default() };
    super::super::start(&config, &crate::world::real(), "test").unwrap().unwrap()
}

fn span(traces: &dyn Traces) -> Span {
    let (context, at) = (traces.root().expect("everything is traced"), traces.now());
    let (name, attributes) = ("test".into(), Vec::new());
    Span { context, parent: None, name, kind: SpanKind::Internal, began: at, ended: at, attributes, failed: false }
}

#[tokio::test]
async fn a_collector_that_hangs_delays_neither_whoever_makes_spans_nor_the_stop() {
    let hangs = Router::new().route(PATH, post(|_: Bytes| std::future::pending::<()>()));
    let started = tracing_to(collector(hangs).await);
    let began = Monotonic::now();
    for _ in 0..3 * QUEUE {
        started.tracing.traces.take(span(&*started.tracing.traces));
    }
    assert!(began.elapsed() < GATHER, "spans that find the queue full are dropped at once: {:?}", began.elapsed());
    let began = Monotonic::now();
    started.finish().await;
    let most = super::super::LAST + Duration::from_secs(1);
    assert!(began.elapsed() < most, "the stop took {:?}", began.elapsed());
}

#[test]
fn what_no_collector_took_is_counted() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    let counted = || {
        let text = handle.render();
        let of = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.trim().parse::<usize>().ok());
        (of("toolcrib_spans_sent_total "), of("toolcrib_spans_dropped_total "))
    };
    // On one thread, so that everything counts here.
    let one = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    metrics::with_local_recorder(&recorder, || {
        one.block_on(async {
            // Nobody listens: bound and closed again.
            let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
            let started = tracing_to(format!("http://{nobody}"));
            started.tracing.traces.take(span(&*started.tracing.traces));
            started.finish().await;
            assert_eq!(counted(), (None, Some(1)), "nobody is there");

            let partial = |body: Bytes| async move {
                let request = ExportTraceServiceRequest::decode(body).unwrap();
                assert_eq!(request.resource_spans[0].scope_spans[0].spans.len(), 5);
                let partial = ExportTracePartialSuccess { rejected_spans: 2, error_message: "x".to_owned() };
                ExportTraceServiceResponse { partial_success: Some(partial) }.encode_to_vec()
            };
            let started = tracing_to(collector(Router::new().route(PATH, post(partial))).await);
            for _ in 0..5 {
                started.tracing.traces.take(span(&*started.tracing.traces));
            }
            started.finish().await;
            assert_eq!(counted(), (Some(3), Some(3)), "two of five are refused");

            // The task that empties the queue does not run before this one waits.
            let started = tracing_to(format!("http://{nobody}"));
            for _ in 0..QUEUE + 7 {
                started.tracing.traces.take(span(&*started.tracing.traces));
            }
            assert_eq!(counted(), (Some(3), Some(10)), "the queue takes so many and no more");
        });
    });
}

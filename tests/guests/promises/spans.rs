//! What is traced has spans that say how long and how it ended, and no word of a module or a person; what is not has none.

use crate::guests::plant::{Plant, Setup};
use crate::guests::tenant::Tenant;
use serde_json::{Value as Json, json};
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use toolcrib_contract::types::Instant;
use toolcrib_runtime::{Attribute, Begun, Courier, Delivery, Span, SpanContext, Traces, within};

/// A collector in this process, which traces everything or nothing.
#[derive(Default)]
struct Collected {
    spans: Mutex<Vec<Span>>,
    made: AtomicU64,
    is_off: AtomicBool,
}

impl Traces for Collected {
    fn root(&self) -> Option<SpanContext> {
        (!self.is_off.load(Ordering::SeqCst)).then(|| self.below(SpanContext { trace: [7; 16], span: [0; 8] }))
    }

    fn below(&self, parent: SpanContext) -> SpanContext {
        SpanContext { span: (self.made.fetch_add(1, Ordering::SeqCst) + 1).to_be_bytes(), ..parent }
    }

    fn now(&self) -> Instant {
        Instant(self.made.load(Ordering::SeqCst) as i64)
    }

    fn take(&self, span: Span) {
        self.spans.lock().unwrap().push(span);
    }
}

impl Collected {
    fn plant(self: &Arc<Self>, courier: Option<Arc<dyn Courier>>) -> Plant {
        let plant = Plant::with(Setup { courier, ..Setup::default() });
        plant.runtime().trace_to(self.clone());
        plant
    }

    /// Takes the spans of this name.
    fn of(&self, name: &str) -> Vec<Span> {
        self.spans.lock().unwrap().extract_if(.., |span| span.name == name).collect()
    }
}

fn attribute(span: &Span, name: &str) -> String {
    match span.attributes.iter().find(|(key, _)| *key == name) {
        Some((_, Attribute::Text(text))) => text.clone(),
        Some((_, Attribute::Number(number))) => number.to_string(),
        None => String::new(),
    }
}

/// Asks as a traced request does; the request's own context.
async fn ask(collected: &Arc<Collected>, tenant: Tenant<'_>, operation: &str, input: Json) -> SpanContext {
    let traces: Arc<dyn Traces> = collected.clone();
    let request = Begun::root(&traces).expect("everything is traced").context();
    let _ = within(Some(request), tenant.ask("ledger", operation, input)).await;
    request
}

fn assert_says(span: &Span, outcome: &str, code: &str, failed: bool) {
    let said = (attribute(span, "toolcrib.outcome"), attribute(span, "error.type"), span.failed);
    assert_eq!(said, (outcome.to_owned(), code.to_owned(), failed), "{span:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_span_says_how_a_command_ended_and_repeats_no_word_of_it() {
    let collected = Arc::new(Collected::default());
    let plant = collected.plant(None);
    let tenant = plant.tenant("a", &["ledger"]).await;
    let request = ask(&collected, tenant, "note", json!({"text": "a word", "amount": 1})).await;
    let [note] = &collected.of("command")[..] else { panic!("one command") };
    assert_says(note, "done", "", false);
    assert_eq!((note.parent, note.context.trace), (Some(request.span), request.trace));
    assert_eq!(
        (attribute(note, "toolcrib.tenant"), attribute(note, "toolcrib.rows_written")),
        ("a".into(), "1".into())
    );
    let [commit] = &collected.of("commit")[..] else { panic!("one commit") };
    assert_eq!((commit.parent, attribute(commit, "toolcrib.commit.commands")), (Some(request.span), "1".into()));

    ask(&collected, tenant, "fail", json!({"how": "trap"})).await;
    assert_says(&collected.of("command")[0], "fault", "module-trapped", true);
    ask(&collected, tenant, "fail", json!({"how": "reject"})).await;
    assert_says(&collected.of("command")[0], "rejected", "refused", false);
    ask(&collected, tenant, "count", json!({})).await;
    assert_says(&collected.of("query")[0], "done", "", false);
    let all = format!("{note:?} {:?}", collected.spans.lock().unwrap());
    assert!(!all.contains("a word") && !all.contains("user:1"), "{all}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_traced_makes_no_span_and_no_number_of_one() {
    let collected = Arc::new(Collected::default());
    collected.is_off.store(true, Ordering::SeqCst);
    let plant = collected.plant(None);
    let tenant = plant.tenant("a", &["ledger"]).await;
    tenant.note("untraced").await;
    let order = json!({"text": "untraced", "how": "retry", "fails_until": "2026-01-01T00:00:00Z"});
    let _ = tenant.ask("ledger", "order", order).await;
    tenant.notes().await;
    assert_eq!(collected.made.load(Ordering::SeqCst), 0);
    assert_eq!(*collected.spans.lock().unwrap(), []);
}

/// Takes one delivery and refuses the next.
#[derive(Default)]
struct EverySecond(AtomicBool);

impl Courier for EverySecond {
    fn deliver(&self, _: Delivery) -> Pin<Box<dyn Future<Output = Result<(), String>> + Send + '_>> {
        let was = self.0.fetch_xor(true, Ordering::SeqCst);
        Box::pin(async move { if was { Err("secret sentence of theirs".to_owned()) } else { Ok(()) } })
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_effect_is_a_trace_of_its_own_with_its_id() {
    let collected = Arc::new(Collected::default());
    let plant = collected.plant(Some(Arc::new(EverySecond::default())));
    let tenant = plant.tenant("a", &["ledger"]).await;
    let target = "https://hooks.example.com/in?key=secret";
    let id = tenant.get("ledger", "notify", json!({"target": target, "body": "secret"})).await;
    tenant.get("ledger", "notify", json!({"target": target, "body": "secret"})).await;
    plant.runtime().send_effects(tenant.id).await.unwrap();
    let effects = collected.of("effect");
    let said: Vec<_> =
        effects.iter().map(|span| (span.parent, span.failed, attribute(span, "server.address"))).collect();
    let host = || "hooks.example.com".to_owned();
    assert_eq!(said, [(None, false, host()), (None, true, host())]);
    assert_eq!(attribute(&effects[0], "toolcrib.effect"), id.as_str().unwrap());
    assert!(!format!("{effects:?}").contains("secret"), "{effects:?}");
}

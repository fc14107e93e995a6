//! The way of spans to the collector: a queue with an end, one task that empties it, one request at a time. Whoever makes a
//! span never waits: what finds the queue full is dropped and counted.

use super::Export;
use super::otlp::{Sender, rejected};
use super::sampler::Sampler;
use crate::config;
use anyhow::Context;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::{Receiver, Sender as Queue, channel};
use tokio_util::sync::CancellationToken;
use toolcrib_contract::types::Instant;
use toolcrib_contract::world::{Chance, Clock};
use toolcrib_runtime::{Span, SpanContext, Traces, World};

/// Spans that wait: some 2 MiB.
const QUEUE: usize = 4_096;
/// Spans of one request.
const BATCH: usize = 512;
/// How long a span waits for others to go with it.
const GATHER: Duration = Duration::from_secs(1);
/// Time for one request. It is made once: a collector that is away for a while gets no old spans when it is back.
const REQUEST: Duration = Duration::from_secs(5);
/// Bytes of an answer that are read.
const ANSWER_BYTES: usize = 64 << 10;
/// Where collectors take traces, by the standard.
const PATH: &str = "/v1/traces";

/// # Errors
/// There is no client.
pub fn start(config: &config::Traces, world: &World, service: &'static str) -> anyhow::Result<Export> {
    let post = Post {
        client: client()?,
        url: format!("{}{PATH}", config.endpoint.trim_end_matches('/')),
        sender: Sender { service, instance: config.instance.clone() },
    };
    let (queue, waiting) = channel(QUEUE);
    let mut seed = [0; 8];
    world.chance.fill(&mut seed);
    let sampler = Sampler::new(config.sample, u64::from_le_bytes(seed));
    let (clock, chance) = (world.clock.clone(), world.chance.clone());
    let closing = CancellationToken::new();
    let task = tokio::spawn(run(waiting, post, closing.clone()));
    Ok(Export { traces: Arc::new(Recorder { sampler, clock, chance, queue }), closing, task })
}

/// # Errors
/// There is no client.
pub fn check(_: &config::Traces) -> anyhow::Result<()> {
    client().map(drop)
}

/// Straight to the collector: what stands in the environment for others' ways is not asked.
fn client() -> anyhow::Result<reqwest::Client> {
    let builder = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).timeout(REQUEST);
    builder.build().context("no HTTP client can be made")
}

/// Takes spans into the queue.
struct Recorder {
    sampler: Sampler,
    clock: Arc<dyn Clock>,
    chance: Arc<dyn Chance>,
    queue: Queue<Span>,
}

impl Traces for Recorder {
    fn root(&self) -> Option<SpanContext> {
        if !self.sampler.draw() {
            return None;
        }
        let mut trace = [0; 16];
        self.chance.fill(&mut trace);
        Some(self.below(SpanContext { trace, span: [0; 8] }))
    }

    fn below(&self, parent: SpanContext) -> SpanContext {
        let mut span = [0; 8];
        self.chance.fill(&mut span);
        SpanContext { span, ..parent }
    }

    fn now(&self) -> Instant {
        self.clock.now()
    }

    fn take(&self, span: Span) {
        if self.queue.try_send(span).is_err() {
            dropped(1);
        }
    }
}

fn dropped(spans: usize) {
    metrics::counter!("toolcrib_spans_dropped_total").increment(spans as u64);
}

/// Sends until `closing`, then what is left; whoever closes gives that a time.
async fn run(mut waiting: Receiver<Span>, post: Post, closing: CancellationToken) {
    let mut is_away = false;
    loop {
        let mut batch = Vec::new();
        tokio::select! {
            () = gather(&mut waiting, &mut batch) => {}
            () = closing.cancelled() => {
                waiting.close();
                // What was gathered so far stays in the batch; then as much as fits.
                while batch.len() < BATCH && let Ok(span) = waiting.try_recv() {
                    batch.push(span);
                }
            }
        }
        if batch.is_empty() {
            return;
        }
        // Lost until it is not: the end of the process may break the request off.
        let (spans, mut unsent) = (batch.len(), Unsent(batch.len()));
        match post.send(batch).await {
            Ok(rejected) => {
                unsent.0 = rejected.min(spans);
                metrics::counter!("toolcrib_spans_sent_total").increment((spans - unsent.0) as u64);
                if std::mem::take(&mut is_away) {
                    tracing::info!("The collector takes spans again");
                }
            }
            Err(why) if !is_away => {
                is_away = true;
                tracing::warn!(why, "The collector takes no spans; they are dropped and counted until it does");
            }
            Err(_) => {}
        }
    }
}

/// Spans that nobody took yet; those that nobody ever does are counted.
struct Unsent(usize);

impl Drop for Unsent {
    fn drop(&mut self) {
        dropped(self.0);
    }
}

/// At least one span, and those that come within [`GATHER`] after it.
async fn gather(waiting: &mut Receiver<Span>, batch: &mut Vec<Span>) {
    if waiting.recv_many(batch, BATCH).await == 0 {
        return;
    }
    let more = async { while batch.len() < BATCH && waiting.recv_many(batch, BATCH - batch.len()).await > 0 {} };
    let _ = tokio::time::timeout(GATHER, more).await;
}

/// The collector.
struct Post {
    client: reqwest::Client,
    url: String,
    sender: Sender,
}

impl Post {
    /// How many of them the collector refused.
    ///
    /// # Errors
    /// Why it took none, in words.
    async fn send(&self, spans: Vec<Span>) -> Result<usize, String> {
        let body = self.sender.request(spans);
        let request = self.client.post(&self.url).header("content-type", "application/x-protobuf").body(body);
        let mut response = request.send().await.map_err(|error| error.without_url().to_string())?;
        if !response.status().is_success() {
            return Err(format!("it answered {}", response.status()));
        }
        let mut answer = Vec::new();
        while let Ok(Some(chunk)) = response.chunk().await {
            if answer.len() + chunk.len() > ANSWER_BYTES {
                return Ok(0);
            }
            answer.extend_from_slice(&chunk);
        }
        Ok(rejected(&answer))
    }
}

#[cfg(test)]
mod tests;

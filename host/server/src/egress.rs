//! Requests of connectors, through the one way out; bounded in time and size.

use crate::outbound::{Aim, Clients};
use reqwest::Method;
use std::error::Error;
use std::sync::Arc;
use tokio::runtime::Handle;
use toolcrib_contract::codec::Bytes;
use toolcrib_contract::fetch::{Answer, HEADER_BYTES, HEADERS_MAX, Header};
use toolcrib_contract::limits;
use toolcrib_runtime::{Egress, Outgoing, Unanswered};

/// Headers of an answer that are about the connection, or would let one side know the other again.
const KEPT_BACK: [&str; 8] =
    ["set-cookie", "set-cookie2", "connection", "keep-alive", "transfer-encoding", "upgrade", "trailer", "alt-svc"];

/// Asks on behalf of connectors, whose threads wait here.
pub struct Connections {
    clients: Arc<Clients>,
    handle: Handle,
}

impl Connections {
    /// `handle`: where the network is driven; connectors run on threads of their own.
    pub fn new(clients: Arc<Clients>, handle: Handle) -> Self {
        Self { clients, handle }
    }

    async fn ask(&self, outgoing: &Outgoing) -> Result<Answer, Unanswered> {
        let Outgoing { tenant, slug, host, request, .. } = outgoing;
        let Aim { client, url, host } =
            self.clients.aim(*tenant, slug, host, &request.url).map_err(Unanswered::Away)?;
        let method = Method::from_bytes(request.method.as_bytes());
        let method = method.map_err(|error| Unanswered::Away(error.to_string()))?;
        let mut asked = client.request(method, url).header("host", host);
        for Header { name, value } in &request.headers {
            asked = asked.header(name, value);
        }
        let mut response = asked.body(request.body.0.clone()).send().await.map_err(away)?;
        let too_long = |length: u64| length > limits::FETCH_BYTES as u64;
        if response.content_length().is_some_and(too_long) && request.method != "HEAD" {
            return Err(Unanswered::TooLarge);
        }
        let (status, headers) = (u32::from(response.status().as_u16()), headers(response.headers()));
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(away)? {
            if body.len() + chunk.len() > limits::FETCH_BYTES {
                return Err(Unanswered::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer { status, headers, body: Bytes(body) })
    }
}

impl Egress for Connections {
    fn fetch(&self, outgoing: &Outgoing) -> Result<Answer, Unanswered> {
        // Made inside: the timer belongs to the runtime that drives it.
        let asked = async { tokio::time::timeout(outgoing.time, self.ask(outgoing)).await };
        self.handle.block_on(asked).unwrap_or_else(|_| {
            let why = format!("{} did not answer within {} ms", outgoing.host, outgoing.time.as_millis());
            Err(Unanswered::Away(why))
        })
    }
}

/// The whole chain of causes, without the address, which may hold what the module keeps to itself.
fn away(error: reqwest::Error) -> Unanswered {
    let error = error.without_url();
    let mut why = error.to_string();
    let mut cause = error.source();
    while let Some(source) = cause {
        why = format!("{why}: {source}");
        cause = source.source();
    }
    Unanswered::Away(why)
}

fn headers(all: &reqwest::header::HeaderMap) -> Vec<Header> {
    let shown = all.iter().filter(|(name, _)| !KEPT_BACK.contains(&name.as_str()));
    let shown = shown.filter_map(|(name, value)| {
        let value = value.to_str().ok().filter(|value| value.len() <= HEADER_BYTES)?;
        Some(Header { name: name.as_str().to_owned(), value: value.to_owned() })
    });
    shown.take(HEADERS_MAX).collect()
}

#[cfg(test)]
mod tests;

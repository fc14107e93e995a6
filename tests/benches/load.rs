//! A closed-loop HTTP/1.1 client: every connection sends its next request when the last answer is in.

use crate::setting::{process_cpu, thread_cpu};
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What a load run saw.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    pub requests: usize,
    pub failures: usize,
    pub seconds: f64,
    /// CPU time of the rest of this process meanwhile: the server's.
    server_cpu: Duration,
    latencies_us: Vec<u32>,
}

impl Outcome {
    pub fn per_second(&self) -> f64 {
        self.requests as f64 / self.seconds
    }

    pub fn server_cpu_us(&self) -> f64 {
        self.server_cpu.as_secs_f64() * 1e6 / self.requests as f64
    }

    /// Latency below which this share of the requests stayed, in milliseconds.
    pub fn percentile_ms(&self, share: f64) -> f64 {
        let at = ((self.latencies_us.len() as f64 * share) as usize).min(self.latencies_us.len().saturating_sub(1));
        self.latencies_us.get(at).map_or(0.0, |us| f64::from(*us) / 1_000.0)
    }
}

/// Runs `connections` loops against one server for a while. `request` makes the bytes of the n-th request of a connection.
pub fn run(
    address: SocketAddr,
    connections: usize,
    time: Duration,
    request: impl Fn(usize, usize) -> Vec<u8> + Send + Sync,
) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let request = &request;
    let (process, client) = (process_cpu(), thread_cpu());
    let started = Instant::now();
    let outcomes: Vec<_> = runtime.block_on(async {
        let loops = (0..connections).map(|connection| one(address, connection, started + time, request));
        futures_util::future::join_all(loops).await
    });
    let seconds = started.elapsed().as_secs_f64();
    let server_cpu = (process_cpu() - process).saturating_sub(thread_cpu() - client);
    let mut total = Outcome { seconds, server_cpu, ..Outcome::default() };
    for outcome in outcomes {
        total.requests += outcome.requests;
        total.failures += outcome.failures;
        total.latencies_us.extend(outcome.latencies_us);
    }
    total.latencies_us.sort_unstable();
    total
}

async fn one(
    address: SocketAddr,
    connection: usize,
    until: Instant,
    request: &(impl Fn(usize, usize) -> Vec<u8> + Sync),
) -> Outcome {
    let mut outcome = Outcome::default();
    let mut stream = TcpStream::connect(address).await.expect("the server listens");
    stream.set_nodelay(true).expect("a TCP option");
    let mut buffer = vec![0; 64 << 10];
    while Instant::now() < until {
        let sent = Instant::now();
        stream.write_all(&request(connection, outcome.requests)).await.expect("the server reads");
        let status = answer(&mut stream, &mut buffer).await;
        outcome.latencies_us.push(sent.elapsed().as_micros() as u32);
        outcome.requests += 1;
        outcome.failures += usize::from(status != 200);
    }
    outcome
}

/// Reads one answer with a Content-Length; returns its status.
async fn answer(stream: &mut TcpStream, buffer: &mut [u8]) -> u16 {
    let mut filled = 0;
    loop {
        let read = stream.read(&mut buffer[filled..]).await.expect("the server answers");
        assert!(read > 0, "the server closed the connection");
        filled += read;
        let Some(end) = buffer[..filled].windows(4).position(|window| window == b"\r\n\r\n") else { continue };
        let head = std::str::from_utf8(&buffer[..end]).expect("a head in ASCII");
        let status = head[9..12].parse().expect("a status");
        let length = head.lines().find_map(|line| {
            line.to_ascii_lowercase().strip_prefix("content-length: ").map(|n| n.parse().expect("a length"))
        });
        if filled >= end + 4 + length.unwrap_or(0usize) {
            return status;
        }
    }
}

/// The bytes of a POST of JSON.
pub fn post(path: &str, token: &str, body: &str, key: Option<&str>) -> Vec<u8> {
    let key = key.map_or_else(String::new, |key| format!("idempotency-key: {key}\r\n"));
    format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\n{key}content-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

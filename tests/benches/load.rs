//! An HTTP/1.1 client: every connection sends its next request when the last answer is in, or at a steady pace.

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
    /// Of the thread that sends.
    pub client_cpu: Duration,
    latencies_us: Vec<u32>,
}

impl Outcome {
    pub fn per_second(&self) -> f64 {
        self.requests as f64 / self.seconds
    }

    /// CPU time of the server.
    pub fn server_cpu(&self) -> Duration {
        self.server_cpu
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
    run_at(&[address], connections, time, Pace::Closed, request)
}

/// When a connection sends its next request.
#[derive(Clone, Copy, Debug)]
pub enum Pace {
    /// When the last answer is in.
    Closed,
    /// So many a second over all connections together, whether answers are late or not.
    PerSecond(f64),
}

/// The same against several servers, each connection at one of them, at some pace.
pub fn run_at(
    addresses: &[SocketAddr],
    connections: usize,
    time: Duration,
    pace: Pace,
    request: impl Fn(usize, usize) -> Vec<u8> + Send + Sync,
) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let request = &request;
    let (process, client) = (process_cpu(), thread_cpu());
    let started = Instant::now();
    let outcomes: Vec<_> = runtime.block_on(async {
        let one = |connection| {
            let gap = match pace {
                Pace::Closed => Duration::ZERO,
                Pace::PerSecond(rate) => Duration::from_secs_f64(connections as f64 / rate),
            };
            // Connections do not send at the same tick.
            let first = started + gap.mul_f64(connection as f64 / connections as f64);
            let address = addresses[connection % addresses.len()];
            one(address, connection, (first, gap, started + time), request)
        };
        let loops = (0..connections).map(one);
        futures_util::future::join_all(loops).await
    });
    let seconds = started.elapsed().as_secs_f64();
    let client_cpu = thread_cpu() - client;
    let server_cpu = (process_cpu() - process).saturating_sub(client_cpu);
    let mut total = Outcome { seconds, server_cpu, client_cpu, ..Outcome::default() };
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
    (mut due, gap, until): (Instant, Duration, Instant),
    request: &(impl Fn(usize, usize) -> Vec<u8> + Sync),
) -> Outcome {
    let mut outcome = Outcome::default();
    let mut stream = TcpStream::connect(address).await.expect("the server listens");
    stream.set_nodelay(true).expect("a TCP option");
    let mut buffer = vec![0; 64 << 10];
    while due < until {
        let mut sent = Instant::now();
        if !gap.is_zero() && sent > due {
            // The answer before was late, and so this one is.
            sent = due;
        } else if !gap.is_zero() {
            tokio::time::sleep_until(due.into()).await;
            // That the clock ticks in milliseconds is nobody's fault.
            sent = Instant::now();
        }
        stream.write_all(&request(connection, outcome.requests)).await.expect("the server reads");
        let status = answer(&mut stream, &mut buffer).await;
        outcome.latencies_us.push(sent.elapsed().as_micros() as u32);
        outcome.requests += 1;
        outcome.failures += usize::from(status != 200);
        due = if gap.is_zero() { Instant::now() } else { due + gap };
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

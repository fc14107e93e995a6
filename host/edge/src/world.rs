//! Time, chance and the network as parameters: a test has its own, and days without a network take seconds.

use std::fmt::Debug;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use toolcrib_contract::world::Clock;

/// A connection, whatever carries it.
pub trait Stream: AsyncRead + AsyncWrite + Send + Sync + Unpin + Debug {}

impl<T: AsyncRead + AsyncWrite + Send + Sync + Unpin + Debug> Stream for T {}

/// A connection being made.
pub type Dialing = Pin<Box<dyn Future<Output = io::Result<Box<dyn Stream>>> + Send>>;

/// Makes connections.
pub trait Network: Send + Sync {
    /// Connects to `host:port`.
    fn dial(&self, address: &str) -> Dialing;
}

/// The real network.
#[derive(Clone, Copy, Debug)]
pub struct Tcp;

/// How long a connection may take to come about.
const DIAL: Duration = Duration::from_secs(10);

impl Network for Tcp {
    fn dial(&self, address: &str) -> Dialing {
        let address = address.to_owned();
        Box::pin(async move {
            let dialing = tokio::time::timeout(DIAL, TcpStream::connect(address));
            let stream = dialing.await.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
            // Requests are small and each waits for its answer.
            stream.set_nodelay(true)?;
            Ok(Box::new(stream) as Box<dyn Stream>)
        })
    }
}

/// What surrounds an agent.
#[derive(Clone)]
pub struct World {
    pub clock: Arc<dyn Clock>,
    pub network: Arc<dyn Network>,
    /// Decides the chance in waits.
    pub seed: u64,
}

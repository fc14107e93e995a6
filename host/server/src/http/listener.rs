//! The listening socket: a clear word when the port is taken, a bound on open connections, and the way to stop.

use crate::config::Drain;
use anyhow::{Context, bail};
use axum::Router;
use axum::extract::connect_info::Connected;
use axum::extract::{ConnectInfo, Request};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::serve::{IncomingStream, Listener};
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

/// Connections open at once; further ones wait in the system's queue.
const CONNECTIONS: usize = 8_192;

/// A socket that listens and does not answer yet.
pub struct Bound {
    listener: TcpListener,
    address: SocketAddr,
}

/// Takes the address.
///
/// # Errors
/// A sentence that names the address: taken, not allowed, or not one of this machine.
pub async fn bind(address: SocketAddr) -> anyhow::Result<Bound> {
    let listener = occupy(address, "--listen").await?;
    let address = listener.local_addr()?;
    Ok(Bound { listener, address })
}

/// Takes an address that this setting names.
///
/// # Errors
/// As [`bind`].
pub async fn occupy(address: SocketAddr, setting: &str) -> anyhow::Result<TcpListener> {
    match TcpListener::bind(address).await {
        Ok(listener) => Ok(listener),
        Err(error) if error.kind() == ErrorKind::AddrInUse => {
            bail!("another program already listens on {address}; stop it, or choose another address with {setting}")
        }
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {
            bail!("this user may not listen on {address}; choose a port above 1023 with {setting}")
        }
        Err(error) => Err(error).context(format!("cannot listen on {address}; choose another with {setting}")),
    }
}

impl Bound {
    /// How a client on this machine reaches it, without a slash at the end.
    pub fn url(&self) -> String {
        let ip = match self.address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
            ip => ip,
        };
        format!("http://{}", SocketAddr::new(ip, self.address.port()))
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers until `stopping`, then finishes what is in flight for at most `drain.finish_s`.
    ///
    /// # Errors
    /// The socket broke.
    pub async fn serve(self, routes: Router, drain: Drain, stopping: CancellationToken) -> anyhow::Result<()> {
        let refuse = CancellationToken::new();
        let bounded = Bounded { listener: self.listener, free: Arc::new(Semaphore::new(CONNECTIONS)) };
        let routes = routes.layer(from_fn(name_the_peer)).into_make_service_with_connect_info::<Peer>();
        let server = axum::serve(bounded, routes).with_graceful_shutdown(refuse.clone().cancelled_owned());
        let deadline = async {
            stopping.cancelled().await;
            tokio::time::sleep(Duration::from_secs(drain.announce_s)).await;
            refuse.cancel();
            tokio::time::sleep(Duration::from_secs(drain.finish_s)).await;
        };
        tokio::select! {
            served = server.into_future() => Ok(served?),
            () = deadline => {
                tracing::warn!(finish_s = drain.finish_s, "Requests were still open when their time was up");
                Ok(())
            }
        }
    }
}

/// Who is at the other end of a connection.
#[derive(Clone, Copy)]
struct Peer(IpAddr);

impl Connected<IncomingStream<'_, Bounded>> for Peer {
    fn connect_info(stream: IncomingStream<'_, Bounded>) -> Self {
        Self(stream.remote_addr().ip())
    }
}

/// The peer's address travels with the request as a plain [`IpAddr`], for routers that know nothing of this listener.
async fn name_the_peer(ConnectInfo(Peer(address)): ConnectInfo<Peer>, mut request: Request, next: Next) -> Response {
    request.extensions_mut().insert(address);
    next.run(request).await
}

struct Bounded {
    listener: TcpListener,
    free: Arc<Semaphore>,
}

impl Listener for Bounded {
    type Io = Counted;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Counted, SocketAddr) {
        let permit = self.free.clone().acquire_owned().await.expect("the semaphore is never closed");
        let (stream, address) = Listener::accept(&mut self.listener).await;
        // Answers are written whole; waiting for more to send only adds latency.
        let _ = stream.set_nodelay(true);
        (Counted { stream, _permit: permit }, address)
    }

    fn local_addr(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// A connection that gives its place back when it closes.
struct Counted {
    stream: TcpStream,
    _permit: OwnedSemaphorePermit,
}

impl AsyncRead for Counted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Counted {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
        slices: &[std::io::IoSlice<'_>],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut std::task::Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut std::task::Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::routing::get;

    #[tokio::test]
    async fn a_taken_port_is_told_in_one_sentence() {
        let first = bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let error = bind(first.address()).await.err().unwrap().to_string();
        assert!(error.contains("already listens") && error.contains("--listen"), "{error}");
    }

    #[tokio::test]
    async fn a_request_in_flight_is_finished_after_the_stop() {
        let bound = bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let (url, stopping, go_on) = (bound.url(), CancellationToken::new(), CancellationToken::new());
        let (started, wait) = (CancellationToken::new(), go_on.clone());
        let begun = started.clone();
        let slow = move || {
            begun.cancel();
            let wait = wait.clone();
            async move {
                wait.cancelled().await;
                "done"
            }
        };
        let routes = Router::new().route("/", get(slow));
        let server = tokio::spawn(bound.serve(routes, Drain::default(), stopping.clone()));
        let answer = tokio::spawn(reqwest::get(url));
        started.cancelled().await;
        stopping.cancel();
        go_on.cancel();
        assert_eq!(answer.await.unwrap().unwrap().text().await.unwrap(), "done");
        server.await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn routers_learn_where_a_request_comes_from() {
        let bound = bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let (url, stopping) = (bound.url(), CancellationToken::new());
        let peer =
            |request: Request| async move { request.extensions().get::<IpAddr>().map(IpAddr::to_string).unwrap() };
        let server = tokio::spawn(bound.serve(Router::new().route("/", get(peer)), Drain::default(), stopping.clone()));
        assert_eq!(reqwest::get(url).await.unwrap().text().await.unwrap(), "127.0.0.1");
        stopping.cancel();
        server.await.unwrap().unwrap();
    }
}

//! The listening socket: a clear word when the port is taken, and the way to stop.

use super::connection::Connection;
use super::places::{Place, Places};
use crate::config::Drain;
use anyhow::{Context, bail};
use axum::Router;
use axum::body::Body;
use axum::serve::Listener;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::Service;

/// In which the head of a request must be there, whole: from the opening of a connection, and from one answer to the
/// next request. A connection that nobody uses ends with it.
const HEAD: Duration = Duration::from_secs(75);

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

    /// Answers until `drain.announce_s` after `stopping`, then finishes what is in flight for at most `drain.finish_s`.
    pub async fn serve(self, routes: Router, drain: Drain, stopping: CancellationToken) {
        let (refuse, open) = (CancellationToken::new(), TaskTracker::new());
        let served = accept_all(self.listener, routes, &refuse, &open);
        let deadline = async {
            stopping.cancelled().await;
            tokio::time::sleep(Duration::from_secs(drain.announce_s)).await;
            refuse.cancel();
            tokio::time::sleep(Duration::from_secs(drain.finish_s)).await;
        };
        tokio::select! {
            () = served => {}
            () = deadline => {
                tracing::warn!(finish_s = drain.finish_s, "Requests were still open when their time was up");
            }
        }
    }
}

/// Takes connections until they are to be refused, then waits for those that are open.
async fn accept_all(mut listener: TcpListener, routes: Router, refuse: &CancellationToken, open: &TaskTracker) {
    let (places, routes) = (Places::default(), routes.with_state(()));
    loop {
        // Further ones wait in the system's queue.
        let accepted = async {
            places.free().await;
            Listener::accept(&mut listener).await
        };
        let (stream, peer) = tokio::select! {
            accepted = accepted => accepted,
            () = refuse.cancelled() => break,
        };
        let Some(place) = places.take(peer.ip()) else {
            metrics::counter!("toolcrib_connections_refused_total").increment(1);
            continue;
        };
        open.spawn(converse(stream, peer.ip(), place, routes.clone(), refuse.clone()));
    }
    drop(listener);
    open.close();
    open.wait().await;
}

/// One connection to its end. The peer's address travels with each request as a plain [`IpAddr`], for routers that know
/// nothing of this listener.
async fn converse(stream: TcpStream, peer: IpAddr, place: Place, routes: Router, refuse: CancellationToken) {
    // Answers are written whole; waiting for more to send only adds latency.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |mut request: hyper::Request<hyper::body::Incoming>| {
        request.extensions_mut().insert(peer);
        routes.clone().call(request.map(Body::new))
    });
    let io = TokioIo::new(Connection::new(stream, place));
    let connection =
        http1::Builder::new().timer(TokioTimer::new()).header_read_timeout(HEAD).serve_connection(io, service);
    let mut connection = std::pin::pin!(connection.with_upgrades());
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = refuse.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::trace!(%peer, %error, "A connection broke off");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::connection::UNREAD;
    use axum::extract::Request;
    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

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
        server.await.unwrap();
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
        server.await.unwrap();
    }

    /// A server that answers with this, and its address.
    async fn served(routes: Router) -> SocketAddr {
        let bound = bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let address = bound.address();
        tokio::spawn(bound.serve(routes, Drain::default(), CancellationToken::new()));
        address
    }

    /// What a connection still gives, and after how long it ends.
    async fn rest(mut stream: TcpStream) -> (Vec<u8>, Duration) {
        let (started, mut got) = (tokio::time::Instant::now(), Vec::new());
        // An error is an end, too.
        let ended = tokio::time::timeout(10 * HEAD, stream.read_to_end(&mut got)).await;
        assert!(ended.is_ok(), "it stays open");
        (got, started.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn who_never_ends_the_head_of_a_request_loses_the_connection() {
        let address = served(Router::new().route("/", get(|| async { "here" }))).await;
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ").await.unwrap();
        let (got, after) = rest(stream).await;
        assert!(got.is_empty() && (HEAD..2 * HEAD).contains(&after), "{after:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_that_nobody_uses_ends() {
        let address = served(Router::new().route("/", get(|| async { "here" }))).await;
        let silent = TcpStream::connect(address).await.unwrap();
        let mut answered = TcpStream::connect(address).await.unwrap();
        answered.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
        let (silent, answered) = tokio::join!(rest(silent), rest(answered));
        assert!(silent.0.is_empty() && answered.0.ends_with(b"here"));
        assert!(silent.1 < 2 * HEAD && answered.1 < 2 * HEAD);
    }

    #[tokio::test(start_paused = true)]
    async fn who_asks_for_much_and_reads_nothing_loses_the_connection() {
        /// More than the system's buffers on both sides hold.
        const MUCH: usize = 64 << 20;
        let address = served(Router::new().route("/", get(|| async { vec![b'x'; MUCH] }))).await;
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
        tokio::time::sleep(UNREAD + HEAD).await;
        let (got, _) = rest(stream).await;
        assert!(got.len() < MUCH, "{} bytes", got.len());
    }
}

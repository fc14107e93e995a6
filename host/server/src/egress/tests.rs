//! Requests to a small server on this machine: what is sent, what comes back, and what ends them.

use super::*;
use crate::config::Intranet;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use toolcrib_contract::fetch::Request;
use toolcrib_contract::types::RawId;

const HOST: &str = "erp.donghu.example:8443";

/// How the small server answers.
#[derive(Clone, Copy)]
enum Answers {
    With(&'static str),
    /// A body without end.
    Endless,
    /// A head, and then nothing.
    Silent,
}

/// A server that answers every connection in the same way, and hands out the heads that it read.
async fn server(answers: Answers) -> (SocketAddr, tokio::sync::mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (heads, heard) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let heads = heads.clone();
            tokio::spawn(async move {
                let (mut head, mut buffer) = (String::new(), [0; 4096]);
                while !head.contains("\r\n\r\n") {
                    let Ok(length @ 1..) = stream.read(&mut buffer).await else { return };
                    head.push_str(&String::from_utf8_lossy(&buffer[..length]));
                }
                let _ = heads.send(head);
                let _ = match answers {
                    Answers::With(text) => stream.write_all(text.as_bytes()).await,
                    Answers::Silent => {
                        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nx").await;
                        std::future::pending().await
                    }
                    Answers::Endless => {
                        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
                        while stream.write_all(&[b'x'; 8192]).await.is_ok() {}
                        Ok(())
                    }
                };
            });
        }
    });
    (address, heard)
}

fn inside(address: Option<SocketAddr>) -> Vec<Intranet> {
    vec![Intranet { tenant: "donghu".to_owned(), host: HOST.to_owned(), address, plain_http: address.is_some() }]
}

fn outgoing(slug: &str, host: &str, url: &str) -> Outgoing {
    let header = |name: &str, value: &str| Header { name: name.to_owned(), value: value.to_owned() };
    let headers = vec![header("accept", "application/json"), header("x-api-key", "7")];
    let request = Request { method: "GET".to_owned(), url: url.to_owned(), headers, body: Bytes::default() };
    let (tenant, module) = (RawId([slug.len() as u8; 16]), "orders".to_owned());
    let (slug, host) = (slug.to_owned(), host.to_owned());
    Outgoing { tenant, slug, module, host, request, time: Duration::from_secs(10) }
}

async fn ask(intranet: &[Intranet], outgoing: Outgoing) -> Result<Answer, Unanswered> {
    let connections = Connections::new(Arc::new(Clients::new(intranet)), Handle::current());
    tokio::task::spawn_blocking(move || connections.fetch(&outgoing)).await.unwrap()
}

async fn ask_at(address: SocketAddr) -> Result<Answer, Unanswered> {
    ask(&inside(Some(address)), outgoing("donghu", HOST, &format!("https://{HOST}/orders?since=1"))).await
}

fn away(answer: &Result<Answer, Unanswered>) -> &str {
    match answer {
        Err(Unanswered::Away(why)) => why,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_request_leaves_as_it_is_and_its_answer_comes_without_what_is_not_for_modules() {
    let text = "HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/\r\nset-cookie: a=b\r\ncontent-encoding: gzip\r\netag: \"1\"\r\ncontent-length: 4\r\n\r\n\x1f\x00ab";
    let (address, mut heads) = server(Answers::With(text)).await;
    let answer = ask_at(address).await.unwrap();
    // A redirect is an answer; whoever follows it asks again, and needs the tenant's consent for that host.
    assert_eq!((answer.status, answer.header("location")), (302, Some("http://169.254.169.254/")));
    assert_eq!((answer.header("set-cookie"), answer.header("etag")), (None, Some("\"1\"")));
    assert_eq!(answer.body.0, b"\x1f\x00ab", "nothing is decompressed");
    let head = heads.recv().await.unwrap().to_lowercase();
    assert!(head.starts_with("get /orders?since=1 http/1.1\r\n"), "{head}");
    for line in [&format!("host: {HOST}"), "accept: application/json", "x-api-key: 7"] {
        assert_eq!(head.lines().filter(|known| known == &line).count(), 1, "{line} in {head}");
    }
    assert!(!head.contains("accept-encoding") && !head.contains("referer"), "{head}");
    assert!(heads.try_recv().is_err(), "one request, nothing followed");
}

#[tokio::test]
async fn an_endless_or_too_long_body_is_cut_off() {
    let (address, _heads) = server(Answers::Endless).await;
    assert_eq!(ask_at(address).await, Err(Unanswered::TooLarge));
    let (address, _heads) = server(Answers::With("HTTP/1.1 200 OK\r\ncontent-length: 1048577\r\n\r\n")).await;
    assert_eq!(ask_at(address).await, Err(Unanswered::TooLarge));
}

#[tokio::test]
async fn a_body_that_does_not_come_ends_with_the_time() {
    let (address, _heads) = server(Answers::Silent).await;
    let url = format!("https://{HOST}/");
    let hurried = Outgoing { time: Duration::from_millis(50), ..outgoing("donghu", HOST, &url) };
    let answer = ask(&inside(Some(address)), hurried).await;
    assert!(away(&answer).contains("within 50 ms"), "{answer:?}");
}

#[tokio::test]
async fn nobody_reaches_into_the_plant_unless_the_host_names_it_for_this_tenant() {
    let (address, mut heads) = server(Answers::With("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")).await;
    let port = address.port();
    // Another tenant of the same host; names and numbers of this machine; a name that is not the agreed one.
    let intranet = inside(Some(address));
    for (slug, host, url) in [
        ("xihu", HOST.to_owned(), format!("https://{HOST}/")),
        ("donghu", format!("localhost:{port}"), format!("https://localhost:{port}/")),
        ("donghu", format!("127.0.0.1:{port}"), format!("https://127.0.0.1:{port}/")),
        ("donghu", "169.254.169.254".to_owned(), "https://169.254.169.254/latest".to_owned()),
        ("donghu", format!("[::1]:{port}"), format!("https://[::1]:{port}/")),
        ("donghu", "2130706433".to_owned(), "https://2130706433/".to_owned()),
        ("donghu", HOST.to_owned(), format!("https://localhost:{port}/")),
        ("donghu", HOST.to_owned(), format!("http://{HOST}/")),
        ("donghu", HOST.to_owned(), format!("https://user@{HOST}/")),
        ("donghu", HOST.to_owned(), "https://erp.donghu.example/".to_owned()),
    ] {
        let answer = ask(&intranet, outgoing(slug, &host, &url)).await;
        assert!(!away(&answer).is_empty(), "{url}");
    }
    // Agreed to as an intranet host without an address: the name service may say private ones, never this machine.
    let named = Intranet { host: format!("localhost:{port}"), address: None, plain_http: false, ..intranet[0].clone() };
    let answer =
        ask(&[named], outgoing("donghu", &format!("localhost:{port}"), &format!("https://localhost:{port}/"))).await;
    assert!(away(&answer).contains("no address that may be reached"), "{answer:?}");
    assert!(heads.try_recv().is_err(), "nothing was sent");
}

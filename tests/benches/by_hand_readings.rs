//! The peer of readings over HTTP: bare axum, lines of JSON, one writer that inserts what waits in one durable
//! transaction. No devices, tokens, limits, sums or months.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use rusqlite::{Connection, params};
use serde::Deserialize;
use std::collections::HashMap;
use std::path::Path;
use std::sync::mpsc;
use tokio::sync::oneshot;
use toolcrib_contract::types::Instant;

#[derive(Deserialize)]
struct Line {
    signal: String,
    at: String,
    value: i64,
}

/// Readings of one request, and who waits for them.
struct Batch {
    readings: Vec<(String, Instant, i64)>,
    reply: oneshot::Sender<usize>,
}

/// `POST /readings`.
pub fn router(folder: &Path) -> Router {
    let (queue, waiting) = mpsc::channel::<Batch>();
    let db = open(folder);
    std::thread::spawn(move || write(db, &waiting));
    Router::new().route("/readings", post(readings)).with_state(queue)
}

async fn readings(State(queue): State<mpsc::Sender<Batch>>, body: String) -> Result<String, StatusCode> {
    let read = |line: &str| {
        let Line { signal, at, value } = serde_json::from_str(line).ok()?;
        Some((signal, at.parse().ok()?, value))
    };
    let readings: Option<Vec<_>> = body.lines().map(read).collect();
    let (reply, answer) = oneshot::channel();
    let batch = Batch { readings: readings.ok_or(StatusCode::BAD_REQUEST)?, reply };
    queue.send(batch).map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    let stored = answer.await.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    Ok(format!("{{\"accepted\":{stored}}}"))
}

fn open(folder: &Path) -> Connection {
    let db = Connection::open(folder.join("bare.db")).expect("a database");
    db.execute_batch(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;
         CREATE TABLE signal(id INTEGER PRIMARY KEY, name TEXT UNIQUE) STRICT;
         CREATE TABLE reading(series INTEGER, at_us INTEGER, value ANY, PRIMARY KEY(series, at_us)) STRICT, WITHOUT ROWID;",
    )
    .expect("tables");
    db
}

fn write(mut db: Connection, waiting: &mpsc::Receiver<Batch>) {
    let mut signals: HashMap<String, i64> = HashMap::new();
    while let Ok(first) = waiting.recv() {
        let batches: Vec<_> = std::iter::once(first).chain(waiting.try_iter()).collect();
        let transaction = db.transaction().expect("a transaction");
        let mut replies = Vec::with_capacity(batches.len());
        for Batch { readings, reply } in batches {
            let mut insert =
                transaction.prepare_cached("INSERT OR IGNORE INTO reading VALUES(?1,?2,?3)").expect("a statement");
            let mut stored = 0;
            for (signal, at, value) in readings {
                let series = *signals.entry(signal).or_insert_with_key(|name| {
                    let sql = "INSERT INTO signal(name) VALUES(?1) RETURNING id";
                    transaction.query_row(sql, [name], |row| row.get(0)).expect("a signal")
                });
                stored += insert.execute(params![series, at.0, value]).expect("a row");
            }
            replies.push((reply, stored));
        }
        transaction.commit().expect("a commit");
        for (reply, stored) in replies {
            let _ = reply.send(stored);
        }
    }
}

//! The peer: the same small command written by hand with axum and rusqlite, without modules, consent or limits.
//!
//! Same durability (`synchronous=FULL`), same grouping (what waits shares a commit), same rows: the record, its event,
//! the idempotency row, the audit line with its hash chain, the usage line.

use axum::extract::{Path, State};
use axum::routing::post;
use axum::{Json, Router};
use rusqlite::{Connection, OptionalExtension, params};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::collections::{HashMap, VecDeque};
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex};
use tokio::sync::oneshot;

#[derive(Deserialize)]
pub struct Note {
    pub text: String,
    pub amount: i64,
}

struct Job {
    key: String,
    note: Note,
    reply: oneshot::Sender<String>,
}

#[derive(Default)]
struct Tenant {
    jobs: Mutex<(VecDeque<Job>, bool)>,
    files: Mutex<Option<File>>,
}

struct File {
    db: Connection,
    seq: i64,
    chain: [u8; 32],
}

/// All tenants and the committers.
pub struct ByHand {
    folder: PathBuf,
    tenants: Mutex<HashMap<String, Arc<Tenant>>>,
    ready: Mutex<VecDeque<(String, Arc<Tenant>)>>,
    changed: Condvar,
}

/// The router; `committers` threads wait for the disk.
pub fn router(folder: PathBuf, committers: usize) -> Router {
    let all = Arc::new(ByHand { folder, tenants: Mutex::default(), ready: Mutex::default(), changed: Condvar::new() });
    for _ in 0..committers {
        let all = all.clone();
        std::thread::spawn(move || all.work());
    }
    let checkpoints = all.clone();
    std::thread::spawn(move || checkpoints.checkpoint());
    Router::new()
        .route("/bare", post(|| async { "{\"ok\":true}" }))
        .route("/t/{tenant}/note", post(note))
        .with_state(all)
}

async fn note(
    State(all): State<Arc<ByHand>>,
    Path(tenant): Path<String>,
    headers: axum::http::HeaderMap,
    Json(note): Json<Note>,
) -> String {
    let key = headers.get("idempotency-key").and_then(|key| key.to_str().ok()).unwrap_or("").to_owned();
    let entry = all.tenants.lock().unwrap().entry(tenant.clone()).or_default().clone();
    let (reply, answer) = oneshot::channel();
    let submit = {
        let mut jobs = entry.jobs.lock().unwrap();
        jobs.0.push_back(Job { key, note, reply });
        !std::mem::replace(&mut jobs.1, true)
    };
    if submit {
        all.ready.lock().unwrap().push_back((tenant, entry));
        all.changed.notify_one();
    }
    answer.await.unwrap_or_default()
}

impl ByHand {
    fn work(&self) {
        loop {
            let mut ready = self.ready.lock().unwrap();
            let (name, tenant) = loop {
                match ready.pop_front() {
                    Some(next) => break next,
                    None => ready = self.changed.wait(ready).unwrap(),
                }
            };
            drop(ready);
            let mut files = tenant.files.lock().unwrap();
            let file = files.get_or_insert_with(|| open(&self.folder.join(format!("{name}.db"))));
            let jobs: Vec<_> = {
                let mut jobs = tenant.jobs.lock().unwrap();
                let take = jobs.0.len().min(128);
                jobs.0.drain(..take).collect()
            };
            file.db.execute_batch("BEGIN IMMEDIATE").unwrap();
            let answers: Vec<_> = jobs.into_iter().map(|job| (file.run(&job), job.reply)).collect();
            file.db.execute_batch("COMMIT").unwrap();
            drop(files);
            for (answer, reply) in answers {
                let _ = reply.send(answer);
            }
            let mut jobs = tenant.jobs.lock().unwrap();
            jobs.1 = !jobs.0.is_empty();
            if jobs.1 {
                drop(jobs);
                self.ready.lock().unwrap().push_back((name, tenant.clone()));
                self.changed.notify_one();
            }
        }
    }

    /// Checkpoints beside the commits, once a second, as the product does.
    fn checkpoint(&self) {
        let never = (Mutex::new(()), Condvar::new());
        loop {
            drop(never.1.wait_timeout(never.0.lock().unwrap(), std::time::Duration::from_secs(1)).unwrap());
            let names: Vec<_> = self.tenants.lock().unwrap().keys().cloned().collect();
            for name in names {
                if let Ok(db) = Connection::open(self.folder.join(format!("{name}.db"))) {
                    let _ = db.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
                }
            }
        }
    }
}

fn open(path: &std::path::Path) -> File {
    let db = Connection::open(path).unwrap();
    db.execute_batch(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0; PRAGMA cache_size=-512;
         CREATE TABLE IF NOT EXISTS note(id BLOB PRIMARY KEY, rev INTEGER, created INTEGER, updated INTEGER, text TEXT, amount INTEGER) STRICT;
         CREATE TABLE IF NOT EXISTS event(seq INTEGER PRIMARY KEY, module TEXT, name TEXT, at INTEGER, body TEXT) STRICT;
         CREATE TABLE IF NOT EXISTS idem(principal TEXT, key TEXT, fingerprint BLOB, status INTEGER, body BLOB, expires INTEGER, PRIMARY KEY(principal, key)) STRICT, WITHOUT ROWID;
         CREATE TABLE IF NOT EXISTS audit(n INTEGER PRIMARY KEY, at INTEGER, actor TEXT, action TEXT, detail TEXT, chain BLOB) STRICT;
         CREATE TABLE IF NOT EXISTS usage(module TEXT, operation TEXT, hour INTEGER, calls INTEGER, us INTEGER, PRIMARY KEY(module, operation, hour)) STRICT, WITHOUT ROWID;",
    )
    .unwrap();
    db.set_prepared_statement_cache_capacity(64);
    File { db, seq: 0, chain: [0; 32] }
}

impl File {
    fn run(&mut self, job: &Job) -> String {
        let known: Option<Vec<u8>> = self
            .db
            .prepare_cached("SELECT body FROM idem WHERE principal=? AND key=?")
            .unwrap()
            .query_row(params!["user", job.key], |row| row.get(0))
            .optional()
            .unwrap();
        if let Some(body) = known {
            return String::from_utf8(body).unwrap();
        }
        self.seq += 1;
        let fingerprint: [u8; 32] = Sha256::digest(format!("{}{}", job.note.text, job.note.amount)).into();
        let id = &fingerprint[..16];
        let mut id = id.to_vec();
        id[..8].copy_from_slice(&self.seq.to_be_bytes());
        let answer = format!("{{\"id\":\"{}\"}}", self.seq);
        self.execute(
            "INSERT INTO note VALUES(?,1,?,?,?,?)",
            params![id, self.seq, self.seq, job.note.text, job.note.amount],
        );
        self.execute(
            "INSERT INTO event VALUES(?,'bench','noted',?,?)",
            params![self.seq, self.seq, format!("{{\"amount\":{}}}", job.note.amount)],
        );
        self.execute("INSERT INTO idem VALUES('user',?,?,200,?,0)", params![job.key, fingerprint, answer.as_bytes()]);
        self.chain = Sha256::new().chain_update(self.chain).chain_update(&answer).finalize().into();
        self.execute("INSERT INTO audit VALUES(?,?,'user','note','{}',?)", params![self.seq, self.seq, self.chain]);
        self.execute(
            "INSERT INTO usage VALUES('bench','note',0,1,1) ON CONFLICT DO UPDATE SET calls=calls+1, us=us+1",
            params![],
        );
        answer
    }

    fn execute(&self, sql: &str, params: impl rusqlite::Params) {
        self.db.prepare_cached(sql).unwrap().execute(params).unwrap();
    }
}

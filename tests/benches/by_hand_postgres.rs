//! The peer on PostgreSQL: the same small command written by hand with axum and sqlx, without modules, consent or limits.
//!
//! Same durability, same grouping (what waits for a tenant shares a commit), the same statements in the same order: the
//! tenant's head under a lock, the key, record, event, answer, audit line with its hash chain, usage line, head, commit.

use crate::by_hand::Note;
use axum::extract::{Path, State};
use axum::routing::post;
use axum::{Json, Router};
use sha2::{Digest, Sha256};
use sqlx::postgres::{PgConnection, PgPool, PgPoolOptions};
use sqlx::{Executor, Row};
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use tokio::sync::oneshot;

/// Jobs that share a commit, as many as the product's.
const GROUP: usize = 128;
const TABLES: &str = "
    CREATE TABLE head(tenant bigint PRIMARY KEY, seq bigint NOT NULL DEFAULT 0, chain bytea NOT NULL DEFAULT '')
        WITH (fillfactor = 50);
    CREATE TABLE note(tenant bigint, id uuid, rev bigint, created bigint, updated bigint, text text, amount bigint,
        PRIMARY KEY(tenant, id));
    CREATE TABLE event(tenant bigint, seq bigint, module text, name text, at bigint, body text, PRIMARY KEY(tenant, seq));
    CREATE TABLE idem(tenant bigint, key text, fingerprint bytea, status bigint, body bytea, expires bigint,
        PRIMARY KEY(tenant, key));
    CREATE TABLE audit(tenant bigint, n bigint, at bigint, actor text, action text, detail text, chain bytea,
        PRIMARY KEY(tenant, n));
    CREATE TABLE usage(tenant bigint, module text, operation text, hour bigint, calls bigint, us bigint,
        PRIMARY KEY(tenant, module, operation, hour));";

struct Job {
    key: String,
    note: Note,
    reply: oneshot::Sender<String>,
}

/// What waits, and whether somebody works it off.
type Jobs = Arc<Mutex<(VecDeque<Job>, bool)>>;

struct All {
    pool: PgPool,
    tenants: Mutex<HashMap<i64, Jobs>>,
}

/// The router on a database that nobody used before, with so many connections.
pub async fn router(url: &str, connections: u32) -> Router {
    let pool = PgPoolOptions::new().max_connections(connections).test_before_acquire(false).connect(url).await.unwrap();
    pool.execute(TABLES).await.unwrap();
    let all = Arc::new(All { pool, tenants: Mutex::default() });
    Router::new().route("/t/{tenant}/note", post(note)).with_state(all)
}

async fn note(
    State(all): State<Arc<All>>,
    Path(tenant): Path<i64>,
    headers: axum::http::HeaderMap,
    Json(note): Json<Note>,
) -> String {
    let key = headers.get("idempotency-key").and_then(|key| key.to_str().ok()).unwrap_or("").to_owned();
    let waiting = all.tenants.lock().unwrap().entry(tenant).or_default().clone();
    let (reply, answer) = oneshot::channel();
    let is_idle = {
        let mut jobs = waiting.lock().unwrap();
        jobs.0.push_back(Job { key, note, reply });
        !std::mem::replace(&mut jobs.1, true)
    };
    if is_idle {
        tokio::spawn(work_off(all.pool.clone(), tenant, waiting));
    }
    answer.await.unwrap_or_default()
}

async fn work_off(pool: PgPool, tenant: i64, waiting: Jobs) {
    loop {
        let mut turn = pool.begin().await.unwrap();
        let (mut seq, mut chain) = head(&mut turn, tenant).await;
        let jobs: Vec<_> = {
            let mut jobs = waiting.lock().unwrap();
            let take = jobs.0.len().min(GROUP);
            jobs.0.drain(..take).collect()
        };
        let mut answers = Vec::with_capacity(jobs.len());
        for job in jobs {
            answers.push((run(&mut turn, tenant, (&mut seq, &mut chain), &job).await, job.reply));
        }
        let usage = "INSERT INTO usage VALUES($1,'bench','note',0,$2,1) \
            ON CONFLICT(tenant,module,operation,hour) DO UPDATE SET calls=usage.calls+$2, us=usage.us+1";
        sqlx::query(usage).bind(tenant).bind(answers.len() as i64).execute(&mut *turn).await.unwrap();
        let head = "UPDATE head SET seq=$2, chain=$3 WHERE tenant=$1";
        sqlx::query(head).bind(tenant).bind(seq).bind(chain).execute(&mut *turn).await.unwrap();
        turn.commit().await.unwrap();
        for (answer, reply) in answers {
            let _ = reply.send(answer);
        }
        let mut jobs = waiting.lock().unwrap();
        jobs.1 = !jobs.0.is_empty();
        if !jobs.1 {
            return;
        }
    }
}

/// Locks the tenant, and reads where it stands.
async fn head(turn: &mut PgConnection, tenant: i64) -> (i64, Vec<u8>) {
    let find = "SELECT seq, chain FROM head WHERE tenant=$1 FOR UPDATE";
    if let Some(found) = sqlx::query(find).bind(tenant).fetch_optional(&mut *turn).await.unwrap() {
        return (found.get(0), found.get(1));
    }
    sqlx::query("INSERT INTO head(tenant) VALUES($1)").bind(tenant).execute(turn).await.unwrap();
    (0, Vec::new())
}

async fn run(turn: &mut PgConnection, tenant: i64, (seq, chain): (&mut i64, &mut Vec<u8>), job: &Job) -> String {
    let known = "SELECT body FROM idem WHERE tenant=$1 AND key=$2";
    let known = sqlx::query(known).bind(tenant).bind(&job.key).fetch_optional(&mut *turn).await.unwrap();
    if let Some(known) = known {
        return String::from_utf8(known.get(0)).unwrap();
    }
    *seq += 1;
    let fingerprint = Sha256::digest(format!("{}{}", job.note.text, job.note.amount)).to_vec();
    let answer = format!("{{\"id\":\"{seq}\"}}");
    let sql = "INSERT INTO note VALUES($1,gen_random_uuid(),1,$2,$2,$3,$4)";
    let insert = sqlx::query(sql).bind(tenant).bind(*seq).bind(&job.note.text).bind(job.note.amount);
    insert.execute(&mut *turn).await.unwrap();
    let body = format!("{{\"amount\":{}}}", job.note.amount);
    let sql = "INSERT INTO event VALUES($1,$2,'bench','noted',$2,$3)";
    sqlx::query(sql).bind(tenant).bind(*seq).bind(body).execute(&mut *turn).await.unwrap();
    let sql = "INSERT INTO idem VALUES($1,$2,$3,200,$4,0)";
    let insert = sqlx::query(sql).bind(tenant).bind(&job.key).bind(fingerprint).bind(answer.as_bytes());
    insert.execute(&mut *turn).await.unwrap();
    *chain = Sha256::new().chain_update(&*chain).chain_update(&answer).finalize().to_vec();
    let sql = "INSERT INTO audit VALUES($1,$2,$2,'user','note','{}',$3)";
    sqlx::query(sql).bind(tenant).bind(*seq).bind(&*chain).execute(turn).await.unwrap();
    answer
}

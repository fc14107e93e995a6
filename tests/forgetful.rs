//! Between a host and PostgreSQL: takes the host's own condition on the tenant out of every statement on its way, so that
//! row-level security is the only wall left. The host itself is the program as it is; nothing in it knows of this.

use crate::cluster::Cluster;
use std::collections::BTreeSet;
use std::io::{BufReader, Read, Result, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// What stands in a statement instead of `tenant_id=$1`. The value is sent as before, and has to be used.
const FORGOTTEN: &str = "$1::uuid IS NOT NULL";
/// The same where a statement has no values: `tenant_id='…'`.
const LITERAL: &str = "tenant_id='";
/// The beginning of the first message that is no question about encryption: version 3 of the protocol.
const VERSION: [u8; 2] = [0, 3];
/// No message of a test is longer.
const MESSAGE_BYTES: usize = 64 << 20;

/// A socket on which PostgreSQL seems to listen. Its threads end with the process.
pub struct Forgetful {
    dir: tempfile::TempDir,
    seen: Arc<Seen>,
}

#[derive(Default)]
struct Seen {
    /// Statements out of which a condition was taken.
    stripped: AtomicU64,
    /// Statements that compare the tenant all the same.
    left: Mutex<BTreeSet<String>>,
}

impl Forgetful {
    /// Stands before this cluster.
    pub fn before(cluster: &Cluster) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(dir.path().join(SOCKET)).unwrap();
        let (real, seen) = (cluster.folder().join(SOCKET), Arc::new(Seen::default()));
        let accepted = seen.clone();
        std::thread::spawn(move || {
            for client in listener.incoming() {
                connect(client.unwrap(), &real, &accepted).unwrap();
            }
        });
        Self { dir, seen }
    }

    /// How a host reaches a database through it.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://login@localhost/{database}?host={}", self.dir.path().display())
    }

    /// How many statements it took the condition out of.
    pub fn stripped(&self) -> u64 {
        self.seen.stripped.load(Ordering::Relaxed)
    }

    /// Statements that passed it and compare the tenant all the same.
    pub fn left(&self) -> BTreeSet<String> {
        self.seen.left.lock().unwrap().clone()
    }
}

/// What PostgreSQL calls its socket.
const SOCKET: &str = ".s.PGSQL.5432";

fn connect(client: UnixStream, real: &Path, seen: &Arc<Seen>) -> Result<()> {
    let server = UnixStream::connect(real)?;
    let (from, to, seen) = (client.try_clone()?, server.try_clone()?, seen.clone());
    // Either end may be killed: then the other one hears it, and nobody else needs to.
    std::thread::spawn(move || {
        let _ = forward(BufReader::new(&from), &to, &seen);
        let _ = to.shutdown(std::net::Shutdown::Both);
    });
    let (mut from, mut to) = (server, client);
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut from, &mut to);
        let _ = to.shutdown(std::net::Shutdown::Both);
    });
    Ok(())
}

/// What a client says, message by message.
fn forward(mut from: impl Read, mut to: impl Write, seen: &Seen) -> Result<()> {
    loop {
        let body = body(&mut from)?;
        send(&mut to, None, &body)?;
        if body.starts_with(&VERSION) {
            break;
        }
    }
    loop {
        let mut kind = [0];
        from.read_exact(&mut kind)?;
        let body = body(&mut from)?;
        let body = match kind[0] {
            b'P' => seen.prepared(&body),
            b'Q' => seen.simple(&body),
            _ => body,
        };
        send(&mut to, Some(kind[0]), &body)?;
    }
}

fn body(from: &mut impl Read) -> Result<Vec<u8>> {
    let mut length = [0; 4];
    from.read_exact(&mut length)?;
    let length = (u32::from_be_bytes(length) as usize).saturating_sub(4);
    assert!(length < MESSAGE_BYTES, "a message of {length} bytes");
    let mut body = vec![0; length];
    from.read_exact(&mut body)?;
    Ok(body)
}

fn send(to: &mut impl Write, kind: Option<u8>, body: &[u8]) -> Result<()> {
    let mut message: Vec<u8> = kind.into_iter().collect();
    message.extend(u32::try_from(body.len() + 4).unwrap().to_be_bytes());
    message.extend(body);
    to.write_all(&message)
}

impl Seen {
    /// `Parse`: a name, the statement, the types of its values.
    fn prepared(&self, body: &[u8]) -> Vec<u8> {
        let mut parts = body.splitn(3, |byte| *byte == 0);
        let (name, sql) = (parts.next().unwrap(), parts.next().unwrap());
        let sql = std::str::from_utf8(sql).unwrap();
        let stripped = sql.replace("o.tenant_id=$1", FORGOTTEN).replace("tenant_id=$1", FORGOTTEN);
        self.count(sql, &stripped);
        if stripped.replace(' ', "").contains("tenant_id=") {
            self.left.lock().unwrap().insert(stripped.clone());
        }
        [name, stripped.as_bytes(), parts.next().unwrap()].join(&0)
    }

    /// `Query`: statements without values. The schema's own have the policies in them, and pass as they are.
    fn simple(&self, body: &[u8]) -> Vec<u8> {
        let Ok(sql) = std::str::from_utf8(body) else { return body.to_vec() };
        let mut stripped = sql.to_owned();
        while let Some((before, (_, after))) =
            stripped.split_once(LITERAL).and_then(|(before, rest)| Some((before, rest.split_once('\'')?)))
        {
            stripped = format!("{before}true{after}");
        }
        self.count(sql, &stripped);
        stripped.into_bytes()
    }

    fn count(&self, sql: &str, stripped: &str) {
        self.stripped.fetch_add(u64::from(sql != stripped), Ordering::Relaxed);
    }
}

#[test]
fn only_the_condition_on_the_tenant_is_taken_out() {
    let seen = Seen::default();
    let parse = b"s1\0SELECT a FROM t o WHERE o.tenant_id=$1 AND o.b=$2\0\0\x02\0\0\0\x01\0\0\0\x02";
    let left = b"s1\0SELECT a FROM t o WHERE $1::uuid IS NOT NULL AND o.b=$2\0\0\x02\0\0\0\x01\0\0\0\x02";
    assert_eq!(seen.prepared(parse), left);
    assert_eq!(
        seen.simple(b"SELECT 1 FROM t WHERE tenant_id='0-1' FOR UPDATE\0"),
        b"SELECT 1 FROM t WHERE true FOR UPDATE\0"
    );
    let policy = b"CREATE POLICY tenant ON t USING (tenant_id = (SELECT 1))\0";
    assert_eq!(seen.simple(policy), policy);
    assert_eq!((seen.stripped.load(Ordering::Relaxed), seen.left.lock().unwrap().len()), (2, 0));
    seen.prepared(b"\0SELECT a FROM t WHERE tenant_id = $2\0\0\0");
    assert_eq!(seen.left.lock().unwrap().len(), 1, "what it does not know how to take out is told");
}

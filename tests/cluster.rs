//! A PostgreSQL of this process alone: in a temporary directory, on a socket there, gone when the process is.
//!
//! Used by the tests of `host/store`, too.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, OnceLock};

/// The server; a shell waits for our end and ends it.
pub struct Cluster {
    dir: PathBuf,
    keeper: Mutex<(ChildStdin, BufReader<ChildStdout>)>,
}

/// Starts the server, says so, kills it and starts it again when asked to, ends it when nobody holds the other end of its
/// input any more.
const KEEPER: &str = r#"
set -e
"$1/initdb" -D "$2/data" -U login -A trust -E UTF8 --locale=C -N >"$2/log" 2>&1
start() {
    "$1/pg_ctl" -D "$2/data" -l "$2/log" -w -o "-k '$2' -c listen_addresses='' -c max_connections=200" start >>"$2/log"
}
start "$1" "$2"
echo ready
while read -r _; do
    kill -9 "$(head -n 1 "$2/data/postmaster.pid")"
    until start "$1" "$2" 2>>"$2/log"; do :; done
    echo ready
done
"$1/pg_ctl" -D "$2/data" -m immediate -w stop >>"$2/log" || true
rm -rf "$2"
"#;

/// Where its programs are: in the path, or where Debian puts them.
#[expect(
    clippy::disallowed_methods,
    reason = "where PostgreSQL is, and whether it must be, is known by the environment only"
)]
fn programs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let debian = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let folders = std::env::split_paths(&path).chain(debian.map(|version| version.path().join("bin")));
    folders.into_iter().find(|folder| folder.join("initdb").exists() && folder.join("pg_ctl").exists())
}

/// The user to run it as: it refuses to be root.
fn user() -> Option<(u32, u32)> {
    let id = |arguments: &[&str]| -> Option<u32> {
        let out = Command::new("id").args(arguments).output().ok()?;
        String::from_utf8(out.stdout).ok()?.trim().parse().ok()
    };
    if id(&["-u"])? != 0 {
        return None;
    }
    Some((id(&["-u", "postgres"])?, id(&["-g", "postgres"])?))
}

impl Cluster {
    /// One that is nobody else's; none when PostgreSQL is not installed.
    #[expect(clippy::zombie_processes, reason = "the keeper ends when this process does, and nobody is left to wait")]
    pub fn start() -> Option<Self> {
        let (programs, user) = (programs()?, user());
        let dir = tempfile::tempdir().unwrap().keep();
        let mut keeper = Command::new("sh");
        keeper.args(["-c", KEEPER, "keeper"]).arg(programs).arg(&dir);
        keeper.stdin(Stdio::piped()).stdout(Stdio::piped()).current_dir(&dir);
        if let Some((uid, gid)) = user {
            chown(&dir, Some(uid), Some(gid)).unwrap();
            keeper.uid(uid).gid(gid);
        }
        let mut keeper = keeper.spawn().unwrap();
        let (orders, said) = (keeper.stdin.take().unwrap(), BufReader::new(keeper.stdout.take().unwrap()));
        let cluster = Self { dir, keeper: Mutex::new((orders, said)) };
        cluster.wait_until_ready();
        Some(cluster)
    }

    fn wait_until_ready(&self) {
        let mut said = String::new();
        self.keeper.lock().unwrap().1.read_line(&mut said).unwrap();
        let log = || std::fs::read_to_string(self.dir.join("log")).unwrap_or_default();
        assert_eq!(said, "ready\n", "PostgreSQL did not start: {}", log());
    }

    /// `kill -9` of the server, and a new one on what it left.
    pub fn kill_and_start(&self) {
        writeln!(self.keeper.lock().unwrap().0, "again").unwrap();
        self.wait_until_ready();
    }

    /// Where its socket is.
    pub fn folder(&self) -> &Path {
        &self.dir
    }

    /// How to reach a database of it.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://login@localhost/{database}?host={}", self.folder().display())
    }
}

/// The cluster of this process.
///
/// # Panics
/// There is none, and `TOOLCRIB_REQUIRE` asks for one.
#[expect(
    clippy::disallowed_methods,
    reason = "where PostgreSQL is, and whether it must be, is known by the environment only"
)]
pub fn cluster() -> Option<&'static Cluster> {
    static CLUSTER: OnceLock<Option<Cluster>> = OnceLock::new();
    let cluster = CLUSTER.get_or_init(Cluster::start).as_ref();
    if cluster.is_none() {
        let required = std::env::var("TOOLCRIB_REQUIRE").unwrap_or_default();
        let asked = required.split(',').any(|name| name.trim() == "postgres");
        assert!(!asked, "TOOLCRIB_REQUIRE asks for PostgreSQL; there is none");
        let _ = writeln!(std::io::stderr(), "SKIPPED: 1 test, because PostgreSQL is not installed");
    }
    cluster
}

//! Between a host and its server: hands on what both say, and breaks off when it is told to.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use tempfile::TempDir;

/// When it breaks off: so many messages of the host are handed on first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Break {
    /// The next one never arrives.
    Before(i64),
    /// The next one arrives, and the answer to it does not.
    Behind(i64),
}

/// Never.
const NEVER: i64 = i64::MAX / 2;

pub(super) struct Relay {
    folder: TempDir,
    orders: Arc<Orders>,
}

struct Orders {
    left: AtomicI64,
    is_behind: AtomicBool,
    connections: Mutex<Vec<UnixStream>>,
}

impl Relay {
    /// To a server whose socket is in this folder.
    pub fn to(server: &Path) -> Self {
        let there = std::fs::read_dir(server).unwrap().map(|entry| entry.unwrap().path());
        let socket = there.into_iter().find(|path| {
            path.file_name().unwrap().to_string_lossy().starts_with(".s.PGSQL")
                && path.extension().is_none_or(|kind| kind != "lock")
        });
        let (socket, folder) = (socket.unwrap(), tempfile::tempdir().unwrap());
        let door = UnixListener::bind(folder.path().join(socket.file_name().unwrap())).unwrap();
        let (left, is_behind, connections) = (AtomicI64::new(NEVER), AtomicBool::default(), Mutex::default());
        let orders = Arc::new(Orders { left, is_behind, connections });
        let given = orders.clone();
        // Both end with the sockets, or with this process.
        std::thread::spawn(move || {
            while let Ok((host, _)) = door.accept() {
                given.clone().hand_on(host, &socket);
            }
        });
        Self { folder, orders }
    }

    pub fn folder(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    /// Once.
    pub fn break_off(&self, when: Break) {
        let (Break::Before(left) | Break::Behind(left)) = when;
        self.orders.is_behind.store(matches!(when, Break::Behind(_)), Ordering::SeqCst);
        self.orders.left.store(left, Ordering::SeqCst);
    }

    /// So many messages of the host were handed on while `work` went on.
    pub fn messages(&self, work: impl FnOnce()) -> i64 {
        self.orders.left.store(NEVER, Ordering::SeqCst);
        work();
        NEVER - self.orders.left.load(Ordering::SeqCst)
    }

    /// Whether it did; if not, it never will.
    pub fn has_broken_off(&self) -> bool {
        self.orders.left.swap(NEVER, Ordering::SeqCst) < 0
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.orders.connections.lock().unwrap().iter().for_each(|one| drop(one.shutdown(Shutdown::Both)));
    }
}

impl Orders {
    fn hand_on(self: Arc<Self>, host: UnixStream, socket: &Path) {
        let server = UnixStream::connect(socket).unwrap();
        let clone = |one: &UnixStream| one.try_clone().unwrap();
        self.connections.lock().unwrap().extend([clone(&host), clone(&server)]);
        let (mut to_host, mut from_server) = (clone(&host), clone(&server));
        let (mut from_host, mut to_server) = (host, server);
        let is_lost = Arc::new(AtomicBool::default());
        let is_lost_below = is_lost.clone();
        std::thread::spawn(move || {
            while let Some(said) = heard(&mut from_host) {
                if self.left.fetch_sub(1, Ordering::SeqCst) == 0 {
                    if !self.is_behind.load(Ordering::SeqCst) {
                        break;
                    }
                    is_lost.store(true, Ordering::SeqCst);
                }
                if to_server.write_all(&said).is_err() {
                    break;
                }
            }
            end(&from_host, &to_server);
        });
        std::thread::spawn(move || {
            while let Some(said) = heard(&mut from_server) {
                // The server has done it: it answers.
                if is_lost_below.load(Ordering::SeqCst) || to_host.write_all(&said).is_err() {
                    break;
                }
            }
            end(&to_host, &from_server);
        });
    }
}

fn heard(from: &mut UnixStream) -> Option<Vec<u8>> {
    let mut said = vec![0; 1 << 16];
    let length = from.read(&mut said).ok().filter(|length| *length > 0)?;
    said.truncate(length);
    Some(said)
}

fn end(host: &UnixStream, server: &UnixStream) {
    for one in [host, server] {
        let _ = one.shutdown(Shutdown::Both);
    }
}

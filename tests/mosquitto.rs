//! Mosquitto, a broker that nobody here wrote: started with persistence in a folder of its own, where it is installed.

use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Where distributions put it; the second is not on everybody's path.
const CANDIDATES: [&str; 2] = ["mosquitto", "/usr/sbin/mosquitto"];
/// Longest wait until it listens.
const SOON: Duration = Duration::from_secs(20);
/// Another process may take a port between its choice and its use.
const TRIES: usize = 5;

/// A running broker; ended when dropped, as by a power cut.
pub struct Mosquitto {
    pub process: Child,
    pub address: SocketAddr,
    folder: PathBuf,
}

/// The program; none where it is not installed.
pub fn program() -> Option<&'static str> {
    let works =
        |name: &&&str| Command::new(name).arg("-h").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
    CANDIDATES.iter().find(works).copied()
}

impl Mosquitto {
    /// Starts it; `more` is added to its configuration.
    ///
    /// # Panics
    /// It does not listen.
    pub fn start(program: &str, folder: &Path, more: &str) -> Self {
        for _ in 0..TRIES {
            let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
            let address = free.local_addr().expect("an address");
            drop(free);
            if let Some(process) = Self::at(program, folder, address, more) {
                return Self { process, address, folder: folder.to_owned() };
            }
        }
        panic!("mosquitto did not start: {}", std::fs::read_to_string(folder.join("log")).unwrap_or_default());
    }

    /// Starts it where it was before, with what it kept.
    pub fn again(self, program: &str, more: &str) -> Self {
        let (address, folder) = (self.address, self.folder.clone());
        drop(self);
        let process = Self::at(program, &folder, address, more).expect("mosquitto starts again");
        Self { process, address, folder }
    }

    fn at(program: &str, folder: &Path, address: SocketAddr, more: &str) -> Option<Child> {
        let config = folder.join("mosquitto.conf");
        let text = format!(
            "listener {} {}\nset_tcp_nodelay true\npersistence true\npersistence_location {}/\nuser root\nlog_dest stderr\nlog_type error\nlog_type warning\n{more}\n",
            address.port(),
            address.ip(),
            folder.display()
        );
        std::fs::File::create(&config).and_then(|mut file| file.write_all(text.as_bytes())).expect("a configuration");
        let log = std::fs::File::create(folder.join("log")).expect("a log");
        let mut command = Command::new(program);
        command.arg("-c").arg(&config).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        let mut process = command.spawn().expect("mosquitto can be run");
        let listens = || TcpStream::connect(address).is_ok().then_some(true);
        let up =
            crate::wait::until("mosquitto", SOON, || listens().or_else(|| process.try_wait().ok()?.map(|_| false)));
        up.then_some(process)
    }
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

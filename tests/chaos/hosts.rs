//! Several hosts on one database, and clients each of which goes on with the next host when its own is gone.

use super::clients::{Client, Log};
use super::servers::{Process, Servers};
use crate::wait::until_async;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// Longest wait for clients on a machine that is busy with other tests.
pub const SOON: Duration = Duration::from_secs(60);
/// Before a client that was sent away everywhere begins anew.
const PAUSE: Duration = Duration::from_millis(10);

/// Where the hosts answer. One that is away keeps its last address, where nobody answers.
type Addresses = Arc<Mutex<Vec<String>>>;

/// The hosts.
pub struct Hosts<'s> {
    servers: &'s Servers,
    running: Vec<Option<Process>>,
    addresses: Addresses,
    token: Arc<Mutex<String>>,
}

impl<'s> Hosts<'s> {
    /// Starts so many, and waits until all of them know their tenants.
    pub async fn start(servers: &'s Servers, count: usize) -> Self {
        let (running, addresses) =
            ((0..count).map(|_| None).collect(), Arc::new(Mutex::new(vec![String::new(); count])));
        let token = Arc::new(Mutex::new(servers.token.clone()));
        let mut hosts = Self { servers, running, addresses, token };
        for nth in 0..count {
            hosts.begin(nth).await;
        }
        hosts
    }

    /// Starts one on what its data directory holds. Clients hear of it when it knows its tenants.
    pub async fn begin(&mut self, nth: usize) {
        let host = tokio::task::block_in_place(|| self.servers.serve_as(nth));
        let token = self.token.lock().unwrap().clone();
        self.servers.known_with(&token, &host).await;
        self.addresses.lock().unwrap()[nth].clone_from(&host.url);
        self.running[nth] = Some(host);
    }

    /// Everybody works with a new token from now on: one lives for a quarter of an hour.
    pub async fn sign_in_again(&self) {
        let token = self.servers.owner_token().await;
        *self.token.lock().unwrap() = token;
    }

    /// `kill -9` of one.
    pub fn kill(&mut self, nth: usize) {
        self.running[nth].take().expect("it runs").kill();
    }

    /// Asks one to stop, and waits until it did.
    pub fn stop(&mut self, nth: usize) {
        let host = self.running[nth].take().expect("it runs");
        tokio::task::block_in_place(|| host.stop());
    }
}

/// Clients at work.
pub struct Crew {
    working: JoinSet<Client>,
    over: Arc<AtomicBool>,
    progress: Vec<Arc<AtomicU64>>,
    /// The most refusals that one of them met before somebody took its command.
    refusals: Arc<AtomicUsize>,
}

impl Crew {
    /// Lets them work: each begins at another host.
    pub fn start(clients: Vec<Client>, hosts: &Hosts<'_>, log: &'static Log) -> Self {
        let progress = clients.iter().map(|client| client.progress.clone()).collect();
        let (over, refusals, mut working) = (Arc::new(AtomicBool::new(false)), Arc::default(), JoinSet::new());
        for (nth, mut client) in clients.into_iter().enumerate() {
            client.token = hosts.token.clone();
            let (addresses, over, most) = (hosts.addresses.clone(), over.clone(), Arc::clone(&refusals));
            working.spawn(work(client, nth, addresses, over, most, log));
        }
        Self { working, over, progress, refusals }
    }

    /// Waits until each of them was answered anew; how long that took.
    pub async fn go_on(&self) -> Duration {
        let now = |of: &Arc<AtomicU64>| of.load(Ordering::Relaxed);
        let (before, started): (Vec<_>, _) = (self.progress.iter().map(now).collect(), Instant::now());
        let all = || async { self.progress.iter().map(now).zip(&before).all(|(now, was)| now > *was).then_some(()) };
        until_async("every client to be answered anew", SOON, all).await;
        started.elapsed()
    }

    pub fn refusals(&self) -> usize {
        self.refusals.load(Ordering::Relaxed)
    }

    /// Ends the work together with the hosts.
    pub async fn end(self, hosts: Hosts<'_>) -> Vec<Client> {
        self.over.store(true, Ordering::Release);
        hosts.running.into_iter().flatten().for_each(Process::kill);
        self.working.join_all().await
    }
}

async fn work(
    mut client: Client,
    nth: usize,
    addresses: Addresses,
    over: Arc<AtomicBool>,
    most: Arc<AtomicUsize>,
    log: &'static Log,
) -> Client {
    let (mut at, mut in_a_row) = (nth, 0);
    while !over.load(Ordering::Acquire) {
        let (url, hosts) = {
            let addresses = addresses.lock().unwrap();
            (addresses[at % addresses.len()].clone(), addresses.len())
        };
        let before = client.progress.load(Ordering::Relaxed);
        client.work(&url, log).await;
        if over.load(Ordering::Acquire) {
            break;
        }
        // This one ended with a refusal, after some answers or none.
        in_a_row = if client.progress.load(Ordering::Relaxed) > before { 1 } else { in_a_row + 1 };
        most.fetch_max(in_a_row, Ordering::Relaxed);
        at += 1;
        if in_a_row >= hosts {
            tokio::time::sleep(PAUSE).await;
        }
    }
    client
}

/// Times that something took, for people.
pub fn told(times: &mut [Duration]) -> String {
    times.sort();
    let (middle, most) = (times[times.len() / 2], times[times.len() - 1]);
    format!("{} ms in the middle, {} ms at most", middle.as_millis(), most.as_millis())
}

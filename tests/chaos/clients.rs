//! Clients that post and retry, and the log of what a server acknowledged to them.

use super::servers::Tenant;
use crate::dice::Dice;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Readings of one batch.
pub(super) const BATCH: u64 = 20;
/// An answer that takes longer is a failure of the test: the server was killed, then the connection is gone at once.
const ANSWER: Duration = Duration::from_secs(30);

/// Something that a client wants done, once.
#[derive(Clone, Debug, PartialEq)]
pub enum Work {
    /// A row and an event.
    Note { text: String, amount: i64 },
    /// An event whose handler leaves a row.
    Order { text: String },
    /// Counts of one signal, one a microsecond.
    Readings { signal: String, first_us: i64 },
}

/// What the files of a tenant must hold in the end.
#[derive(Clone, Debug, Default)]
pub struct Acknowledged {
    /// Amount by text.
    pub notes: BTreeMap<String, i64>,
    pub orders: BTreeMap<String, ()>,
    /// Value by signal and time.
    pub readings: BTreeMap<(String, i64), i64>,
}

/// Everything acknowledged in a run. Each line is on disk before the client goes on.
pub struct Log {
    file: Mutex<File>,
    tenants: Vec<Mutex<Acknowledged>>,
    count: AtomicU64,
}

impl Log {
    pub fn new(path: &Path, tenants: usize) -> Self {
        let file = Mutex::new(File::create(path).unwrap());
        Self { file, tenants: (0..tenants).map(|_| Mutex::default()).collect(), count: AtomicU64::new(0) }
    }

    /// Writes down what was acknowledged.
    pub(super) fn add(&self, tenant: usize, key: &str, work: &Work) {
        let mut file = self.file.lock().unwrap();
        writeln!(file, "{tenant} {key} {work:?}").and_then(|()| file.sync_data()).unwrap();
        drop(file);
        let mut known = self.tenants[tenant].lock().unwrap();
        let new = match work {
            Work::Note { text, amount } => known.notes.insert(text.clone(), *amount).is_none(),
            Work::Order { text } => known.orders.insert(text.clone(), ()).is_none(),
            Work::Readings { signal, first_us } => readings(signal, *first_us)
                .fold(true, |new, (at, value)| known.readings.insert(at, value).is_none() && new),
        };
        assert!(new, "a client asks for each thing once: {work:?}");
        self.count.fetch_add(1, Ordering::Relaxed);
    }

    /// Acknowledgements so far.
    pub fn count(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }

    pub fn of(&self, tenant: usize) -> Acknowledged {
        self.tenants[tenant].lock().unwrap().clone()
    }
}

/// The readings of a batch, by signal and time.
pub(super) fn readings(signal: &str, first_us: i64) -> impl Iterator<Item = ((String, i64), i64)> + use<'_> {
    (first_us..first_us + BATCH as i64).map(move |at| ((signal.to_owned(), at), at % 1_000))
}

/// The same as lines of JSON.
pub(super) fn lines(signal: &str, first_us: i64) -> String {
    let line = |((signal, at), value): ((String, i64), i64)| {
        let at = toolcrib_contract::types::Instant(at);
        format!("{{\"signal\":\"{signal}\",\"at\":\"{at}\",\"value\":{value}}}\n")
    };
    readings(signal, first_us).map(line).collect()
}

/// One client of one tenant. It lives through all cycles.
pub struct Client {
    http: reqwest::Client,
    tenant: usize,
    at: Tenant,
    /// Shared with whoever renews it.
    pub token: Arc<Mutex<String>>,
    name: String,
    dice: Dice,
    made: u64,
    /// Asked for, and no answer yet.
    pending: Option<(String, Work)>,
    /// Acknowledged commands with their answers, for asking again.
    answered: Vec<(String, Work, Value)>,
    /// Times a request was repeated with its key: unanswered ones, and answered ones on purpose.
    pub retries: u64,
    pub repetitions: u64,
    /// Acknowledgements, for whoever watches.
    pub progress: Arc<AtomicU64>,
    /// A refusal for the moment is no reason to wait: there is another host.
    pub goes_elsewhere: bool,
    is_device: bool,
    start_us: i64,
}

/// Why a client stopped for this cycle.
enum Gone {
    /// The server is not there any more; what was asked for stays pending.
    Connection,
}

impl Client {
    /// A person's, or a device's. `start_us` is a time near the present, different for each device.
    pub fn new(
        nth: usize,
        tenant: usize,
        at: &Tenant,
        token: &str,
        is_device: bool,
        start_us: i64,
        dice: Dice,
    ) -> Self {
        let http = reqwest::Client::builder().no_proxy().timeout(ANSWER).pool_max_idle_per_host(1).build().unwrap();
        let token = Arc::new(Mutex::new(if is_device { at.device_token.clone() } else { token.to_owned() }));
        let name = format!("client-{nth}");
        let (pending, answered) = (None, Vec::new());
        Self {
            http,
            tenant,
            at: at.clone(),
            token,
            name,
            dice,
            made: 0,
            pending,
            answered,
            retries: 0,
            repetitions: 0,
            progress: Arc::default(),
            goes_elsewhere: false,
            is_device,
            start_us,
        }
    }

    /// Retries what is pending, then asks for more and more, until the server is gone.
    pub async fn work(&mut self, url: &str, log: &Log) {
        while let Ok(()) = self.step(url, log).await {}
    }

    /// Retries what is pending; true when nothing is.
    pub async fn settle(&mut self, url: &str, log: &Log) -> bool {
        self.pending.is_none() || self.retry(url, log).await.is_ok()
    }

    async fn step(&mut self, url: &str, log: &Log) -> Result<(), Gone> {
        if self.pending.is_some() {
            return self.retry(url, log).await;
        }
        if !self.answered.is_empty() && self.dice.one_in(8) {
            return self.repeat(url).await;
        }
        let work = self.make();
        let key = format!("{}-{}", self.name, self.made);
        self.ask(url, log, key, work).await
    }

    async fn retry(&mut self, url: &str, log: &Log) -> Result<(), Gone> {
        self.retries += 1;
        let (key, work) = self.pending.take().expect("only called with something pending");
        self.ask(url, log, key, work).await
    }

    /// Asks for something acknowledged once more: the same answer, and nothing happens.
    async fn repeat(&mut self, url: &str) -> Result<(), Gone> {
        let at = self.dice.below(self.answered.len() as u64) as usize;
        let (key, work, answer) = self.answered[at].clone();
        let again = self.send(url, &key, &work).await?;
        assert_eq!(again, answer, "a repetition of {work:?} got another answer");
        self.repetitions += 1;
        Ok(())
    }

    async fn ask(&mut self, url: &str, log: &Log, key: String, work: Work) -> Result<(), Gone> {
        match self.send(url, &key, &work).await {
            Ok(answer) => {
                if let Work::Readings { .. } = work {
                    let known = answer["accepted"].as_u64().unwrap() + answer["duplicates"].as_u64().unwrap();
                    assert_eq!(known, BATCH, "{answer}");
                } else {
                    self.answered.push((key.clone(), work.clone(), answer));
                }
                log.add(self.tenant, &key, &work);
                self.progress.fetch_add(1, Ordering::Relaxed);
                Ok(())
            }
            Err(gone) => {
                self.pending = Some((key, work));
                Err(gone)
            }
        }
    }

    fn make(&mut self) -> Work {
        self.made += 1;
        let text = format!("{} {}", self.name, self.made);
        if self.is_device {
            let signal = format!("press-{}.good", self.dice.below(3));
            return Work::Readings { signal, first_us: self.start_us + (self.made * BATCH) as i64 };
        }
        if self.dice.one_in(3) {
            Work::Order { text }
        } else {
            Work::Note { text, amount: self.dice.below(1_000) as i64 }
        }
    }

    /// The answer's JSON; what is refused for the moment is sent again.
    async fn send(&self, url: &str, key: &str, work: &Work) -> Result<Value, Gone> {
        loop {
            let response = self.request(url, key, work).send().await.map_err(|_| Gone::Connection)?;
            let status = response.status().as_u16();
            let text = response.text().await.map_err(|_| Gone::Connection)?;
            match status {
                200 => return Ok(serde_json::from_str(&text).unwrap()),
                503 if self.goes_elsewhere => return Err(Gone::Connection),
                // Busy, or starting: the client may ask again.
                429 | 503 => tokio::time::sleep(Duration::from_millis(10)).await,
                _ => panic!("{work:?} was answered with {status}: {text}"),
            }
        }
    }

    fn request(&self, url: &str, key: &str, work: &Work) -> reqwest::RequestBuilder {
        let tenant = format!("{url}/v1/t/{}", self.at.slug);
        let command = |operation: &str, body: Value| {
            self.http.post(format!("{tenant}/m/daybook/{operation}")).header("idempotency-key", key).json(&body)
        };
        let request = match work {
            Work::Note { text, amount } => command("note", json!({"text": text, "amount": amount})),
            Work::Order { text } => command("order", json!({"text": text})),
            Work::Readings { signal, first_us } => {
                self.http.post(format!("{tenant}/readings")).body(lines(signal, *first_us))
            }
        };
        request.bearer_auth(self.token.lock().unwrap())
    }
}

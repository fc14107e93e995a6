//! Five hundred open pages of one tenant while commands commit: how long until each shows it, and what that costs the
//! host; against pages that each ask for themselves, which is what a browser without the shared questions would do.

use crate::setting::{PROGRAM, wait};
use crate::table::{Goal, Row, Spread};
use futures_util::future::join_all;
use serde_json::{Value as Json, json};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::watch;

const SCREENS: usize = 500;
/// Live pages that one browser may hold; so many sign in.
const SCREENS_OF_SESSION: usize = 16;
const CHANGES: usize = 12;
/// Between two changes. A page is sent one patch a second at most: closer ones would measure that limit.
const BETWEEN: Duration = Duration::from_millis(1_200);
/// Pages that differ, in the second scene: one of each kind of reason.
const KINDS: [&str; 5] = ["stop", "scrap", "rework", "andon", "defect"];

/// The demo as a process, with its marketplace, host and console.
pub struct Demo {
    process: Child,
    _folder: tempfile::TempDir,
    pub base: String,
    owner: Json,
    /// Of `demo.json`.
    pub facts: Json,
}

impl Demo {
    pub fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let data = folder.path().join("demo");
        let mut command = Command::new(PROGRAM);
        command.args(["demo", "--weeks", "0", "--listen", "127.0.0.1:0", "--data"]).arg(&data);
        let mut process =
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("a process");
        let facts = || serde_json::from_slice::<Json>(&std::fs::read(data.join("demo.json")).ok()?).ok();
        for _ in 0..20 {
            if facts().is_some() {
                break;
            }
            assert!(process.try_wait().expect("a process").is_none(), "the demo ended");
            let started = Instant::now();
            wait("a while", || started.elapsed() > Duration::from_secs(45) || facts().is_some());
        }
        let facts = facts().expect("the demo starts within a quarter of an hour");
        let base = facts["base_url"].as_str().expect("an address").trim_end_matches('/').to_owned();
        Self { process, _folder: folder, base, owner: facts["tenants"][0].clone(), facts }
    }

    fn cpu(&self) -> Duration {
        let path = format!("/proc/{}/stat", self.process.id());
        let stat = std::fs::read_to_string(Path::new(&path)).expect("a Linux machine");
        let fields = stat.rsplit_once(") ").map_or("", |(_, rest)| rest).split(' ').skip(11).take(2);
        let ticks: u64 = fields.map(|field| field.parse::<u64>().expect("stat has numbers")).sum();
        Duration::from_millis(ticks * 1_000 / rustix::param::clock_ticks_per_second())
    }

    /// Queries that the host has run.
    async fn queries(&self, http: &reqwest::Client) -> f64 {
        let text = http.get(format!("{}/metrics", self.base)).send().await.expect("an answer").text().await;
        let text = text.expect("a text");
        let line = text.lines().find_map(|line| line.strip_prefix("toolcrib_query_us_count"));
        line.and_then(|rest| rest.trim().parse().ok()).unwrap_or(0.0)
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Signs in with a browser of one's own; the cookie.
pub async fn sign_in(http: &reqwest::Client, demo: &Demo, who: &Json) -> String {
    let text = |name: &str| who[name].as_str().unwrap_or_default().to_owned();
    let form = [("email", text("email")), ("password", text("password"))];
    let body: Vec<_> = form.iter().map(|(name, value)| format!("{name}={}", value.replace('@', "%40"))).collect();
    let answer = http
        .post(format!("{}/login", demo.base))
        .header("origin", &demo.base)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body.join("&"));
    let answer = answer.send().await.expect("an answer");
    let cookie = answer.headers().get("set-cookie").and_then(|cookie| cookie.to_str().ok());
    cookie.and_then(|cookie| cookie.split(';').next()).expect("signed in").to_owned()
}

/// The number that the rows of a change carry, read from what a page was sent.
fn number_in(text: &str) -> Option<usize> {
    let at = text.rfind("change-")? + "change-".len();
    text[at..].chars().take_while(char::is_ascii_digit).collect::<String>().parse().ok()
}

/// Reads one page's stream and says when it shows a newer change.
async fn follow(
    http: reqwest::Client,
    url: String,
    cookie: String,
    shown: watch::Sender<(usize, Instant)>,
    open: Arc<AtomicUsize>,
) {
    let mut answer = http.get(&url).header("cookie", cookie).send().await.expect("an answer");
    assert_eq!(answer.status().as_u16(), 200, "{url}");
    open.fetch_add(1, Ordering::AcqRel);
    let mut last = 0;
    // A number may be cut in two by the network: it is looked for in what came last, too.
    let mut tail = String::new();
    while let Ok(Some(bytes)) = answer.chunk().await {
        tail.push_str(&String::from_utf8_lossy(&bytes));
        if let Some(number) = number_in(&tail).filter(|number| *number > last) {
            last = number;
            shown.send_replace((number, Instant::now()));
        }
        let mut keep = tail.len().saturating_sub(64);
        while !tail.is_char_boundary(keep) {
            keep += 1;
        }
        tail.drain(..keep);
    }
}

/// What one scene saw.
struct Seen {
    /// From the answer to the command until a page was sent the change, in milliseconds, sorted.
    latencies_ms: Vec<f64>,
    /// CPU of the host and queries for each change.
    cpu_ms: Vec<f64>,
    queries: Vec<f64>,
}

impl Seen {
    fn percentile(&self, share: f64) -> f64 {
        self.latencies_ms[((self.latencies_ms.len() as f64 * share) as usize).min(self.latencies_ms.len() - 1)]
    }
}

struct Scene<'d> {
    demo: &'d Demo,
    http: reqwest::Client,
    cookies: Vec<String>,
    pages: usize,
    round: usize,
}

impl Scene<'_> {
    fn page(&self, nth: usize) -> String {
        let slug = self.demo.owner["slug"].as_str().expect("a slug");
        format!("{}/t/{slug}/m/plant/reasons{{live}}?_run=1&kind={}", self.demo.base, KINDS[nth % self.pages])
    }

    /// One command that every page shows.
    async fn change(&mut self, token: &str) -> Instant {
        self.round += 1;
        let name = format!("change-{}", self.round);
        let row = |kind: &str| json!({"kind": kind, "code": "a-bench", "zh": name, "en": name, "retired_at": null});
        let rows: Vec<_> = KINDS[..self.pages].iter().copied().map(row).collect();
        let slug = self.demo.owner["slug"].as_str().expect("a slug");
        let url = format!("{}/v1/t/{slug}/m/plant/import_reasons", self.demo.base);
        let request = self.http.post(url).bearer_auth(token).header("content-type", "application/json");
        let answer = request.body(json!({"rows": rows}).to_string()).send().await.expect("an answer");
        let status = answer.status();
        assert!(status.is_success(), "{status}: {:?}", answer.text().await);
        Instant::now()
    }

    /// Live pages.
    async fn streamed(&mut self, token: &str) -> Seen {
        self.change(token).await;
        let open = Arc::new(AtomicUsize::new(0));
        let screens: Vec<_> = (0..SCREENS)
            .map(|nth| {
                let (shown, seen) = watch::channel((0, Instant::now()));
                let url = self.page(nth).replace("{live}", "/live");
                let cookie = self.cookies[nth / SCREENS_OF_SESSION].clone();
                (tokio::spawn(follow(self.http.clone(), url, cookie, shown, open.clone())), seen)
            })
            .collect();
        let (tasks, mut seen): (Vec<_>, Vec<_>) = screens.into_iter().unzip();
        let first = self.round;
        for screen in &mut seen {
            screen.wait_for(|(number, _)| *number >= first).await.expect("the page is sent what it lacks");
        }
        assert_eq!(open.load(Ordering::Acquire), SCREENS);
        let mut all = Seen { latencies_ms: Vec::new(), cpu_ms: Vec::new(), queries: Vec::new() };
        for _ in 0..CHANGES {
            tokio::time::sleep(BETWEEN).await;
            let (cpu, queries) = (self.demo.cpu(), self.demo.queries(&self.http).await);
            let committed = self.change(token).await;
            let number = self.round;
            for screen in &mut seen {
                let (_, at) = *screen.wait_for(|(shown, _)| *shown >= number).await.expect("the page is open");
                all.latencies_ms.push(at.saturating_duration_since(committed).as_secs_f64() * 1e3);
            }
            all.cpu_ms.push((self.demo.cpu() - cpu).as_secs_f64() * 1e3);
            all.queries.push(self.demo.queries(&self.http).await - queries);
        }
        tasks.iter().for_each(tokio::task::JoinHandle::abort);
        all.latencies_ms.sort_by(f64::total_cmp);
        all
    }

    /// Pages that hear of a change at once and then ask for themselves.
    async fn asked(&mut self, token: &str) -> Seen {
        let mut all = Seen { latencies_ms: Vec::new(), cpu_ms: Vec::new(), queries: Vec::new() };
        for _ in 0..CHANGES / 4 {
            let (cpu, queries) = (self.demo.cpu(), self.demo.queries(&self.http).await);
            let committed = self.change(token).await;
            let number = self.round;
            let asked = (0..SCREENS).map(|nth| {
                let (url, cookie) = (self.page(nth).replace("{live}", ""), &self.cookies[nth / SCREENS_OF_SESSION]);
                let request = self.http.get(url).header("cookie", cookie);
                async move {
                    let text = request.send().await.expect("an answer").text().await.expect("a page");
                    assert!(number_in(&text) >= Some(number), "the page shows the change");
                    committed.elapsed().as_secs_f64() * 1e3
                }
            });
            all.latencies_ms.extend(join_all(asked).await);
            all.cpu_ms.push((self.demo.cpu() - cpu).as_secs_f64() * 1e3);
            all.queries.push(self.demo.queries(&self.http).await - queries);
        }
        all.latencies_ms.sort_by(f64::total_cmp);
        all
    }
}

async fn token(http: &reqwest::Client, demo: &Demo) -> String {
    let body = json!({"email": demo.owner["email"], "password": demo.owner["password"]}).to_string();
    let request = http.post(format!("{}/v1/auth/login", demo.base)).header("content-type", "application/json");
    let answer = request.body(body).send().await.expect("an answer").text().await.expect("a text");
    let answer: Json = serde_json::from_str(&answer).expect("JSON");
    answer["access_token"].as_str().expect("signed in").to_owned()
}

fn rows_of(what: &str, streamed: &Seen, asked: &Seen) -> Vec<Row> {
    let one = |value: f64| Spread::new(vec![value]);
    let row = |name: &str, ours: Spread, peer: Spread, unit, goal| {
        let ratio = Some(Spread::quotient(&[ours.median()], &[peer.median()]));
        Row { what: name.to_owned(), ours: (ours, unit), peer: Some(peer), ratio, goal }
    };
    let (p50, p95) = (|seen: &Seen| one(seen.percentile(0.5)), |seen: &Seen| one(seen.percentile(0.95)));
    vec![
        row(
            &format!("{SCREENS} screens, {what}: commit to patch vs each asking, p50"),
            p50(streamed),
            p50(asked),
            "ms",
            Goal::None,
        ),
        row("– p95", p95(streamed), p95(asked), "ms", Goal::None),
        row(
            "– CPU of the host per change",
            Spread::new(streamed.cpu_ms.clone()),
            Spread::new(asked.cpu_ms.clone()),
            "ms",
            Goal::AtMost(0.5),
        ),
        row(
            "– queries per change",
            Spread::new(streamed.queries.clone()),
            Spread::new(asked.queries.clone()),
            "",
            Goal::AtMost(0.2),
        ),
    ]
}

pub fn rows(_: &crate::setting::Modules) -> Vec<Row> {
    let demo = Demo::start();
    let tokio = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("threads");
    tokio.block_on(async {
        let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build();
        let http = http.expect("a client");
        let mut cookies = Vec::new();
        for _ in 0..SCREENS.div_ceil(SCREENS_OF_SESSION) {
            cookies.push(sign_in(&http, &demo, &demo.owner).await);
        }
        let token = token(&http, &demo).await;
        let mut rows = Vec::new();
        let mut round = 0;
        for (what, pages) in [("one page", 1), ("five pages", KINDS.len())] {
            let mut scene = Scene { demo: &demo, http: http.clone(), cookies: cookies.clone(), pages, round };
            let streamed = scene.streamed(&token).await;
            let asked = scene.asked(&token).await;
            round = scene.round;
            rows.extend(rows_of(what, &streamed, &asked));
        }
        rows
    })
}

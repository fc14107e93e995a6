//! The demo as a process, shared by the tests that run at the same time, and a person who talks to it.

use crate::wait::until;
use serde_json::{Value, json};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, OnceLock, Weak};
use std::time::Duration;

/// A fresh build of eight modules, a marketplace and three plants, one with weeks of history, on two busy cores.
const START_LIMIT: Duration = Duration::from_secs(900);

/// A running demo. Stopped, and its data removed, when the last test that holds it ends.
pub struct Demo {
    process: Child,
    data: tempfile::TempDir,
    facts: OnceLock<Value>,
}

impl Demo {
    /// The demo that other tests use too.
    pub fn shared() -> Arc<Self> {
        static RUNNING: Mutex<Weak<Demo>> = Mutex::new(Weak::new());
        let mut running = RUNNING.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(demo) = running.upgrade() {
            return demo;
        }
        let demo = Arc::new(Self::start());
        *running = Arc::downgrade(&demo);
        demo
    }

    /// A demo of one's own.
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// The same with further flags.
    pub fn start_with(flags: &[&str]) -> Self {
        let data = tempfile::tempdir().unwrap();
        let log = std::fs::File::create(data.path().join("log")).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_toolcrib-under-test"));
        command.args(["demo", "--listen", "127.0.0.1:0", "--data"]).arg(data.path().join("demo")).args(flags);
        command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        let mut demo = Self { process: command.spawn().unwrap(), data, facts: OnceLock::new() };
        let path = demo.data.path().join("demo/demo.json");
        let facts = until("the demo", START_LIMIT, || {
            if let Some(status) = demo.process.try_wait().unwrap() {
                panic!("the demo ended with {status}:\n{}", demo.log());
            }
            serde_json::from_slice::<Value>(&std::fs::read(&path).ok()?).ok()
        });
        demo.facts.set(facts).unwrap();
        demo
    }

    /// The content of `demo.json`.
    pub fn facts(&self) -> &Value {
        self.facts.get().expect("set at the start")
    }

    /// Its data directory.
    pub fn data(&self) -> std::path::PathBuf {
        self.data.path().join("demo")
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(self.data.path().join("log")).unwrap_or_default()
    }

    /// Nobody yet.
    pub fn stranger(&self) -> Person {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Person { http, base: self.facts()["base_url"].as_str().unwrap().trim_end_matches('/').to_owned(), token: None }
    }

    /// Somebody of `demo.json`: an object with `email` and `password`.
    pub async fn person(&self, who: &Value) -> Person {
        let login = json!({"email": who["email"], "password": who["password"]});
        let answer = self.stranger().post("/v1/auth/login", &login).await.ok();
        Person { token: Some(answer["access_token"].as_str().unwrap().to_owned()), ..self.stranger() }
    }

    pub async fn reviewer(&self) -> Person {
        self.person(&self.facts()["marketplace"]).await
    }

    /// Who approves beside the reviewer where two people must.
    pub async fn second_reviewer(&self) -> Person {
        self.person(&self.facts()["second_reviewer"]).await
    }

    pub async fn provider(&self, nth: usize) -> Person {
        self.person(&self.facts()["providers"][nth]).await
    }

    /// The owner of a tenant, and the tenant's slug.
    pub async fn owner(&self, nth: usize) -> (Person, String) {
        let tenant = &self.facts()["tenants"][nth];
        (self.person(tenant).await, tenant["slug"].as_str().unwrap().to_owned())
    }

    /// A device of a tenant.
    pub fn device(&self, nth: usize) -> Person {
        let token = self.facts()["tenants"][nth]["device"]["token"].as_str().unwrap().to_owned();
        Person { token: Some(token), ..self.stranger() }
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Somebody who sends requests.
#[derive(Clone)]
pub struct Person {
    pub http: reqwest::Client,
    pub base: String,
    pub token: Option<String>,
}

/// An answer, read whole.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub kind: String,
    pub body: Value,
    pub text: String,
}

impl Answer {
    /// The body of a success.
    #[track_caller]
    pub fn ok(self) -> Value {
        assert!((200..300).contains(&self.status), "{}: {}", self.status, self.text);
        self.body
    }

    /// Asserts a whole problem with this code.
    #[track_caller]
    pub fn problem(&self, status: u16, code: &str) -> &Self {
        assert_eq!((self.status, self.body["code"].as_str().unwrap_or("")), (status, code), "{}", self.text);
        assert_eq!(self.kind, "application/problem+json", "{}", self.text);
        for field in ["type", "title", "remedy", "request_id"] {
            assert!(self.body[field].as_str().is_some_and(|text| !text.is_empty()), "no {field}: {}", self.text);
        }
        self
    }
}

impl Person {
    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(reqwest::Method::GET, path)).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(self.request(reqwest::Method::POST, path).json(body)).await
    }

    /// Bytes of any kind.
    pub async fn post_bytes(&self, path: &str, kind: &str, bytes: Vec<u8>) -> Answer {
        self.send(self.request(reqwest::Method::POST, path).header("content-type", kind).body(bytes)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send(self.request(reqwest::Method::DELETE, path)).await
    }

    /// A request of this person, to be completed.
    pub fn request(&self, method: reqwest::Method, path: &str) -> reqwest::RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    pub async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let kind = response.headers().get("content-type").map(|kind| kind.to_str().unwrap().to_owned());
        let text = response.text().await.unwrap();
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Answer { status, kind: kind.unwrap_or_default(), body, text }
    }
}

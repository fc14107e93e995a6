//! The host's API as the demo uses it: over HTTP, like any other client.

use anyhow::{Context, bail};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::time::Duration;
use toolcrib_contract::problem::Problem;
use toolcrib_contract::types::Instant;

/// Time for one answer.
const TIMEOUT: Duration = Duration::from_secs(60);

/// A host, as the holder of one token.
#[derive(Clone)]
pub struct Site {
    http: reqwest::Client,
    /// With the tenant: `http://…/v1/t/<slug>`.
    tenant_url: String,
    token: String,
}

impl Site {
    /// # Errors
    /// TLS cannot be set up.
    pub fn new(base_url: &str, tenant: &str, token: &str) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder().timeout(TIMEOUT).no_proxy().build()?;
        Ok(Self { http, tenant_url: format!("{base_url}/v1/t/{tenant}"), token: token.to_owned() })
    }

    /// The same host as the holder of another token.
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: token.to_owned(), ..self.clone() }
    }

    /// Runs an operation. A repetition with the same key does nothing more.
    ///
    /// # Errors
    /// No connection, or the problem that the host answered.
    pub async fn invoke<T: DeserializeOwned>(&self, module: &str, operation: &str, input: &Value) -> anyhow::Result<T> {
        let request = self.http.post(format!("{}/m/{module}/{operation}", self.tenant_url)).json(input);
        let answer = self.answer(request).await.with_context(|| format!("`{module}/{operation}` with {input}"))?;
        serde_json::from_slice(&answer).with_context(|| format!("the answer of `{module}/{operation}`"))
    }

    /// Asks something of the tenant that is no module's.
    ///
    /// # Errors
    /// No connection, or the problem that the host answered.
    pub async fn ask<T: DeserializeOwned>(&self, what: &str, input: &Value) -> anyhow::Result<T> {
        let request = self.http.post(format!("{}/{what}", self.tenant_url)).json(input);
        let answer = self.answer(request).await.with_context(|| format!("`{what}` with {input}"))?;
        serde_json::from_slice(&answer).with_context(|| format!("the answer of `{what}`"))
    }

    /// Posts readings, one JSON object a line.
    ///
    /// # Errors
    /// No connection, or the problem that the host answered.
    pub async fn readings(&self, lines: String) -> anyhow::Result<()> {
        let request = self.http.post(format!("{}/readings", self.tenant_url));
        self.answer(request.header("content-type", "application/x-ndjson").body(lines)).await.map(drop)
    }

    /// Lets published messages mean something by these rules, unless somebody made rules before.
    ///
    /// # Errors
    /// No connection, or the problem that the host answered.
    pub async fn follow_rules(&self, rules: Value) -> anyhow::Result<()> {
        let url = format!("{}/mapping", self.tenant_url);
        let kept: Value =
            serde_json::from_slice(&self.answer(self.http.get(&url)).await?).context("the host's rules")?;
        if kept["version"] == 0 {
            self.answer(self.http.put(url).json(&serde_json::json!({"version": 0, "rules": rules}))).await?;
        }
        Ok(())
    }

    /// The time of the newest sample of a signal in a period of at most 10,000 samples.
    ///
    /// # Errors
    /// No connection, or the problem that the host answered.
    pub async fn last_sample(&self, signal: &str, from: Instant, to: Instant) -> anyhow::Result<Option<Instant>> {
        let (from, to) = (from.to_string(), to.to_string());
        let asked = [("signal", signal), ("from", &from), ("to", &to)];
        let url = reqwest::Url::parse_with_params(&format!("{}/readings", self.tenant_url), asked)?;
        let answer = self.answer(self.http.get(url)).await?;
        let answer: Value = serde_json::from_slice(&answer).context("the host's samples")?;
        let last = answer["samples"].as_array().and_then(|samples| samples.last()?["at"].as_str());
        Ok(last.map(str::parse).transpose()?)
    }

    async fn answer(&self, request: reqwest::RequestBuilder) -> anyhow::Result<Vec<u8>> {
        let response = request.bearer_auth(&self.token).send().await?;
        let status = response.status();
        let bytes = response.bytes().await?;
        if status.is_success() {
            return Ok(bytes.to_vec());
        }
        match serde_json::from_slice::<Problem>(&bytes) {
            Ok(problem) => Err(problem.into()),
            Err(_) => bail!("the host answered {status}"),
        }
    }
}

/// Whether an error is a problem with this code.
pub fn is_problem(error: &anyhow::Error, code: &str) -> bool {
    error.chain().filter_map(|cause| cause.downcast_ref::<Problem>()).any(|problem| problem.code == code)
}

//! Key sets of CI issuers over HTTPS: bounded in time and size, no redirects.

use crate::config::TrustedIssuer;
use futures_util::StreamExt;
use std::sync::Arc;
use std::time::Duration;
use toolcrib_registry_api::{CiIssuer, Fetch};
use toolcrib_trust::ci::KEY_SET_BYTES;

/// Time for one key set.
const TIMEOUT: Duration = Duration::from_secs(10);

/// What the API fetches key sets with.
///
/// # Errors
/// The TLS library cannot be set up.
pub fn fetch() -> anyhow::Result<Fetch> {
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).timeout(TIMEOUT).build()?;
    Ok(Arc::new(move |url| {
        let client = client.clone();
        Box::pin(async move { bounded(&client, &url).await })
    }))
}

async fn bounded(client: &reqwest::Client, url: &str) -> Result<Vec<u8>, String> {
    let answer = client.get(url).send().await.map_err(|error| error.to_string())?;
    if !answer.status().is_success() {
        return Err(format!("answered {}", answer.status()));
    }
    let (mut chunks, mut bytes) = (answer.bytes_stream(), Vec::new());
    while let Some(chunk) = chunks.next().await {
        bytes.extend_from_slice(&chunk.map_err(|error| error.to_string())?);
        if bytes.len() > KEY_SET_BYTES {
            return Err(format!("more than {KEY_SET_BYTES} bytes"));
        }
    }
    Ok(bytes)
}

/// The issuers of the configuration.
pub fn known(configured: &[TrustedIssuer]) -> Vec<CiIssuer> {
    let issuer = |known: &TrustedIssuer| CiIssuer { issuer: known.issuer.clone(), jwks_url: known.jwks_url.clone() };
    configured.iter().map(issuer).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::Router;
    use axum::http::StatusCode;
    use axum::response::Redirect;
    use axum::routing::get;

    #[tokio::test]
    async fn a_key_set_is_fetched_whole_or_not_at_all() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let routes = Router::new()
            .route("/good", get(|| async { "{}" }))
            .route("/large", get(|| async { vec![b' '; KEY_SET_BYTES + 1] }))
            .route("/gone", get(|| async { StatusCode::GONE }))
            .route("/elsewhere", get(|| async { Redirect::to("/good") }));
        tokio::spawn(async move { axum::serve(listener, routes).await });
        let fetch = fetch().unwrap();
        assert_eq!(fetch(format!("{url}/good")).await.unwrap(), b"{}");
        for bad in ["large", "gone", "elsewhere"] {
            assert!(fetch(format!("{url}/{bad}")).await.is_err(), "{bad}");
        }
    }
}

//! Issuers of CI identities that this marketplace knows, and their keys: fetched when needed, kept for a while.

use crate::failed::Failed;
use crate::registry::Registry;
use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use tokio::sync::Mutex;
use toolcrib_contract::problem::{NOT_ALLOWED, UNAVAILABLE};
use toolcrib_contract::types::Instant;
use toolcrib_trust::TrustError;
use toolcrib_trust::ci::{CiClaims, IssuerKeys, named_issuer};
use toolcrib_trust::token::AUDIENCE;

/// Keys are fetched again after so long.
const KEEP_US: i64 = 600 * 1_000_000;
/// A token of an unknown key makes them be fetched again at most so often.
const AT_MOST_EVERY_US: i64 = 30 * 1_000_000;

/// Fetches what lies at an address, bounded in time and size by whoever made it.
pub type Fetch = Arc<dyn Fn(String) -> Pin<Box<dyn Future<Output = Result<Vec<u8>, String>> + Send>> + Send + Sync>;

/// An issuer of CI identities.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CiIssuer {
    /// `iss` of its tokens, exactly.
    pub issuer: String,
    /// Where its key set (JWKS) lies.
    pub jwks_url: String,
}

/// Known issuers with their keys.
pub struct Issuers {
    known: Vec<CiIssuer>,
    fetch: Fetch,
    keys: Mutex<HashMap<String, (Instant, IssuerKeys)>>,
}

impl Issuers {
    pub fn new(known: Vec<CiIssuer>, fetch: Fetch) -> Self {
        Self { known, fetch, keys: Mutex::default() }
    }

    /// Whether identities of this issuer are read.
    pub fn knows(&self, issuer: &str) -> bool {
        self.known.iter().any(|known| known.issuer == issuer)
    }
}

impl Registry {
    /// What a CI's identity token says, once its issuer's key says so.
    ///
    /// # Errors
    /// `not-allowed`: an issuer that is not known here, or a token that is not believed. `unavailable`: the issuer's keys
    /// cannot be fetched.
    pub(crate) async fn ci_identity(&self, token: &str) -> Result<CiClaims, Failed> {
        let refused = |error: TrustError| Failed::from(NOT_ALLOWED.because(format!("the identity token: {error}")));
        let issuers = self.issuers();
        let named = named_issuer(token).map_err(refused)?;
        let known = issuers.known.iter().find(|known| known.issuer == named);
        let known = known.ok_or_else(|| NOT_ALLOWED.because("this marketplace does not know the token's issuer"))?;
        let now = self.now();
        // One at a time: whoever comes meanwhile uses what the first one fetched.
        let mut keys = issuers.keys.lock().await;
        let age = |keys: &HashMap<String, (Instant, IssuerKeys)>| keys.get(&named).map(|(at, _)| now.since_us(*at));
        if age(&keys).is_none_or(|age| age >= KEEP_US) {
            keys.insert(named.clone(), (now, fetch(issuers, known).await?));
        }
        let verify = |keys: &HashMap<String, (Instant, IssuerKeys)>| {
            keys.get(&named).map_or(Err(TrustError::UnknownKey), |(_, set)| set.verify(token, now, &named, AUDIENCE))
        };
        match verify(&keys) {
            Err(TrustError::UnknownKey) if age(&keys).is_some_and(|age| age >= AT_MOST_EVERY_US) => {
                keys.insert(named.clone(), (now, fetch(issuers, known).await?));
                verify(&keys).map_err(refused)
            }
            other => other.map_err(refused),
        }
    }
}

async fn fetch(issuers: &Issuers, known: &CiIssuer) -> Result<IssuerKeys, Failed> {
    let unavailable = |why: String| {
        tracing::warn!(issuer = known.issuer, error = why, "An issuer's keys cannot be fetched");
        UNAVAILABLE.because(format!("the keys of {} cannot be fetched", known.issuer))
    };
    let bytes = (issuers.fetch)(known.jwks_url.clone()).await.map_err(unavailable)?;
    Ok(IssuerKeys::parse(&bytes).map_err(|error| unavailable(error.to_string()))?)
}

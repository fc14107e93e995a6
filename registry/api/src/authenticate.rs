//! Whether somebody is who they say: password, second factor, and a bound on guesses.

use crate::failed::Failed;
use crate::registry::Registry;
use axum::extract::FromRequestParts;
use axum::http::header::USER_AGENT;
use axum::http::request::Parts;
use std::convert::Infallible;
use std::net::IpAddr;
use toolcrib_catalog::PersonId;
use toolcrib_contract::problem::{BAD_CREDENTIALS, SECOND_FACTOR_NEEDED};
use toolcrib_trust::password;
use toolcrib_trust::token::seconds;
use toolcrib_trust::totp::{self, SecondFactor};

/// Where a request comes from.
#[derive(Clone, Debug, Default)]
pub struct Source {
    /// None where the server does not tell, and for requests of this machine itself.
    pub address: Option<IpAddr>,
    /// What the client calls itself.
    pub agent: String,
}

/// What somebody says to prove who they are.
pub struct Credentials<'a> {
    pub email: &'a str,
    pub password: &'a str,
    /// Of the second factor.
    pub code: Option<&'a str>,
    pub from: Option<IpAddr>,
}

impl<S: Sync> FromRequestParts<S> for Source {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let text = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("").to_owned();
        let peer = parts.extensions.get::<IpAddr>().copied();
        // A proxy on this machine says whom it speaks for; nobody else is believed. A program on this machine that says
        // nothing speaks for many people, and is no place of its own.
        let address = match peer {
            Some(peer) if peer.to_canonical().is_loopback() => {
                text("x-forwarded-for").rsplit(',').next().and_then(|last| last.trim().parse().ok())
            }
            other => other,
        };
        Ok(Self { address, agent: text(USER_AGENT.as_str()) })
    }
}

impl Registry {
    /// Who has this address and password, and the code where a second factor is set up. The work is the same for
    /// unknown addresses. Attempts are counted before anything is looked at, so that guesses sent at once do not slip
    /// through together.
    ///
    /// # Errors
    /// `bad-credentials`; `second-factor-needed` when the password is right and the code is missing or wrong; `busy`
    /// after too many attempts.
    pub(crate) async fn authenticate(&self, credentials: Credentials<'_>) -> Result<PersonId, Failed> {
        let Credentials { email, password, code, from } = credentials;
        if let Some(address) = from {
            self.catalog().attempt_from(address, self.now()).await?;
        }
        self.catalog().attempt(email, self.now()).await?;
        let (person, hash) = self.catalog().credentials(email).await?.unzip();
        let password = password.to_owned();
        let right = self.passwords().run(move || match hash {
            Some(hash) => password::verify(&password, &hash),
            None => password::verify_nobody(&password),
        });
        let right = right.await?;
        metrics::counter!("toolcrib_registry_logins_total", "outcome" => if right { "right" } else { "wrong" })
            .increment(1);
        let person = person.filter(|_| right).ok_or_else(|| BAD_CREDENTIALS.problem())?;
        let factor = self.catalog().factor(&person).await?.filter(|factor| factor.confirmed);
        if let Some(factor) = factor {
            let Some(code) = code.filter(|code| !code.trim().is_empty()) else {
                self.catalog().right(email, from, false, self.now()).await?;
                return Err(SECOND_FACTOR_NEEDED.problem().into());
            };
            if !self.use_code(&person, &factor.nonce, code).await? {
                return Err(SECOND_FACTOR_NEEDED.because("this code is wrong, too old, or was used before").into());
            }
        }
        self.catalog().right(email, from, true, self.now()).await?;
        Ok(person)
    }

    /// Uses up a code of the authenticator app or a recovery code. False when it is neither, or was used before.
    pub(crate) async fn use_code(&self, person: &PersonId, nonce: &str, code: &str) -> Result<bool, Failed> {
        let plain: String = code.chars().filter(|c| !c.is_whitespace()).collect();
        if let Some(step) = self.factor(person, nonce).step_of(&plain, seconds(self.now())) {
            return Ok(self.catalog().use_step(person, step, self.now()).await?);
        }
        Ok(self.catalog().use_recovery(person, &totp::recovery_hash(&plain), self.now()).await?)
    }

    /// The second factor that was set up with this nonce.
    pub(crate) fn factor(&self, person: &PersonId, nonce: &str) -> SecondFactor {
        SecondFactor::derive(self.factor_key(), person.as_str(), nonce)
    }
}

//! Where pairing codes wait: in this process, or in the database that several hosts share, where a code is good at any of
//! them and wrong ones count over all of them.

use crate::board::lock;
use crate::pairing::{self, Code, Pairing, Showing, Waiting};
use crate::{PAIRING_CODES, PAIRING_MINUTES, PAIRING_TRIES, SCREEN_CODES, secret};
use std::sync::Mutex;
use toolcrib_contract::problem::{INTERNAL, PAIRING_CODE, Problem, TOO_OFTEN, UNAVAILABLE};
use toolcrib_contract::types::{Instant, RawId};
use toolcrib_contract::world::Chance;
use toolcrib_store::{PairingLimits, Postgres, Shown, StoreError, Tried};

pub(crate) enum Codes {
    Here(Mutex<Pairing>),
    Shared(Postgres),
}

/// The same over all hosts on a database.
const LIMITS: PairingLimits = PairingLimits {
    tries: PAIRING_TRIES,
    codes: PAIRING_CODES as u32,
    screens: SCREEN_CODES as u32,
    minutes: PAIRING_MINUTES,
};

impl Codes {
    pub fn new(database: Option<Postgres>) -> Self {
        database.map_or_else(|| Self::Here(Mutex::default()), Self::Shared)
    }

    /// A new code for a terminal; an older one of it is void.
    ///
    /// # Errors
    /// The database.
    pub async fn offer(
        &self,
        tenant: RawId,
        terminal: RawId,
        now: Instant,
        chance: &dyn Chance,
    ) -> Result<Code, Problem> {
        let server = match self {
            Self::Here(pairing) => return Ok(lock(pairing).offer(tenant, terminal, now, chance)),
            Self::Shared(server) => server.clone(),
        };
        let code = pairing::code(now, chance);
        let text = code.text.clone();
        asked(move || server.offer_code(&text, tenant, terminal, LIMITS)).await?;
        Ok(code)
    }

    /// The tenant and the terminal of a code, which is used up by that.
    ///
    /// # Errors
    /// `pairing-code`, `too-often`, the database.
    pub async fn take(&self, typed: &str, now: Instant) -> Result<(RawId, RawId), Problem> {
        let tried = match self {
            Self::Here(pairing) => lock(pairing).take(typed, now),
            Self::Shared(server) => {
                let (server, typed) = (server.clone(), pairing::tidied(typed));
                asked(move || server.take_code(&typed, LIMITS)).await?
            }
        };
        found(tried)
    }

    /// What a device shows that brings this claim, or none yet; what it keeps, once and no more, when it was confirmed.
    ///
    /// # Errors
    /// The database.
    pub async fn show(&self, claim: Option<&str>, now: Instant, chance: &dyn Chance) -> Result<Showing, Problem> {
        let server = match self {
            Self::Here(pairing) => return Ok(lock(pairing).show(claim, now, chance)),
            Self::Shared(server) => server.clone(),
        };
        let (new, new_claim) = (pairing::code(now, chance), secret::random(chance));
        let (known, hash) = (claim.map(secret::hash), secret::hash(&new_claim));
        let text = new.text.clone();
        let shown = asked(move || server.show_code(known, (&text, hash), LIMITS)).await?;
        Ok(match (shown, claim) {
            (Shown::Paired { tenant, terminal }, Some(claim)) => {
                Showing::Paired { kept: pairing::kept(tenant, terminal, claim) }
            }
            (Shown::Waits { code }, Some(claim)) if code != new.text => {
                // It may end a little sooner: when it began, only the database knows.
                Showing::Waits { code: Code { text: code, until: new.until }, claim: claim.to_owned() }
            }
            _ => Showing::Waits { code: new, claim: new_claim },
        })
    }

    /// The device that shows a code, for whoever typed it; it waits on.
    ///
    /// # Errors
    /// `pairing-code`, `too-often`, the database.
    pub async fn seen(&self, typed: &str, now: Instant) -> Result<Waiting, Problem> {
        let tried = match self {
            Self::Here(pairing) => lock(pairing).seen(typed, now),
            Self::Shared(server) => {
                let (server, code) = (server.clone(), pairing::tidied(typed));
                let text = code.clone();
                match asked(move || server.seen_code(&text, LIMITS)).await? {
                    Tried::Found(secret) => Tried::Found(Waiting { code, secret }),
                    Tried::Unknown => Tried::Unknown,
                    Tried::TooOften => Tried::TooOften,
                }
            }
        };
        found(tried)
    }

    /// Says which terminal the device with this code is. One that gave up meanwhile never asks for it.
    ///
    /// # Errors
    /// The database.
    pub async fn confirm(&self, code: &str, tenant: RawId, terminal: RawId) -> Result<(), Problem> {
        match self {
            Self::Here(pairing) => lock(pairing).confirm(code, tenant, terminal),
            Self::Shared(server) => {
                let (server, code) = (server.clone(), code.to_owned());
                asked(move || server.confirm_code(&code, tenant, terminal)).await?;
            }
        }
        Ok(())
    }
}

fn found<T>(tried: Tried<T>) -> Result<T, Problem> {
    match tried {
        Tried::Found(found) => Ok(found),
        Tried::Unknown => Err(PAIRING_CODE.problem()),
        Tried::TooOften => Err(TOO_OFTEN.because("too many wrong pairing codes; wait a minute")),
    }
}

/// Asks the database beside the threads that answer.
async fn asked<T: Send + 'static>(ask: impl FnOnce() -> Result<T, StoreError> + Send + 'static) -> Result<T, Problem> {
    let asked = tokio::task::spawn_blocking(ask).await.map_err(|error| INTERNAL.because(error.to_string()))?;
    asked.map_err(|error| {
        tracing::warn!(error = %error, "Pairing codes cannot be read or written at present");
        UNAVAILABLE.problem()
    })
}

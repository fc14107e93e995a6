//! Who is signed in: a bounded table in memory. A restart asks everybody to sign in again, nothing worse.
//!
//! The table is here and not sealed into a cookie because a refresh token works once: two requests of one browser that
//! refreshed at the same time would end the session's whole family. Here the second waits for the first.

use crate::failure::Failure;
use crate::routes::App;
use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{OwnedMutexGuard, watch};
use toolcrib_contract::problem::BUSY;
use toolcrib_contract::types::Instant;
use toolcrib_contract::world::Chance;
use toolcrib_registry_client::ClientError;
use toolcrib_registry_client::wire::{Me, Tokens};
use toolcrib_runtime::Person;
use toolcrib_ui::key::FormKey;

/// Sessions kept; one more pushes out the one unused for longest.
pub const SESSIONS: usize = 10_000;
/// A session ends after so long without a request.
pub const SESSION_IDLE_S: i64 = 12 * 3_600;
/// A session ends so long after it began.
pub const SESSION_LIFE_S: i64 = 7 * 86_400;
/// An access token is renewed so long before it expires.
pub const REFRESH_BEFORE_S: i64 = 60;
/// A plant keeps working so long with the roles last known, when the registry cannot be reached.
pub const OFFLINE_S: i64 = 12 * 3_600;
/// The registry is asked again so long after it could not be reached.
pub const RETRY_S: i64 = 30;
/// Live pages that one session may hold open.
pub const LIVE_STREAMS: usize = 16;

/// All sessions of this process, by the random text in the cookie.
#[derive(Default)]
pub struct Sessions(Mutex<HashMap<String, Arc<Session>>>);

/// One person in one browser.
pub struct Session {
    pub key: FormKey,
    began: Instant,
    seen: AtomicI64,
    ended: watch::Sender<bool>,
    streams: AtomicUsize,
    held: Arc<tokio::sync::Mutex<Held>>,
}

/// What the registry gave.
pub struct Held {
    pub tokens: Tokens,
    pub expires: Instant,
    pub identity: Identity,
    /// Not to be asked before.
    retry_at: Instant,
}

/// Who the person is, as a request sees it.
#[derive(Clone)]
pub struct Identity {
    pub me: Arc<Me>,
    pub person: Person,
    pub token: String,
}

impl Held {
    pub fn new(tokens: Tokens, me: Me, person: Person, now: Instant) -> Self {
        let identity = Identity { me: Arc::new(me), person, token: tokens.access_token.clone() };
        Self { expires: after_s(now, tokens.expires_in as i64), tokens, identity, retry_at: now }
    }
}

fn after_s(instant: Instant, seconds: i64) -> Instant {
    instant.plus_us(seconds.saturating_mul(1_000_000))
}

impl Sessions {
    /// Begins a session under a name that nobody can guess, and returns the name.
    pub fn open(&self, held: Held, now: Instant, chance: &dyn Chance) -> String {
        let mut bytes = [0; 64];
        chance.fill(&mut bytes);
        let (name, key) = bytes.split_at(32);
        let name: String = name.iter().map(|byte| format!("{byte:02x}")).collect();
        let session = Session {
            key: FormKey::new(key),
            began: now,
            seen: AtomicI64::new(now.0),
            ended: watch::Sender::new(false),
            streams: AtomicUsize::new(0),
            held: Arc::new(tokio::sync::Mutex::new(held)),
        };
        let mut table = self.lock();
        if table.len() >= SESSIONS {
            make_room(&mut table, now);
        }
        table.insert(name.clone(), Arc::new(session));
        name
    }

    /// The session of this name, if it still lives; it counts as used now.
    pub fn get(&self, name: &str, now: Instant) -> Option<Arc<Session>> {
        let session = self.lock().get(name).cloned()?;
        if !session.lives(now) {
            self.close(name);
            return None;
        }
        session.seen.fetch_max(now.0, Ordering::Relaxed);
        Some(session)
    }

    /// Ends a session.
    pub fn close(&self, name: &str) -> Option<Arc<Session>> {
        let session = self.lock().remove(name)?;
        session.ended.send_replace(true);
        Some(session)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<Session>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn make_room(table: &mut HashMap<String, Arc<Session>>, now: Instant) {
    table.retain(|_, session| session.lives(now));
    while table.len() >= SESSIONS {
        let oldest = table.iter().min_by_key(|(_, session)| session.seen.load(Ordering::Relaxed));
        let Some(name) = oldest.map(|(name, _)| name.clone()) else { return };
        if let Some(session) = table.remove(&name) {
            session.ended.send_replace(true);
        }
    }
}

impl Session {
    /// Whether it was neither ended nor left alone for too long.
    pub fn lives(&self, now: Instant) -> bool {
        let seen = Instant(self.seen.load(Ordering::Relaxed));
        !*self.ended.borrow() && now < after_s(seen, SESSION_IDLE_S) && now < after_s(self.began, SESSION_LIFE_S)
    }

    /// Returns when it was ended.
    pub async fn ended(&self) {
        // The sender lives as long as the session.
        let _ = self.ended.subscribe().wait_for(|ended| *ended).await;
    }

    /// Who this is at present, with a token that is good for a while: renewed when needed, without the caller's notice.
    ///
    /// # Errors
    /// Sign in again.
    pub async fn identity(&self, app: &Arc<App>) -> Result<Identity, Failure> {
        let mut held = self.held.clone().lock_owned().await;
        let now = app.console.clock.now();
        let mut cut_off = false;
        if now < after_s(held.expires, -REFRESH_BEFORE_S) {
            // Asked each time: roles may have been taken away while the token was on its way.
            if let Ok(person) = app.console.gate.person(&held.tokens.access_token) {
                held.identity.person = person;
                return Ok(held.identity.clone());
            }
            cut_off = true;
        }
        // On a task of its own: a browser that gives up in the middle must not lose the new refresh token.
        let renewed = tokio::spawn(renew(app.clone(), held, now, cut_off));
        renewed.await.unwrap_or(Err(Failure::SignIn))
    }

    /// Who this was when last asked, without asking anybody. None while the registry is being asked.
    pub fn last_known(&self) -> Option<Identity> {
        self.held.try_lock().ok().map(|held| held.identity.clone())
    }

    /// The token that ends the family at the registry.
    pub async fn refresh_token(&self) -> String {
        self.held.lock().await.tokens.refresh_token.clone()
    }

    /// Counts one more live page until the answer is dropped.
    ///
    /// # Errors
    /// [`LIVE_STREAMS`] are open.
    pub fn stream(self: &Arc<Self>) -> Result<Stream, Failure> {
        let stream = Stream(self.clone());
        if self.streams.fetch_add(1, Ordering::AcqRel) >= LIVE_STREAMS {
            return Err(BUSY.because(format!("{LIVE_STREAMS} live pages are open in this browser")).into());
        }
        Ok(stream)
    }
}

async fn renew(
    app: Arc<App>,
    mut held: OwnedMutexGuard<Held>,
    now: Instant,
    cut_off: bool,
) -> Result<Identity, Failure> {
    let console = &app.console;
    if now < held.retry_at && !cut_off {
        return offline(&held, now);
    }
    match console.registry.refresh(&held.tokens.refresh_token).await {
        Ok(tokens) => {
            let me = console.registry.with_token(tokens.access_token.as_str()).me().await;
            let me = me.unwrap_or_else(|_| Me::clone(&held.identity.me));
            // The token is spent either way, so the new one is kept before anything else can fail.
            let person = console.gate.person(&tokens.access_token);
            let last_person = held.identity.person.clone();
            *held = Held::new(tokens, me, person.clone().unwrap_or(last_person), now);
            person.map(|_| held.identity.clone()).map_err(|_| Failure::SignIn)
        }
        Err(ClientError::Refused(problem)) if problem.status < 500 && problem.status != 429 => Err(Failure::SignIn),
        Err(_) if cut_off => Err(Failure::SignIn),
        Err(error) => {
            tracing::warn!(%error, "Sessions go on with the roles last known: the registry does not answer");
            held.retry_at = after_s(now, RETRY_S);
            offline(&held, now)
        }
    }
}

fn offline(held: &Held, now: Instant) -> Result<Identity, Failure> {
    if now < after_s(held.expires, OFFLINE_S) { Ok(held.identity.clone()) } else { Err(Failure::SignIn) }
}

/// One live page of a session.
pub struct Stream(Arc<Session>);

impl Stream {
    pub fn session(&self) -> &Session {
        &self.0
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.0.streams.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    fn table(count: usize) -> (Sessions, Vec<String>) {
        let sessions = Sessions::default();
        let names =
            (0..count).map(|at| sessions.open(samples::held(), Instant(at as i64), &samples::Counting::default()));
        let names = names.collect();
        (sessions, names)
    }

    #[test]
    fn a_session_ends_when_idle_too_old_or_closed() {
        let (sessions, names) = table(1);
        let s = |seconds: i64| Instant(seconds * 1_000_000);
        assert!(sessions.get(&names[0], s(SESSION_IDLE_S - 1)).is_some());
        assert!(sessions.get(&names[0], s(2 * SESSION_IDLE_S - 2)).is_some(), "its use renews it");
        for used in 1..14 {
            sessions.get(&names[0], s(used * (SESSION_IDLE_S - 10)));
        }
        assert!(sessions.get(&names[0], s(SESSION_LIFE_S)).is_none());
        let (sessions, names) = table(1);
        let session = sessions.close(&names[0]).unwrap();
        assert!(!session.lives(s(0)) && sessions.get(&names[0], s(0)).is_none());
    }

    #[test]
    fn a_full_table_pushes_out_the_session_unused_for_longest() {
        let chance = samples::Counting::default();
        let sessions = Sessions::default();
        let names: Vec<_> =
            (0..SESSIONS).map(|at| sessions.open(samples::held(), Instant(at as i64), &chance)).collect();
        let now = Instant(SESSIONS as i64);
        assert!(sessions.get(&names[0], now).is_some(), "used just now");
        sessions.open(samples::held(), now, &chance);
        assert!(sessions.get(&names[0], now).is_some());
        assert!(sessions.get(&names[1], now).is_none());
        assert_eq!(sessions.lock().len(), SESSIONS);
    }

    #[test]
    fn one_browser_holds_so_many_live_pages_open_and_no_more() {
        let (sessions, names) = table(1);
        let session = sessions.get(&names[0], Instant(0)).unwrap();
        let mut streams: Vec<_> = (0..LIVE_STREAMS).map(|_| session.stream().ok().unwrap()).collect();
        assert!(session.stream().is_err());
        streams.pop();
        assert!(session.stream().is_ok());
    }
}

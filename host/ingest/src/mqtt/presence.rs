//! Who is here: every client with an open connection, and the sessions of those who said they would come back.

use super::session::{Command, Session, Subscriptions};
use crate::Credential;
use crate::payload::Outgoing;
use bytestring::ByteString;
use rmqtt_codec::types::QoS;
use rmqtt_codec::v5::{ConnectAckReason, DisconnectReasonCode};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;
use toolcrib_contract::limits;
use toolcrib_contract::types::RawId;

/// How long a connection may take to make way for the next one of its client.
const TAKEOVER: Duration = Duration::from_secs(10);

/// A client: its id counts only within its device.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub tenant: RawId,
    pub device: Arc<str>,
    pub client: ByteString,
}

/// The way to end a connection from outside.
#[derive(Debug, Default)]
pub(super) struct Closing {
    why: OnceLock<DisconnectReasonCode>,
    token: CancellationToken,
}

impl Closing {
    /// The first reason stays.
    pub fn close(&self, why: DisconnectReasonCode) {
        let _ = self.why.set(why);
        self.token.cancel();
    }

    /// Returns when it is to end.
    pub async fn closed(&self) -> DisconnectReasonCode {
        self.token.cancelled().await;
        self.why.get().copied().unwrap_or(DisconnectReasonCode::UnspecifiedError)
    }
}

/// A client with an open connection.
struct Guest {
    closing: Arc<Closing>,
    gone: CancellationToken,
    commands: mpsc::Sender<Command>,
    subscriptions: Subscriptions,
    /// None: our own, which nobody takes back.
    credential: Option<Credential>,
}

/// A session that waits for its client.
struct Kept {
    session: Session,
    subscriptions: Subscriptions,
    until: Instant,
    /// Told when the client came back to it; dropped when it ends otherwise.
    back: Option<oneshot::Sender<()>>,
}

#[derive(Default)]
struct Book {
    guests: HashMap<RawId, HashMap<(Arc<str>, ByteString), Guest>>,
    kept: HashMap<Key, Kept>,
}

/// Everybody.
#[derive(Default)]
pub(super) struct Presence {
    book: Mutex<Book>,
}

/// A client's place, until it is dropped.
pub(super) struct Place {
    presence: Arc<Presence>,
    pub key: Key,
    pub closing: Arc<Closing>,
    pub commands: mpsc::Receiver<Command>,
    gone: CancellationToken,
}

/// What a client finds when it comes in.
pub(super) struct Welcome {
    pub place: Place,
    /// Kept from before; none: it begins anew.
    pub session: Option<Session>,
}

impl Presence {
    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a client in; its connection from before ends first.
    ///
    /// # Errors
    /// There is no place, or the one before does not end.
    pub async fn enter(
        self: &Arc<Self>,
        key: Key,
        credential: Option<Credential>,
        clean: bool,
    ) -> Result<Welcome, ConnectAckReason> {
        let deadline = Instant::now() + TAKEOVER;
        loop {
            let gone = match self.try_enter(&key, credential, clean)? {
                Ok(welcome) => return Ok(welcome),
                Err(gone) => gone,
            };
            let left = deadline.saturating_duration_since(Instant::now());
            timeout(left, gone.cancelled()).await.map_err(|_| ConnectAckReason::ServerBusy)?;
        }
    }

    fn try_enter(
        self: &Arc<Self>,
        key: &Key,
        credential: Option<Credential>,
        clean: bool,
    ) -> Result<Result<Welcome, CancellationToken>, ConnectAckReason> {
        let mut book = self.book();
        let of_tenant = book.guests.entry(key.tenant).or_default();
        let name = (key.device.clone(), key.client.clone());
        if let Some(before) = of_tenant.get(&name) {
            before.closing.close(DisconnectReasonCode::SessionTakenOver);
            return Ok(Err(before.gone.clone()));
        }
        let of_device = of_tenant.keys().filter(|(device, _)| *device == key.device).count();
        if of_tenant.len() >= limits::MQTT_CONNECTIONS_OF_TENANT || of_device >= limits::MQTT_CONNECTIONS_OF_DEVICE {
            return Err(ConnectAckReason::QuotaExceeded);
        }
        let (sender, commands) = mpsc::channel(limits::MQTT_COMMANDS_WAITING);
        let (closing, gone) = (Arc::new(Closing::default()), CancellationToken::new());
        let kept = book.kept.remove(key).filter(|kept| !clean && kept.until > Instant::now());
        let (session, subscriptions) = match kept {
            Some(kept) => {
                if let Some(back) = kept.back {
                    let _ = back.send(());
                }
                (Some(kept.session), kept.subscriptions)
            }
            None => (None, Subscriptions::default()),
        };
        let guest = Guest { closing: closing.clone(), gone: gone.clone(), commands: sender, subscriptions, credential };
        book.guests.entry(key.tenant).or_default().insert(name, guest);
        drop(book);
        let place = Place { presence: self.clone(), key: key.clone(), closing, commands, gone };
        Ok(Ok(Welcome { place, session }))
    }

    /// Sends a message to every client of the tenant that listens to its topic. One that does not keep up misses it.
    pub fn deliver(&self, tenant: RawId, message: &Outgoing) {
        let book = self.book();
        let guests = book.guests.get(&tenant).into_iter().flat_map(HashMap::values);
        for guest in guests {
            // Who hears it as it is said does not take it for something kept from before.
            let heard = guest.subscriptions.hears(message).map(|mut command| {
                command.message.retain = false;
                command
            });
            if let Some(command) = heard
                && guest.commands.try_send(command).is_err()
            {
                metrics::counter!("toolcrib_mqtt_commands_missed_total").increment(1);
            }
        }
    }

    /// Tells everybody of every tenant.
    pub fn deliver_to_all(&self, message: &Outgoing) {
        let tenants: Vec<_> = self.book().guests.keys().copied().collect();
        tenants.into_iter().for_each(|tenant| self.deliver(tenant, message));
    }

    /// Tenants with an open connection.
    pub fn tenants(&self) -> Vec<RawId> {
        self.book().guests.keys().copied().collect()
    }

    /// Ends the connections of a tenant whose device or credential does not count any more. What they left to come back to
    /// nobody finds without the device's credential, and it ends by itself.
    pub fn dismiss(&self, tenant: RawId, still_counts: impl Fn(&str, &Credential) -> bool) {
        let book = self.book();
        for ((device, _), guest) in book.guests.get(&tenant).into_iter().flatten() {
            if guest.credential.as_ref().is_some_and(|credential| !still_counts(device, credential)) {
                guest.closing.close(DisconnectReasonCode::AdministrativeAction);
            }
        }
    }

    /// Ends every connection.
    pub fn close_all(&self, why: DisconnectReasonCode) {
        let book = self.book();
        book.guests.values().flat_map(HashMap::values).for_each(|guest| guest.closing.close(why));
    }

    /// Forgets sessions whose time is over.
    pub fn forget_old(&self) {
        let now = Instant::now();
        self.book().kept.retain(|_, kept| kept.until > now);
    }
}

impl Place {
    /// Listens from now on. False when there is no room for another filter.
    pub fn subscribe(&self, filter: &str, qos: QoS) -> bool {
        self.with_subscriptions(|subscriptions| subscriptions.add(filter, qos)).unwrap_or(false)
    }

    /// Whether there was such a filter.
    pub fn unsubscribe(&self, filter: &str) -> bool {
        self.with_subscriptions(|subscriptions| subscriptions.remove(filter)).unwrap_or(false)
    }

    /// The message as this client hears it.
    pub fn hears(&self, message: &Outgoing) -> Option<Command> {
        self.with_subscriptions(|subscriptions| subscriptions.hears(message)).flatten()
    }

    fn with_subscriptions<T>(&self, act: impl FnOnce(&mut Subscriptions) -> T) -> Option<T> {
        let mut book = self.presence.book();
        let guest = book.guests.get_mut(&self.key.tenant)?.get_mut(&self.name())?;
        Some(act(&mut guest.subscriptions))
    }

    fn name(&self) -> (Arc<str>, ByteString) {
        (self.key.device.clone(), self.key.client.clone())
    }

    /// Whether this is the only connection of its device.
    pub fn is_last_of_device(&self) -> bool {
        let book = self.presence.book();
        let guests = book.guests.get(&self.key.tenant).into_iter().flat_map(HashMap::keys);
        guests.filter(|(device, _)| *device == self.key.device).count() <= 1
    }

    /// Leaves, and keeps the session for so long. What is returned hears when the client comes back to it, and breaks
    /// when the session ends otherwise.
    pub fn keep(self, session: Session, duration: Duration) -> oneshot::Receiver<()> {
        let (back, hears) = oneshot::channel();
        let mut book = self.presence.book();
        let name = self.name();
        let guest = book.guests.get_mut(&self.key.tenant).and_then(|of_tenant| of_tenant.remove(&name));
        let of_device =
            book.kept.iter().filter(|(key, _)| key.tenant == self.key.tenant && key.device == self.key.device);
        let all: Vec<_> = of_device.map(|(key, kept)| (kept.until, key.clone())).collect();
        if all.len() >= limits::MQTT_CONNECTIONS_OF_DEVICE
            && let Some((_, first)) = all.into_iter().min_by_key(|(until, _)| *until)
        {
            book.kept.remove(&first);
        }
        if let Some(guest) = guest {
            let until = Instant::now() + duration;
            let kept = Kept { session, subscriptions: guest.subscriptions, until, back: Some(back) };
            book.kept.insert(self.key.clone(), kept);
        }
        drop(book);
        hears
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut book = self.presence.book();
        let name = self.name();
        // Nobody else can be in this place: the next one waits for `gone`.
        if let Some(of_tenant) = book.guests.get_mut(&self.key.tenant) {
            of_tenant.remove(&name);
            if of_tenant.is_empty() {
                book.guests.remove(&self.key.tenant);
            }
        }
        drop(book);
        self.gone.cancel();
    }
}

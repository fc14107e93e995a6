//! Places for connections: so many in all, and no more than half of them to one address.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Connections open at once.
pub(super) const CONNECTIONS: usize = 8_192;
/// Of these to one address: whoever holds as many as he can does not shut out the others. This machine's own are not
/// counted, for a proxy may stand on it.
pub(super) const OF_ONE_ADDRESS: usize = CONNECTIONS / 2;

/// How many each address has.
type Taken = Arc<Mutex<HashMap<IpAddr, usize>>>;

/// What is taken and what is free.
pub(super) struct Places {
    free: Arc<Semaphore>,
    taken: Taken,
}

impl Default for Places {
    fn default() -> Self {
        Self { free: Arc::new(Semaphore::new(CONNECTIONS)), taken: Arc::default() }
    }
}

/// One place; given back when dropped.
pub(super) struct Place {
    _permit: OwnedSemaphorePermit,
    counted: Option<(IpAddr, Taken)>,
}

impl Places {
    /// Waits until one is free.
    pub async fn free(&self) {
        drop(self.free.acquire().await.expect("the semaphore is never closed"));
    }

    /// One for this peer; none when its address, or everybody, has as many as there are.
    pub fn take(&self, peer: IpAddr) -> Option<Place> {
        let permit = self.free.clone().try_acquire_owned().ok()?;
        let peer = one_holder(peer);
        if peer.is_loopback() {
            return Some(Place { _permit: permit, counted: None });
        }
        let mut taken = lock(&self.taken);
        let of_peer = taken.entry(peer).or_default();
        if *of_peer >= OF_ONE_ADDRESS {
            return None;
        }
        *of_peer += 1;
        drop(taken);
        Some(Place { _permit: permit, counted: Some((peer, self.taken.clone())) })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some((peer, taken)) = &self.counted else { return };
        let mut taken = lock(taken);
        if let Some(of_peer) = taken.get_mut(peer) {
            *of_peer -= 1;
            if *of_peer == 0 {
                taken.remove(peer);
            }
        }
    }
}

/// The address by which somebody is counted: of IPv6 the network, since everybody has 2^64 addresses there.
fn one_holder(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V6(address) if !address.is_loopback() => {
            IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)))
        }
        address => address,
    }
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn one_address_gets_half_of_the_places_and_others_the_rest() {
        let places = Places::default();
        let mut held: Vec<_> = (0..OF_ONE_ADDRESS).map(|_| places.take(ip("10.0.0.1")).unwrap()).collect();
        assert!(places.take(ip("10.0.0.1")).is_none(), "one more");
        assert!(places.take(ip("::ffff:10.0.0.1")).is_none(), "the same written as IPv6");
        let _other = places.take(ip("10.0.0.2")).unwrap();
        held.pop();
        assert!(places.take(ip("10.0.0.1")).is_some(), "what was given back can be taken");
        drop(held);
        assert_eq!(lock(&places.taken).len(), 1, "who holds nothing is forgotten");
    }

    #[test]
    fn a_network_of_ipv6_is_one_address() {
        let places = Places::default();
        let each = |nth: usize| IpAddr::V6(Ipv6Addr::from_bits(0x2001_0db8 << 96 | nth as u128));
        let _held: Vec<_> = (0..OF_ONE_ADDRESS).map(|nth| places.take(each(nth)).unwrap()).collect();
        assert!(places.take(each(OF_ONE_ADDRESS)).is_none());
        assert!(places.take(ip("2001:db8:0:1::1")).is_some(), "the network beside it");
    }

    #[tokio::test]
    async fn there_are_so_many_places_and_whoever_comes_later_waits() {
        let places = Places::default();
        let mut held: Vec<_> = (0..CONNECTIONS).map(|_| places.take(ip("127.0.0.1")).unwrap()).collect();
        assert!(places.take(ip("127.0.0.1")).is_none());
        let mut waiting = std::pin::pin!(places.free());
        assert!(futures_util::poll!(waiting.as_mut()).is_pending());
        held.pop();
        waiting.await;
        assert!(places.take(ip("10.0.0.1")).is_some());
    }
}

//! Places for heavy work: so many of one host at once, and half as many of one tenant, so that others find some.

use crate::tenant::lock;
use std::sync::{Arc, Mutex};
use toolcrib_contract::types::RawId;

/// Who holds a place.
pub(crate) struct Places {
    of_host: usize,
    of_tenant: usize,
    held: Mutex<Vec<RawId>>,
}

impl Places {
    pub fn new(of_host: usize) -> Arc<Self> {
        Self::with(of_host, of_host / 2)
    }

    /// The same with another share of one tenant.
    pub fn with(of_host: usize, of_tenant: usize) -> Arc<Self> {
        Arc::new(Self { of_host, of_tenant, held: Mutex::default() })
    }

    /// A place for work of this tenant; none when all are held, or the tenant holds its share.
    pub fn take(self: &Arc<Self>, tenant: RawId) -> Option<Place> {
        let mut held = lock(&self.held);
        let own = held.iter().filter(|holder| **holder == tenant).count();
        if held.len() >= self.of_host || own >= self.of_tenant {
            return None;
        }
        held.push(tenant);
        Some(Place { places: self.clone(), tenant })
    }
}

/// A place, until it is dropped.
pub(crate) struct Place {
    places: Arc<Places>,
    tenant: RawId,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut held = lock(&self.places.held);
        if let Some(at) = held.iter().position(|holder| *holder == self.tenant) {
            held.swap_remove(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_takes_its_share_and_leaves_the_rest_to_others() {
        let places = Places::new(2);
        let (a, b, c) = (RawId([1; 16]), RawId([2; 16]), RawId([3; 16]));
        let first = places.take(a);
        assert!(first.is_some() && places.take(a).is_none());
        let second = places.take(b);
        assert!(second.is_some() && places.take(c).is_none());
        drop(first);
        assert!(places.take(a).is_some());
    }
}

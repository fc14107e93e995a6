//! One broker: connected, and connected again after a pause whenever it breaks.

use super::kept::{Broker, Place};
use super::line::Line;
use super::standing::{Standing, Trouble};
use super::{Destination, Dial, Undialled};
use crate::mqtt::endpoint::Reception;
use std::collections::HashMap;
use std::num::NonZeroU16;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use toolcrib_contract::types::RawId;
use toolcrib_runtime::SharedSource;

/// The first pause, at most.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// For a connection to be made.
const DIAL: Duration = Duration::from_secs(10);

/// What is known of messages that were stored while nobody could be told: by packet id, the digest of what it said.
pub(super) type Untold = HashMap<NonZeroU16, [u8; 32]>;

/// Follows one broker.
pub(super) struct Follower {
    pub reception: Arc<Reception>,
    dial: Arc<dyn Dial>,
    pub tenant: RawId,
    pub slug: Arc<str>,
    pub broker: Broker,
    /// As what its readings are kept.
    pub device: Arc<str>,
    pub source: SharedSource,
    standing: Arc<Mutex<Standing>>,
    /// People do not want it any more.
    pub end: CancellationToken,
    pub untold: Untold,
}

impl Follower {
    pub fn new(
        reception: Arc<Reception>,
        dial: Arc<dyn Dial>,
        tenant: RawId,
        slug: &str,
        broker: Broker,
        standing: Arc<Mutex<Standing>>,
        end: CancellationToken,
    ) -> Self {
        let device: Arc<str> = broker.source().into();
        let source = reception.runtime.sources().of(tenant, &device);
        let untold = Untold::new();
        Self { reception, dial, tenant, slug: slug.into(), broker, device, source, standing, end, untold }
    }

    /// Until the host stops or people do not want it any more.
    pub async fn run(mut self) {
        let mut failures = 0;
        loop {
            self.stand(Standing::Connecting);
            let trouble = self.session(&mut failures).await;
            if self.is_over() {
                self.stand(Standing::Off);
                return;
            }
            tracing::warn!(tenant = %self.slug, broker = self.broker.name, trouble = %trouble, "A broker is not followed");
            metrics::counter!("toolcrib_broker_broke_total").increment(1);
            self.stand(Standing::Waiting { since: self.reception.runtime.now(), trouble });
            let mut chance = [0; 1];
            self.reception.chance().fill(&mut chance);
            tokio::select! {
                () = sleep(pause(failures, chance[0])) => {}
                () = self.over() => {}
            }
            failures += 1;
        }
    }

    pub fn stand(&self, standing: Standing) {
        *self.standing.lock().unwrap_or_else(PoisonError::into_inner) = standing;
    }

    fn is_over(&self) -> bool {
        self.end.is_cancelled() || self.reception.stopping.is_cancelled()
    }

    /// Returns when it is to end.
    pub fn over(&self) -> impl Future<Output = ()> + Send + use<> {
        let (end, stopping) = (self.end.clone(), self.reception.stopping.clone());
        async move {
            tokio::select! {
                () = end.cancelled() => {}
                () = stopping.cancelled() => {}
            }
        }
    }

    /// One connection, from dialling to its end.
    async fn session(&mut self, failures: &mut u32) -> Trouble {
        let Some(Place { host, port, tls }) = self.broker.place() else {
            return Trouble::NotAllowed(self.broker.url.clone());
        };
        let ca = Some(self.broker.ca.clone()).filter(|ca| !ca.is_empty());
        let own = self.broker.own();
        let dialled = self.dial.dial(Destination { tenant: self.slug.to_string(), host, port, tls, ca, own });
        let dialled = tokio::select! {
            dialled = timeout(DIAL, dialled) => dialled,
            () = self.over() => return Trouble::Stopped,
        };
        let stream = match dialled {
            Ok(Ok(stream)) => stream,
            Ok(Err(Undialled::NotAllowed(why))) => return Trouble::NotAllowed(why),
            Ok(Err(Undialled::Away(why))) => return Trouble::Away(why),
            Ok(Err(Undialled::Unproven(what, why))) => return Trouble::Unproven(what, why),
            Err(_) => return Trouble::Silent,
        };
        let over = self.over();
        let line = tokio::select! {
            line = Line::open(self, stream) => line,
            () = over => return Trouble::Stopped,
        };
        match line {
            Ok(line) => {
                let (trouble, was_subscribed) = line.follow().await;
                if was_subscribed {
                    *failures = 0;
                }
                trouble
            }
            Err(trouble) => trouble,
        }
    }
}

/// The pause after so many failures: between half and all of 1, 2, 4, … seconds, so that hosts do not come back together.
fn pause(failures: u32, chance: u8) -> Duration {
    let full = FIRST_PAUSE.saturating_mul(1u32.checked_shl(failures).unwrap_or(u32::MAX)).min(LONGEST_PAUSE);
    full.mul_f64(0.5 + f64::from(chance) / 510.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_minute_and_differ_by_chance() {
        for failures in 0..100 {
            let full = Duration::from_secs(1 << failures.min(6)).min(LONGEST_PAUSE);
            assert_eq!(pause(failures, u8::MAX), full, "{failures}");
            assert_eq!(pause(failures, 0), full / 2, "{failures}");
        }
    }
}

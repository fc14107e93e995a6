//! The plant that uses all modules: its weeks of history, told on the staged clock, and its life afterwards.

use super::Stage;
use super::cast::{Person, Shop};
use super::clock::StagedClock;
use super::site::Site;
use crate::factory::{Factory, Floor, Plan, Who, plan};
use crate::say;
use anyhow::Context;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use toolcrib_contract::calendar::Zone;
use toolcrib_contract::types::{Date, Instant};
use toolcrib_contract::world::Clock;
use toolcrib_registry_client::Client;

/// Lines of three machines.
const LINES: usize = 2;
/// What the factory's chance begins with: the same weeks in every demo.
const SEED: u64 = 2_026;
/// Days that are planned ahead of today.
const AHEAD_DAYS: i64 = 28;
/// Access tokens last for a quarter of an hour; they are renewed before.
const SIGNED_IN_US: i64 = 10 * 60_000_000;
/// How often the living plant looks at its plan.
const LOOK: Duration = Duration::from_secs(1);

/// Where the history of so many weeks begins: a Monday morning.
pub fn dawn(now: Instant, weeks: u8) -> Instant {
    let monday = Zone::CHINA.local(now).0.monday().plus_days(-7 * i64::from(weeks));
    Zone::CHINA.instant(monday, 6 * 3_600)
}

/// The plant with its people.
pub struct Workshop {
    factory: Factory,
    hands: Hands,
    /// The first day that is not planned yet.
    next: Date,
    /// What is left of the day that is on.
    left: Plan,
}

/// The owner and the operator at the software, and the gateway.
struct Hands {
    clock: Arc<StagedClock>,
    registry: Client,
    gateway: Site,
    signed_in: Mutex<SignedIn>,
}

struct SignedIn {
    at: Instant,
    /// By [`Who`].
    people: [(Site, String); 2],
}

impl Floor for Hands {
    async fn at(&self, moment: Instant) -> anyhow::Result<()> {
        self.clock.advance(moment);
        let now = self.clock.now();
        let mut signed_in = self.signed_in.lock().await;
        if now.since_us(signed_in.at) > SIGNED_IN_US {
            for (site, refresh) in &mut signed_in.people {
                let tokens = self.registry.refresh(refresh).await.context("signing in again")?;
                (*site, *refresh) = (site.with_token(&tokens.access_token), tokens.refresh_token);
            }
            signed_in.at = now;
        }
        Ok(())
    }

    async fn invoke(&self, who: Who, module: &str, operation: &str, input: &Value) -> anyhow::Result<Value> {
        let site = self.signed_in.lock().await.people[usize::from(who == Who::Operator)].0.clone();
        site.invoke(module, operation, input).await
    }

    async fn readings(&self, lines: String) -> anyhow::Result<()> {
        self.gateway.readings(lines).await
    }
}

impl Workshop {
    /// The plant of a shop whose tenant is open.
    ///
    /// # Errors
    /// The registry or the host.
    pub async fn open(stage: &mut Stage, shop: &Shop, device: &str) -> anyhow::Result<Self> {
        let gateway = Site::new(&stage.base_url, shop.slug, device)?;
        let mut people = Vec::new();
        for person in [&shop.owner, &shop.operator] {
            people.push(sign_in(stage, &gateway, person).await?);
        }
        let now = stage.clock.now();
        let people = people.try_into().ok().context("an owner and an operator")?;
        let signed_in = Mutex::new(SignedIn { at: now, people });
        let hands = Hands { clock: stage.clock.clone(), registry: stage.registry.clone(), gateway, signed_in };
        let today = Zone::CHINA.local(now).0;
        Ok(Self { factory: Factory::new(LINES, SEED), hands, next: today, left: Plan::new() })
    }

    /// Enters the master data and plays everything until `until`. At the end of the last whole day the figures of all
    /// modules are compared.
    ///
    /// # Errors
    /// The host, or figures that differ.
    pub async fn history(&mut self, until: Instant) -> anyhow::Result<()> {
        let started = std::time::Instant::now();
        let today = Zone::CHINA.local(until).0;
        let days = today.0 - self.next.0 + AHEAD_DAYS;
        self.factory.equip(&self.hands, self.next, days).await.context("entering master data")?;
        let mut worked = 0;
        while self.next < today {
            let parts = plan(self.next, LINES);
            self.next = self.next.plus_days(1);
            worked += i64::from(!parts.is_empty());
            for (at, part) in parts {
                self.factory.play(&self.hands, at, part).await?;
            }
        }
        let (compared, differ) = self.factory.agreement(&self.hands).await?;
        anyhow::ensure!(differ.is_empty(), "the modules do not agree: {differ:?}");
        // Of today, what is over.
        let (over, left): (Plan, Plan) = plan(today, LINES).into_iter().partition(|(at, _)| *at <= until);
        (self.left, self.next) = (left, today.plus_days(1));
        for (at, part) in over {
            self.factory.play(&self.hands, at, part).await?;
        }
        self.assess().await.context("filling in the digital level")?;
        say::done(format_args!("{worked} working days played; {compared} figures agree across eight modules"), started);
        Ok(())
    }

    /// How digital the plant is, as far as its own data says: an assessment that waits for the rest.
    async fn assess(&self) -> anyhow::Result<()> {
        let ask =
            async |operation, input: Value| self.hands.invoke(Who::Owner, "digital-index", operation, &input).await;
        let code = ask("open_assessment", json!({"kind": "self_before"})).await?;
        ask("fill", json!({"assessment": code})).await.map(drop)
    }

    /// Lives on, for ever. What the host refuses is told in the log, and life goes on.
    pub async fn live(mut self) {
        loop {
            let mut parts = std::mem::take(&mut self.left);
            while parts.is_empty() {
                // A day that began before the plant was there is left out.
                if Zone::CHINA.instant(self.next, 7 * 3_600) >= self.hands.clock.now() {
                    parts = plan(self.next, LINES);
                }
                self.next = self.next.plus_days(1);
            }
            for (at, part) in parts {
                while self.hands.clock.now() < at {
                    tokio::time::sleep(LOOK).await;
                }
                if let Err(error) = self.factory.play(&self.hands, at, part).await {
                    tracing::warn!(error = format!("{error:#}"), "The plant's software refused something");
                }
            }
        }
    }
}

async fn sign_in(stage: &mut Stage, site: &Site, person: &Person) -> anyhow::Result<(Site, String)> {
    let password = stage.password(person)?;
    let tokens = stage.registry.login(person.email, &password).await?;
    Ok((site.with_token(&tokens.access_token), tokens.refresh_token))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn history_begins_on_a_monday_some_weeks_ago() {
        let now: Instant = "2026-11-26T03:00:00Z".parse().unwrap();
        assert_eq!(dawn(now, 3).to_string(), "2026-11-01T22:00:00Z");
        assert!(now.since_us(dawn(now, 0)) < 7 * 86_400_000_000);
    }
}

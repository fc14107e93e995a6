//! Who looks at an open page, and whether they still may: a person in a browser, or a terminal with whoever works there.

use crate::failure::Failure;
use crate::routes::App;
use crate::session::Stream as Held;
use crate::terminal::AtStation;
use crate::visitor::Member;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use toolcrib_contract::problem::{BUSY, Problem};
use toolcrib_contract::types::RawId;

/// Live pages that one terminal may hold open.
pub const TERMINAL_STREAMS: usize = 8;

/// The live pages of each terminal.
#[derive(Clone, Default)]
pub struct Watched(Arc<Mutex<HashMap<RawId, usize>>>);

impl Watched {
    fn lock(&self) -> MutexGuard<'_, HashMap<RawId, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts one more until the answer is dropped.
    fn hold(&self, terminal: RawId) -> Result<Watching, Problem> {
        let mut open = self.lock();
        let count = open.entry(terminal).or_default();
        if *count >= TERMINAL_STREAMS {
            return Err(BUSY.because(format!("{TERMINAL_STREAMS} live pages are open at this terminal")));
        }
        *count += 1;
        Ok(Watching { all: self.clone(), terminal })
    }
}

/// One live page of a terminal.
pub struct Watching {
    all: Watched,
    terminal: RawId,
}

impl Drop for Watching {
    fn drop(&mut self) {
        let mut open = self.all.lock();
        let left = open.get_mut(&self.terminal).map(|count| {
            *count -= 1;
            *count
        });
        if left == Some(0) {
            open.remove(&self.terminal);
        }
    }
}

/// Whoever looks, with their right to.
pub enum Looker {
    Person {
        held: Held,
        tenant: RawId,
        role: String,
    },
    Terminal {
        _held: Watching,
        tenant: RawId,
        /// What the device keeps.
        kept: String,
        /// Code and role of whoever works there; nobody does at a big screen.
        worker: Option<(String, String)>,
        /// What the terminal may show, as it was when the page was drawn.
        shows: Vec<String>,
    },
}

impl Looker {
    /// # Errors
    /// Too many streams are open in this browser.
    pub fn member(member: &Member) -> Result<Self, Failure> {
        let held = member.visitor.session.stream()?;
        Ok(Self::Person { held, tenant: member.id, role: member.actor.role.clone() })
    }

    /// # Errors
    /// Too many streams are open at this terminal.
    pub fn station(app: &App, station: &AtStation) -> Result<Self, Failure> {
        let terminal = &station.at.terminal;
        Ok(Self::Terminal {
            _held: app.watched.hold(terminal.id)?,
            tenant: station.at.tenant,
            kept: station.kept.clone(),
            worker: station.operator.as_ref().map(|operator| (operator.code.clone(), operator.role.clone())),
            shows: terminal.shows.clone(),
        })
    }

    pub fn tenant(&self) -> RawId {
        match self {
            Self::Person { tenant, .. } | Self::Terminal { tenant, .. } => *tenant,
        }
    }

    /// Returns when they went; of a terminal nobody says so, it is asked.
    pub async fn gone(&self) {
        match self {
            Self::Person { held, .. } => held.session().ended().await,
            Self::Terminal { .. } => std::future::pending().await,
        }
    }

    /// Whether they still look with the same rights.
    pub async fn has_rights(&self, app: &Arc<App>) -> bool {
        match self {
            Self::Person { held, tenant, role } => {
                let (session, now) = (held.session(), app.console.clock.now());
                session.lives(now)
                    && session.identity(app).await.is_ok_and(|identity| identity.person.roles.get(tenant) == Some(role))
            }
            Self::Terminal { kept, worker, shows, .. } => {
                let Ok(at) = app.console.floor.terminal_of(kept).await else { return false };
                // What a page asks by itself is no use of the terminal.
                let Ok(present) = app.console.floor.at_work(&at, false).await else { return false };
                let present = present.map(|(operator, _)| (operator.code, operator.role));
                present == *worker && at.terminal.shows == *shows
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_terminal_holds_so_many_live_pages_open_and_no_more() {
        let (watched, here, there) = (Watched::default(), RawId([1; 16]), RawId([2; 16]));
        let mut held: Vec<_> = (0..TERMINAL_STREAMS).map(|_| watched.hold(here).unwrap()).collect();
        assert!(watched.hold(here).is_err_and(|problem| problem.is(BUSY)));
        assert!(watched.hold(there).is_ok(), "another one has its own");
        held.pop();
        held.push(watched.hold(here).unwrap());
        drop(held);
        assert!(watched.lock().is_empty(), "what nobody watches is forgotten");
    }
}

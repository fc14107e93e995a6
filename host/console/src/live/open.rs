//! An open page of a module, with whoever looks at it: what outlives the request.

use super::Ask;
use crate::pages::operation::new_key;
use crate::routes::App;
use crate::terminal::{AtStation, Seated};
use crate::visitor::Member;
use axum::http::HeaderMap;
use std::sync::Arc;
use toolcrib_contract::types::RawId;
use toolcrib_runtime::{Loaded, Runtime};
use toolcrib_ui::form::FormText;
use toolcrib_ui::live::{SEEN, build};
use toolcrib_ui::shell::Shell;
use toolcrib_ui::view::ask::Question;

/// What the page of a module is drawn with.
pub struct Open {
    runtime: Runtime,
    tenant: RawId,
    pub shell: Shell,
    pub loaded: Arc<Loaded>,
    pub role: String,
    /// As the page's own conditions know who looks.
    pub actor: String,
    /// As whom it is asked.
    asks_as: String,
    /// The keys of the page's forms are made from it.
    pub nonce: String,
}

impl Open {
    pub fn new(app: &App, member: &Member, loaded: Arc<Loaded>) -> Self {
        Self {
            runtime: app.console.runtime.clone(),
            tenant: member.id,
            shell: member.shell().clone(),
            loaded,
            role: member.actor.role.clone(),
            actor: member.actor.id.clone(),
            asks_as: member.actor.id.clone(),
            nonce: new_key(&*app.console.chance),
        }
    }

    /// The same at a terminal.
    pub fn at_station(app: &App, station: &AtStation, seat: &Seated, loaded: Arc<Loaded>) -> Self {
        Self {
            runtime: app.console.runtime.clone(),
            tenant: station.at.tenant,
            shell: station.shell.clone(),
            loaded,
            role: seat.actor.role.clone(),
            actor: seat.code.clone(),
            asks_as: seat.actor.id.clone(),
            nonce: new_key(&*app.console.chance),
        }
    }

    /// A question of the page, asked as whoever looks.
    pub fn ask(&self, Question { query, input }: Question) -> Ask {
        let module = self.loaded.manifest.module.clone();
        Ask { module, query, input, actor: self.asks_as.clone(), role: self.role.clone() }
    }

    /// What the page would be drawn by now: none of its module's versions when that does not run here any more.
    pub fn build(&self) -> String {
        let view = self.runtime.tenant(&self.tenant.to_string()).ok();
        let name = &self.loaded.manifest.module;
        let loaded = view.as_ref().and_then(|view| view.modules.iter().find(|loaded| loaded.manifest.module == *name));
        loaded.map(|loaded| build(&loaded.manifest)).unwrap_or_default()
    }
}

/// What a page asks its stream for.
pub struct Asked {
    /// The address of the page itself.
    pub address: FormText,
    /// What it shows already.
    pub seen: String,
}

impl Asked {
    /// A browser that lost the line says by itself what it was sent last; a page that comes back says it in the address.
    pub fn new(pairs: Vec<(String, String)>, headers: &HeaderMap) -> Self {
        let last = headers.get("last-event-id").and_then(|value| value.to_str().ok()).map(str::to_owned);
        let (seen, address): (Vec<_>, Vec<_>) = pairs.into_iter().partition(|(name, _)| name == SEEN);
        let seen = last.or_else(|| seen.into_iter().next().map(|(_, seen)| seen)).unwrap_or_default();
        Self { address: FormText::new(address), seen }
    }
}

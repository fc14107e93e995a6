//! Proof for handlers: somebody is signed in, and works in the tenant of the path.

use crate::cookie;
use crate::failure::Failure;
use crate::language;
use crate::lapse;
use crate::rail;
use crate::routes::App;
use crate::session::{Identity, Session};
use crate::theme;
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use std::collections::HashMap;
use std::sync::Arc;
use toolcrib_contract::problem::{NOT_ALLOWED, NOT_FOUND};
use toolcrib_contract::types::RawId;
use toolcrib_registry_client::Client;
use toolcrib_registry_client::wire::{Me, MyTenant, OrgKind};
use toolcrib_runtime::{Actor, TenantView};
use toolcrib_ui::language::Tr;
use toolcrib_ui::shell::Shell;
use toolcrib_ui::zone::Zone;

/// Somebody who is signed in.
pub struct Visitor {
    /// The session's name.
    pub name: String,
    pub session: Arc<Session>,
    pub identity: Identity,
    /// The registry as this person.
    pub registry: Client,
    pub shell: Shell,
}

impl FromRequestParts<Arc<App>> for Visitor {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Failure> {
        let name = cookie::read(&parts.headers, cookie::SESSION).ok_or(Failure::SignIn)?.to_owned();
        let session = app.sessions.get(&name, app.console.clock.now()).ok_or(Failure::SignIn)?;
        let identity = session.identity(app).await.inspect_err(|_| drop(app.sessions.close(&name)))?;
        let back = parts.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
        let mut shell = Shell::guest(Tr::new(language::of(&parts.headers)), back);
        shell.person = Some(identity.me.name.clone());
        shell.rail = rail::outside(shell.tr, &identity.me);
        shell.key = Some(session.key.clone());
        shell.theme = theme::of(&parts.headers);
        shell.list_is_stale = (app.console.list_is_stale)();
        if let Some(tenant) = identity.me.tenants.first() {
            shell.zone = Zone::named(&tenant.time_zone);
        }
        let registry = app.console.registry.with_token(identity.token.as_str());
        Ok(Self { name, session, identity, registry, shell })
    }
}

impl Visitor {
    pub fn reviews(&self) -> bool {
        belongs(&self.identity.me, OrgKind::Marketplace)
    }

    /// Whether they may decide on submissions: auditors only read.
    pub fn decides_on_submissions(&self) -> bool {
        let roles = ["admin", "reviewer"];
        let mut orgs = self.identity.me.orgs.iter();
        orgs.any(|org| org.kind == OrgKind::Marketplace && roles.contains(&org.role.as_str()))
    }

    /// The same person in one of their tenants, named by slug or id. Others are absent, not forbidden.
    ///
    /// # Errors
    /// `not-found`.
    pub fn member(mut self, app: &App, tenant: &str) -> Result<Member, Failure> {
        let absent = || NOT_FOUND.because("no such tenant");
        let mine = self.identity.me.tenants.iter().find(|mine| mine.slug == tenant || mine.id == tenant);
        let mine = mine.ok_or_else(absent)?.clone();
        let id: RawId = mine.id.parse().map_err(|_| absent())?;
        // The token decides, not the page's memory of who belongs where.
        let role = self.identity.person.roles.get(&id).ok_or_else(absent)?.clone();
        let view = app.console.runtime.tenant(&mine.id).ok();
        self.shell.zone = Zone::named(&mine.time_zone);
        let place = rail::place(&mine, view.as_deref());
        self.shell.rail = rail::inside(self.shell.tr, &self.identity.me, &place, &role);
        self.shell.tenant = Some(place);
        let actor = Actor::new(format!("user:{}", self.identity.person.id), role);
        Ok(Member { visitor: self, id, tenant: mine, view, actor })
    }
}

/// Whether a person belongs to an organisation of this kind.
pub fn belongs(me: &Me, kind: OrgKind) -> bool {
    me.orgs.iter().any(|org| org.kind == kind)
}

/// A person in one of their tenants.
pub struct Member {
    pub visitor: Visitor,
    pub id: RawId,
    pub tenant: MyTenant,
    /// None until this host has heard of the tenant.
    pub view: Option<Arc<TenantView>>,
    pub actor: Actor,
}

impl Member {
    pub fn shell(&self) -> &Shell {
        &self.visitor.shell
    }

    /// Whether the role may subscribe and cancel. The registry decides; this only spares a button that would be refused.
    pub fn decides(&self) -> bool {
        decides(&self.actor.role)
    }
}

/// Whether somebody with this role decides for their factory.
pub fn decides(role: &str) -> bool {
    matches!(role, "owner" | "admin")
}

impl FromRequestParts<Arc<App>> for Member {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Failure> {
        let visitor = Visitor::from_request_parts(parts, app).await?;
        let mut path = path_of(parts, app).await?;
        let mut member = visitor.member(app, &path.remove("tenant").unwrap_or_default())?;
        let lapses = lapse::all(member.view.as_deref(), app.console.clock.now());
        let lapse = path.get("module").and_then(|module| lapses.into_iter().find(|lapse| lapse.module == *module));
        member.visitor.shell.banner = lapse.map(|lapse| lapse.banner(member.shell(), member.decides()));
        Ok(member)
    }
}

/// The tenant that the path names.
///
/// # Errors
/// `not-found`.
pub async fn tenant_of(parts: &mut Parts, app: &Arc<App>) -> Result<String, Failure> {
    Ok(path_of(parts, app).await?.remove("tenant").unwrap_or_default())
}

/// The parts of the path by name.
async fn path_of(parts: &mut Parts, app: &Arc<App>) -> Result<HashMap<String, String>, Failure> {
    let absent = |_| NOT_FOUND.problem();
    let Path(path): Path<HashMap<String, String>> = Path::from_request_parts(parts, app).await.map_err(absent)?;
    Ok(path)
}

/// A person who decides for one of their tenants: an owner or administrator.
pub struct Decider(pub Member);

impl Decider {
    /// # Errors
    /// `not-allowed`.
    pub fn of(member: Member) -> Result<Self, Failure> {
        match member.decides() {
            true => Ok(Self(member)),
            false => Err(NOT_ALLOWED.because("this is for owners and administrators").into()),
        }
    }
}

impl FromRequestParts<Arc<App>> for Decider {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Failure> {
        Self::of(Member::from_request_parts(parts, app).await?)
    }
}

//! Proof for handlers: the request comes from a terminal of the tenant in the path, with or without somebody at work.

use crate::cookie;
use crate::failure::Failure;
use crate::guard::OpenForm;
use crate::language;
use crate::routes::App;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::request::Parts;
use std::collections::HashMap;
use std::sync::Arc;
use toolcrib_contract::problem::{NOT_ALLOWED, NOT_PAIRED, Problem};
use toolcrib_contract::types::Instant;
use toolcrib_contract::view::{Place, View};
use toolcrib_floor::{AtTerminal, IDLE_MINUTES, Operator};
use toolcrib_runtime::{Actor, Loaded, TenantView};
use toolcrib_ui::form::FormText;
use toolcrib_ui::key::{FormKey, TOKEN};
use toolcrib_ui::language::Tr;
use toolcrib_ui::names::Known;
use toolcrib_ui::shell::{Shell, TenantPlace};
use toolcrib_ui::station::{DRAWN, PRESSED, Station, WHO, Worker, sealed};
use toolcrib_ui::view::page::{is_for, opened_alone};
use toolcrib_ui::zone::Zone;

/// A page that asks for a part of itself says so with this header.
const PARTIAL: &str = "x-partial";
/// A page that was drawn longer ago can send nothing any more.
pub const DRAWN_HOURS: i64 = 48;
/// What was pressed later than this from now was not pressed.
const AHEAD_US: i64 = 5 * 60_000_000;

/// What a big screen may see: nobody works there.
const SCREEN_ROLE: &str = "viewer";

/// As whom a terminal asks modules.
pub struct Seated {
    /// The operator's code; empty at a big screen.
    pub code: String,
    pub actor: Actor,
}

/// A terminal that asks for something.
pub struct AtStation {
    pub at: AtTerminal,
    /// What the device keeps.
    pub kept: String,
    pub view: Arc<TenantView>,
    pub operator: Option<Operator>,
    pub shell: Shell,
}

fn known(loaded: &Arc<Loaded>) -> Known {
    let manifest = &loaded.manifest;
    Known { name: manifest.module.clone(), title: manifest.title.clone(), words: loaded.words.clone() }
}

/// Who handlers see when an operator acts at a terminal.
pub fn actor(at: &AtTerminal, operator: &Operator) -> Actor {
    let terminal = Some(at.terminal.id);
    Actor { id: format!("operator:{}", operator.code), role: operator.role.clone(), terminal }
}

impl AtStation {
    /// `/t/{tenant}/s`
    pub fn base(&self) -> String {
        format!("/t/{}/s", self.view.slug)
    }

    /// Views that this terminal may show to somebody with this role, in their order.
    pub fn views<'v>(&'v self, role: &'v str) -> Vec<(&'v Loaded, &'v View)> {
        let mut views: Vec<_> = self
            .view
            .modules
            .iter()
            .flat_map(|loaded| opened_alone(&loaded.manifest, role).map(move |view| (&**loaded, view)))
            .filter(|(loaded, view)| {
                view.place == Place::Station && self.at.terminal.may_show(&loaded.manifest.module, &view.name)
            })
            .collect();
        // Stable: views of one order stand as modules and their views do.
        views.sort_by_key(|(_, view)| view.order);
        views
    }

    /// The boards that this terminal is kept to, in their order; one that has some is a big screen.
    pub fn boards(&self) -> Vec<(&Arc<Loaded>, &View)> {
        let shown = self.at.terminal.shows.iter().filter_map(|shown| {
            let (module, view) = shown.split_once('/')?;
            let loaded = self.view.modules.iter().find(|loaded| loaded.manifest.module == module)?;
            Some((loaded, loaded.manifest.view(view)?))
        });
        shown
            .filter(|(loaded, view)| view.place == Place::Board && is_for(&loaded.manifest, view, SCREEN_ROLE))
            .collect()
    }

    /// As whom it asks; none while it is a terminal where nobody works.
    pub fn seated(&self) -> Option<Seated> {
        if let Some(operator) = &self.operator {
            return Some(Seated { code: operator.code.clone(), actor: actor(&self.at, operator) });
        }
        let terminal = Some(self.at.terminal.id);
        let actor = Actor { id: format!("terminal:{}", self.at.terminal.id), role: SCREEN_ROLE.to_owned(), terminal };
        (!self.boards().is_empty()).then_some(Seated { code: String::new(), actor })
    }

    /// Puts who works here into the frame.
    fn seat(&mut self, operator: Option<Operator>, place: Option<String>) {
        let worker = operator.as_ref().map(|it| Worker { code: it.code.clone(), name: it.name.clone() });
        let (tr, base) = (self.shell.tr, self.base());
        let role = operator.as_ref().map_or("", |it| &it.role).to_owned();
        let shown = self.views(&role).into_iter().map(|(loaded, view)| {
            (format!("{base}/{}/{}", loaded.manifest.module, view.name), tr.words(&view.title).to_owned())
        });
        let views = if worker.is_some() { shown.collect() } else { Vec::new() };
        if let Some(station) = &mut self.shell.station {
            station.worker = worker;
            station.views = views;
            station.place = place;
        }
        self.operator = operator;
    }
}

impl FromRequestParts<Arc<App>> for AtStation {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Failure> {
        let not_paired = || Failure::from(NOT_PAIRED.problem());
        let kept = cookie::read(&parts.headers, cookie::TERMINAL).ok_or_else(not_paired)?.to_owned();
        let at = app.console.floor.terminal_of(&kept).await?;
        let view = app.console.runtime.tenant(&at.tenant.to_string()).map_err(|_| not_paired())?;
        let path = Path::<HashMap<String, String>>::from_request_parts(parts, app).await;
        let path = path.map_err(|_| not_paired())?;
        let named = path.get("tenant").map_or("", String::as_str);
        if !view.active || (named != view.slug && named != view.id.to_string()) {
            return Err(not_paired());
        }
        // What a page sends by itself is no use of the terminal.
        let by_itself = ["/beat", "/live"].iter().any(|end| parts.uri.path().ends_with(end));
        let used = !by_itself && !parts.headers.contains_key(PARTIAL);
        let (operator, place) = app.console.floor.at_work(&at, used).await?.unzip();
        let lang = operator.as_ref().map_or_else(|| language::of(&parts.headers), |operator| operator.language);
        let back = parts.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
        let mut shell = Shell::guest(Tr::new(lang), back);
        shell.key = Some(FormKey::new(&at.form_key));
        shell.zone = Zone::named(&view.time_zone);
        let modules = view.modules.iter().map(known).collect();
        shell.tenant = Some(TenantPlace { slug: view.slug.clone(), name: view.name.clone(), modules });
        shell.station = Some(Station {
            name: at.terminal.name.clone(),
            places: at.terminal.places.clone(),
            drawn: app.console.clock.now().0,
            idle_s: IDLE_MINUTES * 60,
            ..Station::default()
        });
        let mut station = Self { at, kept, view, operator: None, shell };
        station.seat(operator, place.flatten());
        Ok(station)
    }
}

/// A form from a terminal's own page, filled in by whoever worked there when it was drawn.
pub struct FromStation {
    pub station: AtStation,
    pub form: FormText,
    /// When it was pressed, where the script sends it, which keeps what cannot be sent at once.
    pub pressed: Option<Instant>,
}

impl FromRequest<Arc<App>> for FromStation {
    type Rejection = Failure;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Failure> {
        let (mut parts, body) = request.into_parts();
        let station = AtStation::from_request_parts(&mut parts, app).await?;
        let path = parts.uri.path().to_owned();
        let OpenForm(form) = OpenForm::from_request(Request::from_parts(parts, body), app).await?;
        let mut station = station;
        let pressed = admit(app, &mut station, &path, &form).await?;
        Ok(Self { station, form, pressed })
    }
}

/// Whether a form comes from a page of this terminal, and who filled it in. What was kept counts for who was there then.
pub async fn admit(
    app: &App,
    station: &mut AtStation,
    path: &str,
    form: &FormText,
) -> Result<Option<Instant>, Problem> {
    let stale = || NOT_ALLOWED.because("the form is from another page or too old; load the page again");
    let (who, drawn) = (form.get(WHO).unwrap_or_default(), form.get(DRAWN).unwrap_or_default());
    let fits = |token: &str| FormKey::new(&station.at.form_key).fits(&sealed(path, who, drawn), token);
    if !form.get(TOKEN).is_some_and(fits) {
        return Err(stale());
    }
    let drawn: i64 = drawn.parse().map_err(|_| stale())?;
    let now = app.console.clock.now();
    if now.since_us(Instant(drawn)) > DRAWN_HOURS * 3_600_000_000 {
        return Err(stale());
    }
    let pressed = form.get(PRESSED).and_then(|ms| ms.parse::<i64>().ok()).map(|ms| Instant(ms.saturating_mul(1_000)));
    if pressed.is_some_and(|pressed| !(Instant::MIN..=now.plus_us(AHEAD_US)).contains(&pressed)) {
        return Err(stale());
    }
    let present = station.operator.as_ref().map_or("", |operator| &operator.code);
    if present == who {
        return Ok(pressed);
    }
    let place = station.shell.station.as_ref().and_then(|station| station.place.clone());
    match pressed {
        // The one who pressed it may have gone since.
        Some(_) => {
            let operator = app.console.floor.operator(&station.at, who).await?.ok_or_else(stale)?;
            station.seat(Some(operator), place.or_else(|| station.at.terminal.places.first().cloned()));
        }
        None => station.seat(None, None),
    }
    Ok(pressed)
}

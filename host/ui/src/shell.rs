//! The frame of every page: head, rail, language, who is signed in.

use crate::asset;
use crate::key::{FormKey, TOKEN};
use crate::language::{Lang, Tr};
use crate::names::{Known, NONE, Names};
use crate::part::below;
use crate::part::icon::{Icon, icon};
use crate::rail::{Group, rail};
use crate::station::{Station, bar};
use crate::zone::Zone;
use maud::{DOCTYPE, Markup, html};
use toolcrib_contract::wording::Wording;

/// Stands in the banner's text where the script writes the time.
const TIME_MARK: &str = "--:--";

/// What a page knows of its visitor and its place.
#[derive(Clone)]
pub struct Shell {
    pub tr: Tr,
    /// The name of whoever is signed in.
    pub person: Option<String>,
    /// Where they can go.
    pub rail: Vec<Group>,
    /// The page's own path and query: where a change of language comes back to.
    pub back: String,
    /// None while nobody is signed in.
    pub key: Option<FormKey>,
    pub tenant: Option<TenantPlace>,
    /// Of a terminal's page.
    pub station: Option<Station>,
    pub zone: Zone,
    /// None as the visitor's system has it.
    pub theme: Option<Theme>,
    /// The host's list of withdrawn versions is too old for anything new.
    pub list_is_stale: bool,
    /// What the page says above everything else.
    pub banner: Option<Banner>,
}

/// What wants to be known on a page, whatever the page is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Banner {
    /// `warn` or `bad`
    pub tone: &'static str,
    pub text: String,
    /// Where something can be done about it, and what: for whoever may.
    pub way: Option<(String, String)>,
}

/// The tenant that a page belongs to.
#[derive(Clone, Debug)]
pub struct TenantPlace {
    pub slug: String,
    pub name: String,
    /// Each module that runs here.
    pub modules: Vec<Known>,
}

impl TenantPlace {
    /// `/t/{slug}`
    pub fn path(&self) -> String {
        format!("/t/{}", self.slug)
    }
}

/// Light or dark, whatever the system says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    Light,
    Dark,
}

impl Theme {
    /// As cookies and style sheets call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        [Self::Light, Self::Dark].into_iter().find(|theme| theme.name() == name)
    }

    fn key(self) -> &'static str {
        match self {
            Self::Light => "live-theme-light",
            Self::Dark => "live-theme-dark",
        }
    }
}

/// How a page is framed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Frame {
    /// At a desk: rail and bar around the page.
    #[default]
    Desk,
    /// The same for fingers: larger targets and letters.
    Touch,
    /// A terminal on the floor: one task, nothing around it.
    Station,
    /// A big screen that nobody touches.
    Board,
}

impl Frame {
    fn density(self) -> &'static str {
        match self {
            Self::Desk => "office",
            Self::Touch | Self::Station => "touch",
            Self::Board => "board",
        }
    }

    fn is_bare(self) -> bool {
        matches!(self, Self::Station | Self::Board)
    }
}

impl Shell {
    /// The frame for somebody who is not signed in.
    pub fn guest(tr: Tr, back: String) -> Self {
        let (zone, rail) = (Zone::marketplace(), Vec::new());
        Self {
            tr,
            person: None,
            rail,
            back,
            key: None,
            tenant: None,
            station: None,
            zone,
            theme: None,
            list_is_stale: false,
            banner: None,
        }
    }

    /// The names of a module of the page's tenant.
    pub fn names(&self, module: &str) -> Names<'_> {
        self.beside().of(module)
    }

    /// Those of the tenant's modules, without one of its own.
    pub fn beside(&self) -> Names<'_> {
        self.names_with(&NONE)
    }

    /// Those of a version that need not run here.
    pub fn names_with<'a>(&'a self, words: &'a Wording) -> Names<'a> {
        Names::new(self.tr, words, self.tenant.as_ref().map_or(&[][..], |tenant| &tenant.modules))
    }

    /// A whole page. `body` begins below the only `<h1>`.
    pub fn page(&self, title: &str, body: Markup) -> Markup {
        self.framed(title, body, Frame::Desk, "")
    }

    /// A whole page in some frame; `class` is one more of the body's, for the style sheet.
    pub fn framed(&self, title: &str, body: Markup, frame: Frame, class: &str) -> Markup {
        self.whole(title, &below(title, body), frame, class, &html! {})
    }

    /// The same with more in its head.
    pub fn whole(&self, title: &str, body: &Markup, frame: Frame, class: &str, head: &Markup) -> Markup {
        let tr = self.tr;
        let kiosk = (frame == Frame::Board).then_some("true");
        html! {
            (DOCTYPE)
            html lang=(tr.lang.code()) data-theme=[self.theme.map(Theme::name)] {
                (self.head(title, head))
                body class={ (frame.density()) @if !class.is_empty() { " " (class) } } data-density=(frame.density()) data-kiosk=[kiosk] data-bare=[frame.is_bare().then_some("true")] data-rail=[(!frame.is_bare() && !self.rail.is_empty()).then_some("true")]
                    data-swap=[(!frame.is_bare()).then_some("")] data-say-unsent=(tr.t("live-unsent")) data-say-copied=(tr.t("live-copied")) data-say-not-copied=(tr.t("live-not-copied")) data-say-palette=[(!frame.is_bare()).then(|| tr.t("live-palette"))] {
                    a.skip href="#main" { (tr.t("skip-to-content")) }
                    @if let (Some(station), Frame::Station) = (&self.station, frame) { (bar(self, station)) }
                    @if !frame.is_bare() { (self.top()) @if !self.rail.is_empty() { (rail(&tr.t("nav-main"), &self.rail, &self.back)) } }
                    p #stale .notice.warn role="status" data-mark=(TIME_MARK) hidden { (tr.with("stale-since", &[("time", TIME_MARK)])) }
                    @if self.list_is_stale && !frame.is_bare() { p .notice.warn role="status" { (tr.t("stale-list")) } }
                    @if let Some(banner) = self.banner.as_ref().filter(|_| !frame.is_bare()) { p class={ "notice " (banner.tone) } role="status" {
                        (banner.text) @if let Some((path, label)) = &banner.way { " " a href=(path) { (label) } }
                    } }
                    main #main tabindex="-1" {
                        h1 { (title) }
                        (body)
                    }
                    div #toasts aria-live="polite" data-keep {}
                }
            }
        }
    }

    fn head(&self, title: &str, more: &Markup) -> Markup {
        html! { head {
            meta charset="utf-8";
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="color-scheme" content="light dark";
            title { (title) " · Toolcrib" }
            link rel="stylesheet" href=(asset::STYLE.url());
            link rel="icon" type="image/svg+xml" href=(asset::ICON.url());
            script src=(asset::SCRIPT.url()) defer {}
            (more)
        } }
    }

    fn top(&self) -> Markup {
        let tr = self.tr;
        html! {
            header.top {
                a.brand href="/" { img src=(asset::ICON.url()) alt="" width="24" height="24"; "Toolcrib" }
                @if let Some(tenant) = &self.tenant { a.place href=(tenant.path()) { (tenant.name) } }
                div.who {
                    (palette(tr)) (self.themes()) (self.languages())
                    @if let Some(name) = &self.person {
                        span.name { (name) }
                        (self.post("/logout", html! { button.quiet { (icon(Icon::Leave)) (tr.t("logout")) } }))
                    }
                }
            }
        }
    }

    /// The other themes, each a button.
    fn themes(&self) -> Markup {
        let others = [None, Some(Theme::Light), Some(Theme::Dark)].into_iter().filter(|theme| *theme != self.theme);
        html! {
            details.themes data-menu {
                summary.quiet { (icon(Icon::Theme)) span { (self.tr.t("live-theme")) } }
                form method="post" action="/theme" {
                    input type="hidden" name="back" value=(self.back);
                    @for theme in others {
                        button.quiet name="theme" value=(theme.map_or("system", Theme::name)) { (self.tr.t(theme.map_or("live-theme-system", Theme::key))) }
                    }
                }
            }
        }
    }

    fn languages(&self) -> Markup {
        let others = Lang::ALL.into_iter().filter(|lang| *lang != self.tr.lang);
        html! {
            form method="post" action="/language" {
                input type="hidden" name="back" value=(self.back);
                @for lang in others {
                    button.quiet name="language" value=(lang.code()) lang=(lang.code()) { (lang.name()) }
                }
            }
        }
    }

    /// A form that changes something, with its token.
    pub fn post(&self, action: &str, body: Markup) -> Markup {
        html! {
            form method="post" action=(action) {
                (self.proof(action))
                (body)
            }
        }
    }

    /// What proves that a form which is sent to `path` comes from this page; on a terminal also who works there.
    pub fn proof(&self, path: &str) -> Markup {
        let Some(key) = &self.key else { return html! {} };
        match &self.station {
            None => html! { input type="hidden" name=(TOKEN) value=(key.token(path)); },
            Some(station) => station.proof(key, path),
        }
    }
}

/// Opens the list of places; without the script there is none, and the rail has them all.
fn palette(tr: Tr) -> Markup {
    html! { button.quiet type="button" data-palette { (icon(Icon::Find)) span { (tr.t("live-find")) } kbd { "Ctrl K" } } }
}

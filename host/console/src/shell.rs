//! The frame of every page: head, navigation, language, who is signed in.

use crate::asset;
use crate::guard::{FormKey, TOKEN};
use crate::language::{Lang, Tr};
use crate::names::{Known, NONE, Names};
use crate::visitor::belongs;
use crate::zone::Zone;
use maud::{DOCTYPE, Markup, html};
use std::sync::Arc;
use toolcrib_contract::wording::Wording;
use toolcrib_registry_client::wire::{Me, MyTenant, OrgKind};
use toolcrib_runtime::TenantView;

/// Stands in the banner's text where the script writes the time.
const TIME_MARK: &str = "--:--";

/// What a page knows of its visitor and its place.
#[derive(Clone)]
pub struct Shell {
    pub tr: Tr,
    pub me: Option<Arc<Me>>,
    /// The page's own path and query: where a change of language comes back to.
    pub back: String,
    /// None while nobody is signed in.
    pub key: Option<FormKey>,
    pub tenant: Option<TenantPlace>,
    pub zone: Zone,
    /// The host's list of withdrawn versions is too old for anything new.
    pub list_is_stale: bool,
}

/// The tenant that a page belongs to, as far as the navigation shows it.
#[derive(Clone, Debug)]
pub struct TenantPlace {
    pub slug: String,
    pub name: String,
    /// Each module that runs here.
    pub modules: Vec<Known>,
}

impl TenantPlace {
    pub fn new(tenant: &MyTenant, view: Option<&TenantView>) -> Self {
        let modules = view.map_or(&[][..], |view| &view.modules).iter().map(|loaded| Known {
            name: loaded.manifest.module.clone(),
            title: loaded.manifest.title.clone(),
            words: loaded.words.clone(),
        });
        Self { slug: tenant.slug.clone(), name: tenant.name.clone(), modules: modules.collect() }
    }

    pub fn path(&self) -> String {
        format!("/t/{}", self.slug)
    }
}

impl Shell {
    /// The frame for somebody who is not signed in.
    pub fn guest(tr: Tr, back: String) -> Self {
        Self { tr, me: None, back, key: None, tenant: None, zone: Zone::marketplace(), list_is_stale: false }
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
        let tr = self.tr;
        html! {
            (DOCTYPE)
            html lang=(tr.lang.code()) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title { (title) " · Toolcrib" }
                    link rel="stylesheet" href=(asset::STYLE.url());
                    link rel="icon" type="image/svg+xml" href=(asset::ICON.url());
                    script src=(asset::SCRIPT.url()) defer {}
                }
                body {
                    a.skip href="#main" { (tr.t("skip-to-content")) }
                    (self.top())
                    @if let Some(tenant) = &self.tenant { (self.tenant_nav(tenant)) }
                    p #stale .notice.warn role="status" data-mark=(TIME_MARK) hidden { (tr.with("stale-since", &[("time", TIME_MARK)])) }
                    @if self.list_is_stale { p .notice.warn role="status" { (tr.t("stale-list")) } }
                    main #main tabindex="-1" {
                        h1 { (title) }
                        (body)
                    }
                }
            }
        }
    }

    fn top(&self) -> Markup {
        let tr = self.tr;
        html! {
            header.top {
                a.brand href="/" { img src=(asset::ICON.url()) alt="" width="24" height="24"; "Toolcrib" }
                @if let Some(me) = &self.me {
                    nav aria-label=(tr.t("nav-main")) { ul {
                        @for tenant in &me.tenants { (self.entry(&format!("/t/{}", tenant.slug), &tenant.name, true)) }
                        @if belongs(me, OrgKind::Provider) { (self.entry("/provider", &tr.t("nav-provider"), true)) }
                        @if belongs(me, OrgKind::Marketplace) { (self.entry("/review", &tr.t("nav-review"), true)) }
                        (self.entry("/market", &tr.t("nav-market"), true))
                    } }
                }
                div.who {
                    (self.languages())
                    @if let Some(me) = &self.me {
                        span.name { (me.name) }
                        (self.post("/logout", html! { button.quiet { (tr.t("logout")) } }))
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

    fn tenant_nav(&self, tenant: &TenantPlace) -> Markup {
        let (tr, path) = (self.tr, tenant.path());
        html! {
            nav.tenant aria-label=(tr.with("nav-tenant", &[("tenant", &tenant.name)])) { ul {
                (self.entry(&path, &tr.t("nav-overview"), false))
                @for Known { name, title, .. } in &tenant.modules {
                    (self.entry(&format!("{path}/m/{name}"), if tr.words(title).is_empty() { name } else { tr.words(title) }, true))
                }
                (self.entry(&format!("{path}/modules"), &tr.t("nav-modules"), true))
            } }
        }
    }

    /// `around`: the entry also stands for the pages below its path.
    fn entry(&self, path: &str, text: &str, around: bool) -> Markup {
        let current = match self.back.split('?').next().and_then(|here| here.strip_prefix(path)) {
            Some("") => Some("page"),
            Some(below) if around && below.starts_with('/') => Some("true"),
            _ => None,
        };
        html! { li { a href=(path) aria-current=[current] { (text) } } }
    }

    /// A form that changes something, with its token.
    pub fn post(&self, action: &str, body: Markup) -> Markup {
        html! {
            form method="post" action=(action) {
                @if let Some(key) = &self.key { input type="hidden" name=(TOKEN) value=(key.token(action)); }
                (body)
            }
        }
    }
}

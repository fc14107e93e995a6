//! Where each kind of person can go. A page that exists and is in no list is found by nobody.

use toolcrib_registry_client::wire::{Me, MyTenant, OrgKind};
use toolcrib_runtime::TenantView;
use toolcrib_ui::language::Tr;
use toolcrib_ui::names::Known;
use toolcrib_ui::part::icon::Icon;
use toolcrib_ui::rail::{Entry, Group};
use toolcrib_ui::shell::TenantPlace;

use crate::visitor::belongs;

/// The tenant as pages know it.
pub fn place(tenant: &MyTenant, view: Option<&TenantView>) -> TenantPlace {
    let modules = view.map_or(&[][..], |view| &view.modules).iter().map(|loaded| Known {
        name: loaded.manifest.module.clone(),
        title: loaded.manifest.title.clone(),
        words: loaded.words.clone(),
    });
    TenantPlace { slug: tenant.slug.clone(), name: tenant.name.clone(), modules: modules.collect() }
}

/// What somebody finds outside a tenant: their factories, their work for the marketplace, the market.
pub fn outside(tr: Tr, me: &Me) -> Vec<Group> {
    let factories =
        me.tenants.iter().map(|tenant| Entry::new(format!("/t/{}", tenant.slug), tenant.name.clone(), Icon::Factory));
    vec![
        Group { title: tr.t("rail-factories"), entries: factories.collect() },
        Group { title: tr.t("rail-city"), entries: city(tr, me) },
        Group { title: tr.t("rail-provider"), entries: provider(tr, me) },
        Group { title: tr.t("rail-review"), entries: reviewer(tr, me) },
        Group { title: tr.t("rail-market"), entries: market(tr) },
        Group { title: String::new(), entries: vec![Entry::new("/me", tr.t("admin-me"), Icon::Person)] },
    ]
}

/// What somebody finds in one of their tenants, then the rest: the other factories among it.
pub fn inside(tr: Tr, me: &Me, place: &TenantPlace, role: &str) -> Vec<Group> {
    let modules = place.modules.iter().map(|known| {
        let title = tr.words(&known.title);
        Entry::module(format!("{}/m/{}", place.path(), known.name), if title.is_empty() { &known.name } else { title })
    });
    let mut groups = vec![
        Group { title: String::new(), entries: workspace(tr, place) },
        Group { title: tr.t("rail-modules"), entries: modules.collect() },
        Group { title: tr.t("rail-manage"), entries: manage(tr, place, role) },
    ];
    let mut rest = outside(tr, me);
    if let Some(factories) = rest.first_mut() {
        factories.entries.retain(|entry| entry.path != place.path());
    }
    groups.extend(rest);
    groups
}

fn workspace(tr: Tr, place: &TenantPlace) -> Vec<Entry> {
    vec![
        Entry::new(place.path(), tr.t("nav-overview"), Icon::Home).alone(),
        Entry::new(format!("{}/records", place.path()), tr.t("admin-records"), Icon::Records),
        Entry::new(format!("{}/data/signals", place.path()), tr.t("admin-signals"), Icon::Signals),
        Entry::new(format!("{}/boards", place.path()), tr.t("boards-title"), Icon::Boards),
        Entry::new(format!("{}/programme", place.path()), tr.t("prog-mine"), Icon::Programme),
    ]
}

/// What owners and admins look after. The pages decide who may; this only spares a link that would be refused.
fn manage(tr: Tr, place: &TenantPlace, role: &str) -> Vec<Entry> {
    let entry = |below: &str, key: &str, icon| Entry::new(format!("{}/{below}", place.path()), tr.t(key), icon);
    let mut entries =
        vec![entry("modules", "nav-modules", Icon::Modules), entry("data/sources", "admin-sources", Icon::Data)];
    if matches!(role, "owner" | "admin") {
        entries.push(entry("data/mapping", "mapping-title", Icon::Mapping));
        entries.push(entry("people", "admin-people", Icon::People));
        entries.push(entry("terminals", "nav-terminals", Icon::Terminals));
        entries.push(entry("operators", "nav-operators", Icon::Person));
        entries.push(entry("consents", "market-consents", Icon::Consents));
        entries.push(entry("audit", "admin-audit", Icon::Audit));
        entries.push(entry("evidence", "evidence-title", Icon::Stamp));
        entries.push(entry("kits", "kits-title", Icon::Kit));
        entries.push(entry("invoices", "money-invoices", Icon::Money));
        entries.push(entry("export", "admin-export", Icon::Export));
    }
    entries
}

fn provider(tr: Tr, me: &Me) -> Vec<Entry> {
    if !belongs(me, OrgKind::Provider) {
        return Vec::new();
    }
    vec![
        Entry::new("/provider", tr.t("vendor-home"), Icon::Boxes).alone(),
        Entry::new("/provider/publish", tr.t("vendor-publish"), Icon::Upload),
        Entry::new("/provider/submissions", tr.t("submissions"), Icon::Submissions),
        Entry::new("/provider/offers", tr.t("prog-offers"), Icon::Offers),
        Entry::new("/provider/identifications", tr.t("prog-identifications"), Icon::Identified),
        Entry::new("/provider/usage", tr.t("vendor-usage"), Icon::Usage),
        Entry::new("/provider/revenue", tr.t("money-revenue"), Icon::Money),
        Entry::new("/provider/keys", tr.t("vendor-keys"), Icon::Keys),
        Entry::new("/provider/tokens", tr.t("vendor-tokens"), Icon::Tokens),
        Entry::new("/provider/profile", tr.t("vendor-profile"), Icon::Organisations),
    ]
}

/// What people of a city's authority do there, by their roles.
fn city(tr: Tr, me: &Me) -> Vec<Entry> {
    let is = |role: &str| me.orgs.iter().any(|org| org.kind == OrgKind::Authority && org.role == role);
    if !belongs(me, OrgKind::Authority) {
        return Vec::new();
    }
    let mut entries = vec![Entry::new("/city", tr.t("prog-home"), Icon::Programme).alone()];
    if is("assessor") {
        entries.push(Entry::new("/assess", tr.t("prog-assess"), Icon::Queue));
    }
    entries.push(Entry::new("/city/providers", tr.t("prog-providers"), Icon::Identified));
    if is("official") || is("auditor") {
        entries.push(Entry::new("/city/looks", tr.t("prog-looks"), Icon::History));
    }
    if is("official") {
        entries.push(Entry::new("/city/people", tr.t("prog-people"), Icon::People));
    }
    entries
}

fn reviewer(tr: Tr, me: &Me) -> Vec<Entry> {
    if !belongs(me, OrgKind::Marketplace) {
        return Vec::new();
    }
    vec![
        Entry::new("/review", tr.t("nav-review"), Icon::Queue).alone(),
        Entry::new("/review/incidents", tr.t("vendor-incidents"), Icon::Incidents),
        Entry::new("/review/providers", tr.t("vendor-orgs"), Icon::Organisations),
        Entry::new("/review/billing", tr.t("money-billing"), Icon::Money),
        Entry::new("/review/audit", tr.t("vendor-audit"), Icon::Audit),
    ]
}

fn market(tr: Tr) -> Vec<Entry> {
    vec![Entry::new("/market", tr.t("nav-market"), Icon::Market)]
}

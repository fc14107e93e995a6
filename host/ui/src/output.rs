//! What an operation returned, as people read it: single values as cards, lists of structures as tables.
//!
//! Rows lead on: an operation that takes the id of such a row, or a query whose parameters all stand in the row, gets a
//! link that fills them in.

use crate::form::escape;
use crate::names::Names;
use crate::part;
use crate::view::value::said;
use crate::view::{file_path, number};
use crate::zone::Zone;
use maud::{Markup, html};
use serde_json::Value as Json;
use toolcrib_contract::Manifest;
use toolcrib_contract::file::FileName;
use toolcrib_contract::manifest::{HandlerDef, HandlerKind};
use toolcrib_contract::schema::{Field, Type};
use toolcrib_contract::view::is_said;

/// The parameter that says where a page begins, and the field that says where the next one does.
pub const AFTER: &str = "after";
pub const NEXT: &str = "next";
/// Columns that fit a tablet side by side.
const NARROW: usize = 6;
/// Links of one row.
const LINKS: usize = 5;
/// Colours that tell the cases of an enumeration apart; words tell them apart too.
const TONES: usize = 7;
/// What a stored row carries besides its record's fields; shown nowhere, but the id is what links are made of.
const HEAD: [&str; 4] = ["id", "rev", "created", "updated"];

/// Everything needed to show an output.
pub struct Showing<'a> {
    pub names: Names<'a>,
    pub zone: &'a Zone,
    pub manifest: &'a Manifest,
    /// `/t/{tenant}/m/{module}`
    pub base: &'a str,
    pub role: &'a str,
    /// The operation whose output this is.
    pub operation: &'a HandlerDef,
}

/// Whether a query answers page by page: it takes an optional `after`, which is the `next` of the page before.
pub fn pages(def: &HandlerDef) -> bool {
    let position = |fields: &[Field], name| {
        let field = fields.iter().find(|field| field.name == name);
        field.is_some_and(|field| matches!(&field.of, Type::Option { of } if matches!(**of, Type::Text { .. })))
    };
    position(def.input.fields(), AFTER) && position(def.output.fields(), NEXT)
}

impl Showing<'_> {
    /// The whole output.
    pub fn output(&self, value: &Json) -> Markup {
        match &self.operation.output {
            Type::Struct { fields, .. } if pages(self.operation) => {
                // Where the next page begins is in the link below it.
                let fields: Vec<_> = fields.iter().filter(|field| field.name != NEXT).cloned().collect();
                self.structure(&self.title(), &fields, value)
            }
            ty => self.whole(ty, value),
        }
    }

    /// The operation's name, above what it returned.
    fn title(&self) -> String {
        self.names.operation(&self.operation.name)
    }

    fn field(&self, field: &Field) -> String {
        self.names.output(&self.operation.name, &field.name)
    }

    fn whole(&self, ty: &Type, value: &Json) -> Markup {
        match ty {
            Type::Unit => html! {},
            Type::Struct { fields, .. } => self.structure(&self.title(), fields, value),
            Type::List { of } => self.list(&self.title(), of, value),
            Type::Option { .. } if value.is_null() => part::empty(&self.names.tr.t("nothing")),
            Type::Option { of } => self.whole(of, value),
            scalar => html! { p.figure { (self.value(scalar, value)) } },
        }
    }

    fn structure(&self, name: &str, fields: &[Field], value: &Json) -> Markup {
        let small: Vec<_> = shown(fields).filter(|field| !has_rows(&field.of)).collect();
        let large: Vec<_> = shown(fields).filter(|field| has_rows(&field.of)).collect();
        // Rows and nothing beside them are what the heading above says already.
        if let ([], [Field { of: Type::List { of }, name: rows, .. }]) = (&small[..], &large[..]) {
            return match &value[rows] {
                Json::Array(items) if items.is_empty() => part::empty(&self.names.tr.t("no-rows")),
                rows => part::below(name, self.list(name, of, rows)),
            };
        }
        html! {
            @if !small.is_empty() { dl.cards aria-label=(name) { @for field in small { div title=(self.names.hint(&field.name, &field.doc)) {
                dt { (self.field(field)) }
                dd { (self.value(&field.of, &value[&field.name])) }
            } } } }
            @for field in &large { (self.inner(&self.field(field), &field.of, &value[&field.name])) }
        }
    }

    fn inner(&self, name: &str, ty: &Type, value: &Json) -> Markup {
        match ty {
            Type::Option { .. } if value.is_null() => {
                html! { h2 { (name) } (part::empty(&self.names.tr.t("nothing"))) }
            }
            Type::Option { of } => self.inner(name, of, value),
            Type::List { of } => self.list(name, of, value),
            Type::Struct { fields, .. } => html! { section { h2 { (name) } (self.structure(name, fields, value)) } },
            scalar => self.value(scalar, value),
        }
    }

    fn list(&self, name: &str, of: &Type, value: &Json) -> Markup {
        let items = value.as_array().map_or(&[][..], Vec::as_slice);
        if items.is_empty() {
            return html! { h2 { (name) } (part::empty(&self.names.tr.t("no-rows"))) };
        }
        match of {
            Type::Struct { fields, .. } => self.rows(name, fields, items),
            of => html! { h2 { (name) } ul { @for item in items { li { (self.value(of, item)) } } } },
        }
    }

    fn rows(&self, name: &str, fields: &[Field], rows: &[Json]) -> Markup {
        let links: Vec<_> = rows.iter().map(|row| self.links(fields, row)).collect();
        let acts = links.iter().any(|links| !links.is_empty());
        let actions = self.names.tr.t("row-actions");
        let wide = shown(fields).count() + usize::from(acts) > NARROW;
        html! {
            div.scroll tabindex="0" role="region" aria-label=(name) { table.wide[wide] {
                caption { (name) }
                thead { tr {
                    @for field in shown(fields) { th scope="col" title=(self.names.hint(&field.name, &field.doc)) class=[is_number(&field.of).then_some("num")] { (self.field(field)) } }
                    @if acts { th scope="col" { (actions) } }
                } }
                tbody { @for (row, links) in rows.iter().zip(&links) { tr id=[row["id"].as_str().map(|id| format!("r-{id}"))] {
                    @for field in shown(fields) {
                        td data-label=(self.field(field)) class=[is_number(&field.of).then_some("num")] { (self.value(&field.of, &row[&field.name])) }
                    }
                    @if acts { td.acts data-label=(actions) { @for (address, text) in links { a href=(address) { (text) } " " } } }
                } } }
            } }
        }
    }

    /// Where a row leads: address and text.
    fn links(&self, fields: &[Field], row: &Json) -> Vec<(String, String)> {
        let operations = self
            .manifest
            .handlers
            .iter()
            .filter(|def| def.is_operation() && def.admits(self.role) && def.name != self.operation.name);
        operations.filter_map(|def| self.link(def, fields, row)).take(LINKS).collect()
    }

    fn link(&self, def: &HandlerDef, fields: &[Field], row: &Json) -> Option<(String, String)> {
        let mut query = Vec::new();
        let (mut by_id, mut open) = (false, false);
        for wanted in def.input.fields() {
            let same = |field: &&Field| match (&wanted.of, &field.of) {
                (Type::Id { .. } | Type::Ref { .. }, of) => points_at(of) == points_at(&wanted.of),
                (of, other) => field.name == wanted.name && of == other && of.is_scalar(),
            };
            match fields.iter().find(same).and_then(|field| row[&field.name].as_str()) {
                Some(value) => {
                    by_id |= points_at(&wanted.of).is_some();
                    query.push(format!("{}={}", escape(&wanted.name), escape(value)));
                }
                None => open |= !matches!(wanted.of, Type::Option { .. }),
            }
        }
        let leads = by_id || (!query.is_empty() && !open && def.kind == HandlerKind::Query);
        leads.then(|| (format!("{}/{}?{}", self.base, def.name, query.join("&")), self.names.operation(&def.name)))
    }

    /// One value inside a card or cell.
    pub fn value(&self, ty: &Type, value: &Json) -> Markup {
        match ty {
            Type::Option { of } => return self.value(of, value),
            _ if value.is_null() => return html! { span.dim { "–" } },
            _ => {}
        }
        let text = value.as_str().unwrap_or_default();
        match ty {
            Type::Bool => {
                html! { (if value.as_bool() == Some(true) { self.names.tr.t("yes") } else { self.names.tr.t("no") }) }
            }
            Type::Instant => match text.parse() {
                Ok(instant) => self.zone.show(instant),
                Err(_) => html! { (text) },
            },
            Type::Enum { name, cases } => {
                let at = cases.iter().position(|case| case == text).unwrap_or_default() % TONES;
                html! { span.case data-case=(at) { (self.names.case(name, text)) } }
            }
            Type::Id { .. } | Type::Ref { .. } => {
                html! { code title=(text) { (text.chars().skip(24).collect::<String>()) } }
            }
            Type::List { of } => {
                let items = value.as_array().map_or(&[][..], Vec::as_slice);
                html! { @for (at, item) in items.iter().enumerate() { @if at > 0 { (self.names.tr.t("list-separator")) } (self.value(of, item)) } }
            }
            Type::Struct { .. } if is_said(ty) => {
                html! { (said(self.names.tr, value).unwrap_or_default()) }
            }
            Type::Struct { fields, .. } => html! {
                dl.inline { @for field in shown(fields) { dt { (self.field(field)) } dd { (self.value(&field.of, &value[&field.name])) } } }
            },
            // Digit for digit as the module computed it, without the zeros that say nothing.
            Type::Decimal { .. } => html! { (number::trimmed(text)) },
            Type::File { .. } => match text.parse::<FileName>() {
                Ok(name) => part::file_link(self.names.tr, name.media, file_path(self.base, name)),
                Err(_) => html! { (text) },
            },
            _ if value.is_string() => html! { (text) },
            _ => html! { (value) },
        }
    }
}

/// The record that an id belongs to.
fn points_at(ty: &Type) -> Option<(&str, &str)> {
    match ty {
        Type::Id { record } => Some(("", record)),
        Type::Ref { module, record } => Some((module, record)),
        Type::Option { of } => points_at(of),
        _ => None,
    }
}

/// A structure's fields without the head of a stored row.
fn shown(fields: &[Field]) -> impl Iterator<Item = &Field> {
    let stored = HEAD.iter().zip(fields).all(|(name, field)| field.name == *name) && fields.len() > HEAD.len();
    fields.iter().skip(if stored { HEAD.len() } else { 0 })
}

fn has_rows(ty: &Type) -> bool {
    match ty {
        Type::Option { of } => has_rows(of),
        Type::List { of } => !of.is_scalar(),
        Type::Struct { .. } => true,
        _ => false,
    }
}

fn is_number(ty: &Type) -> bool {
    match ty {
        Type::Option { of } => is_number(of),
        ty => matches!(ty, Type::Int | Type::Float | Type::Decimal { .. }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gallery::sample as samples;
    use crate::language::{Lang, Tr};
    use serde_json::json;

    fn show(operation: &str, value: &Json) -> String {
        show_in(Lang::En, operation, value)
    }

    fn show_in(lang: Lang, operation: &str, value: &Json) -> String {
        let (manifest, zone, words) = (samples::manifest(), Zone::named("Asia/Shanghai"), samples::words());
        let (names, base) = (Names::new(Tr::new(lang), &words, &[]), "/t/acme/m/oee");
        let (_, def) = manifest.handler(operation).unwrap();
        let showing = Showing { names, zone: &zone, manifest: &manifest, base, role: "operator", operation: def };
        showing.output(value).into_string()
    }

    #[test]
    fn a_list_of_structures_is_a_table_with_every_digit() {
        let page = show("overview", &samples::overview());
        assert!(page.contains("<th scope=\"col\" title=\"\" class=\"num\">OEE</th>"), "{page}");
        assert!(page.contains("0.747937") && page.contains("2026-11-23 16:00:00"), "{page}");
        assert!(page.contains("<span class=\"case\" data-case=\"1\">Stopped</span>"), "{page}");
        assert!(page.contains("href=\"/t/acme/m/oee/stops?equipment=%E5%86%B2%E5%BA%8A1\""), "{page}");
        assert!(!page.contains("set_rate?"), "an operator may not set rates");
    }

    #[test]
    fn rows_alone_are_not_named_again_below_the_name_of_what_was_asked() {
        let page = show_in(Lang::ZhCn, "stops", &samples::stops());
        assert!(page.contains("<caption class=\"hush\">停机记录</caption>"), "{page}");
        let none = show_in(Lang::ZhCn, "stops", &serde_json::json!({"rows": [], "next": null}));
        assert!(!none.contains("<h2>") && none.contains("class=\"empty\""), "{none}");
    }

    #[test]
    fn columns_cases_and_links_speak_the_visitors_language() {
        let page = show_in(Lang::ZhCn, "overview", &samples::overview());
        assert!(page.contains(">综合效率</th>") && page.contains("data-label=\"合格数\""), "{page}");
        assert!(page.contains("<span class=\"case\" data-case=\"1\">停机</span>"), "{page}");
        assert!(page.contains(">停机记录</a>"), "{page}");
        // What has no word is readable, and nothing that has one says its comment in English.
        assert!(page.contains(">Since</th>") && !page.contains("Machines."), "{page}");
    }

    #[test]
    fn a_stored_row_hides_its_head_and_leads_to_what_takes_its_id() {
        let page = show("stops", &samples::stops());
        assert!(page.contains("/t/acme/m/oee/give_reason?stop=018f0e6e-7b1c-7cc3-a1b2-0123456789ab"), "{page}");
        assert!(page.contains("<tr id=\"r-018f0e6e-7b1c-7cc3-a1b2-0123456789ab\">"), "{page}");
        assert!(!page.contains(">rev<") && !page.contains(">next<"), "{page}");
    }

    #[test]
    fn what_a_module_says_is_never_markup() {
        let mut stops = samples::stops();
        stops["rows"][0]["reason"] = json!("<script>alert(1)</script>");
        let page = show("stops", &stops);
        assert!(page.contains("&lt;script&gt;") && !page.contains("<script>"), "{page}");
    }
}

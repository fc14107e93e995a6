//! `GET /t/{tenant}/records`: what the factory consists of, in one place. Which records those are, modules say: the ones that
//! they share with others. The host knows none of their names.

use super::base;
use crate::failure::Failure;
use crate::visitor::Member;
use maud::{Markup, html};
use toolcrib_contract::Manifest;
use toolcrib_contract::manifest::{HandlerDef, HandlerKind, RecordDef};
use toolcrib_contract::schema::{Field, Type};
use toolcrib_tables::{import, table};
use toolcrib_ui::part;
use toolcrib_ui::shell::Shell;

/// What can be done with a record: names of operations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ways {
    /// Queries that show its rows.
    pub lists: Vec<String>,
    /// Commands that add one.
    pub adds: Vec<String>,
    /// Commands that take a file of rows.
    pub imports: Vec<String>,
    /// Queries whose table is a file.
    pub exports: Vec<String>,
}

impl Ways {
    /// People enter it: master data, and no record of what happened.
    fn is_kept_by_people(&self) -> bool {
        !self.adds.is_empty() || !self.imports.is_empty()
    }
}

pub async fn show(member: Member) -> Result<Markup, Failure> {
    let manifests: Vec<_> = member.view.iter().flat_map(|view| &view.modules).map(|loaded| &loaded.manifest).collect();
    Ok(page(member.shell(), &manifests, &member.actor.role))
}

/// Whether a type is an id of this record, alone or as the first thing in a structure.
fn is_id(of: &Type, record: &str) -> bool {
    match of {
        Type::Id { record: found } => found == record,
        Type::Struct { fields, .. } => fields.iter().any(|field| field.name == "id" && is_id(&field.of, record)),
        _ => false,
    }
}

/// Whether rows with these fields are rows of the record: they share half of their fields, and more than with any other.
fn fills(fields: &[Field], manifest: &Manifest, record: &str) -> bool {
    // Twice the common ones against all there are, as parts of 1000.
    let alike = |def: &RecordDef| {
        let common = fields.iter().filter(|field| def.fields.iter().any(|own| own.name == field.name)).count();
        2_000 * common / (fields.len() + def.fields.len()).max(1)
    };
    let Some(own) = manifest.record(record).map(alike) else { return false };
    own >= 500 && manifest.records.iter().all(|other| other.name == record || alike(other) < own)
}

/// What a module lets this role do with one of its records.
pub fn ways(manifest: &Manifest, record: &str, role: &str) -> Ways {
    let operations = manifest.handlers.iter().filter(|def| def.is_operation() && def.admits(role));
    let mut ways = Ways::default();
    for def in operations {
        if def.kind == HandlerKind::Query {
            let without_asking = super::super::module::asks_nothing(def);
            let tables = table::of(def);
            let shows = rows_are(def, record) || tables.iter().any(|table| fills(table.row, manifest, record));
            if without_asking && shows {
                ways.lists.push(def.name.clone());
                if !tables.is_empty() {
                    ways.exports.push(def.name.clone());
                }
            }
            continue;
        }
        if is_id(&def.output, record) && !asks_for(def, record) {
            ways.adds.push(def.name.clone());
        }
        if import::list(def).is_some_and(|(_, fields)| fills(fields, manifest, record)) {
            ways.imports.push(def.name.clone());
        }
    }
    ways
}

/// Some table of a query has rows whose own id is the record's.
fn rows_are(def: &HandlerDef, record: &str) -> bool {
    fn lists(of: &Type, record: &str) -> bool {
        match of {
            Type::List { of } => is_id(of, record),
            Type::Struct { fields, .. } => fields.iter().any(|field| lists(&field.of, record)),
            Type::Option { of } => lists(of, record),
            _ => false,
        }
    }
    lists(&def.output, record)
}

/// It changes one that is there.
fn asks_for(def: &HandlerDef, record: &str) -> bool {
    def.input.fields().iter().any(|field| is_id(&field.of, record))
}

pub fn page(shell: &Shell, manifests: &[&Manifest], role: &str) -> Markup {
    let tr = shell.tr;
    let shared = manifests.iter().filter_map(|manifest| {
        let rows = manifest.records.iter().filter(|record| record.shared);
        let rows = rows.map(|record| (record.name.as_str(), ways(manifest, &record.name, role)));
        let rows: Vec<_> = rows.filter(|(_, ways)| ways.is_kept_by_people()).collect();
        (!rows.is_empty()).then_some((*manifest, rows))
    });
    let shared: Vec<_> = shared.collect();
    let body = html! {
        p { (tr.t("admin-records-help")) }
        @if shared.is_empty() { (part::empty(&tr.t("admin-records-none"))) }
        @for (manifest, rows) in &shared { (of_module(shell, manifest, rows)) }
    };
    shell.page(&tr.t("admin-records"), body)
}

fn of_module(shell: &Shell, manifest: &Manifest, rows: &[(&str, Ways)]) -> Markup {
    let (tr, names) = (shell.tr, shell.names(&manifest.module));
    let at = format!("{}/m/{}", base(shell), manifest.module);
    let links = |operations: &[String], ending: &str| {
        html! { @for (place, name) in operations.iter().enumerate() {
            @if place > 0 { (tr.t("list-separator")) }
            a href={ (at) "/" (name) (ending) } { (names.operation(name)) }
        } }
    };
    let row = |(record, ways): &(&str, Ways)| {
        vec![
            html! { strong { (names.record("", record)) } },
            links(&ways.lists, ""),
            links(&ways.adds, ""),
            links(&ways.imports, "/import"),
            links(&ways.exports, "/csv"),
        ]
    };
    let heads = ["admin-record", "admin-list", "admin-add", "admin-import", "admin-export-csv"].map(|key| tr.t(key));
    let title = names.module(&manifest.module);
    super::block(&title, part::table(&title, &heads, &rows.iter().map(row).collect::<Vec<_>>()))
}

//! Evidence, kits and hosts' keys as they go out.

use toolcrib_catalog::HostKey;
use toolcrib_contract::types::Instant;
use toolcrib_programme::evidence::{Doubt, Item, Told, ToldModule};
use toolcrib_programme::kit::{AdoptionRow, KitRow};
use toolcrib_registry_client::wire;

pub fn host_key(key: HostKey) -> wire::HostKey {
    let HostKey { key_id, host, public_key, added_us, record } = key;
    wire::HostKey { key_id, host, public_key, added_at: Instant(added_us).to_string(), record }
}

/// `authority`: the ids of other projects are told.
pub fn evidence_item(item: Item, authority: bool) -> wire::EvidenceItem {
    let (also, told) = (item.also_in(), item.told().map(told));
    wire::EvidenceItem {
        source: if item.source == "generated" {
            wire::EvidenceSource::Generated
        } else {
            wire::EvidenceSource::Uploaded
        },
        id: item.id,
        key: item.key,
        name: item.name,
        media: item.media,
        bytes: item.bytes,
        sha256: item.sha256,
        signer: item.signer,
        host: item.host,
        told,
        added_by: item.added_by,
        added_at: Instant(item.added_us).to_string(),
        withdrawn_at: item.withdrawn_us.map(|at| Instant(at).to_string()),
        also_in: i64::try_from(also.len()).unwrap_or(i64::MAX),
        also_in_projects: if authority { also } else { Vec::new() },
    }
}

fn told(told: Told) -> wire::StatementTold {
    let whole = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    let module = |one: ToldModule| wire::ModuleTold {
        module: one.module,
        version: one.version,
        calls: whole(one.calls),
        days: whole(one.days),
        people: whole(one.people),
    };
    wire::StatementTold {
        from: told.from,
        until: told.until,
        made_at: told.made_at,
        tenant: told.tenant,
        machines: whole(told.machines),
        machine_days: whole(told.machine_days),
        modules: told.modules.into_iter().map(module).collect(),
    }
}

pub fn evidence_doubt(doubt: Doubt) -> wire::EvidenceDoubt {
    wire::EvidenceDoubt { code: doubt.code.to_owned(), about: doubt.about, what: doubt.what }
}

/// `own`: whom it is for is told to the factory that it comes from alone.
pub fn kit(row: KitRow, own: bool) -> wire::KitRow {
    let list = |json: &str| serde_json::from_str::<Vec<String>>(json).unwrap_or_default();
    let hidden = |json: &str| if own { list(json) } else { Vec::new() };
    wire::KitRow {
        modules: list(&row.modules),
        tenants: hidden(&row.tenants),
        segments: list(&row.segments),
        id: row.id,
        title: row.title,
        tenant: row.slug,
        firm: row.firm,
        sha256: row.sha256,
        rows: row.rows,
        published_at: Instant(row.published_us).to_string(),
        withdrawn_at: row.withdrawn_us.map(|at| Instant(at).to_string()),
        adopted: row.adopted,
    }
}

pub fn adoption(row: AdoptionRow) -> wire::Adoption {
    wire::Adoption {
        tenant: row.slug,
        firm: row.firm,
        at: Instant(row.at_us).to_string(),
        by: row.by,
        subscribed: serde_json::from_str(&row.subscribed).unwrap_or_default(),
        made: row.made,
        calls_before: row.calls_before,
        calls_now: row.calls_now,
    }
}

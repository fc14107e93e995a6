//! From the catalog's records to the wire's types.

pub mod identification;
pub mod invoice;
pub mod offer;
pub mod payout;

use toolcrib_catalog as catalog;
use toolcrib_contract::capability::wanted;
use toolcrib_contract::types::Instant;
use toolcrib_registry_client::wire;

mod exhibit;

pub use exhibit::{adoption, evidence_doubt, evidence_item, host_key, kit};

pub fn state(state: catalog::State) -> wire::SubmissionState {
    match state {
        catalog::State::Draft => wire::SubmissionState::Draft,
        catalog::State::Discarded => wire::SubmissionState::Discarded,
        catalog::State::Submitted => wire::SubmissionState::Submitted,
        catalog::State::Checking => wire::SubmissionState::Checking,
        catalog::State::Failed => wire::SubmissionState::Failed,
        catalog::State::Review => wire::SubmissionState::Review,
        catalog::State::Approved => wire::SubmissionState::Approved,
        catalog::State::ChangesRequested => wire::SubmissionState::ChangesRequested,
        catalog::State::Rejected => wire::SubmissionState::Rejected,
        catalog::State::Deprecated => wire::SubmissionState::Deprecated,
        catalog::State::Yanked => wire::SubmissionState::Yanked,
        catalog::State::Revoked => wire::SubmissionState::Revoked,
    }
}

/// The other way.
pub fn stored_state(state: wire::SubmissionState) -> catalog::State {
    match state {
        wire::SubmissionState::Draft => catalog::State::Draft,
        wire::SubmissionState::Discarded => catalog::State::Discarded,
        wire::SubmissionState::Submitted => catalog::State::Submitted,
        wire::SubmissionState::Checking => catalog::State::Checking,
        wire::SubmissionState::Failed => catalog::State::Failed,
        wire::SubmissionState::Review => catalog::State::Review,
        wire::SubmissionState::Approved => catalog::State::Approved,
        wire::SubmissionState::ChangesRequested => catalog::State::ChangesRequested,
        wire::SubmissionState::Rejected => catalog::State::Rejected,
        wire::SubmissionState::Deprecated => catalog::State::Deprecated,
        wire::SubmissionState::Yanked => catalog::State::Yanked,
        wire::SubmissionState::Revoked => catalog::State::Revoked,
    }
}

pub fn kind(kind: catalog::OrgKind) -> wire::OrgKind {
    match kind {
        catalog::OrgKind::Provider => wire::OrgKind::Provider,
        catalog::OrgKind::Sme => wire::OrgKind::Sme,
        catalog::OrgKind::Marketplace => wire::OrgKind::Marketplace,
        catalog::OrgKind::Authority => wire::OrgKind::Authority,
    }
}

/// The other way.
pub fn stored_kind(kind: wire::OrgKind) -> catalog::OrgKind {
    match kind {
        wire::OrgKind::Provider => catalog::OrgKind::Provider,
        wire::OrgKind::Sme => catalog::OrgKind::Sme,
        wire::OrgKind::Marketplace => catalog::OrgKind::Marketplace,
        wire::OrgKind::Authority => catalog::OrgKind::Authority,
    }
}

pub fn me(person: catalog::Person) -> wire::Me {
    let orgs = person.orgs.into_iter();
    let tenants = person.tenants.into_iter();
    wire::Me {
        id: person.id.to_string(),
        email: person.email,
        name: person.name,
        orgs: orgs
            .map(|org| wire::MyOrg {
                slug: org.slug,
                name: org.name,
                kind: kind(org.kind),
                city: org.city,
                role: org.role,
            })
            .collect(),
        tenants: tenants
            .map(|tenant| wire::MyTenant {
                id: tenant.id.to_string(),
                slug: tenant.slug,
                name: tenant.name,
                time_zone: tenant.time_zone,
                role: tenant.role,
            })
            .collect(),
    }
}

pub fn member(member: catalog::Member) -> wire::Member {
    wire::Member { id: member.id.to_string(), email: member.email, name: member.name, role: member.role }
}

pub fn org(org: catalog::Org) -> wire::Org {
    let members = org.members.into_iter().map(member).collect();
    wire::Org { slug: org.slug, name: org.name, kind: kind(org.kind), city: org.city, members }
}

pub fn authority(authority: catalog::Authority) -> wire::Authority {
    let catalog::Authority { slug, name, city } = authority;
    wire::Authority { slug, name, city }
}

pub fn audit_consent(consent: catalog::AuditConsent, now: Instant) -> wire::AuditConsent {
    wire::AuditConsent {
        tenant: consent.tenant_slug,
        tenant_name: consent.tenant_name,
        authority: consent.authority,
        authority_name: consent.authority_name,
        agreed_by: consent.agreed_by,
        agreed_at: Instant(consent.agreed_us).to_string(),
        until: Instant(consent.until_us).to_string(),
        ended_at: consent.ended_us.map(|end| Instant(end).to_string()),
        in_force: consent.ended_us.is_none() && consent.until_us > now.0,
    }
}

pub fn look(line: catalog::AuditLine) -> wire::Look {
    let text = |name: &str| line.detail[name].as_str().unwrap_or_default().to_owned();
    let (authority, what) = (text("authority"), text("what"));
    let catalog::AuditLine { number, at, actor, subject, .. } = line;
    wire::Look { number, at: at.to_string(), auditor: actor, authority, subject, what }
}

pub fn key(key: catalog::PublishingKey) -> wire::Key {
    wire::Key {
        key_id: key.key_id,
        public_key: key.public_key,
        since: key.since.to_string(),
        not_before: key.not_before.to_string(),
        not_after: key.not_after.map(|end| end.to_string()),
        introduced_by: key.introduced_by,
    }
}

pub fn org_row(row: catalog::OrgRow) -> wire::OrgRow {
    wire::OrgRow {
        slug: row.slug,
        name: row.name,
        kind: kind(row.kind),
        city: row.city,
        people: row.people.cast_unsigned(),
        modules: row.modules.cast_unsigned(),
        keys: row.keys.cast_unsigned(),
        papers: row.papers.cast_unsigned(),
        papers_expired: row.papers_expired.cast_unsigned(),
        since: Instant(row.created_us).to_string(),
        closed: row.closed_us.is_some(),
    }
}

pub fn tenant(tenant: catalog::Tenant) -> wire::Tenant {
    let catalog::Tenant { id, slug, name, time_zone, org, active } = tenant;
    wire::Tenant { id: id.to_string(), slug, name, time_zone, org, active }
}

pub fn device(device: catalog::Device, token: Option<String>) -> wire::Device {
    let catalog::Device { id, name, active, certificate_sha256 } = device;
    wire::Device { id: id.to_string(), name, token, active, certificate_sha256 }
}

pub fn module(module: catalog::Module) -> wire::ModulePage {
    let rows = module.versions.into_iter().map(|(version, of, digest, at)| wire::VersionRow {
        version,
        state: state(of),
        digest,
        submitted_at: at.to_string(),
    });
    wire::ModulePage {
        name: module.name,
        org: module.org,
        org_name: module.org_name,
        title: module.title,
        summary: module.summary,
        listing: module.listing,
        latest: module.latest,
        versions: rows.collect(),
    }
}

pub fn version(version: catalog::Version) -> wire::VersionPage {
    let words = version.report.as_ref().and_then(|report| Some(report.package.as_ref()?.words.clone()));
    wire::VersionPage {
        wanted: wanted(&version.manifest),
        module: version.module,
        org: version.org,
        org_name: version.org_name,
        version: version.version,
        state: state(version.state),
        digest: version.digest,
        size_bytes: version.size_bytes,
        manifest: version.manifest,
        listing: version.listing,
        words: words.unwrap_or_default(),
        costs: version.report.map(|report| report.costs).unwrap_or_default(),
        withdrawn: version.withdrawn,
    }
}

pub fn submission(submission: catalog::Submission) -> wire::Submission {
    let decisions = submission.decisions.into_iter().map(|decision| wire::Decision {
        by: decision.by,
        at: decision.at.to_string(),
        act: decision.act,
        state: state(decision.state),
        reason: decision.reason,
    });
    wire::Submission {
        id: submission.id.to_string(),
        module: submission.module,
        version: submission.version,
        org: submission.org,
        org_name: submission.org_name,
        digest: submission.digest,
        size_bytes: submission.size_bytes,
        state: state(submission.state),
        submitted_by: submission.submitted_by,
        submitted_at: submission.submitted_at.to_string(),
        due_at: submission.due_at.to_string(),
        expires_at: submission.expires_at.map(|at| at.to_string()),
        second_because: submission.second_because,
        claimed_by: submission.claimed_by,
        previous: submission.previous,
        decisions: decisions.collect(),
        history: submission.history.into_iter().map(transition).collect(),
        progress: None,
        report: submission.report,
    }
}

fn transition(step: catalog::Transition) -> wire::Transition {
    wire::Transition {
        at: step.at.to_string(),
        by: step.by,
        act: step.act.as_str().to_owned(),
        before: step.before.map(state),
        after: state(step.after),
        reason: step.reason,
    }
}

pub fn queue_entry(entry: catalog::QueueEntry, now: Instant) -> wire::QueueEntry {
    let (claimed_by, claimed_at) = entry.claimed.map(|(by, at)| (by, at.to_string())).unzip();
    wire::QueueEntry {
        id: entry.id.to_string(),
        module: entry.module,
        version: entry.version,
        org: entry.org,
        org_name: entry.org_name,
        state: state(entry.state),
        submitted_by: entry.submitted_by,
        submitted_at: entry.submitted_at.to_string(),
        age_s: (now.0 - entry.submitted_at.0).div_euclid(1_000_000),
        due_at: entry.due_at.to_string(),
        overdue: now >= entry.due_at,
        claimed_by,
        claimed_at,
        warnings: entry.warnings,
        consent: entry.consent.class,
        added: entry.consent.added,
        removed: entry.consent.removed,
        topics: entry.topics,
        approvals: entry.endorsed + u32::from(entry.state == catalog::State::Approved),
        approvals_needed: if entry.second_because.is_empty() { 1 } else { 2 },
        second_because: entry.second_because,
    }
}

pub fn consent(consent: catalog::Subscription) -> wire::Consent {
    wire::Consent {
        module: consent.module,
        version: consent.version,
        digest: consent.digest,
        kind: consent.kind.as_str().to_owned(),
        grants: consent.grants,
        scopes: consent.scopes,
        agreed_by: consent.agreed_by,
        agreed_at: consent.agreed_at.to_string(),
        ended_at: consent.ended_at.map(|at| at.to_string()),
        shown: consent.shown,
        shown_sha256: consent.shown_sha256,
    }
}

pub fn upgrade(upgrade: catalog::Upgrade) -> wire::Upgrade {
    let policy = match upgrade.uptake.policy {
        catalog::Policy::Auto => wire::Policy::Auto,
        catalog::Policy::Ask => wire::Policy::Ask,
    };
    let offer = |offer: catalog::Offer| wire::UpgradeOffer {
        page: offer.page,
        sha256: offer.sha256,
        dropped: offer.dropped,
        waits: offer.waits.into_iter().map(|why| why.as_str().to_owned()).collect(),
    };
    let (version, pinned) = (upgrade.version, upgrade.uptake.pinned);
    wire::Upgrade { version, policy, pinned, offer: upgrade.offer.map(offer) }
}

pub fn stored_uptake(set: wire::SetPolicy) -> catalog::Uptake {
    let policy = match set.policy {
        wire::Policy::Auto => catalog::Policy::Auto,
        wire::Policy::Ask => catalog::Policy::Ask,
    };
    catalog::Uptake { policy, pinned: set.pinned }
}

pub fn rollout(rollout: catalog::Rollout) -> wire::Rollout {
    wire::Rollout {
        module: rollout.module,
        version: rollout.version,
        rings: rollout.rings,
        step_s: rollout.step_s,
        state: rollout.state.as_str().to_owned(),
        ring: rollout.ring,
        ring_since: rollout.ring_since.to_string(),
        invocations: rollout.invocations,
        faults: rollout.faults,
        why: rollout.why,
    }
}

pub fn subscription(subscription: catalog::Subscription, in_force: bool) -> wire::Subscription {
    wire::Subscription {
        module: subscription.module,
        version: subscription.version,
        digest: subscription.digest,
        grants: subscription.grants,
        scopes: subscription.scopes,
        since: subscription.since.to_string(),
        agreed_by: subscription.agreed_by,
        in_force,
    }
}

pub fn snapshot(all: catalog::Entitlements, now: Instant) -> wire::Snapshot {
    let cutoff = |cutoff: catalog::Cutoff| wire::Cutoff {
        user: cutoff.person.to_string(),
        issued_before_s: cutoff.issued_before_s,
    };
    wire::Snapshot {
        seq: all.seq,
        revocations: all.revocations,
        issued_at: now.to_string(),
        tenants: all.tenants.into_iter().map(snapshot_tenant).collect(),
        cutoffs: all.cutoffs.into_iter().map(cutoff).collect(),
    }
}

fn read_only(read_only: catalog::ReadOnly) -> wire::ReadOnly {
    wire::ReadOnly {
        because: match read_only.because {
            catalog::ReadOnlyBecause::TrialEnded => wire::ReadOnlyBecause::TrialEnded,
            catalog::ReadOnlyBecause::OverCap => wire::ReadOnlyBecause::OverCap,
        },
        from: read_only.from.to_string(),
        until: read_only.until.map(|until| until.to_string()),
    }
}

fn snapshot_tenant(tenant: catalog::SnapshotTenant) -> wire::SnapshotTenant {
    let module = |entitlement: catalog::Entitlement| wire::Entitlement {
        module: entitlement.module,
        version: entitlement.version,
        digest: entitlement.digest,
        grants: entitlement.grants,
        scopes: entitlement.scopes,
        read_only: entitlement.read_only.map(read_only),
    };
    let device = |device: catalog::SnapshotDevice| wire::SnapshotDevice {
        id: device.id.to_string(),
        name: device.name,
        token_sha256: device.token_sha256,
        active: device.active,
        certificate_sha256: device.certificate_sha256,
    };
    let kept = |kept: catalog::ReadingsKept| wire::ReadingsKept {
        module: kept.module,
        months: kept.months,
        since: kept.since.to_string(),
        until: kept.until.map(|until| until.to_string()),
    };
    wire::SnapshotTenant {
        id: tenant.id.to_string(),
        slug: tenant.slug,
        name: tenant.name,
        time_zone: tenant.time_zone,
        active: tenant.active,
        modules: tenant.modules.into_iter().map(module).collect(),
        devices: tenant.devices.into_iter().map(device).collect(),
        readings: tenant.readings.into_iter().map(kept).collect(),
    }
}

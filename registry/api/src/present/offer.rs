//! Offers and contracts as the wire shows them.

use super::identification;
use toolcrib_contract::types::Instant;
use toolcrib_programme::contract as signed;
use toolcrib_programme::offer as stored;
use toolcrib_programme::{Split, SplitLine};
use toolcrib_registry_client::wire::{
    Contract, ContractRow, NewOffer, NewOfferVersion, Offer, OfferLine, OfferRow, OfferSignature, OfferSplit,
    OfferState, OfferStep, OfferVersion, ProviderNote,
};

fn state(state: stored::OfferState) -> OfferState {
    match state {
        stored::OfferState::Open => OfferState::Open,
        stored::OfferState::Lapsed => OfferState::Lapsed,
        stored::OfferState::Signed => OfferState::Signed,
        stored::OfferState::Declined => OfferState::Declined,
        stored::OfferState::Withdrawn => OfferState::Withdrawn,
    }
}

pub fn stored_state(state: OfferState) -> stored::OfferState {
    match state {
        OfferState::Open => stored::OfferState::Open,
        OfferState::Lapsed => stored::OfferState::Lapsed,
        OfferState::Signed => stored::OfferState::Signed,
        OfferState::Declined => stored::OfferState::Declined,
        OfferState::Withdrawn => stored::OfferState::Withdrawn,
    }
}

pub fn new(new: NewOffer) -> stored::NewOffer {
    stored::NewOffer {
        provider: new.org,
        firm: new.firm,
        title: new.title,
        programme: new.programme,
        segment: new.segment,
        track: new.track,
        replaces: new.replaces,
        version: new_version(new.version),
    }
}

pub fn new_version(version: NewOfferVersion) -> stored::NewVersion {
    let line = |line: toolcrib_registry_client::wire::NewOfferLine| stored::NewLine {
        category: line.category,
        description: line.description,
        quantity: line.quantity,
        unit_fen: line.unit_fen,
        discount_fen: line.discount_fen,
        module: line.module,
        plan: line.plan,
    };
    stored::NewVersion {
        lines: version.lines.into_iter().map(line).collect(),
        valid_until: version.valid_until,
        target_level: version.target_level,
        note: version.note,
    }
}

pub fn row(row: stored::Row) -> OfferRow {
    OfferRow {
        id: row.id,
        org: row.provider,
        org_name: row.provider_name,
        firm: row.firm,
        firm_name: row.firm_name,
        title: row.title,
        programme: row.programme,
        state: state(row.state),
        version: row.version,
        valid_until: row.valid_until,
        list_fen: row.list_fen.get(),
        net_fen: row.net_fen.get(),
        programme_fen: row.programme_fen.get(),
        signed_by_provider: row.signed_by_provider,
        signed_by_firm: row.signed_by_firm,
        contract: row.contract,
        changed_at: Instant(row.changed_us).to_string(),
    }
}

fn line(split: SplitLine) -> OfferLine {
    let (module, module_version) = split.line.module.unzip();
    OfferLine {
        line: split.line.line,
        category: split.line.category.as_str().to_owned(),
        description: split.line.description,
        quantity: split.line.quantity,
        list_fen: split.line.list.get(),
        discount_fen: split.line.discount.get(),
        net_fen: split.line.net.get(),
        module,
        module_version,
        plan: split.plan,
        eligible: split.eligible,
        programme_fen: split.programme.get(),
        firm_fen: split.firm.get(),
    }
}

fn split(split: &Split) -> OfferSplit {
    OfferSplit {
        list_fen: split.list.get(),
        net_fen: split.net.get(),
        eligible_fen: split.eligible.get(),
        firm_fen: split.firm.get(),
        provider_fen: split.provider.get(),
        programme_fen: split.programme.get(),
        rate_bp: split.rate.map(toolcrib_programme::BasisPoints::get),
        cap_fen: split.cap.map(toolcrib_programme::Fen::get),
        capped: split.capped,
    }
}

fn signature(signature: stored::Signature) -> OfferSignature {
    OfferSignature { side: signature.side, by: signature.name, at: Instant(signature.at_us).to_string() }
}

fn version(version: stored::Version) -> OfferVersion {
    let under = version.content.under.as_ref();
    OfferVersion {
        version: version.content.version,
        split: split(&version.content.split),
        rule: under.map(|under| under.rule),
        batch: under.map(|under| under.batch),
        track: under.map(|under| under.track.clone()),
        target_level: under.map(|under| under.target_level),
        lines: version.content.lines.into_iter().map(line).collect(),
        valid_until: version.content.valid_until,
        note: version.content.note,
        digest: version.digest,
        made_by: version.made_by,
        made_at: Instant(version.made_us).to_string(),
        signatures: version.signatures.into_iter().map(signature).collect(),
    }
}

/// A version that is not kept, and has no digest to sign.
pub fn unsigned(content: stored::Content, made_by: &str, now: Instant) -> OfferVersion {
    let (digest, made_by) = (String::new(), made_by.to_owned());
    version(stored::Version { content, digest, made_by, made_us: now.0, signatures: Vec::new() })
}

pub fn detail(detail: stored::Detail) -> Offer {
    let step = |step: stored::StepTaken| OfferStep {
        at: Instant(step.at_us).to_string(),
        by: step.by,
        act: step.act,
        version: step.version,
        reason: step.reason,
    };
    Offer {
        city: detail.row.city.clone(),
        segment: detail.row.segment.clone(),
        replaces: detail.row.replaces.clone(),
        versions: detail.versions.into_iter().map(version).collect(),
        steps: detail.steps.into_iter().map(step).collect(),
        row: row(detail.row),
    }
}

pub fn contract_row(row: signed::ContractRow) -> ContractRow {
    ContractRow {
        id: row.id,
        offer: row.offer,
        org: row.provider,
        org_name: row.provider_name,
        firm: row.firm,
        firm_name: row.firm_name,
        title: row.title,
        programme: row.programme,
        city: row.city,
        list_fen: row.list_fen.get(),
        net_fen: row.net_fen.get(),
        programme_fen: row.programme_fen.get(),
        signed_at: Instant(row.signed_us).to_string(),
        project: row.project,
        replaced_by: row.replaced_by,
        hash: row.hash,
    }
}

pub fn contract(contract: signed::Contract) -> Contract {
    let note = |note: toolcrib_programme::identification::Note| ProviderNote {
        at: note.at.to_string(),
        state: identification::state(note.state),
        reason: note.reason,
    };
    let under = contract.content.under;
    Contract {
        version: contract.row.version,
        segment: under.as_ref().map(|under| under.segment.clone()),
        rule: under.as_ref().map(|under| under.rule),
        target_level: under.as_ref().map(|under| under.target_level),
        split: split(&contract.content.split),
        lines: contract.content.lines.into_iter().map(line).collect(),
        signatures: contract.signatures.into_iter().map(signature).collect(),
        intact: contract.intact,
        provider_notes: contract.notes.into_iter().map(note).collect(),
        row: contract_row(contract.row),
    }
}

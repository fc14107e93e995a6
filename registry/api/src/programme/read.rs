//! From the wire's types to the programme's: what does not read is told where it stands.

use crate::failed::{Failed, at};
use toolcrib_contract::problem::Problem;
use toolcrib_contract::types::Date;
use toolcrib_programme as programme;
use toolcrib_programme::{BasisPoints, Fen, Uscc};
use toolcrib_registry_client::wire;

fn wrong(pointer: &str, message: impl Into<String>) -> Failed {
    Problem::input(vec![at(pointer, message)]).into()
}

/// An amount.
///
/// # Errors
/// Below nought, or more than any programme.
pub fn fen(pointer: &str, amount: i64) -> Result<Fen, Failed> {
    Fen::try_from(amount).map_err(|error| wrong(pointer, error.to_string()))
}

fn rate(pointer: &str, points: u32) -> Result<BasisPoints, Failed> {
    BasisPoints::try_from(points).map_err(|error| wrong(pointer, error.to_string()))
}

/// A credit code.
///
/// # Errors
/// What does not fit.
pub fn uscc(pointer: &str, text: &str) -> Result<Uscc, Failed> {
    text.parse().map_err(|error: programme::UsccFault| wrong(pointer, error.to_string()))
}

/// A day.
///
/// # Errors
/// There is no such day.
pub fn day(pointer: &str, text: &str) -> Result<Date, Failed> {
    Ok(programme::read_day(pointer, text)?)
}

pub fn category(category: wire::Category) -> programme::Category {
    match category {
        wire::Category::Software => programme::Category::Software,
        wire::Category::Cloud => programme::Category::Cloud,
        wire::Category::Collection => programme::Category::Collection,
        wire::Category::Consulting => programme::Category::Consulting,
        wire::Category::Sensor => programme::Category::Sensor,
        wire::Category::Control => programme::Category::Control,
        wire::Category::Other => programme::Category::Other,
    }
}

pub fn state(state: wire::ProjectState) -> programme::State {
    match state {
        wire::ProjectState::Enrolled => programme::State::Enrolled,
        wire::ProjectState::Diagnosed => programme::State::Diagnosed,
        wire::ProjectState::Filed => programme::State::Filed,
        wire::ProjectState::Delivering => programme::State::Delivering,
        wire::ProjectState::Delivered => programme::State::Delivered,
        wire::ProjectState::Accepted => programme::State::Accepted,
        wire::ProjectState::Rejected => programme::State::Rejected,
        wire::ProjectState::Publicity => programme::State::Publicity,
        wire::ProjectState::Awarded => programme::State::Awarded,
        wire::ProjectState::Paid => programme::State::Paid,
        wire::ProjectState::Reviewed => programme::State::Reviewed,
        wire::ProjectState::Withdrawn => programme::State::Withdrawn,
        wire::ProjectState::ClawedBack => programme::State::ClawedBack,
    }
}

pub fn act(act: wire::SimpleAct) -> programme::Act {
    match act {
        wire::SimpleAct::Diagnose => programme::Act::Diagnose,
        wire::SimpleAct::Start => programme::Act::Start,
        wire::SimpleAct::Deliver => programme::Act::Deliver,
        wire::SimpleAct::Withdraw => programme::Act::Withdraw,
        wire::SimpleAct::Publish => programme::Act::Publish,
        wire::SimpleAct::Award => programme::Act::Award,
        wire::SimpleAct::Review => programme::Act::Review,
        wire::SimpleAct::MarkDishonest => programme::Act::MarkDishonest,
        wire::SimpleAct::ClearDishonest => programme::Act::ClearDishonest,
    }
}

pub fn kind(kind: wire::AssessmentKind) -> programme::AssessmentKind {
    match kind {
        wire::AssessmentKind::SelfBefore => programme::AssessmentKind::SelfBefore,
        wire::AssessmentKind::OnsiteBefore => programme::AssessmentKind::OnsiteBefore,
        wire::AssessmentKind::SelfAfter => programme::AssessmentKind::SelfAfter,
        wire::AssessmentKind::OnsiteAfter => programme::AssessmentKind::OnsiteAfter,
    }
}

/// # Errors
/// Amounts and rates that are none.
pub fn rules(under: &str, rules: wire::NewRules) -> Result<programme::RuleSet, Failed> {
    let mut tracks = Vec::new();
    for (nth, track) in rules.tracks.into_iter().enumerate() {
        let mut caps = [Fen::ZERO; 4];
        for (level, cap) in track.caps_fen.into_iter().enumerate() {
            caps[level] = fen(&format!("{under}/tracks/{nth}/caps_fen/{level}"), cap)?;
        }
        let rate = rate(&format!("{under}/tracks/{nth}/rate_bp"), track.rate_bp)?;
        tracks.push(programme::Track { track: track.track, rate, caps });
    }
    let rates = |field: &str, points: Vec<u32>| -> Result<Vec<BasisPoints>, Failed> {
        points.into_iter().enumerate().map(|(nth, points)| rate(&format!("{under}/{field}/{nth}"), points)).collect()
    };
    let provider_cap = rules.provider_cap_fen.map(|cap| fen(&format!("{under}/provider_cap_fen"), cap)).transpose()?;
    Ok(programme::RuleSet {
        document: rules.document,
        tracks,
        decline: rates("decline_bp", rules.decline_bp)?,
        categories: rules.categories.into_iter().map(category).collect(),
        excluded_funding: rules.excluded_funding,
        excludes_dishonest: rules.excludes_dishonest,
        min_level: rules.min_level,
        min_gain: rules.min_gain,
        months_max: rules.months_max,
        publicity_days: rules.publicity_days,
        tranches: rates("tranches_bp", rules.tranches_bp)?,
        provider_cap,
    })
}

/// # Errors
/// Days, amounts and rates that are none.
pub fn new_programme(new: wire::NewProgramme) -> Result<programme::NewProgramme, Failed> {
    let mut batches = Vec::new();
    for (nth, batch) in new.batches.into_iter().enumerate() {
        let place = |field: &str| format!("/batches/{nth}/{field}");
        batches.push(programme::Batch {
            batch: batch.batch,
            from: day(&place("from"), &batch.from)?,
            until: day(&place("until"), &batch.until)?,
            budget: fen(&place("budget_fen"), batch.budget_fen)?,
        });
    }
    Ok(programme::NewProgramme {
        authority: new.authority,
        name: new.name,
        document: new.document,
        city_kind: match new.city_kind {
            wire::CityKind::Leading => programme::CityKind::Leading,
            wire::CityKind::Prefecture => programme::CityKind::Prefecture,
        },
        from: day("/from", &new.from)?,
        until: day("/until", &new.until)?,
        budget: fen("/budget_fen", new.budget_fen)?,
        min_sme_share: rate("/min_sme_share_bp", new.min_sme_share_bp)?,
        segments: new.segments,
        batches,
        rules: rules("/rules", new.rules)?,
    })
}

/// # Errors
/// A credit code that is none.
pub fn firm(firm: wire::Firm) -> Result<programme::Firm, Failed> {
    Ok(programme::Firm {
        uscc: uscc("/firm/uscc", &firm.uscc)?,
        name: firm.name,
        district: firm.district,
        segment: firm.segment,
        above_scale: firm.above_scale,
        class: match firm.class {
            wire::FirmClass::None => programme::Class::None,
            wire::FirmClass::Innovative => programme::Class::Innovative,
            wire::FirmClass::Specialised => programme::Class::Specialised,
            wire::FirmClass::LittleGiant => programme::Class::LittleGiant,
        },
        dishonest: firm.dishonest,
        funded_by: firm.funded_by,
        org: firm.org,
    })
}

/// # Errors
/// Amounts, codes that are none.
pub fn filing(filing: wire::FileProject) -> Result<programme::Filing, Failed> {
    let mut contracts = Vec::new();
    for (nth, contract) in filing.contracts.into_iter().enumerate() {
        let mut lines = Vec::new();
        for (line_nth, line) in contract.lines.into_iter().enumerate() {
            let place = |field: &str| format!("/contracts/{nth}/lines/{line_nth}/{field}");
            lines.push(programme::ContractLine {
                line: line.line,
                category: category(line.category),
                description: line.description,
                quantity: line.quantity,
                list: fen(&place("list_fen"), line.list_fen)?,
                discount: fen(&place("discount_fen"), line.discount_fen)?,
                net: fen(&place("net_fen"), line.net_fen)?,
                module: line.module,
            });
        }
        contracts.push(programme::FiledContract {
            number: contract.number,
            provider: contract.provider,
            seller: uscc(&format!("/contracts/{nth}/seller_uscc"), &contract.seller_uscc)?,
            signed_on: contract.signed_on,
            lines,
            signed: None,
        });
    }
    let mut signed = Vec::new();
    for (nth, one) in filing.signed.into_iter().enumerate() {
        let seller = uscc(&format!("/signed/{nth}/seller_uscc"), &one.seller_uscc)?;
        signed.push(programme::SignedContract { contract: one.contract, hash: one.hash, seller });
    }
    let wire::FileProject { track, rules_version, plan, pledge, .. } = filing;
    Ok(programme::Filing { track, rules_version, contracts, signed, plan, pledge })
}

pub fn measured(new: &wire::NewAssessment) -> programme::Measured {
    let wire::NewAssessment { edition, base, management, results, scenes, starred, .. } = new.clone();
    programme::Measured { edition, base, management, results, scenes, starred }
}

fn lines(lines: Vec<wire::OnLine>) -> Result<Vec<programme::OnLine>, Failed> {
    let one = |(nth, line): (usize, wire::OnLine)| {
        let amount = fen(&format!("/lines/{nth}/amount_fen"), line.amount_fen)?;
        Ok(programme::OnLine { contract: line.contract, line: line.line, amount })
    };
    lines.into_iter().enumerate().map(one).collect()
}

/// # Errors
/// Amounts, codes, days that are none.
pub fn invoice(new: wire::NewInvoice) -> Result<programme::NewInvoice, Failed> {
    Ok(programme::NewInvoice {
        number: new.number,
        seller: uscc("/seller_uscc", &new.seller_uscc)?,
        buyer: uscc("/buyer_uscc", &new.buyer_uscc)?,
        issued_on: day("/issued_on", &new.issued_on)?,
        lines: lines(new.lines)?,
        file_sha256: new.file_sha256,
    })
}

/// # Errors
/// Amounts, codes, days, ids that are none.
pub fn payment(new: wire::NewPayment) -> Result<programme::NewPayment, Failed> {
    let invoice = programme::InvoiceId::parse(&new.invoice);
    Ok(programme::NewPayment {
        invoice: invoice.ok_or_else(|| wrong("/invoice", "the id of an invoice"))?,
        payer: uscc("/payer_uscc", &new.payer_uscc)?,
        payee: uscc("/payee_uscc", &new.payee_uscc)?,
        paid_on: day("/paid_on", &new.paid_on)?,
        lines: lines(new.lines)?,
        bank_slip_sha256: new.bank_slip_sha256,
    })
}

/// # Errors
/// A day that is none.
pub fn transfer(paid_on: &str, bank_slip_sha256: String) -> Result<programme::Transfer, Failed> {
    Ok(programme::Transfer { paid_on: day("/paid_on", paid_on)?, bank_slip_sha256 })
}

pub fn verdict(accept: wire::Accept) -> programme::Verdict {
    let wire::Accept { accepted, experts, in_real_use, satisfaction, lines_refused, contracts_sha256, why } = accept;
    programme::Verdict { accepted, experts, in_real_use, satisfaction, lines_refused, contracts_sha256, why }
}

//! From the programme's types to the wire's.

use super::Seen;
use std::collections::BTreeMap;
use toolcrib_contract::types::Instant;
use toolcrib_programme as programme;
use toolcrib_programme::{Account, Fen};
use toolcrib_registry_client::wire;

fn category(category: programme::Category) -> wire::Category {
    match category {
        programme::Category::Software => wire::Category::Software,
        programme::Category::Cloud => wire::Category::Cloud,
        programme::Category::Collection => wire::Category::Collection,
        programme::Category::Consulting => wire::Category::Consulting,
        programme::Category::Sensor => wire::Category::Sensor,
        programme::Category::Control => wire::Category::Control,
        programme::Category::Other => wire::Category::Other,
    }
}

pub fn state(state: programme::State) -> wire::ProjectState {
    match state {
        programme::State::Enrolled => wire::ProjectState::Enrolled,
        programme::State::Diagnosed => wire::ProjectState::Diagnosed,
        programme::State::Filed => wire::ProjectState::Filed,
        programme::State::Delivering => wire::ProjectState::Delivering,
        programme::State::Delivered => wire::ProjectState::Delivered,
        programme::State::Accepted => wire::ProjectState::Accepted,
        programme::State::Rejected => wire::ProjectState::Rejected,
        programme::State::Publicity => wire::ProjectState::Publicity,
        programme::State::Awarded => wire::ProjectState::Awarded,
        programme::State::Paid => wire::ProjectState::Paid,
        programme::State::Reviewed => wire::ProjectState::Reviewed,
        programme::State::Withdrawn => wire::ProjectState::Withdrawn,
        programme::State::ClawedBack => wire::ProjectState::ClawedBack,
    }
}

fn account(account: Account) -> wire::Account {
    match account {
        Account::Source => wire::Account::Source,
        Account::Available => wire::Account::Available,
        Account::Committed => wire::Account::Committed,
        Account::Accepted => wire::Account::Accepted,
        Account::Paid => wire::Account::Paid,
        Account::ClawedBack => wire::Account::ClawedBack,
        Account::ServiceAccepted => wire::Account::ServiceAccepted,
        Account::ServicePaid => wire::Account::ServicePaid,
        Account::ServiceClawedBack => wire::Account::ServiceClawedBack,
    }
}

fn city_kind(kind: programme::CityKind) -> wire::CityKind {
    match kind {
        programme::CityKind::Leading => wire::CityKind::Leading,
        programme::CityKind::Prefecture => wire::CityKind::Prefecture,
    }
}

pub fn postings(postings: Vec<(Account, i64)>) -> Vec<wire::Posting> {
    postings.into_iter().map(|(name, amount_fen)| wire::Posting { account: account(name), amount_fen }).collect()
}

pub fn rules(version: programme::Version) -> wire::Rules {
    let rules = version.rules;
    let track = |track: programme::Track| wire::Track {
        track: track.track,
        rate_bp: track.rate.get(),
        caps_fen: track.caps.map(Fen::get),
    };
    wire::Rules {
        version: version.version,
        at: version.at.to_string(),
        by: version.by,
        rules: wire::NewRules {
            document: rules.document,
            tracks: rules.tracks.into_iter().map(track).collect(),
            decline_bp: rules.decline.iter().map(|points| points.get()).collect(),
            categories: rules.categories.into_iter().map(category).collect(),
            excluded_funding: rules.excluded_funding,
            excludes_dishonest: rules.excludes_dishonest,
            min_level: rules.min_level,
            min_gain: rules.min_gain,
            months_max: rules.months_max,
            publicity_days: rules.publicity_days,
            tranches_bp: rules.tranches.iter().map(|points| points.get()).collect(),
            provider_cap_fen: rules.provider_cap.map(Fen::get),
        },
    }
}

/// A programme; its funds for its authority only.
pub fn programme(found: programme::Programme, as_authority: bool) -> wire::Programme {
    let programme::Programme { row, segments, batches, rules: version, funds } = found;
    let batch = |batch: programme::Batch| wire::Batch {
        batch: batch.batch,
        from: batch.from.to_string(),
        until: batch.until.to_string(),
        budget_fen: batch.budget.get(),
    };
    wire::Programme {
        id: row.id.to_string(),
        authority: row.authority,
        authority_name: row.authority_name,
        name: row.name,
        document: row.document,
        city_kind: city_kind(row.city_kind),
        from: row.from,
        until: row.until,
        budget_fen: row.budget.get(),
        min_sme_share_bp: row.min_sme_share.get(),
        segments,
        batches: batches.into_iter().map(batch).collect(),
        rules: rules(version),
        created_at: Instant(row.created_us).to_string(),
        funds: as_authority.then(|| wire::Funds {
            budget_fen: funds.budget.get(),
            available_fen: funds.balance(Account::Available),
            committed_fen: funds.balance(Account::Committed),
            accepted_fen: funds.balance(Account::Accepted),
            paid_fen: funds.balance(Account::Paid),
            clawed_back_fen: funds.balance(Account::ClawedBack),
            service_accepted_fen: funds.balance(Account::ServiceAccepted),
            service_paid_fen: funds.balance(Account::ServicePaid),
            service_clawed_back_fen: funds.balance(Account::ServiceClawedBack),
            sme_share_bp: funds.sme_share().map(programme::BasisPoints::get),
        }),
    }
}

pub fn programme_row(row: programme::ProgrammeRow) -> wire::ProgrammeRow {
    wire::ProgrammeRow {
        id: row.id.to_string(),
        authority: row.authority,
        authority_name: row.authority_name,
        name: row.name,
        document: row.document,
        from: row.from,
        until: row.until,
        budget_fen: row.budget.get(),
    }
}

pub fn project_row(row: programme::ProjectRow) -> wire::ProjectRow {
    wire::ProjectRow {
        id: row.id.to_string(),
        programme: row.programme.to_string(),
        programme_name: row.programme_name,
        uscc: row.uscc,
        name: row.name,
        district: row.district,
        segment: row.segment,
        state: state(row.state),
        since: Instant(row.since_us).to_string(),
        batch: row.batch,
        due: row.due_on,
        level_before: row.level_before,
        level_after: row.level_after,
        committed_fen: row.committed_fen.get(),
        award_fen: row.award_fen.get(),
        paid_fen: row.paid_fen.get(),
    }
}

pub fn coverage(row: programme::Coverage) -> wire::Coverage {
    let programme::Coverage { segment, district, firms, levels, levels_before, accepted, award } = row;
    wire::Coverage { segment, district, firms, levels, levels_before, accepted, award_fen: award.get() }
}

pub fn forecast(found: programme::Forecast) -> wire::Forecast {
    let line = |line: programme::ForecastLine| wire::ForecastLine {
        category: category(line.category),
        amount_fen: line.amount.get(),
        counts: line.counts,
        programme_fen: line.programme.get(),
        firm_fen: line.firm.get(),
    };
    wire::Forecast {
        rules_version: found.rules_version,
        document: found.document,
        batch: found.batch,
        rate_before_bp: found.rate_before.get(),
        rate_bp: found.rate.get(),
        eligible_fen: found.eligible.get(),
        by_rate_fen: found.by_rate.get(),
        cap_fen: found.cap.get(),
        min_level: found.min_level,
        programme_fen: found.programme.get(),
        firm_fen: found.firm.get(),
        lines: found.lines.into_iter().map(line).collect(),
    }
}

fn claw_back(one: programme::ClawBack) -> wire::ClawBack {
    wire::ClawBack {
        number: one.number,
        claw_back: wire::NewClawBack { amount_fen: one.amount_fen.get(), document: one.document, why: one.why },
        at: Instant(one.at_us).to_string(),
        by: one.by,
        recovered_on: one.recovered_on,
    }
}

pub fn service(service: programme::Service) -> wire::Service {
    wire::Service {
        number: service.number,
        service: wire::NewService {
            recipient_uscc: service.recipient_uscc.to_string(),
            recipient: service.recipient,
            purpose: service.purpose,
            document: service.document,
            amount_fen: service.amount_fen.get(),
        },
        awarded_at: Instant(service.awarded_us).to_string(),
        paid_at: service.paid_us.map(|at| Instant(at).to_string()),
        claw_backs: service.claw_backs.into_iter().map(claw_back).collect(),
    }
}

pub fn public_award(award: programme::PublicAward) -> wire::PublicAward {
    wire::PublicAward {
        project: award.id.to_string(),
        uscc: award.uscc,
        name: award.name,
        district: award.district,
        segment: award.segment,
        level_after: award.level_after,
        award_fen: award.award_fen.get(),
        from: award.publicity_from,
        until: award.publicity_until,
    }
}

pub fn entry(entry: programme::LedgerEntry) -> wire::LedgerEntry {
    let programme::LedgerEntry { number, at, booked_on, act, project, about, by_name, memo, hash, .. } = entry;
    let (at, postings) = (at.to_string(), postings(entry.postings));
    wire::LedgerEntry { number, at, booked_on, act, project, about, by: by_name, memo, postings, hash }
}

pub fn period(period: programme::Period) -> wire::Period {
    let programme::Period { period, closed_at, by, entry, hash, balances } = period;
    wire::Period { period, closed_at: closed_at.to_string(), by, entry, hash, balances: postings(balances) }
}

fn firm(firm: programme::Firm) -> wire::Firm {
    wire::Firm {
        uscc: firm.uscc.to_string(),
        name: firm.name,
        district: firm.district,
        segment: firm.segment,
        above_scale: firm.above_scale,
        class: match firm.class {
            programme::Class::None => wire::FirmClass::None,
            programme::Class::Innovative => wire::FirmClass::Innovative,
            programme::Class::Specialised => wire::FirmClass::Specialised,
            programme::Class::LittleGiant => wire::FirmClass::LittleGiant,
        },
        dishonest: firm.dishonest,
        funded_by: firm.funded_by,
        org: firm.org,
    }
}

fn contract(contract: programme::FiledContract, names: &BTreeMap<String, String>) -> wire::FiledContract {
    let line = |line: programme::ContractLine| wire::ContractLine {
        line: line.line,
        category: category(line.category),
        description: line.description,
        quantity: line.quantity,
        list_fen: line.list.get(),
        discount_fen: line.discount.get(),
        net_fen: line.net.get(),
        module: line.module,
    };
    wire::FiledContract {
        number: contract.number,
        provider_name: names.get(&contract.provider).cloned(),
        provider: contract.provider,
        seller_uscc: contract.seller.to_string(),
        signed_on: contract.signed_on,
        lines: contract.lines.into_iter().map(line).collect(),
        signed: contract.signed,
    }
}

fn lines(lines: Vec<programme::OnLine>) -> Vec<wire::OnLine> {
    let one = |line: programme::OnLine| wire::OnLine {
        contract: line.contract,
        line: line.line,
        amount_fen: line.amount.get(),
    };
    lines.into_iter().map(one).collect()
}

fn kind(kind: programme::AssessmentKind) -> wire::AssessmentKind {
    match kind {
        programme::AssessmentKind::SelfBefore => wire::AssessmentKind::SelfBefore,
        programme::AssessmentKind::OnsiteBefore => wire::AssessmentKind::OnsiteBefore,
        programme::AssessmentKind::SelfAfter => wire::AssessmentKind::SelfAfter,
        programme::AssessmentKind::OnsiteAfter => wire::AssessmentKind::OnsiteAfter,
    }
}

/// In the list of whoever made it.
pub fn measurement(row: programme::Measurement) -> wire::AssessmentMade {
    wire::AssessmentMade {
        project: row.project.to_string(),
        name: row.name,
        district: row.district,
        programme_name: row.programme_name,
        kind: kind(row.kind),
        level: row.level,
        at: Instant(row.at_us).to_string(),
    }
}

fn assessment(one: programme::Assessment) -> wire::Assessment {
    let programme::Measured { edition, base, management, results, scenes, starred } = one.measured;
    let kind = kind(one.kind);
    let snapshot_sha256 = one.snapshot_sha256;
    wire::Assessment {
        number: one.number,
        assessment: wire::NewAssessment { kind, edition, base, management, results, scenes, starred, snapshot_sha256 },
        level: one.level,
        at: one.at.to_string(),
        by: one.by,
    }
}

fn acceptance(one: programme::Acceptance) -> wire::Acceptance {
    let programme::Verdict { accepted, experts, in_real_use, satisfaction, lines_refused, contracts_sha256, why } =
        one.verdict;
    wire::Acceptance {
        acceptance: wire::Accept { accepted, experts, in_real_use, satisfaction, lines_refused, contracts_sha256, why },
        level_before: one.level_before,
        level_after: one.level_after,
        at: one.at.to_string(),
        by: one.by,
    }
}

fn invoice(one: programme::Invoice, buyer: &str) -> wire::Invoice {
    wire::Invoice {
        id: one.id.to_string(),
        invoice: wire::NewInvoice {
            number: one.number,
            seller_uscc: one.seller.to_string(),
            buyer_uscc: buyer.to_owned(),
            issued_on: one.issued_on,
            lines: lines(one.lines),
            file_sha256: one.file_sha256,
        },
        amount_fen: one.amount.get(),
        at: one.at.to_string(),
    }
}

fn payment(one: programme::Payment, payer: &str, invoices: &[wire::Invoice]) -> wire::Payment {
    let invoice = invoices.iter().find(|invoice| invoice.id == one.invoice.as_str());
    wire::Payment {
        id: one.id.to_string(),
        payment: wire::NewPayment {
            invoice: one.invoice.to_string(),
            payer_uscc: payer.to_owned(),
            payee_uscc: invoice.map(|invoice| invoice.invoice.seller_uscc.clone()).unwrap_or_default(),
            paid_on: one.paid_on,
            lines: lines(one.lines),
            bank_slip_sha256: one.bank_slip_sha256,
        },
        amount_fen: one.amount.get(),
        at: one.at.to_string(),
    }
}

fn award(outcome: programme::Outcome, tranches: Vec<programme::Tranche>) -> wire::Award {
    let tranche = |one: programme::Tranche| wire::Tranche {
        tranche: one.tranche,
        amount_fen: one.amount_fen.get(),
        paid_on: one.paid_on,
    };
    wire::Award {
        base_fen: outcome.base.get(),
        rate_bp: outcome.rate.get(),
        by_rate_fen: outcome.by_rate.get(),
        cap_fen: outcome.cap.get(),
        remaining_fen: outcome.remaining.get(),
        amount_fen: outcome.amount.get(),
        tranches: tranches.into_iter().map(tranche).collect(),
    }
}

/// The whole file. Who objected is told to the authority only.
pub fn project(found: programme::Project, seen: &Seen) -> wire::Project {
    let as_authority = seen.as_authority;
    let committed_fen = found.committed.get();
    let filed = |filed: programme::Filed| wire::Filed {
        track: filed.track,
        rules_version: filed.rules_version,
        batch: filed.batch,
        on: filed.on,
        contracts: filed.contracts.into_iter().map(|one| contract(one, &found.provider_names)).collect(),
        plan: filed.plan,
        sha256: filed.sha256,
        committed_fen,
    };
    let objection = |one: programme::Objection| wire::AwardObjection {
        number: one.number,
        text: one.text,
        at: Instant(one.at_us).to_string(),
        by: as_authority.then_some(one.by),
        upheld: one.upheld,
        answer: one.answer,
    };
    let step = |one: programme::Step| wire::Step {
        number: one.number,
        act: one.act.as_str().to_owned(),
        before: one.before.map(state),
        after: state(one.after),
        at: Instant(one.at_us).to_string(),
        by: if one.act == programme::Act::Object && !as_authority { String::new() } else { one.by },
        why: one.why,
    };
    let refund = |one: programme::Refund| wire::Refund {
        refund: wire::NewRefund { contract: one.contract, line: one.line, why: one.why },
        at: Instant(one.at_us).to_string(),
        by: one.by,
    };
    let buyer = found.firm.uscc.to_string();
    let invoices: Vec<_> = found.invoices.into_iter().map(|one| invoice(one, &buyer)).collect();
    let objections = found.objections.into_iter().map(objection).collect();
    let tranches = found.tranches;
    wire::Project {
        id: found.id.to_string(),
        programme: found.programme.to_string(),
        programme_name: found.programme_name,
        authority: seen.parties.authority.clone(),
        firm: firm(found.firm),
        state: state(found.state),
        due: found.filed.as_ref().map(|filed| filed.due.clone()),
        filing: found.filed.map(filed),
        assessments: found.assessments.into_iter().map(assessment).collect(),
        payments: found.payments.into_iter().map(|one| payment(one, &buyer, &invoices)).collect(),
        invoices,
        refunds: found.refunds.into_iter().map(refund).collect(),
        acceptance: found.acceptance.map(acceptance),
        publicity: found.publicity.map(|(from, until)| wire::Publicity { from, until, objections }),
        award: found.award.map(|outcome| award(outcome, tranches)),
        claw_backs: found.claw_backs.into_iter().map(claw_back).collect(),
        steps: found.steps.into_iter().map(step).collect(),
    }
}

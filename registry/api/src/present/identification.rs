//! Identifications as the wire shows them.

use toolcrib_contract::types::{Instant, decimal_text};
use toolcrib_programme::identification::{self as stored, Kind, State};
use toolcrib_registry_client::wire::{
    Dispute, ExpertScore, Identification, IdentificationCount, IdentificationKind, IdentificationRow,
    IdentificationState, IdentificationStep, Identifications, QualificationPaper, Scores,
};

macro_rules! pairs {
    ($($wire:ident),+ $(,)?) => {
        pub fn state(state: State) -> IdentificationState {
            match state { $(State::$wire => IdentificationState::$wire),+ }
        }

        pub fn stored_state(state: IdentificationState) -> State {
            match state { $(IdentificationState::$wire => State::$wire),+ }
        }
    };
}
pairs!(
    Applied, Reviewing, Reviewed, Publicity, Active, Warned, Rectifying, Reported, Suspended, Delisted, Refused,
    Withdrawn, Expired, Superseded,
);

fn kind(kind: Kind) -> IdentificationKind {
    match kind {
        Kind::Integrator => IdentificationKind::Integrator,
        Kind::Product => IdentificationKind::Product,
        Kind::ChainLeader => IdentificationKind::ChainLeader,
    }
}

pub fn stored_kind(kind: IdentificationKind) -> Kind {
    match kind {
        IdentificationKind::Integrator => Kind::Integrator,
        IdentificationKind::Product => Kind::Product,
        IdentificationKind::ChainLeader => Kind::ChainLeader,
    }
}

fn row(row: stored::Row) -> IdentificationRow {
    IdentificationRow {
        due: row.due().map(str::to_owned),
        id: row.id,
        org: row.org,
        org_name: row.org_name,
        city: row.city,
        segment: row.segment,
        kind: kind(row.kind),
        state: state(row.state),
        stars: row.stars.and_then(|stars| u8::try_from(stars).ok()),
        valid_until: row.valid_until,
        open_disputes: row.open_disputes.cast_unsigned(),
        applied_at: Instant(row.applied_us).to_string(),
        changed_at: Instant(row.changed_us).to_string(),
    }
}

pub fn listed(listed: stored::Listed) -> Identifications {
    let count = |(of, count): (State, i64)| IdentificationCount { state: state(of), count: count.cast_unsigned() };
    Identifications {
        rows: listed.rows.into_iter().map(row).collect(),
        counts: listed.counts.into_iter().map(count).collect(),
        next: listed.next,
    }
}

fn paper(paper: stored::Paper) -> QualificationPaper {
    QualificationPaper {
        title: paper.title,
        issuer: paper.issuer,
        number: paper.number,
        valid_until: paper.valid_until,
        digest: paper.digest,
        bytes: paper.bytes,
        media_type: paper.media_type,
    }
}

fn expert(expert: stored::Expert) -> ExpertScore {
    let points = |scores: stored::Scores| Scores {
        cases: scores.cases,
        technology: scores.technology,
        service: scores.service,
        price: scores.price,
    };
    ExpertScore {
        person: expert.person,
        email: expert.email,
        name: expert.name,
        total: expert.scores.map(stored::Scores::total),
        scores: expert.scores.map(points),
        comment: expert.comment,
        scored_at: expert.scored_at.map(|at| at.to_string()),
    }
}

fn step(step: stored::StepTaken) -> IdentificationStep {
    IdentificationStep {
        number: step.number,
        at: Instant(step.at_us).to_string(),
        by: step.by,
        act: step.act.as_str().to_owned(),
        before: step.before.map(state),
        after: state(step.after),
        reason: step.reason,
    }
}

fn dispute(dispute: stored::Dispute) -> Dispute {
    Dispute {
        number: dispute.number,
        against: dispute.against,
        said_by: dispute.said_by,
        said_at: Instant(dispute.said_us).to_string(),
        text: dispute.text,
        decided_by: dispute.decided_by,
        decided_at: dispute.decided_us.map(|us| Instant(us).to_string()),
        upheld: dispute.upheld,
        reason: dispute.reason,
    }
}

pub fn detail(detail: stored::Detail) -> Identification {
    // The act that concludes is decided by the scores; people ask for the conclusion.
    let act = |act: &stored::Act| if *act == stored::Act::Pass { "conclude" } else { act.as_str() };
    Identification {
        statement: detail.statement,
        documents: detail.papers.into_iter().map(paper).collect(),
        renews: detail.renews,
        publicity_from: detail.publicity_from,
        publicity_until: detail.row.publicity_until.clone(),
        valid_from: detail.valid_from,
        rectify_by: detail.row.rectify_by.clone(),
        may_contract: detail.may_contract,
        acts: detail.acts.iter().map(act).map(str::to_owned).collect(),
        score: detail.score.map(|score| decimal_text(score, 2)),
        experts: detail.experts.into_iter().map(expert).collect(),
        steps: detail.steps.into_iter().map(step).collect(),
        objections: detail.objections.into_iter().map(dispute).collect(),
        appeals: detail.appeals.into_iter().map(dispute).collect(),
        row: row(detail.row),
    }
}

//! The life of a project: which act leads from where to where, and whose act it is. What is not here cannot happen.

use serde::de::value::{Error as Unknown, StrDeserializer};
use serde::{Deserialize, Serialize};

/// Where a project stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Enrolled,
    Diagnosed,
    Filed,
    Delivering,
    Delivered,
    Accepted,
    Rejected,
    Publicity,
    Awarded,
    Paid,
    Reviewed,
    Withdrawn,
    ClawedBack,
}

impl State {
    pub const ALL: [Self; 13] = [
        Self::Enrolled,
        Self::Diagnosed,
        Self::Filed,
        Self::Delivering,
        Self::Delivered,
        Self::Accepted,
        Self::Rejected,
        Self::Publicity,
        Self::Awarded,
        Self::Paid,
        Self::Reviewed,
        Self::Withdrawn,
        Self::ClawedBack,
    ];

    /// The text on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Enrolled => "enrolled",
            Self::Diagnosed => "diagnosed",
            Self::Filed => "filed",
            Self::Delivering => "delivering",
            Self::Delivered => "delivered",
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
            Self::Publicity => "publicity",
            Self::Awarded => "awarded",
            Self::Paid => "paid",
            Self::Reviewed => "reviewed",
            Self::Withdrawn => "withdrawn",
            Self::ClawedBack => "clawed_back",
        }
    }

    /// None for another text.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::deserialize(StrDeserializer::<Unknown>::new(text)).ok()
    }
}

toolcrib_catalog::texts!(State);

/// Something that happens to a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    Enrol,
    /// An assessment by the firm itself, or on site; before or after.
    AssessSelfBefore,
    AssessOnsiteBefore,
    AssessSelfAfter,
    AssessOnsiteAfter,
    Diagnose,
    File,
    Start,
    Deliver,
    Invoice,
    Pay,
    /// The provider paid a line back.
    Refund,
    /// The same once an award was computed: it falls.
    RefundAccepted,
    Accept,
    Reject,
    Publish,
    Object,
    /// An objection is answered: the award stands, or it falls.
    Dismiss,
    Uphold,
    Award,
    /// A part of the award is paid that is not the last one.
    PayPart,
    PayLast,
    Review,
    ClawBack,
    Recover,
    Withdraw,
    /// The firm's standing with the credit authorities.
    MarkDishonest,
    ClearDishonest,
}

/// Who somebody is for a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Belongs to the firm's organisation.
    Firm,
    /// Belongs to one of the providers.
    Provider,
    Official,
    Assessor,
    Auditor,
    /// Signed in, and nothing of these.
    Public,
}

use Act as A;
use Side::{Assessor, Firm, Official, Provider, Public};
use State as S;

/// From where, by which act, to where, and whose act it is.
#[rustfmt::skip]
pub const TABLE: &[(&[State], Act, State, &[Side])] = &[
    (&[S::Enrolled],                              A::Diagnose,       S::Diagnosed,  &[Firm, Official]),
    (&[S::Diagnosed],                             A::File,           S::Filed,      &[Firm, Official]),
    (&[S::Filed],                                 A::Start,          S::Delivering, &[Firm, Provider, Official]),
    (&[S::Delivering, S::Rejected],               A::Deliver,        S::Delivered,  &[Firm, Provider, Official]),
    (&[S::Delivered],                             A::Accept,         S::Accepted,   &[Official]),
    (&[S::Delivered],                             A::Reject,         S::Rejected,   &[Official]),
    (&[S::Accepted],                              A::Publish,        S::Publicity,  &[Official]),
    (&[S::Publicity],                             A::Uphold,         S::Rejected,   &[Official]),
    (&[S::Accepted, S::Publicity],                A::RefundAccepted, S::Rejected,   &[Official]),
    (&[S::Publicity],                             A::Award,          S::Awarded,    &[Official]),
    (&[S::Awarded],                               A::PayLast,        S::Paid,       &[Official]),
    (&[S::Paid],                                  A::Review,         S::Reviewed,   &[Official]),
    (&[S::Awarded, S::Paid, S::Reviewed, S::ClawedBack], A::ClawBack, S::ClawedBack, &[Official]),
    (&[S::Enrolled, S::Diagnosed, S::Filed, S::Delivering, S::Delivered, S::Accepted, S::Rejected, S::Publicity],
                                                  A::Withdraw,       S::Withdrawn,  &[Firm, Official]),
];

/// Acts that leave a project where it is: in which states, and whose.
#[rustfmt::skip]
pub const BESIDE: &[(&[State], Act, &[Side])] = &[
    (&[S::Enrolled, S::Diagnosed],                             A::AssessSelfBefore,   &[Firm]),
    (&[S::Enrolled, S::Diagnosed],                             A::AssessOnsiteBefore, &[Assessor]),
    (&[S::Delivering, S::Delivered, S::Rejected],              A::AssessSelfAfter,    &[Firm]),
    (&[S::Delivering, S::Delivered, S::Rejected],              A::AssessOnsiteAfter,  &[Assessor]),
    (&[S::Filed, S::Delivering, S::Delivered, S::Rejected],    A::Invoice,            &[Firm, Official]),
    (&[S::Filed, S::Delivering, S::Delivered, S::Rejected],    A::Pay,                &[Firm, Official]),
    (&[S::Filed, S::Delivering, S::Delivered, S::Rejected, S::Awarded, S::Paid, S::Reviewed, S::ClawedBack],
                                                               A::Refund,             &[Official]),
    (&[S::Publicity],                                          A::Object,  &[Public, Firm, Provider, Assessor, Official]),
    (&[S::Publicity],                                          A::Dismiss,            &[Official]),
    (&[S::Awarded],                                            A::PayPart,            &[Official]),
    (&[S::ClawedBack],                                         A::Recover,            &[Official]),
    (&[S::Enrolled, S::Diagnosed, S::Filed, S::Delivering, S::Delivered, S::Rejected],
                                                               A::MarkDishonest,      &[Official]),
    (&[S::Enrolled, S::Diagnosed, S::Filed, S::Delivering, S::Delivered, S::Rejected],
                                                               A::ClearDishonest,     &[Official]),
];

/// Where an act leads; none when it cannot happen there.
pub fn next(from: State, act: Act) -> Option<State> {
    let moves = TABLE.iter().find(|(before, known, ..)| before.contains(&from) && *known == act);
    let stays = || BESIDE.iter().any(|(before, known, _)| before.contains(&from) && *known == act).then_some(from);
    moves.map(|(_, _, after, _)| *after).or_else(stays)
}

/// Whether an act is one of this side's. Enrolling is the firm's and the officials'.
pub fn may(side: Side, act: Act) -> bool {
    let whose = TABLE.iter().filter(|row| row.1 == act).map(|row| row.3);
    let beside = BESIDE.iter().filter(|row| row.1 == act).map(|row| row.2);
    whose.chain(beside).any(|sides| sides.contains(&side)) || act == Act::Enrol && matches!(side, Firm | Official)
}

impl Act {
    /// The text on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Enrol => "enrol",
            Self::AssessSelfBefore => "assess_self_before",
            Self::AssessOnsiteBefore => "assess_onsite_before",
            Self::AssessSelfAfter => "assess_self_after",
            Self::AssessOnsiteAfter => "assess_onsite_after",
            Self::Diagnose => "diagnose",
            Self::File => "file",
            Self::Start => "start",
            Self::Deliver => "deliver",
            Self::Invoice => "invoice",
            Self::Pay => "pay",
            Self::Refund => "refund",
            Self::RefundAccepted => "refund_accepted",
            Self::Accept => "accept",
            Self::Reject => "reject",
            Self::Publish => "publish",
            Self::Object => "object",
            Self::Dismiss => "dismiss",
            Self::Uphold => "uphold",
            Self::Award => "award",
            Self::PayPart => "pay_part",
            Self::PayLast => "pay_last",
            Self::Review => "review",
            Self::ClawBack => "claw_back",
            Self::Recover => "recover",
            Self::Withdraw => "withdraw",
            Self::MarkDishonest => "mark_dishonest",
            Self::ClearDishonest => "clear_dishonest",
        }
    }

    /// The same with its noun, as it stands in the audit.
    pub const fn line(self) -> &'static str {
        match self {
            Self::Enrol => "project.enrol",
            Self::AssessSelfBefore | Self::AssessOnsiteBefore | Self::AssessSelfAfter | Self::AssessOnsiteAfter => {
                "project.assess"
            }
            Self::Diagnose => "project.diagnose",
            Self::File => "project.file",
            Self::Start => "project.start",
            Self::Deliver => "project.deliver",
            Self::Invoice => "project.invoice",
            Self::Pay => "project.pay",
            Self::Refund | Self::RefundAccepted => "project.refund",
            Self::Accept => "project.accept",
            Self::Reject => "project.reject",
            Self::Publish => "project.publish",
            Self::Object => "project.object",
            Self::Dismiss | Self::Uphold => "project.answer",
            Self::Award => "project.award",
            Self::PayPart | Self::PayLast => "project.tranche",
            Self::Review => "project.review",
            Self::ClawBack => "project.claw-back",
            Self::Recover => "project.recover",
            Self::Withdraw => "project.withdraw",
            Self::MarkDishonest | Self::ClearDishonest => "project.credit",
        }
    }

    /// None for another text.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::deserialize(StrDeserializer::<Unknown>::new(text)).ok()
    }
}

toolcrib_catalog::texts!(Act);

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_state_can_be_reached_and_only_ends_are_ends() {
        let mut reached = BTreeSet::from([S::Enrolled]);
        for _ in S::ALL {
            let more: Vec<_> = TABLE.iter().filter(|row| row.0.iter().any(|state| reached.contains(state))).collect();
            reached.extend(more.iter().map(|row| row.2));
        }
        assert_eq!(reached, S::ALL.into());
        let ends = S::ALL.into_iter().filter(|state| !TABLE.iter().any(|row| row.0.contains(state) && row.2 != *state));
        assert_eq!(ends.collect::<Vec<_>>(), [S::Withdrawn, S::ClawedBack]);
    }

    #[test]
    fn nothing_happens_to_a_withdrawn_project() {
        let acts = TABLE.iter().map(|row| row.1).chain(BESIDE.iter().map(|row| row.1));
        assert_eq!(acts.filter(|act| next(S::Withdrawn, *act).is_some()).count(), 0);
    }

    #[test]
    fn money_comes_only_after_acceptance_and_publicity() {
        for state in S::ALL {
            assert_eq!(next(state, A::Award).is_some(), state == S::Publicity);
            assert_eq!(next(state, A::PayLast).is_some(), state == S::Awarded);
            assert_eq!(next(state, A::Publish).is_some(), state == S::Accepted);
            assert_eq!(next(state, A::Accept).is_some(), state == S::Delivered);
        }
        assert!(may(Official, A::Award) && !may(Firm, A::Award) && !may(Assessor, A::Accept));
        assert!(may(Assessor, A::AssessOnsiteAfter) && !may(Provider, A::AssessOnsiteAfter));
    }

    #[test]
    fn one_act_leads_from_one_state_to_one_state() {
        let mut seen = BTreeSet::new();
        let rows = TABLE.iter().map(|row| (row.0, row.1)).chain(BESIDE.iter().map(|row| (row.0, row.1)));
        for (before, act) in rows {
            before.iter().for_each(|state| assert!(seen.insert((*state, act)), "{state:?} {act:?}"));
        }
    }
}

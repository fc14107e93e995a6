//! The life of a submission: which act leads from where to where, and who may do it. Every step is kept for ever.

use crate::catalog::Catalog;
use crate::change::Change;
use crate::error::CatalogError;
use crate::ids::SubmissionId;
use crate::state::State;
use toolcrib_contract::types::Instant;

/// Something that happens to a submission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Act {
    /// Kept for its provider alone.
    Keep,
    /// Handed in to be checked.
    Submit,
    /// Another build of the same version takes a draft's place.
    Replace,
    /// Given up by its provider.
    Discard,
    /// A draft that nobody handed in in time.
    Expire,
    /// The checks begin.
    Take,
    /// The checks found no error.
    Pass,
    /// The checks found errors.
    Fail,
    /// The first of two approvals.
    Endorse,
    /// The approval that counts.
    Approve,
    RequestChanges,
    Reject,
}

crate::texts!(Act {
    Keep = "keep",
    Submit = "submit",
    Replace = "replace",
    Discard = "discard",
    Expire = "expire",
    Take = "take",
    Pass = "pass",
    Fail = "fail",
    Endorse = "endorse",
    Approve = "approve",
    RequestChanges = "request_changes",
    Reject = "reject",
});

/// Whose act it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// People of the module's provider.
    Provider,
    /// Administrators and reviewers of the marketplace.
    Marketplace,
    /// The registry's checker.
    Checker,
    /// Time.
    Clock,
}

impl Act {
    pub const ALL: [Self; 12] = [
        Self::Keep,
        Self::Submit,
        Self::Replace,
        Self::Discard,
        Self::Expire,
        Self::Take,
        Self::Pass,
        Self::Fail,
        Self::Endorse,
        Self::Approve,
        Self::RequestChanges,
        Self::Reject,
    ];

    /// The text on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Submit => "submit",
            Self::Replace => "replace",
            Self::Discard => "discard",
            Self::Expire => "expire",
            Self::Take => "take",
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Endorse => "endorse",
            Self::Approve => "approve",
            Self::RequestChanges => "request_changes",
            Self::Reject => "reject",
        }
    }

    /// Whether it is a reviewer's decision.
    pub fn is_decision(self) -> bool {
        matches!(self, Self::Endorse | Self::Approve | Self::RequestChanges | Self::Reject)
    }
}

/// The whole life: from where, by which act, to where, and whose act it is. What is not here cannot happen.
#[rustfmt::skip]
pub const TABLE: &[(Option<State>, Act, State, Whose)] = &[
    (None,                   Act::Keep,           State::Draft,            Whose::Provider),
    (None,                   Act::Submit,         State::Submitted,        Whose::Provider),
    (Some(State::Draft),     Act::Submit,         State::Submitted,        Whose::Provider),
    (Some(State::Draft),     Act::Replace,        State::Discarded,        Whose::Provider),
    (Some(State::Draft),     Act::Discard,        State::Discarded,        Whose::Provider),
    (Some(State::Draft),     Act::Expire,         State::Discarded,        Whose::Clock),
    (Some(State::Submitted), Act::Take,           State::Checking,         Whose::Checker),
    (Some(State::Checking),  Act::Pass,           State::Review,           Whose::Checker),
    (Some(State::Checking),  Act::Fail,           State::Failed,           Whose::Checker),
    (Some(State::Review),    Act::Endorse,        State::Review,           Whose::Marketplace),
    (Some(State::Review),    Act::Approve,        State::Approved,         Whose::Marketplace),
    (Some(State::Review),    Act::RequestChanges, State::ChangesRequested, Whose::Marketplace),
    (Some(State::Review),    Act::Reject,         State::Rejected,         Whose::Marketplace),
];

/// Where an act leads; none when it cannot happen there.
pub fn next(from: Option<State>, act: Act) -> Option<State> {
    TABLE.iter().find(|(before, known, ..)| *before == from && *known == act).map(|(_, _, after, _)| *after)
}

/// A step that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transition {
    pub at: Instant,
    /// Name of the person, or of the part of the server.
    pub by: String,
    pub act: Act,
    pub before: Option<State>,
    pub after: State,
    pub reason: String,
}

type Row = (i64, String, Act, Option<State>, State, String);

impl Change {
    /// Takes a step and writes it down. The caller's update of the row follows from the returned state.
    ///
    /// # Errors
    /// [`CatalogError::WrongState`] when the table does not have it.
    pub(crate) async fn step(
        &mut self,
        id: &SubmissionId,
        from: Option<State>,
        act: Act,
        actor: &str,
        reason: &str,
    ) -> Result<State, CatalogError> {
        let after = next(from, act).ok_or_else(|| {
            let from = from.map_or("nothing", State::as_str);
            CatalogError::WrongState(format!("a submission in `{from}` does not take `{}`", act.as_str()))
        })?;
        let now = self.now.0;
        sqlx::query(
            "INSERT INTO transition (submission, at_us, actor, act, before, after, reason)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(id)
        .bind(now)
        .bind(actor)
        .bind(act)
        .bind(from)
        .bind(after)
        .bind(reason)
        .execute(self.connection())
        .await?;
        Ok(after)
    }
}

impl Catalog {
    /// The steps of a submission, oldest first.
    pub(crate) async fn transitions(&self, id: &SubmissionId) -> Result<Vec<Transition>, CatalogError> {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT t.at_us, coalesce(p.name, t.actor), t.act, t.before, t.after, t.reason FROM transition t
                 LEFT JOIN person p ON p.id = t.actor WHERE t.submission = $1 ORDER BY t.number",
        )
        .bind(id)
        .fetch_all(&self.readers)
        .await?;
        let read =
            |(at, by, act, before, after, reason)| Transition { at: Instant(at), by, act, before, after, reason };
        Ok(rows.into_iter().map(read).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn places() -> impl Iterator<Item = Option<State>> {
        std::iter::once(None).chain(State::ALL.map(Some))
    }

    #[test]
    fn every_pair_of_state_and_act_is_in_the_table_once_or_refused() {
        let (mut allowed, mut refused) = (0, 0);
        for from in places() {
            for act in Act::ALL {
                let rows: Vec<_> = TABLE.iter().filter(|row| (row.0, row.1) == (from, act)).collect();
                assert!(rows.len() <= 1, "{from:?} {act:?} leads to two places");
                assert_eq!(next(from, act), rows.first().map(|row| row.2));
                if rows.is_empty() { refused += 1 } else { allowed += 1 }
            }
        }
        assert_eq!((allowed, allowed + refused), (TABLE.len(), 10 * Act::ALL.len()));
    }

    #[test]
    fn what_is_decided_for_ever_never_moves_again_and_everything_else_can() {
        for from in State::ALL {
            let moves = Act::ALL.iter().any(|act| next(Some(from), *act).is_some());
            let open = matches!(from, State::Draft | State::Submitted | State::Checking | State::Review);
            assert_eq!(moves, open, "{from:?}");
        }
    }

    #[test]
    fn every_state_is_reached_and_only_through_review_is_anything_approved() {
        let mut reached = BTreeSet::new();
        let mut waiting = vec![None];
        while let Some(from) = waiting.pop() {
            for act in Act::ALL {
                if let Some(after) = next(from, act).filter(|after| reached.insert(after.as_str())) {
                    waiting.push(Some(after));
                }
            }
        }
        assert_eq!(reached.len(), State::ALL.len());
        for (before, act, after, side) in TABLE {
            if *after == State::Approved {
                assert_eq!((*before, *act, *side), (Some(State::Review), Act::Approve, Whose::Marketplace));
            }
            assert_eq!(act.is_decision(), *side == Whose::Marketplace, "only the marketplace decides");
        }
    }
}

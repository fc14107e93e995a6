//! The standing of a provider in a city: which act leads from where to where, whose act it is, and what each state lets a
//! provider do. Every step is kept for ever.

/// Where an identification stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    Applied,
    /// Experts score it.
    Reviewing,
    /// The experts found it good enough.
    Reviewed,
    /// Everybody may object.
    Publicity,
    Active,
    Warned,
    /// Something must be put right by a day.
    Rectifying,
    /// The provider says that it is put right.
    Reported,
    Suspended,
    Delisted,
    Refused,
    Withdrawn,
    Expired,
    /// A renewal took its place.
    Superseded,
}

toolcrib_catalog::texts!(State);

/// Something that happens to an identification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Act {
    Apply,
    Withdraw,
    /// Experts are named, or named anew.
    Review,
    Score,
    /// The experts' mean reaches the mark.
    Pass,
    /// It does not.
    Fail,
    Refuse,
    Publicise,
    Publish,
    /// Stars are given.
    Rate,
    Warn,
    /// Something must be put right by a day.
    Demand,
    Report,
    /// Nothing was reported by that day.
    Lapse,
    /// In good standing again.
    Restore,
    Suspend,
    Delist,
    /// An appeal was right: in good standing again.
    Reinstate,
    /// An appeal against a refusal was right: it is looked at again.
    Reopen,
    Expire,
    /// Its renewal is published.
    Supersede,
}

toolcrib_catalog::texts!(Act);

/// Whose act it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Owners of the provider.
    Provider,
    /// Officials of the city.
    City,
    /// Experts that the city named.
    Expert,
    /// Time.
    Clock,
}

macro_rules! texts {
    ($name:ident: $($variant:ident = $text:literal),+ $(,)?) => {
        impl $name {
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The text on the wire and in the database.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// None for another text.
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.as_str() == text)
            }
        }
    };
}
texts!(State: Applied = "applied", Reviewing = "reviewing", Reviewed = "reviewed", Publicity = "publicity",
    Active = "active", Warned = "warned", Rectifying = "rectifying", Reported = "reported", Suspended = "suspended",
    Delisted = "delisted", Refused = "refused", Withdrawn = "withdrawn", Expired = "expired", Superseded = "superseded");
texts!(Act: Apply = "apply", Withdraw = "withdraw", Review = "review", Score = "score", Pass = "pass", Fail = "fail",
    Refuse = "refuse", Publicise = "publicise", Publish = "publish", Rate = "rate", Warn = "warn", Demand = "demand",
    Report = "report", Lapse = "lapse", Restore = "restore", Suspend = "suspend", Delist = "delist",
    Reinstate = "reinstate", Reopen = "reopen", Expire = "expire", Supersede = "supersede");

/// The whole life: from where, by which act, to where, and whose act it is. What is not here cannot happen.
#[rustfmt::skip]
pub const TABLE: &[(Option<State>, Act, State, Whose)] = &[
    (None,                    Act::Apply,     State::Applied,    Whose::Provider),
    (Some(State::Applied),    Act::Withdraw,  State::Withdrawn,  Whose::Provider),
    (Some(State::Applied),    Act::Review,    State::Reviewing,  Whose::City),
    (Some(State::Applied),    Act::Refuse,    State::Refused,    Whose::City),
    (Some(State::Reviewing),  Act::Withdraw,  State::Withdrawn,  Whose::Provider),
    (Some(State::Reviewing),  Act::Review,    State::Reviewing,  Whose::City),
    (Some(State::Reviewing),  Act::Score,     State::Reviewing,  Whose::Expert),
    (Some(State::Reviewing),  Act::Pass,      State::Reviewed,   Whose::City),
    (Some(State::Reviewing),  Act::Fail,      State::Refused,    Whose::City),
    (Some(State::Reviewed),   Act::Withdraw,  State::Withdrawn,  Whose::Provider),
    (Some(State::Reviewed),   Act::Publicise, State::Publicity,  Whose::City),
    (Some(State::Reviewed),   Act::Refuse,    State::Refused,    Whose::City),
    (Some(State::Publicity),  Act::Withdraw,  State::Withdrawn,  Whose::Provider),
    (Some(State::Publicity),  Act::Publish,   State::Active,     Whose::City),
    (Some(State::Publicity),  Act::Refuse,    State::Refused,    Whose::City),
    (Some(State::Refused),    Act::Reopen,    State::Applied,    Whose::City),
    (Some(State::Active),     Act::Rate,      State::Active,     Whose::City),
    (Some(State::Active),     Act::Warn,      State::Warned,     Whose::City),
    (Some(State::Active),     Act::Demand,    State::Rectifying, Whose::City),
    (Some(State::Active),     Act::Suspend,   State::Suspended,  Whose::City),
    (Some(State::Active),     Act::Delist,    State::Delisted,   Whose::City),
    (Some(State::Active),     Act::Expire,    State::Expired,    Whose::Clock),
    (Some(State::Active),     Act::Supersede, State::Superseded, Whose::City),
    (Some(State::Warned),     Act::Rate,      State::Warned,     Whose::City),
    (Some(State::Warned),     Act::Demand,    State::Rectifying, Whose::City),
    (Some(State::Warned),     Act::Restore,   State::Active,     Whose::City),
    (Some(State::Warned),     Act::Suspend,   State::Suspended,  Whose::City),
    (Some(State::Warned),     Act::Delist,    State::Delisted,   Whose::City),
    (Some(State::Warned),     Act::Reinstate, State::Active,     Whose::City),
    (Some(State::Warned),     Act::Expire,    State::Expired,    Whose::Clock),
    (Some(State::Warned),     Act::Supersede, State::Superseded, Whose::City),
    (Some(State::Rectifying), Act::Report,    State::Reported,   Whose::Provider),
    (Some(State::Rectifying), Act::Lapse,     State::Suspended,  Whose::Clock),
    (Some(State::Rectifying), Act::Suspend,   State::Suspended,  Whose::City),
    (Some(State::Rectifying), Act::Delist,    State::Delisted,   Whose::City),
    (Some(State::Rectifying), Act::Reinstate, State::Active,     Whose::City),
    (Some(State::Rectifying), Act::Expire,    State::Expired,    Whose::Clock),
    (Some(State::Reported),   Act::Demand,    State::Rectifying, Whose::City),
    (Some(State::Reported),   Act::Restore,   State::Active,     Whose::City),
    (Some(State::Reported),   Act::Suspend,   State::Suspended,  Whose::City),
    (Some(State::Reported),   Act::Delist,    State::Delisted,   Whose::City),
    (Some(State::Reported),   Act::Reinstate, State::Active,     Whose::City),
    (Some(State::Reported),   Act::Expire,    State::Expired,    Whose::Clock),
    (Some(State::Suspended),  Act::Restore,   State::Active,     Whose::City),
    (Some(State::Suspended),  Act::Delist,    State::Delisted,   Whose::City),
    (Some(State::Suspended),  Act::Reinstate, State::Active,     Whose::City),
    (Some(State::Suspended),  Act::Expire,    State::Expired,    Whose::Clock),
    (Some(State::Delisted),   Act::Reinstate, State::Active,     Whose::City),
    (Some(State::Expired),    Act::Supersede, State::Superseded, Whose::City),
];

/// Where an act leads and whose it is; none when it cannot happen there.
pub fn next(from: Option<State>, act: Act) -> Option<(State, Whose)> {
    TABLE.iter().find(|row| (row.0, row.1) == (from, act)).map(|row| (row.2, row.3))
}

impl State {
    /// Its way to the list is not decided yet.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Applied | Self::Reviewing | Self::Reviewed | Self::Publicity)
    }

    /// On the city's list, in whatever standing. What it signed before, it goes on with.
    pub fn is_listed(self) -> bool {
        matches!(self, Self::Active | Self::Warned | Self::Rectifying | Self::Reported | Self::Suspended)
    }

    /// New offers and contracts under a programme: a warning does not forbid them, anything stronger does.
    pub fn may_contract(self) -> bool {
        matches!(self, Self::Active | Self::Warned)
    }

    /// It may be renewed: nothing is held against it.
    pub fn may_renew(self) -> bool {
        matches!(self, Self::Active | Self::Warned | Self::Expired)
    }

    /// Seen by everybody: the list itself, and who is about to be on it.
    pub fn is_public(self) -> bool {
        self.is_listed() || self == Self::Publicity
    }
}

impl Act {
    /// A provider may appeal against it.
    pub fn is_appealable(self) -> bool {
        matches!(
            self,
            Self::Fail | Self::Refuse | Self::Warn | Self::Demand | Self::Suspend | Self::Lapse | Self::Delist
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn places() -> impl Iterator<Item = Option<State>> {
        std::iter::once(None).chain(State::ALL.iter().copied().map(Some))
    }

    #[test]
    fn every_pair_of_state_and_act_is_in_the_table_once_or_refused() {
        let mut allowed = 0;
        for from in places() {
            for act in Act::ALL {
                let rows: Vec<_> = TABLE.iter().filter(|row| (row.0, row.1) == (from, *act)).collect();
                assert!(rows.len() <= 1, "{from:?} {act:?} leads to two places");
                assert_eq!(next(from, *act), rows.first().map(|row| (row.2, row.3)));
                allowed += rows.len();
            }
        }
        assert_eq!(allowed, TABLE.len());
    }

    #[test]
    fn every_state_is_reached_and_only_through_review_and_publicity_is_anybody_listed() {
        let (mut reached, mut waiting) = (BTreeSet::new(), vec![None]);
        while let Some(from) = waiting.pop() {
            for act in Act::ALL {
                if let Some((after, _)) = next(from, *act).filter(|(after, _)| reached.insert(*after)) {
                    waiting.push(Some(after));
                }
            }
        }
        assert_eq!(reached.len(), State::ALL.len());
        for (before, act, after, _) in TABLE {
            if after.is_listed() && !before.is_some_and(State::is_listed) {
                let usual = (*before, *act) == (Some(State::Publicity), Act::Publish);
                let appeal = (*before, *act) == (Some(State::Delisted), Act::Reinstate);
                assert!(usual || appeal, "{before:?} {act:?}");
            }
            if *after == State::Publicity {
                assert_eq!(*before, Some(State::Reviewed));
            }
        }
    }

    #[test]
    fn what_is_over_stays_over_but_for_appeals_and_renewals() {
        for state in [State::Withdrawn, State::Superseded] {
            assert!(Act::ALL.iter().all(|act| next(Some(state), *act).is_none()), "{state:?}");
        }
        for (state, only) in
            [(State::Delisted, Act::Reinstate), (State::Refused, Act::Reopen), (State::Expired, Act::Supersede)]
        {
            let acts: Vec<_> = Act::ALL.iter().copied().filter(|act| next(Some(state), *act).is_some()).collect();
            assert_eq!(acts, [only]);
        }
    }

    #[test]
    fn nobody_listed_escapes_the_calendar_and_every_mark_can_be_appealed_against() {
        for state in State::ALL.iter().copied().filter(|state| state.is_listed()) {
            assert!(next(Some(state), Act::Expire).is_some(), "{state:?}");
            assert!(next(Some(state), Act::Delist).is_some(), "{state:?}");
            assert!(!state.may_contract() || state.may_renew());
        }
        for (before, act, after, _) in TABLE {
            let worse = before.is_none_or(|before| before.is_listed() || before.is_open())
                && matches!(
                    after,
                    State::Refused | State::Warned | State::Rectifying | State::Suspended | State::Delisted
                )
                && *before != Some(*after);
            assert_eq!(worse, act.is_appealable(), "{before:?} {act:?}");
            let helped = next(Some(*after), Act::Reinstate).or(next(Some(*after), Act::Reopen));
            assert!(!worse || helped.is_some(), "{act:?}");
        }
    }

    #[test]
    fn texts_are_read_back() {
        assert!(State::ALL.iter().all(|state| State::parse(state.as_str()) == Some(*state)));
        assert!(Act::ALL.iter().all(|act| Act::parse(act.as_str()) == Some(*act)));
        assert_eq!((State::parse("Active"), Act::parse("")), (None, None));
    }
}

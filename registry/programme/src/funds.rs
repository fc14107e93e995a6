//! How a programme's money stands, and every move that it can make. Pure: a move is checked against what is there and
//! becomes a [`Booking`], whose postings add up to nought; applying it changes all figures at once.
//!
//! Money goes granted → committed → accepted → paid → clawed back. What comes back from a firm is available again, and is
//! owed to firms: services cannot have it. So the share of firms in what was drawn never falls.

use crate::money::{BASIS, BasisPoints, Fen};
use crate::refusal::{ProgrammeError, Result};
use serde::de::value::{Error as Unknown, StrDeserializer};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use toolcrib_contract::problem::{RULE_BUDGET, RULE_CLAW_BACK, RULE_SHARE, RULE_STEP};

/// An account of a programme's ledger. Debits are above nought.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Account {
    /// Where the budget comes from: below nought by it.
    Source,
    Available,
    /// Reserved by filed projects.
    Committed,
    /// Awarded and not paid yet.
    Accepted,
    Paid,
    /// Demanded back and not returned yet.
    ClawedBack,
    /// For public services, chains and platforms: awarded, and paid.
    ServiceAccepted,
    ServicePaid,
    /// Of services: demanded back and not returned yet.
    ServiceClawedBack,
}

impl Account {
    pub const ALL: [Self; 9] = [
        Self::Source,
        Self::Available,
        Self::Committed,
        Self::Accepted,
        Self::Paid,
        Self::ClawedBack,
        Self::ServiceAccepted,
        Self::ServicePaid,
        Self::ServiceClawedBack,
    ];

    /// The text on the wire, in the database and in journals.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Available => "available",
            Self::Committed => "committed",
            Self::Accepted => "accepted",
            Self::Paid => "paid",
            Self::ClawedBack => "clawed_back",
            Self::ServiceAccepted => "service_accepted",
            Self::ServicePaid => "service_paid",
            Self::ServiceClawedBack => "service_clawed_back",
        }
    }

    /// None for another text.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::deserialize(StrDeserializer::<Unknown>::new(text)).ok()
    }
}

toolcrib_catalog::texts!(Account);

/// Something with a cap besides the budget.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PotKey {
    /// A batch of the programme.
    Batch(u32),
    /// A provider, by the id of its organisation.
    Provider(String),
}

/// How much of a cap is used: committed, accepted, paid and not returned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pot {
    pub cap: Fen,
    pub used: Fen,
}

/// How a programme's money stands. Pots are those that matter for the move at hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Funds {
    pub budget: Fen,
    pub min_sme_share: BasisPoints,
    balances: [i64; Account::ALL.len()],
    /// The most that firms have had at once: paid and not returned.
    pub drawn_max: Fen,
    pub pots: BTreeMap<PotKey, Pot>,
}

/// A move that was found possible.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Booking {
    /// They add up to nought.
    pub postings: Vec<(Account, i64)>,
    /// What the caps' uses change by.
    pub pots: Vec<(PotKey, i64)>,
}

impl Booking {
    fn new(postings: &[(Account, i64)], pots: &[PotKey], by: i64) -> Self {
        let postings: Vec<_> = postings.iter().filter(|(_, amount)| *amount != 0).copied().collect();
        debug_assert_eq!(postings.iter().map(|(_, amount)| amount).sum::<i64>(), 0, "an entry adds up to nought");
        let pots = pots.iter().filter(|_| by != 0).map(|pot| (pot.clone(), by)).collect();
        Self { postings, pots }
    }

    /// Whether it moves nothing.
    pub fn is_empty(&self) -> bool {
        self.postings.is_empty()
    }
}

fn no_budget(detail: String) -> ProgrammeError {
    ProgrammeError::refused(RULE_BUDGET, detail)
}

impl Funds {
    /// Funds before anything happened, not even the grant.
    pub fn new(budget: Fen, min_sme_share: BasisPoints) -> Self {
        Self { budget, min_sme_share, balances: [0; Account::ALL.len()], drawn_max: Fen::ZERO, pots: BTreeMap::new() }
    }

    /// Funds as they were kept.
    pub fn kept(
        budget: Fen,
        min_sme_share: BasisPoints,
        drawn_max: Fen,
        balances: impl IntoIterator<Item = (Account, i64)>,
    ) -> Self {
        let mut funds = Self { drawn_max, ..Self::new(budget, min_sme_share) };
        for (account, balance) in balances {
            funds.balances[account as usize] = balance;
        }
        funds
    }

    /// May be below nought for [`Account::Source`] only.
    pub fn balance(&self, account: Account) -> i64 {
        self.balances[account as usize]
    }

    fn fen(&self, account: Account) -> Fen {
        Fen::new(self.balance(account)).unwrap_or_default()
    }

    /// The first entry: the city has the budget.
    pub fn grant(&self) -> Booking {
        Booking::new(&[(Account::Source, -self.budget.get()), (Account::Available, self.budget.get())], &[], 0)
    }

    /// What a claim that already holds `own` may come to: the least that budget and its caps leave.
    pub fn remaining(&self, pots: &[PotKey], own: Fen) -> Fen {
        let free = |pot: &PotKey| self.pots.get(pot).map_or(Fen::ZERO, |pot| pot.cap.saturating_sub(pot.used));
        let least = pots.iter().map(free).fold(self.fen(Account::Available), Fen::min);
        least.checked_add(own).unwrap_or(Fen::MAX)
    }

    /// Which cap leaves nothing, in words.
    fn used_up(&self, pots: &[PotKey]) -> String {
        let full = |pot: &&PotKey| self.pots.get(pot).is_none_or(|pot| pot.used >= pot.cap);
        match pots.iter().find(full) {
            Some(PotKey::Batch(batch)) => format!("the budget of batch {batch} is used up"),
            Some(PotKey::Provider(_)) => "the provider's cap is used up".to_owned(),
            None => "the programme's budget is used up".to_owned(),
        }
    }

    /// A filing reserves what it can come to, or what is left.
    ///
    /// # Errors
    /// Nothing is left.
    pub fn commit(&self, pots: &[PotKey], wanted: Fen) -> Result<(Fen, Booking)> {
        let amount = wanted.min(self.remaining(pots, Fen::ZERO));
        if amount == Fen::ZERO {
            return Err(no_budget(self.used_up(pots)));
        }
        let x = amount.get();
        Ok((amount, Booking::new(&[(Account::Available, -x), (Account::Committed, x)], pots, x)))
    }

    /// What was reserved becomes an award, at most [`Funds::remaining`]; the rest is available again.
    ///
    /// # Errors
    /// Nothing is left, or more is asked for than is left.
    pub fn accept(&self, pots: &[PotKey], committed: Fen, amount: Fen) -> Result<Booking> {
        if amount == Fen::ZERO || amount > self.remaining(pots, committed) {
            return Err(no_budget(self.used_up(pots)));
        }
        let (own, x) = (committed.get(), amount.get());
        let postings = [(Account::Committed, -own), (Account::Accepted, x), (Account::Available, own - x)];
        Ok(Booking::new(&postings, pots, x - own))
    }

    /// What was reserved or awarded, and is not paid, is available again.
    pub fn release(&self, pots: &[PotKey], committed: Fen, accepted: Fen) -> Booking {
        let (own, x) = (committed.get(), accepted.get());
        let postings = [(Account::Committed, -own), (Account::Accepted, -x), (Account::Available, own + x)];
        Booking::new(&postings, pots, -(own + x))
    }

    /// A part of an award is paid.
    ///
    /// # Errors
    /// It was not awarded.
    pub fn pay(&self, amount: Fen) -> Result<Booking> {
        if amount > self.fen(Account::Accepted) {
            return Err(ProgrammeError::refused(RULE_STEP, "so much was not awarded"));
        }
        let x = amount.get();
        Ok(Booking::new(&[(Account::Accepted, -x), (Account::Paid, x)], &[], 0))
    }

    /// What was paid is demanded back; `unpaid`, the rest of the award, is available again.
    ///
    /// # Errors
    /// More than was paid.
    pub fn claw_back(&self, pots: &[PotKey], amount: Fen, unpaid: Fen) -> Result<Booking> {
        if amount == Fen::ZERO || amount > self.fen(Account::Paid) {
            return Err(ProgrammeError::refused(RULE_CLAW_BACK, "so much was not paid"));
        }
        let (x, rest) = (amount.get(), unpaid.get());
        let postings =
            [(Account::Paid, -x), (Account::ClawedBack, x), (Account::Accepted, -rest), (Account::Available, rest)];
        Ok(Booking::new(&postings, pots, -rest))
    }

    /// What was demanded back has come.
    ///
    /// # Errors
    /// It was not demanded.
    pub fn recover(&self, pots: &[PotKey], amount: Fen) -> Result<Booking> {
        if amount > self.fen(Account::ClawedBack) {
            return Err(ProgrammeError::refused(RULE_CLAW_BACK, "so much was not demanded back"));
        }
        let x = amount.get();
        Ok(Booking::new(&[(Account::ClawedBack, -x), (Account::Available, x)], pots, -x))
    }

    /// What firms have now: paid, and not returned.
    fn drawn_by_firms(&self) -> Fen {
        self.fen(Account::Paid).checked_add(self.fen(Account::ClawedBack)).unwrap_or(Fen::MAX)
    }

    /// What came back from firms and is neither reserved nor awarded to others yet: theirs, and nobody else's.
    fn owed_to_firms(&self) -> Fen {
        let owed = self.drawn_max.saturating_sub(self.drawn_by_firms());
        owed.saturating_sub(self.fen(Account::Committed)).saturating_sub(self.fen(Account::Accepted))
    }

    /// A public service, a chain or a platform is awarded money.
    ///
    /// # Errors
    /// More than the share that is not the firms', or than is left.
    pub fn award_service(&self, amount: Fen) -> Result<Booking> {
        let of_budget = self.budget.saturating_sub(self.min_sme_share.of(self.budget));
        let so_far = Fen::sum([self.fen(Account::ServiceAccepted), self.drawn_by_services()]).unwrap_or(Fen::MAX);
        if amount > of_budget.saturating_sub(so_far) {
            let left = of_budget.saturating_sub(so_far);
            let detail = format!("services have at most {of_budget} yuan of the budget; {left} are left");
            return Err(ProgrammeError::refused(RULE_SHARE, detail));
        }
        if amount == Fen::ZERO || amount > self.fen(Account::Available).saturating_sub(self.owed_to_firms()) {
            return Err(no_budget("the programme's budget is used up, or owed to firms".to_owned()));
        }
        let x = amount.get();
        Ok(Booking::new(&[(Account::Available, -x), (Account::ServiceAccepted, x)], &[], 0))
    }

    /// An award to a service is paid, once enough was paid to firms.
    ///
    /// # Errors
    /// The firms' share of what is drawn would fall below the programme's; it was not awarded.
    pub fn pay_service(&self, amount: Fen) -> Result<Booking> {
        if amount > self.fen(Account::ServiceAccepted) {
            return Err(ProgrammeError::refused(RULE_STEP, "so much was not awarded"));
        }
        let services = self.drawn_by_services().get() + amount.get();
        if !self.holds_share(services) {
            let share = self.min_sme_share;
            let detail = format!("at least {share} of what is drawn goes to firms; {} yuan did so far", self.drawn_max);
            return Err(ProgrammeError::refused(RULE_SHARE, detail));
        }
        let x = amount.get();
        Ok(Booking::new(&[(Account::ServiceAccepted, -x), (Account::ServicePaid, x)], &[], 0))
    }

    /// What a service was paid is demanded back.
    ///
    /// # Errors
    /// More than services were paid.
    pub fn claw_back_service(&self, amount: Fen) -> Result<Booking> {
        if amount == Fen::ZERO || amount > self.fen(Account::ServicePaid) {
            return Err(ProgrammeError::refused(RULE_CLAW_BACK, "so much was not paid"));
        }
        let x = amount.get();
        Ok(Booking::new(&[(Account::ServicePaid, -x), (Account::ServiceClawedBack, x)], &[], 0))
    }

    /// What was demanded back from a service has come: it is available again.
    ///
    /// # Errors
    /// It was not demanded.
    pub fn recover_service(&self, amount: Fen) -> Result<Booking> {
        if amount > self.fen(Account::ServiceClawedBack) {
            return Err(ProgrammeError::refused(RULE_CLAW_BACK, "so much was not demanded back"));
        }
        let x = amount.get();
        Ok(Booking::new(&[(Account::ServiceClawedBack, -x), (Account::Available, x)], &[], 0))
    }

    /// What services have now: paid, and not returned.
    fn drawn_by_services(&self) -> Fen {
        self.fen(Account::ServicePaid).checked_add(self.fen(Account::ServiceClawedBack)).unwrap_or(Fen::MAX)
    }

    /// Whether firms have their share when services were paid so much.
    fn holds_share(&self, services: i64) -> bool {
        let (firms, services) = (i128::from(self.drawn_max.get()), i128::from(services));
        firms * i128::from(BASIS) >= (firms + services) * i128::from(self.min_sme_share.get())
    }

    /// The firms' part of what was drawn, rounded down; none before anything was.
    pub fn sme_share(&self) -> Option<BasisPoints> {
        let firms = i128::from(self.drawn_max.get());
        let all = firms + i128::from(self.drawn_by_services().get());
        let points = (firms * i128::from(BASIS)).checked_div(all)?;
        u32::try_from(points).ok().and_then(BasisPoints::new)
    }

    /// Makes the move.
    ///
    /// # Panics
    /// Never for a booking that these funds made: what it takes is there.
    pub fn apply(&mut self, booking: &Booking) {
        for (account, amount) in &booking.postings {
            self.balances[*account as usize] += amount;
        }
        for (key, by) in &booking.pots {
            if let Some(pot) = self.pots.get_mut(key) {
                pot.used = Fen::new(pot.used.get() + by).expect("a pot gives back what it gave at most");
            }
        }
        self.drawn_max = self.drawn_max.max(self.drawn_by_firms());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn funds(budget: u32) -> Funds {
        let mut funds = Funds::new(Fen::yuan(budget), BasisPoints::percent(80).unwrap());
        funds.apply(&funds.grant());
        funds.pots.insert(PotKey::Batch(1), Pot { cap: Fen::yuan(budget), used: Fen::ZERO });
        funds
    }

    const BATCH: &[PotKey] = &[PotKey::Batch(1)];

    fn paid(funds: &mut Funds, yuan: u32) {
        let (own, commit) = funds.commit(BATCH, Fen::yuan(yuan)).unwrap();
        funds.apply(&commit);
        funds.apply(&funds.accept(BATCH, own, Fen::yuan(yuan)).unwrap());
        funds.apply(&funds.pay(Fen::yuan(yuan)).unwrap());
    }

    #[test]
    fn a_filing_reserves_what_is_left_and_not_more() {
        let mut funds = funds(100);
        let (first, commit) = funds.commit(BATCH, Fen::yuan(70)).unwrap();
        funds.apply(&commit);
        let (second, commit) = funds.commit(BATCH, Fen::yuan(70)).unwrap();
        funds.apply(&commit);
        assert_eq!((first, second), (Fen::yuan(70), Fen::yuan(30)));
        assert_eq!(funds.commit(BATCH, Fen::yuan(1)).unwrap_err().rule(), Some("rule-14-budget"));
        // The first one's award is smaller than what it reserved: the rest is there for the second one.
        funds.apply(&funds.accept(BATCH, first, Fen::yuan(50)).unwrap());
        assert_eq!(funds.remaining(BATCH, second), Fen::yuan(50));
    }

    #[test]
    fn services_wait_for_firms_and_never_have_what_firms_returned() {
        let mut funds = funds(1_000);
        assert_eq!(funds.award_service(Fen::yuan(201)).unwrap_err().rule(), Some("rule-15-sme-share"));
        funds.apply(&funds.award_service(Fen::yuan(200)).unwrap());
        assert_eq!(funds.pay_service(Fen::yuan(1)).unwrap_err().rule(), Some("rule-15-sme-share"));
        paid(&mut funds, 400);
        assert_eq!(funds.pay_service(Fen::yuan(101)).unwrap_err().rule(), Some("rule-15-sme-share"));
        funds.apply(&funds.pay_service(Fen::yuan(100)).unwrap());
        assert_eq!(funds.sme_share(), BasisPoints::percent(80));
        funds.apply(&funds.claw_back(BATCH, Fen::yuan(400), Fen::ZERO).unwrap());
        funds.apply(&funds.recover(BATCH, Fen::yuan(400)).unwrap());
        assert_eq!((funds.fen(Account::Available), funds.owed_to_firms()), (Fen::yuan(800), Fen::yuan(400)));
        assert_eq!(funds.sme_share(), BasisPoints::percent(80));
    }
}

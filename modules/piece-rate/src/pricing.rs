//! The arithmetic of pay: exact fractions until the one rounding to the fen.

use crate::work::Share;
use toolcrib_sdk::contract::exact::shares;
use toolcrib_sdk::prelude::*;

/// What a share earns at the plain rate, exactly: (good + scrap × per cent) × rate. None without a rate, or when it is
/// too large for one.
pub fn exact(share: &Share) -> Option<Fraction> {
    let rate = Fraction::from(share.yuan?).checked_div(Fraction::whole(share.per))?;
    let scrap = Fraction::from(share.scrap).checked_mul(Fraction::new(share.scrap_percent.into(), 100)?)?;
    Fraction::from(share.good).checked_add(scrap)?.checked_mul(rate)
}

/// Prices the shares of a lot that have a rate.
pub fn price(shares: &mut [Share]) {
    let mut pays = Vec::new();
    for share in shares.iter() {
        pays.extend(exact(share));
    }
    let Some(parts) = split(&pays) else { return };
    for (share, part) in shares.iter_mut().filter(|share| exact(share).is_some()).zip(parts) {
        (share.amount, share.priced) = (part, true);
    }
}

/// The pay of a lot, rounded once to the fen, half up, and split among its crew by largest remainder, so that the parts
/// sum to it.
/// A part that takes back more than it made is split with its like.
pub fn split(pays: &[Fraction]) -> Option<Vec<Decimal<2>>> {
    let mut parts = vec![Decimal::ZERO; pays.len()];
    for negative in [false, true] {
        let of: Vec<usize> = (0..pays.len()).filter(|at| (pays[*at] < Fraction::ZERO) == negative).collect();
        let sum = of.iter().try_fold(Fraction::ZERO, |sum, at| sum.checked_add(pays[*at]))?;
        if sum == Fraction::ZERO {
            continue;
        }
        let total: Decimal<2> = sum.round_half_up()?;
        let weights = weights(&of.iter().map(|at| pays[*at]).collect::<Vec<_>>())?;
        for (at, part) in of.into_iter().zip(shares(total.0, &weights)?) {
            parts[at] = Decimal(part);
        }
    }
    Some(parts)
}

/// Whole numbers in the proportion of the fractions' sizes.
fn weights(pays: &[Fraction]) -> Option<Vec<i64>> {
    let gcd = |mut a: i128, mut b: i128| {
        while b != 0 {
            (a, b) = (b, a % b);
        }
        a.abs()
    };
    let common = pays.iter().try_fold(1i128, |common, pay| {
        let step = pay.denominator() / gcd(common, pay.denominator());
        common.checked_mul(step)
    })?;
    let whole = pays.iter().map(|pay| pay.numerator().abs().checked_mul(common / pay.denominator()));
    let whole: Vec<i128> = whole.collect::<Option<_>>()?;
    let divisor = whole.iter().fold(0, |divisor, weight| gcd(divisor, *weight)).max(1);
    whole.into_iter().map(|weight| i64::try_from(weight / divisor).ok()).collect()
}

/// A person's day, share by share in order: how much of each lies beyond the quota, and what that comes to. Off workdays
/// there is no quota, so all of it. On workdays a share fills the day by its pieces where its rate has a quota of pieces,
/// otherwise by its seconds; the share that passes the brim lies beyond it in part.
pub struct Beyond {
    pub workday: bool,
    pub quota_minutes: i64,
    pub filled: Fraction,
    /// The pay of what lies beyond, at the plain rate; none when it is too large.
    pub exact: Option<Fraction>,
    /// The same of the pay as it is booked, rounded for each lot.
    pub booked: Option<Fraction>,
}

impl Beyond {
    pub fn of(workday: bool, quota_minutes: i64) -> Self {
        let nothing = Some(Fraction::ZERO);
        Self { workday, quota_minutes, filled: Fraction::ZERO, exact: nothing, booked: nothing }
    }

    /// The next share of the day. What has no price fills it and pays nothing.
    pub fn add(&mut self, share: &Share) {
        let part = self.part(share);
        if !share.priced {
            return;
        }
        let plus = |sum: Option<Fraction>, pay: Fraction| sum?.checked_add(pay.checked_mul(part)?);
        self.booked = plus(self.booked, share.amount.into());
        if let Some(pay) = exact(share) {
            self.exact = plus(self.exact, pay);
        }
    }

    /// How much of a share lies beyond the quota: a part from 0 to 1.
    fn part(&mut self, share: &Share) -> Fraction {
        if !self.workday || (share.quota.is_none() && self.quota_minutes == 0) {
            return Fraction::ONE;
        }
        let takes = match share.quota {
            Some(quota) => Fraction::from(share.good).checked_div(quota.into()),
            None => Fraction::new(share.seconds.into(), i128::from(self.quota_minutes) * 60),
        };
        let takes = takes.unwrap_or(Fraction::ZERO).max(Fraction::ZERO);
        self.filled = add(self.filled, takes);
        let over = self.filled.checked_sub(Fraction::ONE).unwrap_or(Fraction::ZERO).max(Fraction::ZERO).min(takes);
        over.checked_div(takes).unwrap_or(Fraction::ZERO)
    }

    /// So many per cent of the exact pay, and all of the booked pay, each rounded once to the fen. None when one is too
    /// large.
    pub fn pay(&self, percent: i64) -> Option<(Decimal<2>, Decimal<2>)> {
        let more = self.exact?.checked_mul(Fraction::new(percent.into(), 100)?)?.round_half_up()?;
        Some((more, self.booked?.round_half_up()?))
    }
}

/// The sum; where it would need more than 38 digits, to a billionth. Days of many quotas without a common measure come
/// to that.
fn add(a: Fraction, b: Fraction) -> Fraction {
    let near = |fraction: Fraction| fraction.round::<9>().map_or(Fraction::ZERO, Fraction::from);
    a.checked_add(b).or_else(|| near(a).checked_add(near(b))).unwrap_or(a)
}

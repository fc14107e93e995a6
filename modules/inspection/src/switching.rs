//! When inspection becomes tightened, normal, reduced, or stops: MIL-STD-105E 4.7 and 4.8, each class by itself.

use crate::aql::{Limit, Severity, limit_number, plan};
use toolcrib_sdk::prelude::*;

/// The most lots that are looked back at.
pub const LOTS_BACK: usize = 50;

/// What leads from normal to reduced inspection.
#[value]
pub enum Rules {
    /// Ten lots accepted and few defects in them (4.7.3, Table VIII).
    MilStd105e,
    /// The switching score of the 1999 edition (ISO 2859-1:1999, 9.3.3.2) reaches thirty. Everything else stays.
    Iso2859Score,
}

/// One lot on original inspection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Past {
    pub sample: i64,
    pub defects: i64,
    pub accept: i64,
    pub reject: i64,
    /// Row of the letter used.
    pub row: usize,
}

impl Past {
    pub fn accepted(self) -> bool {
        self.defects < self.reject
    }
}

/// What the plant says about reduced inspection (4.7.3 c and d).
#[derive(Clone, Copy, Debug)]
pub struct Wish {
    pub rules: Rules,
    pub steady: bool,
    pub reduced: bool,
}

/// Where to go after a lot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    Stay,
    To(Severity),
    /// Discontinue acceptance until corrective action was taken (4.8).
    Stop,
}

/// Decides after a lot. `past` begins with it and goes back to where this severity began, at most [`LOTS_BACK`] lots;
/// `rejected` counts the rejected among all of them, and `score` is the switching score with it.
pub fn next(severity: Severity, past: &[Past], rejected: i64, score: i64, column: usize, wish: Wish) -> Next {
    let bad = |lots: usize| past.iter().take(lots).filter(|lot| !lot.accepted()).count();
    let latest = past.first();
    match severity {
        // 4.7.1: two of two, three, four or five consecutive lots rejected.
        Severity::Normal if bad(5) >= 2 => Next::To(Severity::Tightened),
        Severity::Normal if wish.steady && wish.reduced && earned(past, score, column, wish.rules) => {
            Next::To(Severity::Reduced)
        }
        // 4.8: five lots rejected while on tightened inspection, in a row or not.
        Severity::Tightened if rejected >= 5 => Next::Stop,
        // 4.7.2: five consecutive lots accepted.
        Severity::Tightened if past.len() >= 5 && bad(5) == 0 => Next::To(Severity::Normal),
        // 4.7.4: rejected, accepted between Ac and Re, production irregular, or no longer wanted.
        Severity::Reduced if latest.is_some_and(|lot| lot.defects > lot.accept) || !wish.steady || !wish.reduced => {
            Next::To(Severity::Normal)
        }
        _ => Next::Stay,
    }
}

/// 4.7.3 a and b, or the score.
fn earned(past: &[Past], score: i64, column: usize, rules: Rules) -> bool {
    if rules == Rules::Iso2859Score {
        return score >= 30;
    }
    let (mut units, mut defects) = (0, 0);
    for (number, lot) in past.iter().enumerate() {
        if !lot.accepted() {
            return false;
        }
        units += lot.sample;
        defects += lot.defects;
        if number < 9 {
            continue;
        }
        match limit_number(units, column) {
            // The note to Table VIII: more than ten lots, the latest ones in sequence.
            Limit::MoreLots => {}
            Limit::AtMost(most) => return defects <= most,
            Limit::None => return false,
        }
    }
    false
}

/// The switching score after a lot on normal inspection (ISO 2859-1:1999, 9.3.3.2): with Ac of 2 or more three points
/// if it would have been accepted at the next tighter AQL, with less two points if it was accepted; otherwise none are
/// left.
pub fn score_after(score: i64, lot: Past, column: usize) -> i64 {
    let tighter = || plan(Severity::Normal, lot.row, column.saturating_sub(1)).2;
    match lot.accept {
        _ if !lot.accepted() => 0,
        2.. if lot.defects <= tighter() => score + 3,
        2.. => 0,
        _ => score + 2,
    }
}

//! Counters of machines as totals that only rise: exact over roll-overs and restarts, and over a restart of ours.
//!
//! A total is the machine's own number plus a base, and the base changes only where the machine's number falls. It is
//! kept as a signal of its own beside the total (`press-1.good-base`), in the same batch: both are on disk, or none.

use super::rules::Counting;
use toolcrib_contract::types::Instant;

/// Falls of one counter that are remembered, for readings that come late.
const REMEMBERED: usize = 64;

/// From then on the base is this.
#[derive(Clone, Copy, Debug)]
struct Base {
    from: Instant,
    base: i64,
    /// The first total with it.
    total: i64,
}

/// Where one counter stands.
#[derive(Clone, Debug)]
pub struct Counter {
    /// Newest last, at least one.
    bases: Vec<Base>,
    at: Instant,
    total: i64,
}

/// What a number of the machine becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    pub total: i64,
    /// The base, when it is another one from this moment on.
    pub base: Option<i64>,
}

/// Why a number is not counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotCounted {
    /// It came late, and does not fit between what is known of before and after.
    Late,
    /// It is negative, does not fit its bits, or the total would not fit.
    OutOfRange,
}

impl Counter {
    /// A counter that is first heard of.
    pub fn new(raw: i64, at: Instant) -> Self {
        Self { bases: vec![Base { from: at, base: 0, total: raw }], at, total: raw }
    }

    /// Goes on from what is stored: the last total and the last base, each with its time.
    pub fn recall(total: (Instant, i64), base: Option<(Instant, i64)>) -> Self {
        let (from, base) = base.unwrap_or((Instant::MIN, 0));
        Self { bases: vec![Base { from, base, total: i64::MIN }], at: total.0, total: total.1 }
    }

    /// Counts a number of the machine.
    ///
    /// # Errors
    /// It is not counted, and nothing changes.
    pub fn count(&mut self, raw: i64, at: Instant, counting: Counting) -> Result<Counted, NotCounted> {
        if !holds(raw, counting) {
            return Err(NotCounted::OutOfRange);
        }
        if at <= self.at {
            return self.late(raw, at);
        }
        let newest = self.bases[self.bases.len() - 1];
        let last = self.total.checked_sub(newest.base).ok_or(NotCounted::OutOfRange)?;
        let base = match step(last, raw, counting) {
            Some(added) => newest.base.checked_add(added).ok_or(NotCounted::OutOfRange)?,
            None => self.total,
        };
        let total = base.checked_add(raw).ok_or(NotCounted::OutOfRange)?;
        (self.at, self.total) = (at, total);
        if base == newest.base {
            return Ok(Counted { total, base: None });
        }
        if self.bases.len() == REMEMBERED {
            self.bases.remove(0);
        }
        self.bases.push(Base { from: at, base, total });
        Ok(Counted { total, base: Some(base) })
    }

    /// A number of a moment that is past: it counts when it fits there.
    fn late(&self, raw: i64, at: Instant) -> Result<Counted, NotCounted> {
        let place = self.bases.iter().rposition(|base| base.from <= at).ok_or(NotCounted::Late)?;
        let Base { from, base, total: least } = self.bases[place];
        let total = base.checked_add(raw).ok_or(NotCounted::OutOfRange)?;
        let most = self.bases.get(place + 1).map_or(self.total, |next| next.total);
        if total < least || total > most || (at == self.at && total != self.total) {
            return Err(NotCounted::Late);
        }
        // Sent again, since it was not stored: so is its base.
        Ok(Counted { total, base: (at == from && base != 0).then_some(base) })
    }
}

/// Whether the machine's counter can stand at this number.
pub fn holds(raw: i64, counting: Counting) -> bool {
    raw >= 0 && counting.bits.is_none_or(|bits| raw >> bits == 0)
}

/// What the base gains when the machine's number goes from `last` to `raw`; none: the machine began anew at 0.
fn step(last: i64, raw: i64, counting: Counting) -> Option<i64> {
    if raw >= last {
        return Some(0);
    }
    match counting.bits {
        None => None,
        Some(bits) => {
            let range = 1i64 << bits;
            let is_roll_over = !counting.restarts || (last >= range / 10 * 9 && raw < range / 10);
            is_roll_over.then_some(range)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BITS_16: Counting = Counting { bits: Some(16), restarts: false };
    const BOTH: Counting = Counting { bits: Some(16), restarts: true };
    const RESTARTS: Counting = Counting { bits: None, restarts: true };

    fn run(counting: Counting, raws: &[i64]) -> Vec<i64> {
        let mut counter = Counter::new(raws[0], Instant(0));
        let rest = raws[1..].iter().zip(1..).map(|(raw, at)| counter.count(*raw, Instant(at), counting).unwrap().total);
        std::iter::once(raws[0]).chain(rest).collect()
    }

    #[test]
    fn a_total_goes_on_over_roll_overs_and_restarts() {
        assert_eq!(run(BITS_16, &[65_530, 4, 20, 10]), [65_530, 65_540, 65_556, 131_082]);
        assert_eq!(run(RESTARTS, &[100, 103, 2, 5, 0]), [100, 103, 105, 108, 108]);
        assert_eq!(run(BOTH, &[65_000, 10, 500, 3]), [65_000, 65_546, 66_036, 66_039]);
    }

    #[test]
    fn what_does_not_fit_the_counter_is_refused_and_changes_nothing() {
        let mut counter = Counter::new(5, Instant(0));
        for raw in [-1, 65_536] {
            assert_eq!(counter.count(raw, Instant(1), BITS_16), Err(NotCounted::OutOfRange));
        }
        assert_eq!(counter.count(6, Instant(1), BITS_16), Ok(Counted { total: 6, base: None }));
    }

    #[test]
    fn a_late_number_counts_where_it_fits() {
        let mut counter = Counter::new(100, Instant(0));
        counter.count(110, Instant(10), RESTARTS).unwrap();
        let fall = counter.count(3, Instant(20), RESTARTS).unwrap();
        assert_eq!(fall, Counted { total: 113, base: Some(110) });
        assert_eq!(counter.count(105, Instant(5), RESTARTS), Ok(Counted { total: 105, base: None }));
        assert_eq!(counter.count(112, Instant(15), RESTARTS), Ok(Counted { total: 112, base: None }));
        assert_eq!(counter.count(114, Instant(15), RESTARTS), Err(NotCounted::Late), "more than came after it");
        assert_eq!(counter.count(99, Instant(5), RESTARTS), Err(NotCounted::Late), "less than came before it");
        assert_eq!(counter.count(3, Instant(20), RESTARTS), Ok(fall), "sent again, its base comes along");
        assert_eq!(counter.count(4, Instant(20), RESTARTS), Err(NotCounted::Late), "another number at the same moment");
        assert_eq!(counter.count(9, Instant(30), RESTARTS).unwrap().total, 119);
    }

    #[test]
    fn falls_beyond_those_remembered_are_forgotten_from_the_oldest() {
        let mut counter = Counter::new(5, Instant(0));
        for at in 1..=2 * REMEMBERED as i64 {
            counter.count(at % 2, Instant(at), RESTARTS).unwrap();
        }
        assert_eq!(counter.bases.len(), REMEMBERED);
        assert_eq!(counter.count(1, Instant(1), RESTARTS), Err(NotCounted::Late));
    }

    proptest! {
        /// A machine counts up, rolls over at its bits, and is read now and then; our host restarts in between.
        #[test]
        fn deltas_sum_to_the_truth_over_roll_overs(
            start in 0i64..65_536, steps in prop::collection::vec(0i64..65_536, 1..60), restart in 1usize..60,
        ) {
            let mut truth = start;
            let mut counter = Counter::new(start, Instant(0));
            let (mut total, mut base) = ((Instant(0), start), None);
            for (at, step) in steps.iter().enumerate() {
                truth += step;
                let at_us = Instant(at as i64 + 1);
                if at == restart {
                    counter = Counter::recall(total, base);
                }
                let counted = counter.count(truth % 65_536, at_us, BITS_16).unwrap();
                prop_assert_eq!(counted.total, truth);
                total = (at_us, counted.total);
                base = counted.base.map(|base| (at_us, base)).or(base);
            }
        }

        /// A machine counts up and is switched off now and then: after it, what it counted since stands on top.
        #[test]
        fn deltas_sum_to_the_truth_over_restarts(
            runs in prop::collection::vec(prop::collection::vec(1i64..1_000_000, 1..8), 1..12), restart in 1usize..60,
        ) {
            let (mut truth, mut last, mut at) = (0, 0, 0);
            let mut counter = Counter::new(0, Instant(0));
            let (mut total, mut base) = ((Instant(0), 0), None);
            for run in &runs {
                let mut raw = 0;
                for step in run {
                    raw += step;
                    // A restart shows only when the number is lower than the one before it.
                    truth += if raw >= last { raw - last } else { raw };
                    last = raw;
                    at += 1;
                    if at == restart {
                        counter = Counter::recall(total, base);
                    }
                    let at_us = Instant(at as i64);
                    let counted = counter.count(raw, at_us, RESTARTS).unwrap();
                    prop_assert_eq!(counted.total, truth);
                    total = (at_us, counted.total);
                    base = counted.base.map(|base| (at_us, base)).or(base);
                }
            }
        }
    }
}

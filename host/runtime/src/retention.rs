//! For how long a tenant's readings are kept: as the host does by itself, or longer, as a plan promised that it chose.

use crate::runtime::Runtime;
use crate::scope::no_such_tenant;
use toolcrib_contract::problem::Problem;
use toolcrib_contract::types::{Instant, RawId};
use toolcrib_store::{Keep, Reach};

/// Days that a promised month has at most: nothing leaves before its calendar month is over.
const MONTH_DAYS: u32 = 31;
/// Months for which sums by hour and day stay after the readings of a promise.
const SUMS_LONGER_MONTHS: u32 = 12;

/// What one plan promised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadingsKept {
    pub module: String,
    /// After the end of the month that a reading belongs to.
    pub months: u32,
    /// When the plan was chosen.
    pub since: Instant,
    /// The end of the grace after it was left. None: it was not left.
    pub until: Option<Instant>,
}

impl ReadingsKept {
    fn holds(&self, now: Instant) -> bool {
        self.until.is_none_or(|until| now < until)
    }

    fn keep(&self) -> Keep {
        let months = self.months;
        Keep { raw_days: months.saturating_mul(MONTH_DAYS), sum_months: months.saturating_add(SUMS_LONGER_MONTHS) }
    }
}

/// For how long a tenant's readings are kept, and since when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retention {
    pub keep: Keep,
    /// The promise that readings stay longer by than the host keeps them by itself.
    pub by: Option<ReadingsKept>,
    /// What holds after that promise, when it ends.
    pub then: Option<Then>,
    pub reach: Reach,
}

/// What will hold once a promise has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Then {
    pub keep: Keep,
    /// The promise of another plan; none when it is what the host does by itself.
    pub by: Option<ReadingsKept>,
}

/// The longest promise that holds and says more than the host does by itself; of equals the one that lasts.
fn longest(host: Keep, promised: &[ReadingsKept], now: Instant) -> Option<&ReadingsKept> {
    let more = promised.iter().filter(|kept| kept.holds(now) && kept.keep().raw_days > host.raw_days);
    more.max_by_key(|kept| (kept.months, kept.until.unwrap_or(Instant::MAX), std::cmp::Reverse(kept.since)))
}

/// What holds now.
pub(crate) fn keep(host: Keep, promised: &[ReadingsKept], now: Instant) -> Keep {
    let promise = longest(host, promised, now).map(ReadingsKept::keep);
    promise.map_or(host, |promise| Keep { sum_months: promise.sum_months.max(host.sum_months), ..promise })
}

impl Runtime {
    /// For how long a tenant's readings are kept.
    ///
    /// # Errors
    /// As [`Runtime::look`].
    pub async fn retention(&self, tenant: RawId) -> Result<Retention, Problem> {
        let promised = self.inner.tenant(tenant).ok_or_else(no_such_tenant)?.granted().readings.clone();
        let (host, now) = (self.inner.options.tenant.keep, self.now());
        let by = longest(host, &promised, now).cloned();
        let then = by
            .as_ref()
            .and_then(|by| by.until)
            .map(|until| Then { keep: keep(host, &promised, until), by: longest(host, &promised, until).cloned() });
        let reach = self.readings(tenant, |readings| readings.reach()).await?;
        Ok(Retention { keep: keep(host, &promised, now), by, then, reach })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOST: Keep = Keep { raw_days: 92, sum_months: 36 };
    const NOW: Instant = Instant(1_795_420_800_000_000);

    fn promise(months: u32, until: Option<Instant>) -> ReadingsKept {
        ReadingsKept { module: "oee".to_owned(), months, since: NOW, until }
    }

    #[test]
    fn the_longest_promise_that_holds_counts_and_never_less_than_the_host_keeps() {
        assert_eq!(keep(HOST, &[], NOW), HOST);
        assert_eq!(keep(HOST, &[promise(1, None)], NOW), HOST, "a plan takes nothing away");
        let year = Keep { raw_days: 12 * 31, sum_months: 36 };
        assert_eq!(keep(HOST, &[promise(12, None), promise(6, None)], NOW), year);
        assert_eq!(keep(HOST, &[promise(60, None)], NOW), Keep { raw_days: 60 * 31, sum_months: 72 });
    }

    #[test]
    fn a_plan_that_was_left_counts_until_its_grace_is_over() {
        let end = NOW.plus_us(1);
        let both = [promise(24, Some(end)), promise(6, None)];
        assert_eq!(keep(HOST, &both, NOW).raw_days, 24 * 31);
        assert_eq!(keep(HOST, &both, end).raw_days, 6 * 31);
        assert_eq!(keep(HOST, &both[..1], end), HOST);
        // Chosen again, it goes on.
        let again = [promise(24, Some(end)), promise(24, None)];
        assert_eq!(longest(HOST, &again, NOW), Some(&again[1]));
    }
}

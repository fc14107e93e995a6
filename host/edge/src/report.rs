//! What the agent says about itself, as readings like any other.

use crate::keeper::Keeper;
use crate::outlet::{Outlet, Reachable, Tally};
use crate::reading::{Reading, Value};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval};

/// Sends `<device>.queued`, `.dropped`, `.refused`, `.unreadable`, `.undated`, `.overrun` and each machine's
/// `.reachable`, now and every `every`.
pub async fn report(
    device: &str,
    every: Duration,
    keeper: &Keeper,
    tally: &Tally,
    machines: &[Arc<Reachable>],
    out: &Outlet,
) {
    let mut ticks = interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        ticks.tick().await;
        let counts = keeper.counts().await;
        let numbers = [
            ("queued", counts.queued),
            ("dropped", counts.dropped),
            ("refused", counts.refused),
            ("unreadable", tally.unreadable.load(Ordering::Relaxed)),
            ("undated", tally.undated.load(Ordering::Relaxed)),
            ("overrun", tally.overrun.load(Ordering::Relaxed)),
        ];
        let at = out.now();
        for (name, number) in numbers {
            let value = Value::Count(i64::try_from(number).unwrap_or(i64::MAX));
            out.put(Reading::good(&format!("{device}.{name}").into(), at, value)).await;
        }
        for machine in machines {
            if let Some(is) = machine.is() {
                out.put(Reading::good(&machine.signal, at, Value::Flag(is))).await;
            }
        }
    }
}

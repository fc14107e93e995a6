//! What each handler asked of its host, to be compared with the published limits.

use super::Module;
use std::fmt;
use toolcrib_contract::memory::Used;

/// What the calls of one handler used, the most of any one call. Natively nothing counts the module's own computing:
/// `cargo toolcrib test` prints that too.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    pub handler: String,
    pub calls: u64,
    pub host_calls: u32,
    pub rows_read: u32,
    pub rows_written: u32,
    pub bytes_written: usize,
    pub events: u32,
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { handler, calls, host_calls, rows_read, rows_written, bytes_written, events } = self;
        write!(
            f,
            "{handler}: {calls} calls, at most {host_calls} host calls, {rows_read} rows read, {rows_written} written \
             ({bytes_written} bytes), {events} events"
        )
    }
}

impl Module {
    /// One line for each handler that was called, by name. What timers and own events woke is not in it.
    pub fn costs(&self) -> Vec<Cost> {
        self.costs.values().cloned().collect()
    }

    pub(super) fn count(&mut self, handler: &str) {
        let Used { host_calls, rows_read, rows_written, bytes_written, events, .. } = self.used();
        let cost = self.costs.entry(handler.to_owned()).or_default();
        *cost = Cost {
            handler: handler.to_owned(),
            calls: cost.calls + 1,
            host_calls: cost.host_calls.max(host_calls),
            rows_read: cost.rows_read.max(rows_read),
            rows_written: cost.rows_written.max(rows_written),
            bytes_written: cost.bytes_written.max(bytes_written),
            events: cost.events.max(events),
        };
    }
}

//! Memory of a gateway that is alone for days: in a process of its own, where nothing else takes any.

use crate::site::{Site, bytes_on_disk};
use std::process::Command;

/// Steps of a day; each gives four readings.
const DAY: u32 = 8_640;
const DAYS: u32 = 7;
/// Readings that the queue holds: three days of them.
const ROWS: u64 = 100_000;
/// Bytes on disk for each, indices and the write-ahead log included.
const ROW_BYTES: u64 = 100;
/// What memory may grow by between the first hours and the last day.
const GROWTH_BYTES: u64 = 4 << 20;
/// What all of it may take: an agent, unoptimised, beside the machine that it asks and the harness of the test.
const PEAK_BYTES: u64 = 48 << 20;

/// A number of this process, in bytes.
fn memory(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() << 10
}

#[test]
fn days_without_a_network_take_no_more_memory_than_the_first_hours() {
    let mut alone = Command::new(std::env::current_exe().unwrap());
    alone.args(["--exact", "memory::alone_for_days", "--ignored", "--nocapture"]);
    let output = alone.output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&said));
    assert!(String::from_utf8_lossy(&said).contains("1 passed"), "it ran: {}", String::from_utf8_lossy(&said));
}

#[tokio::test(start_paused = true)]
#[ignore = "runs in a process of its own, started by the test above"]
async fn alone_for_days() {
    let steps = DAYS * DAY;
    let site = Site::new(steps).await;
    site.network.cut();
    let agent = site.start("", &format!("max_rows = {ROWS}\nreport_s = 3600"));
    site.machine.has_been_asked(DAY / 4).await;
    let before = memory("VmRSS");
    let mut most_on_disk = 0;
    for quarter in 1..4 * DAYS {
        site.machine.has_been_asked((quarter + 1) * DAY / 4).await;
        let (now, on_disk) = (memory("VmRSS"), bytes_on_disk(&site.queue()));
        assert!(now <= before + GROWTH_BYTES, "{before} bytes at first, {now} after {quarter} quarters of a day more");
        assert!(on_disk <= ROWS * ROW_BYTES, "{on_disk} bytes on disk");
        most_on_disk = most_on_disk.max(on_disk);
    }
    assert!(most_on_disk > ROWS * 20, "the queue was full: {most_on_disk} bytes");
    assert!(memory("VmHWM") <= PEAK_BYTES, "{} bytes at most", memory("VmHWM"));
    agent.stop().await;
}

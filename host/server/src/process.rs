//! What the process asks of the operating system for itself.

use rustix::process::{Resource, getrlimit, setrlimit};

/// Open files that a factory's business and its readings take, queries of them included.
const FILES_OF_A_TENANT: u64 = 16;
/// Memory that it takes, its share of page caches included.
const MEMORY_OF_A_TENANT: u64 = 2 << 20;
/// Never fewer and never more than these are kept open, whatever the system allows.
const OPEN_TENANTS: std::ops::RangeInclusive<u64> = 64..=4_096;

/// Raises the limit of open files as far as the system allows: every open tenant and every connection needs some.
pub fn raise_open_files() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    // Refused, the old limit stays; then fewer tenants can be open at once.
    let _ = setrlimit(Resource::Nofile, limit);
}

/// How many tenants may stay open: those for which half of the open files and a quarter of the memory suffice. The rest
/// is for connections, modules and the system's own cache of files.
pub fn open_tenants() -> usize {
    let files = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    let read = |file| std::fs::read_to_string(file).unwrap_or_default();
    let memory = memory_bytes(&read("/proc/meminfo"), &read("/sys/fs/cgroup/memory.max"));
    fitting(files, memory)
}

fn fitting(files: u64, memory: u64) -> usize {
    let fitting = (files / 2 / FILES_OF_A_TENANT).min(memory / 4 / MEMORY_OF_A_TENANT);
    fitting.clamp(*OPEN_TENANTS.start(), *OPEN_TENANTS.end()) as usize
}

/// The machine's memory, or what of it this process may use, from the system's own words. Where it says nothing, 1 GiB.
fn memory_bytes(meminfo: &str, cgroup: &str) -> u64 {
    let total =
        meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:")?.trim().strip_suffix(" kB")?.parse().ok());
    let total = total.map_or(1 << 30, |kib: u64| kib << 10);
    // `max` is no number: then there is no limit.
    cgroup.trim().parse().map_or(total, |limit: u64| limit.min(total))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_tenants_stay_open_as_files_and_memory_allow() {
        const GIB: u64 = 1 << 30;
        assert_eq!(fitting(65_536, 8 * GIB), 1_024, "memory is the less");
        assert_eq!(fitting(20_000, 64 * GIB), 625, "files are the less");
        assert_eq!(fitting(1_024, GIB), 64, "never fewer");
        assert_eq!(fitting(u64::MAX, u64::MAX), 4_096, "never more");
    }

    #[test]
    fn a_container_has_the_memory_that_it_was_given() {
        let meminfo = "MemTotal:        8388608 kB\nMemFree:          123456 kB\n";
        assert_eq!(memory_bytes(meminfo, "max\n"), 8 << 30);
        assert_eq!(memory_bytes(meminfo, "536870912\n"), 512 << 20);
        assert_eq!(memory_bytes("", ""), 1 << 30);
    }
}

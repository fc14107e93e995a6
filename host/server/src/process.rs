//! What the process asks of the operating system for itself.

use rustix::process::{Resource, getrlimit, setrlimit};
use std::path::Path;
use toolcrib_runtime::OpenFiles;

/// Memory that a factory's business and its readings take, their share of page caches included.
const MEMORY_OF_A_TENANT: u64 = 2 << 20;
/// Never fewer and never more than these are kept open, whatever memory says.
const OPEN_TENANTS: std::ops::RangeInclusive<u64> = 64..=4_096;
/// Files that may stay open wherever the system allows fewer than twice as many.
const OPEN_FILES: u64 = 256;

/// Raises the limit of open files as far as the system allows: every open tenant and every connection needs some.
pub fn raise_open_files() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    // Refused, the old limit stays; then fewer tenants can be open at once.
    let _ = setrlimit(Resource::Nofile, limit);
}

/// How many tenants may stay open: those for which a quarter of the memory suffices. The rest is for connections, modules
/// and the system's own cache of files.
pub fn open_tenants() -> usize {
    let read = |file| std::fs::read_to_string(file).unwrap_or_default();
    let memory = memory_bytes(&read("/proc/meminfo"), &read("/sys/fs/cgroup/memory.max"));
    let fitting = memory / 4 / MEMORY_OF_A_TENANT;
    fitting.clamp(*OPEN_TENANTS.start(), *OPEN_TENANTS.end()) as usize
}

/// How many files tenants may keep open: half of what the process may have. The rest is for connections, and for files
/// that are open as long as somebody uses them.
pub fn open_files() -> OpenFiles {
    let limit = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    let most = (limit / 2).max(OPEN_FILES);
    OpenFiles { most: usize::try_from(most).unwrap_or(usize::MAX), count: files_below }
}

/// Files below a folder that this process has open; none where the system does not say.
fn files_below(folder: &Path) -> Option<usize> {
    let folder = folder.canonicalize().ok()?;
    let open = std::fs::read_dir("/proc/self/fd").ok()?;
    Some(open.filter(|link| link.as_ref().is_ok_and(|link| leads_below(&link.path(), &folder))).count())
}

/// A file that was removed while it is open is open all the same, and its name still begins with its folder's.
fn leads_below(link: &Path, folder: &Path) -> bool {
    std::fs::read_link(link).is_ok_and(|file| file.starts_with(folder))
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
    fn what_is_open_below_a_folder_is_counted_and_nothing_else() {
        let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let open = |folder: &tempfile::TempDir, name| std::fs::File::create_new(folder.path().join(name)).unwrap();
        let files = [open(&folder, "a"), open(&folder, "b"), open(&other, "a")];
        assert_eq!(files_below(folder.path()), Some(2));
        std::fs::remove_file(folder.path().join("a")).unwrap();
        assert_eq!(files_below(folder.path()), Some(2), "removed is not closed");
        drop(files);
        assert_eq!(files_below(folder.path()), Some(0));
    }

    #[test]
    fn a_container_has_the_memory_that_it_was_given() {
        let meminfo = "MemTotal:        8388608 kB\nMemFree:          123456 kB\n";
        assert_eq!(memory_bytes(meminfo, "max\n"), 8 << 30);
        assert_eq!(memory_bytes(meminfo, "536870912\n"), 512 << 20);
        assert_eq!(memory_bytes("", ""), 1 << 30);
    }
}

//! What the process asks of the operating system for itself.

use rustix::process::{Resource, getrlimit, setrlimit};

/// Raises the limit of open files as far as the system allows: every open tenant and every connection needs some.
pub fn raise_open_files() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    // Refused, the old limit stays; then fewer tenants can be open at once.
    let _ = setrlimit(Resource::Nofile, limit);
}

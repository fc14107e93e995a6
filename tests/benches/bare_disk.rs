//! The peer of many factories that send on the same beat: their disk with nothing else to do. As many files, each in a folder
//! of its own, get as many bytes as often, by as many threads; each wait ends when the bytes are on the disk.

use std::fs::File;
use std::io::Write;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// What one beat of a factory writes: a log's head and four pages, each with a head of its own.
const BYTES: usize = 32 + 4 * (24 + 4_096);
/// As the host has for readings: a quarter of its workers.
const THREADS: usize = 8;

/// So many appends to each of so many files, one for each beat: milliseconds from when each was due until it was on the
/// disk, sorted.
pub fn on_the_beat(files: usize, beats: usize, beat: Duration) -> Vec<f64> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = |nth: usize| {
        let own = folder.path().join(nth.to_string());
        std::fs::create_dir(&own).expect("a folder");
        let file = File::create_new(own.join("log")).expect("a file");
        file.sync_all().expect("the disk writes");
        Mutex::new(file)
    };
    let all: Vec<_> = (0..files).map(file).collect();
    let (started, next, bytes) = (Instant::now(), AtomicUsize::new(0), vec![7_u8; BYTES]);
    let work = || {
        let mut waits_ms = Vec::new();
        loop {
            let nth = next.fetch_add(1, Ordering::Relaxed);
            if nth >= files * beats {
                return waits_ms;
            }
            let due = started + beat.mul_f64(nth as f64 / files as f64);
            wait_until(due);
            let mut file = all[nth % files].lock().expect("nobody panics here");
            file.write_all(&bytes).and_then(|()| file.sync_data()).expect("the disk writes");
            waits_ms.push(due.elapsed().as_secs_f64() * 1e3);
        }
    };
    let mut waits_ms: Vec<f64> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(work)).collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("it does not panic")).collect()
    });
    waits_ms.sort_by(f64::total_cmp);
    waits_ms
}

fn wait_until(due: Instant) {
    while let Some(left) = due.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()) {
        std::thread::park_timeout(left);
    }
}

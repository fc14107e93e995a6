//! Room for open files: how many a host's factories may keep open, so that some are left for connections.
//!
//! What is really open is counted, and only when room gets scarce: SQLite keeps some files back whose database another
//! connection of the process still uses, so nobody's own sum would be right. Between two counts whoever keeps something
//! open takes room for it. Where there is none, he closes it once he has used it, so the limit holds also when thousands
//! come within a second; then the quietest are closed, to make room for those.

use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};

/// A database that stays open: itself, its log, the log's shared memory, and one that SQLite keeps back.
pub(crate) const FILES_OF_A_DATABASE: usize = 4;
/// A reader beside a writer or another reader: the database and its log. The first one also opens the shared memory.
pub(crate) const FILES_OF_A_READER: usize = 3;

/// Files that all tenants may keep open together.
#[derive(Clone, Copy)]
pub struct OpenFiles {
    pub most: usize,
    /// How many files below a folder this process has open; none where the system does not say.
    pub count: fn(&Path) -> Option<usize>,
}

impl OpenFiles {
    /// For a few tenants: nothing is counted.
    pub const UNBOUNDED: Self = Self { most: usize::MAX, count: |_| None };
}

pub(crate) struct Room {
    limit: OpenFiles,
    /// Less than none after somebody took it for a moment.
    left: AtomicI64,
    /// The most that somebody found no room for since files were closed last.
    missed: AtomicI64,
}

impl Room {
    pub fn new(limit: OpenFiles) -> Self {
        Self { limit, left: AtomicI64::new(signed(limit.most)), missed: AtomicI64::new(0) }
    }

    /// Takes room for files that stay open. False when there is none: then they must not.
    pub fn take(&self, files: usize) -> bool {
        let files = signed(files);
        let there = self.left.fetch_sub(files, Ordering::AcqRel) >= files;
        if !there {
            self.left.fetch_add(files, Ordering::AcqRel);
            self.missed.fetch_max(files, Ordering::AcqRel);
        }
        there
    }

    /// How many of so many tenants, all that have files open below `folder`, are to be closed.
    pub fn surplus(&self, tenants: usize, folder: &Path) -> usize {
        let most = signed(self.limit.most);
        let before = self.left.load(Ordering::Acquire);
        let missed = self.missed.swap(0, Ordering::AcqRel);
        if missed == 0 && before >= most / 4 {
            return 0;
        }
        let Some(open) = (self.limit.count)(folder) else {
            // Nobody says what is open: nobody is turned away, and the number of tenants is the only limit.
            self.left.store(most, Ordering::Release);
            return 0;
        };
        // What is taken meanwhile stays taken.
        self.left.fetch_add(most - signed(open) - before, Ordering::AcqRel);
        if missed == 0 {
            return 0;
        }
        let short = missed.max(most / 8) - (most - signed(open));
        let each = open.div_ceil(tenants.max(1)).max(1);
        usize::try_from(short).unwrap_or(0).div_ceil(each).min(tenants)
    }
}

fn signed(files: usize) -> i64 {
    i64::try_from(files).unwrap_or(i64::MAX / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room(most: usize, count: fn(&Path) -> Option<usize>) -> Room {
        Room::new(OpenFiles { most, count })
    }

    #[test]
    fn nobody_keeps_open_what_there_is_no_room_for() {
        let room = room(10, |_| Some(8));
        assert!(room.take(4) && room.take(4) && !room.take(4) && room.take(2));
        assert!(!room.take(1), "what was refused took nothing, what was taken did");
    }

    #[test]
    fn while_there_is_room_nobody_is_closed_and_nothing_is_counted() {
        let room = room(100, |_| unreachable!("room is not scarce"));
        assert!(room.take(70));
        assert_eq!(room.surplus(20, Path::new("")), 0);
    }

    #[test]
    fn a_full_house_that_nobody_misses_room_in_stays_open() {
        let room = room(100, |_| Some(100));
        assert!(room.take(100));
        assert_eq!(room.surplus(20, Path::new("")), 0);
    }

    #[test]
    fn whoever_found_no_room_finds_some_the_next_time() {
        let room = room(100, |_| Some(96));
        assert!(room.take(96) && !room.take(8));
        assert_eq!(room.surplus(24, Path::new("")), 2, "an eighth is made free, of four files each");
        assert_eq!(room.surplus(24, Path::new("")), 0, "once for all who missed it");
        let room = self::room(10, |_| Some(8));
        assert!(room.take(8) && !room.take(9));
        assert_eq!(room.surplus(2, Path::new("")), 2, "also where it needs nearly all");
    }

    #[test]
    fn what_was_closed_is_room_again_at_the_next_count() {
        let room = room(100, |_| Some(40));
        assert!(room.take(90) && !room.take(20));
        assert_eq!(room.surplus(10, Path::new("")), 0, "others closed meanwhile");
        assert!(room.take(60) && !room.take(1));
    }
}

//! The layer between SQLite and the system's files: the system's own, except for a log's reads and writes.

#![expect(unsafe_code, reason = "SQLite is C, and asks for functions and memory as C has them")]

use crate::entries;
use crate::stretch::Stretch;
use rusqlite::ffi::{
    SQLITE_IOERR, SQLITE_OK, SQLITE_OPEN_CREATE, SQLITE_OPEN_WAL, sqlite3_file, sqlite3_filename, sqlite3_int64,
    sqlite3_io_methods, sqlite3_vfs, sqlite3_vfs_find, sqlite3_vfs_register,
};
use std::ffi::{CStr, c_int, c_void};

/// A log as SQLite sees it. Behind it, in the same allocation of SQLite's, stands the system's own file.
#[repr(C)]
struct Log {
    /// SQLite looks here for [`METHODS`].
    head: sqlite3_file,
    /// Owned, from [`Box::into_raw`]; freed when the log is closed.
    stretch: *mut Stretch,
    /// SQLite's, which keeps it as long as the log is open.
    name: sqlite3_filename,
    /// The log's entry in its folder is known to be on disk.
    is_entered: bool,
}

const SYSTEM_AT: usize = size_of::<Log>();
/// What SQLite's own layer takes in one call. It counts in 17 bits: of 128 KiB it would write nothing.
const CALL_BYTES: usize = 120 << 10;
/// The head of a log.
const HEAD_BYTES: usize = 32;
/// A commit that makes the log longer makes room for so many of its size.
const ROOM_COMMITS: usize = 8;
/// Least and most room made at once. To write it takes the time of a commit or two.
const ROOM_BYTES: std::ops::RangeInclusive<usize> = 32 << 10..=1 << 20;

static METHODS: sqlite3_io_methods = sqlite3_io_methods {
    // Shared memory and mapped pages belong to the database's file, never to its log.
    iVersion: 1,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: None,
    xShmLock: None,
    xShmBarrier: None,
    xShmUnmap: None,
    xFetch: None,
    xUnfetch: None,
};

/// Makes the layer known to SQLite. False when there is none to stand on.
pub(crate) fn register(name: &'static CStr) -> bool {
    // SAFETY: SQLite returns its default layer, which lives as long as the process, or null. What is registered is
    // leaked, so it lives as long; it is a copy of the default whose other functions do not look at who calls them.
    unsafe {
        let system = sqlite3_vfs_find(std::ptr::null());
        if system.is_null() {
            return false;
        }
        let Ok(head) = c_int::try_from(SYSTEM_AT) else { return false };
        let mut ours = *system;
        ours.zName = name.as_ptr();
        ours.pNext = std::ptr::null_mut();
        ours.pAppData = system.cast();
        ours.szOsFile += head;
        ours.xOpen = Some(open);
        sqlite3_vfs_register(Box::leak(Box::new(ours)), 0) == SQLITE_OK
    }
}

/// Opens a file: a log as ours, any other as the system's own.
unsafe extern "C" fn open(
    vfs: *mut sqlite3_vfs,
    name: sqlite3_filename,
    file: *mut sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    // SAFETY: `vfs` is what `register` made, `file` has its `szOsFile` bytes, aligned as SQLite aligns. The system's
    // layer gets itself, and a place as large as it asked for.
    unsafe {
        let system: *mut sqlite3_vfs = (*vfs).pAppData.cast();
        let Some(open) = (*system).xOpen else { return SQLITE_IOERR };
        if flags & SQLITE_OPEN_WAL == 0 {
            return open(system, name, file, flags, out_flags);
        }
        (*file).pMethods = std::ptr::null();
        // Whoever may create a log syncs its folder with the log's first sync, even when it was there before.
        let mut is_entered = entries::is_durable(bytes(name));
        let existing = if is_entered { flags & !SQLITE_OPEN_CREATE } else { flags };
        let mut opened = open(system, name, system_file(file), existing, out_flags);
        if is_entered && opened != SQLITE_OK {
            // Somebody removed it just now.
            is_entered = false;
            opened = open(system, name, system_file(file), flags, out_flags);
        }
        if opened == SQLITE_OK {
            let stretch = Box::into_raw(Box::new(Stretch::default()));
            file.cast::<Log>().write(Log {
                head: sqlite3_file { pMethods: &raw const METHODS },
                stretch,
                name,
                is_entered,
            });
        }
        opened
    }
}

/// # Safety
/// `log` was opened as ours.
unsafe fn system_file(log: *mut sqlite3_file) -> *mut sqlite3_file {
    // SAFETY: both stand in one allocation.
    unsafe { log.cast::<u8>().add(SYSTEM_AT).cast() }
}

/// # Safety
/// `log` is an open log of ours, which SQLite uses from one thread at a time.
unsafe fn stretch<'a>(log: *mut sqlite3_file) -> &'a mut Stretch {
    // SAFETY: written by `open`, freed by `close`.
    unsafe { &mut *(*log.cast::<Log>()).stretch }
}

/// # Safety
/// `name` is null or a file's name, as SQLite gives it to a layer.
unsafe fn bytes<'a>(name: sqlite3_filename) -> &'a [u8] {
    // SAFETY: a name ends with a zero.
    if name.is_null() { &[] } else { unsafe { CStr::from_ptr(name) }.to_bytes() }
}

/// Calls a function of the system's file.
macro_rules! system {
    ($log:ident.$function:ident($($argument:expr),*)) => {{
        let file = system_file($log);
        match (*(*file).pMethods).$function {
            Some(function) => function(file, $($argument),*),
            None => SQLITE_IOERR,
        }
    }};
}

/// Gives the system what was gathered. When that fails it is gone, as a failed write is.
///
/// # Safety
/// As [`stretch`].
unsafe fn flush(log: *mut sqlite3_file) -> c_int {
    // SAFETY: the system copies the bytes before it returns; a stretch is far shorter than an int can say.
    unsafe {
        let stretch = stretch(log);
        let Some((mut at, bytes)) = stretch.get() else { return SQLITE_OK };
        let mut written = SQLITE_OK;
        for part in bytes.chunks(CALL_BYTES) {
            if written == SQLITE_OK {
                written = system!(log.xWrite(part.as_ptr().cast(), part.len() as c_int, at as sqlite3_int64));
                at += part.len() as u64;
            }
        }
        stretch.clear();
        written
    }
}

/// Writes zeros behind a commit that made the log longer: on blocks that the disk has handed out, the commits after it
/// take half the time. SQLite takes zeros for the log's end. The first commit makes none, it may stay the only one.
///
/// # Safety
/// As [`stretch`].
unsafe fn make_room(log: *mut sqlite3_file, (at, length): (u64, usize), size: sqlite3_int64) {
    let end = at + length as u64;
    if at == 0 || end <= size as u64 {
        return;
    }
    let room = vec![0_u8; (length * ROOM_COMMITS).clamp(*ROOM_BYTES.start(), *ROOM_BYTES.end())];
    for (part, nth) in room.chunks(CALL_BYTES).zip(0..) {
        let at = end + (nth * CALL_BYTES) as u64;
        // SAFETY: as in `flush`.
        if unsafe { system!(log.xWrite(part.as_ptr().cast(), part.len() as c_int, at as sqlite3_int64)) } != SQLITE_OK {
            // A disk that is full for room may not be for commits.
            return;
        }
    }
}

/// The rest calls the system's function once what was gathered has reached the file.
macro_rules! after_flush {
    ($name:ident($($argument:ident: $type:ty),*) => $function:ident) => {
        unsafe extern "C" fn $name(log: *mut sqlite3_file, $($argument: $type),*) -> c_int {
            // SAFETY: SQLite calls this for a log that `open` opened, with arguments that go on as they are.
            unsafe {
                match flush(log) {
                    SQLITE_OK => system!(log.$function($($argument),*)),
                    failed => failed,
                }
            }
        }
    };
}

/// The same for what does not look at the file's content.
macro_rules! as_is {
    ($name:ident($($argument:ident: $type:ty),*) => $function:ident) => {
        unsafe extern "C" fn $name(log: *mut sqlite3_file, $($argument: $type),*) -> c_int {
            // SAFETY: as above.
            unsafe { system!(log.$function($($argument),*)) }
        }
    };
}

after_flush!(read(to: *mut c_void, amount: c_int, at: sqlite3_int64) => xRead);
after_flush!(truncate(size: sqlite3_int64) => xTruncate);
after_flush!(file_size(size: *mut sqlite3_int64) => xFileSize);
as_is!(lock(level: c_int) => xLock);
as_is!(unlock(level: c_int) => xUnlock);
as_is!(check_reserved_lock(is_reserved: *mut c_int) => xCheckReservedLock);
as_is!(file_control(what: c_int, argument: *mut c_void) => xFileControl);
as_is!(sector_size() => xSectorSize);
as_is!(device_characteristics() => xDeviceCharacteristics);

/// SQLite syncs a log's head before its first pages: with an old head, a crash could leave old pages that still count in
/// front of new ones. In an empty log there are no old pages, and the head waits for the sync of its commit.
unsafe extern "C" fn sync(log: *mut sqlite3_file, flags: c_int) -> c_int {
    // SAFETY: as above; the size has a place of its own.
    unsafe {
        let new = stretch(log).get().map_or((0, 0), |(at, bytes)| (at, bytes.len()));
        let mut size: sqlite3_int64 = 0;
        let is_measured = system!(log.xFileSize(&raw mut size)) == SQLITE_OK;
        if is_measured && size == 0 && new == (0, HEAD_BYTES) {
            return SQLITE_OK;
        }
        let mut synced = flush(log);
        if synced == SQLITE_OK {
            if is_measured {
                make_room(log, new, size);
            }
            synced = system!(log.xSync(flags));
        }
        let log = log.cast::<Log>();
        if synced == SQLITE_OK && !(*log).is_entered {
            (*log).is_entered = true;
            entries::keep(bytes((*log).name));
        }
        synced
    }
}

unsafe extern "C" fn write(log: *mut sqlite3_file, from: *const c_void, amount: c_int, at: sqlite3_int64) -> c_int {
    // SAFETY: SQLite gives `amount` bytes at `from`, and a place that is not negative.
    unsafe {
        let bytes = std::slice::from_raw_parts(from.cast::<u8>(), amount as usize);
        if stretch(log).take(at as u64, bytes) {
            return SQLITE_OK;
        }
        let flushed = flush(log);
        if flushed != SQLITE_OK || stretch(log).take(at as u64, bytes) {
            return flushed;
        }
        system!(log.xWrite(from, amount, at))
    }
}

/// What was gathered and never synced belongs to no commit, and goes.
unsafe extern "C" fn close(log: *mut sqlite3_file) -> c_int {
    // SAFETY: SQLite does not use the log again; its stretch was made by `open` and is freed once.
    unsafe {
        drop(Box::from_raw((*log.cast::<Log>()).stretch));
        system!(log.xClose())
    }
}

//! The heap of a component: a bump allocator over a reserved block.
//!
//! Every call gets a fresh instance, so nothing needs to be freed: memory only grows until the call ends. The block, and
//! what rounding to pages leaves behind it, are part of the initial memory (128 KiB for most modules), so the common call
//! never asks the host for more.
//! The latest allocation can grow or be given back in place, which is what a growing `Vec` needs.

#![allow(unsafe_code, reason = "an allocator cannot be written without")]

use core::alloc::{GlobalAlloc, Layout};
use core::cell::{Cell, UnsafeCell};

/// The reserved block. A host resets the whole initial memory between calls, so more would cost every call.
const HEAP_BYTES: usize = 32 << 10;
const PAGE_BYTES: usize = 64 << 10;
/// Pages asked for at once, at least: every growth makes the host ask its system, twice.
const GROWTH_PAGES: usize = 4;

unsafe extern "C" {
    /// Where the linker's data ends.
    safe static __heap_base: u8;
}

#[repr(align(16))]
struct Block(UnsafeCell<[u8; HEAP_BYTES]>);

struct Bump {
    block: Block,
    /// Offset-free addresses; both 0 before the first allocation.
    next: Cell<usize>,
    end: Cell<usize>,
    /// What the linker's rounding to pages left over is in use.
    spare_is_used: Cell<bool>,
}

// SAFETY: a component has one thread.
unsafe impl Sync for Bump {}

#[global_allocator]
static HEAP: Bump = Bump {
    block: Block(UnsafeCell::new([0; HEAP_BYTES])),
    next: Cell::new(0),
    end: Cell::new(0),
    spare_is_used: Cell::new(false),
};

impl Bump {
    /// Makes room at the end of memory; the rest of the current block is lost unless it ends there.
    fn grow(&self, bytes: usize) -> bool {
        if self.end.get() == 0 {
            self.next.set(self.block.0.get() as usize);
            self.end.set(self.next.get() + HEAP_BYTES);
            return true;
        }
        if !self.spare_is_used.replace(true) {
            self.next.set(&raw const __heap_base as usize);
            self.end.set(core::arch::wasm32::memory_size::<0>() * PAGE_BYTES);
            return true;
        }
        let Some(pages) = bytes.checked_add(PAGE_BYTES - 1).map(|bytes| bytes / PAGE_BYTES) else { return false };
        let pages = pages.max(GROWTH_PAGES);
        let before = core::arch::wasm32::memory_grow::<0>(pages);
        if before == usize::MAX {
            return false;
        }
        let start = before * PAGE_BYTES;
        if start != self.end.get() {
            self.next.set(start);
        }
        self.end.set(start + pages * PAGE_BYTES);
        true
    }

    fn place(&self, layout: Layout) -> Option<usize> {
        let start = self.next.get().checked_add(layout.align() - 1)? & !(layout.align() - 1);
        let end = start.checked_add(layout.size())?;
        (self.end.get() != 0 && end <= self.end.get()).then(|| {
            self.next.set(end);
            start
        })
    }
}

// SAFETY: blocks are aligned, inside memory, and never given out twice: `next` only moves back over the latest one.
unsafe impl GlobalAlloc for Bump {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        loop {
            if let Some(start) = self.place(layout) {
                return start as *mut u8;
            }
            // One round opens the reserved block, one what is left behind all data, one asks the host: that continues
            // what was left, and is enough for any layout it can hold.
            if !self.grow(layout.size().saturating_add(layout.align())) {
                return core::ptr::null_mut();
            }
        }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if block as usize + layout.size() == self.next.get() {
            self.next.set(block as usize);
        }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let start = block as usize;
        if start + layout.size() == self.next.get() && size <= self.end.get() - start {
            self.next.set(start + size);
            return block;
        }
        if size <= layout.size() {
            return block;
        }
        // SAFETY: the caller vouches for `layout`; the new block is at least as large as the old one.
        unsafe {
            let moved = self.alloc(Layout::from_size_align_unchecked(size, layout.align()));
            if !moved.is_null() {
                core::ptr::copy_nonoverlapping(block, moved, layout.size());
            }
            moved
        }
    }
}

//! How much memory something holds: the system's allocator, which counts while it is told to.
#![expect(unsafe_code, reason = "an allocator cannot be written without; it hands everything on and only counts")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicBool, AtomicIsize, Ordering};

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Counting costs a little, so it is off while time is measured.
static ON: AtomicBool = AtomicBool::new(false);
static HELD: AtomicIsize = AtomicIsize::new(0);

/// What `make` gives, and how many bytes were asked for on its behalf and not given back. What the system's allocator
/// adds to each piece is not seen.
///
/// One at a time: it counts every thread's memory.
pub(crate) fn held_by<T>(make: impl FnOnce() -> T) -> (T, f64) {
    HELD.store(0, Ordering::SeqCst);
    ON.store(true, Ordering::SeqCst);
    let made = make();
    ON.store(false, Ordering::SeqCst);
    (made, HELD.load(Ordering::SeqCst) as f64)
}

fn count(size: usize, sign: isize) {
    if ON.load(Ordering::Relaxed) {
        HELD.fetch_add(sign * size as isize, Ordering::Relaxed);
    }
}

// SAFETY: every call goes to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size(), 1);
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size(), 1);
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        count(layout.size(), -1);
        unsafe { System.dealloc(place, layout) }
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(layout.size(), -1);
        count(size, 1);
        unsafe { System.realloc(place, layout, size) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_given_back_is_not_counted() {
        let (kept, held) = held_by(|| {
            drop(vec![0_u8; 4096]);
            let mut kept = Vec::with_capacity(10);
            kept.push(1_u8);
            kept.reserve_exact(1023);
            kept
        });
        assert_eq!(held, kept.capacity() as f64);
    }
}

//! A lock that may be held while others take their turns.

use std::sync::atomic::{AtomicBool, Ordering};

/// A lock that may be held while others take their turns.
#[derive(Default)]
pub(crate) struct Gate(AtomicBool);

impl Gate {
    /// Comes in, if nobody else is in.
    pub(crate) fn try_enter(&self) -> Option<Inside<'_>> {
        (!self.0.swap(true, Ordering::SeqCst)).then(|| Inside(&self.0))
    }
}

/// Somebody is in.
pub(crate) struct Inside<'a>(&'a AtomicBool);

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::SeqCst);
    }
}

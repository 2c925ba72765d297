//! Where calls wait.

use super::faults::Faults;

/// A closed gate: calls wait until it is released or dropped.
#[must_use = "dropping a gate opens it"]
#[derive(Debug)]
pub struct Gate {
    faults: Faults,
}

impl Gate {
    pub(super) fn close(faults: Faults) -> Self {
        faults.change(|state| state.gates += 1);
        Self { faults }
    }

    /// Opens the gate; the same as dropping it, in a word.
    pub fn release(self) {
        drop(self);
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.faults.change(|state| state.gates -= 1);
    }
}

/// A call that waits. A call that is dropped while it waits is no longer counted.
pub(super) struct Waiting<'a> {
    faults: &'a Faults,
}

impl<'a> Waiting<'a> {
    pub(super) fn begin(faults: &'a Faults) -> Self {
        faults.change(|state| state.waiting += 1);
        Self { faults }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.faults.change(|state| state.waiting -= 1);
    }
}

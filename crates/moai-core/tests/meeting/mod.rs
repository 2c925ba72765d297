//! Where threads meet, so that a race is certain.

use std::sync::{Condvar, Mutex};

/// A place where the first to come waits for a second; afterwards nobody waits any more.
#[derive(Default)]
pub(crate) struct Meeting {
    arrived: Mutex<usize>,
    both: Condvar,
}

impl Meeting {
    pub(crate) fn meet(&self) {
        let mut arrived = self.arrived.lock().unwrap();
        *arrived += 1;
        self.both.notify_all();
        while *arrived < 2 {
            arrived = self.both.wait(arrived).unwrap();
        }
    }
}

//! What one side took: time, memory or bytes, for so many operations.

use std::hint::black_box;
use std::time::Instant;

use cpu_time::ThreadTime;

use crate::allocator;

/// Adds up what is measured, and over how many operations.
#[derive(Debug, Default)]
pub(crate) struct Gauge {
    amount: f64,
    operations: usize,
}

impl Gauge {
    /// Runs `work`, which is so many operations, and counts this thread's processor time: what other programs take from a
    /// busy machine is not seen. Making what the work needs, and dropping what it returns, stands outside.
    pub(crate) fn time<T>(&mut self, operations: usize, work: impl FnOnce() -> T) -> T {
        let start = ThreadTime::now();
        let made = black_box(work());
        self.add(operations, start.elapsed().as_nanos() as f64);
        made
    }

    /// The same by the clock on the wall: for work that waits for a disk or for other threads.
    #[expect(clippy::disallowed_methods, reason = "this is what is measured")]
    pub(crate) fn wall<T>(&mut self, operations: usize, work: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let made = black_box(work());
        self.add(operations, start.elapsed().as_nanos() as f64);
        made
    }

    /// Counts the memory that what `make` gives holds on the heap.
    pub(crate) fn heap<T>(&mut self, operations: usize, make: impl FnOnce() -> T) -> T {
        let (made, held) = allocator::held_by(make);
        self.add(operations, held);
        made
    }

    /// Counts a number of bytes.
    pub(crate) fn bytes(&mut self, operations: usize, bytes: usize) {
        self.add(operations, bytes as f64);
    }

    /// Takes a figure that was measured elsewhere.
    pub(crate) fn recorded(&mut self, figure: f64) {
        self.add(1, figure);
    }

    fn add(&mut self, operations: usize, amount: f64) {
        self.amount += amount;
        self.operations += operations;
    }

    /// For one operation.
    pub(crate) fn per_operation(&self) -> f64 {
        self.amount / self.operations as f64
    }
}
